"""Every fuzz, on the inputs of its first numbers; `make fuzz` tries more."""

from __future__ import annotations

import pytest

from tests.fuzz import Fuzz, load


@pytest.mark.parametrize("fuzz", load().values(), ids=lambda fuzz: fuzz.name)
def test_it_holds(fuzz: Fuzz) -> None:
    for number in range(fuzz.rounds):
        fuzz.run(number)
