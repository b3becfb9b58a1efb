"""A table on the whole screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from elumenta_tui.i18n import say
from elumenta_tui.markdown.sheet import Sheet, sheet
from elumenta_tui.markdown.table import Table
from elumenta_tui.tui.widgets.dialog import Dialog
from elumenta_tui.tui.widgets.key_hints import frame_room, key_line
from elumenta_tui.tui.widgets.table_sheet import TableSheet

_FRAME = 4
"""Cells of the frame and the padding."""

_NARROW = 64
"""Columns of a screen that has room for short words only."""

_FAR = 1_000_000_000


class TableScreen(Dialog[None]):
    """Shows all of a table's columns side by side; the headers and the first column stay in view.

    `copy` copies the table: as Markdown, and the next time as text with tabs.
    """

    AUTO_FOCUS = "#sheet"
    BINDINGS = [
        Binding("escape,enter,q,й,ctrl+c", "leave", show=False, priority=True),
        Binding("c,с,ctrl+y", "copy", show=False, priority=True),
        Binding("left,h,р", "move(-1, 0)", show=False, priority=True),
        Binding("right,l,д,tab", "move(1, 0)", show=False, priority=True),
        Binding("shift+tab", "move(-1, 0)", show=False, priority=True),
        Binding("up,k,л", "move(0, -1)", show=False, priority=True),
        Binding("down,j,о", "move(0, 1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown,space", "page(1)", show=False, priority=True),
        Binding("home", f"move(-{_FAR}, 0)", show=False, priority=True),
        Binding("end", f"move({_FAR}, 0)", show=False, priority=True),
        Binding("ctrl+home", f"move(0, -{_FAR})", show=False, priority=True),
        Binding("ctrl+end", f"move(0, {_FAR})", show=False, priority=True),
    ]

    def __init__(self, pieces: Sequence[Table], copy: Callable[[], None]) -> None:
        super().__init__(classes="help -table")
        self._pieces = pieces
        self._copy = copy
        self._laid_out: Sheet | None = None
        self._room = 0
        self._sheet = TableSheet(self._show_place)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield self._sheet

    def on_mount(self) -> None:
        self._fit()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        room = max(1, self.app.size.width - _FRAME)
        if room != self._room:
            self._room = room
            self.start(self._lay_out, exclusive=True)
        else:
            self._sheet.call_after_refresh(self._sheet.move, 0, 0)

    async def _lay_out(self) -> None:
        # In a thread: a long table takes a while, and an answer may be coming meanwhile.
        self._laid_out = await asyncio.to_thread(sheet, self._pieces, self._room)
        self._sheet.show(self._laid_out)

    def _show_place(self) -> None:
        """Say in the frame which rows and columns are in view, and what the keys do."""
        if self._laid_out is None:
            return
        dialog, room = self.query_one("#dialog"), frame_room(self.app.size.width)
        dialog.border_title = Content(self._place(self._laid_out))
        dialog.border_subtitle = key_line([say("table.keys"), say("table.keys_short")], room)

    def _place(self, laid_out: Sheet) -> str:
        """Name the rows and columns in view, or their numbers if those are all."""
        rows, columns = self._sheet.in_view
        has_all_rows, has_all_columns = self._sheet.is_whole
        is_narrow, place = self.app.size.width < _NARROW, {"of": laid_out.rows}
        place |= {"first": rows.start + 1 if rows else 0, "last": rows.stop if rows else 0}
        if has_all_rows:
            first = say("table.rows", n=laid_out.rows)
        else:
            first = say("table.rows_of_short" if is_narrow else "table.rows_of", **place)
        place = {"of": len(laid_out.widths)}
        place |= {"left": columns.start + 2 if columns else 1, "right": columns.stop + 1 if columns else 1}
        if has_all_columns:
            second = say("table.columns", n=len(laid_out.widths))
        else:
            second = say("table.columns_of_short" if is_narrow else "table.columns_of", **place)
        return f"{first} · {second}"

    def action_move(self, columns: int, lines: int) -> None:
        """Move the view by columns and lines."""
        self._sheet.move(columns, lines)

    def action_page(self, pages: int) -> None:
        """Move the view by a page, and keep one line for orientation."""
        self._sheet.move(0, pages * max(1, self._sheet.page - 1))

    def action_copy(self) -> None:
        """Copy the table."""
        self._copy()
