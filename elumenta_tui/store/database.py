"""The database file: checked before it is changed, created, opened, set aside.

`schema` decides what is in the file, and `writer` when it is written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sqlite3
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from time import gmtime, strftime

from elumenta_tui.store import migration, schema
from elumenta_tui.store.events import StoreTrouble, Trouble
from elumenta_tui.store.guarded import Guarded, connect, primary_code
from elumenta_tui.store.migration import COMPANIONS, beside, sync_directory
from elumenta_tui.store.schema import APPLICATION, difference, strange_rows

CHECKED_AT_ONCE = 256 * 1024 * 1024
"""Largest size in bytes of a database that is checked before it is used. Checking a larger one takes longer than people wait."""

_MAGIC = b"SQLite format 3\0"
_VERSION_AT, _APPLICATION_AT = 60, 68
"""Offsets of `user_version` and `application_id` in the header: four bytes each, big-endian."""

Identity = tuple[int, int]
"""Device and inode of a file, which it keeps when it is renamed."""


class Damaged(Exception):
    """The file is broken, or not a database of this program."""


class Foreign(Damaged):
    """The database holds something that this program never writes, and that can't be used without trusting it."""


def identity(path: Path) -> Identity | None:
    """Identify the file at a path; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def leads_nowhere(path: Path) -> bool:
    """Whether a path is a link whose target is missing, for instance on a disk that is not mounted."""
    return path.is_symlink() and identity(path) is None


def trouble_of(error: sqlite3.Error | OSError) -> StoreTrouble:
    """Translate an error of SQLite or the system into what it means for the user."""
    if isinstance(error, OSError):
        kinds = {
            errno.ENOSPC: Trouble.FULL,
            errno.EDQUOT: Trouble.FULL,
            errno.EROFS: Trouble.READ_ONLY,
            errno.EACCES: Trouble.READ_ONLY,
            errno.EPERM: Trouble.READ_ONLY,
        }
        return StoreTrouble(kinds.get(error.errno or 0, Trouble.DISK), error.strerror or str(error))
    kinds_of_code = {
        sqlite3.SQLITE_FULL: Trouble.FULL,
        sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
        sqlite3.SQLITE_PERM: Trouble.READ_ONLY,
        sqlite3.SQLITE_BUSY: Trouble.LOCKED,
        sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    }
    return StoreTrouble(kinds_of_code.get(primary_code(error), Trouble.DISK), str(error))


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file's content is broken."""
    return primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


_FOREIGN_CODES = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_TOOBIG)
"""Errors that our own statements meet only in a file that is not ours: a missing name, endless work, a huge value."""


def is_foreign_error(error: sqlite3.Error) -> bool:
    """Whether an error says that a file is not as this program makes it."""
    return primary_code(error) in _FOREIGN_CODES


def make_private(directory: Path) -> None:
    """Create a directory and its parents, accessible to the owner only."""
    for part in reversed([directory, *directory.parents]):
        part.mkdir(mode=0o700, exist_ok=True)
    if stat.S_IMODE(directory.stat().st_mode) & 0o077:
        with contextlib.suppress(OSError):
            directory.chmod(0o700)


def make(path: Path) -> None:
    """Create an empty database. It gets its name only when its tables are complete.

    Only one program at a time may do this: temporary files of a killed one are removed.
    """
    migration.remove_temporary(path)
    temporary = migration.temporary_file(path)
    try:
        connection = connect(temporary, mode="rw")
        try:
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            with _full_text_search():
                migration.migrate(connection)
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        migration.put_back(temporary, path)
    except BaseException:
        migration.remove(temporary)
        raise


def examine(path: Path, *, thorough: bool | None = None, alone: bool = False, rows: bool = False) -> set[str]:
    """Check a database without changing it; returns the names of derived tables and indexes that have to be rebuilt.

    `thorough`: read every page; None: if the file is not too large. `alone`: no connection of this process has the file open,
    so that its header may be read first; then not even a log is created beside a file of a newer version. `rows`: every value
    must be one that this program writes, which only writing needs.

    Raises Damaged, Foreign, or StoreTrouble if a newer version wrote the file; OSError or sqlite3.Error if it can't be read.
    """
    if not path.is_file() or not path.stat().st_size:
        raise Damaged("no database")
    if not are_files(path):
        raise Damaged("no files beside it")
    if alone:
        _check_header(path)
    connection = connect(path, mode="ro")
    try:
        _check_origin(
            connection.execute("PRAGMA application_id").fetchone()[0],
            connection.execute("PRAGMA user_version").fetchone()[0],
        )
        foreign, derived = difference(connection)
        if foreign:
            raise Foreign(foreign)
        if path.stat().st_size <= CHECKED_AT_ONCE if thorough is None else thorough:
            derived |= check(connection)
            if rows:
                check_rows(connection)
        return derived
    except sqlite3.Error as error:
        if is_damage(error):
            raise Damaged(str(error)) from error
        if is_foreign_error(error):
            raise Foreign(str(error)) from error
        raise
    finally:
        connection.close()


def are_files(path: Path) -> bool:
    """Whether the companions of a database are regular files. SQLite would write through a link, and wait for a pipe."""
    for companion in COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(beside(path.resolve(), companion).lstat().st_mode):
                return False
    return True


def _check_header(path: Path) -> None:
    """Read the header without SQLite.

    Never while SQLite has the file open in this process: closing the file would release SQLite's locks, and then the next
    program to end would delete the log that this one still writes.
    """
    with path.open("rb") as file:
        header = file.read(100)
    if header.startswith(_MAGIC):
        _check_origin(
            *(
                int.from_bytes(header[at : at + 4], "big", signed=True)
                for at in (_APPLICATION_AT, _VERSION_AT)
            )
        )


def _check_origin(application: int, version: int) -> None:
    if application != APPLICATION:
        raise Damaged("another program's database")
    if version < 1:
        raise Foreign(f"version {version}")
    if version > schema.current():
        raise StoreTrouble(Trouble.NEWER, str(version))


def check_rows(connection: Guarded) -> None:
    """Raise Foreign if a column holds a value that this program never writes there."""
    strange = strange_rows(connection)
    if strange:
        raise Foreign(f"rows of {strange}")


_OF_INDEXES = re.compile(
    r"row \d+ missing from index (\S+)|wrong # of entries in index (\S+)|non-unique entry in index (\S+)"
)

CHECK_SECONDS = 600.0
"""Seconds of processor time that checking a database may take, however large it is."""


def check(connection: Guarded) -> set[str]:
    """Read every page; returns the indexes that do not match their tables. Damaged if anything else is wrong."""
    connection.patience, patience = CHECK_SECONDS, connection.patience
    try:
        verdicts = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(1000)").fetchall()]
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            raise Damaged(str(error)) from error
        raise
    finally:
        connection.patience = patience
    if verdicts == ["ok"]:
        return set()
    found = [_OF_INDEXES.fullmatch(verdict) for verdict in verdicts]
    indexes = {next(filter(None, match.groups())) for match in found if match is not None}
    if None in found:
        raise Damaged(next(verdict for verdict, match in zip(verdicts, found, strict=True) if match is None))
    return indexes


def rebuild_indexes(connection: sqlite3.Connection, derived: Collection[str]) -> None:
    """Rebuild indexes, except the full-text index (see `index`). Damaged if that fails."""
    indexes = [name for name in derived if not name.startswith("words")]
    if not indexes:
        return
    try:
        for name, statement in schema.index_statements().items():
            if name in indexes:
                connection.execute(statement.replace("CREATE INDEX ", "CREATE INDEX IF NOT EXISTS ", 1))
        connection.execute("REINDEX")
    except sqlite3.Error as error:
        if is_damage(error) or isinstance(error, sqlite3.IntegrityError):
            raise Damaged(str(error)) from error
        raise


def open_for_writing(path: Path) -> Guarded:
    """Open an examined database for writing, and migrate it if it is of an older version."""
    for file in (path, *(beside(path, companion) for companion in COMPANIONS)):
        # Save anyway on a file system without modes, or if the file belongs to another user.
        with contextlib.suppress(OSError):
            if stat.S_IMODE(file.stat().st_mode) & 0o077:
                file.chmod(0o600)
    connection = connect(path, mode="rw")
    try:
        with _full_text_search():
            migration.migrate_file(connection, path)
        set_journal(connection, path)
        # Sync every commit, so that a power cut loses no more than a killed program.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _full_text_search() -> Iterator[None]:
    """Raise StoreTrouble if SQLite lacks the full-text search."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "no such module" in str(error):
            raise StoreTrouble(Trouble.LIBRARY, f"{sqlite3.sqlite_version}, {error}") from error
        raise


def set_journal(connection: sqlite3.Connection, path: Path) -> None:
    """Use a write-ahead log, or a rollback journal where programs can't share memory through the file system."""
    if not is_on_network(path):
        connection.execute("PRAGMA journal_mode = WAL")
        return
    # Changing the mode needs exclusive access: while another program has the file open, it stays as it is.
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = TRUNCATE")


_NETWORK = frozenset("9p afs ceph cifs coda davfs fuse.davfs2 fuse.rclone fuse.sshfs gfs gfs2 glusterfs lustre ncpfs nfs nfs4 smb2 smb3 smbfs vboxsf".split())  # fmt: skip
"""File systems on which another machine may have the same file open; memory can't be shared with it."""

MOUNTS = Path("/proc/self/mounts")


def is_on_network(path: Path) -> bool:
    """Whether a file is on another machine's disk, as far as the system says."""
    place = os.path.realpath(path)
    if place.startswith("\\\\"):
        return True
    found, kind = "", ""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return False
    for line in mounts.splitlines():
        _, point, type, *_ = [*line.split(" "), "", "", ""]
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), point)
        if len(point) >= len(found) and (place == point or place.startswith(point.rstrip("/") + "/")):
            found, kind = point, type
    return kind in _NETWORK


def set_aside(path: Path) -> Path:
    """Rename a file that can't be used, and its companions; returns its new path."""
    stamp = strftime("%Y%m%d-%H%M%S", gmtime())
    number = 1
    while True:
        aside = path.with_name(f"{path.name}.damaged-{stamp}" + (f"-{number}" if number > 1 else ""))
        if not os.path.lexists(aside):
            break
        number += 1
    _rename(path, aside)
    return aside


def bring_back(aside: Path, path: Path) -> None:
    """Undo `set_aside`: the file at `path`, which must be worthless, is removed."""
    migration.remove(path)
    _rename(aside, path)


def _rename(path: Path, to: Path) -> None:
    # The file last: companions of a missing file would be deleted as leftovers.
    for companion in COMPANIONS:
        file = beside(path, companion)
        if os.path.lexists(file):
            file.rename(beside(to, companion))
    path.rename(to)
    sync_directory(path.parent)


def settle_migration(path: Path) -> Path | None:
    """Tidy up after programs that were killed, and decide about the copy that an interrupted migration has left. Only for the one program that opens the database.

    If the file is sound, it holds everything, migrated or not, and the copy is removed. If not, it is set aside, and the copy
    takes its place; where it is then, None if nothing was set aside. Raises what `examine` raises but Damaged.
    """
    migration.remove_temporary(path)
    found = migration.copies(path)
    if not found:
        return None
    aside: Path | None = None
    if identity(path) is None:
        migration.put_back(found.pop(), path)
    else:
        try:
            examine(path, thorough=True)
        except Damaged:
            aside = set_aside(path)
            migration.put_back(found.pop(), path)
    for copy in found:
        migration.remove(copy)
    return aside


def has_log(path: Path) -> bool:
    """Whether a database has a write-ahead log with changes."""
    log = beside(path.resolve(), "-wal")
    return log.is_file() and log.stat().st_size > 0


def copy_with_log(path: Path, directory: Path) -> Path:
    """Copy a database and its log into a directory; returns the path of the copy."""
    import shutil

    copy = directory / path.name
    shutil.copyfile(path, copy)
    shutil.copyfile(beside(path.resolve(), "-wal"), beside(copy, "-wal"))
    return copy
