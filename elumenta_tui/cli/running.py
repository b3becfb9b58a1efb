"""Run a command, or a verb of one such as `chats list`: its arguments, its help, and its failures as exit codes."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from elumenta_tui.cli.help import print_help
from elumenta_tui.cli.options import Parser, WrongUsage
from elumenta_tui.cli.startup import NotConfigured
from elumenta_tui.cli.stdio import WRONG_USAGE, complain
from elumenta_tui.i18n import say

if TYPE_CHECKING:
    import argparse


class CommandFailed(Exception):
    """A command can't do what it was asked for. The text is for the user."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Verb(Protocol):
    """What the module of a verb has for each of its verbs."""

    def run(self, verb: str, arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
        """Run the verb. Return the exit code. Raises CommandFailed, NotConfigured or WrongUsage."""


def run_command(
    parser: Parser,
    name: str,
    argv: Sequence[str],
    work: Callable[[argparse.Namespace], int],
) -> int:
    """Parse the arguments of a command and do its work, or print its help. Return the exit code."""
    # Where standard error is closed, complaints would go to standard output, which belongs to the data.
    sys.stderr = sys.stderr or io.StringIO()
    try:
        if asks_for_help(argv):
            return print_help(parser, name)
        return work(parser.parse_intermixed_args(argv))
    except CommandFailed as failed:
        complain(str(failed))
        return failed.code
    except (WrongUsage, NotConfigured) as wrong:
        complain(str(wrong))
        return WRONG_USAGE


def run_verb(
    parser: Parser,
    name: str,
    modules: Mapping[str, str],
    argv: Sequence[str],
    environ: Mapping[str, str],
) -> int:
    """Run the verb that stands first in the arguments of a command. Return the exit code.

    Args:
        modules: Module of this package by verb.
    """
    # `--demo` may stand before the verb, as it may stand before the command.
    before = list(argv[:1]) if argv[:1] == ["--demo"] else []
    words = argv[len(before) :]
    if not words or words[0] not in modules:
        return _without_verb(parser, name, words)
    verb, inner = words[0], parser.verbs[words[0]]

    def work(arguments: argparse.Namespace) -> int:
        module = cast("Verb", import_module(f"elumenta_tui.cli.{modules[verb]}"))
        return module.run(verb, arguments, environ)

    return run_command(inner, f"{name}.{verb}", [*words[1:], *before], work)


def _without_verb(parser: Parser, name: str, words: Sequence[str]) -> int:
    """Print the help of a command, or say that it needs a verb."""

    def complain_of_verb(arguments: argparse.Namespace) -> int:
        raise WrongUsage(
            f"{say('cli.no_verb', command=name, verbs=', '.join(parser.verbs))}\n{say(parser.usage_key)}"
        )

    return run_command(parser, name, words, complain_of_verb)


def asks_for_help(argv: Sequence[str]) -> bool:
    """Whether the arguments ask for help, which misses none that are needed otherwise."""
    options = argv[: argv.index("--")] if "--" in argv else argv
    return "--help" in options or "-h" in options


def count(text: str) -> int:
    """Parse the number of an option. Raises ValueError, which argparse reports under the name of this function."""
    number = int(text)
    if number < 0 or not text.isascii():
        raise ValueError
    return number
