"""From one version of the schema to the next: nothing is lost, whenever the program, the disk or the power fails."""

from __future__ import annotations

import contextlib
import errno
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.store import FILE, database, migration, reading, salvage, schema, tables
from elumenta_tui.store.changes import Delete
from elumenta_tui.store.events import NotSaving, Opened, SetAside, StoreTrouble, Trouble
from elumenta_tui.store.facts import Former, Table, line, tokens
from elumenta_tui.store.guarded import connect
from elumenta_tui.store.schema import Step
from elumenta_tui.store.tables import ANSWER, CONVERSATION, PASSAGE, TURN
from tests.store.test_earlier_versions import data_directory, expected
from tests.storing import conversation, files, opened, shelf, until

V1 = "version_1"

NEXT = schema.current() + 1
"""The version that a fictional fact makes."""

NEWEST = line(
    "newest",
    since=NEXT,
    older="coalesce((SELECT turn.id FROM {turn} WHERE turn.conversation = conversation.id"
    " ORDER BY turn.number DESC LIMIT 1), '')",
)
"""A fictional fact of a conversation, which is computed for older files."""


NEW = ("conversation", "turn", "answer", "passage", "piece")


def rows(connection: sqlite3.Connection, *names: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of tables, whatever these are made of."""
    return {
        name: [tuple(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()]
        for name in names
    }


def check_texts(connection: sqlite3.Connection, *, with_facts: bool = True) -> None:
    """All conversations of the file of version 1 are there, in the tables of today."""
    for id, then in expected(V1).items():
        row = connection.execute("SELECT * FROM conversation WHERE id = ?", (id,)).fetchone()
        assert (row["title"], row["draft"], row["system_prompt"] or "") == (then["title"], then["draft"], "")
        found = connection.execute(
            "SELECT prompt, text, state, answer.id, parent, chosen FROM turn JOIN answer ON answer.turn = turn.number"
            " JOIN passage ON passage.answer = answer.number WHERE conversation = ? ORDER BY turn.number",
            (id,),
        ).fetchall()
        texts = [entry["text"] for entry in then["turns"] if entry["role"] == "user"]
        assert [each["prompt"] for each in found] == texts
        pieces = "Once upon a time there was a stream"
        answers = [entry["text"] for entry in then["turns"] if entry["role"] == "assistant"]
        assert [each["text"] for each in found] == [text if text != pieces else "" for text in answers]
        if with_facts and found:
            assert [each["parent"] for each in found] == ["", *(each["id"] for each in found[:-1])]
            again = {
                after["prompt"] for before, after in pairwise(found) if before["prompt"] == after["prompt"]
            }
            for number, each in enumerate(found):
                was_asked_again = each["prompt"] in again and number + 1 < len(found)
                assert each["chosen"] == (
                    "" if was_asked_again and found[number + 1]["prompt"] == each["prompt"] else each["id"]
                )
            states = [entry["state"] for entry in then["turns"] if entry["role"] == "assistant"]
            # The answer that was still coming when the file was written is not marked by reading it.
            assert [each["state"].replace("streaming", "interrupted") for each in found] == states


def version_at(path: Path) -> int:
    with opened(path) as connection:
        return schema.version_of(connection)


# -------------------------------------------------------------------------------------------- one declaration, four ways


def test_facts_move_from_one_table_to_two(tmp_path: Path) -> None:
    path = data_directory(V1, tmp_path) / FILE
    with closing(database.open_for_writing(path)) as connection:
        check_texts(connection)
    database.examine(path, thorough=True, rows=True)
    assert version_at(path) == schema.current()
    with opened(path) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert {*NEW} <= names
    assert not [name for name in names if name.startswith("new_")]


def test_a_new_file_has_the_same_tables_as_a_migrated_one(tmp_path: Path) -> None:
    path = data_directory(V1, tmp_path) / FILE
    database.open_for_writing(path).close()
    database.make(tmp_path / "new.db")
    made = []
    for each in (path, tmp_path / "new.db"):
        with opened(each) as connection:
            made.append(set(connection.execute("SELECT name, type, sql FROM sqlite_master").fetchall()))
    assert made[0] == made[1]


def test_a_file_that_is_read_only_shows_what_it_would_hold_after_the_migration(tmp_path: Path) -> None:
    path = data_directory(V1, tmp_path) / FILE
    with closing(reading.open_for_reading(path, alone=True)) as connection:
        check_texts(connection)
        before = rows(connection, *NEW)
    assert version_at(path) == 1
    with closing(database.open_for_writing(path)) as connection:
        assert rows(connection, *NEW) == before


def test_a_damaged_older_file_shows_what_can_be_read_of_it_as_the_new_tables(tmp_path: Path) -> None:
    path = data_directory(f"{V1}/damaged", tmp_path) / FILE
    with closing(connect(path, mode="ro", defensive=False)) as source:
        source.execute("PRAGMA writable_schema = ON")
        with closing(salvage.as_current(source, 1)) as copy:
            check_texts(copy, with_facts=False)


@pytest.mark.parametrize("way", ["a view of the file", "a view of what is salvaged"])
def test_the_parent_of_an_older_turn_is_found_by_an_index(tmp_path: Path, way: str) -> None:
    path = data_directory(V1, tmp_path) / FILE
    with closing(connect(path, mode="ro", defensive=False)) as source:
        if way == "a view of the file":
            schema.present(source)
            found: Any = contextlib.nullcontext(source)
        else:
            found = closing(salvage.as_current(source, 1))
        with found as connection:
            plan = [row["detail"] for row in connection.execute("EXPLAIN QUERY PLAN SELECT * FROM turn")]
    assert any(
        re.match("SEARCH (TABLE turn AS )?earlier USING.* INDEX turn_by_conversation", step) for step in plan
    ), plan


def test_what_a_migration_leaves_behind_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As SQLite is built by default, and not as Debian builds it.
    make = sqlite3.connect

    def connect_as_built_by_default(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = make(*arguments, **options)
        connection.execute("PRAGMA secure_delete = OFF")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_as_built_by_default)
    path = data_directory(V1, tmp_path) / FILE
    with opened(path) as connection:
        [(id,)] = connection.execute(
            "SELECT id FROM conversation WHERE title = 'Every way to end'"
        ).fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        texts = [
            text.encode()
            for row in connection.execute(
                "SELECT prompt, answer FROM passage JOIN turn ON number = turn WHERE conversation = ?", (id,)
            )
            for text in row
            if len(text) > 12
        ]
    assert texts
    assert all(text in path.read_bytes() for text in texts)
    with shelf(path.parent) as here:
        here.put(Delete(conversation(id)))
        until(lambda: not here.store._writer._scrubbing)
    data = b"".join(files(path.parent).values())
    assert not [text for text in texts if text in data]


def test_a_value_that_is_computed_for_older_rows_is_computed_for_salvaged_ones_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONVERSATION, "facts", (*CONVERSATION.facts, NEWEST))
    data = data_directory(V1, tmp_path)
    spoil(data / FILE, "conversation_by_use")
    with shelf(data) as here:
        assert here.told(SetAside).rescued == 13
        last = {
            id: here.conversation(id).conversation.answers[-1].id if then["turns"] else ""
            for id, then in expected(V1).items()
        }
    with opened(data / FILE) as connection:
        newest = dict(connection.execute("SELECT id, newest FROM conversation").fetchall())
    assert all(last.values())
    assert {id: newest[id] for id in last} == last


def test_salvaged_turns_of_which_only_the_texts_are_left_stay_in_their_conversations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONVERSATION, "facts", (*CONVERSATION.facts, NEWEST))
    data = data_directory(f"{V1}/damaged", tmp_path)
    with shelf(data) as here:
        assert here.told(SetAside).rescued == 13
        for id, then in expected(V1).items():
            turns = here.conversation(id).conversation.answers
            texts = [text for answer in turns for text in (answer.prompt, answer.text)]
            assert texts == [entry["text"] for entry in then["turns"]]


@pytest.mark.parametrize("version", range(1, NEXT))
@pytest.mark.parametrize("stated", [0, -1, 9999])
def test_the_columns_tell_the_version_of_a_damaged_file_that_does_not_state_it(
    tmp_path: Path, version: int, stated: int
) -> None:
    path = data_directory(V1, tmp_path) / FILE
    with opened(path) as connection:
        migration.migrate(connection, schema.steps()[:version])
        connection.execute(f"PRAGMA user_version = {stated}")
    with closing(connect(path, mode="ro")) as connection:
        assert salvage.version_in(connection) == version


def test_several_versions_are_passed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doubled = tokens("doubled", since=NEXT, older="2 * cost")
    monkeypatch.setattr(ANSWER, "facts", (*ANSWER.facts, doubled))
    longer = Table(
        name="turn",
        key="id",
        facts=(*TURN.facts, line("note", default="none")),
        since=NEXT + 1,
        former=Former(tables=("turn",), source="{turn}"),
    )
    monkeypatch.setattr(TURN, "until", NEXT + 1)
    monkeypatch.setattr(tables, "TABLES", (*tables.TABLES, longer))
    path = data_directory(V1, tmp_path) / FILE
    with closing(reading.open_for_reading(path, alone=True)) as connection:
        check_texts(connection)
        before = rows(connection, *NEW)
        found = connection.execute(
            "SELECT cost, doubled, note FROM answer JOIN turn ON turn.number = answer.turn"
        ).fetchall()
    assert {row["note"] for row in found} == {"none"}
    assert any(row["doubled"] for row in found)
    assert all(row["doubled"] == (row["cost"] and 2 * row["cost"]) for row in found)
    with closing(database.open_for_writing(path)) as connection:
        assert rows(connection, *NEW) == before
    assert version_at(path) == NEXT + 1


def forgotten(version: int) -> set[str]:
    """The facts of tables that end with a version which no table that begins with it takes over."""
    ended = [table for table in tables.TABLES if table.until == version]
    formers = [
        (table, table.former)
        for table in tables.TABLES
        if table.since == version and table.former is not None
    ]
    lost = {f"{table.name}.{fact.name}" for table in ended for fact in table.facts_at(version - 1)}
    for table, former in formers:
        lost -= {f"{old}.{fact.name}" for old in former.tables for fact in table.facts}
        lost -= {name for name in lost if any(name in column for column in former.columns.values())}
    return lost


def test_no_fact_of_a_table_that_goes_is_forgotten() -> None:
    # What went back into the prompt is not a fact of the conversation. Sending again is told by the answer that is chosen.
    assert forgotten(2) == {"turn.given_back"}


# ------------------------------------------------------------------------------------------------------- what can go wrong


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A next version: a conversation has a note."""
    monkeypatch.setattr(CONVERSATION, "facts", (*CONVERSATION.facts, line("note", since=NEXT)))
    monkeypatch.setattr("elumenta_tui.store.writer.RETRY_AFTER", (0.05,))


def everything(data: Path) -> None:
    """The store opens the file of version 1, and all of it is there."""
    with shelf(data) as here:
        assert not here.has_told(SetAside)
        assert not here.has_told(NotSaving)
        for id, then in expected(V1).items():
            stored = here.conversation(id)
            texts = [entry["text"] for entry in then["turns"]]
            turns = stored.conversation.answers
            assert [text for answer in turns for text in (answer.prompt, answer.text)] == texts
            assert (stored.conversation.title, stored.draft) == (then["title"], then["draft"])
    assert version_at(data / FILE) == NEXT
    assert leftovers(data) == []


def leftovers(data: Path) -> list[str]:
    """Names of copies and temporary files."""
    return [path.name for path in data.iterdir() if re.search(r"\.version-|^\.|damaged", path.name)]


_DIE = """
import os, sys
from pathlib import Path
from elumenta_tui.store import database, migration, schema
from elumenta_tui.store.facts import line
from elumenta_tui.store.tables import CONVERSATION

CONVERSATION.facts = (*CONVERSATION.facts, line("note", since=schema.current() + 1))
module, name, when = sys.argv[2:]
target = {"migration": migration, "os": os}[module]
work = getattr(target, name)

def die(*arguments):
    if when == "after":
        work(*arguments)
    os._exit(7)

setattr(target, name, die)
database.open_for_writing(Path(sys.argv[1]))
"""

MOMENTS = [
    ("os", "fsync", "before"),
    ("migration", "_keep_copy", "after"),
    ("migration", "_run", "after"),
    ("migration", "_run_checked", "after"),
    ("migration", "_verify", "before"),
    ("migration", "remove", "before"),
    ("migration", "_verify", "after"),
]


@pytest.mark.usefixtures("noted")
@pytest.mark.parametrize("moment", MOMENTS, ids=" ".join)
def test_a_program_that_dies_while_it_migrates_loses_nothing(tmp_path: Path, moment: tuple[str, ...]) -> None:
    data = data_directory(V1, tmp_path)
    done = subprocess.run([sys.executable, "-c", _DIE, data / FILE, *moment], timeout=60, check=False)
    assert done.returncode == 7
    everything(data)


@pytest.mark.usefixtures("noted")
@pytest.mark.parametrize("name", ["temporary_file", "sync_directory"])
def test_where_there_is_no_room_for_the_copy_nothing_is_changed_and_everything_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(path: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    data = data_directory(V1, tmp_path)
    work = getattr(migration, name)
    monkeypatch.setattr(migration, name, full)
    with shelf(data, wait=False) as here:
        assert here.told(NotSaving).trouble is Trouble.FULL
        assert here.conversation("f1b2c3d4e5f6").draft == "Nothing but a draft"
        assert version_at(data / FILE) == 1
        monkeypatch.setattr(migration, name, work)
        here.told(Opened)
    everything(data)


@pytest.mark.usefixtures("noted")
def test_where_there_is_no_room_for_the_migration_the_file_stays_what_it_was(tmp_path: Path) -> None:
    data = data_directory(V1, tmp_path)
    path = data / FILE
    with opened(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with closing(connect(path, mode="rw")) as connection:
        before = rows(connection, "conversation", "turn", "passage", "piece")
        filling = Step(("CREATE TABLE filling (x)", "INSERT INTO filling VALUES (zeroblob(10000000))"))
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(schema, "EXTRA", {**schema.EXTRA, NEXT: filling})
            with pytest.raises(sqlite3.OperationalError, match="full"):
                migration.migrate_file(connection, path)
        assert schema.version_of(connection) == 1
        assert rows(connection, *before) == before
    assert leftovers(data) == []
    everything(data)


def former(table: Table, **changes: Any) -> Former:
    """Where the rows of a table come from, changed."""
    assert table.former is not None
    columns = {**table.former.columns, **changes.pop("columns", {})}
    return table.former._replace(columns=columns, **changes)


@pytest.mark.parametrize(
    ("table", "wrong", "why"),
    [
        (PASSAGE, former(PASSAGE, source="{passage} LIMIT 3"), "does not hold what"),
        (ANSWER, former(ANSWER, columns={"turn": "turn.number + 1000"}), "references"),
        (ANSWER, former(ANSWER, columns={"deltas": "-1"}), "rows of answer"),
    ],
    ids=["texts are lost", "answers without a prompt", "values that are never written"],
)
def test_a_migration_with_a_wrong_result_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: Table, wrong: Former, why: str
) -> None:
    monkeypatch.setattr(table, "former", wrong)
    data = data_directory(V1, tmp_path)
    with opened(data / FILE) as connection:
        before = rows(connection, "conversation", "turn", "passage", "piece")
    with pytest.raises(StoreTrouble, match=why):
        database.open_for_writing(data / FILE)
    with opened(data / FILE) as connection:
        assert schema.version_of(connection) == 1
        assert rows(connection, *before) == before
    assert leftovers(data) == []


@pytest.mark.parametrize("name", ["answer", "new_turn", "answer_by_turn"])
def test_a_strangers_table_that_is_in_the_way_of_a_migration_makes_the_file_foreign(
    tmp_path: Path, name: str
) -> None:
    path = data_directory(V1, tmp_path) / FILE
    with opened(path) as connection:
        connection.execute("CREATE TABLE mine (x)")
    assert database.examine(path) == set()
    with opened(path) as connection:
        connection.execute(f"ALTER TABLE mine RENAME TO {name}")
    with pytest.raises(database.Foreign, match=name):
        database.examine(path)


def spoil(path: Path, table: str) -> None:
    """Write nonsense over the first page of a table, past SQLite."""
    with opened(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page, size = connection.execute(
            "SELECT rootpage, (SELECT * FROM pragma_page_size) FROM sqlite_master WHERE name = ?", (table,)
        ).fetchone()
    with path.open("rb+") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.usefixtures("noted")
def test_a_disk_that_spoils_the_migrated_file_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = data_directory(V1, tmp_path)
    verify = migration._verify

    def spoilt(connection: Any, path: Path, copy: Path) -> None:
        spoil(path, "passage")
        verify(connection, path, copy)

    monkeypatch.setattr(migration, "_verify", spoilt)
    with pytest.raises(StoreTrouble, match="migration"):
        database.open_for_writing(data / FILE)
    assert version_at(data / FILE) == 1
    monkeypatch.setattr(migration, "_verify", verify)
    everything(data)


@pytest.mark.usefixtures("noted")
def test_a_file_that_is_found_spoilt_after_an_interrupted_migration_gives_way_to_its_copy(
    tmp_path: Path,
) -> None:
    data = data_directory(V1, tmp_path)
    path = data / FILE
    moment = ("migration", "_verify", "before")
    subprocess.run([sys.executable, "-c", _DIE, path, *moment], timeout=60, check=False)
    assert leftovers(data) == [f"{FILE}.version-1"]
    spoil(path, "passage")
    bad = path.read_bytes()
    with shelf(data) as here:
        aside = here.told(SetAside)
        assert (aside.rescued, aside.foreign) == (13, False)
        assert aside.path.read_bytes() == bad
    for file in data.glob("*.damaged-*"):
        file.unlink()
    everything(data)


@pytest.mark.usefixtures("noted")
def test_a_copy_whose_file_is_gone_becomes_the_file(tmp_path: Path) -> None:
    data = data_directory(V1, tmp_path)
    with opened(data / FILE) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (data / FILE).rename(data / f"{FILE}.version-1")
    everything(data)


@pytest.mark.usefixtures("noted")
def test_what_is_no_copy_is_left_alone(tmp_path: Path) -> None:
    data = data_directory(V1, tmp_path)
    mine = data / f"{FILE}.version-one"
    mine.write_text("mine")
    with shelf(data):
        pass
    assert mine.read_text() == "mine"


def test_a_file_of_the_current_version_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = data_directory(V1, tmp_path)
    database.open_for_writing(data / FILE).close()
    copied: list[object] = []
    monkeypatch.setattr(migration, "_keep_copy", lambda *arguments: copied.append(arguments))
    before = files(data)[FILE]
    with closing(connect(data / FILE, mode="rw")) as connection:
        migration.migrate_file(connection, data / FILE)
    assert not copied
    assert files(data)[FILE][:96] == before[:96]
