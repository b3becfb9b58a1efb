"""Measure text in terminal cells, and find the places where it may be cut."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from rich.cells import cell_len

from elumenta_tui.text.lazy_pattern import LazyPattern

_JOINER = "\u200d"

_EVEN = LazyPattern(
    "[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u203b\u20a0-\u20bf"
    "\u2190-\u21ff\u2200-\u22ff\u2500-\u25fc\u2800-\u28ff]*"
)
"""Matches text of one-cell characters that stand alone: nearly all text, and quick to measure."""


LONGEST = 32
"""Characters of a cluster, at most. The longest in use (a kiss with two skin tones) has ten. The limit stops an endless
cluster, which would be wider than the screen."""


class Cluster(NamedTuple):
    """A text that a reader takes for one character. It is shown whole or not at all."""

    start: int
    end: int
    width: int
    """Cells: 0, 1 or 2, and more for sequences that some terminals show side by side."""


def width_of(text: str) -> int:
    """Return the cells that a text without newlines takes."""
    return len(text) if text.isascii() else cell_len(text)


def is_even(text: str) -> bool:
    """Return whether each character is one cell wide and may be separated from its neighbours."""
    return _EVEN.compiled.fullmatch(text) is not None


def clusters(text: str) -> list[Cluster]:
    """Split a text into pieces that must not be cut: emoji sequences, flags, letters with their accents.

    Implements the part of Unicode's grapheme rules (UAX 29) whose violation is visible. Hangul is expected in composed
    form.
    """
    found: list[Cluster] = []
    start, flags = 0, 0
    for index, character in enumerate(text):
        if "\u3040" <= character <= "\ud7a3" and not "\u3099" <= character <= "\u309a":
            # East Asian letters stand alone. This shortcut pays because they come in great numbers.
            if index > start and text[index - 1] != _JOINER:
                found.append(Cluster(start, index, width_of(text[start:index])))
                start = index
            flags = 0
            continue
        is_flag = "\U0001f1e6" <= character <= "\U0001f1ff"
        flags = flags + 1 if is_flag else 0
        joined = index > 0 and (
            text[index - 1] == _JOINER or (is_flag and flags % 2 == 0) or _extends(character, text[index - 1])
        )
        if index > start and (not joined or index - start >= LONGEST):
            found.append(Cluster(start, index, width_of(text[start:index])))
            start = index
    if text:
        found.append(Cluster(start, len(text), width_of(text[start:])))
    return found


def cluster_start(text: str, at: int) -> int:
    """Return the start of the cluster around an index: the nearest place before it where the text may be cut."""
    start = max(0, at - 64)
    return next((start + c.start for c in clusters(text[start : at + 1]) if start + c.end > at), at) or at


def overhang(before: str, after: str) -> int:
    """Count the characters at the start of `after` that belong to the last cluster of `before`."""
    last, first = before[-1], after[0]
    if (first < "\u0300" and last != _JOINER) or last.isspace() or is_even(last + first):
        return 0
    tail = before[-LONGEST:]
    end = len(tail)
    return next((c.end - end for c in clusters(tail + after[:LONGEST]) if c.start < end < c.end), 0)


def _extends(character: str, before: str) -> bool:
    """Return whether a character is drawn onto the one before it."""
    if character < "\u0300":
        return False
    if (
        character == _JOINER
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    ):
        return True
    return unicodedata.category(character) in ("Mn", "Me", "Mc") or (
        cell_len(character) == 0 and before != "\n"
    )
