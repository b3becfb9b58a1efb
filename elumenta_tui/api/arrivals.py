"""Tell when a socket has nothing more to deliver for the moment, without reading it."""

from __future__ import annotations

import asyncio
import select
import sys

_SMOOTHED = 8
"""About as many arrivals make the usual distance of two."""
_LONGEST_GAP = 0.1
"""Seconds; a pause says no more about what comes after it."""
_APART = 1.3
"""Times the silence that is waited for: arrivals that are as far apart make it anyway, so each is the last for now."""


class Arrivals:
    """Watches a socket that somebody else reads. Close it before the socket.

    To read, parse and paint a delta costs a hundred times as much as to notice that one has arrived.

    Raises NotImplementedError where the system has no such thing.
    """

    def __init__(self, descriptor: int) -> None:
        if sys.platform != "linux":
            raise NotImplementedError
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        # Edge-triggered: every arrival is told once, though what has come before is not read.
        self._epoll.register(descriptor, select.EPOLLIN | select.EPOLLET)
        self._over: asyncio.Future[None] | None = None
        self._due: asyncio.TimerHandle | None = None
        self._silence = self._earliest = 0.0
        self._gap = 0.0
        """Seconds between two arrivals, smoothed."""
        self._arrived_at = self._loop.time()

    def close(self) -> None:
        """Watch no longer."""
        self._epoll.close()

    async def silence(self, seconds: float, *, earliest: float, latest: float) -> None:
        """Wait until something has come and nothing more for so many seconds; the other two are times of the loop's clock."""
        self._over = self._loop.create_future()
        self._silence, self._earliest = seconds, earliest
        deadline = self._loop.call_at(latest, self._end)
        self._loop.add_reader(self._epoll.fileno(), self._arrived)
        try:
            await self._over
        finally:
            self._loop.remove_reader(self._epoll.fileno())
            deadline.cancel()
            self._cancel_due()
            self._over = None

    def note(self) -> None:
        """Note an arrival."""
        now = self._loop.time()
        self._gap += (min(now - self._arrived_at, _LONGEST_GAP) - self._gap) / _SMOOTHED
        self._arrived_at = now

    def _arrived(self) -> None:
        self._epoll.poll(0)
        self.note()
        self._cancel_due()
        # An arrival ends the wait at once if the next one is usually farther off than the silence that is waited for.
        silence = self._silence if self._gap < _APART * self._silence else 0.0
        self._due = self._loop.call_at(max(self._earliest, self._arrived_at + silence), self._end)

    def _cancel_due(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _end(self) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_result(None)
