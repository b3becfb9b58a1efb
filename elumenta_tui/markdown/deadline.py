"""Abort work that takes too much processor time, in Python code or inside a regular expression.

A system timer sends a signal whose handler raises. `re` checks for signals while it matches, so even exponential
backtracking ends. The timer counts the processor time of this process: a pause with Ctrl+Z or a busy machine does not
use it up.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_REPEAT = 0.01
"""Seconds until the signal is repeated, in case something swallowed the first."""

_is_ready = False
"""True if the handler is set up."""

_guard: FrameType | None = None
"""Frame of the running call of `within`. Only functions below it are ever interrupted."""


class TookTooLong(Exception):
    """The work was aborted."""


class _Abort(BaseException):
    """Ends the work. Not an `Exception`, because lexers catch those."""


def in_main_thread() -> bool:
    """Return whether this is the main thread, which gets the signals and runs the event loop."""
    return threading.get_ident() == threading.main_thread().ident


def can_interrupt() -> bool:
    """Return whether work can be aborted here: never on Windows, elsewhere in the main thread only."""
    return in_main_thread() and (_is_ready or _ready())


def _ready() -> bool:
    """Set up the handler, unless the signal is in use (by a profiler)."""
    global _is_ready
    if hasattr(signal, "setitimer") and signal.getsignal(signal.SIGVTALRM) in (signal.SIG_DFL, _abort):
        signal.signal(signal.SIGVTALRM, _abort)
        _is_ready = True
    return _is_ready


def within(seconds: float, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return the result of the work, or raise `TookTooLong` if it takes more processor time. Needs `can_interrupt`.

    The work may be aborted at any point, so it must not change anything that is used afterwards. A call inside another one
    gets at most the time left to the outer one.
    """
    global _guard
    if _guard is not None:
        return work(*args, **kwargs)
    if not can_interrupt():
        raise RuntimeError("nothing can interrupt this thread")
    _guard = sys._getframe()
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, max(seconds, 1e-4), _REPEAT)
        return work(*args, **kwargs)
    except _Abort:
        raise TookTooLong from None
    finally:
        # No signal interrupts this frame itself (see below), so the timer is always stopped.
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        _guard = None


def _abort(number: int, frame: FrameType | None) -> None:
    """End the work if the interrupted frame belongs to it and may be aborted. Otherwise wait for the next signal."""
    if (
        frame is None
        or frame is _guard
        or _guard is None
        or _package(frame.f_globals.get("__name__")) not in _abortable_packages(_guard)
    ):
        # The frame is something that Python has slipped in: an import, which holds a lock, or a destructor, where an
        # exception would be reported instead of raised.
        return
    while frame is not None and frame is not _guard:
        if frame.f_code.co_name == "__del__" or frame.f_code.co_filename.startswith("<frozen importlib"):
            return
        frame = frame.f_back
    if frame is not None:
        raise _Abort


def _abortable_packages(guard: FrameType) -> tuple[str, ...]:
    """Return the packages whose functions may be aborted."""
    return (
        "elumenta_tui",
        "pygments",
        "re",
        _package(getattr(guard.f_locals.get("work"), "__module__", None)),
    )


def _package(module: object) -> str:
    return str(module).partition(".")[0]
