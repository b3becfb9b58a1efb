"""Attachments on the disk: each content once, as long as anything names it, and gone with the last one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from elumenta_tui.chat.attachment import Attachment, Note, image_attachment, text_attachment
from elumenta_tui.chat.turn import Answer
from elumenta_tui.store import FILE
from elumenta_tui.store.attachments import MOST_SEARCHED
from elumenta_tui.store.changes import Delete, DeleteBranch, SaveQueued
from elumenta_tui.store.events import SetAside
from elumenta_tui.store.references import digests_in, of_items, without_contents
from elumenta_tui.store.schema import INDEX
from tests.pictures import png
from tests.storing import PATIENCE, answered, conversation, files_with, opened, saved, shelf, until

TEXT = text_attachment(
    "notes.py", "zebrafish = 1\n" * 400, language="python", notes=[Note("guessed", "cp1251")]
)
IMAGE = image_attachment("shot.png", png(), "image/png", width=2, height=1)


def with_files(prompt: str, *attachments: Attachment, **facts: object) -> Answer:
    answer = answered(prompt, "so", **facts)  # type: ignore[arg-type]  # as `answered` takes them
    answer.turn.attachments = attachments
    return answer


def contents(directory: Path) -> int:
    with opened(directory / FILE) as database:
        count: int = database.execute("SELECT count(*) FROM attachment").fetchone()[0]
        return count


def attached(conversation_: object) -> list[tuple[Attachment, ...]]:
    return [turn.attachments for turn in conversation_.turns]  # type: ignore[attr-defined]  # a conversation


def test_a_restart_reads_what_was_saved_and_each_content_is_there_once(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(
            saved(with_files("one", TEXT, IMAGE)), saved(with_files("two", TEXT, id="t2"), conversation("c2"))
        )
    assert contents(tmp_path) == 2
    with shelf(tmp_path) as here:
        assert attached(here.conversation("c1").conversation) == [(TEXT, IMAGE)]
        assert attached(here.conversation("c2").conversation) == [(TEXT,)]


def test_what_is_not_on_the_disk_yet_is_read_all_the_same(tmp_path: Path) -> None:
    with shelf(tmp_path) as here, opened(tmp_path / FILE) as other:
        other.execute("BEGIN IMMEDIATE")
        here.store.put(saved(with_files("one", TEXT)))
        assert attached(here.conversation("c1").conversation) == [(TEXT,)]
        other.execute("ROLLBACK")


def test_a_content_goes_with_the_last_conversation_that_names_it(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(
            saved(with_files("one", TEXT, IMAGE)), saved(with_files("two", TEXT, id="t2"), conversation("c2"))
        )
        here.put(Delete(conversation("c1")))
        assert contents(tmp_path) == 1
        assert attached(here.conversation("c2").conversation) == [(TEXT,)]
        assert files_with(tmp_path, "zebrafish")
        here.put(Delete(conversation("c2")))
        assert contents(tmp_path) == 0
        # The log is emptied, too.
        until(lambda: not files_with(tmp_path, "zebrafish"))


def test_a_content_goes_with_a_branch(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        first, second = with_files("one", IMAGE), with_files("two", TEXT, id="t2")
        here.put(saved(first), saved(second))
        here.put(DeleteBranch(conversation(), (second.id,), (second.turn.id,)))
        assert contents(tmp_path) == 1
        until(lambda: not files_with(tmp_path, "zebrafish"))


def test_a_queued_prompt_keeps_its_files_until_it_is_taken_back(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(with_files("one")), SaveQueued(conversation(), "a1b2c3d4e5f6", 0, "later", (TEXT,)))
    with shelf(tmp_path) as here:
        [queued] = here.conversation("c1").conversation.queued
        assert (queued.text, queued.attachments) == ("later", (TEXT,))
        here.put(SaveQueued(conversation(), "a1b2c3d4e5f6", 0, ""))
        assert contents(tmp_path) == 0
        until(lambda: not files_with(tmp_path, "zebrafish"))


def test_a_queued_prompt_that_is_sent_hands_its_files_on(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(with_files("one")), SaveQueued(conversation(), "a1b2c3d4e5f6", 0, "later", (TEXT,)))
        here.put(saved(with_files("later", TEXT, id="t2"), place=2)._replace(queued="a1b2c3d4e5f6"))
        assert not here.conversation("c1").conversation.queued
        assert attached(here.conversation("c1").conversation) == [(), (TEXT,)]


def test_a_lost_content_leaves_the_name_and_nothing_of_it_is_sent(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(with_files("one", TEXT, IMAGE)))
    with opened(tmp_path / FILE) as database:
        database.execute("DELETE FROM attachment WHERE hash = ?", (TEXT.digest,))
        database.execute("UPDATE attachment SET content = x'00'")
    with shelf(tmp_path) as here:
        [turn] = here.conversation("c1").conversation.turns
        assert [(each.name, each.is_lost, each.content) for each in turn.attachments] == [
            ("notes.py", True, b""),
            ("shot.png", True, b""),
        ]
        assert (turn.message.text, turn.message.images) == ("one", [])


def test_salvage_keeps_contents_and_the_names_of_lost_ones(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(with_files("one", TEXT, IMAGE)))
    with opened(tmp_path / FILE) as database:
        database.execute("UPDATE attachment SET content = x'00' WHERE hash = ?", (IMAGE.digest,))
        database.execute("PRAGMA writable_schema = ON")
        database.execute("DELETE FROM sqlite_master WHERE name = 'chore'")
    with shelf(tmp_path, wait=False) as here:
        here.told(SetAside)
        [turn] = here.conversation("c1").conversation.turns
        assert turn.attachments[0] == TEXT
        assert (turn.attachments[1].name, turn.attachments[1].is_lost) == ("shot.png", True)
        # What nobody can read any more is not taken along.
        assert contents(tmp_path) == 1


@pytest.mark.parametrize(
    "column",
    [
        "[",
        "{}",
        '[{"kind": "text"}]',
        '[{"kind": "exe", "name": "a", "hash": "' + "0" * 64 + '"}]',
        '[{"kind": "text", "name": 7, "hash": "' + "0" * 64 + '"}]',
        '[{"kind": "text", "name": "a", "hash": "%"}]',
        "[" * 100_000,
        7,
        None,
    ],
)
def test_anything_in_a_strangers_file_is_no_reference(column: object) -> None:
    assert without_contents(column) == []
    assert digests_in(column) == []


def test_the_facts_of_a_strangers_reference_are_clean_or_left_out() -> None:
    item = {
        "kind": "image",
        "name": "a\x1b[31m\n../b",
        "hash": "0" * 64,
        "size": -1,
        "media_type": "text/html",
        "width": "wide",
        "height": True,
        "notes": [["cut"], 7, ["guessed", 8]],
    }
    [found] = of_items([item])
    assert (found.name, found.size, found.media_type, found.width, found.height) == (
        "a[31m ../b",
        0,
        "image/png",
        0,
        0,
    )
    assert found.notes == (Note("guessed", ""),)
    assert json.dumps([item]).count("hash") == 1
    assert PATIENCE


def test_the_words_of_an_attached_text_are_found_with_their_place_until_its_last_turn_is_deleted(
    tmp_path: Path,
) -> None:
    log = text_attachment("app.log", "one line\n" * 200 + "Ёлка: zeppelin crashed\nlater\n")
    huge = text_attachment("huge.log", "word " * (MOST_SEARCHED // 5) + "beyond")
    with shelf(tmp_path) as here:
        here.put(saved(with_files("why?", log, IMAGE), conversation("c1", "First"), place=1))
        here.put(saved(with_files("and this?", huge), conversation("c2", "Second"), place=2))
        assert (
            here.titles("zeppelin")
            == here.titles("елка zepp")
            == here.titles("яуззудшт", "zeppelin")
            == ["First"]
        )
        # Bounded, and no prompt of the history.
        assert here.titles("word") == ["Second"]
        assert here.titles("beyond") == []
        assert here.store.prompts(["zeppelin"], demo=False, limit=9).result(PATIENCE) == []
        assert here.store.prompts(["why"], demo=False, limit=9).result(PATIENCE) == ["why?"]
        (row,) = here.store.summaries(["zeppelin"], demo=False).result(PATIENCE)
        (excerpt,) = here.store.excerpts(row, ["zeppelin"]).result(PATIENCE)
        assert (excerpt.attached_name, excerpt.attached) == ("app.log", "Ёлка: zeppelin crashed\nlater\n")
        assert here.store.hits(row, ["zeppelin"]).result(PATIENCE) == 1
        here.put(Delete(conversation("c1")))
        assert here.titles("zeppelin") == []
    with opened(tmp_path / FILE) as database:
        query = "SELECT count(*) FROM words WHERE words MATCH ?"
        assert [database.execute(query, (word,)).fetchone() for word in ("zeppelin", "word")] == [(0,), (1,)]


def test_attached_texts_that_an_earlier_program_left_out_of_the_index_are_found(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(with_files("why?", TEXT), place=1))
    with opened(tmp_path / FILE) as database:
        # As it was written before: the same row without the attached text.
        database.execute("DELETE FROM chore WHERE name LIKE 'attached texts%'")
        database.executescript("DROP TABLE words;" + INDEX)
        database.execute("INSERT INTO words (rowid, prompt, answer) VALUES (1, 'why?', 'so')")
    with shelf(tmp_path) as here:
        until(lambda: here.titles("zebrafish") == ["A title"])
    with opened(tmp_path / FILE) as database:
        before = database.execute("SELECT name FROM chore ORDER BY name").fetchall()
    with shelf(tmp_path) as here:
        assert here.titles("zebrafish") == ["A title"]
    with opened(tmp_path / FILE) as database:
        assert database.execute("SELECT name FROM chore ORDER BY name").fetchall() == before
