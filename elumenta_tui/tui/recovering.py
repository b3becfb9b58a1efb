"""Actions for an incomplete answer: sending it again, continuing it, recovering it."""

from __future__ import annotations

from collections.abc import Callable

from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.transcript import Transcript


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
