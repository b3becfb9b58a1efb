"""Databases that are damaged at random in what is derived: every answer that is saved afterwards is there after a restart."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from random import Random

from elumenta_tui.store import FILE
from tests.fuzz import fuzz
from tests.storing import answered, conversation, opened, saved, shelf, until

_SHADOWS = ("words_data", "words_idx", "words_docsize", "words_config")


def _filled(directory: Path, turns: int) -> Path:
    with shelf(directory) as here:
        for number in range(turns):
            text = f"answer {number} " + "слово " * 20
            here.store.put(saved(answered(f"prompt {number}", text), conversation(f"c{number % 3}", "T")))
    return directory / FILE


def _damage_index(path: Path, random: Random) -> None:
    with opened(path) as connection, suppress(sqlite3.Error):
        for _ in range(random.randint(1, 3)):
            table = random.choice(_SHADOWS)
            column = {"words_data": "block", "words_idx": "term", "words_docsize": "sz", "words_config": "v"}[
                table
            ]
            value = random.choice([None, b"", random.randbytes(random.randint(1, 200)), 2**62, "text"])
            where = (
                random.choice(["1", "rowid % 2", "rowid = 10", "rowid = 1"])
                if "WITHOUT" not in _sql(connection, table)
                else "1"
            )
            if random.random() < 0.3:
                connection.execute(f"DELETE FROM {table} WHERE {where}")
            else:
                connection.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE {where}", (value,))


_TEXTS = (
    "SELECT prompt, text FROM turn JOIN answer ON answer.turn = turn.number"
    " JOIN passage ON passage.answer = answer.number ORDER BY answer.number"
)


def _sql(connection: sqlite3.Connection, table: str) -> str:
    row = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return str(row[0])


def _damage_pages(path: Path, random: Random) -> None:
    """Write over parts of pages that hold derived tables and indexes."""
    with opened(path) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        pages = [
            number
            for (number,) in connection.execute(
                "SELECT pageno FROM dbstat WHERE name LIKE 'words_%' OR name IN"
                " (SELECT name FROM sqlite_master WHERE type = 'index')"
            )
        ]
    data = bytearray(path.read_bytes())
    for page in random.choices(pages, k=random.randint(1, 3)):
        start = (page - 1) * size + random.randrange(size)
        length = min(random.choice((1, 8, 200, size)), page * size - start)
        data[start : start + length] = random.randbytes(length)
    path.write_bytes(data)


@fuzz(rounds=6)
def storage_with_damaged_derived_tables(random: Random) -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        path = _filled(directory, random.randint(4, 30))
        with opened(path) as connection:
            before = connection.execute(_TEXTS).fetchall()
        random.choice((_damage_index, _damage_pages))(path, random)
        with shelf(directory) as here:
            here.store.summaries(("слово",), demo=False).exception(10)
            for number in range(3):
                one = answered(f"after {number}", f"paid {number} слово", id=f"n{number}")
                here.store.put(saved(one, conversation("c0", "T"), place=number + 1))
            here.store.summaries(("paid",), demo=False).exception(10)
        with shelf(directory) as here:
            until(lambda: here.store.summaries(demo=False).result(10))
            after = {(one.prompt, one.text) for one in here.conversation("c0").conversation.answers}
            assert {(f"after {number}", f"paid {number} слово") for number in range(3)} <= after
            until(lambda: len(here.store.summaries(("paid",), demo=False).result(10)) == 1)
        with closing(sqlite3.connect(path)) as connection:
            kept = connection.execute(_TEXTS).fetchall()
            assert set(before) <= set(kept)
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
