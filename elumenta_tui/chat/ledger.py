"""Money: the balance, the remaining requests, what each request cost, and what they cost together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from elumenta_tui.chat.failure import Billing
from elumenta_tui.chat.parsing import Amount, amount, count, identifier, text
from elumenta_tui.lean import Frozen, Mutable


class Balance(Frozen):
    """`GET /api/v2/balance`: the balance and the plan. None where the service did not say."""

    tokens: Amount | None
    plan: str = ""
    plan_expires_at: str = ""
    """ISO 8601, as sent; empty if the plan does not expire or is unknown."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Balance:
        return cls(
            amount(data.get("token_balance")), text(data.get("plan")), text(data.get("plan_expires_at"))
        )


class User(Frozen):
    """`GET /api/v2/user/me`. Fields that the service left out are empty or None."""

    id: str
    name: str
    email: str
    plan: str
    balance: Amount | None
    """`token_balance`, in Elumenta tokens."""
    monthly_tokens: Amount | None
    """`token_limit`, the plan's allowance in Elumenta tokens."""
    hourly_limit: int | None
    """`rate_limit_hourly`, requests; 0 is unlimited."""
    daily_limit: int | None
    """`rate_limit_daily`, requests; 0 is unlimited."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> User:
        return cls(
            id=identifier(data.get("id")),
            name=text(data.get("name")) or text(data.get("username")),
            email=text(data.get("email")),
            plan=text(data.get("plan")),
            balance=amount(data.get("token_balance")),
            monthly_tokens=amount(data.get("token_limit")),
            hourly_limit=count(data.get("rate_limit_hourly")),
            daily_limit=count(data.get("rate_limit_daily")),
        )


class RateLimits(Frozen):
    """Requests left for this account, from the `X-RateLimit-*` headers of a response. None: not sent; limit 0: unlimited."""

    hour_left: int | None = None
    hour_limit: int | None = None
    day_left: int | None = None
    day_limit: int | None = None
    hour_resets_at: int | None = None
    """Unix seconds."""

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> RateLimits | None:
        """Parse the headers; None if the response carries none of them."""
        limits = cls(
            hour_left=count(headers.get("X-RateLimit-Remaining-Hour")),
            hour_limit=count(headers.get("X-RateLimit-Limit-Hour")),
            day_left=count(headers.get("X-RateLimit-Remaining-Day")),
            day_limit=count(headers.get("X-RateLimit-Limit-Day")),
            hour_resets_at=count(headers.get("X-RateLimit-Reset-Hour")),
        )
        return limits if limits != cls() else None

    def are_used_up(self, now: float) -> bool:
        """Return whether no request is left this hour or today. `now` is in Unix seconds."""
        if self.day_limit != 0 and self.day_left == 0:
            return True
        has_reset = self.hour_resets_at is not None and self.hour_resets_at <= now
        return self.hour_limit != 0 and self.hour_left == 0 and not has_reset


@dataclass(slots=True, eq=False, repr=False)
class Charge:
    """The cost of one request: stated by the service, inferred from two readings of the balance, or unknown."""

    stated: Amount | None = None
    """Elumenta tokens, as the service stated them (`tokens_used`); None if it did not."""
    before: Amount | None = None
    """The balance before the request, less what others took that were in flight with it; None if that is not known."""
    after: Amount | None = None
    """The balance that was read or stated last, after the request has ended."""
    is_open: bool = True
    """True while the request is in flight. No total counts it then."""
    is_free: bool = False
    """True if the request has failed and is known to have cost nothing."""
    is_final: bool = False
    """True if a later balance can't change it: the service stated the balance, or the request is of an earlier session."""
    together: Together | None = None
    """The sum of this one and others, if only that is known. It is not stored."""

    @property
    def amount(self) -> Amount | None:
        """Elumenta tokens; None if they are not known."""
        if self.stated is not None:
            return self.stated
        if self.is_free:
            return 0
        if not self.is_open and self.before is not None and self.after is not None:
            spent = self.before - self.after
            # A higher balance was topped up meanwhile: it does not tell the cost.
            return spent if spent >= 0 else None
        return None

    @property
    def basis(self) -> str:
        """The source of the amount: stated, free, inferred or unknown; empty while the request is in flight."""
        if self.is_open:
            return ""
        if self.stated is not None:
            return "stated"
        if self.is_free:
            return "free"
        return "unknown" if self.amount is None else "inferred"

    @property
    def may_come_yet(self) -> bool:
        """Whether the balance is still the one from before the request. That proves nothing: the service may charge later."""
        return self.before is not None and self.after in (None, self.before)

    def forget_balance(self) -> None:
        """Forget the balance before the request, unless it has told the cost: two balances tell nothing of one of several."""
        if self.is_open or self.after is None:
            self.before = None

    def end(self, stated: Amount | None = None, balance: Amount | None = None) -> None:
        """Record that the request has ended, with what the service stated of its cost and of the balance after it."""
        self.is_open = False
        self.stated, self.after = stated, balance
        self.is_final = balance is not None

    def fail(self, billing: Billing) -> None:
        """Record that the request has failed."""
        self.is_open = False
        self.is_free = billing is not Billing.UNKNOWN

    def settle(self, balance: Amount | None) -> None:
        """Record the balance read after a request that stated none; again, if the service was slow to charge."""
        if not self.is_open and not self.is_final and balance is not None:
            self.after = balance

    def infer(self, cost: Amount | None, balance: Amount) -> None:
        """Record what the balance after several requests tells of this one; None: nothing."""
        self.together = None
        if cost is not None and cost == self.amount:
            return
        if not self.is_final or self.after is None:
            self.after = balance
        self.before = None if cost is None else self.after + cost


class Together(Mutable):
    """Requests of which two balances tell the sum only."""

    charges: tuple[Charge, ...]
    amount: Amount
    """Elumenta tokens."""


class Total(Frozen):
    """A sum of charges."""

    amount: Amount
    """Elumenta tokens that are known to have been charged."""
    unknown: int
    """Number of requests that may have cost something more."""


def total(charges: Iterable[Charge]) -> Total:
    """Add up charges. Requests in flight are left out."""
    known: Amount = 0
    unknown: list[Charge] = []
    for charge in charges:
        # The stated cost is nearly always known. This shortcut pays because there may be thousands of charges.
        paid = charge.stated if charge.stated is not None else charge.amount
        if paid is not None:
            known += paid
        elif not charge.is_open:
            unknown.append(charge)
    for together in whole_sums(unknown):
        known += together.amount
        unknown = [charge for charge in unknown if charge.together is not together]
    return Total(known, len(unknown))


def whole_sums(charges: Iterable[Charge]) -> list[Together]:
    """Return the sums that are known although their parts are not, if all of their parts are among these charges."""
    counts = Counter(charge.together for charge in charges if charge.together is not None)
    return [together for together, count in counts.items() if count == len(together.charges)]


class Ledger(Mutable):
    """The account's money, as far as it is known, and what this session has spent."""

    balance: Amount | None = None
    """Elumenta tokens, as the service stated them last; None before it stated any."""
    stale: bool = True
    """True if the balance may have changed since, and must be read again."""
    plan: str = ""
    limits: RateLimits | None = None
    charges: dict[str, Charge] = field(default_factory=dict)
    """What each request of this session cost, by the id of its answer, oldest first."""

    def read(self, balance: Balance) -> None:
        """Record the balance that was read."""
        self.balance, self.plan, self.stale = (
            balance.tokens,
            balance.plan or self.plan,
            balance.tokens is None,
        )

    def settle(self, balance: Amount | None) -> None:
        """Record that an answer has ended, with the balance if the service stated it."""
        if balance is None:
            self.stale = True
        else:
            self.balance, self.stale = balance, False

    def after(self, price: Amount | None) -> Amount | None:
        """Return the balance after one more request of that price; None if unknown."""
        if self.balance is None or price is None or self.stale:
            return None
        return self.balance - price

    def change_account(self, *, keeps_charges: bool) -> None:
        """Forget what is known of the account; `keeps_charges`: what was spent with it belongs to the same session."""
        self.balance, self.stale, self.plan, self.limits = None, True, "", None
        if not keeps_charges:
            self.charges = {}

    @property
    def total(self) -> Total:
        """The sum of what this session has spent."""
        return total(self.charges.values())
