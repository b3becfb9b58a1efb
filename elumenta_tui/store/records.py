"""Values of stored facts: records to be written, conversations that were read, rows of a list.

Text from the disk is cleaned again when it is read: anybody may have written the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    def is_branch(self) -> bool:
        """Whether it was knowingly made beside another turn: see `Turn.is_branch`."""
        return bool(self.values["is_branch"])

    @property
    def prompt(self) -> str:
        return str(self.values["prompt"])

    def turn(self, parent: Answer | None) -> Turn:
        """Restore the turn, without its answers."""
        return Turn(self.prompt, parent, **TURN.restored(self.values))


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

    @classmethod
    def unknown(cls, id: str) -> AnswerRecord:
        """Return the record of an answer of which at most the text is left."""
        bare = {"id": id, "model": "?", "model_name": "?"}
        return cls({**ANSWER.defaults, **bare}).ended(AnswerState.INTERRUPTED, RESCUED)

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
    """The records of one conversation, from which its turns are restored.

    Whatever the records say, every turn gets a place on a path, and only those that were made as branches get one beside others:
    what two programs have written at the same time, and what damage has torn apart, stands one behind the other.
    """

    def __init__(self, conversation: Conversation | None = None) -> None:
        self._records: dict[str, TurnRecord] = {}
        self._answers: dict[str, dict[str, tuple[AnswerRecord, str]]] = {}
        self._turn_of: dict[str, str] = {}
        if conversation is not None:
            for turn in conversation.turns:
                record = TurnRecord.of(turn, conversation.id)
                for answer in turn.answers:
                    self.put(record, AnswerRecord.of(answer), answer.text)

    def put(self, turn: TurnRecord, answer: AnswerRecord | None, text: str) -> None:
        """Put an answer and its turn in the place of older records of them, or behind the others. `answer` is None if it is lost."""
        self._records[turn.id] = turn
        answers = self._answers.setdefault(turn.id, {})
        if answer is None:
            return
        before = self._turn_of.get(answer.id, turn.id)
        if before != turn.id:
            # The turn was damaged, and is saved anew. It takes its answers along.
            del self._answers[before][answer.id]
            if not self._answers[before]:
                del self._answers[before], self._records[before]
        answers[answer.id] = answer, text
        self._turn_of[answer.id] = turn.id

    def text_of(self, record: AnswerRecord) -> str:
        """Return the text of an answer; empty if it is not there, or another text by now."""
        turn = self._turn_of.get(record.id)
        known, text = self._answers[turn][record.id] if turn is not None else (record, "")
        return text if known.revision == record.revision else ""

    def turns(self) -> list[Turn]:
        """Restore the turns, parents before their children."""
        return _Placing(self._records, self._answers, self._turn_of).turns()


class _Placing:
    """Gives each turn of a tree its parent, in time proportional to their number."""

    def __init__(
        self,
        records: Mapping[str, TurnRecord],
        answers: Mapping[str, Mapping[str, tuple[AnswerRecord, str]]],
        turn_of: Mapping[str, str],
    ) -> None:
        self._records = records
        self._answers_of = answers
        self._turn_of = turn_of
        self._turns: list[Turn] = []
        self._answers: dict[str, Answer] = {}
        self._waiting: dict[str, list[TurnRecord]] = {}
        """Turns whose parents have no place yet, by the id of the answer that they wait for."""
        self._next: dict[int, Turn] = {}
        """The turn behind each turn that is no branch, or one further behind, by the identity of the turn."""

    def turns(self) -> list[Turn]:
        for record in self._records.values():
            if record.parent in self._turn_of and record.parent not in self._answers:
                self._waiting.setdefault(record.parent, []).append(record)
            else:
                self._place_with_those_that_wait(record)
        while self._waiting:
            # Parents that wait for each other: a damaged or foreign file.
            records = self._waiting.pop(next(iter(self._waiting)))
            for record in records:
                self._place_with_those_that_wait(record)
        return self._turns

    def _place_with_those_that_wait(self, record: TurnRecord) -> None:
        stack = [record]
        while stack:
            record = stack.pop()
            self._place(record)
            for id in self._answers_of[record.id]:
                stack.extend(reversed(self._waiting.pop(id, ())))

    def _place(self, record: TurnRecord) -> None:
        parent = self._answers.get(record.parent)
        if not record.is_branch and self._turns:
            # A parent that is unknown, or a second root: the turn follows the one before it.
            end = self._end(self._turns[-1] if parent is None else parent.turn)
            parent = end.chosen or end.answers[-1]
        turn = record.turn(parent)
        for answer, text in self._answers_of[record.id].values():
            self._answers[answer.id] = answer.answer(turn, text)
        if not turn.answers:
            AnswerRecord.unknown(f"{RESCUED}-{turn.id}").answer(turn, "")
        chosen = self._answers.get(record.chosen)
        # An id that is unknown is damage. What was paid for belongs to the conversation then.
        newest = turn.answers[-1]
        turn.chosen = (
            (chosen if chosen is not None and chosen.turn is turn else newest) if record.chosen else None
        )
        self._turns.append(turn)
        if parent is not None and not record.is_branch:
            self._next[id(parent.turn)] = turn

    def _end(self, turn: Turn) -> Turn:
        """Find the last turn of the path that goes on behind a turn without branches."""
        first = turn
        while (after := self._next.get(id(turn))) is not None:
            turn = after
        if turn is not first:
            # The next one that looks from there is led straight to the end.
            self._next[id(first)] = turn
        return turn


def copy_of(conversation: Conversation) -> Conversation:
    """Copy a conversation as it is now, with answers that are still coming."""
    turns = Tree(conversation).turns()
    head = conversation.head.id if conversation.head is not None else ""
    return replace(conversation, turns=turns, head=_turn_of(turns, head))


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
