"""The pace of frames: deltas are painted in frames, at most `FPS` a second, and a key press goes first.

Only the first text of an answer and its end are painted at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from time import monotonic, thread_time

from elumenta_tui.chat.turn import Answer

FPS = 50
"""Largest number of frames a second. A socket hands text over less often (see `api.body`), so such frames rarely wait."""
REST = 8
"""Least pause after a frame, as a multiple of the processor time that it took. Expensive frames are painted less often."""
FLOOD_REST = 1
"""The same multiple while text is left that did not fit into the frame."""
KEY_FIRST = 0.03
"""Seconds that a key press delays the next frame, so that its letter is painted first."""
LONGEST_WAIT = 0.15
"""Seconds after a frame from which key presses no longer delay the next one. Fast typing must not hold frames back forever."""

After = Callable[[float, Callable[[], None]], asyncio.TimerHandle]
"""Calls a function after that many seconds, behind the messages that wait by then."""


class FramePacer:
    """Decides when the next frame is painted.

    `grow` renders the next piece of a changed answer and returns whether there is more to do. `paint` paints the view. `fps` is the
    largest number of frames a second.
    """

    def __init__(
        self, grow: Callable[[Answer], bool], paint: Callable[[], None], after: After, fps: int = FPS
    ) -> None:
        self._grow = grow
        self._paint = paint
        self._after = after
        self._least_pause = 1 / fps
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._began = 0.0
        self._changed: set[Answer] = set()
        """Answers to render with the next frame."""
        self._greeted: set[Answer] = set()
        """Answers whose first text is painted."""

    def forget(self) -> None:
        """Forget all answers, because others take their place."""
        self._changed.clear()
        self._greeted.clear()

    def changed(self, answer: Answer) -> None:
        """Paint a changed answer with the next frame, or at once if its first text or its end has arrived."""
        self._changed.add(answer)
        if answer.over or (answer.has_text and answer not in self._greeted):
            self._greeted.add(answer)
            self._frame()
        elif self._timer is None:
            wait = self._due - monotonic()
            if wait <= 0:
                self._frame()
            else:
                self._frame_in(wait)

    def catch_up(self, answers: Collection[Answer]) -> None:
        """Have the next frames lay out the rest of answers that have come into view."""
        self._changed.update(answers)
        if self._timer is None:
            self._frame_in(self._least_pause)

    def give_way(self) -> None:
        """Delay the next frame for a key that was just pressed, so that the key is handled and painted first."""
        now = monotonic()
        if now - self._began < LONGEST_WAIT:
            self._due = max(self._due, now + KEY_FIRST)
            if self._timer is not None:
                self._timer.cancel()
                self._frame_in(KEY_FIRST)

    @property
    def idle_for(self) -> float:
        """Seconds since the last frame began."""
        return monotonic() - self._began

    def _frame_in(self, seconds: float) -> None:
        self._timer = self._after(seconds, self._frame)

    def _frame(self) -> None:
        started, used = monotonic(), thread_time()
        self._began = started
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        unfinished = {answer for answer in self._changed if self._grow(answer)}
        self._changed = unfinished
        self._paint()
        # Processor time, because on a busy machine a frame takes longer without costing more.
        spent = thread_time() - used
        self._due = started + max(self._least_pause, spent * (1 + REST))
        if unfinished:
            self._frame_in(spent * FLOOD_REST)
