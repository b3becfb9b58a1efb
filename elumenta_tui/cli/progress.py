"""A line on standard error while something takes long, where that is a terminal."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic

from elumenta_tui.i18n import say

_STDERR = 2

AFTER, EVERY = 1.0, 0.1
"""Seconds after which it is said what takes long, and between two changes of that line."""


@contextmanager
def progress(text: str) -> Iterator[None]:
    """Show a text if the block takes over a second, and remove it at the end."""
    if not os.isatty(_STDERR):
        yield
        return
    shown: list[str] = []

    def show() -> None:
        with suppress(OSError):
            columns = os.get_terminal_size(_STDERR).columns or 80
            shown.append(text[: columns - 1])
            os.write(_STDERR, shown[0].encode("utf-8", "replace"))

    timer = threading.Timer(AFTER, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # One that is being shown has to be there before it is removed.
        timer.join()
        if shown:
            with suppress(OSError):
                os.write(_STDERR, f"\r{' ' * len(shown[0])}\r".encode())


class Progress:
    """Shows how many of a number of things are done. Used as a context manager, which removes the line."""

    def __init__(self) -> None:
        self._begun = monotonic()
        self._shown = 0.0
        stream = sys.stderr
        try:
            self._stream = stream if stream is not None and stream.isatty() else None
        except (OSError, ValueError):
            self._stream = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        if self._shown:
            self._write("\r\x1b[K")

    def at(self, done: int, of: int) -> None:
        """Say that so many of so many are done."""
        now = monotonic()
        if now - self._begun < AFTER or now - self._shown < EVERY:
            return
        self._shown = now
        self._write(f"\r\x1b[K{say('cli.progress', n=done, of=of)}")

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None
