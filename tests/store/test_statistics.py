"""What was spent: every way to add it up gives the same, and so do the balances that were read."""

from __future__ import annotations

import sqlite3
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.spending import Kind, Spent
from elumenta_tui.chat.statistics import Day, Elsewhere, Statistics, elsewhere, outlook
from elumenta_tui.store import FILE
from elumenta_tui.store.changes import Delete, SaveCharge, SaveReading
from elumenta_tui.store.records import ConversationRecord
from tests.storing import Shelf, shelf
from tests.thorough import examples, thorough


class Reading(NamedTuple):
    """A balance that was read while no request was in flight."""

    on: float
    """Unix seconds."""
    balance: Amount


class Settled(NamedTuple):
    """The cost of a request, and when it was known."""

    asked_on: float
    """Unix seconds, as the next one."""
    settled_on: float | None
    """None: the program has ended before that."""
    amount: Amount | None
    most: Amount | None
    """Elumenta tokens that it has cost at most, if the amount is not known; None if that is not known either."""


class Drift(NamedTuple):
    """What the difference of two readings tells."""

    on: float
    """Unix seconds of the later one."""
    difference: Amount
    """The balance before, less the one after."""
    known: Amount
    """How much of that the known charges between them explain."""
    by_unknown: Amount
    """How much of it the unknown charges between them may have been."""
    elsewhere: Elsewhere
    """The rest."""


def drifts(readings: Iterable[Reading], charges: Iterable[Settled]) -> list[Drift]:
    """Compare each reading of one account with the one before it, and with the charges between them.

    A reading between the prompt and the end of a request is left out: another window has made it, and nobody knows whether the
    balance held the charge already.
    """
    usable = _outside(sorted(readings), charges)
    ends = sorted((each.asked_on if each.settled_on is None else each.settled_on, each) for each in charges)
    found: list[Drift] = []
    place = 0
    while usable and place < len(ends) and ends[place][0] <= usable[0].on:
        place += 1
    for before, after in pairwise(usable):
        known: Amount = 0
        most: Amount = 0
        while place < len(ends) and ends[place][0] <= after.on:
            charge = ends[place][1]
            if charge.amount is not None:
                known += charge.amount
            else:
                most += float("inf") if charge.most is None else charge.most
            place += 1
        difference = before.balance - after.balance
        by_unknown = max(0, min(difference - known, most))
        found.append(Drift(after.on, difference, known, by_unknown, elsewhere(difference, known, most)))
    return found


def _outside(readings: Sequence[Reading], charges: Iterable[Settled]) -> list[Reading]:
    """Return the readings at which no request was in flight."""
    begins: list[float] = []
    ends: list[float] = []
    for begin, end in sorted(
        (each.asked_on, each.settled_on) for each in charges if each.settled_on is not None
    ):
        if ends and begin <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            begins.append(begin)
            ends.append(end)

    def is_free(on: float) -> bool:
        place = bisect_right(begins, on) - 1
        return place < 0 or on >= ends[place]

    return [reading for reading in readings if is_free(reading.on)]


TODAY = datetime(2026, 11, 20).timestamp()
DAYS = [(datetime(2026, 11, 20) - timedelta(days=each)).timestamp() for each in reversed(range(14))]
ACCOUNT = "0123456789ab"


def charge(number: int, on: float, amount: float | None, **more: Any) -> SaveCharge:
    return SaveCharge(
        {
            "id": f"answer{number}",
            "conversation": "",
            "model": "gpt-5",
            "kind": "chat",
            "account": ACCOUNT,
            "demo": False,
            "asked_on": on,
            "settled_on": on + 5.0,
            "basis": "unknown" if amount is None else "stated",
            "amount": amount,
            "most": 4,
            **more,
        }
    )


def statistics(here: Shelf, *, demo: bool = False) -> Statistics:
    found = here.store.statistics(DAYS, demo=demo).result(10)
    assert found is not None
    return found


EVENTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("request"),
            st.sampled_from([1, 2, 4, 0.5, 0, None]),
            st.sampled_from(["gpt-5", "gpt-5.2", "o"]),
            st.sampled_from([kind.value for kind in Kind]),
            st.sampled_from(["a", "b", ""]),
        ),
        st.tuples(st.just("elsewhere"), st.integers(1, 9)),
        st.tuples(st.just("added"), st.integers(1, 300)),
        st.tuples(st.just("night")),
        st.tuples(st.just("deleted"), st.sampled_from(["a", "b"])),
    ),
    max_size=25,
)


@thorough
@settings(max_examples=examples(40), deadline=None)
@given(EVENTS)
def test_days_models_kinds_conversations_and_the_whole_give_the_same_sum_and_so_do_the_balances(
    events: list[Any],
) -> None:
    balance: float = 300
    now, changes, known, unknown = DAYS[0] + 100.0, [], 0.0, 0
    readings, charges = [Reading(now, balance)], []
    spent_elsewhere = added = 0.0
    changes.append(SaveReading(ACCOUNT, now, balance))
    batches: list[list[Any]] = [changes]
    for number, event in enumerate(events):
        now += 60.0
        match event:
            case ("request", amount, model, kind, conversation):
                batches.append(
                    [charge(number, now, amount, model=model, kind=kind, conversation=conversation)]
                )
                charges.append(Settled(now, now + 5.0, amount, 4))
                now += 5.0
                known += amount or 0
                unknown += amount is None
                # What is not known has cost 3 of the 4 that it may have cost.
                balance -= 3 if amount is None else amount
            case ("elsewhere", amount):
                balance -= amount
                spent_elsewhere += amount
            case ("added", amount):
                balance += amount
                added += amount
            case ("night",):
                now = min(now + 86_400.0, TODAY + 3_600.0)
            case ("deleted", conversation):
                record = ConversationRecord(conversation, "", demo=False, created_on=0.0)
                batches.append([Delete(record)])
        batches.append([SaveReading(ACCOUNT, now, balance)])
        readings.append(Reading(now, balance))
    with tempfile.TemporaryDirectory() as home, shelf(Path(home)) as here:
        for batch in batches:
            assert here.put(*batch)
        here.put(charge(10_000, now, 7, demo=True), charge(10_001, now, 100, demo=True, account="demo x"))
        found = statistics(here)
    ways: list[Any] = [
        found.days,
        found.models,
        found.kinds,
        found.conversations,
        [found.total],
        [found.ever],
    ]
    for groups in ways:
        assert sum(group.requests for group in groups) == sum(event[0] == "request" for event in events)
        assert sum(group.spent.known for group in groups) == known
        assert sum(group.spent.unknown for group in groups) == unknown
        assert sum(group.spent.up_to for group in groups) == 4 * unknown
    drifted = drifts(readings, charges)
    for drift in drifted:
        rest = drift.elsewhere.spent - drift.elsewhere.added
        assert drift.difference == drift.known + drift.by_unknown + rest
    assert sum(drift.difference for drift in drifted) == 300 - balance
    assert sum(drift.known for drift in drifted) == known
    total = [sum(day.elsewhere.spent for day in found.days), sum(day.elsewhere.added for day in found.days)]
    if not unknown:
        assert total == [spent_elsewhere, added]
    assert total == [
        sum(drift.elsewhere.spent for drift in drifted),
        sum(drift.elsewhere.added for drift in drifted),
    ]


def test_a_reading_of_another_window_in_the_middle_of_a_request_tells_nothing() -> None:
    during = [Reading(0.0, 300), Reading(12.0, 300), Reading(20.0, 296)]
    assert [drift.elsewhere for drift in drifts(during, [Settled(10.0, 15.0, 4, 4)])] == [Elsewhere()]


def test_a_charge_of_a_program_that_was_killed_is_unknown_for_ever_and_explains_what_it_may_have_cost() -> (
    None
):
    [drift] = drifts([Reading(0.0, 300), Reading(20.0, 290)], [Settled(10.0, None, None, 4)])
    assert (drift.by_unknown, drift.elsewhere) == (4, Elsewhere(spent=6))


@thorough
def test_a_hundred_thousand_requests_are_added_up_within_a_second(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(SaveReading(ACCOUNT, DAYS[0], 300), charge(1, DAYS[0], 2))
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        database.executemany(
            "INSERT INTO charge (id, program, conversation, model, kind, account, demo, asked_on, settled_on, basis, amount, most)"
            " VALUES (?, '', ?, ?, 'chat', ?, 0, ?, ?, 'stated', 2, 2)",
            (
                (f"a{number}", f"c{number % 997}", f"m{number % 9}", ACCOUNT, on, on + 5.0)
                for number in range(99_999)
                for on in [DAYS[0] + number * 11.0]
            ),
        )
        database.executemany(
            "INSERT INTO reading (account, on_time, balance) VALUES (?, ?, ?)",
            ((ACCOUNT, DAYS[0] + number * 110.0 + 6.0, 300_000 - 20 * number) for number in range(10_000)),
        )
    with shelf(tmp_path) as here:
        seconds = []
        for _ in range(3):
            began = process_time()
            found = statistics(here)
            seconds.append(process_time() - began)
    assert found.total.requests == 100_000
    assert min(seconds) < 1.0


def test_the_balance_lasts_as_long_as_the_days_with_use_say_and_otherwise_that_is_not_known() -> None:
    days = [Day(0.0), *(Day(float(each), 2, Spent(6)) for each in range(4)), Day(9.0)]
    found = outlook(days, 100)
    assert found is not None
    assert (found.per_day, found.used, found.of, found.days) == (6.0, 4, 5, 20)
    assert outlook(days, None) is None
    assert outlook(days[:3], 100) is None
    assert outlook([Day(0.0, 3, Spent(0, 3, 12))] * 5, 100) is None
