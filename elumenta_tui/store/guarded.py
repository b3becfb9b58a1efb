"""Connections for files that a stranger may have written: nothing in them is trusted, and no statement runs for ever."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import thread_time
from typing import Any

from elumenta_tui.store.events import StoreTrouble, Trouble

OLDEST = (3, 27, 0)
"""The first SQLite with `remove_diacritics 2`, which the full-text index needs."""

BUSY_SECONDS = 2.0
"""Seconds that a statement waits for another program's transaction."""

STATEMENT_SECONDS = 10.0
"""Processor time that one statement may take. Only a hostile file needs more; waiting for a slow disk does not count."""

LONGEST = 256 * 1024 * 1024
"""Bytes of the largest value or row that is read."""

_LOOK_EVERY = 50_000
"""Steps of SQLite's virtual machine between two checks of the time: some milliseconds."""

_DBCONFIG_DEFENSIVE = 1010


class Guarded(sqlite3.Connection):
    """A connection whose statements are interrupted (sqlite3.OperationalError) when they take too much processor time."""

    patience = STATEMENT_SECONDS
    """Seconds of processor time that the next statements may take."""
    presented = 0
    """Version of the schema that the file had when `schema.present` prepared it for reading."""
    _until = float("inf")

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        self._until = thread_time() + self.patience
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        self._until = thread_time() + self.patience
        return super().executemany(sql, parameters)

    def watch(self) -> None:
        """Begin to limit the time of statements."""
        itself = weakref.ref(self)

        def is_over() -> bool:
            connection = itself()
            return connection is not None and thread_time() > connection._until

        self.set_progress_handler(is_over, _LOOK_EVERY)


def require_sqlite() -> None:
    """Raise StoreTrouble, with the version as its detail, if Python's SQLite is too old."""
    if sqlite3.sqlite_version_info < OLDEST:
        raise StoreTrouble(Trouble.LIBRARY, sqlite3.sqlite_version)


def connect(path: Path, *, mode: str, immutable: bool = False, defensive: bool = True) -> Guarded:
    """Open a connection that creates no file and begins no transaction by itself; `mode` is `rw` or `ro`.

    `immutable` promises that nobody writes, so that a database in a read-only directory can be read. `defensive` forbids to
    write the schema past SQLite; reading a damaged file needs it off.
    """
    require_sqlite()
    uri = f"{path.absolute().as_uri()}?mode={mode}" + ("&immutable=1" if immutable else "")
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, factory=Guarded)
    connection.watch()
    connection.row_factory = sqlite3.Row
    # Invalid UTF-8 in one column must not make the whole row unreadable.
    connection.text_factory = _lenient
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    # Expressions in a stranger's schema may only call functions without side effects.
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA mmap_size = 0")
    if mode == "rw":
        # Before anything is written, a migration too: what is deleted is overwritten.
        connection.execute("PRAGMA secure_delete = ON")
    set_config = getattr(connection, "setconfig", None)
    if defensive and set_config is not None:
        set_config(_DBCONFIG_DEFENSIVE, True)
    return connection


def private() -> Guarded:
    """Open an empty database of this connection alone. It may grow larger than memory and is gone when it is closed."""
    connection = sqlite3.connect("", isolation_level=None, factory=Guarded)
    connection.row_factory = sqlite3.Row
    connection.text_factory = _lenient
    return connection


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's code of an error without its refinement, which is in the higher bytes; 0 if it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write in a transaction, which is rolled back if anything is raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def writable_schema(connection: sqlite3.Connection) -> Iterator[None]:
    """Allow to write the schema past SQLite, which reads it again afterwards."""
    set_config = getattr(connection, "setconfig", None)
    if set_config is not None:
        set_config(_DBCONFIG_DEFENSIVE, False)
    connection.execute("PRAGMA writable_schema = ON")
    try:
        yield
    finally:
        connection.execute("PRAGMA writable_schema = RESET")
        if set_config is not None:
            set_config(_DBCONFIG_DEFENSIVE, True)


# Called for every text that is read: without a line of Python in between, a list of ten thousand takes a third less.
_lenient: Callable[[bytes], str] = partial(str, encoding="utf-8", errors="replace")
