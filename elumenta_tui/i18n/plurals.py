"""Plural rules. The file of a language names one of them, and its counted texts have the forms of that rule."""

from __future__ import annotations

from collections.abc import Callable

from elumenta_tui.lean import Frozen


class Rule(Frozen):
    """The forms that a counted text has, and which of them belongs to a number (as in the CLDR)."""

    forms: frozenset[str]
    form_of: Callable[[object], str]
    """Takes an integer, or anything else for a fraction."""


def _one_other(count: object) -> str:
    return "one" if isinstance(count, int) and abs(count) == 1 else "other"


def _one_few_many(count: object) -> str:
    if not isinstance(count, int):
        # Fractions take the genitive singular, which is the form of 2 to 4.
        return "few"
    n = abs(count)
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14:
        return "few"
    return "many"


def _none(count: object) -> str:
    return "other"


RULES = {
    "one, other": Rule(frozenset({"one", "other"}), _one_other),
    "one, few, many": Rule(frozenset({"one", "few", "many"}), _one_few_many),
    "other": Rule(frozenset({"other"}), _none),
}
"""By the name that stands in the file of a language: English and German, Russian and Ukrainian, Chinese and Japanese."""
