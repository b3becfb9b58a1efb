"""Recovers incomplete answers: reads what they cost, and looks for the complete text in the service's history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Protocol

from elumenta_tui.chat.failure import STOPPED
from elumenta_tui.chat.history import RecoveredAnswer
from elumenta_tui.chat.ledger import Balance
from elumenta_tui.chat.turn import Answer
from elumenta_tui.session.backend import Backend
from elumenta_tui.session.tasks import Tasks

if TYPE_CHECKING:
    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.chat.failure import Failure
    from elumenta_tui.session.accounting import Accounting


_STILL_COMING = frozenset({STOPPED, "connection_lost", "cut", "stalled", "pending", "crashed"})
"""Failures after which the service may continue the answer, and charge for it later."""


def may_be_recovered(answer: Answer, *, is_settling: bool) -> bool:
    """Return whether the service may have a complete answer that was charged for.

    If no text came and the service ended the request itself, that is possible only if the balance has changed
    or is unknown. `is_settling`: the balance is being read to find out what the answer cost.
    """
    if not answer.is_doubtful or answer.failure is None:
        return False
    if answer.has_text or answer.preparation is not None or answer.failure.kind in _STILL_COMING:
        return True
    charge = answer.charge
    return not is_settling if charge.after is None else charge.after != charge.before


class Answers(Protocol):
    """The session, as recovery uses it."""

    def is_shown(self, answer: Answer) -> bool:
        """Return whether the answer is in the session's conversation.

        That may have been read from the disk again since.
        """

    def mark_changed(self, answer: Answer) -> None:
        """Report that the answer has changed."""

    async def generations_of_others(self, answer: Answer) -> set[str]:
        """Return the ids of the generations that belong to any other answer, in this conversation or stored."""


class Recovery:
    """Reads the balance and the service's history for answers that ended incomplete."""

    def __init__(
        self,
        answers: Answers,
        accounting: Accounting,
        backend: Backend,
        tasks: Tasks,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._answers = answers
        self._accounting = accounting
        self._backend = backend
        self._tasks = tasks
        self._sleep = sleep

    def follow(self, answer: Answer, *, look: bool) -> None:
        """Read the balance over the next seconds, for an answer that has just failed.

        With `look`, also search the history.
        """
        self._accounting.set_settling(answer, is_settling=True)
        self._start(answer, look=look)

    def search_history(self, answer: Answer) -> None:
        """Search the service's history for an answer that an earlier program left incomplete."""
        if self._backend.account is not None and answer.is_doubtful:
            self._start(answer, look=True)

    def _start(self, answer: Answer, *, look: bool) -> None:
        self._tasks.start(partial(self._follow, answer, look=look), f"recovery {answer.id}", exclusive=True)

    async def _follow(self, answer: Answer, *, look: bool) -> None:
        from elumenta_tui.api import retry

        backend = self._backend
        asked = backend.account

        async def connect() -> ElumentaClient:
            nonlocal asked
            client = await backend.client()
            asked = backend.account
            return client

        followed = retry.follow_up(
            connect,
            answer,
            partial(self._answers.generations_of_others, answer),
            look=look,
            sleep=self._sleep,
        )
        try:
            async with aclosing(followed) as found:
                async for item in found:
                    if asked is not backend.account:
                        # Another key was entered meanwhile: the result belongs to the account before.
                        continue
                    if isinstance(item, Balance):
                        self._accounting.apply_balance(answer, item)
                    elif self._answers.is_shown(answer):
                        answer.offer(item)
                        self._answers.mark_changed(answer)
        finally:
            # In `finally`, because the session may end first.
            self._accounting.set_settling(answer, is_settling=False)
        if self._answers.is_shown(answer):
            self._answers.mark_changed(answer)

    async def find(self, answer: Answer) -> RecoveredAnswer | Failure | None:
        """Return the complete answer from the service's history, None if it has none, or the Failure of the search."""
        from elumenta_tui.api import retry
        from elumenta_tui.api.errors import ApiError

        try:
            client = await self._backend.client()
            return await retry.find(client, answer, await self._answers.generations_of_others(answer))
        except ApiError as error:
            return error.failure()
