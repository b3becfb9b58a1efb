"""`elumenta-tui merge`: what another database has and this one lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.cli.adding import Failed, adding, failures_told, reading
from elumenta_tui.cli.help import print_help
from elumenta_tui.cli.options import Parser, WrongUsage
from elumenta_tui.cli.progress import Progress
from elumenta_tui.cli.stdio import FAILED, NOTHING_THERE, WRONG_USAGE, complain, put_out
from elumenta_tui.cli.tally import Tally
from elumenta_tui.config.paths import data_dir
from elumenta_tui.i18n import say
from elumenta_tui.store import FILE

if TYPE_CHECKING:
    import sqlite3

    from elumenta_tui.store.changes import AddCharge


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("merge.usage", exit_codes="import.exit_codes")
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui merge` with its arguments. Return the exit code."""
    known = parser()
    try:
        arguments = known.parse_args(argv)
        if arguments.help:
            return print_help(known, "merge")
        if arguments.file is None:
            known.error(say("merge.no_file"))
    except WrongUsage as wrong:
        return _fail(WRONG_USAGE, str(wrong))
    path: Path = arguments.file
    directory = data_dir(environ)
    if not path.exists():
        return _fail(NOTHING_THERE, say("import.missing", path=path))
    if (directory / FILE).exists() and path.samefile(directory / FILE):
        return _fail(WRONG_USAGE, say("merge.itself", path=path))
    tally = Tally()
    try:
        is_damaged = _merge(path, directory, tally, dry=arguments.dry_run)
    except Failed as failed:
        return _fail(FAILED, str(failed))
    if is_damaged:
        complain(say("merge.damaged", path=path))
    dry = arguments.dry_run
    return put_out([tally.as_json(dry=dry)] if arguments.json else tally.lines(dry=dry))


def _merge(path: Path, directory: Path, tally: Tally, *, dry: bool) -> bool:
    """Add what is missing, conversation by conversation: whatever the end, what was added is whole. Raises Failed.

    Return whether the other database is damaged, so that some of it may not have been readable.
    """
    from elumenta_tui.store.adding import missing_of
    from elumenta_tui.store.merging import another, charges, conversations

    here = directory / FILE
    # What cannot be read is not written either: the app sets a damaged file aside, and a command does not.
    with reading(here, alone=True):
        pass
    with ExitStack() as stack:
        progress = stack.enter_context(Progress())
        with _told(path):
            source = stack.enter_context(another(path))
        add = None if dry else stack.enter_context(adding(directory))
        known = stack.enter_context(reading(here))
        with _told(path):
            other = source.connection
            found, spent = list(conversations(other, path)), list(charges(other))
        for number, read in enumerate(found):
            progress.at(number, len(found))
            with _told(path):
                change = read()
            if change is not None and tally.count(missing_of(known, change)) and add is not None:
                add(change)
        for charge in spent:
            if not _is_known(known, charge):
                tally.charges += 1
                if add is not None:
                    add(charge)
        return source.is_damaged


def _is_known(connection: sqlite3.Connection, charge: AddCharge) -> bool:
    row = connection.execute("SELECT 1 FROM charge WHERE id = ?", (charge.values["id"],)).fetchone()
    return row is not None


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Raise Failed for whatever goes wrong with the other database."""
    from elumenta_tui.store.database import Damaged

    try:
        with failures_told(path, raises=Damaged):
            yield
    except Damaged as error:
        key = "merge.an_export" if _may_be_export(path) else "merge.no_database"
        raise Failed(say(key, path=path)) from error


def _may_be_export(path: Path) -> bool:
    """Return whether a file begins as JSON or an archive does."""
    try:
        with path.open("rb") as file:
            return file.read(16).lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[", b"PK\x03\x04"))
    except OSError:
        return False


def _fail(code: int, sentence: str) -> int:
    complain(sentence)
    return code
