"""A dialog for the value of one option: a number or a text."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.dialog import Dialog, Field
from elumenta_tui.tui.widgets.key_hints import KeyHints

LONGEST = 1_000
"""Characters of a value, at most."""


class OptionValueScreen(Dialog[str | None]):
    """Dismissed with the typed value, which is right, or with None if it is cancelled.

    Args:
        name: of the option.
        about: its sentence.
        hint: what may be typed.
        problem: returns what is wrong with a typed value; empty if nothing is.
    """

    AUTO_FOCUS = "Input"
    BINDINGS = [
        Binding("enter", "submit", show=False, priority=True),
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(
        self, name: str, about: str, value: str, *, hint: str, problem: Callable[[str], str]
    ) -> None:
        super().__init__(classes="picker -option-value")
        self._option, self._about, self._hint, self._problem = name, about, hint, problem
        self._field = Field(value, id="filter", select_on_focus=False, max_length=LONGEST)
        self._verdict = Static(id="verdict", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(self._option)
            yield Static(Content(self._about), id="about", markup=False)
            yield self._field
            yield self._verdict
            yield KeyHints(say("options.value_footnote"))

    def on_mount(self) -> None:
        self._field.cursor_position = len(self._field.value)
        self.judge()

    @property
    def _typed(self) -> str:
        return clean_line(self._field.value, LONGEST).strip()

    @on(Input.Changed)
    def judge(self) -> None:
        """State what is wrong, or what may be typed."""
        why = self._problem(self._typed)
        self._verdict.update(Content.styled(why, "$warning") if why else Content.styled(self._hint, "$muted"))

    def action_submit(self) -> None:
        self.in_order(self._submit)

    def _submit(self) -> None:
        if self._problem(self._typed):
            self.judge()
        else:
            self.dismiss(self._typed)

    def action_leave(self) -> None:
        self.in_order(super().action_leave)
