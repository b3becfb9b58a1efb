"""Opens a table of the transcript on the whole screen."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import TYPE_CHECKING

from elumenta_tui.i18n import say
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from elumenta_tui.markdown.table import Table


class TableView:
    """Opens the table under the cursor, or else the last one of the answer."""

    def __init__(
        self, screens: Screens, transcript: Transcript, copying: Copying, notify_user: NotifyUser
    ) -> None:
        self._screens = screens
        self._transcript = transcript
        self._copying = copying
        self._notify_user = notify_user

    @property
    def is_useful(self) -> bool:
        """True if there is a table to open; under the cursor, only one that has no room in the transcript."""
        return self._transcript.blocks.has_table_to_open

    def open(self) -> None:
        """Show the table."""
        from elumenta_tui.tui.screens.table import TableScreen

        pieces = self._transcript.blocks.table()
        if not pieces:
            self._notify_user(say("notice.no_table"), "warning")
            return
        self._screens.push_screen(TableScreen(pieces, self._copier(pieces)))

    def _copier(self, pieces: list[Table]) -> Callable[[], None]:
        forms = cycle((False, True))
        return lambda: self._copying.copy_table_as(pieces, is_text=next(forms))
