"""Which tests run with every change, and which with `make thorough` only.

An app that a test starts and drives takes a third of a second. `make test` is for working with: of a test that plays the same
with an app in more than two cases, such as languages, sizes and ways to say a thing, it runs the first case and the last.
`make thorough` runs all of them, for a release and every week.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from inspect import iscoroutinefunction
from typing import Any

import pytest

thorough = pytest.mark.thorough
"""For a test, or a case, that `make test` leaves out."""

every_case = pytest.mark.every_case
"""For a test with an app of which `make test` runs all cases, as each of them may fail alone."""


def some(cases: Iterable[Any], every: int = 3) -> list[Any]:
    """Return the cases of a `parametrize` with one argument: the first and every so many after it run with every change."""
    return [pytest.param(case, marks=thorough if number % every else ()) for number, case in enumerate(cases)]


def mark_cases(items: Iterable[pytest.Item]) -> None:
    """Mark the cases of tests with an app that only `make thorough` runs."""
    cases: defaultdict[object, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if (
            isinstance(item, pytest.Function)
            and "tui" in item.path.parts
            and iscoroutinefunction(item.function)
            and item.get_closest_marker("every_case") is None
        ):
            cases[item.function].append(item)
    for found in cases.values():
        for item in found[1:-1]:
            item.add_marker(thorough)
