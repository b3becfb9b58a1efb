"""The widgets around the prompt: its frame, the balance bar, the suggestion list and the greeting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.tui.armed import Armed
from elumenta_tui.tui.catalogue import Commands, hint, shell_command
from elumenta_tui.tui.ports import Screens
from elumenta_tui.tui.widgets import frame
from elumenta_tui.tui.widgets.balance_bar import AccountStatus, BalanceBar
from elumenta_tui.tui.widgets.greeting import Greeting
from elumenta_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from elumenta_tui.chat.spending import CapRest
    from elumenta_tui.tui.widgets.suggestion_list import SuggestionList
    from elumenta_tui.tui.widgets.suggestions import Suggestions
    from elumenta_tui.tui.widgets.transcript import Transcript

MANY_LINES = 6
"""Lines of a prompt up to which the frame does not show their number."""

ROOM_FOR_KEY = 60
"""Columns from which on the frame shows the key that changes the model."""

FRAME_EDGES = 6
"""Columns of the frame's upper edge that no title uses: the corners, and the line and blanks beside it."""

ROOM_FOR_TITLE = 40
"""Columns that the names of compared models leave to the rest of the frame."""

_KEYS = (
    ("model", "greeting.model"),
    ("new", "greeting.new"),
    ("conversations", "greeting.conversations"),
    ("palette", "greeting.palette"),
    ("help", "greeting.help"),
)
"""What the greeting lists: actions whose keys are shown, and the names of their texts."""

_FIRST_KEYS = (
    ("send", "greeting.first.send"),
    ("ask_to_stop", "greeting.first.stop"),
    ("model", "greeting.first.model"),
    ("conversations", "greeting.first.conversations"),
    ("help", "greeting.first.help"),
)
"""The same at the very first start."""


class Chrome:
    """Updates the widgets around the prompt when what they show has changed.

    Args:
        armed: the actions that a second press triggers.
        is_stopping: returns whether an answer stops as soon as it is certain that Esc was meant.
        stop_keys: returns the keys that stop an answer, for hints.
        width: returns the columns of the screen.
        name_window: sets the title of the terminal's window.
        editing: states which sent prompt is being edited, if one is.
        compared: returns the models that the next prompt is sent to at once; empty for the session's model alone.
        find_keys: returns what the keys do while the search line has the focus.
        commands: parses what is typed.
        persona_greeting: returns the greeting of the conversation's persona; empty if there is none.
        is_first_start: whether the greeting says what there is, until a prompt is sent.
    """

    def __init__(
        self,
        session: Session,
        screens: Screens,
        prompt: Prompt,
        greeting: Greeting,
        bar: BalanceBar,
        armed: Armed,
        *,
        is_stopping: Callable[[], bool],
        stop_keys: Callable[[], str],
        width: Callable[[], int],
        name_window: Callable[[str], None],
        editing: Callable[[], Content | None],
        compared: Callable[[], Sequence[Model]] = lambda: (),
        find_keys: Callable[[], str],
        commands: Commands,
        persona_greeting: Callable[[], str],
        is_first_start: bool,
    ) -> None:
        self._session = session
        self._screens = screens
        self._prompt = prompt
        self._greeting = greeting
        self._bar = bar
        self._armed = armed
        self._is_stopping = is_stopping
        self._stop_keys = stop_keys
        self._width = width
        self._name_window = name_window
        self._editing = editing
        self._compared = compared
        self._find_keys = find_keys
        self._commands = commands
        self._persona_greeting = persona_greeting
        self._is_first_start = is_first_start
        self._command: str | None = None
        """The frame's text for Enter when it does not send what is typed; None when it sends it."""
        self._has_text = False
        """Whether Enter would send or queue what is typed."""
        self._lines = 0
        """Lines of the typed text, if there are so many that the frame shows their number; else 0."""
        self._transcript: Transcript | None = None
        self.suggestion_list: SuggestionList | None = None
        self.awaits_conversation = False
        """True if a stored conversation is about to be shown. The transcript has its room already then: replacing the greeting by it
        would cost a layout of the screen at the moment when its text is there."""

    def reword(self) -> None:
        """Rewrite all texts, after the conversation or the language has changed."""
        self.show_account()
        self.show_frame()
        self.show_greeting()
        self._prompt.suggestions.forget()
        self.show_suggestions()
        self._word_badge()

    def take_transcript(self, transcript: Transcript) -> None:
        """Add the transcript, which is created after the first frame."""
        self._transcript = transcript
        self._word_badge()
        transcript.display = not self._greeting.display

    def _word_badge(self) -> None:
        if self._transcript is not None:
            self._transcript.badge = f" ↓ {say('transcript.more')} · {hint('end')} "

    def await_no_conversation(self) -> None:
        """Show the greeting if the stored conversation that was awaited is not there."""
        self.awaits_conversation = False
        self.show_greeting()

    def show_greeting(self) -> None:
        """Show the greeting in place of a transcript without answers."""
        greeting = self._greeting
        greeting.display = not (self._session.conversation.turns or self.awaits_conversation)
        if self._transcript is not None:
            self._transcript.display = not greeting.display
        is_temporary = self._session.conversation.is_temporary
        self._is_first_start = self._is_first_start and not self._session.conversation.turns
        keys = _FIRST_KEYS if self._is_first_start else _KEYS
        persona = self._persona_greeting()
        lines = [Content.styled(persona, "bold $accent"), Content("")] if persona else []
        if is_temporary:
            lines += [Content.styled(say("temporary.greeting"), "bold $accent")]
            lines += [Content(say("temporary.gone")), Content(say("temporary.service")), Content("")]
        else:
            lines += [
                Content(say("greeting.first.title" if self._is_first_start else "greeting.ask")),
                Content(""),
            ]
        room = max(9, *(len(hint(name)) + 1 for name, _ in keys))
        lines += [
            Content.assemble((hint(name).ljust(room), "bold $accent"), say(text)) for name, text in keys
        ]
        if self._session.backend.is_demo:
            lines += [Content(""), Content.styled(say("greeting.demo"), "$warning")]
            lines += [Content.styled(say("greeting.try"), "$muted")]
        greeting.lines = tuple(lines)

    def show_account(self) -> None:
        """Update the balance bar."""
        session, backend = self._session, self._session.backend
        trouble = session.library.autosave.trouble if session.library is not None else None
        self._bar.status = AccountStatus.of(
            session.ledger,
            demo=backend.is_demo,
            temporary=session.conversation.is_temporary,
            connected=backend.account is not None,
            reading=backend.is_reading,
            offline=backend.is_offline,
            price=session.model.most,
            now=session.calendar(),
            unsaved=trouble.value if trouble is not None else "",
        )
        self._bar.help_hint = say("bar.help", key=hint("help"))
        self._bar.refresh()

    def show_money(self) -> None:
        """Show the balance and the cost of the next request."""
        self.show_account()
        self.show_frame()

    def show_frame(self) -> None:
        """Show on the prompt's frame which model is asked, and what Enter costs or how to stop."""
        session = self._session
        key = hint("model") if self._width() >= ROOM_FOR_KEY else ""
        if compared := self._compared():
            title = frame.compared_title(compared, self._lines, self._width() - ROOM_FOR_TITLE)
        else:
            title = frame.title(session.model, key, self._lines)
        conversation = session.conversation
        title = frame.with_parameters(title, conversation, self._width() - FRAME_EDGES)
        if conversation.parked:
            parked = say("frame.parked", n=len(conversation.parked), key=hint("park"))
            longer = Content.assemble(title, (f" · {parked}", "$accent"))
            title = longer if longer.cell_length <= self._width() - FRAME_EDGES else title
        if conversation.is_temporary:
            title = Content.assemble((say("frame.temporary"), "bold $accent"), (" · ", "$muted"), title)
        if (vim := self._prompt.vim) is not None:
            title = Content.assemble((say(f"vim.{vim.mode}"), "bold $success"), (" · ", "$muted"), title)
        self._prompt.frame(title, self._note(), conversation.title)
        # Other programs read a window's title, and may write it down.
        self._name_window(say("temporary.window") if conversation.is_temporary else conversation.title)
        self._prompt.set_class(conversation.is_temporary, "temporary")
        self._prompt.set_class(session.current is not None, "busy")

    def _note(self) -> Content:
        session = self._session
        if self._is_stopping():
            return Content.styled(say("frame.stopping"), "bold $warning")
        if "stop" in self._armed:
            return Content.styled(say("frame.stop_again", key=hint("ask_to_stop")), "bold $warning")
        if "quit" in self._armed:
            return Content.styled(say("frame.quit_again", key=hint(self._armed.by("quit"))), "bold $warning")
        if "chord" in self._armed:
            return Content.styled(self._armed.by("chord"), "bold $accent")
        if any(screen.focused not in (None, self._prompt) for screen in self._screens.screen_stack[:1]):
            # The search line has the focus: Enter goes to the next match and sends nothing.
            return Content.styled(self._find_keys(), "$accent")
        block = self._transcript.cursor.stop if self._transcript is not None else None
        if (editing := self._editing()) is not None and block is None:
            return self._with_cap(editing, [session.model], lambda: editing)
        if self._command is not None:
            return Content.styled(self._command, "$success")
        if self._transcript is not None and self._transcript.selected_blocks is not None:
            return Content.styled(say("frame.copy.selection", key=hint("copy")), "$accent")
        if block is not None:
            return frame.copy_note(block, hint("copy"), hint("ask_to_stop"), self._width() - FRAME_EDGES)
        conversation = session.conversation
        queued = session.queue.models(conversation) if conversation.queued else []
        if session.current is not None:
            return self._note_beside_answer(session.current, queued)
        if compared := self._compared():
            price = partial(frame.compared_note, compared, session.ledger, hint("send"))
            leave = f" · {say('compare.leave_mode', key=hint('ask_to_stop'))}"
            note = price() if self._width() < ROOM_FOR_KEY else Content.assemble(price(), (leave, "$muted"))
            return self._with_cap(note, compared, partial(price, is_short=True))
        if queued and not self._has_text:
            is_short = self._width() < ROOM_FOR_KEY
            note = frame.queued_note(queued[0], session.ledger, hint("send"), is_short=is_short)
            shorter = partial(frame.cost_note, queued[0], session.ledger, hint("send"), is_short=True)
            return self._with_cap(note, queued[:1], shorter)
        cost = partial(frame.cost_note, session.model, session.ledger, hint("send"))
        return self._with_cap(cost(), [session.model], partial(cost, is_short=True))

    def _note_beside_answer(self, answer: Answer, queued: Sequence[Model]) -> Content:
        """State how the running answer is stopped, and what the queue costs, with what is typed."""
        session = self._session
        stop = frame.stop_note(answer, self._stop_keys(), session.clock())
        models = [*queued, session.model] if self._has_text else queued
        if not models:
            return stop
        key = hint("send") if self._has_text else ""
        note = frame.queue_note(models, session.ledger, key)
        whole, room = Content.assemble(note, (" · ", "$muted"), stop), self._width() - FRAME_EDGES
        return self._with_cap(whole if whole.cell_length <= room else note, models, lambda: note)

    def _with_cap(self, note: Content, models: Sequence[Model], shorter: Callable[[], Content]) -> Content:
        """Add the rest of a cap that requests to these models would pass, or that is nearly used up. It may need a shorter note."""
        rest = self._scarce_rest(models)
        return note if rest is None else frame.with_cap(note, rest, self._width() - FRAME_EDGES, shorter())

    def _scarce_rest(self, models: Sequence[Model]) -> CapRest | None:
        return self._session.spending.scarce_rest(models) if self._session.limits.has_cap else None

    # ---------------------------------------------------------------------------------------------------- suggestions

    def show_suggestions(self) -> None:
        """List the completions of the typed slash word above the prompt, and show on the frame what Enter does."""
        suggested = self._prompt.suggest()
        if self.suggestion_list is None and suggested.items:
            from elumenta_tui.tui.widgets.suggestion_list import SuggestionList

            self.suggestion_list = SuggestionList(self._prompt.complete)
            self._screens.screen_stack[0].query_one("#chrome").mount(
                self.suggestion_list, before=self._prompt
            )
        if self.suggestion_list is not None:
            self.suggestion_list.update_items(suggested, self._width(), self._prompt.region.y)
        self._show_what_enter_does(suggested)

    def _keys_of_suggestions(self) -> str:
        is_wide = self._width() >= ROOM_FOR_KEY
        return say("frame.suggestions") if is_wide else say("frame.suggestions_short")

    def _note_of_path(self, suggested: Suggestions, path: str) -> str | None:
        """Say what Enter does while a path is completed; None if it sends what is typed."""
        chosen = suggested.chosen
        if chosen is None:
            return say("frame.paths") if path == "@" else None
        is_directory = chosen.inserts is None
        return say("frame.opens_directory" if is_directory else "frame.takes_file", key=hint("send"))

    def _show_what_enter_does(self, suggested: Suggestions) -> None:
        text = self._prompt.text if suggested.chosen is None else suggested.chosen.line
        command = self._commands.parse(text)
        if suggested.items and (path := self._prompt.path_token) is not None:
            what = self._note_of_path(suggested, path)
        elif suggested.items and suggested.chosen is None and text == "/":
            what = self._keys_of_suggestions()
        elif not self._prompt.begins_with_paste and shell_command(text):
            what = f"{hint('send')} · {say('attach.command.enter')}"
        elif command is None or command.is_sent:
            # The text is sent as a prompt, so the frame shows its cost.
            what = None
        elif command.action is not None and command.action.asks is not None and not suggested.items:
            asked, ledger = command.action.asks(self._session), self._session.ledger
            what = frame.aside_note(asked, ledger, hint("send"), is_wide=self._width() >= ROOM_FOR_KEY)
            rest = self._scarce_rest([asked])
            what = what if rest is None else f"{what} · {frame.cap_words(rest, is_short=True)}"
        elif command.action is not None:
            what = f"{hint('send')} · {command.action.title}"
        elif suggested.items:
            what = self._keys_of_suggestions()
        else:
            what = f"{hint('send')} · {say('frame.no_command')}"
        lines = self._prompt.line_count
        lines = lines if lines > MANY_LINES else 0
        has_text = what is None and bool(text.strip())
        if (what, lines, has_text) != (self._command, self._lines, self._has_text):
            self._command, self._lines, self._has_text = what, lines, has_text
            self.show_frame()
