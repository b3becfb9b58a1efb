"""The suggestion list above the prompt, shown while a slash word is typed."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.content import Content

from elumenta_tui.tui.widgets.row_list import RowList
from elumenta_tui.tui.widgets.suggestions import Suggestion, Suggestions

MOST_ROWS = 8
"""Rows of the list, at most. The arrow keys reach the rest."""

LEAST_ROWS_BESIDE = 2
"""Rows of the screen above the prompt that the list leaves free, at least."""

_RULE = 1
"""Rows of the line above the list."""

_GAP = 2


class SuggestionList(RowList[Suggestion]):
    """Painted above the prompt, over whatever is there, so that nothing moves."""

    def __init__(self, pick: Callable[[int], object]) -> None:
        """`pick` is called with the index of a clicked suggestion."""
        super().__init__(self._row, id="suggestions")
        self._pick = pick
        self._heads = 0
        self._has_titles = False

    def update_items(self, suggestions: Suggestions, screen_width: int, rows_above: int) -> None:
        """Show the suggestions in the rows that the screen has above the prompt."""
        items = suggestions.items
        self.display = bool(items)
        self._items = items
        chosen = suggestions.chosen
        self._highlighted = -1 if chosen is None else items.index(chosen)
        self._heads = max((len(item.line) for item in items), default=0)
        self._has_titles = any(item.title or item.describe for item in items)
        # The list covers all columns: free columns beside it would look like part of it.
        self.styles.width = screen_width
        rows = min(len(items), MOST_ROWS, rows_above - LEAST_ROWS_BESIDE - _RULE)
        self.styles.height = max(1, rows) + _RULE
        self.refresh()

    def _scroll(self, rows: int) -> None:
        """Ignore the mouse wheel: only the arrow keys scroll the list."""

    def on_click(self, event: events.Click) -> None:
        event.stop()
        place = self._top + event.y - _RULE
        if place < self._top:
            return
        if place < len(self._items):
            self._pick(place)

    def _row(self, item: Suggestion, width: int) -> Content:
        heads = min(self._heads, max(8, width * 2 // 3)) if self._has_titles else width
        head = Content(item.line).truncate(heads, ellipsis=True)
        title = item.title if item.describe is None else item.describe()
        return Content.assemble(
            head.stylize("$accent"),
            " " * (heads + _GAP - head.cell_length),
            Content(title).truncate(max(0, width - heads - _GAP), ellipsis=True),
        )
