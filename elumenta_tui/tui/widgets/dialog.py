"""What all dialogs have in common: they stand above the chat, are left once, and take their keys in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Input

from elumenta_tui.terminal.textual_internals import is_exiting
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.notice import NoticeLine, Severity

Result = TypeVar("Result")

_EDITING = {
    key.strip(): binding.action
    for binding in Input.BINDINGS
    if isinstance(binding, Binding)
    for key in binding.key.split(",")
}
"""What each of an input's own keys does."""


class Dialog(ModalScreen[Result]):
    """A screen above the chat, with a widget `#dialog`; its `classes` name the rules that are its own."""

    CSS_PATH = Path(__file__).with_name("dialog.tcss")

    def tell(self, text: str, severity: Severity) -> None:
        """Show a notice at the bottom of the screen, as the dialog may cover the usual place."""
        notices = self.query(NoticeLine)
        line = notices.first() if notices else NoticeLine()
        if not notices:
            self.mount(line)
        line.call_after_refresh(line.show, text, severity, lasting=False)

    is_left = False
    """Whether it has been dismissed. Keys of the same read may still be on their way to it."""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Leave the dialog with a result. Do nothing if it has been left, or if another dialog stands above it.

        Nothing is done with a result either when the program is ending: its screens go one by one.
        """
        if self.is_left or is_exiting(self.app) or self.app.screen is not self:
            return AwaitComplete()
        self.is_left = True
        return super().dismiss(result)

    def action_leave(self) -> None:
        """Leave without a result."""
        self.dismiss(None)

    def in_order(self, act: Callable[[], object]) -> None:
        """Act on a key after the letters that were typed before it; not at all once the dialog has been left.

        A key that is bound acts as soon as the app sees it, while letters wait in the queue of the field that has the focus.
        """
        (self.focused or self).call_later(self._unless_left, act)

    def keeps_for_later(self, event: events.Key | events.Paste) -> bool:
        """Whether a dialog takes what is typed itself, as a key before it is still at work."""
        return False

    def _unless_left(self, act: Callable[[], object]) -> None:
        if not self.is_left:
            act()


class Field(Input):
    """A line to type in whose editing keys act in the order in which they were pressed.

    Textual's own takes letters at once and sends Ctrl+U on its way through the app: in one read with the letters behind it, it
    would delete those.
    """

    def on_mount(self) -> None:
        self.cursor_blink = False

    def _is_for_others(self, event: events.Key | events.Paste) -> bool:
        """Hand on what was typed after the key that has closed the dialog: it is for what stands below."""
        screen = self.screen
        if not isinstance(screen, Dialog) or not (screen.is_left or screen.keeps_for_later(event)):
            return False
        event.stop()
        event.prevent_default()
        if screen.is_left:
            type_again(screen, event)
        return True

    def _on_paste(self, event: events.Paste) -> None:
        self._is_for_others(event)

    async def _on_key(self, event: events.Key) -> None:
        if self._is_for_others(event):
            return
        action = _EDITING.get(event.key)
        if action is not None and not event.is_printable:
            event.stop()
            event.prevent_default()
            await self.run_action(action)


def type_again(dialog: Dialog[Any], event: events.Key | events.Paste) -> None:
    """Have the app hand what was typed to whatever is in front now."""
    again = (
        events.Key(event.key, event.character) if isinstance(event, events.Key) else events.Paste(event.text)
    )
    dialog.app.post_message(again)


def search_field(typed: str, placeholder: str) -> Field:
    """Where one types what is looked for in a list."""
    return Field(clean_line(typed), placeholder=placeholder, id="filter", select_on_focus=False)
