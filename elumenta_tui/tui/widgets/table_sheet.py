"""A table that scrolls sideways and down, below headers and beside a first column that stay."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from elumenta_tui.markdown.sheet import Sheet, SheetLine
from elumenta_tui.markdown.style import TEXT, Run
from elumenta_tui.tui.widgets.transcript_styles import TranscriptStyles

_WHEEL = 3
"""Rows of one step of the mouse wheel."""


class TableSheet(Widget, can_focus=True):
    """Paints the part of a sheet that is in view. `moved` is called after it has moved."""

    ALLOW_SELECT = False

    def __init__(self, moved: Callable[[], None]) -> None:
        super().__init__(id="sheet")
        self._moved = moved
        self._sheet: Sheet | None = None
        self._styling = TranscriptStyles(self, lambda: self.app.theme_variables)
        self._theme = ""
        self._left = 0
        """Index of the first moving column in view; the others are reached from column to column."""
        self._top = 0
        """Index of the first line of the body in view."""

    def show(self, sheet: Sheet) -> None:
        """Show a sheet, with the same row and column at the corner as before."""
        row = self._sheet.body[self._top].row if self._sheet is not None and self._sheet.body else 0
        self._sheet = sheet
        self._top = next((at for at, line in enumerate(sheet.body) if line.row >= row), 0)
        self.move(0, 0)

    # ------------------------------------------------------------------------------------------------------- moving

    def move(self, columns: int, lines: int) -> None:
        """Move by so many columns and lines, as far as there are any."""
        self._left = min(max(0, self._left + columns), self._last_left)
        self._top = min(max(0, self._top + lines), self._last_top)
        self.refresh()
        self._moved()

    @property
    def _room(self) -> int:
        """Cells for the moving columns."""
        return max(1, self.size.width - (self._sheet.first_width if self._sheet else 0))

    @property
    def page(self) -> int:
        """Lines of the body in view."""
        return max(1, self.size.height - (len(self._sheet.head) if self._sheet else 0))

    @property
    def _last_left(self) -> int:
        """Index of the column from which on all the rest fits into the view."""
        if self._sheet is None:
            return 0
        hidden = self._sheet.rest_width - self._room
        starts = self._sheet.starts
        return next((at for at, start in enumerate(starts) if start >= hidden), max(0, len(starts) - 1))

    @property
    def _last_top(self) -> int:
        return 0 if self._sheet is None else max(0, len(self._sheet.body) - self.page)

    @property
    def in_view(self) -> tuple[range, range]:
        """Numbers of the rows and of the moving columns that can be seen, from 0."""
        sheet = self._sheet
        if sheet is None:
            return range(0), range(0)
        lines = sheet.body[self._top : self._top + self.page]
        rows = range(lines[0].row, lines[-1].row + 1) if lines else range(0)
        starts = sheet.starts
        if not starts:
            return rows, range(0)
        end = starts[self._left] + self._room
        return rows, range(self._left, bisect_right(starts, end - 1))

    @property
    def is_whole(self) -> tuple[bool, bool]:
        """Whether all rows can be seen, and all columns."""
        sheet = self._sheet
        return not self._last_top, sheet is None or sheet.rest_width <= self._room

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._turn(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._turn(event, -1)

    def on_mouse_scroll_right(self) -> None:
        self.move(1, 0)

    def on_mouse_scroll_left(self) -> None:
        self.move(-1, 0)

    def _turn(self, event: events.MouseEvent, step: int) -> None:
        event.stop()
        if event.shift:
            self.move(step, 0)
        else:
            self.move(0, step * _WHEEL)

    # ------------------------------------------------------------------------------------------------------ painting

    def render_line(self, y: int) -> Strip:
        sheet = self._sheet
        if self._theme != self.app.theme:
            # The terminal may become light or dark while the table is open.
            self._theme = self.app.theme
            self._styling.renew()
        width = self.size.width
        if sheet is None:
            return self._styling.blank(width)
        lines: Sequence[SheetLine] = sheet.head if y < len(sheet.head) else sheet.body
        at = y if y < len(sheet.head) else self._top + y - len(sheet.head)
        if at >= len(lines):
            return self._styling.blank(width)
        line = lines[at]
        starts = sheet.starts
        begin = starts[self._left] if starts else 0
        moving = self._strip(line.rest).crop(begin, begin + self._room)
        whole = Strip.join([self._strip(line.first).crop(0, min(sheet.first_width, width)), moving])
        return whole.adjust_cell_length(width, self._styling.renderer.style(TEXT))

    def _strip(self, runs: Sequence[Run]) -> Strip:
        style = self._styling.renderer.style
        return Strip([Segment(text, style(text_style)) for text, text_style in runs])
