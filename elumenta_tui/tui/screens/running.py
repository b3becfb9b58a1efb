"""The list of running answers: where each is coming, how far it is, and a key that stops one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.i18n.answers import state_word
from elumenta_tui.session.guardrails import Hold
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.key_hints import KeyHints
from elumenta_tui.tui.widgets.list_dialog import ListDialog
from elumenta_tui.tui.widgets.row_list import RowList

LOOK_EVERY = 0.5
"""Seconds between two looks at the answers while the list is open."""

ROOM_FOR_MODEL = 70
"""Cells of a row from which on it names the model."""

MODEL_CELLS = 18
"""Cells of a model's name, at most."""


class Running(NamedTuple):
    """An answer in the list, or the last one before a queue that waits."""

    answer: Answer
    conversation: Conversation
    is_here: bool
    """True if its conversation is on the screen."""
    is_beside: bool = False
    """True if it is on another version of that conversation, so that it is not on the screen."""
    hold: Hold | None = None
    """The reason why the queue behind it waits."""


class RunningScreen(ListDialog[Running | None, Running]):
    """Dismissed with the answer whose conversation is to be opened. It is live while it is open.

    Args:
        entries: returns the answers to list.
        now: returns seconds of the clock of `Answer.asked_at`.
        stop: stops a running answer.
    """

    AUTO_FOCUS = ""
    BINDINGS = [
        Binding("enter", "choose", show=False, priority=True),
        Binding("s,ы,f8", "stop", show=False, priority=True),
        Binding("escape,q,й,alt+w,ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(
        self,
        entries: Callable[[], Sequence[Running]],
        *,
        now: Callable[[], float],
        stop: Callable[[Running], object],
    ) -> None:
        super().__init__(classes="picker")
        self._entries = entries
        self._now = now
        self._stop = stop
        self.rows = RowList(self._row, id="choices")

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(say("running.title"))
            yield self.rows
            yield KeyHints(say("running.footnote"))

    def on_mount(self) -> None:
        self.look()
        self.set_interval(LOOK_EVERY, self.look)

    def look(self) -> None:
        """Show the answers as they are now. Those that have ended since the list was opened stay in it."""
        if self.is_left:
            return
        found = {entry.answer: entry for entry in self._entries()}
        listed = [found.pop(entry.answer, entry) for entry in self.rows.items]
        self.show_all([*listed, *found.values()], self.rows.highlighted)

    def _row(self, item: Running, width: int) -> Content:
        answer = item.answer
        state = Content.styled(state_of(answer, self._now()), _style(answer))
        queued = len(item.conversation.queued)
        if queued and answer.over and item.hold is not None:
            why = f"{say('running.queued', n=queued)}: {say(f'queue.why.{item.hold.value}')}"
            state = Content.styled(why, "$warning")
        elif queued and not answer.over:
            state = Content.assemble(state, (f" · {say('running.queued', n=queued)}", "$muted"))
        is_wide = width >= ROOM_FOR_MODEL
        state = state.truncate(width // 2 if is_wide else max(10, width * 3 // 5), ellipsis=True, pad=is_wide)
        cells = [Content("  "), state]
        if is_wide:
            model = Content.styled(f"  {clean_line(answer.model.name, MODEL_CELLS)}", "$muted")
            cells.insert(0, model.truncate(MODEL_CELLS + 2, ellipsis=True, pad=True))
        mark = _mark(item)
        room = max(6, width - mark.cell_length - sum(cell.cell_length for cell in cells))
        name = clean_line(item.conversation.title) or say("list.untitled")
        title = Content(say("running.beside", prompt=clean_line(answer.prompt)) if item.is_beside else name)
        return Content.assemble(mark, title.truncate(room, ellipsis=True, pad=True), *cells)

    # ----------------------------------------------------------------------------------------------------------- keys

    @on(RowList.Chosen)
    def action_choose(self) -> None:
        self.dismiss(self.rows.item)

    def action_stop(self) -> None:
        if not self.is_left and (item := self.rows.item) is not None:
            self._stop(item)
            self.look()


def _mark(item: Running) -> Content:
    if item.is_here and not item.is_beside:
        return Content.styled("▸ ", "bold $success")
    return Content.styled("● " if item.answer.over else "… ", "bold $accent")


def _style(answer: Answer) -> str:
    if answer.over:
        return "$success" if answer.failure is None else "$error"
    return "$warning" if answer.retry_wait is not None else "$accent"


def state_of(answer: Answer, now: float) -> str:
    """Say how far an answer is. `now` is in seconds of the clock of `Answer.asked_at`."""
    seconds = max(0, int((answer.ended_at if answer.ended_at is not None else now) - answer.asked_at))
    if answer.retry_wait is not None and not answer.over:
        return say("running.retry", n=answer.retry_wait.seconds(now))
    if not answer.over and not answer.has_text:
        return say("running.waiting", n=seconds)
    words = say("running.words", n=len(answer.text.split()))
    state = state_word(answer) if answer.over else say("running.streaming")
    return say("running.state", state=state, words=words, seconds=seconds)
