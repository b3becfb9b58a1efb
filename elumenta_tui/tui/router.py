"""Routes the session's events to the parts that show them."""

from __future__ import annotations

from collections.abc import Callable

from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n.own_prompts import written_by_user
from elumenta_tui.session.events import (
    AccountChanged,
    AccountSwitched,
    AnswerChanged,
    AnswerCompleted,
    AnsweredBeside,
    AnsweredElsewhere,
    AnswerEnded,
    CannotSave,
    ContextChanged,
    ConversationShown,
    CrashFound,
    KeyRefused,
    OpenFailed,
    PathChanged,
    PromptsRead,
    QueueChanged,
    QueuedSent,
    Renamed,
    SavedAgain,
    SessionEvent,
    SideAnswerEnded,
    WaitChanged,
)
from elumenta_tui.transfer.event_words import notice_of
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.parts import Parts
from elumenta_tui.tui.ports import Screens


class Router:
    """Routes events to the transcript, the chrome, the dialogs and the notices.

    Args:
        warm_up: imports what the first answer needs.
    """

    def __init__(self, parts: Parts, screens: Screens, *, warm_up: Callable[[], object]) -> None:
        self._parts = parts
        self._screens = screens
        self._session = parts.session
        self._prompt = parts.widgets.prompt
        self._transcript = parts.transcript
        self._notice = parts.widgets.notice
        self._models = parts.models
        self._warm_up = warm_up

    def route(self, event: SessionEvent) -> None:
        """Show an event, and notify the user if the event has a sentence.

        The app pops its screens before it ends: an event that comes later has nothing to be shown on.
        """
        if not self._screens.screen_stack:
            return
        if isinstance(event, AnswerEnded | AnsweredElsewhere | AnsweredBeside | SideAnswerEnded):
            title = self._session.conversation.title
            self._parts.alert(event.answer, event.title if isinstance(event, AnsweredElsewhere) else title)
        is_compared = self._parts.shows_compared(event)
        is_beside = isinstance(event, AnsweredBeside)
        if not is_compared or is_beside:
            self._show(event)
        # What ends in an open comparison is seen there.
        notice = None if is_compared and is_beside else notice_of(event, self._session.database, hint)
        if notice is not None:
            self._parts.notify_user(
                notice.text,
                notice.severity,
                lasting=notice.lasting,
                of_conversation=notice.of_conversation,
            )

    def _show(self, event: SessionEvent) -> None:
        """Show an event where it is seen. (Over 60 lines: one case for each event.)"""
        chrome = self._parts.chrome
        match event:
            case AnswerChanged(answer):
                self._transcript.mark_changed(answer)
                self._parts.refresh_aside(answer)
                return
            case WaitChanged(answer):
                if self._session.is_shown(answer):
                    chrome.show_frame()
            case AnswerEnded(answer):
                if self._session.is_shown(answer):
                    self._show_end(answer)
                self._parts.switching.refresh_list()
            case AnsweredElsewhere() | AnsweredBeside():
                chrome.show_money()
                self._parts.switching.refresh_list()
            case QueueChanged(conversation):
                self._parts.queueing.apply_changed(conversation)
            case QueuedSent(answer):
                self._parts.queueing.apply_sent(answer)
            case AnswerCompleted(answer):
                if not self._parts.is_revising:
                    self._parts.sending.take_back(answer)
                chrome.show_money()
            case AccountChanged(models):
                if models:
                    self._models.check_named()
                    self._parts.show_models()
                chrome.show_money()
            case KeyRefused(failure):
                chrome.show_money()
                self._parts.key_dialog.ask_after(failure)
            case AccountSwitched(from_or_to_demo):
                if from_or_to_demo:
                    self._models.select_last()
                    self._parts.close_aside()
                    self._parts.quotes.clear()
                    if self._parts.attached:
                        self._parts.attaching.take()
                self._parts.reword()
                self._warm_up()
            case ConversationShown():
                self._show_conversation(event)
            case PathChanged(answer):
                self._session.mark_read(self._session.conversation.shown)
                self._transcript.show(self._session.conversation.shown)
                if answer.over:
                    self._transcript.show_answer(answer)
                self._parts.path_changed(answer)
                if "steering" in vars(self._parts):
                    self._parts.steering.show_changed(answer)
                self._parts.reword()
            case ContextChanged():
                self._transcript.repaint_marks()
                chrome.show_frame()
            case OpenFailed():
                self._parts.switching.apply_failure(event)
                self._parts.temporary_shown()
            case PromptsRead(prompts):
                self._prompt.sent.add_before(written_by_user(prompts))
            case CrashFound(cut):
                last = self._session.last
                if cut and last is not None and last.id == cut[-1].id and not last.has_text:
                    self._parts.sending.give_back(last)
            case Renamed():
                chrome.show_frame()
            case SavedAgain():
                self._notice.forget()
                chrome.show_money()
            case CannotSave() | SideAnswerEnded():
                chrome.show_money()

    def _show_end(self, answer: Answer) -> None:
        """Show the end of an answer, and give its prompt back if the answer is empty."""
        if not answer.has_text and answer is self._session.last:
            self._parts.sending.give_back(answer)
        self._parts.armed.disarm("stop")
        self._parts.chrome.show_money()

    def _show_conversation(self, shown: ConversationShown) -> None:
        self._notice.leave_conversation()
        self._parts.close_search()
        if self._parts.is_revising:
            self._parts.revising.conversation_shown(keeps_draft=shown.keeps_draft)
        self._transcript.show(self._session.conversation.shown, plain=shown.is_stuck)
        self._parts.reword()
        self._parts.switching.apply_shown(shown)
        self._parts.temporary_shown()
        self._parts.say_what_stays_queued()
        if self._parts.quotes.items:
            # The quotes have come along, and are a part of this draft now.
            self._session.draft_changed()
