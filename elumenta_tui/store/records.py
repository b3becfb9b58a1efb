"""Values of stored facts: records to be written, conversations that were read, rows of a list.

Text from the disk is cleaned again when it is read: anybody may have written the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import STOPPED, Failure, Turn, TurnState
from elumenta_tui.store.facts import Values, held_by
from elumenta_tui.store.failures import RESCUED, failure_json, failure_of, is_stopped
from elumenta_tui.store.tables import CONVERSATION, PASSAGE, TURN

if TYPE_CHECKING:
    from elumenta_tui.store.facts import Row


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """The facts that the row of a conversation begins with. A row that exists is not changed by them."""

    id: str
    title: str
    demo: bool
    """Whether it belongs to the demo account."""
    created_on: float
    """Unix seconds."""
    more: Values = field(default_factory=dict)
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


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """Every fact of a turn but its answer, as it was at one moment. `tables` declares the facts."""

    values: Values
    """By name. Never changed: two threads look at them."""

    @classmethod
    def of(cls, turn: Turn, conversation: str) -> TurnRecord:
        """Take what is known of the turn now; `conversation` is the id."""
        return cls({**TURN.taken(turn), "conversation": conversation, **PASSAGE.taken(turn)})

    @classmethod
    def from_row(cls, row: Row) -> TurnRecord:
        """Read a row of `turn` and `passage` together, which anybody may have written."""
        held = held_by(row)
        return cls({**TURN.read(held), **PASSAGE.read(held)})

    def changed(self, **facts: object) -> TurnRecord:
        """Return a record with other values of these facts."""
        return replace(self, values={**self.values, **facts})

    @property
    def id(self) -> str:
        return str(self.values["id"])

    @property
    def conversation(self) -> str:
        return str(self.values["conversation"])

    @property
    def prompt(self) -> str:
        return str(self.values["prompt"])

    @property
    def state(self) -> str:
        """A value of TurnState."""
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
    def was_found(self) -> bool:
        """The answer was completed from the history of the service."""
        return bool(self.values["was_found"])

    @property
    def outcome(self) -> str:
        """The state; `stopped` if it was the user who has ended the answer."""
        return STOPPED if is_stopped(self.values["failure"]) else self.state

    def ended(self, state: TurnState, kind: str) -> TurnRecord:
        """Return the record of the same turn with that end."""
        return self.changed(state=state.value, failure=failure_json(Failure(kind)))

    def turn(self, answer: str) -> Turn:
        """Restore the turn."""
        values = self.values
        state, failure = TurnState(values["state"]), failure_of(values["failure"])
        if state.final and (state is TurnState.COMPLETE) is not (failure is None):
            # Anybody may have written it. A complete answer has no failure, and any other end has one.
            failure = None if state is TurnState.COMPLETE else Failure(RESCUED)
        return Turn.restored(
            model=Model(slug=values["model"], name=values["model_name"] or values["model"]),
            answer=answer,
            failure=failure,
            **TURN.restored(values),
            **PASSAGE.restored(values),
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation that was read, with those of its facts that are not part of the conversation itself."""

    conversation: Conversation
    draft: str
    """Text that was typed in it and not sent."""
    used_on: float
    """Unix seconds of its last change."""
    archived: bool
    demo: bool

    @classmethod
    def from_values(cls, values: Values, turns: list[Turn]) -> Stored:
        """Restore a conversation from its facts by name."""
        return cls(
            conversation=Conversation(turns, **CONVERSATION.restored(values)),
            draft=values["draft"],
            used_on=values["used_on"] or 0.0,
            archived=values["archived"],
            demo=values["demo"],
        )

    def changed(self, values: Values) -> Stored:
        """Change facts by name. The conversation itself is changed in place; `draft` and the like are in the result."""
        for attribute, value in CONVERSATION.restored(values).items():
            setattr(self.conversation, attribute, value)
        beside = ("draft", "used_on", "archived", "demo")
        return replace(self, **{name: value for name, value in values.items() if name in beside})


DRAFT_SHOWN = 1_000
"""Characters of a draft that a list knows."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list."""

    id: str
    title: str
    used_on: float
    """Unix seconds."""
    turns: int
    model: str
    """Name of the model that was asked last; empty if none was."""
    state: str
    """Outcome of its last turn, as `TurnRecord.outcome` has it; empty if there is none."""
    has_draft: bool
    archived: bool
    found: int = 0
    """Number of turns that match the search."""
    found_turn: int = 0
    """Row number of the newest of them."""
    draft: str = ""
    """Beginning of the text that has not been sent."""


@dataclass(frozen=True, slots=True)
class CutTurn:
    """A turn whose program ended before its answer did."""

    id: str
    conversation: str
    title: str
    prompt: str
    length: int
    """Characters of the answer that were saved."""
    demo: bool
