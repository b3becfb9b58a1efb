"""A plugin of pytest (`-p tests.breakages.plugin`) that breaks the program before any test or fixture has imported it."""

from __future__ import annotations

import os
import sys

import pytest

from tests.breakages import DOES_NOT_APPLY, NOT_APPLIED, VARIABLE, case_of, load

PATIENCE = 4.0
"""Seconds after which a wait of a test has failed."""

try:
    load()[os.environ[VARIABLE]].apply(pytest.MonkeyPatch())
except DOES_NOT_APPLY as problem:
    sys.stderr.write(f"{type(problem).__name__}: {problem}\n")
    sys.exit(NOT_APPLIED)


def pytest_collection_finish() -> None:
    """Give up sooner on what never comes: here that is the rule. And try no cases but those that have to fail."""
    from tests import chatting, storing
    from tests.tui import test_cases

    chatting.PATIENCE = storing.PATIENCE = PATIENCE
    wanted = load()[os.environ[VARIABLE]].tests
    test_cases.ONLY.update(case_of(test) for test in wanted if case_of(test))
