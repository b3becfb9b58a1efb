"""The page at a pasted address that is not fetched yet, as a row above the prompt that takes the focus."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from elumenta_tui.i18n import say
from elumenta_tui.tui.catalogue import hint, key_label

READABLE = 24
"""Cells that the address has at least, where a shorter wording of the keys leaves them."""

_HTTPS = "https://"


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
        mark = Content.styled("↓ ", "bold $accent")
        room = max(10, self.size.width) - mark.cell_length
        # Other schemes are not fetched.
        short = self._address.removeprefix(_HTTPS)
        words = self._wordings()
        keys = next(
            (each for each in words if room - cell_len(f" · {each}") >= min(cell_len(short), READABLE)),
            words[-1],
        )
        rest = max(1, room - cell_len(f" · {keys}"))
        address = Content.styled(self._address if cell_len(self._address) <= rest else short, "$foreground")
        style = "$accent" if self.has_focus else "$muted"
        return Content.assemble(mark, address.truncate(rest, ellipsis=True), (f" · {keys}", style))

    def _wordings(self) -> list[str]:
        """Return what the keys do, in fewer and fewer words."""
        if self.has_focus:
            return [say(f"attach.page.here_{size}") for size in ("long", "medium", "short")]
        into, key = key_label(self._into), hint("attach")
        return [say(f"attach.page.keys_{size}", into=into, key=key) for size in ("long", "medium", "short")]
