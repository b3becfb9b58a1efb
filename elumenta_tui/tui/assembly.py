"""Makes the parts of the app, each with what it needs and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from textual.driver import Driver
from textual.geometry import Size

from elumenta_tui.config.keychain import Keychain
from elumenta_tui.config.settings import Memory, Settings
from elumenta_tui.session import Account, Session, Tasks
from elumenta_tui.tui.appearance import Appearance
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.desk import Desk
from elumenta_tui.tui.dialogs import Dialogs
from elumenta_tui.tui.editing import Editing
from elumenta_tui.tui.exporting import Exporting
from elumenta_tui.tui.finding import Finding
from elumenta_tui.tui.key_dialog import KeyDialog
from elumenta_tui.tui.model_choice import ModelChoice
from elumenta_tui.tui.parts import Parts
from elumenta_tui.tui.ports import NotifyUser, Program, Screens, SetTimer
from elumenta_tui.tui.presses import Presses
from elumenta_tui.tui.recovering import Recovering
from elumenta_tui.tui.sending import Sending
from elumenta_tui.tui.shelf import Shelf
from elumenta_tui.tui.stopping import Armed, Stopping
from elumenta_tui.tui.suggesting import suggestions
from elumenta_tui.tui.widgets.balance_bar import BalanceBar
from elumenta_tui.tui.widgets.greeting import Greeting
from elumenta_tui.tui.widgets.notice import NoticeLine
from elumenta_tui.tui.widgets.prompt import Prompt
from elumenta_tui.tui.widgets.transcript import Transcript


class Host(Tasks, Screens, Program, Protocol):
    """What the app itself gives the parts: tasks, dialogs, timers, and the terminal."""

    @property
    def size(self) -> Size: ...

    @property
    def theme(self) -> str: ...

    @property
    def driver(self) -> Driver | None: ...

    @property
    def set_timer(self) -> SetTimer: ...

    @property
    def notify_user(self) -> NotifyUser: ...

    def write_to_terminal(self, sequence: str) -> None: ...

    def name_window(self, title: str) -> None: ...

    def action_perform(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Widgets:
    """The widgets of the chat."""

    prompt: Prompt
    transcript: Transcript
    greeting: Greeting
    notice: NoticeLine
    bar: BalanceBar


class Assembly:
    """The parts that the catalogue's actions use, and those that only show what the session tells."""

    def __init__(
        self,
        host: Host,
        session: Session,
        widgets: Widgets,
        appearance: Appearance,
        keychain: Keychain,
        settings: Settings,
        memory: Memory,
        *,
        model: str,
        data: Path,
        demo: Callable[[], Account],
    ) -> None:
        """
        Args:
            model: slug of the model that the user has named on the command line; empty if none was.
            data: directory of the stored conversations.
            demo: makes the demo account.
        """
        tell, prompt, transcript = host.notify_user, widgets.prompt, widgets.transcript
        self.session = session
        self.widgets = widgets
        self.notify_user = tell
        self.models = ModelChoice(
            session, settings, memory, appearance, tell, named=model, repriced=self._show_price
        )
        self.armed = Armed(host.set_timer, self._show_frame)
        self.presses = Presses(host.set_timer, tell, changed=self._show_frame, stop=session.stop)
        copying = Copying(session, transcript, host, tell, host.write_to_terminal)
        self.finding = Finding(session, host, prompt, transcript, tell)
        self.stopping = Stopping(
            session,
            settings,
            host,
            host,
            prompt,
            transcript,
            self.finding,
            copying,
            self.presses,
            self.armed,
            tell,
        )
        self.key_dialog = KeyDialog(
            session,
            keychain,
            settings,
            host,
            host,
            tell,
            demo=demo,
            switch_language=appearance.switch_language,
        )
        self.desk = Desk(
            session,
            host,
            prompt,
            transcript,
            widgets.greeting,
            widgets.bar,
            self.armed,
            is_stopping=lambda: self.presses.is_stopping,
            stop_keys=lambda: self.stopping.keys,
            width=lambda: host.size.width,
            name_window=host.name_window,
        )
        self.sending = Sending(
            session,
            prompt,
            transcript,
            self.desk,
            widgets.notice,
            copying,
            tell,
            perform=lambda action, argument: action.handler(self.parts, argument),
            ask_for_key=self.key_dialog.ask_for_key,
            stop_keys=lambda: self.stopping.keys,
        )
        self.shelf = Shelf(session, host, prompt, self.sending, self.finding, tell)
        self.dialogs = Dialogs(
            session,
            host,
            transcript,
            appearance,
            copying,
            tell,
            theme=lambda: host.theme,
            select_model=self.models.select,
            perform=host.action_perform,
            is_possible=lambda entry: entry.possible(self.parts),
        )
        self.parts = Parts(
            session=session,
            program=host,
            prompt=prompt,
            transcript=transcript,
            appearance=appearance,
            copying=copying,
            dialogs=self.dialogs,
            editing=Editing(prompt, host, tell, lambda: host.driver),
            exporting=Exporting(session, data, prompt, copying, host, tell),
            finding=self.finding,
            key_dialog=self.key_dialog,
            presses=self.presses,
            recovering=Recovering(session, transcript, tell, stop_keys=lambda: self.stopping.keys),
            sending=self.sending,
            shelf=self.shelf,
            stopping=self.stopping,
        )
        prompt.may_submit = self.shelf.may_submit
        prompt.suggestions.find = partial(suggestions, self.parts)

    def _show_frame(self) -> None:
        self.desk.show_frame()

    def _show_price(self) -> None:
        """The next request may cost something else, which the newest turn may name too."""
        self.desk.show_frame()
        if self.session.last is not None:
            self.widgets.transcript.touch(self.session.last)
