"""Tables: a frame around columns with wrapped cells, or one line per cell where columns have no room."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Literal, Self

from elumenta_tui.markdown.blocks import Block, Margin, copied_rows, rest_of_source, sources
from elumenta_tui.markdown.cells import is_even, width_of
from elumenta_tui.markdown.cursor import Cursor
from elumenta_tui.markdown.inline import Inline
from elumenta_tui.markdown.leaf import Leaf
from elumenta_tui.markdown.paragraph import Paragraph
from elumenta_tui.markdown.style import FRAME, MARK, RULE, TEXT, Copying, Line, Run, TextStyle
from elumenta_tui.markdown.style import Cell as Part
from elumenta_tui.markdown.wrap import Row, run_width, wrap

Cell = tuple[Run, ...]
Align = Literal["left", "center", "right"]
_Drawn = tuple[Cell, bool, str, bool, Copying | None]
"""A row: its runs, whether it ends by wrapping, the text lost there, whether it is decoration, and how it is copied."""

NARROWEST = 6
"""Cells of a column that does not get its full width, at least. Narrower tables are shown as lists."""


def widest(cell: Cell) -> int:
    """Return the cells of the longest line of a table cell, without wrapping."""
    lines = "".join([text for text, _ in cell]).split("\n")
    return max(map(width_of, lines))


def _longest_word(cell: Cell) -> int:
    """Return the cells of the widest word of a table cell; East Asian ones may be broken anywhere."""
    words = "".join([text for text, _ in cell]).split()
    return max((width_of(word) for word in words if is_even(word)), default=0)


class Columns:
    """The column widths that all pieces of one table share. Fixed before the first piece is shown."""

    __slots__ = ("_words", "aligns", "header", "source", "stretched", "wanted")

    def __init__(
        self,
        header: Sequence[Cell],
        aligns: Sequence[Align],
        rows: Sequence[Sequence[Cell]],
        stretched: bool,
        source: list[str],
    ) -> None:
        self.source = source
        """The lines of the whole table as written, which grow while it is open."""
        self.header = tuple(header)
        self.aligns = tuple(aligns)
        self.wanted = [max(1, *map(widest, column)) for column in zip_longest(header, *rows, fillvalue=())]
        """Width of each column without wrapping, as far as the rows are known."""
        self._words = [
            max(1, *map(_longest_word, column)) for column in zip_longest(header, *rows, fillvalue=())
        ]
        self.stretched = stretched
        """True to use the whole width, because more and wider rows may come."""

    def has_room(self, width: int) -> bool:
        """Return whether all columns get their full width, as far as the rows are known."""
        return not self.stretched and sum(self.wanted) + 3 * len(self.wanted) + 1 <= width

    def fit(self, width: int) -> list[int] | None:
        """Return the widths of the columns, or None if they have no room."""
        room = width - 3 * len(self.wanted) - 1
        wanted = [max(NARROWEST, cells) for cells in self.wanted] if self.stretched else self.wanted
        spare = room - sum(wanted)
        if spare >= 0:
            return (
                [cells + spare * cells // sum(wanted) for cells in wanted] if self.stretched else list(wanted)
            )
        least = self._least(wanted, room)
        return _shared(wanted, least, room) if sum(least) <= room else None

    def _least(self, wanted: list[int], room: int) -> list[int]:
        """Return the width below which each column would break a word; less for the longest words, if they have no room."""
        floor = [min(cells, NARROWEST) for cells in wanted]
        least = [
            max(low, min(cells, word)) for low, cells, word in zip(floor, wanted, self._words, strict=True)
        ]
        for column in sorted(range(len(least)), key=least.__getitem__, reverse=True):
            if sum(least) <= room:
                break
            least[column] = floor[column]
        return least


def _shared(wanted: list[int], least: list[int], room: int) -> list[int]:
    """Return the widths of columns that have no room for all: narrow ones as they want, wide ones alike, none below its least."""

    def at(level: int) -> list[int]:
        return [max(low, min(cells, level)) for low, cells in zip(least, wanted, strict=True)]

    level = bisect_right(range(1, max(wanted) + 1), room, key=lambda cells: sum(at(cells)))
    widths = at(level)
    spare = room - sum(widths)
    for column in sorted(range(len(wanted)), key=wanted.__getitem__, reverse=True):
        if spare and widths[column] == level < wanted[column]:
            widths[column] += 1
            spare -= 1
    return widths


class Table(Block):
    """Some rows of a table."""

    __slots__ = ("columns", "is_first", "is_last", "rows")

    def __init__(
        self, margin: Margin, columns: Columns, rows: Sequence[Sequence[Cell]], is_first: bool, is_last: bool
    ) -> None:
        super().__init__(margin)
        self.columns = columns
        self.rows = tuple(tuple(row) for row in rows)
        self.is_first = is_first
        self.is_last = is_last

    @property
    def source(self) -> str:
        """The Markdown of the whole table, not of this piece alone."""
        return "\n".join(self.columns.source)

    def linked_runs(self) -> Iterator[Run]:
        for row in (self.columns.header, *self.rows) if self.is_first else self.rows:
            for cell in row:
                yield from cell
                # Separate neighbouring links, so that they do not count as one.
                yield "", MARK

    def _rows(self, margin: Margin, room: int) -> list[Line]:
        widths = self.columns.fit(room)
        drawn = self._stacked(room, margin.width) if widths is None else self._framed(widths, margin.width)
        skip = margin.width
        return [
            Line(
                (*(margin.rest if index else margin.first), *runs),
                soft,
                skip=skip + (run_width(runs) if is_decoration else 0),
                lost=lost,
                copying=copying,
            )
            for index, (runs, soft, lost, is_decoration, copying) in enumerate(drawn)
        ]

    def _framed(self, widths: list[int], left: int) -> list[_Drawn]:
        drawn: list[_Drawn] = []

        def border(left: str, cross: str, right: str) -> None:
            text = left + cross.join("─" * (cells + 2) for cells in widths) + right
            drawn.append((((text, RULE),), False, "", True, FRAME))

        if self.is_first:
            border("┌", "┬", "┐")
            drawn.extend(self._framed_row(self.columns.header, widths, left))
            if self.rows or not self.is_last:
                border("├", "┼", "┤")
        for row in self.rows:
            drawn.extend(self._framed_row(row, widths, left))
        if self.is_last:
            border("└", "┴", "┘")
        return drawn

    def _framed_row(self, cells: Sequence[Cell], widths: list[int], left: int) -> list[_Drawn]:
        wrapped = [wrap(cell, width) if cell else [] for cell, width in zip(cells, widths, strict=True)]
        lines: list[_Drawn] = []
        count = max(1, *map(len, wrapped))
        for line in range(count):
            runs: list[Run] = [("│ ", RULE)]
            for rows, width, align in zip(wrapped, widths, self.columns.aligns, strict=True):
                text = rows[line].runs if line < len(rows) else ()
                spare = width - run_width(text)
                before = spare if align == "right" else spare // 2 if align == "center" else 0
                if before:
                    runs.append((" " * before, TEXT))
                runs.extend(text)
                if spare > before:
                    runs.append((" " * (spare - before), TEXT))
                runs.append((" │ ", RULE))
            runs[-1] = (" │", RULE)
            copying = Copying(
                self._parts(wrapped, line, widths, left),
                line + 1 < count,
                tabs=self._sources(wrapped, line, widths, left),
            )
            lines.append((tuple(runs), False, "", False, copying))
        return lines

    def _sources(
        self, wrapped: Sequence[Sequence[Row]], line: int, widths: list[int], left: int
    ) -> tuple[tuple[int, int, str], ...]:
        """Return which cells of that line of a row stand for something else."""
        found: tuple[tuple[int, int, str], ...] = ()
        start = left + 2
        for rows, width, align in zip(wrapped, widths, self.columns.aligns, strict=True):
            if line < len(rows) and any(style.source for _, style in rows[line].runs):
                spare = width - run_width(rows[line].runs)
                before = spare if align == "right" else spare // 2 if align == "center" else 0
                rest = rest_of_source(rows, line - 1) if line else ""
                found += sources(rows[line].runs, start + before, rest)
            start += width + 3
        return found

    @staticmethod
    def _parts(wrapped: Sequence[Sequence[Row]], line: int, widths: list[int], left: int) -> tuple[Part, ...]:
        """Return where the parts of the cells stand in that line of a row, to be copied."""
        parts: list[Part] = []
        start = left + 2
        for rows, width in zip(wrapped, widths, strict=True):
            lost = ""
            if line + 1 < len(rows):
                # A line break within a cell is copied as a blank: a newline would end the row.
                lost = rows[line].lost if rows[line].soft else " "
                lost = "" if rest_of_source(rows, line) else lost
            parts.append(Part(start, start + width, lost))
            start += width + 3
        return tuple(parts)

    def _stacked(self, room: int, left: int) -> list[_Drawn]:
        """Lay out `header: value` lines, one per cell."""
        drawn: list[_Drawn] = []

        def put(rows: Sequence[Row]) -> None:
            for row, (copying, lost) in zip(rows, copied_rows(rows, left), strict=True):
                drawn.append((row.runs, row.soft, lost, False, copying))

        divider: Cell = (("─" * min(room, 12), RULE),)
        if self.is_first and self.is_last and not self.rows:
            for header in self.columns.header:
                put(wrap(header, room))
        for index, row in enumerate(self.rows):
            if index or not self.is_first:
                drawn.append((divider, False, "", True, None))
            for header, cell in zip(self.columns.header, row, strict=True):
                label: Cell = (*header, (": ", MARK)) if header else ()
                put(wrap((*label, *cell), room))
        return drawn

    def _guess(self, room: int) -> int:
        widths = self.columns.fit(room)
        if widths is None:
            return len(self.rows) * (len(self.columns.header) + 1)
        return len(self.rows) + 3 * self.is_first + self.is_last


def cells_text(pieces: Iterable[Table]) -> str:
    """Return the cells of a table, which is these pieces, as plain text: tabs between the cells, a newline after each row but the last."""
    lines: list[str] = []
    for piece in pieces:
        rows = (piece.columns.header, *piece.rows) if piece.is_first else piece.rows
        for row in rows:
            cells = (
                " ".join("".join([style.source or text for text, style in cell]).split()) for cell in row
            )
            lines.append("\t".join(cells))
    return "\n".join(lines)


class TableRows(Leaf):
    """A row of headers, a row of dashes, and more rows up to a blank line or the next block."""

    comes_first = False
    MEASURED = 24
    """Rows that decide the widths of the columns. Later rows must fit in, because what is above them is final."""
    MEASURED_SIZE = 4000
    """Characters of those rows, at most (about)."""
    STEP = 16
    """Rows of a piece, at most."""
    STEP_CELLS = 400
    """Cells of a piece, at most (about)."""
    SPARE = 5_000
    """Characters and cells for display beyond `SHARE` for each character of the rows, at most."""
    SHARE = 20
    _DASHES = re.compile(r"\|? *+:?-++:? *+(?:\| *+:?-++:? *+)*+\|? *+$")
    _DIVIDER = re.compile(r"(?<!\\)\|")

    def __init__(
        self, inline: Inline, role: str, header: list[str], aligns: list[Align], source: list[str]
    ) -> None:
        self.role = role
        self._source = source
        self._inline = inline
        self._aligns = aligns
        self._header = [inline.runs(cell, TextStyle(role, bold=True)) for cell in header]
        self._width = len(header) + sum(map(len, header))
        """Characters and cells that every row takes, whatever it holds: the headers and their cells."""
        self._spare = self.SPARE
        self._rows: list[list[Cell]] = []
        self._size = 0
        self._columns: Columns | None = None
        self._is_first = True

    def draft(self) -> Self:
        clone = super().draft()
        clone._rows = self._rows.copy()
        return clone

    @classmethod
    def start_after(cls, paragraph: Paragraph, cursor: Cursor, inline: Inline, role: str) -> Leaf | None:
        """Start a table if this line is the dashes below a last line of headers."""
        if cursor.first not in "|:-" or "|" not in paragraph.last_line:
            return None
        dashes = cursor.text[cursor.next :].rstrip()
        if len(dashes) < 2 or not cls._DASHES.match(dashes):
            return None
        marks = cls._cells(dashes)
        if (
            len(marks) != len(cls._cells(paragraph.last_line))
            or (header := paragraph.pop_last_line()) is None
        ):
            return None
        return cls(
            inline, role, cls._cells(header), [cls._align(mark) for mark in marks], [header.strip(), dashes]
        )

    @staticmethod
    def _align(dashes: str) -> Align:
        if dashes.endswith(":"):
            return "center" if dashes.startswith(":") else "right"
        return "left"

    @classmethod
    def _cells(cls, line: str) -> list[str]:
        cells = cls._DIVIDER.split(line.strip())
        if not cells[0]:
            del cells[0]
        if cells and not cells[-1]:
            del cells[-1]
        return [cell.replace(r"\|", "|").strip() for cell in cells]

    def accept(self, cursor: Cursor) -> bool:
        if cursor.is_long or cursor.indent >= 4:
            return False
        self._spare -= self._width - self.SHARE * (len(cursor.text) + 1)
        self._spare = min(self._spare, self.SPARE)
        if self._spare < 0:
            # Each row costs as much work as the headers. Many short rows below long headers are text.
            return False
        if not self.is_draft:
            self._source.append(cursor.rest.strip())
        cells = self._cells(cursor.rest)
        last = len(self._header) - 1
        # GitHub drops cells without a header. Here they join the last one, so that no text is lost.
        cells[last:] = [" | ".join(cells[last:])] if len(cells) > last else [""] * (last + 1 - len(cells))
        # A draft's row may end within a mark.
        runs_of = self._inline.growing_runs if self.is_draft else self._inline.runs
        self._rows.append([runs_of(cell, TextStyle(self.role)) for cell in cells])
        self._size += len(cursor.text)
        return True

    def pieces(self, margin: Margin) -> list[Block]:
        found: list[Block] = []
        if self._columns is None:
            if len(self._rows) <= self.MEASURED and self._size <= self.MEASURED_SIZE:
                return found
            self._columns = Columns(
                self._header, self._aligns, self._rows, stretched=True, source=self._source
            )
        self._cut_pieces(margin, found)
        return found

    def finish(self, margin: Margin) -> list[Block]:
        if self._columns is None:
            self._columns = Columns(
                self._header, self._aligns, self._rows, stretched=False, source=self._source
            )
        found: list[Block] = []
        if len(self._rows) > self.MEASURED or len(self._rows) * len(self._header) > self.STEP_CELLS:
            self._cut_pieces(margin, found)
        found.append(self._piece(margin, len(self._rows), is_last=True))
        return found

    def _cut_pieces(self, margin: Margin, found: list[Block]) -> None:
        step = max(1, min(self.STEP, self.STEP_CELLS // len(self._header)))
        while len(self._rows) > step:
            found.append(self._piece(margin, step, is_last=False))

    def _piece(self, margin: Margin, count: int, is_last: bool) -> Table:
        assert self._columns is not None
        here = margin if self._is_first else margin.continued()
        piece = Table(here, self._columns, self._rows[:count], self._is_first, is_last)
        self._is_first = False
        del self._rows[:count]
        return piece
