"""What two readings of the balance tell of the requests between them."""

from __future__ import annotations

import pytest

from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.reckoning import MOST_TRIED, costs_of

ONE, TWO, FOUR = (Model(str(price), str(price), price=price) for price in (1, 2, 4))
HALF = Model("half", "half", price=0.1)
RANGE = Model("range", "range", price=2, price_max=5)
UNPRICED = Model("unpriced", "unpriced")


@pytest.mark.parametrize(
    ("rest", "models", "costs"),
    [
        (4, [FOUR], [4]),
        # What a stopped answer costs is documented nowhere: less than the price is possible, more is not.
        (3, [FOUR], [3]),
        (5, [FOUR], None),
        (-1, [FOUR], None),
        (7, [UNPRICED], [7]),
        (0, [TWO, RANGE, UNPRICED], [0, 0, 0]),
        (7, [TWO, RANGE], [2, 5]),
        (8, [TWO, RANGE], None),
        (4, [TWO, RANGE], [None, None]),
        (4, [TWO, UNPRICED], [None, None]),
        (5, [ONE, TWO, FOUR], [1, 0, 4]),
        (6, [TWO, TWO, FOUR], [None, None, 4]),
        (2, [TWO, TWO], [None, None]),
        # No way leads there: the sum is known all the same.
        (3, [TWO, FOUR], [None, None]),
        (0.3, [HALF, HALF, HALF, ONE], [0.1, 0.1, 0.1, 0]),
        (1, [ONE] * (MOST_TRIED + 90), [None] * (MOST_TRIED + 90)),
        (MOST_TRIED + 90, [ONE] * (MOST_TRIED + 90), [1] * (MOST_TRIED + 90)),
    ],
)
def test_the_sum_of_several_requests_tells_what_each_has_cost_where_one_way_only_leads_to_it(
    rest: Amount, models: list[Model], costs: list[Amount | None] | None
) -> None:
    assert costs_of(rest, models) == costs
