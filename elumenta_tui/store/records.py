"""Values of stored facts: records to be written, and rows of a list. `tree` restores conversations from records.

Text from the disk is cleaned again when it is read: anybody may have written the file.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import STOPPED, Billing, Failure
from elumenta_tui.chat.ledger import Charge
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.request import Options
from elumenta_tui.chat.turn import Answer, AnswerState, Turn
from elumenta_tui.store.facts import Values
from elumenta_tui.store.failures import RESCUED, failure_json, failure_of, is_stopped
from elumenta_tui.store.tables import ANSWER, CONVERSATION, TURN

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.store.facts import Row


class ConversationRecord(NamedTuple):
    """The facts that the row of a conversation begins with. A row that exists is not changed by them."""

    id: str
    title: str
    demo: bool
    """Whether it belongs to the demo account."""
    created_on: float
    """Unix seconds."""
    more: Values = MappingProxyType({})
    """The other facts that the conversation yields, by name."""

    @classmethod
    def of(cls, conversation: Conversation, *, demo: bool) -> ConversationRecord:
        """Take every fact that the conversation yields now."""
        return cls.from_values({**CONVERSATION.taken(conversation), "demo": demo})

    @classmethod
    def from_values(cls, values: Values) -> ConversationRecord:
        """Build a record from facts by name; the four fields above must be among them."""
        named = ("id", "title", "created_on")
        return cls(
            id=values["id"],
            title=values["title"],
            demo=values["demo"],
            created_on=values["created_on"] or 0.0,
            more={
                fact.name: values[fact.name]
                for fact in CONVERSATION.recorded
                if fact.is_taken and fact.name not in named
            },
        )

    @property
    def values(self) -> dict[str, Any]:
        """All facts by name."""
        return {
            **self.more,
            "id": self.id,
            "title": self.title,
            "demo": self.demo,
            "created_on": self.created_on,
        }


class TurnRecord(NamedTuple):
    """Every fact of a turn, as it was at one moment. `tables` declares the facts."""

    values: Values
    """By name. Never changed: two threads look at them."""
    attachments: tuple[Attachment, ...] = ()
    """With their contents, which the facts only name."""

    @classmethod
    def of(cls, turn: Turn, conversation: str) -> TurnRecord:
        """Take what is known of the turn now; `conversation` is the id."""
        return cls({**TURN.taken(turn), "conversation": conversation}, turn.attachments)

    @classmethod
    def from_row(cls, row: Row) -> TurnRecord:
        """Read a row of `turn`, which anybody may have written."""
        return cls(TURN.read(row))

    @property
    def id(self) -> str:
        return str(self.values["id"])

    @property
    def conversation(self) -> str:
        return str(self.values["conversation"])

    @property
    def parent(self) -> str:
        """Id of the answer that it follows; empty at the root."""
        return str(self.values["parent"])

    @property
    def chosen(self) -> str:
        """Id of the answer that belongs to the conversation; empty if none does."""
        return str(self.values["chosen"])

    @property
    def is_branch(self) -> bool:
        """Whether it was knowingly made beside another turn: see `Turn.is_branch`."""
        return bool(self.values["is_branch"])

    @property
    def prompt(self) -> str:
        return str(self.values["prompt"])

    def turn(self, parent: Answer | None) -> Turn:
        """Restore the turn, without its answers."""
        return Turn(self.prompt, parent, attachments=self.attachments, **TURN.restored(self.values))


class AnswerRecord(NamedTuple):
    """Every fact of an answer but its text, as it was at one moment. `tables` declares the facts."""

    values: Values
    """By name. Never changed: two threads look at them."""

    @classmethod
    def of(cls, answer: Answer) -> AnswerRecord:
        """Take what is known of the answer now."""
        return cls(ANSWER.taken(answer))

    @classmethod
    def from_row(cls, row: Row) -> AnswerRecord:
        """Read a row of `answer`, which anybody may have written."""
        return cls(ANSWER.read(row))

    @classmethod
    def unknown(cls, id: str) -> AnswerRecord:
        """Return the record of an answer of which at most the text is left."""
        bare = {"id": id, "model": "?", "model_name": "?"}
        return cls({**ANSWER.defaults, **bare}).ended(AnswerState.INTERRUPTED, RESCUED)

    def changed(self, **facts: object) -> AnswerRecord:
        """Return a record with other values of these facts."""
        return self._replace(values={**self.values, **facts})

    @property
    def id(self) -> str:
        return str(self.values["id"])

    @property
    def state(self) -> str:
        """A value of AnswerState."""
        return str(self.values["state"])

    @property
    def model_name(self) -> str:
        return str(self.values["model_name"])

    @property
    def asked_on(self) -> float | None:
        """Unix seconds."""
        on: float | None = self.values["asked_on"]
        return on

    @property
    def revision(self) -> int:
        """Which text of the answer: see `Progress.revision`."""
        return int(self.values["revision"])

    @property
    def outcome(self) -> str:
        """The state; `stopped` if it was the user who has ended the answer."""
        return STOPPED if is_stopped(self.values["failure"]) else self.state

    def ended(self, state: AnswerState, kind: str) -> AnswerRecord:
        """Return the record of the same answer with that end."""
        return self.changed(state=state.value, failure=failure_json(Failure(kind)))

    def answer(self, turn: Turn, text: str) -> Answer:
        """Restore the answer to a turn, and add it there. Which one is chosen is up to the caller."""
        values = self.values
        state, failure = AnswerState(values["state"]), failure_of(values["failure"])
        if state.final and (state is AnswerState.COMPLETE) is not (failure is None):
            # Anybody may have written it. A complete answer has no failure, and any other end has one.
            failure = None if state is AnswerState.COMPLETE else Failure(RESCUED)
        charge = Charge(
            values["cost"],
            values["balance_before"],
            values["balance_after"],
            is_open=not state.final,
            is_free=failure is not None and failure.billing is not Billing.UNKNOWN,
            is_final=True,
        )
        return turn.restore(
            Model(slug=values["model"], name=values["model_name"] or values["model"]),
            text,
            options=options_of(values),
            charge=charge,
            failure=failure,
            **ANSWER.restored(values),
        )


def options_of(values: Values) -> Options:
    """Restore the options of a request from facts by name."""
    return Options(values["temperature"], values["max_tokens"])


DRAFT_SHOWN = 1_000
"""Characters of a draft that a list knows."""


class Summary(NamedTuple):
    """A conversation in a list."""

    id: str
    title: str
    used_on: float
    """Unix seconds."""
    requests: int
    """Number of answers that were asked for."""
    model: str
    """Name of the model that was asked last; empty if none was."""
    state: str
    """Outcome of its newest answer, as `AnswerRecord.outcome` has it; empty if there is none."""
    has_draft: bool
    archived: bool
    found: int = 0
    """Number of answers that match the search, with their prompts."""
    found_answer: int = 0
    """Row number of the newest of them."""
    draft: str = ""
    """Beginning of the text that has not been sent."""
    queued: int = 0
    """Number of prompts in its queue."""
    is_pinned: bool = False
    tags: tuple[str, ...] = ()


class CutAnswer(NamedTuple):
    """An answer whose program ended before it did."""

    id: str
    conversation: str
    title: str
    prompt: str
    length: int
    """Characters of the answer that were saved."""
    demo: bool
