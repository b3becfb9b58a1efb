"""The quotes of the next prompt, one row each above the prompt."""

from __future__ import annotations

from textual.content import Content

from elumenta_tui.chat.quote import Quote
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.chips import ROOMY, Chips


class QuoteChips(Chips[Quote]):
    """Shows the newest quotes: their numbers, first words and numbers of lines."""

    def __init__(self) -> None:
        super().__init__(id="quotes")

    def more(self, count: int) -> str:
        return say("quotes.more", n=count)

    def row(self, number: int, item: Quote, width: int, *, is_last: bool) -> Content:
        lines = say("turn.lines", n=item.lines) if item.lines > 1 or item.language is not None else ""
        kind = "" if item.language is None else clean_line(item.language, 20) or say("frame.copy.code")
        facts = [fact for fact in (kind, lines) if fact]
        if is_last and width >= ROOMY:
            facts.append(say("quotes.remove"))
        behind = Content.styled("".join(f" · {fact}" for fact in facts), "$muted")
        mark = Content.styled(f"{number} ❝ " if item.language is None else f"{number} ❭ ", "bold $accent")
        room = max(8, width - mark.cell_length - behind.cell_length)
        words = Content.styled(clean_line(item.text, 200), "$foreground").truncate(room, ellipsis=True)
        return Content.assemble(mark, words, behind).truncate(width, ellipsis=True)
