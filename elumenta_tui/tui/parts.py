"""The parts of the app, each with only what it needs. Most of them are imported and created on first use.

(Over 400 lines: each part stands here once, with all that it needs.)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from textual.driver import Driver
from textual.geometry import Size

from elumenta_tui.chat.draft import NOTHING, Draft
from elumenta_tui.chat.models import find_model
from elumenta_tui.chat.quote import Quotes
from elumenta_tui.config.keychain import Keychain
from elumenta_tui.config.settings import IMAGES, Settings, StateFile
from elumenta_tui.i18n import say
from elumenta_tui.lean import Frozen
from elumenta_tui.session import Account, Session, Tasks
from elumenta_tui.tui.appearance import Appearance
from elumenta_tui.tui.armed import Armed
from elumenta_tui.tui.catalogue import ACTIONS, Commands, by_typed, hint, shell_command, with_slash
from elumenta_tui.tui.chrome import Chrome
from elumenta_tui.tui.first_start import FirstStart
from elumenta_tui.tui.ports import NotifyUser, Program, Screens, SetTimer
from elumenta_tui.tui.widgets.balance_bar import BalanceBar
from elumenta_tui.tui.widgets.greeting import Greeting
from elumenta_tui.tui.widgets.notice import NoticeLine
from elumenta_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from textual.events import Key, Paste

    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.models import Model
    from elumenta_tui.chat.spending import SpendingLimits
    from elumenta_tui.chat.turn import Answer
    from elumenta_tui.config.options import Given
    from elumenta_tui.session.events import SessionEvent
    from elumenta_tui.tui.alerting import Alerting
    from elumenta_tui.tui.asking_aside import AskingAside
    from elumenta_tui.tui.attaching import Attaching
    from elumenta_tui.tui.background import Background
    from elumenta_tui.tui.block_selecting import BlockSelecting
    from elumenta_tui.tui.branching import Branching
    from elumenta_tui.tui.catalogue import Action
    from elumenta_tui.tui.chords import Chords
    from elumenta_tui.tui.comparing import Comparing
    from elumenta_tui.tui.configuring import Configuring
    from elumenta_tui.tui.copying import Copying
    from elumenta_tui.tui.dialogs import Dialogs
    from elumenta_tui.tui.drafting import Drafting
    from elumenta_tui.tui.editing import Editing
    from elumenta_tui.tui.exporting import Exporting
    from elumenta_tui.tui.feedback import Feedback
    from elumenta_tui.tui.finding import Finding
    from elumenta_tui.tui.inspecting import Inspecting
    from elumenta_tui.tui.key_dialog import KeyDialog
    from elumenta_tui.tui.model_choice import ModelChoice
    from elumenta_tui.tui.parameters import Parameters
    from elumenta_tui.tui.parking import Parking
    from elumenta_tui.tui.pasting import Pasting
    from elumenta_tui.tui.path_completion import PathCompletion
    from elumenta_tui.tui.personas import Personas
    from elumenta_tui.tui.pictures import Pictures
    from elumenta_tui.tui.ports import Files
    from elumenta_tui.tui.presses import Presses
    from elumenta_tui.tui.queueing import Queueing
    from elumenta_tui.tui.quoting import Quoting
    from elumenta_tui.tui.raw_view import RawView
    from elumenta_tui.tui.recovering import Recovering
    from elumenta_tui.tui.regenerating import Regenerating
    from elumenta_tui.tui.revising import Revising
    from elumenta_tui.tui.saving_text import SavingText
    from elumenta_tui.tui.sending import Sending
    from elumenta_tui.tui.steering import Steering
    from elumenta_tui.tui.stopping import Stopping
    from elumenta_tui.tui.switching import Switching
    from elumenta_tui.tui.table_view import TableView
    from elumenta_tui.tui.templating import Templating
    from elumenta_tui.tui.temporary import Temporary
    from elumenta_tui.tui.widgets.suggestions import Suggestion
    from elumenta_tui.tui.widgets.transcript import Transcript


class Host(Tasks, Screens, Program, Protocol):
    """The app, as its parts use it: tasks, dialogs, timers and the terminal."""

    @property
    def size(self) -> Size: ...

    @property
    def app_focus(self) -> bool: ...

    @property
    def driver(self) -> Driver | None: ...

    @property
    def set_timer(self) -> SetTimer: ...

    @property
    def notify_user(self) -> NotifyUser: ...

    @property
    def colour_system(self) -> str: ...

    @property
    def is_behind(self) -> bool: ...

    def write_to_terminal(self, sequence: str) -> None: ...

    def name_window(self, title: str) -> None: ...

    def use_keys(self, settings: Settings) -> list[str]: ...

    def action_perform(self, name: str) -> None: ...

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None: ...


def _takes_path(line: str) -> bool:
    """Return whether a line is the slash word that attaches files, and what follows it."""
    word, blank, _ = with_slash(line).removeprefix("/").partition(" ")
    return bool(blank) and (entry := by_typed(word)) is not None and entry.name == "attach"


class Widgets(Frozen):
    """The widgets of the first frame. The transcript is created after it."""

    prompt: Prompt
    greeting: Greeting
    notice: NoticeLine
    bar: BalanceBar


class Parts:
    """One instance of each part. The actions of the catalogue and the router use them.

    (Over 30 methods: one for each part.)
    """

    def __init__(
        self,
        host: Host,
        session: Session,
        widgets: Widgets,
        appearance: Appearance,
        keychain: Keychain,
        settings: Settings,
        state_file: StateFile,
        *,
        model: str,
        given: Mapping[str, Given],
        data: Path,
        demo: Callable[[], Account],
        examine: Callable[[], Iterator[str]],
    ) -> None:
        """(Over 60 lines: it connects the parts that are there from the beginning.)

        Args:
            model: slug of the model that was named on the command line; empty if none was.
            given: what the command line and the environment say in place of the configuration, by option.
            data: directory of the stored conversations.
            demo: creates the demo account.
            examine: yields what the doctor says of this app, in pieces; each may take seconds, in any thread.
        """
        self.session = session
        self.program: Program = host
        self.widgets = widgets
        self.prompt = prompt = widgets.prompt
        self.appearance = appearance
        self.notify_user = host.notify_user
        self._host = host
        self._keychain = keychain
        self._settings = settings
        self._data = data
        self._demo = demo
        self._state_file = state_file
        self._model = model
        self._given = given
        self._examine = examine
        self.quotes = Quotes()
        """What is quoted in the next prompt."""
        self.quotes.changed = lambda: self.quoting.show()
        prompt.remove_before = lambda: (
            self.quotes.remove() or ("attaching" in vars(self) and self.attaching.remove())
        )
        prompt.has_before = lambda: bool(self.attached)
        prompt.takes_path = _takes_path
        self.armed = Armed(host.set_timer, self._show_frame)
        self.first_start = FirstStart(state_file, data, host)
        self.chrome = Chrome(
            session,
            host,
            prompt,
            widgets.greeting,
            widgets.bar,
            self.armed,
            is_stopping=lambda: "presses" in vars(self) and self.presses.is_stopping,
            stop_keys=lambda: self.stopping.keys,
            width=lambda: host.size.width,
            name_window=host.name_window,
            editing=lambda: self.revising.note() if "revising" in vars(self) else None,
            compared=lambda: self.comparing.models if "comparing" in vars(self) else (),
            find_keys=lambda: self.finding.keys,
            commands=self.commands,
            persona_greeting=self._persona_greeting,
            is_first_start=self.first_start.is_now,
        )
        prompt.take_queued = lambda: bool(session.conversation.queued) and self.queueing.take_last()
        prompt.may_submit = self._may_submit
        session.leaving_temporary = self._leave_temporary
        self._use_prompt_keys()

    @cached_property
    def commands(self) -> Commands:
        """Parses the commands that are typed."""
        return Commands(lambda: self.session.backend.is_demo, self._own_action)

    def _may_submit(self, text: str, was_pasted: bool) -> bool:
        if self.prompt.fields is not None and not self.templating.may_submit():
            return False
        if self.is_revising:
            return self.revising.may_submit(text)
        if not was_pasted and (command := shell_command(text)):
            # It is never run unasked, and stays in the prompt until it is.
            self.attaching.ask_to_run(command, self.prompt.text)
            return False
        return self.switching.may_submit(text, was_pasted)

    @cached_property
    def models(self) -> ModelChoice:
        """Chooses the model."""
        from elumenta_tui.tui.model_choice import ModelChoice

        return ModelChoice(
            self.session,
            self._settings,
            self._state_file,
            self.appearance,
            self.notify_user,
            named=self._model,
            repriced=self._show_price,
        )

    @cached_property
    def sending(self) -> Sending:
        """Sends submitted texts or runs their commands."""
        from elumenta_tui.tui.sending import Sending

        return Sending(
            self.session,
            self.prompt,
            self.transcript,
            self.chrome,
            self.widgets.notice,
            self.notify_user,
            perform=lambda action, argument: action.handler(self, argument),
            ask_for_key=lambda: self.key_dialog.ask_for_key(),
            stop_keys=lambda: self.stopping.keys,
            sent=self._end_search_and_offer,
            enqueue=lambda text, typed, files: self.queueing.add(text, typed, files),
            way=lambda: self.comparing if "comparing" in vars(self) and self.comparing.models else None,
            quotes=self.quotes,
            commands=self.commands,
            files=self._files,
        )

    def _files(self, creates: bool) -> Files | None:
        """Return the files of the next prompt. Without any, None unless `creates`, or unless earlier prompts have some."""
        turns = self.session.conversation.turns
        is_needed = creates or "attaching" in vars(self) or any(turn.attachments for turn in turns)
        return self.attaching if is_needed else None

    def _may_ask(self, attachments: Sequence[Attachment], model: Model) -> bool:
        files = self._files(False)
        return files is None or files.may_ask(attachments, model)

    @property
    def attached(self) -> tuple[Attachment, ...]:
        """The files of the next prompt."""
        return self.attaching.items if "attaching" in vars(self) else ()

    @cached_property
    def attaching(self) -> Attaching:
        """Attaches files to the next prompt."""
        from elumenta_tui.tui.attaching import Attaching

        def submit() -> None:
            self.prompt.call_later(self.prompt.submit)

        def asked() -> Sequence[Model]:
            compared = self.comparing.models if "comparing" in vars(self) else ()
            return compared or [self.session.model]

        return Attaching(
            self.session,
            self._host,
            self._host,
            self.prompt,
            self.notify_user,
            changed=self._files_changed,
            asked=asked,
            select=self.models.select,
            has_quotes=lambda: bool(self.quotes.items),
            submit=lambda: self.presses.run_unless_held(submit),
        )

    @cached_property
    def pasting(self) -> Pasting:
        """Takes what is on the clipboard."""
        from elumenta_tui.tui.pasting import Pasting

        return Pasting(self.prompt, self._host, self.notify_user, attaching=lambda: self.attaching)

    @cached_property
    def pictures(self) -> Pictures:
        """Draws attached pictures."""
        from elumenta_tui.tui.pictures import Pictures

        def repaint(show: Callable[[], None]) -> None:
            show()
            if "comparing" in vars(self):
                self.comparing.refresh_pictures()

        return Pictures(
            self._host,
            self._host,
            self.notify_user,
            mode=lambda: self.appearance.images,
            repaint=lambda: repaint(self.transcript.repaint_pictures),
            reflow=lambda: repaint(self.transcript.retell),
        )

    def drawn_pictures(self) -> Pictures | None:
        """Return what draws attached pictures; None if they are named only."""
        return self.pictures if self.appearance.images != "off" else None

    def forget_pictures(self) -> None:
        """Have the terminal forget the pictures that it was given."""
        if "pictures" in vars(self):
            self.pictures.close()

    def choose_images(self, word: str) -> None:
        """Draw attached pictures another way from now on."""
        if self.appearance.choose_images(word):
            self.pictures.explain()
            self.transcript.retell()
        else:
            self.notify_user(say("images.unknown", words=", ".join(IMAGES)), "warning")

    def _use_prompt_keys(self) -> None:
        is_vim = self._settings.prompt_keys == "vim"
        if is_vim == (self.prompt.vim is not None):
            return
        self.prompt.vim = None
        if is_vim:
            from elumenta_tui.tui.widgets.vim_keys import VimKeys

            self.prompt.vim = VimKeys(self.prompt, self._show_frame)

    @cached_property
    def configuring(self) -> Configuring:
        """Shows and changes the settings."""
        from elumenta_tui.config.option_rows import OptionRows
        from elumenta_tui.config.options import Given, Source
        from elumenta_tui.tui.configuring import Configuring

        host, settings, keychain = self._host, self._settings, self._keychain
        flag = {"model": Given(Source.FLAG, "--model")} if self._model else {}
        rows = OptionRows(
            settings,
            self._state_file,
            {**self._given, **flag},
            is_demo=lambda: self.session.backend.is_demo,
            model=lambda: self.session.model.slug,
            has_key=lambda: bool(keychain.key),
        )
        return Configuring(
            settings,
            keychain.config_path,
            rows,
            self.session,
            self.appearance,
            host,
            host,
            self.notify_user,
            apply=self._ways_to_apply(),
            pick_model=lambda current, take: self.dialogs.pick_model(current, take),
            ask_for_key=lambda: self.key_dialog.ask_for_key(),
        )

    def _ways_to_apply(self) -> Mapping[str, Callable[[], object]]:
        """Return what has a changed option count at once, by its name."""
        settings, appearance = self._settings, self.appearance

        def nothing() -> None:
            """The value is looked up when it is needed."""

        def use_limits() -> None:
            session = self.session
            session.limits = settings.spending_limits(names_repeats=session.limits.names_repeats)
            session.spending.refresh()
            self._show_price()

        def use_model() -> None:
            self.models.select(find_model(self.session.models, settings.model))

        def use_measure() -> None:
            self.transcript.lay_out(settings.measure, join_lines=settings.join_lines)

        def use_prompt_keys() -> None:
            self._use_prompt_keys()
            self._show_frame()

        def use_keys() -> None:
            if problems := self._host.use_keys(settings):
                self.notify_user("\n".join(problems), "warning")
            self.reword()

        limits = ("confirm_above", "cap_session", "cap_day", "cap_month")
        return {
            **dict.fromkeys(limits, use_limits),
            **dict.fromkeys(("measure", "join_lines"), use_measure),
            **dict.fromkeys(("bell", "notify", "token_price_rub"), nothing),
            **dict.fromkeys(("title", "stop_twice"), self._show_frame),
            "theme": lambda: appearance.choose_theme(settings.theme),
            **dict.fromkeys(("dark_theme", "light_theme"), appearance.end_preview),
            "model": use_model,
            "language": lambda: appearance.speak(settings.language),
            "images": lambda: self.choose_images(settings.images),
            "prompt_keys": use_prompt_keys,
            "keys_preset": use_keys,
        }

    @cached_property
    def path_completion(self) -> PathCompletion:
        """Completes paths after `@`."""
        from elumenta_tui.tui.path_completion import PathCompletion

        def refresh() -> None:
            self.prompt.suggestions.forget()
            self.chrome.show_suggestions()

        return PathCompletion(
            self._host, attach=lambda path: self.attaching.attach_path(path), refresh=refresh
        )

    @cached_property
    def queueing(self) -> Queueing:
        """Shows and changes the queue of the conversation."""
        from elumenta_tui.tui.queueing import Queueing

        return Queueing(
            self.session,
            self._host,
            self.prompt,
            self.transcript,
            self.chrome,
            self.notify_user,
            refuse=lambda refusal: self.sending.notify_refusal(refusal, kept=False),
            size=lambda: self._host.size,
            commands=self.commands,
            attach_again=lambda files: self.attaching.come_back(files) if files else None,
        )

    @cached_property
    def background(self) -> Background:
        """Lists the answers that are coming in all conversations."""
        from elumenta_tui.tui.background import Background

        return Background(self.session, self._host, self.notify_user, open=self.switching.open)

    @cached_property
    def switching(self) -> Switching:
        """Switches between conversations."""
        from elumenta_tui.tui.switching import Switching

        return Switching(
            self.session,
            self._host,
            self.prompt,
            self.sending,
            self.notify_user,
            find=self._find,
            export=lambda summaries, format: self.exporting.export_listed(summaries, format),
            quotes=self.quotes,
            put_back=lambda draft: self.drafting.put_back(draft),
            carry_over=lambda persona: self.personas.carry_over(persona),
            unstored=self._unstored_prompts,
        )

    def _unstored_prompts(self) -> Sequence[str]:
        """Return the prompts sent from this window that no stored conversation has, as far as they may be shown here."""
        conversation = self.session.conversation
        dropped = self.asking_aside.dropped if "asking_aside" in vars(self) else []
        return [*dropped, *(turn.prompt for turn in conversation.turns if conversation.is_temporary)]

    @cached_property
    def branching(self) -> Branching:
        """Shows the outline of the conversation, and makes new conversations of parts of it."""
        from elumenta_tui.tui.branching import Branching

        return Branching(
            self.session,
            self._host,
            self.notify_user,
            cursor_answer=lambda: self.transcript.cursor.answer,
            give_back=lambda answer: self.sending.give_back(answer),
        )

    def _next_text(self) -> str:
        """Return what Enter would send; empty if it would run a command."""
        text = self.prompt.text.strip()
        if not self.prompt.begins_with_paste and shell_command(self.prompt.text):
            return ""
        command = self.commands.parse(text)
        return self.quotes.compose(text) if command is None or command.is_sent else ""

    @cached_property
    def quoting(self) -> Quoting:
        """Puts parts of messages above the prompt."""
        from elumenta_tui.tui.quoting import Quoting

        return Quoting(
            self.session,
            self.quotes,
            self._host,
            self.prompt,
            self.transcript,
            self.notify_user,
            changed=self._quotes_changed,
        )

    def _files_changed(self) -> None:
        self._show_frame()
        self.session.draft_changed()

    def _quotes_changed(self) -> None:
        self._show_frame()
        if "attaching" in vars(self):
            self.attaching.show()

    @cached_property
    def inspecting(self) -> Inspecting:
        """Shows and changes what the next request carries."""
        from elumenta_tui.tui.inspecting import Inspecting

        return Inspecting(
            self.session,
            self._host,
            self.prompt,
            self.transcript,
            self.notify_user,
            draft=self._next_text,
            attached=lambda: self.attached,
            notify_refusal=lambda refusal: self.sending.notify_refusal(refusal, kept=False),
        )

    @cached_property
    def presses(self) -> Presses:
        """Sees every key first."""
        from elumenta_tui.tui.presses import Presses

        return Presses(
            self._host.set_timer, self.notify_user, changed=self._show_frame, stop=self.session.stop
        )

    @cached_property
    def copying(self) -> Copying:
        """Copies texts and opens links."""
        from elumenta_tui.tui.copying import Copying

        host = self._host
        return Copying(self.session, self.transcript, host, self.notify_user, host.write_to_terminal)

    @cached_property
    def steering(self) -> Steering:
        """Takes the keys of the block cursor, and leads through versions and branches."""
        from elumenta_tui.tui.steering import Steering

        return Steering(
            self.session,
            self.prompt,
            self.transcript,
            self.notify_user,
            perform=lambda name, argument: ACTIONS[name].handler(self, argument),
            is_possible=lambda name: name in ACTIONS and ACTIONS[name].possible(self),
        )

    @cached_property
    def revising(self) -> Revising:
        """Edits sent prompts in the prompt box."""
        from elumenta_tui.tui.revising import Revising

        return Revising(
            self.session,
            self.prompt,
            self.notify_user,
            refuse=self.sending.notify_refusal,
            sent=self._end_search_and_offer,
            changed=self._show_frame,
            width=lambda: self._host.size.width,
        )

    @property
    def is_revising(self) -> bool:
        """Whether a sent prompt is being edited."""
        return "revising" in vars(self) and self.revising.is_on

    @property
    def draft(self) -> str:
        """What is typed and quoted, and not sent."""
        return self.quotes.draft(self.revising.draft if self.is_revising else self.prompt.text)

    @property
    def chips(self) -> Draft:
        """What belongs to the draft beside its text."""
        if self.quotes.are_left_out:
            return NOTHING
        return Draft(
            quotes=tuple(self.quotes.items), attachments=self.attached, fields=self.prompt.open_fields
        )

    @cached_property
    def regenerating(self) -> Regenerating:
        """Asks for other versions of answers."""
        from elumenta_tui.tui.regenerating import Regenerating

        return Regenerating(
            self.session,
            self._host,
            self.notify_user,
            choose_model=lambda current, query, take: self.dialogs.pick_model(current, take, query),
            refuse=lambda refusal: self.sending.notify_refusal(refusal, kept=False),
            sent=self._end_search_and_offer,
            may_ask=self._may_ask,
        )

    def _end_search_and_offer(self) -> None:
        """End the search and withdraw the copy offer, because a prompt was sent."""
        if "copying" in vars(self):
            self.copying.withdraw_offer()
        if "finding" in vars(self):
            self.finding.close()
        if "comparing" in vars(self):
            self.comparing.note_sent()
        if self.session.conversation.parked:
            # After the prompt box has got back what it held before.
            self.prompt.call_later(self.parking.prompt_sent)

    @cached_property
    def finding(self) -> Finding:
        """Searches in the transcript."""
        from elumenta_tui.tui.finding import Finding

        return Finding(
            self.session,
            self._host,
            self.prompt,
            self.transcript,
            self.notify_user,
            width=lambda: self._host.size.width,
            clear_notice=self.widgets.notice.clear,
        )

    def path_changed(self, answer: Answer) -> None:
        """Go on with a search on the new path."""
        if "finding" in vars(self):
            self.finding.path_changed(answer)

    def close_search(self) -> None:
        """End a search, because another conversation is shown."""
        if "finding" in vars(self):
            self.finding.close()

    def _find(self, text: str) -> None:
        self.finding.open(text, focus=False)

    def reword(self) -> None:
        """Rewrite all texts around the prompt."""
        self.chrome.reword()
        self.show_queue()
        if "finding" in vars(self):
            self.finding.reword()
        if "quoting" in vars(self):
            self.quoting.reword()
        if "attaching" in vars(self):
            self.attaching.show()

    @cached_property
    def stopping(self) -> Stopping:
        """Decides what Esc, Ctrl+C and Ctrl+D do."""
        from elumenta_tui.tui.stopping import Stopping

        return Stopping(
            self.session,
            self._settings,
            self._host,
            self._host,
            self.prompt,
            self.transcript,
            self.finding,
            self.copying,
            self.presses,
            self.armed,
            self.notify_user,
            leave_cursor=lambda: "steering" in vars(self) and self.steering.leave(),
            leave_edit=lambda: self.is_revising and self.revising.leave(),
            dismiss_notice=lambda: self.widgets.notice.forget(),
            leave_comparing=lambda: "comparing" in vars(self) and self.comparing.leave_mode(),
        )

    @cached_property
    def comparing(self) -> Comparing:
        """Compares models."""
        from elumenta_tui.tui.comparing import COLUMN_FPS, Comparing

        return Comparing(
            self.session,
            self._host,
            self._host,
            self.transcript,
            self._state_file,
            self.notify_user,
            make_transcript=lambda foot: self._new_transcript(foot=foot, fps=COLUMN_FPS),
            show_frame=self._show_frame,
            choose_models=lambda: self.dialogs.choose_compared(),
            notify_refusal=lambda refusal: self.sending.notify_refusal(refusal, kept=False),
            take_back=lambda answer: self.sending.take_back(answer),
            copy=lambda text: self.copying.copy(text),
            type_on=self.prompt.post_message,
            pictures=self.drawn_pictures,
        )

    def offer_takes(self, event: Key | Paste) -> bool:
        """Act on a key for the chip of a page that is offered; False if the event belongs to what has the focus."""
        is_known = len(self._host.screen_stack) == 1 and "attaching" in vars(self)
        return is_known and self.attaching.offering.takes(event)

    def undo(self) -> None:
        """Undo in what has the keys: behind a dialog the prompt has the focus, too, and keeps its text."""
        if len(self._host.screen_stack) == 1:
            if self.widgets.prompt.has_focus:
                self.widgets.prompt.undo()
            return
        from elumenta_tui.tui.widgets.dialog import Dialog

        screen = self._host.screen_stack[-1]
        if isinstance(screen, Dialog):
            screen.undo()

    def types_on(self, event: Key | Paste) -> bool:
        """Type a key or paste into the prompt that came over an open comparison. Return whether it was for the prompt."""
        return "comparing" in vars(self) and self.comparing.takes(event)

    def shows_compared(self, event: SessionEvent) -> bool:
        """Show an event in the open comparison. Return whether the event is of no more interest to the transcript below it."""
        return "comparing" in vars(self) and self.comparing.follow(event)

    @cached_property
    def parameters(self) -> Parameters:
        """Sets the system prompt and the parameters of the conversation."""
        from elumenta_tui.tui.parameters import Parameters

        return Parameters(
            self.session,
            self._host,
            self.notify_user,
            changed=self._show_frame,
            put_back=self.prompt.put_back,
        )

    @cached_property
    def personas(self) -> Personas:
        """Chooses personas."""
        from elumenta_tui.tui.personas import Personas

        return Personas(
            self.session,
            self._settings.personas,
            self._host,
            self.notify_user,
            config=self._keychain.config_path,
            changed=self._show_persona,
            put_back=self.prompt.put_back,
        )

    def _show_persona(self) -> None:
        self.chrome.show_frame()
        self.chrome.show_greeting()
        self.repaint_last()

    def _persona_greeting(self) -> str:
        persona = self._settings.personas.get(self.session.conversation.persona)
        return persona.greeting if persona is not None else ""

    def _own_action(self, word: str) -> Action | None:
        """Return the action of a slash word that the user has made."""
        found = self.personas.action(word) if self._settings.personas else None
        return found or self.templating.action(word)

    def own_words(self) -> Sequence[Suggestion]:
        """List the slash words that the user has made."""
        from elumenta_tui.tui.widgets.suggestions import Suggestion

        personas = self.personas.words() if self._settings.personas else ()
        return [
            *(Suggestion(f"/{word}", title, True) for word, title in personas if by_typed(word) is None),
            *(Suggestion(f"/{word}", "", True, describe) for word, describe in self.templating.words()),
        ]

    @cached_property
    def templating(self) -> Templating:
        """Puts templates into the prompt."""
        from elumenta_tui.config.templates import DIRECTORY, Templates
        from elumenta_tui.tui.templating import Templating

        def is_persona(word: str) -> bool:
            return any(name.lower() == word for name in self._settings.personas)

        return Templating(
            self.session,
            Templates(self._keychain.config_path.parent / DIRECTORY),
            self.prompt,
            self._host,
            self._host,
            self.notify_user,
            is_persona=is_persona,
            personas=lambda: self.personas,
            quotes=self.quotes,
            copied=lambda: self.copying.copied if "copying" in vars(self) else "",
            changed=self._show_persona,
        )

    @cached_property
    def key_dialog(self) -> KeyDialog:
        """Asks for a key."""
        from elumenta_tui.tui.key_dialog import KeyDialog

        host = self._host
        return KeyDialog(
            self.session,
            self._keychain,
            self._settings,
            host,
            host,
            self.notify_user,
            demo=self._demo,
            switch_language=self.appearance.switch_language,
            has_account=lambda: self.first_start.remember(has_account=True),
        )

    @cached_property
    def dialogs(self) -> Dialogs:
        """Shows dialogs to choose from."""
        from elumenta_tui.tui.dialogs import Dialogs

        host = self._host
        return Dialogs(
            self.session,
            host,
            self.transcript,
            self.appearance,
            self.copying,
            self.notify_user,
            select_model=self.models.select,
            compare=lambda models: self.comparing.begin(models),
            scores=lambda: self.comparing.scores,
            lists=lambda: self.models.lists,
            remember=lambda: host.start(self._state_file.write, "remember"),
            perform=host.action_perform,
            is_offered=self.is_offered,
            key_notes=self._key_notes,
        )

    @cached_property
    def alerting(self) -> Alerting:
        """Tells the user of answers that come while the terminal has no focus."""
        from elumenta_tui.tui.alerting import Alerting

        return Alerting(
            self._settings,
            os.environ,
            clock=self.session.clock,
            has_focus=lambda: self._host.app_focus,
            write=self._host.write_to_terminal,
            changed=self._show_frame,
        )

    def alert(self, answer: Answer, title: str) -> None:
        """Tell the user of an answer that has ended, if the terminal has no focus. `title` is its conversation's."""
        if not self._host.app_focus:
            self.alerting.ended(answer, title)

    def window_title(self, title: str) -> str:
        """Return the title for the terminal's window: the conversation's, with a mark while answers come or one was not seen."""
        if not self._settings.title:
            return ""
        is_unseen = "alerting" in vars(self) and self.alerting.is_unseen
        mark = "●" if is_unseen else "…" if self.session.is_answering else ""
        return f"{mark} {title or 'elumenta-tui'}" if mark else title

    @cached_property
    def chords(self) -> Chords:
        """Reads keys that are pressed one after the other."""
        from elumenta_tui.tui.chords import Chords

        host = self._host
        return Chords(
            host,
            self.armed,
            self.notify_user,
            width=lambda: host.size.width,
            is_possible=lambda name: bool(host.check_action("perform", (name,))),
            perform=host.action_perform,
        )

    def _key_notes(self) -> Sequence[str]:
        from elumenta_tui.tui.key_notes import key_notes

        return key_notes(self._settings, os.environ, self._keychain.config_path)

    @cached_property
    def editing(self) -> Editing:
        """Edits the prompt in an external editor."""
        from elumenta_tui.tui.editing import Editing

        return Editing(
            self.prompt,
            self._host,
            self.notify_user,
            lambda: self._host.driver,
            is_temporary=lambda: self.session.conversation.is_temporary,
        )

    @cached_property
    def drafting(self) -> Drafting:
        """Takes the unsent prompt away, and brings it back."""
        from elumenta_tui.tui.drafting import Drafting

        return Drafting(self.prompt, self.quotes, self._files)

    @cached_property
    def parking(self) -> Parking:
        """Puts the unsent prompt aside."""
        from elumenta_tui.tui.parking import Parking

        return Parking(
            self.session,
            self.drafting,
            self.notify_user,
            is_revising=lambda: self.is_revising,
            changed=self._show_frame,
        )

    @cached_property
    def temporary(self) -> Temporary:
        """Begins, keeps and forgets temporary chats."""
        from elumenta_tui.tui.temporary import Temporary

        return Temporary(
            self.session,
            self._host,
            self._host,
            self.prompt,
            self.notify_user,
            drafting=lambda: self.drafting,
            open=self.switching.open,
            changed=self.reword,
        )

    def _leave_temporary(self) -> None:
        if self.is_revising:
            self.revising.leave()
        self.temporary.leave()

    def temporary_shown(self) -> None:
        """Bring back what belongs to a temporary chat, if one is shown."""
        if self.session.conversation.is_temporary or "temporary" in vars(self):
            self.temporary.apply_shown()

    @cached_property
    def exporting(self) -> Exporting:
        """Exports the conversation."""
        from elumenta_tui.tui.exporting import Exporting

        return Exporting(self.session, self._data, self.prompt, self.copying, self._host, self.notify_user)

    @cached_property
    def feedback(self) -> Feedback:
        """Opens a report for those who make the program."""
        from elumenta_tui.tui.feedback import Feedback

        return Feedback(
            self._host,
            self._host,
            self._data,
            self.copying,
            self.notify_user,
            examine=self._examine,
            key=lambda: self._keychain.key,
        )

    @cached_property
    def asking_aside(self) -> AskingAside:
        """Asks side questions."""
        from elumenta_tui.tui.asking_aside import AskingAside

        return AskingAside(
            self.session,
            self._host,
            self.prompt,
            self.copying,
            self.presses,
            self.notify_user,
            new_transcript=self._transcript_of_aside,
            notify_refusal=lambda refusal: self.sending.notify_refusal(refusal),
            commands=self.commands,
            files=self._files,
        )

    @cached_property
    def transcript(self) -> Transcript:
        """Shows the conversation."""
        return self._new_transcript(
            offers=self._offers,
            conversation=lambda: self.session.conversation,
            run_of=lambda source: self.session.context.run_of(source),
            pictures=self.drawn_pictures,
            id="transcript",
        )

    def _offers(self, answer: Answer) -> Sequence[str]:
        from elumenta_tui.transfer.offer_words import offers

        return offers(self.session, answer, hint)

    def _new_transcript(self, **facts: Any) -> Transcript:
        """Create a transcript; `facts` are arguments of `Transcript`."""
        from elumenta_tui.tui.widgets.transcript import Transcript

        session, settings = self.session, self._settings
        return Transcript(
            clock=session.clock,
            calendar=session.calendar,
            is_settling=session.is_settling,
            join_lines=settings.join_lines,
            measure=settings.measure,
            **facts,
        )

    def _transcript_of_aside(self, offers: Callable[[Answer], Sequence[str]]) -> Transcript:
        """Create a transcript for an answer beside the conversation."""
        transcript = self._new_transcript(offers=offers, is_aside=True)
        transcript.badge = self.transcript.badge
        return transcript

    def refresh_aside(self, answer: Answer) -> None:
        """Show what has changed of an answer, if it is an open side answer."""
        if "asking_aside" in vars(self):
            self.asking_aside.refresh(answer)

    def close_aside(self) -> None:
        """Close the panel of a side answer, which the session has kept or forgotten."""
        if "asking_aside" in vars(self):
            self.asking_aside.close()

    @cached_property
    def saving_text(self) -> SavingText:
        """Saves blocks of the transcript to files."""
        from elumenta_tui.tui.saving_text import SavingText

        return SavingText(
            self.session,
            self._data,
            self.transcript,
            self.prompt,
            self.copying,
            self._host,
            self.notify_user,
        )

    @cached_property
    def raw_view(self) -> RawView:
        """Shows the source of an answer without the app."""
        from elumenta_tui.tui.raw_view import RawView

        return RawView(self.session, self.transcript, self._host, self.notify_user, lambda: self._host.driver)

    @cached_property
    def table_view(self) -> TableView:
        """Opens tables on the whole screen."""
        from elumenta_tui.tui.table_view import TableView

        return TableView(self._host, self.transcript, self.copying, self.notify_user)

    @cached_property
    def block_selecting(self) -> BlockSelecting:
        """Selects blocks of the transcript."""
        from elumenta_tui.tui.block_selecting import BlockSelecting

        return BlockSelecting(self._host, self.transcript)

    @cached_property
    def recovering(self) -> Recovering:
        """Replaces incomplete answers by complete ones."""
        from elumenta_tui.tui.recovering import Recovering

        return Recovering(
            self.session, self.transcript, self.notify_user, stop_keys=lambda: self.stopping.keys
        )

    def set_cap(self, typed: str) -> None:
        """Set a limit of what is spent, or say which there are."""
        from elumenta_tui.tui.capping import Capping

        def use(limits: SpendingLimits) -> None:
            # `/settings` shows them, and takes over from there.
            settings = self._settings
            caps = float(limits.session), float(limits.day), float(limits.month)
            settings.cap_session, settings.cap_day, settings.cap_month = caps
            self._show_price()

        Capping(
            self.session,
            self._keychain.config_path,
            self._host,
            self.notify_user,
            changed=use,
            put_back=self.prompt.put_back,
        ).command(typed)

    def show_statistics(self) -> None:
        """Show what was spent."""
        from elumenta_tui.tui.statistics import show_statistics

        show_statistics(self.session, self._host, roubles=self._settings.token_price_rub)

    def is_offered(self, action: Action) -> bool:
        """Return whether an action would do anything now. Lists show only such actions."""
        return (self.session.backend.is_demo or not action.demo_only) and action.possible(self)

    def show_queue(self) -> None:
        """Show the queue of the conversation above the prompt."""
        if self.session.conversation.queued or "queueing" in vars(self):
            self.queueing.refresh()

    def say_what_stays_queued(self) -> None:
        """Notify the user of the queue of the conversation that was left."""
        if "queueing" in vars(self):
            self.queueing.apply_shown()

    def _show_frame(self) -> None:
        self.chrome.show_frame()

    def _show_price(self) -> None:
        """Update the prices of the next request."""
        self.chrome.show_money()
        self.show_queue()
        self.repaint_last()

    def show_models(self) -> None:
        """Show the models that were read: in the picker, and in the prices of the newest answer."""
        if "dialogs" in vars(self):
            self.dialogs.refresh_models()
        self.repaint_last()

    def repaint_last(self) -> None:
        """Repaint the newest answer: it may show what sending it again costs."""
        if self.session.last is not None:
            self.transcript.mark_changed(self.session.last)
