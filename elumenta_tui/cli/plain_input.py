"""The lines that a person types or that a pipe brings, one at a time and only when one is wanted."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from contextlib import suppress
from math import inf
from queue import SimpleQueue
from threading import Thread

from elumenta_tui.cli.exit_codes import NotAsked
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean

_STDIN = 0

TERMINAL_LINE = 4095
"""Bytes of a line that terminals deliver at most: they drop the rest without a word."""


REST_PATIENCE = 0.1
"""Seconds that a pipe may take to bring more of what is only counted."""

TOGETHER = 0.1
"""Seconds between two lines of a paste, at most: it may come in pieces. Nobody types a whole line in that time."""

MOST_COUNTED = 1 << 20
"""Bytes of a pipe that are only counted, at most."""


class Lines:
    """Reads standard input in a thread of its own, as nothing else may wait for it. Use it on one event loop.

    The terminal itself edits the line. It is left as it is, so that whatever stands between it and the user still works.
    """

    def __init__(self) -> None:
        self.is_terminal = os.isatty(_STDIN)
        self._loop = asyncio.get_running_loop()
        self._wanted: SimpleQueue[asyncio.Future[bytes | None]] = SimpleQueue()
        self._pending: asyncio.Future[bytes | None] | None = None
        self._buffer = b""
        self._is_over = False
        # Nobody waits for it at the end of the process: a line may never come.
        Thread(target=self._work, name="standard-input", daemon=True).start()

    def next(self) -> asyncio.Future[bytes | None]:
        """Return the next line without its end; None at the end of the input. One that nobody waited for any longer comes first."""
        if self._pending is None:
            self._pending = self._loop.create_future()
            self._pending.add_done_callback(self._forget)
            self._wanted.put(self._pending)
        return asyncio.shield(self._pending)

    def _forget(self, done: asyncio.Future[bytes | None]) -> None:
        self._pending = None

    def drop_typed_ahead(self) -> None:
        """Forget what was typed before a question was asked, as it can't be the answer."""
        if self.is_terminal and self._pending is None:
            import termios

            self._buffer = b""
            with suppress(termios.error):
                termios.tcflush(_STDIN, termios.TCIFLUSH)

    def rest(self) -> tuple[int, bool]:
        """Return how many lines that are not blank have come and were not read, and whether the input ends with them."""
        is_read = self._pending is not None
        if not is_read:
            self._take_in(REST_PATIENCE, MOST_COUNTED)
        return sum(bool(line.strip()) for line in self._buffer.split(b"\n")), is_read or self._is_over

    def burst(self) -> list[bytes]:
        """Return the lines that came together with the last one, without their ends. Call it in a thread while no line is waited for.

        A terminal keeps what has no end of a line yet: that comes with the next line.
        """
        self._take_in(TOGETHER)
        *lines, self._buffer = self._buffer.split(b"\n")
        return [line.removesuffix(b"\r") for line in lines]

    def _take_in(self, patience: float, most: float = inf) -> None:
        """Read what is there, and what comes with pauses of so many seconds at most, up to so many bytes."""
        with suppress(OSError):
            while (
                not self._is_over
                and len(self._buffer) < most
                and select.select([_STDIN], [], [], patience)[0]
            ):
                piece = os.read(_STDIN, 1 << 16)
                self._buffer += piece
                self._is_over = not piece

    def _work(self) -> None:
        while True:
            wanted = self._wanted.get()
            line = self._line()
            # The loop may have ended.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._deliver, wanted, line)

    @staticmethod
    def _deliver(wanted: asyncio.Future[bytes | None], line: bytes | None) -> None:
        if not wanted.done():
            wanted.set_result(line)

    def _line(self) -> bytes | None:
        while b"\n" not in self._buffer:
            try:
                piece = b"" if self._is_over else os.read(_STDIN, 1 << 16)
            except BlockingIOError:
                # Whoever shares the terminal or the pipe has made it so.
                select.select([_STDIN], [], [])
                continue
            except OSError:
                # The terminal is gone.
                piece = b""
            if not piece:
                rest, self._buffer, self._is_over = self._buffer, b"", False
                return rest or None
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.removesuffix(b"\r")


def decoded(line: bytes, *, is_terminal: bool) -> str:
    """Return a line as text. Raises NotAsked if it is none, or if the terminal may have cut it."""
    if is_terminal and len(line) >= TERMINAL_LINE:
        raise NotAsked(say("plain.line_cut", limit=TERMINAL_LINE))
    encoding = sys.stdin.encoding if is_terminal and sys.stdin is not None else "utf-8"
    try:
        return clean(line.decode(encoding))
    except UnicodeDecodeError as error:
        raise NotAsked(say("ask.stdin_no_text", place=error.start + 1)) from None
