"""Sentences about a failure, and the values that fill them."""

from __future__ import annotations

from typing import Literal

from elumenta_tui.chat.failure import Failure
from elumenta_tui.i18n import knows, say
from elumenta_tui.text.lazy_pattern import LazyPattern
from elumenta_tui.text.sanitize import clean_line

_SAID = frozenset({"not_an_answer", "bad_key", "bad_url", "proxy", "certificates", "pending"})
"""Failures whose message repeats the catalogue's sentence, or is English for callers without a catalogue."""

_PLAN_NAMES = LazyPattern(r"(?i)\b(?:VIP|Elite)\b")


def known_kind(failure: Failure) -> str:
    """Return the kind of a failure if the catalogue has texts for it, else `http_error`; `too_long` for a refusal for length."""
    if failure.is_too_long:
        return "too_long"
    return failure.kind if knows(f"error.{failure.kind}.what") else "http_error"


def failure_values(failure: Failure, model: str = "") -> dict[str, object]:
    """Return the values for the placeholders of the sentences about a failure."""
    return {
        "status": failure.status or "",
        "model": clean_line(model),
        "detail": clean_line(failure.message),
    }


def quoted(failure: Failure) -> str:
    """Quote the message of a failure and name its source; empty if the message adds nothing."""
    if not failure.message or failure.kind in _SAID:
        return ""
    from_service = failure.status is not None or failure.kind == "stream_error"
    message = clean_line(failure.message, 500)
    if message[-1] not in '.!?…»”"':
        message += "."
    return say("turn.server_said" if from_service else "turn.details", message=message)


def what_failed(failure: Failure, model: str = "") -> str:
    """State what has failed, beginning with a lower-case letter.

    `model` is the slug of the model that was asked.
    """
    return say(f"error.{known_kind(failure)}.what", **failure_values(failure, model))


def sentence(text: str) -> str:
    """Capitalize the first letter of a text."""
    return text[:1].upper() + text[1:]


Place = Literal["app", "key_dialog", "shell", "plain"]
"""The place where advice is shown. The keys of the app work only in `app`, its slash commands also in `plain`."""


def failure_words(failure: Failure, *, model: str = "", place: Place = "app") -> str:
    """State a failure in two sentences, with the quoted message between them.

    `model` is the slug of the model that was asked.
    """
    parts = [sentence(what_failed(failure, model)), quoted(failure), advice(failure, model, place=place)]
    return " ".join(part for part in parts if part)


def advice(failure: Failure, model: str = "", *, place: Place = "app") -> str:
    """State what to do about a failure; empty if there is no advice. The plans are named unless the service names them."""
    known = known_kind(failure)
    special = {
        "key_dialog": f"error.{known}.in_key_dialog",
        "shell": f"error.{known}.in_shell",
        "plain": f"error.{known}.in_plain",
    }.get(place, "")
    if known == "insufficient_plan" and next(_PLAN_NAMES.finditer(failure.message), None) is not None:
        special = "error.insufficient_plan.next_named"
    key = special if knows(special) else f"error.{known}.next"
    return say(key, **failure_values(failure, model))
