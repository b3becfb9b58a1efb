"""Conversations on disk: one SQLite file, one thread that writes, one that reads.

```
 __init__   Store: what the app sees
 writer     the thread that writes: opening, retrying, noticing what happens to the file
 writing    a change → rows              reading    rows → conversations, lists, previews
 reader     the thread that reads        overlay    what is not on the disk yet, laid over what is
 database   the file itself              recovery   turns that were cut, damaged files
 schema     the tables, their versions   search     folding, what FTS5 is asked
 changes    what is to be written        records    what is stored
 news       what the store has to tell   locks      locks that end with their process
 marks      what is being shown
 ids        ids, and which become names of files
 guarded    connections that trust no file   index      the full-text index, which may always be made anew
```

SQLite is imported in the threads, after the first frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import time
from typing import TYPE_CHECKING

from elumenta_tui.store.changes import Change
from elumenta_tui.store.news import News, Opened
from elumenta_tui.store.overlay import stored_with, summaries_with
from elumenta_tui.store.reader import Reader
from elumenta_tui.store.records import Stored, Summary
from elumenta_tui.store.writer import Tell, Writer

if TYPE_CHECKING:
    import sqlite3

    from elumenta_tui.store.reading import Excerpt

FILE = "conversations.db"


def damaged_copies(path: Path) -> list[Path]:
    """The databases that were set aside from that path, the last one at the end; what was deleted since is still in them."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return sorted(copy for copy in found if not copy.name.endswith(("-wal", "-shm", "-journal")))


class Store:
    """The conversations in a directory. `tell` gets the news, in the store's thread.

    Whatever is asked takes what was put into account, also while it can't be written.
    """

    def __init__(self, directory: Path, tell: Tell, calendar: Callable[[], float] = time) -> None:
        self.path = directory / FILE
        self._tell = tell
        self._writer = Writer(self.path, self._pass_on, calendar)
        self._reader = Reader(self.path, lambda: self._writer.may_be_read, self._writer.suspect)

    def start(self) -> None:
        """Open the database, in the background; the news tell how that went."""
        self._writer.start()

    def put(self, *changes: Change) -> Future[bool]:
        """Write these together. The result: they are on the disk, or (False) that can't be done for now and is tried again."""
        return self._writer.put(*changes)

    @property
    def unsaved(self) -> int:
        """How many changes are not on the disk."""
        return len(self._writer.unsaved)

    def about_to_show(self, id: str) -> None:
        """Note that this conversation is about to be put on the screen: it writes a small file, so not on the loop."""
        self._writer.mark.set(id)

    def at_rest(self) -> None:
        """What was put on the screen is there, and keys are answered."""
        self._writer.mark.clear()

    def close(self, timeout: float) -> int:
        """Write what there is, and end, in so many seconds; how many changes are lost."""
        # First, as only the last one who leaves can tidy up, and only if it may write.
        self._reader.close(timeout / 2)
        return self._writer.close(timeout)

    def _pass_on(self, news: News) -> None:
        if isinstance(news, Opened):
            Thread(target=self._check_if_large, name="store-check", daemon=True).start()
        self._tell(news)

    def _check_if_large(self) -> None:
        """A database that takes too long to be checked before it is used is checked while it is."""
        import sqlite3
        from contextlib import closing

        from elumenta_tui.store import database
        from elumenta_tui.store.guarded import connect

        # What else may be wrong with it is for those to find who use it.
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
        """A conversation with all its turns; None if there is no such one."""

        def look(connection: sqlite3.Connection | None) -> Stored | None:
            from elumenta_tui.store import reading

            pending = self._writer.unsaved
            stored = reading.stored(connection, id, self._writer.is_alive) if connection is not None else None
            return stored_with(stored, pending, id)

        return self._reader.ask(look)

    def last_used(self, *, demo: bool) -> Future[str]:
        """Id of the conversation that was used last; empty if there is none."""

        def look(connection: sqlite3.Connection | None) -> str:
            from elumenta_tui.store import reading

            return reading.last_used(connection, demo=demo) if connection is not None else ""

        return self._reader.ask(look)

    def generations(self) -> Future[set[str]]:
        """Ids of all generations that belong to a stored turn."""

        def look(connection: sqlite3.Connection | None) -> set[str]:
            from elumenta_tui.store import reading

            return reading.generations(connection) if connection is not None else set()

        return self._reader.ask(look)

    def unsent(self, *, demo: bool) -> Future[str]:
        """Id of the newest conversation that is a draft and nothing else; empty if there is none."""

        def look(connection: sqlite3.Connection | None) -> str:
            from elumenta_tui.store import reading

            return reading.unsent(connection, demo=demo) if connection is not None else ""

        return self._reader.ask(look)

    def summaries(self, ways: Sequence[str] = (), *, demo: bool) -> Future[list[Summary]]:
        """The conversations, or those that have what was typed (read in all these ways), the one used last first.

        A question that is still being answered is given up: its answer would be of what was typed before.
        """

        def look(connection: sqlite3.Connection | None) -> list[Summary]:
            from elumenta_tui.store import reading

            pending = self._writer.unsaved
            rows = (
                reading.summaries(connection, ways, demo=demo, alive=self._writer.is_alive)
                if connection is not None
                else []
            )
            return summaries_with(rows, pending, ways, demo=demo)

        return self._reader.ask(look, instead_of_last="summaries")

    def excerpts(self, summary: Summary, ways: Sequence[str] = ()) -> Future[list[Excerpt]]:
        """What to show of a conversation: where the words are, or its end."""

        def look(connection: sqlite3.Connection | None) -> list[Excerpt]:
            from elumenta_tui.store import reading

            if connection is None:
                return []
            return reading.excerpts(
                connection,
                summary.id,
                found_turn=summary.found_turn,
                ways=ways if summary.found_turn else (),
                alive=self._writer.is_alive,
            )

        return self._reader.ask(look, instead_of_last="excerpts")

    def hits(self, summary: Summary, ways: Sequence[str]) -> Future[int | None]:
        """Count the places where the words are in a conversation; None if nobody can say."""

        def look(connection: sqlite3.Connection | None) -> int | None:
            from elumenta_tui.store import reading

            return reading.hits(connection, summary.id, ways) if connection is not None else None

        return self._reader.ask(look, instead_of_last="hits")

    def prompts(self, ways: Sequence[str] = (), *, demo: bool, limit: int) -> Future[list[str]]:
        """What was sent before, the newest first."""

        def look(connection: sqlite3.Connection | None) -> list[str]:
            from elumenta_tui.store import reading

            return reading.prompts(connection, ways, demo=demo, limit=limit) if connection is not None else []

        return self._reader.ask(look, instead_of_last="prompts")
