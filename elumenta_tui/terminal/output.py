"""Output to the terminal that never blocks.

A terminal may stop reading for any time: a broken SSH connection, Ctrl+S in a multiplexer, a selection in a console window.
A blocking write would then stop the event loop, and network and disk with it. So output that the terminal does not accept
is buffered.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from collections.abc import Callable
from time import monotonic

LIMIT = 1 << 20
"""Bytes in the buffer beyond which new text is dropped. Only frames come in numbers, and the painter checks `is_behind` first."""

SLACK = 1 << 15
"""Bytes in the buffer beyond which the terminal counts as behind: two or three frames. Its own buffer holds less than one
frame, so something waits briefly after almost every frame, and that must not delay the echo of a key."""

_PIECE = 1 << 16
"""Bytes of one write. A terminal accepts no more at a time."""

_CANCEL = b"\x18\x1b\\"
"""Ends any sequence that the terminal is in the middle of."""


def open_nonblocking(descriptor: int, flags: int) -> int:
    """Open the terminal behind a descriptor anew, for non-blocking use.

    The descriptor itself is shared with the shell and other programs: making it non-blocking would make theirs so too. If
    the terminal cannot be opened again, a duplicate of the descriptor is returned, which blocks.
    """
    flags |= os.O_NONBLOCK | os.O_NOCTTY
    with contextlib.suppress(OSError):
        # Succeeds for the controlling terminal only, which every user may open, also after `su`.
        os.tcgetpgrp(descriptor)
        return os.open("/dev/tty", flags)
    with contextlib.suppress(OSError):
        return os.open(os.ttyname(descriptor), flags)
    return os.dup(descriptor)


class Output:
    """Accepts text at once, and writes it as fast as the terminal reads."""

    def __init__(
        self,
        descriptor: int,
        loop: asyncio.AbstractEventLoop,
        *,
        caught_up: Callable[[], object],
        lost: Callable[[], object],
    ) -> None:
        """Open the terminal for writing.

        Args:
            descriptor: Descriptor of the terminal; it stays the caller's.
            loop: Event loop of the callbacks.
            caught_up: Called when the terminal has accepted all buffered output.
            lost: Called once, when the terminal is gone.
        """
        self._loop = loop
        self._caught_up = caught_up
        self._lost = lost
        self._descriptor = open_nonblocking(descriptor, os.O_WRONLY)
        self._texts: list[str] = []
        self._due: asyncio.Handle | None = None
        self._waiting = bytearray()
        self._is_watching = False
        self._is_lost = False

    @property
    def is_behind(self) -> bool:
        """True if much of the earlier output still waits for the terminal."""
        return len(self._waiting) > SLACK

    def write(self, text: str) -> None:
        """Queue a text, to be written together with all other text of this turn of the loop."""
        if self._is_lost or len(self._waiting) > LIMIT:
            return
        self._texts.append(text)
        if self._due is None:
            self._due = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write queued text now."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._texts:
            # Titles may hold unencodable characters; an exception here would end the program.
            self._waiting += "".join(self._texts).encode("utf-8", "replace")
            self._texts.clear()
            if not self._is_watching:
                self._push()

    def finish(self, text: str, seconds: float) -> None:
        """Write the last text, and wait at most `seconds` for the terminal to accept it.

        If the terminal accepts nothing in that time, everything before the text is dropped, here and in the terminal's own
        buffer. So the text is what the terminal reads when it reads again.
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
        """Write the last text instead of all that waits. Callable from any thread."""
        import termios

        with contextlib.suppress(OSError, termios.error):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
            os.write(self._descriptor, _CANCEL + text.encode())

    def close(self) -> None:
        """Close our descriptor, without waiting."""
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
