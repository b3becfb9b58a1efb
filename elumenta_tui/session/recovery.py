"""Recovery of answers that did not come whole: what they cost, and where the whole text may still be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Protocol

from elumenta_tui.chat.history import RecoveredAnswer
from elumenta_tui.chat.ledger import Balance
from elumenta_tui.chat.turn import Answer
from elumenta_tui.session.backend import Backend
from elumenta_tui.session.tasks import Tasks

if TYPE_CHECKING:
    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.chat.failure import Failure


class Answers(Protocol):
    """What recovery needs of the session."""

    def is_shown(self, answer: Answer) -> bool:
        """Whether the answer is of the session's conversation; that may even have been read from the disk again since."""

    def take_balance(self, answer: Answer, balance: Balance) -> None:
        """The balance was read, some time after that answer."""

    def set_settling(self, answer: Answer, *, is_settling: bool) -> None:
        """Note whether the balance is being read to learn what the answer has cost."""

    def mark_changed(self, answer: Answer) -> None:
        """There is something new about the answer."""

    async def generations_of_others(self, answer: Answer) -> set[str]:
        """Ids of the generations that belong to any other answer, of this conversation or stored."""


class Recovery:
    """Looks at the balance and into the service's history for answers that broke."""

    def __init__(
        self, answers: Answers, backend: Backend, tasks: Tasks, sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self._answers = answers
        self._backend = backend
        self._tasks = tasks
        self._sleep = sleep

    def follow(self, answer: Answer, *, look: bool) -> None:
        """Find out in the next seconds what an answer cost that has just broken, and with `look` whether the service has it whole."""
        self._answers.set_settling(answer, is_settling=True)
        self._tasks.start(partial(self._follow, answer, look=look), "recovery", exclusive=True)

    def look_after(self, answer: Answer) -> None:
        """See whether the service has the whole of an answer that an earlier program left unfinished."""
        if self._backend.account is not None and answer.is_doubtful:
            self._tasks.start(partial(self._follow, answer, look=True), "recovery", exclusive=True)

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
                        # Another key was entered meanwhile.
                        continue
                    if isinstance(item, Balance):
                        self._answers.take_balance(answer, item)
                    elif self._answers.is_shown(answer):
                        answer.offer(item)
                        self._answers.mark_changed(answer)
        finally:
            # Also when the session ends before that is known.
            self._answers.set_settling(answer, is_settling=False)
        if self._answers.is_shown(answer):
            self._answers.mark_changed(answer)

    async def find(self, answer: Answer) -> RecoveredAnswer | Failure | None:
        """The whole of a broken answer, if the service has it; a Failure if it could not be looked for."""
        from elumenta_tui.api import retry
        from elumenta_tui.api.errors import ApiError

        try:
            client = await self._backend.client()
            return await retry.find(client, answer, await self._answers.generations_of_others(answer))
        except ApiError as error:
            return error.failure()
