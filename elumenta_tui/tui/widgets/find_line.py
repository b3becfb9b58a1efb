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
from elumenta_tui.tui.catalogue import keys_that_stop
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
_LETTERS = {"n": 1, "N": -1, "т": 1, "Т": -1}
"""Letters that move once Enter has ended the typing, also in a Russian layout."""
NARROW = 60
"""Cells below which the keys are not shown and the count is short."""

TAKEN = frozenset({"send", "newline", "ask_to_stop", "interrupt", "leave", "prompts"})
"""Actions of the catalogue whose keys this line handles itself while it has the focus."""

OWN_KEYS = frozenset({*_MOVES, "escape", "ctrl+r"})
"""Keys that it handles, whatever action has them."""


class _Field(Field):
    is_walking = False
    """True after Enter, until the text is edited again: letters move to other hits."""

    async def _on_key(self, event: events.Key) -> None:
        letter = _LETTERS.get(event.character or "") if self.is_walking else None
        if letter is not None:
            self.post_message(FindLine.Moved(letter))
        elif event.key in _MOVES:
            if event.key == "enter" and self.value:
                # At once: the next letter may be in the same read.
                self.is_walking = True
                self.post_message(FindLine.Walked())
            self.post_message(FindLine.Moved(_MOVES[event.key]))
        elif event.key == "escape" or event.key in keys_that_stop():
            self.post_message(FindLine.Left())
        elif event.key == "tab":
            self.post_message(FindLine.Left(stays=True))
        elif event.key == "ctrl+r":
            self.post_message(FindLine.Switched())
        else:
            if self.is_walking:
                self.is_walking = False
                self.post_message(FindLine.Edited())
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()


class FindLine(Horizontal):
    """Shows the search text, the number of the current match, and the number of matches."""

    DEFAULT_CSS = """
    FindLine { height: 1; padding: 0 1; background: $background; }
    FindLine Static { width: auto; height: 1; color: $muted; }
    FindLine #find-label { color: $foreground; margin: 0 1 0 0; }
    FindLine #find-count { margin: 0 0 0 2; color: $foreground; }
    FindLine #find-mode { margin: 0 0 0 1; }
    FindLine.-expression #find-mode { color: $accent; text-style: bold reverse; }
    FindLine.-walking .input--cursor { background: $surface; color: $foreground; text-style: none; }
    FindLine #find-keys { margin: 0 0 0 2; }
    FindLine Input { width: 1fr; min-width: 8; height: 1; border: none; padding: 0; background: $surface; }
    FindLine.-narrow #find-keys { display: none; }
    """

    @dataclass
    class Typed(Message):
        """The search text changed, or whether it is a regular expression."""

        text: str
        is_expression: bool = False

    @dataclass
    class Moved(Message):
        """Go to the next match (1) or the previous one (-1)."""

        step: int

    class FocusMoved(Message):
        """The line got or lost the focus, or Enter has ended the typing."""

    @dataclass
    class Left(Message):
        """The user closed the search."""

        stays: bool = False
        """True if the view stays at the hit."""

    class Walked(Message):
        """Enter has ended the typing."""

    class Edited(Message):
        """The text is edited again."""

    class Switched(Message):
        """The key for regular expressions was pressed."""

    def __init__(self, text: str, key: str, *, is_expression: bool = False) -> None:
        """`key` focuses the line; hints show it in this form. `is_expression`: the text is a regular expression."""
        super().__init__(id="find")
        self._is_expression = is_expression
        self._shown = (0, 0, True)
        self._is_loose = False
        self._others = 0
        self._problem = ""
        self.field = _Field(clean_line(text), select_on_focus=True, compact=True, id="find-field")
        self._key = key
        self._count = Static("", id="find-count", markup=False)
        self._keys = Static("", id="find-keys", markup=False)
        self._label = Static("", id="find-label", markup=False)
        self._mode = Static(".*", id="find-mode", markup=False)
        self.set_class(is_expression, "-expression")

    def compose(self) -> ComposeResult:
        yield self._label
        yield self.field
        yield self._mode
        yield self._count
        yield self._keys

    def on_mount(self) -> None:
        self.reword()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < NARROW, "-narrow")
        self._show()

    def reword(self) -> None:
        """Write the label and the hint (again)."""
        self._label.update(say("find.label"))
        # While the line has the focus, the prompt's frame shows its keys.
        self._keys.update("" if self.field.has_focus else say("find.into", key=self._key))
        self._show()

    # ------------------------------------------------------------------------------------------------------------ modes

    @property
    def is_expression(self) -> bool:
        """True if the text is a regular expression."""
        return self._is_expression

    @is_expression.setter
    def is_expression(self, is_expression: bool) -> None:
        self._is_expression = is_expression
        self.set_class(is_expression, "-expression")

    @property
    def is_walking(self) -> bool:
        """True after Enter, until the text is edited again."""
        return self.field.is_walking

    def edit(self) -> None:
        """Have letters typed into the line, in place of its text."""
        self._walk(is_walking=False)
        self.field.select_all()

    def _walk(self, *, is_walking: bool) -> None:
        self.field.is_walking = is_walking
        self.set_class(is_walking, "-walking")
        self.post_message(self.FocusMoved())

    @on(Walked)
    def _start_walking(self, event: Walked) -> None:
        event.stop()
        self._walk(is_walking=True)

    @on(Edited)
    def _start_typing(self, event: Edited) -> None:
        event.stop()
        self._walk(is_walking=False)

    @on(Switched)
    def _switch(self, event: Switched) -> None:
        event.stop()
        self.is_expression = not self.is_expression
        self.post_message(self.Typed(self.field.value, self.is_expression))

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _focus_moved(self) -> None:
        self.reword()
        self.post_message(self.FocusMoved())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_walking:
            self._walk(is_walking=False)
        self.post_message(self.Typed(event.value, self.is_expression))

    # ------------------------------------------------------------------------------------------------------------ count

    def show_count(self, number: int, total: int, *, is_done: bool, is_loose: bool = False) -> None:
        """Show the number of the current match and the number of matches. `is_loose`: of single words, as the phrase is nowhere."""
        self._is_loose = is_loose
        self._shown, self._problem = (number, total, is_done), ""
        self._show()

    def show_others(self, count: int) -> None:
        """Show how many matches other versions have."""
        self._others = count
        self._show()

    def show_problem(self, text: str) -> None:
        """Show why there is no search, until the next count."""
        self._problem = text
        self._show()

    def _show(self) -> None:
        number, total, is_done = self._shown
        is_narrow = self.has_class("-narrow")
        if self._problem:
            self._count.update(Content.styled(self._problem, "$warning"))
        elif not self.field.value.strip():
            self._count.update("")
        else:
            others = ""
            if self._others:
                others = f" +{self._others}" if is_narrow else f" · {say('find.others', n=self._others)}"
            if total or not is_done:
                is_short = is_narrow and others
                count = f"{number}/{total}" if is_short else say("find.count", number=number, total=total)
                count += "" if is_done else "…"
                if self._is_loose:
                    count = f"≈{count}" if is_narrow else say("find.loose", count=count)
                self._count.update(count + others)
            else:
                nothing = "0" if is_narrow and others else say("find.nothing")
                self._count.update(Content.assemble((nothing, "$warning"), others))
