"""Databases that somebody else has written: nothing in them reaches other files, hangs the program, or keeps it from saving."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.cli import export as headless
from elumenta_tui.store import FILE, guarded
from elumenta_tui.store.events import SetAside
from elumenta_tui.store.ids import is_id, new_id
from elumenta_tui.store.locks import FileLock, is_held
from tests.storing import PATIENCE, answered, conversation, opened, saved, shelf, until
from tests.thorough import some, thorough


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elumenta_tui.store.writer.RETRY_AFTER", (0.05,))


def made(directory: Path) -> Path:
    """A database with a conversation, properly closed; its path."""
    with shelf(directory) as here:
        assert here.put(saved(answered("a question", "an answer"), place=1))
    return directory / FILE


# --------------------------------------------------------------------------------------------------------------- ids

NO_IDS: list[Callable[[Path], object]] = [
    lambda victim: str(victim),
    lambda victim: f"../{victim.name}",
    lambda victim: f"./../{victim.name}",
    lambda victim: os.fsencode(victim),
    lambda victim: "",
    lambda victim: ".",
    lambda victim: "..",
    lambda victim: "0123456789ab\n",
    lambda victim: "0123456789AB",
    lambda victim: "０" * 12,
    lambda victim: "x" * 5_000,
    lambda victim: 5,
    lambda victim: None,
]


@thorough
@pytest.mark.parametrize("name", NO_IDS)
def test_a_program_in_the_database_with_another_files_name_deletes_and_makes_no_file(
    tmp_path: Path, name: Callable[[Path], object]
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    path = made(tmp_path / "data")
    beside = path.parent / "victim"
    beside.write_text("precious too")
    with opened(path) as connection:
        for file in (victim, beside):
            connection.execute("INSERT OR IGNORE INTO program VALUES (?, '', 1)", (name(file),))
        connection.execute("UPDATE answer SET program = ?, state = 'streaming'", (name(victim) or "",))
    with shelf(path.parent) as here:
        [one] = here.conversation("c1").conversation.answers
        assert one.state is AnswerState.INTERRUPTED or one.state is AnswerState.FAILED
        assert here.put(saved(answered("after", "that")))
    assert victim.read_text() == "precious"
    assert beside.read_text() == "precious too"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["data", "victim"]


def test_the_programs_own_ids_are_ids() -> None:
    assert all(is_id(new_id()) for _ in range(100))


def test_a_file_in_the_place_of_a_lock_that_holds_anything_stays(tmp_path: Path) -> None:
    path = made(tmp_path)
    mine = tmp_path / "running" / "0123456789ab"
    mine.write_text("no lock")
    empty = tmp_path / "running" / "ba9876543210"
    empty.touch()
    with opened(path) as connection:
        connection.executemany("INSERT INTO program VALUES (?, '', 1)", [(mine.name,), (empty.name,)])
    with shelf(tmp_path):
        assert mine.read_text() == "no lock"
        assert not empty.exists()


def test_a_link_or_a_pipe_in_the_place_of_a_lock_is_neither_followed_nor_waited_for(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "running" / "0123456789ab").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "running" / "ba9876543210")
    assert not is_held(tmp_path / "running" / "0123456789ab")
    assert not is_held(tmp_path / "running" / "ba9876543210")
    assert not (tmp_path / "elsewhere").exists()


def test_whether_a_lock_is_held_is_seen_where_nothing_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = FileLock(path)
    assert not is_held(path)
    assert not path.exists()
    assert lock.acquire()
    path.chmod(0o400)
    assert is_held(path)
    lock.release()
    assert not is_held(path)


# ------------------------------------------------------------------------------------------------- what is not ours

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

FOREIGN: dict[str, str] = {
    "an endless trigger": f"CREATE TRIGGER t AFTER INSERT ON turn BEGIN {ENDLESS}; END",
    "a trigger that deletes": "CREATE TRIGGER t AFTER INSERT ON passage BEGIN DELETE FROM passage; END",
    "a trigger that refuses": "CREATE TRIGGER t BEFORE UPDATE ON conversation BEGIN SELECT RAISE(ABORT, 'no'); END",
    "an endless view": f"CREATE VIEW v AS {ENDLESS}",
    "a view in a table's place": "ALTER TABLE piece RENAME TO other;"
    f"CREATE VIEW piece AS SELECT 1 AS answer, 0 AS start, (({ENDLESS})) AS text",
    "an index on an expression": "CREATE INDEX i ON turn (length(hex(zeroblob(1000))) + number)",
    "a table that refuses": "CREATE TABLE e (c REFERENCES conversation (id)); INSERT INTO e SELECT id FROM conversation",
    "a virtual table": "CREATE VIRTUAL TABLE e USING fts5 (x)",
    "a column that is computed": "ALTER TABLE program ADD COLUMN e AS (hex(zeroblob(1000)))",
    "a table that is gone": "DROP TABLE piece",
    "version -1": "PRAGMA user_version = -1",
    "version 0": "PRAGMA user_version = 0",
    "a number at the end of all numbers": "UPDATE conversation SET used = 9223372036854775807",
    "a program at the end of all numbers": "INSERT INTO program VALUES ('x', '', 9223372036854775807)",
    "turns at the end of all numbers": "UPDATE sqlite_sequence SET seq = 9223372036854775807",
    "a prompt of bytes": "UPDATE turn SET prompt = CAST(prompt AS BLOB); UPDATE passage SET text = CAST(text AS BLOB)",
    "a draft of bytes": "UPDATE conversation SET draft = x'ff00', title = x'ff'",
    "a time of bytes": "UPDATE conversation SET created_on = x'ff00', used_on = 'late'",
    "an id of 5,000 letters": "PRAGMA foreign_keys = OFF; UPDATE conversation SET id = printf('%.5000c', 'x');"
    "UPDATE turn SET conversation = printf('%.5000c', 'x')",
    "an id of bytes": "UPDATE conversation SET id = x'ff00'; UPDATE turn SET conversation = x'ff00'",
    "an id that is a command": "UPDATE conversation SET id = char(27) || ']52;c;x'; UPDATE turn SET conversation = char(27) || ']52;c;x'",
    "an empty id": "UPDATE conversation SET id = ''; UPDATE turn SET conversation = ''",
    "a place in the tree of bytes": "UPDATE turn SET parent = x'ff00', chosen = x'00'",
    "a state of bytes": "UPDATE answer SET state = x'00', deltas = 'many', program = x'00'",
    "pieces of bytes": "INSERT INTO piece VALUES (1, 'first', x'ff00')",
    "a conversation of a program that is bytes": "INSERT INTO program VALUES (x'00', x'00', 'often')",
}  # fmt: skip
"""What somebody may have done to a database, as statements."""


@pytest.mark.parametrize("what", some(FOREIGN))
def test_a_database_with_what_is_not_ours_is_set_aside_told_and_its_conversations_are_copied(
    tmp_path: Path, what: str
) -> None:
    path = made(tmp_path)
    with opened(path) as connection:
        connection.executescript(FOREIGN[what])
    before = path.read_bytes()
    with shelf(tmp_path) as here:
        aside = here.told(SetAside)
        assert aside.foreign
        assert aside.rescued == 1
        assert aside.path.read_bytes() == before
        [row] = here.store.summaries(demo=False).result(PATIENCE)
        assert row.id.isascii()
        assert len(row.id) <= 64
        [one] = here.conversation(row.id).conversation.answers
        assert (one.prompt, one.text) == ("a question", "an answer")
        assert here.put(saved(answered("after", "that"), conversation(row.id), place=2))
        assert here.titles("after")
    with shelf(tmp_path) as here:
        assert not here.has_told(SetAside)
        assert [each.text for each in here.conversation(row.id).conversation.answers] == ["an answer", "that"]


@thorough
@pytest.mark.parametrize("what", some(FOREIGN))
def test_an_export_of_a_database_with_what_is_not_ours_ends_soon_and_says_why(
    tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = made(tmp_path / "data")
    with opened(path) as connection:
        connection.executescript(FOREIGN[what])
    for arguments in (["--list"], ["--all"]):
        code = headless.main(arguments, {"ELUMENTA_HOME": str(tmp_path)})
        out, err = capsys.readouterr()
        assert (code == 0) is ("never writes" not in err), err
        assert out or err
        assert "\x1b" not in out


def test_a_table_that_has_nothing_to_do_with_ours_is_left_alone(tmp_path: Path) -> None:
    path = made(tmp_path)
    with opened(path) as connection:
        connection.executescript(
            "CREATE TABLE mine (x); CREATE INDEX i ON mine (x); INSERT INTO mine VALUES (5); ANALYZE"
        )
    with shelf(tmp_path) as here:
        assert here.put(saved(answered("after", "that")))
        assert not here.has_told(SetAside)
    with opened(path) as connection:
        assert connection.execute("SELECT x FROM mine").fetchall() == [(5,)]


@thorough
def test_a_trigger_that_comes_while_the_program_runs_is_ended_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded.Guarded, "patience", 0.2)
    with shelf(tmp_path) as here:
        here.put(saved(answered("a question", "an answer"), place=1))
        with opened(tmp_path / FILE) as connection:
            connection.execute(FOREIGN["an endless trigger"])
        here.store.put(saved(answered("after", "that"), place=2))
        assert here.told(SetAside).foreign
        until(lambda: not here.store.unsaved)
        texts = {one.text for one in here.conversation("c1").conversation.answers}
        assert texts == {"an answer", "that"}


def test_no_statement_runs_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path)
    monkeypatch.setattr(guarded.Guarded, "patience", 0.1)
    with closing(guarded.connect(path, mode="ro")) as connection:
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            connection.execute(ENDLESS)
        assert connection.execute("SELECT 1").fetchone()[0] == 1


def test_a_turn_that_is_too_long_to_be_read_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path)
    with shelf(tmp_path) as here:
        here.put(saved(answered("another", "answer"), conversation("c2", "Second")))
    with opened(path) as connection:
        connection.execute("UPDATE passage SET text = printf('%.200000c', 'x') WHERE answer = 1")
    monkeypatch.setattr(guarded, "LONGEST", 100_000)
    with shelf(tmp_path) as here:
        assert set(here.titles()) >= {"Second"}
        assert here.conversation("c2").conversation.answers[0].text == "answer"
        assert here.put(saved(answered("after", "that"), conversation("c2", "Second"), place=2))


@thorough
@pytest.mark.parametrize("companion", ["-wal", "-journal", "-shm"])
def test_nothing_is_written_through_a_link_beside_the_database(tmp_path: Path, companion: str) -> None:
    path = made(tmp_path / "data")
    victim = tmp_path / "victim"
    victim.write_text("precious")
    path.with_name(path.name + companion).symlink_to(victim)
    with shelf(path.parent) as here:
        assert here.told(SetAside).rescued == 1
        assert here.put(saved(answered("after", "that"), place=2))
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_pipe_or_a_device_in_the_databases_place_is_set_aside_unopened(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    make(tmp_path / FILE)
    with shelf(tmp_path) as here:
        assert here.told(SetAside).rescued == 0
        assert here.put(saved(answered("q", "a")))
