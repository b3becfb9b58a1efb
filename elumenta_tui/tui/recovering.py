"""What the user can do for a turn that has no whole answer."""

from __future__ import annotations

from collections.abc import Callable

from elumenta_tui.chat.turn import STOPPED, Turn, TurnState
from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets import frame
from elumenta_tui.tui.widgets.transcript import Transcript


def offers(session: Session, turn: Turn) -> list[str]:
    """What the keys can do for a turn that has no whole answer, in sentences."""
    recovered = [say("offer.found", key=hint("fetch"))] if turn.found is not None else []
    if session.last is not turn:
        return recovered
    offers = []
    if not _is_refused_still(turn, session.calendar()):
        offers.append(frame.offer("again", session.model, hint("again")))
    if turn.state is TurnState.INTERRUPTED:
        offers.append(frame.offer("continue", session.model, hint("continue")))
    if turn.found is None and may_be_recovered(turn):
        offers.append(say("offer.look", key=hint("fetch")))
    return [*offers, *recovered]


_STILL_COMING = frozenset({STOPPED, "connection_lost", "cut", "stalled", "pending", "crashed"})
"""Failures after which the service may go on with an answer, and charge for it later."""


def may_be_recovered(turn: Turn) -> bool:
    """Whether the service may have a whole answer that was charged for.

    Where nothing came and the service has ended the request itself, it has one only if the balance is another, or is unknown.
    """
    if not turn.is_doubtful or turn.failure is None:
        return False
    if turn.has_text or turn.progress is not None or turn.failure.kind in _STILL_COMING:
        return True
    if turn.balance_after is None:
        return not turn.settling
    return turn.balance_after != turn.balance_before


def _is_refused_still(turn: Turn, now: float) -> bool:
    """Whether the service has said that it takes no request yet. `now` in Unix seconds."""
    wait = turn.failure.retry_after if turn.failure is not None else None
    return wait is not None and turn.ended_on is not None and now < turn.ended_on + wait


class Recovering:
    """Chooses the turn whose whole answer the user wants."""

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
        """Have the whole answer put in the place of a broken one: the one that was found, or look for it now."""
        turn = self._turn_to_complete()
        if turn is None:
            busy = self._session.current is not None
            text = say("notice.busy", key=self._stop_keys()) if busy else say("notice.nothing_to_fetch")
            self._notify_user(text, "warning")
            return
        if turn.found is None:
            self._notify_user(say("notice.fetching"))
        self._session.recover(turn)

    def _turn_to_complete(self) -> Turn | None:
        """The one under the cursor, else the newest that was found, else the newest that may be there."""
        doubtful = [turn for turn in reversed(self._session.conversation.turns) if turn.is_doubtful]
        chosen = [turn for turn in doubtful if turn is self._transcript.cursor_turn]
        return next(iter([*chosen, *(turn for turn in doubtful if turn.found), *doubtful]), None)
