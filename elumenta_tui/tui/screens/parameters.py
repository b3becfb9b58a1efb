"""The form for the standing instructions and parameters of the conversation."""

from __future__ import annotations

from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from elumenta_tui.chat.request import Options, max_tokens_of, temperature_of
from elumenta_tui.i18n import decimal, say
from elumenta_tui.terminal.textual_internals import SteadyTextArea
from elumenta_tui.text.sanitize import clean
from elumenta_tui.transfer.parameter_words import means_off, wrong_max_tokens, wrong_temperature
from elumenta_tui.tui.widgets.dialog import Dialog, Field
from elumenta_tui.tui.widgets.key_hints import KeyHints
from elumenta_tui.tui.widgets.prompt import LIMIT, fits
from elumenta_tui.tui.widgets.text_box import text_box


class Values(NamedTuple):
    """The values that the form shows and changes."""

    system_prompt: str
    options: Options


class ParametersScreen(Dialog[Values | None]):
    """Dismissed with the values, or with None if it is cancelled.

    Args:
        field: the field that has the cursor: `system`, `temperature` or `max_tokens`.
    """

    AUTO_FOCUS = ""
    BINDINGS = [
        Binding("ctrl+s,f2", "submit", show=False, priority=True),
        Binding("enter", "enter", show=False, priority=True),
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]

    def __init__(self, values: Values, field: str = "system") -> None:
        super().__init__(classes="picker -parameters")
        self._before = values
        self._begin_at = field
        temperature, max_tokens = values.options
        self._system = text_box(values.system_prompt, "system")
        self._system.move_cursor(self._system.document.end)
        self._temperature = Field(
            "" if temperature is None else decimal(temperature),
            id="temperature",
            placeholder=say("parameters.temperature_hint"),
            select_on_focus=False,
            max_length=12,
        )
        self._max_tokens = Field(
            "" if max_tokens is None else str(max_tokens),
            id="max_tokens",
            placeholder=say("parameters.max_tokens_hint"),
            select_on_focus=False,
            max_length=12,
        )
        self._verdict = Static(id="verdict", markup=False)
        self._is_warned = False
        """True after Esc was pressed on changes that it would drop."""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(say("parameters.title"))
            yield _label("parameters.system")
            yield self._system
            yield _label("parameters.temperature")
            yield self._temperature
            yield _label("parameters.max_tokens")
            yield self._max_tokens
            yield self._verdict
            yield KeyHints(say("parameters.footnote"))

    def on_mount(self) -> None:
        self.query_one(f"#{self._begin_at}").focus()
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Enter and the arrow keys to the text while it has the cursor; Ctrl+S still acts."""
        if action in ("enter", "move"):
            return self.focused is not self._system
        return super().check_action(action, parameters)

    @on(Input.Changed)
    @on(TextArea.Changed)
    def follow_typing(self) -> None:
        self._is_warned = False
        self._show()

    def _show(self) -> None:
        """State what is wrong, or from when on the values count."""
        wrong = self._problem()
        if wrong is not None:
            self._verdict.update(Content.styled(wrong[1], "$warning"))
        else:
            self._verdict.update(Content.styled(say("parameters.from_next"), "$muted"))

    def _problem(self) -> tuple[SteadyTextArea | Field, str] | None:
        """Return the first field that can't be kept, and why; None if there is none."""
        if not fits(self._system.text):
            return self._system, say("parameters.too_long", limit=LIMIT)
        try:
            self._read_temperature()
        except ValueError:
            return self._temperature, wrong_temperature()
        try:
            self._read_max_tokens()
        except ValueError:
            return self._max_tokens, wrong_max_tokens()
        return None

    def _read_temperature(self) -> float | None:
        typed = self._temperature.value
        return None if not typed.strip() or means_off(typed) else temperature_of(typed)

    def _read_max_tokens(self) -> int | None:
        typed = self._max_tokens.value
        return None if not typed.strip() or means_off(typed) else max_tokens_of(typed)

    def _values(self) -> Values:
        text = clean(self._system.text)
        options = Options(self._read_temperature(), self._read_max_tokens())
        return Values(text if text.strip() else "", options)

    def action_move(self, step: int) -> None:
        """Move the cursor to the next (1) or previous (-1) field."""
        self.in_order(self.focus_next if step > 0 else self.focus_previous)

    def action_enter(self) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        self.in_order(self._submit)

    def _submit(self) -> None:
        wrong = self._problem()
        if wrong is not None:
            wrong[0].focus()
            self._show()
        else:
            self.dismiss(self._values())

    def action_leave(self) -> None:
        self.in_order(self._leave)

    def _leave(self) -> None:
        if not self._is_warned and (self._problem() is not None or self._values() != self._before):
            self._is_warned = True
            self._verdict.update(Content.styled(say("parameters.drops"), "bold $warning"))
        else:
            self.dismiss(None)


def _label(key: str) -> Static:
    return Static(Content.styled(say(key), "$muted"), classes="label", markup=False)
