"""The tree of a conversation's turns, and the path through it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import chain

from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.lean import Mutable


class TurnTree(Mutable):
    """A tree of turns. The path from the root to the head is what is shown and sent."""

    turns: list[Turn] = field(default_factory=list)
    """All turns, oldest first: a parent stands before its children."""
    head: Turn | None = None
    """The last turn of the path; None in an empty tree. By default the newest one."""

    __slots__ = ("_index", "_indexed", "_path")

    def __post_init__(self) -> None:
        self._path: list[Turn] = []
        """The path that was found last: it is asked for with every key."""
        self._index: dict[Answer | None, list[Turn]] = {}
        """The turns below each answer, as they were when there were `_indexed` of them."""
        self._indexed = 0
        if self.head is None and self.turns:
            self.head = self.turns[-1]

    # ------------------------------------------------------------------------------------------------------- the path

    def path(self) -> Sequence[Turn]:
        """Return the turns from the root to the head."""
        last = self._path[-1] if self._path else None
        if last is not None and self.head is not None and self.head.parent in last.answers:
            # The usual case, also in conversations of thousands of turns: one more.
            self._path = [*self._path, self.head]
        elif last is None or last is not self.head:
            path = [self.head] if self.head is not None else []
            while path and (parent := path[-1].parent) is not None:
                path.append(parent.turn)
            path.reverse()
            self._path = path
        return self._path

    @property
    def is_straight(self) -> bool:
        """True if the path leads through all turns, so that no prompt has another version. Told without an index of the turns."""
        return len(self.path()) == len(self.turns)

    @property
    def answers(self) -> list[Answer]:
        """The answers to the turns of the path, oldest first; also those that were replaced by a later one of their turn."""
        return list(chain.from_iterable([turn.answers for turn in self.path()]))

    def all_answers(self) -> Iterator[Answer]:
        """Yield the answers to all turns, on the path and beside it, in the order of the turns."""
        return (answer for turn in self.turns for answer in turn.answers)

    @property
    def shown(self) -> list[Answer]:
        """The answers that the path leads through, one of each turn, oldest first."""
        return [turn.shown for turn in self.path()]

    # ----------------------------------------------------------------------------------------------------- the branches

    def _below(self) -> Mapping[Answer | None, Sequence[Turn]]:
        """Return the turns that follow each answer, and under None those at the root, oldest first."""
        if self._indexed != len(self.turns):
            self._index = {}
            for turn in self.turns:
                self._index.setdefault(turn.parent, []).append(turn)
            self._indexed = len(self.turns)
        return self._index

    def turns_below(self, answer: Answer | None) -> Sequence[Turn]:
        """Return the turns that follow an answer, or those at the root for None, oldest first."""
        return self._below().get(answer, ())

    def versions(self, turn: Turn) -> Sequence[Turn]:
        """Return the versions of a prompt, itself included, oldest first; without questions that were asked beside."""
        return [other for other in self.turns_below(turn.parent) if other is turn or not other.is_aside]

    def continuations(self, answer: Answer) -> Sequence[Turn]:
        """Return the turns by which the conversation went on after an answer, oldest first.

        A question that was asked beside is one of them only if something follows it.
        """
        return [
            turn
            for turn in self.turns_below(answer)
            if not turn.is_aside or any(map(self.turns_below, turn.answers))
        ]

    def branch(self, turn: Turn) -> list[Turn]:
        """Return a turn and all turns below it, whichever of its answers they follow; parents before their children."""
        turns = [turn]
        for each in turns:
            for answer in each.answers:
                turns += self.turns_below(answer)
        return turns

    def select(self, turn: Turn) -> None:
        """Lead the path through a turn, and on through the newest turns below the answers that are chosen."""
        while below := self.continuations(turn.shown):
            turn = below[-1]
        self._lead_to(turn)

    def choose(self, answer: Answer) -> None:
        """Lead the path through an answer, and on through the newest turns below it."""
        answer.turn.chosen = answer
        self.select(answer.turn)

    def path_to(self, answer: Answer) -> list[Answer]:
        """Return the answers from the root to this one, of each turn the one that was followed."""
        answers = [answer]
        while (parent := answers[-1].turn.parent) is not None:
            answers.append(parent)
        return answers[::-1]

    def nearest(self, answer: Answer | None) -> Answer | None:
        """Return the answer of the tree with the id of this one, or of the nearest one above it that is there; None for the root."""
        found = {each.id: each for each in self.all_answers()}
        while answer is not None and answer.id not in found:
            answer = answer.turn.parent
        return found[answer.id] if answer is not None else None

    def rest(self, answer: Answer) -> list[Answer]:
        """Return the answers below one, as the path would lead on through it."""
        answers: list[Answer] = []
        while turns := self.continuations(answer):
            answer = turns[-1].shown
            answers.append(answer)
        return answers

    def end_at(self, answer: Answer) -> None:
        """End the path at an answer: the next prompt follows it. What was said below it stays, as another branch."""
        answer.turn.chosen = answer
        self._lead_to(answer.turn)

    def below(self, answer: Answer) -> list[Turn]:
        """Return all turns that follow an answer, directly or further down; parents before their children."""
        return [each for turn in self.turns_below(answer) for each in self.branch(turn)]

    def remove(self, answer: Answer) -> list[Turn]:
        """Remove an answer and all turns below it, and the prompt with it if no other answer is left there. Return the turns.

        If the path leads through the answer, it leads through the newest version of it from now on, or of its prompt, or ends
        above it.

        Raises:
            ValueError: the conversation has no other answer.
        """
        turn, gone = answer.turn, self.below(answer)
        was_shown = turn in self.path() and turn.shown is answer
        # The path may end at an answer, but not above the root.
        others = self.turns_below(None) if turn.parent is None else self.versions(turn)
        others = [other for other in others if other is not turn]
        if len(turn.answers) > 1:
            turn.answers.remove(answer)
        elif len(gone) + 1 == len(self.turns):
            raise ValueError("the branch is the whole conversation")
        else:
            gone = [turn, *gone]
        removed = {id(each) for each in gone}
        self.turns = [each for each in self.turns if id(each) not in removed]
        self._indexed = -1
        if turn.chosen is answer and id(turn) not in removed:
            turn.chosen = turn.answers[-1]
        if was_shown:
            if id(turn) not in removed:
                self.select(turn)
            elif others:
                self.select(others[-1])
            elif turn.parent is not None:
                self._lead_to(turn.parent.turn)
        return gone

    def straighten(self) -> None:
        """Hang every turn of the path below the chosen answer of the turn before it.

        Two programs that add to one conversation may leave it below another one: what is shown above a prompt is what was sent
        with it, or with the prompts after it.
        """
        for turn in self.path():
            if turn.parent is not None and turn.parent.turn.chosen is not None:
                turn.parent = turn.parent.turn.chosen
        self._indexed = -1

    def _lead_to(self, turn: Turn) -> None:
        self.head = turn
        for on_path in self.path():
            answer = on_path.parent
            if answer is not None and answer.turn.chosen is not None:
                answer.turn.chosen = answer

    @property
    def current(self) -> Answer | None:
        """The answer at the end of the path if it is still coming, else None. Other versions of it may be coming beside."""
        newest = self.newest
        return newest if newest is not None and not newest.over else None

    @property
    def is_answering(self) -> bool:
        """Whether an answer is still coming, on the path or beside it."""
        return any(not answer.over for turn in reversed(self.turns) for answer in turn.answers)

    @property
    def newest(self) -> Answer | None:
        """The answer at the end of the path, however it stands; None in an empty conversation."""
        return self.head.shown if self.head is not None else None

    @property
    def last_answer(self) -> Answer | None:
        """The newest answer on the path that has any text."""
        return next((turn.shown for turn in reversed(self.path()) if turn.shown.has_text), None)
