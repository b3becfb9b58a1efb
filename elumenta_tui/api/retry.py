"""Asking: how one request gets its answer, when it may be sent again, and where a lost answer is looked for.

The one place that decides on repeats. It knows neither the screen nor the conversation: what happens is given as events for
the turn, in order, and whoever takes them applies them.
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
from elumenta_tui.chat.conversation import Message
from elumenta_tui.chat.ledger import Balance, Charge
from elumenta_tui.chat.turn import Found, HistoryEntry, Hold, Progress, Turn

if TYPE_CHECKING:
    from elumenta_tui.api import ApiError, Pending
    from elumenta_tui.api.client import ElumentaClient

REPEATS = 3
"""How often a request is sent again by itself, at most."""
LONGEST_WAIT = 60.0
"""Seconds; who has to wait longer is told so, instead of being kept waiting."""
CONNECT_LIMIT = 30.0
"""Seconds after which a connection that can't be made is not tried again: each attempt may take fifteen."""

POLL_LIMIT = 300.0
"""Seconds after which an answer that is not ready is given up, as the service documents it."""
POLL_EVERY = 5.0
"""Seconds between two questions for it, once it has not come in the first of them."""

LOOKS = (3.0, 12.0, 30.0)
"""Seconds before each of the looks at the balance: the service may need a while to charge for an answer that broke. The later
ones are left out once the balance has changed."""
HISTORY_LOOKS = 2
"""How many of them look into the history too: the service may need a while to finish the answer."""
HISTORY_PAGES = 3
"""How many pages of a hundred generations are looked through."""
BEFORE, AFTER = 120.0, 1800.0
"""Seconds around the moment of asking in which a generation may have been made to be the one that was asked for."""

Connect = Callable[[], Awaitable["ElumentaClient"]]
"""Gives the client of the account; may raise an ApiError."""

Sleep = Callable[[float], Awaitable[object]]


# --------------------------------------------------------------------------------------------------------- one answer


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """The request was refused and goes out again later."""

    hold: Hold

    def apply(self, turn: Turn) -> None:
        turn.wait(self.hold)


@dataclass(frozen=True, slots=True)
class RetryStarted:
    """The wait is over, the request goes out again."""

    def apply(self, turn: Turn) -> None:
        turn.wait(None)


@dataclass(frozen=True, slots=True)
class AnswerPreparing:
    """The service took the request and has the answer later."""

    progress: Progress

    def apply(self, turn: Turn) -> None:
        turn.prepare(self.progress)


async def ask(
    connect: Connect,
    model: str,
    messages: Sequence[Message],
    *,
    clock: Callable[[], float] = monotonic,
    sleep: Sleep = asyncio.sleep,
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
    from elumenta_tui.api.errors import ApiError, Pending

    began = clock()
    for number in count(1):
        try:
            client = await connect()
            async with aclosing(client.stream(model, messages)) as stream:
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
            hold = Hold(error.failure(), clock() + seconds, number, REPEATS)
        yield [RetryScheduled(hold)]
        await sleep(seconds)
        yield [RetryStarted()]
    # The service has the request now. Whatever happens from here on, it is not sent again.
    async with aclosing(_collect(connect, pending, clock, sleep)) as news:
        async for events in news:
            yield events


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
    return None if pause > LONGEST_WAIT else pause + chance() * min(1.0, pause / 2)


async def _collect(
    connect: Connect, pending: Pending, clock: Callable[[], float], sleep: Sleep
) -> AsyncGenerator[list[StreamEvent], None]:
    """Ask for an answer that the service prepares until it is there, or for as long as the service documents."""
    from elumenta_tui.api.errors import ApiError, Pending

    yield [GenerationStarted(pending.message, ""), AnswerPreparing(pending.progress)]
    last: ApiError = pending
    began, waited = clock(), 0.0
    for pause in chain((1.0, 2.0, 3.0), repeat(POLL_EVERY)):
        pause = max(pause, last.retry_after or 0.0)
        waited += pause
        # The questions take their time, too.
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
            if not _may_pass(error):
                break
            last = error
        else:
            yield events
            return
    raise pending


def _may_pass(error: ApiError) -> bool:
    """Whether asking for the same thing a little later may work."""
    from elumenta_tui.api.errors import AnswerBroken, Busy, NoConnection, TlsFailed

    if isinstance(error, TlsFailed):
        return False
    return isinstance(error, NoConnection | AnswerBroken | Busy) or (error.status or 0) >= 500


# ----------------------------------------------------------------------------------------------- an answer that was lost


async def follow_up(
    connect: Connect,
    turn: Turn,
    others: Callable[[], Awaitable[Collection[str]]],
    *,
    look: bool,
    sleep: Sleep = asyncio.sleep,
) -> AsyncGenerator[Balance | Found, None]:
    """What becomes known, some seconds later, of a turn that broke: the balance, and the whole answer if there is one.

    It never raises for the service or the network: then nothing becomes known.

    Args:
        turn: is only read; the caller settles it with the balances.
        others: gives the ids of generations that belong to other turns.
        look: into the history, too.
    """
    from elumenta_tui.api.errors import ApiError

    for number, seconds in enumerate(LOOKS):
        in_history = look and number < HISTORY_LOOKS
        if number and not in_history and not turn.may_be_charged_yet:
            return
        await sleep(seconds)
        try:
            client = await connect()
            yield await client.balance()
            if in_history and (found := await find(client, turn, await others())) is not None:
                yield found
                return
        except ApiError:
            continue


async def find(client: ElumentaClient, turn: Turn, others: Collection[str]) -> Found | None:
    """The whole answer of a turn that did not get it, if the service has it: by its id, else in the history.

    Args:
        turn: is only read.
        others: ids of generations that belong to other turns.

    Raises:
        ApiError: it could not be looked for.
    """
    from elumenta_tui.api.errors import NotAnAnswer, ServiceError

    if turn.generation_id:
        try:
            return _found(turn.generation_id, await client.generation(turn.generation_id))
        except (ServiceError, NotAnAnswer) as error:
            # It does not know the id, or has no such address; its history may all the same.
            if error.status is not None and error.status in (401, 403, 429):
                raise
    for page in range(1, HISTORY_PAGES + 1):
        entries = await client.history(page)
        best = best_match(turn, entries, others)
        if best is not None:
            return Found(best.id, best.text, best.cost)
        if len(entries) < 100 or _is_older(entries, turn):
            return None
    return None


def _found(id: str, events: Iterable[StreamEvent]) -> Found | None:
    text = "".join(event.text for event in events if isinstance(event, ContentDelta))
    cost = next((event.tokens_used for event in events if isinstance(event, GenerationEnded)), None)
    return Found(id, text, cost) if text.strip() else None


def _is_older(entries: Sequence[HistoryEntry], turn: Turn) -> bool:
    last = entries[-1].created_on
    return last is not None and turn.asked_on is not None and last < turn.asked_on - BEFORE


def best_match(turn: Turn, entries: Iterable[HistoryEntry], others: Collection[str]) -> HistoryEntry | None:
    """The generation that answers the turn's request, the nearest one in time; None if there is none for sure."""
    matching = [entry for entry in entries if entry.id not in others and _matches(turn, entry)]
    return min(matching, key=lambda entry: _distance(turn, entry), default=None)


def _distance(turn: Turn, entry: HistoryEntry) -> float:
    if entry.created_on is None or turn.asked_on is None:
        return float("inf")
    return abs(entry.created_on - turn.asked_on)


def _matches(turn: Turn, entry: HistoryEntry) -> bool:
    if entry.status not in ("completed", "") or not entry.text.strip():
        return False
    if turn.generation_id and turn.generation_id == entry.id:
        return True
    if entry.model and entry.model not in (turn.model.slug, turn.served_by):
        return False
    # Without a word of the answer only the id tells: the same prompt may have been asked elsewhere, and every request for the
    # rest of an answer has the same one.
    if not turn.has_text:
        return False
    if not _begins_alike(turn.text, entry.text) or not _same_prompt(turn.prompt, entry.prompt):
        return False
    if len(_letters(turn.text)) >= 40:
        # The same beginning of the answer to the same prompt is proof enough, whatever the clocks say.
        return True
    if entry.created_on is None or turn.asked_on is None:
        return False
    return -BEFORE <= entry.created_on - turn.asked_on <= AFTER


def _begins_alike(begun: str, whole: str) -> bool:
    """Whether a whole answer may be the rest of that beginning; of one without any letter, every character counts."""
    letters = _letters(begun)
    return _letters(whole).startswith(letters) if letters else whole.strip().startswith(begun.strip())


def _same_prompt(asked: str, stored: str) -> bool:
    """The history may keep the beginning of a long prompt only, or the whole conversation that went with it."""
    if asked.strip() == stored.strip():
        return True
    ours, theirs = _letters(asked), _letters(stored.rstrip(" .…"))
    if not ours or not theirs:
        return False
    if ours == theirs:
        return True
    return (len(theirs) >= 40 and ours.startswith(theirs)) or (len(ours) >= 12 and theirs.endswith(ours))


def _letters(text: str) -> str:
    """A text without what is easily lost on the way: blanks, marks, and the difference of small and large."""
    return "".join(character for character in text.casefold() if character.isalnum())
