"""The one thread that writes. Nobody waits for it unless they want to, and no disk can stop the program."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from elumenta_tui.store.changes import Change, Delete, Pending, SaveTurn, conversation_of
from elumenta_tui.store.ids import is_id, new_id
from elumenta_tui.store.locks import FileLock, is_held, remove_lock
from elumenta_tui.store.marks import Mark, take_left
from elumenta_tui.store.news import (
    News,
    NotSaving,
    Opened,
    OthersWrite,
    Replaced,
    SavingAgain,
    SetAside,
    StoreTrouble,
    Trouble,
)

if TYPE_CHECKING:
    import sqlite3

    from elumenta_tui.store.database import Identity

_log = logging.getLogger(__name__)

RETRY_AFTER = (0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to save again; the last one holds on."""

OPENING_PATIENCE = 10.0
"""Seconds to wait for another program that is opening the database."""

OPENING_INDEX_SECONDS = 0.25
"""How long opening goes on making the index anew, if that has to be done; the rest is done while the program runs."""

SCRUB_EVERY = 0.1
"""Seconds between two parts of scrubbing: what is to be saved goes first."""

Tell = Callable[[News], object]


class Writer:
    """Takes changes at any time, and has them on the disk as soon as the disk allows."""

    def __init__(self, path: Path, tell: Tell, calendar: Callable[[], float]) -> None:
        self._path = path
        self._tell = tell
        self._calendar = calendar
        self.program = new_id()
        """Id of this running program."""
        self.mark = Mark(path, self.program)
        self._pending = Pending()
        self._batch = Pending()
        """What is being written right now: not on the disk yet either."""
        self._waiting: list[Future[bool]] = []
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._connection: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._touched: set[str] = set()
        self._lock: FileLock | None = None
        self._trouble: StoreTrouble | None = None
        self._attempts = 0
        self._is_suspicious = False
        self._is_beyond_repair = False
        self._scrubbing = False
        self._scrub_until = 0.0
        self._told_of_others: set[str] = set()

    # ----------------------------------------------------------------------------------------------- from any thread

    def start(self) -> None:
        """Open the database, and begin to write."""
        self._thread.start()

    def put(self, *changes: Change) -> Future[bool]:
        """Have these written together. The result: they are on the disk, or (False) that is not possible for now."""
        done: Future[bool] = Future()
        with self._wake:
            for change in changes:
                self._pending.add(change)
            self._waiting.append(done)
            self._wake.notify()
        return done

    @property
    def unsaved(self) -> Pending:
        """What is not on the disk yet, to look at."""
        with self._wake:
            all_of_it = self._batch.copy()
            for change in self._pending:
                all_of_it.add(change)
            return all_of_it

    @property
    def may_be_read(self) -> bool:
        """False if the database is none that this version understands."""
        return self._trouble is None or self._trouble.trouble not in (Trouble.NEWER, Trouble.DAMAGED)

    def suspect(self) -> None:
        """Somebody has found the file damaged: look at it from the start."""
        with self._wake:
            self._is_suspicious = True
            self._wake.notify()

    def close(self, timeout: float) -> int:
        """Write what there is, and end; how many changes could not be written in time."""
        with self._wake:
            self._closing = True
            self._scrub_until = monotonic() + timeout / 2
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return len(self.unsaved)

    # -------------------------------------------------------------------------------------------------- in the thread

    def _work(self) -> None:
        while True:
            self._attempt(self._ensure_open)
            if self._connection is not None:
                self._attempt(self._write)
                self._attempt(self._scrub)
            with self._wake:
                # What was put while the index was looked after is written first.
                is_done = self._trouble is not None or not self._pending
                if self._closing and is_done and not self._may_scrub_on():
                    break
                if self._trouble is not None:
                    self._wake.wait(RETRY_AFTER[min(self._attempts, len(RETRY_AFTER)) - 1])
                elif not (self._pending or self._waiting or self._is_suspicious):
                    pause = SCRUB_EVERY / 10 if self._closing else SCRUB_EVERY
                    self._wake.wait(pause if self._scrubbing else None)
        self._leave()

    def _may_scrub_on(self) -> bool:
        """The program ends, and there is time to take what was deleted out of the files."""
        return self._trouble is None and self._scrubbing and monotonic() < self._scrub_until

    def _attempt(self, work: Callable[[], None]) -> None:
        """Do a part of the work; whatever goes wrong with it is told, and tried again later."""
        import sqlite3

        from elumenta_tui.store.database import Damaged, is_damage, is_odd, trouble_of

        try:
            work()
        except StoreTrouble as trouble:
            self._suffer(trouble)
        except Damaged as damage:
            self._close_connection()
            self._is_suspicious = True
            self._suffer(StoreTrouble(Trouble.DAMAGED, str(damage)))
        except sqlite3.Error as error:
            seen = trouble_of(error)
            if seen.trouble not in (Trouble.LOCKED, Trouble.FULL):
                # Whatever has happened to the file, only a look at it from the start can tell.
                self._close_connection()
                self._is_suspicious = self._is_suspicious or is_damage(error) or is_odd(error)
            self._suffer(seen)
        except OSError as error:
            self._close_connection()
            self._suffer(trouble_of(error))
        except Exception as error:
            # Without this thread nothing would ever be saved again, and nobody would be told.
            _log.exception("the store met something that it does not know")
            self._close_connection()
            self._suffer(StoreTrouble(Trouble.DISK, type(error).__name__))

    def _suffer(self, trouble: StoreTrouble) -> None:
        _log.info("nothing can be saved: %s", trouble)
        self._attempts += 1
        known, self._trouble = self._trouble, trouble
        if known is None or known.trouble is not trouble.trouble:
            self._tell(NotSaving(trouble.trouble, trouble.detail))
        self._answer(saved=False)

    def _answer(self, *, saved: bool) -> None:
        """Tell those who wait how it went."""
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
            self._tell(Replaced())

    def _open(self) -> bool:
        """Open the database, or make it; whether one that was damaged had to be set aside. One program at a time does that."""
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
                rescued = self._rescue(aside, self._connection)
            elif aside is not None:
                rescued = recovery.count_turns(self._connection)
            opened = self._look_back(self._connection, is_index_bad=self._is_suspicious or bool(derived))
        finally:
            opening.release()
        self._is_suspicious = False
        self._scrubbing = True
        # In most databases that is all there is to do, and the first search finds everything.
        self._make_index(OPENING_INDEX_SECONDS)
        if aside is not None:
            self._tell(SetAside(aside, rescued, is_foreign))
        self._tell(opened)
        return aside is not None

    def _rescue(self, aside: Path, into: sqlite3.Connection) -> int:
        """Salvage a file that was set aside; returns the number of turns. The file itself stays, whatever happens."""
        from elumenta_tui.store import recovery

        try:
            return recovery.rescue(aside, into)
        except Exception:
            # The next attempt finds a sound file and does not come here again: only this one can tell of the other file.
            _log.exception("nothing could be salvaged")
            return 0

    def _examine(self) -> set[str]:
        """Look at the database, and mend what is derived in it; the names of that. Damaged if it has to be set aside."""
        from elumenta_tui.store import database

        if self._is_beyond_repair:
            self._is_beyond_repair = False
            raise database.Damaged("it can't be made whole")
        derived = database.examine(
            self._path, thorough=self._is_suspicious or None, alone=self._identity is None, rows=True
        )
        if derived:
            with closing(database.open_for_writing(self._path)) as connection:
                database.mend(connection, derived)
        return derived

    def _look_back(self, connection: sqlite3.Connection, *, is_index_bad: bool) -> Opened:
        """Mark what programs before this one left unfinished, and begin a place for this one."""
        from elumenta_tui.store import index, recovery, writing

        self._register()
        dead = [
            program
            for program in recovery.programs(connection)
            if program != self.program and not self.is_alive(program)
        ]

        def look() -> Opened:
            index.look_after(connection)
            if is_index_bad:
                index.condemn(connection)
            left_open = recovery.left_open(connection, dead)
            cut = recovery.mark_cut(connection, self.is_alive)
            recovery.forget_programs(connection, dead)
            if not set(recovery.programs(connection)) - {self.program}:
                writing.forget_deleted(connection)
            return Opened(cut, left_open)

        opened = index.transact_without(connection, look)
        for program in dead:
            self._remove_lock_of(program)
        return replace(opened, stuck=take_left(self._path, self.is_alive))

    def _register(self) -> None:
        """Hold a lock for as long as this program lives, by which others know that it does."""
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
        """Whether that program is running."""
        return program == self.program or is_running(self._path, program)

    def _carry_over(self) -> None:
        """The file is not where it was: what this program has written into it goes into the one that comes now."""
        from elumenta_tui.store import reading

        connection = self._connection
        assert connection is not None
        with suppress(Exception):
            # A file that was moved away takes with it what is still in the log.
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
                    # It went into a file that is not there any more.
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
            self._tell(SavingAgain())

    def _note(self, batch: Pending) -> None:
        """Remember what this program has written, and look whether it is alone in it."""
        for change in batch:
            conversation = conversation_of(change)
            if isinstance(change, Delete):
                self._touched.discard(conversation)
                self._scrubbing = True
            elif conversation:
                self._touched.add(conversation)
            if isinstance(change, SaveTurn) and change.place:
                self._look_for_others(change)

    def _look_for_others(self, change: SaveTurn) -> None:
        from elumenta_tui.store import reading

        conversation = change.turn.conversation
        assert self._connection is not None
        if conversation in self._told_of_others:
            return
        if reading.turns_before(self._connection, change.turn.id) > change.place:
            self._told_of_others.add(conversation)
            self._tell(OthersWrite(conversation))

    def _scrub(self) -> None:
        """What was deleted goes out of the index and the log as well, a little at a time."""
        from elumenta_tui.store import writing

        if not self._scrubbing or self._connection is None or self._make_index(0):
            return
        if self._connection is not None:
            self._scrubbing = writing.scrub(self._connection)

    def _make_index(self, seconds: float) -> bool:
        """Make a part of the index anew, or as many as that time allows; whether there was anything to do."""
        import sqlite3

        from elumenta_tui.store import index

        assert self._connection is not None
        end = monotonic() + seconds
        has_begun = False
        try:
            while index.go_on(self._connection):
                has_begun = True
                if monotonic() >= end:
                    break
        except sqlite3.Error as error:
            if not index.is_of_index(error):
                raise
            # It can't even be thrown away; what it was made of can be read out of the file, into a new one.
            self._is_beyond_repair = self._is_suspicious = True
            self._close_connection()
        return has_begun

    def _leave(self) -> None:
        """A proper end: the next start has nothing to tell of this one."""
        if self._connection is not None and not self.unsaved:
            with suppress(Exception):
                self._connection.execute("DELETE FROM program WHERE id = ?", (self.program,))
        self._close_connection()
        self._answer(saved=False)
        if self._lock is not None:
            self._lock.release(remove=True)


def _settle(done: Future[bool], *, saved: bool) -> None:
    # Who has waited may have given up.
    if done.set_running_or_notify_cancel():
        done.set_result(saved)


def lock_path(database: Path, program: object) -> Path | None:
    """The file that a running program holds locked; None if no program has such an id, so that no file is touched."""
    return database.with_name("running") / str(program) if is_id(program) else None


def is_running(database: Path, program: object) -> bool:
    """Whether a program with that id has the database open."""
    path = lock_path(database, program)
    return path is not None and is_held(path)
