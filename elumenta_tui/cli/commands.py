"""The commands that start no app: the first word of a command line, and the module that runs each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from elumenta_tui.cli.options import Parser

MODULES = {
    "ask": "ask",
    "chats": "chats",
    "export": "export",
    "import": "importing",
    "backup": "backup",
    "merge": "merging",
    "models": "models",
    "balance": "balance",
    "stats": "stats",
    "config": "config",
    "doctor": "doctor",
    "feedback": "feedback",
    "completions": "completions",
    "man": "man",
}
"""Module of this package by command, in the order of the help. Each is imported when it is run: see `Command`."""


class Command(Protocol):
    """What the module of a command has."""

    def parser(self) -> Parser:
        """Return the parser of its arguments."""

    def main(self, argv: Sequence[str], environ: Mapping[str, str]) -> int:
        """Run it with its arguments. Return the exit code."""


def command(name: str) -> Command:
    """Return the module of a command."""
    return cast("Command", import_module(f"elumenta_tui.cli.{MODULES[name]}"))


def called(argv: Sequence[str]) -> list[str]:
    """Return a command line that begins with a command as that command's own; empty if it begins with none.

    `--demo` may stand before the command, where the app has it.
    """
    if argv[:1] == ["--demo"] and argv[1:2] and argv[1] in MODULES:
        return [argv[1], "--demo", *argv[2:]]
    return [*argv] if argv and argv[0] in MODULES else []
