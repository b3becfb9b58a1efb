"""The one thread that writes. (Over 400 lines: opening, retrying, writing and leaving share the state of this thread.)

A disk that hangs or fails never stops the program.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from elumenta_tui.store.changes import (
    Change,
    Delete,
    DeleteBranch,
    Pending,
    SaveAnswer,
    conversation_of,
    is_unqueued,
)
from elumenta_tui.store.events import (
    NotSaving,
    Opened,
    OthersWrite,
    Replaced,
    SavingAgain,
    SetAside,
    StoreEvent,
    StoreTrouble,
    Trouble,
)
from elumenta_tui.store.ids import is_id, new_id
from elumenta_tui.store.locks import FileLock, is_held, remove_lock
from elumenta_tui.store.marks import Mark, collect_abandoned

if TYPE_CHECKING:
    import sqlite3

    from elumenta_tui.store.database import Identity

_log = logging.getLogger(__name__)

RETRY_AFTER = (0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to save; the last value repeats."""

OPENING_PATIENCE = 10.0
"""Seconds to wait for another program that opens the database."""

OPENING_INDEX_SECONDS = 0.25
"""Seconds that opening may spend on rebuilding the index; the rest is rebuilt while the program runs."""

SCRUBBING_PART, DELETING_PART = 0.5, 0.8
"""Parts of the time for closing that may be spent on scrubbing, and on deleting and scrubbing."""

SCRUB_EVERY = 0.1
"""Seconds between two parts of scrubbing, so that saving goes first."""

Notify = Callable[[StoreEvent], object]


class Writer:
    """Takes changes from any thread, and writes them as soon as the disk allows.

    A change leaves `unsaved` only after the commit that contains it.
    """

    def __init__(
        self, path: Path, notify: Notify, calendar: Callable[[], float], *, looks_back: bool = True
    ) -> None:
        self._path = path
        self._looks_back = looks_back
        self._notify = notify
        self._calendar = calendar
        self.program = new_id()
        """Id of this running program."""
        self.mark = Mark(path, self.program)
        self._pending = Pending()
        self._batch = Pending()
        """Changes that are being written right now: not on the disk yet either."""
        self._waiting: list[Future[bool]] = []
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._connection: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._touched: set[str] = set()
        self._deletions: Sequence[Delete] = ()
        """What is to be deleted at the end and not noted on the disk."""
        self._is_deleting = False
        self._lock: FileLock | None = None
        self._trouble: StoreTrouble | None = None
        self._attempts = 0
        self._is_suspicious = False
        self._is_beyond_repair = False
        self._scrubbing = False
        self._scrub_until = 0.0
        self._others_reported: set[str] = set()

    # ----------------------------------------------------------------------------------------------- from any thread

    def start(self) -> None:
        """Start the thread, which opens the database first."""
        self._thread.start()

    def put(self, *changes: Change) -> Future[bool]:
        """Queue changes for one transaction. The result: they are on the disk (True), or the attempt failed (False)."""
        done: Future[bool] = Future()
        with self._wake:
            for change in changes:
                self._pending.add(change)
            self._waiting.append(done)
            self._wake.notify()
        return done

    def delete_at_end(self, deletions: Sequence[Delete]) -> None:
        """Delete conversations at the end, after all changes are written."""
        with self._wake:
            self._deletions = [*self._deletions, *deletions]

    @property
    def unsaved(self) -> Pending:
        """Copy of the changes that are not on the disk yet."""
        with self._wake:
            all_of_it = self._batch.copy()
            for change in self._pending:
                all_of_it.add(change)
            return all_of_it

    @property
    def may_be_read(self) -> bool:
        """Whether this version of the program can read the file."""
        return self._trouble is None or self._trouble.trouble not in (Trouble.NEWER, Trouble.DAMAGED)

    def suspect(self) -> None:
        """Have the whole file checked: somebody has found it damaged."""
        with self._wake:
            self._is_suspicious = True
            self._wake.notify()

    def close(self, timeout: float) -> int:
        """Write all changes and end within `timeout` seconds.

        Returns the number of changes that could not be written, and of deletions that could not even be noted.
        """
        with self._wake:
            self._closing = True
            self._scrub_until = monotonic() + timeout * (DELETING_PART if self._deletions else SCRUBBING_PART)
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(timeout)
        if self._thread.is_alive() and self._is_deleting:
            with suppress(Exception):
                # A very long conversation. The next start deletes it.
                assert self._connection is not None
                self._connection.interrupt()
            self._thread.join(timeout / 4)
        return len(self.unsaved) + len(self._deletions)

    # -------------------------------------------------------------------------------------------------- in the thread

    def _work(self) -> None:
        while True:
            self._attempt(self._ensure_open)
            if self._connection is not None:
                self._attempt(self._write)
                self._attempt(self._note_deletions)
                self._attempt(self._scrub)
            with self._wake:
                # Changes that came while the index was rebuilt are written before the end.
                is_done = self._trouble is not None or not (self._pending or self._deletions)
                if self._closing and is_done and not self._may_scrub_on():
                    break
                if self._trouble is not None:
                    self._wake.wait(RETRY_AFTER[min(self._attempts, len(RETRY_AFTER)) - 1])
                elif not (self._pending or self._waiting or self._is_suspicious):
                    pause = SCRUB_EVERY / 10 if self._closing else SCRUB_EVERY
                    self._wake.wait(pause if self._scrubbing or self._closing else None)
        self._leave()

    def _may_scrub_on(self) -> bool:
        """Whether there is time left, at the program's end, to scrub deleted text from the files."""
        return self._trouble is None and self._scrubbing and monotonic() < self._scrub_until

    def _attempt(self, work: Callable[[], None]) -> None:
        """Run a part of the work. Any error is reported, and the work is tried again later."""
        import sqlite3

        from elumenta_tui.store.database import Damaged, is_damage, is_foreign_error, trouble_of

        try:
            work()
        except StoreTrouble as trouble:
            self._report_trouble(trouble)
        except Damaged as damage:
            self._close_connection()
            self._is_suspicious = True
            self._report_trouble(StoreTrouble(Trouble.DAMAGED, str(damage)))
        except sqlite3.Error as error:
            seen = trouble_of(error)
            if seen.trouble not in (Trouble.LOCKED, Trouble.FULL):
                # The error does not say what has happened to the file: open it again, which checks it.
                self._close_connection()
                self._is_suspicious = self._is_suspicious or is_damage(error) or is_foreign_error(error)
            self._report_trouble(seen)
        except OSError as error:
            self._close_connection()
            self._report_trouble(trouble_of(error))
        except Exception as error:
            # If this thread died, nothing would be saved any more, and nobody would know.
            _log.exception("unexpected error in the store")
            self._close_connection()
            self._report_trouble(StoreTrouble(Trouble.DISK, type(error).__name__))

    def _report_trouble(self, trouble: StoreTrouble) -> None:
        _log.info("nothing can be saved: %s", trouble)
        self._attempts += 1
        known, self._trouble = self._trouble, trouble
        if known is None or known.trouble is not trouble.trouble:
            self._notify(NotSaving(trouble.trouble, trouble.detail))
        self._answer(saved=False)

    def _answer(self, *, saved: bool) -> None:
        """Resolve the futures of those who wait."""
        with self._wake:
            waiting, self._waiting = self._waiting, []
        for done in waiting:
            _settle(done, saved=saved)

    # ------------------------------------------------------------------------------------------------------- opening

    def _ensure_open(self) -> None:
        from elumenta_tui.store.database import identity

        found = identity(self._path)
        if self._connection is not None:
            if found != self._identity:
                self._carry_over()
            elif self._is_suspicious:
                self._close_connection()
            else:
                return
        before = self._identity
        was_set_aside = self._open()
        if before is not None and found != before and not was_set_aside:
            self._notify(Replaced())

    def _open(self) -> bool:
        """Open or create the database; returns whether a damaged one was set aside. One program at a time does this."""
        from elumenta_tui.store import database, recovery

        database.make_private(self._path.parent)
        opening = FileLock(self._path.with_name("opening.lock"))
        patience = monotonic() + OPENING_PATIENCE
        while not opening.acquire():
            if monotonic() > patience:
                raise StoreTrouble(Trouble.LOCKED, str(self._path))
            threading.Event().wait(0.02)
        rescued, is_foreign = 0, False
        derived: set[str] = set()
        try:
            if database.leads_nowhere(self._path):
                raise StoreTrouble(Trouble.DISK, str(self._path))
            restored = aside = database.settle_migration(self._path)
            if database.identity(self._path) is not None:
                try:
                    derived = self._examine()
                except database.Damaged as damage:
                    _log.info("database set aside: %s", damage)
                    is_foreign = isinstance(damage, database.Foreign)
                    aside = database.set_aside(self._path)
            if database.identity(self._path) is None:
                database.make(self._path)
            self._connection = database.open_for_writing(self._path)
            self._identity = database.identity(self._path)
            if aside is not None and aside is not restored:
                rescued = self._rescue(aside)
            elif aside is not None:
                rescued = recovery.count_answers(self._connection)
            opened = self._begin_here(self._connection, is_index_bad=self._is_suspicious or bool(derived))
        finally:
            opening.release()
        self._is_suspicious = False
        self._scrubbing = True
        # In most databases this rebuilds the whole index, so that the first search finds everything.
        self._rebuild_index(OPENING_INDEX_SECONDS)
        if aside is not None:
            self._notify(SetAside(aside, rescued, is_foreign))
        self._notify(opened)
        return aside is not None

    def _rescue(self, aside: Path) -> int:
        """Salvage a file that was set aside into the new one; returns the number of answers.

        If the disk does not take them, the file goes back to its place, so that the next attempt salvages it again.
        """
        from elumenta_tui.store import database, salvage

        assert self._connection is not None
        try:
            return salvage.rescue(aside, self._connection)
        except StoreTrouble:
            self._close_connection()
            database.bring_back(aside, self._path)
            raise
        except Exception:
            # The next attempt finds a sound file and does not come here: only this one can report the damaged file.
            _log.exception("nothing could be salvaged")
            return 0

    def _examine(self) -> set[str]:
        """Check the database and rebuild its indexes if needed; returns their names. Damaged if it must be set aside."""
        from elumenta_tui.store import database

        if self._is_beyond_repair:
            self._is_beyond_repair = False
            raise database.Damaged("the index can't be rebuilt")
        derived = database.examine(
            self._path, thorough=self._is_suspicious or None, alone=self._identity is None, rows=True
        )
        if derived:
            with closing(database.open_for_writing(self._path)) as connection:
                database.rebuild_indexes(connection, derived)
        return derived

    def _begin_here(self, connection: sqlite3.Connection, *, is_index_bad: bool) -> Opened:
        """Give unfinished answers of dead programs their final state, if that is wanted, and register this program."""
        from elumenta_tui.store import deleting, index, recovery, writing

        self._register()
        dead = [
            program
            for program in recovery.programs(connection)
            if self._looks_back and program != self.program and not self.is_alive(program)
        ]

        def look() -> Opened:
            index.check_folding(connection)
            if is_index_bad:
                index.condemn(connection)
            deleting.release_used(connection)
            left_open = recovery.left_open(connection, dead)
            cut = recovery.mark_cut(connection, self.is_alive) if self._looks_back else ()
            recovery.forget_programs(connection, dead)
            if not set(recovery.programs(connection)) - {self.program}:
                writing.forget_deleted(connection)
            return Opened(cut, left_open)

        opened = index.transact_without(connection, look)
        for program in dead:
            self._remove_lock_of(program)
        stuck = collect_abandoned(self._path, self.is_alive) if self._looks_back else ()
        return opened._replace(stuck=stuck)

    def _register(self) -> None:
        """Take the lock by which other programs know that this one runs."""
        if self._lock is None:
            from elumenta_tui.store.database import make_private

            path = lock_path(self._path, self.program)
            assert path is not None
            make_private(path.parent)
            lock = FileLock(path)
            lock.acquire()
            self._lock = lock

    def _remove_lock_of(self, program: str) -> None:
        path = lock_path(self._path, program)
        if path is not None:
            remove_lock(path)

    def is_alive(self, program: object) -> bool:
        """Whether the program with that id is running."""
        return program == self.program or is_running(self._path, program)

    def _carry_over(self) -> None:
        """Queue again whatever this program wrote into a file that was moved away, for the file that comes now."""
        from elumenta_tui.store import reading

        connection = self._connection
        assert connection is not None
        with suppress(Exception):
            # Write the log into the file that was moved away, which is now without it.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        earlier = Pending()
        for change in reading.as_changes(connection, self._touched):
            earlier.add(change)
        with self._wake:
            self._pending.put_back(earlier)
        self._close_connection()

    def _close_connection(self) -> None:
        if self._connection is not None:
            with suppress(Exception):
                self._connection.close()
        self._connection = None

    # ------------------------------------------------------------------------------------------------------- writing

    def _write(self) -> None:
        from elumenta_tui.store.database import identity
        from elumenta_tui.store.index import transact_without
        from elumenta_tui.store.writing import apply

        with self._wake:
            batch, self._pending = self._pending, Pending()
            self._batch = batch.copy()
            waiting, self._waiting = self._waiting, []
        connection = self._connection
        assert connection is not None
        try:
            if batch:
                now = self._calendar()

                def write() -> None:
                    for change in batch:
                        apply(connection, change, program=self.program, now=now)

                transact_without(connection, write)
                if identity(self._path) != self._identity:
                    # The commit went into a file that has no name any more.
                    raise StoreTrouble(Trouble.DISK)
        except BaseException:
            with self._wake:
                self._pending.put_back(batch)
                self._batch = Pending()
                self._waiting = waiting + self._waiting
            raise
        with self._wake:
            self._batch = Pending()
        for done in waiting:
            _settle(done, saved=True)
        self._note(batch)
        if self._trouble is not None:
            self._trouble, self._attempts = None, 0
            self._notify(SavingAgain())

    def _note(self, batch: Pending) -> None:
        """Remember which conversations this program has written, and look for other programs that write them too."""
        for change in batch:
            conversation = conversation_of(change)
            if isinstance(change, (Delete, DeleteBranch)) or is_unqueued(change):
                self._scrubbing = True
            if isinstance(change, Delete):
                self._touched.discard(conversation)
            elif conversation:
                self._touched.add(conversation)
            if isinstance(change, SaveAnswer) and change.place:
                self._report_others(change)

    def _report_others(self, change: SaveAnswer) -> None:
        from elumenta_tui.store import reading

        conversation = change.conversation.id
        assert self._connection is not None
        if conversation in self._others_reported:
            return
        if reading.answers_before(self._connection, change.answer.id) > change.place:
            self._others_reported.add(conversation)
            self._notify(OthersWrite(conversation))

    def _note_deletions(self) -> None:
        """Note, at the end, what is to be deleted. From then on this program has ended, as far as the next one can tell."""
        from elumenta_tui.store import deleting
        from elumenta_tui.store.database import identity
        from elumenta_tui.store.index import transact

        connection, deletions = self._connection, self._deletions
        if not (self._closing and deletions) or connection is None or self._trouble is not None:
            return
        with self._wake:
            if self._pending:
                # The end came after the last write. A draft written later would bring back a conversation that is deleted now.
                return

        def note() -> None:
            deleting.decide(connection, deletions)
            connection.execute("DELETE FROM program WHERE id = ?", (self.program,))

        transact(connection, note)
        if identity(self._path) != self._identity:
            raise StoreTrouble(Trouble.DISK)
        self._deletions, self._scrubbing = (), True

    def _scrub(self) -> None:
        """Carry out deletions, and remove deleted text from the index and the log as well, a part at a time."""
        from elumenta_tui.store import deleting, writing

        if not self._scrubbing or self._connection is None:
            return
        # At the end as many as there is time for, otherwise one after another between the changes.
        until = self._scrub_until if self._closing else 0.0
        self._is_deleting = True
        try:
            gone = deleting.carry_out(self._connection, until, program=self.program)
        finally:
            self._is_deleting = False
        self._touched.difference_update(gone)
        if gone or self._rebuild_index(0):
            return
        if self._connection is not None:
            self._scrubbing = writing.scrub(self._connection)

    def _rebuild_index(self, seconds: float) -> bool:
        """Rebuild parts of the index for that many seconds, at least one; returns whether there was anything to do."""
        import sqlite3

        from elumenta_tui.store import index

        assert self._connection is not None
        end = monotonic() + seconds
        has_begun = False
        try:
            while index.rebuild_part(self._connection):
                has_begun = True
                if monotonic() >= end:
                    break
        except sqlite3.Error as error:
            if not index.is_of_index(error):
                raise
            # The index can't even be dropped: set the file aside and salvage the texts into a new one.
            self._is_beyond_repair = self._is_suspicious = True
            self._close_connection()
        return has_begun

    def _leave(self) -> None:
        """End properly: remove this program's row, so that the next start reports no crash."""
        if self._connection is not None and not self.unsaved:
            with suppress(Exception):
                self._connection.execute("DELETE FROM program WHERE id = ?", (self.program,))
        self._close_connection()
        self._answer(saved=False)
        if self._lock is not None:
            self._lock.release(remove=True)


def _settle(done: Future[bool], *, saved: bool) -> None:
    # The future may have been cancelled.
    if done.set_running_or_notify_cancel():
        done.set_result(saved)


def lock_path(database: Path, program: object) -> Path | None:
    """Return the path of a program's lock file; None if the id is not valid: such an id must never become a path."""
    return database.with_name("running") / str(program) if is_id(program) else None


def is_running(database: Path, program: object) -> bool:
    """Whether a program with that id has the database open."""
    path = lock_path(database, program)
    return path is not None and is_held(path)
