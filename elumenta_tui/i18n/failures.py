"""The sentences about a failure, and what they are made of."""

from __future__ import annotations

from typing import Literal

from elumenta_tui.chat.failure import Failure
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


def what_failed(failure: Failure, model: str = "") -> str:
    """State what has failed, beginning with a small letter. `model` is the slug of the model that was asked."""
    return say(f"error.{known_kind(failure)}.what", **failure_values(failure, model))


def sentence(text: str) -> str:
    """Begin a sentence with a capital letter."""
    return text[:1].upper() + text[1:]


Place = Literal["app", "key_dialog", "shell"]
"""Where advice is given: the keys and slash words of the app lead nowhere in the other places."""


def failure_words(failure: Failure, *, model: str = "", place: Place = "app") -> str:
    """State a failure in two sentences of the user's language, with the service's own words between them.

    `model` is the slug of the model that was asked.
    """
    known = known_kind(failure)
    what = what_failed(failure, model)
    special = {"key_dialog": f"error.{known}.in_key_dialog", "shell": f"error.{known}.in_shell"}.get(
        place, ""
    )
    advice = special if knows(special) else f"error.{known}.next"
    parts = [sentence(what), quoted(failure), say(advice, **failure_values(failure, model))]
    return " ".join(part for part in parts if part)
