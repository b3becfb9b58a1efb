"""The message that ends the program from outside."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class ExitRequested(Message):
    """A request to end the program."""

    code: int
    """The exit code."""
