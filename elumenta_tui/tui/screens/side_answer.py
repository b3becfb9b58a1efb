"""The answer to a side question, in a panel over the chat."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.i18n.answers import answering_model
from elumenta_tui.tui.widgets.dialog import type_again
from elumenta_tui.tui.widgets.frame import price_words
from elumenta_tui.tui.widgets.key_hints import SHORT, frame_room, key_line
from elumenta_tui.tui.widgets.transcript import Transcript
from elumenta_tui.tui.widgets.transcript_dialog import TranscriptDialog

KEEP, EDIT = "keep", "edit"
"""Results of the screen; None if the answer is dropped."""

LEAST = 7
"""Rows of the panel, at least."""

SHARE = 0.6
"""Share of the screen's rows that the panel takes, at most. Below it, the end of the chat stays in view."""

ROOMY = 76
"""Columns from which on the frame has room for whole sentences."""


class SideAnswerScreen(TranscriptDialog[str]):
    """Shows a side answer while it streams and afterwards.

    Typed letters and pastes belong to the next prompt, and go into the prompt box.
    """

    AUTO_FOCUS = ""
    BINDINGS = [
        Binding("enter", "keep", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
        Binding("ctrl+c", "copy_or_leave", show=False, priority=True),
        Binding("f8", "edit", show=False, priority=True),
        Binding("ctrl+y", "copy", show=False, priority=True),
        Binding("ctrl+g", "recover", show=False, priority=True),
        Binding("up,ctrl+up", "scroll(-1)", show=False, priority=True),
        Binding("down,ctrl+down", "scroll(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("home,ctrl+home", "start", show=False, priority=True),
        Binding("end,ctrl+end", "end", show=False, priority=True),
        Binding("alt+up", "cursor(-1)", show=False, priority=True),
        Binding("alt+down", "cursor(1)", show=False, priority=True),
    ]

    def __init__(
        self,
        answer: Answer,
        transcript: Transcript,
        *,
        if_meant: Callable[[Callable[[], None]], None],
        unless_held: Callable[[Callable[[], None]], None],
        type_on: Callable[[events.Key | events.Paste], object],
        copy: Callable[[str], None],
        recover: Callable[[], None],
        refuse_to_keep: Callable[[], None],
    ) -> None:
        """
        Args:
            transcript: shows the answer, and nothing else.
            if_meant: runs an action of Esc once it is certain that Esc was meant.
            unless_held: runs an action unless its key is the one that sent the question, still held down.
            type_on: types a key or a paste into the prompt box.
            copy: copies a text.
            recover: looks for the whole answer in the service's history, if there may be one.
            refuse_to_keep: notifies the user why there is nothing to keep, or not yet.
        """
        super().__init__(classes="aside")
        self.answer = answer
        self._transcript = transcript
        self._dialog = Vertical(id="dialog")
        self._if_meant = if_meant
        self._unless_held = unless_held
        self._type_on = type_on
        self._copy = copy
        self._recover = recover
        self._refuse_to_keep = refuse_to_keep

    @property
    def transcript(self) -> Transcript:
        return self._transcript

    def copy(self, text: str) -> None:
        self._copy(text)

    def compose(self) -> ComposeResult:
        with self._dialog:
            self._dialog.styles.height = LEAST
            yield self._transcript

    def on_mount(self) -> None:
        self._transcript.show([self.answer])
        self._write_frame()

    def on_resize(self) -> None:
        self._write_frame()
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Make the panel as high as its text, within limits. It never shrinks, so that it does not jump."""
        rows, dialog = self.app.size.height, self._dialog
        wanted = min(
            int(rows * SHARE), max(LEAST, dialog.size.height, self._transcript.virtual_size.height) + 2
        )
        height = rows if rows < SHORT else wanted
        if height != dialog.outer_size.height:
            dialog.styles.height = height

    def on_text_selected(self) -> None:
        self._transcript.let_go()

    def refresh_answer(self) -> None:
        """Show what has changed of the answer: its text, its state or its cost."""
        self._transcript.mark_changed(self.answer)
        self._write_frame()
        self._fit()

    def _write_frame(self) -> None:
        is_roomy = self.app.size.width >= ROOMY
        answer = self.answer
        if not answer.over:
            cost = price_words(answer.model)
        elif answer.charge.amount is not None:
            cost = say("aside.cost", n=answer.charge.amount)
        else:
            cost = say("aside.cost_unknown")
        facts = [*([say("aside.title")] if is_roomy else []), answering_model(answer), cost]
        state = "running" if not answer.over else "over" if answer.has_text else "failed"
        self._dialog.border_title = Content(" · ".join(facts))
        keys = [say(f"aside.keys.{state}"), say(f"aside.keys_short.{state}")]
        self._dialog.border_subtitle = key_line(keys, frame_room(self.app.size.width))

    # ------------------------------------------------------------------------------------------------------------ keys

    def on_key(self, event: events.Key) -> None:
        if self.is_left:
            type_again(self, event)
        elif event.is_printable or event.key == "backspace":
            event.stop()
            self._type_on(events.Key(event.key, event.character))

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._type_on(events.Paste(event.text))

    def action_keep(self) -> None:
        self._unless_held(lambda: self._unless_left(self._keep))

    def _keep(self) -> None:
        if self.answer.over and self.answer.has_text:
            self.dismiss(KEEP)
        else:
            self._refuse_to_keep()

    def action_edit(self) -> None:
        self.dismiss(EDIT)

    def action_leave(self) -> None:
        self._if_meant(lambda: self._unless_left(super(SideAnswerScreen, self).action_leave))

    def action_copy(self) -> None:
        """Copy the block under the cursor, else the answer."""
        if text := self._transcript.cursor.text or self.answer.text:
            self.copy(text)

    def action_recover(self) -> None:
        self._recover()

    def action_cursor(self, step: int) -> None:
        """Move the block cursor, whose block the copy key copies."""
        self._transcript.cursor.move(step)
