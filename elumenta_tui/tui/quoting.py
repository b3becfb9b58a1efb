"""Quotes parts of messages: puts them above the prompt, from where they are sent before its text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from elumenta_tui.chat.conversation import without_thoughts
from elumenta_tui.chat.quote import Quote, Quotes
from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets.prompt import LIMIT, Prompt, fits
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from elumenta_tui.tui.widgets.quote_chips import QuoteChips


class Quoting:
    """Adds and removes quotes, and shows them.

    Args:
        quotes: the quotes of the next prompt.
        changed: is called after every change, with nothing.
    """

    def __init__(
        self,
        session: Session,
        quotes: Quotes,
        screens: Screens,
        prompt: Prompt,
        transcript: Transcript,
        notify_user: NotifyUser,
        *,
        changed: Callable[[], None],
    ) -> None:
        self._session = session
        self._quotes = quotes
        self._screens = screens
        self._prompt = prompt
        self._transcript = transcript
        self._notify_user = notify_user
        self._changed = changed
        self._chips: QuoteChips | None = None

    def quote(self) -> None:
        """Quote the selection, else the block under the cursor, else the last answer."""
        quote = self._selected() or self._under_cursor() or self._last_answer()
        if quote is None or not quote.text.strip():
            self._notify_user(say("quotes.nothing"), "warning")
        elif quote in self._quotes.items:
            self._notify_user(say("quotes.twice"))
        elif not fits("\n\n".join((self._quotes.compose(self._prompt.text), quote.block))):
            self._notify_user(say("quotes.too_long", limit=LIMIT), "warning")
        else:
            self._quotes.add(quote)

    def _selected(self) -> Quote | None:
        screen = self._screens.screen
        text = (screen.get_selected_text() or "").strip("\n")
        if not text.strip():
            return None
        screen.clear_selection()
        return Quote(text)

    def _under_cursor(self) -> Quote | None:
        stop = self._transcript.cursor.stop
        if stop is None:
            return None
        if stop.kind == "code":
            return Quote(stop.text.strip("\n"), stop.language)
        return Quote((without_thoughts(stop.text) if stop.kind == "answer" else stop.text).strip("\n"))

    def _last_answer(self) -> Quote | None:
        answer = self._session.conversation.last_answer
        return None if answer is None else Quote(without_thoughts(answer.text).strip("\n"))

    def unquote(self, number: str = "") -> None:
        """Remove all quotes, or the one with that number."""
        if not self._quotes.items:
            self._notify_user(say("quotes.none"), "warning")
        elif not number:
            self._quotes.clear()
        elif not number.isdecimal() or not int(number[:6]) or not self._quotes.remove(int(number[:6]) - 1):
            self._notify_user(say("quotes.no_number", n=len(self._quotes.items)), "warning")

    def show(self) -> None:
        """Show the quotes above the prompt, and have the draft saved."""
        self._session.draft_changed()
        if self._chips is None and self._quotes.items:
            from elumenta_tui.tui.widgets.quote_chips import QuoteChips

            self._chips = QuoteChips()
            self._screens.screen_stack[0].query_one("#chrome").mount(self._chips, before=self._prompt)
        if self._chips is not None:
            # After it is mounted.
            self._chips.call_later(self._chips.show, self._quotes.items)
        self._changed()

    def reword(self) -> None:
        """Show the quotes in another language."""
        if self._chips is not None:
            self._chips.show(self._quotes.items)
