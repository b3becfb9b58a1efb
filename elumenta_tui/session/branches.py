"""Branches of the session's conversation: edited prompts, versions of answers, and the path through them.

Nothing here stops an answer that is coming: it goes on where it is, also when the path no longer leads there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.spending import Kind
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.session.events import ConversationCopied, Notify, PathChanged
from elumenta_tui.session.guardrails import Refusal, is_repeated
from elumenta_tui.session.library import Library


class _Session(Protocol):
    """What branches need of the session."""

    conversation: Conversation
    model: Model
    clock: Callable[[], float]
    reaction: float

    def refusal_beside(self, prompt: str) -> Refusal | None: ...

    def guarded(self, what: str, models: Sequence[Model]) -> Refusal | None: ...

    def start(
        self, ask: Callable[..., Answer], model: Model | None = None, *, kind: Kind = Kind.CHAT
    ) -> Answer: ...

    def open_library(self) -> Library: ...

    def new_conversation(self, conversation: Conversation | None = None) -> None: ...


class Branches:
    """Makes branches of the session's conversation, and leads the path through them.

    Args:
        notify: receives a `PathChanged` whenever the path has changed.
    """

    def __init__(self, session: _Session, notify: Notify) -> None:
        self._session = session
        self._notify = notify

    @property
    def _conversation(self) -> Conversation:
        return self._session.conversation

    # ---------------------------------------------------------------------------------------------------------- asking

    def edit(self, turn: Turn, prompt: str) -> Answer | Refusal:
        """Send an edited prompt in place of a turn's, with the same attachments. The turn and all that follows it stay, as another
        branch."""
        session = self._session
        refusal = session.refusal_beside(prompt) or session.guarded(
            f"edit {turn.id} {prompt}", [session.model]
        )
        return refusal or self._started(
            partial(self._conversation.ask, prompt, instead_of=turn, attachments=turn.attachments)
        )

    def regenerate(
        self,
        answer: Answer,
        *,
        model: Model | None = None,
        temperature: float | None = None,
        remark: str = "",
    ) -> Answer | Refusal:
        """Ask for another version of an answer. The answer and all that follows it stay, as another branch.

        Args:
            model: the model to ask; None: the model that gave the answer.
            temperature: for this version only; None: that of the conversation.
            remark: what the new version should do better, such as "shorter". It is sent behind the answer.
        """
        refusal = self._session.refusal_beside("")
        if refusal is not None:
            return refusal
        session, model, remark = self._session, model or answer.model, remark.strip()
        options = self._conversation.options
        if temperature is not None:
            options = options._replace(temperature=temperature)
        if is_repeated(answer.turn, model, remark, options.temperature, session.clock(), session.reaction):
            return Refusal.ECHO
        refusal = session.guarded(f"version {answer.turn.id} {remark} {temperature}", [model])
        if refusal is not None:
            return refusal
        again = partial(
            self._conversation.ask_again, answer.turn, options=options, remark=remark, about=answer
        )
        return self._started(again, model, Kind.VERSION)

    def _started(
        self, ask: Callable[..., Answer], model: Model | None = None, kind: Kind = Kind.CHAT
    ) -> Answer:
        before = self._chosen()
        answer = self._session.start(ask, model, kind=kind)
        self._save_path(before)
        self._notify(PathChanged(answer))
        return answer

    # -------------------------------------------------------------------------------------------------------- the path

    def choose(self, answer: Answer) -> None:
        """Lead the path through this version of an answer, and on through what was said last below it."""
        self._lead(partial(self._conversation.choose, answer), answer)

    def select(self, turn: Turn) -> None:
        """Lead the path through this version of a prompt, and on through what was said last below it."""
        self._lead(partial(self._conversation.select, turn), turn.shown)

    def lead_to(self, answer: Answer) -> None:
        """Lead the path through an answer of any version or branch."""
        if answer is answer.turn.shown:
            self.select(answer.turn)
        else:
            self.choose(answer)

    def show(self, answer: Answer) -> None:
        """Report an answer of the path, so that it is shown."""
        self._notify(PathChanged(answer))

    def end_at(self, answer: Answer) -> None:
        """End the path at an answer, so that the next prompt follows it. What follows it now stays, as another branch."""
        self._lead(partial(self._conversation.end_at, answer), answer)

    def _lead(self, change: Callable[[], None], answer: Answer) -> None:
        before = self._chosen()
        change()
        self._save_path(before)
        self._notify(PathChanged(answer))

    def _chosen(self) -> dict[Turn, Answer | None]:
        return {turn: turn.chosen for turn in self._conversation.turns}

    def _save_path(self, before: dict[Turn, Answer | None]) -> None:
        """Save which answers are chosen, as far as that has changed, and then where the path ends."""
        autosave = self._session.open_library().autosave
        for turn, chosen in before.items():
            if turn.chosen is not chosen:
                autosave.changed(turn.answers[0])
        autosave.facts_changed()

    # ---------------------------------------------------------------------------------------------- deleting, copying

    def delete(self, answer: Answer) -> Refusal | None:
        """Delete an answer and all turns below it, for good; its prompt too if no other answer is left there.

        Return BUSY, and delete nothing, while one of these answers is coming; NOTHING, if no other answer would be left.
        """
        conversation = self._conversation
        below = conversation.below(answer)
        if not all(each.over for turn in below for each in turn.answers) or not answer.over:
            return Refusal.BUSY
        if len(answer.turn.answers) == 1 and len(below) + 1 == len(conversation.turns):
            return Refusal.NOTHING
        before = self._chosen()
        gone = conversation.remove(answer)
        for each in gone:
            del before[each]
        autosave = self._session.open_library().autosave
        autosave.delete_branch(answer, gone)
        self._save_path(before)
        newest = conversation.newest
        assert newest is not None
        self._notify(PathChanged(newest))
        return None

    def copy_path(
        self,
        answers: Sequence[Answer],
        most: int | None = None,
        *,
        title_of_copy: Callable[[str], str] = str,
    ) -> Answer | None:
        """Make a new conversation current that has copies of these answers of the path, or of the last `most` that are sent.

        Return the answer at the end of the path if these lead there and it has no text: its turn is not copied, and its prompt is
        still to be answered. If no answer has any text, all of them are copied.
        """
        among = set(self._conversation.sent_answers())
        sent = [answer for answer in answers if answer in among]
        last = answers[-1]
        if not sent:
            self.copy(answers[-most:] if most else answers, title_of_copy=title_of_copy)
            return None
        is_refused = last is self._conversation.newest and last.over and not last.has_text
        if most:
            answers = sent[-most:]
        elif is_refused:
            answers = answers[: answers.index(sent[-1]) + 1]
        self.copy(answers, title_of_copy=title_of_copy)
        return last if is_refused else None

    def copy(self, answers: Sequence[Answer], *, title_of_copy: Callable[[str], str] = str) -> None:
        """Make a new conversation current that has copies of these answers and their prompts, one behind the other.

        `title_of_copy`: see `Conversation.copy_of`.
        """
        self._session.new_conversation(self._conversation.copy_of(answers, title_of_copy))
        self._session.open_library().autosave.save_new()
        self._notify(ConversationCopied(len(answers)))
