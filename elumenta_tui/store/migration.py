"""Bringing a file to the current version of the schema, so that no power cut and no full disk loses anything.

1. The write lock is taken: nobody changes the file until the end.
2. The file is copied to `conversations.db.version-N`. The copy gets this name only when it is complete and on the disk.
3. All steps run in one transaction. Before the commit the tables, the references and what each step preserves are checked.
4. After the commit the file is read in full. Only then is the copy removed.

A copy that is found at the next start means that a migration was interrupted: `database.settle_migration` decides about it.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from elumenta_tui.store import schema
from elumenta_tui.store.events import StoreTrouble, Trouble
from elumenta_tui.store.guarded import Guarded, connect, transaction
from elumenta_tui.store.schema import Step

COMPANIONS = ("-wal", "-shm", "-journal")
"""Suffixes of the files that SQLite keeps beside a database."""

MIGRATION_SECONDS = 600.0
"""Processor time that one statement of a migration, or of its checks, may take."""


class Failed(StoreTrouble):
    """A migration did not give what it should. The file is as it was before."""

    def __init__(self, detail: str) -> None:
        super().__init__(Trouble.DISK, f"migration: {detail}")


def migrate(connection: sqlite3.Connection, steps: Sequence[Step] | None = None) -> None:
    """Run the steps that a database lacks, in one transaction; by default those that lead to the current version.

    Raises Failed or sqlite3.Error; the database is unchanged then.
    """
    steps = schema.steps() if steps is None else steps
    if schema.version_of(connection) >= len(steps):
        return
    with _transaction(connection):
        # Another program may have been faster.
        _run(connection, steps)


def migrate_file(connection: Guarded, path: Path) -> None:
    """Bring a file to the current version and keep a copy of it until the result is checked. The connection is open on it.

    Raises Failed, sqlite3.Error or OSError, for instance if there is no room for the copy. The file is as it was then. If the
    check after the commit has failed, the copy has taken the file's place, and the connection is closed.
    """
    steps = schema.steps()
    if schema.version_of(connection) >= len(steps):
        return
    patience, connection.patience = connection.patience, MIGRATION_SECONDS
    # The commit must be on the disk before the copy goes.
    connection.execute("PRAGMA synchronous = FULL")
    copy: Path | None = None
    with _transaction(connection):
        version = schema.version_of(connection)
        if version < len(steps):
            copy = _keep_copy(path, version)
            try:
                _run_checked(connection, steps)
            except BaseException:
                # Nothing is committed, so the file has all that the copy has.
                remove(copy)
                raise
    if copy is not None:
        _verify(connection, path, copy)
    connection.patience = patience


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    # With foreign keys on, a table that is dropped to be made anew would take the rows that refer to it along.
    connection.execute("PRAGMA foreign_keys = OFF")
    with transaction(connection):
        yield


def _run(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Run the steps that are missing. `user_version` is part of the transaction too."""
    for version in range(schema.version_of(connection), len(steps)):
        step = steps[version]
        before = [_rows(connection, query) for query, _ in step.preserves]
        for statement in step.statements:
            connection.execute(statement)
        if before != [_rows(connection, query) for _, query in step.preserves]:
            raise Failed(f"version {version + 1} does not hold what version {version} held")
        connection.execute(f"PRAGMA user_version = {version + 1}")


def _run_checked(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Run the missing steps and check the result; what was wrong before may stay wrong."""
    was_strange, broken_before = schema.strange_rows(connection), _broken_references(connection)
    _run(connection, steps)
    foreign, _ = schema.difference(connection)
    strange = "" if was_strange else schema.strange_rows(connection)
    if foreign or strange:
        raise Failed(foreign or f"rows of {strange}")
    if _broken_references(connection) and not broken_before:
        raise Failed("broken references")


def _rows(connection: sqlite3.Connection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(query)]


def _broken_references(connection: sqlite3.Connection) -> bool:
    return connection.execute("PRAGMA foreign_key_check").fetchone() is not None


def _verify(connection: Guarded, path: Path, copy: Path) -> None:
    """Read the migrated file anew. Remove the copy if the file is sound, else put the copy in its place and raise Failed."""
    with contextlib.suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fault = ""
    try:
        with closing(connect(path, mode="ro")) as fresh:
            fresh.patience = MIGRATION_SECONDS
            verdict = fresh.execute("PRAGMA quick_check(1)").fetchone()[0]
            fault = "" if verdict == "ok" else str(verdict)
    except sqlite3.DatabaseError as error:
        fault = str(error)
    if not fault:
        remove(copy)
        return
    connection.close()
    put_back(copy, path)
    raise Failed(fault)


# --------------------------------------------------------------------------------------------------------------- copies


def beside(path: Path, companion: str) -> Path:
    """Return the path of a companion file of a database."""
    return path.with_name(path.name + companion)


def sync_directory(directory: Path) -> None:
    """Write the names in a directory to the disk, where the system can do that."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def temporary_file(path: Path) -> Path:
    """Create an empty file beside a database, for its owner only. `remove_temporary` finds it after a crash."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    return Path(name)


def remove_temporary(path: Path) -> None:
    """Remove what a killed program has left half made. Only for the one program that opens the database."""
    for leftover in path.parent.glob(f".{path.name}.*"):
        with contextlib.suppress(OSError):
            leftover.unlink()


def copies(path: Path) -> list[Path]:
    """Return the copies that interrupted migrations of a database have left, the newest version at the end."""
    found = {}
    for copy in path.parent.glob(f"{path.name}.version-*"):
        version = re.fullmatch(r"version-([0-9]{1,4})", copy.name.removeprefix(f"{path.name}."))
        if version is not None:
            found[int(version[1])] = copy
    return [found[version] for version in sorted(found)]


def _keep_copy(path: Path, version: int) -> Path:
    """Copy a database, with its log, under a name that says its version. Nobody may write it meanwhile."""
    copy = path.with_name(f"{path.name}.version-{version}")
    temporary = temporary_file(path)
    try:
        with (
            closing(connect(path, mode="ro")) as source,
            closing(connect(temporary, mode="rw", defensive=False)) as target,
        ):
            source.backup(target)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(copy)
        sync_directory(path.parent)
    finally:
        remove(temporary)
    return copy


def remove(copy: Path) -> None:
    """Remove a copy and what SQLite has made beside it."""
    for file in (copy, *(beside(copy, companion) for companion in COMPANIONS)):
        file.unlink(missing_ok=True)
    sync_directory(copy.parent)


def put_back(copy: Path, path: Path) -> None:
    """Put a copy, or a new file, in the place of a database."""
    for companion in COMPANIONS:
        # SQLite would apply the log of the file that goes to the file that comes.
        beside(path, companion).unlink(missing_ok=True)
    copy.replace(path)
    sync_directory(path.parent)
