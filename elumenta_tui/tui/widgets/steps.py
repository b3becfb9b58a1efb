"""What one undo takes back in the prompt: a word, or an action."""

from __future__ import annotations

from typing import Self

from textual.document._edit import Edit
from textual.document._history import EditHistory

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
        result = edit._edit_result
        removed = "" if result is None else result.replaced_text
        is_whole = len(removed) > 1
        letter = edit.text or removed
        if is_whole or self._begins_word(letter):
            self.checkpoint()
        super().record(edit)
        if is_whole and not edit.text:
            self.checkpoint()
        elif edit.text:
            # The letters that follow belong to the one that has replaced a selection.
            self._previously_replaced = False

    def _begins_word(self, letter: str) -> bool:
        """Whether a letter comes behind a blank, as the edits go."""
        if not self._undo_stack or letter.isspace():
            return False
        last = self._undo_stack[-1][-1]
        before = last.text or (last._edit_result.replaced_text if last._edit_result is not None else "")
        return before[-1:].isspace()
