"""How the program ends when something outside ends it: a signal, or a terminal that has gone.

Python and Textual die of most signals on the spot, with the terminal as the app had set it and nothing saved. Here they lead
to the ordinary way out, which stops the answer and saves, and a clock sees to it that the way is short.
"""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from time import sleep
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from textual.message import Message

if TYPE_CHECKING:
    from textual.app import App

GRACE = 2.5
"""Seconds after a signal in which the program has ended, whatever else it is waiting for."""

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


def exit_code(number: int) -> int:
    """How shells report an end by that signal: 143 for SIGTERM."""
    return 128 + number


HUNG_UP = exit_code(1)
"""Exit code of a program whose terminal has gone; SIGHUP, where there is one, has the number 1."""


@dataclass
class Leave(Message):
    """The program has to end."""

    code: int
    """Its exit code."""


class Signals:
    """While it is entered, signals that end a program ask the app to leave.

    A signal that whoever started the program wants to be ignored, as `nohup` does with SIGHUP, is ignored.
    """

    def __init__(self, app: App[Any]) -> None:
        self.received: signal.Signals | None = None
        """The first of them that came."""
        self._app = app
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for name in _NAMES:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, self._end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            return
        self.received = signal.Signals(number)
        # A thread, as the loop may be what hangs.
        threading.Thread(target=self._give_up, name="grace", daemon=True).start()
        loop = self._app._loop
        if loop is None:
            raise SystemExit(exit_code(number))
        loop.call_soon_threadsafe(self._app.post_message, Leave(exit_code(number)))

    def _give_up(self) -> None:
        sleep(GRACE)
        assert self.received is not None
        try:
            abandon = getattr(self._app._driver, "abandon", None)
            if abandon is not None:
                abandon()
        finally:
            os._exit(exit_code(self.received))
