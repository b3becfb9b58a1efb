"""A question beside the conversation: its answer belongs to nothing until it is kept as a branch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.ledger import Charge, Ledger
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.request import Request
from elumenta_tui.chat.spending import Kind
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.session.backend import Backend
from elumenta_tui.session.generation import Generation
from elumenta_tui.session.guardrails import Refusal, are_too_many
from elumenta_tui.store.ids import new_id

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.session.library import Library


class Asker(Protocol):
    """The session, as side questions use it."""

    backend: Backend
    conversation: Conversation
    model: Model
    clock: Callable[[], float]
    calendar: Callable[[], float]

    @property
    def models(self) -> Sequence[Model]: ...

    @property
    def ledger(self) -> Ledger: ...

    @property
    def running(self) -> Sequence[Generation]: ...

    @property
    def last(self) -> Answer | None: ...

    def live(self, id: str) -> Conversation | None: ...

    def balance_before(self) -> Amount | None: ...

    def start_generation(
        self,
        answer: Answer,
        conversation: Conversation,
        request: Request,
        stored: Callable[[Answer], Awaitable[object]],
        earlier: Answer | None,
        *,
        is_aside: bool = False,
        kind: Kind = Kind.CHAT,
    ) -> None: ...

    def guarded(self, what: str, models: Sequence[Model]) -> Refusal | None: ...

    def stop_answer(self, answer: Answer) -> None: ...

    def open_library(self) -> Library: ...


class SideQuestion:
    """The side question of a session. There is one at a time, from `ask` until `drop` or `keep`.

    Its request counts to the running answers, and its charge to the session's ledger, also after it was dropped. Nothing of it
    is stored or sent with later requests unless it is kept.
    """

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self.answer: Answer | None = None
        """The open side answer, running or over; None if none is open."""
        self._conversation = asker.conversation
        """The conversation that it was asked beside."""

    def model(self, *, current: bool) -> Model:
        """Return the model that a side question asks: the current one, or else the cheapest that answers text."""
        asker = self._asker
        return asker.model if current else cheapest(asker.models, asker.model, asker.ledger.plan)

    def request(self, question: str, model: Model, attachments: tuple[Attachment, ...] = ()) -> Request:
        """Return the request of a side question: the context of the conversation, and the question.

        The context holds the text that a running answer has so far. A prompt that has no text in answer yet is left out: some
        models refuse two messages of the user in a row.
        """
        conversation = self._asker.conversation
        messages = conversation.context()
        if messages and messages[-1].role == "user":
            del messages[-1]
        message = Turn(question, attachments=attachments).message
        return Request(model, (*messages, message), conversation.options)

    def refusal(self) -> Refusal | None:
        """Return why no side question can be asked now; None if one can."""
        if self.answer is not None:
            return Refusal.BUSY
        if self._asker.backend.account is None:
            return Refusal.NO_ACCOUNT
        if are_too_many(len(self._asker.running), self._asker.backend.limits):
            return Refusal.TOO_MANY
        return None

    def ask(self, question: str, model: Model, attachments: tuple[Attachment, ...] = ()) -> Answer | Refusal:
        """Ask a model beside the conversation. Return the new answer, or why nothing is sent."""
        asker = self._asker
        if (refusal := self.refusal() or asker.guarded(f"aside {question}", [model])) is not None:
            return refusal
        conversation = self._conversation = asker.conversation
        request = self.request(question, model, attachments)
        turn = Turn(question, conversation.newest, new_id(), attachments=attachments)
        self.answer = answer = turn.answer(
            model,
            id=new_id(),
            options=conversation.options,
            asked_at=asker.clock(),
            asked_on=asker.calendar(),
            charge=Charge(before=asker.balance_before()),
        )
        asker.start_generation(
            answer, conversation, request, _nothing_to_store, asker.last, is_aside=True, kind=Kind.ASIDE
        )
        return answer

    def drop(self) -> Answer | None:
        """Stop the side answer if it is running, and forget it. Return it; None if none is open."""
        answer = self.answer
        if answer is not None and not answer.over:
            self._asker.stop_answer(answer)
        self.answer = None
        return answer

    def keep(self) -> Turn | None:
        """Add the finished side answer to the conversation, as a branch below the answer that was last when it was asked.

        If that one was deleted since, the branch hangs below the nearest answer above it that is left. The path does not change.
        Only a conversation that is still empty has none: it begins with the question. Return the new turn; None if there is no
        answer with any text.
        """
        answer = self.answer
        if answer is None or not answer.over or not answer.has_text:
            return None
        self.answer = None
        conversation, turn = self._owner(), answer.turn
        turn.parent = conversation.nearest(turn.parent)
        conversation.add_branch(turn)
        self._asker.open_library().autosave.branch_kept(answer, conversation)
        return turn

    def _owner(self) -> Conversation:
        """Return the conversation that it was asked beside, as it is now: it may have been read from the disk again."""
        before, shown = self._conversation, self._asker.conversation
        if before.id and shown.id == before.id:
            return shown
        return (self._asker.live(before.id) if before.id else None) or before


async def _nothing_to_store(answer: Answer) -> None:
    """Do not wait: a side question is not stored before it is sent."""


def cheapest(models: Sequence[Model], current: Model, plan: str = "") -> Model:
    """Return the cheapest model that answers text, judged by the most that a request may cost.

    The current model is preferred to others of the same price. Left out are models without a known price, and those that need
    a higher plan than the account's, if that is the free one.
    """
    best, price = current, current.most
    for model in models:
        cost = model.most
        is_refused = plan == "free" and model.plan not in ("", "free")
        if model.streams and not is_refused and cost is not None and (price is None or cost < price):
            best, price = model, cost
    return best
