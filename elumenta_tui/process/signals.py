"""End the program in order when a signal, or the loss of the terminal, ends it from outside.

Python and Textual die of most signals on the spot, leaving the terminal as the app had set it and nothing saved. Here
signals lead to the ordinary exit, which stops the answer and saves. Python runs its handlers only when the main thread gets
to them, which may be never while that thread is inside the system or a library. So the signal also wakes a thread:
`faulthandler` writes into a pipe from within the system's own handler. Three clocks end the program if the ordinary exit
takes too long:

* a thread, for a main thread that waits inside the system (a lock, a disk, a name server);
* a timer signal, for a main thread that computes: a regular expression holds the interpreter's lock, so no other thread
  runs, but signal handlers do;
* `faulthandler`'s own thread, which needs no lock of the interpreter, for everything else. It cannot restore anything.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import threading
from collections.abc import Callable, Collection
from time import sleep
from types import FrameType, TracebackType
from typing import Any, Protocol, Self

GRACE = 2.3
"""Seconds after a signal for the ordinary exit."""

LAST_SAVE = 0.4
"""Seconds for a last save if the ordinary exit was too slow."""

_LAST_RESORT = GRACE + LAST_SAVE + 0.2
"""Seconds after which the program ends without restoring anything. Less than the three that are promised."""

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


def exit_code(number: int) -> int:
    """Return the exit code that shells report for a signal: 143 for SIGTERM."""
    return 128 + number


HUNG_UP = exit_code(1)
"""Exit code of a program that has lost its terminal. SIGHUP, where it exists, has the number 1."""


class Program(Protocol):
    """What a signal can ask of the main thread. Both methods are called from any thread, at any time."""

    def ask_to_leave(self, code: int) -> bool:
        """Ask for the ordinary exit with an exit code. Return False if the program is not running yet."""

    def abandon_terminal(self) -> None:
        """Restore the terminal at once, whatever the main thread does."""


class Signals:
    """Turns signals into requests to leave, within its context.

    A signal that the parent process has set to be ignored, as `nohup` does with SIGHUP, stays ignored.
    """

    def __init__(
        self, program: Program, save: Callable[[], object] = lambda: None, *, but: Collection[str] = ()
    ) -> None:
        """Prepare the handlers. `save` is called in a thread of its own before the program is ended by force.

        Signals that `but` names are left alone: they ask the program for something else than to end.
        """
        self.received: signal.Signals | None = None
        """The first signal that arrived."""
        self._program = program
        self._save = save
        self._names = [name for name in _NAMES if name not in but]
        self._is_ending = False
        self._giving_up = threading.Lock()
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for name in self._names:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, self._end)
                self._watch(number)
        return self

    def _watch(self, number: signal.Signals) -> None:
        if hasattr(faulthandler, "register"):
            reader, writer = os.pipe()
            os.set_blocking(writer, False)
            faulthandler.register(number, file=writer, all_threads=False, chain=True)
            code = exit_code(number)
            threading.Thread(target=self._listen, args=(reader, code), name="signals", daemon=True).start()

    def _listen(self, reader: int, code: int) -> None:
        if os.read(reader, 1):
            self._wait_and_give_up(code)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._handlers.items():
            if hasattr(faulthandler, "unregister"):
                faulthandler.unregister(number)
            signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            return
        self.received = signal.Signals(number)
        code = exit_code(number)
        self.hurry(code)
        if not self._program.ask_to_leave(code):
            raise SystemExit(code)

    def hurry(self, code: int) -> None:
        """Make sure that the program, which is exiting, ends in time with that exit code."""
        if self._is_ending:
            return
        self._is_ending = True
        threading.Thread(target=self._wait_and_give_up, args=(code,), name="grace", daemon=True).start()
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, lambda *_: self._give_up(code))
            signal.setitimer(signal.ITIMER_REAL, GRACE)
        # `faulthandler` insists on dumping where the program hangs. Its exit code is 1.
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            faulthandler.dump_traceback_later(_LAST_RESORT, exit=True, file=nowhere)

    def _wait_and_give_up(self, code: int) -> None:
        sleep(GRACE)
        self._give_up(code)

    def _give_up(self, code: int) -> None:
        """Restore the terminal, save what can be saved at once, and end."""
        # A second caller waits: if this signal handler returned, the regular expression would get the lock back.
        self._giving_up.acquire()
        try:
            self._program.abandon_terminal()
            # Save in a thread: the interrupted code may hold the lock that saving needs.
            saving = threading.Thread(target=self._save, name="last-save", daemon=True)
            saving.start()
            saving.join(LAST_SAVE)
        finally:
            os._exit(code)
