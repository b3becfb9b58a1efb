"""Asks whether a model shall merge answers: shows all that would be sent, what it costs and what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from elumenta_tui.chat.ledger import Ledger
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.request import Request
from elumenta_tui.i18n import knows, say
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.widgets.frame import cost_note
from elumenta_tui.tui.widgets.key_hints import frame_room, key_line
from elumenta_tui.tui.widgets.sheet_dialog import SheetDialog

SHOWN = 20_000
"""Characters of one message that are laid out. Of a longer one, the number of the others is said."""


class MergeScreen(SheetDialog[Model | None]):
    """Enter sends the request to the model that is named; the arrows choose another one."""

    AUTO_FOCUS = "#sheet"
    BINDINGS = [
        Binding("enter", "send", show=False, priority=True),
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
        Binding("left,shift+tab", "choose(-1)", show=False, priority=True),
        Binding("right,tab", "choose(1)", show=False, priority=True),
    ]

    def __init__(
        self,
        models: Sequence[Model],
        request_to: Callable[[Model], Request],
        ledger: Ledger,
        warnings: Sequence[str] = (),
    ) -> None:
        """`warnings`: sentences about answers that are incomplete or left out."""
        super().__init__(classes="help -merge")
        self._warnings = warnings
        self._models = models
        self._place = 0
        self._request = request_to(models[0])
        self._ledger = ledger
        self._foot = Static(id="price", markup=False)
        self._sheet = VerticalScroll(Static(self._messages(), markup=False), id="sheet")

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(say("compare.merge.title"))
            yield self._sheet
            yield self._foot

    def on_mount(self) -> None:
        self._show_price()

    def on_resize(self) -> None:
        texts = [say("compare.merge.keys"), say("compare.merge.keys_short")]
        self.query_one("#dialog").border_subtitle = key_line(texts, frame_room(self.app.size.width))

    def _messages(self) -> Content:
        parts: list[Content | str] = []
        for message in self._request.messages:
            role = f"compare.role.{message.role}"
            text = clean(message.text)
            parts.append(Content.styled(say(role) if knows(role) else message.role, "bold $accent"))
            parts.append(Content(f"\n{text[:SHOWN]}"))
            if len(text) > SHOWN:
                parts.append(
                    Content.styled(f"… {say('turn.more_characters', n=len(text) - SHOWN)}", "$muted")
                )
            parts.append("\n\n")
        return Content.assemble(*parts)

    def _show_price(self) -> None:
        model = self._models[self._place]
        name = (clean_line(model.name, 40), "bold $primary")
        note = cost_note(model, self._ledger, hint("send"))
        warnings = [Content.styled(f"{text}\n", "$warning") for text in self._warnings]
        self._foot.update(Content.assemble(*warnings, note, " · ", name))

    def action_choose(self, step: int) -> None:
        """Name the next model."""
        self._place = (self._place + step) % len(self._models)
        self._show_price()

    def action_send(self) -> None:
        self.dismiss(self._models[self._place])
