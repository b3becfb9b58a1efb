"""Terminals of any size and name, descriptors that lead nowhere: each works, or is one sentence and a code."""

from __future__ import annotations

import pytest

from tests.pseudo_terminal import PREPARED, PROGRAM, SOON, Terminal
from tests.thorough import some, thorough


@thorough
@pytest.mark.parametrize(
    ("redirection", "sentence"),
    [
        ("</dev/null", "standard input and standard error must be a terminal"),
        ("<&-", "standard input and standard error must be a terminal"),
        ("2>/dev/null", ""),
        ("2>&-", "standard input and standard error must be a terminal"),
        ("<&- >&- 2>&-", ""),
    ],
)
def test_without_a_terminal_there_is_one_sentence(redirection: str, sentence: str) -> None:
    with Terminal(["sh", "-c", f"{PROGRAM} --demo {redirection}"], size=(200, 24)) as terminal:
        assert terminal.wait_exit(SOON) == 2
        assert sentence in terminal.text
        assert terminal.raw.count(b"\n") == bool(sentence)


@thorough
@pytest.mark.parametrize(
    "command",
    some(
        [
            f"{PROGRAM} --demo >&-",
            f"env -u TERM {PROGRAM} --demo >/dev/full",
            f"env TERM=vt100 NO_COLOR=1 COLUMNS=7 LINES=2 {PROGRAM} --demo",
            f"env LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 PYTHONIOENCODING=ascii {PROGRAM} --demo",
        ]
    ),
)
def test_odd_environments_work(command: str) -> None:
    with Terminal(["sh", "-c", command]) as terminal:
        terminal.wait_for("283 tokens")
        terminal.type("привет")
        terminal.wait_for("│ привет")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0


@thorough
@pytest.mark.parametrize("start", [(0, 0), (1, 1)])
def test_absurd_sizes_end_nothing(start: tuple[int, int]) -> None:
    with Terminal([PREPARED, "--demo"], size=start) as terminal:
        terminal.wait_for(b"\x1b[?2004h")
        for size in ((0, 0), (1, 1), (300, 1), (1, 100), (500, 200), (3, 3)):
            seen = len(terminal.raw)
            terminal.resize(*size)
            terminal.type("x")
            terminal.wait_for_more(seen)
        terminal.resize(100, 30)
        terminal.wait_for("283 tokens")
        terminal.wait_for("xxxxxx")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
