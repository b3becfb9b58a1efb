"""The slash words of the chat without a screen, and those of the app that it does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Entry(NamedTuple):
    """A command by its slash words. The catalogue says under `plain.help` what it does."""

    words: tuple[str, ...]
    takes_text: bool = False


ENTRIES: Mapping[str, Entry] = {
    "help": Entry(("help", "?"), True),
    "model": Entry(("model",), True),
    "new": Entry(("new", "clear")),
    "list": Entry(("list", "chats"), True),
    "open": Entry(("open",), True),
    "last": Entry(("last",)),
    "show": Entry(("show",), True),
    "rename": Entry(("rename",), True),
    "delete": Entry(("delete",), True),
    "undelete": Entry(("undelete",)),
    "export": Entry(("export",), True),
    "retry": Entry(("retry",)),
    "other": Entry(("other",)),
    "continue": Entry(("continue",)),
    "recover": Entry(("recover", "fetch")),
    "edit": Entry(("edit",), True),
    "regenerate": Entry(("regenerate",), True),
    "version": Entry(("version",), True),
    "compare": Entry(("compare",), True),
    "pick": Entry(("pick",), True),
    "btw": Entry(("btw",), True),
    "btw_current": Entry(("btw!",), True),
    "tree": Entry(("tree",)),
    "branch": Entry(("branch",), True),
    "fork": Entry(("fork",), True),
    "context": Entry(("context",)),
    "omit": Entry(("omit",), True),
    "cut": Entry(("cut",)),
    "uncut": Entry(("uncut",)),
    "summary": Entry(("summary",)),
    "find": Entry(("find",), True),
    "links": Entry(("links",), True),
    "history": Entry(("history",), True),
    "service": Entry(("service",), True),
    "quote": Entry(("quote",), True),
    "unquote": Entry(("unquote",)),
    "copy": Entry(("copy",)),
    "queue": Entry(("queue",), True),
    "cap": Entry(("cap", "limit"), True),
    "save": Entry(("save",), True),
    "temp": Entry(("temp",)),
    "keep": Entry(("keep",)),
    "forget": Entry(("forget",)),
    "tag": Entry(("tag",), True),
    "pin": Entry(("pin",)),
    "attach": Entry(("attach",), True),
    "paste": Entry(("paste",)),
    "detach": Entry(("detach",)),
    "system": Entry(("system",), True),
    "temperature": Entry(("temperature",), True),
    "max_tokens": Entry(("max_tokens",), True),
    "persona": Entry(("persona",), True),
    "template": Entry(("template", "templates"), True),
    "balance": Entry(("balance",)),
    "stats": Entry(("stats",)),
    "feedback": Entry(("feedback",), True),
    "key": Entry(("key",)),
    "language": Entry(("language", "lang"), True),
    "quit": Entry(("quit", "exit", "q")),
}
"""By name, in the order of the help."""

ON_SCREEN_ONLY: Mapping[str, str] = {
    "config": "settings",
    "cursor": "cursor",
    "editor": "editor",
    "fold": "fold",
    "images": "images",
    "next": "turns",
    "park": "park",
    "previous": "turns",
    "raw": "raw",
    "running": "running",
    "settings": "settings",
    "stop": "stop",
    "table": "table",
    "theme": "theme",
}
"""Slash words of the app that need its screen. The catalogue says for each, under `plain.instead`, what does the same here."""


def named(word: str) -> str:
    """Return the name of the entry that has a slash word; empty if none has it."""
    return next((name for name, entry in ENTRIES.items() if word in entry.words), "")
