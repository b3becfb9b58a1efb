"""The part of the session's conversation that is sent: messages left out and taken back, pinned, and replaced by a summary.

Nothing is deleted here, and nothing happens unless somebody calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from elumenta_tui.chat.context import Entry, middle_of, run_length
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.spending import Kind
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.session.events import ContextChanged, Notify, PathChanged
from elumenta_tui.session.guardrails import Refusal
from elumenta_tui.session.library import Library
from elumenta_tui.session.side_question import SideQuestion

Source = Turn | Answer
"""The origin of a message: a turn for its prompt, or an answer."""


class _Session(Protocol):
    """The part of the session that this one needs."""

    conversation: Conversation

    def refusal(self, prompt: str) -> Refusal | None: ...

    def guarded(self, what: str, models: Sequence[Model]) -> Refusal | None: ...

    def start(
        self, ask: Callable[..., Answer], model: Model | None = None, *, kind: Kind = Kind.CHAT
    ) -> Answer: ...

    def open_library(self) -> Library: ...

    @property
    def side_question(self) -> SideQuestion: ...


class Context:
    """Decides which messages of the path the next requests carry.

    Args:
        notify: receives a `ContextChanged` with every change.
    """

    def __init__(self, session: _Session, notify: Notify) -> None:
        self._session = session
        self._notify = notify
        self._of: Conversation | None = None
        """The conversation whose changes can be undone."""
        self._steps: list[dict[Source, tuple[bool, bool]]] = []
        """What was left out and pinned before each change, newest last."""

    @property
    def entries(self) -> list[Entry]:
        """The messages of the path, those that are left out included."""
        return self._session.conversation.entries()

    @property
    def left_out(self) -> list[Entry]:
        """The messages of the path that are left out."""
        return [entry for entry in self.entries if not entry.is_sent]

    def run_of(self, source: Source) -> int:
        """Return how many messages in a row are left out from this one on; 0 if it is not the first of them."""
        return run_length(list(self._session.conversation.sources()), source)

    # --------------------------------------------------------------------------------------------------------- changing

    def leave_out(self, sources: Iterable[Source], *, is_left_out: bool = True) -> int:
        """Leave messages out of all further requests, or take them back. Return how many have changed."""
        return self._change({source: (is_left_out, source.pinned) for source in sources})

    def pin(self, source: Source, *, is_pinned: bool = True) -> None:
        """Keep a message when others are left out for their length, or no longer."""
        self._change({source: (source.left_out, is_pinned)})

    def leave_out_middle(self, prompt: str = "") -> int:
        """Leave out the middle, so that about half of the context is sent with this prompt: see `middle_of`."""
        return self.leave_out(_sources(middle_of(self.entries, len(prompt))))

    @property
    def can_undo(self) -> bool:
        """Whether `undo` would change anything."""
        return bool(self._known_steps()) or bool(self._all_back())

    def undo(self) -> int:
        """Undo the last change; if none is known, as after a restart, take everything back. Return how many messages changed.

        A summary is left out again when what it stands for is taken back.
        """
        steps = self._known_steps()
        return self._apply(steps.pop() if steps else self._all_back())

    def _all_back(self) -> dict[Source, tuple[bool, bool]]:
        """Return the facts with which everything is sent but the summaries; empty if that is so."""
        entries = self.entries
        if all(entry.is_sent or _is_of_summary(entry) for entry in entries):
            return {}
        return {
            source: (_is_of_summary(entry), source.pinned)
            for entry in entries
            if (source := entry.source) is not None and source.left_out is not _is_of_summary(entry)
        }

    def _known_steps(self) -> list[dict[Source, tuple[bool, bool]]]:
        if self._of is not self._session.conversation:
            self._of, self._steps = self._session.conversation, []
        return self._steps

    def _change(self, facts: dict[Source, tuple[bool, bool]]) -> int:
        before = {
            source: (source.left_out, source.pinned)
            for source, after in facts.items()
            if (source.left_out, source.pinned) != after
        }
        if before:
            self._known_steps().append(before)
        return self._apply({source: facts[source] for source in before})

    def _apply(self, facts: dict[Source, tuple[bool, bool]]) -> int:
        autosave = self._session.open_library().autosave
        for source, (left_out, pinned) in facts.items():
            source.left_out, source.pinned = left_out, pinned
            # The facts of a turn are saved with any of its answers.
            autosave.changed(source if isinstance(source, Answer) else source.answers[0])
        if facts:
            self._notify(ContextChanged())
        return len(facts)

    # -------------------------------------------------------------------------------------------------------- a summary

    @property
    def summary_model(self) -> Model:
        """The model that writes summaries: the cheapest."""
        return self._session.side_question.model(current=False)

    def to_summarize(self, prompt: str = "") -> Sequence[Entry]:
        """Return the messages that a summary would stand for: those that are left out, or else the middle."""
        return self.left_out or middle_of(self.entries, len(prompt))

    def summarize(self, instruction: str, prompt: str = "") -> Answer | Refusal:
        """Leave out the middle, unless something is left out, and ask the cheapest model for a summary of what is left out.

        The request carries the messages that are left out and the instruction. It is a turn of the conversation, pinned, which
        later requests carry; without an answer they carry nothing of it. `prompt`: the prompt that is to be sent next.

        Return NOTHING if there is nothing to summarize.
        """
        entries = self.to_summarize(prompt)
        refusal = self._session.refusal(instruction)
        if refusal is not None or not entries:
            return refusal or Refusal.NOTHING
        refusal = self._session.guarded("summary", [self.summary_model])
        if refusal is not None:
            return refusal
        if not self.leave_out(_sources(entries)):
            self._known_steps().append({})
        conversation = self._session.conversation

        def ask(model: Model, **facts: Any) -> Answer:
            answer = conversation.ask(instruction, model, **facts)
            answer.turn.is_summary = answer.turn.pinned = answer.pinned = True
            return answer

        answer = self._session.start(ask, self.summary_model, kind=Kind.SUMMARY)
        self._known_steps()[-1].update({answer.turn: (True, True), answer: (True, True)})
        self._notify(PathChanged(answer))
        return answer

    def rewrite(self, answer: Answer, text: str) -> None:
        """Replace the text of a summary by one that the user has written."""
        if answer.turn.is_summary and text.strip() and text != answer.text:
            answer.rewrite(text)
            self._session.open_library().autosave.changed(answer)
            self._notify(ContextChanged())


def _sources(entries: Iterable[Entry]) -> list[Source]:
    return [entry.source for entry in entries if entry.source is not None]


def _is_of_summary(entry: Entry) -> bool:
    return entry.turn is not None and entry.turn.is_summary
