"""Spending: kinds of requests, sums of charges, and the limits that a user sets for them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from elumenta_tui.chat.ledger import Charge, whole_sums
from elumenta_tui.chat.message import Text
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.request import Request
from elumenta_tui.lean import Frozen


class Kind(Enum):
    """The purpose of a request. The values are stored."""

    CHAT = "chat"
    """A prompt of the conversation."""
    AGAIN = "again"
    """The same prompt, because its answer was incomplete."""
    VERSION = "version"
    """Another version of an answer."""
    COMPARISON = "comparison"
    """One of several models that got the same prompt."""
    MERGE = "merge"
    """One answer out of several."""
    SUMMARY = "summary"
    """A summary of what is left out."""
    ASIDE = "aside"
    """A side question."""
    SHELL = "shell"
    """A prompt of `elumenta-tui ask`."""


class Spent(Frozen):
    """A sum of charges. It may be more than `known`, and is `most` at most, unless a price was not known either."""

    known: Amount = 0
    """Elumenta tokens that were charged."""
    unknown: int = 0
    """Requests of which that is not known, those that are coming included."""
    up_to: Amount = 0
    """Elumenta tokens that these may have cost, by the prices of their models."""

    @property
    def most(self) -> Amount:
        """Elumenta tokens that were spent at most."""
        return self.known + self.up_to

    def and_(self, other: Spent) -> Spent:
        """Return the sum of both."""
        return Spent(self.known + other.known, self.unknown + other.unknown, self.up_to + other.up_to)


NOTHING_SPENT = Spent()


def spent(charges: Iterable[tuple[Charge, Amount | None]]) -> Spent:
    """Add up charges, each with the most that its request may have cost. One that is coming counts as unknown."""
    known: Amount = 0
    unknown: list[tuple[Charge, Amount | None]] = []
    for charge, most in charges:
        paid = charge.amount
        if paid is not None:
            known += paid
        else:
            unknown.append((charge, most))
    for together in whole_sums(charge for charge, _ in unknown):
        known += together.amount
        unknown = [each for each in unknown if each[0].together is not together]
    return Spent(known, len(unknown), sum(most or 0 for _, most in unknown))


class Period(Enum):
    """The time that a cap is for."""

    SESSION = "session"
    DAY = "day"
    MONTH = "month"


SCARCE = 0.25
"""Part of a cap below which its rest is shown beside the price of a request."""


class SpendingLimits(Frozen):
    """Limits of what a request may cost unasked, in Elumenta tokens. 0: no limit."""

    confirm_above: Amount = 0
    session: Amount = 0
    day: Amount = 0
    month: Amount = 0
    names_repeats: bool = False
    """True if a prompt is pointed at that was asked with the same context within a day."""

    @property
    def has_cap(self) -> bool:
        """True if any period has a cap."""
        return bool(self.session or self.day or self.month)

    def cap(self, period: Period) -> Amount:
        """Return the cap of a period; 0 if there is none."""
        return {Period.SESSION: self.session, Period.DAY: self.day, Period.MONTH: self.month}[period]

    def with_cap(self, period: Period, cap: Amount) -> SpendingLimits:
        """Return the limits with another cap of a period; 0 takes it away."""
        match period:
            case Period.SESSION:
                return self.but(session=cap)
            case Period.DAY:
                return self.but(day=cap)
            case Period.MONTH:
                return self.but(month=cap)


NO_LIMITS = SpendingLimits()


class CapRest(Frozen):
    """The rest of a cap before a request."""

    period: Period
    cap: Amount
    """Elumenta tokens that may be spent in the period."""
    spent: Spent
    price: Amount
    """Elumenta tokens that the request may cost; 0 if that is not known."""

    @property
    def left(self) -> Amount:
        """Elumenta tokens that are left for certain: what is not known counts with the most that it may have cost."""
        return max(0, self.cap - self.spent.most)

    @property
    def is_passed(self) -> bool:
        """True if the request would pass the cap."""
        return not self.left or self.price > self.left

    @property
    def is_scarce(self) -> bool:
        """True if the user should know of the rest before the request."""
        return self.is_passed or self.left < SCARCE * self.cap


class Asked(Frozen):
    """A request that was answered."""

    title: str
    """Title of its conversation."""
    conversation: str
    """Id of its conversation."""
    asked_on: float
    """Unix seconds."""
    cost: Amount | None
    """Elumenta tokens; None if they are not known."""


class Reason(Enum):
    """The reasons why a request is not sent before the user has been asked."""

    CONFIRM = "confirm"
    """It costs more than the user wants to spend on one request without being asked."""
    CAP = "cap"
    """It would exceed what the user wants to spend in a session, a day or a month."""
    REPEATED = "repeated"
    """The same was asked with the same context within a day."""


class Objection(Frozen):
    """An objection to a request, out of the limits that the user has set."""

    reason: Reason
    models: tuple[Model, ...]
    """The models that would be asked."""
    period: Period = Period.SESSION
    """Of a cap: the time that it is for."""
    spent: Spent = NOTHING_SPENT
    """Of a cap: what was spent in that time."""
    cap: Amount = 0
    """The limit, in Elumenta tokens."""
    asked: Asked | None = None
    """The request that this one repeats."""


def fingerprint(request: Request) -> str:
    """Return a hash that two requests share only if the same would be sent."""
    from hashlib import sha256

    hashed = sha256(repr((request.model.slug, tuple(request.options))).encode("utf-8", "surrogatepass"))
    for message in request.messages:
        hashed.update(repr((message.role, len(message.parts))).encode())
        for part in message.parts:
            # The size goes before the content, so that no content can look like the next part.
            content = part.text.encode("utf-8", "surrogatepass") if isinstance(part, Text) else part.data
            hashed.update(repr((type(part).__name__, len(content))).encode())
            hashed.update(content)
    return hashed.hexdigest()[:32]


def most_of(models: Iterable[Model]) -> Amount | None:
    """Return the most that one request to each model may cost; None if the price of one of them is not known."""
    total: Amount = 0
    for model in models:
        if model.most is None:
            return None
        total += model.most
    return total
