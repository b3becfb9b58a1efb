"""Time limits that count only the time in which this process runs.

Ctrl+Z, a frozen terminal or a blocked event loop stop the program, not the service: its answer may already lie in the
socket. So time during which the process was stopped does not count, and enough is always left afterwards to read what has
come.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

TICK = 1.0
"""Seconds between two checks of the clock."""
LATE = 0.5
"""Seconds by which a check may be late before the process counts as stopped meanwhile."""
GRACE = 2.0
"""Seconds left after such a stop, at least."""


class TimeLimit:
    """The rest of a time limit."""

    def __init__(self, limit: asyncio.Timeout, seconds: float) -> None:
        self.left = seconds
        """Seconds left at the last check of the clock."""
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._looked_at = self._loop.time()
        self._arm()

    def renew(self, seconds: float) -> None:
        """Start again with another limit."""
        self.stop()
        self.left = seconds
        self._arm()

    def stop(self) -> None:
        """Check the clock once more, and never again."""
        self._timer.cancel()
        self._count()

    def _arm(self) -> None:
        self._step = min(self.left, TICK)
        self._timer = self._loop.call_at(self._looked_at + max(0.0, self._step), self._check)

    def _check(self) -> None:
        self._count()
        if self.left > 0.001:
            self._arm()
        else:
            self._limit.reschedule(self._looked_at)

    def _count(self) -> None:
        now = self._loop.time()
        passed = now - self._looked_at
        self._looked_at = now
        if passed > self._step + LATE:
            self.left = max(self.left - self._step, GRACE)
        else:
            self.left -= passed


@asynccontextmanager
async def time_limit(seconds: float) -> AsyncGenerator[TimeLimit, None]:
    """Limit a block like `asyncio.timeout`, but count only time in which this process runs. Raises TimeoutError."""
    async with asyncio.timeout(None) as limit:
        left = TimeLimit(limit, seconds)
        try:
            yield left
        finally:
            left.stop()
