"""Tables for people: aligned, and cut to the width of the terminal; in a pipe they are as wide as they need."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TextIO

from elumenta_tui.text.sanitize import clean_line

_GAP = "  "
_LEAST = 8
"""Columns that a cut column keeps at least."""

_RESET = "\x1b[0m"
_STYLES = {
    "heading": "\x1b[1m",
    "quiet": "\x1b[2m",
    "good": "\x1b[32m",
    "warning": "\x1b[33m",
    "bad": "\x1b[31m",
}


class Look(NamedTuple):
    """How text may look on a stream."""

    width: int | None
    """Columns; None where there is no terminal, so that nothing is cut."""
    has_colours: bool

    def paint(self, text: str, style: str) -> str:
        """Colour a text with one of our styles: heading, quiet, good, warning, bad. Where there are no colours, it stays as it is."""
        return f"{_STYLES[style]}{text}{_RESET}" if self.has_colours and text else text


def look_of(stream: TextIO | None, environ: Mapping[str, str]) -> Look:
    """Return how text may look on a stream.

    `NO_COLOR` and `CLICOLOR=0` forbid colours, `FORCE_COLOR` and `CLICOLOR_FORCE` (but 0) have them in pipes, too.
    """
    try:
        is_terminal = stream is not None and stream.isatty()
        width = os.get_terminal_size(stream.fileno()).columns if is_terminal and stream is not None else None
    except (OSError, ValueError):
        is_terminal, width = False, None
    forced = any(environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
    wanted = is_terminal and environ.get("TERM") != "dumb" and environ.get("CLICOLOR") != "0"
    return Look(width or None, not environ.get("NO_COLOR") and (forced or wanted))


def standard_look(environ: Mapping[str, str]) -> Look:
    """Return how text may look on standard output."""
    return look_of(sys.stdout, environ)


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    look: Look,
    *,
    right: Sequence[int] = (),
    flexible: int | None = None,
) -> Iterator[str]:
    """Yield the lines of a table, headings first.

    `right` are the columns that are aligned to the right, `flexible` the one that is cut where the terminal is too narrow.
    """
    from elumenta_tui.markdown.cells import width_of

    texts = [[clean_line(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(width_of(row[index]) for row in texts) for index in range(len(headings))]
    if look.width is not None and flexible is not None:
        over = sum(widths) + len(_GAP) * (len(widths) - 1) - look.width
        widths[flexible] = max(min(widths[flexible], _LEAST), widths[flexible] - max(over, 0))
    for number, row in enumerate(texts):
        cells = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            shown = cut(cell, width)
            blanks = " " * (width - width_of(shown))
            cells.append(blanks + shown if index in right else shown + blanks)
        line = _GAP.join(cells).rstrip()
        yield f"{look.paint(line, 'heading') if number == 0 else line}\n"


def cut(text: str, width: int) -> str:
    """Cut a text to that many columns, with an ellipsis where something is left out."""
    from elumenta_tui.markdown.cells import clusters, width_of

    if width_of(text) <= width:
        return text
    taken, columns = 0, 0
    for cluster in clusters(text):
        if columns + cluster.width > width - 1:
            break
        taken, columns = cluster.end, columns + cluster.width
    return f"{text[:taken].rstrip()}…"


def wrapped_cells(text: str, width: int | None) -> list[str]:
    """Wrap a text at its blanks to that many columns, at least one line; None: to one line. A longer word stays whole."""
    from elumenta_tui.markdown.cells import width_of

    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width is None or not lines[-1] or width_of(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
