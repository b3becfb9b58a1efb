"""The way to the terminal, which never waits.

A terminal may stop reading for as long as it likes: a broken SSH connection, Ctrl+S in a multiplexer, a selection in a
console window. A write would then stop the event loop, and the network and the disk with it. So what the terminal does not
take is kept until it does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from collections.abc import Callable
from time import monotonic

LIMIT = 1 << 20
"""Bytes that may wait before nothing more is accepted. Only frames wait in numbers, and who paints asks first."""

SLACK = 1 << 15
"""Bytes that may wait before the terminal counts as behind: two or three frames. Its own buffer holds less than one, so
something waits for a moment after almost every frame, and a key's letter must not be left out for that."""

_PIECE = 1 << 16
"""Bytes in one call: a terminal takes no more at a time."""

_CANCEL = b"\x18\x1b\\"
"""Ends whatever sequence the terminal is in the middle of."""


def own_way(descriptor: int, flags: int) -> int:
    """The terminal behind a descriptor, opened anew and without waiting.

    The descriptor itself is shared with the shell and everything that runs beside us: if it did not wait, theirs would not
    either. Where the terminal can't be opened again, the descriptor itself is returned, and waits.
    """
    flags |= os.O_NONBLOCK | os.O_NOCTTY
    with contextlib.suppress(OSError):
        # It succeeds for the controlling terminal only, which everybody may open, also after `su`.
        os.tcgetpgrp(descriptor)
        return os.open("/dev/tty", flags)
    with contextlib.suppress(OSError):
        return os.open(os.ttyname(descriptor), flags)
    return os.dup(descriptor)


class Output:
    """Takes text at once, and hands it on as fast as the terminal reads."""

    def __init__(
        self,
        descriptor: int,
        loop: asyncio.AbstractEventLoop,
        *,
        caught_up: Callable[[], object],
        lost: Callable[[], object],
    ) -> None:
        """
        Args:
            descriptor: Of the terminal; it stays the caller's.
            loop: Of the callbacks.
            caught_up: Called when the terminal has taken what it had kept waiting.
            lost: Called once, when the terminal is no more.
        """
        self._loop = loop
        self._caught_up = caught_up
        self._lost = lost
        self._descriptor = own_way(descriptor, os.O_WRONLY)
        self._texts: list[str] = []
        self._due: asyncio.Handle | None = None
        self._waiting = bytearray()
        self._is_watching = False
        self._is_lost = False

    @property
    def is_behind(self) -> bool:
        """Whether the terminal has yet to take much of what was written before."""
        return len(self._waiting) > SLACK

    def write(self, text: str) -> None:
        """Hand a text on, with whatever else is written before the loop's next turn."""
        if self._is_lost or len(self._waiting) > LIMIT:
            return
        self._texts.append(text)
        if self._due is None:
            self._due = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Hand on now what was written."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._texts:
            # Text is clean by now; an exception for a bad letter in some title would end the program.
            self._waiting += "".join(self._texts).encode("utf-8", "replace")
            self._texts.clear()
            if not self._is_watching:
                self._push()

    def finish(self, text: str, seconds: float) -> None:
        """Write the last text, and wait for the terminal to take it, but no longer than that.

        If it takes nothing in that time, what waits in front of the text is dropped, here and in the terminal's own
        buffer, so that the text is what the terminal reads when it reads again.
        """
        self.write(text)
        self.flush()
        deadline = monotonic() + seconds
        writable = select.poll()
        writable.register(self._descriptor, select.POLLOUT)
        while self._waiting and not self._is_lost:
            left = deadline - monotonic()
            if left <= 0:
                self._ignore()
                self._waiting.clear()
                self.abandon(text)
                return
            if writable.poll(left * 1000):
                self._push()

    def abandon(self, text: str) -> None:
        """Write the last text in place of all that waits, from any thread."""
        import termios

        with contextlib.suppress(OSError, termios.error):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
            os.write(self._descriptor, _CANCEL + text.encode())

    def close(self) -> None:
        """Give the terminal back."""
        self._ignore()
        if self._due is not None:
            self._due.cancel()
        self._is_lost = True
        os.close(self._descriptor)

    def _push(self) -> None:
        try:
            while self._waiting:
                with memoryview(self._waiting) as view:
                    taken = os.write(self._descriptor, view[:_PIECE])
                del self._waiting[:taken]
        except BlockingIOError:
            if not self._is_watching:
                self._loop.add_writer(self._descriptor, self._push)
                self._is_watching = True
            return
        except OSError:
            self._lose()
            return
        if self._is_watching:
            self._ignore()
            self._caught_up()

    def _ignore(self) -> None:
        if self._is_watching:
            self._loop.remove_writer(self._descriptor)
            self._is_watching = False

    def _lose(self) -> None:
        self._ignore()
        self._is_lost = True
        self._waiting.clear()
        self._lost()
