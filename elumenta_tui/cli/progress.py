"""A line on standard error that says how far something is, where that is a terminal and it takes a while."""

from __future__ import annotations

import sys
from time import monotonic

from elumenta_tui.i18n import say

AFTER, EVERY = 1.0, 0.1
"""Seconds until the line is shown, and between two of its changes."""


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
