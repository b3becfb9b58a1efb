"""A line of completions, one of which is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

_GAP = "  "


class Offers(Static):
    """Shows completions side by side. The line is blank if there are none."""

    def __init__(self, *, id: str, markup: bool) -> None:
        super().__init__(id=id, markup=markup)
        self._offers: Sequence[str] = ()
        self._chosen = 0

    @property
    def chosen(self) -> str:
        """The completion that Tab takes; empty if there is none."""
        return self._offers[self._chosen] if self._offers else ""

    @property
    def is_first(self) -> bool:
        """True if the first one is chosen."""
        return not self._chosen

    def show(self, offers: Sequence[str]) -> None:
        """Offer other completions; the first one is chosen."""
        if offers != self._offers:
            self._offers, self._chosen = offers, 0
            self.set_class(bool(offers), "-some")
            self.refresh()

    def move(self, steps: int) -> None:
        """Choose the completion that many places further on."""
        self._chosen = max(0, min(self._chosen + steps, len(self._offers) - 1))
        self.refresh()

    def render(self) -> Content:
        if not self._offers:
            return Content("")
        width = self.size.width
        # As many before the chosen one as fit, so that it is always in view.
        start, taken = self._chosen, len(self._offers[self._chosen]) + 4
        while start and taken + len(self._offers[start - 1]) + len(_GAP) <= width:
            start -= 1
            taken += len(self._offers[start]) + len(_GAP)
        parts: list[Content] = [Content.styled("⇥ ", "$muted")]
        for number, offer in enumerate(self._offers[start:], start):
            style = "bold $accent" if number == self._chosen else "$muted"
            parts += [Content.styled(offer, style), Content(_GAP)]
        return Content.assemble(*parts).truncate(width, ellipsis=True)
