"""Themes and languages: shows the chosen ones, and remembers them."""

from __future__ import annotations

import os
from collections.abc import Callable

from textual.theme import Theme

from elumenta_tui import i18n
from elumenta_tui.config.settings import IMAGES, Settings, StateFile
from elumenta_tui.i18n import say
from elumenta_tui.session import Tasks
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.themes import Themes


class Appearance:
    """Applies the user's choice of theme and language.

    Args:
        show: applies a theme to the whole app.
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
        reword: Callable[[], None],
        notify_user: NotifyUser,
    ) -> None:
        self.themes = themes
        self.show = show
        self._settings = settings
        self._state_file = state_file
        self._tasks = tasks
        self._reword = reword
        self._notify_user = notify_user

    @property
    def default(self) -> Theme:
        """The theme that is used if none was chosen."""
        theme = self.themes.find(Settings().theme)
        assert theme is not None
        return theme

    @property
    def wanted(self) -> str:
        """The name of the theme that was chosen last or configured. It may not exist."""
        return self._state_file.recall("theme", self._settings.theme)

    def complaints(self) -> list[str]:
        """Return what is wrong with the user's themes and the one that is wanted, a sentence each."""
        found = [say("notice.bad_theme", problem=str(problem)) for problem in self.themes.problems]
        if self.themes.find(self.wanted) is None:
            found.append(say("notice.no_theme", name=clean_line(self.wanted, 60)))
        return found

    def choose_theme(self, theme: Theme) -> None:
        """Apply a theme, now and at the next start."""
        self.show(theme)
        self.remember("theme", theme.name, self._settings.theme)

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
