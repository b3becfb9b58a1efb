"""A dialog that asks for another version of an answer: by which model, how, and for what price."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from elumenta_tui.chat.models import Model
from elumenta_tui.i18n import number, say
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.dialog import Dialog, Field
from elumenta_tui.tui.widgets.key_hints import KeyHints

HOTTEST = 2.0
"""The highest temperature that the service takes."""

REMARK_LIMIT = 500
"""Characters of a remark."""


class Wish(NamedTuple):
    """Wishes for the new version."""

    model: Model
    temperature: float | None = None
    remark: str = ""


class RegenerateScreen(Dialog[Wish | None]):
    """Dismissed with the wish, or with None if it is cancelled."""

    AUTO_FOCUS = "#remark"
    BINDINGS = [
        Binding("enter", "submit", show=False, priority=True),
        Binding("ctrl+l,f3", "choose_model", show=False, priority=True),
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
        Binding("down", "app.focus_next", show=False, priority=True),
        Binding("up", "app.focus_previous", show=False, priority=True),
    ]

    def __init__(
        self,
        wish: Wish,
        *,
        price: Callable[[Model], Content],
        choose_model: Callable[[Callable[[Model | None], None]], None],
        model_key: str,
    ) -> None:
        """
        Args:
            price: states what Enter costs with that model.
            choose_model: shows the picker and calls back with the chosen model.
            model_key: the key that chooses the model, for hints.
        """
        super().__init__(classes="picker -fields")
        self._model = wish.model
        self._price = price
        self._choose_model = choose_model
        self._model_key = model_key
        self._remark = Field(
            wish.remark,
            id="remark",
            placeholder=say("regenerate.remark_hint"),
            select_on_focus=False,
            max_length=REMARK_LIMIT,
        )
        self._temperature = Field(
            "" if wish.temperature is None else number(wish.temperature),
            id="temperature",
            placeholder=say("regenerate.temperature_hint"),
            select_on_focus=False,
            max_length=5,
        )
        self._named = Static(id="named", markup=False)
        self._cost = Static(id="cost", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(say("regenerate.title"))
            yield self._named
            yield Static(Content.styled(say("regenerate.remark"), "$muted"), markup=False)
            yield self._remark
            yield Static(Content.styled(say("regenerate.temperature"), "$muted"), markup=False)
            yield self._temperature
            yield self._cost
            yield KeyHints(say("regenerate.footnote"))

    def on_mount(self) -> None:
        self._show()

    def _show(self) -> None:
        name = clean_line(self._model.name, 60)
        self._named.update(Content.assemble((name, "bold $primary"), (f"  {self._model_key}", "$muted")))
        if self._read_temperature() is _WRONG:
            self._cost.update(Content.styled(say("regenerate.wrong_temperature"), "$warning"))
        else:
            self._cost.update(self._price(self._model))

    @on(Input.Changed, "#temperature")
    def follow_typing(self) -> None:
        self._show()

    def _read_temperature(self) -> float | None:
        """Return the typed temperature; None for the conversation's own, `_WRONG` for what is none."""
        typed = self._temperature.value.strip().replace(",", ".")
        if not typed:
            return None
        try:
            value = float(typed)
        except ValueError:
            return _WRONG
        return value if 0 <= value <= HOTTEST else _WRONG

    def action_submit(self) -> None:
        self.in_order(self._submit)

    def _submit(self) -> None:
        temperature = self._read_temperature()
        if temperature is _WRONG:
            self._temperature.focus()
            self._show()
        else:
            remark = " ".join(clean_line(self._remark.value, REMARK_LIMIT).split())
            self.dismiss(Wish(self._model, temperature, remark))

    def action_choose_model(self) -> None:
        self.in_order(lambda: self._choose_model(self._take_model))

    def _take_model(self, model: Model | None) -> None:
        if model is not None:
            self._model = model
            self._show()

    @on(events.Click, "#named")
    def model_clicked(self) -> None:
        self.action_choose_model()

    def action_leave(self) -> None:
        self.in_order(super().action_leave)


_WRONG = float("nan")
"""In place of a temperature that is none."""
