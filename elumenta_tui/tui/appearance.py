"""Themes and languages: shown, chosen, and remembered."""

from __future__ import annotations

from collections.abc import Callable

from textual.theme import Theme

from elumenta_tui import i18n
from elumenta_tui.config.settings import Settings, StateFile
from elumenta_tui.i18n import say
from elumenta_tui.session import Tasks
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.themes import Themes


class Appearance:
    """What the user has chosen of how things look and read.

    Args:
        show: has everything painted in a theme.
        reword: has every word on the screen written anew.
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
        """The theme of who has chosen none."""
        theme = self.themes.find(Settings().theme)
        assert theme is not None
        return theme

    @property
    def wanted(self) -> str:
        """The name of the theme that was chosen last, or configured; there may be no such theme."""
        return self._state_file.recall("theme", self._settings.theme)

    def choose_theme(self, theme: Theme) -> None:
        """Show everything in that theme, from now on and at the next start."""
        self.show(theme)
        self.remember("theme", theme.name, self._settings.theme)

    def switch_language(self, code: str = "") -> None:
        """Speak the language that is named, or the next one, from now on and at the next start."""
        known = i18n.LANGUAGES
        code = code.lower()
        if code and code not in known:
            self._notify_user(say("notice.no_language", code=clean_line(code, 20)), "warning")
            return
        target = code if code in known else known[(known.index(i18n.language()) + 1) % len(known)]
        i18n.use(target)
        self.remember("language", target, self._settings.language)
        self._reword()

    def remember(self, name: str, value: str, configured: str) -> None:
        """Have a choice come back at the next start. The disk may be slow: it is written beside the loop."""
        self._state_file.keep(name, value, configured)
        self._tasks.start(self._state_file.write, "remember")
