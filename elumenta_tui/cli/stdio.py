"""What the program prints where the app does not run: exit codes, complaints, and output for other programs."""

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
"""What was asked for is not stored."""
INTERRUPTED = 130
"""As shells report SIGINT."""


def complain(text: str) -> None:
    """A sentence on standard error, or else on standard output, if there is one that takes it."""
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
            # Past the stream: what it could not write it would try again at the very end, and change the exit code.
            os.write(descriptor, data.encode(stream.encoding, "backslashreplace"))


def put_out(pieces: Iterable[str], *, encoding: str | None = None) -> int:
    """Write to standard output, in that encoding or the locale's; the exit code. What the disk can't take is complained of."""
    if sys.stdout is None:
        return FAILED
    # An old locale's encoding lacks the arrows, and some of the letters.
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
    # A full disk, or a reader like `head` that has had enough. Python would try again at the very end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(problem, BrokenPipeError):
        complain(say("cli.not_printed", reason=problem.strerror))
    return FAILED
