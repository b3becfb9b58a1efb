"""`elumenta-tui config`: the configuration file from a shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from elumenta_tui.cli.options import Parser
from elumenta_tui.cli.running import run_verb
from elumenta_tui.text.sanitize import clean_line

VERBS = dict.fromkeys(("list", "get", "set", "unset", "edit", "check", "path"), "config_verbs")
"""Module of this package by verb."""


def parser() -> Parser:
    """Return the parser of its arguments; `verbs` are those of its verbs."""
    parser = Parser("config.usage", commands=tuple(VERBS))
    parser.verbs = {verb: _verb(verb) for verb in VERBS}
    return parser


def _verb(verb: str) -> Parser:
    parser = Parser(f"config.{verb}.usage")
    if verb in ("get", "set", "unset"):
        parser.add_argument("name", type=clean_line)
    if verb == "set":
        # None for the key, which others could see here.
        parser.add_argument("value", nargs="?")
    elif verb == "list":
        parser.add_argument("--json", action="store_true")
    parser.add_argument("--config", type=Path)
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui config` with its arguments. Return the exit code."""
    # A negative number is a value, and no option.
    return run_verb(parser(), "config", VERBS, argv, environ)
