"""The database file: looked at before it is touched, opened, made, set aside.

Nothing here decides what is in it (see `schema`), or when something is written (see `writer`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
import tempfile
from pathlib import Path
from time import gmtime, strftime

from elumenta_tui.store.news import StoreTrouble, Trouble
from elumenta_tui.store.schema import APPLICATION, VERSION, migrate

FILE = "conversations.db"

BUSY_SECONDS = 2.0
"""How long a statement waits for another program's transaction."""

CHECKED_AT_ONCE = 256 * 1024 * 1024
"""Bytes of a database that is checked before it is used; checking a larger one takes longer than people wait."""

_MAGIC = b"SQLite format 3\0"
_VERSION_AT, _APPLICATION_AT = 60, 68
"""Where the header has `user_version` and `application_id`: four bytes each, the highest first."""

_COMPANIONS = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a database."""

Identity = tuple[int, int]
"""Device and inode: the same file, whatever it is called."""


class Damaged(Exception):
    """The file is no database of ours, or a broken one."""


def identity(path: Path) -> Identity | None:
    """Which file is at that path now; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def leads_nowhere(path: Path) -> bool:
    """A link to a file that is not there now, on a disk that is not there now perhaps."""
    return path.is_symlink() and identity(path) is None


def trouble_of(error: sqlite3.Error | OSError) -> StoreTrouble:
    """What an error of SQLite or the system means for the user."""
    if isinstance(error, OSError):
        kinds = {
            errno.ENOSPC: Trouble.FULL,
            errno.EDQUOT: Trouble.FULL,
            errno.EROFS: Trouble.READ_ONLY,
            errno.EACCES: Trouble.READ_ONLY,
            errno.EPERM: Trouble.READ_ONLY,
        }
        return StoreTrouble(kinds.get(error.errno or 0, Trouble.DISK), error.strerror or str(error))
    # The low byte is the kind, the others say where it happened.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kinds_of_code = {
        sqlite3.SQLITE_FULL: Trouble.FULL,
        sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
        sqlite3.SQLITE_PERM: Trouble.READ_ONLY,
        sqlite3.SQLITE_BUSY: Trouble.LOCKED,
        sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    }
    return StoreTrouble(kinds_of_code.get(code, Trouble.DISK), str(error))


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file's content is broken."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def connect(path: Path, *, mode: str, immutable: bool = False) -> sqlite3.Connection:
    """A connection that makes no file and begins no transaction by itself; `mode` is `rw` or `ro`.

    `immutable` promises that nobody writes: so a database in a directory that can't be written can be read.
    """
    uri = f"{path.absolute().as_uri()}?mode={mode}" + ("&immutable=1" if immutable else "")
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    # Bytes that are no UTF-8 must not hide the rest of a row.
    connection.text_factory = _lenient
    return connection


def _lenient(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def make_private(directory: Path) -> None:
    """The directory, with its parents, for its owner only."""
    for part in reversed([directory, *directory.parents]):
        part.mkdir(mode=0o700, exist_ok=True)
    if stat.S_IMODE(directory.stat().st_mode) & 0o077:
        with contextlib.suppress(OSError):
            directory.chmod(0o700)


def make(path: Path) -> None:
    """A new, empty database. It has its tables from the first moment that it has its name.

    One program at a time may make it: what another has left half made is thrown away.
    """
    for leftover in path.parent.glob(f".{path.name}.*"):
        leftover.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        connection = connect(temporary, mode="rw")
        try:
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            migrate(connection)
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        # What an earlier database of that name has left is none of the new one's: SQLite would read it.
        for companion in _COMPANIONS:
            _beside(path, companion).unlink(missing_ok=True)
        temporary.replace(path)
        _sync_directory(path.parent)
    except BaseException:
        for leftover in (temporary, *(_beside(temporary, companion) for companion in _COMPANIONS)):
            leftover.unlink(missing_ok=True)
        raise


def examine(path: Path, *, thorough: bool | None = None, alone: bool = False) -> None:
    """Look at a database without changing a byte of it. Damaged, or StoreTrouble if it is too new or can't be read.

    `thorough`: check all of it; None: if that does not take long. `alone`: nothing in this program has the file open; then not
    even a log is made beside a newer one.
    """
    if not path.is_file() or not path.stat().st_size:
        raise Damaged("no database")
    if alone:
        _check_header(path)
    connection = connect(path, mode="ro")
    try:
        _check_origin(
            connection.execute("PRAGMA application_id").fetchone()[0],
            connection.execute("PRAGMA user_version").fetchone()[0],
        )
        if path.stat().st_size <= CHECKED_AT_ONCE if thorough is None else thorough:
            check(connection)
    except sqlite3.Error as error:
        if is_damage(error):
            raise Damaged(str(error)) from error
        raise
    finally:
        connection.close()


def _check_header(path: Path) -> None:
    """Look at the file past SQLite.

    Whoever does that while SQLite has the file open in the same process takes its locks away; and then the next program to
    leave deletes the log that this one still writes into.
    """
    with path.open("rb") as file:
        header = file.read(100)
    if header.startswith(_MAGIC):
        _check_origin(*(int.from_bytes(header[at : at + 4], "big") for at in (_APPLICATION_AT, _VERSION_AT)))


def _check_origin(application: int, version: int) -> None:
    if application != APPLICATION:
        raise Damaged("another program's database")
    if version > VERSION:
        raise StoreTrouble(Trouble.NEWER, str(version))


def check(connection: sqlite3.Connection) -> None:
    """Read every page; Damaged if one is not what it should be."""
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise Damaged(verdict)


def open_for_writing(path: Path) -> sqlite3.Connection:
    """A connection to a database that has been examined."""
    for file in (path, *(_beside(path, companion) for companion in _COMPANIONS)):
        if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
            file.chmod(0o600)
    connection = connect(path, mode="rw")
    try:
        migrate(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        # With every commit on the disk a pulled plug loses no more than a killed program.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def set_aside(path: Path) -> Path:
    """Give a file that can't be used, and what belongs to it, another name. Where it is now."""
    stamp = strftime("%Y%m%d-%H%M%S", gmtime())
    number = 1
    while True:
        aside = path.with_name(f"{path.name}.damaged-{stamp}" + (f"-{number}" if number > 1 else ""))
        if not aside.exists():
            break
        number += 1
    # The file last: what is left beside a name that has no file any more is thrown away.
    for companion in _COMPANIONS:
        beside = _beside(path, companion)
        if beside.exists():
            beside.rename(_beside(aside, companion))
    path.rename(aside)
    _sync_directory(path.parent)
    return aside


def _beside(path: Path, companion: str) -> Path:
    return path.with_name(path.name + companion)


def _sync_directory(directory: Path) -> None:
    """Have the names in a directory on the disk too."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
