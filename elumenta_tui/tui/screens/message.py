"""One message, whole: to read it, or to edit it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from elumenta_tui.i18n import say
from elumenta_tui.terminal.textual_internals import SteadyTextArea
from elumenta_tui.text.sanitize import clean
from elumenta_tui.tui.widgets.key_hints import KeyHints
from elumenta_tui.tui.widgets.sheet_dialog import SheetDialog
from elumenta_tui.tui.widgets.text_box import text_box


class MessageScreen(SheetDialog[str]):
    """Dismissed with the edited text, or with None if it stays as it is."""

    AUTO_FOCUS = "#message"
    BINDINGS = [
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
        Binding("ctrl+s,f2", "save", show=False, priority=True),
        Binding("enter,q,й", "close", show=False, priority=True),
        Binding("k,л", "scroll(-1)", show=False, priority=True),
        Binding("j,о", "scroll(1)", show=False, priority=True),
        Binding("ctrl+home", "scroll(-1000000)", show=False, priority=True),
        Binding("ctrl+end", "scroll(1000000)", show=False, priority=True),
    ]

    _sheet: SteadyTextArea

    def __init__(self, title: str, text: str, *, is_editable: bool = False) -> None:
        super().__init__(classes="finder")
        self._title = title
        self._is_editable = is_editable
        self._sheet = text_box(text, "message", is_editable=is_editable)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(self._title)
            yield self._sheet
            yield KeyHints(say("context.edit_keys" if self._is_editable else "context.read_keys"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys of the text to it while it is edited."""
        if action in ("close", "scroll", "page"):
            return not self._is_editable
        return super().check_action(action, parameters)

    def action_close(self) -> None:
        self.dismiss(None)

    def action_save(self) -> None:
        if self._is_editable:
            self.dismiss(clean(self._sheet.text))
