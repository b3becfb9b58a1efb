"""The dialog of the queue: all queued prompts of the conversation, to edit, remove, move, and send."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from elumenta_tui.chat.queue import QueuedPrompt
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.key_hints import KeyHints
from elumenta_tui.tui.widgets.list_dialog import ListDialog
from elumenta_tui.tui.widgets.row_list import RowList


class QueueScreen(ListDialog[None, QueuedPrompt]):
    """Acts at once on what is highlighted, and closes when its keys have emptied the queue.

    Args:
        queued: returns the queued prompts, the next one first.
        describe: returns what happens to the queue, and the style of that text.
        facts: returns the model of a prompt and its price, for a screen of that many columns.
        edit: puts a prompt back into the prompt box.
        remove: takes a prompt out of the queue.
        move: moves a prompt by that many places.
        send: ends the wait of the queue. Returns whether anything was sent or refused: then the dialog closes.
        follows: returns whether the queue already waits for an answer that is coming, so that there is nothing to send now.
    """

    AUTO_FOCUS = ""
    BINDINGS = [
        Binding("alt+up,minus", "move(-1)", show=False, priority=True),
        Binding("alt+down,plus", "move(1)", show=False, priority=True),
        Binding("enter,e,у", "edit", show=False, priority=True),
        Binding("d,в,delete,f8", "remove", show=False, priority=True),
        Binding("s,ы", "send", show=False, priority=True),
        Binding("escape,q,й,alt+q,f10,ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(
        self,
        queued: Callable[[], Sequence[QueuedPrompt]],
        *,
        describe: Callable[[], tuple[str, str]],
        facts: Callable[[QueuedPrompt, int], str],
        edit: Callable[[QueuedPrompt], object],
        remove: Callable[[QueuedPrompt], object],
        move: Callable[[QueuedPrompt, int], object],
        send: Callable[[], bool],
        follows: Callable[[], bool],
    ) -> None:
        super().__init__(classes="picker")
        self._queued = queued
        self._describe, self._facts = describe, facts
        self._edit, self._remove, self._move, self._send = edit, remove, move, send
        self._follows = follows
        self.rows = RowList(self._row, id="choices")
        self._state = Static(id="header", markup=False)
        self._keys = KeyHints()

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(say("queue.title"))
            yield self._state
            yield self.rows
            yield self._keys

    def on_mount(self) -> None:
        self.refill()

    def refill(self) -> None:
        """Show the queue as it is now. The highlight stays on its prompt, or on its place.

        It stays open if the last prompt was sent meanwhile: the Esc that is meant for it would stop that prompt's answer.
        """
        was, place = self.rows.item, self.rows.highlighted
        items = list(self._queued())
        if not items:
            self._state.update(Content.styled(say("queue.all_sent"), "$accent"))
            self._keys.update(say("queue.footnote_empty"))
            self.show_all([], 0)
            return
        text, style = self._describe()
        self._state.update(Content.styled(text, style))
        self._state.styles.height = "auto"
        self._keys.update(say("queue.footnote_following" if self._follows() else "queue.footnote"))
        self.show_all(items, items.index(was) if was in items else place)

    def _row(self, item: QueuedPrompt, width: int) -> Content:
        head = Content.styled(f"{self.rows.items.index(item) + 1:>2}  ", "$muted")
        end = Content.styled(f"  {self._facts(item, self.size.width)}", "$muted").truncate(
            width // 2, ellipsis=True
        )
        room = max(4, width - head.cell_length - end.cell_length)
        return Content.assemble(head, first_line(item.text).truncate(room, ellipsis=True, pad=True), end)

    # ----------------------------------------------------------------------------------------------------------- keys

    def action_move(self, places: int) -> None:
        if not self.is_left and (item := self.rows.item) is not None:
            self._move(item, places)
            self.refill()

    @on(RowList.Chosen)
    def action_edit(self) -> None:
        if not self.is_left and (item := self.rows.item) is not None:
            self._edit(item)
            self.dismiss()

    def action_remove(self) -> None:
        if not self.is_left and (item := self.rows.item) is not None:
            self._remove(item)
            if self._queued():
                self.refill()
            else:
                self.dismiss()

    def action_send(self) -> None:
        # Closed without having sent anything, it would leave its Esc to the chat, where that stops the answer.
        if not self.is_left and self._queued() and self._send():
            self.dismiss()


def first_line(text: str) -> Content:
    """Return the first line of a prompt that has any text, and the number of its other lines."""
    lines = [line for line in text.splitlines() if line.strip()]
    first = Content(clean_line(lines[0], 400) if lines else "")
    if len(lines) < 2:
        return first
    more = say("history.more", n=len(lines) - 1)
    return Content.assemble(first, (f"  {more}", "$muted"))
