"""Conversations on disk: one SQLite file, one thread that writes, one that reads.

```
 __init__   Store, the interface of this package
 tables     the stored facts, each declared once   facts      what a declaration is, and what follows from it
 records    facts as values                        failures   failures as JSON
 schema     versions of the tables                 migration  from one version to the next, with a copy kept
 writer     the thread that writes                 writing    changes → rows
 reader     the thread that reads                  reading    rows → conversations, lists, previews
 changes    values to be written                   unsaved    unsaved changes applied to what was read
 rows       turns, answers and texts as rows       adding     what is missing of a conversation from elsewhere
 merging    another database as changes            backup     a copy of the file while it is used
 database   the file: check, create, set aside     recovery   answers cut by a crash, salvage of damaged files
 index      the full-text index                    search     queries for it
 filters    filters of a list, as SQL             deleting   deletions left to the end of a program
 guarded    connections that trust no file         locks      locks that end with their process
 marks      conversations that are being shown     events     values that the store reports
 drafts     columns of unsent prompts              queue      the column of queued ones
 ids        ids, and which may become file names
 nothing    a store that keeps nothing
```

SQLite is imported in the threads, so that the first frame does not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import time
from typing import TYPE_CHECKING

from elumenta_tui.chat.spending import Asked, Spent
from elumenta_tui.store.changes import Change, Delete, without_temporary
from elumenta_tui.store.events import Opened, StoreEvent
from elumenta_tui.store.filters import NO_FILTERS, Filters
from elumenta_tui.store.reader import Reader
from elumenta_tui.store.records import Summary
from elumenta_tui.store.tree import Stored
from elumenta_tui.store.unsaved import stored_with, summaries_with
from elumenta_tui.store.writer import Notify, Writer

if TYPE_CHECKING:
    import sqlite3

    from elumenta_tui.chat.statistics import Statistics
    from elumenta_tui.store.charges import Measured
    from elumenta_tui.store.listing import Excerpt

FILE = "conversations.db"


def damaged_copies(path: Path) -> list[Path]:
    """Return the databases that were set aside from that path, the newest at the end.

    They still hold conversations that were deleted since.
    """
    found = path.parent.glob(f"{path.name}.damaged-*")
    return sorted(copy for copy in found if not copy.name.endswith(("-wal", "-shm", "-journal")))


class Store:
    """The conversations in a directory. `notify` is called with each StoreEvent, in the store's own threads.

    Every answer includes the changes that were put before, also while they can't be written. Without `looks_back` the turns
    and conversations that crashed programs left open stay as they are, for the next program that looks back.
    """

    def __init__(
        self,
        directory: Path,
        notify: Notify,
        calendar: Callable[[], float] = time,
        *,
        looks_back: bool = True,
    ) -> None:
        self.path = directory / FILE
        self.temporary: set[str] = set()
        """Ids of the conversations of which nothing is written, whatever is put. Their charges are, without the conversation."""
        self._notify = notify
        self._writer = Writer(self.path, self._pass_on, calendar, looks_back=looks_back)
        self._reader = Reader(self.path, lambda: self._writer.may_be_read, self._writer.suspect)

    def start(self) -> None:
        """Begin to open the database in the background. The result is reported as Opened or NotSaving."""
        self._writer.start()

    def put(self, *changes: Change) -> Future[bool]:
        """Write changes in one transaction. The result is True once they are on the disk, False if the attempt failed.

        Failed attempts are repeated until they succeed.
        """
        written = without_temporary(changes, self.temporary)
        if changes and not written:
            nothing_to_do: Future[bool] = Future()
            nothing_to_do.set_result(True)
            return nothing_to_do
        return self._writer.put(*written)

    def delete_at_end(self, deletions: Sequence[Delete]) -> None:
        """Delete conversations when the store is closed, after everything else was written.

        What does not fit into the time of `close` is hidden from then on, and deleted when the store is opened again.
        """
        self._writer.delete_at_end(deletions)

    @property
    def unsaved(self) -> int:
        """Number of changes that are not on the disk yet."""
        return len(self._writer.unsaved)

    def about_to_show(self, id: str) -> None:
        """Note that a conversation is about to be put on the screen. Writes a small file: don't call it on the event loop."""
        self._writer.mark.set(id)

    def at_rest(self) -> None:
        """Note that the conversation is on the screen and keys are answered."""
        self._writer.mark.clear()

    def close(self, timeout: float) -> int:
        """Write all changes and end within `timeout` seconds. Returns the number of changes and deletions that are lost."""
        # The reader first: SQLite removes the log when the last connection closes, and only if that one may write.
        self._reader.close(timeout / 2)
        return self._writer.close(timeout)

    def _pass_on(self, event: StoreEvent) -> None:
        if isinstance(event, Opened):
            Thread(target=self._check_if_large, name="store-check", daemon=True).start()
        self._notify(event)

    def _check_if_large(self) -> None:
        """Check a large database while it is used: before, it would take longer than people wait."""
        import sqlite3
        from contextlib import closing

        from elumenta_tui.store import database
        from elumenta_tui.store.guarded import connect

        # Other errors surface on use.
        with suppress(OSError, sqlite3.Error):
            if self.path.stat().st_size > database.CHECKED_AT_ONCE:
                with closing(connect(self.path, mode="ro")) as connection:
                    try:
                        is_whole = not database.check(connection)
                        database.check_rows(connection)
                    except database.Damaged:
                        is_whole = False
                if not is_whole:
                    self._writer.suspect()

    # ------------------------------------------------------------------------------------------------------ questions

    def conversation(self, id: str) -> Future[Stored | None]:
        """Read a conversation with all its turns; None if it does not exist."""

        def look(connection: sqlite3.Connection | None) -> Stored | None:
            from elumenta_tui.store import reading

            pending = self._writer.unsaved
            alive, own = self._writer.is_alive, self._writer.program
            stored = reading.stored(connection, id, alive, own=own) if connection is not None else None
            return stored_with(stored, pending, id)

        return self._reader.ask(look)

    def last_used(self, *, demo: bool) -> Future[str]:
        """Find the id of the conversation that was used last; empty if there is none."""

        def look(connection: sqlite3.Connection | None) -> str:
            from elumenta_tui.store import reading

            return reading.last_used(connection, demo=demo) if connection is not None else ""

        return self._reader.ask(look)

    def ids(self, beginning: str, *, demo: bool) -> Future[list[str]]:
        """List the ids with that beginning of conversations with turns, the one used last first."""

        def look(connection: sqlite3.Connection | None) -> list[str]:
            from elumenta_tui.store import reading

            return reading.ids(connection, beginning, demo=demo) if connection is not None else []

        return self._reader.ask(look)

    def generations(self) -> Future[dict[str, str]]:
        """Collect the service's ids of all generations that belong to a stored answer, and the ids of their conversations."""

        def look(connection: sqlite3.Connection | None) -> dict[str, str]:
            from elumenta_tui.store import reading

            return reading.generations(connection) if connection is not None else {}

        return self._reader.ask(look)

    def unsent(self, *, demo: bool) -> Future[str]:
        """Find the id of the newest conversation that has a draft or instructions and no turn; empty if there is none."""

        def look(connection: sqlite3.Connection | None) -> str:
            from elumenta_tui.store import reading

            return reading.unsent(connection, demo=demo) if connection is not None else ""

        return self._reader.ask(look)

    def summaries(
        self, ways: Sequence[str] = (), *, demo: bool, filters: Filters = NO_FILTERS
    ) -> Future[list[Summary]]:
        """List conversations, pinned ones first, then the one used last; with `ways` or `filters`, those that match.

        `ways` are the readings of the typed text in several keyboard layouts. An earlier call that is still running is
        cancelled: its result would belong to text that has changed.
        """

        def look(connection: sqlite3.Connection | None) -> list[Summary]:
            from elumenta_tui.store import listing

            pending = self._writer.unsaved
            rows = (
                listing.summaries(connection, ways, demo=demo, alive=self._writer.is_alive, filters=filters)
                if connection is not None
                else []
            )
            return summaries_with(rows, pending, ways, demo=demo, filters=filters)

        return self._reader.ask(look, instead_of_last="summaries")

    def turns_on_path(self, ids: Sequence[str]) -> Future[dict[str, int]]:
        """Count the turns that the path of each conversation leads through, by their ids."""

        def look(connection: sqlite3.Connection | None) -> dict[str, int]:
            from elumenta_tui.store import listing

            return {} if connection is None else {id: listing.turns_on_path(connection, id) for id in ids}

        return self._reader.ask(look)

    def models_asked(self, *, demo: bool) -> Future[list[str]]:
        """List the slugs of the models that the stored answers were asked of, the most frequent first."""

        def look(connection: sqlite3.Connection | None) -> list[str]:
            from elumenta_tui.store.filters import models_asked

            return models_asked(connection, demo=demo) if connection is not None else []

        return self._reader.ask(look, instead_of_last="models")

    def tags_used(self, *, demo: bool) -> Future[list[str]]:
        """List the tags that any conversation has, each once, by the alphabet."""

        def look(connection: sqlite3.Connection | None) -> list[str]:
            from elumenta_tui.store.filters import tags_used
            from elumenta_tui.text.tags import tags_of

            stored = tags_used(connection, demo=demo) if connection is not None else []
            return sorted({tag for text in stored for tag in tags_of(text)})

        return self._reader.ask(look, instead_of_last="tags")

    def spent_by_others(
        self, since: Sequence[float], *, demo: bool, before: str = ""
    ) -> Future[tuple[Spent, ...]]:
        """Add up what all other programs have spent since each of these times; see `charges.spent_by_others`."""

        def look(connection: sqlite3.Connection | None) -> tuple[Spent, ...]:
            from elumenta_tui.store import charges

            if connection is None:
                return tuple(Spent() for _ in since)
            own = self._writer.program
            return charges.spent_by_others(connection, since, demo=demo, program=own, before=before)

        return self._reader.ask(look)

    def asked_since(self, since: float, *, demo: bool) -> Future[dict[str, Asked]]:
        """Return the complete answers since then (Unix seconds) by the hashes of their requests."""

        def look(connection: sqlite3.Connection | None) -> dict[str, Asked]:
            from elumenta_tui.store import charges

            return charges.asked_since(connection, since, demo=demo) if connection is not None else {}

        return self._reader.ask(look)

    def statistics(self, days: Sequence[float], *, demo: bool) -> Future[Statistics | None]:
        """Add up what was spent on days that begin at those times (Unix seconds); None if nothing can be read."""

        def look(connection: sqlite3.Connection | None) -> Statistics | None:
            from elumenta_tui.store.statistics import statistics

            return statistics(connection, days, demo=demo) if connection is not None else None

        return self._reader.ask(look, instead_of_last="statistics")

    def first_day(self, *, demo: bool) -> Future[float | None]:
        """Return when the first request was made, in Unix seconds; None if that is not known."""

        def look(connection: sqlite3.Connection | None) -> float | None:
            from elumenta_tui.store.statistics import first_day

            return first_day(connection, demo=demo) if connection is not None else None

        return self._reader.ask(look)

    def measured(self, *, demo: bool) -> Future[dict[str, Measured]]:
        """Return how each model has done in its last answers, by slug."""

        def look(connection: sqlite3.Connection | None) -> dict[str, Measured]:
            from elumenta_tui.store import charges

            return charges.measured(connection, demo=demo) if connection is not None else {}

        return self._reader.ask(look)

    def excerpts(self, summary: Summary, ways: Sequence[str] = ()) -> Future[list[Excerpt]]:
        """Read the preview of a conversation: around the found words, or its last answers."""

        def look(connection: sqlite3.Connection | None) -> list[Excerpt]:
            from elumenta_tui.store import listing

            if connection is None:
                return []
            return listing.excerpts(
                connection,
                summary.id,
                found_answer=summary.found_answer,
                ways=ways if summary.found_answer else (),
                alive=self._writer.is_alive,
            )

        return self._reader.ask(look, instead_of_last="excerpts")

    def hits(self, summary: Summary, ways: Sequence[str]) -> Future[int | None]:
        """Count the places in a conversation that match; None if there are too many answers to look at."""

        def look(connection: sqlite3.Connection | None) -> int | None:
            from elumenta_tui.store import listing

            return listing.hits(connection, summary.id, ways) if connection is not None else None

        return self._reader.ask(look, instead_of_last="hits")

    def prompts(
        self, ways: Sequence[str] = (), *, demo: bool, limit: int, without: Collection[str] = ()
    ) -> Future[list[str]]:
        """List prompts that were sent before, each once, the newest first. `without`: ids of conversations that are left out.

        With `ways`, an earlier search that is still running is cancelled. The whole list is read in any case: it is the history.
        """

        def look(connection: sqlite3.Connection | None) -> list[str]:
            from elumenta_tui.store import listing

            if connection is None:
                return []
            return listing.prompts(connection, ways, demo=demo, limit=limit, without=without)

        return self._reader.ask(look, instead_of_last="prompts" if ways else "")
