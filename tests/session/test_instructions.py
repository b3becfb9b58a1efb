"""What the user has set for a conversation is there after a restart, although nothing was asked yet, and only as long as it is meant."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from elumenta_tui.chat.request import Options
from elumenta_tui.store import FILE
from tests.leading import Chat, leading
from tests.service import Service, answer
from tests.thorough import thorough


async def on_disk(chat: Chat) -> None:
    """Wait until all that was saved is on the disk."""
    await asyncio.wrap_future(chat.session.open_library().autosave.store.put())


def stored(home: Path) -> int:
    """Count the conversations in the file."""
    with closing(sqlite3.connect(home / "data" / FILE)) as database:
        count: int = database.execute("SELECT count(*) FROM conversation").fetchone()[0]
        return count


def facts(chat: Chat) -> tuple[str, str, Options]:
    conversation = chat.session.conversation
    return conversation.persona, conversation.system_prompt, conversation.options


NONE = ("", "", Options())


@thorough
@pytest.mark.parametrize("crashes", [False, True])
async def test_an_empty_conversation_keeps_them_over_a_restart_and_sends_them(
    tmp_path: Path, *, crashes: bool
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            await chat.session.begun()
            chat.session.set_persona("reviewer", "You review code.", Options(0.2, 500))
            await on_disk(chat)
            if crashes:
                # What a program that was killed leaves behind.
                with closing(sqlite3.connect(tmp_path / "data" / FILE)) as database, database:
                    database.execute("CREATE TABLE kept AS SELECT * FROM program")
        if crashes:
            with closing(sqlite3.connect(tmp_path / "data" / FILE)) as database, database:
                database.execute("INSERT INTO program SELECT * FROM kept")
                database.execute("DROP TABLE kept")
        async with leading(service, tmp_path) as chat:
            await chat.session.begun()
            assert facts(chat) == ("reviewer", "You review code.", Options(0.2, 500))
            service.queue(answer("Yes."))
            await chat.ask("Is it good?")
            await chat.session.settled()
        sent = service.posts[0].json
        assert sent["messages"][0] == {"role": "system", "content": "You review code."}
        assert (sent["temperature"], sent["max_tokens"]) == (0.2, 500)
        assert stored(tmp_path) == 1


async def test_a_draft_that_is_deleted_does_not_take_them_along(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            await chat.session.begun()
            chat.session.set_system_prompt("You review code.")
            for chat.draft in ("half a sentence", ""):
                chat.session.draft_changed()
                chat.session.open_library().autosave.flush()
                await on_disk(chat)
        async with leading(service, tmp_path) as chat:
            await chat.session.begun()
            assert facts(chat) == ("", "You review code.", Options())


@pytest.mark.parametrize("way", ["taken back", "left"])
async def test_what_was_taken_back_or_left_is_not_there_again(tmp_path: Path, way: str) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            await chat.session.begun()
            chat.session.set_system_prompt("You review code.")
            if way == "left":
                chat.session.new_conversation()
            else:
                chat.session.set_system_prompt("")
            await on_disk(chat)
            if way == "left":
                assert stored(tmp_path) == 0
        async with leading(service, tmp_path) as chat:
            await chat.session.begun()
            assert facts(chat) == NONE


async def test_they_open_in_one_window_only_and_stand_in_no_list(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await chat.session.begun()
        chat.session.set_system_prompt("You review code.")
        await on_disk(chat)
        async with leading(service, tmp_path) as other:
            await other.session.begun()
            assert facts(other) == NONE
            assert (
                await asyncio.wrap_future(other.session.open_library().autosave.store.last_used(demo=False))
                == ""
            )
