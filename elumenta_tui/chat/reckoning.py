"""Reckoning: what two readings of the balance tell of the requests between them.

One request between them has cost the difference. Of several, the difference is the sum: what the service stated of some of them leaves
the rest for the others, and the prices of their models may leave one way only in which they cost that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from elumenta_tui.chat.ledger import Together
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.turn import Answer

MOST_TRIED = 10
"""Requests with fixed prices of which all ways to cost a sum are tried, at most: 1,024 ways."""


class Interval:
    """The requests since the balance was known last while none was in flight. `before`: that balance; None if it was not known."""

    def __init__(self, before: Amount | None) -> None:
        self._before = before
        self.answers: list[Answer] = []
        self.is_crowded = False
        """True if some of them were in flight at the same time. A balance that one of them stated may lack what another one cost."""
        self.is_settled = False
        """True if the balance was known since, while none of them was in flight."""

    def begin(self, answer: Answer, *, is_beside_others: bool) -> None:
        """Add a request that is about to be sent. From now on the balance tells nothing of one of them alone."""
        for other in self.answers:
            other.charge.forget_balance()
        self.answers.append(answer)
        self.is_crowded |= is_beside_others
        self.is_settled = False

    @property
    def doubtful(self) -> list[Answer]:
        """The requests of which the service has not said what they cost."""
        return [
            answer for answer in self.answers if answer.charge.stated is None and not answer.charge.is_free
        ]

    def lowest(self, balance: Amount) -> Amount:
        """Return the balance after all of them, if one has stated this one: ends may arrive in another order than they were charged."""
        stated = [answer.charge.after for answer in self.answers if answer.charge.is_final]
        return min([balance, *(each for each in stated if each is not None)]) if self.is_crowded else balance

    def settle(self, balance: Amount) -> list[Answer]:
        """Take the balance as the one after all of them. Return the answers whose charges may have changed.

        May be called again with a later balance, if the service is slow to charge.
        """
        self.is_settled = True
        doubtful = self.doubtful
        if not self.is_crowded and self.answers:
            self.answers[-1].charge.settle(balance)
        if len(self.answers) < 2:
            return self.answers
        stated = sum(answer.charge.stated or 0 for answer in self.answers)
        rest = None if self._before is None else self._before - balance - stated
        models = [answer.model for answer in doubtful]
        costs = [None] * len(models) if rest is None else costs_of(rest, models)
        for answer, cost in zip(doubtful, costs or [None] * len(models), strict=True):
            answer.charge.infer(cost, balance)
        shared = [answer.charge for answer, cost in zip(doubtful, costs or (), strict=False) if cost is None]
        if rest is not None and costs is not None and shared:
            together = Together(tuple(shared), rest - sum(cost for cost in costs if cost is not None))
            for charge in shared:
                charge.together = together
        return self.answers


def costs_of(rest: Amount, models: Sequence[Model]) -> list[Amount | None] | None:
    """Return what a request to each of these models has cost, if all of them cost `rest` together; None where that does not tell.

    Return None if they can't have cost that: somebody else has spent something, or the balance was topped up.
    """
    prices = [model.most for model in models]
    known = [price for price in prices if price is not None]
    if rest < 0 or (len(known) == len(prices) and rest > sum(known)):
        return None
    if len(models) == 1:
        return [rest]
    ways = list(_ways(rest, models))
    if not ways:
        return [None] * len(models)
    return [costs.pop() if len(costs := set(column)) == 1 else None for column in zip(*ways, strict=True)]


def _ways(rest: Amount, models: Sequence[Model]) -> Iterator[tuple[Amount | None, ...]]:
    """Yield the ways in which requests to these models may have cost a sum: a fixed price is paid, or nothing is."""
    if rest == 0:
        yield (0,) * len(models)
    elif len(models) <= MOST_TRIED and all(_is_fixed(model) for model in models):
        for way in product(*((0, model.price or 0) for model in models)):
            if abs(sum(way) - rest) < 1e-6:
                yield way
    elif all(model.most is not None for model in models) and rest == sum(model.most or 0 for model in models):
        yield tuple(model.most for model in models)


def _is_fixed(model: Model) -> bool:
    return model.price is not None and model.price_max is None
