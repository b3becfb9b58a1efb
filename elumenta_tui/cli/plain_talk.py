"""What the commands of the chat without a screen need of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from elumenta_tui.chat.turn import Answer
from elumenta_tui.session import Refusal


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
