"""Colouring code: whatever the language, no character is lost, and no rule is skipped that could match."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from pygments.lexers import get_all_lexers

from elumenta_tui.markdown import highlight, lexer_budget
from elumenta_tui.markdown.highlight import START, Highlighter, Runs
from elumenta_tui.markdown.openings import ASCII
from elumenta_tui.markdown.time_budget import TimeBudget
from tests.fuzz import fuzz

PYTHON = (
    'class A:\n    """Some\n    words."""\n\n    def f(self) -> str:\n        return f"{self!r}"  # end\n'
)
SCRIPT = "/* one\n   two */\nconst f = (a) => `x ${a}\n y`;\nif (f(1) > 0) {\n\n    g('text');\n}\n"
MIXED = PYTHON + SCRIPT + "<p class='a'>\n{% if x %}\n<?php echo 1; ?>\n\tx := 1\n"
UNUSUAL = "ſelect K İf ıf É\n\x7f~`^%$@!&*|\\?;\n-- --- // # ; ' \" <!-- --> {- -} (* *) [[ ]]\nBEGIN End SELECT 0xFF 1e-5\n"


@cache
def languages() -> list[str]:
    """Every language that pygments knows, by its first name."""
    return [aliases[0] for _, aliases, _, _ in get_all_lexers() if aliases]


def texts(rows: list[Runs]) -> str:
    return "".join("".join(text for text, _ in row) + "\n" for row in rows)


def be_patient(patch: pytest.MonkeyPatch) -> None:
    """As if every lexer was used for the first time on another day."""
    patch.setattr(lexer_budget, "_colouring", TimeBudget(1e4, 0))
    patch.setattr(lexer_budget, "_loading", TimeBudget(1e4, 0))


def keeps_every_character_and_every_rule_that_can_match(language: str, source: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        be_patient(patch)
        highlighter = Highlighter(language)
        rows, states = highlighter.resume(source, START)
        assert (texts(rows), len(states)) == (source, len(rows) + 1), language
        assert texts(highlighter.whole(source)) == source, language
        # Its table of rules is made anew: every rule may match at every letter.
        highlight._rule_table.cache_clear()
        patch.setattr(highlight, "openings", lambda _: ASCII)
        assert Highlighter(language).resume(source, START) == (rows, states), language
    highlight._rule_table.cache_clear()


@fuzz(rounds=30)
def code_in_any_language(random: Random) -> None:
    keeps_every_character_and_every_rule_that_can_match(random.choice(languages()), MIXED + UNUSUAL)
