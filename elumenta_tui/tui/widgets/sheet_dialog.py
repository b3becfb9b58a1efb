"""Dialogs around a text that scrolls: the keys that scroll it."""

from __future__ import annotations

from textual.binding import Binding
from textual.widget import Widget

from elumenta_tui.tui.widgets.dialog import Dialog, Result


class SheetDialog(Dialog[Result]):
    """A dialog whose keys scroll `_sheet`."""

    BINDINGS = [
        Binding("up", "scroll(-1)", show=False, priority=True),
        Binding("down", "scroll(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown,space", "page(1)", show=False, priority=True),
        Binding("home", "scroll(-1000000)", show=False, priority=True),
        Binding("end", "scroll(1000000)", show=False, priority=True),
    ]

    _sheet: Widget
    """Created by the subclass."""

    def action_scroll(self, rows: int) -> None:
        self._sheet.scroll_relative(y=rows, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by a page, keeping one row in view for orientation."""
        self.action_scroll(pages * max(1, self._sheet.size.height - 1))
