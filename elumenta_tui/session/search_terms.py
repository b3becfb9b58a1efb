"""The search text of the list of conversations: words, and filters such as `model:gpt-5`, `after:2026-11` and `#work`.

Names and values of filters are typed in any language, and in either keyboard layout. `Spellings` knows the languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from elumenta_tui.store.filters import COMPARISONS, STATES, Filters
from elumenta_tui.text.layouts import to_qwerty
from elumenta_tui.text.matching import fold
from elumenta_tui.text.phrase import Phrase
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.text.tags import SIGNS, tag_of

Spellings = Callable[[str], Collection[str]]
"""Returns the words that stand under a key of the catalogue, in every language."""

Name = Literal["model", "after", "before", "cost", "state", "is"]

NAMES: tuple[Name, ...] = ("model", "after", "before", "cost", "state", "is")
"""The filters, as the catalogue names them under `search.name`."""

_DAYS_AGO = {"today": 0, "yesterday": 1, "week": 7, "month": 30}

DAYS = {name: f"search.day.{name}" for name in _DAYS_AGO}
"""Keys of the words for days, by name."""

FACTS = {name: f"search.is.{name}" for name in ("pinned", "archived")}
"""Keys of the values of `is:`, by name."""

STATE_WORDS = {name: f"search.state.{name}" for name in STATES}
"""Keys of the words for the states of `store.filters`, by name."""

_TERM = re.compile(r"""(?:[^\s"]|"[^"]*"?)+""")
_FILTER = re.compile(r"([^\W\d_]{2,})([:Ж])(?!//)(.+)?", re.DOTALL)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_DATE_BY_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_AMOUNT = re.compile(rf"({'|'.join(COMPARISONS)})?(\d+(?:[.,]\d+)?)")


@dataclass(slots=True)
class _Found:
    """The values of the filters, while a text is parsed."""

    spellings: Spellings
    now: float
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: object) -> None:
        self.values[name] = (*self.values.get(name, ()), value)

    def narrow(self, name: str, value: float, choose: Callable[[float, float], float]) -> None:
        """Set a limit of time; of two, the narrower one counts."""
        self.values[name] = choose(value, self.values.get(name, value))


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """A search text, parsed."""

    words: str = ""
    """The text without its filters."""
    filters: Filters = field(default_factory=Filters)
    complaint: Phrase | None = None
    """The first filter that can't be understood; None if there is none."""
    is_misread: bool = False
    """Whether a filter is left out because its value can't be understood."""


def parse(typed: str, now: float, spellings: Spellings) -> SearchTerms:
    """Parse a search text. Filters that can't be understood are left out and complained of. `now` is in Unix seconds."""
    words: list[str] = []
    found = _Found(spellings, now)
    complaint: Phrase | None = None
    is_misread = False
    for term in _TERM.findall(typed):
        if term[0] in SIGNS and len(term) > 1:
            if tag := tag_of(term):
                found.add("tags", tag)
            continue
        split = split_filter(term, spellings)
        if split is None:
            words.append(term)
            continue
        name, typed_name, value = split
        if name is None:
            # Perhaps a word of a text, such as a URL: searched as one.
            words.append(term)
            complaint = complaint or Phrase.of("search.unknown", name=clean_line(typed_name, 20))
        elif value and not _PARSERS[name](value, found):
            is_misread = True
            complaint = complaint or Phrase.of(f"search.bad.{name}", value=clean_line(value, 20))
    return SearchTerms(" ".join(words), Filters(**found.values), complaint, is_misread)


def split_filter(term: str, spellings: Spellings) -> tuple[Name | None, str, str] | None:
    """Split `name:value` into the filter, its name as typed, and the value without quotes.

    The filter is None if there is none of that name. None if the term is a word.
    """
    match = _FILTER.fullmatch(term)
    if match is None:
        return None
    typed_name, sign, value = match.groups("")
    folded = fold(typed_name)
    # By the place of the key, a capital Ж of the Russian layout is a colon.
    for name in NAMES:
        known = spellings(f"search.name.{name}")
        if folded in known or to_qwerty(folded) in known:
            return name, typed_name, value.replace('"', "")
    if sign != ":" or not value or value.startswith(":"):
        return None
    return None, typed_name, value


# -------------------------------------------------------------------------------------------------------------- values


def _readings(value: str) -> tuple[str, ...]:
    folded = fold(value)
    return (folded, to_qwerty(folded))


def _one_of(value: str, keys: Mapping[str, str], spellings: Spellings) -> str:
    """Return the name of a value that is typed in any language; empty if it is none. `keys` are those of its words, by name."""
    readings = {*_readings(value)}
    return next(
        (name for name, key in keys.items() if {fold(each) for each in spellings(key)} & readings), ""
    )


def _model(value: str, found: _Found) -> bool:
    found.add("models", fold(value))
    if (other := to_qwerty(fold(value))) != fold(value):
        found.add("models", other)
    return True


def _state(value: str, found: _Found) -> bool:
    state = _one_of(value, STATE_WORDS, found.spellings)
    if state:
        found.add("states", state)
    return bool(state)


def _is(value: str, found: _Found) -> bool:
    fact = _one_of(value, FACTS, found.spellings)
    if fact:
        found.values[fact] = True
    return bool(fact)


def _cost(value: str, found: _Found) -> bool:
    match = _AMOUNT.fullmatch(value)
    if match is not None:
        found.add("costs", (match[1] or "=", float(match[2].replace(",", "."))))
    return match is not None


def _after(value: str, found: _Found) -> bool:
    start = start_of(value, found.now, found.spellings)
    if start is not None:
        found.narrow("after", start, max)
    return start is not None


def _before(value: str, found: _Found) -> bool:
    start = start_of(value, found.now, found.spellings)
    if start is not None:
        found.narrow("before", start, min)
    return start is not None


_PARSERS: dict[Name, Callable[[str, _Found], bool]] = {
    "model": _model,
    "after": _after,
    "before": _before,
    "cost": _cost,
    "state": _state,
    "is": _is,
}
"""By filter: adds a typed value to what was found; returns False if it can't be understood."""


def start_of(value: str, now: float, spellings: Spellings) -> float | None:
    """Return when a typed year, month or day begins here, in Unix seconds; None if it is no date.

    Dates are `2026`, `2026-11`, `2026-11-05` and `05.11.2026`. A word for a day is the midnight so many days ago.
    """
    try:
        day = _one_of(value, DAYS, spellings)
        if day:
            return _midnight(datetime.fromtimestamp(now).date() - timedelta(days=_DAYS_AGO[day]))
        if match := _DATE.fullmatch(value):
            return _midnight(date(int(match[1]), int(match[2] or 1), int(match[3] or 1)))
        if match := _DATE_BY_DAY.fullmatch(value):
            return _midnight(date(int(match[3]), int(match[2]), int(match[1])))
    except (ValueError, OverflowError, OSError):
        # No such day, or none that clocks know.
        pass
    return None


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day).timestamp()
