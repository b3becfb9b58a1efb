"""`elumenta-tui doctor`: what works here and what does not, and what to do. Nothing secret is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui import __version__
from elumenta_tui.cli.account import add_account_options
from elumenta_tui.cli.findings import Censor, Finding, Subject, bounded
from elumenta_tui.cli.options import Parser
from elumenta_tui.cli.progress import progress
from elumenta_tui.cli.running import run_command
from elumenta_tui.cli.stdio import FAILED, OK, put_out
from elumenta_tui.cli.tables import Look, standard_look
from elumenta_tui.i18n import say

if TYPE_CHECKING:
    import argparse

_STYLES = {"ok": "good", "note": "warning", "problem": "bad"}

_SECONDS = 5.0
"""Seconds that a check of this machine may take."""

_DATABASE_SECONDS = 15.0

_ALL_SECONDS = 60.0
"""Seconds that a section may take in a running chat."""


class Section(NamedTuple):
    """Findings about one thing."""

    name: str
    findings: list[Finding]


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("doctor.usage")
    parser.add_argument("--offline", action="store_true")
    parser.add_argument("--json", action="store_true")
    add_account_options(parser)
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui doctor` with its arguments. Return the exit code."""

    def work(arguments: argparse.Namespace) -> int:
        look = standard_look(environ)
        subject = Subject.of(arguments)
        with progress(say("doctor.checking")):
            sections = examined(subject, environ)
        has_problem = any(each.mark == "problem" for section in sections for each in section.findings)
        code = put_out(_as_json(sections) if arguments.json else _lines(sections, look))
        return code or (FAILED if has_problem else OK)

    return run_command(parser(), "doctor", argv, work)


Checks = Sequence[tuple[str, Callable[[], list[Finding]]]]


def _checks(subject: Subject, environ: Mapping[str, str], censor: Censor) -> Checks:
    """Return the checks of each section, in the order in which people read them."""
    from elumenta_tui.cli import doctor_account, doctor_files, doctor_terminal

    named = subject.config
    terminal = partial(doctor_terminal.terminal, subject, environ)
    return [
        (
            "configuration",
            partial(bounded, "config", partial(doctor_files.configuration, named, environ), _SECONDS),
        ),
        ("account", partial(doctor_account.account, subject, environ, censor)),
        ("terminal", partial(bounded, "terminal", terminal, _SECONDS)),
        ("program", partial(bounded, "versions", partial(doctor_files.versions, environ), _SECONDS)),
        ("files", partial(bounded, "files", partial(doctor_files.files, named, environ), _SECONDS)),
        (
            "database",
            partial(bounded, "database", partial(doctor_files.database, environ), _DATABASE_SECONDS),
        ),
    ]


def examined(subject: Subject, environ: Mapping[str, str]) -> list[Section]:
    """Run all checks. The texts are cleaned at the end, when the key is known."""
    censor = Censor(environ)
    found = [(name, check()) for name, check in _checks(subject, environ, censor)]
    return [_cleaned(name, findings, censor) for name, findings in found]


def examined_one_by_one(subject: Subject, environ: Mapping[str, str]) -> Iterator[Section]:
    """Run the checks for a running chat, and yield each section when it is ready: what takes long comes last."""
    access = subject.access
    keys = (access.keychain.key, access.settings.api_key) if access else ()
    censor = Censor(environ, *keys)
    checks = dict(_checks(subject, environ, censor))
    for name in ("program", "terminal", "configuration", "files", "database", "account"):
        # Whatever goes wrong in one of them, the chat goes on.
        yield _cleaned(name, bounded(name, checks[name], _ALL_SECONDS), censor)


def _cleaned(name: str, findings: Sequence[Finding], censor: Censor) -> Section:
    clean = censor.cleaned
    return Section(
        name, [each._replace(text=clean(each.text), advice=clean(each.advice)) for each in findings]
    )


def section_lines(section: Section, look: Look) -> Iterator[str]:
    """Yield a section as people read it; nothing if it is empty."""
    from elumenta_tui.cli.tables import wrapped_cells

    if not section.findings:
        return
    marks = {mark: say(f"doctor.mark.{mark}") for mark in _STYLES}
    widest = max(map(len, marks.values()))
    yield f"{look.paint(say(f'doctor.section.{section.name}'), 'heading')}\n"
    for finding in section.findings:
        mark = look.paint(marks[finding.mark], _STYLES[finding.mark])
        blanks = " " * (widest - len(marks[finding.mark]) + 2)
        indent = " " * (widest + 4)
        room = None if look.width is None else max(20, look.width - len(indent))
        first, *rest = wrapped_cells(finding.text, room)
        yield f"  {mark}{blanks}{first}\n"
        for line in rest:
            yield f"{indent}{line}\n"
        for line in wrapped_cells(f"→ {finding.advice}", room) if finding.advice else []:
            yield f"{indent}{look.paint(line, 'quiet')}\n"


def _lines(sections: Sequence[Section], look: Look) -> Iterator[str]:
    for section in sections:
        yield from section_lines(section, look)
    counts = [sum(each.mark == mark for section in sections for each in section.findings) for mark in _STYLES]
    _, notes, problems = counts
    key = "bad" if problems else "warning" if notes else "good"
    yield f"\n{look.paint(_summary(problems, notes), key)}\n"


def _summary(problems: int, notes: int) -> str:
    if not problems and not notes:
        return say("doctor.all_right")
    return f"{say('doctor.problems', n=problems)}, {say('doctor.notes', n=notes)}."


def _as_json(sections: Sequence[Section]) -> Iterator[str]:
    from elumenta_tui.cli.json_output import json_lines

    yield json_lines(
        {
            "version": __version__,
            "problems": sum(each.mark == "problem" for section in sections for each in section.findings),
            "checks": [
                {"section": section.name, **each._asdict()}
                for section in sections
                for each in section.findings
            ],
        }
    )
