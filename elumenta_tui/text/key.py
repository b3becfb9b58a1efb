"""The API key: what counts as one. `redact` keeps it out of sight."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

MASK = "nb_…"
"""What stands in every text where a key would be."""

PREFIX = "nb_"

# The documents say 48 characters, and show others as well.
_SHORTEST_KEY, _LONGEST_KEY = 20, 200

_AROUND = " \t\r\n\v\f\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff" + "\"'`«»„“”‘’;,"
_BEFORE = re.compile(
    r"(?:export\s+)?(?:ELUMENTA_API_KEY|api_key)\s*[=:]\s*|Authorization\s*:\s*|Bearer\s+", re.IGNORECASE
)


def tidy_key(text: str) -> str:
    """The key in what was typed, pasted, or kept in a file: without what copying brings along.

    That is blanks, line ends, a byte order mark, quotes, and words like `Bearer ` before it. Lines are joined, as a narrow
    window breaks a long key, but not two keys. What is left may still be no key.
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


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """Why a text can't be a key, without quoting it."""

    kind: Literal["empty", "prefix", "cyrillic", "characters", "short", "long"]
    place: int = 0
    """Of the first wrong character, from 1."""
    character: str = ""
    """That character."""


def key_problem(key: str) -> KeyProblem | None:
    """What is wrong with the look of a tidy key; None if nothing is."""
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
