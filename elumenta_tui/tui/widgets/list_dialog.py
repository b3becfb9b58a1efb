"""Dialogs around a list of rows: the keys that move its highlight."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.binding import Binding

from elumenta_tui.tui.widgets.dialog import Dialog, Result
from elumenta_tui.tui.widgets.row_list import RowList

Item = TypeVar("Item")

MOST_ROWS = 12
"""Rows of a list that is as high as its items are many, at most. The arrow keys reach the rest."""

FAR_KEYS = (
    Binding("ctrl+p", "highlight(-1)", show=False, priority=True),
    Binding("ctrl+n", "highlight(1)", show=False, priority=True),
    Binding("pageup", "page(-1)", show=False, priority=True),
    Binding("pagedown", "page(1)", show=False, priority=True),
    Binding("home,ctrl+home", "highlight(-1000000)", show=False, priority=True),
    Binding("end,ctrl+end", "highlight(1000000)", show=False, priority=True),
)
"""More keys, for a dialog with a long list."""


class ListDialog(Dialog[Result], Generic[Result, Item]):
    """A dialog whose keys move through `rows`. Letters act in a Russian layout, too."""

    BINDINGS = [
        Binding("up,k,л", "highlight(-1)", show=False, priority=True),
        Binding("down,j,о", "highlight(1)", show=False, priority=True),
    ]

    rows: RowList[Item]
    """Created by the subclass."""

    def show_all(self, items: list[Item], highlighted: int) -> None:
        """Replace the items, and make the list as high as they are many, up to `MOST_ROWS`."""
        self.rows.styles.height = min(len(items), MOST_ROWS)
        self.rows.show(items, highlighted)

    def action_highlight(self, rows: int) -> None:
        """Highlight the item that many rows further down."""
        self.rows.move(rows)

    def action_page(self, pages: int) -> None:
        """Move the highlight by pages."""
        self.rows.page(pages)
