"""Actions for an incomplete answer: sending it again, continuing it, recovering it."""

from __future__ import annotations

from collections.abc import Callable

from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.i18n import say
from elumenta_tui.i18n.objections import offer
from elumenta_tui.session import Session
from elumenta_tui.session.recovery import may_be_recovered
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.transcript import Transcript


def offers(session: Session, answer: Answer) -> list[str]:
    """List the actions for an incomplete answer, with their keys and prices."""
    recovered = [say("offer.found", key=hint("fetch"))] if answer.recovered is not None else []
    if session.last is not answer or _is_coming_elsewhere(answer):
        return recovered
    offers = []
    if answer.failure is not None and answer.failure.is_too_long:
        from elumenta_tui.tui.inspecting import ways_out

        offers += ways_out(session, answer)
    if not _is_refused_still(answer, session.calendar()):
        offers.append(offer("again", session.model, hint("again"), before=answer.model))
    offers += _others(session)
    if answer.state is AnswerState.INTERRUPTED:
        offers.append(offer("continue", session.model, hint("continue"), before=answer.model))
    if answer.recovered is None and may_be_recovered(answer, is_settling=session.is_settling(answer)):
        offers.append(say("offer.look", key=hint("fetch")))
    return [*offers, *recovered]


def _others(session: Session) -> list[str]:
    """List the models that the last prompt may be sent to, with their prices, if its own could not be asked."""
    from elumenta_tui.i18n.objections import price_of
    from elumenta_tui.tui.sending import other_models

    named = [(clean_line(model.name, 30), price_of([model])) for model in other_models(session)]
    if not named:
        return []
    lines = [say("offer.other", key=hint("other_model"), name=named[0][0], price=named[0][1])]
    if named[1:]:
        rest = ", ".join(f"{name} ({price})" for name, price in named[1:])
        lines.append(say("offer.others", key=hint("model"), again=hint("again"), names=rest))
    return lines


def _is_coming_elsewhere(answer: Answer) -> bool:
    """Return whether another window is receiving the answer: it is paid for, and opening the conversation again shows it."""
    return answer.failure is not None and answer.failure.kind == "elsewhere"


def _is_refused_still(answer: Answer, now: float) -> bool:
    """Return whether the service still refuses requests, according to its Retry-After.

    `now` is in Unix seconds.
    """
    wait = answer.failure.retry_after if answer.failure is not None else None
    return wait is not None and answer.ended_on is not None and now < answer.ended_on + wait


class Recovering:
    """Chooses the incomplete answer to complete."""

    def __init__(
        self,
        session: Session,
        transcript: Transcript,
        notify_user: NotifyUser,
        *,
        stop_keys: Callable[[], str],
    ) -> None:
        self._session = session
        self._transcript = transcript
        self._notify_user = notify_user
        self._stop_keys = stop_keys

    def recover(self) -> None:
        """Replace an incomplete answer by the complete one that was recovered; if none was yet, look for it now."""
        answer = self._answer_to_complete()
        if answer is None:
            busy = self._session.current is not None
            text = say("notice.busy", key=self._stop_keys()) if busy else say("notice.nothing_to_fetch")
            self._notify_user(text, "warning")
            return
        if answer.recovered is None:
            self._notify_user(say("notice.fetching"))
        self._session.recover(answer)

    def _answer_to_complete(self) -> Answer | None:
        """Return the answer at the cursor, else the newest recovered one, else the newest that may be recoverable."""
        doubtful = [answer for answer in reversed(self._session.conversation.shown) if answer.is_doubtful]
        chosen = [answer for answer in doubtful if answer is self._transcript.cursor.answer]
        return next(iter([*chosen, *(answer for answer in doubtful if answer.recovered), *doubtful]), None)
