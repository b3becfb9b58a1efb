"""Themes and languages: shows the chosen ones, and remembers them."""

from __future__ import annotations

import os
from collections.abc import Callable

from textual.theme import Theme

from elumenta_tui import i18n
from elumenta_tui.config.settings import AUTO, IMAGES, Settings, StateFile
from elumenta_tui.i18n import say
from elumenta_tui.session import Tasks
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.themes import Themes

_FORMER_DEFAULT = "elumenta-night"
"""The configured theme of a user who had configured none, before `auto` was. What was chosen instead is still chosen."""


class Appearance:
    """Applies the user's choice of theme and language.

    Args:
        show: applies a theme to the whole app.
        ask_background: asks the terminal for its background.
        reword: rewrites all texts on the screen.
    """

    def __init__(
        self,
        themes: Themes,
        settings: Settings,
        state_file: StateFile,
        tasks: Tasks,
        *,
        show: Callable[[Theme], None],
        ask_background: Callable[[], None],
        reword: Callable[[], None],
        notify_user: NotifyUser,
    ) -> None:
        self.themes = themes
        self.show = show
        self._ask_background = ask_background
        self._settings = settings
        self._state_file = state_file
        self._tasks = tasks
        self._reword = reword
        self._notify_user = notify_user
        self._is_previewing = False
        # A terminal most likely says the same as last time: so the first frame has the right colours.
        self._is_light = state_file.table("terminal").get("background") == "light"

    @property
    def default(self) -> Theme:
        """The theme that is used if there is none of the wanted name."""
        usual = Settings()
        theme = self.themes.find(self._fitting(usual) if self.follows_terminal else usual.dark_theme)
        assert theme is not None
        return theme

    @property
    def current(self) -> Theme:
        """The theme that was chosen, or the one that fits the terminal."""
        return self.themes.find(self._name) or self.default

    @property
    def _name(self) -> str:
        return self._fitting(self._settings) if self.follows_terminal else self.wanted

    def _fitting(self, settings: Settings) -> str:
        """Return the name of the theme that these settings have for the terminal's background."""
        return settings.light_theme if self._is_light else settings.dark_theme

    @property
    def follows_terminal(self) -> bool:
        """True if the terminal's background decides. A user's theme may have the name of that choice."""
        return self.wanted == AUTO and AUTO not in self.themes

    @property
    def wanted(self) -> str:
        """The name of the theme that was chosen last or configured. It may not exist."""
        configured = self._settings.theme
        formerly = _FORMER_DEFAULT if configured == AUTO else ""
        return self._state_file.recall("theme", configured, formerly=formerly)

    def names(self) -> list[str]:
        """List what a theme can be chosen by: the names of all themes, and `auto`."""
        return list(dict.fromkeys([*(theme.name for theme in self.themes.every()), AUTO]))

    def complaints(self) -> list[str]:
        """Return what is wrong with the user's themes and the one that is wanted, a sentence each."""
        found = [say("notice.bad_theme", problem=str(problem)) for problem in self.themes.problems]
        settings = self._settings
        follows = self.follows_terminal
        names = (settings.dark_theme, settings.light_theme) if follows else (self.wanted,)
        missing = [name for name in names if name not in self.themes]
        return found + [say("notice.no_theme", name=clean_line(name, 60)) for name in missing]

    def choose_theme(self, name: str) -> None:
        """Apply the theme of that name, or follow the terminal with `auto`; now and at the next start."""
        self._is_previewing = False
        self.remember("theme", name, self._settings.theme)
        self.show(self.current)
        self.ask_terminal()

    def preview(self, name: str) -> None:
        """Show a theme until another one is chosen or `end_preview` is called."""
        self._is_previewing = True
        theme = self.themes.find(name)
        if theme is None and name == AUTO:
            theme = self.themes.find(self._fitting(self._settings))
        self.show(theme or self.default)

    def end_preview(self) -> None:
        """Show the chosen theme again."""
        self._is_previewing = False
        self.show(self.current)

    def ask_terminal(self) -> None:
        """Ask the terminal for its background, if that decides the theme."""
        if self.follows_terminal:
            self._ask_background()

    def apply_background(self, answer: str) -> None:
        """Follow what the terminal says of its background. What can't be understood changes nothing."""
        from elumenta_tui.terminal.background import is_light

        told = is_light(answer)
        if told is None or told == self._is_light or not self.follows_terminal:
            return
        self._is_light = told
        if not self._is_previewing:
            self.show(self.current)
        self._state_file.keep_table("terminal", {"background": "light" if told else "dark"})
        self._tasks.start(self._state_file.write, "remember")

    def switch_language(self, code: str = "") -> None:
        """Switch to the named language, or to the next one if `code` is empty; now and at the next start."""
        known = i18n.LANGUAGES
        code = code.lower()
        if code and code not in known:
            self._notify_user(
                say("notice.no_language", code=clean_line(code, 20), known=", ".join(known)), "warning"
            )
            return
        target = code if code in known else known[(known.index(i18n.language()) + 1) % len(known)]
        i18n.use(target)
        self.remember("language", target, self._settings.language)
        self._reword()

    def speak(self, configured: str) -> None:
        """Speak the language that the configuration says from now on; `auto`: that of the locale."""
        i18n.use(configured if configured in i18n.LANGUAGES else i18n.detect(os.environ))
        self.remember("language", configured, configured)
        self._reword()

    @property
    def images(self) -> str:
        """The way in which pictures are drawn, as it was chosen last or configured."""
        chosen = self._state_file.recall("images", self._settings.images)
        return chosen if chosen in IMAGES else self._settings.images

    def choose_images(self, word: str) -> bool:
        """Draw pictures that way, now and at the next start; without a word, switch between `off` and `auto`. False for an unknown word."""
        word = word.lower() or ("auto" if self.images == "off" else "off")
        if word in IMAGES:
            self.remember("images", word, self._settings.images)
        return word in IMAGES

    def remember(self, name: str, value: str, configured: str) -> None:
        """Store a choice for the next start.

        It is written in the background, because the disk may be slow.
        """
        self._state_file.keep(name, value, configured)
        self._tasks.start(self._state_file.write, "remember")
