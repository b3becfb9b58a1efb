"""Decide how one request gets its answer, when it may be sent again, and where a lost answer is looked for.

All repeats are decided here. The module knows neither the screen nor the conversation: whatever happens is yielded as
events for the answer, in order, and the caller applies them.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import chain, count, repeat
from time import monotonic
from typing import TYPE_CHECKING

from elumenta_tui.api.events import ContentDelta, GenerationEnded, GenerationStarted, StreamEvent
from elumenta_tui.chat.failure import Billing
from elumenta_tui.chat.history import HistoryEntry, RecoveredAnswer
from elumenta_tui.chat.ledger import Balance
from elumenta_tui.chat.request import Request
from elumenta_tui.chat.turn import Answer, Preparation, RetryWait

if TYPE_CHECKING:
    from elumenta_tui.api import ApiError, Pending
    from elumenta_tui.api.client import ElumentaClient

REPEATS = 3
"""Automatic repeats of a request, at most."""
LONGEST_WAIT = 60.0
"""Seconds. For a longer wait the error is reported instead."""
CONNECT_LIMIT = 30.0
"""Seconds after which a failing connection is not tried again. Each attempt may take fifteen."""

POLL_LIMIT = 300.0
"""Seconds after which an answer that is not ready is given up, as the service documents it."""
POLL_EVERY = 5.0
"""Seconds between two polls, after the first."""

LOOKS = (3.0, 12.0, 30.0)
"""Seconds before each reading of the balance: the service may charge for a broken answer with a delay. Later readings are
skipped once the balance has changed."""
HISTORY_LOOKS = 2
"""Readings that also look into the history: the service may still be finishing the answer."""
HISTORY_PAGES = 3
"""Pages of a hundred generations to search, at most."""
COMPARED = 20_000
"""Characters of a prompt with its files that are compared with the history, which may keep only a beginning."""
BEFORE, AFTER = 120.0, 1800.0
"""Seconds before and after the time of asking within which a matching generation may have been made."""

Connect = Callable[[], Awaitable["ElumentaClient"]]
"""Returns the client of the account. May raise an ApiError."""

Sleep = Callable[[float], Awaitable[object]]


# --------------------------------------------------------------------------------------------------------- one answer


@dataclass(frozen=True, slots=True)
class RetryScheduled(StreamEvent):
    """The request was refused, and will be sent again later."""

    wait: RetryWait

    def apply(self, answer: Answer) -> None:
        answer.wait(self.wait)


@dataclass(frozen=True, slots=True)
class RetryStarted(StreamEvent):
    """The wait is over, and the request is sent again."""

    def apply(self, answer: Answer) -> None:
        answer.wait(None)


@dataclass(frozen=True, slots=True)
class AnswerPreparing(StreamEvent):
    """The service accepted the request and will have the answer later."""

    progress: Preparation

    def apply(self, answer: Answer) -> None:
        answer.prepare(self.progress)


async def ask(
    connect: Connect,
    request: Request,
    *,
    clock: Callable[[], float] = monotonic,
    sleep: Sleep = asyncio.sleep,
    chance: Callable[[], float] = random.random,
) -> AsyncGenerator[list[StreamEvent], None]:
    """Yield the events of one answer, in lists as `ElumentaClient.stream` does, and the events between attempts.

    Args:
        clock: Seconds, as in `Answer.asked_at`.
        sleep: Waits for a number of seconds.
        chance: Random number from 0 to 1, so that clients do not all come back at the same moment.

    Raises:
        ApiError: No whole answer came, and none will come by itself.
    """
    from elumenta_tui.api.errors import ApiError, Pending

    began = clock()
    for number in count(1):
        try:
            client = await connect()
            async with aclosing(client.stream(request)) as stream:
                async for events in stream:
                    yield events
            return
        except Pending as error:
            pending = error
            break
        except ApiError as error:
            seconds = seconds_before_repeat(error, number, spent=clock() - began, chance=chance)
            if seconds is None:
                raise
            wait = RetryWait(error.failure(), clock() + seconds, number, REPEATS)
        yield [RetryScheduled(wait)]
        await sleep(seconds)
        yield [RetryStarted()]
    # The service has the request now. From here on it is never sent again.
    async with aclosing(_poll_answer(connect, pending, clock, sleep)) as polls:
        async for events in polls:
            yield events


def seconds_before_repeat(
    error: ApiError, number: int, *, spent: float, chance: Callable[[], float]
) -> float | None:
    """Return the seconds to wait before a repeat; None if the request must not be sent again automatically.

    A repeat needs certainty that nothing was billed: the connection was never made, or the service itself refused the
    request and says that it may come again.

    Args:
        error: Result of the last attempt.
        number: Number of the repeat, from 1.
        spent: Seconds since the first attempt began.
        chance: Random number from 0 to 1.
    """
    from elumenta_tui.api.errors import Busy, NoConnection, ProxyRefused, TlsFailed

    if number > REPEATS:
        return None
    pause = float(2 ** (number - 1))
    match error:
        case TlsFailed() | ProxyRefused():
            return None
        case NoConnection():
            if spent > CONNECT_LIMIT:
                return None
        case Busy(status=429):
            # The error is a used-up limit. Without its end, a repeat would be a guess.
            if error.retry_after is None:
                return None
        case Busy(status=503):
            # An error page of a server in between promises nothing.
            if error.billing is not Billing.NOT_CHARGED:
                return None
        case _:
            return None
    pause = max(pause, error.retry_after or 0.0)
    return None if pause > LONGEST_WAIT else pause + chance() * min(1.0, pause / 2)


async def _poll_answer(
    connect: Connect, pending: Pending, clock: Callable[[], float], sleep: Sleep
) -> AsyncGenerator[list[StreamEvent], None]:
    """Poll for an answer that the service prepares, until it is ready or the documented time is over."""
    from elumenta_tui.api.errors import ApiError, Pending

    yield [GenerationStarted(pending.message, ""), AnswerPreparing(pending.progress)]
    last: ApiError = pending
    began, waited = clock(), 0.0
    for pause in chain((1.0, 2.0, 3.0), repeat(POLL_EVERY)):
        pause = max(pause, last.retry_after or 0.0)
        waited += pause
        # Polls take time themselves.
        if max(waited, clock() - began + pause) > POLL_LIMIT:
            break
        await sleep(pause)
        try:
            client = await connect()
            events = await client.generation(pending.message)
        except Pending as error:
            last = error
            yield [AnswerPreparing(error.progress)]
        except ApiError as error:
            if not _is_temporary(error):
                break
            last = error
        else:
            yield events
            return
    raise pending


def _is_temporary(error: ApiError) -> bool:
    """Return whether asking for the same thing a little later may work."""
    from elumenta_tui.api.errors import AnswerBroken, Busy, NoConnection, TlsFailed

    if isinstance(error, TlsFailed):
        return False
    return isinstance(error, NoConnection | AnswerBroken | Busy) or (error.status or 0) >= 500


# ----------------------------------------------------------------------------------------------- an answer that was lost


async def follow_up(
    connect: Connect,
    answer: Answer,
    others: Callable[[], Awaitable[Collection[str]]],
    *,
    look: bool,
    sleep: Sleep = asyncio.sleep,
) -> AsyncGenerator[Balance | RecoveredAnswer, None]:
    """Yield what becomes known later of an answer that broke: the balance, and the whole of it if the service has that.

    Never raises for the service or the network: then nothing becomes known.

    Args:
        answer: Only read; the caller settles it with the balances.
        others: Returns the ids of generations that belong to other answers.
        look: Whether to look into the history too.
    """
    from elumenta_tui.api.errors import ApiError

    for number, seconds in enumerate(LOOKS):
        in_history = look and number < HISTORY_LOOKS
        if number and not in_history and not answer.charge.may_come_yet:
            return
        await sleep(seconds)
        try:
            client = await connect()
            yield await client.balance()
            if in_history and (found := await find(client, answer, await others())) is not None:
                yield found
                return
        except ApiError:
            continue


async def find(client: ElumentaClient, answer: Answer, others: Collection[str]) -> RecoveredAnswer | None:
    """Return the whole of an answer that did not come whole: by its id, else from the history. None if the service lacks it.

    Args:
        answer: Only read.
        others: Ids of generations that belong to other answers.

    Raises:
        ApiError: The search failed.
    """
    from elumenta_tui.api.errors import NotAnAnswer, ServiceError

    if answer.generation_id:
        try:
            return _found(answer.generation_id, await client.generation(answer.generation_id))
        except (ServiceError, NotAnAnswer) as error:
            # The service does not know the id, or has no such address. Its history may still have the answer.
            if error.status is not None and error.status in (401, 403, 429):
                raise
    for page in range(1, HISTORY_PAGES + 1):
        entries = await client.history(page)
        best = best_match(answer, entries, others)
        if best is not None:
            return RecoveredAnswer(best.id, best.text, best.cost)
        if len(entries) < 100 or _is_older(entries, answer):
            return None
    return None


def _found(id: str, events: Iterable[StreamEvent]) -> RecoveredAnswer | None:
    text = "".join(event.text for event in events if isinstance(event, ContentDelta))
    cost = next((event.tokens_used for event in events if isinstance(event, GenerationEnded)), None)
    return RecoveredAnswer(id, text, cost) if text.strip() else None


def _is_older(entries: Sequence[HistoryEntry], answer: Answer) -> bool:
    last = entries[-1].created_on
    return last is not None and answer.asked_on is not None and last < answer.asked_on - BEFORE


def best_match(
    answer: Answer, entries: Iterable[HistoryEntry], others: Collection[str]
) -> HistoryEntry | None:
    """Return the generation that certainly answers the same request, the nearest in time; None if there is none."""
    matching = [entry for entry in entries if entry.id not in others and _matches(answer, entry)]
    return min(matching, key=lambda entry: _distance(answer, entry), default=None)


def _distance(answer: Answer, entry: HistoryEntry) -> float:
    if entry.created_on is None or answer.asked_on is None:
        return float("inf")
    return abs(entry.created_on - answer.asked_on)


def _matches(answer: Answer, entry: HistoryEntry) -> bool:
    if entry.status not in ("completed", "") or not entry.text.strip():
        return False
    if answer.generation_id and answer.generation_id == entry.id:
        return True
    if entry.model and entry.model not in (answer.model.slug, answer.served_by):
        return False
    # Without a word of the answer only the id is proof: the same prompt may have been asked elsewhere, and every request
    # for the rest of an answer has the same prompt.
    if not answer.has_text:
        return False
    if not _same_beginning(answer.text, entry.text) or not _is_prompt_of(answer, entry.prompt):
        return False
    if len(_comparable(answer.text)) >= 40:
        # The same beginning of the answer to the same prompt is proof enough, whatever the clocks say.
        return True
    if entry.created_on is None or answer.asked_on is None:
        return False
    return -BEFORE <= entry.created_on - answer.asked_on <= AFTER


def _is_prompt_of(answer: Answer, stored: str) -> bool:
    """Return whether a stored prompt is that of an answer, maybe with the files before it."""
    if _same_prompt(answer.prompt, stored):
        return True
    return bool(answer.turn.attachments) and _same_prompt(answer.turn.message.text[:COMPARED], stored)


def _same_beginning(begun: str, whole: str) -> bool:
    """Return whether a whole answer may continue that beginning. In a beginning without letters every character counts."""
    letters = _comparable(begun)
    return _comparable(whole).startswith(letters) if letters else whole.strip().startswith(begun.strip())


def _same_prompt(asked: str, stored: str) -> bool:
    """Return whether the prompts match. The history may keep only the beginning of a long prompt, or the whole conversation
    sent with it."""
    if asked.strip() == stored.strip():
        return True
    ours, theirs = _comparable(asked), _comparable(stored.rstrip(" .…"))
    if not ours or not theirs:
        return False
    if ours == theirs:
        return True
    return (len(theirs) >= 40 and ours.startswith(theirs)) or (len(ours) >= 12 and theirs.endswith(ours))


def _comparable(text: str) -> str:
    """Reduce a text to what survives transport: drop blanks, marks, and the difference of small and capital letters."""
    return "".join(character for character in text.casefold() if character.isalnum())
