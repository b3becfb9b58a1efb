"""A conversation: the tree of its turns, its title, and the messages of the next request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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
    """A tree of turns. The path from the root to the head is what is shown and sent."""

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
    _path: list[Turn] = field(default_factory=list)
    """The path that was found last: it is asked for with every key."""

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
        answers: list[Answer] = []
        for turn in self.path():
            answers += turn.answers
        return answers

    def all_answers(self) -> Iterator[Answer]:
        """Yield the answers to all turns, on the path and beside it, in the order of the turns."""
        return (answer for turn in self.turns for answer in turn.answers)

    def siblings(self, turn: Turn) -> list[Turn]:
        """Return the turns that hang where this one hangs, itself included, oldest first."""
        return [other for other in self.turns if other.parent is turn.parent]

    def select(self, turn: Turn) -> None:
        """Lead the path through a turn, and on through the newest turns below it. The answers that they follow are chosen."""
        newest = {id(other.parent.turn): other for other in self.turns if other.parent is not None}
        while (below := newest.get(id(turn))) is not None:
            turn = below
        self._lead_to(turn)

    def _lead_to(self, turn: Turn) -> None:
        self.head = turn
        for on_path in self.path():
            answer = on_path.parent
            if answer is not None and answer.turn.chosen is not None:
                answer.turn.chosen = answer

    @property
    def current(self) -> Answer | None:
        """The answer that is still coming on the path; None if there is none."""
        answers = self.head.answers if self.head is not None else ()
        return next((answer for answer in answers if not answer.over), None)

    @property
    def newest(self) -> Answer | None:
        """The answer at the end of the path, however it stands; None in an empty conversation."""
        return self.head.answers[-1] if self.head is not None else None

    @property
    def last_answer(self) -> Answer | None:
        """The newest answer on the path that has any text."""
        return next(
            (
                answer
                for turn in reversed(self.path())
                for answer in reversed(turn.answers)
                if answer.has_text
            ),
            None,
        )

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
        """Add a turn at the end of the path and return its answer, which is still to come. Only one may be unfinished.

        Args:
            now, on: the time, as in `Answer`.
            balance: the balance before the request, if it is known.
            instead_of: a turn whose prompt was edited: the new one becomes its sibling. None: it follows the head.
        """
        self._refuse_second()
        if instead_of is not None:
            parent = instead_of.parent
        else:
            parent = self.head.chosen or self.head.answers[-1] if self.head is not None else None
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
        if answer is None:
            return bool(self.turns)
        return any(turn.parent is not None and turn.parent.turn is answer.turn for turn in self.turns)

    def ask_again(
        self,
        turn: Turn,
        model: Model,
        *,
        now: float,
        on: float | None = None,
        balance: Amount | None = None,
    ) -> Answer:
        """Add another answer to a turn, which takes the place of the one before. The path ends there. Arguments as in `ask`."""
        self._refuse_second()
        if turn is not self.head:
            self._lead_to(turn)
        return self._answer(turn, model, now, on, balance)

    def _refuse_second(self) -> None:
        if self.current is not None:
            raise ValueError("an answer is still coming")

    def _answer(
        self, turn: Turn, model: Model, now: float, on: float | None, balance: Amount | None
    ) -> Answer:
        return turn.answer(
            model, options=self.options, asked_at=now, asked_on=on, charge=Charge(before=balance)
        )

    @property
    def _is_titled_after_nothing(self) -> bool:
        """Return whether the title is a prompt of the conversation, and no prompt has got any text in answer yet."""
        return not any(answer.has_text for answer in self.all_answers()) and any(
            title_of(turn.prompt) == self.title for turn in self.turns
        )

    def request(self, model: Model) -> Request:
        """Return the next request, to that model. It is all that is sent."""
        return Request(model, tuple(self.context()), self.options)

    def context(self) -> list[Message]:
        """Return the messages of the next request: the system prompt, and every turn on the path with its chosen answer.

        Answers that were stopped or cut are included with the text they have. Excluded are a turn whose chosen answer has no
        text, and every answer that was replaced by a later one; the transcript marks both as outside of the context. Status
        texts and thoughts are never included: models are not meant to read their thoughts again.
        """
        return list(self._context())

    def _context(self) -> Iterator[Message]:
        if self.system_prompt.strip():
            yield Message.of("system", self.system_prompt)
        for turn in self.path():
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
