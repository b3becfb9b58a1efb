"""The command line: builds everything once, runs the app, and turns how it ended into an exit code."""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from elumenta_tui import __version__, words
from elumenta_tui.gate import clean_line
from elumenta_tui.places import config_dir, state_dir
from elumenta_tui.settings import CONFIG_FILE, STATE_FILE, Memory, Settings, SettingsProblem, load
from elumenta_tui.words import say

OK = 0
FAILED = 1
WRONG_USAGE = 2


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USAGE, f"{say('cli.bad_usage', detail=message)}\n{say('cli.usage')}\n")


def _parser() -> argparse.ArgumentParser:
    # There is no option for the key: everybody on the machine can read a process's options.
    parser = _Arguments(prog="elumenta-tui", add_help=False, allow_abbrev=False)
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--model", type=clean_line)
    parser.add_argument("--base-url")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--help", "-h", action="store_true")
    return parser


def help_text() -> str:
    """What `--help` prints, with the key map of the catalogue."""
    from elumenta_tui.actions import ACTIONS, key_label

    options = ("demo", "model", "base_url", "config", "version", "help")
    arguments = {"model": " SLUG", "base_url": " URL", "config": " FILE"}
    environment = {"ELUMENTA_API_KEY": "env_key", "ELUMENTA_BASE_URL": "env_url", "ELUMENTA_HOME": "env_home"}
    lines = [say("cli.usage"), "", say("cli.about"), "", say("cli.options")]
    lines += [
        f"  --{name.replace('_', '-') + arguments.get(name, ''):<18} {say(f'cli.{name}')}" for name in options
    ]
    lines += ["", say("cli.environment")]
    lines += [f"  {name:<20} {say(f'cli.{key}')}" for name, key in environment.items()]
    lines += ["", say("cli.keys")]
    for entry in ACTIONS.values():
        if entry.keys:
            lines.append(f"  {', '.join(map(key_label, entry.keys)):<44} {entry.help}")
    return "\n".join([*lines, "", say("cli.exit_codes")])


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the program; the exit code."""
    words.use(words.detect(environ))
    arguments = _parser().parse_args(argv)
    if arguments.version:
        _print(f"elumenta-tui {__version__}")
        return OK
    if arguments.help:
        _print(help_text())
        return OK
    config_path = arguments.config or config_dir(environ) / CONFIG_FILE
    if arguments.config and not config_path.exists():
        sys.stderr.write(say("settings.missing", path=config_path) + "\n")
        return WRONG_USAGE
    try:
        configured = load(config_path)
    except SettingsProblem as problem:
        sys.stderr.write(say(f"settings.{problem.kind}", path=problem.path, **problem.details) + "\n")
        return WRONG_USAGE
    memory = Memory(state_dir(environ) / STATE_FILE)
    chosen_language = memory.recall("language", configured.language)
    if chosen_language in words.LANGUAGES:
        words.use(chosen_language)
    # Textual draws on standard error; without a terminal it would run for ever and show nothing.
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.__stderr__)):
        sys.stderr.write(say("cli.no_terminal") + "\n")
        return WRONG_USAGE
    if environ.get("TERM") == "dumb":
        sys.stderr.write(say("cli.dumb_terminal", term="dumb") + "\n")
        return WRONG_USAGE
    return _run(arguments, configured, memory, config_path, environ)


def _print(text: str) -> None:
    # An old locale's encoding lacks the arrows, and some of the letters.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    sys.stdout.write(text + "\n")


def _is_terminal(stream: object) -> bool:
    isatty = getattr(stream, "isatty", None)
    try:
        return bool(isatty and isatty())
    except ValueError:
        # Closed (`<&-`).
        return False


def _run(
    arguments: argparse.Namespace,
    configured: Settings,
    memory: Memory,
    config_path: Path,
    environ: Mapping[str, str],
) -> int:
    # What imports make stays. Looking through it for garbage takes a tenth of the time until the first frame, which
    # turns it on again.
    gc.disable()
    # Read when Textual is imported: what has changed waits for the next of these frames, a key's letter too. There is
    # no frame where nothing changes.
    os.environ.setdefault("TEXTUAL_FPS", "250")
    from elumenta_tui.account import demo_account, real_account
    from elumenta_tui.app import ElumentaApp

    environ_key = environ.get("ELUMENTA_API_KEY", "").strip()
    settings = replace(
        configured,
        api_key=environ_key or configured.api_key,
        base_url=arguments.base_url or environ.get("ELUMENTA_BASE_URL") or configured.base_url,
    )
    if arguments.demo:
        account = demo_account(language=words.language())
    elif settings.api_key:
        account = real_account(settings.api_key, settings.base_url, idle_timeout=settings.idle_timeout)
    else:
        account = None
    app = ElumentaApp(
        account,
        settings,
        memory=memory,
        config_path=config_path,
        environ_key=bool(environ_key),
        model=arguments.model,
    )
    result = app.run()
    # Textual's own crash leaves its code here, and no result.
    return result if result is not None and not app.return_code else app.return_code or FAILED


if __name__ == "__main__":
    sys.exit(main())
