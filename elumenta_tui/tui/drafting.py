"""The unsent prompt as a whole: takes its text, quotes and files out of the prompt box, and puts them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from elumenta_tui.chat.attachment import Attachment
from elumenta_tui.chat.draft import Draft
from elumenta_tui.chat.quote import Quotes
from elumenta_tui.text.sanitize import clean
from elumenta_tui.tui.ports import Files
from elumenta_tui.tui.widgets.prompt import Prompt


class Drafting:
    """Takes unsent prompts away, and brings them back.

    Args:
        quotes: are sent before the next prompt.
        files: returns the files of the next prompt, which may be created for that; None as long as nothing was attached.
    """

    def __init__(self, prompt: Prompt, quotes: Quotes, files: Callable[[bool], Files | None]) -> None:
        self._prompt = prompt
        self._quotes = quotes
        self._files = files

    @property
    def now(self) -> Draft:
        """The unsent prompt."""
        prompt = self._prompt
        files = self._files(False)
        # Terminals without bracketed paste type pasted text.
        text = clean(prompt.text)
        is_shown = text == prompt.shown_text
        return Draft(
            text,
            prompt.cursor_place if is_shown else None,
            tuple(self._quotes.items),
            files.items if files is not None else (),
            prompt.open_fields,
        )

    def take(self) -> Draft:
        """Empty the prompt, and return what was there. Undo does not bring it back."""
        draft = self.now
        self._prompt.fill("")
        self._quotes.clear()
        if draft.attachments and (files := self._files(False)) is not None:
            files.take()
        return draft

    def put_back(self, draft: Draft) -> None:
        """Put an unsent prompt before whatever was typed since."""
        was_empty = not self._prompt.text
        self._prompt.put_back(draft.text)
        if draft.fields:
            self._prompt.open_again(draft.fields)
        if was_empty and draft.cursor is not None:
            self._prompt.select_range(draft.cursor, draft.cursor)
        self._quotes.put_before(draft.quotes)
        self._attach(draft.attachments)

    def _attach(self, attachments: Sequence[Attachment]) -> None:
        if attachments and (files := self._files(True)) is not None:
            files.come_back(attachments)
