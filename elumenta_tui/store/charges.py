"""Money, as the stored charges and answers tell it: sums for the caps, requests of the last day, how models have done."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from elumenta_tui.chat.ledger import Charge
from elumenta_tui.chat.parsing import amount
from elumenta_tui.chat.spending import Asked, Kind, Spent
from elumenta_tui.chat.turn import Answer
from elumenta_tui.store.deleting import IS_LISTED
from elumenta_tui.store.facts import line_of, seconds_of
from elumenta_tui.text.sanitize import clean_line

NEWEST = 5_000
"""Answers that are looked at for how models have done, and for requests of the last day, at most."""

MEASURED = 20
"""Answers of a model that tell how it does."""

_KNOWN = "CASE WHEN typeof(amount) IN ('integer', 'real') THEN amount END"
_MOST = f"CASE WHEN {_KNOWN} IS NULL AND typeof(most) IN ('integer', 'real') THEN most END"
SUMS = f"count(*) AS requests, total({_KNOWN}) AS known, count(*) - count({_KNOWN}) AS unknown, total({_MOST}) AS up_to"
"""SQL: what a group of charges adds up to."""


def values_of(
    answer: Answer, *, conversation: str, kind: Kind, account: str, demo: bool, settled_on: float | None
) -> dict[str, Any]:
    """Return the facts of an answer's charge by name, and those of the answer that tell its cost, once that may be known.

    `settled_on`: Unix seconds at which the amount was known, if it is.
    """
    charge: Charge = answer.charge
    costs = (
        {}
        if charge.is_open
        else {"cost": charge.stated, "balance_before": charge.before, "balance_after": charge.after}
    )
    return costs | {
        "id": answer.id,
        "conversation": conversation,
        "model": clean_line(answer.model.slug),
        "kind": kind.value,
        "account": account,
        "demo": demo,
        "asked_on": answer.asked_on or 0.0,
        "settled_on": settled_on,
        "basis": charge.basis,
        "amount": charge.amount,
        "most": answer.model.most,
    }


def sum_of(row: Mapping[str, Any] | sqlite3.Row) -> Spent:
    """Read a row of `SUMS`."""
    return Spent(amount(row["known"]) or 0, int(row["unknown"]), amount(row["up_to"]) or 0)


def spent_by_others(
    connection: sqlite3.Connection, since: Sequence[float], *, demo: bool, program: str, before: str = ""
) -> tuple[Spent, ...]:
    """Add up what all other programs have spent since each of these times (Unix seconds).

    `before`: the id of an answer; only charges that were saved before its own are counted, so that of two programs that ask at
    the same time one is let through.
    """
    return tuple(
        sum_of(
            connection.execute(
                f"SELECT {SUMS} FROM charge WHERE asked_on >= :since AND demo = :demo AND program <> :program"
                " AND number < coalesce((SELECT number FROM charge WHERE id = :before), 9223372036854775807)",
                {"since": moment, "demo": demo, "program": program, "before": before},
            ).fetchone()
        )
        for moment in since
    )


def asked_since(connection: sqlite3.Connection, since: float, *, demo: bool) -> dict[str, Asked]:
    """Return the complete answers since then by the hashes of their requests, the newest of each."""
    rows = connection.execute(
        "SELECT newest.request_hash, newest.asked_on, conversation.id, conversation.title, charge.amount FROM"
        " (SELECT * FROM answer ORDER BY number DESC LIMIT :newest) AS newest"
        " JOIN turn ON turn.number = newest.turn JOIN conversation ON conversation.id = turn.conversation"
        " LEFT JOIN charge ON charge.id = newest.id"
        " WHERE newest.asked_on >= :since AND newest.state = 'complete' AND newest.request_hash <> ''"
        f" AND conversation.demo = :demo AND {IS_LISTED} ORDER BY newest.number",
        {"newest": NEWEST, "since": since, "demo": demo},
    ).fetchall()
    return {
        line_of(row["request_hash"]): Asked(
            line_of(row["title"]),
            line_of(row["id"]),
            seconds_of(row["asked_on"]) or 0.0,
            amount(row["amount"]),
        )
        for row in rows
    }


class Measured(NamedTuple):
    """The measured results of a model in its last answers here."""

    answers: int
    """Number of answers that this is about; `MEASURED` at most."""
    failed: int
    """The number of them that did not come whole. Those that the user has stopped are no part of this."""
    first_text: float | None
    """Seconds from the prompt to the first text, the median; None if no text came."""
    speed: float | None
    """Pieces of text per second, each about one LLM token; the median."""


def measured(connection: sqlite3.Connection, *, demo: bool) -> dict[str, Measured]:
    """Return how each model has done, by slug."""
    rows = connection.execute(
        "SELECT newest.* FROM (SELECT * FROM answer ORDER BY number DESC LIMIT :newest) AS newest"
        " JOIN turn ON turn.number = newest.turn JOIN conversation ON conversation.id = turn.conversation"
        " WHERE conversation.demo = :demo AND newest.state IN ('complete', 'interrupted', 'failed')"
        " AND newest.origin = '' AND coalesce(newest.failure, '') NOT LIKE '%\"kind\": \"stopped\"%' AND (newest.generation <> '' OR newest.failure IS NOT NULL)"
        " ORDER BY newest.number DESC",
        {"newest": NEWEST, "demo": demo},
    )
    by_model: dict[str, list[sqlite3.Row]] = {}
    for row in rows:
        answers = by_model.setdefault(line_of(row["model"]), [])
        if len(answers) < MEASURED:
            answers.append(row)
    return {model: _measured(answers) for model, answers in by_model.items()}


def _measured(rows: Sequence[sqlite3.Row]) -> Measured:
    from statistics import median

    waits = [wait for row in rows if (wait := seconds_of(row["first_text"])) is not None]
    speeds = []
    for row in rows:
        first, last, deltas = seconds_of(row["first_text"]), seconds_of(row["last_text"]), row["deltas"]
        if first is not None and last is not None and last - first >= 0.2 and isinstance(deltas, int):
            speeds.append(deltas / (last - first))
    return Measured(
        len(rows),
        sum(row["state"] != "complete" for row in rows),
        median(waits) if waits else None,
        median(speeds) if speeds else None,
    )
