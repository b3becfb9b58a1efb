"""What standard error says of the answers to one prompt: what went wrong, what it cost, and what was not saved."""

from __future__ import annotations

from collections.abc import Sequence
from signal import Signals as Signal
from time import time

from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.turn import Answer
from elumenta_tui.cli.ask_request import Wishes
from elumenta_tui.cli.exit_codes import ExitCode, NotAsked, code_of_failure
from elumenta_tui.cli.stdio import INTERRUPTED, complain
from elumenta_tui.config.keychain import Keychain
from elumenta_tui.i18n import say, spoken
from elumenta_tui.i18n.answers import (
    again_words,
    answering_model,
    charge_words,
    outcome_facts,
    replaced_words,
)
from elumenta_tui.i18n.failures import failure_words
from elumenta_tui.i18n.objections import price_of
from elumenta_tui.process.signals import exit_code
from elumenta_tui.session import Session
from elumenta_tui.session.alternatives import other_models
from elumenta_tui.session.events import (
    CannotSave,
    DatabaseReplaced,
    DatabaseSetAside,
    NothingToContinue,
    SessionEvent,
    WrittenElsewhere,
)
from elumenta_tui.text.sanitize import clean_line


class Report:
    """Collects what is to be said, and says it at the end."""

    def __init__(self, wishes: Wishes, keychain: Keychain, session: Session) -> None:
        self._wishes = wishes
        self._keychain = keychain
        self._session = session
        self._notices: list[str] = []
        """What is said when the answer is there, so that it does not stand in the middle of it."""
        self._trouble: CannotSave | None = None
        """Why nothing can be saved, as the store said last."""
        self._found = 0
        """Number of conversations that `--continue` may mean."""
        self._has_told_preparing = False
        self.signal_code = 0
        """The exit code that a signal asked for."""

    def take(self, event: SessionEvent) -> None:
        """Take an event of the session."""
        match event:
            case CannotSave():
                self._trouble = event
            case NothingToContinue(found):
                self._found = found
            case DatabaseSetAside(path, rescued, is_foreign):
                key = "notice.set_aside_foreign" if is_foreign else "notice.set_aside"
                self.tell(say(key, path=path, n=rescued))
            case DatabaseReplaced():
                self.tell(say("notice.replaced", path=self._session.database))
            case WrittenElsewhere() if not self._wishes.quiet:
                self.tell(say("ask.led_elsewhere"))
            case _:
                pass

    def tell(self, words: str) -> None:
        """Say something at the end."""
        self._notices.append(words)

    def tell_preparing(self) -> None:
        """Say once, at once, that the answer will come as a whole."""
        if not self._has_told_preparing and not self._wishes.quiet:
            self._has_told_preparing = True
            complain(say("ask.preparing"))

    def refusal_to_continue(self) -> NotAsked:
        """Return why the conversation is not continued."""
        beginning = self._wishes.resume or ""
        if self._trouble is not None:
            return NotAsked(say("ask.not_continued", reason=self._why_unsaved()), ExitCode.FAILED)
        if not beginning:
            return NotAsked(say("notice.nothing_to_continue"), ExitCode.NOTHING_THERE)
        shown = clean_line(beginning, 40)
        command = f"elumenta-tui export --list{' --demo' if self._wishes.demo else ''}"
        key = "ask.many_such" if self._found > 1 else "ask.no_such"
        return NotAsked(say(key, id=shown, command=command), ExitCode.NOTHING_THERE)

    def end(self, answers: Sequence[Answer], problem: OSError | None) -> None:
        """Say how it went. `problem`: why standard output could not be written."""
        if problem is not None and not isinstance(problem, BrokenPipeError):
            complain(say("cli.not_printed", reason=problem.strerror or ""))
        for answer in answers:
            if answer.failure is not None:
                name = f"{clean_line(answer.model.name)}: " if len(answers) > 1 else ""
                complain(f"{name}{self._problem(answer, answer.failure)}")
        unsaved = self._session.close_store()
        if unsaved:
            complain(say("ask.unsaved", reason=self._why_unsaved()))
        elif self._wishes.stores and any(answer.has_text and answer.is_doubtful for answer in answers):
            command = f"elumenta-tui{' --demo' if self._wishes.demo else ''} --continue"
            complain(say("ask.incomplete", command=command))
        for notice in self._notices:
            complain(notice)
        for answer in answers if not self._wishes.quiet else ():
            if answer.failure is None:
                facts = outcome_facts(answer)
                if answer.is_replaced:
                    # None of them is replaced: they are versions beside each other.
                    facts.remove(replaced_words(answer))
                complain(" · ".join((answering_model(answer), *facts)))

    def _problem(self, answer: Answer, failure: Failure) -> str:
        """State why there is no whole answer, what it cost, and what to do."""
        if self.signal_code not in (0, INTERRUPTED):
            words = say("cli.ended_by_signal", name=Signal(self.signal_code - exit_code(0)).name)
        else:
            words = self.failure_words(failure, answer.model.slug)
        parts = [words, charge_words(answer)]
        if failure.retry_after is not None:
            parts.append(again_words(answer, failure.retry_after, time()))
        if failure.kind == "pending" and answer.generation_id:
            parts.append(say("turn.number", id=clean_line(answer.generation_id)))
        if answer is self._session.last and not self._wishes.compared:
            for other in other_models(self._session)[:1]:
                name, slug = clean_line(other.name), clean_line(other.slug)
                parts.append(say("ask.nearest", model=name, slug=slug, price=price_of([other])))
        return " ".join(parts)

    def failure_words(self, failure: Failure, slug: str) -> str:
        """State a failure of a request to the model of that slug, and what to do about it."""
        if failure.kind == "bad_key" and self._keychain.complaint:
            return spoken(self._keychain.complaint)
        words = failure_words(failure, model=slug, place="shell")
        return f"{words} {self._models_words(slug)}" if failure.kind == "not_found" else words

    def _models_words(self, slug: str) -> str:
        """Say which command lists the models, and which of them an unknown one is most like."""
        from difflib import get_close_matches

        like = "".join(get_close_matches(slug.lower(), [model.slug for model in self._session.models], n=1))
        # The service may refuse a model that is listed.
        key = "ask.models_like" if like and like != slug else "ask.models"
        return say(key, like=like)

    def _why_unsaved(self) -> str:
        trouble, path = self._trouble, self._session.database
        if trouble is None:
            # The disk has not answered yet.
            return say("saving.disk", path=path)
        return say(f"saving.{trouble.trouble.value}", path=path, detail=trouble.detail)


def code_of(answers: Sequence[Answer], problem: OSError | None) -> int:
    """Return the exit code for answers: of the first failure in the order of the models. `problem` as in `Report.end`."""
    for answer in answers:
        if answer.failure is not None and not answer.was_stopped:
            return code_of_failure(answer.failure.kind)
    if problem is not None:
        return ExitCode.CLOSED if isinstance(problem, BrokenPipeError) else ExitCode.FAILED
    return ExitCode.WHOLE
