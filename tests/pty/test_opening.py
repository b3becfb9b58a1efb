"""Opening a conversation: what happens meanwhile, and what a program died with is not run again by the next start."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.store import FILE
from elumenta_tui.store.changes import OpenHere, SaveDraft
from tests.chatting import Chat, account_at, chat_app, chatting
from tests.pseudo_terminal import PREPARED, SOON, Terminal
from tests.service import Service, service_thread
from tests.storing import answered, conversation, die, opened, saved, shelf
from tests.storing import started as begun
from tests.thorough import thorough

# -------------------------------------------------------------------------------------- what stopped the program before


MARKED_UP = "# A heading\n\n**bold** words\n\n```python\nprint(1)\n```\n"


@pytest.fixture
def stuck(tmp_path: Path) -> Path:
    """The home of a program that was killed while it was opening a conversation."""
    here = begun(tmp_path / "data")
    here.put(OpenHere("c1"), saved(answered("q", MARKED_UP), conversation("c1", "A hard one")))
    here.store.about_to_show("c1")
    die(here)
    return tmp_path


@thorough
@pytest.mark.parametrize("resume", [False, True])
async def test_what_a_program_died_with_is_not_opened_by_itself_and_is_plain_text_then(
    stuck: Path, resume: bool
) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), stuck, resume=resume)) as chat,
    ):
        await chat.sees("the program ended while opening “A hard one”", "Ctrl+S")
        assert chat.app.session.conversation.answers == []
        await chat.pilot.press("ctrl+s")
        await chat.sees("A hard one", "search…")
        await chat.pilot.press("enter")
        await chat.sees("# A heading", "**bold** words", "```python", "Shown as plain text")
        answer = await chat.ask("and now?")
        assert answer.over


async def test_a_start_after_one_that_came_to_rest_opens_it_again(stuck: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), stuck)) as chat:
        await chat.sees("the program ended while opening “A hard one”")
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), stuck, resume=True)) as chat,
    ):
        await chat.sees("A heading", "bold words")


# ------------------------------------------------------------------------------------------ typing while one is opened


class _Slow:
    """Has the conversations come late."""

    def __init__(self, chat: Chat) -> None:
        self.may_come = asyncio.Event()
        self._load = chat.app.session.open_library()._load
        chat.app.session.open_library()._load = self.load  # type: ignore[method-assign]  # a slow disk

    async def load(self, id: str) -> Any:
        await self.may_come.wait()
        return await self._load(id)


async def _choose_the_old_one(chat: Chat) -> _Slow:
    await chat.sees("300 tokens")
    await chat.type("for the new one")
    await chat.pilot.press("ctrl+s")
    await chat.sees("An old one", "search…")
    slow = _Slow(chat)
    await chat.pilot.press("down", "enter")
    await chat.until(lambda: chat.app.session.open_library().is_opening)
    return slow


@pytest.fixture
def two(tmp_path: Path) -> Path:
    with shelf(tmp_path / "data") as here:
        here.put(saved(answered("old", "answer"), conversation("c1", "An old one")))
        here.put(SaveDraft(conversation("c1", "An old one"), "a draft"))
    return tmp_path


@thorough
async def test_what_is_typed_while_a_conversation_is_opened_belongs_to_it(two: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), two)) as chat:
        slow = await _choose_the_old_one(chat)
        await chat.type("typed meanwhile")
        chat.app.session.open_library().autosave.flush()
        slow.may_come.set()
        await chat.sees("answer")
        assert chat.app.prompt.text == "a draft\ntyped meanwhile"
    with opened(two / "data" / FILE) as database:
        drafts = [row[0] for row in database.execute("SELECT draft FROM conversation ORDER BY created_on")]
    assert sorted(drafts) == ["a draft\ntyped meanwhile", "for the new one"]


@thorough
async def test_enter_while_a_conversation_is_opened_sends_into_it(two: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), two)) as chat:
        slow = await _choose_the_old_one(chat)
        await chat.type("go on")
        await chat.pilot.press("enter")
        await chat.type("more")
        assert service.posts == []
        slow.may_come.set()
        await chat.until(lambda: service.posts)
        sent = service.posts[0].json["messages"]
        assert [message["content"] for message in sent] == ["old", "answer", "go on"]
        assert chat.app.prompt.text == "a draft\nmore"


async def test_what_was_submitted_for_a_conversation_that_can_not_be_read_comes_back(two: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), two)) as chat:
        slow = await _choose_the_old_one(chat)

        async def nothing(id: str) -> None:
            return None

        slow._load = nothing
        await chat.type("go on")
        await chat.pilot.press("enter")
        slow.may_come.set()
        await chat.sees("could not be read")
        assert chat.app.prompt.text == "for the new one\ngo on"
        assert service.posts == []


HANGING = """
import re, sys
from elumenta_tui.markdown.growing import GrowingMarkdown
from elumenta_tui.process import signals
from elumenta_tui.__main__ import main

signals._LAST_RESORT -= signals.GRACE - 0.5
signals.GRACE = 0.5
feed = GrowingMarkdown.feed

def hang(self, text):
    if "A heading" in text:
        print("hangs", file=sys.__stderr__, flush=True)
        re.match("(a+)+$", "a" * 60 + "b")
    feed(self, text)

GrowingMarkdown.feed = hang
sys.exit(main())
"""


@thorough
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_conversation_that_stops_the_program_stops_one_start_and_no_more(
    tmp_path: Path, number: signal.Signals
) -> None:
    with shelf(tmp_path / "data") as here:
        here.put(saved(answered("q", MARKED_UP), conversation("c1", "A hard one")))
    command = [PREPARED, "-c", HANGING, "--continue"]
    with service_thread() as service:
        environ = service.environ(ELUMENTA_HOME=str(tmp_path))
        with Terminal(command, env=environ) as terminal:
            terminal.wait_for(b"hangs")
            terminal.signal(number)
            assert terminal.wait_exit(SOON) == (143 if number == signal.SIGTERM else -9)
        with Terminal(command, env=environ) as terminal:
            terminal.wait_for("the program ended while opening")
            terminal.press("ctrl+s")
            terminal.wait_for("A hard one")
            terminal.press("enter")
            terminal.wait_for(
                lambda text: re.search("# A heading.*Shown as|Shown as.*# A heading", text, re.S)
            )
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0
