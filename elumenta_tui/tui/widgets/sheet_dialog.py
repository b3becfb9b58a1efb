"""Dialogs around a text that scrolls: the keys that scroll it."""

from __future__ import annotations

from collections.abc import Callable

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from elumenta_tui.tui.widgets.dialog import Dialog, Result


class Sheet(VerticalScroll):
    """Holds a text that is laid out for its width.

    Args:
        write: lays the text out anew, as the width has changed. The dialog learns of its own size earlier, and once more when
            its style for short screens counts.
    """

    def __init__(self, text: Static, write: Callable[[], None]) -> None:
        super().__init__(text, id="sheet")
        self._write = write
        self._width = 0

    def on_resize(self) -> None:
        if self._width != self.outer_size.width:
            self._width = self.outer_size.width
            self._write()

    @property
    def text_width(self) -> int:
        """Cells for the text. The column of the scroll bar is left out, whether or not it is shown yet."""
        return max(20, self.outer_size.width - 1)


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
