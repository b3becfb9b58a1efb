"""The app: creates the parts, and routes messages between the session, the widgets and the parts."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from time import monotonic, time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.theme import Theme

from elumenta_tui import i18n
from elumenta_tui.config.keychain import Keychain
from elumenta_tui.config.paths import own_themes, shipped_themes
from elumenta_tui.config.settings import Settings, StateFile, last_model
from elumenta_tui.i18n import say, spoken
from elumenta_tui.session import Account, Session, demo_account
from elumenta_tui.session.events import SessionEvent
from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.terminal.exit_request import ExitRequested
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.appearance import Appearance
from elumenta_tui.tui.catalogue import bindings
from elumenta_tui.tui.happened import SessionHappened, StoreHappened
from elumenta_tui.tui.listening import ListeningApp, use_keys_of
from elumenta_tui.tui.parts import Parts, Widgets
from elumenta_tui.tui.themes import Colours, Themes
from elumenta_tui.tui.widgets.balance_bar import BalanceBar
from elumenta_tui.tui.widgets.greeting import Greeting
from elumenta_tui.tui.widgets.notice import NoticeLine, Severity
from elumenta_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from elumenta_tui.config.options import Given
    from elumenta_tui.store.events import StoreEvent
    from elumenta_tui.tui.leaving import Leaving
    from elumenta_tui.tui.router import Router
    from elumenta_tui.tui.starting import Starting
    from elumenta_tui.tui.widgets.suggestions import Suggestion
    from elumenta_tui.tui.widgets.transcript import Transcript

WINDOW_TITLE = 80
"""Characters of a conversation's title in the window's title, at most."""

_COLOUR_SYSTEMS: dict[str, Colours] = {"256": "256", "standard": "16", "windows": "16"}
"""Rich's names of the colour systems with few colours, mapped to the names in theme files."""


def _demo() -> Account:
    """Return the demo account, which answers in the language of the interface."""
    return demo_account(language=i18n.language)


class ElumentaApp(ListeningApp):
    """A chat with any model of the account."""

    CSS_PATH = "app.tcss"
    TITLE = "elumenta-tui"
    BINDINGS: ClassVar[list[Any]] = bindings()
    AUTO_FOCUS = "#prompt"
    _has_theme = False
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall"), (30, "-airy")]

    def __init__(
        self,
        account: Account | None,
        settings: Settings,
        *,
        state_file: StateFile,
        config_path: Path,
        keychain: Keychain | None = None,
        warnings: Sequence[str] = (),
        given: Mapping[str, Given] = MappingProxyType({}),
        data: Path,
        model: str | None = None,
        resume: bool = False,
        clock: Callable[[], float] = monotonic,
        calendar: Callable[[], float] = time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        demo: Callable[[], Account] = _demo,
        colours: Colours | None = None,
        examine: Callable[[], Iterator[str]] = lambda: iter(()),
    ) -> None:
        """`examine`: yields what the doctor says of this app. `colours`: how many the terminal shows; None: as the environment says. (Over 60 lines: it puts all parts together.)"""
        self.config_path = config_path
        problems = use_keys_of(settings, config_path)
        # The style sheet needs the default theme's variables, and App.__init__ reads it.
        themes = Themes(shipped_themes(), own_themes(config_path))
        self.appearance = Appearance(
            themes,
            settings,
            state_file,
            self,
            show=self.show_theme,
            ask_background=self.ask_background,
            reword=self.reword_all,
            notify_user=self.notify_user,
        )
        super().__init__()
        self.rebind()
        themes.limit(colours or _COLOUR_SYSTEMS.get(self.console.color_system or "", "truecolor"))
        self._settings = settings
        self._resumes, self._state_file, self._warnings = resume, state_file, [*warnings, *problems]
        self.prompt = Prompt(id="prompt")
        self.session = Session(
            account,
            tasks=self,
            notify=self._pass_on,
            data=data,
            model=model or last_model(state_file, settings, demo=account is not None and account.demo),
            read_draft=lambda: self.parts.draft,
            read_chips=lambda: self.parts.chips,
            on_store_event=self._pass_on_from_store,
            resume=resume,
            keeps_model=model is not None,
            limits=settings.spending_limits(names_repeats=True),
            clock=clock,
            calendar=calendar,
            sleep=sleep,
        )
        self.greeting = Greeting(id="greeting", markup=False)
        self.notice = NoticeLine()
        self.bar = BalanceBar(id="bar")
        self.keychain = keychain or Keychain(settings, config_path)
        self.parts = Parts(
            self,
            self.session,
            Widgets(self.prompt, self.greeting, self.notice, self.bar),
            self.appearance,
            self.keychain,
            settings,
            state_file,
            model=model or "",
            given=given,
            data=data,
            demo=demo,
            examine=examine,
        )
        self.parts.chrome.awaits_conversation = resume
        self.prompt.suggestions.find = self._suggestions
        theme = self.appearance.current
        self.register_theme(theme)
        # Set before anything is styled: setting a theme later styles everything twice.
        self.set_reactive(App.theme, theme.name)
        self._has_theme = True
        self.stylesheet.set_variables(self.get_css_variables())

    def _suggestions(self, line: str) -> Sequence[Suggestion]:
        from elumenta_tui.tui.suggesting import suggestions

        return suggestions(self.parts, line)

    def get_css_variables(self) -> dict[str, str]:
        # Textual asks first when it has no other theme than one of its own.
        return super().get_css_variables() if self._has_theme else {}

    @property
    def transcript(self) -> Transcript:
        """Shows the conversation."""
        return self.parts.transcript

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the default theme's syntax colours, for themes that define none."""
        return self.appearance.default.variables

    # ------------------------------------------------------------------------------------------------------- the start

    def compose(self) -> ComposeResult:
        # The first frame has no answers, so the transcript is created after it.
        yield self.greeting
        # In a container of their own, so that changes of the transcript do not redraw these widgets.
        with Container(id="chrome"):
            yield self.notice
            yield self.prompt
            yield self.bar

    def on_mount(self) -> None:
        self.watch_for_failures()
        guarded = self.keychain.guard_file()
        warnings = [*self._warnings, *([spoken(guarded)] if guarded is not None else [])]
        if warnings := [*warnings, *self.appearance.complaints()]:
            self.notify_user("\n".join(warnings), "warning", lasting=True)
        self.prompt.limit_to(self.size.height)
        self.reword()
        self.appearance.ask_terminal()
        self.call_after_refresh(self._first_frame_is_there)

    def _first_frame_is_there(self) -> None:
        from elumenta_tui.terminal.daemon_executor import DaemonExecutor

        asyncio.get_running_loop().set_default_executor(DaemonExecutor())
        # Collection has been off since the start (see __main__). `Starting` turns it on.
        gc.freeze()
        self.parts.chrome.take_transcript(self.transcript)
        self.screen_stack[0].mount(self.transcript, before=self.greeting)
        self._starting.begin()

    @cached_property
    def _starting(self) -> Starting:
        from elumenta_tui.tui.starting import Starting

        return Starting(
            self.session,
            self,
            self.transcript,
            resumes=self._resumes,
            has_begun=self.parts.chrome.await_no_conversation,
            ask_for_key=lambda: self.parts.key_dialog.ask_for_key(),
            remember_start=self.parts.first_start.remember,
        )

    # -------------------------------------------------------------------------------------------------------- messages

    def _pass_on(self, event: SessionEvent) -> None:
        self.post_message(SessionHappened(event))

    def _pass_on_from_store(self, event: StoreEvent) -> None:
        # The loop may have ended: events of the store come from its thread.
        with suppress(RuntimeError):
            self.post_message(StoreHappened(event))

    @on(StoreHappened)
    def apply_store_event(self, message: StoreHappened) -> None:
        self.session.apply_store_event(message.event)

    @on(SessionHappened)
    def route(self, message: SessionHappened) -> None:
        self._router.route(message.event)

    @cached_property
    def _router(self) -> Router:
        from elumenta_tui.tui.router import Router

        return Router(self.parts, self, warm_up=self._starting.warm_up)

    # --------------------------------------------------------------------------------------------------------- showing

    def notify_user(
        self,
        text: str,
        severity: Severity = "information",
        *,
        lasting: bool = False,
        of_conversation: bool = False,
    ) -> None:
        """Show a notice in place of the one before. `text` is plain text, never markup. See `NotifyUser`."""
        self.notice.show(text, severity, lasting=lasting, of_conversation=of_conversation)
        if len(self.screen_stack) > 1:
            from elumenta_tui.tui.widgets.dialog import Dialog

            if isinstance(self.screen, Dialog):
                self.screen.show_notice(text, severity)

    def reword(self) -> None:
        """Rewrite all texts around the prompt."""
        self.parts.reword()

    def reword_all(self) -> None:
        """Rewrite all texts on the screen, after the language has changed."""
        self.notice.clear()
        self.reword()
        self.transcript.retell()

    def name_window(self, title: str) -> None:
        """Set the title of the terminal's window to the conversation's title, with a mark for its answer."""
        if isinstance(self.driver, TerminalDriver):
            self.driver.show_title(clean_line(self.parts.window_title(title), WINDOW_TITLE))

    def show_theme(self, theme: Theme) -> None:
        """Apply a theme to the whole app."""
        self.register_theme(theme)
        self.theme = theme.name

    # --------------------------------------------------------------------------------------------------------- the end

    def pause(self) -> None:
        """Ctrl+Z: suspend the program until `fg`. Undo instead if there is no shell to return to."""
        driver = self.driver
        if not isinstance(driver, TerminalDriver) or not driver.can_pause:
            self.parts.undo()
            return
        note = [say("notice.paused")]
        if self.session.current is not None:
            note.append(say("notice.paused_answer"))
        driver.pause(" ".join(note))

    @on(TerminalDriver.SuspendRequested)
    def pause_on_request(self) -> None:
        self.pause()

    @on(ExitRequested)
    def leave_on_request(self, message: ExitRequested) -> None:
        self.leave(message.code)

    def leave(self, code: int = 0, *, by: str = "quit", twice: bool = False) -> None:
        """End the program, or warn of what would be lost. See `Program`."""
        self.leaving.leave(code, by=by, twice=twice)

    @cached_property
    def leaving(self) -> Leaving:
        """Ends the program."""
        from elumenta_tui.tui.leaving import Leaving

        return Leaving(
            self.session,
            self.parts.armed,
            self.notify_user,
            hurry=lambda code: self.hurry(code),
            let_go=self.parts.forget_pictures,
            exit=lambda code: self.exit(code, return_code=code),
        )

    def end_saving(self) -> int:
        """Save everything and close the database. Returns the number of changes that were lost.

        Safe in any thread, at any time.
        """
        return self.session.close_store()

    def note_failure(self, error: Exception) -> None:
        """Write a report of an exception that no task handled, and notify the user of its path."""
        from elumenta_tui.process import crash

        with suppress(OSError):
            directory, says = self._state_file.path.parent, not self.session.has_temporary
            path = crash.save(error, directory, key=self.keychain.key, says_messages=says)
            self.notify_user(say("notice.inner_failure", path=str(path)), "warning")

    async def on_unmount(self) -> None:
        await self.session.close()
        await self._state_file.write()
