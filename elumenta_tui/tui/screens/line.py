"""A dialog for one line of text, such as a title."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.dialog import Dialog, Field
from elumenta_tui.tui.widgets.key_hints import KeyHints


class LineScreen(Dialog[str | None]):
    """Dismissed with the line, or with None if it is cancelled, or empty although it may not be."""

    AUTO_FOCUS = "Input"
    BINDINGS = [
        Binding("enter", "submit", show=False, priority=True),
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(self, title: str, line: str = "", *, keys: str = "", may_be_empty: bool = False) -> None:
        """`keys`: what the keys do; empty: that Enter renames. `may_be_empty`: an empty line is a result, too."""
        super().__init__(classes="picker")
        self._may_be_empty = may_be_empty
        self._title = title
        self._keys = keys or say("line.footnote")
        self._field = Field(line, id="filter", select_on_focus=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(self._title)
            yield self._field
            yield KeyHints(self._keys)

    def action_submit(self) -> None:
        self.in_order(self._submit)

    def _submit(self) -> None:
        line = clean_line(self._field.value)
        self.dismiss(line if line or self._may_be_empty else None)

    def action_leave(self) -> None:
        self.in_order(super().action_leave)
