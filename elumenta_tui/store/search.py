"""Queries for the full-text index."""

from __future__ import annotations

from collections.abc import Iterable

from elumenta_tui.text.matching import fold, words_of


def expression(ways: Iterable[str], *, as_phrase: bool = False) -> str:
    """Build the FTS5 query: all words of any layout variant, matched by prefix. Empty if there is no word.

    `as_phrase`: one behind the other; only the last one is matched by prefix.
    """
    alternatives = []
    for way in ways:
        words = words_of(way)
        if words and as_phrase:
            alternatives.append(f'"{" ".join(words)}"*')
        elif words:
            alternatives.append("(" + " ".join(f'"{word}"*' for word in words) + ")")
    return " OR ".join(alternatives)


def is_in(typed: str, folded: str) -> bool:
    """Whether every word of the typed text occurs in a folded text."""
    return all(part in folded for part in fold(typed).split())
