"""The worker of a turn: it asks, and what comes is posted to the app, in order and never oftener than can be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message
from textual.worker import WorkerError

from elumenta_tui.chat.conversation import Message as ChatMessage
from elumenta_tui.chat.turn import Failure, Turn

if TYPE_CHECKING:
    from elumenta_tui.api.events import StreamEvent
    from elumenta_tui.tui.app import ElumentaApp

MAIL_EVERY = 0.02
"""Seconds between two messages of one answer's events."""

_GROUP = "generation"


@dataclass
class TurnEvents(Message):
    """What some reads of the socket brought for a turn, in order."""

    turn: Turn
    events: list[StreamEvent]


@dataclass
class TurnBroke(Message):
    """The request for a turn has failed."""

    turn: Turn
    failure: Failure


class Mail:
    """The events of a turn on their way from the worker to the app: the first ones at once, then together.

    Every message costs as much as thirty events, and no more of them can be seen than there are frames.
    """

    def __init__(self, turn: Turn, post: Callable[[TurnEvents], object]) -> None:
        self._turn = turn
        self._post = post
        self._events: list[StreamEvent] = []
        self._due: asyncio.TimerHandle | None = None
        self._delivered_at = 0.0

    def add(self, events: list[StreamEvent]) -> None:
        """Take events along."""
        self._events += events
        if self._due is None:
            loop = asyncio.get_running_loop()
            wait = self._delivered_at + MAIL_EVERY - loop.time()
            if wait <= 0 or not self._turn.has_text:
                self.deliver()
            else:
                self._due = loop.call_later(wait, self.deliver)

    def deliver(self) -> None:
        """Post what there is."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._events:
            self._post(TurnEvents(self._turn, self._events))
            self._events = []
            self._delivered_at = asyncio.get_running_loop().time()


class Generating:
    """Belongs to the app, and works in its loop. One answer at a time."""

    def __init__(self, app: ElumentaApp) -> None:
        self._app = app

    def start(self, turn: Turn, messages: list[ChatMessage]) -> None:
        """Ask for a turn, once its prompt is on the disk."""
        self._app.start_worker(partial(self._consume, turn, messages), _GROUP, exclusive=True)

    def cancel(self) -> None:
        """Ask no more, and close the connection; nothing more is posted."""
        self._app.workers.cancel_group(self._app, _GROUP)

    async def ended(self) -> None:
        """The answer that is coming now has come to its end."""
        for worker in [each for each in self._app.workers if each.group == _GROUP and each.is_running]:
            with suppress(WorkerError):
                await worker.wait()

    async def _consume(self, turn: Turn, messages: list[ChatMessage]) -> None:
        from elumenta_tui.api import retry as asking
        from elumenta_tui.api.errors import ApiError

        app = self._app
        await app.keeper.stored(turn)
        mail = Mail(turn, app.post_message)
        answer = asking.ask(app.access.client, turn.model.slug, messages, clock=app.clock, sleep=app.sleep)
        try:
            async with aclosing(answer) as stream:
                async for fresh in stream:
                    mail.add(fresh)
                    # A socket that always has more would otherwise keep the keyboard waiting.
                    await asyncio.sleep(0)
        except ApiError as error:
            mail.deliver()
            app.post_message(TurnBroke(turn, error.failure()))
        finally:
            mail.deliver()
