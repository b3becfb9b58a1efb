"""A program on a terminal of its own, watched from outside: what it paints and when, what it uses, how it ends."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

import pyte

from tests.benchmarks.watch import BenchmarkFailed, Watch
from tests.newcomer import no_newcomer
from tests.pseudo_terminal import ROOT

COLUMNS, LINES = 120, 40

CHANNEL = "BENCHMARK_CHANNEL"
"""The variable that tells a probe the descriptor on which it is asked and answers."""

_PATIENCE = 60.0
_CALM_SECONDS, _CALM_CPU = 0.2, 0.012
"""A program that uses no more than this in that time has nothing left to do; a status line may still count seconds."""
_SILENCE = 0.1
"""Seconds without a byte after which a reaction was the whole reaction."""
_KEPT = 256 * 1024
"""Bytes of output that are kept for the last screen."""
_LAST_LINES = 30

_MODE_QUERY = re.compile(rb"\x1b\[\?(\d+)\$p")
_SYNCHRONISED_OUTPUT = b"2026"
_SCROLL_REGION = re.compile(rb"\x1b\[\d+;\d+r")
_UNKNOWN_TO_PYTE = re.compile(
    rb"\x1b\[[<=>?][0-?]*[ -/]*[@-~]|\x1b\[[0-?]*[ -/]+[@-~]|\x1b[P_^X].*?\x1b\\", re.DOTALL
)


class Console:
    """A running program. Use it as a context manager: whatever is left of it at the end is killed."""

    def __init__(self, watch: Watch, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.watch = watch
        self.bytes = 0
        """How many the program has written so far."""
        self.scrolls = False
        """It moves lines by scroll regions."""
        self._last_output_at = 0.0
        self._kept = bytearray()
        self._tail = b""
        self._expected: set[bytes] = set()
        self._seen: dict[bytes, float] = {}
        self._ended = False
        self._replies: deque[dict[str, Any]] = deque()
        self._unfinished_reply = b""
        self._channel_is_read = True
        self._home = tempfile.TemporaryDirectory(prefix="benchmark-")
        no_newcomer(Path(self._home.name) / "state")

        self._terminal, inside = pty.openpty()
        self._set_size(COLUMNS, LINES)
        self._channel, channel = socket.socketpair()
        self.started_at = monotonic()
        """Seconds of the monotonic clock."""
        try:
            self._process = subprocess.Popen(
                command,
                stdin=inside,
                stdout=inside,
                stderr=inside,
                cwd=ROOT,
                env=self._environment({CHANNEL: str(channel.fileno()), **(env or {})}),
                pass_fds=[channel.fileno()],
                start_new_session=True,
                preexec_fn=_take_terminal,
            )
        finally:
            os.close(inside)
            channel.close()
        os.set_blocking(self._terminal, False)
        watch.add(self._terminal, self._read_output)
        watch.add(self._channel.fileno(), self._read_replies)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._ended:
            self._stop_reading()
        os.close(self._terminal)
        self._channel.close()
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._home.cleanup()

    # -------------------------------------------------------------------------------------------------------- doing

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self._terminal, text.encode())

    def resize(self, columns: int) -> None:
        """Change the width of the window, which sends SIGWINCH."""
        self._set_size(columns, LINES)

    def ask(self, question: str) -> dict[str, Any]:
        """What the probe answers to that."""
        self._channel.sendall(question.encode() + b"\n")
        self._until(lambda: bool(self._replies), f"the probe did not answer {question!r}")
        return self._replies.popleft()

    # ------------------------------------------------------------------------------------------------------- seeing

    def expect(self, text: str) -> None:
        """Look out for a text that is not on the screen yet, as a rare letter."""
        self._seen.pop(text.encode(), None)
        self._expected.add(text.encode())

    def seen_at(self, text: str) -> float | None:
        """When an expected text was painted; None if it was not yet."""
        return self._seen.get(text.encode())

    def wait_for(self, text: str, seconds: float = _PATIENCE) -> float:
        """Wait for an expected text; when it was painted."""
        self._until(lambda: self.seen_at(text) is not None, f"{text!r} did not come", seconds)
        return self._seen[text.encode()]

    def cpu(self) -> float:
        """Seconds of CPU that the program has used in all of its threads, user and system."""
        # What clock_getcpuclockid(3) computes; Python has it for threads only.
        return time.clock_gettime((~self._process.pid << 3) | 2)

    def settle(self, seconds: float = _PATIENCE) -> float:
        """Wait until nothing is left to do. The seconds of CPU that had been used when that was so."""
        used: deque[tuple[float, float]] = deque()

        def calm() -> bool:
            now = monotonic()
            used.append((now, self.cpu()))
            while len(used) > 1 and used[1][0] <= now - _CALM_SECONDS:
                used.popleft()
            return used[0][0] <= now - _CALM_SECONDS and used[-1][1] - used[0][1] < _CALM_CPU

        self._until(calm, "the program does not come to rest", seconds)
        return used[0][1]

    def reaction(self, act: Callable[[], None]) -> float:
        """Seconds from an act until the last byte of what it led to. The program has to be silent before."""
        begun, before = monotonic(), self.bytes
        act()
        self._until(
            lambda: self.bytes > before and monotonic() - self._last_output_at > _SILENCE, "nothing happened"
        )
        return self._last_output_at - begun

    def last_screen(self) -> str:
        """The end of what is on the screen."""
        screen = pyte.Screen(COLUMNS, LINES)
        pyte.ByteStream(screen).feed(_UNKNOWN_TO_PYTE.sub(b"", bytes(self._kept)))
        lines = [line.rstrip() for line in screen.display]
        return "\n".join([line for line in lines if line][-_LAST_LINES:])

    # ---------------------------------------------------------------------------------------------- behind the glass

    def _until(self, holds: Callable[[], bool], what: str, seconds: float = _PATIENCE) -> None:
        def holds_or_ended() -> bool:
            return holds() or self._ended

        try:
            self.watch.until(holds_or_ended, seconds, what)
            if not holds():
                raise BenchmarkFailed(f"{what}: the program has ended with {self._process.wait(_PATIENCE)}")
        except BenchmarkFailed as failure:
            raise BenchmarkFailed(f"{failure}. The end of its screen:\n{self.last_screen()}") from None

    def _read_output(self) -> None:
        try:
            data = os.read(self._terminal, 65536)
        except BlockingIOError:
            return
        except OSError:
            # So Linux says that nobody has the other end open any more.
            data = b""
        if not data:
            self._ended = True
            self._stop_reading()
            return
        now = self._last_output_at = monotonic()
        self.bytes += len(data)
        self._kept += data
        if len(self._kept) > 2 * _KEPT:
            del self._kept[:-_KEPT]
        recent = self._tail + data
        for text in [text for text in self._expected if text in recent]:
            self._seen[text] = now
            self._expected.discard(text)
        self._tail = recent[-64:]
        self.scrolls = self.scrolls or _SCROLL_REGION.search(data) is not None
        for query in _MODE_QUERY.finditer(data):
            # As terminals of today answer: this one is known, others are not.
            known = 2 if query[1] == _SYNCHRONISED_OUTPUT else 0
            os.write(self._terminal, b"\x1b[?%b;%d$y" % (query[1], known))

    def _read_replies(self) -> None:
        data = self._channel.recv(65536)
        if not data:
            self.watch.remove(self._channel.fileno())
            self._channel_is_read = False
            return
        *lines, self._unfinished_reply = (self._unfinished_reply + data).split(b"\n")
        self._replies.extend(map(json.loads, lines))

    def _stop_reading(self) -> None:
        self.watch.remove(self._terminal)
        if self._channel_is_read:
            self.watch.remove(self._channel.fileno())

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "HOME": self._home.name,
            "ELUMENTA_HOME": self._home.name,
            **extra,
        }


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
