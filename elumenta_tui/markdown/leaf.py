"""Leaves: what all blocks of text have in common while they grow line by line.

Two rules keep a growing message cheap, and its blocks independent of how it was cut:

* A leaf hands out finished pieces of itself (`pieces`) once enough text has come *after* them. The place of the cut depends
  on that text alone. So a block of any length costs a bounded amount per line.
* A line of more than `LONG` characters is classified by its beginning: it is text, and the rest comes in slices of the
  leaf's own length.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import ClassVar, Self

from elumenta_tui.markdown.blocks import Block, Margin, Text
from elumenta_tui.markdown.cursor import Cursor

LONG = 2000
"""Characters of a line that can be a heading, a table row or any mark. A longer line is text."""


class Leaf(ABC):
    """A growing block of text."""

    comes_first: ClassVar[bool] = True
    """True if the open leaf is offered a line before the line may start something else."""
    SLICE: ClassVar[int] = LONG
    """Characters of a long line that come at once, after its beginning."""
    is_over = False
    """True if the line just accepted was the last."""
    ended_blank = False
    """True if the lines accepted and dropped at the end were blank."""
    is_draft = False
    """True if the leaf is a copy that only shows the result as if the text ended here."""
    role = "text"
    """Role of the plain text. A quote changes it."""

    @abstractmethod
    def accept(self, cursor: Cursor) -> bool:
        """Return whether the line belongs to this leaf, and append it if so."""

    def more(self, text: str) -> None:
        """Append the next slice of a long line. Called only on leaves that accepted its beginning."""
        raise NotImplementedError

    @abstractmethod
    def pieces(self, margin: Margin) -> list[Block]:
        """Return the blocks that have become final, each once. Some text always stays behind."""

    @abstractmethod
    def finish(self, margin: Margin) -> list[Block]:
        """Return the blocks of the rest."""

    def draft(self) -> Self:
        """Return a copy for trying something out."""
        clone = copy.copy(self)
        clone.is_draft = True
        return clone


class Blank(Leaf):
    """The row of a list item without text."""

    is_over = True

    def accept(self, cursor: Cursor) -> bool:
        return False

    def pieces(self, margin: Margin) -> list[Block]:
        return []

    def finish(self, margin: Margin) -> list[Block]:
        return [Text(margin, ())]
