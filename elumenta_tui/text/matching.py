"""Words as the full-text index compares them, found in text as it is shown.

The index ignores case, ё and е, and the accents of Latin letters, and a word is found by its beginning. `Wanted` finds the same
words in any text, and says where they are in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

_WORD = re.compile(r"\w+")
_ACCENTED = re.compile("[\u00e0-\u024f\u1e00-\u1eff]")
_NEVER = re.compile(r"(?!)")


def fold(text: str) -> str:
    """Fold text for a comparison: ЁЖ, ёж and еж become the same."""
    return unicodedata.normalize("NFC", text).casefold().replace("ё", "е")


def words_of(typed: str) -> list[str]:
    """The folded words in what was typed."""
    return [word for word in _WORD.findall(fold(typed)) if word.strip("_")]


@lru_cache(maxsize=1024)
def _without_accent(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter


def _as_indexed(text: str) -> str:
    """Fold text as the tokenizer of the index does, which takes the accents off Latin letters too."""
    if text.isascii():
        return text.lower()
    return _ACCENTED.sub(lambda found: _without_accent(found[0]), fold(text))


class Place(NamedTuple):
    """Where a wanted word begins in a text."""

    start: int
    end: int
    """Behind the part of the word that was typed."""
    word: str
    """The wanted word, folded."""


class Wanted:
    """Finds words; `ways` are the ways to read what was typed, each of them a row of words."""

    def __init__(self, ways: Iterable[str]) -> None:
        self._ways = [words for way in ways if (words := [_as_indexed(word) for word in words_of(way)])]
        longest_first = sorted({word for words in self._ways for word in words}, key=len, reverse=True)
        anything = "|".join(map(re.escape, longest_first))
        self._pattern = re.compile(rf"(?<![^\W_])(?:{anything})") if anything else _NEVER

    def __bool__(self) -> bool:
        return bool(self._ways)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wanted) and self._ways == other._ways

    def __hash__(self) -> int:
        return hash(self._pattern)

    def places(self, text: str) -> Iterator[Place]:
        """Every place of a wanted word, in order."""
        folded = _as_indexed(text)
        found = list(self._pattern.finditer(folded))
        if not found:
            return
        if text.isascii() or (len(folded) == len(text) and unicodedata.is_normalized("NFC", text)):
            yield from (Place(*match.span(), match[0]) for match in found)
            return
        starts = _starts(text)
        yield from (Place(starts[match.start()], starts[match.end()], match[0]) for match in found)

    def has_all(self, words: Iterable[str]) -> bool:
        """Whether a text in which these wanted words were found has all the words of one of the ways."""
        found = set(words)
        return any(all(any(one.startswith(word) for one in found) for word in way) for way in self._ways)


def _starts(text: str) -> list[int]:
    """For every character of the folded text, and for its end: where in the text the letter that it stands for begins."""
    letters = re.findall(r".[\u0300-\u036f\u1160-\u11ff]*", text, re.DOTALL)
    begins = accumulate(map(len, letters), initial=0)
    starts = [
        begin for letter, begin in zip(letters, begins, strict=False) for _ in range(len(_as_indexed(letter)))
    ]
    return [*starts, len(text)]
