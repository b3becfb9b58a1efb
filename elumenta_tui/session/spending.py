"""The spending of a session: the charges of its requests on the disk, and whether one more may be sent without asking.

A request that the user's own limits speak against is refused once, with the reason. After the user was told (`note_told`), the same
request is let through. What other programs have spent is read off the loop: after every request, and while a prompt is typed. As
they may be faster, the caps of a day and a month are looked at once more after the prompt is on the disk and before it leaves.

(Over 400 lines: limits, sums and charges on the disk are of the same entries, which nobody else may change.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.request import Request
from elumenta_tui.chat.spending import (
    NOTHING_SPENT,
    Asked,
    CapRest,
    Kind,
    Objection,
    Period,
    Reason,
    SpendingLimits,
    Spent,
    fingerprint,
    most_of,
    spent,
)
from elumenta_tui.chat.statistics import DAY, Statistics
from elumenta_tui.chat.turn import Answer
from elumenta_tui.session.backend import Backend
from elumenta_tui.session.events import AccountChanged, Notify
from elumenta_tui.session.guardrails import Refusal
from elumenta_tui.session.tasks import Tasks
from elumenta_tui.store.ids import new_id

if TYPE_CHECKING:
    from elumenta_tui.session.autosave import Autosave
    from elumenta_tui.store.charges import Measured

CAP_REACHED = "cap_reached"
"""Kind of the failure of an answer whose request was kept back at the last moment, because another program was faster."""

REPEATED_WITHIN = 24 * 3600.0
"""Seconds in which the same request counts as repeated."""

TOLD_FOR = 300.0
"""Seconds after which a user has to be told again before a refused request is let through."""

PASSED_FOR = 1.0
"""Seconds in which a request that nothing spoke against is not looked for among earlier ones again."""

REFRESH_EVERY = 2.0
"""Seconds between two readings of what other programs have spent, at least, while a prompt is typed."""

FLUSH_PATIENCE = 1.0
"""Seconds that statistics wait for what was just asked to be on the disk."""

LONGEST = 3_660
"""Days that statistics cover, at most."""

_GROUP = "spending"


class _Session(Protocol):
    """The part of the session that this one needs."""

    backend: Backend
    limits: SpendingLimits
    clock: Callable[[], float]
    calendar: Callable[[], float]
    reaction: float

    @property
    def is_answering(self) -> bool: ...

    @property
    def autosave(self) -> Autosave | None: ...


@dataclass(slots=True, eq=False)
class _Entry:
    """A request of this session."""

    answer: Answer
    kind: Kind
    owner: Conversation
    demo: bool
    is_allowed: bool
    """True if the user has let it through although a cap was reached."""
    account: str = ""
    """See `Backend.fingerprint`; empty before the first connection."""
    settled_on: float | None = None
    commit: Future[bool] | None = None
    known: tuple[object, ...] = ()


@dataclass(slots=True)
class _Snapshot:
    """The spending of other programs, and the requests of the last day, as they were read."""

    day_from: float = 0.0
    month_from: float = 0.0
    demo: bool = False
    day: Spent = NOTHING_SPENT
    month: Spent = NOTHING_SPENT
    asked: dict[str, Asked] = field(default_factory=dict)


class Spending:
    """The money of a session. Call every method on the session's loop."""

    def __init__(self, session: _Session, tasks: Tasks, notify: Notify) -> None:
        self._session = session
        self._tasks = tasks
        self._notify = notify
        self._entries: dict[str, _Entry] = {}
        self._confirmed: set[frozenset[str]] = set()
        """The models that the user has confirmed the price of."""
        self._told: dict[str, tuple[float, frozenset[Reason]]] = {}
        """By the key of a request: when the user was told of what speaks against it, and of what."""
        self._allowed = 0
        """Number of requests that begin next and may exceed a cap."""
        self.objections: Sequence[Objection] = ()
        """The objections to the request that was refused last."""
        self._refused = ""
        self._snapshot = _Snapshot()
        self._read_at = float("-inf")
        self._demo_account = f"demo {new_id()}"
        self._passed: tuple[str, float] = ("", float("-inf"))
        """The key of the request that nothing spoke against last, and when that was."""
        self._hashed: tuple[Request, str] | None = None
        """The request that was hashed last, and its hash."""

    # ---------------------------------------------------------------------------------------------------- the guardrail

    def refusal(self, key: str, models: Sequence[Model], requests: Iterable[Request] = ()) -> Refusal | None:
        """Return why a request to each of these models is not sent yet; None if it may be, or if the user was told.

        Args:
            key: tells this request from others: what is asked, and what for.
            requests: are looked for among those of the last day.
        """
        now = self._session.clock()
        key_then, then = self._passed
        if key_then == _key(key, models) and now - then <= PASSED_FOR:
            # The prompt box has asked before it gave the text away: that the request is no repeat is known.
            requests = ()
        found = list(self._objections(models, requests))
        told_at, told = self._told.get(_key(key, models), (float("-inf"), frozenset()))
        if self._session.reaction <= now - told_at <= TOLD_FOR:
            found = [each for each in found if each.reason not in told]
        if not found:
            self._passed = _key(key, models), now
            return None
        self.objections, self._refused = found, _key(key, models)
        return Refusal(found[0].reason.value)

    def hash_of(self, request: Request) -> str:
        """Return the fingerprint of a request. One that was looked for before it is sent is not hashed twice: it may be large."""
        if self._hashed is None or self._hashed[0] != request:
            self._hashed = request, fingerprint(request)
        return self._hashed[1]

    def note_told(self) -> None:
        """Note that the user was told of `objections`: the same request is let through now."""
        before = self._told.get(self._refused, (0.0, frozenset[Reason]()))[1]
        refusals = before | {each.reason for each in self.objections}
        self._told = {self._refused: (self._session.clock(), refusals)}

    def accept(self, key: str, models: Sequence[Model]) -> None:
        """Note that the requests to these models begin now."""
        if (price := most_of(models)) is not None and price > self._session.limits.confirm_above:
            self._confirmed.add(frozenset(model.slug for model in models))
        self._passed = ("", float("-inf"))
        _, told = self._told.pop(_key(key, models), (0.0, frozenset[Reason]()))
        self._allowed = len(models) if Reason.CAP in told else 0

    def allow(self, models: Sequence[Model]) -> None:
        """Note that the user sends a request to these models whatever speaks against it."""
        if (price := most_of(models)) is not None and price > self._session.limits.confirm_above:
            self._confirmed.add(frozenset(model.slug for model in models))
        self._allowed = len(models)

    def is_guarded(self, model: Model) -> Refusal | None:
        """Return why a queued prompt is not sent to a model by itself; None if it is."""
        return next((Refusal(each.reason.value) for each in self._objections([model], ())), None)

    def _objections(self, models: Sequence[Model], requests: Iterable[Request]) -> Iterable[Objection]:
        limits, price = self._session.limits, most_of(models)
        passed = next((rest for rest in self._rests(models) if rest.is_passed), None)
        if passed is not None:
            yield Objection(Reason.CAP, tuple(models), passed.period, passed.spent, passed.cap)
        is_confirmed = frozenset(model.slug for model in models) in self._confirmed
        if limits.confirm_above and price is not None and price > limits.confirm_above and not is_confirmed:
            yield Objection(Reason.CONFIRM, tuple(models), cap=limits.confirm_above)
        # The hash goes over the whole context: where nothing was asked, none is needed.
        if (
            limits.names_repeats
            and self._snapshot.asked
            and self._snapshot.demo == self._session.backend.is_demo
        ):
            now = self._session.calendar()
            for request in requests:
                asked = self._snapshot.asked.get(self.hash_of(request))
                if asked is not None and now - asked.asked_on <= REPEATED_WITHIN:
                    yield Objection(Reason.REPEATED, tuple(models), asked=asked)
                    break

    def scarce_rest(self, models: Sequence[Model]) -> CapRest | None:
        """Return the rest of a cap that a request to each of these models would pass, or else of the one that is used up most.

        None if no cap is nearly used up.
        """
        scarce = [rest for rest in self._rests(models) if rest.is_scarce]
        return min(scarce, key=lambda rest: (not rest.is_passed, rest.left / rest.cap), default=None)

    def _rests(self, models: Sequence[Model]) -> Iterator[CapRest]:
        """Yield the rest of each cap before a request to each of these models."""
        for period in Period:
            if cap := self._session.limits.cap(period):
                yield CapRest(period, cap, self.spent(period), most_of(models) or 0)

    # ------------------------------------------------------------------------------------------------------- the sums

    def spent(self, period: Period, before: Answer | None = None) -> Spent:
        """Return what was spent in a period, by this session and, as far as was read, by others; `before`: before that request."""
        demo, snapshot = self._session.backend.is_demo, self._snapshot
        day, month = self._begins()
        since = {Period.SESSION: float("-inf"), Period.DAY: day, Period.MONTH: month}[period]
        own = []
        for entry in self._entries.values():
            if entry.answer is before:
                break
            if entry.demo == demo and (entry.answer.asked_on or 0.0) >= since:
                own.append((entry.answer.charge, entry.answer.model.most))
        total = spent(own)
        if period is Period.DAY and (snapshot.demo, snapshot.day_from) == (demo, day):
            return total.and_(snapshot.day)
        if period is Period.MONTH and (snapshot.demo, snapshot.month_from) == (demo, month):
            return total.and_(snapshot.month)
        return total

    def _begins(self) -> tuple[float, float]:
        """Return when this day and this month have begun where the user is, in Unix seconds."""
        now = datetime.fromtimestamp(self._session.calendar())
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return day.timestamp(), day.replace(day=1).timestamp()

    def refresh(self) -> None:
        """Read what other programs have spent, and what was asked within a day, soon."""
        self._read_at = self._session.clock()
        self._tasks.start(self.read, _GROUP, exclusive=True)

    def typed(self) -> None:
        """Read it while a prompt is typed, so that it is known when the prompt is sent."""
        if self._session.clock() - self._read_at >= REFRESH_EVERY:
            self.refresh()

    async def read(self, before: str = "") -> None:
        """Read it now. `before`: count what was saved before the charge of that answer."""
        autosave = self._session.autosave
        if autosave is None:
            return
        limits, demo, (day, month) = self._session.limits, self._session.backend.is_demo, self._begins()
        if limits.day or limits.month:
            of_day, of_month = await asyncio.wrap_future(
                autosave.store.spent_by_others((day, month), demo=demo, before=before)
            )
            earlier = self._snapshot
            asked = earlier.asked if earlier.demo == demo else {}
            self._snapshot = _Snapshot(day, month, demo, of_day, of_month, asked)
            if (earlier.day, earlier.month) != (of_day, of_month):
                self._notify(AccountChanged())
        if limits.names_repeats and not before:
            since = self._session.calendar() - REPEATED_WITHIN
            asked = await asyncio.wrap_future(autosave.store.asked_since(since, demo=demo))
            self._snapshot.demo, self._snapshot.asked = demo, asked

    async def read_in_time(self) -> bool:
        """Read it now, and return whether that took no longer than people wait."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.read(), FLUSH_PATIENCE)
            return self._session.autosave is not None
        return False

    async def permit(self, answer: Answer) -> Failure | None:
        """Look once more, right before a request leaves. Return why it must not; None if it may."""
        limits, entry = self._session.limits, self._entries.get(answer.id)
        if entry is None or entry.is_allowed or not (limits.day or limits.month):
            return None
        from elumenta_tui.session.autosave import COMMIT_PATIENCE

        with suppress(TimeoutError):
            if entry.commit is not None:
                await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(entry.commit)), COMMIT_PATIENCE)
        await self.read(answer.id)
        for period in (Period.DAY, Period.MONTH):
            cap, so_far = limits.cap(period), self.spent(period, before=answer)
            if cap and (so_far.most >= cap or so_far.most + (answer.model.most or 0) > cap):
                return Failure(CAP_REACHED, Billing.NOTHING_SENT)
        return None

    # ------------------------------------------------------------------------------------------------------- on the disk

    def begin(self, answer: Answer, conversation: Conversation, kind: Kind) -> None:
        """Save that a request is about to be sent. What it costs is not known then."""
        # It is not kept in memory: the next request is another one.
        self._hashed = None
        is_allowed, self._allowed = self._allowed > 0, max(0, self._allowed - 1)
        demo = self._session.backend.is_demo
        self._entries[answer.id] = entry = _Entry(answer, kind, conversation, demo, is_allowed)
        self._save(entry)

    def note(self, answer: Answer) -> None:
        """Save what a request of this session has cost, if that has changed."""
        entry = self._entries.get(answer.id)
        if entry is None:
            return
        # After the conversation was read again, the answer has other objects, of which the charge is the same.
        if (answer.charge.basis, answer.charge.amount) != entry.known:
            if not answer.charge.is_open:
                entry.settled_on = self._session.calendar()
            self._save(entry)
            if answer.over and not answer.failure and answer.request_hash:
                if self._snapshot.demo != entry.demo:
                    self._snapshot = _Snapshot(demo=entry.demo)
                self._snapshot.asked[answer.request_hash] = Asked(
                    entry.owner.title, entry.owner.id, answer.asked_on or 0.0, answer.charge.amount
                )

    def answers_of(self, conversation: Conversation) -> Sequence[Answer]:
        """Return the answers that were asked for in a conversation or beside it, in this session, oldest first."""
        return [entry.answer for entry in self._entries.values() if entry.owner is conversation]

    def conversation_kept(self, conversation: Conversation) -> None:
        """Save the charges of a conversation that was temporary, now with its name."""
        for entry in self._entries.values():
            if entry.owner is conversation:
                self._save(entry, was_kept=True)

    def _save(self, entry: _Entry, *, was_kept: bool = False) -> None:
        from elumenta_tui.store.charges import values_of

        autosave = self._session.autosave
        entry.account = entry.account or self._account(is_demo=entry.demo)
        entry.known = (entry.answer.charge.basis, entry.answer.charge.amount)
        if autosave is not None:
            entry.commit = autosave.save_charge(
                values_of(
                    entry.answer,
                    conversation=entry.owner.id,
                    kind=entry.kind,
                    account=entry.account,
                    demo=entry.demo,
                    settled_on=entry.settled_on,
                ),
                was_kept=was_kept,
            )

    def note_balance(self, balance: Amount | None) -> None:
        """Save a balance that was read, unless a request is in flight."""
        autosave, backend = self._session.autosave, self._session.backend
        if autosave is None or balance is None or self._session.is_answering:
            return
        if account := self._account(is_demo=backend.is_demo):
            autosave.save_reading(account, balance)

    def _account(self, *, is_demo: bool) -> str:
        """Return what tells the account from others on the disk. Every demo begins with a balance of its own."""
        return self._demo_account if is_demo else self._session.backend.fingerprint

    # ------------------------------------------------------------------------------------------------------- statistics

    async def measured(self) -> Mapping[str, Measured]:
        """Read how each model has done in its last answers, by slug."""
        autosave = self._session.autosave
        if autosave is None:
            return {}
        return await asyncio.wrap_future(autosave.store.measured(demo=self._session.backend.is_demo))

    async def statistics(self, days: int | None) -> Statistics | None:
        """Add up the last days, today included; None: all days. Return None if nothing can be read."""
        autosave = self._session.autosave
        if autosave is None:
            return None
        with suppress(TimeoutError):
            # What was just asked is a part of it.
            await asyncio.wait_for(asyncio.wrap_future(autosave.store.put()), FLUSH_PATIENCE)
        demo, store = self._session.backend.is_demo, autosave.store
        now = self._session.calendar()
        first = await asyncio.wrap_future(store.first_day(demo=demo)) if days is None else None
        begins = days_until(now, days, first)
        return await asyncio.wrap_future(store.statistics(begins, demo=demo))


def days_until(now: float, days: int | None, first: float | None = None) -> list[float]:
    """Return when so many days begin here, the last of them today, in Unix seconds as both times. None: all days since `first`."""
    if days is None:
        days = LONGEST if first is None else max(1, min(LONGEST, int((now - first) // DAY) + 2))
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return [(today - timedelta(days=each)).timestamp() for each in reversed(range(days))]


def _key(key: str, models: Sequence[Model]) -> str:
    return "\n".join([*(model.slug for model in models), key])
