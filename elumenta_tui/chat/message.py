"""Messages: what a request carries of a conversation, in parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from elumenta_tui.lean import Frozen

Role = Literal["system", "user", "assistant"]


class Text(NamedTuple):
    """A part that is text."""

    text: str


class Image(Frozen):
    """A part that is an image."""

    media_type: str
    """`image/png` and the like."""
    data: bytes
    """The whole file."""
    width: int = 0
    """Pixels; 0 if unknown."""
    height: int = 0


Part = Text | Image
"""A part of a message."""


class Message(NamedTuple):
    """One entry of a request's `messages`."""

    role: Role
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, role: Role, text: str) -> Message:
        """Make a message of one text."""
        return cls(role, (Text(text),))

    @property
    def text(self) -> str:
        """The text of all parts."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def images(self) -> Sequence[Image]:
        """The parts that are images."""
        return [part for part in self.parts if isinstance(part, Image)]
