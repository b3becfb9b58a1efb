"""What becomes of a turn that has no whole answer: what it cost, and where the whole answer may still be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Protocol

from elumenta_tui.chat.ledger import Balance
from elumenta_tui.chat.turn import Found, Turn
from elumenta_tui.session.backend import Backend
from elumenta_tui.session.tasks import Tasks

if TYPE_CHECKING:
    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.chat.turn import Failure


class Turns(Protocol):
    """What recovery needs of the session."""

    def is_shown(self, turn: Turn) -> bool:
        """Whether the turn is of the session's conversation; that may even have been read from the disk again since."""

    def take_balance(self, turn: Turn, balance: Balance) -> None:
        """The balance was read, some time after that turn."""

    def mark_changed(self, turn: Turn) -> None:
        """There is something new about the turn."""

    async def generations_of_others(self, turn: Turn) -> set[str]:
        """Ids of the generations that belong to any other turn, of this conversation or stored."""


class Recovery:
    """Looks at the balance and into the service's history for turns that broke."""

    def __init__(
        self, turns: Turns, backend: Backend, tasks: Tasks, sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self._turns = turns
        self._backend = backend
        self._tasks = tasks
        self._sleep = sleep

    def follow(self, turn: Turn, *, look: bool) -> None:
        """See in the next seconds what a turn cost that has just broken, and with `look` whether the service has it whole."""
        turn.settling = True
        self._tasks.start(partial(self._follow, turn, look=look), "recovery", exclusive=True)

    def look_after(self, turn: Turn) -> None:
        """See whether the service has the whole answer of a turn that an earlier program left unfinished."""
        if self._backend.account is not None and turn.is_doubtful:
            self._tasks.start(partial(self._follow, turn, look=True), "recovery", exclusive=True)

    async def _follow(self, turn: Turn, *, look: bool) -> None:
        from elumenta_tui.api import retry

        backend = self._backend
        asked = backend.account

        async def connect() -> ElumentaClient:
            nonlocal asked
            client = await backend.client()
            asked = backend.account
            return client

        followed = retry.follow_up(
            connect, turn, partial(self._turns.generations_of_others, turn), look=look, sleep=self._sleep
        )
        try:
            async with aclosing(followed) as news:
                async for item in news:
                    if asked is not backend.account:
                        # Another key was entered meanwhile.
                        continue
                    if isinstance(item, Balance):
                        self._turns.take_balance(turn, item)
                    elif self._turns.is_shown(turn):
                        turn.offer(item)
                        self._turns.mark_changed(turn)
        finally:
            # Also when the session ends before that is known.
            turn.settling = False
        if self._turns.is_shown(turn):
            self._turns.mark_changed(turn)

    async def find(self, turn: Turn) -> Found | Failure | None:
        """The whole answer of a broken turn, if the service has it; a Failure if it could not be looked for."""
        from elumenta_tui.api import retry
        from elumenta_tui.api.errors import ApiError

        try:
            client = await self._backend.client()
            return await retry.find(client, turn, await self._turns.generations_of_others(turn))
        except ApiError as error:
            return error.failure()
