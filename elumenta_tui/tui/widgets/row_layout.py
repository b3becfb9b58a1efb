"""Positions of all rows of a long transcript, without laying out rows that are not shown.

A row layout is a list of sections (the answers), a section is a list of pieces (its blocks), and a piece is a
number of rows. Heights of pieces that were never shown are estimates; a walk over a piece makes its height
exact. Every walk starts at an anchor, so the row that the reader looks at stays in place even if the rows
above turn out longer or shorter.

Pure: the module knows neither Textual nor colours. Sections decide what a row is.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import accumulate, takewhile
from typing import Generic, NamedTuple

from elumenta_tui.tui.widgets.sections import Row, Section, Sections


class Anchor(NamedTuple):
    """A row, named by its section and piece.

    It stays valid when rows are added at the end, and sorts as on the screen.
    """

    section: int
    piece: int
    row: int


START = Anchor(0, 0, 0)


class _Open(Generic[Row]):
    """The pieces of an open section, with their heights at one width."""

    __slots__ = ("exact", "heights", "pieces", "starts")

    def __init__(self) -> None:
        self.pieces: list[object] = []
        self.heights: list[int] = []
        self.exact: list[bool] = []
        self.starts: list[int] | None = None

    def adopt(self, pieces: list[object], closed: bytes | None, width: int) -> bool:
        """Reuse the heights from before the section was closed, if they are still valid."""
        self.pieces = pieces
        if closed is None:
            return False
        at_width, *heights = memoryview(closed).cast("I")
        if at_width != width or len(heights) != len(pieces):
            return False
        self.heights, self.exact = [each >> 1 for each in heights], [bool(each & 1) for each in heights]
        self.starts = None
        return True

    def closed(self, width: int) -> bytes:
        """Return what is kept of a closed section: the width, and twice each height, plus one if it is exact.

        There are as many as turns that were read, so they are one object each, which takes a quarter of several.
        """
        heights = (2 * height + exact for height, exact in zip(self.heights, self.exact, strict=True))
        return array("I", [width, *heights]).tobytes()

    def offsets(self) -> list[int]:
        if self.starts is None:
            self.starts = list(accumulate(self.heights, initial=0))
        return self.starts


def same_start(old: Sequence[object], new: Sequence[object]) -> int:
    """Count the leading objects that are identical in both lists."""
    alike = takewhile(lambda pair: pair[0] is pair[1], zip(old, new, strict=False))
    return sum(1 for _ in alike)


class RowLayout(Generic[Row]):
    """All rows of the sections, one below the other."""

    def __init__(self, cache_rows: int = 1000, open_sections: int = 24) -> None:
        self.sections: Sections[Row] = Sections()
        self._width = 80
        self._heights: list[int] = []
        self._starts: list[int] | None = None
        # The most recently used section is the last one.
        self._open: OrderedDict[int, _Open[Row]] = OrderedDict()
        self._closed: dict[int, bytes] = {}
        self._open_sections = open_sections
        # By section and id() of the piece. The piece is kept with its rows, so that its id can't be reused.
        self._cache: OrderedDict[tuple[int, int], tuple[object, list[Row]]] = OrderedDict()
        self._cached_rows = 0
        self._cache_rows = cache_rows

    # ------------------------------------------------------------------------------------------------------ content

    def clear(self) -> None:
        """Remove all sections."""
        self.sections.clear()
        self._heights.clear()
        self._open.clear()
        self._closed.clear()
        self._starts = None
        self.repaint()

    def append(self, section: Section[Row]) -> None:
        """Add a section at the end."""
        self.extend([section])

    def extend(self, sections: Sequence[Section[Row]]) -> None:
        """Add sections at the end."""
        width = self._width
        self.sections.extend(sections)
        self._heights += [section.guess(width) for section in sections]
        self._starts = None

    def fill(
        self, count: int, make: Callable[[int], Section[Row]], guess: Callable[[int], list[int]]
    ) -> None:
        """Add the first sections, as in `Sections.fill`."""
        self.sections.fill(count, make, guess)
        self._heights = guess(self._width)
        self._starts = None

    @property
    def opened(self) -> list[int]:
        """Indexes of the sections whose pieces are known."""
        return list(self._open)

    @property
    def width(self) -> int:
        return self._width

    def resize(self, width: int) -> None:
        """Change the width. All heights become estimates again."""
        if width == self._width:
            return
        self._width = width
        self.repaint()
        for index, opened in self._open.items():
            section = self.sections[index]
            opened.heights = [section.guess_piece(piece, width) for piece in opened.pieces]
            opened.exact = [False] * len(opened.pieces)
            opened.starts = None
        self._heights = self.sections.guesses(width)
        for index, opened in self._open.items():
            self._heights[index] = sum(opened.heights)
        self._starts = None

    def repaint(self) -> None:
        """Drop all laid out rows, because colours have changed. Heights stay."""
        self._cache.clear()
        self._cached_rows = 0

    def changed(self, index: int) -> None:
        """Update a section whose pieces have changed."""
        opened = self._open.get(index)
        if opened is None:
            self._closed.pop(index, None)
            self._heights[index] = self.sections[index].guess(self._width)
        else:
            self._update(index, opened)
        self._starts = None

    def _update(self, index: int, opened: _Open[Row]) -> None:
        section = self.sections[index]
        pieces = list(section.pieces())
        same = same_start(opened.pieces, pieces)
        for piece in opened.pieces[same:]:
            self._drop(index, piece)
        del opened.heights[same:], opened.exact[same:]
        opened.pieces = pieces
        opened.heights.extend(section.guess_piece(piece, self._width) for piece in pieces[same:])
        opened.exact.extend([False] * (len(pieces) - same))
        opened.starts = None
        self._heights[index] = sum(opened.heights)

    # ----------------------------------------------------------------------------------------------------- geometry

    @property
    def total(self) -> int:
        """The number of rows, partly estimated."""
        return self._offsets()[-1]

    def _offsets(self) -> list[int]:
        if self._starts is None:
            self._starts = list(accumulate(self._heights, initial=0))
        return self._starts

    def position(self, anchor: Anchor) -> int:
        """Return the number of rows above the anchor, partly estimated."""
        if not self.sections:
            return 0
        above = self._offsets()[anchor.section]
        opened = self._open.get(anchor.section)
        return above + (opened.offsets()[anchor.piece] if opened and anchor.piece else 0) + anchor.row

    def anchor_at(self, position: int) -> Anchor:
        """Return the row with that many rows above it."""
        if not self.sections:
            return START
        offsets = self._offsets()
        position = max(0, min(position, offsets[-1] - 1))
        # An empty section shares its offset with the next one; bisect_right skips it.
        index = min(bisect_right(offsets, position) - 1, len(self.sections) - 1)
        within = position - offsets[index]
        starts = self._opened(index).offsets()
        piece = max(0, min(bisect_right(starts, within) - 1, len(starts) - 2))
        height = self._height(index, piece)
        return Anchor(index, piece, max(0, min(within - starts[piece], height - 1)))

    def _opened(self, index: int) -> _Open[Row]:
        opened = self._open.get(index)
        if opened is None:
            opened = self._open[index] = _Open()
            closed = self._closed.pop(index, None)
            if opened.adopt(list(self.sections[index].pieces()), closed, self._width):
                # A change of the width in between may have left an estimate here.
                self._heights[index] = sum(opened.heights)
            else:
                opened.pieces = []
                self._update(index, opened)
            self._starts = None
        self._open.move_to_end(index)
        return opened

    def close_far(self) -> None:
        """Close the least recently used sections beyond the limit; their heights stay known."""
        excess = len(self._open) - self._open_sections
        if excess <= 0:
            return
        for index in list(self._open)[:excess]:
            opened = self._open[index]
            if not self.sections[index].close():
                continue
            del self._open[index]
            self._closed[index] = opened.closed(self._width)
            for piece in opened.pieces:
                self._drop(index, piece)

    def _height(self, index: int, piece: int) -> int:
        """Return the exact height of a piece, laying it out if necessary."""
        opened = self._opened(index)
        if not opened.exact[piece]:
            height = len(self._rows(index, opened.pieces[piece]))
            opened.exact[piece] = True
            if height != opened.heights[piece]:
                self._heights[index] += height - opened.heights[piece]
                opened.heights[piece] = height
                opened.starts = None
                self._starts = None
        return opened.heights[piece]

    def _rows(self, index: int, piece: object) -> list[Row]:
        key = (index, id(piece))
        cached = self._cache.get(key)
        if cached is not None:
            self._cache.move_to_end(key)
            return cached[1]
        rows = self.sections[index].rows(piece, self._width)
        self._cache[key] = (piece, rows)
        self._cached_rows += len(rows)
        while self._cached_rows > self._cache_rows and len(self._cache) > 1:
            _, (_, oldest) = self._cache.popitem(last=False)
            self._cached_rows -= len(oldest)
        return rows

    def _drop(self, index: int, piece: object) -> None:
        cached = self._cache.pop((index, id(piece)), None)
        if cached is not None:
            self._cached_rows -= len(cached[1])

    # ------------------------------------------------------------------------------------------------------- walking

    def move(self, anchor: Anchor, by: int) -> Anchor:
        """Return the row that many rows further down (or up, if negative), stopping at the first and the last row."""
        if not self.sections:
            return START
        index, piece, row = anchor
        row += by
        while row < 0:
            before = self._before(index, piece)
            if before is None:
                return Anchor(index, piece, 0)
            index, piece = before
            row += self._height(index, piece)
        while row >= self._height(index, piece):
            after = self._after(index, piece)
            if after is None:
                return Anchor(index, piece, max(0, self._height(index, piece) - 1))
            row -= self._height(index, piece)
            index, piece = after
        return Anchor(index, piece, row)

    def _before(self, index: int, piece: int) -> tuple[int, int] | None:
        if piece > 0:
            return index, piece - 1
        while index > 0:
            index -= 1
            count = len(self._opened(index).pieces)
            if count:
                return index, count - 1
        return None

    def _after(self, index: int, piece: int) -> tuple[int, int] | None:
        if piece + 1 < len(self._opened(index).pieces):
            return index, piece + 1
        while index + 1 < len(self.sections):
            index += 1
            if self._opened(index).pieces:
                return index, 0
        return None

    @property
    def last(self) -> Anchor:
        """The last row."""
        index = len(self.sections) - 1
        while index >= 0:
            count = len(self._opened(index).pieces)
            if count:
                return Anchor(index, count - 1, max(0, self._height(index, count - 1) - 1))
            index -= 1
        return START

    def height(self, anchor: Anchor) -> int:
        """Return the height of the anchor's piece; 0 if there is no such piece any more."""
        index, piece, _ = anchor
        if index >= len(self.sections) or piece >= len(self._opened(index).pieces):
            return 0
        return self._height(index, piece)

    def clamp(self, anchor: Anchor, height: int) -> Anchor:
        """Return the anchor, or the nearest existing row whose view of that height is still filled."""
        bottom = self.bottom(height)
        if anchor >= bottom:
            return bottom
        # Another width may have made its piece shorter.
        index, piece, row = anchor
        return Anchor(index, piece, min(row, max(0, self._height(index, piece) - 1)))

    def bottom(self, height: int) -> Anchor:
        """Return the first row of a view that ends with the last row."""
        return self.move(self.last, 1 - height)

    def window(self, top: Anchor, height: int) -> list[Row]:
        """Return the rows from `top` on, at most `height`."""
        rows: list[Row] = []
        if not self.sections:
            return rows
        place: tuple[int, int] | None = (top.section, top.piece)
        skip = top.row
        while place is not None and len(rows) < height:
            index, piece = place
            opened = self._opened(index)
            if piece < len(opened.pieces):
                self._height(index, piece)
                rows.extend(self._rows(index, opened.pieces[piece])[skip : skip + height - len(rows)])
            skip = 0
            place = self._after(index, piece)
        return rows
