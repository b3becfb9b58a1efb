"""Searches in the service's own history: by words and filters, as far as the service tells what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from elumenta_tui.chat.history import HistoryEntry, HistoryFilter
from elumenta_tui.store.filters import Filters
from elumenta_tui.text.matching import fold

_COMPARED: dict[str, Callable[[float, float], bool]] = {
    ">": lambda cost, limit: cost > limit,
    "<": lambda cost, limit: cost < limit,
    ">=": lambda cost, limit: cost >= limit,
    "<=": lambda cost, limit: cost <= limit,
    "=": lambda cost, limit: cost == limit,
}

_STATUS = {"complete": "completed", "failed": "failed"}
"""States of answers as the service names them."""


def asked_of_service(filters: Filters, slugs: Collection[str], *, favorites: bool = False) -> HistoryFilter:
    """Return what the service itself is asked to filter by; everything else is filtered here, in what was read.

    `slugs`: models that the service may be asked for.
    """
    model = filters.models[0] if len(filters.models) == 1 and filters.models[0] in slugs else ""
    status = _STATUS.get(filters.states[0], "") if len(filters.states) == 1 else ""
    return HistoryFilter(model, status, favorites)


def found_in(entries: Iterable[HistoryEntry], ways: Sequence[str], filters: Filters) -> list[HistoryEntry]:
    """Return the entries that meet the filters and have all words of any of the ways in which a text may be read."""
    folded = [fold(way).split() for way in ways]
    return [
        entry
        for entry in entries
        if _fits(entry, filters) and (not folded or any(_has(entry, words) for words in folded))
    ]


def _fits(entry: HistoryEntry, filters: Filters) -> bool:
    names = fold(f"{entry.model} {entry.model_name}")
    on = entry.created_on
    return (
        (not filters.models or any(part in names for part in filters.models))
        and (filters.after is None or (on is not None and on >= filters.after))
        and (filters.before is None or (on is not None and on < filters.before))
        and all(
            entry.cost is not None and _COMPARED[sign](entry.cost, limit) for sign, limit in filters.costs
        )
        and (not filters.states or entry.status in {_STATUS.get(state) for state in filters.states})
    )


def _has(entry: HistoryEntry, words: Sequence[str]) -> bool:
    folded = fold(f"{entry.prompt}\n{entry.text}")
    return all(word in folded for word in words)
