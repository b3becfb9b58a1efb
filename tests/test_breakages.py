"""The list of what is broken on purpose is whole, and everything on it can still be broken (see `breakages`)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.breakages import BREAKAGES, ROOT, Breakage, edited, missing
from tests.test_cases import CASES


def test_what_is_to_be_broken_is_there() -> None:
    problems = {breakage.what: missing(breakage) for breakage in BREAKAGES}
    assert {what: problem for what, problem in problems.items() if problem} == {}
    assert [breakage.what for breakage in BREAKAGES if not breakage.reds] == []


def test_what_is_broken_is_still_a_program() -> None:
    problems = []
    for breakage in BREAKAGES:
        sources: dict[str, str] = {}
        for file, old, new in breakage.edits:
            path = ROOT / "elumenta_tui" / file
            sources[file] = edited(sources.get(file, path.read_text(encoding="utf-8")), old, new)
        for file, source in sources.items():
            try:
                compile(source, file, "exec")
            except SyntaxError as problem:
                problems.append((breakage.what, file, str(problem)))
    assert problems == []


def test_every_test_that_has_to_notice_exists() -> None:
    reds = {red for breakage in BREAKAGES for red in breakage.reds}
    sources = {
        module: (ROOT / module).read_text(encoding="utf-8").replace("async def ", "def ")
        for module in {red.partition("::")[0] for red in reds}
    }

    def exists(red: str) -> bool:
        module, _, name = red.partition("::")
        return f"\ndef {name.partition('[')[0]}(" in sources[module]

    assert sorted(red for red in reds if not exists(red)) == []


def test_every_case_on_the_wire_is_broken_once() -> None:
    broken = {red.partition("[")[2].removesuffix("]") for breakage in BREAKAGES for red in breakage.reds}
    assert set(CASES) - broken == set()


@pytest.mark.parametrize("number", range(1, 14))
def test_every_row_of_the_table_of_endings_is_broken_once(number: int) -> None:
    assert any(re.search(rf"\(rows? [\d, and]*\b{number}\b", breakage.what) for breakage in BREAKAGES)


@pytest.mark.parametrize("number", range(1, 8))
def test_every_promise_is_broken_once(number: int) -> None:
    assert any(f"(P{number})" in breakage.what for breakage in BREAKAGES)


def test_what_is_not_there_is_missed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    for old in ("y", "x = 1"):
        [problem] = missing(Breakage("?", (("a.py", old, "z"),), ()), tmp_path)
        assert old in problem
