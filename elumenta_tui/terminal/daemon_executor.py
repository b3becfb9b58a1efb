"""An executor for blocking calls that does not delay the end of the program.

The loop and the interpreter both wait for asyncio's own executor: a name server that does not answer would keep the process
alive for half a minute after the user has left.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from time import monotonic
from typing import ParamSpec, TypeVar

PATIENCE = 0.5
"""Seconds that running calls, such as an export, get at the end."""

P = ParamSpec("P")
T = TypeVar("T")


class DaemonExecutor(ThreadPoolExecutor):
    """Runs each call in a daemon thread of its own. It is a `ThreadPoolExecutor` only because asyncio accepts no other class."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self._running: set[Thread] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start the call at once in a new thread."""
        done: Future[T] = Future()

        def work() -> None:
            try:
                if done.set_running_or_notify_cancel():
                    self._settle(done, lambda: fn(*args, **kwargs))
            finally:
                self._running.discard(thread)

        thread = Thread(target=work, name="aside", daemon=True)
        self._running.add(thread)
        thread.start()
        return done

    @staticmethod
    def _settle(done: Future[T], call: Callable[[], T]) -> None:
        try:
            result = call()
        # The caller that awaits the future gets the exception.
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(result)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for running calls, but not longer than `PATIENCE`."""
        super().shutdown(wait=False)
        deadline = monotonic() + PATIENCE
        for thread in list(self._running) if wait else []:
            thread.join(max(0.0, deadline - monotonic()))
