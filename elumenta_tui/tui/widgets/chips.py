"""Rows above the prompt for what is sent with it, such as quotes and files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual.content import Content
from textual.widgets import Static

from elumenta_tui.tui.widgets.key_hints import SHORT

ROOMY = 60
"""Columns from which on the last row names the key that removes it."""

MOST, MOST_SHORT = 4, 2
"""Rows, at most; on a screen with fewer rows than `SHORT`."""

Item = TypeVar("Item")


class Chips(Static, Generic[Item]):
    """Shows the newest items, a row each. A subclass draws a row, and says how many more there are."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False, classes="chips")
        self._items: Sequence[Item] = ()

    def show(self, items: Sequence[Item]) -> None:
        """Show these items; without any, take no row."""
        self._items = items
        self.display = bool(items)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        items, screen = self._items, self.screen.size
        width = max(10, screen.width - 2)
        most = MOST if screen.height >= SHORT else MOST_SHORT
        numbered = list(enumerate(items, 1))
        shown = numbered[-most:]
        if len(numbered) > most:
            shown = numbered[-most + 1 :]
        rows = [self.row(number, item, width, is_last=number == len(items)) for number, item in shown]
        if len(numbered) > len(shown):
            more = Content.styled(self.more(len(numbered) - len(shown)), "$muted")
            rows.insert(0, more.truncate(width, ellipsis=True))
        self.update(Content("\n").join(rows))

    def row(self, number: int, item: Item, width: int, *, is_last: bool) -> Content:
        """Draw the row of an item in that many cells."""
        raise NotImplementedError

    def more(self, count: int) -> str:
        """State that there are so many more items."""
        raise NotImplementedError
