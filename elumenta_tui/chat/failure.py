"""Failures: why an answer did not come, or not whole, and what that says about the bill."""

from __future__ import annotations

from enum import Enum

from elumenta_tui.lean import Frozen
from elumenta_tui.text.lazy_pattern import LazyPattern

STOPPED = "stopped"
"""Kind of the failure of an answer that the user has stopped."""


class Billing(Enum):
    """The charge for a request that has failed, as far as the failure tells."""

    NOTHING_SENT = "nothing_sent"
    """The request never left: it cost nothing."""
    NOT_CHARGED = "not_charged"
    """The service refused or failed the request, and documents that it does not charge for that."""
    UNKNOWN = "unknown"
    """The request may have been charged: only the balance can tell."""


_TOO_LONG = LazyPattern(
    r"(?i)context[ _-]?(?:length|window|limit|size)|(?:prompt|input|request|messages?)\b.{0,40}?\btoo (?:long|large)"
    r"|too many (?:input |prompt )?tokens|maximum (?:number of )?(?:input |prompt )?(?:tokens|length)|string_above_max_length"
    r"|(?:контекст|запрос|сообщени|текст)\S*.{0,40}?(?:слишком (?:длин|велик|больш)|превыша)"
    r"|(?:превыш|максимальн)\S*.{0,40}?(?:контекст|длин|токен)"
)
_TOO_LARGE = 413


class Failure(Frozen):
    """Why there is no whole answer. `kind` picks the words; no part of a failure is ever sent to a model."""

    kind: str
    """The service's error code (`rate_limit_exceeded`), or one of our own (`stopped`, `cut`, `no_connection`)."""
    billing: Billing = Billing.UNKNOWN
    message: str = ""
    """The service's own words, clean; may be empty."""
    status: int | None = None
    """HTTP status; None if there was no response."""
    retry_after: float | None = None
    """Seconds until the service accepts a request again (`retry_after`, or the header); None if it did not say."""

    @property
    def is_too_long(self) -> bool:
        """True if the model takes no context of that length. The service documents no code for it, so its words are judged."""
        if self.status == _TOO_LARGE:
            return True
        has_words = self.kind in (
            "bad_request",
            "validation_error",
            "provider_error",
            "stream_error",
            "http_error",
        )
        return has_words and next(_TOO_LONG.finditer(self.message), None) is not None


NO_KEY = Failure("no_key", Billing.NOTHING_SENT)
"""Of a request for which there is no key."""
