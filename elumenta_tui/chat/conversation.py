"""A conversation: the tree of its turns, its title, and the messages of the next request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from elumenta_tui.chat.ledger import Charge, Total, total
from elumenta_tui.chat.message import Message
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.request import Options, Request
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.text.sanitize import clean_line

_THOUGHTS = ("think", "thinking")
"""Tags in which models put their thoughts, at the beginning of an answer."""


def split_thoughts(text: str) -> tuple[str, str]:
    """Return the thoughts at the beginning of an answer, without their tags, and what follows them. Either may be empty."""
    begin = text.lstrip()
    for tag in _THOUGHTS:
        if begin.startswith(f"<{tag}>"):
            thoughts, _, rest = begin.removeprefix(f"<{tag}>").partition(f"</{tag}>")
            return thoughts.strip(), rest.lstrip()
    return "", text


def without_thoughts(text: str) -> str:
    """Return the text after the thoughts at its beginning; the whole text if nothing follows them."""
    return split_thoughts(text)[1] or text


def together(before: str, since: str) -> str:
    """Return a draft with what was typed after it in another place."""
    return f"{before}\n{since}" if before.strip() and since.strip() else before if before.strip() else since


TITLE_LIMIT = 80
"""Characters of a title."""


def title_of(prompt: str) -> str:
    """Return a title made of a prompt: its first line that says something."""
    lines = (line.strip(" \t#>*-`") for line in prompt.splitlines())
    return clean_line(next((line for line in lines if line), prompt), TITLE_LIMIT)


@dataclass(slots=True)
class Conversation:
    """A tree of turns. The path from the root to the head is what is shown and sent.

    (Over 30 methods: the tree, the path through it and what is sent of it change together.)
    """

    turns: list[Turn] = field(default_factory=list)
    """All turns, oldest first: a parent stands before its children."""
    id: str = ""
    """Id in the store; empty until the conversation is stored."""
    title: str = ""
    """One line; empty until a prompt or a person gives a title."""
    created_on: float | None = None
    """Unix seconds."""
    system_prompt: str = ""
    """Text that every request begins with, as a message of the role system; empty for none."""
    options: Options = field(default_factory=Options)
    """Parameters of every request, such as its limit of tokens."""
    head: Turn | None = None
    """The last turn of the path; None in an empty conversation. By default the newest one."""
    _path: list[Turn] = field(default_factory=list, init=False)
    """The path that was found last: it is asked for with every key."""
    _index: dict[Answer | None, list[Turn]] = field(default_factory=dict, init=False)
    """The turns below each answer, as they were when there were `_indexed` of them."""
    _indexed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
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
            path: list[Turn] = []
            turn = self.head
            while turn is not None:
                path.append(turn)
                turn = turn.parent.turn if turn.parent is not None else None
            self._path = path[::-1]
        return self._path

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

    def siblings(self, turn: Turn) -> Sequence[Turn]:
        """Return the turns that hang where this one hangs, itself included, oldest first. They are versions of one prompt."""
        return self._below()[turn.parent]

    def turns_below(self, answer: Answer | None) -> Sequence[Turn]:
        """Return the turns that follow an answer, or those at the root for None, oldest first."""
        return self._below().get(answer, ())

    def branch(self, turn: Turn) -> list[Turn]:
        """Return a turn and all turns below it, whichever of its answers they follow; parents before their children."""
        turns = [turn]
        for each in turns:
            for answer in each.answers:
                turns += self.turns_below(answer)
        return turns

    def select(self, turn: Turn) -> None:
        """Lead the path through a turn, and on through the newest turns below the answers that are chosen."""
        while below := self.turns_below(turn.shown):
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

    def rest(self, answer: Answer) -> list[Answer]:
        """Return the answers below one, as the path would lead on through it."""
        answers: list[Answer] = []
        while turns := self.turns_below(answer):
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
        siblings = [other for other in self.siblings(turn) if other is not turn]
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
            elif siblings:
                self.select(siblings[-1])
            elif turn.parent is not None:
                self._lead_to(turn.parent.turn)
        return gone

    def copy_of(self, answers: Sequence[Answer]) -> Conversation:
        """Return a new conversation with copies of answers and their prompts, one behind the other.

        The copies are not stored, and cost nothing. An answer that is still coming ends in the copy where it is now.
        """
        first = answers[0].turn
        copy = Conversation(
            title=self.title if first.parent is None else title_of(first.prompt),
            system_prompt=self.system_prompt,
            options=self.options,
        )
        parent: Answer | None = None
        for answer in answers:
            parent = answer.copy_to(Turn(answer.prompt, parent))
            copy.turns.append(parent.turn)
        copy.head = copy.turns[-1]
        return copy

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
        """The answer that is still coming at the end of the path, the chosen one first; None if there is none."""
        if self.head is None:
            return None
        answers = (self.head.shown, *self.head.answers)
        return next((answer for answer in answers if not answer.over), None)

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

    # --------------------------------------------------------------------------------------------------------- asking

    def ask(
        self,
        prompt: str,
        model: Model,
        *,
        now: float,
        on: float | None = None,
        balance: Amount | None = None,
        instead_of: Turn | None = None,
    ) -> Answer:
        """Add a turn at the end of the path and return its answer, which is still to come.

        Args:
            now, on: the time, as in `Answer`.
            balance: the balance before the request, if it is known.
            instead_of: a turn whose prompt was edited: the new one becomes its sibling. None: it follows the head.
        """
        parent = instead_of.parent if instead_of is not None else self.newest
        turn = Turn(prompt, parent, is_branch=self._has_turn_after(parent))
        if not self.title or self._is_titled_after_nothing:
            self.title = title_of(prompt)
        self.turns.append(turn)
        if instead_of is None:
            self.head = turn
        else:
            self._lead_to(turn)
        if self.created_on is None:
            self.created_on = on
        return self._answer(turn, model, now, on, balance)

    def _has_turn_after(self, answer: Answer | None) -> bool:
        """Return whether a turn follows any answer of the same turn, or stands at the root if `answer` is None."""
        beside = answer.turn.answers if answer is not None else [None]
        return any(self.turns_below(other) for other in beside)

    def add_branch(self, turn: Turn) -> None:
        """Add a turn with its answer, which was asked beside the path. The path stays; that of an empty conversation begins there."""
        turn.is_branch = self.head is not None
        if not self.title:
            self.title = title_of(turn.prompt)
        self.turns.append(turn)
        if self.head is None:
            self.head = turn
        if self.created_on is None:
            self.created_on = turn.answers[-1].asked_on

    def ask_again(
        self,
        turn: Turn,
        model: Model,
        *,
        now: float,
        on: float | None = None,
        balance: Amount | None = None,
        options: Options | None = None,
        remark: str = "",
        about: Answer | None = None,
    ) -> Answer:
        """Add another answer to a turn, which is chosen from now on. The path ends there. Other arguments as in `ask`.

        Args:
            options: parameters of this request; None: those of the conversation.
            remark: what the new answer should do better, said about the answer `about`.
        """
        if turn is not self.head:
            self._lead_to(turn)
        answer = self._answer(turn, model, now, on, balance, options)
        answer.remark, answer.about = remark, about
        return answer

    def _answer(
        self,
        turn: Turn,
        model: Model,
        now: float,
        on: float | None,
        balance: Amount | None,
        options: Options | None = None,
    ) -> Answer:
        return turn.answer(
            model,
            options=self.options if options is None else options,
            asked_at=now,
            asked_on=on,
            charge=Charge(before=balance),
        )

    @property
    def _is_titled_after_nothing(self) -> bool:
        """Return whether the title is a prompt of the conversation, and no prompt has got any text in answer yet."""
        return not any(answer.has_text for answer in self.all_answers()) and any(
            title_of(turn.prompt) == self.title for turn in self.turns
        )

    def next_request(self, model: Model, prompt: str) -> Request:
        """Return the request that sending this prompt to that model makes."""
        return Request(model, (*self._context(), Message.of("user", prompt)), self.options)

    def request(self, answer: Answer) -> Request:
        """Return the request for an answer that is still to come on the path. It is all that is sent.

        It ends with the prompt. A remark is sent behind it, together with the answer that it is about.
        """
        messages = list(self._context(until=answer.turn))
        if answer.remark and answer.about is not None and answer.about.has_text:
            messages.append(Message.of("assistant", without_thoughts(answer.about.text)))
        if answer.remark:
            messages.append(Message.of("user", answer.remark))
        return Request(answer.model, tuple(messages), answer.options)

    def context(self) -> list[Message]:
        """Return the messages of the next request: the system prompt, and every turn on the path with its chosen answer.

        Answers that were stopped or cut are included with the text they have. Excluded are a turn whose chosen answer has no
        text, and every answer that was replaced by a later one; the transcript marks both as outside of the context. Status
        texts and thoughts are never included: models are not meant to read their thoughts again.
        """
        return list(self._context())

    def _context(self, until: Turn | None = None) -> Iterator[Message]:
        """Yield the messages of the path; if it leads through `until`, only as far as the prompt of that turn."""
        if self.system_prompt.strip():
            yield Message.of("system", self.system_prompt)
        for turn in self.path():
            if turn is until:
                yield turn.message
                return
            answer = turn.chosen
            if answer is None or not turn.prompt:
                # A prompt that was lost by damage is no message.
                continue
            if answer.has_text:
                yield turn.message
                yield Message.of("assistant", without_thoughts(answer.text))
            elif not answer.over:
                yield turn.message

    @property
    def total(self) -> Total:
        """The sum of what all answers cost, on the path and beside it."""
        return total(answer.charge for answer in self.all_answers())
