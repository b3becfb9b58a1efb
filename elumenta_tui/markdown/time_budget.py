"""A budget of processor time for optional work."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic


class TimeBudget:
    """Seconds of processor time: a burst, refilled by a share of the passing time."""

    def __init__(self, burst: float, share: float, clock: Callable[[], float] = monotonic) -> None:
        self._burst = burst
        self._share = share
        self._clock = clock
        self._left = burst
        self._seen = clock()

    @property
    def left(self) -> float:
        """Seconds that may be spent now; negative if too many were spent."""
        now = self._clock()
        self._left = min(self._burst, self._left + self._share * (now - self._seen))
        self._seen = now
        return self._left

    def spend(self, seconds: float) -> None:
        """Take seconds from the budget. The time during which they were spent refills nothing."""
        self._left -= seconds
        self._seen = self._clock()
