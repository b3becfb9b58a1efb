"""Long pastes, folded to a label such as `[312 lines]` that stands for their text in the prompt box."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from elumenta_tui.i18n import say

MOST_LINES, MOST_CHARACTERS = 15, 2_000
"""A paste with more lines or characters than that is folded."""

KEPT = 2_000_000
"""Characters of folded texts that are kept, at least: undo brings back a label whose prompt was sent or deleted."""

_BLANK = "\N{NO-BREAK SPACE}"
"""Stands in labels for blanks, so that a label is not what somebody types."""


class Fold(NamedTuple):
    """A label in a line of the prompt box."""

    start: int
    """Column of its first character."""
    end: int
    """Column behind its last one."""
    text: str
    """The paste that it stands for."""


class PasteFolds:
    """Maps labels to the texts that they stand for."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    @property
    def labels(self) -> Iterable[str]:
        """All labels that stand for a text, the oldest first."""
        return self._texts

    def __bool__(self) -> bool:
        return bool(self._texts)

    def fold(self, text: str) -> str:
        """Return a new label for a long text, or the text itself if it is short."""
        lines = text.strip("\n").count("\n") + 1
        if lines <= MOST_LINES and len(text) <= MOST_CHARACTERS:
            return text
        label = self._label(lines, len(text))
        self._texts[label] = text
        self._forget_oldest()
        return label

    def _label(self, lines: int, length: int) -> str:
        what = say("prompt.lines", n=lines) if lines > 1 else say("prompt.characters", n=length)
        what = what.replace(" ", _BLANK)
        label, number = f"[{what}]", 1
        while label in self._texts:
            number += 1
            label = f"[{what}{_BLANK}#{number}]"
        return label

    def _forget_oldest(self) -> None:
        kept = sum(map(len, self._texts.values()))
        for label in list(self._texts)[:-1]:
            if kept - len(self._texts[label]) < KEPT:
                return
            kept -= len(self._texts.pop(label))

    def unfold(self, text: str) -> str:
        """Return a text of the prompt box with every label replaced by what it stands for, once."""
        parts, at = [], 0
        for found in sorted(self._places(text)):
            parts += [text[at : found.start], found.text]
            at = found.end
        return "".join([*parts, text[at:]]) if parts else text

    def in_line(self, line: str) -> list[Fold]:
        """Return the labels in a line."""
        return sorted(self._places(line)) if "[" in line else []

    def _places(self, text: str) -> Iterable[Fold]:
        for label, folded in self._texts.items():
            if (start := text.find(label)) >= 0:
                yield Fold(start, start + len(label), folded)
