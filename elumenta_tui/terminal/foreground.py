"""Another program on our terminal, in the foreground as a shell would run it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from elumenta_tui.process.signals import exit_code


def run_in_foreground(
    command: Sequence[str], environ: Mapping[str, str], terminal: int, *, can_pause: bool
) -> int:
    """Run a program on the terminal and wait for its end; blocks, so it belongs in a thread.

    The program gets a process group of its own: what Ctrl+C interrupts is the program and not we. If it stops itself with
    Ctrl+Z, our whole job stops with it, and goes on with it; without a shell to come back from it goes on at once.

    Args:
        command: The program by its path, and its arguments.
        environ: Its environment.
        terminal: Descriptor of the terminal, which becomes its input and output.
        can_pause: Whether there is a shell that can bring us back.

    Returns:
        The exit code, as shells report it.

    Raises:
        OSError: If it can't be started.
    """
    ours = os.getpgrp()
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=dict(environ), process_group=0
    )
    try:
        _set_foreground(terminal, process.pid)
        while True:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                process.returncode = code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else exit_code(-code)
            _set_foreground(terminal, ours)
            if os.WSTOPSIG(status) == signal.SIGTSTP and can_pause:
                os.kill(0, signal.SIGTSTP)
            _set_foreground(terminal, process.pid)
            os.killpg(process.pid, signal.SIGCONT)
    finally:
        _set_foreground(terminal, ours)


def _set_foreground(terminal: int, group: int) -> None:
    """Make a process group the one that the terminal's keys reach."""
    with _unstopped(), contextlib.suppress(OSError):
        os.tcsetpgrp(terminal, group)


@contextmanager
def _unstopped() -> Iterator[None]:
    """The system stops whoever does that from the background, unless the signal is blocked."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
