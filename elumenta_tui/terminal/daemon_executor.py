"""Threads for what may take long, which the end of the program does not wait for.

asyncio's own executor is waited for twice, by the loop and by the interpreter: a name server that does not answer keeps the
process for half a minute after the user has left.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from time import monotonic
from typing import ParamSpec, TypeVar

PATIENCE = 0.5
"""Seconds for what is being done at the end, such as an export."""

P = ParamSpec("P")
T = TypeVar("T")


class DaemonExecutor(ThreadPoolExecutor):
    """A daemon thread for each call. It is no pool, but asyncio takes no other kind of executor."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self._running: set[Thread] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do it at once, in a thread of its own."""
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
        # For whoever waits.
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(result)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let what is being done come to its end, but not for long."""
        super().shutdown(wait=False)
        deadline = monotonic() + PATIENCE
        for thread in list(self._running) if wait else []:
            thread.join(max(0.0, deadline - monotonic()))
