"""The one loop that reads everything there is to read: terminals, probes, the service. What arrives is dated at once."""

from __future__ import annotations

import selectors
from collections.abc import Callable
from time import monotonic

_LOOK_AGAIN = 0.002
"""Seconds after which a condition is looked at again though nothing has arrived."""


class BenchmarkFailed(Exception):
    """Something did not come, or a program ended too early."""


class Watch:
    """Hands what can be read to whom it concerns, until a condition holds."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.lateness: list[float] = []
        """Seconds by which this process itself woke late: what the machine makes of any deadline."""

    def add(self, descriptor: int, readable: Callable[[], None]) -> None:
        """Call this whenever the descriptor can be read."""
        self._selector.register(descriptor, selectors.EVENT_READ, readable)

    def remove(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)

    def until(self, holds: Callable[[], bool], seconds: float, what: str) -> None:
        """Read until the condition holds; BenchmarkFailed if it does not in time."""
        deadline = monotonic() + seconds
        while not holds():
            if monotonic() > deadline:
                raise BenchmarkFailed(f"{what}: not in {seconds:g} s")
            self._read()

    def rest(self, seconds: float) -> None:
        """Read for a while."""
        end = monotonic() + seconds
        while monotonic() < end:
            self._read()

    def _read(self) -> None:
        due = monotonic() + _LOOK_AGAIN
        ready = self._selector.select(_LOOK_AGAIN)
        if not ready:
            self.lateness.append(max(0.0, monotonic() - due))
        for key, _ in ready:
            key.data()
