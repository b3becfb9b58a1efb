"""Turns: a prompt and its answers.

An answer is a small state machine without a clock. Callers pass the time: seconds of one monotonic clock for durations, Unix
seconds for dates (`asked_on`, `ended_on`). (Over 400 lines: the states of an answer and what leads from one to the next.)
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from enum import Enum
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from elumenta_tui.chat.failure import STOPPED, Billing, Failure
from elumenta_tui.chat.ledger import Charge
from elumenta_tui.chat.message import Message
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.request import Options
from elumenta_tui.lean import Frozen
from elumenta_tui.text.lazy_pattern import LazyPattern

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.history import RecoveredAnswer


OWN = "elumenta-tui"
"""Origin of an answer that comes from an export of this program."""

COPY = "copy"
"""Origin of an answer that was copied from another conversation. What it cost counts there."""

FOREIGN = {"chatgpt": "ChatGPT", "claude": "Claude"}
"""Names of the services whose exports can be imported, by the origin of their answers."""


class Progress(NamedTuple):
    """Version of an answer's text. Whoever shows or saves it compares this value, never a bare length."""

    revision: int = 0
    """Counts up when another text takes the place of this one. What was shown or saved of the text is void then."""
    length: int = 0
    """Characters of the text so far. It only grows while the revision stays."""


class Preparation(Frozen):
    """How far the service has got with an answer that it prepares as a whole. None: the service does not say."""

    percent: Amount | None = None
    """`progress`, from 0 to 100."""
    seconds: Amount | None = None
    """`eta_seconds`: seconds that are left."""


class RetryWait(Frozen):
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


@dataclass(slots=True, eq=False, repr=False)
class Turn:
    """A prompt and its answers. It hangs below an answer of another turn, or at the root of its conversation."""

    prompt: str
    """The text of the prompt."""
    parent: Answer | None = None
    """The answer that the prompt follows; None at the root."""
    id: str = ""
    """Id in the store; empty until the turn is stored."""
    answers: list[Answer] = field(default_factory=list)
    """Oldest first. Each is of a request of its own."""
    is_branch: bool = False
    """Whether it was knowingly made beside another turn that follows the same answer, as an edited prompt is. Two programs that
    add to one conversation make no branches: what the one did not know of, its turn follows."""
    is_aside: bool = False
    """True if it was asked beside the conversation and kept: the path does not lead on through it by itself."""
    chosen: Answer | None = None
    """The answer that belongs to the conversation. None: none does, and the prompt does not either."""
    left_out: bool = False
    """Whether the user keeps the prompt out of all further requests."""
    pinned: bool = False
    """Whether the prompt is sent also when a part of the conversation is left out for its length."""
    is_summary: bool = False
    """Whether its request asks for a summary of what is left out above it."""
    attachments: tuple[Attachment, ...] = ()
    """Files that are sent with the prompt. Never changed."""

    @property
    def message(self) -> Message:
        """The prompt as a message, in parts. It is made when it is asked for: there may be thousands of turns."""
        if self.attachments:
            from elumenta_tui.chat.attachment import message_with

            return message_with(self.prompt, self.attachments)
        return Message.of("user", self.prompt)

    @property
    def shown(self) -> Answer:
        """The answer that stands below the prompt: the chosen one, or the newest if none belongs to the conversation."""
        return self.chosen or self.answers[-1]

    def answer(self, model: Model, **facts: Any) -> Answer:
        """Add an answer by that model, which is chosen from now on; `facts` are fields of it."""
        answer = Answer(self, model, **facts)
        self.answers.append(answer)
        self.chosen = answer
        return answer

    def restore(self, model: Model, text: str, **facts: Any) -> Answer:
        """Add a stored answer: its text so far, and other fields as far as they are known. It is chosen from now on."""
        answer = self.answer(model, **facts)
        answer.set_text(text)
        return answer


_THOUGHT_MARKS = ("<think>", "<thinking>")
_THOUGHTS_END = LazyPattern("</think(?:ing)?>")
_LONGEST_MARK = len("</thinking>")


class AnswerState(Enum):
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


@dataclass(slots=True, eq=False, repr=False)
class Answer:
    """The answer of one model to a prompt. Written only through its methods. A final state ignores later events."""

    turn: Turn
    """The turn that it belongs to."""
    model: Model
    """The model that was asked."""
    options: Options = field(default_factory=Options)
    """Parameters of the request."""
    remark: str = ""
    """What the user asked this answer to do better than another answer of its turn; empty for nothing."""
    left_out: bool = False
    """Whether the user keeps the answer out of all further requests."""
    pinned: bool = False
    """Whether the answer is sent also when a part of the conversation is left out for its length."""
    about: Answer | None = None
    """The answer that the remark is about. Known only while this one is running."""
    quoted: tuple[Answer, ...] = ()
    """Other answers of the turn that are sent with the remark. Known only while this one is running."""
    id: str = ""
    """Id in the store; empty until the answer is stored."""
    asked_on: float | None = None
    """Unix seconds; None if unknown."""
    ended_on: float | None = None
    asked_at: float = 0.0
    """Seconds of the app's monotonic clock. A restored answer counts from its prompt."""
    first_text_at: float | None = None
    last_text_at: float | None = None
    thoughts_ended_at: float | None = None
    """When the thoughts at its beginning were complete; None if there are none, or nobody saw it."""
    ended_at: float | None = None
    state: AnswerState = AnswerState.WAITING
    generation_id: str = ""
    request_hash: str = ""
    """See `spending.fingerprint`; empty for an answer of an older version, or one that was copied."""
    served_by: str = ""
    """`model` of generation_start; empty until then. May differ from the model that was asked."""
    deltas: int = 0
    """Number of content deltas, each about one LLM token."""
    charge: Charge = field(default_factory=Charge)
    """What the request cost."""
    failure: Failure | None = None
    retry_wait: RetryWait | None = None
    """The wait before a repeat; None if no repeat is pending."""
    preparation: Preparation | None = None
    """Progress of an answer that the service prepares as a whole, and that is polled for; None for other answers."""
    recovered: RecoveredAnswer | None = None
    """The whole answer found at the service, which can replace the text."""
    was_recovered: bool = False
    """Whether the text was completed from the service's history."""
    origin: str = ""
    """Source that the answer was imported from: one of `FOREIGN`, or `OWN`; `COPY` if it was copied; empty if it was asked for here, or
    merged, or copied by an older version."""
    unreadable: int = 0
    """Number of stream events that could not be read. The text around them is kept."""
    revision: int = 0
    """See `Progress.revision`."""
    length: int = 0
    """Characters of the text so far."""
    has_text: bool = False
    """Whether there is any answer worth keeping: more than white space."""
    _parts: list[str] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)
    """End of each part within the answer, in characters."""
    _deltas_noted: int = 0
    _thoughts_sought: int = 0
    """Characters in which the end of the thoughts was sought; -1 if the answer begins with none."""

    @property
    def prompt(self) -> str:
        """The text of the prompt."""
        return self.turn.prompt

    @property
    def is_foreign(self) -> bool:
        """Whether the answer comes from another service, which states no price in Elumenta tokens."""
        return self.origin in FOREIGN and not self.charge.amount

    @property
    def is_copy(self) -> bool:
        """True if the answer was copied from another conversation, where its cost counts."""
        return self.origin == COPY

    @property
    def is_replaced(self) -> bool:
        """Whether the user had the prompt sent again. The answer then no longer counts as part of the conversation."""
        return self.turn.chosen is not self

    @property
    def progress(self) -> Progress:
        """Version of the text."""
        return Progress(self.revision, self.length)

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

    def begin(self, generation_id: str, model: str) -> None:
        """Record that the service has started (generation_start)."""
        if not self.over:
            self.state = AnswerState.STREAMING
            self.generation_id, self.served_by = generation_id, model

    def add(self, text: str) -> None:
        """Append a piece of the answer (content_delta)."""
        if not self.over and text:
            self.state = AnswerState.STREAMING
            self.deltas += 1
            self.length += len(text)
            self.has_text = self.has_text or not text.isspace()
            self._parts.append(text)
            self._ends.append(self.length)

    def reset(self) -> None:
        """Discard the text: the service begins it anew."""
        if not self.over:
            self._replace("")

    def wait(self, wait: RetryWait | None) -> None:
        """Record that the request was refused at no cost and waits for its repeat; None: it is sent again now."""
        if not self.over:
            self.retry_wait = wait

    def prepare(self, preparation: Preparation) -> None:
        """Record that the service accepted the request and will have the answer later."""
        if not self.over:
            self.preparation = preparation

    def skip(self) -> None:
        """Count an event that could not be read."""
        if not self.over:
            self.unreadable += 1

    def end(self, cost: Amount | None = None, balance: Amount | None = None) -> None:
        """Record that the service calls the answer whole (generation_end, or [DONE])."""
        if self.over:
            return
        self.charge.end(cost, balance)
        self.preparation = None
        if self.has_text:
            self.state = AnswerState.COMPLETE
        else:
            self.state = AnswerState.FAILED
            self.failure = Failure("empty_answer")

    def fail(self, failure: Failure) -> None:
        """Record that the answer will not come, or will not come whole."""
        if not self.over:
            self.state = AnswerState.INTERRUPTED if self.has_text else AnswerState.FAILED
            self.failure = failure
            self.retry_wait = None
            self.charge.fail(failure.billing)

    @property
    def was_stopped(self) -> bool:
        """Whether the user has stopped the answer."""
        return self.failure is not None and self.failure.kind == STOPPED

    @property
    def is_doubtful(self) -> bool:
        """Whether the answer is incomplete, although the service may have made a whole one and charged for it."""
        return self.failure is not None and self.failure.billing is Billing.UNKNOWN

    def offer(self, recovered: RecoveredAnswer) -> None:
        """Record that the service has a whole answer."""
        if self.is_doubtful:
            self.recovered = recovered

    def complete(self) -> None:
        """Replace the text by the whole answer that was found: the only way out of a final state."""
        recovered = self.recovered
        if recovered is None:
            return
        self._replace(recovered.text)
        self.state, self.failure, self.recovered = AnswerState.COMPLETE, None, None
        self.was_recovered = True
        self.generation_id = self.generation_id or recovered.id
        if self.charge.stated is None:
            self.charge.stated = recovered.cost

    def rewrite(self, text: str) -> None:
        """Replace the text of a complete answer by one that the user has written."""
        if self.state is AnswerState.COMPLETE and text.strip():
            self._replace(text)

    def _replace(self, text: str) -> None:
        self.revision += 1
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Begin with a text that is stored. What is shown must be told by `revision` that another text came."""
        self._parts, self._ends = ([text], [len(text)]) if text else ([], [])
        self.length, self.has_text = len(text), bool(text) and not text.isspace()
        self._thoughts_sought = 0
        self._deltas_noted = self.deltas

    def copy_to(self, turn: Turn) -> Answer:
        """Add a copy of this answer to another turn. It is not stored and costs nothing. A running one is cut where it is."""
        copy = turn.restore(
            self.model,
            self.text,
            options=self.options,
            remark=self.remark,
            asked_on=self.asked_on,
            ended_on=self.ended_on,
            asked_at=self.asked_at,
            first_text_at=self.first_text_at,
            last_text_at=self.last_text_at,
            thoughts_ended_at=self.thoughts_ended_at,
            ended_at=self.ended_at,
            served_by=self.served_by,
            deltas=self.deltas,
            charge=Charge(stated=0, is_open=False, is_final=True),
            failure=self.failure,
            left_out=self.left_out,
            pinned=self.pinned,
            origin=self.origin if self.origin in FOREIGN else COPY,
        )
        if self.over:
            copy.state = self.state
        else:
            copy.fail(Failure(STOPPED, Billing.NOT_CHARGED))
        return copy

    def note_time(self, now: float, on: float | None = None) -> None:
        """Record when text and the end were seen: `now` in seconds of the clock of `asked_at`, `on` in Unix seconds."""
        if self.deltas > self._deltas_noted:
            self._deltas_noted = self.deltas
            self.last_text_at = now
            if self.first_text_at is None:
                self.first_text_at = now
            if self.thoughts_ended_at is None and self._thoughts_sought >= 0:
                self._note_thoughts(now)
        if self.ended_at is None and self.over:
            self.ended_at, self.ended_on = now, on

    def _note_thoughts(self, now: float) -> None:
        begin = self.text_since(0, 40).lstrip()
        if not any(mark.startswith(begin[: len(mark)]) for mark in _THOUGHT_MARKS):
            self._thoughts_sought = -1
        elif _THOUGHTS_END.compiled.search(self.text_since(max(0, self._thoughts_sought - _LONGEST_MARK))):
            self.thoughts_ended_at = now
        else:
            self._thoughts_sought = self.length

    def silence(self, now: float) -> float:
        """Return the seconds since the last text, or since the prompt was sent."""
        since = self.last_text_at if self.last_text_at is not None else self.asked_at
        return max(0.0, now - since)

    def seconds(self, now: float) -> float:
        """Return the seconds from sending the prompt until the end or `now`."""
        return max(0.0, (self.ended_at if self.ended_at is not None else now) - self.asked_at)
