"""`elumenta-tui completions`: the script by which a shell completes this program's command lines."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from importlib import import_module

from elumenta_tui.cli.options import Parser
from elumenta_tui.cli.running import run_command
from elumenta_tui.cli.stdio import put_out

SHELLS = ("bash", "zsh", "fish")


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("completions.usage")
    parser.add_argument("shell", choices=SHELLS)
    return parser


def script(shell: str) -> str:
    """Return the script for a shell, in the language in use."""
    from elumenta_tui.cli.command_tree import tree

    made: str = import_module(f"elumenta_tui.cli.completion_{shell}").script(tree())
    return made


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui completions` with its arguments. Return the exit code."""

    def work(arguments: argparse.Namespace) -> int:
        return put_out([script(arguments.shell)], encoding="utf-8")

    return run_command(parser(), "completions", argv, work)
