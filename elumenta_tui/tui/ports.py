"""Ports: what the parts need of the app, in protocols of a few methods each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from textual.screen import Screen
from textual.timer import Timer
from textual.widget import AwaitMount

from elumenta_tui.tui.widgets.notice import Severity

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.models import Model
    from elumenta_tui.store.filters import Filters
    from elumenta_tui.store.listing import Excerpt
    from elumenta_tui.store.records import Summary

Result = TypeVar("Result")


class NotifyUser(Protocol):
    """Shows a notice in place of the one before. It is plain text, never markup."""

    def __call__(
        self,
        text: str,
        severity: Severity = "information",
        *,
        lasting: bool = False,
        of_conversation: bool = False,
    ) -> None:
        """`lasting`: keep the notice for its full time, whatever happens in the chat. `of_conversation`:
        remove it when the conversation on the screen is opened again or left.
        """


class Screens(Protocol):
    """The stack of screens."""

    @property
    def screen_stack(self) -> Sequence[Screen[Any]]:
        """The chat, and the dialogs above it."""

    @property
    def screen(self) -> Screen[Any]:
        """The topmost screen."""

    def push_screen(
        self, screen: Screen[Result], callback: Callable[[Result | None], Any] | None = None
    ) -> AwaitMount:
        """Push a dialog; `callback` gets the value that it is dismissed with."""


class SetTimer(Protocol):
    """Calls a callback once, after `delay` seconds."""

    def __call__(self, delay: float, callback: Callable[[], object]) -> Timer: ...


class Program(Protocol):
    """Ends or suspends the program."""

    def leave(self, code: int = 0, *, by: str = "quit", twice: bool = False) -> None:
        """End the program with that exit code and stop running answers.

        If that would lose something, the first call only warns. `by` names the action whose key then quits
        anyway. `twice`: the first call never quits.
        """

    def pause(self) -> None:
        """Give the terminal to the shell, until `fg`."""


class ConversationList(Protocol):
    """The stored conversations; see `session.listing`."""

    async def summaries(self, ways: Sequence[str], filters: Filters) -> list[Summary] | None: ...

    async def excerpts(self, summary: Summary, ways: Sequence[str]) -> list[Excerpt] | None: ...

    async def hits(self, summary: Summary, ways: Sequence[str]) -> int | None: ...

    async def models(self) -> list[str]: ...

    async def tags(self) -> list[str]: ...

    async def retitle(self, summary: Summary, title: str) -> None: ...

    async def archive(self, summaries: Sequence[Summary], *, archived: bool) -> None: ...

    async def pin(self, summaries: Sequence[Summary], *, pinned: bool) -> None: ...

    async def tag(
        self, summaries: Sequence[Summary], change: Callable[[Sequence[str]], tuple[str, ...]]
    ) -> None: ...

    async def delete(self, summaries: Sequence[Summary]) -> Sequence[Summary]: ...

    def undelete(self) -> Sequence[Summary]: ...


class Files(Protocol):
    """The files of the next prompt; see `Attaching`."""

    @property
    def items(self) -> tuple[Attachment, ...]: ...

    def may_send(self, text: str, models: Sequence[Model] = ()) -> bool: ...

    def may_ask(self, attachments: Sequence[Attachment] = (), model: Model | None = None) -> bool: ...

    def take(self) -> tuple[Attachment, ...]: ...

    def come_back(self, attachments: Sequence[Attachment]) -> None: ...

    def forget(self, attachments: Sequence[Attachment]) -> None: ...
