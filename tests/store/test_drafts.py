"""Unsent prompts on the disk: several programs park them, and in a stranger's file the columns may hold anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui.chat.attachment import text_attachment
from elumenta_tui.chat.draft import NOTHING, Draft, Parked
from elumenta_tui.chat.quote import Quote
from elumenta_tui.store import FILE
from elumenta_tui.store.changes import Delete, SaveDraft, SaveParked
from elumenta_tui.store.drafts import chips_of, draft_with, parked_of, parked_with, with_parked
from tests.storing import answered, conversation, files_with, opened, saved, shelf, until

TEXT = text_attachment("notes.py", "zebrafish = 1\n" * 400, language="python")
QUOTE, CODE = Quote("said"), Quote("print(1)", "python")
WHOLE = Draft("typed", 2, (QUOTE, CODE), (TEXT,))
FIRST, SECOND = "a" * 12, "b" * 12


def contents(directory: Path) -> int:
    with opened(directory / FILE) as database:
        return int(database.execute("SELECT count(*) FROM attachment").fetchone()[0])


def test_a_parked_prompt_is_read_as_it_was_put_aside(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(
            SaveParked(conversation(), FIRST, 0, WHOLE), SaveParked(conversation(), SECOND, 1, Draft("2"))
        )
        assert here.conversation("c1").conversation.parked == [
            Parked(FIRST, WHOLE),
            Parked(SECOND, Draft("2")),
        ]
    with shelf(tmp_path) as here:
        assert [each.draft for each in here.conversation("c1").conversation.parked] == [WHOLE, Draft("2")]
        assert here.store.unsent(demo=False).result(10) == "c1"
        assert here.titles() == ["A title"]


def test_what_is_not_on_the_disk_yet_is_read_all_the_same(tmp_path: Path) -> None:
    with shelf(tmp_path) as here, opened(tmp_path / FILE) as other:
        other.execute("BEGIN IMMEDIATE")
        here.store.put(SaveParked(conversation(), FIRST, 0, WHOLE))
        here.store.put(SaveDraft(conversation(), WHOLE.composed, WHOLE.chips))
        stored = here.conversation("c1")
        assert stored.conversation.parked == [Parked(FIRST, WHOLE)]
        assert stored.unsent == Draft("typed", None, WHOLE.quotes, WHOLE.attachments)
        other.execute("ROLLBACK")


def test_a_file_of_a_draft_stays_as_long_as_the_draft_or_a_parked_prompt_has_it(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(SaveParked(conversation(), FIRST, 0, WHOLE))
        here.put(SaveDraft(conversation(), WHOLE.composed, WHOLE.chips))
        here.put(SaveParked(conversation(), FIRST, 0, None))
        assert here.conversation("c1").unsent.attachments == (TEXT,)
        here.put(SaveDraft(conversation(), "typed"))
        assert contents(tmp_path) == 0
        here.put(SaveDraft(conversation(), ""))
        assert here.titles() == []


def test_a_draft_that_is_sent_takes_its_files_along_and_others_go(tmp_path: Path) -> None:
    other = text_attachment("other.txt", "not sent")
    with shelf(tmp_path) as here:
        here.put(SaveDraft(conversation(), "q", Draft(attachments=(TEXT, other))))
        assert contents(tmp_path) == 2
        answer = answered("q", "so")
        answer.turn.attachments = (TEXT,)
        here.put(saved(answer, place=1))
        assert contents(tmp_path) == 1
        assert here.conversation("c1").unsent == NOTHING


def test_deleting_the_conversation_deletes_the_files_of_what_was_never_sent(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(SaveDraft(conversation(), "q", WHOLE.chips))
        here.put(SaveParked(conversation(), FIRST, 0, WHOLE))
        here.put(Delete(conversation()))
        assert contents(tmp_path) == 0
        until(lambda: not files_with(tmp_path, "zebrafish"))


def test_a_text_that_does_not_begin_with_the_quotes_is_the_draft_as_it_is(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(SaveDraft(conversation(), "another text", WHOLE.chips))
        assert here.conversation("c1").unsent == Draft("another text", attachments=(TEXT,))


def test_one_program_does_not_take_out_what_another_has_parked() -> None:
    column = with_parked("", SaveParked(conversation(), FIRST, 0, Draft("mine")), "me")
    column = with_parked(column, SaveParked(conversation(), SECOND, 0, Draft("theirs")), "them")
    assert [each.id for each in parked_of(column)] == [FIRST, SECOND]
    assert [each.id for each in parked_of(column, is_theirs=lambda program: program == "them")] == [FIRST]
    column = with_parked(column, SaveParked(conversation(), FIRST, 0, None), "me")
    assert [each.draft.text for each in parked_of(column)] == ["theirs"]
    assert with_parked(column, SaveParked(conversation(), SECOND, 0, None), "me") == ""
    assert parked_with([Parked(FIRST, NOTHING)], SaveParked(conversation(), FIRST, 0, None)) == []


@pytest.mark.parametrize(
    "column",
    [
        None,
        1,
        b"\x00",
        "{",
        "[" * 100_000,
        "[]",
        "{}",
        "[1, {}]",
        '[{"id": "../x", "place": 1, "text": "a"}]',
        '[{"id": "aaaaaaaaaaaa", "place": "1", "text": "a"}]',
        '{"quotes": 1, "attachments": {}}',
        '{"quotes": [1, {"text": 2}, {"text": " "}], "attachments": [{"hash": "x"}]}',
    ],
)
def test_whatever_a_column_holds_is_no_draft_or_a_clean_one(column: object) -> None:
    assert parked_of(column) == []
    assert chips_of(column) == NOTHING


def test_a_strange_cursor_and_a_strange_language_are_left_out() -> None:
    item = '[{"id": "aaaaaaaaaaaa", "place": 0, "text": "ab\\u202e", "cursor": %s, "quotes": [{"text": "q", "language": 1}]}]'
    for cursor in ("-1", "true", "99", '"1"'):
        [parked] = parked_of(item % cursor)
        assert parked.draft.cursor is None
        assert parked.draft.quotes == (Quote("q"),)
        assert "\u202e" not in parked.draft.text


def test_lone_surrogates_are_written_as_what_can_be_written(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(SaveParked(conversation(), FIRST, 0, Draft("a\ud800b", None, (Quote("c\udfffd"),))))
        [parked] = here.conversation("c1").conversation.parked
        assert parked.draft.text.startswith("a")
    assert draft_with(NOTHING) == ""
