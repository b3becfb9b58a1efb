"""Hands the widgets' messages and the keys to the parts that handle them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.events import Event, Key, Paste, Resize

from elumenta_tui.i18n import say
from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.terminal.escape import BackgroundAnswer, EscapeSettled, EscapeUnsettled, GraphicsAnswer
from elumenta_tui.text.sanitize import clean
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.base import TerminalApp
from elumenta_tui.tui.catalogue import assign_keys, bindings, has_own_keys, replace_own_actions
from elumenta_tui.tui.parts import Parts
from elumenta_tui.tui.widgets.balance_bar import BalanceBar
from elumenta_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from elumenta_tui.config.settings import Settings
    from elumenta_tui.tui.widgets.find_line import FindLine
    from elumenta_tui.tui.widgets.transcript import Transcript


def use_keys_of(settings: Settings, config: Path) -> list[str]:
    """Give the actions the keys of the settings; returns what is wrong with them, in sentences. `config`: the file of the settings."""
    if not settings.has_own_keys and settings.keys_preset == "default":
        # As nearly always; what reads other keys is not loaded then.
        assign_keys({})
        replace_own_actions(())
        return []
    from elumenta_tui.tui.key_notes import named_at_start, use_keys

    return named_at_start(use_keys(settings, config))


class ListeningApp(TerminalApp):
    """An app that passes messages and keys to its parts."""

    parts: Parts
    config_path: Path
    """The file of the settings."""

    def use_keys(self, settings: Settings) -> list[str]:
        """Give the actions the keys of the settings while the app runs; returns what is wrong with them, in sentences."""
        problems = use_keys_of(settings, self.config_path)
        self.replace_bindings(bindings())
        return problems

    def rebind(self) -> None:
        """Bind the keys of the configuration, if it changes any."""
        if not has_own_keys():
            self.replace_bindings(bindings())

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key):
            if not event.is_forwarded:
                self.parts.presses.note(event)
                if self._reads_as_chord(event):
                    return
            self.parts.transcript.give_way()
            if not event.is_forwarded and self._acts_on(event):
                return
        elif isinstance(event, Paste):
            event.text = clean(event.text)
            if not event.is_forwarded:
                self.parts.presses.note_paste()
                if self.parts.offer_takes(event) or self.parts.types_on(event):
                    return
        await super().on_event(event)

    def _reads_as_chord(self, key: Key) -> bool:
        """Take the key of a chord; False if it is none. In a dialog, first give it the name that the dialog knows it by."""
        if not has_own_keys() and self.parts.chords.takes(key):
            return True
        if len(self.screen_stack) > 1:
            from elumenta_tui.tui.chords import read_in_dialog

            read_in_dialog(key, self)
        return False

    def _acts_on(self, key: Key) -> bool:
        """Act on what the block cursor is on, or type on over a comparison; False if the key belongs to what has the focus."""
        parts = self.parts
        if parts.offer_takes(key):
            return True
        is_at_prompt = len(self.screen_stack) == 1 and parts.prompt.has_focus
        if is_at_prompt:
            return "steering" in vars(parts) and parts.steering.takes(key)
        return parts.types_on(key)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "perform":
            entry = ACTIONS[str(parameters[0])]
            return entry.anywhere or (
                len(self.screen_stack) == 1
                and not self.parts.finding.takes(entry.name)
                and not self.parts.prompt.takes(entry.name, is_at_end=self.parts.transcript.following)
            )
        return super().check_action(action, parameters)

    def action_perform(self, name: str) -> None:
        """Run an action of the catalogue by its key."""
        ACTIONS[name].handler(self.parts, "")

    @on(Prompt.Submitted)
    def submit(self, event: Prompt.Submitted) -> None:
        if self.parts.is_revising:
            self.parts.revising.submit(event.text)
        else:
            self.parts.switching.submit(event)

    @on(Prompt.TooLong)
    def say_too_long(self, event: Prompt.TooLong) -> None:
        key = "notice.paste_line_too_long" if event.in_line else "notice.paste_too_long"
        text = say(key, n=event.length, limit=event.limit)
        self.parts.notify_user(text, "warning")

    @on(Prompt.Pasted)
    def offer_pasted(self, event: Prompt.Pasted) -> None:
        if not self.parts.is_revising:
            self.parts.attaching.offering.consider(event.text)

    @on(Prompt.Changed)
    def follow_typing(self) -> None:
        self.parts.session.draft_changed()
        if "steering" in vars(self.parts):
            self.parts.steering.typed()
        if "attaching" in vars(self.parts) or (
            not self.parts.is_revising and "@https://" in self.parts.prompt.text
        ):
            self.parts.attaching.offering.follow_typing()
        self.parts.chrome.show_suggestions()
        if self.parts.session.conversation.queued:
            self.parts.queueing.follow_typing()

    @on(Prompt.Suggested)
    def show_suggestions(self) -> None:
        self.parts.chrome.show_suggestions()

    @on(Prompt.ModelClicked)
    def choose_model(self) -> None:
        self.parts.dialogs.choose_model()

    @on(BalanceBar.HelpClicked)
    def show_help(self) -> None:
        self.parts.dialogs.show_help()

    # These widgets are imported after the first frame, so the handlers of their messages go by name.

    def on_transcript_ticked(self) -> None:
        # Together with the answer's footer, so that both show the same number of seconds.
        self.parts.chrome.show_frame()

    def on_transcript_cursor_moved(self) -> None:
        if self.parts.transcript.selected_blocks is not None:
            self.parts.block_selecting.cursor_moved()
        if "copying" in vars(self.parts):
            self.parts.copying.forget_table()
        self.parts.chrome.show_frame()

    def on_transcript_searched(self, event: Transcript.Searched) -> None:
        self.parts.finding.show_count(event)

    def on_transcript_link_clicked(self, event: Transcript.LinkClicked) -> None:
        self.parts.dialogs.ask_about_link(event.href)

    def on_find_line_typed(self, event: FindLine.Typed) -> None:
        self.parts.finding.look_for(event.text, is_expression=event.is_expression)

    def on_find_line_moved(self, event: FindLine.Moved) -> None:
        self.parts.finding.move(event.step)

    def on_find_line_focus_moved(self) -> None:
        self.parts.chrome.show_frame()

    def on_find_line_left(self, event: FindLine.Left) -> None:
        self.parts.finding.close(returns=not event.stays)
        self.parts.chrome.show_frame()

    def on_text_selected(self) -> None:
        # Textual posts this whenever a mouse button is released, wherever that happens.
        self.parts.transcript.let_go()

    def on_resize(self, event: Resize) -> None:
        self.parts.widgets.prompt.limit_to(event.size.height)
        # The new size is known only after this handler has returned.
        self.call_after_refresh(self.parts.chrome.show_suggestions)
        self.call_after_refresh(self.parts.chrome.show_frame)
        if "queueing" in vars(self.parts):
            self.call_after_refresh(self.parts.queueing.refresh)

    def watch_app_focus(self, focus: bool) -> None:
        """Textual's: the terminal has got the focus, by its own word or by a key, or lost it."""
        if not focus:
            return
        self.parts.appearance.ask_terminal()
        if "alerting" in vars(self.parts):
            self.parts.alerting.seen()

    @on(EscapeUnsettled)
    def expect_unsettled_escape(self) -> None:
        self.parts.presses.expect_unsettled()

    @on(GraphicsAnswer)
    def apply_graphics_answer(self, message: GraphicsAnswer) -> None:
        if "pictures" in vars(self.parts):
            self.parts.pictures.apply_answer(message.text)

    @on(BackgroundAnswer)
    def apply_background(self, message: BackgroundAnswer) -> None:
        self.parts.appearance.apply_background(message.text)

    @on(TerminalDriver.Resumed)
    def send_pictures_again(self) -> None:
        self.parts.appearance.ask_terminal()
        if "pictures" in vars(self.parts):
            self.parts.pictures.send_again()

    @on(EscapeSettled)
    def settle_escape(self, message: EscapeSettled) -> None:
        self.parts.stopping.settle_escape(was_meant=message.was_meant)
