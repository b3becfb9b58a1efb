"""`elumenta-tui import`: conversations out of exports, of this program and of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.cli.adding import Failed, adding, reading
from elumenta_tui.cli.help import print_help
from elumenta_tui.cli.options import Parser, WrongUsage
from elumenta_tui.cli.progress import Progress
from elumenta_tui.cli.stdio import FAILED, NOTHING_THERE, WRONG_USAGE, complain, put_out
from elumenta_tui.cli.tally import Tally
from elumenta_tui.config.paths import data_dir
from elumenta_tui.i18n import say
from elumenta_tui.i18n.sizes import size_words
from elumenta_tui.store import FILE
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    import argparse

    from elumenta_tui.store.changes import AddConversation
    from elumenta_tui.transfer.importing.left_out import LeftOut, NotImportable


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("import.usage", exit_codes="import.exit_codes")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--attachments", type=Path, metavar="directory")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui import` with its arguments. Return the exit code."""
    known = parser()
    try:
        arguments = known.parse_args(argv)
        if arguments.help:
            return print_help(known, "import")
        if not arguments.files:
            known.error(say("import.no_file"))
    except WrongUsage as wrong:
        return _fail(WRONG_USAGE, str(wrong))
    if arguments.attachments is not None and not arguments.attachments.is_dir():
        return _fail(NOTHING_THERE, say("import.no_directory", path=arguments.attachments))
    try:
        changes, left_out = _read(arguments)
        if not changes:
            return _fail(NOTHING_THERE, say("import.nothing", path=arguments.files[0]))
        return _add(arguments, changes, left_out, data_dir(environ))
    except Failed as failed:
        return _fail(FAILED, str(failed))
    except FileNotFoundError as error:
        return _fail(NOTHING_THERE, say("import.missing", path=error.filename))


def _read(arguments: argparse.Namespace) -> tuple[list[AddConversation], LeftOut]:
    """Read all files before anything is written. Raises Failed."""
    from elumenta_tui.transfer.importing.formats import read
    from elumenta_tui.transfer.importing.left_out import LeftOut, NotImportable

    changes: dict[str, AddConversation] = {}
    left_out = LeftOut()
    for path in arguments.files:
        try:
            found = read(path, attachments=arguments.attachments, demo=arguments.demo)
        except NotImportable as error:
            raise Failed(_sentence(path, error)) from error
        except FileNotFoundError:
            raise
        except MemoryError as error:
            raise Failed(say("import.problem.memory", path=path)) from error
        except OSError as error:
            reason = clean_line(error.strerror or str(error))
            raise Failed(say("export.unreadable", path=path, reason=reason)) from error
        left_out.update(found.left_out)
        for id, change in found.changes.items():
            older = changes.pop(id, None)
            changes[id] = change if older is None else change.and_also(older)
    return sorted(changes.values(), key=lambda change: change.used_on), left_out


def _sentence(path: Path, error: NotImportable) -> str:
    values = dict(error.values)
    if "limit" in values and error.problem == "too_large":
        values["limit"] = size_words(int(str(values["limit"])))
    if name := values.pop("name", ""):
        path = path / clean_line(str(name))
    return say(f"import.problem.{error.problem}", path=clean_line(str(path), 4_096), **values)


def _add(
    arguments: argparse.Namespace, changes: Sequence[AddConversation], left_out: LeftOut, directory: Path
) -> int:
    from elumenta_tui.store.adding import missing_of

    tally = Tally(
        left_out={
            kind.value: count for kind, count in sorted(left_out.items(), key=lambda each: each[0].value)
        }
    )
    with reading(directory / FILE, alone=True) as connection:
        wanted = [change for change in changes if tally.count(missing_of(connection, change))]
    if wanted and not arguments.dry_run:
        with Progress() as progress, adding(directory) as add:
            for number, change in enumerate(wanted):
                progress.at(number, len(wanted))
                add(change)
    dry = arguments.dry_run
    return put_out([tally.as_json(dry=dry)] if arguments.json else tally.lines(dry=dry))


def _fail(code: int, sentence: str) -> int:
    complain(sentence)
    return code
