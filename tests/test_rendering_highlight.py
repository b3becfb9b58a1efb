"""Highlighting which stops and goes on."""

from __future__ import annotations

import pytest
from pygments.lexers import get_all_lexers

from elumenta_tui.rendering.highlight import START, Highlighter, Runs

PYTHON = (
    'class A:\n    """Some\n    words."""\n\n    def f(self) -> str:\n        return f"{self!r}"  # end\n'
)
SCRIPT = "/* one\n   two */\nconst f = (a) => `x ${a}\n y`;\nif (f(1) > 0) {\n\n    g('text');\n}\n"
MIXED = PYTHON + SCRIPT + "<p class='a'>\n{% if x %}\n<?php echo 1; ?>\n\tx := 1\n"


def texts(rows: list[Runs]) -> str:
    return "".join("".join(text for text, _ in row) + "\n" for row in rows)


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


def test_every_language_of_pygments_keeps_every_character() -> None:
    for _, aliases, _, _ in get_all_lexers():
        if not aliases:
            continue
        highlighter = Highlighter(aliases[0])
        rows, states = highlighter.resume(MIXED, START)
        assert (texts(rows), len(states)) == (MIXED, len(rows) + 1), aliases[0]
        assert texts(highlighter.whole(MIXED)) == MIXED, aliases[0]


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
    assert {ink.role for row in rows for _, ink in row} == {"fence"}
    assert set(states) == {START}
