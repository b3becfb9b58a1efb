"""Compute the characters with which a match of a regular expression can begin.

A lexer has some forty rules for what may come next, and tries them one by one at every token. The first character alone
rules most of them out; using it makes highlighting four times as fast.
"""

from __future__ import annotations

import importlib
import re
from functools import lru_cache
from typing import Any

Letters = frozenset[str]

ASCII: Letters = frozenset(map(chr, range(128)))
"""The characters that are distinguished. Every other character may begin every match."""

_NONE: Letters = frozenset()
_CLASSES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


class _Unknown(Exception):
    """The pattern has a part that this module does not understand."""


@lru_cache(maxsize=4096)
def openings(pattern: re.Pattern[str]) -> Letters:
    """Return the ASCII characters with which a match can begin: all if that is unknown, or if a match can be empty."""
    try:
        parsed = _parser().parse(pattern.pattern, pattern.flags)
        letters, may_be_empty = _sequence(parsed, pattern.flags)
    except Exception:
        # The parse tree of `re` is private. If it changes, every rule is tried, as Pygments does.
        return ASCII
    return ASCII if may_be_empty else letters


@lru_cache(maxsize=1)
def _parser() -> Any:
    return importlib.import_module("re._parser")


def _sequence(parts: Any, flags: int) -> tuple[Letters, bool]:
    """Return the characters that can come first, and whether the sequence can match nothing."""
    found = _NONE
    for operation, argument in parts:
        letters, may_be_empty = _part(str(operation), argument, flags)
        found |= letters
        if not may_be_empty:
            return found, False
    return found, True


def _part(operation: str, argument: Any, flags: int) -> tuple[Letters, bool]:
    match operation:
        case "AT" | "ASSERT" | "ASSERT_NOT":
            # Anchors and lookarounds consume nothing. What they demand only makes matches rarer.
            return _NONE, True
        case "LITERAL":
            return _cased(frozenset(chr(argument)), flags), False
        case "NOT_LITERAL":
            return ASCII if flags & re.IGNORECASE else ASCII - {chr(argument)}, False
        case "ANY":
            return ASCII, False
        case "IN":
            return _set(argument, flags), False
        case "BRANCH":
            branches = [_sequence(branch, flags) for branch in argument[1]]
            return _NONE.union(*[letters for letters, _ in branches]), any(empty for _, empty in branches)
        case "SUBPATTERN":
            _, added, removed, inside = argument
            return _sequence(inside, (flags | added) & ~removed)
        case "ATOMIC_GROUP":
            return _sequence(argument, flags)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, _, inside = argument
            letters, may_be_empty = _sequence(inside, flags)
            return letters, may_be_empty or least == 0
    raise _Unknown(operation)


def _set(members: Any, flags: int) -> Letters:
    letters = _NONE
    negated = False
    for operation, argument in members:
        match str(operation):
            case "NEGATE":
                negated = True
            case "LITERAL":
                letters |= {chr(argument)}
            case "RANGE":
                # Beyond ASCII one letter stands for all.
                letters |= set(map(chr, range(argument[0], min(argument[1], 128) + 1)))
            case "CATEGORY":
                of_class = re.compile(_CLASSES[str(argument)])
                letters |= {letter for letter in ASCII if of_class.match(letter)}
            case other:
                raise _Unknown(other)
    if flags & re.IGNORECASE:
        if not letters <= ASCII:
            return ASCII
        letters = _cased(letters, flags)
    return ASCII - letters if negated else letters & ASCII


def _cased(letters: Letters, flags: int) -> Letters:
    if not flags & re.IGNORECASE:
        return letters & ASCII
    if not letters <= ASCII:
        # A few non-ASCII letters are case variants of an ASCII letter: the long s, the Kelvin sign.
        return ASCII
    return letters | {other for letter in letters for other in (letter.lower(), letter.upper())}
