"""The lines that the chat without a screen writes, in order and none within another."""

from __future__ import annotations

from elumenta_tui.cli.background_output import BackgroundOutput
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean


class Voice:
    """Writes the chat to standard output. Notes go there for a person, and to standard error where a pipe is read.

    While somebody types and while an answer is read out, notes wait.
    """

    def __init__(self, output: BackgroundOutput, *, is_talk: bool) -> None:
        """`is_talk`: a person types the prompts."""
        self._output = output
        self._is_talk = is_talk
        self._held: list[tuple[str, bool]] | None = None
        """Texts that wait, and whether each is a note; None: nothing has to wait."""

    def write(self, text: str) -> None:
        """Write a text at once."""
        self._output.write(text)

    def tell(self, text: str) -> None:
        """Write lines of the chat, with the end of the last one, when no other line is open."""
        self._put(text, is_note=False)

    def note(self, words: str) -> None:
        """Write a sentence about the chat, when no other line is open."""
        self._put(f"{say('plain.note')} {words}\n", is_note=True)

    def note_now(self, words: str) -> None:
        """Write a sentence about the chat at once."""
        self._write_note(f"{say('plain.note')} {words}\n")

    def hold(self) -> None:
        """Let everything wait that does not have to be written at once."""
        if self._held is None:
            self._held = []

    def release(self) -> None:
        """Write what has waited."""
        held, self._held = self._held or [], None
        for text, is_note in held:
            self._put(text, is_note=is_note)

    def _put(self, text: str, *, is_note: bool) -> None:
        if self._held is not None:
            self._held.append((text, is_note))
        elif is_note:
            self._write_note(text)
        else:
            self._output.write(text)

    def _write_note(self, line: str) -> None:
        if self._is_talk:
            self._output.write(clean(line))
        else:
            self._output.note(line.rstrip("\n"))
