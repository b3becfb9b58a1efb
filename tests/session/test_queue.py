"""Queued prompts: each is sent exactly once, behind a complete answer, and otherwise waits. Asserted by what went over the wire."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from elumenta_tui.chat.ledger import Balance, RateLimits
from elumenta_tui.chat.models import find_model
from elumenta_tui.chat.queue import QueuedPrompt
from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.session import Refusal, demo_account, real_account
from elumenta_tui.session.backend import Backend
from elumenta_tui.session.events import AnsweredElsewhere, ConversationShown, QueuedSent, QueueHeld
from elumenta_tui.session.guardrails import Hold
from elumenta_tui.transfer.export import export
from tests.leading import Chat, leading, resumed
from tests.service import KEY, Pause, Reset, Service, Step, delta, ended, sse, started
from tests.thorough import thorough


async def begun(chat: Chat, service: Service, prompt: str = "the first", *end: Step) -> tuple[Pause, Answer]:
    """Have an answer begin and wait for its first text."""
    pause = service.queue_half(*end)
    answer = chat.send(prompt)
    await chat.until(lambda: answer.has_text)
    return pause, answer


def add(chat: Chat, prompt: str) -> QueuedPrompt:
    queued = chat.session.queue.add(prompt)
    assert isinstance(queued, QueuedPrompt)
    return queued


def texts(chat: Chat) -> list[str]:
    return [queued.text for queued in chat.session.conversation.queued]


async def quiet(chat: Chat) -> None:
    """Wait until nothing is being answered and nothing is about to be sent."""
    await chat.session.settled()
    for _ in range(20):
        await asyncio.sleep(0)


async def test_queued_prompts_are_sent_one_by_one_each_behind_the_whole_answer_before_it(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, _ = await begun(chat, service)
        second, third = service.queue_half(), service.queue_half()
        add(chat, "the second")
        add(chat, "the third")
        assert service.prompts == ["the first"]
        pause.event.set()
        await second.reached.wait()
        assert (service.prompts, texts(chat)) == (["the first", "the second"], ["the third"])
        second.event.set()
        await third.reached.wait()
        third.event.set()
        await quiet(chat)
        assert service.prompts == ["the first", "the second", "the third"]
        roles = [message["role"] for message in service.posts[-1].json["messages"]]
        assert roles == ["user", "assistant", "user", "assistant", "user"]
        assert [turn.prompt for turn in chat.session.conversation.path()] == service.prompts
        assert [news.answer.prompt for news in chat.all(QueuedSent)] == ["the second", "the third"]
        assert chat.session.queued == 0


async def test_a_second_prompt_is_not_sent_while_an_answer_is_coming(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await begun(chat, service)
        assert chat.session.send("the second") is Refusal.BUSY
        await asyncio.sleep(0)
        assert service.prompts == ["the first"]


async def test_after_a_stop_the_queue_waits_until_it_is_sent(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await begun(chat, service)
        add(chat, "the second")
        chat.session.stop()
        await quiet(chat)
        conversation = chat.session.conversation
        assert (service.prompts, texts(chat)) == (["the first"], ["the second"])
        assert chat.session.queue.hold(conversation) is Hold.STOPPED
        await chat.end_of(chat.session.queue.resume())
        assert (service.prompts, texts(chat)) == (["the first", "the second"], [])
        assert chat.session.queue.hold(conversation) is None


@thorough
@pytest.mark.parametrize(
    ("end", "state", "hold"),
    [
        ((Reset(),), AnswerState.INTERRUPTED, Hold.INTERRUPTED),
        (
            (sse({"type": "error", "error": {"message": "broken"}}),),
            AnswerState.INTERRUPTED,
            Hold.INTERRUPTED,
        ),
    ],
)
async def test_after_a_broken_answer_the_queue_waits(
    tmp_path: Path, end: tuple[Step, ...], state: AnswerState, hold: Hold
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, answer = await begun(chat, service, "the first", *end)
        add(chat, "the second")
        pause.event.set()
        await chat.until(lambda: answer.over)
        await quiet(chat)
        assert answer.state is state
        assert chat.session.queue.hold(chat.session.conversation) is hold
        assert (service.prompts, texts(chat)) == (["the first"], ["the second"])


async def test_after_an_answer_that_failed_without_text_the_queue_waits(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause = Pause()
        service.queue(sse(started(), done=False), pause, Reset())
        answer = chat.send("the first")
        await pause.reached.wait()
        add(chat, "the second")
        pause.event.set()
        await chat.until(lambda: answer.over)
        await quiet(chat)
        assert answer.state is AnswerState.FAILED
        assert chat.session.queue.hold(chat.session.conversation) is Hold.FAILED
        assert (service.prompts, texts(chat)) == (["the first"], ["the second"])


async def test_a_stop_in_the_moment_of_completion_sends_nothing_twice(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, first = await begun(chat, service)
        add(chat, "the second")
        add(chat, "the third")
        pause.event.set()
        await chat.until(lambda: first.over)
        # The second was sent in the same step of the loop as the first was completed: this stop can only mean it.
        chat.session.stop()
        chat.session.stop()
        await quiet(chat)
        assert service.prompts[:1] == ["the first"]
        assert service.prompts.count("the second") <= 1
        assert texts(chat) == ["the third"]
        assert chat.session.queue.hold(chat.session.conversation) is Hold.STOPPED
        assert [turn.prompt for turn in chat.session.conversation.path()] == ["the first", "the second"]


async def test_a_stop_before_completion_wins(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, first = await begun(chat, service)
        add(chat, "the second")
        pause.event.set()
        chat.session.stop()
        await quiet(chat)
        assert first.was_stopped
        assert (service.prompts, texts(chat)) == (["the first"], ["the second"])


@thorough
async def test_a_prompt_is_taken_back_moved_and_put_in_between(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, _ = await begun(chat, service)
        one, two, three = (add(chat, f"prompt {number}") for number in (1, 2, 3))
        queue = chat.session.queue
        assert queue.move(three, -1)
        assert not queue.move(one, -1)
        assert texts(chat) == ["prompt 1", "prompt 3", "prompt 2"]
        assert queue.remove(one)
        assert not queue.remove(one)
        assert isinstance(queue.add("prompt 0", place=0), QueuedPrompt)
        assert texts(chat) == ["prompt 0", "prompt 3", "prompt 2"]
        assert queue.remove(two)
        pause.event.set()
        await chat.until(lambda: len(service.posts) == 3)
        await quiet(chat)
        assert service.prompts == ["the first", "prompt 0", "prompt 3"]
        assert not queue.remove(three)


async def test_without_an_answer_that_comes_nothing_is_queued_and_an_echo_neither(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        assert chat.session.queue.add("alone") is Refusal.NOTHING
        assert chat.session.queue.resume() is Refusal.NOTHING
        chat.session.reaction = 60.0
        await begun(chat, service)
        assert chat.session.queue.add("the first") is Refusal.ECHO
        add(chat, "the second")
        assert chat.session.queue.add("the second") is Refusal.ECHO
        assert texts(chat) == ["the second"]
        chat.session.stop()
        # Pressed before anybody can have read that it waits.
        assert chat.session.queue.resume() is Refusal.ECHO
        await quiet(chat)
        assert service.prompts == ["the first"]


@thorough
async def test_each_is_sent_to_the_model_that_was_chosen_when_it_was_queued_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            session = chat.session
            pause, _ = await begun(chat, service)
            add(chat, "the second")
            session.select_model(find_model(session.models, "claude-opus-4.5"))
            third = add(chat, "the third")
            fourth = add(chat, "the fourth")
            session.select_model(find_model(session.models, "gemini-3-pro"))
            # What is edited is queued anew.
            session.queue.remove(third)
            session.queue.add("the third, edited", 1)
            assert session.queue.model(session.conversation).slug == "gpt-5"
            assert session.queue.model_of(fourth, session.conversation).price == 6
            half = service.queue_half(Reset())
            pause.event.set()
            await half.reached.wait()
            half.event.set()
            await chat.until(lambda: session.queue.hold(session.conversation) is Hold.INTERRUPTED)
            # The chosen model is for what is typed from now on.
            assert session.model.slug == "gemini-3-pro"
        async with resumed(service, tmp_path) as later:
            assert texts(later) == ["the third, edited", "the fourth"]
            later.session.queue.resume()
            await later.until(lambda: len(service.posts) == 4)
            assert [post.json["model"] for post in service.posts] == [
                "gpt-5",
                "gpt-5",
                "gemini-3-pro",
                "claude-opus-4.5",
            ]


async def test_the_queue_of_a_conversation_that_was_left_goes_on_there(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, _ = await begun(chat, service)
        left = chat.session.conversation
        chat.session.select_model(find_model(chat.session.models, "claude-opus-4.5"))
        add(chat, "the second")
        chat.draft = "typed there"
        chat.session.new_conversation()
        chat.session.select_model(find_model(chat.session.models, "gpt-5"))
        await chat.ask("something else")
        second = service.queue_half()
        pause.event.set()
        await second.reached.wait()
        assert service.prompts == ["the first", "something else", "the second"]
        assert service.posts[-1].json["model"] == "claude-opus-4.5"
        assert chat.session.running_elsewhere == {left.id}
        assert [turn.prompt for turn in chat.session.conversation.path()] == ["something else"]
        second.event.set()
        await chat.until(lambda: len(chat.all(AnsweredElsewhere)) == 2)
        await quiet(chat)
        chat.session.open(left.id)
        await chat.until(lambda: chat.session.conversation.id == left.id)
        assert chat.session.conversation is not left
        assert [(turn.prompt, turn.answers[0].text) for turn in chat.session.conversation.path()] == [
            ("the first", "Half whole"),
            ("the second", "Half whole"),
        ]
        assert texts(chat) == []


async def test_a_queue_that_is_held_elsewhere_says_so_and_waits_there(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, _ = await begun(chat, service, "the first", Reset())
        left = chat.session.conversation.id
        add(chat, "the second")
        chat.session.new_conversation()
        pause.event.set()
        told = await chat.first(QueueHeld)
        assert (told.conversation.id, told.hold) == (left, Hold.INTERRUPTED)
        await quiet(chat)
        chat.session.open(left)
        await chat.until(lambda: chat.session.conversation.id == left)
        assert (service.prompts, texts(chat)) == (["the first"], ["the second"])
        assert chat.session.queue.hold(chat.session.conversation) is Hold.INTERRUPTED
        assert chat.session.queued == 1


async def test_back_in_its_conversation_a_queue_still_has_the_model_that_was_chosen(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await begun(chat, service)
        left = chat.session.conversation.id
        add(chat, "the second")
        chat.session.select_model(find_model(chat.session.models, "claude-opus-4.5"))
        chat.session.new_conversation()
        chat.session.select_model(find_model(chat.session.models, "gpt-5"))
        chat.session.open(left)
        await chat.until(lambda: chat.session.conversation.id == left)
        assert chat.session.model.slug == "claude-opus-4.5"
        assert texts(chat) == ["the second"]


async def test_after_a_restart_a_queued_prompt_waits_and_is_never_sent_by_itself(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            pause, _ = await begun(chat, service)
            id = chat.session.conversation.id
            add(chat, "the second")
            last = add(chat, "the third")
            chat.session.queue.move(last, -1)
            assert chat.session.queue.remove(add(chat, "gone"))
            third = service.queue_half()
            pause.event.set()
            await third.reached.wait()
        assert service.prompts == ["the first", "the third"]
        async with leading(service, tmp_path, resume=True) as chat:
            await chat.first(ConversationShown)
            assert chat.session.conversation.id == id
            assert texts(chat) == ["the second"]
            assert chat.session.queue.hold(chat.session.conversation) is Hold.STOPPED
            answer = await chat.ask("typed now")
            assert answer.state is AnswerState.COMPLETE
            await quiet(chat)
            assert (service.prompts[2:], texts(chat)) == (["typed now"], ["the second"])
            await chat.end_of(chat.session.queue.resume())
            assert service.prompts[2:] == ["typed now", "the second"]
        async with leading(service, tmp_path, resume=True) as chat:
            await chat.first(ConversationShown)
            assert texts(chat) == []
            assert [turn.prompt for turn in chat.session.conversation.path()][-1] == "the second"


@thorough
async def test_another_program_does_not_see_what_this_one_will_send(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, _ = await begun(chat, service)
        id = chat.session.conversation.id
        add(chat, "the second")
        async with leading(service, tmp_path) as other:
            other.session.open(id)
            await other.until(lambda: other.session.conversation.id == id)
            assert texts(other) == []
        pause.event.set()
        await chat.until(lambda: len(service.posts) == 2)
        assert service.prompts == ["the first", "the second"]


async def test_the_draft_stays_when_a_queued_prompt_is_sent(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, _ = await begun(chat, service)
        add(chat, "the second")
        chat.draft = "being typed"
        chat.session.draft_changed()
        chat.session.open_library().autosave.flush()
        pause.event.set()
        await chat.until(lambda: len(service.posts) == 2)
        await quiet(chat)
        id = chat.session.conversation.id
        stored = await asyncio.wrap_future(chat.session.open_library().autosave.store.conversation(id))
        assert stored is not None
        assert (stored.draft, stored.conversation.queued) == ("being typed", [])


async def test_with_another_account_the_queue_waits(tmp_path: Path) -> None:
    async with Service() as service, Service() as other, leading(service, tmp_path) as chat:
        pause, answer = await begun(chat, service)
        add(chat, "the second")
        chat.session.switch_account(real_account(f"{KEY}2", other.url, idle_timeout=5.0))
        pause.event.set()
        await chat.until(lambda: answer.over)
        await quiet(chat)
        assert answer.state is AnswerState.COMPLETE
        assert chat.session.queue.hold(chat.session.conversation) is Hold.ACCOUNT
        assert (service.prompts, other.prompts, texts(chat)) == (["the first"], [], ["the second"])


async def test_what_was_queued_for_an_account_never_reaches_the_demo(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await begun(chat, service)
        left = chat.session.conversation
        add(chat, "the second")
        chat.session.switch_account(demo_account())
        await quiet(chat)
        assert chat.session.queue.hold(left) is Hold.ACCOUNT
        assert [queued.text for queued in left.queued] == ["the second"]
        assert service.prompts == ["the first"]


@thorough
@pytest.mark.parametrize("resets_in", [60, None])
async def test_without_requests_left_the_queue_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resets_in: int | None
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, answer = await begun(chat, service)
        add(chat, "the second")
        resets = None if resets_in is None else int(chat.session.calendar()) + resets_in
        limits = RateLimits(hour_left=0, hour_limit=100, hour_resets_at=resets)
        monkeypatch.setattr(Backend, "limits", limits)
        pause.event.set()
        await chat.until(lambda: answer.over)
        assert chat.session.queue.hold(chat.session.conversation) is Hold.NO_REQUESTS
        assert service.prompts == ["the first"]


@pytest.mark.parametrize(
    ("limits", "used_up"),
    [
        (RateLimits(hour_left=0, hour_limit=100, hour_resets_at=1000), False),
        (RateLimits(hour_left=0, hour_limit=100, hour_resets_at=1001), True),
        (RateLimits(hour_left=0, hour_limit=0), False),
        (RateLimits(hour_left=1, hour_limit=100), False),
        (RateLimits(day_left=0, day_limit=5), True),
        (RateLimits(), False),
    ],
)
def test_limits_are_used_up_until_they_are_reset(limits: RateLimits, *, used_up: bool) -> None:
    assert limits.are_used_up(1000.0) is used_up


async def test_without_the_money_for_it_the_queue_waits(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        end = sse(delta(" whole"), ended(tokens_used=3, balance_remaining=0))
        pause, answer = await begun(chat, service, "the first", end)
        add(chat, "the second")
        pause.event.set()
        await chat.until(lambda: answer.over)
        assert chat.session.queue.hold(chat.session.conversation) is Hold.NO_BALANCE
        chat.session.ledger.read(Balance(100))
        assert isinstance(chat.session.queue.resume(), Answer)


async def test_while_too_many_answers_come_it_waits_and_is_sent_when_one_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        other_pause, _ = await begun(chat, service, "elsewhere")
        chat.session.new_conversation()
        pause, answer = await begun(chat, service)
        left = chat.session.conversation
        add(chat, "the second")
        monkeypatch.setattr(Backend, "limits", RateLimits(hour_left=1, hour_limit=100))
        pause.event.set()
        await chat.until(lambda: answer.over)
        assert chat.session.queue.hold(left) is Hold.TOO_MANY
        chat.session.new_conversation()
        summaries = await chat.session.open_library().listing.summaries(()) or []
        [summary] = [each for each in summaries if each.id == left.id]
        assert not await chat.session.open_library().listing.delete([summary])
        other_pause.event.set()
        await chat.until(lambda: len(service.posts) == 3)
        assert service.prompts == ["elsewhere", "the first", "the second"]


async def test_on_another_path_the_queue_waits(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        before = await chat.ask("before")
        pause, answer = await begun(chat, service)
        add(chat, "the second")
        # What editing a prompt does to the path while an answer comes beside it.
        chat.session.conversation.head = before.turn
        pause.event.set()
        await chat.until(lambda: answer.over)
        await quiet(chat)
        assert chat.session.queue.hold(chat.session.conversation) is Hold.MOVED
        assert (service.prompts, texts(chat)) == (["before", "the first"], ["the second"])


async def test_behind_an_answer_whose_prompt_was_edited_the_queue_waits(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, answer = await begun(chat, service)
        add(chat, "the second")
        edited = service.queue_half()
        chat.session.branches.edit(answer.turn, "the edited first")
        await edited.reached.wait()
        pause.event.set()
        await chat.until(lambda: answer.over)
        assert chat.session.queue.hold(chat.session.conversation) is Hold.MOVED
        edited.event.set()
        await quiet(chat)
        assert (service.prompts, texts(chat)) == (["the first", "the edited first"], ["the second"])


async def test_behind_a_prompt_with_two_answers_it_is_sent_when_both_have_ended(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause, answer = await begun(chat, service)
        other = service.queue_half()
        assert isinstance(chat.session.branches.regenerate(answer), Answer)
        await other.reached.wait()
        add(chat, "the second")
        pause.event.set()
        await chat.until(lambda: answer.over)
        await asyncio.sleep(0)
        assert (len(service.posts), chat.session.queue.hold(chat.session.conversation)) == (2, None)
        other.event.set()
        await chat.until(lambda: len(service.posts) == 3)
        await quiet(chat)
        assert service.prompts[-1] == "the second"


async def test_a_deleted_conversation_takes_its_queue_along(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await begun(chat, service)
        add(chat, "the second")
        chat.session.stop()
        await quiet(chat)
        async with asyncio.timeout(10):
            # The list is read from the disk, which the queue reaches in the store's own time.
            while [
                summary.queued for summary in await chat.session.open_library().listing.summaries(()) or []
            ] != [1]:
                pass
        [summary] = await chat.session.open_library().listing.summaries(()) or []
        assert await chat.session.open_library().listing.delete([summary])
        assert (chat.session.queued, texts(chat)) == (0, [])
        assert await chat.session.open_library().listing.summaries(()) == []


@thorough
async def test_sent_on_while_an_answer_comes_it_follows_that(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await begun(chat, service)
        add(chat, "the second")
        chat.session.stop()
        await quiet(chat)
        pause, _ = await begun(chat, service, "in between")
        assert chat.session.queue.resume() is None
        pause.event.set()
        await chat.until(lambda: len(service.posts) == 3)
        assert service.prompts == ["the first", "in between", "the second"]


async def test_an_export_keeps_what_is_queued_apart_from_the_turns(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await begun(chat, service)
        add(chat, "the second")
        id = chat.session.conversation.id
        stored = await asyncio.wrap_future(chat.session.open_library().autosave.store.conversation(id))
        assert stored is not None
        [conversation] = json.loads("".join(export([stored], "json")))["conversations"]
        assert conversation["queued"] == ["the second"]
        assert [turn["text"] for turn in conversation["turns"] if turn["role"] == "user"] == ["the first"]
        assert "the second" not in "".join(export([stored], "md"))


async def test_the_end_of_the_program_sends_nothing_that_is_queued(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        session, pause = chat.session, Pause()
        service.queue(sse(started(), delta("a"), ended()))
        service.queue(sse(started(), delta("b"), done=False), pause, sse(ended()))
        models = [find_model(session.models, slug) for slug in ("gpt-5", "claude-haiku-4.5")]
        answers = session.comparing.ask("compare", models)
        assert not isinstance(answers, Refusal)
        queued = session.queue.add("the second")
        assert isinstance(queued, QueuedPrompt)
        await chat.until(
            lambda: any(answer.over for answer in answers) and all(answer.has_text for answer in answers)
        )
        session.comparing.pick(next(answer for answer in answers if answer.over))
        session.stop_all()
        assert (session.queued, session.running) == (1, [])
        assert len(service.posts) == 2


@thorough
async def test_a_queue_that_a_stop_held_waits_for_the_user_once_something_else_was_answered(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await begun(chat, service)
        add(chat, "the second")
        chat.session.stop()
        await quiet(chat)
        assert chat.session.queue.hold(chat.session.conversation) is Hold.STOPPED
        service.queue(sse(started(), delta("whole"), ended()))
        await chat.ask("something else")
        assert chat.session.queue.hold(chat.session.conversation) is Hold.WAITS
        assert service.prompts[-1] == "something else"
