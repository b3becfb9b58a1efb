"""Which tests run with every change, and which with `make thorough` only.

An app that a test starts and drives takes a third of a second. `make test` is for working with: of a test that plays the same
with an app in several cases, such as languages, sizes and ways to say a thing, it runs one: the first case and the last by turns,
from test to test. It also draws only what a test looks at, and tries fewer examples of a property.
`make thorough` does all of it, for a release and every week.
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
"""For a test with an app of which `make test` runs all cases, as each may fail alone."""


wanted = False
"""Whether `make thorough` runs."""


def examples(number: int) -> int:
    """Return how many examples of a property to try, of as many as `make thorough` tries."""
    return number if wanted else max(1, number // 4)


def share(cases: Iterable[Any], every: int = 3) -> list[Any]:
    """Return the cases that a test of many goes through: the first and every so many after it; all with `make thorough`."""
    return [*cases] if wanted else [*cases][::every]


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
    for turn, found in enumerate(found for found in cases.values() if len(found) > 1):
        kept = -(turn % 2)
        for item in found:
            if item is not found[kept]:
                item.add_marker(thorough)
