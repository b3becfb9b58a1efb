"""Filters of the list of conversations, pins and tags, as the store answers them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.chat.failure import STOPPED, Billing, Failure
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.store.changes import Pending, SaveDraft, SetFacts
from elumenta_tui.store.filters import Filters
from elumenta_tui.store.unsaved import summaries_with
from tests.storing import MODEL, PATIENCE, Shelf, answered, conversation, saved, shelf
from tests.thorough import thorough

CLAUDE = Model("claude-opus-4.5", "Claude Opus 4.5", "Anthropic", price=6)

NOON = 1_790_000_000.0
DAY = 86_400.0


class Clock:
    """The time at which the store writes."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def asked(
    prompt: str, model: Model = MODEL, *, cost: float | None = 2, balances: tuple[float, float] | None = None
) -> Answer:
    """A complete answer of that model and cost."""
    answer = Turn(prompt, id=f"t-{prompt}").answer(model, id=f"t-{prompt}", asked_on=NOON)
    answer.begin("gen_1", "")
    answer.add("text")
    answer.end(cost, balances[1] if balances is not None else None)
    if balances is not None:
        answer.charge.before = balances[0]
    return answer


def failed(prompt: str, kind: str, text: str = "") -> Answer:
    answer = answered(prompt, text, ended=False)
    answer.fail(Failure(kind, Billing.NOT_CHARGED))
    return answer


def found(here: Shelf, *words: str, **filters: Any) -> list[str]:
    rows = here.store.summaries(words, demo=False, filters=Filters(**filters)).result(PATIENCE)
    return [row.id for row in rows]


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """Six conversations, a day between two of them."""
    clock = Clock()
    with shelf(tmp_path, calendar=clock) as here:
        answers = [
            ("old", asked("old claude words", CLAUDE, cost=6)),
            ("cheap", asked("cheap words", cost=1)),
            ("inferred", asked("inferred words", cost=None, balances=(100, 88))),
            ("stopped", failed("stopped words", STOPPED, "half")),
            ("cut", failed("cut words", "lost", "half")),
            ("refused", failed("refused words", "rate_limit_exceeded")),
        ]
        for id, answer in answers:
            here.put(saved(answer, conversation(id, f"Title of {id}")))
            clock.now += DAY
        here.put(SetFacts(conversation("cheap"), {"archived": True, "tags": "work ёлка"}))
        here.put(SetFacts(conversation("old"), {"pinned": True, "tags": "workshop"}))
    return tmp_path


def test_pinned_conversations_stand_first_and_tags_are_read(filled: Path) -> None:
    with shelf(filled) as here:
        rows = here.store.summaries(demo=False).result(PATIENCE)
        assert [row.id for row in rows] == ["old", "refused", "cut", "stopped", "inferred", "cheap"]
        assert [row.is_pinned for row in rows[:2]] == [True, False]
        assert rows[-1].tags == ("work", "ёлка")
        stored = here.conversation("old").conversation
        assert (stored.is_pinned, stored.tags) == (True, ("workshop",))
        assert here.store.tags_used(demo=False).result(PATIENCE) == ["work", "workshop", "ёлка"]
        assert here.store.models_asked(demo=False).result(PATIENCE) == ["gpt-5", "claude-opus-4.5"]


@thorough
@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"models": ("opus",)}, {"old"}),
        ({"models": ("claude opus",)}, {"old"}),
        ({"models": ("nothing", "gpt")}, {"cheap", "inferred", "stopped", "cut", "refused"}),
        ({"after": NOON + 3 * DAY}, {"stopped", "cut", "refused"}),
        ({"before": NOON + DAY}, {"old"}),
        ({"after": NOON + DAY, "before": NOON + 3 * DAY}, {"cheap", "inferred"}),
        ({"costs": ((">", 5.0),)}, {"old", "inferred"}),
        ({"costs": (("<", 6.0), (">=", 1.0))}, {"cheap"}),
        ({"costs": (("=", 12.0),)}, {"inferred"}),
        ({"costs": (("=", 0.0),)}, {"stopped", "cut", "refused"}),
        ({"states": ("complete",)}, {"old", "cheap", "inferred"}),
        ({"states": ("stopped",)}, {"stopped"}),
        ({"states": ("interrupted", "failed")}, {"cut", "refused"}),
        ({"states": ("running",), "running": frozenset({"old"})}, {"old"}),
        ({"states": ("complete",), "running": frozenset({"old"})}, {"cheap", "inferred"}),
        ({"states": ("unread",), "unread": frozenset({"cut"})}, {"cut"}),
        ({"states": ("unread",)}, set()),
        ({"archived": True}, {"cheap"}),
        ({"pinned": True}, {"old"}),
        ({"archived": False, "pinned": False, "states": ("complete",)}, {"inferred"}),
        ({"tags": ("work",)}, {"cheap", "old"}),
        ({"tags": ("works",)}, {"old"}),
        ({"tags": ("work", "ёл")}, {"cheap"}),
        ({"tags": ("orkshop",)}, set()),
    ],
)
def test_a_filter_lists_what_meets_it(filled: Path, filters: dict[str, Any], ids: set[str]) -> None:
    with shelf(filled) as here:
        assert set(found(here, **filters)) == ids


def test_filters_combine_with_words(filled: Path) -> None:
    with shelf(filled) as here:
        assert found(here, "words", models=("opus",)) == ["old"]
        assert found(here, "cheap", models=("opus",)) == []
        assert found(here, "claude", tags=("workshop",), pinned=True, costs=((">", 5),)) == ["old"]


@thorough
@pytest.mark.parametrize(
    "strange", ["') OR 1=1 --", "'; DROP TABLE conversation; --", "%", "_", "\\", '"', ":demo", "\x00"]
)
def test_typed_text_never_becomes_part_of_a_statement(filled: Path, strange: str) -> None:
    with shelf(filled) as here:
        assert found(here, models=(strange,)) == []
        assert found(here, tags=(strange,)) == []
        assert len(found(here)) == 6


def test_what_can_not_be_saved_yet_is_filtered_too(tmp_path: Path) -> None:
    pending = Pending()
    record = conversation("c1", "New")
    pending.add(saved(answered("words", "text"), record, place=1))
    pending.add(SetFacts(record, {"tags": "work", "pinned": True}))
    pending.add(SaveDraft(conversation("c2", ""), "a draft"))

    def listed(**filters: Any) -> list[str]:
        return [row.id for row in summaries_with([], pending, (), demo=False, filters=Filters(**filters))]

    assert listed() == ["c1", "c2"]
    assert listed(tags=("wo",)) == ["c1"]
    assert listed(pinned=False) == ["c2"]
    assert listed(models=("gpt",)) == ["c1"]
    assert listed(states=("complete",)) == ["c1"]
    assert listed(models=("opus",)) == []


def test_a_row_that_a_pending_change_takes_out_of_the_filter_is_not_listed(filled: Path) -> None:
    with shelf(filled) as here:
        rows = here.store.summaries(demo=False, filters=Filters(tags=("work",))).result(PATIENCE)
    pending = Pending()
    pending.add(SetFacts(conversation("old"), {"tags": ""}))
    left = summaries_with(rows, pending, (), demo=False, filters=Filters(tags=("work",)))
    assert [row.id for row in left] == ["cheap"]
