"""What the full-text index is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from elumenta_tui.text.matching import fold, words_of


def expression(ways: Iterable[str]) -> str:
    """Build the FTS5 query: all words of any of the ways to read what was typed, matched by their beginnings. Empty if there
    is no word in it."""
    alternatives = []
    for way in ways:
        words = words_of(way)
        if words:
            alternatives.append("(" + " ".join(f'"{word}"*' for word in words) + ")")
    return " OR ".join(alternatives)


def is_in(typed: str, folded: str) -> bool:
    """Every part of what was typed occurs in a folded text."""
    return all(part in folded for part in fold(typed).split())
