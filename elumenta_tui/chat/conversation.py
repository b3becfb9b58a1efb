"""A conversation: its turns, its title, and the messages of the next request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from elumenta_tui.chat.message import Message
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.request import Options, Request
from elumenta_tui.chat.turn import Turn
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
    """The turns on the screen, oldest first."""

    turns: list[Turn] = field(default_factory=list)
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

    @property
    def current(self) -> Turn | None:
        """The turn whose answer is still coming; None if there is none."""
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
        """Append a new turn. Only one turn may be unfinished."""
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
        """Return whether the title is a prompt of the conversation, and no prompt has got any text in answer yet."""
        return not any(turn.has_text for turn in self.turns) and any(
            title_of(turn.prompt) == self.title for turn in self.turns
        )

    def request(self, model: Model) -> Request:
        """Return the next request, to that model. It is all that is sent."""
        return Request(model, tuple(self.context()), self.options)

    def context(self) -> list[Message]:
        """Return the messages of the next request: the system prompt, and every turn on the screen, as it is shown.

        Answers that were stopped or cut are included with the text they have. Excluded are a turn without any text, whose
        prompt went back to the user, and a turn that was asked again, which a later turn replaces; the transcript marks
        both as outside of the context. Status texts and thoughts are never included: models are not meant to read their
        thoughts again.
        """
        return list(self._context())

    def _context(self) -> Iterator[Message]:
        if self.system_prompt.strip():
            yield Message.of("system", self.system_prompt)
        for turn in self.turns:
            if turn.asked_again:
                continue
            if turn.has_text:
                yield Message.of("user", turn.prompt)
                yield Message.of("assistant", without_thoughts(turn.text))
            elif not turn.over:
                yield Message.of("user", turn.prompt)

    @property
    def spent(self) -> Amount:
        """Elumenta tokens that these turns are known to have cost."""
        # The stated cost is nearly always known. This shortcut pays because there may be thousands of turns.
        return sum((turn.paid or 0) if turn.cost is None else turn.cost for turn in self.turns)

    @property
    def unknown_costs(self) -> int:
        """Number of ended turns whose cost is unknown."""
        return sum(turn.cost is None and turn.over and turn.paid is None for turn in self.turns)
