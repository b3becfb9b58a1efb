"""The chat's layout: prompt and bar stay at the bottom, whatever is typed and however large the terminal is."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui.api.events import ContentDelta
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.session.backend import demo_account
from tests.chatting import account_at, chat_app, chatting, lead
from tests.fitting import assert_fits, resize
from tests.service import Pause, Service, delta, ended, sse, started
from tests.thorough import thorough


@thorough
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
async def test_a_long_prompt_in_a_new_conversation_leaves_the_frame_at_the_bottom(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), size) as chat:
        await chat.sees("DEMO")
        for _ in range(15):
            await chat.pilot.press("ctrl+j")
            assert_fits(chat)
        await chat.paste("a line\n" * 200)
        await chat.pilot.press("tab")
        for width, height in ((200, 60), (60, 20), size):
            await resize(chat, width, height)
            assert_fits(chat)
            assert chat.app.prompt.region.height == height * 2 // 5


def _with_text(count: int) -> Conversation:
    """Turns whose rows are more than guessed."""
    conversation = Conversation()
    for number in range(count):
        answer = conversation.ask(f"Question {number}", DOCUMENTED_MODELS[0], now=0.0)
        ContentDelta(
            "| a | b |\n|---|---|\n| one | a cell with rather many words in it |\n\n# Heading\n\n" * 9
        ).apply(answer)
        answer.end()
    return conversation


@thorough
@pytest.mark.parametrize("size", [(80, 24), (100, 30), (60, 20), (40, 15)])
async def test_a_larger_window_still_shows_the_end_that_was_followed(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), size) as chat:
        await chat.sees("DEMO")
        lead(chat.app, _with_text(6))
        await chat.sees("✓")
        for width, height in ((200, 60), (120, 40), (200, 60), size):
            await resize(chat, width, height)
            assert chat.app.transcript.following
            assert "more below" not in chat.flat
            assert "✓" in chat.flat


@thorough
@pytest.mark.parametrize("size", [(80, 24), (60, 20), (40, 30)])
async def test_a_soft_keyboard_that_takes_half_the_screen_keeps_the_end_of_a_growing_answer_in_view(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    width, height = size
    shown, hidden = Pause(), Pause()
    lines = [f"line {number}\n\n" for number in range(60)]
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
        service.queue(
            sse(started(), delta("".join(lines[:40])), done=False),
            shown,
            sse(delta("".join(lines[40:50])), done=False),
            hidden,
            sse(delta("".join(lines[50:])), ended()),
        )
        await chat.send("go")
        await chat.sees("line 39")
        await resize(chat, width, height // 2)
        await chat.sees("line 39")
        assert_fits(chat)
        shown.event.set()
        await chat.sees("line 49")
        assert chat.app.transcript.following
        await resize(chat, width, height)
        await chat.sees("line 49")
        hidden.event.set()
        await chat.sees("line 59", "✓")
