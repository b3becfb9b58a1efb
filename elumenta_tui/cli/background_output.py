"""Standard output that never keeps an answer waiting."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from elumenta_tui.cli.stdio import complain

_STDOUT = 1


class _Note(NamedTuple):
    """A sentence for standard error."""

    words: str


class BackgroundOutput:
    """Writes text to standard output, in a thread of its own and in order.

    A reader that is slow (`less`) or has gone (`head`) would otherwise keep the answer from being received: the service may
    break it off then, and it is paid for. Use it on one event loop.
    """

    def __init__(self) -> None:
        self.problem: OSError | None = None
        """Why nothing more is written: BrokenPipeError if nobody reads any longer."""
        self._encoding = "utf-8"
        if os.isatty(_STDOUT) and sys.stdout is not None:
            # An old locale's terminal lacks some letters.
            self._encoding = sys.stdout.encoding or "utf-8"
        self._pieces: SimpleQueue[str | _Note | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._is_done = asyncio.Event()
        # Nobody waits for it at the end of the process: a reader may sleep for ever.
        Thread(target=self._work, name="standard-output", daemon=True).start()

    def write(self, text: str) -> None:
        """Have a text written soon."""
        self._pieces.put(text)

    def note(self, words: str) -> None:
        """Say something on standard error, once everything before it is written: both may go to one place."""
        self._pieces.put(_Note(words))

    def say_notes(self) -> None:
        """Say at once what still waits for a reader that is slow. Nothing more is written."""
        with suppress(Empty):
            while True:
                if isinstance(piece := self._pieces.get_nowait(), _Note):
                    complain(piece.words)

    async def finish_within(self, seconds: float | None) -> None:
        """Finish, and wait for that so long at most; None: as long as it takes. The notes are said in any case."""
        finished = asyncio.ensure_future(self.finish())
        await asyncio.wait([finished], timeout=seconds)
        if not finished.done():
            finished.cancel()
            self.say_notes()

    async def finish(self) -> None:
        """Wait until everything is written, or can't be. Nothing may be written after that."""
        self._pieces.put(None)
        await self._is_done.wait()

    def _work(self) -> None:
        while (piece := self._pieces.get()) is not None:
            if isinstance(piece, _Note):
                complain(piece.words)
            elif self.problem is None:
                try:
                    _write_all(piece.encode(self._encoding, "replace"))
                except OSError as problem:
                    self.problem = problem
        # The loop may have ended.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._is_done.set)


def _write_all(data: bytes) -> None:
    # Past `sys.stdout`, which would try again at exit what it could not write.
    while data:
        try:
            data = data[os.write(_STDOUT, data) :]
        except BlockingIOError:
            # Whoever shares the terminal or the pipe has made it so.
            select.select([], [_STDOUT], [])
