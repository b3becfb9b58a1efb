"""How much processor time may be spent on something that is nice to have."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic


class TimeBudget:
    """Seconds of processor time: some at once, and as time passes a share of it."""

    def __init__(self, burst: float, share: float, clock: Callable[[], float] = monotonic) -> None:
        self._burst = burst
        self._share = share
        self._clock = clock
        self._left = burst
        self._seen = clock()

    @property
    def left(self) -> float:
        """What may be spent now; below zero if too much was spent."""
        now = self._clock()
        self._left = min(self._burst, self._left + self._share * (now - self._seen))
        self._seen = now
        return self._left

    def spend(self, seconds: float) -> None:
        """Take away. The time in which it was spent brings nothing back."""
        self._left -= seconds
        self._seen = self._clock()
