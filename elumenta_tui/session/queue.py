"""Queued prompts: each is sent when the answer before it in its conversation is complete, or waits and says why.

A queue sends by itself only right behind a complete answer that it was waiting for in this program. After anything else (a stop,
a failure, another path, another account, a restart) it waits until the user sends it or takes it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.ledger import Ledger
from elumenta_tui.chat.models import Model, find_model
from elumenta_tui.chat.queue import QueuedPrompt
from elumenta_tui.chat.turn import Answer, AnswerState, Turn
from elumenta_tui.session.backend import Backend
from elumenta_tui.session.events import Notify, QueueChanged, QueuedSent, QueueHeld
from elumenta_tui.session.generation import Generation
from elumenta_tui.session.guardrails import Hold, Refusal, are_too_many
from elumenta_tui.store.ids import new_id

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.session.library import Library
    from elumenta_tui.session.spending import Spending


_OF_ANSWERS = (Hold.STOPPED, Hold.FAILED, Hold.INTERRUPTED)
"""Reasons that are about the answer before the queue."""

_HOLDS = {AnswerState.FAILED: Hold.FAILED, AnswerState.INTERRUPTED: Hold.INTERRUPTED}


class Sender(Protocol):
    """The session, as its queues use it."""

    reaction: float

    @property
    def conversation(self) -> Conversation:
        """The current conversation."""

    @property
    def model(self) -> Model:
        """The chosen model."""

    @property
    def models(self) -> Sequence[Model]:
        """The models that can be asked."""

    @property
    def backend(self) -> Backend: ...

    @property
    def ledger(self) -> Ledger: ...

    @property
    def running(self) -> Sequence[Generation]:
        """All running generations."""

    def clock(self) -> float:
        """Return seconds of a monotonic clock."""

    def send_queued(self, conversation: Conversation, queued: QueuedPrompt, model: Model) -> Answer:
        """Send a prompt that has left the queue of its conversation."""

    @property
    def spending(self) -> Spending: ...

    def calendar(self) -> float:
        """Return Unix seconds."""

    def open_library(self) -> Library:
        """Return the stored conversations."""


@dataclass(slots=True, eq=False)
class _Queue:
    """What is known of the queue of one conversation, besides its prompts."""

    conversation: Conversation
    behind: Turn | None = None
    """The turn whose complete answer sends the next prompt; None if none does."""
    hold: Hold | None = None
    since: float = float("-inf")
    """Time of the hold, in seconds of the session's clock."""
    model: Model | None = None
    """The model that was chosen when the conversation was left; None while it is current."""
    added_at: float = float("-inf")


class Queues:
    """The queues of all conversations of a session, by conversation. Call every method on the session's loop."""

    def __init__(self, session: Sender, notify: Notify) -> None:
        self._session = session
        self._notify = notify
        self._queues: dict[str, _Queue] = {}

    # ------------------------------------------------------------------------------------------------- what is queued

    @property
    def count(self) -> int:
        """Number of all queued prompts that this session knows of, without those of temporary conversations."""
        stored = [queue.conversation for queue in self._queues.values()]
        return sum(len(each.queued) for each in stored if not each.is_temporary)

    @property
    def waiting(self) -> Sequence[Conversation]:
        """The other conversations whose queues wait, although no answer is coming in them."""
        busy = {each.conversation.id for each in self._session.running}
        found = [queue.conversation for queue in self._queues.values() if queue.conversation.queued]
        return [each for each in found if each is not self._session.conversation and each.id not in busy]

    def hold(self, conversation: Conversation) -> Hold | None:
        """Return why the queue of a conversation waits; None if it is sent behind the answer that is coming."""
        queue = self._queues.get(conversation.id)
        return queue.hold if queue is not None else None

    def model(self, conversation: Conversation) -> Model:
        """Return the model that the next queued prompt of a conversation goes to."""
        return (
            self.model_of(conversation.queued[0], conversation)
            if conversation.queued
            else self._chosen(conversation)
        )

    def models(self, conversation: Conversation) -> list[Model]:
        """Return the model that each queued prompt of a conversation goes to."""
        return [self.model_of(each, conversation) for each in conversation.queued]

    def model_of(self, queued: QueuedPrompt, conversation: Conversation) -> Model:
        """Return the model that a queued prompt of a conversation goes to, with its price as the service lists it now."""
        return find_model(self._session.models, queued.model) if queued.model else self._chosen(conversation)

    def _chosen(self, conversation: Conversation) -> Model:
        """Return the model that is chosen in a conversation."""
        if conversation is self._session.conversation:
            return self._session.model
        queue = self._queues.get(conversation.id)
        newest = conversation.newest
        if queue is not None and queue.model is not None:
            return queue.model
        return newest.model if newest is not None else self._session.model

    def live(self, id: str) -> Conversation | None:
        """Return the conversation of that id if its queue is sent by itself although no answer is coming in it."""
        queue = self._queues.get(id)
        return queue.conversation if queue is not None and queue.hold is Hold.TOO_MANY else None

    # ------------------------------------------------------------------------------------- what the user does with it

    def add(
        self, prompt: str, place: int | None = None, attachments: tuple[Attachment, ...] = ()
    ) -> QueuedPrompt | Refusal:
        """Queue a prompt for the chosen model in the current conversation, by default at the end. Refused if no answer is coming there.

        The same prompt again within the time of a reaction belongs to the key press before, and is refused.
        """
        conversation, now = self._session.conversation, self._session.clock()
        current = conversation.current
        if current is None:
            return Refusal.NOTHING
        queue = self._queue(conversation)
        last = conversation.queued[-1] if conversation.queued else None
        before, at = (last.text, queue.added_at) if last is not None else (current.prompt, current.asked_at)
        if before == prompt and now - at < self._session.reaction:
            return Refusal.ECHO
        if not conversation.queued:
            queue.hold, queue.behind = None, current.turn
        queued = QueuedPrompt(prompt, new_id(), attachments, self._session.model.slug)
        end = len(conversation.queued)
        conversation.queued.insert(end if place is None else max(0, min(place, end)), queued)
        queue.added_at = now
        self._changed(conversation)
        return queued

    def remove(self, queued: QueuedPrompt) -> bool:
        """Take a prompt out of the queue of the current conversation; False if it was sent already."""
        conversation = self._session.conversation
        if queued not in conversation.queued:
            return False
        conversation.queued.remove(queued)
        self._changed(conversation, removed=queued)
        return True

    def move(self, queued: QueuedPrompt, by: int) -> bool:
        """Move a prompt in the queue of the current conversation; False at either end, or if it was sent already."""
        conversation = self._session.conversation
        if queued not in conversation.queued:
            return False
        place = conversation.queued.index(queued)
        target = max(0, min(place + by, len(conversation.queued) - 1))
        if target == place:
            return False
        conversation.queued.insert(target, conversation.queued.pop(place))
        self._changed(conversation)
        return True

    def resume(self) -> Answer | Refusal | None:
        """End the hold of the current conversation's queue: send its next prompt, or wait for the answer that is coming.

        Return the new answer; None if an answer is coming, or why nothing is sent.
        """
        conversation, session = self._session.conversation, self._session
        if not conversation.queued:
            return Refusal.NOTHING
        queue = self._queue(conversation)
        current = conversation.current
        if current is not None:
            queue.hold, queue.behind = None, current.turn
            self._notify(QueueChanged(conversation))
            return None
        if session.clock() - queue.since < session.reaction:
            # Nobody reads faster: the key was pressed before the queue began to wait.
            return Refusal.ECHO
        if session.backend.account is None:
            return Refusal.NO_ACCOUNT
        if are_too_many(len(session.running), session.backend.limits):
            return Refusal.TOO_MANY
        model = self.model(conversation)
        if _is_blind(model, conversation):
            # A second time changes nothing: the model would not see what the prompt is about.
            self._hold(queue, Hold.NO_VISION)
            return Refusal.NO_VISION
        if (guarded := session.spending.is_guarded(model)) is not None:
            hold = Hold.CAP if guarded is Refusal.CAP else Hold.CONFIRM
            if queue.hold is not hold:
                # The queue says why it waits now. Sending it once more is the confirmation.
                self._hold(queue, hold)
                return Refusal.ECHO
        session.spending.allow([model])
        return self._send(queue)

    # ------------------------------------------------------------------------------------------------ what happens to it

    def answer_ended(self, conversation: Conversation, answer: Answer) -> None:
        """Send the next prompt behind an answer that has just ended, if it is complete; else hold the queue."""
        queue = self._queues.get(conversation.id)
        if queue is not None and queue.behind is answer.turn and queue.hold is None and conversation.queued:
            self._go_on(queue)
        elif queue is not None and queue.hold in _OF_ANSWERS and answer.state is AnswerState.COMPLETE:
            # The answer that held it is no longer the one before it.
            self._hold(queue, Hold.WAITS)
        for waiting in list(self._queues.values()):
            if waiting.hold is Hold.TOO_MANY:
                self._go_on(waiting)

    def _go_on(self, queue: _Queue) -> None:
        conversation, turn = queue.conversation, queue.behind
        if turn is None or conversation.head is not turn:
            self._hold(queue, Hold.MOVED)
            return
        if any(not answer.over for answer in turn.answers):
            # Another answer to the same prompt is still coming.
            return
        before = turn.shown
        if before.state is not AnswerState.COMPLETE:
            self._hold(queue, Hold.STOPPED if before.was_stopped else _HOLDS[before.state])
        elif (obstacle := self._obstacle(conversation)) is not None:
            self._hold(queue, obstacle)
        else:
            self._send(queue)

    def _obstacle(self, conversation: Conversation) -> Hold | None:
        """Return what keeps the next prompt of a conversation from being sent by itself now."""
        model = self.model(conversation)
        backend, limits = self._session.backend, self._session.backend.limits
        if backend.account is None:
            return Hold.NO_ACCOUNT
        if are_too_many(len(self._session.running), limits):
            return Hold.TOO_MANY
        if limits is not None and limits.are_used_up(self._session.calendar()):
            return Hold.NO_REQUESTS
        if _is_blind(model, conversation):
            return Hold.NO_VISION
        left = self._session.ledger.after(model.most)
        if left is not None and left < 0:
            return Hold.NO_BALANCE
        guarded = self._session.spending.is_guarded(model)
        return None if guarded is None else Hold.CAP if guarded is Refusal.CAP else Hold.CONFIRM

    def _send(self, queue: _Queue) -> Answer:
        """Send the next prompt. Nothing is awaited between its leaving the queue and its being a turn."""
        conversation = queue.conversation
        model = self.model(conversation)
        queued = conversation.queued.pop(0)
        try:
            answer = self._session.send_queued(conversation, queued, model)
        except BaseException:
            conversation.queued.insert(0, queued)
            raise
        queue.hold, queue.behind = None, answer.turn
        self._forget_if_empty(queue)
        self._notify(QueuedSent(answer))
        return answer

    def _hold(self, queue: _Queue, why: Hold) -> None:
        if queue.hold is why:
            return
        queue.hold, queue.since = why, self._session.clock()
        if why is not Hold.TOO_MANY:
            queue.behind = None
        if queue.conversation is self._session.conversation:
            self._notify(QueueChanged(queue.conversation))
        else:
            self._notify(QueueHeld(queue.conversation, why))

    def hold_all(self, why: Hold) -> None:
        """Hold every queue, so that nothing is sent by itself any more."""
        for queue in self._queues.values():
            if queue.conversation.queued and queue.hold in (None, Hold.TOO_MANY):
                self._hold(queue, why)

    def forget(self, id: str) -> None:
        """Drop the queue of a conversation that is deleted."""
        queue = self._queues.pop(id, None)
        if queue is not None:
            queue.conversation.queued.clear()

    def switched(self, left: Conversation, model: Model, shown: Conversation) -> Model | None:
        """Another conversation is current. Return the model that was chosen for the queue of the shown one, if any was.

        Args:
            left: the conversation before.
            model: the model that was chosen there.
        """
        if left.queued and left is not shown:
            self._queue(left).model = model
        if not shown.queued:
            return None
        queue = self._queues.get(shown.id)
        if queue is None or queue.conversation is not shown:
            # Read from the disk. No answer that it waits for is coming here.
            why = queue.hold if queue is not None else None
            queue = self._queues[shown.id] = _Queue(shown, hold=why or self._hold_of(shown))
            self._session.open_library().autosave.save_queue(shown)
        chosen, queue.model = queue.model, None
        return chosen

    @staticmethod
    def _hold_of(conversation: Conversation) -> Hold:
        newest = conversation.newest
        if newest is not None and newest.was_stopped:
            return Hold.STOPPED
        return Hold.RESTORED

    def _queue(self, conversation: Conversation) -> _Queue:
        queue = self._queues.get(conversation.id)
        if queue is None or queue.conversation is not conversation:
            queue = self._queues[conversation.id] = _Queue(conversation)
        return queue

    def _forget_if_empty(self, queue: _Queue) -> None:
        if not queue.conversation.queued:
            del self._queues[queue.conversation.id]

    def _changed(self, conversation: Conversation, *, removed: QueuedPrompt | None = None) -> None:
        self._session.open_library().autosave.save_queue(conversation, removed=removed)
        self._forget_if_empty(self._queue(conversation))
        self._notify(QueueChanged(conversation))


def _is_blind(model: Model, conversation: Conversation) -> bool:
    """Return whether the request of the next queued prompt holds images that the model does not see."""
    if model.vision:
        return False
    attached = conversation.queued[0].attachments if conversation.queued else ()
    return any(each.kind == "image" for each in attached) or conversation.has_images()
