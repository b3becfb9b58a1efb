"""Selection in the transcript: what the mouse selects, how it looks, and the text to copy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.geometry import Offset
from textual.selection import Selection
from textual.strip import Strip

from elumenta_tui.tui.widgets.cropping import crop
from elumenta_tui.tui.widgets.row import copied_table_row
from elumenta_tui.tui.widgets.row_layout import Anchor

if TYPE_CHECKING:
    from elumenta_tui.tui.widgets.row import Row
    from elumenta_tui.tui.widgets.row_layout import RowLayout

_WORD = re.compile(r"[\w./:@~+-]+")
"""Also matches whole addresses, paths and options, because users want to copy them whole."""


def text_of(selection: Selection, layout: RowLayout[Row]) -> str:
    """Return the selected text. Wrapped rows are joined, and decoration is left out.

    Numbers, boxes, quote marks and indents are included if the selection begins to the left of them. The cells of a table have tabs
    between them, and code has its own tabs.
    """
    first, left = selection.start.transpose if selection.start else (0, 0)
    last, right = selection.end.transpose if selection.end else (layout.total - 1, -1)
    rows = layout.window(layout.anchor_at(first), last - first + 1)
    return _text_of_rows(rows, left, right if len(rows) == last - first + 1 else -1)


class BlockSelection(NamedTuple):
    """Whole blocks that are selected by key."""

    selection: Selection
    """The rows to highlight, some of which may be estimated."""
    first: Anchor
    """The first piece."""
    last: Anchor
    """The last piece."""


def text_of_blocks(blocks: BlockSelection, layout: RowLayout[Row]) -> str:
    """Return the text of whole blocks as in `text_of`, also of those that were never laid out."""
    rows: list[Row] = []
    section, piece = blocks.first.section, blocks.first.piece
    while (section, piece) <= (blocks.last.section, blocks.last.piece) and section < len(layout.sections):
        anchor = Anchor(section, piece, 0)
        rows += layout.window(anchor, layout.height(anchor))
        piece += 1
        if piece >= len(layout.sections[section].pieces()):
            section, piece = section + 1, 0
    return _text_of_rows(rows, 0, -1).rstrip("\n")


def _text_of_rows(rows: Sequence[Row], left: int, right: int) -> str:
    """Return the text of rows, from column `left` of the first to column `right` of the last one, or to its end if that is -1."""
    text: list[str] = []
    joint = ""
    number = 0
    while number < len(rows):
        row = rows[number]
        until = _row_after(rows, number)
        if row.copying is None or not row.copying.is_frame:
            end = rows[until - 1].strip.cell_length - rows[until - 1].edge
            if until == len(rows) and right >= 0:
                end = min(right, end)
            # The margin of a continuation row exists on the screen only, not in the source.
            goes_on = number > 0 and rows[number - 1].joint != "\n"
            margin_from = row.skip if goes_on else left
            start = left if number == 0 else 0
            text.append(joint)
            if row.copying is not None and row.copying.source:
                text.append(row.copied_source(margin_from, end))
            elif row.copying is not None and row.copying.cells:
                text.append(copied_table_row(rows[number:until], margin_from, start, end))
            else:
                text.append(row.copied(margin_from, start, end))
            joint = row.joint
        number = until
    return "".join(text)


def _row_after(rows: Sequence[Row], number: int) -> int:
    """Return the index behind the row of a table that begins there, or behind the row."""
    while (copying := rows[number].copying) is not None and copying.goes_on and number + 1 < len(rows):
        number += 1
    return number + 1


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
    before = crop(strip, 0, start)
    found = crop(strip, before.cell_length, end)
    marked = Strip([segment._replace(style=style) for segment in found], found.cell_length)
    return Strip.join([before, marked, crop(strip, before.cell_length + found.cell_length, width)])
