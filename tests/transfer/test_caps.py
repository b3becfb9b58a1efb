"""What people type to cap their spending."""

from __future__ import annotations

import re

import pytest

from elumenta_tui.chat.spending import Period
from elumenta_tui.i18n import in_every_language
from elumenta_tui.transfer.caps import parse_cap


@pytest.mark.parametrize(
    ("typed", "period", "tokens"),
    [
        ("20", Period.DAY, 20),
        ("20 a day", Period.DAY, 20),
        ("20 day", Period.DAY, 20),
        ("20/day", Period.DAY, 20),
        ("20 tokens per day", Period.DAY, 20),
        ("month 1 000", Period.MONTH, 1000),
        ("20 в день", Period.DAY, 20),
        ("день 20", Period.DAY, 20),
        ("300 токенов на месяц", Period.MONTH, 300),
        ("50 за сеанс", Period.SESSION, 50),
        ("50 на сессию", Period.SESSION, 50),
        ("вфн 20", Period.DAY, 20),
        ("day off", Period.DAY, 0),
        ("month off", Period.MONTH, 0),
        ("off", None, 0),
        ("выкл", None, 0),
        ("щаа", None, 0),
    ],
)
def test_caps_are_typed_as_people_say_them(typed: str, period: Period | None, tokens: int) -> None:
    assert parse_cap(typed) == (period, tokens)


@pytest.mark.parametrize("typed", ["much", "a day", "20 a week", "day month 20", "-3", "2.5"])
def test_what_is_no_cap_is_refused(typed: str) -> None:
    assert parse_cap(typed) is None


@pytest.mark.parametrize("key", ["action.cap.help", "cap.wrong", "cap.none"])
def test_every_example_that_is_shown_is_accepted(key: str) -> None:
    for text in in_every_language(key):
        examples = [
            each.strip(" .")
            for each in re.findall(r"/cap ([^,;.]*?)(?= or | или | and | work|,|;|\.|$| caps | — )", text)
        ]
        assert examples
        assert all(parse_cap(each) is not None for each in examples), examples
