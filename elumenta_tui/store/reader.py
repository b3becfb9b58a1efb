"""The thread that reads: lists, searches, previews, whole conversations."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import sqlite3

    from elumenta_tui.store.database import Identity
    from elumenta_tui.store.guarded import Guarded

Result = TypeVar("Result")

Query = Callable[["sqlite3.Connection | None"], Result]
"""A question. It is called with a connection, or with None if no database can be read."""


class Reader:
    """Answers one question after the other in a thread of its own, on a connection of its own.

    `may_be_read` says whether the writer knows the file as readable; `found_damage` tells the writer to examine it.
    """

    def __init__(
        self, path: Path, may_be_read: Callable[[], bool], found_damage: Callable[[], object]
    ) -> None:
        self._path = path
        self._may_be_read = may_be_read
        self._found_damage = found_damage
        self._questions: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        # Not a thread of a standard pool: Python waits for those at its end, even if the disk hangs.
        self._thread = Thread(target=self._work, name="store-reader", daemon=True)
        self._is_closed = False
        self._switching = Lock()
        self._kind = ""
        self._newest: dict[str, Future[Any]] = {}
        self._connection: Guarded | None = None
        self._identity: Identity | None = None

    def ask(self, query: Query[Result], *, instead_of_last: str = "") -> Future[Result]:
        """Queue a question. The future raises sqlite3.Error if the database breaks while it is read.

        `instead_of_last` names a kind of question of which only the newest matters: an earlier one that is unanswered is
        cancelled (CancelledError) or interrupted (sqlite3.Error).
        """
        if instead_of_last:
            last = self._newest.get(instead_of_last)
            if last is not None and not last.cancel():
                self._interrupt(instead_of_last)
        future: Future[Result] = Future()
        if self._is_closed:
            future.cancel()
            return future
        if instead_of_last:
            self._newest[instead_of_last] = future
        if self._thread.ident is None:
            self._thread.start()
        self._questions.put(partial(self._settle, future, query, instead_of_last))
        return future

    def _work(self) -> None:
        while (question := self._questions.get()) is not None:
            question()
        self._close()

    def _settle(self, future: Future[Result], query: Query[Result], kind: str) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            answer = self._answer(query, kind)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(answer)

    def _interrupt(self, kind: str = "") -> None:
        """Interrupt the running query, if it is of that kind; without a kind, in any case."""
        with self._switching:
            if self._connection is not None and (not kind or self._kind == kind):
                self._connection.interrupt()

    def _answer(self, query: Query[Result], kind: str) -> Result:
        import sqlite3

        from elumenta_tui.store.database import is_damage

        connection = self._opened()
        with self._switching:
            self._kind = kind
        try:
            return query(connection)
        except sqlite3.Error as error:
            if is_damage(error):
                self._close()
                self._found_damage()
            raise

    def _opened(self) -> sqlite3.Connection | None:
        import sqlite3

        from elumenta_tui.store.database import Damaged, identity
        from elumenta_tui.store.events import StoreTrouble
        from elumenta_tui.store.reading import open_for_reading

        if not self._may_be_read():
            return None
        found = identity(self._path)
        if self._connection is None or found != self._identity or self._is_migrated(self._connection):
            self._close()
            try:
                # The writer has checked the whole file already.
                connection = open_for_reading(self._path, thorough=False)
            except (OSError, sqlite3.Error, Damaged, StoreTrouble):
                # The writer meets the same error, and reports it.
                return None
            with self._switching:
                self._connection, self._identity = connection, found
        return self._connection

    def _is_migrated(self, connection: Guarded) -> bool:
        """Whether the file was of an older version when it was opened, and is of another one now."""
        import sqlite3

        from elumenta_tui.store import schema

        if connection.presented >= schema.current():
            return False
        try:
            return schema.version_of(connection) != connection.presented
        except sqlite3.Error:
            return True

    def _close(self) -> None:
        with self._switching:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def close(self, timeout: float) -> None:
        """Stop answering, and close the file within `timeout` seconds unless the disk hangs."""
        self._is_closed = True
        self._interrupt()
        if self._thread.ident is not None:
            self._questions.put(None)
            self._thread.join(timeout)
