"""The floor for starting and idling: a Textual app with one word in it."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static

READY = "blank-and-ready"


class Blank(App[None]):
    """Nothing but a word."""

    def compose(self) -> ComposeResult:
        yield Static(READY)


if __name__ == "__main__":
    Blank().run()
