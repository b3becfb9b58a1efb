"""A session that nobody looks at, as a command or a script uses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.session import AsyncioTasks, Session, real_account
from elumenta_tui.session.events import CrashFound, NothingToContinue, SessionEvent
from elumenta_tui.store.changes import SaveDraft
from elumenta_tui.store.events import Opened
from tests.service import KEY, Service, delta, ended, json_response, sse, started
from tests.storing import answered, conversation, die, files, saved, shelf
from tests.storing import started as started_shelf

PATIENCE = 60.0

Kind = TypeVar("Kind")


@asynccontextmanager
async def session_of(
    service: Service, data: Path, **more: Any
) -> AsyncIterator[tuple[Session, list[SessionEvent]]]:
    """A session with that service, and what it tells."""
    told: list[SessionEvent] = []
    tasks = AsyncioTasks()
    session = Session(
        real_account(KEY, service.url), tasks=tasks, data=data, model="gpt-5", notify=told.append, **more
    )
    try:
        async with asyncio.timeout(PATIENCE):
            yield session, told
    finally:
        await tasks.close()
        await session.close()


def sent(session: Session, prompt: str) -> Answer:
    asked = session.send(prompt)
    assert isinstance(asked, Answer)
    return asked


async def test_news_of_the_store_come_without_anybody_who_hands_them_over(tmp_path: Path) -> None:
    async with Service() as service, session_of(service, tmp_path, resume=True) as (session, told):
        await session.begun()
        assert [type(news) for news in told if isinstance(news, NothingToContinue)] == [NothingToContinue]
        asked = sent(session, "hi")
        await session.ended()
        assert asked.state is AnswerState.COMPLETE
    with shelf(tmp_path) as here:
        assert here.titles() == ["hi"]


async def test_a_session_that_stores_nothing_leaves_no_file_and_answers(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    async with Service() as service, session_of(service, tmp_path / "data", stores=False) as (session, _):
        await session.begun()
        first, second = sent(session, "hi"), None
        await session.ended()
        second = sent(session, "and now?")
        await session.ended()
        assert (first.state, second.state) == (AnswerState.COMPLETE, AnswerState.COMPLETE)
        assert session.unsaved == session.close_store() == 0
        assert [text for _, text in service.posts[1].messages][::2] == [
            "hi",
            "and now?",
        ]
        session.new_conversation()
        assert session.conversation.answers == []
    assert files(tmp_path) == {}


async def test_what_a_crash_left_is_told_to_the_next_who_looks_back_and_to_nobody_else(
    tmp_path: Path,
) -> None:
    crashed = started_shelf(tmp_path)
    crashed.put(saved(answered("cut", "half", ended=False), conversation("c1", "Cut"), whole=False, place=1))
    crashed.store.about_to_show("c1")
    die(crashed)
    async with (
        Service() as service,
        session_of(service, tmp_path, looks_back=False) as (session, told),
    ):
        await session.begun()
        assert session.conversation.answers == []
        sent(session, "something else")
        await session.ended()
        assert not [news for news in told if isinstance(news, CrashFound)]
    with shelf(tmp_path) as here:
        opened = here.told(Opened)
        assert [cut.id for cut in opened.cut] == ["t-cut"]
        assert opened.stuck == ("c1",)
        assert sorted(here.titles()) == ["Cut", "something else"]


async def test_it_goes_on_where_the_last_turn_was_asked_and_not_with_a_draft(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("first", "one"), conversation("c1", "First")))
        here.put(SaveDraft(conversation("c1", "First"), "half a thought"))
        here.put(SaveDraft(conversation("c2", ""), "a draft and nothing else"))
    async with (
        Service() as service,
        session_of(service, tmp_path, looks_back=False, resume=True) as (session, _),
    ):
        await session.begun()
        assert session.conversation.id == "c1"
        sent(session, "second")
        await session.ended()
        assert [text for _, text in service.posts[0].messages] == [
            "first",
            "one",
            "second",
        ]
    with shelf(tmp_path) as here:
        stored = here.conversation("c1")
        assert [answer.prompt for answer in stored.conversation.answers] == ["first", "second"]
        assert stored.draft == "half a thought"


async def test_it_begins_also_where_nothing_can_be_saved(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the directory should be")
    async with Service() as service:
        for looks_back in (True, False):
            async with session_of(service, tmp_path / "data", looks_back=looks_back) as (session, _):
                await session.begun()
                asked = sent(session, "hi")
                await session.ended()
                assert asked.state is AnswerState.COMPLETE
                assert session.unsaved > 0


async def test_it_is_settled_when_the_balance_has_told_what_a_broken_answer_cost(tmp_path: Path) -> None:
    async with Service() as service, session_of(service, tmp_path) as (session, _):
        service.balance = 300
        session.read_account()
        await session.settled()
        service.queue(sse(started(), delta("Half"), done=False))
        service.balance = 298
        asked = sent(session, "hi")
        await session.settled()
        assert (asked.state, asked.charge.amount, session.ledger.balance) == (AnswerState.INTERRUPTED, 2, 298)


async def test_it_is_settled_also_if_the_balance_can_not_be_read(tmp_path: Path) -> None:
    async with Service() as service, session_of(service, tmp_path) as (session, _):
        service.route("/api/v2/balance", json_response(500, {"error": "provider_error"}))
        service.queue(sse(started(), delta("Whole"), ended(None, None)))
        asked = sent(session, "hi")
        await session.settled()
        assert (asked.state, asked.charge.amount) == (AnswerState.COMPLETE, None)


async def test_an_answer_that_was_being_looked_after_says_so_no_longer_when_the_session_ends(
    tmp_path: Path,
) -> None:
    async with Service() as service, session_of(service, tmp_path) as (session, _):
        service.queue(sse(started(), delta("Half"), done=False))
        asked = sent(session, "hi")
        await session.settled()
        assert session.is_settling(asked)
    assert not session.is_settling(asked)


async def test_the_conversation_whose_id_begins_so_is_resumed_and_two_of_them_are_not(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        for number, id in enumerate(("ab01", "ab02", "cd03")):
            here.put(saved(answered(f"asked in {id}", "so"), conversation(id), place=number))
    for beginning, resumed, found in (("ab02", ["asked in ab02"], []), ("ab", [], [2]), ("ef", [], [0])):
        async with (
            Service() as service,
            session_of(service, tmp_path, looks_back=False, resume=beginning) as (session, told),
        ):
            await session.begun()
            assert [answer.prompt for answer in session.conversation.answers] == resumed
            assert [news.found for news in told if isinstance(news, NothingToContinue)] == found
