"""Dialogs around a transcript: the actions that scroll it and copy from it."""

from __future__ import annotations

from elumenta_tui.tui.widgets.dialog import Dialog, Result
from elumenta_tui.tui.widgets.transcript import Transcript


class TranscriptDialog(Dialog[Result]):
    """A dialog with a transcript. Subclasses bind the keys."""

    @property
    def transcript(self) -> Transcript:
        """The transcript that the keys act on."""
        raise NotImplementedError

    def copy(self, text: str) -> None:
        """Copy a text, and notify the user."""
        raise NotImplementedError

    def action_scroll(self, rows: int) -> None:
        self.transcript.scroll_lines(rows)

    def action_page(self, pages: int) -> None:
        self.transcript.page(pages)

    def action_start(self) -> None:
        self.transcript.go_to_start()

    def action_end(self) -> None:
        self.transcript.go_to_end()

    def action_copy_or_leave(self) -> None:
        """Copy the selection; without one, close the dialog without a result."""
        if selected := self.get_selected_text():
            self.copy(selected)
            self.clear_selection()
        else:
            self.dismiss(None)
