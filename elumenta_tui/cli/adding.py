"""The conversations of this machine, as commands read and add to them, and what is said when that fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.cli.stdio import complain
from elumenta_tui.i18n import say
from elumenta_tui.store import FILE, Store
from elumenta_tui.store.events import NotSaving, Opened, SetAside, StoreEvent, StoreTrouble
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    import sqlite3

    from elumenta_tui.store.changes import AddCharge, AddConversation

OPENING_SECONDS = 900.0
"""Seconds that opening the database may take: a large one of an older version is copied and migrated first."""

CLOSING_SECONDS = 5.0


class Failed(Exception):
    """The database cannot be read or written. The text is for the user."""


@contextmanager
def failures_told(path: Path, *, raises: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    """Raise Failed for whatever goes wrong with the database at that path, but for what `raises` names."""
    import sqlite3

    from elumenta_tui.store.database import Damaged, Foreign

    try:
        yield
    except raises:
        raise
    except StoreTrouble as trouble:
        raise Failed(say(f"saving.{trouble.trouble.value}", path=path, detail=trouble.detail)) from trouble
    except Foreign as error:
        raise Failed(say("export.foreign", path=path)) from error
    except Damaged as error:
        raise Failed(say("export.damaged", path=path)) from error
    except (sqlite3.Error, OSError) as error:
        raise Failed(say("export.unreadable", path=path, reason=clean_line(str(error)))) from error


@contextmanager
def reading(path: Path, *, alone: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the database for reading; where there is none, an empty one in memory. Raises Failed. `alone` as in `examine`."""
    from contextlib import closing

    from elumenta_tui.store import migration
    from elumenta_tui.store.guarded import private
    from elumenta_tui.store.reading import open_for_reading

    with failures_told(path):
        if path.exists():
            connection = open_for_reading(path, alone=alone)
        else:
            connection = private()
            migration.migrate(connection)
        with closing(connection):
            yield connection


class Adding:
    """Adds to the conversations, beside whatever other programs write. Each change is on the disk before the next one."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE
        self._changed = threading.Condition()
        self._is_open = False
        self._trouble: NotSaving | None = None
        self._store = Store(directory, self._take, looks_back=False)

    def open(self) -> None:
        """Open the database, which is made if there is none. Raises Failed."""
        self._store.start()
        with self._changed:
            self._changed.wait_for(lambda: self._is_open or self._trouble is not None, OPENING_SECONDS)
            if not self._is_open:
                self._fail()

    def add(self, change: AddConversation | AddCharge) -> None:
        """Write a change. Raises Failed."""
        if not self._store.put(change).result():
            self._fail()

    def close(self) -> None:
        """End the store."""
        self._store.close(CLOSING_SECONDS)

    def _fail(self) -> None:
        trouble = self._trouble
        if trouble is None:
            raise Failed(say("saving.disk", path=self.path))
        raise Failed(say(f"saving.{trouble.trouble.value}", path=self.path, detail=trouble.detail))

    def _take(self, event: StoreEvent) -> None:
        """Note an event, in a thread of the store."""
        with self._changed:
            match event:
                case Opened():
                    self._is_open = True
                case NotSaving():
                    self._trouble = event
                case SetAside(path, rescued, is_foreign):
                    key = "notice.set_aside_foreign" if is_foreign else "notice.set_aside"
                    complain(say(key, path=path, n=rescued))
                case _:
                    pass
            self._changed.notify_all()


@contextmanager
def adding(directory: Path) -> Iterator[Callable[[AddConversation | AddCharge], None]]:
    """Yield a function that adds to the conversations in a directory. Raises Failed."""
    store = Adding(directory)
    try:
        store.open()
        yield store.add
    finally:
        store.close()
