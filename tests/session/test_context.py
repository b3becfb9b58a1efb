"""What of a conversation is sent: left out, taken back, pinned and summarized, on the wire and after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui.chat.context import estimated_tokens, middle_of, trimmed_to
from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.turn import Answer
from elumenta_tui.session import Refusal
from elumenta_tui.session.events import ContextChanged
from tests.leading import Chat, leading, resumed, said
from tests.service import Service, delta, ended, sse, started
from tests.thorough import thorough


def sent(chat: Chat) -> list[str]:
    """What the next request would carry."""
    return [message.text for message in chat.session.conversation.context()]


async def five_turns(chat: Chat, service: Service) -> list[Answer]:
    return [await said(chat, service, f"q{n} " + "x" * 96, f"a{n} " + "y" * 96) for n in range(5)]


def names(texts: list[str]) -> list[str]:
    return [text.split()[0] for text in texts]


async def test_what_is_left_out_is_not_sent_also_after_a_restart_and_comes_back(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            chat.session.set_system_prompt("sys")
            one, two = [await said(chat, service, f"q{n}", f"a{n}") for n in (1, 2)]
            assert chat.session.context.leave_out([one.turn, two]) == 2
            assert chat.all(ContextChanged)
            await said(chat, service, "q3", "a3")
            assert service.posts[-1].texts == ["sys", "a1", "q2", "q3"]
        async with resumed(service, tmp_path) as later:
            assert sent(later) == ["sys", "a1", "q2", "q3", "a3"]
            first = later.session.conversation.shown[0]
            later.session.context.leave_out([first.turn], is_left_out=False)
            await said(later, service, "q4", "a4")
            assert service.posts[-1].texts == ["sys", "q1", "a1", "q2", "q3", "a3", "q4"]


@thorough
async def test_the_middle_keeps_the_first_turn_the_pinned_and_the_last_and_is_undone(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            answers = await five_turns(chat, service)
            context = chat.session.context
            context.pin(answers[1])
            assert context.leave_out_middle() == 4
            assert names(sent(chat)) == ["q0", "a0", "q1", "a1", "q4", "a4"]
            await said(chat, service, "next", "so")
            assert names(service.posts[-1].texts) == ["q0", "a0", "q1", "a1", "q4", "a4", "next"]
            assert context.undo() == 4
            assert len(sent(chat)) == 12
            assert context.undo() == 1
            assert not answers[1].pinned
            assert not context.can_undo
            context.leave_out_middle()
        async with resumed(service, tmp_path) as later:
            assert len(sent(later)) < 12
            assert later.session.context.undo() == 12 - len(sent(later)) or len(sent(later)) == 12
            assert len(sent(later)) == 12
            assert later.session.context.undo() == 0


async def test_the_last_turn_is_never_the_middle_and_a_pin_keeps_its_whole_turn(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        for number, length in enumerate((40, 40, 40, 400), 1):
            await said(chat, service, f"q{number} " + "x" * length, f"a{number} " + "y" * length)
        _, two, _, last = chat.session.conversation.shown
        context = chat.session.context
        context.pin(two.turn)
        assert context.leave_out_middle() == 2
        assert names(sent(chat)) == ["q1", "a1", "q2", "a2", "q4", "a4"]
        assert context.leave_out_middle() == 0
        context.pin(last)
        context.leave_out([two.turn, two])
        assert context.leave_out_middle() == 0
        assert names(sent(chat)) == ["q1", "a1", "q4", "a4"]


async def test_a_summary_is_a_request_of_its_own_that_stands_for_what_is_left_out(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path, model="gpt-5.2") as chat:
            assert chat.session.context.summarize("Summarize.") is Refusal.NOTHING
            await five_turns(chat, service)
            middle = middle_of(chat.session.conversation.entries())
            service.queue(sse(started(), delta("Short."), ended(1, 290)))
            answer = await chat.end_of(chat.session.context.summarize("Summarize."))
            assert service.posts[-1].texts == [entry.message.text for entry in middle] + ["Summarize."]
            assert service.posts[-1].json["model"] == "gpt-5-nano"
            assert answer.charge.stated == 1
            assert chat.session.ledger.charges[answer.id] is answer.charge
            kept = ["q0", "a0", "q4", "a4", "Summarize.", "Short."]
            assert names(sent(chat)) == kept
            chat.session.context.rewrite(answer, "Mine.")
            assert names(sent(chat)) == [*kept[:-1], "Mine."]
        async with resumed(service, tmp_path) as later:
            assert names(sent(later)) == [*kept[:-1], "Mine."]
            assert later.session.model.slug == "gpt-5.2"
            # A later leaving out keeps the summary.
            later.session.context.leave_out_middle()
            assert "Mine." in sent(later)
            later.session.context.undo()
            later.session.context.undo()
            assert names(sent(later)) == [f"{who}{n}" for n in range(5) for who in "qa"]


@thorough
async def test_undoing_a_summary_sends_what_it_stood_for_instead_of_it(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await five_turns(chat, service)
        service.queue(sse(started(), delta("Short."), ended(1, 290)))
        await chat.end_of(chat.session.context.summarize("Summarize."))
        chat.session.context.undo()
        assert names(sent(chat)) == [f"{who}{n}" for n in range(5) for who in "qa"]


async def test_a_failed_summary_leaves_nothing_of_itself_in_the_requests(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await five_turns(chat, service)
        service.queue(sse(started(), {"type": "error", "message": "no"}))
        await chat.end_of(chat.session.context.summarize("Summarize."))
        assert names(sent(chat)) == ["q0", "a0", "q4", "a4"]


@pytest.mark.parametrize(
    ("failure", "is_too_long"),
    [
        (Failure("bad_request", message="This model's maximum context length is 8192 tokens"), True),
        (Failure("provider_error", message="prompt is too long: 210000 tokens > 200000 maximum"), True),
        (Failure("validation_error", message="context_length_exceeded"), True),
        (Failure("stream_error", message="Запрос слишком длинный для этой модели"), True),
        (Failure("http_error", status=413), True),
        (Failure("bad_request", message="Unknown field"), False),
        (Failure("provider_error", message="The provider took too long"), False),
        (Failure("insufficient_tokens", message="Too many tokens needed"), False),
        (Failure("stalled", message="context length"), False),
    ],
)
def test_a_refusal_for_length_is_told_by_its_words(failure: Failure, is_too_long: bool) -> None:
    assert failure.is_too_long is is_too_long


def test_tokens_are_estimated_by_the_script() -> None:
    assert estimated_tokens("a" * 400) == 100
    assert estimated_tokens("ж" * 400) == 160
    assert estimated_tokens("学" * 40) == 40
    assert estimated_tokens("") == 0


async def test_trimming_takes_the_oldest_turns_until_a_number_is_met(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        answers = await five_turns(chat, service)
        answers[0].pinned = True
        entries = chat.session.conversation.entries()
        out = trimmed_to(entries, 100)
        assert names([entry.message.text for entry in out]) == ["q1", "a1", "q2", "a2", "q3", "a3"]
        assert trimmed_to(entries, 1000) == []
