"""An unsent prompt: what is typed, with all that goes along with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elumenta_tui.lean import Frozen

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.quote import Quote


class Draft(Frozen):
    """A text that is typed, its quotes and files, and the place of the cursor."""

    text: str = ""
    cursor: int | None = None
    """Characters of the text before the cursor; None: it is at the end."""
    quotes: tuple[Quote, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    fields: tuple[str, ...] = ()
    """Names of a template's fields that stand in the text without a value."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of it but blanks."""
        return not (self.text.strip() or self.quotes or self.attachments)

    @property
    def chips(self) -> Draft:
        """The quotes, files and open fields that belong to it beside the text."""
        return self.but(text="", cursor=None)

    @property
    def composed(self) -> str:
        """The text with the quotes before it, as it would be sent."""
        return "\n\n".join([*(quote.block for quote in self.quotes), *([self.text] if self.text else [])])

    def typed_in(self, text: str) -> str | None:
        """Return what follows the quotes in a composed text; None if it does not begin with them."""
        before = self.chips.composed
        if not before:
            return text
        if text == before:
            return ""
        begin = f"{before}\n\n"
        return text.removeprefix(begin) if text.startswith(begin) else None


NOTHING = Draft()


class Parked(Frozen):
    """An unsent prompt that was put aside in its conversation."""

    id: str
    """Id in the store, never used again."""
    draft: Draft
