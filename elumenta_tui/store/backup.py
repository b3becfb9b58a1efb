"""Copies of a whole database, made while programs use it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from elumenta_tui.store.database import examine
from elumenta_tui.store.guarded import connect
from elumenta_tui.store.migration import put_back, remove, sync_directory, temporary_file
from elumenta_tui.store.reading import open_for_reading

PAGES = 2_000
"""Pages that are copied between two reports of the progress."""


def back_up(
    source: Path,
    target: Path,
    *,
    overwrite: bool = False,
    progress: Callable[[int, int], object] = lambda done, of: None,
) -> None:
    """Copy a database as it is at one moment into one file of mode 0600, whole or not at all.

    The live log is never copied: SQLite reads through it. The copy is read in full before it gets its name. `progress` is told
    how many pages of how many are done.

    Raises FileExistsError if the name is taken, unless `overwrite`; Damaged, Foreign, StoreTrouble, OSError or sqlite3.Error if
    the database or the copy is not sound, or cannot be written.
    """
    if not overwrite and os.path.lexists(target):
        raise FileExistsError(str(target))
    # A link to the file, as on another disk, stays a link.
    target = target.resolve()
    temporary = temporary_file(target)
    try:
        with (
            closing(open_for_reading(source, thorough=False, alone=True)) as origin,
            closing(connect(temporary, mode="rw", defensive=False)) as copy,
        ):
            # One read transaction: what is committed meanwhile is not part of the copy, and nothing begins anew.
            origin.execute("BEGIN")
            origin.execute("SELECT 1 FROM conversation LIMIT 1").fetchone()
            origin.backup(copy, pages=PAGES, progress=lambda status, left, of: progress(of - left, of))
            # One file, which needs nothing beside it; and no program has it open.
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.execute("DELETE FROM program")
        examine(temporary, thorough=True)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if overwrite:
            put_back(temporary, target)
        else:
            _name(temporary, target)
    finally:
        remove(temporary)


def _name(temporary: Path, target: Path) -> None:
    """Give a file its name, unless somebody has taken it meanwhile."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        # The file system has no links.
        with suppress(FileNotFoundError):
            os.stat(target)
            raise FileExistsError(str(target)) from None
        temporary.replace(target)
    sync_directory(target.parent)
