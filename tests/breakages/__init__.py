"""Promises broken on purpose, one at a time: a test that cannot go red proves nothing. `make breakages` runs them.

A breakage is a function that takes one behaviour out of the program by replacing a function or an attribute of it, and the tests
that stand for this behaviour. Put it into a module of this package and decorate it. It imports what it replaces, and looks the
attribute up, so a rename is an error that names it: `tests/test_breakages.py` applies and undoes each of them.

Import the program within the function: a breakage is applied before anything else is imported (see `plugin`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest

Break = Callable[[pytest.MonkeyPatch], None]

DOES_NOT_APPLY = (ImportError, AttributeError, KeyError)
"""What a breakage raises whose target has another name now."""


VARIABLE = "ELUMENTA_TESTS_BREAKAGE"
"""Names the breakage to the plugin, in the environment."""

NOT_APPLIED = 86
"""Exit code of a pytest that has tested nothing, because the breakage does not apply."""


@dataclass(frozen=True)
class Breakage:
    """One behaviour, taken out."""

    name: str
    """What the program does then."""
    apply: Break
    tests: tuple[str, ...]
    """The tests that have to fail, as pytest names them; without brackets: any one of a parametrised test."""


BREAKAGES: dict[str, Breakage] = {}
"""Every registered breakage, by name."""


def breakage(*tests: str) -> Callable[[Break], Break]:
    """Register a function as a breakage that these tests notice; its name, without underscores, is the breakage's name."""

    def register(apply: Break) -> Break:
        name = apply.__name__.replace("_", " ")
        if name in BREAKAGES:
            raise ValueError(f"two breakages are called {name!r}")
        BREAKAGES[name] = Breakage(name, apply, tests)
        return apply

    return register


def load() -> dict[str, Breakage]:
    """Import all modules of this package; every breakage in them."""
    for module in ("chat", "money", "storage", "wire"):
        import_module(f"{__name__}.{module}")
    return BREAKAGES


def tests(module: str, *names: str) -> tuple[str, ...]:
    """Tests of the module `tests/<module>.py`."""
    return tuple(f"tests/{module}.py::test_{name}" for name in names)


def cases(*names: str) -> tuple[str, ...]:
    """Tests of what the service and the network do, by the name of the case."""
    return tests("tui/test_cases", *(f"{_CASES}[{name}]" for name in names))


def case_of(test: str) -> str:
    """The name of the case that a test of `cases` is; empty for any other test."""
    return test.partition("[")[2].removesuffix("]") if f"::test_{_CASES}[" in test else ""


_CASES = "every_way_in_which_a_turn_can_end"
"""The test whose subtests are the cases."""


def wrap(
    patch: pytest.MonkeyPatch, owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> None:
    """Replace a function of a module or class by what `make` makes of it."""
    patch.setattr(owner, name, make(getattr(owner, name)))
