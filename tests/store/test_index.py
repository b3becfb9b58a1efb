"""The full-text index and what else is derived: nothing that is wrong with it keeps a text from being saved or found again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from elumenta_tui.store import FILE, database, index
from elumenta_tui.store.changes import Delete
from elumenta_tui.store.events import NotSaving, SetAside, Trouble
from tests.storing import PATIENCE, answered, conversation, die, opened, saved, shelf, started, until

DAMAGE = {
    "empty blocks": "UPDATE words_data SET block = x''",
    "no blocks": "DELETE FROM words_data",
    "no structure": "DELETE FROM words_data WHERE id = 10",
    "no version": "UPDATE words_config SET v = NULL",
    "no table of blocks": "DROP TABLE words_data",
    "no index": "DROP TABLE words",
    "another index": "DROP TABLE words; CREATE VIRTUAL TABLE words USING fts5 (prompt, answer)",
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_index_costs_no_answer_and_is_made_anew(tmp_path: Path, what: str) -> None:
    here = started(tmp_path)
    here.put(saved(answered("first", "the old answer"), place=1))
    here.put(saved(answered("second", "half an", ended=False), place=2, whole=False))
    die(here)
    with opened(tmp_path / FILE) as connection:
        connection.executescript(DAMAGE[what])
    for number in (3, 4):
        with shelf(tmp_path) as here:
            assert here.put(saved(answered(f"paid {number}", "the new answer"), place=number))
            assert not here.has_told(NotSaving)
            assert not here.has_told(SetAside)
            until(lambda: here.titles("new") == ["A title"] == here.titles("old") == here.titles("half"))
            texts = [one.text for one in here.conversation("c1").conversation.answers]
            assert texts[:3] == ["the old answer", "half an", "the new answer"]
    with shelf(tmp_path) as here:
        here.put(Delete(conversation()))
        until(lambda: not here.store._writer._scrubbing)
    with opened(tmp_path / FILE) as connection:
        assert connection.execute("SELECT count(*) FROM words WHERE words MATCH 'old OR new'").fetchone() == (
            0,
        )


@pytest.mark.parametrize(
    "name",
    [
        "turn_by_conversation",
        "sqlite_autoindex_turn_1",
        "answer_by_turn",
        "answer_to_turn",
        "sqlite_autoindex_answer_1",
        "conversation_by_use",
    ],
)
def test_an_index_that_does_not_fit_its_table_is_made_anew(tmp_path: Path, name: str) -> None:
    with shelf(tmp_path) as here:
        for number in range(1, 5):
            here.put(saved(answered(f"q{number}", f"a{number}"), place=number))
    with opened(tmp_path / FILE) as connection:
        page, size = connection.execute(
            "SELECT rootpage, (SELECT * FROM pragma_page_size) FROM sqlite_master WHERE name = ?", (name,)
        ).fetchone()
    data = bytearray((tmp_path / FILE).read_bytes())
    # One entry fewer on the page; its structure stays whole.
    at = (page - 1) * size + 3
    count = int.from_bytes(data[at : at + 2], "big")
    data[at : at + 2] = (count - 1).to_bytes(2, "big")
    (tmp_path / FILE).write_bytes(data)
    with shelf(tmp_path) as here:
        assert [one.text for one in here.conversation("c1").conversation.answers] == ["a1", "a2", "a3", "a4"]
        assert here.put(saved(answered("q4", "better"), place=4))
    with opened(tmp_path / FILE) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_an_index_whose_words_another_python_has_folded_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("a question", "ancient"), place=1))
    with opened(tmp_path / FILE) as connection:
        # What the other Python made of the answer, and this one would not know to take out again.
        connection.execute(
            "INSERT INTO words (words, rowid, prompt, answer) VALUES ('delete', 1, 'a question', 'ancient')"
        )
        connection.execute("INSERT INTO words (rowid, prompt, answer) VALUES (1, 'a question', 'ANCIENTX')")
        connection.execute("UPDATE chore SET name = 'folded with Unicode 1.0' WHERE name LIKE 'folded%'")
    with shelf(tmp_path) as here:
        assert here.titles("ancient") == ["A title"]
        assert here.titles("ancientx") == []
    made: list[object] = []
    monkeypatch.setattr(index, "_empty", made.append)
    with shelf(tmp_path):
        pass
    assert not made


@pytest.mark.parametrize("version", [(3, 26, 0), (3, 7, 15)])
def test_a_library_that_is_too_old_is_named_and_not_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int]
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    monkeypatch.setattr(sqlite3, "sqlite_version", ".".join(map(str, version)))
    with shelf(tmp_path, wait=False) as here:
        news = here.told(NotSaving)
        assert news.trouble is Trouble.LIBRARY
        assert news.detail == sqlite3.sqlite_version
        assert not here.put(saved(answered("q", "a")))
        assert here.conversation("c1").conversation.answers[0].text == "a"


def test_nothing_that_is_written_needs_a_newer_library_than_the_oldest() -> None:
    sources = " ".join(path.read_text() for path in Path(database.__file__).parent.glob("*.py")).upper()
    for later in (
        "RETURNING ",
        "UPDATE FROM",
        "STRICT,",
        "IIF(",
        "UNIXEPOCH(",
        "SQLITE_SCHEMA",
        "OCTET_LENGTH",
        "MATERIALIZED",
    ):
        assert later not in sources, later


@pytest.mark.parametrize(
    ("mounts", "network"),
    [
        ("/dev/sda1 / ext4 rw 0 0\n", False),
        ("/dev/sda1 / ext4 rw 0 0\nserver:/home {home} nfs4 rw 0 0\n", True),
        ("//server/x {home} cifs rw 0 0\n", True),
        ("server:/ / nfs rw 0 0\n/dev/sdb {home} ext4 rw 0 0\n", False),
        ("", False),
    ],
)
def test_on_a_network_disk_no_memory_is_shared_between_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounts: str, network: bool
) -> None:
    home = tmp_path / "a home"
    listed = tmp_path / "mounts"
    listed.write_text(mounts.format(home=str(home).replace(" ", "\\040")))
    monkeypatch.setattr(database, "MOUNTS", listed)
    with shelf(home) as here:
        assert here.put(saved(answered("q", "a"), place=1))
        assert (home / f"{FILE}-wal").exists() is not network
        assert here.titles("a") == ["A title"]
    with opened(home / FILE) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete" if network else "wal",)


def test_what_is_put_while_the_end_is_prepared_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shelf(tmp_path) as here:
        writer = here.store._writer
        scrub, late = writer._scrub, [saved(answered("q", "a"), place=1)]

        def put_and_close() -> None:
            scrub()
            if late:
                # Between the last look at what is to be written and the look at whether this is the end.
                here.store.put(late.pop())
                with writer._wake:
                    writer._closing = True

        monkeypatch.setattr(writer, "_scrub", put_and_close)

        def has_put() -> bool:
            # The thread may not wait yet, and then it hears nothing.
            with writer._wake:
                writer._wake.notify()
            return not late

        until(has_put)
        writer._thread.join(PATIENCE)
        assert not writer._thread.is_alive()
    with opened(tmp_path / FILE) as connection:
        assert connection.execute("SELECT count(*) FROM turn").fetchone() == (1,)
