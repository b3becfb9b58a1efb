"""The heading of an alert: a quote that begins with `[!NOTE]` or another of GitHub's five marks."""

from __future__ import annotations

import copy
from typing import Self

from elumenta_tui.markdown.blocks import Block, Margin
from elumenta_tui.markdown.cursor import Cursor
from elumenta_tui.markdown.leaf import Leaf
from elumenta_tui.markdown.style import Copying, Line, TextStyle


class AlertTitle(Block):
    """The word that says which kind of alert follows."""

    __slots__ = ("kind", "word")

    def __init__(self, margin: Margin, kind: str) -> None:
        super().__init__(margin)
        self.kind = kind
        """`note`, `tip`, `important`, `warning` or `caution`."""
        self.word = kind.capitalize()

    def named(self, word: str) -> Self:
        """Return the same title with the word of another language."""
        clone = copy.copy(self)
        clone.word = word
        return clone

    def _rows(self, margin: Margin, room: int) -> list[Line]:
        style = TextStyle(f"alert.{self.kind}", bold=True)
        copying = Copying(source=f"[!{self.kind.upper()}]")
        return [
            Line((*margin.first, (self.word[:room], style)), skip=margin.width, copying=copying),
        ]

    def _guess(self, room: int) -> int:
        return 1


class AlertLine(Leaf):
    """The line of that mark."""

    is_over = True

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def accept(self, cursor: Cursor) -> bool:
        return False

    def pieces(self, margin: Margin) -> list[Block]:
        return []

    def finish(self, margin: Margin) -> list[Block]:
        return [AlertTitle(margin, self._kind)]
