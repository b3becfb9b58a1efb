"""One line of text to be typed: a title."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from elumenta_tui.gate import clean_line
from elumenta_tui.widgets.dialog import Dialog
from elumenta_tui.words import say


class LineScreen(Dialog[str | None]):
    """Dismissed with the line, or with None."""

    AUTO_FOCUS = "Input"
    BINDINGS = [Binding("escape,ctrl+c", "leave", show=False, priority=True)]

    def __init__(self, title: str, line: str = "") -> None:
        super().__init__(classes="picker")
        self._title = title
        self._line = line

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(self._title)
            yield Input(self._line, id="filter", select_on_focus=False)
            yield Static(Content.styled(say("line.footnote"), "$foreground 60%"), id="footnote", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        self.dismiss(clean_line(event.value) or None)

    def action_leave(self) -> None:
        self.dismiss(None)
