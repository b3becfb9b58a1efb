"""What the keyboard finds out about an Esc after it was pressed."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


class EscapeUnsettled(Message):
    """The Esc that comes next may be the beginning of a longer sequence."""


@dataclass
class EscapeSettled(Message):
    """An Esc that might have been the beginning of a longer sequence was meant, or was none."""

    was_meant: bool
