"""`elumenta-tui backup`: all conversations as one file, while other programs use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import localtime, strftime

from elumenta_tui.cli.adding import Failed, failures_told
from elumenta_tui.cli.help import print_help
from elumenta_tui.cli.options import Parser, WrongUsage
from elumenta_tui.cli.progress import Progress
from elumenta_tui.cli.stdio import FAILED, NOTHING_THERE, WRONG_USAGE, complain, put_out
from elumenta_tui.config.paths import data_dir
from elumenta_tui.i18n import say
from elumenta_tui.store import FILE
from elumenta_tui.text.sanitize import clean_line


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("backup.usage", exit_codes="cli.exit_codes")
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("--force", action="store_true")
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui backup` with its arguments. Return the exit code."""
    known = parser()
    try:
        arguments = known.parse_args(argv)
        if arguments.help:
            return print_help(known, "backup")
        if arguments.output is None:
            known.error(say("backup.no_path"))
    except WrongUsage as wrong:
        return _fail(WRONG_USAGE, str(wrong))
    source, target = data_dir(environ) / FILE, arguments.output
    if target.is_dir():
        target = target / strftime("conversations-%Y%m%d-%H%M%S.db", localtime())
    if not source.exists():
        return _fail(NOTHING_THERE, say("export.nothing", path=source))
    if not target.parent.is_dir():
        # A slip in a path is no wish for a new directory.
        return _fail(FAILED, say("export.no_directory", path=target.parent))
    if target.exists() and target.samefile(source):
        return _fail(WRONG_USAGE, say("backup.itself", path=target))
    try:
        _back_up(source, target, overwrite=arguments.force)
    except FileExistsError:
        return _fail(FAILED, say("export.exists", path=target))
    except Failed as failed:
        return _fail(FAILED, str(failed))
    except OSError as error:
        return _fail(FAILED, say("export.not_written", path=target, reason=error.strerror or str(error)))
    return put_out([f"{clean_line(str(target), 4_096)}\n"], encoding="utf-8")


def _back_up(source: Path, target: Path, *, overwrite: bool) -> None:
    from elumenta_tui.store.backup import back_up

    with Progress() as progress, failures_told(source, raises=OSError):
        back_up(source, target, overwrite=overwrite, progress=progress.at)


def _fail(code: int, sentence: str) -> int:
    complain(sentence)
    return code
