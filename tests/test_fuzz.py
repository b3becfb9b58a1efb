"""Every fuzz, on the inputs of its first numbers; `make fuzz` tries more."""

from __future__ import annotations

import pytest

from tests.fuzz import Fuzz, load
from tests.thorough import examples


@pytest.mark.parametrize("fuzz", load().values(), ids=lambda fuzz: fuzz.name)
def test_it_holds(fuzz: Fuzz) -> None:
    for number in range(examples(fuzz.rounds)):
        fuzz.run(number)
