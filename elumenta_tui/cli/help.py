"""What `--help` prints of a command, made from its parser and the catalogue."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from elumenta_tui.i18n import say

if TYPE_CHECKING:
    from elumenta_tui.cli.options import Parser

_WIDEST_LABEL = 28
"""Columns that the options take at most; what is wider gets a line of its own."""

_VALUE = re.compile(r"((?<!\w)--?[a-z][\w-]*) (?=[^\W_a-z-]|\[[^\W_a-z-]|[a-z]+\|[a-z])")
"""Matches an option in a usage and the blank before its value: a word in capitals, or words to choose from."""

_WIDTHS = (40, 100)
"""Columns of the help, at least and at most; 80 where standard output is no terminal."""


def help_of(parser: Parser, name: str, *more: tuple[str, Iterable[tuple[str, str]]]) -> str:
    """Return the help of a command: its usage, what it does, its options, and more lists, each under its heading.

    The texts are the catalogue's: `{name}.about`, and `{name}.option.…` by the words of the long option or the argument.
    """
    lists = [(say("cli.options"), options(parser, f"{name}.option")), *more]
    usage = (unglued(line) for line in wrapped(glued(say(parser.usage_key)), hanging=7))
    lines = [*usage, "", *wrapped(say(f"{name}.about"))]
    for heading, entries in lists:
        lines += ["", heading, *listed(entries)]
    return "\n".join(lines)


def glued(usage: str) -> str:
    """Return a usage in which no line ends between an option and its value: the blank between them is one that is not broken."""
    return _VALUE.sub("\\1\N{NO-BREAK SPACE}", usage)


def unglued(line: str) -> str:
    """Return a line of such a usage with ordinary blanks."""
    return line.replace("\N{NO-BREAK SPACE}", " ")


def options(parser: Parser, prefix: str) -> list[tuple[str, str]]:
    """List the arguments and options of a parser as they are written, each with what it is for."""
    return [(_label(action), say(f"{prefix}.{word(action)}")) for action in parser.documented()]


def word(action: argparse.Action) -> str:
    """Name an argument or an option as the catalogue does: after its long form."""
    return (action.option_strings[0].lstrip("-") if action.option_strings else action.dest).replace("-", "_")


def _label(action: argparse.Action) -> str:
    # The long name comes first in the code, the short one in the help.
    label = ", ".join(reversed(action.option_strings))
    if action.nargs == 0:
        return label
    if action.choices is not None:
        value = "|".join(map(str, action.choices))
    else:
        value = say(f"cli.argument.{action.metavar or action.dest}")
    if action.nargs == "?" and action.option_strings:
        value = f"[{value}]"
    return f"{label} {value}".lstrip()


def listed(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield lines in two columns: how something is written, and what it is for."""
    entries = list(entries)
    widest = max((len(label) for label, _ in entries if len(label) <= _WIDEST_LABEL), default=0)
    for label, text in entries:
        first, *rest = wrapped(text, indent=widest + 4)
        if len(label) > widest:
            yield f"  {label}"
            yield first
        else:
            yield f"  {label:<{widest}}{first[widest + 2 :]}"
        yield from rest


def wrapped(text: str, *, indent: int = 0, hanging: int = 0) -> list[str]:
    """Wrap a text to the width of the help, at least one line. `indent` and `hanging` are in columns."""
    import textwrap

    blanks = " " * indent
    return textwrap.wrap(
        text,
        _width(),
        initial_indent=blanks,
        subsequent_indent=blanks + " " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def _width() -> int:
    """Return the columns of the help."""
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError, AttributeError):
        columns = 80
    least, most = _WIDTHS
    return min(max(columns - 1, least), most)
