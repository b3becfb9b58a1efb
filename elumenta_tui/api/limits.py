"""Requests that are left, and the time on the service's clock, as the headers of responses state them."""

from __future__ import annotations

import time
from collections.abc import Mapping

from elumenta_tui.api.errors import http_date
from elumenta_tui.chat.ledger import RateLimits


class LimitReader:
    """Keeps the limits of the latest response that stated them."""

    def __init__(self) -> None:
        self.limits: RateLimits | None = None
        self.ahead = 0.0
        """Seconds by which the service's clock is ahead of this machine's."""

    def read(self, headers: Mapping[str, str]) -> None:
        """Read the headers of a response."""
        self.limits = RateLimits.from_headers(headers) or self.limits
        said = http_date(headers.get("Date", ""))
        if said is not None:
            self.ahead = said - time.time()

    def seconds_to_reset(self) -> float | None:
        """Return the seconds until requests are possible again, if the hour's are used up and the service says so."""
        limits = self.limits
        if limits is None or limits.hour_left != 0 or limits.hour_resets_at is None:
            return None
        seconds = limits.hour_resets_at - (time.time() + self.ahead)
        return seconds if seconds >= 0 else None

    def postpone_reset(self, seconds: float) -> None:
        """Assume no requests before the service accepts one, whatever its header says of the hour."""
        limits, until = self.limits, time.time() + self.ahead + seconds
        if limits is not None and limits.hour_left == 0 and (limits.hour_resets_at or until) < until:
            self.limits = limits.but(hour_resets_at=round(until))
