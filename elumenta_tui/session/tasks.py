"""The port through which a session starts background tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

Task = Callable[[], Awaitable[None]]
"""Pass a function and not its coroutine: Python warns on the terminal about coroutines that were never awaited."""


class Tasks(Protocol):
    """Runs tasks in named groups, on the session's loop."""

    def start(self, task: Task, group: str, *, exclusive: bool = False) -> None:
        """Start a task; an exclusive one first cancels the others of its group."""

    def cancel(self, group: str) -> None:
        """Cancel the tasks of a group without waiting for them."""

    async def ended(self, group: str) -> None:
        """Wait until no task of a group is running."""


class AsyncioTasks:
    """Tasks of the running asyncio loop, for a chat without a terminal."""

    def __init__(self) -> None:
        self._tasks: dict[str, set[asyncio.Task[None]]] = {}
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Fails with the first exception that a task raised; nothing else completes it."""

    def start(self, task: Task, group: str, *, exclusive: bool = False) -> None:
        if exclusive:
            self.cancel(group)
        running = asyncio.ensure_future(self._run(task))
        self._tasks.setdefault(group, set()).add(running)
        running.add_done_callback(lambda done: self._tasks[group].discard(done))

    async def _run(self, task: Task) -> None:
        try:
            await task()
        except Exception as error:
            if self.failure.done():
                raise
            self.failure.set_exception(error)

    def cancel(self, group: str) -> None:
        for running in self._tasks.get(group, ()):
            running.cancel()

    async def ended(self, group: str) -> None:
        while running := self._tasks.get(group):
            await asyncio.wait(running)

    async def close(self) -> None:
        """Cancel all tasks and wait until they have ended."""
        running = [task for group in self._tasks.values() for task in group]
        for task in running:
            task.cancel()
        for task in running:
            with suppress(asyncio.CancelledError):
                await task
        if self.failure.done():
            self.failure.exception()
