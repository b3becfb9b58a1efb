"""Blocks: the immutable pieces of a message, which lay themselves out as lines of any width.

A block never changes, so its lines may be cached for as long as the width stays the same.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, Self

from elumenta_tui.markdown.cells import width_of
from elumenta_tui.markdown.container import margin_source
from elumenta_tui.markdown.style import Copying, Line, Run
from elumenta_tui.markdown.wrap import Row, joined, run_width, wrap


class Margin(NamedTuple):
    """The indents, bullets, numbers and quote bars left of a block. Each character is one cell wide."""

    first: tuple[Run, ...] = ()
    """Runs on the first row."""
    rest: tuple[Run, ...] = ()
    """Runs on all other rows, as wide as `first`."""

    @property
    def width(self) -> int:
        return sum(len(text) for text, _ in self.rest)

    def continued(self) -> Margin:
        """Return the margin for the pieces of a block after its first."""
        return self if self.first is self.rest else Margin(self.rest, self.rest)

    def within(self, width: int) -> Margin:
        """Limit the margin to half of the width. In a narrow window only the innermost levels are drawn."""
        most = width // 2
        if self.width <= most:
            return self
        return Margin(_last_cells(self.first, most), _last_cells(self.rest, most))


def _last_cells(runs: tuple[Run, ...], cells: int) -> tuple[Run, ...]:
    kept: list[Run] = []
    for text, style in reversed(runs):
        if cells <= 0:
            break
        kept.insert(0, (text[-cells:], style))
        cells -= len(text)
    return tuple(kept)


class Block(ABC):
    """An immutable piece of a message with a bounded number of rows."""

    __slots__ = ("__weakref__", "below", "gap", "margin")

    gap: int
    """Blank rows after the block, 0 or 1. They are part of `lines`."""
    below: tuple[Run, ...]
    """Quote bars that continue through the gap."""
    margin: Margin

    def __init__(self, margin: Margin = Margin()) -> None:  # noqa: B008 - a named tuple is immutable
        self.margin = margin
        self.gap = 0
        self.below = ()

    def with_gap(self, gap: int, below: tuple[Run, ...] = ()) -> Self:
        """Return the same block with another gap after it."""
        if gap == self.gap and below == self.below:
            return self
        clone = copy.copy(self)
        clone.gap, clone.below = gap, below
        return clone

    def lines(self, width: int) -> list[Line]:
        """Lay out the rows at this width, gap included. The result is not cached: the caller keeps it if needed again."""
        margin = self.margin.within(width)
        lines = self._rows(margin, width - margin.width)
        if left := margin.width:
            lines = [line._replace(margin=left) for line in lines]
        if self.gap:
            below = _last_cells(self.below, width // 2)
            lines.append(Line(below, skip=run_width(below), margin=run_width(below)))
        return lines

    def linked_runs(self) -> Iterator[Run]:
        """Yield the runs of the text if they may hold links, without laying anything out."""
        yield from ()

    def estimate(self, width: int) -> int:
        """Estimate the number of rows that `lines` would return, without laying them out."""
        room = max(2, width - min(self.margin.width, width // 2))
        return max(1, self._guess(room)) + self.gap

    @abstractmethod
    def _rows(self, margin: Margin, room: int) -> list[Line]:
        """Lay out the rows without the gap. `room` is the width right of the margin, in cells."""

    @abstractmethod
    def _guess(self, room: int) -> int:
        """Estimate the number of those rows."""


def with_margin(margin: Margin, rows: Sequence[Row]) -> list[Line]:
    """Put wrapped rows beside their margin."""
    skip = margin.width
    if not skip:
        lines = [Line(runs, soft, None, 0, lost) for runs, soft, lost in rows]
    else:
        lines = [
            Line((*(margin.rest if index else margin.first), *runs), soft, None, skip, lost)
            for index, (runs, soft, lost) in enumerate(rows)
        ]
    for number, (copying, lost) in enumerate(copied_rows(rows, skip)):
        if copying is not None:
            lines[number] = lines[number]._replace(copying=copying, lost=lost)
    return lines


def copied_rows(rows: Sequence[Row], skip: int) -> Iterator[tuple[Copying | None, str]]:
    """Yield how to copy each row if a part of it stands for something else, such as TeX, and the text lost behind it.

    The rows begin in cell `skip`. What is wrapped is copied with its first row.
    """
    before = ""
    for number, row in enumerate(rows):
        if not (before or any(style.source for _, style in row.runs)):
            yield None, row.lost
            continue
        spans = sources(row.runs, skip, before)
        before = rest_of_source(rows, number)
        yield Copying(tabs=spans, end=skip + run_width(row.runs)), "" if before else row.lost


def rest_of_source(rows: Sequence[Row], number: int) -> str:
    """Return the source of what goes on from that row to the next one; empty if nothing does."""
    row = rows[number]
    if not row.soft or number + 1 >= len(rows) or not row.runs or not rows[number + 1].runs:
        return ""
    style = row.runs[-1][1]
    return style.source if rows[number + 1].runs[0][1] == style else ""


def sources(runs: Sequence[Run], start: int, before: str = "") -> tuple[tuple[int, int, str], ...]:
    """Return the cells that stand for another text, and that text; nothing for the rest of `before`, copied with the row above.

    The first run begins in cell `start`.
    """
    spans = []
    for number, (text, style) in enumerate(runs):
        end = start + width_of(text)
        if style.source:
            is_rest = number == 0 and style.source == before
            spans.append((start, end, "" if is_rest else style.source))
        start = end
    return tuple(spans)


Continuation = Literal["", "row", "break"]
"""Ways in which a text continues in the next block: not at all, on the same row, or on a new row although the source has no newline
there."""


class Text(Block):
    """Wrapped text. A long paragraph is several of these blocks; its rows run through all of them (see `after`)."""

    __slots__ = ("_carried", "_lengths", "after", "continuation", "runs")

    def __init__(
        self, margin: Margin, runs: Sequence[Run], after: Text | None = None, continuation: Continuation = ""
    ) -> None:
        super().__init__(margin)
        self.runs = joined(runs)
        self.after = after
        """The piece whose last row this piece continues."""
        self.continuation = continuation
        self._lengths = _lengths_of_lines(self.runs)
        self._carried: tuple[int, tuple[Run, ...]] | None = None

    def linked_runs(self) -> Iterator[Run]:
        yield from self.runs

    def _wrapped(self, room: int) -> list[Row]:
        if self.after is None:
            return wrap(self.runs, room)
        return wrap(joined((*self.after._carry(room), *self.runs)), room)

    def _carry(self, room: int) -> tuple[Run, ...]:
        """Return the unfinished last row, with which the next piece begins.

        Cached for one width: otherwise each piece would wrap all pieces before it again.
        """
        if self._carried is None or self._carried[0] != room:
            self._carried = (room, self._wrapped(room)[-1].runs)
        return self._carried[1]

    def _rows(self, margin: Margin, room: int) -> list[Line]:
        rows = self._wrapped(room)
        if self.continuation == "row":
            self._carried = (room, rows.pop().runs)
        elif self.continuation == "break":
            rows[-1] = Row(rows[-1].runs, True, " ")
        return with_margin(margin, rows)

    def _guess(self, room: int) -> int:
        return sum([max(1, -(-length // room)) for length in self._lengths])


def text_of(pieces: Sequence[Text]) -> str:
    """Return the text of pieces that follow each other as it reads: without wraps, with Markdown for what stands left of it."""
    text, continuation = "", ""
    for piece in pieces:
        if piece.after is None and continuation != "break":
            text += ("\n" if text else "") + _source(piece.margin.first)
        rest = _source(piece.margin.rest)
        text += "".join(style.source or part.replace("\n", f"\n{rest}") for part, style in piece.runs)
        continuation = piece.continuation
        text += " " if continuation == "break" else ""
    return text


def _source(margin: tuple[Run, ...]) -> str:
    return margin_source("".join(part for part, _ in margin))


def _lengths_of_lines(runs: Sequence[Run]) -> tuple[int, ...]:
    lengths = [0]
    for text, _ in runs:
        first, *others = text.split("\n")
        lengths[-1] += len(first)
        lengths += map(len, others)
    return tuple(lengths)


CHAIN = 16
"""Pieces whose rows run through, at most. The limit bounds what laying out one piece costs at a new width."""


class PieceChain:
    """Makes the pieces of one text so that rows run through from piece to piece."""

    def __init__(self) -> None:
        self.pieces = 0
        self._last: Text | None = None

    def copy(self) -> PieceChain:
        return copy.copy(self)

    def piece(self, margin: Margin, runs: Sequence[Run], continues: bool = False) -> Text:
        """Make the next piece. `continues` means that the piece after it begins on its last row."""
        continuation: Continuation = "" if not continues else "row" if (self.pieces + 1) % CHAIN else "break"
        piece = Text(margin.continued() if self.pieces else margin, runs, self._last, continuation)
        self.pieces += 1
        self._last = piece if continuation == "row" else None
        return piece
