"""The app: puts the parts together, and routes messages between the session, the widgets and the parts."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.events import Event, Key, Paste, Resize
from textual.message import Message
from textual.theme import Theme

from elumenta_tui import i18n
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import Turn
from elumenta_tui.config.keychain import Keychain
from elumenta_tui.config.settings import Memory, Settings
from elumenta_tui.i18n import say
from elumenta_tui.session import Account, Session, demo_account
from elumenta_tui.session.news import (
    AccountChanged,
    AccountSwitched,
    CannotSave,
    ConversationShown,
    CrashFound,
    KeyRefused,
    News,
    OpenFailed,
    PromptsRead,
    Renamed,
    SavedAgain,
    TurnChanged,
    TurnCompleted,
    TurnEnded,
    WaitChanged,
)
from elumenta_tui.terminal.daemon_executor import DaemonExecutor
from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.terminal.escape import EscapeSettled, EscapeUnsettled
from elumenta_tui.terminal.exit_request import ExitRequested
from elumenta_tui.terminal.textual_internals import driver_of
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.appearance import Appearance
from elumenta_tui.tui.base import TerminalApp
from elumenta_tui.tui.catalogue import Command, bindings, hint
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.desk import Desk
from elumenta_tui.tui.dialogs import Dialogs
from elumenta_tui.tui.editing import Editing
from elumenta_tui.tui.exporting import Exporting
from elumenta_tui.tui.finding import Finding
from elumenta_tui.tui.key_dialog import KeyDialog
from elumenta_tui.tui.news_words import notice_of
from elumenta_tui.tui.parts import Parts
from elumenta_tui.tui.presses import Presses
from elumenta_tui.tui.recovering import Recovering, offers
from elumenta_tui.tui.sending import Sending
from elumenta_tui.tui.shelf import Shelf
from elumenta_tui.tui.stopping import Armed, Stopping
from elumenta_tui.tui.suggesting import suggestions
from elumenta_tui.tui.themes import Colours, Themes, shipped
from elumenta_tui.tui.widgets.balance_bar import BalanceBar
from elumenta_tui.tui.widgets.greeting import Greeting
from elumenta_tui.tui.widgets.notice import NoticeLine, Severity
from elumenta_tui.tui.widgets.prompt import LIMIT, LINE_LIMIT, Prompt
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from elumenta_tui.store.news import News as StoreNews
    from elumenta_tui.tui.widgets.find_line import FindLine

WINDOW_TITLE = 80
"""Characters of a conversation's title in the title of the window."""

CLOSING_PATIENCE = 0.5
"""Seconds that the end of the program waits for connections to be closed."""

_COLOUR_SYSTEMS: dict[str, Colours] = {"256": "256", "standard": "16", "windows": "16"}
"""Rich's names of the colour systems with few colours, and what themes call them."""


def _demo() -> Account:
    """The demo, in the language of the interface."""
    return demo_account(language=i18n.language)


@dataclass
class SessionNews(Message):
    """What the session has told."""

    news: News


@dataclass
class StoreTold(Message):
    """What the store has told, from its thread."""

    news: StoreNews


class ElumentaApp(TerminalApp):
    """Chat over many turns with any model of the account."""

    CSS_PATH = "app.tcss"
    TITLE = "elumenta-tui"
    BINDINGS: ClassVar[list[Any]] = bindings()
    AUTO_FOCUS = "#prompt"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall"), (30, "-airy")]

    def __init__(
        self,
        account: Account | None,
        settings: Settings,
        *,
        memory: Memory,
        config_path: Path,
        keychain: Keychain | None = None,
        warnings: Sequence[str] = (),
        data: Path,
        model: str | None = None,
        resume: bool = False,
        clock: Callable[[], float] = monotonic,
        calendar: Callable[[], float] = time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        demo: Callable[[], Account] = _demo,
        colours: Colours | None = None,
    ) -> None:
        """`colours` is how many the terminal shows; None: what its environment says."""
        # The style sheet needs the default theme's variables, and App.__init__ reads it.
        themes = Themes(shipped(), config_path.parent / "themes")
        self.appearance = Appearance(
            themes, settings, memory, self, show=self.show_theme, reword=self.reword_all
        )
        super().__init__()
        themes.limit(colours or _COLOUR_SYSTEMS.get(self.console.color_system or "", "truecolor"))
        self._settings = settings
        self._memory = memory
        self._warnings = list(warnings)
        self._model_to_check = model or (settings.model if settings.model != Settings().model else "")
        """The model that the user has named, until the list of models is there."""
        self.cut_answer = False
        """Whether an answer was still coming when the program ended."""
        is_demo = account is not None and account.demo
        self.prompt = Prompt(id="prompt")
        self.session = Session(
            account,
            tasks=self,
            notify=self._pass_on,
            data=data,
            model=model or self._last_model(demo=is_demo),
            read_draft=lambda: self.prompt.text,
            on_store_news=self._pass_on_from_store,
            resume=resume,
            keeps_model=model is not None,
            clock=clock,
            calendar=calendar,
            sleep=sleep,
        )
        self.transcript = Transcript(
            clock=clock,
            calendar=calendar,
            offers=partial(offers, self.session),
            join_lines=settings.join_lines,
            measure=settings.measure,
            id="transcript",
        )
        self.greeting = Greeting(id="greeting", markup=False)
        self.notice = NoticeLine()
        self.bar = BalanceBar(id="bar")
        self.keychain = keychain or Keychain(settings, config_path)
        self._build(settings, data, demo)
        theme = themes.find(self.appearance.wanted) or self.appearance.default
        self.register_theme(theme)
        # Before anything is styled: a theme that is set later has everything styled twice.
        self.set_reactive(App.theme, theme.name)
        self.stylesheet.set_variables(self.get_css_variables())

    def _build(self, settings: Settings, data: Path, demo: Callable[[], Account]) -> None:
        """Make the parts, each with what it needs and nothing else."""
        session, prompt, transcript, tell = self.session, self.prompt, self.transcript, self.notify_user
        self.armed = armed = Armed(self.set_timer, self._show_frame)
        self.presses = Presses(self.set_timer, tell, changed=self._show_frame, stop=session.stop)
        copying = Copying(session, transcript, self, tell, self.write_to_terminal)
        self.finding = finding = Finding(session, self, prompt, transcript, tell)
        self.stopping = stopping = Stopping(
            session, settings, self, self, prompt, transcript, finding, copying, self.presses, armed
        )
        self.key_dialog = KeyDialog(
            session,
            self.keychain,
            settings,
            self,
            self,
            tell,
            demo=demo,
            switch_language=self.appearance.switch_language,
        )
        self.sending = Sending(
            session,
            prompt,
            tell,
            perform=self._perform,
            ask_for_key=self.key_dialog.ask_for_key,
            stop_keys=lambda: stopping.keys,
            sent=self._sent,
        )
        self.shelf = Shelf(session, self, prompt, self.sending, finding, tell)
        prompt.may_submit = self.shelf.may_submit
        self.dialogs = Dialogs(
            session,
            self,
            transcript,
            self.appearance,
            copying,
            tell,
            theme=lambda: self.theme,
            select_model=self.select_model,
            perform=self.action_perform,
            is_possible=lambda entry: entry.possible(self.parts),
        )
        self.desk = Desk(
            session,
            self,
            prompt,
            transcript,
            self.greeting,
            self.bar,
            armed,
            is_stopping=lambda: self.presses.is_stopping,
            stop_keys=lambda: stopping.keys,
            width=lambda: self.size.width,
            name_window=self._name_window,
            tick=self.set_interval,
        )
        self.parts = Parts(
            session=session,
            program=self,
            prompt=prompt,
            transcript=transcript,
            appearance=self.appearance,
            copying=copying,
            dialogs=self.dialogs,
            editing=Editing(prompt, self, tell, lambda: driver_of(self)),
            exporting=Exporting(session, data, prompt, copying, self, tell),
            finding=finding,
            key_dialog=self.key_dialog,
            presses=self.presses,
            recovering=Recovering(session, transcript, tell),
            sending=self.sending,
            shelf=self.shelf,
            stopping=stopping,
        )
        prompt.suggestions.find = partial(suggestions, self.parts)

    def _last_model(self, *, demo: bool) -> str:
        """The slug of the model that was chosen last, or of the configured one; the demo's is not the account's."""
        return self._memory.recall("demo_model" if demo else "model", self._settings.model)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The default theme's colours of code, for themes that name none."""
        return self.appearance.default.variables

    # ------------------------------------------------------------------------------------------------------- the start

    def compose(self) -> ComposeResult:
        # The first frame has no turns: the transcript comes behind it.
        yield self.greeting
        # In a room of its own: what changes in the transcript does not have these drawn again.
        with Container(id="desk"):
            yield self.notice
            yield self.prompt
            yield self.bar

    def on_mount(self) -> None:
        self.watch_for_failures()
        asyncio.get_running_loop().set_default_executor(DaemonExecutor())
        themes, wanted = self.appearance.themes, self.appearance.wanted
        warnings = [*self._warnings, self.keychain.guard_file()]
        warnings += [say("notice.bad_theme", problem=str(problem)) for problem in themes.problems]
        if themes.find(wanted) is None:
            warnings.append(say("notice.no_theme", name=clean_line(wanted, 60)))
        if any(warnings):
            self.notify_user("\n".join(filter(None, warnings)), "warning", lasting=True)
        self.prompt.limit_to(self.size.height)
        self.reword()
        self.call_after_refresh(self._first_frame_is_there)

    def _first_frame_is_there(self) -> None:
        # Off since the start (see __main__).
        gc.freeze()
        gc.enable()
        self.screen_stack[0].mount(self.transcript, before=self.greeting)
        self._open_library()
        if self.session.backend.account is None:
            self.key_dialog.ask_for_key()
        else:
            self.session.read_account()
            self._warm_up()

    @work(group="warm")
    async def _open_library(self) -> None:
        """Open the stored conversations, with imports that the first frame needs nothing of."""
        await asyncio.to_thread(import_module, "elumenta_tui.session.library")
        self.session.open_library()

    @work(group="warm")
    async def _warm_up(self) -> None:
        """Import what the first answer needs before it is there."""
        for module in ("widgets.turn_view", "screens.conversations"):
            await asyncio.to_thread(import_module, f"elumenta_tui.tui.{module}")
        from elumenta_tui.markdown.growing import COMMON_LANGUAGES, warm

        for language in COMMON_LANGUAGES:
            await asyncio.to_thread(warm, language)
        # What is there now stays for good. A full collection that looks through it stops the program for a twentieth
        # of a second, again and again.
        gc.freeze()
        gc.set_threshold(5_000, 10, 5)

    # -------------------------------------------------------------------------------------------------- the session's

    def _pass_on(self, news: News) -> None:
        self.post_message(SessionNews(news))

    def _pass_on_from_store(self, news: StoreNews) -> None:
        # The loop may have ended.
        with suppress(RuntimeError):
            self.post_message(StoreTold(news))

    @on(StoreTold)
    def hand_to_session(self, message: StoreTold) -> None:
        self.session.take_store_news(message.news)

    @on(SessionNews)
    def route(self, message: SessionNews) -> None:
        """Show what the session has told where it belongs."""
        news = message.news
        match news:
            case TurnChanged(turn):
                self.transcript.touch(turn)
                return
            case WaitChanged(turn):
                self.desk.count_down(turn)
            case TurnEnded(turn):
                self._show_end(turn)
            case TurnCompleted(turn):
                self.sending.take_back(turn)
                self.transcript.renew(turn)
                self._show_money()
            case AccountChanged(models):
                if models:
                    self._check_named_model()
                    self._touch_last()
                self._show_money()
            case KeyRefused(failure):
                self._show_money()
                self.key_dialog.ask_after(failure)
            case AccountSwitched(from_or_to_demo):
                if from_or_to_demo:
                    self.session.select_model_named(self._last_model(demo=self.session.backend.is_demo))
                self.reword()
                self._warm_up()
            case ConversationShown():
                self._show_conversation(news)
            case OpenFailed():
                self.shelf.take_failure(news)
            case PromptsRead(prompts):
                self.prompt.remember_before(list(prompts))
            case CrashFound(cut):
                last = self.session.last
                if cut and last is not None and last.id == cut[-1].id and not last.has_text:
                    self.sending.give_back(last)
            case Renamed():
                self._show_frame()
            case SavedAgain():
                self.notice.forget()
                self._show_money()
            case CannotSave():
                self._show_money()
            case _:
                pass
        said = notice_of(news, self.session.database)
        if said is not None:
            self.notify_user(said.text, said.severity, lasting=said.lasting)

    def _sent(self, turn: Turn) -> None:
        """A request is on its way."""
        self.notice.clear()
        self.parts.copying.withdraw_offer()
        self.transcript.add(turn)
        self.desk.show_greeting()
        self._show_frame()

    def _show_end(self, turn: Turn) -> None:
        """An answer has come to its end: give the prompt back if nothing came of it."""
        self.notice.clear()
        if not turn.has_text and turn is self.session.last:
            self.sending.give_back(turn)
        self.armed.disarm("stop")
        self.desk.count_down(turn)
        self.desk.show_standing()

    def _show_conversation(self, shown: ConversationShown) -> None:
        self.finding.close()
        self.transcript.show(self.session.conversation.turns, plain=shown.is_stuck)
        self.reword()
        self.shelf.take_shown(shown)

    def _touch_last(self) -> None:
        """The newest turn may name what sending it again costs, which has changed."""
        if self.session.last is not None:
            self.transcript.touch(self.session.last)

    def _check_named_model(self) -> None:
        """Say once that the model named on the command line or in the settings is not in the list."""
        named, self._model_to_check = self._model_to_check, ""
        slugs = [model.slug for model in self.session.models]
        if not named or named in slugs:
            return
        from difflib import get_close_matches

        like = "".join(get_close_matches(named.lower(), slugs, n=1))
        name = "notice.unknown_model_like" if like else "notice.unknown_model"
        text = say(name, slug=clean_line(named, 60), like=clean_line(like, 60), key=hint("model"))
        self.notify_user(text, "warning", lasting=True)

    # --------------------------------------------------------------------------------------------------------- showing

    def notify_user(self, text: str, severity: Severity = "information", *, lasting: bool = False) -> None:
        """Show a passing notice, in place of the one before. It is text, never markup."""
        self.notice.show(text, severity, lasting=lasting)
        if len(self.screen_stack) > 1:
            from elumenta_tui.tui.widgets.dialog import Dialog

            if isinstance(self.screen, Dialog):
                self.screen.tell(text, severity)

    def reword(self) -> None:
        """Write every word around the prompt anew."""
        self.desk.reword()
        self.finding.reword()

    def reword_all(self) -> None:
        """Write every word on the screen anew, in another language."""
        self.reword()
        self.transcript.retell()

    def _show_frame(self) -> None:
        self.desk.show_frame()

    def _show_money(self) -> None:
        self.desk.show_standing()
        self.desk.show_frame()

    def _name_window(self, title: str) -> None:
        if isinstance(driver := driver_of(self), TerminalDriver):
            driver.show_title(clean_line(title, WINDOW_TITLE))

    def show_theme(self, theme: Theme) -> None:
        """Show everything in that theme, until another one is taken."""
        self.register_theme(theme)
        self.theme = theme.name

    def select_model(self, model: Model) -> None:
        """Ask that model from now on, and at the next start."""
        self.session.select_model(model)
        name = "demo_model" if self.session.backend.is_demo else "model"
        self.appearance.remember(name, model.slug, self._settings.model)
        self._show_frame()
        self._touch_last()

    # -------------------------------------------------------------------------------------------------- the widgets'

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key):
            if not event.is_forwarded:
                self.presses.note(event)
            self.transcript.give_way()
        elif isinstance(event, Paste):
            event.text = clean(event.text)
        await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "perform":
            entry = ACTIONS[str(parameters[0])]
            return entry.anywhere or (len(self.screen_stack) == 1 and not self.finding.takes(entry.name))
        return super().check_action(action, parameters)

    def action_perform(self, name: str) -> None:
        """Run an action of the catalogue, as its key does."""
        ACTIONS[name].handler(self.parts, "")

    def _perform(self, command: Command) -> None:
        assert command.action is not None
        command.action.handler(self.parts, command.argument)

    @on(Prompt.Submitted)
    def submit(self, event: Prompt.Submitted) -> None:
        self.shelf.submit(event)

    @on(Prompt.TooLong)
    def say_too_long(self, event: Prompt.TooLong) -> None:
        text = say("notice.paste_too_long", n=event.length, limit=LIMIT, line=LINE_LIMIT)
        self.notify_user(text, "warning")

    @on(Prompt.Changed)
    def follow_typing(self) -> None:
        self.session.draft_changed()
        self.desk.show_suggestions()

    @on(Prompt.Suggested)
    def show_suggestions(self) -> None:
        self.desk.show_suggestions()

    @on(Transcript.CursorMoved)
    def show_cursor(self) -> None:
        self._show_frame()

    @on(Transcript.Searched)
    def show_count(self, event: Transcript.Searched) -> None:
        self.finding.show_count(event)

    @on(Transcript.LinkClicked)
    def ask_about_link(self, event: Transcript.LinkClicked) -> None:
        self.dialogs.ask_about_link(event.href)

    @on(Prompt.ModelClicked)
    def choose_model(self) -> None:
        self.dialogs.choose_model()

    @on(BalanceBar.HelpClicked)
    def show_help(self) -> None:
        self.dialogs.show_help()

    def on_find_line_typed(self, event: FindLine.Typed) -> None:
        self.finding.look_for(event.text)

    def on_find_line_moved(self, event: FindLine.Moved) -> None:
        self.transcript.move_hit(event.step)

    def on_find_line_left(self) -> None:
        self.finding.close()

    def on_text_selected(self) -> None:
        # Comes whenever a button of the mouse goes up, wherever that is.
        self.transcript.let_go()

    def on_resize(self, event: Resize) -> None:
        self.prompt.limit_to(event.size.height)
        # The new size is known when this has been handled.
        self.call_after_refresh(self._show_frame)

    @on(EscapeUnsettled)
    def doubt_escape(self) -> None:
        self.presses.doubt()

    @on(EscapeSettled)
    def settle_escape(self, message: EscapeSettled) -> None:
        self.stopping.settle_escape(was_meant=message.was_meant)

    # --------------------------------------------------------------------------------------------------------- the end

    def pause(self) -> None:
        """Ctrl+Z: the shell gets the terminal, until `fg`. Where there is no shell to come back from, it undoes."""
        driver = driver_of(self)
        if not isinstance(driver, TerminalDriver) or not driver.can_pause:
            if self.prompt.has_focus:
                self.prompt.undo()
            return
        note = [say("notice.paused")]
        if self.session.current is not None:
            note.append(say("notice.paused_answer"))
        driver.pause(" ".join(note))

    @on(TerminalDriver.SuspendRequested)
    def pause_as_asked(self) -> None:
        self.pause()

    @on(ExitRequested)
    def leave_as_told(self, message: ExitRequested) -> None:
        self.leave(message.code)

    def leave(self, code: int = 0) -> None:
        """End the program with that exit code; an answer that is still coming is stopped."""
        if code == 0 and "quit" not in self.armed and (unsaved := self.session.unsaved):
            self.notify_user(say("notice.unsaved_end", n=unsaved, key=hint("quit")), "error")
            self.armed.arm("quit")
            return
        self.hurry(code)
        self.cut_answer = self.session.current is not None
        self.session.stop()
        self.exit(code, return_code=code)

    @property
    def goes_on_with(self) -> str:
        """Title of the conversation that `--continue` opens at the next start; empty if it opens none, or another one."""
        conversation = self.session.conversation
        is_last = bool(conversation.turns) and self.session.asked_in is conversation
        return clean_line(conversation.title, 40) if is_last else ""

    def end_saving(self) -> int:
        """Have everything on the disk, and let it go; how many changes could not be saved. Safe in any thread, at any time."""
        return self.session.close_store()

    def note_failure(self, error: Exception) -> None:
        """Write a report of an error that nobody waited for, and say where it is."""
        from elumenta_tui.process import crash

        with suppress(OSError):
            path = crash.save(error, self._memory.path.parent, key=self.keychain.key)
            self.notify_user(say("notice.inner_failure", path=str(path)), "warning")

    async def on_unmount(self) -> None:
        await self.session.close(CLOSING_PATIENCE)
        await self._memory.write()
