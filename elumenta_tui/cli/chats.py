"""`elumenta-tui chats`: the stored conversations from a shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from elumenta_tui.cli.options import Parser
from elumenta_tui.cli.running import count, run_verb
from elumenta_tui.text.sanitize import clean_line

VERBS = {
    "list": "chats_list",
    "show": "chats_show",
    "rename": "chats_change",
    "archive": "chats_change",
    "unarchive": "chats_change",
    "pin": "chats_change",
    "unpin": "chats_change",
    "tag": "chats_change",
    "delete": "chats_change",
}
"""Module of this package by verb."""

_MINUS = "−"
"""Stands for the dash of `-tag`, which would be an option."""


def parser() -> Parser:
    """Return the parser of its arguments; `verbs` are those of its verbs."""
    parser = Parser("chats.usage", commands=tuple(VERBS))
    parser.verbs = {verb: _verb(verb) for verb in VERBS}
    return parser


def _verb(verb: str) -> Parser:
    parser = Parser(f"chats.{verb}.usage")
    if verb == "list":
        parser.add_argument("words", nargs="*")
        parser.add_argument("--archived", action="store_true")
        parser.add_argument("--limit", type=count, metavar="number")
    elif verb in ("show", "rename"):
        parser.add_argument("id", type=clean_line)
    else:
        parser.add_argument("ids", nargs="+", type=clean_line)
    if verb == "rename":
        parser.add_argument("title")
    elif verb == "show":
        parser.add_argument("--branches", action="store_true")
    elif verb == "delete":
        parser.add_argument("--yes", action="store_true")
    if verb in ("list", "show"):
        parser.add_argument("--json", action="store_true")
    parser.add_argument("--demo", action="store_true")
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui chats` with its arguments. Return the exit code."""
    if "tag" in argv[:2]:
        argv = [_MINUS + word[1:] if _removes_tag(word) else word for word in argv]
    return run_verb(parser(), "chats", VERBS, argv, environ)


def _removes_tag(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and word[1] != "-" and word != "-h"
