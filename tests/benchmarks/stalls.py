"""How long an event loop keeps its callers waiting."""

from __future__ import annotations

import selectors
from time import monotonic

_WORTH_KEEPING = 0.0005
"""Seconds; shorter turns make no caller wait noticeably."""


class WatchedSelector(selectors.DefaultSelector):
    """A loop's selector that notes how long the loop was away.

    Between two calls of `select` the loop is deaf: whatever arrives has to wait for the end of that turn. That is exact, and it
    costs a microsecond per turn, where a task that sleeps and looks how late it wakes would cost a tenth of what it measures.
    """

    def __init__(self) -> None:
        super().__init__()
        self.start()

    def start(self) -> None:
        """Forget what was noted."""
        self._started = self._back_at = monotonic()
        self._turns: list[float] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        answer = monotonic() - self._back_at
        if answer > _WORTH_KEEPING:
            self._turns.append(answer)
        ready = super().select(timeout)
        self._back_at = monotonic()
        return ready

    @property
    def longest(self) -> float:
        """Seconds of the longest turn."""
        return max(self._turns, default=0.0)

    def waiting(self, share: float) -> float:
        """Seconds that this share of callers, who come at any time, does not have to wait longer than."""
        return waiting(self._turns, monotonic() - self._started, share)


def waiting(turns: list[float], elapsed: float, share: float) -> float:
    """See `WatchedSelector.waiting`.

    Who comes during a turn waits until its end, so a turn makes for `turn - x` seconds in which whoever comes waits longer than x.
    """
    low, high = 0.0, max(turns, default=0.0)
    while high - low > 1e-5:
        middle = (low + high) / 2
        if sum(answer - middle for answer in turns if answer > middle) > (1 - share) * elapsed:
            low = middle
        else:
            high = middle
    return high
