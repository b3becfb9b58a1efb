"""Failures as JSON in a column, and the kinds of failure that only the store knows."""

from __future__ import annotations

from elumenta_tui.chat.failure import STOPPED, Billing, Failure
from elumenta_tui.store.facts import line_of, seconds_of
from elumenta_tui.text.sanitize import clean_json

CRASHED = "crashed"
"""Kind of the failure of an answer whose program ended before its answer did."""
RESCUED = "rescued"
"""Kind of the failure of a salvaged answer of which only the texts are left. Also the id of the conversation that holds salvaged
turns whose own conversation is unknown."""
ELSEWHERE = "elsewhere"
"""Kind of the failure that stands for an answer which another running program is still receiving."""

UNANSWERED = "unanswered"
"""Kind of the failure that stands below an imported prompt to which the export has no answer."""


def failure_json(failure: Failure) -> str:
    """Serialize a failure."""
    import json

    values = failure.as_dict()
    # The billing's name in files since version 1.
    del values["billing"]
    return json.dumps({**values, "charge": failure.billing.value}, ensure_ascii=False)


def is_stopped(source: str | None) -> bool:
    """Whether a stored failure is that the user has stopped the answer."""
    # Most answers have none, and a list has many answers: only what may be one is parsed.
    failure = failure_of(source) if source is not None and STOPPED in str(source) else None
    return failure is not None and failure.kind == STOPPED


def failure_of(source: str | None) -> Failure | None:
    """Parse a stored failure. Fields that a later version has added are ignored; JSON that is no failure reads as RESCUED."""
    if source is None:
        return None
    import json

    try:
        data = clean_json(json.loads(source))
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str):
        return Failure(RESCUED)
    known = {billing.value: billing for billing in Billing}
    status = data.get("status")
    return Failure(
        kind=data["kind"],
        billing=known.get(str(data.get("charge")), Billing.UNKNOWN),
        message=line_of(data.get("message"), 500),
        status=status if isinstance(status, int) else None,
        retry_after=seconds_of(data.get("retry_after")),
    )
