"""Selection in the transcript: what the mouse selects, how it looks, and the text to copy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style
from textual.geometry import Offset
from textual.selection import Selection
from textual.strip import Strip

if TYPE_CHECKING:
    from elumenta_tui.tui.widgets.row import Row
    from elumenta_tui.tui.widgets.row_layout import RowLayout

_WORD = re.compile(r"[\w./:@~+-]+")
"""Also matches whole addresses, paths and options, because users want to copy them whole."""


def text_of(selection: Selection, layout: RowLayout[Row]) -> str:
    """Return the selected text. Wrapped rows are joined, and decoration is left out.

    Numbers, boxes, quote marks and indents are included if the selection begins to the left of them.
    """
    first, left = selection.start.transpose if selection.start else (0, 0)
    last, right = selection.end.transpose if selection.end else (layout.total - 1, -1)
    rows = layout.window(layout.anchor_at(first), last - first + 1)
    text: list[str] = []
    for number, row in enumerate(rows):
        end = row.strip.cell_length - row.edge
        if number == last - first and right >= 0:
            end = min(right, end)
        # The margin of a continuation row exists on the screen only, not in the source.
        goes_on = number > 0 and rows[number - 1].joint != "\n"
        margin_from = row.skip if goes_on else left
        piece = row.copied(margin_from, left if number == 0 else 0, end)
        joins = number < len(rows) - 1
        text.append(piece + (row.joint if joins else ""))
    return "".join(text)


def selection_at(rows: Sequence[Row], x: int, y: int, top: int, *, word: bool) -> Selection:
    """Select the word at a cell of the view, or the whole line with all rows that it is wrapped into.

    `rows` are those in view, `top` is the number of rows above them.
    """
    first = last = y
    if word:
        start, end = word_at(rows[y].strip.text, x)
    else:
        while first > 0 and rows[first - 1].joint != "\n":
            first -= 1
        while last + 1 < len(rows) and rows[last].joint != "\n":
            last += 1
        start, end = rows[first].skip, cell_len(rows[last].strip.text.rstrip())
    return Selection(Offset(start, top + first), Offset(end, top + last))


def word_at(text: str, column: int) -> tuple[int, int]:
    """Return the first column of the word at a column and the column behind it; without a word, those of the one cell."""
    for found in _WORD.finditer(text):
        start, end = cell_len(text[: found.start()]), cell_len(text[: found.end()])
        if start <= column < end:
            return start, end
    return column, column + 1


def highlighted(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """Return a row with another style from cell `start` to the cell before `end`; -1 is the end of its text."""
    width = strip.cell_length
    if end < 0:
        end = len(strip.text.rstrip())
    start, end = min(start, width), min(end, width)
    if start >= end:
        return strip
    marked = Strip([segment._replace(style=style) for segment in strip.crop(start, end)], end - start)
    return Strip.join([strip.crop(0, start), marked, strip.crop(end, width)])
