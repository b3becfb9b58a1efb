"""The difference of two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

LIMIT = 2_000
"""Words and marks of each text that are compared. More would keep a processor busy for seconds."""

_WORD = re.compile(r"(\w+|[^\w\s])(\s*)")

Kind = Literal["both", "first", "second"]


class WordDiff(NamedTuple):
    """What two texts have in common, and what only one of them has, in the order of the texts."""

    parts: list[tuple[Kind, str]]
    alike: float
    """Share of the words that both have, from 0 to 1."""
    is_cut: bool
    """True if only the first `LIMIT` words of a text were compared."""


def word_diff(first: str, second: str) -> WordDiff:
    """Compare two texts. White space does not count. Takes a fraction of a second at most: call it in a thread."""
    words = [_WORD.findall(text) for text in (first, second)]
    is_cut = any(len(found) > LIMIT for found in words)
    one, two = (found[:LIMIT] for found in words)
    matcher = SequenceMatcher(None, [word for word, _ in one], [word for word, _ in two])
    parts: list[tuple[Kind, str]] = []
    same = 0
    for kind, start, end, second_start, second_end in matcher.get_opcodes():
        if kind == "equal":
            same += end - start
            parts.append(("both", _joined(two[second_start:second_end])))
            continue
        if end > start:
            gone = _joined(one[start:end])
            if start and one[start - 1][1] and parts and not parts[-1][1][-1:].isspace():
                # The second text goes on without a blank where the first has one.
                gone = f" {gone}"
            # What follows must not look like a part of the last word.
            parts.append(("first", gone if gone[-1:].isspace() else f"{gone} "))
        if second_end > second_start:
            parts.append(("second", _joined(two[second_start:second_end])))
    total = len(one) + len(two)
    return WordDiff(parts, 2 * same / total if total else 1.0, is_cut)


def _joined(words: list[tuple[str, str]]) -> str:
    return "".join(word + blank for word, blank in words)


class WordCount:
    """The number of words of a text that grows: only what is new is read."""

    def __init__(self) -> None:
        self.words = 0
        self.length = 0
        """Characters that were counted."""
        self._ends_in_word = False

    def add(self, text: str) -> None:
        """Count the words of the next piece."""
        if not text:
            return
        self.words += len(text.split()) - (self._ends_in_word and not text[0].isspace())
        self.length += len(text)
        self._ends_in_word = not text[-1].isspace()
