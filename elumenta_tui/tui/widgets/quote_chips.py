"""The quotes of the next prompt, one row each above the prompt."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from elumenta_tui.chat.quote import Quote
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line

ROOMY = 60
"""Columns from which on the last row names the key that removes it."""

MOST, MOST_SHORT, SHORT = 4, 2, 20
"""Rows, at most; on a screen with fewer rows than `SHORT`, and the rows of such a screen."""


class QuoteChips(Static):
    """Shows the newest quotes: their numbers, first words and numbers of lines."""

    def __init__(self) -> None:
        super().__init__(id="quotes", markup=False)
        self._quotes: Sequence[Quote] = ()

    def show(self, quotes: Sequence[Quote]) -> None:
        """Show these quotes; without any, take no row."""
        self._quotes = quotes
        self.display = bool(quotes)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        quotes, screen = self._quotes, self.screen.size
        width = max(10, screen.width - 2)
        most = MOST if screen.height >= SHORT else MOST_SHORT
        numbered = list(enumerate(quotes, 1))
        shown = numbered[-most:]
        if len(numbered) > most:
            shown = numbered[-most + 1 :]
        rows = [self._row(number, quote, width, is_last=number == len(quotes)) for number, quote in shown]
        if len(numbered) > len(shown):
            more = Content.styled(say("quotes.more", n=len(numbered) - len(shown)), "$muted")
            rows.insert(0, more.truncate(width, ellipsis=True))
        self.update(Content("\n").join(rows))

    def _row(self, number: int, quote: Quote, width: int, *, is_last: bool) -> Content:
        lines = say("turn.lines", n=quote.lines) if quote.lines > 1 or quote.language is not None else ""
        kind = "" if quote.language is None else clean_line(quote.language, 20) or say("frame.copy.code")
        facts = [fact for fact in (kind, lines) if fact]
        if is_last and width >= ROOMY:
            facts.append(say("quotes.remove"))
        behind = Content.styled("".join(f" · {fact}" for fact in facts), "$muted")
        mark = Content.styled(f"{number} ❝ " if quote.language is None else f"{number} ❭ ", "bold $accent")
        room = max(8, width - mark.cell_length - behind.cell_length)
        words = Content.styled(clean_line(quote.text, 200), "$foreground").truncate(room, ellipsis=True)
        return Content.assemble(mark, words, behind).truncate(width, ellipsis=True)
