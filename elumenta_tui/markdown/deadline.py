"""Work that is given up when it takes too much processor time, wherever it is stuck: in Python or inside a regular expression.

A timer of the system interrupts it with a signal whose handler raises. `re` looks for signals while it matches, so even an
expression that would backtrack for years ends. The clock counts the processor time of this program: neither a pause with
Ctrl+Z nor a busy machine uses it up.
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
"""Seconds after which the signal comes again, should something have swallowed the first."""

_is_ready = False
"""Whether the handler is set up."""

_guard: FrameType | None = None
"""The call of `within` that is running; only what it calls is ever interrupted."""


class TookTooLong(Exception):
    """The work was given up."""


class _Interrupt(BaseException):
    """Ends the work. It is no `Exception`, for lexers catch those."""


def in_main_thread() -> bool:
    """Whether this is the thread that gets the signals, and in which the event loop runs."""
    return threading.get_ident() == threading.main_thread().ident


def can_interrupt() -> bool:
    """Whether work can be given up here: not on Windows, and in the main thread only."""
    return in_main_thread() and (_is_ready or _ready())


def _ready() -> bool:
    """Set up the handler, unless the signal serves somebody else (a profiler)."""
    global _is_ready
    if hasattr(signal, "setitimer") and signal.getsignal(signal.SIGVTALRM) in (signal.SIG_DFL, _interrupt):
        signal.signal(signal.SIGVTALRM, _interrupt)
        _is_ready = True
    return _is_ready


def within(seconds: float, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What the work returns. Raises `TookTooLong` if it takes more processor time. Needs `can_interrupt`.

    The work may be left at any of its steps, so it must not change what is used afterwards. Inside of another such call it
    gets what is left of the outer one's time.
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
    except _Interrupt:
        raise TookTooLong from None
    finally:
        # No signal interrupts this frame itself (see below), so the timer is stopped whatever happens.
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        _guard = None


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End the work if the interrupted frame is a part of it that may be left. If not, the next signal comes soon."""
    if (
        frame is None
        or frame is _guard
        or _guard is None
        or _package(frame.f_globals.get("__name__")) not in _homes(_guard)
    ):
        # Python has slipped in something else: an import, whose lock has to be given back, or what runs when an object goes,
        # where an error would be reported and not come out.
        return
    while frame is not None and frame is not _guard:
        if frame.f_code.co_name == "__del__" or frame.f_code.co_filename.startswith("<frozen importlib"):
            return
        frame = frame.f_back
    if frame is not None:
        raise _Interrupt


def _homes(guard: FrameType) -> tuple[str, ...]:
    """The packages whose functions may be left."""
    return (
        "elumenta_tui",
        "pygments",
        "re",
        _package(getattr(guard.f_locals.get("work"), "__module__", None)),
    )


def _package(module: object) -> str:
    return str(module).partition(".")[0]
