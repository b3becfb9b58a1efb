"""The difference of two answers, word by word."""

from __future__ import annotations

import asyncio

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean
from elumenta_tui.text.words import LIMIT, Kind, WordDiff, word_diff
from elumenta_tui.tui.widgets.key_hints import key_words
from elumenta_tui.tui.widgets.sheet_dialog import SheetDialog

_STYLES: dict[Kind, str] = {"both": "$foreground", "first": "$error strike", "second": "$success underline"}


class DiffScreen(SheetDialog[None]):
    """Shows two texts as one: what only the first has is struck out, what only the second has is underlined."""

    AUTO_FOCUS = "#sheet"
    BINDINGS = [
        Binding("escape,enter,d,в,ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(self, texts: tuple[str, str], names: tuple[str, str]) -> None:
        super().__init__(classes="help -diff")
        self._texts = texts
        self._names = names
        self._text = Static(say("compare.diff.counting"), markup=False)
        self._sheet = VerticalScroll(self._text, id="sheet")

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            first, second = self._names
            dialog.border_title = Content.assemble(
                (f"− {first}", "bold $error"), ("  ", ""), (f"+ {second}", "bold $success")
            )
            dialog.border_subtitle = key_words(say("compare.diff.keys"))
            yield self._sheet

    def on_mount(self) -> None:
        self.start(self._compare)

    async def _compare(self) -> None:
        # In a thread: keys and answers that are coming go on meanwhile.
        self._show(await asyncio.to_thread(word_diff, *map(clean, self._texts)))

    def _show(self, diff: WordDiff) -> None:
        # Rounded down: 100 % is said of equal texts only.
        head = [(say("compare.diff.alike", n=int(100 * diff.alike)), "$muted")]
        if diff.is_cut:
            head.append((f" {say('compare.diff.cut', n=LIMIT)}", "$warning"))
        parts = [(text, _STYLES[kind]) for kind, text in diff.parts]
        self._text.update(Content.assemble(*head, "\n\n", *parts))
