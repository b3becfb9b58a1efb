"""`elumenta-tui feedback`: a report to fill in, with what the doctor finds. It prints or writes it, and sends nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from elumenta_tui.cli.account import add_account_options
from elumenta_tui.cli.findings import Subject
from elumenta_tui.cli.options import Parser
from elumenta_tui.cli.running import CommandFailed, run_command
from elumenta_tui.cli.stdio import FAILED, OK, WRONG_USAGE, complain, put_out
from elumenta_tui.cli.tables import Look
from elumenta_tui.config.paths import data_dir
from elumenta_tui.i18n import say

if TYPE_CHECKING:
    import argparse

WIDTH = 68
"""Columns of the doctor's lines in a report: what the app's screen for it has in 80 columns."""


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("feedback.usage")
    parser.add_argument("--edit", action="store_true")
    parser.add_argument("--offline", action="store_true")
    add_account_options(parser)
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui feedback` with its arguments. Return the exit code."""

    def work(arguments: argparse.Namespace) -> int:
        from elumenta_tui.transfer.feedback import issues_page, where_to

        subject = Subject.of(arguments)
        code = _edit(subject, environ) if arguments.edit else put_out(_report(subject, environ))
        if code == OK:
            complain(where_to(issues_page()))
        return code

    return run_command(parser(), "feedback", argv, work)


def _report(subject: Subject, environ: Mapping[str, str]) -> list[str]:
    from elumenta_tui.cli.doctor import examined, section_lines
    from elumenta_tui.cli.progress import progress
    from elumenta_tui.transfer.feedback import CLOSING, opening

    with progress(say("doctor.checking")):
        sections = examined(subject, environ)
    look = Look(WIDTH, has_colours=False)
    return [opening(), *(line for section in sections for line in section_lines(section, look)), CLOSING]


def doctors_lines(subject: Subject, environ: Mapping[str, str]) -> Iterator[str]:
    """Examine a running chat, and yield the doctor's lines section by section as they come."""
    from elumenta_tui.cli.doctor import examined_one_by_one, section_lines

    for section in examined_one_by_one(subject, environ):
        yield "".join(section_lines(section, Look(WIDTH, has_colours=False)))


def _edit(subject: Subject, environ: Mapping[str, str]) -> int:
    """Write the report to a new file, and open it in the user's editor."""
    from elumenta_tui.cli.editing import edit, editor, is_at_a_terminal
    from elumenta_tui.transfer.feedback import file_names
    from elumenta_tui.transfer.user_files import complaint, write_at

    if not is_at_a_terminal():
        raise CommandFailed(WRONG_USAGE, say("feedback.needs_terminal"))
    command = editor(environ)
    report = "".join(_report(subject, environ)).encode()
    try:
        path = write_at("", data_dir(environ), file_names, lambda: [report])
    except OSError as error:
        raise CommandFailed(FAILED, complaint(error, "")) from None
    try:
        edit(command, path, environ)
    except OSError as error:
        raise CommandFailed(FAILED, complaint(error, str(path))) from None
    return put_out([f"{path}\n"])
