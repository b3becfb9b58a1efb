"""Every breakage can be applied, and the tests that should notice it exist: a rename shows here, and not months later."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.breakages import Breakage, load

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("breakage", load().values(), ids=lambda breakage: breakage.name)
def test_a_breakage_applies_and_its_tests_exist(breakage: Breakage) -> None:
    with pytest.MonkeyPatch.context() as patch:
        breakage.apply(patch)
    for test in breakage.tests:
        file, _, name = test.partition("::")
        function = name.partition("[")[0]
        source = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"^(?:async )?def {function}\(", source, re.MULTILINE), test


@pytest.mark.parametrize("breakage", load().values(), ids=lambda breakage: breakage.name)
def test_a_breakage_is_noticed_by_a_test_that_runs_with_every_change(breakage: Breakage) -> None:
    left_out = []
    for test in breakage.tests:
        file, _, name = test.partition("::")
        function = name.partition("[")[0]
        source = (ROOT / file).read_text(encoding="utf-8")
        left_out.append(
            bool(re.search(rf"^@thorough\n(?:@.*\n)*(?:async )?def {function}\(", source, re.MULTILINE))
        )
    assert not all(left_out)
