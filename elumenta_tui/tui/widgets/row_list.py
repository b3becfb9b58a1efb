"""A list of rows to choose from. Only the rows in view are drawn, so their number does not matter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from elumenta_tui.tui.widgets import scroll_thumb

Item = TypeVar("Item")

_BAR = {scroll_thumb.TRACK: " ", scroll_thumb.FULL: "█", scroll_thumb.UPPER: "▀", scroll_thumb.LOWER: "▄"}

WHEEL = 3
"""Rows per notch of the mouse wheel."""

ROW_MARGIN = 4
"""Cells beside a row: the mark of the highlighted row and a space before it, a space behind it, and the scroll bar."""

HERE = "›"
"""Marks the highlighted row, because its background is invisible with few colours."""


class RowList(Widget, Generic[Item], can_focus=False):
    """One line per item, one of them highlighted."""

    @dataclass
    class Moved(Message):
        """Another item is highlighted, or none."""

    @dataclass
    class Chosen(Message):
        """The highlighted item was clicked `clicks` times."""

    def __init__(
        self,
        draw: Callable[[Item, int], Content],
        *,
        can_choose: Callable[[Item], bool] | None = None,
        clicks: int = 2,
        id: str | None = None,
    ) -> None:
        """Create a list.

        Args:
            draw: draws the row of an item for a width in cells.
            can_choose: arrow keys skip the items for which it returns False, and clicks on them do nothing.
            clicks: how many clicks choose an item.
        """
        super().__init__(id=id)
        self._draw = draw
        self._can_choose = can_choose
        self._clicks = clicks
        self._items: Sequence[Item] = ()
        self._highlighted = 0
        self._top = 0
        self._is_placed = False
        """True if the first render has scrolled to the highlighted item; the height is unknown before."""
        self.empty = Content("")
        """Shown if there are no items."""

    def show(self, items: Sequence[Item], highlighted: int = 0) -> None:
        """Replace the items."""
        self._items = items
        self._top = min(self._top, max(0, len(items) - max(1, self.size.height)))
        self._go(highlighted)

    @property
    def item(self) -> Item | None:
        """The highlighted item; None if there are no items."""
        return self._items[self._highlighted] if self._items else None

    @property
    def items(self) -> Sequence[Item]:
        """All items."""
        return self._items

    @property
    def highlighted(self) -> int:
        """The index of the highlighted item."""
        return self._highlighted

    def move(self, rows: int) -> None:
        """Highlight the item that many rows further down. One row beyond an end wraps to the other end."""
        places: Sequence[int] = range(len(self._items))
        if self._can_choose is not None:
            places = [place for place in places if self._can_choose(self._items[place])]
        if not places:
            return
        target = min(bisect_left(places, self._highlighted), len(places) - 1) + rows
        if abs(rows) == 1:
            target %= len(places)
        self._go(places[max(0, min(target, len(places) - 1))])

    def advance(self) -> None:
        """Highlight the next item; the last one stays highlighted."""
        self._go(self._highlighted + 1)

    def page(self, pages: int) -> None:
        """Move by one row less than the view's height."""
        step = max(2, self.size.height - 1)
        self._go(self._highlighted + pages * step)

    def _go(self, target: int) -> None:
        self._highlighted = max(0, min(target, len(self._items) - 1))
        self._keep_in_view()
        self.refresh()
        self.post_message(self.Moved())

    def _keep_in_view(self) -> None:
        height = max(1, self.size.height)
        top = max(self._highlighted - height + 1, min(self._top, self._highlighted))
        # A view that has grown must not show blank rows below the last item.
        self._top = max(0, min(top, len(self._items) - height))

    def render(self) -> Content:
        # A new size is painted before the widget's resize event arrives.
        if not self._is_placed and self.size.height:
            self._is_placed = True
            self._top = max(0, self._highlighted - self.size.height // 2)
        self._keep_in_view()
        width, height = self.size.width, self.size.height
        if not self._items:
            return self.empty
        bar = scroll_thumb.cells(self._top, height, len(self._items))
        rows = []
        for y, item in enumerate(self._items[self._top : self._top + height]):
            room = width - ROW_MARGIN
            is_here = self._top + y == self._highlighted
            mark = (HERE if is_here else " ", "bold $primary")
            row = Content.assemble(mark, " ", self._draw(item, room).truncate(room, pad=True), " ")
            if is_here:
                row = row.stylize("on $panel")
            rows.append(Content.assemble(row, (_BAR[bar[y]], "$panel")))
        return Content("\n").join(rows)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(WHEEL)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-WHEEL)

    def _scroll(self, rows: int) -> None:
        """Scroll the view. The highlight moves with it if it would leave the view."""
        height = self.size.height
        self._top = max(0, min(self._top + rows, len(self._items) - height))
        self._go(max(self._top, min(self._highlighted, self._top + height - 1)))

    def on_click(self, event: events.Click) -> None:
        index = self._top + event.y
        if index < len(self._items) and (self._can_choose is None or self._can_choose(self._items[index])):
            self._go(index)
            if event.chain == self._clicks:
                self.post_message(self.Chosen())
