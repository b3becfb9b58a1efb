"""Run another program in the foreground of our terminal, as a shell would."""

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
    """Run a program on the terminal and wait for its end. Blocks, so call it in a thread.

    The program gets a process group of its own: Ctrl+C interrupts the program and not us. If it stops itself with Ctrl+Z,
    our whole job stops with it and continues with it. Without a shell to come back from, it continues at once.

    Args:
        command: The program by its path, and its arguments.
        environ: Its environment.
        terminal: Descriptor of the terminal, which becomes its input and output.
        can_pause: Whether there is a shell that can continue us.

    Returns:
        The exit code, as shells report it.

    Raises:
        OSError: The program cannot be started.
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
    """Make a process group the foreground one, which the terminal's keys reach."""
    with _unstopped(), contextlib.suppress(OSError):
        os.tcsetpgrp(terminal, group)


@contextmanager
def _unstopped() -> Iterator[None]:
    """Block SIGTTOU, with which the system stops a background process that changes the foreground group."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
