"""More than one answer at once: those of conversations that were left go on, are saved, and are told of."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from elumenta_tui.chat.ledger import RateLimits
from elumenta_tui.chat.models import find_model
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.session import Refusal
from elumenta_tui.session.events import AnsweredElsewhere, AnswerEnded, ConversationShown
from elumenta_tui.session.guardrails import are_too_many
from tests.leading import PATIENCE, Chat, leading
from tests.service import Pause, Service, delta, ended, sse, started
from tests.thorough import thorough


async def begun(chat: Chat, service: Service, prompt: str) -> tuple[Pause, str]:
    """Have an answer begin, and wait for its first text; where it pauses, and the id of its conversation."""
    pause = service.queue_half()
    answer = chat.send(prompt)
    await chat.until(lambda: answer.has_text)
    return pause, chat.session.conversation.id


async def test_an_answer_goes_on_where_it_was_left_and_is_saved_and_told(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, left = await begun(chat, service, "the first")
        answer = chat.session.last
        assert answer is not None
        chat.session.new_conversation()
        assert chat.session.current is None
        assert chat.session.running_elsewhere == {left}
        other = await chat.ask("the second")
        assert other.state is AnswerState.COMPLETE
        pause.event.set()
        told = await chat.first(AnsweredElsewhere)
        assert (told.answer, told.title, answer.text) == (answer, "the first", "Half whole")
        assert [news.answer for news in chat.all(AnswerEnded)] == [other]
        assert (chat.session.running_elsewhere, chat.session.unread) == (set(), {left})
        assert chat.session.ledger.total.amount == 6
        chat.session.open(left)
        await chat.until(lambda: chat.session.conversation.id == left)
        assert [answer.text for answer in chat.session.conversation.answers] == ["Half whole"]
        assert chat.session.unread == set()
        assert chat.session.ledger.total.amount == 6


async def test_a_conversation_that_is_answered_is_opened_as_it_is_and_not_as_it_was_saved(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, left = await begun(chat, service, "the first")
        answer = chat.session.last
        chat.session.new_conversation()
        await chat.ask("the second")
        chat.session.open(left)
        await chat.until(lambda: chat.session.conversation.id == left)
        assert chat.session.conversation.answers == [answer]
        assert chat.session.current is answer
        pause.event.set()
        await chat.until(lambda: answer is not None and answer.over)
        assert [news.answer for news in chat.all(AnswerEnded)][-1] is answer
        assert not chat.all(AnsweredElsewhere)
    async with Service() as service, leading(service, tmp_path) as chat:
        chat.session.open(left)
        await chat.until(lambda: chat.session.conversation.id == left)
        assert [answer.text for answer in chat.session.conversation.answers] == ["Half whole"]


@thorough
async def test_stopping_stops_what_is_led_and_nothing_else(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, _ = await begun(chat, service, "the first")
        first = chat.session.last
        chat.session.new_conversation()
        assert chat.session.stop() is None
        await begun(chat, service, "the second")
        second = chat.session.stop()
        assert second is not None
        assert second.state is AnswerState.INTERRUPTED
        assert first is not None
        assert not first.over
        pause.event.set()
        await chat.first(AnsweredElsewhere)
        assert first.state is AnswerState.COMPLETE
        await begun(chat, service, "the third")
        chat.session.stop_all()
        assert chat.session.running == []


@thorough
async def test_four_answers_come_at_once_and_no_more(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pauses = []
        for number in range(4):
            pauses.append((await begun(chat, service, f"prompt {number}"))[0])
            chat.session.new_conversation()
        assert chat.session.send("one more") is Refusal.TOO_MANY
        assert len(service.posts) == 4
        pauses[0].event.set()
        await chat.first(AnsweredElsewhere)
        await begun(chat, service, "one more")


@pytest.mark.parametrize(
    ("running", "left", "limit", "too_many"),
    [
        (0, 0, 100, False),
        (1, 1, 100, True),
        (1, 2, 100, False),
        (3, 3, 100, True),
        (3, 0, 0, False),
        (3, None, None, False),
        (4, 99, 100, True),
    ],
)
def test_no_more_answers_come_at_once_than_requests_are_left_this_hour(
    running: int, left: int | None, limit: int | None, too_many: bool
) -> None:
    assert are_too_many(running, RateLimits(hour_left=left, hour_limit=limit)) is too_many


async def test_two_balances_tell_nothing_of_requests_that_were_in_flight_together(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        chat.session.read_account()
        await chat.until(lambda: not chat.session.ledger.stale)
        await begun(chat, service, "the first")
        first = chat.session.last
        assert first is not None
        assert first.charge.before == 300
        chat.session.new_conversation()
        second = chat.send("the second")
        assert [each.charge.before for each in (first, second)] == [None, None]


async def test_a_conversation_that_is_answered_is_not_deleted(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        _, left = await begun(chat, service, "the first")
        chat.session.new_conversation()
        listing = chat.session.open_library().listing
        [summary] = [each for each in await listing.summaries() or [] if each.id == left]
        assert not await listing.delete([summary])
        assert [each.id for each in await listing.summaries() or []] == [left]


async def test_a_left_conversation_keeps_its_model_and_the_new_one_the_chosen(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        _, left = await begun(chat, service, "the first")
        chat.session.new_conversation()
        chat.session.select_model(find_model(chat.session.models, "claude-opus-4.5"))
        assert (await chat.ask("the second")).model.slug == "claude-opus-4.5"
        chat.session.open(left)
        await chat.until(lambda: chat.session.conversation.id == left)
        assert chat.session.model.slug == "gpt-5"
        assert isinstance(chat.all(ConversationShown)[-1], ConversationShown)


async def test_the_time_of_the_last_text_is_when_it_came_and_not_when_it_was_told(tmp_path: Path) -> None:
    second, third = Pause(), Pause()
    now = [100.0]
    async with Service() as service, leading(service, tmp_path, clock=lambda: now[0]) as chat:
        service.queue(
            sse(started(), delta("one"), done=False),
            second,
            sse(delta(" two"), done=False),
            third,
            sse(ended()),
        )
        answer = chat.send("count")
        await chat.until(lambda: answer.text == "one")
        now[0] = 101.0
        second.event.set()
        # News of an answer are at least 20 ms apart. Nothing tells of this text yet.
        async with asyncio.timeout(PATIENCE):
            while answer.text != "one two":  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0)
        now[0] = 150.0
        third.event.set()
        await chat.until(lambda: answer.over)
        assert (answer.first_text_at, answer.last_text_at, answer.ended_at) == (100.0, 101.0, 150.0)
