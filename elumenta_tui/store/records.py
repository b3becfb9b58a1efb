"""Values of stored facts: records to be written, conversations that were read, rows of a list.

Text from the disk is cleaned again when it is read: anybody may have written the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

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
    """Every fact of a turn, as it was at one moment. `tables` declares the facts."""

    values: Values
    """By name. Never changed: two threads look at them."""

    @classmethod
    def of(cls, turn: Turn, conversation: str) -> TurnRecord:
        """Take what is known of the turn now; `conversation` is the id."""
        return cls({**TURN.taken(turn), "conversation": conversation})

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
    def prompt(self) -> str:
        return str(self.values["prompt"])

    def below(self, parent: str) -> TurnRecord:
        """Return the record of the same turn below another answer."""
        return replace(self, values={**self.values, "parent": parent})

    def turn(self, parent: Answer | None) -> Turn:
        """Restore the turn, without its answers."""
        return Turn.of(self.prompt, parent, **TURN.restored(self.values))


@dataclass(frozen=True, slots=True)
class AnswerRecord:
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

    def changed(self, **facts: object) -> AnswerRecord:
        """Return a record with other values of these facts."""
        return replace(self, values={**self.values, **facts})

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
            options=_options(values),
            charge=charge,
            failure=failure,
            **ANSWER.restored(values),
        )


def _options(values: Values) -> Options:
    return Options(values["temperature"], values["max_tokens"])


class Tree:
    """Turns and answers of one conversation that are read one after the other, parents before their children."""

    def __init__(self, turns: Iterable[Turn] = ()) -> None:
        self.turns = list(turns)
        self._chosen = [turn.chosen.id if turn.chosen is not None else "" for turn in self.turns]
        self._known = {turn.id: turn for turn in self.turns}
        self._answers = {answer.id: answer for turn in self.turns for answer in turn.answers}

    def add_turn(self, record: TurnRecord) -> Turn:
        """Add a turn, if it is not there. One whose parent is unknown follows the turn before it: nothing gets out of sight."""
        known = self._known.get(record.id)
        if known is not None:
            self._chosen[self.turns.index(known)] = record.chosen
            return known
        parent = self._answers.get(record.parent) if record.parent else None
        if record.parent and parent is None and self.turns:
            parent = self.turns[-1].answers[-1]
        turn = self._known[record.id] = record.turn(parent)
        self.turns.append(turn)
        self._chosen.append(record.chosen)
        return turn

    def has(self, turn: str) -> bool:
        """Whether a turn of that id is there."""
        return turn in self._known

    @property
    def newest(self) -> str:
        """Id of the newest answer; empty if there is none."""
        return self.turns[-1].answers[-1].id if self.turns else ""

    def text_of(self, record: AnswerRecord) -> str:
        """Return the text of an answer; empty if it is not there, or another text by now."""
        answer = self._answers.get(record.id)
        return "" if answer is None or answer.revision != record.revision else answer.text

    def put_answer(self, turn: Turn, record: AnswerRecord, text: str) -> None:
        """Add an answer to one of the turns, or put it in the place of an older record of the same one."""
        older = self._answers.get(record.id)
        answer = self._answers[record.id] = record.answer(turn, text)
        if older is not None:
            turn.answers[turn.answers.index(older)] = turn.answers.pop()
            for child in self.turns:
                if child.parent is older:
                    child.parent = answer

    def choose(self) -> None:
        """Choose the answer of each turn, once all are there."""
        for turn, chosen in zip(self.turns, self._chosen, strict=True):
            # An id that is unknown is damage. What was paid for belongs to the conversation then.
            turn.chosen = self._answers.get(chosen, turn.answers[-1]) if chosen else None


def copy_of(conversation: Conversation) -> Conversation:
    """Copy a conversation as it is now, with answers that are still coming."""
    tree = Tree()
    for turn in conversation.turns:
        copy = tree.add_turn(TurnRecord.of(turn, conversation.id))
        for answer in turn.answers:
            tree.put_answer(copy, AnswerRecord.of(answer), answer.text)
    tree.choose()
    head = conversation.head.id if conversation.head is not None else ""
    return replace(conversation, turns=tree.turns, head=_turn_of(tree.turns, head))


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
            conversation=Conversation(
                turns,
                head=_turn_of(turns, values["head"]),
                options=_options(values),
                **CONVERSATION.restored(values),
            ),
            draft=values["draft"],
            used_on=values["used_on"] or 0.0,
            archived=values["archived"],
            demo=values["demo"],
        )

    def changed(self, values: Values) -> Stored:
        """Change facts by name. The conversation itself is changed in place; `draft` and the like are in the result."""
        conversation = self.conversation
        for attribute, value in CONVERSATION.restored(values).items():
            setattr(conversation, attribute, value)
        options = {name: values[name] for name in Options._fields if name in values}
        conversation.options = conversation.options._replace(**options)
        if "head" in values:
            conversation.head = _turn_of(conversation.turns, values["head"])
        beside = ("draft", "used_on", "archived", "demo")
        return replace(self, **{name: value for name, value in values.items() if name in beside})

    def with_turns(self, turns: list[Turn]) -> Stored:
        """Return the conversation with these turns. A head that is the newest one stays that."""
        known = self.conversation
        head = None if not known.turns or known.head is known.turns[-1] else known.head
        return replace(self, conversation=replace(known, turns=turns, head=head))


def _turn_of(turns: Sequence[Turn], id: str) -> Turn | None:
    """Find the turn with that id; the newest one if there is none."""
    return next((turn for turn in turns if turn.id == id), turns[-1] if turns else None)


DRAFT_SHOWN = 1_000
"""Characters of a draft that a list knows."""


@dataclass(frozen=True, slots=True)
class Summary:
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


@dataclass(frozen=True, slots=True)
class CutAnswer:
    """An answer whose program ended before it did."""

    id: str
    conversation: str
    title: str
    prompt: str
    length: int
    """Characters of the answer that were saved."""
    demo: bool
