"""Deletions that are left to the end of a program, and what the next one does with those that did not fit."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from elumenta_tui.store import FILE, deleting, reading
from elumenta_tui.store.changes import Delete, OpenHere, SaveDraft
from elumenta_tui.store.events import Opened
from tests.storing import (
    PATIENCE,
    answered,
    conversation,
    files_with,
    ids_on_disk,
    opened,
    saved,
    shelf,
    until,
)
from tests.thorough import thorough

NOW = 1_790_000_050.0
SECRET = "zebrafish"


def fill(directory: Path, count: int = 3) -> None:
    with shelf(directory) as here:
        for number in range(count):
            answer = answered(f"{SECRET} {number}", id=f"t{number}")
            here.put(saved(answer, conversation(f"c{number}", f"Title {number}")))


def close_in_haste(directory: Path, monkeypatch: pytest.MonkeyPatch, *ids: str) -> int:
    """Delete at the end of a program that has no time for it; returns what it reports as lost."""
    with shelf(directory) as here, monkeypatch.context() as haste:
        here.put(OpenHere(ids[0]))
        haste.setattr(deleting, "carry_out", lambda *_, **__: ["", ""])
        here.store.delete_at_end([Delete(conversation(id), since=NOW) for id in ids])
        here.store.put(SaveDraft(conversation("z", "Z"), "typed and not sent"))
        return here.store.close(0.5)


@thorough
def test_the_next_start_finishes_what_did_not_fit_and_never_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    assert close_in_haste(tmp_path, monkeypatch, "c0", "c1") == 0
    assert ids_on_disk(tmp_path) == {"c0", "c1", "c2", "z"}
    with shelf(tmp_path) as here:
        # It has not crashed.
        assert here.told(Opened) == Opened()
        assert here.titles() == ["Z", "Title 2"]
        assert here.titles(SECRET) == ["Title 2"]
        assert here.conversation("z").draft == "typed and not sent"
        assert here.store.prompts(demo=False, limit=9).result(PATIENCE) == [f"{SECRET} 2"]
        assert here.store.last_used(demo=False).result(PATIENCE) == "c2"
        until(lambda: ids_on_disk(tmp_path) == {"c2", "z"})
    with shelf(tmp_path):
        # Alone, it forgets what was deleted.
        pass
    with opened(tmp_path / FILE) as database:
        assert not database.execute("SELECT * FROM chore WHERE name LIKE 'de%'").fetchall()
    assert not files_with(tmp_path, f"{SECRET} 1")


def test_nothing_else_reads_what_is_still_to_be_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    with shelf(tmp_path) as here:
        here.put(SaveDraft(conversation("d", "D"), "unsent"))
    close_in_haste(tmp_path, monkeypatch, "c0", "c1", "d")
    with reading.open_for_reading(tmp_path / FILE) as connection:
        assert reading.ids(connection) == ["c2"]
        assert [title for _, _, title in reading.titles(connection, demo=False)] == ["Title 2"]
        assert reading.last_used(connection) == "c2"
        assert reading.unsent(connection, demo=False) == "z"


def test_what_another_program_used_before_the_next_start_is_listed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    with shelf(tmp_path) as other:
        close_in_haste(tmp_path, monkeypatch, "c0", "c1")
        later = answered("since then", "paid")
        later.asked_on = NOW + 1
        other.put(saved(later, conversation("c0"), place=2))
    with shelf(tmp_path) as here:
        assert set(here.titles()) == {"Z", "Title 0", "Title 2"}
        until(lambda: ids_on_disk(tmp_path) == {"c0", "c2", "z"})
        assert [each.text for each in here.conversation("c0").conversation.all_answers()][1:] == ["paid"]


def test_a_deletion_that_the_disk_does_not_even_take_note_of_is_reported_as_lost(tmp_path: Path) -> None:
    fill(tmp_path)
    with shelf(tmp_path) as here, opened(tmp_path / FILE) as other:
        other.execute("BEGIN IMMEDIATE")
        here.store.delete_at_end([Delete(conversation("c0"), since=NOW)])
        assert here.store.close(0.3) == 1
        other.execute("ROLLBACK")


def test_a_draft_that_waits_to_be_written_does_not_bring_a_deleted_conversation_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program ends right after the writer has looked for changes: one more is waiting, and deletions are."""
    fill(tmp_path, 1)
    lost: list[int] = []
    with shelf(tmp_path) as here:
        writer = here.store._writer
        write = writer._write

        def write_and_end() -> None:
            monkeypatch.setattr(writer, "_write", write)
            write()
            here.store.put(SaveDraft(conversation("c0", "Title 0"), "half typed"))
            here.store.delete_at_end([Delete(conversation("c0"), since=NOW, draft="half typed")])
            ending.start()
            until(lambda: writer._closing)

        ending = threading.Thread(target=lambda: lost.append(here.store.close(PATIENCE)))
        monkeypatch.setattr(writer, "_write", write_and_end)
        here.store.put(OpenHere("c0"))
        until(lambda: lost == [0])
    assert ids_on_disk(tmp_path) == set()
    assert not files_with(tmp_path, "half typed")


def test_one_conversation_too_long_for_the_end_is_left_to_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, 1)

    def delete_slowly(connection: sqlite3.Connection, change: Delete, **_: object) -> None:
        connection.execute("DELETE FROM conversation")
        connection.execute(
            "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1e10) SELECT count(*) FROM n"
        ).fetchall()

    with shelf(tmp_path) as here, monkeypatch.context() as slow:
        slow.setattr(deleting, "apply", delete_slowly)
        here.store.delete_at_end([Delete(conversation("c0"), since=NOW)])
        assert here.store.close(0.4) == 0
        assert not here.store._writer._thread.is_alive()
    assert ids_on_disk(tmp_path) == {"c0"}
    assert not [*(tmp_path / "running").glob("*")]
    with shelf(tmp_path) as here:
        assert here.titles() == []
        until(lambda: ids_on_disk(tmp_path) == set())
