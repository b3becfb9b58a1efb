"""Lay the help of a command out for a terminal. It imports nothing that takes time: a prepared help is printed without the program.

A help is a text of lines, each as long as it may be: a paragraph, or an entry of a list, in which a tab stands between how
something is written and what it is for. The first line is the usage.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Importing `collections` for its `abc`, or `typing`, takes a good part of the time that a bare Python takes.
    from collections.abc import Iterator, Sequence

TAB = "\t"

UNBROKEN = "\xa0"
"""Blank at which no line ends. By its name, compiling it would import `unicodedata`."""

_WIDEST_LABEL = 28
"""Columns that the options take at most; what is wider gets a line of its own."""

_WIDTHS = (40, 100)
"""Columns of the help, at least and at most; 80 where standard output is no terminal."""

_HANGING = 7
"""Columns before the further lines of a usage."""


def width(descriptor: int) -> int:
    """Return the columns of a help that is printed to an open file."""
    try:
        columns = os.get_terminal_size(descriptor).columns
    except OSError:
        columns = 80
    least, most = _WIDTHS
    return min(max(columns - 1, least), most)


def laid_out(text: str, columns: int) -> str:
    """Return a help as it is printed in so many columns."""
    usage, *lines = text.split("\n")
    printed = [unglued(line) for line in _wrapped(usage, columns, hanging=_HANGING)]
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and TAB in lines[end]:
            end += 1
        if end > at:
            printed += _listed(lines[at:end], columns)
            at = end
        else:
            printed += _wrapped(lines[at], columns)
            at += 1
    return "\n".join(printed)


def unglued(line: str) -> str:
    """Return a line of a usage with ordinary blanks. The one between an option and its value was not broken: no line ends there."""
    return line.replace(UNBROKEN, " ")


def _listed(entries: Sequence[str], columns: int) -> Iterator[str]:
    """Yield the lines of a list in two columns."""
    split = [entry.split(TAB) for entry in entries]
    widest = max((len(label) for label, _ in split if len(label) <= _WIDEST_LABEL), default=0)
    for label, about in split:
        first, *rest = _wrapped(about, columns, indent=widest + 4)
        if len(label) > widest:
            yield f"  {label}"
            yield first
        else:
            yield f"  {label:<{widest}}{first[widest + 2 :]}"
        yield from rest


def _wrapped(text: str, columns: int, *, indent: int = 0, hanging: int = 0) -> list[str]:
    """Return a text in lines of so many columns, of which longer words make longer ones; at least one line."""
    lines: list[str] = []
    line = " " * indent
    is_empty = True
    for word in text.split(" "):
        if not is_empty and len(line) + 1 + len(word) > columns:
            lines.append(line)
            line, is_empty = " " * (indent + hanging), True
        line += word if is_empty else f" {word}"
        is_empty = False
    return [*lines, line]
