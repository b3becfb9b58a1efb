"""A new stored fact is one line in `tables`: everything else follows from it, also in files that never had the fact."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.store import FILE, guarded, listing, reading, schema, tree
from elumenta_tui.store.changes import Delete, Rename, SetFacts
from elumenta_tui.store.events import NotSaving, Opened, Replaced, SavingAgain, SetAside, Trouble
from elumenta_tui.store.facts import Fact, count, flag, line, seconds, text, tokens
from elumenta_tui.store.migration import migrate
from elumenta_tui.store.records import ConversationRecord
from elumenta_tui.store.tables import ANSWER, CHORE, CONVERSATION, PASSAGE, PIECE, PROGRAM, TURN
from elumenta_tui.store.tree import Stored
from elumenta_tui.transfer.export import export
from tests.leading import leading
from tests.service import Service
from tests.store.test_earlier_versions import VERSIONS, data_directory, expected
from tests.storing import MODEL, files, opened, saved, shelf
from tests.thorough import thorough

NEXT = schema.current() + 1
"""The version that the fictional fact makes."""


@dataclass(slots=True, eq=False)
class ColouredAnswer(Answer):
    """An answer with the fictional fact."""

    fictional_colour: str = "red"


class ColouredConversation(Conversation):
    """A conversation with the fictional fact."""

    fictional_colour: str = "grey"


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give answers and conversations a colour: a field of the domain object, and one line in the declarations."""
    monkeypatch.setattr("elumenta_tui.chat.turn.Answer", ColouredAnswer)
    monkeypatch.setattr(tree, "Conversation", ColouredConversation)
    for table, default in ((ANSWER, "red"), (CONVERSATION, "grey")):
        colour = line(
            "fictional_colour",
            default=default,
            field="fictional_colour",
            exported="fictional_colour",
            since=NEXT,
        )
        monkeypatch.setattr(table, "facts", (*table.facts, colour))
    # A column of bookkeeping in every other table must not disturb anything either.
    for table in (TURN, PASSAGE, PIECE, PROGRAM, CHORE):
        spare = count("spare", own=True, fixed=True, since=NEXT)
        monkeypatch.setattr(table, "facts", (*table.facts, spare))
    monkeypatch.setattr("elumenta_tui.store.writer.RETRY_AFTER", (0.05,))


def coloured(colour: str, prompt: str = "q") -> Answer:
    """A complete answer of that colour."""
    id = f"t-{prompt}"
    made = Turn(prompt, id=id).answer(MODEL, id=id, asked_on=1_790_000_000.0, fictional_colour=colour)
    made.begin("gen_1", "gpt-5-served")
    made.add("an answer")
    made.end(2, 281)
    made.note_time(1.5, 1_790_000_001.5)
    return made


def chat(colour: str = "green") -> ConversationRecord:
    """The record of a conversation of that colour."""
    of = ColouredConversation(id="c1", title="A title", created_on=1_790_000_000.0, fictional_colour=colour)
    return ConversationRecord.of(of, demo=False)


def colours_of(stored: Stored | None) -> tuple[str, list[str]]:
    """The colour of a conversation, and those of its turns."""
    assert stored is not None
    conversation: Any = stored.conversation
    return conversation.fictional_colour, [answer.fictional_colour for answer in conversation.all_answers()]


@thorough
def test_it_is_created_written_updated_and_read(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        assert here.put(saved(coloured("blue"), chat(), place=1))
        assert here.put(saved(coloured("pink", "r"), chat(), place=2))
        assert colours_of(here.conversation("c1")) == ("green", ["blue", "pink"])
        assert here.put(saved(coloured("gold"), chat()), SetFacts(chat(), {"fictional_colour": "black"}))
        assert colours_of(here.conversation("c1")) == ("black", ["gold", "pink"])
    with shelf(tmp_path) as here:
        assert colours_of(here.conversation("c1")) == ("black", ["gold", "pink"])
        assert not here.has_told(SetAside)
    with opened(tmp_path / FILE) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (NEXT,)


async def test_a_session_saves_it_when_it_changes(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        here.put(saved(coloured("blue"), chat(), place=1))
    async with Service() as service, leading(service, tmp_path, resume=True) as running:
        session = running.session
        await session.begun()
        assert isinstance(session.conversation, ColouredConversation)
        session.conversation.fictional_colour = "black"
        session.open_library().autosave.facts_changed()
    with shelf(tmp_path / "data") as here:
        assert colours_of(here.conversation("c1")) == ("black", ["blue"])


def test_it_is_exported(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(coloured("blue"), chat(), place=1))
        [exported] = json.loads("".join(export([here.conversation("c1")], "json")))["conversations"]
    assert exported["fictional_colour"] == "green"
    assert [entry.get("fictional_colour") for entry in exported["turns"]] == [None, "blue"]


def test_it_is_cleaned_when_it_is_written_and_when_it_is_read(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(coloured("bl\x1bue\n2" + "x" * 500), chat("gr\x07een"), place=1))
        here.put(SetFacts(chat(), {"fictional_colour": "bla\x9bck"}))
    with shelf(tmp_path) as here:
        assert not here.has_told(SetAside)
        conversation, [answer] = colours_of(here.conversation("c1"))
        assert (conversation, answer[:6], len(answer)) == ("black", "blue 2", 200)
        with opened(tmp_path / FILE) as connection:
            connection.execute("UPDATE answer SET fictional_colour = 'w\x1bhite'")
            connection.execute("UPDATE conversation SET fictional_colour = x'ff'")
        assert colours_of(here.conversation("c1")) == ("\ufffd", ["white"])


@thorough
def test_a_value_that_the_program_never_writes_makes_the_file_foreign(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(coloured("blue"), chat(), place=1))
    with opened(tmp_path / FILE) as connection:
        connection.execute("UPDATE answer SET fictional_colour = x'ff'")
    with shelf(tmp_path) as here:
        assert here.told(SetAside).foreign
        assert colours_of(here.conversation("c1")) == ("green", ["\ufffd"])


def test_it_is_overlaid_while_nothing_can_be_read_or_written(tmp_path: Path) -> None:
    with shelf(tmp_path):
        pass
    with opened(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version = 9999")
    with shelf(tmp_path, wait=False) as here:
        assert here.told(NotSaving).trouble is Trouble.NEWER
        assert not here.put(saved(coloured("blue"), chat(), place=1))
        assert colours_of(here.conversation("c1")) == ("green", ["blue"])
        assert not here.put(saved(coloured("gold"), chat()), SetFacts(chat(), {"fictional_colour": "black"}))
        assert colours_of(here.conversation("c1")) == ("black", ["gold"])


def test_it_is_overlaid_over_what_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "BUSY_SECONDS", 0.05)
    with shelf(tmp_path) as here:
        here.put(saved(coloured("blue"), chat(), place=1), saved(coloured("pink", "r"), chat(), place=2))
        with opened(tmp_path / FILE) as other:
            other.execute("BEGIN IMMEDIATE")
            assert not here.put(saved(coloured("gold"), chat()))
            assert not here.put(SetFacts(chat(), {"fictional_colour": "black"}), Rename(chat(), "Other"))
            assert colours_of(here.conversation("c1")) == ("black", ["gold", "pink"])
            other.execute("COMMIT")
        here.told(SavingAgain)
        assert colours_of(here.conversation("c1")) == ("black", ["gold", "pink"])


def test_it_is_not_set_in_a_conversation_that_another_window_deleted(tmp_path: Path) -> None:
    with shelf(tmp_path) as one, shelf(tmp_path) as other:
        other.put(saved(coloured("blue"), chat(), place=1))
        one.put(Delete(chat()))
        assert other.put(SetFacts(chat(), {"fictional_colour": "black"}))
        assert other.store.conversation("c1").result() is None


def test_it_goes_along_into_a_new_file_when_the_old_one_is_deleted(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(coloured("blue"), chat(), place=1), SetFacts(chat(), {"fictional_colour": "black"}))
        (tmp_path / FILE).unlink()
        assert here.put(saved(coloured("pink", "r"), chat(), place=2))
        here.told(Replaced)
        assert colours_of(here.conversation("c1")) == ("black", ["blue", "pink"])


@thorough
def test_it_is_salvaged_from_a_damaged_file(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(coloured("blue"), chat(), place=1), saved(coloured("pink", "r"), chat(), place=2))
    with opened(tmp_path / FILE) as connection:
        page, size = connection.execute(
            "SELECT rootpage, (SELECT * FROM pragma_page_size) FROM sqlite_master WHERE name = 'conversation_by_use'"
        ).fetchone()
    data = bytearray((tmp_path / FILE).read_bytes())
    data[(page - 1) * size : page * size] = b"\xff" * size
    (tmp_path / FILE).write_bytes(data)
    with shelf(tmp_path) as here:
        assert here.told(SetAside).rescued == 2
        assert not here.told(SetAside).foreign
        assert colours_of(here.conversation("c1")) == ("green", ["blue", "pink"])


# ---------------------------------------------------------------------------------------- files that never had the fact


def everything_is_default(version: str, found: dict[str, Stored]) -> None:
    """All of the older file is there, and every colour is the default."""
    then = expected(version)
    assert found.keys() == {id for id, conversation in then.items() if conversation["turns"]}
    for id, stored in found.items():
        assert stored.conversation.title == then[id]["title"]
        prompts = [entry["text"] for entry in then[id]["turns"] if entry["role"] == "user"]
        assert [answer.prompt for answer in stored.conversation.all_answers()] == prompts
        assert colours_of(stored) == ("grey", ["red"] * len(prompts))


def read_alone(path: Path) -> dict[str, Stored]:
    """What an export reads of a file, by id."""
    with closing(reading.open_for_reading(path, alone=True)) as connection:
        assert listing.summaries(connection, ["ёлка"], demo=False, alive=lambda _: False)
        found = {id: reading.stored(connection, id, lambda _: False) for id in reading.ids(connection)}
    return {id: stored for id, stored in found.items() if stored is not None}


@thorough
@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_file_is_migrated_and_reads_as_the_default(tmp_path: Path, version: str) -> None:
    data = data_directory(version, tmp_path)
    then = expected(version)
    ids = sorted((id for id in then if then[id]["turns"]), key=lambda id: -len(then[id]["turns"]))
    with shelf(data) as here:
        assert here.told(Opened).cut
        everything_is_default(version, {id: here.conversation(id) for id in ids})
        [first, *_] = here.conversation(ids[0]).conversation.answers
        assert isinstance(first, ColouredAnswer)
        first.fictional_colour = "blue"
        record = ConversationRecord.of(here.conversation(ids[0]).conversation, demo=False)
        assert here.put(saved(first, record), SetFacts(record, {"fictional_colour": "black"}))
    with shelf(data) as here:
        conversation, turns = colours_of(here.conversation(ids[0]))
        assert (conversation, turns[0], set(turns[1:])) == ("black", "blue", {"red"})
        assert not here.has_told(SetAside)
    with opened(data / FILE) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (NEXT,)
    assert not list(data.glob("*version*"))


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_file_that_may_not_be_written_is_not_migrated_and_reads_as_the_default(
    tmp_path: Path, version: str
) -> None:
    data = data_directory(version, tmp_path)
    before = files(data)
    data.chmod(0o500)
    try:
        everything_is_default(version, read_alone(data / FILE))
    finally:
        data.chmod(0o700)
    assert {name: (data / name).read_bytes() for name in before} == before


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_file_is_read_while_it_can_not_be_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(guarded, "BUSY_SECONDS", 0.05)
    data = data_directory(version, tmp_path)
    ids = [id for id, conversation in expected(version).items() if conversation["turns"]]
    with opened(data / FILE) as other:
        other.execute("BEGIN IMMEDIATE")
        with shelf(data, wait=False) as here:
            assert here.told(NotSaving).trouble is Trouble.LOCKED
            everything_is_default(version, {id: here.conversation(id) for id in ids})
            other.execute("COMMIT")
            here.told(Opened)
            # What was read before the migration is read as it is now.
            record = ConversationRecord.of(here.conversation(ids[0]).conversation, demo=False)
            assert here.put(SetFacts(record, {"fictional_colour": "black"}))
            assert colours_of(here.conversation(ids[0]))[0] == "black"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_damaged_older_file_is_salvaged_and_reads_as_the_default(tmp_path: Path, version: str) -> None:
    data = data_directory(f"{version}/damaged", tmp_path)
    with shelf(data) as here:
        answers = sum(len(conversation["turns"]) // 2 for conversation in expected(version).values())
        assert here.told(SetAside).rescued == answers
    everything_is_default(version, read_alone(data / FILE))


# ------------------------------------------------------------------------------------------------------ declarations

HELD: list[object] = [
    None,
    0,
    -1,
    2**62,
    1.5,
    9e99,
    "",
    "text",
    "\x1b[2J",
    "x" * 500,
    b"",
    b"\xff\x00",
    b"text",
]
"""What SQLite may hold in any column."""


@thorough
@pytest.mark.parametrize("table", [CONVERSATION, TURN, ANSWER], ids=lambda table: table.name)
@pytest.mark.parametrize("value", HELD, ids=repr)
def test_whatever_a_column_holds_is_read_as_a_value_that_reads_as_itself(table: Any, value: object) -> None:
    for fact in table.facts:
        made = fact.read(value)
        assert fact.read(made) == made, fact.name
        if "NOT NULL" in fact.sql:
            assert fact.written(value) is not None, fact.name


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        (line("f", default="it's"), "it's"),
        (text("f", "TEXT", default=""), ""),
        (flag("f", default=True), 1),
        (seconds("f"), None),
        (tokens("f", default=-1.5), -1.5),
    ],
)
def test_a_default_is_the_same_in_sql_and_in_python(fact: Fact, value: object) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute(f"ALTER TABLE t ADD COLUMN {fact.added}")
        [(found,)] = connection.execute("SELECT f FROM t").fetchall()
    assert found == value
    assert fact.read(found) == fact.default


@pytest.mark.parametrize("version", VERSIONS)
def test_the_declarations_of_a_version_still_give_the_tables_of_its_files(
    tmp_path: Path, version: str
) -> None:
    # A new fact with the `since` of a version that landed before would be missing in the files of that version.
    number = int(version.removeprefix("version_"))
    made = tmp_path / "made.db"
    with opened(made) as connection:
        migrate(connection, schema.steps()[:number])
    assert statements(made) == statements(data_directory(version, tmp_path) / FILE)


def statements(path: Path) -> set[str]:
    """What a database consists of, but for the tables that SQLite makes by itself."""
    with opened(path) as connection:
        rows = connection.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'words_%'"
        )
        return {sql for (sql,) in rows if "sqlite_sequence" not in sql}
