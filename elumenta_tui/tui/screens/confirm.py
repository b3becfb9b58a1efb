"""A question before something that costs."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from elumenta_tui.tui.widgets.dialog import Dialog
from elumenta_tui.tui.widgets.key_hints import KeyHints


class ConfirmScreen(Dialog[bool]):
    """Dismissed with True after Enter, else with None.

    Args:
        text: what would be done, and what it costs.
        keys: what the keys do.
    """

    BINDINGS = [
        Binding("enter", "confirm", show=False, priority=True),
        Binding("escape,q,й,ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(self, title: str, text: str, keys: str) -> None:
        super().__init__(classes="picker")
        self._title = title
        self._text = text
        self._keys = keys

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(self._title)
            yield Static(Content(self._text), markup=False)
            yield KeyHints(self._keys)

    def action_confirm(self) -> None:
        self.dismiss(True)
