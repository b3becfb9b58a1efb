"""Unsent prompts with all that belongs to them: parked and brought back, and after a restart or a crash."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.chat.quote import Quote
from elumenta_tui.store.filters import NO_FILTERS
from tests.chatting import Chat, account_at, chat_app, chat_at, chatting, quick_demo, said
from tests.service import Service, answer
from tests.session.test_temporary import written
from tests.storing import opened, stored_contents
from tests.thorough import thorough
from tests.tui.test_attaching import attach
from tests.tui.test_keeping import killed


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "elsewhere" / "notes.txt"
    path.parent.mkdir()
    path.write_text("attached", encoding="utf-8")
    return path


async def fill(chat: Chat, notes: Path) -> None:
    """Type a prompt with a file and a quote, the cursor before its last two letters."""
    await attach(chat, notes)
    chat.app.parts.quotes.add(Quote("quoted"))
    await chat.type("long one")
    await chat.pilot.press("left", "left")
    await chat.sees("1 ≡ notes.txt", "1 ❝ quoted", "long one")


def is_filled(chat: Chat) -> bool:
    prompt, parts = chat.app.prompt, chat.app.parts
    names = [each.name for each in parts.attached]
    texts = [each.text for each in parts.quotes.items]
    place = prompt.cursor_place == len("long one") - 2
    return (prompt.text, names, texts, place) == ("long one", ["notes.txt"], ["quoted"], True)


def is_empty(chat: Chat) -> bool:
    return not (chat.app.prompt.text or chat.app.parts.attached or chat.app.parts.quotes.items)


def holds(chat: Chat, text: str) -> bool:
    return chat.app.prompt.text == text


@thorough
async def test_a_parked_prompt_comes_back_whole_after_the_next_one_was_sent(
    tmp_path: Path, notes: Path
) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await fill(chat, notes)
        await chat.pilot.press("alt+s")
        await chat.sees("Parked. It comes back after the next prompt", "1 parked Alt+S")
        assert is_empty(chat)
        await said(chat, service, "quick one", "quick answer")
        await chat.until(lambda: is_filled(chat))
        await chat.sees_no("1 parked")
        assert service.prompts == ["quick one"]
        await said(chat, service, "!", "done")
        assert "quoted" in service.prompts[-1]


@thorough
async def test_alt_s_on_an_empty_prompt_brings_them_back_the_last_one_first(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        for text in ("first", "second"):
            await chat.type(text)
            await chat.pilot.press("alt+s")
            await chat.until(lambda: is_empty(chat))
        await chat.send_command("/park a third\nof two lines")
        await chat.sees("3 parked Alt+S")
        for text in ("a third\nof two lines", "second", "first"):
            await chat.pilot.press("alt+s")
            await chat.until(partial(holds, chat, text))
            chat.app.prompt.fill("")
        await chat.pilot.press("alt+s")
        await chat.sees("Nothing is parked in this conversation.")


@thorough
async def test_what_is_typed_when_a_prompt_is_sent_stays_and_the_parked_one_waits(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await chat.type("parked")
        await chat.pilot.press("alt+s")
        await chat.until(lambda: is_empty(chat))
        await chat.type("typed since")
        chat.app.parts.parking.prompt_sent()
        assert chat.app.prompt.text == "typed since"
        await chat.sees("1 parked Alt+S")


@thorough
async def test_parked_prompts_survive_a_restart_and_a_crash(tmp_path: Path, notes: Path) -> None:
    async with Service() as service:
        async with chat_at(service, tmp_path) as chat:
            await said(chat, service, "before", "answer")
            await fill(chat, notes)
            await chat.pilot.press("alt+s")
            await chat.until(lambda: is_empty(chat))
        async with killed(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("before", "1 parked Alt+S")
            await chat.pilot.press("alt+s")
            await chat.until(lambda: is_filled(chat))
            # From one place to the other at once: no moment in which it is in neither.
            await written(chat.app.session)
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("before", "1 ≡ notes.txt", "1 ❝ quoted", "long one")
            assert chat.app.prompt.text == "long one"
            assert not chat.app.session.conversation.parked
            chat.app.prompt.fill("")
            await chat.send_command("/detach")
            await chat.send_command("/unquote")
            await written(chat.app.session)
        assert stored_contents(tmp_path) == 0


async def test_a_new_conversation_with_nothing_but_a_parked_prompt_is_there_after_a_restart(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with chat_at(service, tmp_path) as chat:
            await chat.type("only this")
            await chat.pilot.press("alt+s")
            await chat.until(lambda: is_empty(chat))
        async with chat_at(service, tmp_path) as chat:
            await chat.sees("1 parked Alt+S")
            # It goes along from a conversation that has nothing else.
            await chat.pilot.press("ctrl+n")
            await chat.sees("1 parked Alt+S")
        async with chat_at(service, tmp_path) as chat:
            await chat.sees("1 parked Alt+S")
            await chat.pilot.press("alt+s")
            await chat.until(lambda: chat.app.prompt.text == "only this")
            assert len(await chat.app.session.open_library().listing.summaries((), NO_FILTERS) or ()) == 1


@thorough
async def test_files_and_quotes_of_an_unsent_prompt_survive_a_restart_and_go_when_it_is_sent(
    tmp_path: Path, notes: Path
) -> None:
    async with Service() as service:
        async with chat_at(service, tmp_path) as chat:
            await attach(chat, notes)
        assert stored_contents(tmp_path) == 1
        async with chat_at(service, tmp_path) as chat:
            await chat.sees("1 ≡ notes.txt")
            chat.app.parts.quotes.add(Quote("print(1)", "python"))
            await chat.type("What is it?")
        async with chat_at(service, tmp_path) as chat:
            await chat.sees("1 ≡ notes.txt", "1 ❭ print(1)", "What is it?")
            [quote] = chat.app.parts.quotes.items
            assert (quote, chat.app.prompt.text) == (Quote("print(1)", "python"), "What is it?")
            service.queue(answer("A test."))
            await chat.pilot.press("enter")
            await chat.sees("A test.")
            sent = str(service.posts[-1].json["messages"][-1]["content"])
            assert "attached" in sent
            assert "print(1)" in sent
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("A test.")
            assert is_empty(chat)
        with opened(tmp_path / "data" / "conversations.db") as database:
            assert database.execute("SELECT draft, draft_with FROM conversation").fetchall() == [("", "")]


@thorough
async def test_what_is_parked_in_one_conversation_waits_there(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await said(chat, service, "first", "one")
        await chat.type("for the first")
        await chat.pilot.press("alt+s")
        await chat.pilot.press("ctrl+n")
        await chat.sees_no("1 parked")
        await said(chat, service, "second", "two")
        assert is_empty(chat)
        await chat.pilot.press("f10")
        await chat.sees("first", "1 parked Alt+S")
        await chat.pilot.press("alt+s")
        await chat.until(lambda: chat.app.prompt.text == "for the first")


@thorough
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_the_frame_says_what_is_parked(tmp_path: Path, size: tuple[int, int], language: str) -> None:
    i18n.use(language)
    async with chatting(chat_app(quick_demo(), tmp_path), size) as chat:
        await chat.type("later")
        await chat.pilot.press("alt+s")
        await chat.sees(i18n.say("frame.parked", n=1, key="Alt+S"))
