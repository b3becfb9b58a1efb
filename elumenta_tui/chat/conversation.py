"""A conversation: its turns, its title, and what the next request carries of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.turn import Turn
from elumenta_tui.text.sanitize import clean_line

Message = dict[str, str]
"""One entry of a request's `messages`: `role` (system, user or assistant) and `content`."""


_THOUGHTS = ("think", "thinking")
"""The tags in which models put their thoughts, at the beginning of an answer."""


def without_thoughts(text: str) -> str:
    """The text after the thoughts that it begins with; all of it if there is nothing after them."""
    begin = text.lstrip()
    for tag in _THOUGHTS:
        if begin.startswith(f"<{tag}>"):
            rest = begin.partition(f"</{tag}>")[2].lstrip()
            return rest or text
    return text


TITLE_LIMIT = 80
"""Characters of a title."""


def title_of(prompt: str) -> str:
    """A title out of a prompt: its first line that says something."""
    lines = (line.strip(" \t#>*-`") for line in prompt.splitlines())
    return clean_line(next((line for line in lines if line), prompt), TITLE_LIMIT)


@dataclass(slots=True)
class Conversation:
    """The turns on the screen, oldest first."""

    turns: list[Turn] = field(default_factory=list)
    id: str = ""
    """What it is stored under; empty until it is."""
    title: str = ""
    """In one line; empty until there is a prompt to take it from, or a person gives one."""
    created_on: float | None = None
    """Unix seconds."""

    @property
    def current(self) -> Turn | None:
        """The turn whose answer is still coming."""
        return self.turns[-1] if self.turns and not self.turns[-1].over else None

    @property
    def last_answer(self) -> Turn | None:
        """The newest turn that has any text."""
        return next((turn for turn in reversed(self.turns) if turn.has_text), None)

    def ask(
        self,
        prompt: str,
        model: Model,
        *,
        now: float,
        on: float | None = None,
        balance: Amount | None = None,
    ) -> Turn:
        """A new turn at the end. There may be one unfinished turn only."""
        if self.current is not None:
            raise ValueError("an answer is still coming")
        turn = Turn(prompt, model, asked_at=now, asked_on=on, balance_before=balance)
        if not self.title or self._is_titled_after_nothing:
            self.title = title_of(prompt)
        self.turns.append(turn)
        if self.created_on is None:
            self.created_on = on
        return turn

    @property
    def _is_titled_after_nothing(self) -> bool:
        """Whether its title is a prompt of its own, and no prompt yet has got any text in answer."""
        return not any(turn.has_text for turn in self.turns) and any(
            title_of(turn.prompt) == self.title for turn in self.turns
        )

    def messages(self) -> list[Message]:
        """What the next request carries: every turn that is on the screen, as it is shown.

        Answers that were stopped or cut go with the text they have. A turn without any text has nothing to remember: its
        prompt went back to the user. A turn that was asked again has its place taken by the later one. The transcript says
        of both that they are not part of the context. No status text is ever part of this, and no thoughts: models are not
        meant to read them again.
        """
        return list(self._messages())

    def _messages(self) -> Iterator[Message]:
        for turn in self.turns:
            if turn.asked_again:
                continue
            if turn.has_text:
                yield {"role": "user", "content": turn.prompt}
                yield {"role": "assistant", "content": without_thoughts(turn.text)}
            elif not turn.over:
                yield {"role": "user", "content": turn.prompt}

    @property
    def spent(self) -> Amount:
        """Elumenta tokens that are known to have been paid for these turns."""
        # What was stated is what was paid; that is nearly always so, and there may be thousands of turns.
        return sum((turn.paid or 0) if turn.cost is None else turn.cost for turn in self.turns)

    @property
    def unknown_costs(self) -> int:
        """How many ended turns may have cost something that is not known."""
        return sum(turn.cost is None and turn.over and turn.paid is None for turn in self.turns)
