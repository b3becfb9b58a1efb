"""Statistics of the stored charges and balances, by SQL on the reading thread."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from elumenta_tui.chat.parsing import Amount, amount
from elumenta_tui.chat.statistics import Day, Elsewhere, Group, Statistics, elsewhere
from elumenta_tui.store.charges import SUMS, sum_of
from elumenta_tui.store.deleting import IS_LISTED
from elumenta_tui.store.facts import line_of, seconds_of

LONGEST = 20
"""Conversations that are named, at most; the rest is one row."""

_IN_TIME = "demo = :demo AND asked_on >= :since"


def statistics(connection: sqlite3.Connection, days: Sequence[float], *, demo: bool) -> Statistics:
    """Add up what was spent on these days, which begin at those times (Unix seconds, oldest first)."""
    since = days[0]

    rows = connection.execute(
        f"SELECT model, kind, {SUMS} FROM charge WHERE {_IN_TIME} GROUP BY model, kind",
        {"demo": demo, "since": since},
    ).fetchall()
    models = _grouped((line_of(row["model"]), row) for row in rows)
    earlier = connection.execute(
        f"SELECT {SUMS} FROM charge WHERE demo = ? AND asked_on < ?", (demo, since)
    ).fetchone()
    total = _sum(models)
    return Statistics(
        total,
        _days(connection, days, _elsewhere(connection, days, demo=demo), demo=demo),
        models,
        _grouped((line_of(row["kind"]), row) for row in rows),
        _conversations(connection, since, demo=demo),
        _sum([total, Group("", earlier["requests"], sum_of(earlier))]),
    )


def _grouped(rows: Iterable[tuple[str, sqlite3.Row]]) -> list[Group]:
    """Add up rows of `SUMS` by their names, the dearest first."""
    found: dict[str, list[Group]] = {}
    for name, row in rows:
        found.setdefault(name, []).append(Group(name, row["requests"], sum_of(row)))
    groups = [_sum(parts)._replace(name=name) for name, parts in found.items()]
    return sorted(groups, key=lambda group: (-group.spent.known, -group.requests, group.name))


def _sum(groups: Sequence[Group]) -> Group:
    total = Group("")
    for group in groups:
        total = Group("", total.requests + group.requests, total.spent.and_(group.spent))
    return total


def _days(
    connection: sqlite3.Connection, days: Sequence[float], others: dict[float, Elsewhere], *, demo: bool
) -> list[Day]:
    """Add up by day. Each is a range of an index: SQLite's own dates take as long as all the rest."""
    found: list[Day] = []
    for begins, ends in zip(days, [*days[1:], 1e11], strict=True):
        row = connection.execute(
            f"SELECT {SUMS} FROM charge WHERE demo = ? AND asked_on >= ? AND asked_on < ?",
            (demo, begins, ends),
        ).fetchone()
        found.append(Day(begins, row["requests"], sum_of(row), others.get(begins, Elsewhere())))
    return found


def _conversations(connection: sqlite3.Connection, since: float, *, demo: bool) -> list[Group]:
    """Add up by conversation. What belongs to none that is left is one group without a name, at the end."""
    rows = connection.execute(
        f"SELECT conversation.id, conversation.title, sums.* FROM"
        f" (SELECT conversation AS owner, {SUMS} FROM charge WHERE {_IN_TIME} GROUP BY conversation) AS sums"
        f" LEFT JOIN conversation ON conversation.id = sums.owner AND {IS_LISTED} ORDER BY known DESC, requests DESC",
        {"demo": demo, "since": since},
    ).fetchall()
    named: list[Group] = []
    rest = Group("")
    for row in rows:
        group = Group(line_of(row["title"]) or "…", row["requests"], sum_of(row))
        if row["id"] is not None and len(named) < LONGEST:
            named.append(group)
        else:
            rest = Group("", rest.requests + group.requests, rest.spent.and_(group.spent))
    return [*named, rest] if rest.requests else named


def first_day(connection: sqlite3.Connection, *, demo: bool) -> float | None:
    """Return when the first request was made, in Unix seconds; None if none was, or if that is not known."""
    row = connection.execute(
        "SELECT min(asked_on) AS first FROM charge WHERE demo = ? AND asked_on > 0", (demo,)
    ).fetchone()
    return seconds_of(row["first"])


_CHARGES = "FROM charge WHERE demo = :demo AND account IN (:account, '') AND max(asked_on, coalesce(settled_on, 0.0)) >= :since"
_TYPED = "typeof({0}) IN ('integer', 'real')"
_INTERVALS = f"""
    WITH event AS (
        SELECT asked_on AS at, 0 AS is_reading, settled_on, NULL AS balance {_CHARGES}
        UNION ALL SELECT on_time, 1, NULL, balance FROM reading WHERE account = :account AND on_time >= :since
            AND {_TYPED.format("balance")}
    ), seen AS (
        SELECT at, is_reading, balance,
            max(settled_on) OVER (ORDER BY at, is_reading ROWS UNBOUNDED PRECEDING) AS busy_until FROM event
    ), moment AS (
        SELECT at, 1 AS is_reading, balance, 0 AS known, 0 AS most FROM seen
            WHERE is_reading AND coalesce(busy_until, 0.0) <= at
        UNION ALL SELECT coalesce(settled_on, asked_on), 0, NULL, CASE WHEN {_TYPED.format("amount")} THEN amount ELSE 0 END,
            CASE WHEN {_TYPED.format("amount")} THEN 0 WHEN {_TYPED.format("most")} THEN most ELSE 1e15 END {_CHARGES}
    ), numbered AS (
        SELECT *, sum(is_reading) OVER (ORDER BY at, is_reading ROWS UNBOUNDED PRECEDING) - is_reading AS number FROM moment
    )
    SELECT max(CASE WHEN is_reading THEN at END) AS at, max(balance) AS balance, sum(known) AS known, sum(most) AS most
        FROM numbered GROUP BY number ORDER BY number"""
"""SQL: for each reading of an account's balance, what was charged since the one before. A reading between the prompt and the end of a
request is left out: another window has made it, and nobody knows whether the balance held the charge already."""


def _elsewhere(
    connection: sqlite3.Connection, days: Sequence[float], *, demo: bool
) -> dict[float, Elsewhere]:
    """Return what was spent and added elsewhere on each of these days, by its begin."""
    found: dict[float, Elsewhere] = {}
    for row in connection.execute("SELECT DISTINCT account FROM reading").fetchall():
        account = line_of(row["account"])
        if account.startswith("demo ") is not demo:
            continue
        base = connection.execute(
            "SELECT max(on_time) AS base FROM reading WHERE account = ? AND on_time < ?", (account, days[0])
        ).fetchone()
        since = seconds_of(base["base"])
        parameters = {"demo": demo, "account": account, "since": days[0] if since is None else since}
        before: Amount | None = None
        for interval in connection.execute(_INTERVALS, parameters):
            on, balance = seconds_of(interval["at"]), amount(interval["balance"])
            if on is None or balance is None:
                continue
            if before is not None and on >= days[0]:
                begins = days[bisect_right(days, on) - 1]
                change = elsewhere(before - balance, interval["known"], interval["most"])
                so_far = found.get(begins, Elsewhere())
                found[begins] = Elsewhere(so_far.spent + change.spent, so_far.added + change.added)
            before = balance
    return found
