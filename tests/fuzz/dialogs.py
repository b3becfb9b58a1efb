"""Dialogs at any size, after any keys: everything of them is on the screen."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from random import Random

from elumenta_tui.session.backend import demo_account
from tests.chatting import chat_app, chatting
from tests.fitting import DIALOGS, assert_fits, resize
from tests.fuzz import fuzz

_KEYS = ("up", "down", "pageup", "pagedown", "down", "a", "m", "backspace", "ctrl+u", "ctrl+n")


@fuzz(rounds=1)
def dialogs_at_any_size(random: Random) -> None:
    asyncio.run(_look(random))


async def _look(random: Random) -> None:
    name = random.choice(list(DIALOGS))
    with tempfile.TemporaryDirectory() as home:
        async with chatting(chat_app(demo_account(), Path(home))) as chat:
            await chat.sees("DEMO")
            DIALOGS[name](chat.app)
            await chat.until(lambda: len(chat.app.screen_stack) > 1)
            for _ in range(3):
                await resize(chat, random.randint(40, 200), random.randint(15, 60))
                if chat.app.screen.focused is not None:
                    assert_fits(chat)
                await chat.pilot.press(random.choice(_KEYS))
