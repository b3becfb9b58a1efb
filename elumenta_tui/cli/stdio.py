"""Output outside of the app: exit codes, error messages, and data for other programs."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterable

from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean

OK = 0
FAILED = 1
WRONG_USAGE = 2
NOTHING_THERE = 3
"""Exit code: the requested conversation is not stored."""
CLOSED = 141
"""Exit code where nobody reads standard output any longer, as shells report a program that SIGPIPE has ended."""
INTERRUPTED = 130
"""Exit code after SIGINT, as shells report it."""


def complain(text: str) -> None:
    """Print a sentence on standard error, or on standard output if that is closed."""
    stream = sys.stderr or sys.stdout
    if stream is None:
        return
    data = f"{clean(text)}\n"
    with contextlib.suppress(OSError, ValueError):
        try:
            descriptor = stream.fileno()
        except (OSError, ValueError):
            stream.write(data)
        else:
            # Bypass the stream: at exit it would retry what it could not write, and change the exit code.
            os.write(descriptor, data.encode(stream.encoding, "backslashreplace"))


def put_out(pieces: Iterable[str], *, encoding: str | None = None) -> int:
    """Write to standard output in an encoding, the locale's by default. Return the exit code. Write errors are reported."""
    if sys.stdout is None:
        return FAILED
    # An old locale's encoding lacks the arrows and some letters.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding, errors="replace")
    for piece in pieces:
        try:
            sys.stdout.write(piece)
        except OSError as problem:
            return _unwritten(problem)
    try:
        sys.stdout.flush()
    except OSError as problem:
        return _unwritten(problem)
    return OK


def _unwritten(problem: OSError) -> int:
    # A full disk, or a reader like `head` that has seen enough. Python would retry at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(problem, BrokenPipeError):
        return CLOSED
    complain(say("cli.not_printed", reason=problem.strerror))
    return FAILED
