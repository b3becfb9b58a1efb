"""A line on standard error while something takes long, where that is a terminal."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STDERR = 2

AFTER = 1.0
"""Seconds after which it is said what takes long."""


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
