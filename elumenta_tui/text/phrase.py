"""Sentences that have not been said yet: what a room without words returns."""

from __future__ import annotations

from elumenta_tui.lean import Frozen


class Phrase(Frozen):
    """An entry of the message catalogue and what fills its places. `i18n.spoken` says it in the user's language."""

    key: str
    values: tuple[tuple[str, object], ...]
    """By the names of the places; a value may be a phrase itself."""

    @classmethod
    def of(cls, key: str, /, **values: object) -> Phrase:
        """Make a phrase of an entry."""
        return cls(key, tuple(values.items()))
