"""The page at a pasted address that is not fetched yet, as a row above the prompt that takes the focus."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from elumenta_tui.i18n import say
from elumenta_tui.tui.catalogue import hint, key_label
from elumenta_tui.tui.widgets.chips import ROOMY

LEAST_NAME = 6
"""Cells that the address keeps."""


class OfferChip(Static, can_focus=True):
    """Shows the address, and the keys that fetch its page: those of the prompt, or those of the chip while that has the focus.
    """

    DEFAULT_CSS = """
    OfferChip:focus { background: $primary 30%; }
    """

    def __init__(self) -> None:
        super().__init__(id="offer", markup=False, classes="chips")
        self._address = self._into = ""

    def offer(self, address: str, *, into: str) -> None:
        """Show an address, as one clean line. `into`: the key that moves the focus from the prompt to the chip."""
        self._address, self._into = address, into
        self._draw()

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._draw()

    def _draw(self) -> None:
        if not self.is_attached:
            return
        width = max(10, self.screen.size.width - 2)
        words = self._words(is_wide=width >= ROOMY)
        keys = Content.styled(f" · {words}", "$accent" if self.has_focus else "$muted")
        mark = Content.styled("↓ ", "bold $accent")
        room = max(LEAST_NAME, width - mark.cell_length - keys.cell_length)
        address = Content.styled(self._address, "$foreground").truncate(room, ellipsis=True)
        self.update(Content.assemble(mark, address, keys).truncate(width, ellipsis=True))

    def _words(self, *, is_wide: bool) -> str:
        if self.has_focus:
            return say("attach.page.keys_here" if is_wide else "attach.page.keys_here_short")
        into = key_label(self._into)
        if not is_wide:
            return say("attach.page.keys_short", into=into)
        return say("attach.page.keys", into=into, key=hint("attach"))
