"""Decide which asterisks open and close emphasis, for all scripts.

CommonMark decides by blanks and punctuation. Where words have no blanks between them, as in Chinese and Japanese, or a
quotation ends with its own mark, asterisks stay literal by that rule: `**「重要」**です`, `**«Да».**Нет`. Here such runs
can also close emphasis, and in East Asian text open it. Underscores keep the rules of the specification.
"""

from __future__ import annotations

from unicodedata import category

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned

_SENTENCE = ".,:;!?"
_CLOSING = frozenset("“、。，．：；！？～・…‥")
"""Marks that end a quotation, a clause or a sentence, besides closing brackets and quotes. The first one closes German
quotations."""


class FlankingState(StateInline):
    """The state of markdown-it's inline parser, with the rules of this module."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - markdown-it's names
        scanned = super().scanDelims(start, canSplitWord)
        end = start + scanned.length
        if not canSplitWord or start == 0 or end >= self.posMax:
            return scanned
        before, after = self.src[start - 1], self.src[end]
        can_open = scanned.can_open or (_is_east_asian(before) and _is_punctuation(after))
        can_close = scanned.can_close or (
            after.isalnum()
            and (
                _is_closing(before)
                or (_is_east_asian(after) and _is_punctuation(before))
                or (
                    before in _SENTENCE
                    and (scanned.length > 1 or _is_closing(self.src[start - 2 : start - 1]))
                )
            )
        )
        return Scanned(can_open, can_close, scanned.length)


def _is_east_asian(character: str) -> bool:
    return "\u3040" <= character <= "\ud7a3" or "\U00020000" <= character <= "\U0003ffff"


def _is_punctuation(character: str) -> bool:
    return category(character)[0] == "P"


def _is_closing(character: str) -> bool:
    return character > "\x7f" and (character in _CLOSING or category(character) in ("Pe", "Pf"))
