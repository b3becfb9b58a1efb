"""The base of finders whose search text may contain filters, and that change what they list."""

from __future__ import annotations

from functools import partial
from typing import Generic

from textual.binding import Binding
from textual.content import Content

from elumenta_tui.i18n import in_every_language, say
from elumenta_tui.session.search_terms import SearchTerms, parse
from elumenta_tui.text.layouts import ways
from elumenta_tui.tui.screens.finder import Finder, Item
from elumenta_tui.tui.widgets.key_hints import BETWEEN, SHORT
from elumenta_tui.tui.widgets.notice import PASSING


class FilteringFinder(Finder[Item], Generic[Item]):
    """Searches the words of the text without its filters, and says for a moment what was done."""

    BINDINGS = [Binding("f1", "all_keys", show=False, priority=True)]

    def __init__(self, title: str, *, now: float, typed: str = "", hint: str = "") -> None:
        """`now` is in Unix seconds. `hint` stands in the empty search field."""
        super().__init__(title, typed=typed, hint=hint)
        self.now = now
        self.said: Content | None = None
        """The last change, or its refusal, in words; for the subclass to show in place of the keys."""
        self._shows_all_keys = False
        self._terms = SearchTerms()
        self._parsed: str | None = None
        """The search text that `_terms` come from."""

    @property
    def terms(self) -> SearchTerms:
        """The search text, parsed."""
        typed = self._filter.value
        if typed != self._parsed:
            self._parsed, self._terms = typed, parse(typed, self.now, in_every_language)
        return self._terms

    @property
    def sought(self) -> str:
        """The words of the search text, without its filters."""
        return self.terms.words

    @property
    def ways(self) -> list[str]:
        return ways(self.sought)

    def keys(self, *, all_of_them: str, first: str) -> str:
        """Return the hints: all of them, or on a short screen the first ones until F1 is pressed. A list needs its rows."""
        if self._shows_all_keys or self.app.size.height >= SHORT:
            return all_of_them
        return f"{first}{BETWEEN}{say('finder.all_keys')}"

    def action_all_keys(self) -> None:
        """Show all keys of a short screen, or only the first ones again."""
        self._shows_all_keys = not self._shows_all_keys
        self.write_note()

    def say(self, text: str, colour: str = "success", *, passes: bool = True) -> None:
        """Show what was done or refused in place of the keys, for some seconds unless it is to stay."""
        self.said = said = Content.styled(text, f"bold ${colour}")
        self.write_note()
        if passes:
            self.set_timer(PASSING, partial(self._clear_said, said))

    def _clear_said(self, said: Content) -> None:
        if self.said is said:
            self.said = None
            self.write_note()
