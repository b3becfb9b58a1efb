"""Money: the balance, the remaining requests, and what is known of a charge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from elumenta_tui.chat.parsing import Amount, amount, count, identifier, text


class Balance(NamedTuple):
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


class User(NamedTuple):
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


class RateLimits(NamedTuple):
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


@dataclass(slots=True)
class Purse:
    """The account's money, as far as it is known."""

    tokens: Amount | None = None
    """The balance that the service stated last; None before it stated any."""
    stale: bool = True
    """True if the balance may have changed since, and must be read again."""
    plan: str = ""
    limits: RateLimits | None = None

    def read(self, balance: Balance) -> None:
        self.tokens, self.plan, self.stale = balance.tokens, balance.plan or self.plan, balance.tokens is None

    def settle(self, balance: Amount | None) -> None:
        """Record that an answer has ended, with the balance if the service stated it."""
        if balance is None:
            self.stale = True
        else:
            self.tokens, self.stale = balance, False

    def after(self, price: Amount | None) -> Amount | None:
        """Return the balance after one more request of that price; None if unknown."""
        if self.tokens is None or price is None or self.stale:
            return None
        return self.tokens - price


class Charge(Enum):
    """What is known of the price of a turn that did not end well."""

    NOTHING_SENT = "nothing_sent"
    """The request never left: it cost nothing."""
    NOT_CHARGED = "not_charged"
    """The service refused or failed the request, and documents that it does not charge for that."""
    UNKNOWN = "unknown"
    """The request may have been charged: only the balance can tell."""
