"""Filters of a list of conversations, beside the words that are searched.

A filter is a value. It compiles to an SQL condition whose values are parameters: no typed text becomes part of a statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.chat.failure import Billing
from elumenta_tui.text.matching import fold

if TYPE_CHECKING:
    import sqlite3

    from elumenta_tui.store.records import Summary

COMPARISONS = (">=", "<=", ">", "<", "=")
"""How a cost may be compared; the longer ones first, as a parser needs them."""

RUNNING, UNREAD = "running", "unread"
"""States that a list knows beside those of an answer."""

STATES = ("complete", "interrupted", "failed", "stopped", RUNNING, UNREAD)

_ON_DISK: Mapping[str, tuple[str, ...]] = {
    "complete": ("complete",),
    "interrupted": ("interrupted", "waiting", "streaming"),
    "failed": ("failed",),
    "stopped": ("interrupted", "failed"),
    RUNNING: ("waiting", "streaming"),
    UNREAD: (),
}
"""By state: the states that the newest answer may have in the file. Which one it is depends on its failure, and on whether its
program is running; `fits` decides that."""

_COST = """(
    SELECT total(CASE
        WHEN typeof(cost) IN ('integer', 'real') THEN cost
        WHEN failure IS NOT NULL AND failure NOT LIKE :unknown_charge THEN 0
        WHEN typeof(balance_before) IN ('integer', 'real') AND typeof(balance_after) IN ('integer', 'real')
            THEN max(0, balance_before - balance_after)
        ELSE 0
    END) FROM turn JOIN answer ON answer.turn = turn.number WHERE turn.conversation = conversation.id
)"""
"""What the answers of a conversation are known to have cost, by the rules of `chat.ledger.Charge`."""


class Filters(NamedTuple):
    """What conversations must have in common. Several models or states: any of them. Several of anything else: all of them."""

    models: tuple[str, ...] = ()
    """Parts of slugs or names of models, folded: any answer of the conversation was asked of such a model."""
    after: float | None = None
    """Used last at this time or later. Unix seconds, as `before`."""
    before: float | None = None
    """Used last earlier than this."""
    costs: tuple[tuple[str, float], ...] = ()
    """Comparisons of the cost, in Elumenta tokens: one of `COMPARISONS` and an amount."""
    states: tuple[str, ...] = ()
    """Values of `STATES`: the state of the newest answer."""
    archived: bool | None = None
    pinned: bool | None = None
    tags: tuple[str, ...] = ()
    """Beginnings of tags."""
    running: frozenset[str] = frozenset()
    """Ids of the conversations in which this program receives an answer."""
    unread: frozenset[str] = frozenset()
    """Ids of the conversations with the state `UNREAD`."""

    def __bool__(self) -> bool:
        """Whether any filter is set."""
        return bool(self.models or self.costs or self.states or self.tags) or any(
            value is not None for value in (self.after, self.before, self.archived, self.pinned)
        )

    def condition(self) -> tuple[str, dict[str, object]]:
        """Compile to an SQL condition on `conversation` and its newest `answer`, and the values of its parameters."""
        values: dict[str, object] = {}
        tests = [*self._of_facts(values), *self._of_answers(values)]
        return " AND ".join(tests) or "1", values

    def _of_facts(self, values: dict[str, object]) -> Iterator[str]:
        for name in ("archived", "pinned"):
            wanted = getattr(self, name)
            if wanted is not None:
                values[f"is_{name}"] = int(wanted)
                yield f"(conversation.{name} <> 0) = :is_{name}"
        if self.after is not None:
            values["used_after"] = self.after
            yield "used_on >= :used_after"
        if self.before is not None:
            values["used_before"] = self.before
            yield "used_on < :used_before"
        for number, tag in enumerate(self.tags):
            values[f"tag_{number}"] = f" {tag}"
            yield f"instr(' ' || tags, :tag_{number}) > 0"

    def _of_answers(self, values: dict[str, object]) -> Iterator[str]:
        if self.models:
            for number, model in enumerate(self.models):
                values[f"model_{number}"] = model
            tests = " OR ".join(
                f"instr(lower(asked.{column}), :model_{number}) > 0"
                for number in range(len(self.models))
                for column in ("model", "model_name")
            )
            yield (
                "conversation.id IN (SELECT conversation FROM turn JOIN answer AS asked ON asked.turn = turn.number"
                f" WHERE {tests})"
            )
        for number, (comparison, amount) in enumerate(self.costs):
            values["unknown_charge"] = f'%"charge": "{Billing.UNKNOWN.value}"%'
            values[f"cost_{number}"] = amount
            # From a fixed list, whatever was typed.
            sign = COMPARISONS[COMPARISONS.index(comparison)]
            yield f"{_COST} {sign} :cost_{number}"
        if self.states:
            states = [state for wanted in self.states for state in _ON_DISK[wanted]]
            ids = [
                *(self.running if RUNNING in self.states else ()),
                *(self.unread if UNREAD in self.states else ()),
            ]
            yield f"(state IN ({_named('state', states, values)}) OR conversation.id IN ({_named('id', ids, values)}))"

    def fits(self, row: Summary) -> bool:
        """Whether a row of the list meets the filters that it tells: all but the cost, and of the models the last one."""
        return (
            self.archived in (None, row.archived)
            and self.pinned in (None, row.is_pinned)
            and (self.after is None or row.used_on >= self.after)
            and (self.before is None or row.used_on < self.before)
            and all(any(known.startswith(tag) for known in row.tags) for tag in self.tags)
            and (not self.states or self.has_state(row))
        )

    def has_state(self, row: Summary) -> bool:
        """Whether the newest answer of a row has one of the wanted states."""
        is_running = row.id in self.running or row.state in ("waiting", "streaming")
        state = RUNNING if is_running else row.state
        return state in self.states or (UNREAD in self.states and row.id in self.unread)

    def fits_new(self, row: Summary) -> bool:
        """Whether a conversation that is not in the file yet meets them. Its cost is not known there."""
        name = fold(row.model)
        return (
            self.fits(row)
            and not self.costs
            and (not self.models or any(part in name for part in self.models))
        )


NO_FILTERS = Filters()


def _named(name: str, wanted: list[str], values: dict[str, object]) -> str:
    """Add parameters for these values, and return their list as it stands in SQL."""
    names = [f"{name}_{number}" for number in range(len(wanted))]
    values.update(zip(names, wanted, strict=True))
    return ", ".join(f":{each}" for each in names)


def models_asked(connection: sqlite3.Connection, *, demo: bool) -> list[str]:
    """List the slugs of the models that the stored answers were asked of, the most frequent first."""
    rows = connection.execute(
        "SELECT model, count(*) AS times FROM answer JOIN turn ON turn.number = answer.turn"
        " JOIN conversation ON conversation.id = turn.conversation WHERE demo = ? GROUP BY model ORDER BY times DESC",
        (demo,),
    )
    return [str(row["model"]) for row in rows if isinstance(row["model"], str) and row["model"]]


def tags_used(connection: sqlite3.Connection, *, demo: bool) -> list[str]:
    """List the texts of the tags of all conversations, each as it is stored."""
    rows = connection.execute("SELECT DISTINCT tags FROM conversation WHERE demo = ? AND tags <> ''", (demo,))
    return [str(row["tags"]) for row in rows if isinstance(row["tags"], str)]
