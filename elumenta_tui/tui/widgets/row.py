"""A row of the transcript, with what copying and searching need to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.strip import Strip

from elumenta_tui.markdown.container import margin_source
from elumenta_tui.markdown.style import Copying
from elumenta_tui.tui.widgets.cropping import crop
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
    copying: Copying | None = None
    """Way to copy the row; None: as text. Cells count from column `MARGIN` on."""

    @property
    def text(self) -> str:
        """The text without the decoration at its sides."""
        return crop(self.strip, self.skip, self.strip.cell_length - self.edge).text.rstrip()

    def copied(self, first: int, start: int, end: int) -> str:
        """Return the text in columns `start` to `end`, behind the Markdown source of its margin from column `first` on."""
        margin = self._copied_margin(first, end)
        start = max(start, self.skip)
        copying = self.copying
        if copying is None or not copying.end:
            return (margin + crop(self.strip, min(start, end), end).text).rstrip()
        end = min(end, MARGIN + copying.end)
        return margin + self._replaced(start, end)

    def _replaced(self, start: int, end: int) -> str:
        """Return the text in these columns, with what the row's cells stand for."""
        text: list[str] = []
        for left, right, instead in self.copying.tabs if self.copying is not None else ():
            begin, stop = max(start, MARGIN + left), min(end, MARGIN + right)
            if begin < stop:
                text += [crop(self.strip, start, begin).text, instead]
                start = stop
        text.append(crop(self.strip, min(start, end), end).text)
        return "".join(text)

    def copied_source(self, first: int, end: int) -> str:
        """Return the source that the row stands for, behind that of its margin from column `first` on."""
        source = self.copying.source if self.copying is not None else ""
        return self._copied_margin(first, end) + source

    def _copied_margin(self, first: int, end: int) -> str:
        left, right = max(first, MARGIN), min(MARGIN + self.margin, end)
        return margin_source(crop(self.strip, left, right).text) if left < right else ""

    def copied_cells(self, start: int, end: int) -> list[str | None]:
        """Return the text of each column of a table's row in columns `start` to `end`; None if nothing of it is in there."""
        texts: list[str | None] = []
        for left, right, _ in self.copying.cells if self.copying is not None else ():
            begin, stop = max(start, MARGIN + left), min(end, MARGIN + right)
            if begin >= stop:
                texts.append(None)
                continue
            shown = crop(self.strip, begin, stop).text
            # Blanks that align the text are not copied, but those behind the rest of a formula are.
            begin += len(shown) - len(shown.lstrip(" "))
            texts.append(self._replaced(begin, stop).rstrip())
        return texts


def copied_table_row(rows: Sequence[Row], first: int, start: int, end: int) -> str:
    """Return the cells of a table's row, which takes several rows of the screen, with tabs between them.

    As in `Row.copied`; `start` counts in the first of the rows, `end` in the last one.
    """
    columns: dict[int, str] = {}
    joints: dict[int, str] = {}
    bounds: list[set[int]] = []
    for number, row in enumerate(rows):
        cells = row.copying.cells if row.copying is not None else ()
        right = end if number == len(rows) - 1 else row.strip.cell_length
        texts = row.copied_cells(start if not number else 0, right)
        bounds.append({column for column, text in enumerate(texts) if text is not None})
        for column, text in enumerate(texts):
            if text is not None:
                columns[column] = columns.get(column, "") + (joints.get(column, "") if text else "") + text
                joints[column] = cells[column].lost
    # A column left of the start in the first row, or right of the end in the last one, counts only if it has text in another row.
    first_column = next((column for column in sorted(columns) if columns[column] or column in bounds[0]), 0)
    last_column = max((column for column in columns if columns[column] or column in bounds[-1]), default=0)
    margin = rows[0]._copied_margin(first, end if len(rows) == 1 else rows[0].strip.cell_length)
    return margin + "\t".join(
        columns[column] for column in sorted(columns) if first_column <= column <= last_column
    )
