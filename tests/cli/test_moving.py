"""`import`, `backup` and `merge` as people and scripts call them, also where something is wrong."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from elumenta_tui import __main__ as program
from elumenta_tui.store import FILE
from elumenta_tui.store.changes import SaveCharge
from elumenta_tui.store.database import examine
from tests.pseudo_terminal import ROOT
from tests.storing import answered, conversation, opened, saved, shelf, started
from tests.thorough import thorough
from tests.transfer.exports import branched, claude, said


def main(home: Path, *arguments: object, language: str = "en_US") -> int:
    return program.main([str(each) for each in arguments], {"ELUMENTA_HOME": str(home), "LANG": language})


def data(home: Path) -> Path:
    return home / "data"


def charge(id: str, amount: int = 2) -> SaveCharge:
    return SaveCharge(
        {
            "id": id, "conversation": "c1", "model": "gpt-5", "kind": "chat", "account": "a", "demo": False,
            "asked_on": 1_790_000_000.0, "settled_on": 1_790_000_001.0, "basis": "stated", "amount": amount, "most": None,
        }
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A machine with two conversations and what they have cost."""
    place = tmp_path / "home"
    with shelf(data(place)) as here:
        assert here.put(
            saved(answered("One", "1", id="t1"), conversation("c1", "First"), place=1), charge("t1")
        )
        assert here.put(
            saved(answered("Two", "2", id="t2"), conversation("c2", "Второй"), place=1), charge("t2")
        )
    return place


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return tmp_path / "other"


def exported(home: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert main(home, "export", "--all", "--branches", "all", *more) == 0
    return capsys.readouterr().out


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([branched(), claude(said("m", "human", "q"), said("n", "assistant", "a"))]))
    return path


# ---------------------------------------------------------------------------------------------------------------- import


def test_an_import_tells_what_it_added_and_what_not(
    empty: Path, exports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(empty, "import", exports, "--dry-run") == 0
    assert capsys.readouterr().out == (
        "2 conversations would be added; 5 new answers in all. Nothing was written.\n"
    )
    assert not data(empty).exists()
    assert main(empty, "import", exports) == 0
    assert capsys.readouterr().out == "2 conversations added; 5 new answers in all.\n"
    assert main(empty, "import", exports) == 0
    assert capsys.readouterr().out == "Nothing new.\n2 conversations were here already.\n"
    assert main(empty, "import", exports, "--json", language="ru_RU") == 0
    assert json.loads(capsys.readouterr().out)["conversations"] == {"added": 0, "extended": 0, "known": 2}


def test_last_weeks_chat_goes_to_another_machine_and_is_the_same_there(
    home: Path, empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = exported(home, capsys)
    file = tmp_path / "moved.json"
    file.write_text(before)
    assert main(empty, "import", file, language="ru_RU") == 0
    assert capsys.readouterr().out == "Добавлено 2 разговора; всего 2 новых ответа.\n"
    assert exported(empty, capsys) == before


def test_the_demo_takes_imports_of_its_own(
    empty: Path, exports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(empty, "import", exports, "--demo") == 0
    capsys.readouterr()
    assert main(empty, "export", "--list", "--demo") == 0
    assert "From elsewhere" in capsys.readouterr().out


def test_an_import_beside_an_open_window_shows_there(
    home: Path, exports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    window = started(data(home))
    assert main(home, "import", exports) == 0
    assert {"From elsewhere", "First", "Второй"} <= set(window.titles())
    assert window.put(saved(answered("Three", "3", id="t3"), conversation("c1", "First"), place=2))
    assert window.close() == 0
    capsys.readouterr()


def test_a_file_that_cannot_be_imported_is_told_with_the_place_and_nothing_is_added(
    empty: Path, exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('[{"mapping": {},\n  "x": }]')
    for_reading = tmp_path / "chat.html", tmp_path / "chat.md", tmp_path / "backup.db"
    for path, text in zip(for_reading, ("<!DOCTYPE html>", "# A title", "SQLite format 3\0"), strict=True):
        path.write_text(text)
    for arguments, code, words in (
        ((broken,), 1, f"{broken} is no valid JSON: line 2, column 8. Nothing was imported.\n"),
        ((exports, broken), 1, "line 2, column 8"),
        ((for_reading[0],), 1, "chat.html is for reading: only a JSON export can be imported."),
        ((for_reading[1],), 1, "chat.md is for reading"),
        ((for_reading[2],), 1, "backup.db is a database, and no export: elumenta-tui merge adds"),
        ((tmp_path / "none.json",), 3, f"There is no file {tmp_path / 'none.json'}.\n"),
        ((tmp_path,), 0, ""),
        ((), 2, "name a file to import"),
        ((exports, "--attachments", tmp_path / "no"), 3, "There is no directory"),
    ):
        shutil.rmtree(data(empty), ignore_errors=True)
        assert main(empty, "import", *arguments) == code
        said = capsys.readouterr()
        assert words in said.err
        assert code == 0 or (said.out == "" and not (data(empty) / FILE).exists())


def test_where_nothing_can_be_written_one_sentence_says_so(
    home: Path, exports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if os.getuid() == 0:
        pytest.skip("the superuser may write anywhere")
    data(home).chmod(0o500)
    (data(home) / FILE).chmod(0o400)
    try:
        assert main(home, "import", exports) == 1
    finally:
        data(home).chmod(0o700)
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


def damage(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 8192))


@pytest.mark.parametrize("command", ["import", "merge", "backup"])
def test_a_damaged_or_newer_database_stays_as_it_is(
    home: Path, exports: Path, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    good = tmp_path / "good.db"
    assert main(home, "backup", good) == 0
    capsys.readouterr()
    argument = {"import": exports, "merge": good, "backup": tmp_path / "out.db"}[command]
    path = data(home) / FILE
    with opened(path) as database:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    assert main(home, command, argument) == 1
    assert "newer version" in capsys.readouterr().err
    assert path.read_bytes() == before
    shutil.copy(good, path)
    damage(path)
    before = path.read_bytes()
    assert main(home, command, argument) == 1
    said = capsys.readouterr()
    assert (said.out, "is damaged" in said.err) == ("", True), said.err
    assert path.read_bytes() == before
    assert not (tmp_path / "out.db").exists()


@thorough
@pytest.mark.parametrize("command", ["import", "merge", "backup"])
def test_a_broken_configuration_is_no_reason_to_lose_anything(
    home: Path, exports: Path, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.toml").write_text("= broken")
    assert main(home, "backup", tmp_path / "first.db") == 0
    argument = {"import": exports, "merge": tmp_path / "first.db", "backup": tmp_path / "out.db"}[command]
    assert main(home, command, argument) == 0
    capsys.readouterr()


@thorough
def test_in_a_closed_pipe_and_without_input_the_work_is_done(home: Path, exports: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "elumenta_tui", "import", str(exports)],
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            env={**os.environ, "ELUMENTA_HOME": str(home), "PYTHONPATH": str(ROOT)},
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")
    with opened(data(home) / FILE) as database:
        assert database.execute("SELECT count(*) FROM conversation").fetchone() == (4,)


# ---------------------------------------------------------------------------------------------------------------- backup


def test_a_backup_is_one_sound_private_file_also_while_the_app_writes(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "copy.db"
    window = started(data(home))
    assert window.put(saved(answered("Three", "3", id="t3"), conversation("c3", "Open"), place=1))
    assert main(home, "backup", target) == 0
    assert capsys.readouterr().out == f"{target}\n"
    assert sorted(path.name for path in tmp_path.glob("copy.db*")) == ["copy.db"]
    assert list(tmp_path.glob(".copy.db*")) == []
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert examine(target, thorough=True, rows=True) == set()
    with opened(target) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert database.execute("SELECT count(*) FROM conversation").fetchone() == (3,)
        # Nobody has the copy open.
        assert database.execute("SELECT count(*) FROM program").fetchone() == (0,)
    assert window.close() == 0


def test_a_backup_overwrites_only_when_it_is_told_to_and_names_itself_in_a_directory(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "copy.db"
    target.write_text("mine")
    for arguments, code, words in (
        ((target,), 1, "already exists"),
        ((tmp_path / "typo" / "x.db",), 1, "There is no directory"),
        ((data(home) / FILE, "--force"), 2, "is the database itself"),
        ((), 2, "name a file or a directory"),
    ):
        assert main(home, "backup", *arguments) == code
        assert words in capsys.readouterr().err
    assert target.read_text() == "mine"
    assert main(home, "backup", target, "--force") == 0
    assert examine(target, thorough=True) == set()
    (tmp_path / "there").mkdir()
    assert main(home, "backup", tmp_path / "there") == 0
    [made] = (tmp_path / "there").iterdir()
    assert made.name.startswith("conversations-2")


def test_without_conversations_there_is_nothing_to_back_up(
    empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(empty, "backup", tmp_path / "x.db") == 3
    assert not (tmp_path / "x.db").exists()
    capsys.readouterr()


# ----------------------------------------------------------------------------------------------------------------- merge


@thorough
def test_a_backup_that_is_merged_on_another_machine_gives_all_of_it_once(
    home: Path, empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = exported(home, capsys)
    copy = tmp_path / "copy.db"
    assert main(home, "backup", copy) == 0
    capsys.readouterr()
    assert main(empty, "merge", copy, "--dry-run") == 0
    assert "would be added" in capsys.readouterr().out
    assert not data(empty).exists()
    assert main(empty, "merge", copy) == 0
    assert capsys.readouterr().out == (
        "2 conversations added; 2 new answers in all.\n2 charges were missing in what was spent.\n"
    )
    assert exported(empty, capsys) == before
    whole = copy.read_bytes()
    assert main(empty, "merge", copy) == 0
    assert capsys.readouterr().out == "Nothing new.\n2 conversations were here already.\n"
    assert exported(empty, capsys) == before
    # The other database was only read.
    assert copy.read_bytes() == whole
    with opened(data(empty) / FILE) as database:
        assert database.execute("SELECT count(*), sum(amount) FROM charge").fetchone() == (2, 4)


@thorough
def test_what_both_sides_went_on_with_is_there_on_both_and_titles_stay(
    home: Path, empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.db"
    assert main(home, "backup", copy) == 0
    assert main(empty, "merge", copy) == 0
    one = answered("One", "1", id="t1")
    for place, name in ((home, "Here"), (empty, "There")):
        with shelf(data(place)) as window:
            more = answered(name, "more", id=f"t-{name}")
            more.turn.parent = one
            assert window.put(saved(more, conversation("c1", "First"), place=2))
    assert main(empty, "backup", copy, "--force") == 0
    capsys.readouterr()
    for _ in range(2):
        assert main(home, "merge", copy) == 0
    capsys.readouterr()
    with shelf(data(home)) as window:
        found = window.conversation("c1").conversation
    assert [answer.prompt for answer in found.shown] == ["One", "Here"]
    assert {answer.prompt for answer in found.all_answers()} == {"One", "Here", "There"}
    there = next(turn for turn in found.turns if turn.prompt == "There")
    assert there.parent is not None
    assert there.parent.prompt == "One"


def test_a_damaged_database_gives_what_can_be_read_of_it(
    home: Path, empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "conversations.db.damaged-20260101-000000"
    assert main(home, "backup", copy) == 0
    with copy.open("r+b") as file:
        # The version in the header is none of ours.
        file.seek(60)
        file.write((0).to_bytes(4, "big"))
    assert main(empty, "merge", copy) == 0
    said = capsys.readouterr()
    assert "2 conversations added" in said.out
    assert f"{copy} is damaged: only what can be read of it is counted." in said.err
    assert "merge a backup too" in said.err


def test_what_is_no_database_is_refused(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.write_text("not a database at all, but long enough to look at")
    export = tmp_path / "chat.json"
    export.write_text('{"format": "elumenta-tui"}')
    for arguments, code, words in (
        ((other,), 1, "is no database of conversations"),
        ((export,), 1, "looks like an export: elumenta-tui import reads those"),
        ((tmp_path / "none",), 3, "There is no file"),
        ((data(home) / FILE,), 2, "is the database itself"),
        ((), 2, "name a database to merge"),
    ):
        assert main(home, "merge", *arguments) == code
        said = capsys.readouterr()
        assert (said.out, words in said.err) == ("", True), said.err
    with contextlib.suppress(FileNotFoundError):
        assert (data(home) / f"{FILE}.damaged").exists() is False


def test_an_answer_that_another_program_still_receives_is_not_merged_in_half(
    home: Path, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    window = started(data(home))
    coming = answered("Coming", "half", id="t9", ended=False)
    assert window.put(saved(coming, conversation("c9", "Now"), place=1, whole=False))
    assert main(empty, "merge", data(home) / FILE) == 0
    capsys.readouterr()
    coming.add(" and all")
    coming.end(2, 1)
    assert window.put(saved(coming, conversation("c9", "Now")))
    assert window.close() == 0
    assert main(empty, "merge", data(home) / FILE) == 0
    capsys.readouterr()
    with shelf(data(empty)) as other:
        assert [each.text for each in other.conversation("c9").conversation.answers] == ["half and all"]


@thorough
@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_database_of_an_older_version_is_merged_and_not_migrated(
    version: int, is_damaged: bool, empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ROOT / "tests" / "fixtures" / f"version_{version}"
    place = tmp_path / "older"
    shutil.copytree(source / "damaged" if is_damaged else source, place)
    [path] = [found for found in place.iterdir() if found.name == FILE]
    before = path.read_bytes()
    assert main(empty, "merge", path) == 0
    said = capsys.readouterr()
    assert "added" in said.out, said.out
    assert path.read_bytes() == before
    assert main(empty, "merge", path) == 0
    assert is_damaged or "Nothing new." in capsys.readouterr().out
