"""What the sentences about a failure are made of."""

from __future__ import annotations

from elumenta_tui.chat.turn import Failure
from elumenta_tui.i18n import knows, say
from elumenta_tui.text.sanitize import clean_line

_SAID = frozenset({"not_an_answer", "bad_key", "bad_url", "proxy", "certificates", "pending"})
"""Failures whose message is said already, or is the client's own English, for callers without a catalogue of words."""


def known_kind(failure: Failure) -> str:
    """The kind under which the catalogue has words for a failure."""
    return failure.kind if knows(f"error.{failure.kind}.what") else "http_error"


def failure_values(failure: Failure, model: str = "") -> dict[str, object]:
    """What the sentences about a failure may name."""
    return {
        "status": failure.status or "",
        "model": clean_line(model),
        "detail": clean_line(failure.message),
    }


def quoted(failure: Failure) -> str:
    """The message of a failure, and whose words it is; empty if it says nothing new."""
    if not failure.message or failure.kind in _SAID:
        return ""
    from_service = failure.status is not None or failure.kind == "stream_error"
    message = clean_line(failure.message, 500)
    if message[-1] not in '.!?…»”")':
        message += "."
    return say("turn.server_said" if from_service else "turn.details", message=message)
