"""The undo steps of the prompt: a word, or an action."""

from __future__ import annotations

from typing import Self

from elumenta_tui.terminal.textual_internals import (
    Edit,
    EditHistory,
    end_replacement,
    last_edit,
    text_removed_by,
)

_STEPS = 50
"""Undo steps, at most."""


class Steps(EditHistory):
    """Groups letters that are typed or deleted one by one into a step per word; a larger edit is a step of its own.

    Textual groups edits by time: several words that were deleted within two seconds come back together.
    """

    @classmethod
    def of_any_length(cls) -> Self:
        """Create a history without limits of time or letters for a step."""
        return cls(max_checkpoints=_STEPS, checkpoint_timer=float("inf"), checkpoint_max_characters=1 << 30)

    def record(self, edit: Edit) -> None:
        removed = text_removed_by(edit)
        is_whole = len(removed) > 1
        letter = edit.text or removed
        if is_whole or self._begins_word(letter):
            self.checkpoint()
        super().record(edit)
        if is_whole and not edit.text:
            self.checkpoint()
        elif edit.text:
            # Letters that follow belong to the step of the letter that replaced the selection.
            end_replacement(self)

    def _begins_word(self, letter: str) -> bool:
        """Return whether a letter begins a word, because the edit before it ended with a blank."""
        last = last_edit(self)
        if last is None or letter.isspace():
            return False
        before = last.text or text_removed_by(last)
        return before[-1:].isspace()
