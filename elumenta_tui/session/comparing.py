"""One prompt to several models at once: a turn with an answer of each, one of which is picked.

Every request holds the path and the prompt, and nothing of the other answers. Until one is picked, the first answer belongs to the
conversation; if that one fails without text, the next one does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.request import Request
from elumenta_tui.chat.spending import Kind
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.session.backend import Backend
from elumenta_tui.session.branches import Branches
from elumenta_tui.session.events import Notify, PathChanged
from elumenta_tui.session.generation import Generation
from elumenta_tui.session.guardrails import MOST_AT_ONCE, Refusal, are_too_many, is_repeated
from elumenta_tui.session.library import Library

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment

LEAST, MOST = 2, MOST_AT_ONCE
"""Models that are compared, at least and at most."""


class _Session(Protocol):
    """What comparing needs of the session."""

    conversation: Conversation
    backend: Backend
    clock: Callable[[], float]
    reaction: float

    @property
    def branches(self) -> Branches: ...

    @property
    def running(self) -> Sequence[Generation]: ...

    def refusal(self, prompt: str) -> Refusal | None: ...

    def refusal_beside(self, prompt: str) -> Refusal | None: ...

    def accept(
        self, prompt: str, models: Sequence[Model], attachments: tuple[Attachment, ...] = ()
    ) -> Refusal | None: ...

    def guarded(self, what: str, models: Sequence[Model]) -> Refusal | None: ...

    def start(
        self, ask: Callable[..., Answer], model: Model | None = None, *, kind: Kind = Kind.CHAT
    ) -> Answer: ...

    def open_library(self) -> Library: ...


def columns(turn: Turn) -> list[Answer]:
    """Return the answers of a turn that are compared: all but those that were asked for again because they were incomplete."""
    shown: list[Answer] = []
    for answer in turn.answers:
        again = next((place for place, other in enumerate(shown) if _is_retry(answer, other)), None)
        if again is None:
            shown.append(answer)
        else:
            shown[again] = answer
    return shown


def _is_retry(answer: Answer, of: Answer) -> bool:
    return of.failure is not None and (answer.model.slug, answer.remark) == (of.model.slug, of.remark)


class Comparing:
    """Compares models in the session's conversation.

    Args:
        notify: receives a `PathChanged` when another answer belongs to the conversation.
    """

    def __init__(self, session: _Session, notify: Notify) -> None:
        self._session = session
        self._notify = notify
        self._unpicked: set[Turn] = set()
        """The turns, of any conversation, whose models are compared and of which no answer was picked yet."""

    @property
    def unpicked(self) -> Turn | None:
        """The turn at the end of the path if its models are compared and no answer was picked yet; else None."""
        head = self._session.conversation.head
        return head if head in self._unpicked else None

    # ---------------------------------------------------------------------------------------------------------- asking

    def refusal(self, prompt: str, models: Sequence[Model]) -> Refusal | None:
        """Return why a prompt can't be sent to all of these models now; None if it can."""
        if not LEAST <= len({model.slug for model in models}) == len(models) <= MOST:
            return Refusal.NOTHING
        refusal = self._session.refusal(prompt)
        if refusal is None and are_too_many(
            len(self._session.running), self._session.backend.limits, len(models)
        ):
            return Refusal.TOO_MANY
        return refusal

    def ask(
        self, prompt: str, models: Sequence[Model], attachments: tuple[Attachment, ...] = ()
    ) -> Sequence[Answer] | Refusal:
        """Send a prompt to all of these models at once. Return their answers, or why nothing at all was sent.

        The prompt and each answer are on the disk before the request for that answer leaves.
        """
        refusal = self.refusal(prompt, models) or self._session.accept(prompt, models, attachments)
        if refusal is not None:
            return refusal
        ask = partial(self._session.conversation.ask, prompt, attachments=attachments)
        first = self._session.start(ask, models[0], kind=Kind.COMPARISON)
        self._unpicked.add(first.turn)
        return [first, *(self._start_beside(first.turn, model) for model in models[1:])]

    def refusal_of_retry(self, answer: Answer) -> Refusal | None:
        """Return why an answer can't be asked for again; None if it can, as it is incomplete."""
        is_incomplete = answer.over and answer.failure is not None
        # What was sent with a remark is not stored.
        if (
            not is_incomplete
            or (answer.remark and not answer.quoted)
            or answer.turn is not self._session.conversation.head
            # It was asked for again already.
            or answer not in columns(answer.turn)
        ):
            return Refusal.NOTHING
        return self._session.refusal_beside("")

    def retry(self, answer: Answer) -> Answer | Refusal:
        """Ask the model of an incomplete answer again. All other answers stay as they are."""
        refusal = self.refusal_of_retry(answer) or self._session.guarded(f"again {answer.id}", [answer.model])
        if refusal is not None:
            return refusal
        again = self._start_beside(answer.turn, answer.model, answer.remark, answer.quoted)
        if answer.turn.chosen is answer:
            self._choose(again, self._session.conversation)
        return again

    def merge_request(
        self, turn: Turn, model: Model, instruction: str, quoted: tuple[Answer, ...] = ()
    ) -> Request:
        """Return the request that `merge` sends: the prompt, and these answers to it (default: `merged`), quoted below the instruction."""
        quoted = quoted or self.merged(turn)
        options = self._session.conversation.options
        return self._session.conversation.request(
            Answer(turn, model, options, remark=instruction, quoted=quoted)
        )

    def merge(
        self, turn: Turn, model: Model, instruction: str, quoted: tuple[Answer, ...] = ()
    ) -> Answer | Refusal:
        """Ask a model to merge these answers of a turn (default: `merged`) into one more. Return it, or why nothing was sent."""
        refusal = self._session.refusal_beside("")
        if refusal is not None:
            return refusal
        quoted = quoted or self.merged(turn)
        if len(quoted) < LEAST or turn is not self._session.conversation.head:
            return Refusal.NOTHING
        temperature = self._session.conversation.options.temperature
        if is_repeated(turn, model, instruction, temperature, self._session.clock(), self._session.reaction):
            return Refusal.ECHO
        refusal = self._session.guarded(f"merge {turn.id}", [model])
        return refusal or self._start_beside(turn, model, instruction, quoted, kind=Kind.MERGE)

    def merged(self, turn: Turn) -> tuple[Answer, ...]:
        """Return the answers of a turn to merge: the complete ones. If they are too few, those that ended early, too."""
        ended = [answer for answer in columns(turn) if answer.over and answer.has_text and not answer.remark]
        complete = [answer for answer in ended if answer.failure is None]
        return tuple(complete if len(complete) >= LEAST else ended)

    def _start_beside(
        self,
        turn: Turn,
        model: Model,
        remark: str = "",
        quoted: tuple[Answer, ...] = (),
        *,
        kind: Kind = Kind.COMPARISON,
    ) -> Answer:
        """Ask for another answer of a turn, and leave that one chosen which is."""
        chosen = turn.chosen

        def ask(model: Model, **when: object) -> Answer:
            answer = self._session.conversation.ask_again(turn, model, remark=remark, **when)  # type: ignore[arg-type]  # as `start` passes it
            answer.quoted = quoted
            turn.chosen = chosen
            return answer

        return self._session.start(ask, model, kind=kind)

    # --------------------------------------------------------------------------------------------------------- picking

    def pick(self, answer: Answer) -> None:
        """Go on with an answer. The others stay as versions, and those that are coming go on coming."""
        self._unpicked.discard(answer.turn)
        self._session.branches.choose(answer)

    def note_end(self, answer: Answer, conversation: Conversation) -> None:
        """Let the next answer belong to its conversation if that one has failed without text, and nothing was picked.

        That holds for a conversation that was left as well: the answer is there when it is shown again.
        """
        turn = answer.turn
        is_unpicked = turn in self._unpicked and turn is conversation.head
        if not is_unpicked or turn.chosen is not answer or answer.has_text:
            return
        rest = [other for other in columns(turn) if not other.remark and (other.has_text or not other.over)]
        if rest:
            self._choose(rest[0], conversation)

    def _choose(self, answer: Answer, conversation: Conversation) -> None:
        answer.turn.chosen = answer
        self._session.open_library().autosave.changed(answer)
        if conversation is self._session.conversation:
            self._notify(PathChanged(answer))
