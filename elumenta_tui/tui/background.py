"""The answers that are coming in all conversations, those that have come and were not seen, and the queues that wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.screens.running import Running, RunningScreen


class Background:
    """Shows the list of running answers; `open` opens a conversation by its id."""

    def __init__(
        self, session: Session, screens: Screens, notify_user: NotifyUser, *, open: Callable[[str], None]
    ) -> None:
        self._session = session
        self._screens = screens
        self._notify_user = notify_user
        self._open = open

    def show(self) -> None:
        """Show the list."""
        if not self._entries():
            self._notify_user(say("notice.nothing_running", key=hint("conversations")))
            return
        screen = RunningScreen(self._entries, now=self._session.clock, stop=self._stop)
        self._screens.push_screen(screen, self._chosen)

    def _entries(self) -> Sequence[Running]:
        session = self._session
        # A side question has a panel of its own.
        generations = [each for each in session.running if not each.is_aside]
        generations += session.ended_elsewhere
        shown = set(session.conversation.shown)
        # A conversation whose next answer is coming already is listed once.
        seen: set[int] = set()
        entries = []
        for generation in generations:
            conversation = generation.conversation
            if generation.answer.over and id(conversation) in seen:
                continue
            seen.add(id(conversation))
            is_here = conversation is session.conversation
            is_beside = is_here and generation.answer not in shown
            entries.append(self._entry(generation.answer, conversation, is_beside=is_beside))
        entries += [
            self._entry(each.answer, each.conversation, is_beside=True) for each in session.ended_beside
        ]
        for conversation in session.queue.waiting if "queue" in vars(session) else ():
            if id(conversation) not in seen and (newest := conversation.newest) is not None:
                entries.append(self._entry(newest, conversation))
        return entries

    def _entry(self, answer: Answer, conversation: Conversation, *, is_beside: bool = False) -> Running:
        session = self._session
        has_queue = bool(conversation.queued) and answer.over
        hold = session.queue.hold(conversation) if has_queue and "queue" in vars(session) else None
        is_here = conversation is session.conversation
        return Running(answer, conversation, is_here=is_here, is_beside=is_beside, hold=hold)

    def _stop(self, entry: Running) -> None:
        if not entry.answer.over:
            self._session.stop_answer(entry.answer)

    def _chosen(self, entry: Running | None) -> None:
        if entry is None:
            return
        if not entry.is_here:
            self._open(entry.conversation.id)
        elif entry.is_beside and self._session.is_shown(entry.answer):
            self._session.branches.lead_to(entry.answer)
