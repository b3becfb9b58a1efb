"""What of an answer is folded or drawn: on the screen, under the cursor, in a search, and when it is copied."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Offset
from textual.selection import Selection

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Turn
from elumenta_tui.session.backend import demo_account
from tests.chatting import Chat, chat_app, chatting, lead
from tests.thorough import thorough
from tests.tui.test_looks import answered, shown

FORMULA = "$$\n\\frac{a}{b}\n$$"
DIAGRAM = "flowchart LR\n  A[one] --> B[two]"
DETAILS = "<details>\n<summary>More of it</summary>\n\nhidden *words*\n\n- here\n\n</details>"


def copied(chat: Chat, text: str, rows: int) -> str:
    """What is copied of so many rows from the one with that text on."""
    y = next(y for y, row in enumerate(shown(chat)) if text in row)
    selection = chat.app.transcript.get_selection(Selection(Offset(0, y), Offset(200, y + rows - 1)))
    assert selection is not None
    return selection[0]


async def test_details_are_folded_and_enter_unfolds_them(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, f"before\n\n{DETAILS}\n\nafter")
        await chat.sees("▸ More of it · 4 words", "after")
        assert "hidden" not in chat.screen
        await chat.pilot.press("alt+up", "up", "up")
        await chat.sees("copies these details")
        assert chat.app.transcript.cursor.text == (
            "<details>\n<summary>More of it</summary>\n\nhidden words\n\n- here\n\n</details>"
        )
        await chat.pilot.press("enter")
        await chat.sees("▾ More of it", "hidden words", "after")
        assert "details>" not in chat.screen
        await chat.pilot.press("enter")
        await chat.sees("▸ More of it")
        assert "hidden" not in chat.screen


async def test_a_search_finds_what_is_folded_or_drawn_in_its_source(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, f"{DETAILS}\n\n{FORMULA}\n\nafter")
        await chat.sees("▸ More of it", "───")
        await chat.send_command("/find hidden")
        await chat.sees("hidden words", "1 of 1")
        await chat.pilot.press("escape")
        await chat.sees("▸ More of it")
        await chat.send_command("/find frac")
        await chat.sees(r"\frac{a}{b}", "1 of 1")


@thorough
async def test_details_are_folded_once_they_are_closed_and_what_is_read_stays(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answer = Turn("a question").answer(chat.app.session.model)
        lead(chat.app, Conversation([answer.turn]))
        answer.add(DETAILS.removesuffix("</details>"))
        chat.app.transcript.mark_changed(answer)
        await chat.sees("hidden words")
        answer.add("</details>\n\n" + "\n\n".join(f"part {number}" for number in range(60)))
        chat.app.transcript.mark_changed(answer)
        await chat.sees("part 59")
        await chat.pilot.press("ctrl+home")
        await chat.sees("▸ More of it")


@thorough
async def test_a_formula_shows_its_source_on_enter_and_is_copied_as_it(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, f"before\n\n{FORMULA}\n\nso $\\alpha^2$ it is")
        await chat.sees("───", "so α² it is")
        assert copied(chat, "so α", 1) == r"so $\alpha^2$ it is"
        top = next(row for row in shown(chat) if row.strip() == "a")
        assert copied(chat, top, 3) == FORMULA
        await chat.pilot.press("alt+up", "up", "up")
        await chat.sees("copies the TeX", "Enter source")
        assert chat.app.transcript.cursor.text == FORMULA
        await chat.pilot.press("enter")
        await chat.sees(r"\frac{a}{b}")
        await chat.pilot.press("enter")
        await chat.sees("───")


@thorough
async def test_a_diagram_is_boxes_and_shows_its_source_on_enter(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, f"before\n\n```mermaid\n{DIAGRAM}\n```\n\nafter")
        await chat.sees("───►", "after")
        await chat.pilot.press("alt+up", "up", "up")
        await chat.sees("copies the source of this diagram")
        assert chat.app.transcript.cursor.text == DIAGRAM
        await chat.pilot.press("enter")
        await chat.sees("A[one] --> B[two]", "mermaid")
        await chat.pilot.press("enter")
        await chat.sees("───►")


@thorough
async def test_an_alert_says_its_kind_in_the_language_of_the_program(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, "> [!WARNING]\n> text")
        await chat.sees("Warning")
        assert copied(chat, "Warning", 2) == "> [!WARNING]\n> text"
        await chat.pilot.press("f12")
        await chat.sees("Внимание")
        await chat.pilot.press("f12")
        await chat.sees("Warning")


@thorough
async def test_folded_thoughts_say_how_long_they_took(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answer = Turn("a question").answer(chat.app.session.model)
        lead(chat.app, Conversation([answer.turn]))
        for seconds, text in enumerate(("<thi", "nk>one two ", "three</th", "ink>", "\n\nThe answer.")):
            answer.add(text)
            answer.note_time(answer.asked_at + 2.0 * seconds)
        answer.end(2, 281)
        chat.app.transcript.mark_changed(answer)
        await chat.sees("Thoughts · 3 words · 6 s", "The answer.")


@pytest.mark.parametrize("text", ["no <think>x</think>", "<think>never closed", "thinking"])
def test_other_answers_have_no_time_of_thoughts(text: str) -> None:
    from elumenta_tui.chat.models import DOCUMENTED_MODELS

    answer = Turn("a question").answer(next(iter(DOCUMENTED_MODELS)))
    for seconds, letter in enumerate(text):
        answer.add(letter)
        answer.note_time(float(seconds))
    assert answer.thoughts_ended_at is None
