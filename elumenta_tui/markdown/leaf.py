"""What all blocks of text have in common while they grow line by line.

Two rules keep a growing message cheap, and the same however it was cut:

* A leaf hands out the finished pieces of itself (`pieces`) when enough text has come *after* them, and the
  choice of the cut depends on nothing but that text. So a block of any length costs a bounded amount per
  line.
* A line of more than `LONG` characters is known by its beginning: it is text, and the rest comes in slices of the leaf's
  own length.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import ClassVar, Self

from elumenta_tui.markdown.blocks import Block, Margin, Text
from elumenta_tui.markdown.cursor import Cursor

LONG = 2000
"""Characters of a line which can be a heading, a row of a table or any mark. A longer line is text."""


class Leaf(ABC):
    """A growing block of text."""

    comes_first: ClassVar[bool] = True
    """Whether a line is offered to the open leaf before it may start something else."""
    SLICE: ClassVar[int] = LONG
    """Characters of a long line that come at once, after its beginning."""
    is_over = False
    """Whether the line just taken was its last."""
    ended_blank = False
    """Whether the lines it took and dropped at its end were blank."""
    is_draft = False
    """Whether it is a copy which only shows what would be if the text ended here."""
    role = "text"
    """The role of its plain text, which a quote changes."""

    @abstractmethod
    def accept(self, cursor: Cursor) -> bool:
        """Go on with the line, if it is this leaf's."""

    def more(self, text: str) -> None:
        """Go on with the next slice of a long line. Only leaves which `take` the beginning of one are asked."""
        raise NotImplementedError

    @abstractmethod
    def pieces(self, margin: Margin) -> list[Block]:
        """The blocks which are final by now, each handed out once. Some text always stays behind."""

    @abstractmethod
    def finish(self, margin: Margin) -> list[Block]:
        """The blocks of all that is left."""

    def draft(self) -> Self:
        """A copy to try things with."""
        twin = copy.copy(self)
        twin.is_draft = True
        return twin


class Blank(Leaf):
    """The row of an item without text."""

    is_over = True

    def accept(self, cursor: Cursor) -> bool:
        return False

    def pieces(self, margin: Margin) -> list[Block]:
        return []

    def finish(self, margin: Margin) -> list[Block]:
        return [Text(margin, ())]
