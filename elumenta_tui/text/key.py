"""Recognize the API key, and say what is wrong with a text that is none. `redact` removes the key from other text."""

from __future__ import annotations

import re
from typing import Literal

from elumenta_tui.lean import Frozen

MASK = "nb_…"
"""Stands in place of a key in every text."""

PREFIX = "nb_"

# The documentation says 48 characters, but also shows keys of other lengths.
_SHORTEST_KEY, _LONGEST_KEY = 20, 200

_AROUND = " \t\r\n\v\f\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff" + "\"'`«»„“”‘’;,"
_BEFORE = re.compile(
    r"(?:export\s+)?(?:ELUMENTA_API_KEY|api_key)\s*[=:]\s*|Authorization\s*:\s*|Bearer\s+", re.IGNORECASE
)


def tidy_key(text: str) -> str:
    """Strip from a key what copying it brings along; the rest may still be no key.

    Removed are blanks, line ends, a byte order mark, quotes, and words like `Bearer ` in front. Lines are joined, because a
    narrow window breaks a long key; two keys on two lines are not joined.
    """
    before = None
    while text != before:
        before = text
        text = text.strip(_AROUND)
        if match := _BEFORE.match(text):
            text = text[match.end() :]
        lines = [line.strip() for line in text.splitlines()]
        if not any(line.startswith(PREFIX) for line in lines[1:]):
            text = "".join(lines)
    return text


class KeyProblem(Frozen):
    """The reason why a text cannot be a key. It never quotes the text."""

    kind: Literal["empty", "prefix", "cyrillic", "characters", "short", "long"]
    place: int = 0
    """Position of the first wrong character, from 1; 0 if the problem is not a character."""
    character: str = ""
    """The first wrong character; empty if the problem is not a character."""


def key_problem(key: str) -> KeyProblem | None:
    """Check the form of a key that `tidy_key` returned; None if the form is right."""
    if not key:
        return KeyProblem("empty")
    for place, character in enumerate(key, 1):
        if "\u0400" <= character <= "\u04ff":
            return KeyProblem("cyrillic", place, character)
        if not "!" <= character <= "~":
            return KeyProblem("characters", place, character)
    if not key.startswith(PREFIX):
        return KeyProblem("prefix")
    if len(key) < _SHORTEST_KEY:
        return KeyProblem("short")
    return KeyProblem("long") if len(key) > _LONGEST_KEY else None
