"""The events of an answer's stream: one payload in, one small immutable value out.

A new event type of the service is one class here, with `from_json` and `apply`, and one row in `EVENTS`. If the text begins
anew after it, `apply` calls `Answer.reset`, and `ends_text` is True. Payloads are sanitized here, where they enter the program.
No payload makes `parse` raise.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.parsing import Amount, amount, identifier
from elumenta_tui.chat.turn import Answer
from elumenta_tui.text.sanitize import Sanitizer, clean_json, clean_line

_log = logging.getLogger(__name__)

MESSAGE_LIMIT = 500
"""Characters kept of a service's message."""
RAW_LIMIT = 500
"""Characters kept of a payload that could not be understood."""

# JSON forbids raw control characters in strings. Accept them: rejecting would lose a piece of a paid answer.
_JSON = json.JSONDecoder(strict=False)

_NEEDLESS_ESCAPE = re.compile(r"\\u00([2-6][0-9A-Fa-f]|7[0-9A-Ea-e])")
"""Matches a printable ASCII character in its JSON escape. The search for the key resolves one layer of escapes; this may be a
second one."""


class StreamEvent(Protocol):
    """One statement of the service about an answer."""

    __slots__ = ()

    ends_text: ClassVar[bool] = False
    """True if the text so far ends with this event. The client holds back the end of the text where a character or a key may be
    cut; it hands that over before such an event, or the text that comes next would begin with it."""

    def apply(self, answer: Answer) -> None:
        """Apply the event to the answer. An answer that is over ignores it."""


class _FromJson(Protocol):
    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StreamEvent: ...


@dataclass(frozen=True, slots=True)
class GenerationStarted(StreamEvent):
    """`generation_start`: the service accepted the request."""

    id: str
    """Id as text, also if the service sends a number; empty if it sent neither."""
    model: str
    """Slug of the answering model; empty if the service did not say."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GenerationStarted:
        return cls(_identifier(data), _line(data.get("model")))

    def apply(self, answer: Answer) -> None:
        answer.begin(self.id, self.model)


@dataclass(frozen=True, slots=True)
class ContentDelta(StreamEvent):
    """`content_delta`: a piece of the answer. It may split a word, a Markdown mark or a grapheme."""

    text: str
    """`delta`; may be empty."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ContentDelta | Malformed:
        delta = data.get("delta")
        if isinstance(delta, str):
            return cls(delta)
        # Malformed means that text may be missing, and the answer has to say so. An absent or null delta is just empty.
        return cls("") if delta is None else Malformed(_raw(repr(delta)))

    def apply(self, answer: Answer) -> None:
        answer.add(self.text)


@dataclass(frozen=True, slots=True)
class GenerationEnded(StreamEvent):
    """`generation_end`: the answer is whole, and this is its price."""

    ends_text: ClassVar[bool] = True

    id: str
    tokens_used: Amount | None
    """Price in Elumenta tokens (`tokens_used`, or `tokens_spent`); None if not stated."""
    balance_remaining: Amount | None
    """Elumenta tokens left on the account; None if not stated. May be negative."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GenerationEnded:
        cost = amount(data.get("tokens_used"))
        return cls(
            _identifier(data),
            cost if cost is not None else amount(data.get("tokens_spent")),
            amount(data.get("balance_remaining")),
        )

    def apply(self, answer: Answer) -> None:
        answer.end(self.tokens_used, self.balance_remaining)


@dataclass(frozen=True, slots=True)
class GenerationFailed(StreamEvent):
    """`error`: the service gives up. Objects with an `error` and no type mean the same."""

    ends_text: ClassVar[bool] = True

    message: str
    """The service's words in one line, at most `MESSAGE_LIMIT` characters; may be empty."""
    billing: Billing = Billing.UNKNOWN
    """Failed generations are documented to be free, but not whether one that broke off counts as failed."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GenerationFailed:
        return cls(error_message(data))

    def apply(self, answer: Answer) -> None:
        answer.fail(Failure("stream_error", self.billing, self.message))


@dataclass(frozen=True, slots=True)
class StreamDone(StreamEvent):
    """`[DONE]`: nothing more will come. Without a `generation_end` before it, the answer is whole and its price unknown."""

    ends_text: ClassVar[bool] = True

    def apply(self, answer: Answer) -> None:
        answer.end()


@dataclass(frozen=True, slots=True)
class Unknown(StreamEvent):
    """An event of a type unknown to this client: reasoning, pings, future types. Harmless."""

    type: str
    """One line, at most 80 characters; empty if the event had no textual type."""
    raw: str
    """The payload in one clean line, at most `RAW_LIMIT` characters."""

    def apply(self, answer: Answer) -> None:
        """Do nothing: the event is not part of the answer."""


@dataclass(frozen=True, slots=True)
class Malformed(StreamEvent):
    """An unreadable payload: no JSON, no object, or a delta that is no text."""

    raw: str
    """The payload in one clean line, at most `RAW_LIMIT` characters."""

    def apply(self, answer: Answer) -> None:
        answer.skip()


EVENTS: Mapping[str, type[_FromJson]] = {
    "generation_start": GenerationStarted,
    "content_delta": ContentDelta,
    "generation_end": GenerationEnded,
    "error": GenerationFailed,
}
"""Classes of the documented event types."""


def _unchanged(value: Any) -> Any:
    return value


def parse(
    payload: str, sanitizer: Sanitizer | None = None, redact: Callable[[Any], Any] = _unchanged
) -> StreamEvent:
    """Return the event of one SSE payload. Never raises: an unreadable payload is `Malformed`, a new type is `Unknown`.

    Args:
        payload: The payload as received.
        sanitizer: The sanitizer of the answer, for characters cut across two deltas. A caller that passes one must append
            `sanitizer.close()` to the answer at its end. Without one each payload is sanitized by itself.
        redact: Removes the key from every text of a clean JSON value. Not applied to the text of a delta, because the key
            may be cut across several deltas.
    """
    text = payload.strip()
    if text == "[DONE]":
        return StreamDone()
    if not text:
        return Unknown("", "")
    try:
        data = _clean(_JSON.decode(text), sanitizer, redact)
    except (
        ValueError,
        RecursionError,
    ):  # no JSON, a number with thousands of digits, thousands of nested lists
        data = None
    if not isinstance(data, dict):
        _log.info("unreadable event: %s", raw := _raw(payload, redact))
        return Malformed(raw)
    kind = data.get("type")
    if isinstance(kind, str):
        if known := EVENTS.get(kind):
            return known.from_json(data)
    elif kind is None and data.get("error"):
        return GenerationFailed.from_json(data)
    event = Unknown(_line(kind, 80), _raw(payload, redact))
    _log.info("unknown event %r: %s", event.type, event.raw)
    return event


def _clean(data: Any, sanitizer: Sanitizer | None, redact: Callable[[Any], Any]) -> Any:
    if sanitizer is None or not isinstance(data, dict) or data.get("type") != "content_delta":
        return redact(clean_json(data))
    delta = data.get("delta")
    return {
        "type": "content_delta",
        "delta": sanitizer.feed(delta) if isinstance(delta, str) else redact(clean_json(delta)),
    }


def error_message(data: Mapping[str, Any]) -> str:
    """Return the words of an error object in one clean line of at most `MESSAGE_LIMIT` characters; may be empty.

    Reads `message`, `error.message`, `detail`, or a textual `error`, in this order.
    """
    error = data.get("error")
    nested = error if isinstance(error, Mapping) else {}
    for words in (data.get("message"), nested.get("message"), data.get("detail"), error, nested.get("code")):
        if isinstance(words, str) and words.strip():
            return _line(words, MESSAGE_LIMIT)
    return ""


def _identifier(data: Mapping[str, Any]) -> str:
    return clean_line(identifier(data.get("id")))


def _line(value: object, limit: int = 200) -> str:
    return clean_line(value, limit) if isinstance(value, str) else ""


def _raw(payload: str, redact: Callable[[Any], Any] = _unchanged) -> str:
    # Cut first: the payload may be megabytes, and cleaning takes time for each character. A key that this cuts must not
    # survive the second cut, however many whole keys are redacted before it.
    text = _NEEDLESS_ESCAPE.sub(lambda found: chr(int(found[1], 16)), payload[: 50 * RAW_LIMIT])
    return clean_line(redact(clean_line(text, sys.maxsize)), RAW_LIMIT)
