"""A row of the transcript, with what copying and searching need to know of it."""

from __future__ import annotations

from typing import NamedTuple

from textual.strip import Strip

from elumenta_tui.markdown.container import margin_source
from elumenta_tui.tui.widgets.line_renderer import MARGIN


class Row(NamedTuple):
    """A painted row and the facts that copying and searching need."""

    strip: Strip
    joint: str = "\n"
    """Text between this row's text and the next one's: a newline or, after a wrapped row, the dropped blank or nothing."""
    skip: int = 0
    """Number of cells at the start that are not text."""
    margin: int = 0
    """Number of these that are numbers, boxes, quote bars and indents. They follow the first `MARGIN` cells."""
    edge: int = 0
    """Number of cells at the end that are not text."""
    is_marked: bool = False
    """True if the edge is a mark of the program, and no text that could be searched."""
    is_text: bool = True
    """True if the row belongs to the prompt or the answer; False if it is text of the program."""

    @property
    def text(self) -> str:
        """The text without the decoration at its sides."""
        return self.strip.crop(self.skip, self.strip.cell_length - self.edge).text.rstrip()

    def copied(self, first: int, start: int, end: int) -> str:
        """Return the text in columns `start` to `end`, behind the Markdown source of its margin from column `first` on."""
        start = max(start, self.skip)
        text = self.strip.crop(min(start, end), end).text
        left, right = max(first, MARGIN), min(MARGIN + self.margin, end)
        if left < right:
            text = margin_source(self.strip.crop(left, right).text) + text
        return text.rstrip()
