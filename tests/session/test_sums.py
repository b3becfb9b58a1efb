"""What answers, conversations, the session, the limits, the disk and the balance say was spent is one and the same."""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.ledger import Total
from elumenta_tui.chat.spending import Period, SpendingLimits
from elumenta_tui.chat.statistics import Statistics
from elumenta_tui.session.events import ConversationShown
from tests.leading import Chat, leading, resumed
from tests.service import Call, Reset, Service, Step, delta, ended, json_response, sse, started

COSTS = {"gpt-5": 2, "gpt-5.2": 4, "gpt-5-nano": 1}
"""Elumenta tokens that the account is charged. Every request of a model costs the same, as the vendor documents."""

ENDS = ["stated", "without a balance", "silent", "cut", "refused"]

EVENTS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["send", "version", "aside", "compare"]),
            st.sampled_from(ENDS),
            st.sampled_from(list(COSTS)),
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
        self.end = "stated"
        self.paid: list[int] = []
        self.elsewhere = 0
        self.service = service
        service.balance = 300
        service.usually = self._answer

    @property
    def balance(self) -> int:
        return 300 - sum(self.paid) - self.elsewhere

    def _answer(self, call: Call) -> list[Step]:
        self.paid.append(0 if self.end == "refused" else COSTS[call.json["model"]])
        self.service.balance = self.balance
        # Each answer has an id of its own: none is found in the history as another's.
        id = f"gen_{len(self.paid)}"
        head = [started(id=id), delta("Yes.")]
        match self.end:
            case "refused":
                return json_response(500, {"error": "provider_error", "message": "broken"})
            case "cut":
                return [sse(*head, done=False), Reset()]
            case "silent":
                return [sse(*head, ended(None, None, id=id))]
            case "without a balance":
                return [sse(*head, ended(self.paid[-1], None, id=id))]
        return [sse(*head, ended(self.paid[-1], self.balance, id=id))]


async def _play(chat: Chat, account: Account, events: list[Any]) -> None:
    """Do what the events say, one after the other, with every answer and every balance waited for."""
    session = chat.session
    for event in events:
        match event:
            case ("elsewhere", tokens):
                account.elsewhere += tokens
                account.service.balance = account.balance
                session.read_account()
            case ("new",):
                session.new_conversation()
            case (way, end, slug):
                account.end = end
                session.select_model_named(slug)
                before = session.last
                if way == "aside":
                    session.side_question.drop()
                    session.side_question.ask("And?", session.model)
                elif way == "compare":
                    models = [model for model in session.models if model.slug in COSTS]
                    session.comparing.ask("All?", models)
                elif way == "version" and before is not None and before.has_text:
                    session.branches.regenerate(before, model=session.model)
                else:
                    session.send("Is it?")
        await session.settled()
        await chat.until(lambda: session.latest is None or not session.accounting.is_settling(session.latest))
        await asyncio.wrap_future(session.open_library().autosave.store.put())


def _sum(totals: list[Total]) -> Total:
    return Total(sum(each.amount for each in totals), sum(each.unknown for each in totals))


async def _check(chat: Chat, account: Account, conversations: list[Conversation]) -> Statistics:
    session = chat.session
    whole = session.ledger.total
    charges = list(session.ledger.charges.values())
    assert len(charges) == len(account.paid)
    for charge, paid in zip(charges, account.paid, strict=True):
        if charge.basis in ("stated", "free"):
            # A comparison's answers may have reached the service in another order.
            assert charge.amount in account.paid
        assert charge.amount is not None or charge.basis == "unknown", paid
    assert whole == Total(
        sum(charge.amount or 0 for charge in charges), sum(charge.amount is None for charge in charges)
    )
    shown = {answer.id for each in conversations for answer in each.all_answers()}
    beside = [charge for id, charge in session.ledger.charges.items() if id not in shown]
    of_conversations = _sum([each.total for each in conversations])
    of_asides = Total(sum(each.amount or 0 for each in beside), sum(each.amount is None for each in beside))
    assert _sum([of_conversations, of_asides]) == whole
    for period in Period:
        spent = session.spending.spent(period)
        assert (spent.known, spent.unknown) == (whole.amount, whole.unknown), period
        assert spent.most >= sum(account.paid), "what is not known counts with the most that it may be"
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
        assert (
            Total(sum(group.spent.known for group in groups), sum(group.spent.unknown for group in groups))
            == whole
        )
    if not whole.unknown:
        # Every token that has left the balance is somebody's.
        assert whole.amount == sum(account.paid)
        assert sum(day.elsewhere.spent for day in found.days) == account.elsewhere
        assert 300 - account.balance == whole.amount + account.elsewhere
    return found


def _is_shown(chat: Chat, seen: int) -> bool:
    return len(chat.all(ConversationShown)) > seen


async def _run(events: list[Any], home: Path) -> None:
    async with Service() as service:
        account = Account(service)
        conversations: list[Conversation] = []
        async with leading(service, home, limits=SpendingLimits(session=9999, day=9999, month=9999)) as chat:
            await chat.session.begun()
            chat.session.read_account()
            await chat.session.settled()
            conversations.append(chat.session.conversation)
            for event in events:
                await _play(chat, account, [event])
                if event == ("new",):
                    conversations.append(chat.session.conversation)
            found = await _check(chat, account, conversations)
            ids = {each.id: each.total for each in conversations if each.turns}
        async with resumed(service, home) as later:
            again = await later.session.spending.statistics(14)
            assert again == found, "after a restart the sums are the same"
            for id, total in ids.items():
                seen = len(later.all(ConversationShown))
                if later.session.conversation.id != id:
                    later.session.open(id)
                    await later.until(partial(_is_shown, later, seen))
                assert later.session.conversation.total == total


@settings(max_examples=20, deadline=None)
@given(EVENTS)
def test_answers_conversations_the_session_its_limits_the_disk_and_the_balance_agree(
    events: list[Any],
) -> None:
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(_run(events, Path(home)))
