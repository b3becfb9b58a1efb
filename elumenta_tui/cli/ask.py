"""`elumenta-tui ask`: one prompt from a shell, and its answer."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from elumenta_tui.cli.exit_codes import ExitCode
from elumenta_tui.cli.help import help_of
from elumenta_tui.cli.options import Parser, WrongUsage
from elumenta_tui.cli.startup import NotConfigured
from elumenta_tui.cli.stdio import complain, put_out
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("ask.usage")
    parser.add_argument("prompt", nargs="*")
    parser.add_argument("--model", "-m", type=clean_line)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--continue", dest="resume", action="store_true")
    which.add_argument("--no-store", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--yes", action="store_true")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--base-url")
    parser.add_argument("--config", type=Path)
    return parser


def help_text() -> str:
    """Return what `ask --help` prints."""
    codes = [(str(code.value), say(f"ask.exit.{code.name.lower()}")) for code in ExitCode]
    return help_of(parser(), "ask", (say("ask.exit_codes"), [*codes, ("128 + n", say("ask.exit.signal"))]))


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui ask` with its arguments. Return the exit code."""
    # Where standard error is closed, complaints would go to standard output, which is the answer's.
    sys.stderr = sys.stderr or io.StringIO()
    # argparse would take words after `--` for options again, as options may stand between the words of the prompt.
    cut = argv.index("--") if "--" in argv else len(argv)
    try:
        options = parser().parse_intermixed_args(argv[:cut])
    except WrongUsage as wrong:
        complain(str(wrong))
        return ExitCode.WRONG_USAGE
    if options.help:
        return put_out([f"{help_text()}\n"])
    from elumenta_tui.cli.asking import Wishes, ask
    from elumenta_tui.cli.prompt import NoPrompt

    wishes = Wishes(
        words=(*options.prompt, *argv[cut + 1 :]),
        model=options.model,
        resume=options.resume,
        stores=not options.no_store,
        as_json=options.json,
        quiet=options.quiet,
        confirms=options.yes,
        demo=options.demo,
        base_url=options.base_url,
        config=options.config,
    )
    try:
        return ask(wishes, environ)
    except (NotConfigured, NoPrompt) as problem:
        complain(str(problem))
        return ExitCode.WRONG_USAGE
