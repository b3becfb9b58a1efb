"""Wrap runs of text into rows of a given width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from elumenta_tui.markdown.cells import clusters, is_even, overhang, width_of
from elumenta_tui.markdown.style import Run

_NOT_FIRST = frozenset("。、，．！？；：）」』】》〉〕”’…ー々")
"""Characters with which Chinese and Japanese begin no row."""


class Row(NamedTuple):
    """One row of wrapped text."""

    runs: tuple[Run, ...]
    soft: bool = False
    lost: str = ""


class _Cut(NamedTuple):
    """A row as a range of the text."""

    start: int
    end: int
    soft: bool = False
    lost: str = ""


def joined(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Merge neighbouring runs of one style, and drop empty ones.

    No run begins within a cluster: a terminal shows a cluster in one style, and its width is not the sum of its parts.
    """
    merged: list[Run] = []
    for text, style in runs:
        if not text:
            continue
        if merged and (count := overhang(merged[-1][0], text)):
            merged[-1] = (merged[-1][0] + text[:count], merged[-1][1])
            text = text[count:]
            if not text:
                continue
        if merged and merged[-1][1] == style:
            merged[-1] = (merged[-1][0] + text, style)
        else:
            merged.append((text, style))
    return tuple(merged)


def run_width(runs: Iterable[Run]) -> int:
    """Return the cells that runs take in one row."""
    return sum(width_of(text) for text, _ in runs)


def wrap(runs: Sequence[Run], width: int) -> list[Row]:
    """Break text at spaces and beside wide characters. A word longer than a row is cut between characters."""
    return _rows(runs, width, at_words=True)


def chop(runs: Sequence[Run], width: int) -> list[Row]:
    """Fill rows to the last cell. For code, where each space counts."""
    return _rows(runs, width, at_words=False)


def _rows(runs: Sequence[Run], width: int, at_words: bool) -> list[Row]:
    text = runs[0][0] if len(runs) == 1 else "".join([text for text, _ in runs])
    cuts: list[_Cut] = []
    start = 0
    for line in text.split("\n"):
        stop = start + len(line)
        if not is_even(line):
            _cut_uneven(text, start, stop, width, at_words, cuts)
        elif at_words:
            _cut_even(text, start, stop, width, cuts)
        else:
            ends = range(start + width, stop, width)
            cuts.extend(_Cut(end - width, end, True) for end in ends)
            cuts.append(_Cut(ends[-1] if ends else start, stop))
        start = stop + 1
    for index in range(len(cuts) - 1):
        cut, after = cuts[index], cuts[index + 1]
        if cut.lost and after.start - cut.end > 1:
            # Several blanks were dropped. Copying restores them all.
            cuts[index] = cut._replace(lost=text[cut.end : after.start])
    return _slices(runs, cuts)


def _cut_even(text: str, start: int, stop: int, width: int, cuts: list[_Cut]) -> None:
    """Wrap text of one-cell characters: the fast path."""
    while stop - start > width:
        space = text.rfind(" ", start, start + width + 1)
        end = space
        while end > start and text[end - 1] == " ":
            end -= 1
        if end <= start:
            cuts.append(_Cut(start, start + width, True))
            start += width
            continue
        cuts.append(_Cut(start, end, True, " "))
        start = space + 1
        while start < stop and text[start] == " ":
            start += 1
    cuts.append(_Cut(start, stop))


def _cut_uneven(text: str, start: int, stop: int, width: int, at_words: bool, cuts: list[_Cut]) -> None:
    """Wrap characters of any width, cutting between clusters only."""
    row, used = start, 0
    # The row if broken there, the start of the next one, and the cells up to it.
    candidate: tuple[_Cut, int, int] | None = None
    after_space = False
    previous_width = 1
    for cluster in clusters(text[start:stop]):
        begin, end = start + cluster.start, start + cluster.end
        if at_words and text[begin] == " ":
            if begin == row and after_space:
                row = end
                continue
            if candidate and candidate[1] == begin and candidate[0].lost:
                candidate = (candidate[0], end, used + 1)
            elif text[row:begin].strip(" "):
                candidate = (_Cut(row, begin, True, " "), end, used + 1)
        elif (
            at_words
            and begin > row
            and 2 in (cluster.width, previous_width)
            and text[begin - 1] != " "
            and text[begin] not in _NOT_FIRST
        ):
            candidate = (_Cut(row, begin, True), begin, used)
        while used + cluster.width > width and begin > row:
            if candidate is None:
                candidate = (_Cut(row, begin, True), begin, used)
            cut, row, gone = candidate
            cuts.append(cut)
            after_space = bool(cut.lost)
            used -= gone
            candidate = None
        used += cluster.width
        previous_width = cluster.width
    cuts.append(_Cut(row, stop))


def _slices(runs: Sequence[Run], cuts: list[_Cut]) -> list[Row]:
    if len(runs) == 1:
        text, style = runs[0]
        return [Row(((text[a:b], style),) if b > a else (), soft, lost) for a, b, soft, lost in cuts]
    rows: list[Row] = []
    index = base = 0
    for start, end, soft, lost in cuts:
        pieces: list[Run] = []
        while index < len(runs):
            text, style = runs[index]
            piece = text[max(start - base, 0) : end - base]
            if piece:
                pieces.append((piece, style))
            if base + len(text) > end:
                break
            base += len(text)
            index += 1
        rows.append(Row(tuple(pieces), soft, lost))
    return rows
