"""The stored conversations, as commands read them: no session, no thread, and every failure a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.cli.running import CommandFailed
from elumenta_tui.cli.stdio import FAILED, NOTHING_THERE
from elumenta_tui.config.paths import data_dir
from elumenta_tui.i18n import say
from elumenta_tui.store import FILE
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.store.guarded import Guarded


def database_path(environ: Mapping[str, str]) -> Path:
    """Return the path of the database, which need not exist."""
    return data_dir(environ) / FILE


@contextmanager
def read_database(environ: Mapping[str, str]) -> Iterator[Guarded]:
    """Open the database for reading one state of it. Raises CommandFailed if there is none, or if it can't be read."""
    import sqlite3

    from elumenta_tui.store.database import Damaged, Foreign
    from elumenta_tui.store.events import StoreTrouble
    from elumenta_tui.store.reading import open_for_reading

    path = database_path(environ)
    try:
        if not path.exists():
            raise CommandFailed(NOTHING_THERE, say("export.nothing", path=path))
        with closing(open_for_reading(path, alone=True)) as connection:
            # What another program deletes meanwhile is still there.
            connection.execute("BEGIN")
            yield connection
    except StoreTrouble as trouble:
        sentence = say(f"saving.{trouble.trouble.value}", path=path, detail=trouble.detail)
        raise CommandFailed(FAILED, sentence) from None
    except Foreign:
        raise CommandFailed(FAILED, say("export.foreign", path=path)) from None
    except Damaged:
        raise CommandFailed(FAILED, say("export.damaged", path=path)) from None
    except (sqlite3.Error, OSError) as error:
        reason = clean_line(str(error))
        raise CommandFailed(FAILED, say("export.unreadable", path=path, reason=reason)) from None


def has_demo_only(connection: Guarded) -> bool:
    """Return whether all conversations are of the demo."""
    from elumenta_tui.store.reading import ids

    return not ids(connection, demo=False) and bool(ids(connection, demo=True))


def is_beginning(word: str, environ: Mapping[str, str], *, demo: bool) -> bool:
    """Return whether the id of a stored conversation begins with a word. False where that can't be read."""
    from elumenta_tui.store.reading import ids

    with suppress(CommandFailed), read_database(environ) as connection:
        return bool(ids(connection, word, demo=demo))
    return False


def is_alive(environ: Mapping[str, str]) -> Callable[[object], bool]:
    """Return what tells whether the program with an id is running."""
    from elumenta_tui.store.writer import is_running

    path = database_path(environ)
    return lambda program: is_running(path, program)
