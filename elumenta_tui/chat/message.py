"""Messages: what a request carries of a conversation, in parts."""

from __future__ import annotations

from typing import Literal, NamedTuple

Role = Literal["system", "user", "assistant"]


class Text(NamedTuple):
    """A part that is text."""

    text: str


Part = Text
"""What a message is made of. Files and images become further kinds."""


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
        return "".join(part.text for part in self.parts)
