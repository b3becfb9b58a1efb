"""Changes that wait for the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.store.changes import Delete, Pending, SaveAnswer, SaveDraft, SetFacts
from elumenta_tui.store.unsaved import summaries_with
from tests.storing import PATIENCE, answered, conversation, saved, shelf
from tests.thorough import thorough


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


def test_what_was_changed_last_is_written_last() -> None:
    record = conversation()
    answer = answered("asked")
    asked = saved(answer, record._replace(more={**record.more, "head": answer.turn.id}), place=1)
    pending = Pending()
    pending.add(SetFacts(record, {"head": "earlier", "pinned": True}))
    pending.add(SaveDraft(record, "typed"))
    pending.add(asked)
    pending.add(SaveDraft(record, "typed since"))
    pending.add(SetFacts(record, {"archived": True}))
    # The prompt has moved the end of the path since.
    assert list(pending) == [
        asked,
        SaveDraft(record, "typed since"),
        SetFacts(record, {"pinned": True, "archived": True}),
    ]
    pending.add(SetFacts(record, {"head": "later"}))
    assert list(pending)[-1] == SetFacts(record, {"pinned": True, "archived": True, "head": "later"})


def test_what_waits_is_kept_if_the_conversation_turns_out_to_be_used(tmp_path: Path) -> None:
    later = answered("asked since", "paid")
    later.asked_on = 1_790_000_100.0
    with shelf(tmp_path) as here:
        here.put(saved(answered("first", "old")))
        deletion = Delete(conversation(), since=1_790_000_050.0)
        assert here.store.put(saved(later, place=2), deletion).result(PATIENCE)
        assert [each.text for each in here.conversation("c1").conversation.all_answers()] == ["old", "paid"]


@thorough
@pytest.mark.parametrize("draft", ["plain", "a\x07b", "\ud83d", "tail \n", "\x07" * 990 + "long" * 10])
def test_the_draft_that_was_there_when_it_was_deleted_goes_too(tmp_path: Path, draft: str) -> None:
    with shelf(tmp_path, wait=False) as here:
        put = here.store.put(SaveDraft(conversation(), draft))
        rows = summaries_with([], here.store._writer.unsaved, (), demo=False)
        assert put.result(PATIENCE)
        known = rows[0].draft if rows else draft
        here.put(Delete(conversation(), since=1_790_000_050.0, draft=known))
        assert here.store.conversation("c1").result(PATIENCE) is None
