"""What can't be done is said, with the reason, and changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Turn
from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui.widgets.prompt import LINE_LIMIT
from tests.chatting import account_at, chat_app, chatting, lead, quick_demo
from tests.service import Service, json_response
from tests.thorough import thorough


async def test_a_command_that_can_do_nothing_says_why(tmp_path: Path, subtests: pytest.Subtests) -> None:
    cases = {
        "/language de": "No language de; there are: en, ru.",
        "/stop": "Nothing to stop.",
        "/continue": "No answer to continue yet.",
        "/copy 2": "This answer has no code blocks.",
        "/copy x": "“x” is not the number of a code block.",
    }
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")
        for typed, said in cases.items():
            with subtests.test(typed):
                chat.app.prompt.insert(typed)
                await chat.pilot.press("enter")
                await chat.sees(said)
                assert i18n.language() == "en"
            chat.app.prompt.clear()


@thorough
async def test_a_number_beyond_the_code_blocks_is_named(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answer = Turn("a question").restore(chat.app.session.model, "```py\nx = 1\n```")
        answer.end(2, 281)
        lead(chat.app, Conversation([answer.turn]))
        await chat.send_command("/copy 2")
        await chat.sees("No code block 2 in this answer.")


async def test_a_paste_says_whether_the_text_or_a_line_is_too_long(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")
        await chat.paste("x" * (LINE_LIMIT + 1))
        await chat.sees(
            "Nothing pasted: a line has 100,001 characters, the prompt takes 100,000 in one line."
        )
        await chat.paste("short\n" * 100_000)
        await chat.sees("Nothing pasted: the text would have 600,000 characters, the prompt takes 500,000.")


@thorough
async def test_the_demo_plays_a_wrong_key_without_asking_for_one(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.sees("DEMO")
        await chat.ask("/demo 401")
        await chat.sees("(401)")
        assert len(chat.app.screen_stack) == 1


@thorough
async def test_a_wait_is_counted_down_alike_at_the_turn_and_on_the_frame(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(json_response(429, {"error": "rate_limit_exceeded", "retry_after": 3}))
        answer = await chat.send("go")
        seen: set[str] = set()
        while len(seen) < 2:
            await chat.until(lambda: re.search(r"in (\d+) s; ", chat.flat))
            at_turn = re.findall(r"in (\d+) s; ", chat.flat)
            on_frame = re.findall(r"again in (\d+) s", chat.flat)
            # Both are painted in one moment, but the screen may be read between two frames of it.
            if at_turn == on_frame:
                seen.update(at_turn)
            await chat.pilot.pause(0.02)
        assert not answer.over


@thorough
async def test_the_prompt_that_asks_for_the_rest_is_not_among_those_that_were_typed(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.sees("DEMO")
        await chat.ask("/demo cut")
        await chat.send_command("/continue")
        await chat.until(lambda: len(chat.app.session.conversation.answers) == 2)
        chat.app.session.stop()
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.until(lambda: chat.app.prompt.sent)
        await chat.pilot.press("ctrl+r")
        await chat.sees("/demo cut")
        assert "Continue exactly" not in chat.flat
        await chat.pilot.press("escape")
        await chat.pilot.press("up")
        await chat.until(lambda: chat.app.prompt.text == "/demo cut")
