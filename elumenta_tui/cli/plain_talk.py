"""What the commands of the chat without a screen need of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from elumenta_tui.chat.turn import Answer
from elumenta_tui.cli.plain_words import NAME_SHOWN, begin_of
from elumenta_tui.i18n import say
from elumenta_tui.i18n.objections import price_of
from elumenta_tui.session import Refusal, Session
from elumenta_tui.text.sanitize import clean_line


class Talk(Protocol):
    """What commands need of the chat."""

    is_talk: bool
    """Whether a person types the prompts."""

    async def ask(self, start: Callable[[], Answer | Refusal]) -> bool:
        """Start a request, and read its answer out. Return whether it was sent."""

    async def send(self, prompt: str) -> None:
        """Send a prompt, and read its answer out."""

    async def confirm(self, words: str, question: str = "") -> bool:
        """Ask a person a question, by default whether something is to be sent. False if there is none."""

    async def read_line(self, begin: str) -> str | None:
        """Return the next line that is typed; None if there is none."""

    async def read_account(self, *, asked_for: bool = False) -> None:
        """Read the balance and the models. `asked_for`: say what the balance is."""

    def leave(self) -> None:
        """End, and stop the answers."""

    async def until_ended(self, group: str) -> None:
        """Wait until the session's tasks of a group have ended, for a signal, or for Ctrl+C."""


async def ask_refused(talk: Talk, session: Session, refused: Answer) -> None:
    """Send the prompt of an answer that never came at the end of the conversation, if a person wants that."""
    name, price = clean_line(session.model.name, NAME_SHOWN), price_of([session.model])
    question = say("plain.refused_again", prompt=begin_of(refused.prompt), model=name, price=price)
    if await talk.confirm(question):
        await talk.ask(partial(session.send, refused.prompt, refused.turn.attachments))
