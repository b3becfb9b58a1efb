"""What one undo takes back in the prompt: a word, or an action."""

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
"""Undos at most."""


class Steps(EditHistory):
    """Makes one step of a word that was typed or rubbed out letter by letter, and of every edit of several letters.

    Textual's own makes steps by the clock: several words that were deleted within two seconds come back together.
    """

    @classmethod
    def of_any_length(cls) -> Self:
        """With no limit of time or letters for a step."""
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
            # The letters that follow belong to the one that has replaced a selection.
            end_replacement(self)

    def _begins_word(self, letter: str) -> bool:
        """Whether a letter comes behind a blank, as the edits go."""
        last = last_edit(self)
        if last is None or letter.isspace():
            return False
        before = last.text or text_removed_by(last)
        return before[-1:].isspace()
