"""A text area in which the path after `@` can be completed at the cursor."""

from __future__ import annotations

from elumenta_tui.text.lazy_pattern import LazyPattern
from elumenta_tui.tui.widgets.folding_area import FoldingArea
from elumenta_tui.tui.widgets.suggestions import Suggestion

LONGEST_TOKEN = 1_000
"""Characters before the cursor in which a path that is completed begins."""

_TOKEN = LazyPattern(r'(?:^|(?<=\s))(@(?:"[^"\n]*|[^\s"]*))$')


class CompletingArea(FoldingArea):
    """Knows the beginning of a path before the cursor, and puts a completed one in its place."""

    @property
    def path_token(self) -> str | None:
        """`@` and the beginning of a path, as far as the cursor; None if no such word ends there."""
        if not self.selection.is_empty:
            return None
        row, column = self.cursor_location
        before = self.document.get_line(row)[max(0, column - LONGEST_TOKEN) : column]
        if "@" not in before:
            return None
        found = _TOKEN.compiled.search(before)
        return None if found is None else found[1]

    def take_path(self, chosen: Suggestion) -> None:
        """Put a completed path in place of its beginning; a file is attached, and leaves its name."""
        if chosen.inserts is None:
            self.replace_token(chosen.line)
            return
        row, column = self.cursor_location
        follows = self.document.get_line(row)[column : column + 1]
        self.replace_token(chosen.inserts + ("" if follows.isspace() else " "))
        if chosen.taken is not None:
            chosen.taken()

    def replace_token(self, text: str) -> None:
        """Replace the beginning of a path, as a change that can be undone."""
        token = self.path_token or ""
        row, column = self.cursor_location
        start = (row, column - len(token))
        result = self.replace(text, start, (row, column), maintain_selection_offset=False)
        self.move_cursor(result.end_location)
