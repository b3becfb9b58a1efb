"""The forms of an answer of `elumenta-tui ask`: laid out, as source, as code, as events."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.cli.exit_codes import ExitCode
from elumenta_tui.cli.rendering import TerminalMarkdown, code_blocks
from elumenta_tui.cli.tables import Look
from tests.cli.shell import COST, PATIENCE, ask, asking, environment, served
from tests.pseudo_terminal import Terminal
from tests.service import Pause, ThreadedService, delta, ended, json_response, sse, started
from tests.thorough import thorough

MARKDOWN = """# Title

Some **bold** and `code`, [a link](https://example.com/).

- one
  1. two

  ```python
  def f(x):
  \treturn "a line that is much longer than the forty columns of this terminal"
  ```

| a | b |
|---|--:|
| 1 | 22 |

```
plain
```
The *end*"""


def laid_out(text: str, look: Look, *, step: int, measure: int = 0) -> str:
    markdown = TerminalMarkdown(lambda: look, measure=measure)
    pieces = [markdown.feed(text[at : at + step]) for at in range(0, len(text), step)]
    return "".join(pieces) + markdown.close()


def plain(text: str) -> str:
    """A text without its escape sequences."""

    return re.sub(r"\x1b\[[0-9;]*m", "", text)


# -------------------------------------------------------------------------------------------------------------- laid out


def test_markdown_is_laid_out_and_code_stays_to_be_copied() -> None:
    shown = plain(laid_out(MARKDOWN, Look(40, has_colours=True), step=1_000))
    assert shown.splitlines() == [
        "Title",
        "━━━━━",
        "",
        "Some bold and code, a link",
        "(https://example.com/).",
        "",
        "• one",
        "   1. two",
        "",
        "  ── python ────────────────────────────",
        "  def f(x):",
        '      return "a line that is much longer than the forty columns of this terminal"',
        "  ──────────────────────────────────────",
        "",
        "┌───┬────┐",
        "│ a │  b │",
        "├───┼────┤",
        "│ 1 │ 22 │",
        "└───┴────┘",
        "",
        "────────────────────────────────────────",
        "plain",
        "────────────────────────────────────────",
        "",
        "The end",
    ]


def test_what_is_laid_out_does_not_depend_on_how_the_answer_was_cut() -> None:
    whole = laid_out(MARKDOWN, Look(40, has_colours=True), step=1_000)
    for step in (1, 2, 7, 64):
        assert laid_out(MARKDOWN, Look(40, has_colours=True), step=step) == whole


def test_colours_stay_away_where_they_are_not_wanted_and_attributes_stay() -> None:
    shown = laid_out(MARKDOWN, Look(40, has_colours=False), step=7)

    used = {code for found in re.findall(r"\x1b\[([0-9;]*)m", shown) for code in found.split(";")}
    assert used <= {"", "1", "2", "3", "4", "9"}
    assert "1" in used
    assert plain(shown) == plain(laid_out(MARKDOWN, Look(40, has_colours=True), step=7))


def test_prose_is_no_wider_than_the_measure_and_a_block_comes_when_it_is_complete() -> None:
    markdown = TerminalMarkdown(lambda: Look(200, has_colours=False), measure=30)
    assert markdown.feed("word " * 20) == ""
    shown = markdown.feed("\n\n")
    assert len(shown.splitlines()) > 2
    assert max(map(len, shown.splitlines())) <= 30
    assert markdown.feed("next") == ""
    assert markdown.close() == "\nnext\n"


def test_a_text_that_refers_forward_is_not_written_twice() -> None:
    text = "See [it][x] and [that][x].\n\n" * 3 + "[x]: https://example.com\n"
    shown = laid_out(text, Look(80, has_colours=False), step=5)
    assert plain(shown).count("See") == 3


def test_nothing_in_an_answer_controls_the_terminal() -> None:
    hostile = (
        "# &#27;[2J &#x202e;\n\n&#27;]52;c;AA&#7; [a&#27;x](https://e.com/&#27;[2J)\n\n| a&#27; | b |\n|---|---|\n"
        "| &#155;2J | &#x9b; |\n\n```py&#27;[2J\nx\n```\n\n> &#27;[2J\n\n<https://e.com/&#27;>\n"
    )
    shown = plain(laid_out(hostile, Look(60, has_colours=True), step=9)).replace("\n", "")
    assert "52;c;AA" in shown
    assert [
        letter for letter in shown if ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 or letter == "\u202e"
    ] == []


@thorough
def test_on_a_terminal_an_answer_is_laid_out_while_it_comes(home: Path, service: ThreadedService) -> None:
    pause = Pause()
    service.queue(
        sse(started(), delta("# A title\n\nSome **bold** text.\n\n"), done=False),
        pause,
        sse(delta("The `end`."), ended()),
    )
    command = [sys.executable, "-m", "elumenta_tui", "ask", "hi"]
    with Terminal(command, env=environment(home, service, {})) as terminal:
        terminal.wait_for("A title")
        service.release(pause)
        assert terminal.wait_exit(PATIENCE) == 0
        rows = [row.strip() for row in terminal.text.splitlines() if row.strip()]
        raw = terminal.raw
    assert rows == ["A title", "━━━━━━━", "Some bold text.", "The end.", "GPT-5 · 3 tokens · 297 left"]
    assert b"\x1b[1mbold\x1b[m" in raw


@thorough
@pytest.mark.parametrize(
    ("arguments", "env"), [(["--raw"], {}), ([], {"TERM": "dumb"})], ids=["--raw", "TERM=dumb"]
)
def test_the_source_is_written_where_it_is_wanted(
    home: Path, service: ThreadedService, arguments: list[str], env: dict[str, str]
) -> None:
    service.queue(served("Some **bold** text."))
    command = [sys.executable, "-m", "elumenta_tui", "ask", "hi", *arguments]
    with Terminal(command, env=environment(home, service, env)) as terminal:
        assert terminal.wait_exit(PATIENCE) == 0
        assert "Some **bold** text." in terminal.text


@thorough
def test_a_pipe_gets_the_source_also_where_colours_are_forced(home: Path, service: ThreadedService) -> None:
    service.queue(served("Some **bold** text."))
    assert ask(home, service, "hi", env={"FORCE_COLOR": "1"}).stdout == "Some **bold** text.\n"


# ------------------------------------------------------------------------------------------------------------------ code

CODE = "Here:\n\n```python\nx = 1\n\n\ty\n```\n\nand\n\n- so:\n\n  ~~~~\n  ```\n  last\n  ~~~~\n"


@thorough
@pytest.mark.parametrize(
    ("option", "text", "written"),
    [
        ("-x", CODE, "x = 1\n\n\ty\n"),
        ("--extract", CODE, "x = 1\n\n\ty\n"),
        ("--extract-last", CODE, "```\nlast\n"),
        ("-x", "```\n" + "line\n" * 300 + "```", "line\n" * 300),
    ],
)
def test_one_block_of_code_is_all_that_is_written(
    home: Path, service: ThreadedService, option: str, text: str, written: str
) -> None:
    service.queue(served(text))
    done = ask(home, service, "hi", option)
    assert (done.returncode, done.stdout, done.stderr) == (0, written, COST)


def test_without_code_all_of_it_is_written_and_that_is_said(home: Path, service: ThreadedService) -> None:
    service.queue(served("Only `words`."))
    done = ask(home, service, "hi", "-x")
    assert (done.returncode, done.stdout) == (0, "Only `words`.\n")
    assert done.stderr.splitlines()[0] == "There is no block of code in the answer, so all of it was printed."


def test_long_code_is_one_block_and_neighbours_are_two() -> None:
    long = "\n".join(f"line_{number} = {number}" for number in range(500))
    assert code_blocks(f"```python\n{long}\n```\n```sh\nls\n```") == [long, "ls"]


# ---------------------------------------------------------------------------------------------------------------- events


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_events_come_as_they_happen_one_a_line(home: Path, service: ThreadedService) -> None:
    pause = Pause()
    service.queue(json_response(429, {"error": "rate_limit_exceeded", "retry_after": 0}))
    service.queue(
        sse(started("gpt-5-served"), delta("first\n"), done=False), pause, sse(delta("second"), ended())
    )
    with asking(home, service, "hi", "--jsonl") as process:
        assert process.stdout is not None
        told = b""
        while b"first" not in told:
            told += os.read(process.stdout.fileno(), 1000)
        assert told.endswith(b"\n")
        service.release(pause)
        told += process.stdout.read()
        assert process.wait(PATIENCE) == 0
    all_events = events(told.decode())
    kinds = [event["event"] for event in all_events if event["event"] != "delta"]
    assert kinds == ["retry", "started", "balance", "end"]
    retry, begun = all_events[0], next(event for event in all_events if event["event"] == "started")
    assert (retry["asked"], retry["number"], retry["failure"]["kind"]) == ("gpt-5", 1, "rate_limit_exceeded")
    assert (begun["asked"], begun["model"]) == ("gpt-5", "gpt-5-served")
    assert "".join(event["text"] for event in all_events if event["event"] == "delta") == "first\nsecond"
    balance, end = all_events[-2:]
    assert (balance["balance"], end["text"], end["state"], end["cost"]) == (
        297,
        "first\nsecond",
        "complete",
        3,
    )


@thorough
def test_an_answer_that_fails_ends_its_events_too(home: Path, service: ThreadedService) -> None:
    service.route("/api/v2/balance", json_response(200, {"token_balance": 296}))
    service.queue(sse(started(), delta("Half"), done=False))
    done = ask(home, service, "hi", "--jsonl")
    assert done.returncode == ExitCode.BROKEN
    balance, end = events(done.stdout)[-2:]
    assert (balance, end["state"], end["failure"]["kind"]) == (
        {"event": "balance", "balance": 296},
        "interrupted",
        "cut",
    )


@thorough
def test_where_nothing_was_asked_there_is_no_event(home: Path, service: ThreadedService) -> None:
    done = ask(home, service, "hi", "--jsonl", "-m", "claude-opus-4.5", "--max-cost", "1")
    assert (done.returncode, done.stdout) == (ExitCode.TOO_DEAR, "")


@thorough
def test_an_empty_answer_has_a_code_of_its_own(home: Path, service: ThreadedService) -> None:
    service.queue(sse(started(), ended()))
    done = ask(home, service, "hi")
    assert (done.returncode, done.stdout) == (ExitCode.EMPTY, "")
    assert done.stderr != ""
