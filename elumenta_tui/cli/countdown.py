"""What standard error shows while a request waits for its retry."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable

from elumenta_tui.chat.turn import RetryWait
from elumenta_tui.cli.stdio import complain
from elumenta_tui.i18n import say
from elumenta_tui.i18n.failures import quoted, sentence, what_failed

_STDERR = 2


class Countdown:
    """Names the reason, and counts the seconds down where standard error is a terminal. `clock` is that of `RetryWait.until`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wait: RetryWait | None = None
        self._said = ""
        self._shown = 0
        """Characters of the line that is counted down in."""
        self._tick: asyncio.TimerHandle | None = None

    def show(self, wait: RetryWait | None, model: str) -> None:
        """Begin to count down to a retry, or end that. `model` is the slug of the model that was asked."""
        self._clear()
        self._wait = wait
        if wait is None:
            return
        what = sentence(what_failed(wait.failure, model))
        reason = " ".join(filter(None, (what, quoted(wait.failure))))
        if not os.isatty(_STDERR):
            complain(f"{reason} {self._line(wait)}")
            return
        if reason != self._said:
            complain(reason)
            self._said = reason
        self._count()

    def _line(self, wait: RetryWait) -> str:
        return say("turn.hold", n=wait.seconds(self._clock()), number=wait.number, of=wait.of)

    def _count(self) -> None:
        assert self._wait is not None
        line = self._line(self._wait)
        with contextlib.suppress(OSError):
            # A line that wraps could not be written over.
            line = line[: max(1, os.get_terminal_size(_STDERR).columns - 1)]
        self._put(f"\r{line:<{self._shown}}")
        self._shown = len(line)
        self._tick = asyncio.get_running_loop().call_later(1.0, self._count)

    def _clear(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None
            self._put(f"\r{'':<{self._shown}}\r")
            self._shown = 0

    @staticmethod
    def _put(text: str) -> None:
        encoding = sys.stderr.encoding if sys.stderr is not None else "utf-8"
        with contextlib.suppress(OSError):
            os.write(_STDERR, text.encode(encoding, "backslashreplace"))
