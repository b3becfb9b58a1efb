"""The base of the app: drawing, failures and exit on our own terminal driver.

It knows nothing of the chat.
"""

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
    SteadyScreen,
    driver_of,
    end_with_failure,
    failure_of,
    loop_of,
)

GIL_TURN = 0.001
"""Seconds that the keyboard thread and the terminal's writer thread wait for the GIL, at most. Python's
default of 5 ms is as long as a frame."""


class TerminalApp(HookedApp[int]):
    """An app on our own driver that always ends through its own exit path."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        sys.setswitchinterval(GIL_TURN)
        self.hurry: Callable[[int], object] = lambda code: None
        """Called with the exit code when the program begins to end. The caller of `run` sets it."""
        self._has_noted_failure = False

    def get_default_screen(self) -> Screen[Any]:
        # The class that most terminals get: adding it later would style everything twice.
        return SteadyScreen(id="_default", classes="-airy")

    def get_driver_class(self) -> type[Driver]:
        return driver_class(super().get_driver_class())

    @property
    def driver(self) -> Driver | None:
        """The driver of the terminal; None before the app runs."""
        return driver_of(self)

    def accepts_frame(self) -> bool:
        # A terminal that does not read gets one full frame later instead of all the frames that it missed.
        driver = self.driver
        return not isinstance(driver, TerminalDriver) or driver.wants_frame()

    def transform_frame(self, renderable: Any) -> Any:
        driver = self.driver
        if isinstance(driver, TerminalDriver) and isinstance(renderable, CompositorUpdate):
            return driver.canvas.frame(renderable)
        return renderable

    @property
    def colour_system(self) -> str:
        """Rich's name of the terminal's colour system; empty for a terminal without colours."""
        return "" if self.no_color else self.console.color_system or ""

    @property
    def is_behind(self) -> bool:
        """True if much of the earlier output still waits for the terminal."""
        driver = self.driver
        return isinstance(driver, TerminalDriver) and driver.is_behind

    def write_to_terminal(self, sequence: str) -> None:
        """Write a control sequence to the terminal; RuntimeError if the terminal is closed."""
        if (driver := self.driver) is None:
            raise RuntimeError("the terminal has gone")
        driver.write(sequence)

    def ask_background(self) -> None:
        """Ask the terminal for its background. It answers later, or never."""
        driver = self.driver
        if isinstance(driver, TerminalDriver) and self.colour_system:
            driver.ask_background()

    # ----------------------------------------------------------------------------------------------------------- tasks

    def start(self, task: Callable[[], Awaitable[None]], group: str, *, exclusive: bool = False) -> None:
        """Start a background task; an exclusive one first cancels the others of its group.

        Pass a callable: Python warns on the terminal about coroutines that were never awaited.
        """
        self.run_worker(task, group=group, exclusive=exclusive)

    def cancel(self, group: str) -> None:
        """Cancel the tasks of a group without waiting for them."""
        self.workers.cancel_group(self, group)

    async def ended(self, group: str) -> None:
        """Wait until no task of a group is running."""
        for worker in [each for each in self.workers if each.group == group and each.is_running]:
            with suppress(WorkerError):
                await worker.wait()

    # -------------------------------------------------------------------------------------------------------- failures

    @property
    def failure(self) -> Exception | None:
        """The exception that ended the program."""
        return failure_of(self)

    def handle_failure(self, error: Exception) -> None:
        # Textual would print all local variables, including the key. The caller of `run` reports the failure.
        self.hurry(1)
        end_with_failure(self, error)

    def fail(self, error: Exception) -> None:
        """End the program because of an exception in another thread. Call it from that thread."""
        if (loop := loop_of(self)) is not None:
            loop.call_soon_threadsafe(self.handle_failure, error)

    def watch_for_failures(self) -> None:
        """Report exceptions that no task handles.

        They do not end the chat: the user did not ask for that work.
        """
        asyncio.get_running_loop().set_exception_handler(self._note_failure)

    def _note_failure(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and not self._has_noted_failure:
            self._has_noted_failure = True
            self.note_failure(error)

    def note_failure(self, error: Exception) -> None:
        """Handle the first exception that no task handled; later ones are ignored."""

    # --------------------------------------------------------------------------------------------------------- the end

    def ask_to_leave(self, code: int) -> bool:
        """Ask the program to end, from any thread; False if it is not running yet."""
        if (loop := loop_of(self)) is None:
            return False
        # The loop may have ended: the program is exiting then.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self.post_message, ExitRequested(code))
        return True

    def abandon_terminal(self) -> None:
        """Restore the terminal immediately, from any thread."""
        if isinstance(driver := self.driver, TerminalDriver):
            driver.abandon()
