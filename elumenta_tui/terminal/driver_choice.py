"""Choose the driver and the event loop that fit the terminal and the system."""

from __future__ import annotations

import asyncio
import os
import selectors
import sys

from textual import constants
from textual.driver import Driver

from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.terminal.keyboard import layout_parser, with_layouts


def driver_class(textuals: type[Driver]) -> type[Driver]:
    """Return our driver, or Textual's with our parser where ours cannot be used. For `App.get_driver_class`."""
    if os.name == "posix" and constants.DRIVER is None and layout_parser() is not None:
        return TerminalDriver
    return with_layouts(textuals)


def event_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that the driver needs; None for the default loop."""
    if sys.platform == "darwin":
        # kqueue, the default selector on macOS, refuses the device of the controlling terminal.
        return asyncio.SelectorEventLoop(selectors.SelectSelector())
    return None
