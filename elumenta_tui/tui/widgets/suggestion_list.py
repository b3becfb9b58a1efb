"""The list of suggestions above the prompt, out while a slash word is typed."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.content import Content

from elumenta_tui.tui.widgets.row_list import ROW_MARGIN, RowList
from elumenta_tui.tui.widgets.suggestions import Suggestion, Suggestions

MOST_ROWS = 8
"""Of the list; the rest is reached with the arrow keys."""

LEAST_ROWS_BESIDE = 2
"""Rows of the screen above the prompt that the list leaves free."""

WIDEST = 76
"""Cells of the list at most."""

_GAP = 2


class SuggestionList(RowList[Suggestion]):
    """Paints them above the prompt, over whatever stands there; nothing moves for it."""

    def __init__(self, pick: Callable[[int], object]) -> None:
        """`pick` is called with the place of a suggestion that is clicked."""
        super().__init__(self._row, id="suggestions")
        self._pick = pick
        self._heads = 0

    def show_those(self, suggestions: Suggestions, screen_width: int, rows_above: int) -> None:
        """Paint what is listed now, in the rows that the screen has above the prompt."""
        items = suggestions.items
        self.display = bool(items)
        self._items = items
        self._highlighted = -1 if suggestions.place is None else suggestions.place
        self._heads = max((len(item.line) for item in items), default=0)
        widest = max((self._heads + _GAP + Content(item.title).cell_length for item in items), default=0)
        self.styles.width = min(widest + ROW_MARGIN, WIDEST, max(1, screen_width - 2))
        self.styles.height = max(1, min(len(items), MOST_ROWS, rows_above - LEAST_ROWS_BESIDE))
        self.refresh()

    def _scroll(self, rows: int) -> None:
        """The view follows the arrow keys alone."""

    def on_click(self, event: events.Click) -> None:
        event.stop()
        place = self._top + event.y
        if place < len(self._items):
            self._pick(place)

    def _row(self, item: Suggestion, width: int) -> Content:
        heads = min(self._heads, max(8, width * 2 // 3))
        head = Content(item.line).truncate(heads, ellipsis=True)
        return Content.assemble(
            head.stylize("$accent"),
            " " * (heads + _GAP - head.cell_length),
            Content(item.title).truncate(max(0, width - heads - _GAP), ellipsis=True),
        )
