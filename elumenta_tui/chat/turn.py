"""A turn: a prompt and its answer.

A small state machine without a clock. Callers pass the time: seconds of one monotonic clock for durations, Unix seconds for
dates (`asked_on`, `ended_on`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import ceil
from typing import Any, NamedTuple

from elumenta_tui.chat.ledger import Charge
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount, amount, identifier, text, unix_seconds


class Failure(NamedTuple):
    """Why a turn has no whole answer. `kind` picks the words; no part of a failure is ever sent to a model."""

    kind: str
    """The service's error code (`rate_limit_exceeded`), or one of our own (`stopped`, `cut`, `no_connection`)."""
    charge: Charge = Charge.UNKNOWN
    message: str = ""
    """The service's own words, clean; may be empty."""
    status: int | None = None
    """HTTP status; None if there was no response."""
    retry_after: float | None = None
    """Seconds until the service accepts a request again (`retry_after`, or the header); None if it did not say."""


STOPPED = "stopped"
"""Kind of the failure of a turn that the user has stopped."""


class Progress(NamedTuple):
    """How far the service has got with an answer that it prepares as a whole. None: the service does not say."""

    percent: Amount | None = None
    """`progress`, from 0 to 100."""
    seconds: Amount | None = None
    """`eta_seconds`: seconds that are left."""


class Found(NamedTuple):
    """A whole answer in the service's history that belongs to a turn without one."""

    id: str
    text: str
    cost: Amount | None = None
    """Elumenta tokens; None if the service did not say."""


class HistoryEntry(NamedTuple):
    """One generation of `GET /api/v2/user/history`. What the service left out is empty or None."""

    id: str
    model: str
    """`model_slug`, or `model`."""
    prompt: str
    status: str
    """`completed`, or how else the generation ended."""
    text: str
    """`result_text`, or `content`."""
    cost: Amount | None = None
    """`tokens_spent`, or `tokens_used`: Elumenta tokens."""
    created_on: float | None = None
    """`created_at`, in Unix seconds."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> HistoryEntry:
        cost = amount(data.get("tokens_spent"))
        return cls(
            id=identifier(data.get("id")),
            model=text(data.get("model_slug")) or text(data.get("model")),
            prompt=text(data.get("prompt")),
            status=text(data.get("status")).lower(),
            text=text(data.get("result_text")) or text(data.get("content")),
            cost=cost if cost is not None else amount(data.get("tokens_used")),
            created_on=unix_seconds(data.get("created_at")),
        )


class Hold(NamedTuple):
    """The wait before the same request is repeated automatically."""

    failure: Failure
    """The failure of the last attempt. It cost nothing, or there would be no repeat."""
    until: float
    """End of the wait, in seconds of the app's monotonic clock."""
    number: int
    """Number of the next repeat, from 1."""
    of: int
    """Number of repeats, at most."""

    def seconds(self, now: float) -> int:
        """Return the full seconds that are left, as a countdown shows them."""
        return max(0, ceil(self.until - now))


class TurnState(Enum):
    """waiting → streaming → complete | interrupted | failed. The last three are final."""

    WAITING = "waiting"
    STREAMING = "streaming"
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    """There is text, but not the whole answer."""
    FAILED = "failed"
    """There is no text."""

    def __init__(self, value: str) -> None:
        # An attribute, because opening a conversation asks every one of thousands of turns.
        self.final = value in ("complete", "interrupted", "failed")
        """Whether nothing more comes."""


@dataclass(slots=True, eq=False)
class Turn:
    """A prompt and its answer. Written only through its methods. A final state ignores later events."""

    prompt: str
    model: Model
    """The model that was asked."""
    id: str = ""
    """Id in the store; empty until the turn is stored."""
    asked_on: float | None = None
    """Unix seconds; None if unknown."""
    ended_on: float | None = None
    asked_at: float = 0.0
    """Seconds of the app's monotonic clock. A restored turn counts from its prompt."""
    first_text_at: float | None = None
    last_text_at: float | None = None
    ended_at: float | None = None
    state: TurnState = TurnState.WAITING
    generation_id: str = ""
    served_by: str = ""
    """`model` of generation_start; empty until then. May differ from the model that was asked."""
    deltas: int = 0
    """Number of content deltas, each about one LLM token."""
    cost: Amount | None = None
    """Elumenta tokens, as generation_end stated them; None if it did not."""
    balance_before: Amount | None = None
    balance_after: Amount | None = None
    failure: Failure | None = None
    hold: Hold | None = None
    """The wait before a repeat; None if no repeat is pending."""
    progress: Progress | None = None
    """Progress of an answer that the service prepares as a whole, and that is polled for; None for other answers."""
    settling: bool = False
    """Whether the balance is being read to learn the cost."""
    found: Found | None = None
    """The whole answer found at the service, which can replace the text."""
    was_found: bool = False
    """Whether the text was completed from the service's history."""
    asked_again: bool = False
    """Whether the user had the prompt sent again. The turn then no longer counts as part of the conversation."""
    given_back: bool = False
    """Whether the prompt went back into the prompt box."""
    unreadable: int = 0
    """Number of stream events that could not be read. The text around them is kept."""
    was_restored: bool = False
    """Whether the turn comes from an earlier session: the current balance says nothing about its cost."""
    length: int = 0
    """Characters of the answer so far."""
    has_text: bool = False
    """Whether there is any answer worth keeping: more than white space."""
    _parts: list[str] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)
    """End of each part within the answer, in characters."""
    _deltas_noted: int = 0
    _balance_stated: bool = False

    @classmethod
    def restored(cls, prompt: str, model: Model, answer: str, **facts: Any) -> Turn:
        """Return a stored turn: its answer so far, and other fields as far as they are known."""
        turn = cls(prompt, model, was_restored=True, **facts)
        if answer:
            turn._parts, turn._ends = [answer], [len(answer)]
            turn.length, turn.has_text = len(answer), not answer.isspace()
        turn._deltas_noted = turn.deltas
        return turn

    @property
    def text(self) -> str:
        """The answer so far."""
        if len(self._parts) > 1:
            self._parts[:] = ["".join(self._parts)]
            self._ends[:] = [self.length]
        return self._parts[0] if self._parts else ""

    def text_since(self, start: int, limit: int | None = None) -> str:
        """Return the answer from character `start` on, about `limit` characters of it. The cost is proportional to the result."""
        first = bisect_right(self._ends, start)
        if first == len(self._ends):
            return ""
        before = self._ends[first - 1] if first else 0
        after = None if limit is None else bisect_left(self._ends, start + limit, first) + 1
        text = "".join(self._parts[first:after])[start - before :]
        return text if limit is None else text[:limit]

    @property
    def over(self) -> bool:
        return self.state.final

    @property
    def paid(self) -> Amount | None:
        """Elumenta tokens that the turn cost, stated or seen on the balance; None if unknown."""
        if self.cost is not None:
            return self.cost
        if self.is_free:
            return 0
        if self.over and self.balance_before is not None and self.balance_after is not None:
            spent = self.balance_before - self.balance_after
            # A higher balance was topped up meanwhile: it does not tell the cost.
            return spent if spent >= 0 else None
        return None

    def begin(self, generation_id: str, model: str) -> None:
        """Record that the service has started (generation_start)."""
        if not self.over:
            self.state = TurnState.STREAMING
            self.generation_id, self.served_by = generation_id, model

    def add(self, text: str) -> None:
        """Append a piece of the answer (content_delta)."""
        if not self.over and text:
            self.state = TurnState.STREAMING
            self.deltas += 1
            self.length += len(text)
            self.has_text = self.has_text or not text.isspace()
            self._parts.append(text)
            self._ends.append(self.length)

    def wait(self, hold: Hold | None) -> None:
        """Record that the request was refused at no cost and waits for its repeat; None: it is sent again now."""
        if not self.over:
            self.hold = hold

    def prepare(self, progress: Progress) -> None:
        """Record that the service accepted the request and will have the answer later."""
        if not self.over:
            self.progress = progress

    def forget_balance(self) -> None:
        """Forget the balance before the request: another one is in flight, and two balances tell nothing of one of them."""
        self.balance_before = None

    def skip(self) -> None:
        """Count an event that could not be read."""
        if not self.over:
            self.unreadable += 1

    def end(self, cost: Amount | None = None, balance: Amount | None = None) -> None:
        """Record that the service calls the answer whole (generation_end, or [DONE])."""
        if self.over:
            return
        self.cost, self.balance_after = cost, balance
        self._balance_stated = balance is not None
        self.progress = None
        if self.has_text:
            self.state = TurnState.COMPLETE
        else:
            self.state = TurnState.FAILED
            self.failure = Failure("empty_answer")

    def fail(self, failure: Failure) -> None:
        """Record that the answer will not come, or will not come whole."""
        if not self.over:
            self.state = TurnState.INTERRUPTED if self.has_text else TurnState.FAILED
            self.failure = failure
            self.hold = None

    def settle(self, balance: Amount | None) -> None:
        """Record the balance read after a turn that stated none; again, if the service was slow to charge."""
        if self.over and not self._balance_stated and not self.was_restored and balance is not None:
            self.balance_after = balance

    @property
    def was_stopped(self) -> bool:
        """Whether the user has stopped the answer."""
        return self.failure is not None and self.failure.kind == STOPPED

    @property
    def is_free(self) -> bool:
        """Whether the turn has failed, and is known to have cost nothing."""
        return self.failure is not None and self.failure.charge is not Charge.UNKNOWN

    @property
    def is_doubtful(self) -> bool:
        """Whether the answer is incomplete, although the service may have made a whole one and charged for it."""
        return self.failure is not None and self.failure.charge is Charge.UNKNOWN

    @property
    def may_be_charged_yet(self) -> bool:
        """Whether the balance is still the one from before the turn. That proves nothing: the service may charge later."""
        return self.balance_before is not None and self.balance_after in (None, self.balance_before)

    def offer(self, found: Found) -> None:
        """Record that the service has a whole answer."""
        if self.is_doubtful:
            self.found = found

    def complete(self) -> None:
        """Replace the text by the whole answer that was found: the only way out of a final state."""
        found = self.found
        if found is None:
            return
        self._parts, self._ends = [found.text], [len(found.text)]
        self.length, self.has_text = len(found.text), True
        self.state, self.failure, self.found = TurnState.COMPLETE, None, None
        self.was_found, self.given_back = True, False
        self.generation_id = self.generation_id or found.id
        if self.cost is None:
            self.cost = found.cost

    def note_time(self, now: float, on: float | None = None) -> None:
        """Record when text and the end were seen: `now` in seconds of the clock of `asked_at`, `on` in Unix seconds."""
        if self.deltas > self._deltas_noted:
            self._deltas_noted = self.deltas
            self.last_text_at = now
            if self.first_text_at is None:
                self.first_text_at = now
        if self.ended_at is None and self.over:
            self.ended_at, self.ended_on = now, on

    def silence(self, now: float) -> float:
        """Return the seconds since the last text, or since the prompt was sent."""
        since = self.last_text_at if self.last_text_at is not None else self.asked_at
        return max(0.0, now - since)

    def seconds(self, now: float) -> float:
        """Return the seconds from sending the prompt until the end or `now`."""
        return max(0.0, (self.ended_at if self.ended_at is not None else now) - self.asked_at)
