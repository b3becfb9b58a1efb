"""The terminal: what is typed on it and what is painted on it."""

from __future__ import annotations

import os

from textual import constants
from textual.driver import Driver

from elumenta_tui.keyboard import layout_parser, with_layouts
from elumenta_tui.terminal.driver import TerminalDriver

__all__ = ["TerminalDriver", "driver_class"]


def driver_class(textuals: type[Driver]) -> type[Driver]:
    """Our driver, or where it can't be used, Textual's with our parser; for `App.get_driver_class`."""
    if os.name == "posix" and constants.DRIVER is None and layout_parser() is not None:
        return TerminalDriver
    return with_layouts(textuals)
