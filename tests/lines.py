"""The line between a terminal and the program: it cuts what it carries, and delivers the pieces late."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.message import Message

from elumenta_tui.terminal.escape import EscapeSettled
from elumenta_tui.terminal.keyboard import layout_parser


class Line:
    """The parser of what a terminal sends, with a clock of its own."""

    def __init__(self, *, doubles_escape: bool = False) -> None:
        """`doubles_escape`: the terminal has shown that it sends a second Escape for Alt with an arrow."""
        parser: Any = layout_parser()
        self._parser = parser()
        self._now = 0.0
        self._parser.clock = lambda: self._now
        if doubles_escape:
            assert keys(self.read("\x1b\x1b[A", 3.0)) == ["alt+up"]

    def read(self, *pieces: str | float) -> list[Message]:
        """What comes of pieces that arrive one after the other, with pauses in seconds between them."""
        messages: list[Message] = []
        for piece in pieces:
            messages += self._parser.feed(piece) if isinstance(piece, str) else self._pass(piece)
        return messages

    def _pass(self, seconds: float) -> list[Message]:
        messages: list[Message] = []
        until = self._now + seconds
        while (due := self._parser.due) is not None and due <= until:
            self._now = max(self._now, due)
            messages += self._parser.tick()
        self._now = until
        return messages


def keys(messages: list[Message]) -> list[str]:
    """The names of the keys that were pressed. An Esc that was taken back later is none."""
    found = []
    for message in messages:
        if isinstance(message, events.Key):
            found.append(message.key)
        elif isinstance(message, EscapeSettled) and not message.was_meant:
            while found and found[-1] == "escape":
                found.pop()
    return found


def text(messages: list[Message]) -> str:
    """What an editor would hold: typed characters, pastes and new lines."""
    new_lines = {"alt+enter", "shift+enter", "ctrl+enter", "ctrl+j"}
    parts = []
    for message in messages:
        if isinstance(message, events.Paste):
            parts.append(message.text)
        elif isinstance(message, events.Key) and message.key in new_lines:
            parts.append("\n")
        elif isinstance(message, events.Key) and message.is_printable:
            parts.append(message.character or "")
    return "".join(parts)
