"""`elumenta-tui export`, which needs no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import localtime, strftime
from typing import TYPE_CHECKING

from elumenta_tui.cli.help import print_help
from elumenta_tui.cli.options import Parser, WrongUsage
from elumenta_tui.cli.stdio import FAILED, NOTHING_THERE, WRONG_USAGE, complain, put_out
from elumenta_tui.cli.values import number_of, size_of
from elumenta_tui.config.paths import data_dir
from elumenta_tui.i18n import say
from elumenta_tui.process.files import write_new, write_under_free_name
from elumenta_tui.store import FILE
from elumenta_tui.store.events import StoreTrouble
from elumenta_tui.store.tree import Stored
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.transfer.attached import AttachedFiles, NotWritten
from elumenta_tui.transfer.export import FORMATS, export, file_names, nowhere
from elumenta_tui.transfer.selection import ManyBranches, NoSuchPart, Selection, branches, name_of_branch

if TYPE_CHECKING:
    import argparse
    import sqlite3

    from elumenta_tui.transfer.attached import Saved
    from elumenta_tui.transfer.html import Heading

MOST_NAMED = 9
"""Branches that a complaint names, at most."""


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("export.usage", exit_codes="cli.exit_codes")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("id", nargs="?", type=clean_line)
    which.add_argument("--last", action="store_true")
    which.add_argument("--all", action="store_true")
    which.add_argument("--list", action="store_true")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--format", choices=FORMATS)
    parser.add_argument("--branches", choices=("shown", "all"), default="shown")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--turn", type=clean_line, metavar="number")
    part.add_argument("--answer", type=clean_line, metavar="id")
    part.add_argument("--branch", type=clean_line, metavar="branch")
    parser.add_argument("--output", type=Path, metavar="output")
    parser.add_argument("--attachments", type=Path, metavar="directory")
    parser.add_argument("--pictures-up-to", type=clean_line, metavar="size")
    parser.add_argument("--force", action="store_true")
    return parser


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments, with `selection` and `most`, the bytes of the largest picture, among them. Raises WrongUsage."""
    known = parser()
    arguments = known.parse_args(argv)
    parts = (arguments.turn, arguments.answer, arguments.branch)
    is_part = any(part is not None for part in parts)
    for option in ("all", "list"):
        if is_part and getattr(arguments, option):
            known.error(say("export.only_one", option=f"--{option}"))
    turn = number_of(arguments.turn) if arguments.turn is not None else 0
    if turn is None or (arguments.turn is not None and not turn):
        known.error(say("export.not_a_number", value=arguments.turn))
    arguments.most = size_of(arguments.pictures_up_to) if arguments.pictures_up_to is not None else None
    if arguments.pictures_up_to is not None and arguments.most is None:
        known.error(say("export.not_a_size", value=arguments.pictures_up_to))
    branch = arguments.branch or ""
    arguments.selection = Selection(arguments.branches == "all", turn, arguments.answer or "", branch)
    if arguments.format is None:
        output: Path | None = arguments.output
        ending = output.suffix.lower().removeprefix(".") if output is not None else ""
        if output is not None and ending and ending not in FORMATS and not output.is_dir():
            known.error(say("export.unknown_ending", ending=f".{clean_line(ending, 20)}"))
        arguments.format = ending if ending in FORMATS else FORMATS[0]
    return arguments


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui export` with its arguments. Return the exit code."""
    try:
        arguments = _parsed(argv)
    except WrongUsage as wrong:
        return _fail(WRONG_USAGE, str(wrong))
    if arguments.help:
        return print_help(parser(), "export")
    import sqlite3

    from elumenta_tui.store.database import Damaged, Foreign

    path = data_dir(environ) / FILE
    try:
        if not path.exists():
            return _fail(NOTHING_THERE, say("export.nothing", path=path))
        return _export(arguments, path)
    except NotWritten as error:
        return _fail(FAILED, say("export.not_written", path=arguments.attachments, reason=error))
    except StoreTrouble as trouble:
        return _fail(FAILED, say(f"saving.{trouble.trouble.value}", path=path, detail=trouble.detail))
    except Foreign:
        return _fail(FAILED, say("export.foreign", path=path))
    except Damaged:
        return _fail(FAILED, say("export.damaged", path=path))
    except (sqlite3.Error, OSError) as error:
        return _fail(FAILED, say("export.unreadable", path=path, reason=clean_line(str(error))))


def _export(arguments: argparse.Namespace, path: Path) -> int:
    from contextlib import closing

    from elumenta_tui.store import reading
    from elumenta_tui.store.writer import is_running

    def alive(program: object) -> bool:
        return is_running(path, program)

    with closing(reading.open_for_reading(path, alone=True)) as connection:
        # Read one snapshot: what another program deletes meanwhile is still there.
        connection.execute("BEGIN")
        demo: bool = arguments.demo
        if arguments.id is not None:
            # An ID names one conversation, whichever account it is of.
            wanted = reading.ids(connection, arguments.id, demo=demo or None)
            if len(wanted) != 1:
                key = "export.no_such" if not wanted else "export.many_such"
                command = f"elumenta-tui export --list{' --demo' if demo else ''}"
                return _fail(NOTHING_THERE, say(key, id=arguments.id, command=command))
        else:
            wanted = reading.ids(connection, demo=demo)
            if not wanted:
                has_others = not demo and reading.ids(connection, demo=True)
                key = "export.nothing_but_demo" if has_others else "export.nothing"
                return _fail(NOTHING_THERE, say(key, path=path))
            if arguments.list:
                return _to_standard_output(_row(*entry) for entry in reading.titles(connection, demo=demo))
            if not arguments.all:
                wanted = wanted[:1]

        selection: Selection = arguments.selection
        missing: dict[str, int] = {}

        def conversation(id: str) -> Stored:
            found = reading.stored(connection, id, alive, as_it_is=True)
            assert found is not None
            missing[id] = selection.left_out(found.conversation)
            return found

        try:
            if selection.is_part:
                selection.answers(conversation(wanted[0]).conversation)
        except NoSuchPart as why:
            return _fail(NOTHING_THERE, _no_part(selection, conversation(wanted[0]), why))

        from elumenta_tui.transfer.html import Heading

        headings = [Heading(*entry) for entry in _listed(connection, wanted, demo)] if arguments.all else []
        if arguments.attachments is not None and not arguments.attachments.is_dir():
            return _fail(FAILED, say("export.no_directory", path=arguments.attachments))
        if arguments.output is None:
            code = _to_standard_output(_exported(arguments, wanted, conversation, headings))
        else:
            code = _to_file(arguments, wanted, conversation, headings)
        if count := sum(missing.values()):
            complain(say("export.other_branches", n=count))
        return code


def _no_part(selection: Selection, stored: Stored, why: NoSuchPart) -> str:
    if selection.answer:
        return say("export.no_answer", id=selection.answer)
    if isinstance(why, ManyBranches):
        named = [
            f"{number} {name_of_branch(answer.prompt)} ({clean_line(answer.model.name)})"
            for number, answer in why.found[:MOST_NAMED]
        ]
        more = "…" if len(why.found) > MOST_NAMED else ""
        return say("export.many_branches", branch=selection.branch, names=f"{', '.join(named)}{more}")
    if selection.branch:
        known = branches(stored.conversation)
        names = ", ".join(f"{number} {name}" for number, name in known[:MOST_NAMED])
        more = "…" if len(known) > MOST_NAMED else ""
        return say("export.no_branch", branch=selection.branch, names=f"{names}{more}")
    return say("export.no_turn", n=selection.turn, of=len(stored.conversation.path()))


def _listed(
    connection: sqlite3.Connection, wanted: Sequence[str], demo: bool
) -> Iterator[tuple[str, str, float]]:
    """Yield id, title and time of the last use of conversations."""
    from elumenta_tui.store import reading

    known = set(wanted)
    return (
        (id, title, used_on) for id, used_on, title in reading.titles(connection, demo=demo) if id in known
    )


def _exported(
    arguments: argparse.Namespace,
    wanted: Sequence[str],
    conversation: Callable[[str], Stored],
    headings: Sequence[Heading],
) -> Iterator[str]:
    from elumenta_tui.markdown.lexer_budget import unhurried

    saved: Saved = nowhere if arguments.attachments is None else AttachedFiles(arguments.attachments).saved
    with unhurried():
        yield from export(
            map(conversation, wanted),
            arguments.format,
            selection=arguments.selection,
            saved=saved,
            contents=headings,
            pictures=arguments.most,
        )


def _row(id: str, used_on: float, title: str) -> str:
    return f"{clean_line(id)}  {strftime('%Y-%m-%d %H:%M', localtime(used_on))}  {title}\n"


def _to_standard_output(text: Iterator[str]) -> int:
    # UTF-8 whatever the locale says: this is a file's content, and half of it may be Russian.
    return put_out(text, encoding="utf-8")


def _to_file(
    arguments: argparse.Namespace,
    wanted: Sequence[str],
    conversation: Callable[[str], Stored],
    headings: Sequence[Heading],
) -> int:
    output: Path = arguments.output

    def data() -> Iterator[bytes]:
        return (piece.encode() for piece in _exported(arguments, wanted, conversation, headings))

    if not output.parent.is_dir():
        # A slip in a path is no wish for a new directory.
        return _fail(FAILED, say("export.no_directory", path=output.parent))
    try:
        if output.is_dir():
            title = conversation(wanted[0]).conversation.title if len(wanted) == 1 else say("export.all_name")
            written = write_under_free_name(output, file_names(title, arguments.format), data)
        else:
            write_new(output, data(), overwrite=arguments.force)
            written = output
    except FileExistsError:
        return _fail(FAILED, say("export.exists", path=output))
    except OSError as error:
        return _fail(FAILED, say("export.not_written", path=output, reason=error.strerror or str(error)))
    return _to_standard_output(iter([f"{clean_line(str(written), 4_096)}\n"]))


def _fail(code: int, sentence: str) -> int:
    complain(sentence)
    return code
