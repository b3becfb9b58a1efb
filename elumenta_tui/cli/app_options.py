"""The options of the program without a command, which starts the app."""

from __future__ import annotations

from pathlib import Path

from elumenta_tui.cli.commands import MODULES
from elumenta_tui.cli.options import Parser
from elumenta_tui.text.sanitize import clean_line


def app_parser() -> Parser:
    """Return the parser of the program's options; the parsed values are the fields of `Options`."""
    # There is no option for the key, because everybody on the machine can read a process's options.
    parser = Parser("cli.usage", commands=tuple(MODULES))
    parser.add_argument("--continue", dest="resume", action="store_true")
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--model", type=clean_line)
    parser.add_argument("--base-url")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--version", action="store_true")
    return parser
