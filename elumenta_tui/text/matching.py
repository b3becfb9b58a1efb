"""Find words in displayed text by the rules of the full-text index.

The index ignores case, the difference of ё and е, and accents of Latin letters, and matches a word by its prefix. `Wanted`
applies the same rules to any text and returns positions in the original text. It can match inside words, too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

_WORD = re.compile(r"\w+")
_ACCENTED = re.compile("[\u00e0-\u024f\u1e00-\u1eff]")
_BETWEEN = r"[\W_]+"
_SEPARATORS = re.compile(_BETWEEN)
_NEVER = re.compile(r"(?!)")


def fold(text: str) -> str:
    """Fold text for a comparison: ЁЖ, ёж and еж become equal."""
    return unicodedata.normalize("NFC", text).casefold().replace("ё", "е")


def words_of(typed: str) -> list[str]:
    """Split typed text into folded words."""
    return [word for word in _WORD.findall(fold(typed)) if word.strip("_")]


@lru_cache(maxsize=1024)
def _without_accent(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter


def _as_indexed(text: str) -> str:
    """Fold text as the index's tokenizer does: `fold`, and Latin letters without accents."""
    if text.isascii():
        return text.lower()
    return _ACCENTED.sub(lambda found: _without_accent(found[0]), fold(text))


class Place(NamedTuple):
    """A match of a wanted word in a text."""

    start: int
    end: int
    """Index behind the typed part of the word."""
    word: str
    """The wanted word, folded."""


class Wanted:
    """Finds words; `ways` are the ways to read what was typed, each of them a row of words.

    `as_phrase`: finds a whole row, one word behind the other, whatever stands between them.
    `inside`: finds the first of the ways inside words, too. The others were hardly meant: `не`, read as the keys `yt`, is in `Python`.
    """

    by_line = False
    """True if a match never goes beyond its line."""
    is_too_slow = False
    """True if the search was given up because it takes too long. Words never do."""

    def __init__(self, ways: Iterable[str], *, as_phrase: bool = False, inside: bool = False) -> None:
        all_rows = [[_as_indexed(word) for word in words_of(way)] for way in ways]
        rows = [words for words in all_rows if words]
        self._words = rows
        self._as_phrase = as_phrase and any(len(words) > 1 for words in rows)
        self._ways = [[" ".join(words)] for words in rows] if self._as_phrase else rows
        self._inside = inside
        longest_first = sorted({word for words in self._ways for word in words}, key=len, reverse=True)
        is_anywhere = set(self._ways[0]) if inside and any(all_rows[:1]) else set()
        anything = "|".join(_expression(word, is_anywhere=word in is_anywhere) for word in longest_first)
        self._pattern = re.compile(anything) if anything else _NEVER

    def __bool__(self) -> bool:
        return bool(self._ways)

    @property
    def looser(self) -> Wanted | None:
        """Words to look for where the phrase is nowhere: each of its words, by its beginning. None if this is no phrase."""
        return Wanted(map(" ".join, self._words)) if self._as_phrase else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wanted) and (self._ways, self._inside) == (other._ways, other._inside)

    def __hash__(self) -> int:
        return hash(self._pattern)

    def places(self, text: str) -> Iterator[Place]:
        """Yield every match of a wanted word, in order."""
        folded = _as_indexed(text)
        found = list(self._pattern.finditer(folded))
        if not found:
            return
        if text.isascii() or (len(folded) == len(text) and unicodedata.is_normalized("NFC", text)):
            yield from (Place(*match.span(), _SEPARATORS.sub(" ", match[0])) for match in found)
            return
        starts = _starts(text)
        for match in found:
            word = _SEPARATORS.sub(" ", match[0])
            yield Place(starts[match.start()], starts[match.end()], word)

    def has_all(self, words: Iterable[str]) -> bool:
        """Return whether the matched `words` include all words of at least one reading."""
        found = set(words)
        return any(all(any(one.startswith(word) for one in found) for word in way) for way in self._ways)


def _expression(word: str, *, is_anywhere: bool) -> str:
    """Return the regular expression of a word, or of several with blanks between them."""
    begins = "" if is_anywhere else r"(?<![^\W_])"
    return begins + _BETWEEN.join(map(re.escape, word.split(" ")))


def places_of(text: str, ways: Sequence[str], *, inside: bool = False) -> Iterator[Place]:
    """Every place of what was typed as it stands; if that is nowhere in the text, of each of its words.

    `inside`: also where it stands inside a word.
    """
    phrases = list(Wanted(ways, as_phrase=True, inside=inside).places(text))
    return iter(phrases) if phrases else Wanted(ways).places(text)


def has_place(text: str, ways: Sequence[str], *, inside: bool = False) -> bool:
    """Return whether what was typed, or one of its words, is in the text. `inside`: or in a word of it."""
    return any(True for _ in places_of(text, ways, inside=inside))


def _starts(text: str) -> list[int]:
    """Map each index of the folded text, and its end, to the index in the original text where that letter begins."""
    letters = re.findall(r".[\u0300-\u036f\u1160-\u11ff]*", text, re.DOTALL)
    begins = accumulate(map(len, letters), initial=0)
    starts = [
        begin for letter, begin in zip(letters, begins, strict=False) for _ in range(len(_as_indexed(letter)))
    ]
    return [*starts, len(text)]
