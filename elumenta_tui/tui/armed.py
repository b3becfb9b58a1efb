"""Actions that need a second press soon after the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from elumenta_tui.tui.ports import SetTimer

if TYPE_CHECKING:
    from textual.timer import Timer

ARMED = 2.0
"""Seconds in which a second Esc stops, or a second Ctrl+C or Ctrl+Q quits."""


class Armed:
    """The set of armed actions: the next press of their key triggers them."""

    def __init__(self, set_timer: SetTimer, changed: Callable[[], None]) -> None:
        """`changed` is called after something was armed or disarmed."""
        self._set_timer = set_timer
        self._changed = changed
        self._timers: dict[str, Timer] = {}

    def __contains__(self, what: str) -> bool:
        return what in self._timers

    def arm(self, what: str) -> None:
        """Let the next press trigger an action, for `ARMED` seconds."""
        self._timers[what] = self._set_timer(ARMED, lambda: self.disarm(what))
        self._changed()

    def disarm(self, what: str) -> None:
        """Let the next press no longer trigger the action."""
        timer = self._timers.pop(what, None)
        if timer is not None:
            timer.stop()
            self._changed()
