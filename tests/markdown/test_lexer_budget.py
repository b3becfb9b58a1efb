"""Time is a bound: no lexer keeps the keys waiting, whatever the text."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import signal
import sys
import threading
from collections import Counter
from time import process_time, sleep
from typing import Any

import pytest

from elumenta_tui.markdown import deadline, lexer_budget
from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.bounded import MARKDOWN_FEED
from elumenta_tui.markdown.code import Code
from elumenta_tui.markdown.deadline import TookTooLong, can_interrupt, within
from elumenta_tui.markdown.growing import GrowingMarkdown, render, warm
from elumenta_tui.markdown.highlight import START, Highlighter
from elumenta_tui.markdown.time_budget import TimeBudget
from tests.thorough import thorough

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timer signals")

BOMB = 'val s = "' + "\\" * 64
"""What keeps the lexer of Scala busy for some years."""

EXPONENTIAL = re.compile(r'"(\\.|[^"\\]|\\)*"')


def years() -> object:
    return EXPONENTIAL.match('"' + "\\" * 64 + "x")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the start of the program."""
    monkeypatch.setattr(lexer_budget, "_colouring", TimeBudget(0.2, 0.1))
    monkeypatch.setattr(lexer_budget, "_loading", TimeBudget(0.1, 0.2))
    monkeypatch.setattr(lexer_budget, "_strikes", Counter())


def roles(blocks: list[Block]) -> set[str]:
    return {
        style.role
        for block in blocks
        for line in block.lines(200)
        for text, style in (*line.runs, *line.edge)
        if text.strip()
    }


def shown(blocks: list[Block]) -> str:
    return "\n".join("".join(text for text, _ in line.runs) for block in blocks for line in block.lines(200))


# --------------------------------------------------------------------------------------------------- the deadline


def test_a_regular_expression_that_backtracks_for_years_is_given_up() -> None:
    began = process_time()
    with pytest.raises(TookTooLong):
        within(0.05, years)
    assert process_time() - began < 0.3
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0


def test_work_that_is_quick_or_that_sleeps_is_not_given_up() -> None:
    assert within(0.05, lambda: 7) == 7
    assert within(0.01, sleep, 0.1) is None
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0


def test_errors_of_the_work_come_out_and_stop_the_clock() -> None:
    with pytest.raises(ZeroDivisionError):
        within(0.05, lambda: 1 // 0)
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
    assert within(0.05, lambda: 7) == 7


def test_work_that_swallows_every_exception_is_given_up_too() -> None:
    def stubborn() -> None:
        for _ in range(3):
            try:
                years()
            except BaseException:
                continue

    began = process_time()
    within(0.02, stubborn)
    assert process_time() - began < 0.5


@thorough
def test_a_finalizer_is_not_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    finished: list[bool] = []

    class Slow:
        def __del__(self) -> None:
            end = process_time() + 0.1
            while process_time() < end:
                sum(range(100))
            finished.append(True)

    def work() -> None:
        slow = Slow()
        del slow
        years()

    with pytest.raises(TookTooLong):
        within(0.02, work)
    assert (finished, complaints) == ([True], [])


@thorough
def test_what_runs_when_rubbish_is_collected_is_not_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    namespace: dict[str, Any] = {"__name__": "somebody_else", "process_time": process_time}
    exec(
        "def callback(phase, info):\n end = process_time() + 0.05\n while process_time() < end: pass\n",
        namespace,
    )

    def work() -> None:
        gc.collect()
        years()

    gc.callbacks.append(namespace["callback"])
    try:
        with pytest.raises(TookTooLong):
            within(0.02, work)
    finally:
        gc.callbacks.remove(namespace["callback"])
    assert complaints == []


def test_within_other_work_the_time_of_the_outer_one_counts() -> None:
    with pytest.raises(TookTooLong):
        within(0.05, lambda: within(1_000, years))
    assert within(0.05, lambda: within(1e-4, lambda: 7)) == 7
    assert deadline._guard is None


def test_the_loop_goes_on_after_work_that_was_given_up() -> None:
    async def main() -> list[str]:
        seen: list[str] = []
        for _ in range(3):
            with pytest.raises(TookTooLong):
                within(0.01, years)
            await asyncio.sleep(0)
            seen.append(await asyncio.to_thread(lambda: "thread"))
        return seen

    assert asyncio.run(main()) == ["thread"] * 3


@thorough
def test_the_end_of_the_work_is_a_safe_moment_for_the_signal() -> None:
    """The signal may come at any step, also at the last one: it is either too late or `TookTooLong`."""

    def rush(end: float) -> None:
        while process_time() < end:
            for _ in range(10):
                pass

    for _ in range(30):
        with contextlib.suppress(TookTooLong):
            within(0.01, rush, process_time() + 0.012)
        assert deadline._guard is None
        assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0


def test_a_signal_without_any_work_does_nothing() -> None:
    assert can_interrupt()
    signal.raise_signal(signal.SIGVTALRM)


# ------------------------------------------------------------------------------------------------------- lexers


@thorough
def test_a_fence_that_would_take_years_is_plain_after_a_moment() -> None:
    Highlighter("scala").warm()
    began = process_time()
    blocks = render(f"```scala\n{BOMB}\n```\n")
    assert process_time() - began < 0.5
    assert BOMB in shown(blocks)
    assert roles(blocks) == {"fence", "language"}
    [code] = blocks
    assert isinstance(code, Code)
    assert (code.source, code.language) == (BOMB, "scala")


def test_ordinary_code_keeps_its_colours_beside_a_bomb() -> None:
    warm()
    blocks = render(f"```scala\n{BOMB}\n```\n\n```python\ndef f(): return 'x'\n```\n")
    assert {"fence.keyword", "fence.string"} <= roles(blocks)


LANGUAGES = ("scala", "tcsh", "rego", "registry", "perl6", "c", "java", "make", "yaml", "html")


@thorough
def test_two_hundred_bombs_take_no_longer_than_a_few() -> None:
    for language in LANGUAGES:
        Highlighter(language).warm()
    text = "".join(f"```{language}\n{BOMB}\n```\n\n" for language in LANGUAGES * 20)
    began = process_time()
    blocks = render(text)
    assert process_time() - began < 0.8
    assert shown(blocks).count(BOMB) == 200


def test_a_language_that_took_too_long_three_times_is_not_tried_again() -> None:
    Highlighter("scala").warm()
    for _ in range(lexer_budget.STRIKES):
        lexer_budget._colouring = TimeBudget(0.05, 0.1)
        assert roles(render(f"```scala\n{BOMB}\n```")) == {"fence", "language"}
        lexer_budget._colouring = TimeBudget(0.05, 0.1)
        if _ < lexer_budget.STRIKES - 1:
            assert "fence.keyword" in roles(render("```scala\nval x = 1\n```"))
    assert roles(render("```scala\nval x = 1\n```")) == {"fence", "language"}


@thorough
def test_while_it_comes_a_bomb_is_looked_at_once() -> None:
    Highlighter("scala").warm()
    markdown = GrowingMarkdown()
    # So much of it takes minutes. Each letter of a shorter one would take longer than the letter before, and several would be slow.
    markdown.feed("```scala\n" + BOMB[:48])
    slow = 0
    for letter in BOMB[48:] + "\nmore\n" * 40:
        began = process_time()
        markdown.feed(letter)
        _ = markdown.open
        slow += process_time() - began > 0.03
    assert slow <= 1
    markdown.feed("```")
    markdown.close()
    assert BOMB in shown(markdown.blocks)


@thorough
def test_all_languages_at_once_are_not_loaded_at_once() -> None:
    from pygments.lexers import get_all_lexers

    names = [aliases[0] for _, aliases, _, _ in get_all_lexers(plugins=False) if aliases]
    text = "".join(f"```{name}\nx = 1\n```\n" for name in names)
    longest = 0.0
    markdown = GrowingMarkdown()
    for at in range(0, len(text), MARKDOWN_FEED):
        began = process_time()
        markdown.feed(text[at : at + MARKDOWN_FEED])
        longest = max(longest, process_time() - began)
    assert longest < 1.0


def test_where_nothing_can_interrupt_only_lexers_run_that_are_known_to_be_steady(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lexer_budget, "can_interrupt", lambda: False)
    assert "fence.number" in roles(render('```json\n{"a": null}\n```'))
    assert roles(render("```scala\nval x = 1\n```")) == {"fence", "language"}


def test_in_another_thread_nothing_is_interrupted_and_no_timer_is_set() -> None:
    found: list[set[str]] = []
    thread = threading.Thread(target=lambda: found.append(roles(render(f"```scala\n{BOMB}\n```"))))
    thread.start()
    thread.join(5)
    assert found == [{"fence", "language"}]


def test_an_allowance_is_a_burst_and_then_a_share_of_the_time() -> None:
    now = [0.0]
    budget = TimeBudget(0.2, 0.1, lambda: now[0])
    now[0] = 1.0
    budget.spend(0.3)
    assert budget.left == pytest.approx(-0.1)
    now[0] = 3.0
    assert budget.left == pytest.approx(0.1)
    now[0] = 9.0
    assert budget.left == 0.2


def test_resuming_starts_over_after_too_long() -> None:
    highlighter = Highlighter("scala")
    rows, states = highlighter.resume(BOMB + "\n", START)
    assert "".join(text for text, _ in rows[0]) == BOMB
    assert states == [START, START]
    assert not highlighter.can_resume
    assert highlighter.whole("val x = 1\n") == highlighter.resume("val x = 1\n", START)[0]
