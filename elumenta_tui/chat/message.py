"""Messages: what a request carries of a conversation, in parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Text:
    """A part that is text."""

    text: str


Part = Text
"""What a message is made of. Files and images become further kinds."""


@dataclass(frozen=True, slots=True)
class Message:
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
        return "".join(part.text for part in self.parts)
