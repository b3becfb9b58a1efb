"""Parse answers that come as one JSON document instead of a stream, in either documented shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from elumenta_tui.api.errors import NotAnAnswer, Pending, error_from_json
from elumenta_tui.api.events import (
    ContentDelta,
    GenerationEnded,
    GenerationFailed,
    GenerationStarted,
    StreamEvent,
    error_message,
)
from elumenta_tui.chat.failure import Billing
from elumenta_tui.chat.parsing import amount
from elumenta_tui.chat.turn import Preparation

_FAILED = frozenset({"failed", "error", "cancelled", "canceled"})
_UNFINISHED = frozenset({"pending", "queued", "started", "processing", "running", "in_progress"})
"""Values of `status` for an answer that comes later. The documentation names the first; its examples show the others."""


def answer_events(data: object, status: int, redact: Callable[[str], str]) -> list[StreamEvent]:
    """Return the events that a stream of this answer would have had.

    Args:
        data: The document, sanitized. Shape (a) has `content`, `tokens_used`, `balance_remaining`, shape (b) `result_text`,
            `tokens_spent`; both have `id` and `status`.
        status: HTTP status of the response.
        redact: Redacts whatever looks like a key in a message.

    Raises:
        Pending: The service accepted the request and answers later.
        ServiceError: The document is an error object.
        NotAnAnswer: The document is neither.
    """
    if not isinstance(data, Mapping):
        raise NotAnAnswer(status=status)
    state = data.get("status")
    state = state.lower() if isinstance(state, str) else ""
    started = GenerationStarted.from_json({**data, "model": _first_text(data, "model", "model_slug")})
    if state in _FAILED:
        # The documentation promises that failed generations are free, and the service calls this one failed.
        return [started, GenerationFailed(redact(error_message(data)), Billing.NOT_CHARGED)]
    text = _first_text(data, "content", "result_text", "result_url", "url")
    has_text = any(isinstance(data.get(name), str) for name in ("content", "result_text"))
    if state == "completed" or ((text or has_text) and state not in _UNFINISHED):
        return [started, ContentDelta(text), GenerationEnded.from_json(data)]
    if data.get("error") or data.get("type") == "error":
        raise error_from_json(data, status)
    if started.id:
        raise Pending(started.id, status=status, progress=_progress(data))
    raise NotAnAnswer(status=status)


def _progress(data: Mapping[str, Any]) -> Preparation:
    percent, seconds = amount(data.get("progress")), amount(data.get("eta_seconds"))
    return Preparation(
        percent if percent is not None and 0 <= percent <= 100 else None,
        seconds if seconds is not None and seconds >= 0 else None,
    )


def _first_text(data: Mapping[str, Any], *names: str) -> str:
    values = (data.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), "")
