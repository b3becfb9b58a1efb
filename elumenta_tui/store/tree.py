"""Conversations that were read: their turns are restored from records, whatever the file says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.draft import NOTHING, Draft
from elumenta_tui.chat.request import Options
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.store.facts import Values
from elumenta_tui.store.failures import RESCUED
from elumenta_tui.store.records import AnswerRecord, TurnRecord, options_of
from elumenta_tui.store.tables import CONVERSATION


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

    def has(self, answer: str) -> bool:
        """Return whether an answer is known, by its id."""
        return answer in self._turn_of

    def remove(self, answers: Collection[str], turns: Collection[str]) -> None:
        """Remove answers, and those of the turns that have no other answer, by their ids."""
        for id in answers:
            if (turn := self._turn_of.pop(id, None)) is not None:
                del self._answers[turn][id]
        for id in turns:
            if not self._answers.get(id, True):
                del self._answers[id], self._records[id]

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
            if parent is None or end is not parent.turn:
                parent = end.shown
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
    return conversation.but(turns=turns, head=_turn_of(turns, head))


class Stored(NamedTuple):
    """A conversation that was read, with those of its facts that are not part of the conversation itself."""

    conversation: Conversation
    draft: str
    """Text that was typed in it and not sent."""
    used_on: float
    """Unix seconds of its last change."""
    archived: bool
    demo: bool
    chips: Draft = NOTHING
    """Quotes and files of the draft. The text has the quotes, too."""

    @property
    def unsent(self) -> Draft:
        """The draft, with its quotes and files apart from what was typed."""
        typed = self.chips.typed_in(self.draft)
        if typed is None:
            return self.chips.but(text=self.draft, quotes=())
        return self.chips.but(text=typed)

    @classmethod
    def from_values(cls, values: Values, turns: list[Turn]) -> Stored:
        """Restore a conversation from its facts by name."""
        conversation = Conversation(
            turns,
            head=_turn_of(turns, values["head"]),
            options=options_of(values),
            **CONVERSATION.restored(values),
        )
        conversation.straighten()
        return cls(
            conversation=conversation,
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
            conversation.straighten()
        beside = ("draft", "used_on", "archived", "demo", "chips")
        return self._replace(**{name: value for name, value in values.items() if name in beside})

    def with_turns(self, turns: list[Turn]) -> Stored:
        """Return the conversation with these turns. A head that is the newest one stays that."""
        known = self.conversation
        before = known.head
        head = None if before is None or before is known.turns[-1] else _turn_of(turns, before.id)
        conversation = known.but(turns=turns, head=head)
        conversation.straighten()
        return self._replace(conversation=conversation)


def _turn_of(turns: Sequence[Turn], id: str) -> Turn | None:
    """Find the turn with that id; the newest one if there is none."""
    return next((turn for turn in turns if turn.id == id), turns[-1] if turns else None)
