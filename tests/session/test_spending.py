"""The user's own limits: what they speak against is not sent before the user was told. Asserted by what went over the wire."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.chat.models import find_model
from elumenta_tui.chat.request import Request
from elumenta_tui.chat.spending import NO_LIMITS, Period, Reason, SpendingLimits, Spent, fingerprint
from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.session import Refusal, spending
from elumenta_tui.session.events import AccountChanged
from elumenta_tui.session.guardrails import Hold
from elumenta_tui.session.spending import CAP_REACHED
from tests.leading import Chat, leading
from tests.service import Reset, Service, delta, ended, json_response, sse, started

DEAR = "gpt-5.2-pro"


def whole(cost: int = 2, balance: int = 298) -> Any:
    return sse(started(), delta("Yes."), ended(cost, balance))


async def known(chat: Chat) -> None:
    """Have it known what other windows have spent and what was asked."""
    await chat.session.begun()
    await chat.session.spending.read()


async def on_disk(chat: Chat) -> None:
    """Wait until all that was saved is on the disk."""
    await asyncio.wrap_future(chat.session.open_library().autosave.store.put())


async def asked(chat: Chat, prompt: str) -> Answer:
    """Ask, and wait until what it has cost is on the disk."""
    answer = await chat.ask(prompt)
    await chat.session.settled()
    await on_disk(chat)
    return answer


async def test_a_dear_request_is_sent_when_it_is_sent_again_and_the_model_is_not_asked_about_any_more(
    tmp_path: Path,
) -> None:
    limits = SpendingLimits(confirm_above=10)
    async with Service() as service, leading(service, tmp_path, limits=limits, model=DEAR) as chat:
        session = chat.session
        assert session.send("Hello") is Refusal.CONFIRM
        assert session.send("Hello") is Refusal.CONFIRM, "nobody was told yet"
        assert [each.reason for each in session.spending.objections] == [Reason.CONFIRM]
        session.spending.note_told()
        assert session.send("Something else") is Refusal.CONFIRM, "another prompt was not meant"
        assert service.posts == []
        session.spending.note_told()
        service.queue(whole(39, 261))
        await asked(chat, "Something else")
        service.queue(whole(39, 222))
        await asked(chat, "And more")
        assert service.prompts == ["Something else", "And more"]


async def test_a_comparison_counts_with_the_sum_and_a_range_with_its_top(tmp_path: Path) -> None:
    limits = SpendingLimits(confirm_above=6)
    async with Service() as service, leading(service, tmp_path, limits=limits) as chat:
        session = chat.session
        models = [find_model(session.models, slug) for slug in ("gpt-5.2", "gemini-3-pro")]
        assert session.comparing.ask("Compare", models) is Refusal.CONFIRM
        assert session.comparing.ask("Compare", models[:1] * 2) is Refusal.NOTHING
        ranged = find_model(session.models, "gpt-5").__class__("ranged", "Ranged", price=1, price_max=7)
        session.select_model(ranged)
        assert session.send("Hello") is Refusal.CONFIRM
        assert service.posts == []


@pytest.mark.parametrize("sender", ["send", "retry", "continue", "regenerate", "edit", "aside", "summary"])
async def test_a_cap_holds_for_every_way_to_send(tmp_path: Path, sender: str) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        session = chat.session
        service.queue(whole())
        await asked(chat, "One")
        if sender in ("retry", "continue"):
            service.queue(sse(started(), delta("Half"), done=False), Reset())
            await chat.ask("Two")
            await session.settled()
        posts = len(service.posts)
        session.limits = SpendingLimits(session=3)
        last = session.last
        assert last is not None
        ways = {
            "send": lambda: session.send("Two"),
            "retry": session.retry,
            "continue": lambda: session.continue_answer("Go on"),
            "regenerate": lambda: session.branches.regenerate(last, model=session.model),
            "edit": lambda: session.branches.edit(last.turn, "One!"),
            "aside": lambda: session.side_question.ask("By the way?", session.model),
            "summary": lambda: session.context.summarize("Summarize", "x" * 100_000),
        }
        if sender == "summary":
            session.limits = SpendingLimits(session=2)
        if sender in ("retry", "continue"):
            session.limits = SpendingLimits(session=2)
        assert ways[sender]() in (Refusal.CAP, Refusal.NOTHING if sender == "summary" else Refusal.CAP)
        assert len(service.posts) == posts


async def test_a_cap_counts_an_unknown_charge_with_its_price_and_says_what_is_spent(tmp_path: Path) -> None:
    limits = SpendingLimits(session=5)
    async with Service() as service, leading(service, tmp_path, limits=limits, model="gpt-5.2") as chat:
        session = chat.session
        service.queue(sse(started(), delta("Half"), done=False), Reset())
        service.balance = None
        await chat.ask("One")
        assert session.send("Two") is Refusal.CAP
        [objection] = session.spending.objections
        assert (objection.period, objection.spent, objection.cap) == (Period.SESSION, Spent(0, 1, 4), 5)


async def test_the_cap_of_a_day_counts_what_other_windows_and_earlier_programs_have_spent(
    tmp_path: Path,
) -> None:
    limits = SpendingLimits(day=5)
    async with Service() as service:
        async with leading(service, tmp_path) as earlier:
            service.queue(whole())
            await asked(earlier, "One")
        async with (
            leading(service, tmp_path, looks_back=False) as other,
            leading(service, tmp_path, limits=limits, looks_back=False) as chat,
        ):
            service.queue(whole())
            await asked(other, "Two")
            await until_spent(chat, 4)
            assert chat.session.send("Three") is Refusal.CAP
            [objection] = chat.session.spending.objections
            assert (objection.period, objection.spent.known) == (Period.DAY, 4)
            assert service.prompts == ["One", "Two"]
            chat.session.spending.note_told()
            service.queue(whole())
            await asked(chat, "Three")
            assert service.prompts == ["One", "Two", "Three"]


async def until_spent(chat: Chat, tokens: int) -> None:
    await chat.session.begun()
    async with asyncio.timeout(10):
        while chat.session.spending.spent(Period.DAY).known < tokens:
            await chat.session.spending.read()


async def test_what_another_window_has_spent_meanwhile_keeps_a_request_back_that_is_about_to_leave(
    tmp_path: Path,
) -> None:
    limits = SpendingLimits(day=3)
    async with (
        Service() as service,
        leading(service, tmp_path, looks_back=False) as other,
        leading(service, tmp_path, limits=limits, looks_back=False) as chat,
    ):
        await known(chat)
        service.queue(whole())
        await asked(other, "One")
        await on_disk(other)
        answer = await chat.ask("Two")
        assert answer.failure is not None
        assert (answer.failure.kind, answer.state) == (CAP_REACHED, AnswerState.FAILED)
        assert answer.charge.amount == 0
        assert service.prompts == ["One"]


async def test_a_deleted_conversation_has_cost_what_it_has_cost(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            service.queue(whole())
            await asked(chat, "A secret word")
            library = chat.session.open_library()
            [summary] = await library.listing.summaries((), *_no_filters()) or []
            await library.listing.delete([summary])
        assert b"secret word" not in (tmp_path / "data" / "conversations.db").read_bytes()
        async with leading(service, tmp_path, limits=SpendingLimits(day=3)) as chat:
            await until_spent(chat, 2)
            assert chat.session.send("Again") is Refusal.CAP


def _no_filters() -> tuple[Any, ...]:
    from elumenta_tui.store.filters import NO_FILTERS

    return (NO_FILTERS,)


async def test_a_queue_waits_for_the_price_to_be_confirmed_and_then_sends(tmp_path: Path) -> None:
    limits = SpendingLimits(confirm_above=10)
    async with Service() as service, leading(service, tmp_path, limits=limits) as chat:
        session = chat.session
        pause = service.queue_half()
        answer = chat.send("One")
        await chat.until(lambda: answer.has_text)
        session.select_model_named(DEAR)
        session.queue.add("Two")
        pause.event.set()
        await chat.until(lambda: session.queue.hold(session.conversation) is not None)
        assert session.queue.hold(session.conversation) is Hold.CONFIRM
        assert service.prompts == ["One"]
        service.queue(whole(39, 200))
        await chat.end_of(session.queue.resume())
        assert service.prompts == ["One", "Two"]


async def test_the_same_with_the_same_context_within_a_day_is_named_with_its_place_and_price(
    tmp_path: Path,
) -> None:
    limits = SpendingLimits(names_repeats=True)
    async with Service() as service:
        async with leading(service, tmp_path, limits=limits) as chat:
            service.queue(whole())
            await asked(chat, "What is a monad?")
            assert chat.session.objection_to("What is a monad?") is None, "it has another context now"
        async with leading(service, tmp_path, limits=limits) as chat:
            await known(chat)
            assert chat.session.send("What is a monad?") is Refusal.REPEATED
            [objection] = chat.session.spending.objections
            assert objection.asked is not None
            assert (objection.asked.title, objection.asked.cost) == ("What is a monad?", 2)
            chat.session.select_model_named("gpt-5-nano")
            assert chat.session.objection_to("What is a monad?") is None, "it is another model"
        assert len(service.posts) == 1


async def test_the_demo_and_the_account_are_counted_apart(tmp_path: Path) -> None:
    from elumenta_tui.session import demo_account

    limits = SpendingLimits(day=3)
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            service.queue(whole())
            await asked(chat, "One")
        async with leading(service, tmp_path, limits=limits, account=demo_account()) as chat:
            await known(chat)
            assert chat.session.spending.spent(Period.DAY) == Spent()
            assert chat.session.objection_to("Two") is None


async def test_a_request_is_hashed_once_from_the_prompt_box_to_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def counted(request: Request) -> str:
        hashed.append(request.messages[-1].text)
        return fingerprint(request)

    monkeypatch.setattr(spending, "fingerprint", counted)
    limits = SpendingLimits(names_repeats=True)
    async with Service() as service, leading(service, tmp_path, limits=limits) as chat:
        service.queue(whole())
        await asked(chat, "One")
        await known(chat)
        for prompt in ("Two", "Three"):
            # As the prompt box does before it gives the text away.
            assert chat.session.objection_to(prompt) is None
            service.queue(whole())
            await asked(chat, prompt)
        assert hashed == ["One", "Two", "Three"]
        chat.session.new_conversation()
        assert chat.session.objection_to("One") is Refusal.REPEATED, "what is a repeat is still pointed at"
        assert chat.session.send("One") is Refusal.REPEATED


async def test_the_rest_of_a_cap_is_told_once_it_is_scarce_and_when_another_window_has_used_it_up(
    tmp_path: Path,
) -> None:
    limits = SpendingLimits(session=100, day=40)
    async with Service() as service, leading(service, tmp_path, limits=limits) as chat:
        session = chat.session
        one, dear = (find_model(session.models, slug) for slug in ("gpt-5-nano", DEAR))
        assert session.spending.scarce_rest([one]) is None
        passed = session.spending.scarce_rest([one, dear, one])
        assert passed is not None
        assert (passed.period, passed.left, passed.is_passed) == (Period.DAY, 40, True)
        await known(chat)
        # What is not known counts with the most that it may be.
        service.queue(sse(started(), delta("Part"), done=False), Reset())
        service.route("/api/v2/balance", json_response(500, {"error": "provider_error", "message": "x"}))
        await asked(chat, "Hello")
        rest = session.spending.scarce_rest([dear])
        assert rest is not None
        assert (rest.left, rest.spent) == (38, Spent(0, 1, 2))
        async with leading(service, tmp_path, limits=limits, model=DEAR) as other:
            await known(other)
            service.queue(whole(36, 262))
            other.session.spending.accept("Hi", [dear])
            other.session.limits = NO_LIMITS
            await asked(other, "Hi")
        told = len(chat.all(AccountChanged))
        await session.spending.read()
        assert len(chat.all(AccountChanged)) == told + 1
        rest = session.spending.scarce_rest([one])
        assert rest is not None
        assert (rest.period, rest.left, rest.is_passed) == (Period.DAY, 2, False)
        await session.spending.read()
        assert len(chat.all(AccountChanged)) == told + 1, "nothing has changed"
