"""Errors of the service and of the way to it: few classes, by what the user can do about them.

```
ApiError
├── SetupError           nothing was sent: the proxy's address       proxy
│   ├── BadCertificates  the certificates to trust                   certificates
│   ├── BadKey           no usable API key, or none at all           bad_key, no_key
│   └── BadUrl           no usable base URL                          bad_url
├── NoConnection         nothing was sent: no way to the service     no_connection
│   ├── ProxyRefused     the proxy is there, and refuses             proxy_refused
│   └── TlsFailed        the connection is not to be trusted         tls, no_tls
├── ServiceError         the service said no                         its codes, or http_error
│   ├── NotAuthenticated the key is wrong or expired                 not_authenticated, token_expired
│   └── Busy             may work after `retry_after`                rate_limit_exceeded, model_unavailable
├── AnswerBroken         sent, but the answer is not whole
│   ├── ConnectionLost   the connection broke                        connection_lost
│   ├── StreamCut        the answer ended without its end            cut
│   └── Stalled          no text for too long                        stalled
└── NotAnAnswer          what came is no answer of the API           not_an_answer
    ├── Redirected       elsewhere, which is not followed            redirected
    └── Pending          not ready; `message` has its id             pending
```

The right-hand column is `ApiError.kind`. A new code of the service is one row in `KINDS`. This module does not need httpx.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from elumenta_tui.api.events import MESSAGE_LIMIT, error_message
from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.parsing import amount
from elumenta_tui.chat.turn import Preparation
from elumenta_tui.text.sanitize import clean, clean_json, clean_line


class ApiError(Exception):
    """The request brought no whole answer. `str()` is a sentence in plain English, never empty, never with the key."""

    usual_kind: ClassVar[str] = "http_error"

    kind: str
    """Key of `KINDS`: the service's code, like `rate_limit_exceeded`, or one of our own, like `no_connection`."""
    message: str
    """The service's words, or the system's if no service answered: one clean line of at most 500 characters; may be ''."""
    status: int | None
    """HTTP status; None if there was no response."""
    retry_after: float | None
    """Seconds until the service accepts a request again: the larger of the body's `retry_after` and the header. None if
    unknown."""
    billing: Billing
    """What is known of the price of this failure."""

    def __init__(
        self,
        message: str = "",
        *,
        kind: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        billing: Billing | None = None,
    ) -> None:
        self.kind = kind or self.usual_kind
        self._words = clean_line(message, sys.maxsize)
        self.message = clean_line(self._words, MESSAGE_LIMIT)
        self.status = status
        self.retry_after = retry_after
        self.billing = billing or KINDS[self.kind].billing
        super().__init__(self.message)

    def redact(self, redact: Callable[[str], str]) -> None:
        """Redact the message before it is cut, because servers and the system may quote the key."""
        self._words = redact(self._words)
        self.message = clean_line(self._words, MESSAGE_LIMIT)
        self.args = (self.message,)

    def __str__(self) -> str:
        sentence = KINDS[self.kind].sentence
        if self.status is not None:
            sentence += f" (HTTP {self.status})"
        return f"{sentence}: {self.message}" if self.message else f"{sentence}."

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.kind}: {self}>"

    def failure(self) -> Failure:
        """Return the error as a value for `Answer.fail`."""
        return Failure(self.kind, self.billing, self.message, self.status, self.retry_after)


class SetupError(ApiError):
    """The client cannot be built with these settings or this environment; `message` names the variable."""

    usual_kind = "proxy"


class BadCertificates(SetupError):
    """The certificates named by the environment cannot be read."""

    usual_kind = "certificates"


class BadKey(SetupError):
    """There is no usable API key."""

    usual_kind = "bad_key"


class BadUrl(SetupError):
    """The base URL is neither https nor plain http on this machine."""

    usual_kind = "bad_url"


class NoConnection(ApiError):
    """The service cannot be reached: name lookup, refused, connect timeout. Nothing was sent, so a repeat is safe."""

    usual_kind = "no_connection"


class ProxyRefused(NoConnection):
    """The proxy answers but makes no connection; `message` is its HTTP status, if it gave one."""

    usual_kind = "proxy_refused"


class TlsFailed(NoConnection):
    """The connection cannot be trusted (`tls`), or the server speaks no TLS (`no_tls`). There is no switch to trust it anyway."""

    usual_kind = "tls"


class ServiceError(ApiError):
    """The service answered with an error."""


class NotAuthenticated(ServiceError):
    """401: the key is wrong or expired."""

    usual_kind = "not_authenticated"


class Busy(ServiceError):
    """429 or 503: the same request may work after `retry_after` seconds."""

    usual_kind = "rate_limit_exceeded"


class AnswerBroken(ApiError):
    """The request was sent, but the answer is incomplete. It may have been charged, so it is never repeated unasked."""

    usual_kind = "connection_lost"


class ConnectionLost(AnswerBroken):
    """The connection broke after the request was sent."""


class StreamCut(AnswerBroken):
    """The answer ended without `generation_end` and without `[DONE]`."""

    usual_kind = "cut"


class Stalled(AnswerBroken):
    """No text came for the client's `idle_timeout`."""

    usual_kind = "stalled"


class NotAnAnswer(ApiError):
    """A response of something other than the API: a web page, other JSON, nothing at all."""

    usual_kind = "not_an_answer"


class Redirected(NotAnAnswer):
    """The service redirected us. Neither the key nor the prompt is sent there; `message` is the address."""

    usual_kind = "redirected"


class Pending(NotAnAnswer):
    """The service accepted the request and answers later (status `pending`); `message` is the generation's id for
    `ElumentaClient.generation`."""

    usual_kind = "pending"

    progress: Preparation
    """Progress of the answer, as the service states it."""

    def __init__(self, message: str = "", *, progress: Preparation | None = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.progress = progress or Preparation()


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of one kind of error."""

    error: type[ApiError]
    billing: Billing
    sentence: str
    """English, without a full stop: the message or a stop follows."""
    status: int | None = None
    """Documented HTTP status of the code; None for kinds of our own."""


_FREE, _UNSENT, _UNKNOWN = Billing.NOT_CHARGED, Billing.NOTHING_SENT, Billing.UNKNOWN

KINDS: Mapping[str, Kind] = {
    # Codes of the service. The first code of a status stands for that status where a body has no known code.
    "bad_request": Kind(ServiceError, _FREE, "The service does not understand the request", 400),
    "not_authenticated": Kind(NotAuthenticated, _FREE, "The service does not accept the API key", 401),
    "token_expired": Kind(NotAuthenticated, _FREE, "The API key has expired", 401),
    "insufficient_tokens": Kind(ServiceError, _FREE, "The balance is too low for this request", 402),
    "insufficient_plan": Kind(ServiceError, _FREE, "The plan does not include this", 403),
    "not_found": Kind(ServiceError, _FREE, "The service does not know this model or address", 404),
    "validation_error": Kind(ServiceError, _FREE, "The service does not accept a value of the request", 422),
    "rate_limit_exceeded": Kind(Busy, _FREE, "Too many requests: the limit is used up", 429),
    "provider_error": Kind(ServiceError, _FREE, "The model's provider failed", 500),
    "model_unavailable": Kind(Busy, _FREE, "The model is unavailable at the moment", 503),
    # Kinds of our own.
    "http_error": Kind(ServiceError, _UNKNOWN, "The service or a server before it failed"),
    "no_connection": Kind(NoConnection, _UNSENT, "No connection to the service"),
    "tls": Kind(TlsFailed, _UNSENT, "The service's certificate can't be trusted, nothing was sent"),
    "no_tls": Kind(TlsFailed, _UNSENT, "No secure connection could be made, nothing was sent"),
    "connection_lost": Kind(ConnectionLost, _UNKNOWN, "The connection to the service was lost"),
    "cut": Kind(StreamCut, _UNKNOWN, "The answer was cut off before its end"),
    "stalled": Kind(Stalled, _UNKNOWN, "The service sent no text for too long"),
    "not_an_answer": Kind(NotAnAnswer, _UNKNOWN, "What came is not an answer of the API"),
    "redirected": Kind(Redirected, _UNKNOWN, "The service redirects elsewhere, which is not followed"),
    "pending": Kind(Pending, _UNKNOWN, "The answer is not ready yet, its id is"),
    "bad_key": Kind(BadKey, _UNSENT, "The API key can't be used"),
    "no_key": Kind(BadKey, _UNSENT, "There is no API key"),
    "bad_url": Kind(BadUrl, _UNSENT, "The address of the service can't be used"),
    "proxy": Kind(SetupError, _UNSENT, "The proxy's address in the environment can't be understood"),
    "proxy_refused": Kind(ProxyRefused, _UNSENT, "The proxy refuses the connection"),
    "certificates": Kind(
        BadCertificates, _UNSENT, "The certificates that the environment names can't be read"
    ),
}
"""Every kind of error, one row each."""

_BY_STATUS: dict[int, str] = {}
for _name, _kind in KINDS.items():
    if _kind.status is not None:
        _BY_STATUS.setdefault(_kind.status, _name)


def error_from_response(
    status: int,
    body: bytes,
    *,
    retry_after: str = "",
    redact: Callable[[Any], Any] = lambda value: value,
    now: Callable[[], float] = time.time,
) -> ApiError:
    """Return the error for an HTTP response that is no success.

    Args:
        status: HTTP status.
        body: The body as far as it was read; JSON or not.
        retry_after: The `Retry-After` header, seconds or an HTTP date.
        redact: Removes the key from every text of a clean JSON value.
        now: Unix seconds, for the date.
    """
    # Redact before cutting, or half of the key might remain; and after cleaning, which may join its halves.
    data = redact(clean_json(_object(body)))
    message = error_message(data) if data else redact(clean(_plain_words(body)))
    header = _header_seconds(retry_after, now)
    return _error(data, status, message, [*_retry_delays(data), *([] if header is None else [header])])


def error_from_json(data: Mapping[str, Any], status: int) -> ApiError:
    """Return the error for a clean `{"error": …}` object, which may also come with a success status."""
    return _error(data, status, error_message(data), _retry_delays(data))


def _retry_delays(data: Mapping[str, Any]) -> list[float]:
    """Return every `retry_after` in the body: beside the error or inside it. Seconds."""
    error = data.get("error")
    nested = error if isinstance(error, Mapping) else {}
    found = [_seconds(data.get("retry_after")), _seconds(nested.get("retry_after"))]
    return [wait for wait in found if wait is not None]


def _error(data: Mapping[str, Any], status: int, message: str, waits: list[float]) -> ApiError:
    code = _code(data)
    kind = code or _BY_STATUS.get(status, "http_error")
    if code and message == code:
        message = ""
    # The documentation promises that failures are free. An error page of a server in front of the service promises nothing.
    free = bool(code) or 400 <= status < 500 or (bool(data) and kind != "http_error")
    return KINDS[kind].error(
        message,
        kind=kind,
        status=status,
        retry_after=max(waits, default=None),
        billing=Billing.NOT_CHARGED if free else Billing.UNKNOWN,
    )


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _code(data: Mapping[str, Any]) -> str:
    """Return the documented code of an error body, from any place where services put it; '' if there is none."""
    error = data.get("error")
    nested = error if isinstance(error, Mapping) else {}
    for code in (error, data.get("code"), nested.get("code"), nested.get("type")):
        if isinstance(code, str) and code in KINDS and KINDS[code].status is not None:
            return code
    return ""


def _plain_words(body: bytes) -> str:
    text = body.decode("utf-8", "replace").lstrip("\ufeff").strip()
    return "" if text[:1] in ("<", "{", "[") else text


def _seconds(value: object) -> float | None:
    seconds = amount(value)
    return float(seconds) if seconds is not None and seconds >= 0 else None


def _header_seconds(value: str, now: Callable[[], float]) -> float | None:
    seconds = _seconds(value.strip())
    if seconds is None and (moment := http_date(value)) is not None:
        return max(0.0, moment - now())
    return seconds


def http_date(value: str) -> float | None:
    """Return the Unix seconds of an HTTP date; None if the text is none."""
    if not value:
        return None
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
