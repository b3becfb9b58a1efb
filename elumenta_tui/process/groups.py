"""Run a program in a process group of its own, with bounds on its time and its output, and leave nothing of it behind.

The group is ended with the program, with the time limit, with a cancelled task, and with this process, however that ends: a
second small process, the guardian, holds the read end of a pipe and ends the group when the pipe closes. A program that
leaves its group on purpose (`setsid`) is out of reach.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from elumenta_tui.process.children import find_program

_DRAIN = 0.5
"""Seconds that background programs of the group have to finish their output after the program has ended."""
_REAP = 2.0
"""Seconds to wait for a killed program. One that is stuck in the system may take longer; nobody waits for it."""
_BREATH = 0.002
"""Seconds between two reads of an output that is too long to be kept: it must not take a whole core."""

_GUARD = 'read -r _; kill -s KILL -- "-$1"'


class Ending(Enum):
    """The ways in which a program ends."""

    EXITED = "exited"
    TIMED_OUT = "timed out"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that has ended, and its output."""

    ending: Ending
    code: int
    """Exit code; below zero the number of the signal that ended it."""
    head: bytes
    tail: bytes
    """The end of a long output. What lies between `head` and `tail` was not kept."""
    total: int
    """Bytes of the whole output, as far as it was read."""
    left_running: bool = False
    """True if programs of the group still held the output when the program had ended."""

    @property
    def left_out(self) -> int:
        """Bytes of the output that were not kept."""
        return self.total - len(self.head) - len(self.tail)


class _Kept:
    """The beginning and the end of a stream of bytes."""

    def __init__(self, head: int, tail: int) -> None:
        self.head = bytearray()
        self.total = 0
        self._most, self._most_tail = head, tail
        self._pieces: deque[bytes] = deque()
        self._size = 0

    def add(self, data: bytes) -> None:
        self.total += len(data)
        room = self._most - len(self.head)
        if room > 0:
            self.head += data[:room]
            data = data[room:]
        if data and self._most_tail:
            self._pieces.append(data)
            self._size += len(data)
            while self._size - len(self._pieces[0]) >= self._most_tail:
                self._size -= len(self._pieces.popleft())

    @property
    def overflows(self) -> bool:
        return self.total > self._most + self._most_tail

    @property
    def tail(self) -> bytes:
        return b"".join(self._pieces)[-self._most_tail :] if self._most_tail else b""


class _Output(asyncio.SubprocessProtocol):
    """Keeps the output of a program, and notes its end.

    Not asyncio's own streams: when their `wait` returns, before or after the output ends, depends on Python's version.
    """

    transport: asyncio.SubprocessTransport

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept
        self._loop = asyncio.get_running_loop()
        self.exited = asyncio.Event()
        self.closed = asyncio.Event()
        """Set when the output has ended."""
        self.gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self.transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._kept.add(data)
        pipe: Any = self.transport.get_pipe_transport(fd)
        if self._kept.overflows and pipe is not None and pipe.is_reading():
            pipe.pause_reading()
            self._loop.call_later(_BREATH, _resume, pipe)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == 1:
            self.closed.set()

    def process_exited(self) -> None:
        self.exited.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()


def _resume(pipe: asyncio.ReadTransport) -> None:
    if not pipe.is_closing():
        pipe.resume_reading()


async def run(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    seconds: float,
    head: int,
    tail: int = 0,
    directory: Path | None = None,
    given: bytes | None = None,
    with_errors: bool = False,
    stop: asyncio.Event | None = None,
) -> Ended:
    """Run a program to its end. It has no terminal: not as its input, not as its output, and none to open.

    Args:
        command: Path of the program, and its arguments.
        environ: Its whole environment. See `children.environ_for_children`.
        seconds: Time limit.
        head: Bytes of the output to keep from its beginning.
        tail: Bytes of the output to keep from its end.
        directory: Where to run it; the current directory by default.
        given: Its input; empty by default.
        with_errors: Keep the error output too, in the order in which it comes.
        stop: Ends the program when it is set.

    Raises:
        OSError: The program cannot be started.
        ValueError: An argument holds a character that no program can be given.
    """
    kept = _Kept(head, tail)
    transport, output = await _start(kept, command, environ, directory, given is not None, with_errors)
    guardian = None
    try:
        guardian = _start_guardian(transport.get_pid(), environ)
        if given is not None:
            _give(transport, given)
        ending = await _end(output, seconds, stop)
        if ending is Ending.EXITED:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(output.closed.wait(), _DRAIN)
        left_running = ending is Ending.EXITED and not output.closed.is_set()
    finally:
        await _finish(transport, output, guardian)
    code = transport.get_returncode()
    return Ended(
        ending,
        -signal.SIGTERM if code is None else code,
        bytes(kept.head),
        kept.tail,
        kept.total,
        left_running,
    )


async def _start(
    kept: _Kept,
    command: Sequence[str],
    environ: Mapping[str, str],
    directory: Path | None,
    has_input: bool,
    with_errors: bool,
) -> tuple[asyncio.SubprocessTransport, _Output]:
    """Start a program as the leader of a session. Raises as `run`."""
    loop = asyncio.get_running_loop()
    made: Any = loop.subprocess_exec(
        lambda: _Output(kept),
        *command,
        stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if with_errors else subprocess.DEVNULL,
        env=dict(environ),
        cwd=directory,
        start_new_session=True,
    )
    starting = asyncio.ensure_future(made)
    try:
        transport, output = await asyncio.shield(starting)
    except asyncio.CancelledError:
        # It may run already, and have programs of its own: asyncio would end the first one only.
        with contextlib.suppress(OSError, ValueError):
            transport, output = await starting
            await _finish(transport, output, None)
        raise
    return transport, output


async def _end(output: _Output, seconds: float, stop: asyncio.Event | None) -> Ending:
    """Wait for the program's end, the time limit or the wish to stop."""
    exited = asyncio.ensure_future(output.exited.wait())
    waits = [exited] if stop is None else [exited, asyncio.ensure_future(stop.wait())]
    try:
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
    if exited in done:
        return Ending.EXITED
    return Ending.STOPPED if done else Ending.TIMED_OUT


def _give(transport: asyncio.SubprocessTransport, given: bytes) -> None:
    """Write the input in the background. A program that closes it early is no failure."""
    pipe: Any = transport.get_pipe_transport(0)
    pipe.write(given)
    pipe.write_eof()


async def _finish(
    transport: asyncio.SubprocessTransport, output: _Output, guardian: subprocess.Popen[bytes] | None
) -> None:
    """End the group and everything that belongs to it. A second cancellation only shortens the waiting."""
    _kill_group(transport)
    if guardian is not None:
        _dismiss(guardian)
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_settled(output), _REAP)
    finally:
        transport.close()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(output.gone.wait(), _REAP)


async def _settled(output: _Output) -> None:
    """Wait until a killed group has given up its output. A program that left the group may hold it for ever."""
    await output.exited.wait()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(output.closed.wait(), _DRAIN)


def _kill_group(transport: asyncio.SubprocessTransport) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(transport.get_pid(), signal.SIGKILL)
        else:
            transport.kill()


def _start_guardian(group: int, environ: Mapping[str, str]) -> subprocess.Popen[bytes] | None:
    """Start the process that ends the group if this one is gone. None where there is no shell for it."""
    shell = find_program("sh", environ) if os.name == "posix" else None
    if shell is None:
        return None
    try:
        return subprocess.Popen(
            [shell, "-c", _GUARD, "sh", str(group)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            start_new_session=True,
        )
    except OSError:
        return None


def _dismiss(guardian: subprocess.Popen[bytes]) -> None:
    """End the guardian. It waits for its pipe and nothing else, so it dies at once."""
    guardian.kill()
    guardian.wait()
    if guardian.stdin is not None:
        guardian.stdin.close()
