"""The code blocks and tables of a transcript, and the place that a reader comes back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.chat.turn import Answer
from elumenta_tui.tui.widgets.block_cursor import BlockCursor
from elumenta_tui.tui.widgets.row_layout import Anchor
from elumenta_tui.tui.widgets.viewport import Viewport

if TYPE_CHECKING:
    from elumenta_tui.markdown.table import Table
    from elumenta_tui.tui.widgets.stop import Stop


class TranscriptBlocks:
    """Finds the blocks of answers."""

    def __init__(self, viewport: Viewport, cursor: BlockCursor) -> None:
        self._viewport = viewport
        self._cursor = cursor

    def code(self, answer: Answer, number: int) -> Stop | None:
        """Return an answer's code block, counted from 1; None if there is no such block."""
        index = self._viewport.index_of(answer)
        blocks = [] if index is None else self._viewport.view(index).code()
        return blocks[number - 1] if 0 < number <= len(blocks) else None

    def cells_under_cursor(self) -> str:
        """Return the cells of the table under the cursor as text with tabs; empty if there is none."""
        from elumenta_tui.markdown.table import cells_text

        return cells_text(self._tables(self._cursor.under))

    def _tables(self, place: tuple[int, Stop] | None) -> list[Table]:
        """Return the pieces of the table at a section's stop; empty if it is none."""
        from elumenta_tui.markdown.table import Table

        if place is None:
            return []
        section, stop = place
        pieces = self._viewport.view(section).pieces()[stop.first : stop.last + 1]
        return [piece for piece in pieces if isinstance(piece, Table)]

    def _table_stop(self) -> tuple[int, Stop] | None:
        """Return the section and the stop of the table under the cursor, else of the last one of that answer or the newest."""
        if not len(self._viewport):
            return None
        under = self._cursor.under
        if under is not None and under[1].kind == "table":
            return under
        section = len(self._viewport) - 1 if under is None else under[0]
        tables = [stop for stop in self._viewport.view(section).stops() if stop.kind == "table"]
        return (section, tables[-1]) if tables else None

    def table(self) -> list[Table]:
        """Return the pieces of that table; empty if there is none."""
        return self._tables(self._table_stop())

    @property
    def has_table_to_open(self) -> bool:
        """True if there is such a table; one under the cursor must be too wide for the transcript."""
        from elumenta_tui.tui.widgets.row_painter import room

        under = self._cursor.under
        if under is None or under[1].kind != "table":
            return self._table_stop() is not None
        tables = self.table()
        if not tables:
            return False
        cells = room(self._viewport.text_width)
        return not tables[0].columns.has_room(cells - tables[0].margin.within(cells).width)


class ReadingPlace(NamedTuple):
    """Place that the reader sees, to come back to."""

    top: Anchor
    following: bool
    cursor: tuple[int, int] | None
    """`BlockCursor.place`."""

    @classmethod
    def of(cls, viewport: Viewport, cursor: BlockCursor) -> ReadingPlace:
        """Return what the reader sees now."""
        return cls(viewport.top, viewport.following, cursor.place)

    def restore(self, viewport: Viewport, cursor: BlockCursor) -> None:
        """Place the view and the cursor as they were, without painting."""
        cursor.return_to(self.cursor)
        if self.top.section < max(1, len(viewport)):
            viewport.top = self.top
        viewport.following = self.following
