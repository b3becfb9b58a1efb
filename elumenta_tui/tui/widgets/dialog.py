"""The base of all dialogs: they cover the chat, close once, and handle their keys in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Input

from elumenta_tui.terminal.textual_internals import SteadyScreen, is_exiting
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.notice import NoticeLine, Severity

Result = TypeVar("Result")

_EDITING = {
    key.strip(): binding.action
    for binding in Input.BINDINGS
    if isinstance(binding, Binding)
    for key in binding.key.split(",")
}
"""The action of each of Input's own keys."""


class Dialog(ModalScreen[Result], SteadyScreen[Result]):
    """A screen above the chat with a widget `#dialog`. `classes` selects its rules in the style sheet."""

    CSS_PATH = Path(__file__).with_name("dialog.tcss")

    def show_notice(self, text: str, severity: Severity) -> None:
        """Show a notice at the bottom of the screen, because the dialog may cover the usual place."""
        notices = self.query(NoticeLine)
        line = notices.first() if notices else NoticeLine()
        if not notices:
            self.mount(line)
        line.call_after_refresh(line.show, text, severity, lasting=False)

    is_left = False
    """True if it was dismissed. Keys of the same read may still reach it."""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close the dialog with a result. Does nothing if it is closed already, or if another dialog is above it.

        Does nothing while the program exits, either: Textual then removes the screens one by one.
        """
        if self.is_left or is_exiting(self.app) or self.app.screen is not self:
            return AwaitComplete()
        self.is_left = True
        return super().dismiss(result)

    def undo(self) -> None:
        """Take back the last act of this dialog, if it has any to take back. Ctrl+Z calls this where there is no shell."""

    def action_leave(self) -> None:
        """Close the dialog without a result."""
        self.dismiss(None)

    def start(
        self, work: Callable[[], Awaitable[None]], group: str = "work", *, exclusive: bool = False
    ) -> None:
        """Start a task that ends with the dialog. `exclusive`: it ends the tasks of its group before it.

        It is a function and not a coroutine: Python complains of a coroutine that is ended before it begins.
        """
        self.run_worker(work, group=group, exclusive=exclusive)

    def in_order(self, act: Callable[[], object]) -> None:
        """Run the action of a key after the letters that were typed before it; skip it once the dialog is closed.

        A bound key acts as soon as the app sees it, while letters wait in the queue of the focused field.
        """
        (self.focused or self).call_later(self._unless_left, act)

    def keeps_for_later(self, event: events.Key | events.Paste) -> bool:
        """Return whether the dialog keeps a typed key until the action of an earlier key is done."""
        return False

    def takes(self, event: events.Key) -> bool:
        """Return whether the dialog has acted on a printable key, which then types nothing."""
        return False

    def _unless_left(self, act: Callable[[], object]) -> None:
        if not self.is_left:
            act()


class Field(Input):
    """A text field that handles editing keys in the order in which they were typed.

    Textual's Input inserts letters at once but sends Ctrl+U through the app first. Read together with the
    letters after it, Ctrl+U would delete those.
    """

    keys_of_dialog: frozenset[str] = frozenset()
    """Printable keys that are not typed, because the dialog has a binding for them."""

    def on_mount(self) -> None:
        self.cursor_blink = False

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key not in self.keys_of_dialog and super().check_consume_key(key, character)

    def _is_for_others(self, event: events.Key | events.Paste) -> bool:
        """Return whether a key does not belong to this field.

        Keys typed after the one that closed the dialog belong to the screen below, and are posted to it.
        """
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
        screen = self.screen
        if event.is_printable and isinstance(screen, Dialog) and screen.takes(event):
            event.stop()
            event.prevent_default()
            return
        action = _EDITING.get(event.key)
        if action is not None and not event.is_printable:
            event.stop()
            event.prevent_default()
            await self.run_action(action)


def type_again(dialog: Dialog[Any], event: events.Key | events.Paste) -> None:
    """Post a typed key or paste again, so that the app sends it to the topmost screen."""
    again = (
        events.Key(event.key, event.character) if isinstance(event, events.Key) else events.Paste(event.text)
    )
    dialog.app.post_message(again)


def search_field(typed: str, placeholder: str) -> Field:
    """Create the search field of a list."""
    return Field(clean_line(typed), placeholder=placeholder, id="filter", select_on_focus=False)
