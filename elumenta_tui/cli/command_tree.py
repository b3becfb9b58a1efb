"""The tree of commands, verbs and options, as completions and the man page are made from it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.cli.app_options import app_parser
from elumenta_tui.cli.commands import MODULES, command
from elumenta_tui.cli.help import first_sentence, options, word
from elumenta_tui.i18n import say

if TYPE_CHECKING:
    from elumenta_tui.cli.options import Parser

FILES, DIRECTORIES = "files", "directories"
LIVE = ("models", "slugs", "chats", "personas", "templates", "settings", "filters")
"""Kinds of values that `elumenta-tui __complete` lists. `slugs` are several models with commas between them, `filters` such as
`model:opus`."""

_KINDS: Mapping[str, str] = {
    "model": "models",
    "models": "slugs",
    "id": "chats",
    "ids": "chats",
    "persona": "personas",
    "template": "templates",
    "config": FILES,
    "output": FILES,
    "file": FILES,
    "files": FILES,
    "directory": DIRECTORIES,
}
"""Kinds of values by the names of arguments. A value of another name is free text."""


class Value(NamedTuple):
    """What follows an option, or stands where an argument does."""

    label: str
    """As the help writes it."""
    kind: str = ""
    """How it is completed: one of `LIVE`, `FILES` or `DIRECTORIES`; empty: not at all, unless there are choices."""
    choices: tuple[str, ...] = ()
    is_optional: bool = False
    repeats: bool = False
    """True for an argument of which there may be several."""


class Option(NamedTuple):
    """An option, which has a value or is a switch."""

    names: tuple[str, ...]
    """The long one first."""
    label: str
    about: str
    value: Value | None
    repeats: bool

    @property
    def gist(self) -> str:
        """What it is for, in few words."""
        return re.sub(r" \([^()]*\)$", "", self.about.partition("; ")[0])


class Node(NamedTuple):
    """The program, a command of it, or a verb of a command."""

    words: tuple[str, ...]
    """What calls it, after the name of the program."""
    usage: str
    about: str
    options: tuple[Option, ...]
    arguments: tuple[tuple[Value, str], ...]
    """Each with what it is for."""
    inner: tuple[tuple[str, str], ...]
    """Words that may follow, commands or verbs, each with what it does."""

    @property
    def name(self) -> str:
        """The words with blanks between them; empty for the program itself."""
        return " ".join(self.words)

    @property
    def argument(self) -> Value:
        """How words are completed that belong to no option."""
        return self.arguments[0][0] if self.arguments else Value("")


def tree() -> list[Node]:
    """List the program itself, every command and every verb, in the order of the help and in the language in use."""
    return list(_nodes())


def _nodes() -> Iterator[Node]:
    commands = [(name, first_sentence(say(f"{name}.about"))) for name in MODULES]
    yield _node((), app_parser(), "cli", "cli", commands)
    for name in MODULES:
        parser = command(name).parser()
        verbs = [(verb, first_sentence(say(f"{name}.{verb}.about"))) for verb in parser.verbs]
        yield _node((name,), parser, name, f"{name}.option", verbs)
        for verb, inner in parser.verbs.items():
            yield _node((name, verb), inner, f"{name}.{verb}", f"{name}.{verb}.option", [])


def _node(
    words: tuple[str, ...], parser: Parser, name: str, prefix: str, inner: list[tuple[str, str]]
) -> Node:
    found: list[Option] = []
    arguments = []
    for action, (label, about) in zip(parser.documented(), options(parser, prefix), strict=True):
        value = _value(action, label, words)
        if action.option_strings:
            names = tuple(action.option_strings)
            repeats = type(action).__name__ == "_AppendAction"
            found.append(Option(names, label, about, value if action.nargs != 0 else None, repeats))
        else:
            arguments.append((value, about))
    return Node(
        words, say(parser.usage_key), say(f"{name}.about"), tuple(found), tuple(arguments), tuple(inner)
    )


def _value(action: argparse.Action, label: str, words: tuple[str, ...]) -> Value:
    choices = tuple(map(str, action.choices or ()))
    written = label.removeprefix(", ".join(reversed(action.option_strings))).strip()
    return Value(written, _kind(action, words), choices, action.nargs == "?", action.nargs in ("*", "+"))


def _kind(action: argparse.Action, words: tuple[str, ...]) -> str:
    if action.choices or action.nargs == 0:
        return ""
    if words[:1] == ("config",) and action.dest == "name":
        return "settings"
    if action.dest == "answer":
        # The id of an answer, of which there are too many to list.
        return ""
    if words == ("chats", "list") and action.dest == "words":
        return "filters"
    dest = word(action) if action.option_strings else action.dest
    return _KINDS.get(dest) or _KINDS.get(str(action.metavar or action.dest), "")
