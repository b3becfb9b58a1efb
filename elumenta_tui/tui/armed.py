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
        self._armed_by: dict[str, str] = {}

    def __contains__(self, what: str) -> bool:
        return what in self._timers

    def by(self, what: str) -> str:
        """Return the name of the action whose key was pressed to arm it."""
        return self._armed_by[what]

    def arm(self, what: str, by: str, seconds: float = ARMED) -> None:
        """Let the next press trigger an action, for so many seconds; `by` names the action whose key was pressed."""
        if (before := self._timers.get(what)) is not None:
            before.stop()
        self._timers[what] = self._set_timer(seconds, lambda: self.disarm(what))
        self._armed_by[what] = by
        self._changed()

    def disarm(self, what: str) -> None:
        """Let the next press no longer trigger the action."""
        timer = self._timers.pop(what, None)
        if timer is not None:
            timer.stop()
            self._changed()
