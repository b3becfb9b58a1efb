"""Selects whole blocks of the transcript by key, from the block cursor on."""

from __future__ import annotations

from textual.geometry import Offset
from textual.selection import Selection

from elumenta_tui.tui.ports import Screens
from elumenta_tui.tui.widgets.row_layout import Anchor
from elumenta_tui.tui.widgets.selecting import BlockSelection
from elumenta_tui.tui.widgets.transcript import Transcript


class BlockSelecting:
    """Extends a selection from the block where it began to the one under the cursor. Any other move of the cursor ends it."""

    def __init__(self, screens: Screens, transcript: Transcript) -> None:
        self._screens = screens
        self._transcript = transcript
        self._begin: tuple[Anchor, Anchor] | None = None
        """The first and the last piece of the block where the selection began."""
        self._cursor: tuple[int, int] | None = None
        """`BlockCursor.place` at the end of the selection."""

    def extend(self, step: int) -> None:
        """Select the block under the cursor; if it is selected already, extend the selection to the next one (1) or previous one (-1)."""
        cursor = self._transcript.cursor
        if self._begin is not None or cursor.under is None:
            cursor.move(step if self._begin is not None else -1, "blocks")
        if (under := cursor.under) is None:
            self.forget()
            return
        section, stop = under
        here = Anchor(section, stop.first, 0), Anchor(section, stop.last, 0)
        self._begin = self._begin or here
        self._cursor = cursor.place
        first, last = min(self._begin[0], here[0]), max(self._begin[1], here[1])
        layout = self._transcript.viewport.layout
        after = layout.position(Anchor(last.section, last.piece + 1, 0))
        selection = Selection(
            Offset(0, layout.position(first)), Offset(self._transcript.size.width, after - 1)
        )
        self._transcript.selected_blocks = BlockSelection(selection, first, last)
        self._screens.screen_stack[0].selections = {self._transcript: selection}

    def cursor_moved(self) -> None:
        """End the selection if the cursor was moved by anything else."""
        if self._begin is not None and self._transcript.cursor.place != self._cursor:
            self.forget()

    def forget(self) -> None:
        """Select nothing."""
        self._begin = self._cursor = None
        if self._transcript.selected_blocks is not None:
            self._transcript.selected_blocks = None
            self._screens.screen_stack[0].clear_selection()
