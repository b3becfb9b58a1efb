"""An unsent prompt: what is typed, with all that goes along with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.quote import Quote


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that is typed, its quotes and files, and the place of the cursor."""

    text: str = ""
    cursor: int | None = None
    """Characters of the text before the cursor; None: it is at the end."""
    quotes: tuple[Quote, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of it but blanks."""
        return not (self.text.strip() or self.quotes or self.attachments)
