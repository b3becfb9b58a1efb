"""The truth of a chat: models, turns, the conversation, and the purse that pays for it.

Pure values and small state machines. No I/O, no clock of its own, no Textual: time is handed in, in seconds of one
monotonic clock where it is measured, and in Unix seconds where it is told (`asked_on`, `ended_on`).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from math import ceil
from typing import Any

from elumenta_tui.gate import clean_line

Amount = int | float
"""Elumenta tokens: billing credits with a fixed price per request and model, not LLM tokens. May be negative."""

Message = dict[str, str]
"""One entry of a request's `messages`: `role` (system, user or assistant) and `content`."""


_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,18}(\.[0-9]{1,18})?\s*")


def amount(value: object) -> Amount | None:
    """Elumenta tokens from whatever the service sent; None if it is no number. Unknown is never 0."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        # Python would take much more for a number: 1_000, Arabic digits, and thousands of them only to complain.
        if not _NUMBER.fullmatch(value):
            return None
        value = float(value) if "." in value else int(value)
    if isinstance(value, int):
        # A longer number is no balance, and Python refuses to print it.
        return value if abs(value) < 10**15 else None
    if isinstance(value, float) and abs(value) < 10**15:  # neither is inf, nor nan
        return int(value) if value.is_integer() else value
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


# ------------------------------------------------------------------------------------------------------------ models

VISION_MODELS = frozenset({"gpt-5", "claude-sonnet-4.5", "gemini-3-pro"})
"""Slugs that the vendor documents as accepting images; the models list has no field for it."""


_THOUGHTS = ("think", "thinking")
"""The tags in which models put their thoughts, at the beginning of an answer."""


def without_thoughts(text: str) -> str:
    """The text after the thoughts that it begins with; all of it if there is nothing after them."""
    begin = text.lstrip()
    for tag in _THOUGHTS:
        if begin.startswith(f"<{tag}>"):
            rest = begin.partition(f"</{tag}>")[2].lstrip()
            return rest or text
    return text


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the service, as `GET /api/v2/models` lists it."""

    slug: str
    """What requests call it, like `gpt-5`."""
    name: str
    provider: str = ""
    category: str = "text"
    """`category`: text, image, video, tts, stt, music, audio or tool."""
    price: Amount | None = None
    """`token_cost`: Elumenta tokens per request; None if the service did not say."""
    price_max: Amount | None = None
    """`max_token_cost` where it is above `price`: the request may cost up to this."""
    plan: str = ""
    """`min_plan`: the least plan that may use it, like free or basic; empty if unknown."""
    streams: bool = True
    """`supports_streaming`, and the category is text: it can be chosen for a chat."""
    vision: bool = False
    """It accepts images in messages."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Model | None:
        """A model from one entry of the list; None if the entry has no usable `slug`."""
        slug = _text(data.get("slug")).strip()
        if not slug:
            return None
        category = _text(data.get("category")) or "text"
        price = amount(data.get("token_cost"))
        if price is None:
            price = amount(data.get("min_token_cost"))
        most = amount(data.get("max_token_cost"))
        config = data.get("config")
        says_vision = (
            isinstance(config, Mapping) and (config.get("vision") or config.get("supports_vision")) is True
        )
        return cls(
            slug=slug,
            name=_text(data.get("name")).strip() or slug,
            provider=_text(data.get("provider")).strip(),
            category=category,
            price=price,
            price_max=most if most is not None and price is not None and most > price else None,
            plan=_text(data.get("min_plan")).strip(),
            streams=category == "text" and data.get("supports_streaming") is not False,
            vision=says_vision or slug in VISION_MODELS,
        )

    @classmethod
    def unlisted(cls, slug: str) -> Model:
        """A model that the user named and no list knows: it can be asked, its price is unknown."""
        return cls(slug=slug, name=slug, vision=slug in VISION_MODELS)


def _documented(slug: str, name: str, provider: str, price: int, plan: str) -> Model:
    return Model(slug, name, provider, price=price, plan=plan, vision=slug in VISION_MODELS)


DOCUMENTED_MODELS: tuple[Model, ...] = (
    _documented("gpt-5-nano", "GPT-5 Nano", "OpenAI", 1, "free"),
    _documented("claude-haiku-4.5", "Claude Haiku 4.5", "Anthropic", 1, "free"),
    _documented("gemini-2.5-flash", "Gemini 2.5 Flash", "Google", 1, "free"),
    _documented("deepseek-v3", "DeepSeek V3", "DeepSeek", 1, "free"),
    _documented("grok-4-fast", "Grok 4 Fast", "xAI", 1, "free"),
    _documented("gpt-5", "GPT-5", "OpenAI", 2, "basic"),
    _documented("deepseek-r1", "DeepSeek R1", "DeepSeek", 1, "basic"),
    _documented("gpt-5.2", "GPT-5.2", "OpenAI", 4, "basic"),
    _documented("claude-sonnet-4.5", "Claude Sonnet 4.5", "Anthropic", 4, "basic"),
    _documented("gemini-3-pro", "Gemini 3 Pro", "Google", 3, "basic"),
    _documented("claude-opus-4.5", "Claude Opus 4.5", "Anthropic", 6, "basic"),
    _documented("gpt-5.2-pro", "GPT-5.2 Pro", "OpenAI", 39, "basic"),
)
"""The text models of the vendor's documents with their prices: what is offered until the service's own list is here."""


def find_model(models: Sequence[Model], slug: str) -> Model:
    """The model of that slug, listed or not."""
    return next((model for model in models if model.slug == slug), None) or Model.unlisted(slug)


# ------------------------------------------------------------------------------------------------------------- purse


@dataclass(frozen=True, slots=True)
class Balance:
    """`GET /api/v2/balance`: what is left and on which plan. None: the service did not say."""

    tokens: Amount | None
    plan: str = ""
    plan_expires_at: str = ""
    """ISO 8601, as sent; empty if the plan does not expire or is unknown."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Balance:
        return cls(
            amount(data.get("token_balance")), _text(data.get("plan")), _text(data.get("plan_expires_at"))
        )


@dataclass(frozen=True, slots=True)
class User:
    """`GET /api/v2/user/me`. Fields that the service left out are empty or None."""

    id: str
    name: str
    email: str
    plan: str
    balance: Amount | None
    """`token_balance`, in Elumenta tokens."""
    monthly_tokens: Amount | None
    """`token_limit`, the plan's allowance."""
    hourly_limit: int | None
    """`rate_limit_hourly`, requests; 0 is unlimited."""
    daily_limit: int | None
    """`rate_limit_daily`, requests; 0 is unlimited."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> User:
        return cls(
            id=identifier(data.get("id")),
            name=_text(data.get("name")) or _text(data.get("username")),
            email=_text(data.get("email")),
            plan=_text(data.get("plan")),
            balance=amount(data.get("token_balance")),
            monthly_tokens=amount(data.get("token_limit")),
            hourly_limit=_count(data.get("rate_limit_hourly")),
            daily_limit=_count(data.get("rate_limit_daily")),
        )


def identifier(value: object) -> str:
    """An id as text: the service sends `gen_01j9x2abc123` or 18473. Anything else is no id: empty."""
    if isinstance(value, str):
        return value
    whole = amount(value)
    return str(whole) if isinstance(whole, int) else ""


def _count(value: object) -> int | None:
    number = amount(value)
    return number if isinstance(number, int) and number >= 0 else None


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests left for this account, from the `X-RateLimit-*` headers of a response. None: not sent; limit 0: unlimited."""

    hour_left: int | None = None
    hour_limit: int | None = None
    day_left: int | None = None
    day_limit: int | None = None
    hour_resets_at: int | None = None
    """Unix seconds."""

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> RateLimits | None:
        """None if the response carries none of them."""
        limits = cls(
            hour_left=_count(headers.get("X-RateLimit-Remaining-Hour")),
            hour_limit=_count(headers.get("X-RateLimit-Limit-Hour")),
            day_left=_count(headers.get("X-RateLimit-Remaining-Day")),
            day_limit=_count(headers.get("X-RateLimit-Limit-Day")),
            hour_resets_at=_count(headers.get("X-RateLimit-Reset-Hour")),
        )
        return limits if limits != cls() else None


@dataclass(slots=True)
class Purse:
    """What the app knows of the account's money."""

    tokens: Amount | None = None
    """The balance that the service stated last; None before it has."""
    stale: bool = True
    """Something may have changed the balance since it was stated; it has to be read again."""
    plan: str = ""
    limits: RateLimits | None = None

    def read(self, balance: Balance) -> None:
        self.tokens, self.plan, self.stale = balance.tokens, balance.plan or self.plan, balance.tokens is None

    def settle(self, balance: Amount | None) -> None:
        """An answer has ended and stated the balance, or left it out."""
        if balance is None:
            self.stale = True
        else:
            self.tokens, self.stale = balance, False

    def after(self, price: Amount | None) -> Amount | None:
        """What one more request of that price leaves; None if that can't be said."""
        if self.tokens is None or price is None or self.stale:
            return None
        return self.tokens - price


# ------------------------------------------------------------------------------------------------------------- turns


class Charge(Enum):
    """What is known of the price of a turn that did not end well."""

    NOTHING_SENT = "nothing_sent"
    """The request never left: it cost nothing."""
    NOT_CHARGED = "not_charged"
    """The service refused or failed it, and documents that it does not charge for that."""
    UNKNOWN = "unknown"
    """It may have been charged: only the balance can tell."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a turn has no whole answer. `kind` picks the words; nothing of it is ever sent to a model."""

    kind: str
    """The service's error code (`rate_limit_exceeded`), or one of our own (`stopped`, `cut`, `no_connection`)."""
    charge: Charge = Charge.UNKNOWN
    message: str = ""
    """The service's own words, clean; may be empty."""
    status: int | None = None
    """HTTP status, where there was a response."""
    retry_after: float | None = None
    """Seconds until the service will take a request again (`retry_after`, or the header), if it said so."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an answer is that the service prepares as a whole. None: it does not say."""

    percent: Amount | None = None
    """`progress`, from 0 to 100."""
    seconds: Amount | None = None
    """`eta_seconds`: how long it will take still."""


@dataclass(frozen=True, slots=True)
class Found:
    """A whole answer in the service's history, which belongs to a turn that did not get it."""

    id: str
    text: str
    cost: Amount | None = None
    """Elumenta tokens, if the service said."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One generation of `GET /api/v2/user/history`. What the service left out is empty or None."""

    id: str
    model: str
    """`model_slug`, or `model`."""
    prompt: str
    status: str
    """`completed`, or how else it ended."""
    text: str
    """`result_text`, or `content`."""
    cost: Amount | None = None
    """`tokens_spent`, or `tokens_used`: Elumenta tokens."""
    created_on: float | None = None
    """`created_at`, in Unix seconds."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> HistoryEntry:
        cost = amount(data.get("tokens_spent"))
        return cls(
            id=identifier(data.get("id")),
            model=_text(data.get("model_slug")) or _text(data.get("model")),
            prompt=_text(data.get("prompt")),
            status=_text(data.get("status")).lower(),
            text=_text(data.get("result_text")) or _text(data.get("content")),
            cost=cost if cost is not None else amount(data.get("tokens_used")),
            created_on=unix_seconds(data.get("created_at")),
        )


def unix_seconds(value: object) -> float | None:
    """A moment from ISO 8601 (without a zone it is UTC) or from Unix seconds; None if it is neither."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            pass
    seconds = amount(value)
    return float(seconds) if seconds is not None and seconds > 0 else None


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a turn is waiting before the same request goes out again by itself, and until when."""

    failure: Failure
    """What the last attempt came to. It cost nothing, or there would be no other."""
    until: float
    """Seconds of the app's monotonic clock."""
    number: int
    """Which repeat comes next, from 1."""
    of: int
    """How many repeats there are at most."""

    def seconds(self, now: float) -> int:
        """Full seconds that are left, as a countdown shows them."""
        return max(0, ceil(self.until - now))


class TurnState(Enum):
    """waiting → streaming → complete | interrupted | failed. The last three are final."""

    WAITING = "waiting"
    STREAMING = "streaming"
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    """There is text, but it is not whole."""
    FAILED = "failed"
    """There is no text."""

    @property
    def final(self) -> bool:
        return self in (TurnState.COMPLETE, TurnState.INTERRUPTED, TurnState.FAILED)


@dataclass(slots=True, eq=False)
class Turn:
    """A prompt and what came of it. Written only through its methods; a final state absorbs whatever comes later."""

    prompt: str
    model: Model
    """The model that was asked."""
    id: str = ""
    """What it is stored under; empty until it is."""
    asked_on: float | None = None
    """Unix seconds; None if nobody looked at a calendar."""
    ended_on: float | None = None
    asked_at: float = 0.0
    """Seconds of the app's monotonic clock; of a restored turn they begin with its prompt."""
    first_text_at: float | None = None
    last_text_at: float | None = None
    ended_at: float | None = None
    state: TurnState = TurnState.WAITING
    generation_id: str = ""
    served_by: str = ""
    """`model` of generation_start; empty until then. May differ from what was asked."""
    deltas: int = 0
    """How many content deltas have come, about one LLM token each."""
    cost: Amount | None = None
    """Elumenta tokens, as generation_end stated them."""
    balance_before: Amount | None = None
    balance_after: Amount | None = None
    failure: Failure | None = None
    hold: Hold | None = None
    """Nothing is asked at the moment; the request is repeated when this is over."""
    progress: Progress | None = None
    """The service prepares the whole answer; it is asked for it from time to time."""
    settling: bool = False
    """The balance is being read, to see what it cost."""
    found: Found | None = None
    """Its whole answer, which can take the place of what there is."""
    was_found: bool = False
    """It has been completed out of the service's history."""
    asked_again: bool = False
    """The user had its prompt sent again: what there is of it is no part of the conversation any more."""
    given_back: bool = False
    """Its prompt went back into the prompt box."""
    unreadable: int = 0
    """Events of the stream that could not be read; the text around them is kept."""
    was_restored: bool = False
    """It comes from an earlier time: what the balance is now says nothing of it."""
    length: int = 0
    """Characters of the answer so far."""
    has_text: bool = False
    """Any answer worth keeping: more than white space."""
    _parts: list[str] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)
    """Where in the answer each part ends."""
    _deltas_noted: int = 0
    _balance_stated: bool = False

    @classmethod
    def restored(cls, prompt: str, model: Model, answer: str, **facts: Any) -> Turn:
        """A turn as it was: its answer so far, and whatever else of its fields is known."""
        turn = cls(prompt, model, was_restored=True, **facts)
        if answer:
            turn._parts, turn._ends = [answer], [len(answer)]
            turn.length, turn.has_text = len(answer), not answer.isspace()
        turn._deltas_noted = turn.deltas
        return turn

    @property
    def text(self) -> str:
        """The answer so far."""
        if len(self._parts) > 1:
            self._parts[:] = ["".join(self._parts)]
            self._ends[:] = [self.length]
        return self._parts[0] if self._parts else ""

    def text_since(self, start: int, limit: int | None = None) -> str:
        """The answer from its character `start` on, about `limit` characters of it, at the cost of what is returned."""
        first = bisect_right(self._ends, start)
        if first == len(self._ends):
            return ""
        before = self._ends[first - 1] if first else 0
        after = None if limit is None else bisect_left(self._ends, start + limit, first) + 1
        text = "".join(self._parts[first:after])[start - before :]
        return text if limit is None else text[:limit]

    @property
    def over(self) -> bool:
        return self.state.final

    @property
    def paid(self) -> Amount | None:
        """What the turn cost, stated or seen on the balance; None if that is not known."""
        if self.cost is not None:
            return self.cost
        if self.failure is not None and self.failure.charge is not Charge.UNKNOWN:
            return 0
        if self.over and self.balance_before is not None and self.balance_after is not None:
            spent = self.balance_before - self.balance_after
            # A balance that has risen was topped up meanwhile: it does not tell.
            return spent if spent >= 0 else None
        return None

    def begin(self, generation_id: str, model: str) -> None:
        """The service has started (generation_start)."""
        if not self.over:
            self.state = TurnState.STREAMING
            self.generation_id, self.served_by = generation_id, model

    def add(self, text: str) -> None:
        """A piece of the answer (content_delta)."""
        if not self.over and text:
            self.state = TurnState.STREAMING
            self.deltas += 1
            self.length += len(text)
            self.has_text = self.has_text or not text.isspace()
            self._parts.append(text)
            self._ends.append(self.length)

    def wait(self, hold: Hold | None) -> None:
        """The request was refused at no cost and waits for its repeat; None: it goes out again."""
        if not self.over:
            self.hold = hold

    def prepare(self, progress: Progress) -> None:
        """The service took the request and will have the answer later."""
        if not self.over:
            self.progress = progress

    def skip(self) -> None:
        """An event that could not be read."""
        if not self.over:
            self.unreadable += 1

    def end(self, cost: Amount | None = None, balance: Amount | None = None) -> None:
        """The service says that the answer is whole (generation_end, or [DONE])."""
        if self.over:
            return
        self.cost, self.balance_after = cost, balance
        self._balance_stated = balance is not None
        self.progress = None
        if self.has_text:
            self.state = TurnState.COMPLETE
        else:
            self.state = TurnState.FAILED
            self.failure = Failure("empty_answer")

    def fail(self, failure: Failure) -> None:
        """The answer will not come, or will not come whole."""
        if not self.over:
            self.state = TurnState.INTERRUPTED if self.has_text else TurnState.FAILED
            self.failure = failure
            self.hold = None

    def settle(self, balance: Amount | None) -> None:
        """The balance was read after a turn that stated none; again, if the service was slow to charge."""
        if self.over and not self._balance_stated and not self.was_restored and balance is not None:
            self.balance_after = balance

    @property
    def is_doubtful(self) -> bool:
        """It has no whole answer, although the service may have made one and charged for it."""
        return self.failure is not None and self.failure.charge is Charge.UNKNOWN

    @property
    def may_be_charged_yet(self) -> bool:
        """The balance is what it was before the turn was asked, which says nothing for good: the service may charge later."""
        return self.balance_before is not None and self.balance_after in (None, self.balance_before)

    def offer(self, found: Found) -> None:
        """The service has a whole answer for it."""
        if self.is_doubtful:
            self.found = found

    def complete(self) -> None:
        """Put the whole answer that was found in the place of what there is: the one way out of a final state."""
        found = self.found
        if found is None:
            return
        self._parts, self._ends = [found.text], [len(found.text)]
        self.length, self.has_text = len(found.text), True
        self.state, self.failure, self.found = TurnState.COMPLETE, None, None
        self.was_found, self.given_back = True, False
        self.generation_id = self.generation_id or found.id
        if self.cost is None:
            self.cost = found.cost

    def note_time(self, now: float, on: float | None = None) -> None:
        """Remember when text and the end were seen: `now` in seconds of the clock of `asked_at`, `on` in Unix seconds."""
        if self.deltas > self._deltas_noted:
            self._deltas_noted = self.deltas
            self.last_text_at = now
            if self.first_text_at is None:
                self.first_text_at = now
        if self.ended_at is None and self.over:
            self.ended_at, self.ended_on = now, on

    def silence(self, now: float) -> float:
        """Seconds since the last text, or since the prompt was sent."""
        since = self.last_text_at if self.last_text_at is not None else self.asked_at
        return max(0.0, now - since)

    def seconds(self, now: float) -> float:
        """Since the prompt was sent, until the end or `now`."""
        return max(0.0, (self.ended_at if self.ended_at is not None else now) - self.asked_at)


TITLE_LIMIT = 80
"""Characters of a title."""


def title_of(prompt: str) -> str:
    """A title out of a prompt: its first line that says something."""
    lines = (line.strip(" \t#>*-`") for line in prompt.splitlines())
    return clean_line(next((line for line in lines if line), prompt), TITLE_LIMIT)


@dataclass(slots=True)
class Conversation:
    """The turns on the screen, oldest first."""

    turns: list[Turn] = field(default_factory=list)
    id: str = ""
    """What it is stored under; empty until it is."""
    title: str = ""
    """In one line; empty until there is a prompt to take it from, or a person gives one."""
    created_on: float | None = None
    """Unix seconds."""

    @property
    def current(self) -> Turn | None:
        """The turn whose answer is still coming."""
        return self.turns[-1] if self.turns and not self.turns[-1].over else None

    @property
    def last_answer(self) -> Turn | None:
        """The newest turn that has any text."""
        return next((turn for turn in reversed(self.turns) if turn.has_text), None)

    def ask(
        self,
        prompt: str,
        model: Model,
        *,
        now: float,
        on: float | None = None,
        balance: Amount | None = None,
    ) -> Turn:
        """A new turn at the end. There may be one unfinished turn only."""
        if self.current is not None:
            raise ValueError("an answer is still coming")
        turn = Turn(prompt, model, asked_at=now, asked_on=on, balance_before=balance)
        if not self.title or self._is_titled_after_nothing:
            self.title = title_of(prompt)
        self.turns.append(turn)
        if self.created_on is None:
            self.created_on = on
        return turn

    @property
    def _is_titled_after_nothing(self) -> bool:
        """Whether its title is a prompt of its own, and no prompt yet has got any text in answer."""
        return not any(turn.has_text for turn in self.turns) and any(
            title_of(turn.prompt) == self.title for turn in self.turns
        )

    def messages(self) -> list[Message]:
        """What the next request carries: every turn that is on the screen, as it is shown.

        Answers that were stopped or cut go with the text they have. A turn without any text has nothing to remember: its
        prompt went back to the user. A turn that was asked again has its place taken by the later one. The transcript says
        of both that they are not part of the context. No status text is ever part of this, and no thoughts: models are not
        meant to read them again.
        """
        return list(self._messages())

    def _messages(self) -> Iterator[Message]:
        for turn in self.turns:
            if turn.asked_again:
                continue
            if turn.has_text:
                yield {"role": "user", "content": turn.prompt}
                yield {"role": "assistant", "content": without_thoughts(turn.text)}
            elif not turn.over:
                yield {"role": "user", "content": turn.prompt}

    @property
    def spent(self) -> Amount:
        """Elumenta tokens that are known to have been paid for these turns."""
        # What was stated is what was paid; that is nearly always so, and there may be thousands of turns.
        return sum((turn.paid or 0) if turn.cost is None else turn.cost for turn in self.turns)

    @property
    def unknown_costs(self) -> int:
        """How many ended turns may have cost something that is not known."""
        return sum(turn.cost is None and turn.over and turn.paid is None for turn in self.turns)
