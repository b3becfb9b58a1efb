"""Asking: how one request gets its answer, and when it may be sent again.

The one place that decides on repeats. It knows neither the screen nor the conversation: what happens is given as events for
the turn, in order, and whoever takes them applies them.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING

from elumenta_tui.chat import Charge, Hold, Message, Turn

if TYPE_CHECKING:
    from elumenta_tui.api import ApiError
    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.events import StreamEvent

REPEATS = 3
"""How often a request is sent again by itself, at most."""
LONGEST_HOLD = 60.0
"""Seconds; who has to wait longer is told so, instead of being kept waiting."""
CONNECT_PATIENCE = 30.0
"""Seconds after which a connection that can't be made is not tried again: each attempt may take fifteen."""

Connect = Callable[[], Awaitable["ElumentaClient"]]
"""Gives the client of the account; may raise an ApiError."""


@dataclass(frozen=True, slots=True)
class Held:
    """The request was refused and goes out again later."""

    hold: Hold

    def apply(self, turn: Turn) -> None:
        turn.wait(self.hold)


@dataclass(frozen=True, slots=True)
class SentAgain:
    """The wait is over, the request goes out again."""

    def apply(self, turn: Turn) -> None:
        turn.wait(None)


async def ask(
    connect: Connect,
    model: str,
    messages: Sequence[Message],
    *,
    clock: Callable[[], float] = monotonic,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    chance: Callable[[], float] = random.random,
) -> AsyncGenerator[list[StreamEvent], None]:
    """The events of one answer, in lists as `ElumentaClient.stream` gives them, and what happens between the attempts.

    Args:
        clock: seconds, as in `Turn.asked_at`.
        sleep: how to wait.
        chance: from 0 to 1, so that not everybody comes back at the same moment.

    Raises:
        ApiError: no whole answer came, and none will come by itself.
    """
    from elumenta_tui.api.errors import ApiError

    began = clock()
    for number in count(1):
        try:
            client = await connect()
            async with aclosing(client.stream(model, messages)) as stream:
                async for events in stream:
                    yield events
            return
        except ApiError as error:
            seconds = seconds_before_repeat(error, number, spent=clock() - began, chance=chance)
            if seconds is None:
                raise
            hold = Hold(error.failure(), clock() + seconds, number, REPEATS)
        yield [Held(hold)]
        await sleep(seconds)
        yield [SentAgain()]


def seconds_before_repeat(
    error: ApiError, number: int, *, spent: float, chance: Callable[[], float]
) -> float | None:
    """How long to wait before the repeat of that number; None if the request must not be sent again by itself.

    Only where nothing can have been billed: the connection was never made, or the service itself refused the request and
    says that it may come again.

    Args:
        error: what the last attempt came to.
        number: of the repeat, from 1.
        spent: seconds since the first attempt began.
        chance: from 0 to 1.
    """
    from elumenta_tui.api.errors import Busy, NoConnection, TlsFailed

    if number > REPEATS:
        return None
    pause = float(2 ** (number - 1))
    match error:
        case TlsFailed():
            return None
        case NoConnection():
            if spent > CONNECT_PATIENCE:
                return None
        case Busy(status=429):
            # It is a limit that is used up: without a word on its end a repeat is a guess.
            if error.retry_after is None:
                return None
        case Busy(status=503):
            # A page of a server on the way promises nothing.
            if error.charge is not Charge.NOT_CHARGED:
                return None
        case _:
            return None
    pause = max(pause, error.retry_after or 0.0)
    return None if pause > LONGEST_HOLD else pause + chance() * min(1.0, pause / 2)
