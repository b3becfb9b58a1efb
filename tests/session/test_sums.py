"""What answers, conversations, the session, the limits, the disk and the balance say was spent is one and the same."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.ledger import Charge, Total
from elumenta_tui.chat.spending import Period, SpendingLimits
from elumenta_tui.chat.statistics import Statistics
from elumenta_tui.chat.turn import Answer
from elumenta_tui.session.events import ConversationShown
from tests.leading import Chat, leading, resumed
from tests.service import Call, Reset, Service, Step, delta, ended, json_response, sse, started
from tests.thorough import examples

COSTS = {"gpt-5": 2, "gpt-5.2": 4, "gpt-5-nano": 1, "deepseek-v3": 1}
"""Elumenta tokens that the account is charged. Every request of a model costs the same, as the vendor documents."""

ENDS = ["stated", "without a balance", "silent", "cut", "cut and free", "refused"]

BALANCE = "/api/v2/balance"

EVENTS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["send", "version", "aside", "compare"]),
            # The ends of the requests, in the order in which they reach the service.
            st.lists(st.sampled_from(ENDS), min_size=1, max_size=4),
            st.sampled_from(list(COSTS)),
            # Whether the balance can be read meanwhile.
            st.booleans(),
        ),
        st.tuples(st.just("new")),
        st.tuples(st.just("elsewhere"), st.integers(1, 9)),
    ),
    min_size=1,
    max_size=8,
)


class Account:
    """Charges the requests of a service, and answers them as it is told."""

    def __init__(self, service: Service) -> None:
        self.ends = ["stated"]
        self.paid: list[tuple[str, int]] = []
        """The model of each request, and what it was charged."""
        self.elsewhere = 0
        self.service = service
        service.balance = 300
        service.usually = self._answer

    @property
    def spent(self) -> int:
        return sum(paid for _, paid in self.paid)

    @property
    def balance(self) -> int:
        return 300 - self.spent - self.elsewhere

    def _answer(self, call: Call) -> list[Step]:
        slug, end = call.json["model"], self.ends[len(self.paid) % len(self.ends)]
        cost = 0 if end in ("refused", "cut and free") else COSTS[slug]
        self.paid.append((slug, cost))
        self.service.balance = self.balance
        # Each answer has an id of its own: none is found in the history as another's.
        id = f"gen_{len(self.paid)}"
        head = [started(id=id), delta("Yes.")]
        match end:
            case "refused":
                return json_response(500, {"error": "provider_error", "message": "broken"})
            case "cut" | "cut and free":
                return [sse(*head, done=False), Reset()]
            case "silent":
                return [sse(*head, ended(None, None, id=id))]
            case "without a balance":
                return [sse(*head, ended(cost, None, id=id))]
        return [sse(*head, ended(cost, self.balance, id=id))]


async def _play(chat: Chat, account: Account, event: Any) -> dict[Answer, int]:
    """Do what the event says, and wait for every answer and balance. Return what the account was charged for each answer."""
    session, service = chat.session, account.service
    answers: list[Answer] = []
    so_far = len(account.paid)
    match event:
        case ("elsewhere", tokens):
            await _read(chat, service)
            account.elsewhere += tokens
            service.balance = account.balance
            session.read_account()
        case ("new",):
            session.new_conversation()
        case (way, ends, slug, is_readable):
            if is_readable:
                service.routes.pop(BALANCE, None)
            else:
                service.route(BALANCE, json_response(500, {"error": "provider_error", "message": "x"}))
            account.ends = ends
            session.select_model_named(slug)
            answers = _ask(chat, way)
    await session.settled()
    await chat.until(lambda: not any(map(session.accounting.is_settling, answers)))
    await asyncio.wrap_future(session.open_library().autosave.store.put())
    charged = dict(account.paid[so_far:])
    return {answer: charged[answer.model.slug] for answer in answers}


def _ask(chat: Chat, way: str) -> list[Answer]:
    session, before = chat.session, chat.session.last
    found: object
    if way == "aside":
        session.side_question.drop()
        found = session.side_question.ask("And?", session.model)
    elif way == "compare":
        found = session.comparing.ask("All?", [model for model in session.models if model.slug in COSTS])
    elif way == "version" and before is not None and before.has_text:
        found = session.branches.regenerate(before, model=session.model)
    else:
        found = session.send("Is it?")
    return [found] if isinstance(found, Answer) else list(found) if isinstance(found, Sequence) else []


async def _read(chat: Chat, service: Service) -> None:
    """Read the balance, which can be read again, and have it on the disk: of readings that wait for that, the last one counts."""
    service.routes.pop(BALANCE, None)
    chat.session.read_account()
    await chat.session.settled()
    await asyncio.wrap_future(chat.session.open_library().autosave.store.put())


def _sum(totals: Iterable[Total]) -> Total:
    found = list(totals)
    return Total(sum(each.amount for each in found), sum(each.unknown for each in found))


def _of(charges: Iterable[Charge]) -> Total:
    """The sum of what is known of each, as it is on the disk."""
    return _sum(Total(charge.amount or 0, charge.amount is None) for charge in charges)


async def _check(
    chat: Chat, account: Account, conversations: list[Conversation], charged: dict[Answer, int]
) -> Statistics:
    session = chat.session
    whole = session.ledger.total
    charges = list(session.ledger.charges.values())
    assert len(charges) == len(account.paid)
    for answer, paid in charged.items():
        # Nothing is put down to another request; where only a sum is known, it is said of no single one.
        assert answer.charge.amount == paid or (answer.charge.amount is None and answer.charge.together), paid
    # Every token that has left the balance is somebody's.
    assert whole == Total(account.spent, 0)
    assert 300 - account.balance == whole.amount + account.elsewhere
    for period in Period:
        spent = session.spending.spent(period)
        assert (spent.known, spent.unknown) == (whole.amount, whole.unknown), period
    shown = {answer.id for each in conversations for answer in each.all_answers()}
    beside = [charge for id, charge in session.ledger.charges.items() if id not in shown]
    parts = _of(charges)
    of_conversations = [_of(answer.charge for answer in each.all_answers()) for each in conversations]
    assert _sum([*of_conversations, _of(beside)]) == parts
    found = await session.spending.statistics(14)
    assert found is not None
    ways: list[Any] = [
        found.days,
        found.models,
        found.kinds,
        found.conversations,
        [found.total],
        [found.ever],
    ]
    for groups in ways:
        assert sum(group.requests for group in groups) == len(account.paid)
        assert _sum(Total(group.spent.known, group.spent.unknown) for group in groups) == parts
    assert sum(day.elsewhere.spent for day in found.days) == account.elsewhere
    return found


def _is_shown(chat: Chat, seen: int) -> bool:
    return len(chat.all(ConversationShown)) > seen


async def _run(events: list[Any], home: Path) -> None:
    async with Service() as service:
        account = Account(service)
        conversations: list[Conversation] = []
        charged: dict[Answer, int] = {}
        async with leading(service, home, limits=SpendingLimits(session=9999, day=9999, month=9999)) as chat:
            await chat.session.begun()
            await _read(chat, service)
            conversations.append(chat.session.conversation)
            for event in events:
                charged |= await _play(chat, account, event)
                if event == ("new",):
                    conversations.append(chat.session.conversation)
            await _read(chat, service)
            found = await _check(chat, account, conversations, charged)
            ids = {
                each.id: _of(answer.charge for answer in each.all_answers())
                for each in conversations
                if each.turns
            }
        async with resumed(service, home) as later:
            again = await later.session.spending.statistics(14)
            assert again == found, "after a restart the sums are the same"
            for id, total in ids.items():
                seen = len(later.all(ConversationShown))
                if later.session.conversation.id != id:
                    later.session.open(id)
                    await later.until(partial(_is_shown, later, seen))
                assert later.session.conversation.total == total


@settings(max_examples=examples(20), deadline=None)
@given(EVENTS)
def test_answers_conversations_the_session_its_limits_the_disk_and_the_balance_agree(
    events: list[Any],
) -> None:
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(_run(events, Path(home)))
