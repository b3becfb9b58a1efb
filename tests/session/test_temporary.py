"""Temporary conversations: no byte of them gets on the disk, whatever is done in them, until they are kept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from elumenta_tui.chat.attachment import text_attachment
from elumenta_tui.chat.draft import Draft
from elumenta_tui.chat.quote import Quote
from elumenta_tui.chat.request import Options
from elumenta_tui.chat.turn import Answer
from elumenta_tui.process import crash
from elumenta_tui.session.events import ConversationShown
from elumenta_tui.session.guardrails import Hold
from elumenta_tui.session.session import Session
from tests.leading import Chat, leading, resumed, said
from tests.service import Service, delta, ended, json_response, sse, started
from tests.storing import opened

HISTORY = "/api/v2/user/history"
SECRET = "Xylophonquark"


def files(directory: Path) -> Iterator[Path]:
    return (path for path in directory.rglob("*") if path.is_file())


def holds(directory: Path, word: str) -> list[str]:
    """The files in which a word stands, in any case."""
    return [str(path) for path in files(directory) if word.lower().encode() in path.read_bytes().lower()]


async def written(session: Session) -> None:
    """Wait until everything that was given to the store is on the disk."""
    autosave = session.open_library().autosave
    autosave.flush()
    assert await asyncio.wrap_future(autosave.store.put())


def answers_with(service: Service, text: str, count: int = 1) -> None:
    for _ in range(count):
        service.queue(sse(started(), delta(f"{text} answers"), ended(2, 298)))


async def walk(chat: Chat, service: Service, seed: int) -> None:
    """Do at random what a person may do in a conversation, with the secret word wherever a word can stand."""
    session, dice = chat.session, random.Random(seed)
    attachments = (text_attachment("notes.txt", f"{SECRET} attached"),)

    async def ask() -> None:
        answers_with(service, SECRET)
        answer = session.send(f"{SECRET} {dice.random()}", attachments if dice.random() < 0.5 else ())
        await chat.end_of(answer if isinstance(answer, Answer) else None)

    async def draft() -> None:
        chat.draft = f"{SECRET} unsent"
        session.draft_changed()
        session.open_library().autosave.flush()
        chat.draft = ""

    async def facts() -> None:
        session.set_system_prompt(f"You are {SECRET}")
        session.set_options(Options(temperature=0.5))
        session.open_library().set_tags((SECRET.lower(),))
        session.open_library().rename(f"{SECRET} title")

    async def queue() -> None:
        pause = service.queue_half()
        answer = session.send(f"{SECRET} {dice.random()}")
        assert isinstance(answer, Answer)
        await chat.until(lambda: answer.has_text)
        session.queue.add(f"{SECRET} queued", attachments=attachments)
        await written(session)
        answers_with(service, SECRET)
        pause.event.set()
        await chat.until(lambda: not session.is_answering and not session.conversation.queued)

    async def aside() -> None:
        answers_with(service, SECRET)
        await chat.end_of(session.side_question.ask(f"{SECRET} aside", session.model))
        if dice.random() < 0.5:
            session.side_question.keep()
        session.side_question.drop()

    async def version() -> None:
        if session.conversation.turns:
            answers_with(service, SECRET)
            last = session.conversation.shown[-1]
            await chat.end_of(session.branches.edit(last.turn, f"{SECRET} edited"))

    async def fork() -> None:
        if session.conversation.turns:
            session.branches.copy(session.conversation.shown)

    async def park() -> None:
        autosave = session.open_library().autosave
        autosave.park(Draft(f"{SECRET} parked", None, (Quote(SECRET),), attachments))
        if dice.random() < 0.5:
            autosave.unpark(session.conversation.parked[-1])

    async def there_and_back() -> None:
        id = session.conversation.id
        shown = len(chat.all(ConversationShown))
        session.new_conversation()
        session.open(id)
        await chat.until(lambda: len(chat.all(ConversationShown)) == shown + 2)

    acts = [ask, draft, facts, queue, aside, version, fork, park, there_and_back]
    for _ in range(6):
        await dice.choice(acts)()
        await written(session)


@pytest.mark.parametrize("seed", range(12))
async def test_nothing_of_a_temporary_conversation_is_in_any_file_whatever_is_done_in_it(
    tmp_path: Path, seed: int
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            await said(chat, service, "a stored one", "stored")
            chat.session.temporary.begin()
            await walk(chat, service, seed)
            assert holds(tmp_path, SECRET) == []
        assert holds(tmp_path, SECRET) == []
        assert holds(tmp_path, "a stored one") != []
        async with resumed(service, tmp_path) as chat:
            assert [turn.prompt for turn in chat.session.conversation.turns] == ["a stored one"]


async def test_the_same_walk_leaves_the_word_if_the_conversation_is_kept(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        chat.session.temporary.begin()
        answers_with(service, SECRET)
        await chat.ask(SECRET)
        await written(chat.session)
        assert holds(tmp_path, SECRET) == []
        assert chat.session.temporary.keep()
        assert not chat.session.temporary.keep()
        await written(chat.session)
        assert holds(tmp_path, SECRET) != []


async def test_what_is_kept_is_whole_after_a_restart_and_what_comes_later_is_saved_as_usual(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            session = chat.session
            session.temporary.begin()
            session.set_system_prompt("Be brief")
            await said(chat, service, "first", "one")
            service.queue(sse(started(), delta("two"), ended(2, 298)))
            files = (text_attachment("notes.txt", "attached"),)
            answer = session.send("second", files)
            await chat.end_of(answer)
            pause = service.queue_half()
            running = chat.send("third")
            await chat.until(lambda: running.has_text)
            session.queue.add("queued")
            session.temporary.keep()
            chat.draft = "typed"
            session.draft_changed()
            session.queue.hold_all(Hold.STOPPED)
            pause.event.set()
            await chat.until(lambda: running.over)
            await said(chat, service, "fourth", "four")
            await written(session)
            id = session.conversation.id
        with opened(tmp_path / "data" / "conversations.db") as database:
            charged = database.execute("SELECT conversation FROM charge").fetchall()
        assert {row[0] for row in charged} == {id}
        async with resumed(service, tmp_path) as chat:
            conversation = chat.session.conversation
            assert conversation.id == id
            assert (conversation.title, conversation.system_prompt) == ("first", "Be brief")
            assert [turn.prompt for turn in conversation.turns] == ["first", "second", "third", "fourth"]
            assert [answer.text for answer in conversation.shown][:2] == ["one", "two"]
            assert [each.text for each in conversation.turns[1].attachments] == ["attached"]
            assert [queued.text for queued in conversation.queued] == ["queued"]


async def test_its_charges_stay_without_a_word_of_it_and_without_its_id(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            chat.session.temporary.begin()
            await said(chat, service, SECRET, "answer")
            id = chat.session.conversation.id
        with opened(tmp_path / "data" / "conversations.db") as database:
            charges = database.execute("SELECT conversation, amount FROM charge").fetchall()
            assert [tuple(row) for row in charges] == [("", 2)]
            assert database.execute("SELECT count(*) FROM conversation").fetchone()[0] == 0
            assert (
                database.execute("SELECT count(*) FROM program WHERE conversation = ?", (id,)).fetchone()[0]
                == 0
            )


async def test_it_stays_in_memory_when_it_is_left_and_goes_on_as_it_was(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        session = chat.session
        session.temporary.begin()
        pause = service.queue_half()
        answer = chat.send("question")
        await chat.until(lambda: answer.has_text)
        left = session.conversation
        session.new_conversation()
        assert session.temporary.left == left
        assert session.temporary.at_stake == [left]
        pause.event.set()
        await chat.until(lambda: answer.over)
        session.open(left.id)
        await chat.until(lambda: session.conversation is left)
        assert [session.temporary.left] == [None]
        await said(chat, service, "more", "more")
        assert [message.text for message in left.context()][-2:] == ["more", "more"]


async def test_the_service_is_told_to_delete_what_it_has_and_what_it_has_not_counts_as_deleted(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        session = chat.session
        session.temporary.begin()
        for n in range(3):
            service.queue(sse(started(id=f"gen_{n}"), delta("text"), ended(2, 298)))
        await chat.ask("first")
        await chat.ask("second")
        await chat.end_of(session.side_question.ask("aside", session.model))
        session.side_question.drop()
        assert session.temporary.known_to_service() == ["gen_0", "gen_1", "gen_2"]
        service.route(f"{HISTORY}/gen_0", *json_response(200, {"success": True}))
        service.route(
            f"{HISTORY}/gen_1", *json_response(404, {"error": {"code": "not_found", "message": "no"}})
        )
        service.queue_get(
            f"{HISTORY}/gen_2", *json_response(500, {"error": {"code": "internal", "message": "no"}})
        )
        forgotten = await session.temporary.forget_at_service()
        assert (forgotten.deleted, forgotten.left) == (2, 1)
        assert forgotten.failure is not None
        assert session.temporary.known_to_service() == ["gen_2"]
        service.route(f"{HISTORY}/gen_2", *json_response(200, {"success": True}))
        assert (await session.temporary.forget_at_service()).deleted == 1
        assert session.temporary.known_to_service() == []


def test_a_crash_report_without_messages_says_where_and_not_what(tmp_path: Path) -> None:
    def fail(word: str) -> None:
        raise ValueError(f"no such word: {word}")

    for says, found in ((True, 1), (False, 0)):
        try:
            fail(SECRET)
        except ValueError as error:
            crash.save(error, tmp_path / str(says), says_messages=says)
        assert len(holds(tmp_path / str(says), SECRET)) == found
        assert len(holds(tmp_path / str(says), "ValueError")) == 1
