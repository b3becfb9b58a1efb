"""Databases that somebody else has written: nothing in them reaches other files, hangs the program, or keeps it from saving."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from elumenta_tui.chat import TurnState
from elumenta_tui.store import FILE
from elumenta_tui.store.ids import is_id, new_id
from elumenta_tui.store.locks import FileLock, is_held
from tests.storing import opened, saved, shelf, turn


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elumenta_tui.store.writer.RETRY_AFTER", (0.05,))


def made(directory: Path) -> Path:
    """A database with a conversation, properly closed; its path."""
    with shelf(directory) as here:
        assert here.put(saved(turn("a question", "an answer"), place=1))
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
        connection.execute("UPDATE turn SET program = ?, state = 'streaming'", (name(victim) or "",))
    with shelf(path.parent) as here:
        [one] = here.conversation("c1").conversation.turns
        assert one.state is TurnState.INTERRUPTED or one.state is TurnState.FAILED
        assert here.put(saved(turn("after", "that")))
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
