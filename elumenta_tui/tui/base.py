"""What the app needs of Textual and the terminal, and nothing of the chat: drawing, failures, the way out."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from textual.driver import Driver
from textual.screen import Screen
from textual.worker import WorkerError

from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.terminal.driver_choice import driver_class
from elumenta_tui.terminal.exit_request import ExitRequested
from elumenta_tui.terminal.textual_internals import (
    CompositorUpdate,
    HookedApp,
    driver_of,
    end_with_failure,
    failure_of,
    loop_of,
)

GIL_TURN = 0.001
"""Seconds that the thread which reads the keyboard, and the one that writes to the terminal, wait for their turn at
most; Python's own five milliseconds are as long as a frame."""


class TerminalApp(HookedApp[int]):
    """An app on our own driver, that ends by its own way out whatever happens."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        sys.setswitchinterval(GIL_TURN)
        self.hurry: Callable[[int], object] = lambda code: None
        """Called with the exit code when the program begins to end: whoever runs it sees to it that it does."""
        self._has_noted_failure = False

    def get_default_screen(self) -> Screen[Any]:
        # The class that most terminals will get: given later, it would have everything styled twice.
        return Screen(id="_default", classes="-airy")

    def get_driver_class(self) -> type[Driver]:
        return driver_class(super().get_driver_class())

    @property
    def driver(self) -> Driver | None:
        """What writes to the terminal and reads from it; None before the app runs."""
        return driver_of(self)

    def accepts_frame(self) -> bool:
        # A terminal that does not read gets one whole frame later, and not all the frames that it has missed.
        driver = self.driver
        return not isinstance(driver, TerminalDriver) or driver.wants_frame()

    def transform_frame(self, renderable: Any) -> Any:
        driver = self.driver
        if isinstance(driver, TerminalDriver) and isinstance(renderable, CompositorUpdate):
            return driver.canvas.frame(renderable)
        return renderable

    def write_to_terminal(self, sequence: str) -> None:
        """Write a control sequence of our own; RuntimeError if the terminal has gone."""
        if (driver := self.driver) is None:
            raise RuntimeError("the terminal has gone")
        driver.write(sequence)

    # ----------------------------------------------------------------------------------------------------------- tasks

    def start(self, task: Callable[[], Awaitable[None]], group: str, *, exclusive: bool = False) -> None:
        """Have a task done beside what goes on here; an exclusive one ends the others of its group.

        A task and not its coroutine: one that the program's end leaves unawaited is complained of on the terminal.
        """
        self.run_worker(task, group=group, exclusive=exclusive)

    def cancel(self, group: str) -> None:
        """End the tasks of a group, and don't wait for it."""
        self.workers.cancel_group(self, group)

    async def ended(self, group: str) -> None:
        """Wait until no task of a group runs."""
        for worker in [each for each in self.workers if each.group == group and each.is_running]:
            with suppress(WorkerError):
                await worker.wait()

    # -------------------------------------------------------------------------------------------------------- failures

    @property
    def failure(self) -> Exception | None:
        """The error in the program that ended it."""
        return failure_of(self)

    def handle_failure(self, error: Exception) -> None:
        # Textual would print all local variables, the key among them. The caller of `run` reports the failure.
        self.hurry(1)
        end_with_failure(self, error)

    def fail(self, error: Exception) -> None:
        """End the program over an error in a thread of its own; to be called from there."""
        if (loop := loop_of(self)) is not None:
            loop.call_soon_threadsafe(self.handle_failure, error)

    def watch_for_failures(self) -> None:
        """Have errors that nobody waits for noted: they are nothing that the user asked for, so the chat goes on."""
        asyncio.get_running_loop().set_exception_handler(self._note_failure)

    def _note_failure(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and not self._has_noted_failure:
            self._has_noted_failure = True
            self.note_failure(error)

    def note_failure(self, error: Exception) -> None:
        """Take an error that nobody waited for; the first one only."""

    # --------------------------------------------------------------------------------------------------------- the end

    def ask_to_leave(self, code: int) -> bool:
        """Have the program end, from any thread; False if it does not run yet."""
        if (loop := loop_of(self)) is None:
            return False
        # The loop may have ended: the program is on its way out then.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self.post_message, ExitRequested(code))
        return True

    def abandon_terminal(self) -> None:
        """Restore the terminal at once, from any thread."""
        if isinstance(driver := self.driver, TerminalDriver):
            driver.abandon()
