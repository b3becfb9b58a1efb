"""A hard life for the store: files that are no databases, disks that are full, others that write at the same time."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.cli import export as headless
from elumenta_tui.store import FILE, database, guarded, migration, schema, writing
from elumenta_tui.store.changes import Delete, Rename, SaveAnswer, SaveDraft, SetFacts
from elumenta_tui.store.events import NotSaving, Opened, OthersWrite, Replaced, SavingAgain, SetAside, Trouble
from elumenta_tui.store.records import AnswerRecord, TurnRecord
from tests.storing import Shelf, answered, conversation, files, nobodys_directory, opened, saved, shelf, until
from tests.thorough import thorough

TURNS = 40


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elumenta_tui.store.writer.RETRY_AFTER", (0.05,))


def fill(directory: Path) -> Path:
    """A database with some conversations, properly closed; its path."""
    with shelf(directory) as here:
        for number in range(TURNS):
            prompt, answer = f"prompt {number}", f"answer {number} " + "слово " * 600
            here.put(saved(answered(prompt, answer), conversation(f"c{number % 4}", f"Title {number % 4}")))
    return directory / FILE


# ----------------------------------------------------------------------------------------------------- damaged files


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = bytes(255 - byte for byte in data[middle : middle + 4096])
    path.write_bytes(data)


def _other_program(path: Path) -> None:
    path.unlink()
    with opened(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")


DAMAGE: dict[str, tuple[Callable[[Path], object], int]] = {
    "html": (lambda path: path.write_bytes(b"<html>Moved Permanently</html>"), 0),
    "zeros": (lambda path: path.write_bytes(bytes(8192)), 0),
    "empty": (lambda path: path.write_bytes(b""), 0),
    "half": (lambda path: os.truncate(path, path.stat().st_size // 2), 1),
    "flipped": (_flip, TURNS - 10),
    "another program's": (_other_program, 0),
}
"""How the file is spoilt, and how many turns must be rescued from it at least."""


@pytest.mark.parametrize("way", DAMAGE)
def test_a_file_that_can_not_be_used_is_kept_aside_byte_for_byte(tmp_path: Path, way: str) -> None:
    path = fill(tmp_path)
    spoil, rescued_at_least = DAMAGE[way]
    spoil(path)
    bad = path.read_bytes()
    with shelf(tmp_path) as here:
        news = here.told(SetAside)
        assert news.path != path
        assert news.path.read_bytes() == bad
        assert TURNS >= news.rescued >= rescued_at_least
        rows = here.store.summaries(demo=False).result()
        assert sum(row.requests for row in rows) == news.rescued
        assert here.put(saved(answered("new", "text"), conversation("new", "New")))
        assert here.titles("text") == ["New"]
        if rescued_at_least:
            assert here.titles("слово")
    assert news.path.read_bytes() == bad
    with shelf(tmp_path) as here:
        assert "New" in here.titles()
        assert not here.has_told(SetAside)


def test_a_directory_in_the_databases_place_is_kept_aside(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    (tmp_path / FILE / "mine").write_text("precious")
    with shelf(tmp_path) as here:
        news = here.told(SetAside)
        assert (news.path / "mine").read_text() == "precious"
        assert here.put(saved(answered("q", "a")))


def test_a_damaged_file_that_a_full_disk_does_not_let_salvage_stays_and_is_salvaged_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fill(tmp_path)
    _flip(path)
    bad = path.read_bytes()
    open_for_writing = database.open_for_writing

    def on_a_full_disk(path: Path) -> guarded.Guarded:
        connection = open_for_writing(path)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        return connection

    monkeypatch.setattr(database, "open_for_writing", on_a_full_disk)
    with shelf(tmp_path, wait=False) as here:
        assert here.told(NotSaving).trouble is Trouble.FULL
        assert not here.has_told(SetAside)
        here.close()
        assert not here.has_told(SetAside)
    assert path.read_bytes() == bad
    assert not list(tmp_path.glob("*.damaged-*"))
    monkeypatch.setattr(database, "open_for_writing", open_for_writing)
    with shelf(tmp_path) as here:
        assert here.told(SetAside).rescued >= TURNS - 10


def test_two_damaged_files_in_a_second_get_two_names(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / FILE).write_bytes(b"bad %d" % number)
        with shelf(tmp_path) as here:
            here.told(SetAside)
        (tmp_path / FILE).unlink()
    kept = sorted(
        path.read_bytes()
        for path in tmp_path.glob(f"{FILE}.damaged-*")
        if not path.name.endswith(("-wal", "-shm"))
    )
    assert kept == [b"bad 0", b"bad 1", b"bad 2"]


@thorough
def test_damage_that_is_found_while_the_program_runs_costs_only_what_is_damaged(tmp_path: Path) -> None:
    path = fill(tmp_path)
    with shelf(tmp_path) as here:
        here.put(saved(answered("in this session", "kept"), conversation("c9", "This session")))
        with opened(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _flip(path)
        # Whoever meets the bad page, by reading or by writing, says so.
        with contextlib.suppress(sqlite3.Error):
            for number in range(4):
                here.store.conversation(f"c{number}").result()
        here.store._writer.suspect()
        news = here.told(SetAside)
        assert news.rescued >= TURNS - 10
        assert "This session" in here.titles("kept")
        assert here.put(saved(answered("after", "that"), conversation("c9", "This session")))
        assert [one.prompt for one in here.conversation("c9").conversation.answers] == [
            "in this session",
            "after",
        ]
        assert not here.has_told(Replaced)


def test_a_large_database_is_checked_while_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fill(tmp_path)
    _flip(path)
    monkeypatch.setattr(database, "CHECKED_AT_ONCE", 1024)
    with shelf(tmp_path) as here:
        assert here.told(SetAside).rescued >= TURNS - 10
        here.told(Opened, 2)
        assert here.put(saved(answered("q", "a")))


# -------------------------------------------------------------------------------------------------------- newer ones


def _make_newer(path: Path) -> None:
    with opened(path) as connection:
        connection.execute("PRAGMA user_version = 9999")


def test_a_newer_database_is_not_touched_and_nothing_is_lost_meanwhile(tmp_path: Path) -> None:
    _make_newer(fill(tmp_path))
    before = files(tmp_path)
    with shelf(tmp_path, wait=False) as here:
        assert here.told(NotSaving).trouble is Trouble.NEWER
        assert not here.put(saved(answered("q", "a"), place=1))
        assert here.titles("q") == ["A title"]
        assert here.conversation("c1").conversation.answers[0].text == "a"
        assert here.store.unsaved == 1
        here.told(NotSaving)
    after = files(tmp_path)
    after.pop("opening.lock")
    before.pop("opening.lock")
    assert after == before


@thorough
def test_a_newer_version_that_is_still_in_the_log_is_seen(tmp_path: Path) -> None:
    path = fill(tmp_path)
    with opened(path) as connection:
        connection.execute("PRAGMA user_version = 9999")
        # A copy, as the log would be gone with the last connection.
        copy = tmp_path / "copy"
        copy.mkdir()
        for name in (FILE, f"{FILE}-wal"):
            shutil.copy(tmp_path / name, copy / name)
    before = (copy / FILE).read_bytes()
    with shelf(copy, wait=False) as here:
        assert here.told(NotSaving).trouble is Trouble.NEWER
    assert (copy / FILE).read_bytes() == before


# --------------------------------------------------------------------------------------------------------- migrations


@thorough
def test_an_older_database_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fill(tmp_path)
    later = (
        *schema.steps(),
        schema.Step(("ALTER TABLE conversation ADD COLUMN fictional TEXT NOT NULL DEFAULT 'red'",)),
    )
    with opened(path) as connection:
        migration.migrate(connection, later)
        migration.migrate(connection, later)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(later),)
        assert connection.execute("SELECT DISTINCT fictional FROM conversation").fetchall() == [("red",)]
        assert connection.execute("SELECT count(*) FROM turn").fetchone() == (TURNS,)


@thorough
def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    path = fill(tmp_path)
    broken = (*schema.steps(), schema.Step(("DROP TABLE piece", "CREATE NONSENSE")))
    with opened(path) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migration.migrate(connection, broken)
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.current(),)
        assert connection.execute("SELECT count(*) FROM piece").fetchone() == (0,)
    with shelf(tmp_path) as here:
        assert len(here.titles()) == 4


# ------------------------------------------------------------------------------------------------------ disks and locks


def limit(here: Shelf, pages: int) -> None:
    """As full as a disk on which the database can't grow beyond so many pages."""
    connection = here.store._writer._connection
    assert connection is not None
    done = threading.Event()
    writer = here.store._writer
    scrub = writer._scrub

    def set_limit() -> None:
        assert writer._connection is not None
        writer._connection.execute(f"PRAGMA max_page_count = {pages}")
        writer._scrub = scrub  # type: ignore[method-assign]  # only once
        done.set()

    writer._scrub = set_limit  # type: ignore[method-assign]  # in the thread that may use the connection
    here.put()
    assert done.wait(10)


def test_a_full_disk_is_told_and_everything_is_saved_once_there_is_space(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("early", "bird"), place=1))
        limit(here, 1)
        growing = answered("q", "x" * 100_000, ended=False)
        assert not here.put(saved(growing, whole=False, place=2))
        assert here.told(NotSaving).trouble is Trouble.FULL
        growing.add("y" * 100_000)
        more = saved(growing, whole=False)._replace(pieces={100_000: "y" * 100_000})
        assert not here.put(more)
        assert not here.put(saved(answered("other", "o"), conversation("c2", "Other"), place=1))
        assert here.store.unsaved == 2
        assert len([news for news in here.news if isinstance(news, NotSaving)]) == 1
        # All of it is there to look at, the early one from the disk.
        assert here.titles() == ["Other", "A title"]
        assert here.titles("bird") == ["A title"]
        assert [one.text for one in here.conversation("c1").conversation.answers] == ["bird", growing.text]
        limit(here, 1_000_000)
        here.told(SavingAgain)
        assert here.store.unsaved == 0
    with shelf(tmp_path) as here:
        assert [one.text for one in here.conversation("c1").conversation.answers] == ["bird", growing.text]
        with opened(tmp_path / FILE) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_could_not_be_saved_is_counted_at_the_end(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        limit(here, 1)
        assert not here.put(saved(answered("q", "x" * 100_000)), Rename(conversation(), "other"))
        assert here.close() == 2


def test_what_is_being_written_is_not_saved_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = threading.Event(), threading.Event()
    apply = writing.apply

    def slow(*arguments: Any, **more: Any) -> None:
        reached.set()
        go_on.wait(10)
        apply(*arguments, **more)

    with shelf(tmp_path) as here:
        monkeypatch.setattr(writing, "apply", slow)
        done = here.store.put(saved(answered("q", "a"), place=1))
        assert reached.wait(10)
        assert here.store.unsaved == 1
        assert here.titles() == ["A title"]
        go_on.set()
        assert done.result(10)
        assert here.store.unsaved == 0


def test_overlaid_changes_look_as_if_they_were_on_the_disk(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("q", "a"), conversation("c1", "One"), place=1))
        here.put(saved(answered("r", "b"), conversation("c2", "Two"), place=1))
        limit(here, 1)
        here.put(Rename(conversation("c1"), "Uno"), SetFacts(conversation("c1"), {"archived": True}))
        here.put(Delete(conversation("c2")))
        here.put(SaveDraft(conversation("c3", ""), "z" * 50_000))
        rows = {row.id: row for row in here.store.summaries(demo=False).result()}
        assert (rows["c1"].title, rows["c1"].archived, rows["c1"].requests) == ("Uno", True, 1)
        assert (rows["c3"].has_draft, rows["c3"].requests) == (True, 0)
        assert "c2" not in rows
        assert here.store.conversation("c2").result() is None
        assert here.conversation("c3").draft == "z" * 50_000


def test_a_lock_that_another_program_holds_delays_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "BUSY_SECONDS", 0.05)
    with shelf(tmp_path) as here:
        with opened(tmp_path / FILE) as other:
            other.execute("BEGIN IMMEDIATE")
            assert not here.put(saved(answered("q", "a"), place=1))
            assert here.told(NotSaving).trouble is Trouble.LOCKED
            other.execute("COMMIT")
        here.told(SavingAgain)
        assert here.conversation("c1").conversation.answers[0].text == "a"


def test_a_program_that_opens_the_database_makes_others_wait_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elumenta_tui.store.writer.OPENING_PATIENCE", 0.05)
    from elumenta_tui.store.locks import FileLock

    tmp_path.mkdir(exist_ok=True)
    opening = FileLock(tmp_path / "opening.lock")
    assert opening.acquire()
    with shelf(tmp_path, wait=False) as here:
        assert here.told(NotSaving).trouble is Trouble.LOCKED
        opening.release()
        here.told(Opened)
        assert here.put(saved(answered("q", "a")))
        here.told(SavingAgain)


_WRITE_UNTIL_LIMIT = """
import resource, sys
from pathlib import Path
from elumenta_tui.store import writer
from elumenta_tui.store.events import NotSaving, SavingAgain
from tests.storing import conversation, saved, shelf, answered, until
writer.RETRY_AFTER = (0.05,)
with shelf(Path(sys.argv[1])) as here:
    here.put(saved(answered("early", "bird"), place=1))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    fits = [here.put(saved(answered(str(number), "x" * 50_000), place=number + 2)) for number in range(10)]
    assert fits[0] and not fits[-1], fits
    print(here.told(NotSaving).trouble.value, here.store.unsaved)
    assert len(here.conversation("c1").conversation.turns) == 11
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    until(lambda: here.store.unsaved == 0)
    here.told(SavingAgain)
"""


@thorough
@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of file sizes")
def test_a_file_that_may_not_grow_is_told_and_saved_later(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WRITE_UNTIL_LIMIT, tmp_path], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    trouble, unsaved = done.stdout.split()
    assert trouble in ("disk", "full")
    assert int(unsaved) > 0
    with shelf(tmp_path) as here:
        assert len(here.conversation("c1").conversation.answers) == 11


@thorough
@pytest.mark.skipif(sys.platform == "win32", reason="permissions are lists of rights there")
def test_in_a_read_only_directory_everything_can_be_read_and_saving_is_missed() -> None:
    with nobodys_directory() as data:
        path = fill(data)
        path.chmod(0o400)
        data.chmod(0o500)
        with shelf(data, wait=False) as here:
            assert here.told(NotSaving).trouble is Trouble.READ_ONLY
            assert not here.put(saved(answered("q", "a"), conversation("c9", "Unsaved"), place=1))
            assert here.titles()[0] == "Unsaved"
            assert len(here.titles()) == 5
            assert len(here.conversation("c1").conversation.answers) == TURNS // 4
            data.chmod(0o700)
            path.chmod(0o600)
            here.told(SavingAgain)
        with shelf(data) as here:
            assert "Unsaved" in here.titles()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are lists of rights there")
@pytest.mark.parametrize("left", [(), ("-wal",), ("-wal", "-shm")])
def test_an_export_from_a_read_only_directory_has_all_that_was_saved(
    left: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with nobodys_directory() as data:
        path = fill(data)
        if left:
            # As a killed program leaves it: the last turn is in the log only.
            with shelf(data) as here:
                here.put(saved(answered("the last", "only in the log"), conversation("c9", "Last")))
                (data / "copy").mkdir()
                for companion in ("", *left):
                    shutil.copy(f"{path}{companion}", data / "copy")
            for companion in ("", *left):
                (data / "copy" / f"{FILE}{companion}").replace(f"{path}{companion}")
        for file in data.glob(f"{FILE}*"):
            file.chmod(0o400)
        before = files(data)
        data.chmod(0o500)
        home = data.parent
        for arguments in (["--list"], ["--all"], ["--all", "--format", "md"]):
            assert headless.main(arguments, {"ELUMENTA_HOME": str(home)}) == 0
            out, err = capsys.readouterr()
            assert not err
            assert "Title 3" in out
            assert ("Last" in out) is bool(left)
        data.chmod(0o700)
        assert files(data) == before


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are lists of rights there")
def test_where_no_directory_can_be_made_it_says_so() -> None:
    with nobodys_directory() as data:
        data.parent.chmod(0o500)
        with shelf(data, wait=False) as here:
            assert here.told(NotSaving).trouble is Trouble.READ_ONLY
            assert here.titles() == []


def test_a_file_in_the_directorys_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with shelf(tmp_path / "data", wait=False) as here:
        assert here.told(NotSaving).trouble is Trouble.DISK
        assert not here.put(saved(answered("q", "a")))
    assert (tmp_path / "data").read_text() == "a file"


# ------------------------------------------------------------------------------------------ the file goes away under us


@thorough
@pytest.mark.parametrize("with_companions", [False, True])
def test_a_database_that_is_moved_away_is_noticed_and_nothing_is_lost_in_either(
    tmp_path: Path, with_companions: bool
) -> None:
    fill(tmp_path)
    with shelf(tmp_path) as here:
        here.put(saved(answered("before", "one"), conversation("c9", "This session"), place=1))
        away = tmp_path / "away"
        away.mkdir()
        for name in (FILE, f"{FILE}-wal", f"{FILE}-shm") if with_companions else (FILE,):
            (tmp_path / name).rename(away / name)
        assert here.put(saved(answered("after", "two"), conversation("c9", "This session"), place=2))
        here.told(Replaced)
        assert [one.prompt for one in here.conversation("c9").conversation.answers] == ["before", "after"]
        assert here.titles() == ["This session"]
    with shelf(tmp_path) as here:
        assert here.titles("two") == ["This session"]
    with shelf(away) as here:
        assert len(here.titles()) == 5
        assert [one.prompt for one in here.conversation("c9").conversation.answers] == ["before"]


def test_a_database_that_is_deleted_is_noticed(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        growing = answered("q", "so far", ended=False)
        here.put(saved(growing, whole=False, place=1), SaveDraft(conversation("c2", ""), "a draft"))
        here.put(SetFacts(conversation(), {"archived": True}))
        (tmp_path / FILE).unlink()
        more = saved(growing, whole=False)._replace(pieces={6: ", and on"})
        assert here.put(more)
        here.told(Replaced)
        [one] = here.conversation("c1").conversation.answers
        assert one.text == "so far, and on"
        assert here.conversation("c1").archived
        assert here.conversation("c2").draft == "a draft"


def test_a_database_that_is_replaced_by_another_keeps_what_both_have(tmp_path: Path) -> None:
    with shelf(tmp_path / "other") as there:
        there.put(saved(answered("theirs", "x"), conversation("c5", "Theirs")))
    with shelf(tmp_path / "data") as here:
        here.put(saved(answered("ours", "y"), conversation("c1", "Ours"), place=1))
        shutil.copy(tmp_path / "other" / FILE, tmp_path / "copy")
        (tmp_path / "copy").replace(tmp_path / "data" / FILE)
        for companion in ("-wal", "-shm"):
            (tmp_path / "data" / f"{FILE}{companion}").unlink()
        assert here.put(saved(answered("ours again", "z"), conversation("c1", "Ours"), place=2))
        here.told(Replaced)
        assert here.titles() == ["Ours", "Theirs"]
        assert len(here.conversation("c1").conversation.answers) == 2


# ------------------------------------------------------------------------------------------------------- two instances


@pytest.mark.parametrize("same", [True, False])
def test_two_programs_never_lose_each_others_turns(tmp_path: Path, same: bool) -> None:
    def chat(here: Shelf, name: str) -> None:
        record = conversation("c1" if same else name, "Shared" if same else name)
        for number in range(30):
            one = answered(f"{name} {number}", "part ", ended=False)
            assert here.put(saved(one, record, whole=False))
            one.add("whole")
            one.end(2, 281)
            assert here.put(saved(one, record))

    with shelf(tmp_path) as first, shelf(tmp_path) as second:
        threads = [threading.Thread(target=chat, args=pair) for pair in ((first, "a"), (second, "b"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        turns = [
            one
            for id in (("c1",) if same else ("a", "b"))
            for one in first.conversation(id).conversation.answers
        ]
        assert sorted(one.prompt for one in turns) == sorted(f"{n} {i}" for n in "ab" for i in range(30))
        assert {(one.text, one.state) for one in turns} == {("part whole", AnswerState.COMPLETE)}
        assert not first.has_told(NotSaving)
        assert not second.has_told(NotSaving)


def test_who_writes_into_a_conversation_that_another_has_gone_on_with_is_told(tmp_path: Path) -> None:
    with shelf(tmp_path) as first, shelf(tmp_path) as second:
        first.put(saved(answered("1", "a"), place=1))
        second.put(saved(answered("2", "b"), place=2))
        assert not second.has_told(OthersWrite)
        first.put(saved(answered("3", "c"), place=2))
        assert first.told(OthersWrite).conversation == "c1"
        first.put(saved(answered("4", "d"), place=3))
        assert len([news for news in first.news if isinstance(news, OthersWrite)]) == 1


@thorough
def test_many_first_starts_at_once_make_one_database(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        here = [Shelf(tmp_path) for _ in range(5)]
        for one in here:
            one.store.start()
            stack.callback(one.close)
        for number, one in enumerate(here):
            one.told(Opened)
            assert one.put(saved(answered(str(number), "x"), place=1))
        assert len(here[0].conversation("c1").conversation.answers) == 5
        assert not any(one.has_told(NotSaving) or one.has_told(SetAside) for one in here)


def test_what_a_killed_first_start_has_left_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / f".{FILE}.half-made").write_bytes(b"half")
    (tmp_path / f".{FILE}.half-made-journal").write_bytes(b"half")
    with shelf(tmp_path) as here:
        assert here.put(saved(answered("q", "a")))
        assert list(tmp_path.glob(".*")) == []


@thorough
def test_a_file_that_is_deleted_under_two_programs_is_made_once(tmp_path: Path) -> None:
    with shelf(tmp_path) as first, shelf(tmp_path) as second:
        first.put(saved(answered("1", "a"), conversation("c1", "One"), place=1))
        second.put(saved(answered("2", "b"), conversation("c2", "Two"), place=1))
        (tmp_path / FILE).unlink()
        for number in range(3):
            first.put(saved(answered(f"1 {number}", "a"), conversation("c1", "One")))
            second.put(saved(answered(f"2 {number}", "b"), conversation("c2", "Two")))
        assert sorted(first.titles()) == ["One", "Two"]
        assert len(second.conversation("c1").conversation.answers) == 4
        assert len(first.conversation("c2").conversation.answers) == 4
        with opened(tmp_path / FILE) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_first_programs_end_does_not_take_the_log_of_the_second(tmp_path: Path) -> None:
    with shelf(tmp_path) as first:
        with shelf(tmp_path) as second:
            second.put(saved(answered("2", "b"), place=1))
        first.put(saved(answered("1", "a"), place=2))
        until(lambda: len(first.conversation("c1").conversation.answers) == 2)


_LOOK = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute('SELECT count(*) FROM turn').fetchone()[0]); c.close()"


@thorough
def test_a_program_that_comes_and_goes_does_not_take_the_log_of_one_that_stays(tmp_path: Path) -> None:
    def looked() -> int:
        done = subprocess.run(
            [sys.executable, "-c", _LOOK, tmp_path / FILE],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        return int(done.stdout)

    with shelf(tmp_path) as here:
        here.put(saved(answered("1", "a"), place=1))
        # Reading opens and closes the file as well.
        assert here.titles() == ["A title"]
        assert looked() == 1
        here.put(saved(answered("2", "b"), place=2))
        assert looked() == 2


# ------------------------------------------------------------------------------------------------- deleted elsewhere


def words_in(directory: Path) -> bytes:
    """Every byte of the database and what belongs to it."""
    return b"".join(data for name, data in files(directory).items() if name.startswith(FILE))


def test_what_another_window_deleted_does_not_come_back_but_what_is_written_then_is_kept(
    tmp_path: Path,
) -> None:
    doomed = conversation("c1", "The doomed title")
    with shelf(tmp_path) as one, shelf(tmp_path) as other:
        first = answered("first", "the first answer")
        other.put(saved(first, doomed, place=1))
        assert one.put(Delete(doomed))
        other.put(Rename(doomed, "Another doomed title"), SetFacts(doomed, {"archived": True}))
        first.charge.after = 5
        other.put(SaveAnswer(doomed, TurnRecord.of(first.turn, "c1"), AnswerRecord.of(first)))
        assert one.titles() == []
        assert other.put(saved(answered("what came later", "was paid for"), doomed, place=2))
        assert one.titles() == ["what came later"]
        assert [each.text for each in one.conversation("c1").conversation.answers] == ["was paid for"]
        until(lambda: not one.store._writer._scrubbing)
    assert b"doomed" not in words_in(tmp_path)
    with shelf(tmp_path) as later:
        assert later.titles() == ["what came later"]
    with opened(tmp_path / FILE) as connection:
        assert not connection.execute("SELECT name FROM chore WHERE name LIKE 'deleted%'").fetchall()


def test_a_draft_in_a_conversation_that_another_window_deleted_does_not_bring_its_title_back(
    tmp_path: Path,
) -> None:
    doomed = conversation("c1", "The doomed title")
    with shelf(tmp_path) as one, shelf(tmp_path) as other:
        other.put(saved(answered("first", "answer"), doomed, place=1))
        assert one.put(Delete(doomed))
        assert other.put(SaveDraft(doomed, "typed since"))
        assert other.conversation("c1").draft == "typed since"
        assert one.titles() == [""]
