"""What is wrong with the arguments, in the user's language: argparse knows English only."""

from __future__ import annotations

import re

from elumenta_tui.words import say

PROBLEMS = {
    "unknown": r"unrecognized arguments: (?P<what>.*)",
    "no_value": r"argument (?P<what>\S+): expected one argument",
    "no_switch": r"argument (?P<what>\S+): ignored explicit argument .*",
    "choice": r"argument (?P<what>\S+): invalid choice: .* \(choose from (?P<choices>.*)\)",
    "required": r"(?:the following arguments are|one of the arguments) required: (?P<what>.*)",
    "together": r"argument (?P<what>\S+): not allowed with argument (?P<other>\S+)",
}
"""argparse's sentences by the name under which the catalogue has ours."""


def sentence(message: str) -> str:
    """The same as one of argparse's messages; one that is not known is returned as it is."""
    for name, pattern in PROBLEMS.items():
        if match := re.fullmatch(pattern, message):
            return say(f"cli.problem.{name}", **match.groupdict())
    return message
