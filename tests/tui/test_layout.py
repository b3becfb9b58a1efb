"""The chat's layout: prompt and bar stay at the bottom, whatever is typed and however large the terminal is."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui.api.events import ContentDelta
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.session.backend import demo_account
from tests.chatting import chat_app, chatting, lead
from tests.fitting import assert_fits, resize


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
