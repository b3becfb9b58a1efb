"""The page at a pasted address that is not fetched yet, as a row above the prompt that takes the focus."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from elumenta_tui.i18n import say
from elumenta_tui.tui.catalogue import hint, key_label
from elumenta_tui.tui.widgets.chips import ROOMY

LEAST_NAME = 6
"""Cells that the address keeps."""


class OfferChip(Widget, can_focus=True):
    """Shows the address, and the keys that fetch its page: those of the prompt, or those of the chip while that has the focus.

    Args:
        address: one clean line.
        into: the key that moves the focus from the prompt to the chip.
    """

    DEFAULT_CSS = """
    OfferChip { height: 1; width: 100%; padding: 0 1; background: $background; color: $foreground; }
    OfferChip:focus { background: $primary 30%; }
    """

    def __init__(self, address: str, *, into: str) -> None:
        super().__init__()
        self._address = address
        self._into = into

    def show(self, address: str) -> None:
        """Show another address."""
        self._address = address
        self.refresh()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.refresh()

    def render(self) -> Content:
        width = max(10, self.size.width)
        keys = Content.styled(
            f" · {self._words(is_wide=width >= ROOMY)}", "$accent" if self.has_focus else "$muted"
        )
        mark = Content.styled("↓ ", "bold $accent")
        room = max(LEAST_NAME, width - mark.cell_length - keys.cell_length)
        address = Content.styled(self._address, "$foreground").truncate(room, ellipsis=True)
        return Content.assemble(mark, address, keys).truncate(width, ellipsis=True)

    def _words(self, *, is_wide: bool) -> str:
        if self.has_focus:
            return say("attach.page.keys_here" if is_wide else "attach.page.keys_here_short")
        into = key_label(self._into)
        if not is_wide:
            return say("attach.page.keys_short", into=into)
        return say("attach.page.keys", into=into, key=hint("attach"))
