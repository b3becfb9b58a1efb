"""The terminal: what is typed on it and what is painted on it."""

from __future__ import annotations

import asyncio
import os
import selectors
import sys

from textual import constants
from textual.driver import Driver

from elumenta_tui.keyboard import layout_parser, with_layouts
from elumenta_tui.terminal.aside import Aside
from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.terminal.ending import HUNG_UP, Leave, Signals, exit_code

__all__ = [
    "HUNG_UP",
    "Aside",
    "Leave",
    "Signals",
    "TerminalDriver",
    "driver_class",
    "event_loop",
    "exit_code",
]


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
