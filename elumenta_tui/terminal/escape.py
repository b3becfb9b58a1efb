"""News that the terminal's input holds beside keys: about an Esc after it was pressed, and answers about pictures and colours."""

from __future__ import annotations

from textual.message import Message

from elumenta_tui.lean import Mutable


class EscapeUnsettled(Message):
    """The next Esc may be the beginning of a longer sequence."""


class EscapeSettled(Mutable, Message):
    """An Esc that might have begun a longer sequence is decided: it was a key press, or it was not."""

    was_meant: bool


class GraphicsAnswer(Mutable, Message):
    """The terminal has answered a sequence of the Kitty graphics protocol."""

    text: str


class BackgroundAnswer(Mutable, Message):
    """The terminal has said which background it has, or that it became light or dark. `terminal.background` reads it."""

    text: str
