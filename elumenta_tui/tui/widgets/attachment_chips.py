"""The files of the next prompt, one row each above the prompt."""

from __future__ import annotations

from textual.content import Content

from elumenta_tui.chat.attachment import Attachment
from elumenta_tui.i18n import say
from elumenta_tui.transfer.attachment_words import note_words
from elumenta_tui.tui.widgets.attachment_words import (
    MARKS,
    added_words,
    kind_words,
    size_of,
    stripped_words,
)
from elumenta_tui.tui.widgets.chips import ROOMY, Chips

LEAST_NAME = 12
"""Cells that a name keeps before facts are left out."""


class AttachmentChips(Chips[Attachment]):
    """Shows the newest files: name, kind, size, what each adds to the request, and what was done to it."""

    def __init__(self) -> None:
        super().__init__(id="attachments")
        self.names_key = True
        """True if Backspace removes the last one."""

    def more(self, count: int) -> str:
        return say("attach.more", n=count)

    def row(self, number: int, item: Attachment, width: int, *, is_last: bool) -> Content:
        mark = Content.styled(f"{number} {MARKS[item.kind]} ", "bold $accent")
        room = width - mark.cell_length
        name = Content.styled(item.name, "$foreground")
        facts = [(note, "$warning") for note in note_words(item)]
        facts += [(size_of(item), "$muted"), (added_words(item), "$muted"), (kind_words(item), "$muted")]
        facts += [(words, "$muted") for words in stripped_words(item)]
        if is_last and self.names_key and width >= ROOMY:
            facts.append((say("attach.remove"), "$muted"))
        behind = Content("")
        for fact, style in facts:
            longer = Content.assemble(behind, (" · ", "$muted"), (fact, style))
            # The first fact is the one that must not be missed.
            if behind.cell_length and longer.cell_length + min(name.cell_length, LEAST_NAME) > room:
                break
            behind = longer
        words = name.truncate(max(LEAST_NAME, room - behind.cell_length), ellipsis=True)
        return Content.assemble(mark, words, behind).truncate(width, ellipsis=True)
