"""What the parts of the app need of the app itself, in ports of a few methods each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from textual.screen import Screen
from textual.timer import Timer
from textual.widget import AwaitMount

from elumenta_tui.tui.widgets.notice import Severity

Result = TypeVar("Result")


class NotifyUser(Protocol):
    """Shows a passing notice in place of the one before. It is text, never markup."""

    def __call__(self, text: str, severity: Severity = "information", *, lasting: bool = False) -> None:
        """`lasting`: it stays for its time, whatever happens in the chat meanwhile."""


class Screens(Protocol):
    """Where dialogs are put."""

    @property
    def screen_stack(self) -> Sequence[Screen[Any]]:
        """The chat, and the dialogs above it."""

    @property
    def screen(self) -> Screen[Any]:
        """The uppermost of them."""

    def push_screen(
        self, screen: Screen[Result], callback: Callable[[Result | None], Any] | None = None
    ) -> AwaitMount:
        """Put a dialog above the others; `callback` gets what it is dismissed with."""


class SetTimer(Protocol):
    """Calls something once, after some seconds."""

    def __call__(self, delay: float, callback: Callable[[], object]) -> Timer: ...


class Program(Protocol):
    """What ends or suspends the program."""

    def leave(self, code: int = 0) -> None:
        """End it with that exit code; an answer that is still coming is stopped."""

    def pause(self) -> None:
        """Give the terminal to the shell, until `fg`."""
