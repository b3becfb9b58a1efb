"""Changes that wait for the disk."""

from __future__ import annotations

from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.store.changes import Pending, SaveAnswer
from tests.storing import answered, saved


def test_the_last_choice_among_the_answers_of_a_turn_is_written_last() -> None:
    first = answered("one", "1")
    second = first.turn.restore(DOCUMENTED_MODELS[0], "2", id="second")
    first.turn.chosen = first
    pending = Pending()
    pending.add(saved(first))
    pending.add(saved(second))
    first.turn.chosen = second
    pending.add(saved(first))
    changes = [change for change in pending if isinstance(change, SaveAnswer)]
    assert [change.answer.id for change in changes] == [first.id, second.id]
    assert [change.turn.chosen for change in changes] == ["second", "second"]
