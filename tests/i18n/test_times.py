"""How moments and durations are told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from elumenta_tui import i18n
from elumenta_tui.i18n.times import duration, moment

NOW = datetime(2026, 11, 22, 19, 30, tzinfo=UTC).timestamp()
HOUR = 3600


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (NOW + 60, "19:31", "19:31"),
        (NOW - 10 * HOUR, "09:30", "09:30"),
        (NOW + 5 * HOUR, "00:30", "00:30"),
        (NOW + 22 * HOUR, "23 November at 17:30", "23 ноября в 17:30"),
        (NOW - 24 * HOUR, "21 November at 19:30", "21 ноября в 19:30"),
        (NOW + 240 * HOUR, "2 December at 19:30", "2 декабря в 19:30"),
        (NOW + 8760 * HOUR, "22 November 2027 at 19:30", "22 ноября 2027 года в 19:30"),
        (1e15, "", ""),
        (float("inf"), "", ""),
        (float("nan"), "", ""),
    ],
)
def test_a_moment_has_its_date_where_it_needs_one(seconds: float, english: str, russian: str) -> None:
    assert moment(seconds, NOW) == english
    i18n.use("ru")
    assert moment(seconds, NOW) == russian


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, ""),
        (0, "1 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7000, "117 min"),
        (7200, "2 h"),
        (864_000, "10 days"),
    ],
)
def test_a_duration_is_one_round_number(seconds: float | None, told: str) -> None:
    assert duration(seconds) == told
