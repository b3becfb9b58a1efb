"""Which tests run with every change, and which with `make thorough` only.

`make test` is for working with: it takes less than four minutes on two cores. It runs

- the tests that stand for a promise: those that `tests/breakages` names,
- of all others those that together take 98.5 % of the branches that all tests take, the cheap ones first,
- of a test that plays the same with an app in several cases, such as languages, sizes and ways to say a thing, one: the first
  case and the last by turns, from test to test; of a test that does the same with several programs every third case,
- fewer examples of a property. And it draws only what a test looks at.

The others are marked `thorough`: they go where cheaper ones go, and look at something else there. A new test needs the mark if it costs
more than a tenth of a second and takes no branch of its own.
`make thorough` does all of it, for every push and before a release.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from inspect import iscoroutinefunction
from types import ModuleType
from typing import Any

import pytest

from tests import prepared
from tests.pseudo_terminal import Terminal

thorough = pytest.mark.thorough
"""For a test, or a case, that `make test` leaves out."""

every_case = pytest.mark.every_case
"""For a test with an app or programs of which `make test` runs all cases, as each may fail alone."""


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
    """Mark the cases of tests with an app, or with programs, that only `make thorough` runs."""
    of_apps: defaultdict[object, list[pytest.Item]] = defaultdict(list)
    of_programs: defaultdict[object, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if not isinstance(item, pytest.Function) or any(
            item.get_closest_marker(name) for name in ("every_case", "thorough")
        ):
            continue
        if "tui" in item.path.parts and iscoroutinefunction(item.function):
            of_apps[item.function].append(item)
        elif "tui" not in item.path.parts and _starts_programs(item.module):
            of_programs[item.function].append(item)
    for turn, found in enumerate(found for found in of_apps.values() if len(found) > 1):
        _leave_only([found[-(turn % 2)]], found)
    for turn, found in enumerate(found for found in of_programs.values() if len(found) > 1):
        _leave_only(found[turn % min(3, len(found)) :: 3], found)


def _leave_only(wanted: list[pytest.Item], found: list[pytest.Item]) -> None:
    for item in found:
        if item not in wanted:
            item.add_marker(thorough)


def _starts_programs(module: ModuleType) -> bool:
    """Whether the tests of a module start the program: then it has imported one of the ways to do that."""
    return any(each is prepared or each is Terminal for each in vars(module).values())
