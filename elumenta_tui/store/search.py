"""What is searched for and in what: text folded so that case and ё make no difference."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"\w+")


def fold(text: str) -> str:
    """Text as it is compared: ЁЖ, ёж and еж are the same."""
    return unicodedata.normalize("NFC", text).casefold().replace("ё", "е")


def words_of(typed: str) -> list[str]:
    """The folded words in what was typed."""
    return [word for word in _WORD.findall(fold(typed)) if word.strip("_")]


def expression(ways: Iterable[str]) -> str:
    """What FTS5 is asked for: turns with all words of any of the ways to read what was typed, the beginnings of words being
    enough. Empty if there is no word in it."""
    alternatives = []
    for way in ways:
        words = words_of(way)
        if words:
            alternatives.append("(" + " ".join(f'"{word}"*' for word in words) + ")")
    return " OR ".join(alternatives)


def pattern(ways: Iterable[str]) -> re.Pattern[str] | None:
    """Finds in an unfolded text what the search has found in the folded one; None if there is no word to find."""
    words = {word for way in ways for word in words_of(way)}
    if not words:
        return None
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(word).replace("е", "[её]") for word in longest_first) + ")",
        re.IGNORECASE,
    )


def is_in(typed: str, folded: str) -> bool:
    """Every part of what was typed occurs in a folded text."""
    return all(part in folded for part in fold(typed).split())
