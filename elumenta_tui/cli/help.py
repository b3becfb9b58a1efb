"""Make the help of a command from its parser and the catalogue, and print it: see `help_layout` for its form."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

from elumenta_tui.cli.help_layout import TAB, UNBROKEN, laid_out, width
from elumenta_tui.cli.stdio import put_out
from elumenta_tui.i18n import say

if TYPE_CHECKING:
    from elumenta_tui.cli.options import Parser

_VALUE = re.compile(r"((?<!\w)--?[a-z][\w-]*) (?=[^\W_a-z-]|\[[^\W_a-z-]|[a-z]+\|[a-z])")
"""Matches an option in a usage and the blank before its value: a word in capitals, or words to choose from."""


def help_of(parser: Parser, name: str) -> str:
    """Return the help of a command, or of a verb: its usage, what it does, and its lists, each under its heading.

    The texts are the catalogue's: `{name}.about`, and `{name}.option.…` by the words of the long option or the argument.
    """
    verbs = [(verb, first_sentence(say(f"{name}.{verb}.about"))) for verb in parser.verbs]
    lists = [(say("cli.options"), options(parser, f"{name}.option")), *parser.lists()]
    if verbs:
        lists.insert(0, (say("cli.verbs"), verbs))
    lines = [glued(say(parser.usage_key)), "", say(f"{name}.about")]
    for heading, entries in lists:
        lines += ["", heading, *(f"{label}{TAB}{about}" for label, about in entries)]
    if parser.exit_codes:
        lines += ["", say(parser.exit_codes)]
    return "\n".join(" ".join(line.split("\n")) for line in lines)


def print_help(parser: Parser, name: str) -> int:
    """Print the help of a command. Return the exit code."""
    try:
        columns = width(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        columns = width(-1)
    return put_out([f"{laid_out(help_of(parser, name), columns)}\n"])


def first_sentence(text: str) -> str:
    """Return what a command does in one sentence, without its point."""
    return text.partition(". ")[0].rstrip(".")


def glued(usage: str) -> str:
    """Return a usage in which no line ends between an option and its value: the blank between them is one that is not broken."""
    return _VALUE.sub(f"\\1{UNBROKEN}", usage)


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
