"""Properties tried on random input: a bounded number of rounds in `make test`, for as long as you like with `make fuzz`.

A fuzz is a function that takes a seeded `Random`, makes one input of it, and asserts what must hold for every input. Put it in
a module of this package and decorate it; both commands find it there.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from random import Random

Trial = Callable[[Random], None]


@dataclass(frozen=True)
class Fuzz:
    """A property and how often `make test` tries it."""

    name: str
    trial: Trial
    rounds: int
    """Trials in `make test`; together they should take less than a second or two."""

    def run(self, number: int) -> None:
        """Try the property on the input of that number, which is the same on every machine."""
        self.trial(Random(f"{self.name} {number}"))


FUZZES: dict[str, Fuzz] = {}
"""Every registered fuzz, by name."""


def fuzz(*, rounds: int) -> Callable[[Trial], Trial]:
    """Register a function as a fuzz; its name, without underscores, is the fuzz's name."""

    def register(trial: Trial) -> Trial:
        name = trial.__name__.replace("_", " ")
        if name in FUZZES:
            raise ValueError(f"two fuzzes are called {name!r}")
        FUZZES[name] = Fuzz(name, trial, rounds)
        return trial

    return register


def load() -> dict[str, Fuzz]:
    """Import all modules of this package; every fuzz in them."""
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            import_module(f"{__name__}.{module.name}")
    return FUZZES
