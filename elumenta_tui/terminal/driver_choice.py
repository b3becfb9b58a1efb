"""Which driver and which event loop fit the terminal and the system."""

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
    """Our driver, or where it can't be used, Textual's with our parser; for `App.get_driver_class`."""
    if os.name == "posix" and constants.DRIVER is None and layout_parser() is not None:
        return TerminalDriver
    return with_layouts(textuals)


def event_loop() -> asyncio.AbstractEventLoop | None:
    """The kind of loop that the driver needs; None for the usual one."""
    if sys.platform == "darwin":
        # The usual selector there, kqueue, refuses the device of the controlling terminal.
        return asyncio.SelectorEventLoop(selectors.SelectSelector())
    return None
