"""The line above the prompt where one types what is looked for in the conversation on the screen."""

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
"""Cells below which there is no room for the keys."""

_LEAVE = ("escape", "ctrl+c")

TAKEN = frozenset({"send", "newline", "ask_to_stop", "interrupt", "leave"})
"""Actions of the catalogue whose keys are this line's own while it has the focus."""


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
    """Says what is looked for, which hit is shown, and how many there are."""

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
        """Something else is looked for."""

        text: str

    @dataclass
    class Moved(Message):
        """To the next hit (1) or the previous one (-1)."""

        step: int

    class FocusMoved(Message):
        """What is typed next goes into the line, or does not any more."""

    class Left(Message):
        """The search is over."""

    def __init__(self, text: str, key: str) -> None:
        """`key` brings one into the line, as hints show it."""
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
        self.tell_all()

    def on_resize(self) -> None:
        self.set_class(self.size.width < NARROW, "-narrow")

    def tell_all(self) -> None:
        """Write its words (again)."""
        self._label.update(say("find.label"))
        # While one types here, the frame of the prompt says the keys.
        self._keys.update("" if self.field.has_focus else say("find.into", key=self._key))

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _focus_moved(self) -> None:
        self.tell_all()
        self.post_message(self.FocusMoved())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    def show_count(self, number: int, total: int, *, is_done: bool) -> None:
        """Say which hit is shown of how many."""
        if not self.field.value.strip():
            self._count.update("")
        elif total or not is_done:
            more = "" if is_done else "…"
            self._count.update(say("find.count", number=number, total=total) + more)
        else:
            self._count.update(Content.styled(say("find.nothing"), "$warning"))
