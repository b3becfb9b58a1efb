"""Tells intended key presses from key repeats, and from an Esc that begins a longer sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from elumenta_tui.i18n import say
from elumenta_tui.tui.catalogue import key_label, keys_that_stop
from elumenta_tui.tui.ports import NotifyUser, SetTimer

if TYPE_CHECKING:
    from textual.events import Key
    from textual.timer import Timer

    from elumenta_tui.chat.turn import Answer

HELD = 0.25
"""Seconds. Two presses of one key within this time are its repeat, not two intended presses."""

FIRST_REPEAT = 1.0
"""Seconds after which a held key begins to repeat, at most. A press that follows the same key sooner waits
`HELD` seconds to see whether another one follows."""

UNSETTLED = 2.0
"""Seconds after which an Esc counts as meant, even if the keyboard has not settled it."""


class Presses:
    """Sees every key before anything else does.

    Args:
        changed: is called when an answer is about to be stopped, or no longer.
        stop: stops the running answer.
    """

    def __init__(
        self,
        set_timer: SetTimer,
        notify_user: NotifyUser,
        *,
        changed: Callable[[], object],
        stop: Callable[[], object],
    ) -> None:
        self._set_timer = set_timer
        self._notify_user = notify_user
        self._changed = changed
        self._stop = stop
        self._last: Key | None = None
        self._gap = float("inf")
        self._repeats = False
        self._has_warned = False
        self._waiting: Callable[[], object] | None = None
        self._timer: Timer | None = None
        self._next_is_unsettled = self._is_unsettled = False
        self._stopping: Answer | None = None
        self._meant: Callable[[], object] | None = None
        """An action of Esc that waits until it is certain that Esc was meant."""
        self._settling: Timer | None = None
        self.held, self.first_repeat = HELD, FIRST_REPEAT

    def note(self, key: Key) -> None:
        """Record a key, and decide whether it repeats by itself."""
        last, self._last = self._last, key
        self._is_unsettled, self._next_is_unsettled = self._next_is_unsettled, False
        is_same = last is not None and last.key == key.key
        self._gap = key.time - last.time if last is not None and is_same else float("inf")
        self._repeats = self._gap < (self.first_repeat if self._repeats else self.held)
        if not is_same:
            self._has_warned = False
        if self._waiting is not None:
            if is_same:
                self._repeats = True
            self._end_wait(do=not is_same and key.key not in keys_that_stop())

    def note_paste(self) -> None:
        """Record that text was pasted: the next key does not repeat the last one."""
        self._last = None
        self._has_warned = False
        if self._waiting is not None:
            self._end_wait(do=True)

    # ------------------------------------------------------------------------------------------------- keys held down

    def run_unless_held(self, act: Callable[[], object]) -> None:
        """Run an action that may cost something, unless its key repeats by itself; then notify the user instead."""
        if self._repeats:
            if self._has_warned or self._last is None:
                return
            self._has_warned = True
            self._notify_user(say("notice.held", key=key_label(self._last.key)), "warning")
        elif self._gap < self.first_repeat:
            self._waiting = act
            self._timer = self._set_timer(self.held, self._wait_is_over)
        else:
            act()

    def _wait_is_over(self) -> None:
        self._end_wait(do=True)

    def _end_wait(self, *, do: bool) -> None:
        act, self._waiting = self._waiting, None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if do and act is not None:
            act()

    # ------------------------------------------------------------------------------------------------------------- Esc

    def expect_unsettled(self) -> None:
        """Mark the next Esc as uncertain: it may begin a sequence."""
        self._next_is_unsettled = True

    @property
    def is_stopping(self) -> bool:
        """True if an answer stops as soon as it is certain that Esc was meant."""
        return self._stopping is not None and not self._stopping.over

    def stop_if_meant(self, answer: Answer) -> None:
        """Stop the answer: immediately, unless the current key may be the start of a cut sequence."""
        if not self._is_unsettled:
            self._stop()
            return
        self._stopping = answer
        self._settle_later()
        self._changed()

    def run_if_meant(self, act: Callable[[], object]) -> None:
        """Run an action of Esc: immediately, unless the current key may be the start of a cut sequence."""
        if self._is_unsettled:
            self._meant = act
            self._settle_later()
        else:
            act()

    def _settle_later(self) -> None:
        if self._settling is not None:
            self._settling.stop()
        self._settling = self._set_timer(UNSETTLED, lambda: self.settle(was_meant=True))

    def settle(self, *, was_meant: bool) -> None:
        """Stop or go on, now that it is known whether the last Esc was meant."""
        answer, self._stopping = self._stopping, None
        act, self._meant = self._meant, None
        if self._settling is not None:
            self._settling.stop()
            self._settling = None
        if act is not None and was_meant:
            act()
        if answer is None or answer.over:
            return
        if was_meant:
            self._stop()
        else:
            self._changed()
            self._notify_user(say("notice.not_stopped"))
