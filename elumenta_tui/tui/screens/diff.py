"""The difference of two answers, word by word."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean
from elumenta_tui.text.words import LIMIT, Kind, WordDiff, word_diff
from elumenta_tui.tui.widgets.key_hints import frame_room, key_line
from elumenta_tui.tui.widgets.sheet_dialog import SheetDialog

_STYLES: dict[Kind, str] = {"both": "$foreground", "first": "$error strike", "second": "$success underline"}


class Named(NamedTuple):
    """A text and the name of who wrote it."""

    text: str
    name: str


class DiffScreen(SheetDialog[None]):
    """Shows two texts as one: what only the first has is struck out, what only the second has is underlined."""

    AUTO_FOCUS = "#sheet"
    BINDINGS = [
        Binding("escape,enter,d,D,в,В,ctrl+c", "leave", show=False, priority=True),
        Binding("left", "other(-1)", show=False, priority=True),
        Binding("right,tab", "other(1)", show=False, priority=True),
    ]

    def __init__(self, first: Named, others: Sequence[Named], place: int = 0) -> None:
        """`others` are the texts to compare the first one with, and `place` is the index of the one to begin with."""
        super().__init__(classes="help -diff")
        self._first, self._others, self._place = first, others, place
        self._text = Static(say("compare.diff.counting"), markup=False)
        self._sheet = VerticalScroll(self._text, id="sheet")
        self._dialog = Vertical(id="dialog")

    def compose(self) -> ComposeResult:
        with self._dialog:
            yield self._sheet

    def on_mount(self) -> None:
        self._begin()

    def on_resize(self) -> None:
        several = [say("compare.diff.keys"), say("compare.diff.keys_short")]
        hints = several if len(self._others) > 1 else [say("compare.diff.keys_of_two")]
        self._dialog.border_subtitle = key_line(hints, frame_room(self.size.width))

    def action_other(self, step: int) -> None:
        """Compare with the next of the other texts, or the previous one."""
        if len(self._others) > 1:
            self._place = (self._place + step) % len(self._others)
            self._begin()

    def _begin(self) -> None:
        self._dialog.border_title = Content.assemble(
            (f"− {self._first.name}", "bold $error"),
            ("  ", ""),
            (f"+ {self._others[self._place].name}", "bold $success"),
        )
        self._text.update(say("compare.diff.counting"))
        self.start(self._compare, exclusive=True)

    async def _compare(self) -> None:
        texts = clean(self._first.text), clean(self._others[self._place].text)
        # In a thread: keys and answers that are coming go on meanwhile.
        self._show(await asyncio.to_thread(word_diff, *texts))

    def _show(self, diff: WordDiff) -> None:
        # Rounded down: 100 % is said of equal texts only.
        head = [(say("compare.diff.alike", n=int(100 * diff.alike)), "$muted")]
        if diff.is_cut:
            head.append((f" {say('compare.diff.cut', n=LIMIT)}", "$warning"))
        parts = [(text, _STYLES[kind]) for kind, text in diff.parts]
        self._text.update(Content.assemble(*head, "\n\n", *parts))
