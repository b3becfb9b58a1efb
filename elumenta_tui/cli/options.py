"""The options of the command line, and what is wrong with them in the user's language: argparse knows English only."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import NoReturn

from elumenta_tui.i18n import say
from elumenta_tui.text.key import MASK
from elumenta_tui.text.redact import redact_key
from elumenta_tui.text.sanitize import clean_line

PROBLEMS = {
    "unknown": r"unrecognized arguments: (?P<what>.*)",
    "no_value": r"argument (?P<what>\S+): expected one argument",
    "no_switch": r"argument (?P<what>\S+): ignored explicit argument .*",
    "choice": r"argument (?P<what>\S+): invalid choice: .* \(choose from (?P<choices>.*)\)",
    "required": r"(?:the following arguments are|one of the arguments) required: (?P<what>.*)",
    "together": r"argument (?P<what>\S+): not allowed with argument (?P<other>\S+)",
}
"""argparse's sentences by the name under which the catalogue has ours."""


class WrongUsage(Exception):
    """Arguments that can't be used; the text, in one or more lines, is for the user."""


class Parser(argparse.ArgumentParser):
    """Complains in the user's language, with the line of the catalogue that `usage_key` names; WrongUsage ends it."""

    usage_key: str

    def __init__(self, usage_key: str) -> None:
        super().__init__(add_help=False, allow_abbrev=False)
        self.usage_key = usage_key
        self.add_argument("--help", "-h", action="store_true")

    def error(self, message: str) -> NoReturn:
        # Somebody may have tried to give the key as an option.
        detail = _sentence(redact_key(clean_line(message, 500)))
        lines = [say("cli.bad_usage", detail=detail), say(self.usage_key)]
        if MASK in detail:
            lines.append(say("cli.key_is_no_option"))
        raise WrongUsage("\n".join(lines))


def _sentence(message: str) -> str:
    """The same as one of argparse's messages; one that is not known is returned as it is."""
    for name, pattern in PROBLEMS.items():
        if match := re.fullmatch(pattern, message):
            return say(f"cli.problem.{name}", **match.groupdict())
    return message


def app_parser() -> Parser:
    """The options of the program; its values are the fields of `Options`."""
    # There is no option for the key: everybody on the machine can read a process's options.
    parser = Parser("cli.usage")
    parser.add_argument("--continue", dest="resume", action="store_true")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--model", type=clean_line)
    parser.add_argument("--base-url")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--version", action="store_true")
    return parser
