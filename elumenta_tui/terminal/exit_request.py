"""The message that ends the program from outside."""

from __future__ import annotations

from textual.message import Message

from elumenta_tui.lean import Mutable


class ExitRequested(Mutable, Message):
    """A request to end the program."""

    code: int
    """The exit code."""
