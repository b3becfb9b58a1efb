"""Parse the command line, and report errors in the user's language. argparse itself knows only English."""

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
"""Patterns for argparse's sentences, by the catalogue key of ours."""


class WrongUsage(Exception):
    """The arguments cannot be used. The text, in one or more lines, is for the user."""


class Parser(argparse.ArgumentParser):
    """Reports errors in the user's language, with the line of the catalogue that `usage_key` names, by raising WrongUsage."""

    usage_key: str

    def __init__(self, usage_key: str) -> None:
        super().__init__(add_help=False, allow_abbrev=False)
        self.usage_key = usage_key
        self.add_argument("--help", "-h", action="store_true")

    def error(self, message: str) -> NoReturn:
        # A user may have tried to pass the key as an option.
        detail = _sentence(redact_key(clean_line(message, 500)))
        lines = [say("cli.bad_usage", detail=detail), say(self.usage_key)]
        if MASK in detail:
            lines.append(say("cli.key_is_no_option"))
        raise WrongUsage("\n".join(lines))


def _sentence(message: str) -> str:
    """Translate one of argparse's messages. An unknown message is returned as it is."""
    for name, pattern in PROBLEMS.items():
        if match := re.fullmatch(pattern, message):
            return say(f"cli.problem.{name}", **match.groupdict())
    return message


def app_parser() -> Parser:
    """Return the parser of the program's options; the parsed values are the fields of `Options`."""
    # There is no option for the key, because everybody on the machine can read a process's options.
    parser = Parser("cli.usage")
    parser.add_argument("--continue", dest="resume", action="store_true")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--model", type=clean_line)
    parser.add_argument("--base-url")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--version", action="store_true")
    return parser
