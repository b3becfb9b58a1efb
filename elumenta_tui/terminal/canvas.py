"""Track the rows that the terminal shows, so that a frame writes only what has changed.

A growing answer moves every row above its end. A terminal can scroll rows by itself and then needs only the new ones: a
tenth of the bytes, which over SSH is time. Moves are found by comparing the frame with the tracked rows. So no widget has
to know about scrolling, and whatever covers the rows (a notice, a selection) comes out right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

from rich.console import Console
from textual.strip import Strip

from elumenta_tui.lean import Frozen
from elumenta_tui.terminal.textual_internals import ChopsUpdate, CompositorUpdate, LayoutUpdate

_STYLED = re.compile(r"(\x1b\[[\d;]+m)?([^\x1b]+)(?:\x1b\[0m)?")
_RESET = "\x1b[0m"

_SURE = re.compile(
    "[ -~\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2500-\u259f\u2800-\u28ff]*"
)
"""Matches text that every terminal paints one column wide. Terminals disagree about emoji, marks and Asian letters: behind
those the column is uncertain."""

_SURE_ROW = re.compile(rf"(?:\x1b\[[\d;]*m|{_SURE.pattern[:-1]})*")
_ERASE = "\x1b[K"
"""Erases the rest of the row."""

FEW = 12
"""Changed rows up to which a frame is compared within rows. Where more have changed, the text is a different one: a flood, a
page. Of rows with several widgets side by side, those that have changed are written."""

_Parts = dict[int, str]
"""The output for the parts of a row by their columns, from left to right."""

_Tracked = TypeVar("_Tracked")

Rows = list[str | None]
"""The output for each row of the screen, from edge to edge; None where it is unknown."""


class _Piece(NamedTuple):
    """A text in one style."""

    style: str
    """The escape sequence of the style; empty if there is none."""
    text: str


_Pieces = tuple[_Piece, ...]


class Canvas:
    """The rows of a terminal as they were last written."""

    def __init__(self) -> None:
        self._rows: Rows = []
        self._parts: list[_Parts | None] = []
        """The output for the parts of each row."""

    def forget(self) -> None:
        """Forget all rows, because the terminal may show anything. Nothing is skipped until a whole screen has been written."""
        self._rows, self._parts = [], []

    def frame(self, update: CompositorUpdate) -> CompositorUpdate:
        """Return an update that writes fewer bytes. It counts as written when it is rendered, so it must be rendered exactly
        once."""
        return _Frame(self, update)

    def output(self, update: CompositorUpdate, console: Console) -> str:
        """Return the output for an update, and track its rows."""
        if isinstance(update, ChopsUpdate) and len(update.chops) == len(self._rows):
            return self._changes(update, console)
        if isinstance(update, LayoutUpdate) and update.region.offset == (0, 0):
            # Write everything, whatever was tracked: so a full refresh repairs a screen that another program has written
            # on.
            self._parts = [_all_parts(line, console) for line in update.strips]
            self._rows = [_row(parts) for parts in self._parts]
        else:
            self.forget()
        return update.render_segments(console)

    def _changes(self, update: ChopsUpdate, console: Console) -> str:
        shown, wanted = self._rows, self._rows.copy()
        before = self._parts.copy()
        for y, start, end in update.spans:
            self._parts[y] = _new_parts(
                update.chops[y], update.chop_ends[y], range(start, end), self._parts[y], console
            )
            wanted[y] = _row(self._parts[y])
        self._rows = wanted
        # The compositor knows how to write a part of a row.
        parts = [span for span in update.spans if wanted[span[0]] is None]
        output = ChopsUpdate(update.chops, parts, update.chop_ends).render_segments(console) if parts else ""
        scroll = _scroll(shown, wanted)
        if scroll is not None:
            output += scroll.sequence
            shown, before = scroll.applied_to(shown, ""), scroll.applied_to(before, None)
        new = _changed_rows(shown, wanted)
        for y, _ in new:
            after = self._parts[y]
            assert after is not None
            for column, text in _changed_parts(before[y], after, is_compared=len(new) <= FEW):
                # If the terminal paints the text narrower than computed, old cells would remain at the end of the row.
                erase = "" if _is_sure(text) else _ERASE
                output += f"\x1b[{y + 1};{column + 1}H{erase}{text}"
        return output


class _Frame(CompositorUpdate):
    def __init__(self, canvas: Canvas, update: CompositorUpdate) -> None:
        self._canvas = canvas
        self._update = update

    def render_segments(self, console: Console) -> str:
        return self._canvas.output(self._update, console)


class _Scroll(Frozen):
    """A scroll of some rows of the screen. Rows that leave are lost, and rows that come are blank."""

    top: int
    end: int
    """Index of the first row below the scrolled ones."""
    up: int
    """Rows to scroll up; down if negative."""

    @property
    def sequence(self) -> str:
        """The escape sequence: restrict scrolling to these rows (DECSTBM), scroll by line feeds at their end, and lift the
        restriction."""
        if self.up > 0:
            moves = f"\x1b[{self.end};1H" + "\n" * self.up
        else:
            moves = f"\x1b[{self.top + 1};1H" + "\x1bM" * -self.up
        return f"\x1b[{self.top + 1};{self.end}r{moves}\x1b[r"

    def applied_to(self, rows: Sequence[_Tracked], blank: _Tracked) -> list[_Tracked]:
        """Return what is known of the rows of the terminal after the scroll; `blank` of those that came."""
        moved = [
            rows[y + self.up] if self.top <= y + self.up < self.end else blank
            for y in range(self.top, self.end)
        ]
        return [*rows[: self.top], *moved, *rows[self.end :]]


def _row(parts: _Parts | None) -> str | None:
    return None if parts is None else "".join(parts.values())


def _all_parts(strips: Iterable[Strip | None], console: Console) -> _Parts | None:
    """Return the parts of a row that is written from edge to edge; None if one of them is unknown."""
    parts: _Parts = {}
    column = 0
    for strip in strips:
        if strip is None:
            return None
        parts[column] = strip.render(console)
        column += strip.cell_length
    return parts


def _new_parts(
    chops: Mapping[int, Strip | None],
    ends: Sequence[int],
    changed: range,
    before: _Parts | None,
    console: Console,
) -> _Parts | None:
    """Return the parts of a row after some of its columns were written; None if one of them is unknown.

    Only what is in the changed columns counts: beside it, the compositor fills in what is below a widget that it did not draw.
    """
    kept: _Parts = before if before is not None and before.keys() == chops.keys() else {}
    parts: _Parts = {}
    for end, (column, strip) in zip(ends, chops.items(), strict=False):
        if column >= changed.stop or end <= changed.start:
            text = kept.get(column)
        else:
            text = strip.render(console) if strip is not None else None
        if text is None:
            return None
        parts[column] = text
    return parts


def _changed_parts(before: _Parts | None, after: _Parts, *, is_compared: bool) -> list[tuple[int, str]]:
    """Return the outputs that change one row of the terminal into another, and the column where each begins.

    Args:
        before: The parts that the terminal shows; None if they are not known.
        is_compared: Whether texts are compared, too. Else, whole parts are written.
    """
    row = "".join(after.values())
    if before is None:
        return [(0, row)]
    if len(after) > 1 and before.keys() == after.keys():
        changed = [column for column, text in after.items() if text != before[column]]
        beside = {parts[column] for parts in (before, after) for column in after if column <= changed[-1]}
        # Behind an uncertain column, the parts would not meet.
        if all(map(_is_sure, beside)):
            within = [
                difference(before[column], after[column]) if is_compared else (0, after[column])
                for column in changed
            ]
            return [(column + skip, text) for column, (skip, text) in zip(changed, within, strict=True)]
    return [difference("".join(before.values()), row) if is_compared else (0, row)]


@lru_cache(maxsize=512)
def _is_sure(text: str) -> bool:
    """Return whether every terminal gives a styled text the same cells. Most of a screen stays from frame to frame, so that answers are kept."""
    return _SURE_ROW.fullmatch(text) is not None


def difference(before: str, after: str) -> tuple[int, str]:
    """Return the output that changes one row of the terminal into another of the same width, and the column where it begins.

    Args:
        before: Styled texts as Rich writes them, each a style, its text and a reset; or plain text.
        after: Likewise.
    """
    old, new = _pieces(before), _pieces(after)
    if old is None or new is None:
        return 0, after
    old, new, passed = _without_common_start(old, new)
    # The next character may be an accent of the last letter.
    if not _SURE.fullmatch(passed + _text(old)[:1] + _text(new)[:1]):
        return 0, after
    old_turned, new_turned, tail = _without_common_start(_reversed(old), _reversed(new))
    gone, come = _text(old_turned), _text(new_turned)
    # The common end may stay only if its column does not change.
    stays = len(gone) == len(come) and _SURE.fullmatch(gone + come + tail[-1:])
    changed = _reversed(new_turned) if stays else new
    return len(passed), "".join([_written(piece) for piece in changed])


@lru_cache(maxsize=256)
def _pieces(row: str) -> _Pieces | None:
    """Split a row into its styled texts; None if it holds anything else."""
    pieces = tuple([_Piece(style, text) for style, text in _STYLED.findall(row)])
    return pieces if sum(len(_written(piece)) for piece in pieces) == len(row) else None


def _written(piece: _Piece) -> str:
    return f"{piece.style}{piece.text}{_RESET}" if piece.style else piece.text


def _text(pieces: _Pieces) -> str:
    return "".join([piece.text for piece in pieces])


def _reversed(pieces: _Pieces) -> _Pieces:
    """Reverse the pieces and their texts."""
    return tuple([_Piece(piece.style, piece.text[::-1]) for piece in reversed(pieces)])


def _without_common_start(one: _Pieces, other: _Pieces) -> tuple[_Pieces, _Pieces, str]:
    """Return both rows without their common start, and the text of that start."""
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    passed = _text(one[:same])
    one, other = one[same:], other[same:]
    if one and other and one[0].style == other[0].style:
        (style, mine), (_, its) = one[0], other[0]
        count = _common_length(mine, its)
        passed += mine[:count]
        one = (_Piece(style, mine[count:]),) * (count < len(mine)) + one[1:]
        other = (_Piece(style, its[count:]),) * (count < len(its)) + other[1:]
    return one, other, passed


def _common_length(one: str, other: str) -> int:
    """Return the length of the common prefix. Compares halves: a hundred characters at once cost as much as one."""
    least, most = 0, min(len(one), len(other)) + 1
    while most - least > 1:
        middle = (least + most) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle
    return least


def _changed_rows(shown: Rows, wanted: Rows) -> list[tuple[int, str]]:
    """Return the known rows that are not on the screen, each with its index."""
    return [(y, row) for y, row in enumerate(wanted) if row is not None and row != shown[y]]


def _scroll(shown: Rows, wanted: Rows) -> _Scroll | None:
    """Return the scroll that saves most of the output; None if no scroll saves any."""
    new = _changed_rows(shown, wanted)
    if len(new) < 2:
        return None
    # Repeated rows, blank ones above all, do not show where they came from.
    times = Counter(shown)
    places = {row: y for y, row in enumerate(shown) if times[row] == 1}
    votes = Counter(places[row] - y for y, row in new if row in places)
    if not votes:
        return None
    up, _ = votes.most_common(1)[0]
    come = [y for y, row in new if places.get(row) == y + up]
    top, end = min(come[0], come[0] + up), max(come[-1], come[-1] + up) + 1
    if None in wanted[top:end]:
        return None
    scroll = _Scroll(top, end, up)
    left = _changed_rows(scroll.applied_to(shown, ""), wanted)
    saves = sum(len(row) for _, row in new) - sum(len(row) for _, row in left)
    return scroll if saves > len(scroll.sequence) else None
