"""One running answer: sends the request, applies the events of the stream, and limits the rate of reports."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.request import Request
from elumenta_tui.chat.turn import Answer, RetryWait
from elumenta_tui.session.backend import Account

if TYPE_CHECKING:
    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.api.events import StreamEvent

REPORT_EVERY = 0.02
"""Seconds between two reports of one answer, at least: each costs as much as thirty deltas, and more can't be seen."""


class Generation:
    """The only writer of its answer until the answer has ended. It belongs to a session, which runs it in a task.

    Args:
        answer: receives the events.
        conversation: contains the answer.
        request: is sent.
        connect: returns the client of the account; may raise an ApiError.
        account: is asked.
        stored: waits until the prompt is on the disk.
        permit: returns why the request must not be sent after all; None if it may.
        changed: is called after events were applied. The answer may be over by then.
        is_aside: the answer is not a part of the conversation, which it was only asked beside.
    """

    def __init__(
        self,
        answer: Answer,
        conversation: Conversation,
        request: Request,
        *,
        connect: Callable[[], Awaitable[ElumentaClient]],
        account: Account | None,
        stored: Callable[[Answer], Awaitable[object]],
        permit: Callable[[Answer], Awaitable[Failure | None]],
        changed: Callable[[Answer], object],
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
        is_aside: bool = False,
    ) -> None:
        self.answer = answer
        self.conversation = conversation
        self.is_aside = is_aside
        self.account = account
        """The account that the request went to last."""
        self._request = request
        self._connect = connect
        self._stored = stored
        self._permit = permit
        self._changed = changed
        self._clock = clock
        self._sleep = sleep
        self._due: asyncio.TimerHandle | None = None
        self._reported_at = float("-inf")
        self.retry_wait: RetryWait | None = None
        """The retry wait of the answer when the session last reported it."""
        self.is_cancelled = False
        """Discard all further events and reports."""

    @property
    def group(self) -> str:
        """The name of the task group."""
        return f"generation {self.answer.id}"

    async def run(self) -> None:
        """Send the request once the prompt is on the disk, and apply events until the answer is over."""
        from elumenta_tui.api import retry
        from elumenta_tui.api.errors import ApiError

        answer = self.answer
        await self._stored(answer)
        failure = await self._permit(answer)
        if failure is not None:
            if not self.is_cancelled:
                answer.fail(failure)
            self._report_now()
            return
        asked = retry.ask(self._connect, self._request, clock=self._clock, sleep=self._sleep)
        try:
            async with aclosing(asked) as stream:
                async for events in stream:
                    self._apply(events)
                    # Yield to the loop: a socket that always has more data would keep key presses waiting.
                    await asyncio.sleep(0)
        except ApiError as error:
            if not self.is_cancelled:
                answer.fail(error.failure())
        finally:
            self._report_now()

    def cancel(self) -> None:
        """Stop applying and reporting. The caller ends the task."""
        self.is_cancelled = True
        self._cancel_due()

    def _apply(self, events: list[StreamEvent]) -> None:
        if self.is_cancelled:
            return
        answer = self.answer
        had_text, retry_wait = answer.has_text, answer.retry_wait
        for event in events:
            event.apply(answer)
        if not answer.over:
            # Reports are held back, and the time of the text is not theirs.
            answer.note_time(self._clock())
        if answer.over or answer.retry_wait is not retry_wait or not had_text:
            self._report_now()
        elif self._due is None:
            loop = asyncio.get_running_loop()
            wait = self._reported_at + REPORT_EVERY - loop.time()
            if wait <= 0:
                self._report_now()
            else:
                self._due = loop.call_later(wait, self._report_now)

    def _cancel_due(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _report_now(self) -> None:
        self._cancel_due()
        if not self.is_cancelled:
            self._reported_at = asyncio.get_running_loop().time()
            self._changed(self.answer)
