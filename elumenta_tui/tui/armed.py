"""What a second press does that comes soon after the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from elumenta_tui.tui.ports import SetTimer

if TYPE_CHECKING:
    from textual.timer import Timer

ARMED = 2.0
"""Seconds in which a second Esc stops, or a second Ctrl+C quits."""


class Armed:
    """What a second press does that comes soon."""

    def __init__(self, set_timer: SetTimer, changed: Callable[[], None]) -> None:
        """`changed` is called when something was armed or disarmed."""
        self._set_timer = set_timer
        self._changed = changed
        self._timers: dict[str, Timer] = {}

    def __contains__(self, what: str) -> bool:
        return what in self._timers

    def arm(self, what: str) -> None:
        """Have the next press do it, for a while."""
        self._timers[what] = self._set_timer(ARMED, lambda: self.disarm(what))
        self._changed()

    def disarm(self, what: str) -> None:
        """Have the next press do nothing of the kind."""
        timer = self._timers.pop(what, None)
        if timer is not None:
            timer.stop()
            self._changed()
