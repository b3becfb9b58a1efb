"""Highlighting which stops and goes on."""

from __future__ import annotations

import re

import pytest

from elumenta_tui.markdown import highlight
from elumenta_tui.markdown.growing import COMMON_LANGUAGES
from elumenta_tui.markdown.highlight import START, Highlighter
from elumenta_tui.markdown.openings import ASCII, openings
from tests.fuzz.languages import (
    MIXED,
    PYTHON,
    SCRIPT,
    UNUSUAL,
    be_patient,
    keeps_every_character_and_every_rule_that_can_match,
    languages,
    texts,
)
from tests.thorough import thorough

SAMPLE = sorted({*languages()[::12], *COMMON_LANGUAGES})
"""Languages from the whole alphabet and the most common ones; `make fuzz` goes through all of them, which takes ten times as long."""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch)


def test_while_loading_is_postponed_code_is_plain_and_its_languages_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(highlight, "_lexers", {})
    with highlight.loading_postponed() as languages:
        plain = Highlighter("Python").whole(PYTHON)
        assert [len(row) for row in plain] == [min(1, len(line)) for line in PYTHON.splitlines()]
    assert languages == {"python"}
    coloured = Highlighter("Python").whole(PYTHON)
    assert texts(coloured) == texts(plain) == PYTHON
    assert coloured != plain
    with highlight.loading_postponed() as languages:
        assert Highlighter("python").whole(PYTHON) == coloured
    assert not languages


@pytest.mark.parametrize(
    ("language", "source"), [("python", PYTHON), ("js", SCRIPT), ("ts", SCRIPT), ("go", SCRIPT)]
)
def test_resumed_at_any_line_it_gives_the_rows_of_the_whole(language: str, source: str) -> None:
    highlighter = Highlighter(language)
    whole, states = highlighter.resume(source, START)
    assert whole == highlighter.whole(source)
    lines = source.splitlines(keepends=True)
    resumed = [at for at, state in enumerate(states[:-1]) if state is not None]
    assert len(resumed) > len(lines) // 2
    for at in resumed:
        state = states[at]
        assert state is not None
        assert highlighter.resume("".join(lines[at:]), state)[0] == whole[at:]


@thorough
def test_every_language_keeps_every_character_and_every_rule_that_can_match() -> None:
    can_resume = {Highlighter(language).can_resume for language in SAMPLE}
    assert can_resume == {True, False}
    for language in SAMPLE:
        keeps_every_character_and_every_rule_that_can_match(language, MIXED + UNUSUAL)


@pytest.mark.parametrize(
    ("pattern", "flags", "letters"),
    [
        ("ab", 0, "a"),
        ("a|bc|[d-f]", 0, "abdef"),
        ("(?:x+)?y", 0, "xy"),
        (r"\b(?=q)(?!r)(?<!s)(f|g)oo", 0, "fg"),
        ("ab", re.IGNORECASE, "aA"),
        ("(?i:a)b", 0, "aA"),
        (r"\d+", 0, "0123456789"),
        ("[^\\x01-\\x7f]", 0, "\0"),
        ("[^x]", 0, ASCII - {"x"}),
        ("é", 0, ""),
        ("é", re.IGNORECASE, ASCII),
        ("[a-ÿ]", re.IGNORECASE, ASCII),
        ("[^a“]", re.IGNORECASE, ASCII),
        ("x*", 0, ASCII),
        ("^", 0, ASCII),
        (".", 0, ASCII),
        (r"(x)?(?(1)y|z)", 0, ASCII),
    ],
)
def test_with_what_a_match_can_begin(pattern: str, flags: int, letters: str) -> None:
    assert openings(re.compile(pattern, flags)) == frozenset(letters)


@pytest.mark.parametrize(
    ("language", "can_resume"),
    [("python", True), ("c++", True), ("rust", True), ("json", False), ("yaml", False), ("", False)],
)
def test_lexers_which_are_tables_of_rules_can_resume(language: str, can_resume: bool) -> None:
    assert Highlighter(language).can_resume is can_resume


def test_a_lexer_which_fails_gives_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError

    highlighter = Highlighter("python")
    monkeypatch.setattr(highlighter, "_resume", fail)
    rows, states = highlighter.resume(PYTHON, START)
    assert texts(rows) == PYTHON
    assert {style.role for row in rows for _, style in row} == {"fence"}
    assert set(states) == {START}
