"""`elumenta-tui ask`: one prompt from a shell, and its answer."""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.cli.exit_codes import ExitCode, NotAsked
from elumenta_tui.cli.help import print_help
from elumenta_tui.cli.options import Parser, WrongUsage
from elumenta_tui.cli.startup import NotConfigured
from elumenta_tui.cli.stdio import complain
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.chat.parsing import Amount
    from elumenta_tui.cli.ask_request import Form

LEAST, MOST = 2, 4
"""Models that are compared, as `session.comparing` has it: that is not loaded for the help."""

DEAREST = 1_000_000_000
"""Elumenta tokens that `--max-cost` may allow, at most."""

_FORMS = ("raw", "extract", "extract_last", "json", "jsonl")

_ID = re.compile(r"(?=[0-9a-f]*[0-9])(?:[0-9a-f]{4,}|(?=[0-9]*[a-f])[0-9a-f]{3})", re.IGNORECASE)
"""Matches a word behind `-c` that is the beginning of an id and no word of the prompt: 3 digits or more, hexadecimal ones, and one of
them decimal. Three that are all decimal are as well a number of the prompt."""

_NUMBER = re.compile(r"(?=[0-9a-f]*[0-9])[0-9a-f]{1,3}", re.IGNORECASE)
"""Matches what is too short to tell whether it is the beginning of an id."""

_LETTERS = re.compile(r"[a-f]{4,12}")
"""Matches a word that is one of the prompt unless an id begins with it."""

_SHOWN = 40
"""Characters of a word that a sentence shows, at most."""


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("ask.usage", exit_codes="")
    parser.lists = _lists
    parser.add_argument("prompt", nargs="*")
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--model", "-m", type=clean_line)
    asked.add_argument("--compare", type=_models, metavar="models")
    instructed = parser.add_mutually_exclusive_group()
    instructed.add_argument("--system", "-s", metavar="text")
    instructed.add_argument("--persona", "-p", metavar="name")
    parser.add_argument("--template", "-t", metavar="name")
    parser.add_argument("--set", action="append", default=[], metavar="field")
    parser.add_argument("--file", "-f", action="append", default=[], metavar="output")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--continue", "-c", dest="resume", nargs="?", const="", type=clean_line, metavar="id")
    which.add_argument("--no-store", action="store_true")
    parser.add_argument("--temperature", type=_temperature, metavar="number")
    parser.add_argument("--max-tokens", type=_max_tokens, metavar="number")
    parser.add_argument("--max-cost", type=_cost, metavar="number")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--raw", action="store_true")
    form.add_argument("--extract", "-x", action="store_true")
    form.add_argument("--extract-last", action="store_true")
    form.add_argument("--json", action="store_true")
    form.add_argument("--jsonl", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--yes", action="store_true")
    parser.add_argument("--send-secrets", action="store_true")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--base-url")
    parser.add_argument("--config", type=Path)
    return parser


def _models(typed: str) -> tuple[str, ...]:
    models = tuple(filter(None, (clean_line(slug).strip() for slug in typed.split(","))))
    if not LEAST <= len(set(models)) == len(models) <= MOST:
        raise argparse.ArgumentTypeError("no models to compare")
    return models


def _temperature(typed: str) -> float:
    from elumenta_tui.chat.request import HOTTEST, temperature_of

    try:
        return temperature_of(typed)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not within 0 … {HOTTEST:g}: {typed}") from None


def _max_tokens(typed: str) -> int:
    from elumenta_tui.chat.request import MOST_TOKENS, max_tokens_of

    try:
        return max_tokens_of(typed)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not within 1 … {MOST_TOKENS}: {typed}") from None


def _cost(typed: str) -> Amount:
    from elumenta_tui.chat.parsing import amount

    if re.fullmatch(r"[0-9]{1,10}([.,][0-9]{1,6})?", typed.strip()):
        value = amount(float(typed.strip().replace(",", ".")))
        if value is not None and value <= DEAREST:
            return value
    raise argparse.ArgumentTypeError(f"no number of tokens: {typed}")


def _lists() -> list[tuple[str, list[tuple[str, str]]]]:
    codes = [(str(code.value), say(f"ask.exit.{code.name.lower()}")) for code in ExitCode]
    return [
        (say("ask.examples"), [*examples()]),
        (say("ask.exit_codes"), [*codes, ("128 + n", say("ask.exit.signal"))]),
    ]


def examples() -> Iterator[tuple[str, str]]:
    """Yield command lines, each with what it does."""
    commands = {
        "message": "git diff | elumenta-tui ask '{prompt}'",
        "extract": "elumenta-tui ask -x '{prompt}' > squares.py",
        "file": "elumenta-tui ask -f report.pdf '{prompt}'",
        "template": "elumenta-tui ask -t review language=Go < main.go",
        "compare": "elumenta-tui ask --compare gpt-5,deepseek-v3 --json '{prompt}'",
        "more": "elumenta-tui ask -c '{prompt}'",
    }
    for name, command in commands.items():
        prompt = say(f"ask.example.{name}.prompt") if "{prompt}" in command else ""
        yield command.format(prompt=prompt), say(f"ask.example.{name}.about")


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui ask` with its arguments. Return the exit code."""
    # Where standard error is closed, complaints would go to standard output, which is the answer's.
    sys.stderr = sys.stderr or io.StringIO()
    # argparse would take words after `--` for options again, as options may stand between the words of the prompt.
    cut = argv.index("--") if "--" in argv else len(argv)
    parser_ = parser()
    try:
        options = parser_.parse_intermixed_args(list(_with_id(argv[:cut])))
        if not options.help:
            _check(parser_, options)
    except WrongUsage as wrong:
        complain(str(wrong))
        return ExitCode.WRONG_USAGE
    if options.help:
        return print_help(parser_, "ask")
    from elumenta_tui.cli.ask_request import Wishes
    from elumenta_tui.cli.asking import ask

    wishes = Wishes(
        words=tuple(options.prompt),
        text=tuple(argv[cut + 1 :]),
        model=options.model,
        compared=options.compare or (),
        system=options.system,
        persona=options.persona,
        template=options.template,
        values=tuple(options.set),
        files=tuple(options.file),
        temperature=options.temperature,
        max_tokens=options.max_tokens,
        max_cost=options.max_cost,
        resume=options.resume,
        doubtful=_doubtful(argv[:cut]),
        stores=not options.no_store,
        form=_form(options),
        quiet=options.quiet,
        confirms=options.yes,
        sends_secrets=options.send_secrets,
        demo=options.demo,
        base_url=options.base_url,
        config=options.config,
    )
    try:
        return ask(wishes, environ)
    except NotConfigured as problem:
        complain(str(problem))
        return ExitCode.WRONG_USAGE
    except NotAsked as why:
        complain(str(why))
        return why.code


def _with_id(argv: Sequence[str]) -> Iterator[str]:
    """Yield the arguments with what stands behind `-c` as a part of it if it is an id, so that argparse takes no other word for one.

    Raises WrongUsage for a word that may be meant as an id: it would go to another conversation, and be paid for.
    """
    words = iter(argv)
    for word in words:
        if word not in ("-c", "--continue"):
            yield word
            continue
        following = next(words, None)
        if following is not None and _ID.fullmatch(following):
            yield f"--continue={following.lower()}"
        elif following is not None and _may_be_id(following):
            raise WrongUsage(say("ask.no_id", id=clean_line(following, _SHOWN)))
        else:
            yield "--continue="
            if following is not None:
                yield from _with_id([following, *words])
                return


def _may_be_id(word: str) -> bool:
    """Return whether a word is too short for an id, or one with a slip in it: letters and digits, nearly all of them hexadecimal."""
    if _NUMBER.fullmatch(word):
        return True
    if not (len(word) > 3 and word.isalnum() and any(each.isdecimal() for each in word)):
        return False
    slips = sum(each not in "0123456789abcdef" for each in word.lower())
    return slips <= (1 if len(word) < 8 else 2)


def _doubtful(argv: Sequence[str]) -> str:
    """Return the word behind `-c` that is one of the prompt unless an id begins with it; empty if there is none."""
    words = (word for option, word in pairwise(argv) if option in ("-c", "--continue"))
    return next(filter(_LETTERS.fullmatch, words), "")


def _check(parser: Parser, options: argparse.Namespace) -> None:
    """Raise WrongUsage for options that make no sense together, as far as the parser itself does not know that."""
    if options.set and options.template is None:
        parser.error("argument --set: not without argument --template")
    for name in ("extract", "extract_last"):
        if options.compare and getattr(options, name):
            parser.error(f"argument --compare: not allowed with argument --{name.replace('_', '-')}")


def _form(options: argparse.Namespace) -> Form:
    from elumenta_tui.cli.ask_request import Form

    forms = dict(
        zip(_FORMS, (Form.RAW, Form.FIRST_BLOCK, Form.LAST_BLOCK, Form.JSON, Form.LINES), strict=True)
    )
    return next((form for name, form in forms.items() if getattr(options, name)), Form.TEXT)
