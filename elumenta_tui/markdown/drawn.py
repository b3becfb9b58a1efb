"""Blocks that are drawn from their source: displayed formulas, and diagrams. The source is shown where they cannot be, or when asked for."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal, Self

from elumenta_tui.markdown.blocks import Block, Margin
from elumenta_tui.markdown.code import Code, CodeRow, CodeSource
from elumenta_tui.markdown.style import Copying, Line, Run


class Drawn(Block):
    """A complete block with two faces."""

    __slots__ = ("code", "rows", "shows_source")

    kind: Literal["formula", "diagram"]

    def __init__(self, margin: Margin, code: CodeSource, rows: Sequence[CodeRow]) -> None:
        """`rows`: the source as it is shown."""
        super().__init__(margin)
        self.code = code
        self.rows = tuple(rows)
        self.shows_source = False
        """True if the source is shown although it could be drawn."""

    @property
    def source(self) -> str:
        """What is copied."""
        return self.code.text

    def as_source(self) -> Self:
        """Return the same block with its source shown."""
        clone = copy.copy(self)
        clone.shows_source = True
        return clone

    @abstractmethod
    def drawing(self, room: int) -> list[tuple[Run, ...]] | None:
        """Return the rows of the drawing, which fit the room; None if it cannot be drawn, or not there."""

    def _rows(self, margin: Margin, room: int) -> list[Line]:
        drawing = None if self.shows_source else self.drawing(room)
        if drawing is None:
            return self.as_code(margin)._rows(margin, room)
        last = len(drawing) - 1
        return [
            self._line((*(margin.rest if number else margin.first), *runs), margin.width, number < last)
            for number, runs in enumerate(drawing)
        ]

    def _line(self, runs: tuple[Run, ...], skip: int, goes_on: bool) -> Line:
        return Line(runs, skip=skip, copying=Copying(source=self.source, goes_on=goes_on))

    def as_code(self, margin: Margin) -> Code:
        """Return the source as a block of code."""
        return Code(margin, self.code, self.rows, is_first=True)

    def _guess(self, room: int) -> int:
        return len(self.rows)
