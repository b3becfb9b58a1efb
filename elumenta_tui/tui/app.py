"""The app: the one writer of state.

It owns the conversation, the purse and the workers, handles what widgets and workers post, and hands widgets what they show.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.driver import Driver
from textual.events import Event, Key, Paste, Resize
from textual.message import Message as TextualMessage
from textual.screen import Screen
from textual.theme import Theme
from textual.timer import Timer

from elumenta_tui import i18n
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.ledger import Charge, Purse
from elumenta_tui.chat.models import DOCUMENTED_MODELS, Model, find_model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.turn import Failure, Turn, TurnState
from elumenta_tui.config.keychain import Keychain
from elumenta_tui.config.settings import Memory, Settings
from elumenta_tui.i18n import say
from elumenta_tui.session.backend import Account, demo_account
from elumenta_tui.terminal.daemon_executor import DaemonExecutor
from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.terminal.driver_choice import driver_class
from elumenta_tui.terminal.escape import EscapeSettled, EscapeUnsettled
from elumenta_tui.terminal.exit_request import ExitRequested
from elumenta_tui.terminal.textual_internals import (
    CompositorUpdate,
    HookedApp,
    driver_of,
    end_with_failure,
    failure_of,
    loop_of,
)
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.tui.access import Access, AccountNews
from elumenta_tui.tui.actions import ACTIONS, bindings, hint, slash_command, without_escape
from elumenta_tui.tui.aftermath import Aftermath
from elumenta_tui.tui.dialogs import Dialogs
from elumenta_tui.tui.finding import Finding
from elumenta_tui.tui.generating import Generating, TurnBroke, TurnEvents
from elumenta_tui.tui.notices import copied_words
from elumenta_tui.tui.presses import Presses
from elumenta_tui.tui.suggesting import suggestions
from elumenta_tui.tui.themes import Colours, Themes, shipped
from elumenta_tui.tui.widgets import frame
from elumenta_tui.tui.widgets.balance_bar import BalanceBar, Standing
from elumenta_tui.tui.widgets.greeting import Greeting
from elumenta_tui.tui.widgets.notice import NoticeLine, Severity
from elumenta_tui.tui.widgets.prompt import LIMIT, LINE_LIMIT, Prompt
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from elumenta_tui.session.autosave import Keeper
    from elumenta_tui.store.news import News
    from elumenta_tui.terminal.browser import Target
    from elumenta_tui.tui.library import Library
    from elumenta_tui.tui.widgets.find_line import FindLine
    from elumenta_tui.tui.widgets.suggestion_list import SuggestionList

WINDOW_TITLE = 80
"""Characters of a conversation's title in the title of the window."""

ARMED = 2.0
"""Seconds in which a second Esc stops, or a second Ctrl+C quits."""

GIL_TURN = 0.001
"""Seconds that the thread which reads the keyboard, and the one that writes to the terminal, wait for their turn at
most; Python's own five milliseconds are as long as a frame."""

CLOSING_PATIENCE = 0.5
"""Seconds that the end of the program waits for connections to be closed."""

OFFERED = 15.0
"""Seconds for which the key that copies takes what a notice has offered."""

_COLOUR_SYSTEMS: dict[str, Colours] = {"256": "256", "standard": "16", "windows": "16"}
"""Rich's names of the colour systems with few colours, and what themes call them."""

MANY_LINES = 6
"""Lines of a prompt that nobody has to count."""

REACTION = 0.3
"""Seconds in which nobody reads that a request has failed: Enter that comes so soon belongs to the press before it."""


@dataclass
class StoreNews(TextualMessage):
    """What the store has to tell."""

    news: News


class ElumentaApp(HookedApp[int]):
    """Chat over many turns with any model of the account."""

    CSS_PATH = "app.tcss"
    TITLE = "elumenta-tui"
    BINDINGS: ClassVar[list[Any]] = bindings()
    ENABLE_COMMAND_PALETTE = False
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
        demo: Callable[[], Account] = demo_account,
        colours: Colours | None = None,
    ) -> None:
        """`colours` is how many the terminal shows; None: what its environment says."""
        # The style sheet needs the default theme's variables, and App.__init__ reads it.
        self.themes: Themes = Themes(shipped(), config_path.parent / "themes")
        super().__init__()
        self.themes.limit(colours or _COLOUR_SYSTEMS.get(self.console.color_system or "", "truecolor"))
        sys.setswitchinterval(GIL_TURN)
        self.access = Access(self, account, demo)
        self.settings = settings
        self.memory = memory
        self.config_path = config_path
        self.clock = clock
        self.calendar = calendar
        self.sleep = sleep
        self.conversation = Conversation()
        self.purse = Purse()
        self.models: Sequence[Model] = DOCUMENTED_MODELS
        self.model = find_model(self.models, model or self._last_model)
        self.aftermath = Aftermath(self)
        self.generating = Generating(self)
        self.finding = Finding(self)
        self.transcript = Transcript(
            clock=clock,
            calendar=calendar,
            offers=self.aftermath.offers,
            join_lines=settings.join_lines,
            measure=settings.measure,
            id="transcript",
        )
        self.greeting = Greeting(id="greeting", markup=False)
        self.notice = NoticeLine()
        self.prompt = Prompt(id="prompt")
        self.prompt.suggestions.find = partial(suggestions, self)
        self.suggestion_list: SuggestionList | None = None
        self.bar = BalanceBar(id="bar")
        self.dialogs: Dialogs = Dialogs(self)
        self.keychain = keychain or Keychain(settings, config_path)
        self._warnings = list(warnings)
        self.unsaved = ""
        """Why nothing can be saved now, as the catalogue names it; empty if all is well."""
        self._data = data
        self._resume = resume
        self._model_is_named = model is not None
        self._model_to_check = model or (settings.model if settings.model != Settings().model else "")
        """The model that the user has named, until the list of models is there."""
        self._spent_before: Amount = 0
        self._unknown_before = 0
        self._asked: Account | None = None
        """Which account the last request went to."""
        self.reaction = REACTION
        self._offered, self._offered_until = "", 0.0
        self._armed: dict[str, Timer] = {}
        self.presses = Presses(self)
        self._countdown: Timer | None = None
        self._command: str | None = None
        self._lines = 0
        """Of what is typed, where they are so many that the prompt's frame says it."""
        self._has_noted_failure = False
        self._is_editing = False
        self.cut_answer = False
        """Whether an answer was still coming when the program ended."""
        self._asked_in: Conversation | None = None
        """The conversation of the last request, which `--continue` opens."""
        self.hurry: Callable[[int], object] = lambda code: None
        """Called with the exit code when the program begins to end: whoever runs it sees to it that it does."""
        theme = self.themes.find(self._wanted_theme) or self._fallback_theme
        self.register_theme(theme)
        # Before anything is styled: a theme that is set later has everything styled twice.
        self.set_reactive(App.theme, theme.name)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The default theme's colours of code, for themes that name none."""
        return self._fallback_theme.variables

    @property
    def _fallback_theme(self) -> Theme:
        theme = self.themes.find(Settings().theme)
        assert theme is not None
        return theme

    @property
    def _wanted_theme(self) -> str:
        return self.memory.recall("theme", self.settings.theme)

    def get_default_screen(self) -> Screen[Any]:
        # The class that most terminals will get: given later, it would have everything styled twice.
        return Screen(id="_default", classes="-airy")

    @property
    def _model_memory(self) -> str:
        """Under which name the chosen model is remembered: the demo's is not the account's."""
        return "demo_model" if self.access.is_demo else "model"

    @property
    def _last_model(self) -> str:
        """The slug of the model that was chosen last, or of the configured one."""
        return self.memory.recall(self._model_memory, self.settings.model)

    def get_driver_class(self) -> type[Driver]:
        return driver_class(super().get_driver_class())

    def accepts_frame(self) -> bool:
        # A terminal that does not read gets one whole frame later, and not all the frames that it has missed.
        driver = driver_of(self)
        return not isinstance(driver, TerminalDriver) or driver.wants_frame()

    def transform_frame(self, renderable: Any) -> Any:
        driver = driver_of(self)
        if isinstance(driver, TerminalDriver) and isinstance(renderable, CompositorUpdate):
            return driver.canvas.frame(renderable)
        return renderable

    # ----------------------------------------------------------------------------------------------------- failures

    @property
    def failure(self) -> Exception | None:
        """The error in the program that ended it."""
        return failure_of(self)

    def handle_failure(self, error: Exception) -> None:
        # Textual would print all local variables, the key among them. The caller of `run` reports the failure.
        self.hurry(1)
        end_with_failure(self, error)

    def fail(self, error: Exception) -> None:
        """End the program over an error in a thread of its own; to be called from there."""
        if (loop := loop_of(self)) is not None:
            loop.call_soon_threadsafe(self.handle_failure, error)

    def _note_failure(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """An error that nobody waited for: nothing that the user asked for, so the chat goes on."""
        error = context.get("exception")
        if error is None or self._has_noted_failure:
            return
        self._has_noted_failure = True
        from elumenta_tui.process import crash

        with suppress(OSError):
            path = crash.save(error, self.memory.path.parent, key=self.keychain.key)
            self.tell(say("notice.inner_failure", path=str(path)), "warning")

    # ------------------------------------------------------------------------------------------------------- screen

    def compose(self) -> ComposeResult:
        # The first frame has no turns: the transcript comes behind it.
        yield self.greeting
        # In a room of its own: what changes in the transcript does not have these drawn again.
        with Container(id="desk"):
            yield self.notice
            yield self.prompt
            yield self.bar

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._note_failure)
        loop.set_default_executor(DaemonExecutor())
        warnings = [*self._warnings, self.keychain.guard_file()]
        warnings += [say("notice.bad_theme", problem=str(problem)) for problem in self.themes.problems]
        if self.themes.find(self._wanted_theme) is None:
            warnings.append(say("notice.no_theme", name=clean_line(self._wanted_theme, 60)))
        if any(warnings):
            self.tell("\n".join(filter(None, warnings)), "warning", lasting=True)
        self.prompt.limit_to(self.size.height)
        self.tell_all()
        self.call_after_refresh(self._first_frame_is_there)

    def _first_frame_is_there(self) -> None:
        # Off since the start (see __main__).
        gc.freeze()
        gc.enable()
        self.screen_stack[0].mount(self.transcript, before=self.greeting)
        self._open_library()
        if self.access.account is None:
            self.access.ask_for_key()
        else:
            self.open_account()

    # ------------------------------------------------------------------------------------------------------- saving

    @work(group="warm")
    async def _open_library(self) -> None:
        """Nothing that the first frame needs: it is imported behind it."""
        await asyncio.to_thread(import_module, "elumenta_tui.tui.library")
        _ = self.library

    @cached_property
    def library(self) -> Library:
        """The stored conversations; opened with the first look."""
        from elumenta_tui.session.autosave import Keeper
        from elumenta_tui.store import Store
        from elumenta_tui.tui.library import Library

        store = Store(self._data, self._pass_on, self.calendar)
        keeper = Keeper(
            store,
            self.conversation,
            demo=self.access.is_demo,
            read_draft=lambda: self.prompt.text,
            calendar=self.calendar,
        )
        store.start()
        if self.prompt.text:
            keeper.draft_changed()
        return Library(self, keeper, resume=self._resume, keeps_model=self._model_is_named)

    @property
    def keeper(self) -> Keeper:
        """Saves the conversation on the screen."""
        return self.library.keeper

    def end_saving(self) -> int:
        """Have everything on the disk, and let it go; how many changes could not be saved. Safe in any thread, at any time."""
        return self.library.close() if "library" in self.__dict__ else 0

    def _pass_on(self, news: News) -> None:
        """From the store's thread."""
        # The loop may have ended.
        with suppress(RuntimeError):
            self.post_message(StoreNews(news))

    @on(StoreNews)
    def take_store_news(self, message: StoreNews) -> None:
        self.library.hear(message.news)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key):
            if not event.is_forwarded:
                self.presses.note(event)
            self.transcript.give_way()
        elif isinstance(event, Paste):
            event.text = clean(event.text)
        await super().on_event(event)

    def start_worker(
        self, task: Callable[[], Awaitable[None]], group: str, *, exclusive: bool = False
    ) -> None:
        """Have a task done beside what goes on here; an exclusive one ends the others of its group.

        A task and not its coroutine: one that the program's end leaves unawaited is complained of on the terminal.
        """
        self.run_worker(task, group=group, exclusive=exclusive)

    def tell_all(self) -> None:
        """Write every word on the screen (again): what it shows, or the language, has changed."""
        self.show_standing()
        self.show_frame()
        self.show_greeting()
        self.prompt.suggestions.forget()
        self.show_suggestions()
        self.finding.tell_all()
        self.transcript.badge = f" ↓ {say('transcript.more')} · {hint('end')} "

    def tell(self, text: str, severity: Severity = "information", *, lasting: bool = False) -> None:
        """A passing notice, in place of the one before. It is text, never markup.

        What is `lasting` stays for its time, whatever happens in the chat meanwhile.
        """
        self.notice.show(text, severity, lasting=lasting)
        screen = self.screen
        if len(self.screen_stack) > 1:
            from elumenta_tui.tui.widgets.dialog import Dialog

            if isinstance(screen, Dialog):
                screen.tell(text, severity)

    def forget_notices(self) -> None:
        """What was said is not true any more, however long it was to stay."""
        self.notice.forget()

    def show_greeting(self) -> None:
        """The greeting stands in place of a transcript without turns."""
        greeting = self.greeting
        greeting.display = not self.conversation.turns
        self.transcript.display = not greeting.display
        keys = [
            ("model", "greeting.model"),
            ("new", "greeting.new"),
            ("conversations", "greeting.conversations"),
            ("palette", "greeting.palette"),
            ("help", "greeting.help"),
        ]
        lines = [Content(say("greeting.ask")), Content("")]
        lines += [Content.assemble((f"{hint(name):<9}", "bold $accent"), say(text)) for name, text in keys]
        if self.access.is_demo:
            lines += [Content(""), Content.styled(say("greeting.demo"), "$warning")]
            lines += [Content.styled(say("greeting.try"), "$muted")]
        greeting.lines = tuple(lines)

    def show_standing(self) -> None:
        """Hand the balance bar what is known now."""
        bar = self.bar
        bar.standing = Standing.of(
            self.purse,
            demo=self.access.is_demo,
            connected=self.access.account is not None,
            reading=self.access.reading,
            offline=self.access.offline,
            spent=self._spent_before + self.conversation.spent,
            unknown_costs=self._unknown_before + self.conversation.unknown_costs,
            now=self.calendar(),
            unsaved=self.unsaved,
        )
        bar.help_hint = say("bar.help", key=hint("help"))
        bar.refresh()

    def show_frame(self) -> None:
        """The prompt's frame: which model, what Enter costs and leaves, or how to stop."""
        current = self.conversation.current
        if self.presses.is_stopping:
            note = Content.styled(say("frame.stopping"), "bold $warning")
        elif "stop" in self._armed:
            note = Content.styled(say("frame.stop_again", key=hint("ask_to_stop")), "bold $warning")
        elif "quit" in self._armed:
            note = Content.styled(say("frame.quit_again", key=hint("interrupt")), "bold $warning")
        elif self._command is not None:
            note = Content.styled(self._command, "$success")
        elif (block := self.transcript.cursor_block) is not None:
            note = frame.copy_note(block, hint("copy"), hint("ask_to_stop"))
        elif current is not None:
            note = frame.stop_note(current, self._stop_keys, self.clock())
        else:
            note = frame.cost_note(self.model, self.purse, hint("send"))
        key = hint("model") if self.size.width >= 60 else ""
        self.prompt.frame(frame.title(self.model, key, self._lines), note, self.conversation.title)
        self._show_window_title()
        self.prompt.set_class(current is not None, "busy")
        self.prompt.accepting = current is None

    def on_text_selected(self) -> None:
        # Comes whenever a button of the mouse goes up, wherever that is.
        self.transcript.let_go()

    def _show_window_title(self) -> None:
        """Have the terminal's window named after the conversation."""
        if isinstance(driver := driver_of(self), TerminalDriver):
            driver.show_title(clean_line(self.conversation.title, WINDOW_TITLE))

    @on(Transcript.CursorMoved)
    def take_cursor(self) -> None:
        self.show_frame()

    @on(Prompt.ModelClicked)
    def take_click_on_model(self) -> None:
        self.dialogs.choose_model()

    @on(BalanceBar.HelpClicked)
    def take_click_on_help(self) -> None:
        self.dialogs.show_help()

    def on_resize(self, event: Resize) -> None:
        self.prompt.limit_to(event.size.height)
        # The new size is known when this has been handled.
        self.call_after_refresh(self.show_frame)

    # ------------------------------------------------------------------------------------------------------ actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "perform":
            entry = ACTIONS[str(parameters[0])]
            return entry.anywhere or (len(self.screen_stack) == 1 and not self.finding.takes(entry.name))
        return super().check_action(action, parameters)

    def action_perform(self, name: str) -> None:
        """Run an action of the catalogue, as its key does."""
        ACTIONS[name].handler(self, "")

    @on(Prompt.Submitted)
    def take_prompt(self, event: Prompt.Submitted) -> None:
        if "library" in self.__dict__ and self.library.is_opening:
            self.library.hold(event)
        else:
            self.submit(event)

    def submit(self, submitted: Prompt.Submitted) -> None:
        """Send what the user has submitted, or do what it says."""
        text = submitted.text.strip("\n")
        command = slash_command(text, demo=self.access.is_demo)
        if command is None:
            self.send(text if submitted.was_pasted else without_escape(text, demo=self.access.is_demo))
        elif command.action is None or command.complaint:
            self._refuse(submitted.text, command.complaint)
        else:
            command.action.handler(self, command.argument)

    def _refuse(self, text: str, why: str) -> None:
        """What was submitted goes back, with the reason."""
        self.prompt.put_back(text)
        self.tell(why, "warning")

    @on(Prompt.TooLong)
    def say_too_long(self, event: Prompt.TooLong) -> None:
        self.tell(say("notice.paste_too_long", n=event.length, limit=LIMIT, line=LINE_LIMIT), "warning")

    @on(Prompt.Refused)
    def say_busy(self) -> None:
        self.tell(f"{say('notice.busy', key=self._stop_keys)} {say('notice.kept')}", "warning")

    @on(Prompt.Changed)
    def take_typed(self) -> None:
        # What is typed before it is there, it looks for itself.
        if "library" in self.__dict__:
            self.keeper.draft_changed()
        self.show_suggestions()

    @on(Prompt.Suggested)
    def show_suggestions(self) -> None:
        """List above the prompt what the typed slash word may become, and say on its frame what Enter does."""
        suggested = self.prompt.suggest()
        if self.suggestion_list is None and suggested.items:
            from elumenta_tui.tui.widgets.suggestion_list import SuggestionList

            self.suggestion_list = SuggestionList(self.prompt.complete)
            self.screen_stack[0].query_one("#desk").mount(self.suggestion_list, before=self.prompt)
        if self.suggestion_list is not None:
            self.suggestion_list.show_those(suggested, self.size.width, self.prompt.region.y)
        self._show_what_enter_does()

    def _show_what_enter_does(self) -> None:
        suggested = self.prompt.suggest()
        text = self.prompt.text if suggested.chosen is None else suggested.chosen.line
        command = slash_command(text, demo=self.access.is_demo)
        if command is None or (command.action is not None and command.action.demo_only):
            # It is sent, and shows its price.
            what = None
        elif command.action is not None:
            what = f"{hint('send')} · {command.action.title}"
        elif suggested.items:
            what = say("frame.suggestions")
        else:
            what = f"{hint('send')} · {say('frame.no_command')}"
        lines = self.prompt.document.line_count
        lines = lines if lines > MANY_LINES else 0
        if (what, lines) != (self._command, self._lines):
            self._command, self._lines = what, lines
            self.show_frame()

    # --------------------------------------------------------------------------------------------------- generation

    def send(self, text: str) -> None:
        """Ask the model; the prompt goes back to the user if that can't be done now."""
        if self.conversation.current is not None:
            self.prompt.put_back(text)
            self.say_busy()
            return
        if self.access.account is None:
            self.prompt.put_back(text)
            self.access.ask_for_key()
            return
        if self._is_echo(text):
            self.prompt.put_back(text)
            return
        self.notice.clear()
        self._offered = ""
        before = None if self.purse.stale else self.purse.tokens
        earlier = self.conversation.turns[-1:]
        self._asked = self.access.account
        self._asked_in = self.conversation
        title = self.conversation.title
        turn = self.conversation.ask(text, self.model, now=self.clock(), on=self.calendar(), balance=before)
        self.keeper.asked(turn)
        if title and title != self.conversation.title:
            self.keeper.retitled(title)
        for other in earlier:
            # From now on the balance says nothing of it, and the keys mean the new one.
            other.settling = False
            self.touch(other)
        self.transcript.add(turn)
        self.show_greeting()
        self.show_frame()
        self.generating.start(turn, self.conversation.messages())

    def give_back(self, turn: Turn) -> None:
        """Put the prompt of a turn that came to nothing back into the prompt, unless something else is being typed."""
        turn.given_back = self.prompt.give_back(turn.prompt)

    def _is_echo(self, text: str) -> bool:
        """The second of two quick presses: its request has failed in between, and nobody can have read that."""
        last = self.conversation.turns[-1] if self.conversation.turns else None
        if last is None or last.has_text or last.ended_at is None or last.prompt != text:
            return False
        return self.clock() - last.ended_at < self.reaction

    def ask_again(self) -> None:
        """Send the last prompt again, if it got no whole answer. What there is of that stays, but out of the context."""
        last = self.conversation.turns[-1] if self.conversation.turns else None
        if last is None or (last.over and last.failure is None):
            self.tell(say("notice.nothing_to_repeat"), "warning")
            return
        if not last.over:
            self.tell(say("notice.busy", key=self._stop_keys), "warning")
            return
        if self.access.account is None:
            self.access.ask_for_key()
            return
        if self._is_echo(last.prompt):
            return
        self.take_back(last)
        last.asked_again = True
        self.send(last.prompt)

    def take_back(self, turn: Turn) -> None:
        """A turn's prompt needs no longer be in the prompt."""
        if self.prompt.text.strip() == turn.prompt.strip():
            self.prompt.take()
        turn.given_back = False

    @on(TurnEvents)
    def take_events(self, message: TurnEvents) -> None:
        turn = message.turn
        over = turn.over
        held = turn.hold
        for event in message.events:
            event.apply(turn)
        if turn.hold is not held:
            self._count_down(turn)
        self._advance(turn, was_over=over)

    @on(TurnBroke)
    def take_failure(self, message: TurnBroke) -> None:
        over = message.turn.over
        message.turn.fail(message.failure)
        self._advance(message.turn, was_over=over)

    def _count_down(self, turn: Turn) -> None:
        """Show in the prompt's frame, too, how long the turn still waits for its repeat."""
        if self._countdown is not None:
            self._countdown.stop()
            self._countdown = None
        if turn.hold is not None:
            self._countdown = self.set_interval(0.5, self.show_frame)
        self.show_frame()

    def touch(self, turn: Turn) -> None:
        """Something about a turn is new: to be shown, and to be saved."""
        self.keeper.changed(turn)
        self.transcript.touch(turn)

    def _advance(self, turn: Turn, *, was_over: bool) -> None:
        if was_over:
            return
        turn.note_time(self.clock(), self.calendar())
        if turn.over:
            self._finish(turn)
        self.touch(turn)

    def _finish(self, turn: Turn) -> None:
        """A turn has reached its final state: settle the money, and give the prompt back if nothing came of it."""
        if self.access.limits is not None:
            self.purse.limits = self.access.limits
        free = turn.failure is not None and turn.failure.charge is not Charge.UNKNOWN
        if turn.balance_after is not None and self._asked is self.access.account:
            self.purse.settle(turn.balance_after)
        elif not free:
            self.purse.settle(None)
        self.access.offline = turn.failure is not None and turn.failure.charge is Charge.NOTHING_SENT
        self.notice.clear()
        if not turn.has_text:
            self.give_back(turn)
        self._disarm("stop")
        self._count_down(turn)
        self.show_standing()
        may_be_mended = turn.failure is not None and self.access.mend(turn.failure)
        if not may_be_mended and self.purse.stale and not self.access.offline:
            self.read_account()
            if turn.failure is not None and turn.is_doubtful:
                turn.settling = True
                self.aftermath.follow(turn, look=turn.failure.kind != "stopped")

    # ----------------------------------------------------------------------------------------------------- stopping

    def ask_to_stop(self) -> None:
        """Esc: stop at once, or at the second press within two seconds for who has set `stop_twice`.

        Where suggestions are out, it puts them away and does nothing else. Without an answer that is coming it takes the
        transcript's cursor away.
        """
        if self.prompt.close_suggestions():
            return
        current = self.conversation.current
        self.prompt.keep_given_back()
        self.finding.close()
        self.transcript.clear_cursor()
        if current is None:
            return
        if not self.settings.stop_twice or "stop" in self._armed or current.hold is not None:
            self.presses.stop_if_meant(current, self.stop)
        else:
            self._arm("stop")

    @on(EscapeUnsettled)
    def doubt_escape(self) -> None:
        self.presses.doubt()

    @on(EscapeSettled)
    def settle_escape(self, message: EscapeSettled) -> None:
        if not message.was_meant:
            self._disarm("stop")
        self.presses.settle(was_meant=message.was_meant)

    @property
    def _stop_keys(self) -> str:
        """What to press to stop, as hints show it."""
        key = hint("ask_to_stop")
        return f"{key} {key}" if self.settings.stop_twice else key

    def stop(self) -> None:
        """End the answer that is coming, at once; what there is of it stays."""
        turn = self.conversation.current
        if turn is None:
            return
        # While it waits for its repeat nothing is asked: what the last attempt cost is known.
        charge = turn.hold.failure.charge if turn.hold is not None else Charge.UNKNOWN
        turn.fail(Failure("stopped", charge))
        self.generating.cancel()
        self._advance(turn, was_over=False)

    def interrupt(self) -> None:
        """Ctrl+C: copy what is selected, else stop, else clear the prompt, else (twice) quit."""
        marked = "" if self.prompt.is_given_back else self.prompt.selected_text
        selected = marked or self.screen.get_selected_text()
        if selected:
            self.copy_text(selected)
            self.screen.clear_selection()
            return
        if self.conversation.current is not None:
            self.stop()
        elif self.prompt.text:
            self.prompt.take()
        elif "quit" in self._armed:
            self.leave()
        else:
            self._arm("quit")

    def _arm(self, what: str) -> None:
        self._armed[what] = self.set_timer(ARMED, lambda: self._disarm(what))
        self.show_frame()

    def _disarm(self, what: str) -> None:
        timer = self._armed.pop(what, None)
        if timer is not None:
            timer.stop()
            self.show_frame()

    # ------------------------------------------------------------------------------------------------------ account

    def open_account(self) -> None:
        """The first look at the account: what is left, and which models there are."""
        self.access.read(models=True)
        self._warm_up()

    def read_account(self, *, asked_for: bool = False) -> None:
        """Read the balance again, and say it if it was asked for."""
        self.access.read(models=self.models is DOCUMENTED_MODELS, asked_for=asked_for)

    @work(group="warm")
    async def _warm_up(self) -> None:
        """Import what the first answer needs before it is there."""
        for module in ("tui.widgets.turn_view", "tui.screens.conversations"):
            await asyncio.to_thread(import_module, f"elumenta_tui.{module}")
        from elumenta_tui.markdown.growing import COMMON_LANGUAGES, warm

        for language in COMMON_LANGUAGES:
            await asyncio.to_thread(warm, language)
        # What is there now stays for good. A full collection that looks through it stops the program for a twentieth
        # of a second, again and again.
        gc.freeze()
        gc.set_threshold(5_000, 10, 5)

    @on(AccountNews)
    def take_account_news(self, news: AccountNews) -> None:
        if news.account is not None and news.account is not self.access.account:
            # Another key was entered while this was on its way.
            return
        if self.access.limits is not None:
            self.purse.limits = self.access.limits
        if news.models:
            self.models = news.models
            self._check_named_model()
            self.model = find_model(self.models, self.model.slug)
            self._reprice()
        if news.balance is not None:
            self.purse.read(news.balance)
            self._settle_last_turn()
            if news.asked_for and self.purse.tokens is not None:
                self.tell(say("notice.balance", n=self.purse.tokens))
        self.access.hear(news)
        self.show_standing()
        self.show_frame()

    def _check_named_model(self) -> None:
        """Say once that the model named on the command line or in the settings is not in the list."""
        named, self._model_to_check = self._model_to_check, ""
        slugs = [model.slug for model in self.models]
        if not named or named in slugs:
            return
        from difflib import get_close_matches

        like = "".join(get_close_matches(named.lower(), slugs, n=1))
        name = "notice.unknown_model_like" if like else "notice.unknown_model"
        self.tell(
            say(name, slug=clean_line(named, 60), like=clean_line(like, 60), key=hint("model")),
            "warning",
            lasting=True,
        )

    def _settle_last_turn(self) -> None:
        """The balance is known again: the turn that left it open can say what it cost, unless another has begun."""
        last = self.conversation.turns[-1] if self.conversation.turns else None
        if last is not None and last.over and (last.settling or last.balance_after is None):
            self.settle(last)

    def settle(self, turn: Turn) -> None:
        """The balance was read: what it is now tells what a turn cost, if it was the last one that this account was asked."""
        is_last = self.conversation.turns[-1:] == [turn] and self._asked is self.access.account
        if is_last and not self.purse.stale:
            turn.settle(self.purse.tokens)
            self.touch(turn)

    def account_switched(self, *, from_or_to_demo: bool) -> None:
        """Another account answers from now on."""
        self.purse = Purse()
        self.models = DOCUMENTED_MODELS
        if from_or_to_demo:
            # Neither words nor money of the demo have anything to do with the real account.
            self.stop()
            self.take_conversation(Conversation())
            self._spent_before = self._unknown_before = 0
            self.library.switch(demo=self.access.is_demo)
            self.model = find_model(self.models, self._last_model)
        self.tell_all()
        self.open_account()

    async def on_unmount(self) -> None:
        if "library" in self.__dict__:
            await asyncio.to_thread(self.library.at_rest)
        await asyncio.to_thread(self.end_saving)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_PATIENCE):
                await self.access.close()

    # ---------------------------------------------------------------------------------------------- what people ask

    def new_conversation(self) -> None:
        """An empty transcript. What the session has cost stays counted."""
        if self.conversation.current is not None:
            self.tell(say("notice.busy", key=self._stop_keys), "warning")
            return
        self.notice.clear()
        self.take_conversation(Conversation())
        self.library.begin(self.conversation)

    def take_conversation(self, conversation: Conversation, *, plain: bool = False) -> None:
        """Show that one, `plain` without any layout. What this session has cost stays counted, and what an earlier one has cost
        is not.
        """
        self._spent_before += self.conversation.spent - conversation.spent
        self._unknown_before += self.conversation.unknown_costs - conversation.unknown_costs
        self.finding.close()
        self.conversation = conversation
        slug = conversation.turns[-1].model.slug if conversation.turns else ""
        if slug:
            self.model = find_model(self.models, slug)
        self.transcript.show(conversation.turns, plain=plain)
        self.tell_all()

    def go_on(self) -> None:
        """Ask for the rest of an answer that was broken off."""
        last = self.conversation.turns[-1] if self.conversation.turns else None
        if last is None or last.state is not TurnState.INTERRUPTED:
            self.tell(say("notice.nothing_to_continue_here"), "warning")
            return
        self.send(say("continue.prompt"))

    def take_model(self, model: Model | None) -> None:
        """Ask that model from now on, and at the next start."""
        if model is not None:
            self.model = model
            self.memory.keep(self._model_memory, model.slug, self.settings.model)
            self._reprice()

    def _reprice(self) -> None:
        """What the next request costs has changed."""
        self.show_frame()
        for turn in self.conversation.turns[-1:]:
            # It may name what sending it again costs.
            self.touch(turn)

    def show_theme(self, theme: Theme) -> None:
        """Show everything in that theme, until another one is taken."""
        self.register_theme(theme)
        self.theme = theme.name

    def take_theme(self, theme: Theme | None) -> None:
        """Show everything in that theme, from now on and at the next start."""
        if theme is not None:
            self.show_theme(theme)
            self.memory.keep("theme", theme.name, self.settings.theme)

    def switch_language(self, code: str = "") -> None:
        """The language of the interface: the one named, or the next."""
        known = i18n.LANGUAGES
        target = (
            code.lower() if code.lower() in known else known[(known.index(i18n.language()) + 1) % len(known)]
        )
        i18n.use(target)
        self.memory.keep("language", target, self.settings.language)
        self.tell_all()
        self.transcript.retell()

    def offer_to_copy(self, text: str) -> None:
        """Have the key that copies take this for a while, until something is sent."""
        self._offered, self._offered_until = text, self.clock() + OFFERED

    @property
    def text_to_copy(self) -> str:
        """Return the block under the cursor, else what was just offered, else the newest answer; empty if there is nothing."""
        turn = self.conversation.last_answer
        offered = self._offered if self.clock() < self._offered_until else ""
        return self.transcript.cursor_text or offered or (turn.text if turn is not None else "")

    def copy_answer(self, number: str = "") -> None:
        """Copy the block under the cursor, else what was just offered, else the newest answer, as its source onto the clipboard.

        With a number: that code block of the answer that the cursor is in, else of the newest one.
        """
        if number:
            self._copy_code(self.transcript.cursor_turn or self.conversation.last_answer, number)
            return
        text = self.text_to_copy
        if text:
            self.copy_text(text)
        else:
            self.tell(say("notice.nothing_to_copy"), "warning")

    def _copy_code(self, turn: Turn | None, number: str) -> None:
        code = None
        if turn is not None and number.isdecimal():
            code = self.transcript.code_of(turn, int(number[:9]))
        if code is None:
            self.tell(say("notice.no_code_block", number=clean_line(number, 20)), "warning")
        else:
            self.copy_text(code)

    @work(group="copy")
    async def copy_text(self, text: str) -> None:
        """Put text on the clipboard by every way there is, and say by which."""
        from elumenta_tui.terminal import clipboard

        result = await clipboard.copy(text, write_osc52=self._write_to_terminal)
        self.tell(copied_words(result, text))

    @on(Transcript.Searched)
    def take_found(self, event: Transcript.Searched) -> None:
        self.finding.show_count(event)

    def on_find_line_typed(self, event: FindLine.Typed) -> None:
        self.finding.look_for(event.text)

    def on_find_line_moved(self, event: FindLine.Moved) -> None:
        self.transcript.move_hit(event.step)

    def on_find_line_left(self) -> None:
        self.finding.close()

    @on(Transcript.LinkClicked)
    def take_click(self, event: Transcript.LinkClicked) -> None:
        self.dialogs.ask_about_link(event.href)

    @work(group="open")
    async def open_link(self, target: Target) -> None:
        """Show a target in the browser; where none takes it, it is copied."""
        from elumenta_tui.terminal.browser import open_in_browser

        if await open_in_browser(target):
            self.tell(say("notice.opened", host=target.host))
        else:
            self.tell(say("notice.not_opened"), "warning")
            self.copy_text(target.address)

    def _write_to_terminal(self, sequence: str) -> None:
        if (driver := driver_of(self)) is None:
            raise RuntimeError("the terminal has gone")
        driver.write(sequence)

    @work(group="edit")
    async def edit_prompt(self, text: str = "") -> None:
        """Open the prompt in the user's editor, with that text if there is none."""
        from elumenta_tui.tui.editor import edit

        if text and not self.prompt.text.strip():
            self.prompt.fill(text)
        if not self._is_editing:
            self._is_editing = True
            try:
                await edit(self)
            finally:
                self._is_editing = False

    def play_scenario(self, name: str) -> None:
        """Ask the demo to misbehave."""
        self.send(f"/demo {name}".strip())

    def leave_if_empty(self) -> None:
        """Ctrl+D: as in a shell, it leaves from an empty prompt and deletes in a full one."""
        if self.prompt.text:
            self.prompt.action_delete_right()
        else:
            self.leave()

    def pause(self) -> None:
        """Ctrl+Z: the shell gets the terminal, until `fg`. Where there is no shell to come back from, it undoes."""
        driver = driver_of(self)
        if not isinstance(driver, TerminalDriver) or not driver.can_pause:
            if self.prompt.has_focus:
                self.prompt.undo()
            return
        note = [say("notice.paused")]
        if self.conversation.current is not None:
            note.append(say("notice.paused_answer"))
        driver.pause(" ".join(note))

    @on(TerminalDriver.SuspendRequested)
    def pause_as_asked(self) -> None:
        self.pause()

    def ask_to_leave(self, code: int) -> bool:
        """Have the program end, from any thread; False if it does not run yet."""
        if (loop := loop_of(self)) is None:
            return False
        # The loop may have ended: the program is on its way out then.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self.post_message, ExitRequested(code))
        return True

    def abandon_terminal(self) -> None:
        """Restore the terminal at once, from any thread."""
        if isinstance(driver := driver_of(self), TerminalDriver):
            driver.abandon()

    @on(ExitRequested)
    def leave_as_told(self, message: ExitRequested) -> None:
        self.leave(message.code)

    @property
    def goes_on_with(self) -> str:
        """Title of the conversation that `--continue` opens at the next start; empty if it opens none, or another one."""
        is_last = bool(self.conversation.turns) and self._asked_in is self.conversation
        return clean_line(self.conversation.title, 40) if is_last else ""

    def leave(self, code: int = 0) -> None:
        """End the program with that exit code; an answer that is still coming is stopped."""
        if code == 0 and "quit" not in self._armed and self.library.holds_back():
            self._arm("quit")
            return
        self.hurry(code)
        self.cut_answer = self.conversation.current is not None
        self.stop()
        self.exit(code, return_code=code)
