"""One running answer: it asks, applies what comes to its answer, and tells of it no oftener than it can be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.request import Request
from elumenta_tui.chat.turn import Answer, RetryWait

if TYPE_CHECKING:
    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.api.events import StreamEvent

TELL_EVERY = 0.02
"""Seconds between two events of one answer: each costs as much as thirty deltas, and more can't be seen."""


class Generation:
    """Belongs to a session, and runs in a task of it. It is the only writer of its answer until it has ended.

    Args:
        answer: gets what comes.
        conversation: the one that the answer belongs to.
        request: what is asked.
        connect: gives the client of the account; may raise an ApiError.
        stored: waits until the prompt is on the disk.
        changed: is called when something has come; the answer may be over then.
    """

    def __init__(
        self,
        answer: Answer,
        conversation: Conversation,
        request: Request,
        *,
        connect: Callable[[], Awaitable[ElumentaClient]],
        stored: Callable[[Answer], Awaitable[object]],
        changed: Callable[[Answer], object],
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self.answer = answer
        self.conversation = conversation
        self._request = request
        self._connect = connect
        self._stored = stored
        self._changed = changed
        self._clock = clock
        self._sleep = sleep
        self._due: asyncio.TimerHandle | None = None
        self._told_at = float("-inf")
        self.retry_wait: RetryWait | None = None
        """What the answer waited for when it was last told."""
        self.is_cancelled = False
        """Nothing of it is applied or told any more."""

    @property
    def group(self) -> str:
        """The name of its task."""
        return f"generation {self.answer.id}"

    async def run(self) -> None:
        """Ask, once the prompt is on the disk, until the answer is over."""
        from elumenta_tui.api import retry
        from elumenta_tui.api.errors import ApiError

        answer = self.answer
        await self._stored(answer)
        asked = retry.ask(self._connect, self._request, clock=self._clock, sleep=self._sleep)
        try:
            async with aclosing(asked) as stream:
                async for events in stream:
                    self._apply(events)
                    # A socket that always has more would otherwise keep the keyboard waiting.
                    await asyncio.sleep(0)
        except ApiError as error:
            if not self.is_cancelled:
                answer.fail(error.failure())
        finally:
            self._tell_now()

    def cancel(self) -> None:
        """Apply and tell nothing more. Whoever runs its task ends that."""
        self.is_cancelled = True
        self._cancel_due()

    def _apply(self, events: list[StreamEvent]) -> None:
        if self.is_cancelled:
            return
        answer = self.answer
        had_text, retry_wait = answer.has_text, answer.retry_wait
        for event in events:
            event.apply(answer)
        if answer.over or answer.retry_wait is not retry_wait or not had_text:
            self._tell_now()
        elif self._due is None:
            loop = asyncio.get_running_loop()
            wait = self._told_at + TELL_EVERY - loop.time()
            if wait <= 0:
                self._tell_now()
            else:
                self._due = loop.call_later(wait, self._tell_now)

    def _cancel_due(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _tell_now(self) -> None:
        self._cancel_due()
        if not self.is_cancelled:
            self._told_at = asyncio.get_running_loop().time()
            self._changed(self.answer)
