"""The search line above the prompt, for the conversation on the screen."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.dialog import Field

_MOVES = {
    "enter": 1,
    "down": 1,
    "up": -1,
    "shift+enter": -1,
    "alt+enter": -1,
    "ctrl+enter": -1,
    "ctrl+j": -1,
}
NARROW = 60
"""Cells below which the keys are not shown."""

_LEAVE = ("escape", "ctrl+c")

TAKEN = frozenset({"send", "newline", "ask_to_stop", "interrupt", "leave"})
"""Actions of the catalogue whose keys this line handles itself while it has the focus."""


class _Field(Field):
    async def _on_key(self, event: events.Key) -> None:
        if event.key in _MOVES:
            self.post_message(FindLine.Moved(_MOVES[event.key]))
        elif event.key in _LEAVE:
            self.post_message(FindLine.Left())
        else:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()


class FindLine(Horizontal):
    """Shows the search text, the number of the current match, and the number of matches."""

    DEFAULT_CSS = """
    FindLine { height: 1; padding: 0 1; background: $background; }
    FindLine Static { width: auto; height: 1; color: $foreground 60%; }
    FindLine #find-label { color: $foreground; margin: 0 1 0 0; }
    FindLine #find-count { margin: 0 0 0 2; color: $foreground; }
    FindLine #find-keys { margin: 0 0 0 2; }
    FindLine Input { width: 1fr; min-width: 8; height: 1; border: none; padding: 0; background: $surface; }
    FindLine.-narrow #find-keys { display: none; }
    """

    @dataclass
    class Typed(Message):
        """The search text changed."""

        text: str

    @dataclass
    class Moved(Message):
        """Go to the next match (1) or the previous one (-1)."""

        step: int

    class FocusMoved(Message):
        """The line got or lost the focus."""

    class Left(Message):
        """The user closed the search."""

    def __init__(self, text: str, key: str) -> None:
        """`key` focuses the line; hints show it in this form."""
        super().__init__(id="find")
        self.field = _Field(clean_line(text), select_on_focus=True, compact=True, id="find-field")
        self._key = key
        self._count = Static("", id="find-count", markup=False)
        self._keys = Static("", id="find-keys", markup=False)
        self._label = Static("", id="find-label", markup=False)

    def compose(self) -> ComposeResult:
        yield self._label
        yield self.field
        yield self._count
        yield self._keys

    def on_mount(self) -> None:
        self.reword()

    def on_resize(self) -> None:
        self.set_class(self.size.width < NARROW, "-narrow")

    def reword(self) -> None:
        """Write the label and the hint (again)."""
        self._label.update(say("find.label"))
        # While the line has the focus, the prompt's frame shows its keys.
        self._keys.update("" if self.field.has_focus else say("find.into", key=self._key))

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _focus_moved(self) -> None:
        self.reword()
        self.post_message(self.FocusMoved())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    def show_count(self, number: int, total: int, *, is_done: bool) -> None:
        """Show the number of the current match and the number of matches."""
        if not self.field.value.strip():
            self._count.update("")
        elif total or not is_done:
            more = "" if is_done else "…"
            self._count.update(say("find.count", number=number, total=total) + more)
        else:
            self._count.update(Content.styled(say("find.nothing"), "$warning"))
