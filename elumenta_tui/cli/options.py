"""Parse the command line, and report errors in the user's language. argparse itself knows only English."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from typing import NoReturn

from elumenta_tui.i18n import knows, say
from elumenta_tui.text.key import MASK
from elumenta_tui.text.redact import redact_key
from elumenta_tui.text.sanitize import clean_line

PROBLEMS = {
    "unknown": r"unrecognized arguments: (?P<what>.*)",
    "no_value": r"argument (?P<what>\S+): expected one argument",
    "count": r"argument (?P<what>\S+): invalid count value: '(?P<value>.*)'",
    "no_switch": r"argument (?P<what>\S+): ignored explicit argument .*",
    "choice": r"argument (?P<what>\S+): invalid choice: .* \(choose from (?P<choices>.*)\)",
    "required": r"(?:the following arguments are|one of the arguments) required: (?P<what>.*)",
    "together": r"argument (?P<what>\S+): not allowed with argument (?P<other>\S+)",
    "range": r"argument (?P<what>\S+): not within (?P<least>\S+) … (?P<most>\S+): (?P<value>.*)",
    "cost": r"argument (?P<what>\S+): no number of tokens: (?P<value>.*)",
    "models": r"argument (?P<what>\S+): no models to compare",
    "needs": r"argument (?P<what>\S+): not without argument (?P<other>\S+)",
}
"""Patterns for argparse's sentences, by the catalogue key of ours."""


_KEY_OPTION = re.compile(r"(?<!\S)--?(?:api[-_]?)?key\b|(?<!\w)nb_")
"""Matches an option by which a user has tried to pass the key, or what begins like one."""


def _written(argument: str) -> str:
    """Return an argument as the help writes it."""
    return say(f"cli.argument.{argument}") if knows(f"cli.argument.{argument}") else argument


class WrongUsage(Exception):
    """The arguments cannot be used. The text, in one or more lines, is for the user."""


class Parser(argparse.ArgumentParser):
    """Reports errors in the user's language, with the line of the catalogue that `usage_key` names, by raising WrongUsage."""

    usage_key: str
    commands: tuple[str, ...]
    """Words that may stand first, for a suggestion to who has mistyped one."""

    exit_codes: str
    """Key of the sentence on exit codes that ends the help; empty if there is none."""
    lists: Callable[[], Iterable[tuple[str, Iterable[tuple[str, str]]]]]
    """Returns lists for the help besides that of the options: the heading of each, and how things are written and what they are for."""
    verbs: dict[str, Parser]
    """Parsers of what follows, by the word that stands first in a command that has several parts, such as `chats list`."""

    def __init__(
        self, usage_key: str, commands: tuple[str, ...] = (), *, exit_codes: str = "cli.exit_codes_short"
    ) -> None:
        super().__init__(add_help=False, allow_abbrev=False)
        self.usage_key, self.commands, self.exit_codes, self.verbs = usage_key, commands, exit_codes, {}
        self.lists = tuple
        self._help = self.add_argument("--help", "-h", action="store_true")

    def documented(self) -> list[argparse.Action]:
        """Return the arguments and options in the order of the help, which names itself last."""
        own = [each for each in self._actions if each is not self._help]
        return [
            *(each for each in own if not each.option_strings),
            *(each for each in own if each.option_strings),
            self._help,
        ]

    def error(self, message: str) -> NoReturn:
        # A user may have tried to pass the key as an option.
        detail = self._sentence(redact_key(clean_line(message, 500)))
        lines = [say("cli.bad_usage", detail=detail), say(self.usage_key)]
        if MASK in detail or _KEY_OPTION.search(detail):
            lines.append(say("cli.key_is_no_option"))
        raise WrongUsage("\n".join(lines))

    def _sentence(self, message: str) -> str:
        """Translate one of argparse's messages. An unknown message is returned as it is."""
        for name, pattern in PROBLEMS.items():
            if match := re.fullmatch(pattern, message):
                values = match.groupdict()
                if "choices" in values:
                    # Some Pythons quote them, as they would be written in Python.
                    values["choices"] = values["choices"].replace("'", "")
                if name == "required":
                    values["what"] = ", ".join(map(_written, values["what"].split(", ")))
                return (
                    self._unknown(values["what"])
                    if name == "unknown"
                    else say(f"cli.problem.{name}", **values)
                )
        return message

    def _unknown(self, what: str) -> str:
        word = what.split()[0]
        if word in self.commands:
            return say("cli.problem.command_first", command=word)
        like = self._like(word)
        return say("cli.problem.unknown_like" if like else "cli.problem.unknown", what=what, like=like)

    def _like(self, word: str) -> str:
        """Return the option or the command that an unknown word is most like; empty if it is like none."""
        from difflib import get_close_matches

        dashes = "--" if word.startswith("-") else ""
        options = (name for action in self._actions for name in action.option_strings)
        # Compared without the dashes, which any two options have in common.
        known = [name[2:] for name in options if name[:2] == "--"] if dashes else self.commands
        found = get_close_matches(word.lstrip("-").partition("=")[0].lower(), known, n=1)
        return f"{dashes}{found[0]}" if found else ""
