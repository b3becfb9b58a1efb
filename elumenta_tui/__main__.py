"""The command line: builds everything once, runs the app, and turns how it ended into an exit code."""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from elumenta_tui import __version__, usage, words
from elumenta_tui.gate import clean_line
from elumenta_tui.places import config_dir, data_dir, state_dir
from elumenta_tui.settings import CONFIG_FILE, STATE_FILE, Memory, Settings, SettingsProblem, load
from elumenta_tui.words import say

OK = 0
FAILED = 1
WRONG_USAGE = 2

FRAMES = "250"
"""A second, for Textual, which reads it when it is imported. What has changed waits for the next of them, a key's letter too;
there is no frame where nothing changes."""
INTERRUPTED = 130
"""As shells report SIGINT."""

_TELLTALES = ("TEXTUAL", "TEXTUAL_LOG", "TEXTUAL_DEBUG")
"""Variables that make Textual write down every key that is pressed, and so the API key when it is entered."""


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        from elumenta_tui.api.key import MASK, hide_key

        # Somebody may have tried to give the key as an option.
        detail = usage.sentence(hide_key(clean_line(message, 500)))
        lines = [say("cli.bad_usage", detail=detail), say("cli.usage")]
        if MASK in detail:
            lines.append(say("cli.key_is_no_option"))
        _complain("\n".join(lines))
        sys.exit(WRONG_USAGE)


def _parser() -> argparse.ArgumentParser:
    # There is no option for the key: everybody on the machine can read a process's options.
    parser = _Arguments(prog="elumenta-tui", add_help=False, allow_abbrev=False)
    parser.add_argument("--continue", dest="resume", action="store_true")
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

    options = ("continue", "demo", "model", "base_url", "config", "version", "help")
    arguments = {"model": " SLUG", "base_url": " URL", "config": " FILE"}
    environment = {"ELUMENTA_API_KEY": "env_key", "ELUMENTA_BASE_URL": "env_url", "ELUMENTA_HOME": "env_home"}
    lines = [say("cli.usage"), "", say("cli.about"), say("cli.export"), "", say("cli.options")]
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
    """Run the program; the exit code. Nothing but argparse's SystemExit comes out of it."""
    if environ is os.environ:
        _open_standard_files()
    try:
        return _main(argv, environ)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return _report(error, environ)


def _open_standard_files() -> None:
    """A file that is opened later would get the number of a closed one (`>&-`), and what is printed would go into it."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _report(error: Exception, environ: Mapping[str, str], key: str = "") -> int:
    """Say that the program has failed, and where to read about it; the exit code."""
    from elumenta_tui import crash

    what = say("crash.what", kind=crash.kind(error), place=crash.place(error))
    try:
        path = crash.save(error, state_dir(environ), key=key)
    except OSError as problem:
        _complain(f"{what} {say('crash.unsaved', reason=problem.strerror or crash.kind(problem))}")
    else:
        _complain(f"{what} {say('crash.saved', path=path)}")
    return FAILED


def _complain(text: str) -> None:
    """A sentence on standard error, or else on standard output, if there is one that takes it."""
    stream = sys.stderr or sys.stdout
    if stream is None:
        return
    data = f"{text}\n"
    with contextlib.suppress(OSError, ValueError):
        try:
            descriptor = stream.fileno()
        except (OSError, ValueError):
            stream.write(data)
        else:
            # Past the stream: what it could not write it would try again at the very end, and change the exit code.
            os.write(descriptor, data.encode(stream.encoding, "backslashreplace"))


def _main(argv: Sequence[str] | None, environ: Mapping[str, str]) -> int:
    words.use(words.detect(environ))
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["export"]:
        from elumenta_tui import headless

        _use_chosen_language(environ)
        return headless.main(argv[1:], environ)
    arguments = _parser().parse_args(argv)
    if arguments.version:
        return _print(f"elumenta-tui {__version__}")
    if arguments.help:
        return _print(help_text())
    config_path = arguments.config or config_dir(environ) / CONFIG_FILE
    if arguments.config and not config_path.exists():
        _complain(say("settings.missing", path=config_path))
        return WRONG_USAGE
    try:
        configured = load(config_path)
    except SettingsProblem as problem:
        _complain(problem.sentence())
        return WRONG_USAGE
    memory = Memory(state_dir(environ) / STATE_FILE)
    chosen_language = memory.recall("language", configured.language)
    if chosen_language in words.LANGUAGES:
        words.use(chosen_language)
    # Textual draws on standard error; without a terminal it would run for ever and show nothing.
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.__stderr__)):
        _complain(say("cli.no_terminal"))
        return WRONG_USAGE
    if environ.get("TERM") == "dumb":
        _complain(say("cli.dumb_terminal", term="dumb"))
        return WRONG_USAGE
    return _run(arguments, configured, memory, config_path, environ)


def _use_chosen_language(environ: Mapping[str, str]) -> None:
    """The language that was chosen in the app; a broken settings file is no reason not to give out conversations."""
    try:
        configured = load(config_dir(environ) / CONFIG_FILE).language
    except SettingsProblem:
        configured = Settings().language
    chosen = Memory(state_dir(environ) / STATE_FILE).recall("language", configured)
    if chosen in words.LANGUAGES:
        words.use(chosen)


def _print(text: str) -> int:
    """Write to standard output; the exit code."""
    if sys.stdout is None:
        return FAILED
    # An old locale's encoding lacks the arrows, and some of the letters.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError as problem:
        # A full disk, or a reader like `head` that has had enough. Python would try again at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(problem, BrokenPipeError):
            _complain(say("cli.not_printed", reason=problem.strerror))
        return FAILED
    return OK


def _is_terminal(stream: object) -> bool:
    isatty = getattr(stream, "isatty", None)
    try:
        return bool(isatty and isatty())
    except ValueError:
        # Closed (`<&-`).
        return False


def _keep_developers_words() -> None:
    """Warnings and logs go nowhere, unless Python was told to show them: the terminal is the app's and then the shell's."""
    import logging
    import warnings

    if not sys.warnoptions and not sys.flags.dev_mode:
        warnings.simplefilter("ignore")
        # With a handler of any kind, logging does not print by itself.
        logging.getLogger().addHandler(logging.NullHandler())


def _leave_no_core() -> None:
    """A core file would hold the key and all texts."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))


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
    os.environ.setdefault("TEXTUAL_FPS", FRAMES)
    # Textual reads them when it is imported.
    warnings = [say("notice.no_log", name=name) for name in _TELLTALES if os.environ.pop(name, None)]
    if environ is os.environ:
        _leave_no_core()
        _keep_developers_words()

    from elumenta_tui.account import demo_account, real_account
    from elumenta_tui.app import ElumentaApp
    from elumenta_tui.keychain import Keychain
    from elumenta_tui.terminal import HUNG_UP, Signals, event_loop, exit_code

    settings = replace(
        configured,
        base_url=arguments.base_url or environ.get("ELUMENTA_BASE_URL") or configured.base_url,
    )
    keychain = Keychain(settings, config_path, environ.get("ELUMENTA_API_KEY", ""))
    if environ is os.environ:
        # Whatever we start (a clipboard tool, a browser, an editor) inherits the environment.
        os.environ.pop("ELUMENTA_API_KEY", None)
    if arguments.demo:
        account = demo_account(language=words.language())
    elif keychain.may_find:
        account = real_account(keychain.find, settings.base_url, idle_timeout=settings.idle_timeout)
    else:
        account = None
    app = ElumentaApp(
        account,
        settings,
        memory=memory,
        config_path=config_path,
        keychain=keychain,
        warnings=warnings,
        data=data_dir(environ),
        model=arguments.model,
        resume=arguments.resume,
    )

    def end_over(failed: threading.ExceptHookArgs) -> None:
        if isinstance(failed.exc_value, Exception):
            app.fail(failed.exc_value)

    threading.excepthook, before = end_over, threading.excepthook
    try:
        with Signals(app) as signals:
            result = app.run(loop=event_loop())
    finally:
        threading.excepthook = before
        unsaved = app.end_saving()
    if unsaved:
        _complain(say("cli.unsaved", n=unsaved))
    if app.failure is not None:
        return _report(app.failure, environ, keychain.key)
    code = result if result is not None and not app.return_code else app.return_code or FAILED
    why = ""
    if signals.received is not None:
        code, why = exit_code(signals.received), say("cli.ended_by_signal", name=signals.received.name)
    elif code == HUNG_UP:
        why = say("cli.hung_up")
    if why:
        _complain(f"{why} {say('cli.answer_cut')}" if app.cut_answer else why)
    return code


if __name__ == "__main__":
    sys.exit(main())
