"""Tables laid out for a view that scrolls sideways: whole columns side by side, however wide all of them are together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import NamedTuple

from elumenta_tui.markdown.style import RULE, TEXT, Run
from elumenta_tui.markdown.table import NARROWEST, Align, Cell, Table, widest
from elumenta_tui.markdown.wrap import run_width, wrap

_BETWEEN = " │ "
_CROSS = "─┼─"


class SheetLine(NamedTuple):
    """One line of a row, in two parts: the first column stays in view, the others move. Each part is as wide as its columns."""

    first: tuple[Run, ...]
    rest: tuple[Run, ...]
    row: int
    """Number of the table's row, from 0; -1 for the headers."""


class Sheet(NamedTuple):
    """A table as lines."""

    head: list[SheetLine]
    """The headers and the rule below them."""
    body: list[SheetLine]
    widths: list[int]
    """Cells of each column."""
    rows: int

    @property
    def first_width(self) -> int:
        """Cells of the part that stays, with what divides it from the rest."""
        return self.widths[0] + (len(_BETWEEN) if len(self.widths) > 1 else 0)

    @property
    def starts(self) -> list[int]:
        """Cells before each of the columns that move, within the moving part."""
        starts, at = [], 0
        for cells in self.widths[1:]:
            starts.append(at)
            at += cells + len(_BETWEEN)
        return starts

    @property
    def rest_width(self) -> int:
        """Cells of the moving part."""
        return max(0, sum(self.widths[1:]) + len(_BETWEEN) * (len(self.widths) - 2))


def sheet(pieces: Sequence[Table], room: int) -> Sheet:
    """Lay out a table, which is these pieces, for a view of `room` cells.

    No column is wider than what the view has beside the first one, so that each can be seen whole. Longer cells are wrapped.
    """
    columns = pieces[0].columns
    rows = [row for piece in pieces for row in piece.rows]
    wanted = [max(1, *map(widest, column)) for column in zip_longest(columns.header, *rows, fillvalue=())]
    first = min(wanted[0], max(NARROWEST, room * 2 // 5)) if len(wanted) > 1 else min(wanted[0], max(1, room))
    most = max(NARROWEST, room - first - len(_BETWEEN))
    widths = [first, *(min(cells, most) for cells in wanted[1:])]
    head = [*_lines(columns.header, widths, columns.aligns, -1), _rule(widths)]
    body = [line for number, row in enumerate(rows) for line in _lines(row, widths, columns.aligns, number)]
    return Sheet(head, body, widths, len(rows))


def _rule(widths: Sequence[int]) -> SheetLine:
    dashes = ["─" * cells for cells in widths]
    first = dashes[0] + (_CROSS if len(dashes) > 1 else "")
    return SheetLine(((first, RULE),), ((_CROSS.join(dashes[1:]), RULE),), -1)


def _lines(
    cells: Sequence[Cell], widths: Sequence[int], aligns: Sequence[Align], number: int
) -> Iterable[SheetLine]:
    wrapped = [_fitted(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for at in range(max(map(len, wrapped))):
        parts = [
            _padded(lines[at] if at < len(lines) else (), width, align)
            for lines, width, align in zip(wrapped, widths, aligns, strict=True)
        ]
        first, rest = parts[0], parts[1:]
        if rest:
            first.append((_BETWEEN, RULE))
        moving: list[Run] = []
        for index, part in enumerate(rest):
            moving += [(_BETWEEN, RULE)] if index else []
            moving += part
        yield SheetLine(tuple(first), tuple(moving), number)


def _fitted(cell: Cell, width: int) -> list[tuple[Run, ...]]:
    if not cell:
        return [()]
    return [row.runs for row in wrap(cell, width)] or [()]


def _padded(runs: Sequence[Run], width: int, align: Align) -> list[Run]:
    spare = max(0, width - run_width(runs))
    before = spare if align == "right" else spare // 2 if align == "center" else 0
    padded = [(" " * before, TEXT)] if before else []
    padded += runs
    return [*padded, (" " * (spare - before), TEXT)] if spare > before else padded
