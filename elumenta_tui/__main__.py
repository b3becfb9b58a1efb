"""The command line: builds everything once, runs the app, and turns how it ended into an exit code."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui import __version__, i18n
from elumenta_tui.cli import app_keys
from elumenta_tui.cli.commands import MODULES, called, command
from elumenta_tui.cli.startup import Configuration, NotConfigured, configure, find_access, use_chosen_language
from elumenta_tui.cli.stdio import FAILED, INTERRUPTED, OK, WRONG_USAGE, complain, put_out
from elumenta_tui.config.paths import config_dir, data_dir, state_dir
from elumenta_tui.config.settings import CONFIG_FILE, SettingsProblem, read
from elumenta_tui.i18n import say
from elumenta_tui.lean import Frozen
from elumenta_tui.process.children import find_program
from elumenta_tui.process.setup import leave_no_core, silence_developers_words

if TYPE_CHECKING:
    from elumenta_tui.cli.startup import Access
    from elumenta_tui.tui.app import ElumentaApp

FRAMES = "500"
"""A second, for Textual, which reads it when it is imported. What has changed waits for the next of them, a key's letter too;
there is no frame where nothing changes."""

_TELLTALES = ("TEXTUAL", "TEXTUAL_LOG", "TEXTUAL_DEBUG")
"""Variables that make Textual write down every key that is pressed, and so the API key when it is entered."""


class Options(Frozen):
    """What the command line says."""

    resume: bool = False
    demo: bool = False
    plain: bool = False
    model: str | None = None
    base_url: str | None = None
    config: Path | None = None
    version: bool = False
    help: bool = False


def _options(argv: Sequence[str]) -> Options | None:
    """None if they can't be understood; it has been said then."""
    if not argv:
        # As nearly always; argparse alone takes a fiftieth of the time until the first frame.
        return Options()
    if argv == ["--continue"]:
        return Options(resume=True)
    from elumenta_tui.cli.app_options import app_parser
    from elumenta_tui.cli.options import WrongUsage

    try:
        return Options(**vars(app_parser().parse_args(argv)))
    except WrongUsage as wrong:
        complain(str(wrong))
        return None


def help_text(config: Path | None = None) -> str:
    """What `--help` prints, with the key map of the catalogue as a configuration file changes it."""
    keys = _app_keys()
    if config is not None:
        _use_keys(config)

    names = ("continue", "demo", "plain", "model", "base_url", "config", "version", "help")
    arguments = {name: f" {say(f'cli.argument.{name}')}" for name in ("model", "base_url", "config")}
    environment = {"ELUMENTA_API_KEY": "env_key", "ELUMENTA_BASE_URL": "env_url", "ELUMENTA_HOME": "env_home"}
    environment["ACCESSIBLE"] = "env_accessible"
    lines = [
        say("cli.usage"),
        "",
        say("cli.about"),
        *(say(f"cli.command.{name}") for name in MODULES),
        "",
        say("cli.options"),
    ]
    lines += [
        f"  --{name.replace('_', '-') + arguments.get(name, ''):<18} {say(f'cli.{name}')}" for name in names
    ]
    lines += ["", say("cli.environment")]
    lines += [f"  {name:<20} {say(f'cli.{key}')}" for name, key in environment.items()]
    lines += ["", say("cli.keys")]
    lines += [f"  {labels:<44} {about}" for labels, about in keys.listed()]
    return "\n".join([*lines, "", say("cli.exit_codes")])


def _app_keys() -> app_keys.AppKeys:
    from elumenta_tui.tui import actions, key_notes

    # Importing it has filled the catalogue.
    del actions
    return key_notes


def _use_keys(path: Path) -> None:
    """Give the actions the keys of a configuration file, as far as it can be read."""
    try:
        settings = read(path).settings
    except SettingsProblem:
        return
    from elumenta_tui.tui.key_notes import use_keys

    use_keys(settings)


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the program; the exit code. Nothing comes out of it."""
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


def _report(
    error: Exception, environ: Mapping[str, str], key: str = "", *, says_messages: bool = True
) -> int:
    """Say that the program has failed, and where to read about it; the exit code."""
    from elumenta_tui.process import crash

    what = say("crash.what", kind=crash.kind(error), place=crash.place(error))
    try:
        path = crash.save(error, state_dir(environ), key=key, says_messages=says_messages)
    except OSError as problem:
        complain(f"{what} {say('crash.unsaved', reason=problem.strerror or crash.kind(problem))}")
    else:
        complain(f"{what} {say('crash.saved', path=path)}")
    return FAILED


def _main(argv: Sequence[str] | None, environ: Mapping[str, str]) -> int:
    i18n.use(i18n.detect(environ))
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["__complete"]:
        from elumenta_tui.cli import completing

        return completing.main(argv[1:], environ)
    app_keys.load_by(_app_keys)
    if argv:
        use_chosen_language(environ)
    if words := called(argv):
        return command(words[0]).main(words[1:], environ)
    options = _options(argv)
    if options is None:
        return WRONG_USAGE
    if options.version:
        return put_out([f"elumenta-tui {__version__}\n"])
    if options.help:
        return put_out([f"{help_text(options.config or config_dir(environ) / CONFIG_FILE)}\n"])
    try:
        configuration = configure(options.config, environ)
    except NotConfigured as problem:
        complain(str(problem))
        return WRONG_USAGE
    # Textual draws on standard error; without a terminal it would run for ever and show nothing.
    has_terminal = _is_terminal(sys.stdin) and _is_terminal(sys.__stderr__)
    if options.plain or (has_terminal and _wants_no_screen(environ)):
        from elumenta_tui.cli.plain import chat
        from elumenta_tui.cli.plain_chat import Wishes

        wishes = Wishes(options.resume, options.demo, options.model, options.base_url)
        return chat(wishes, configuration, environ)
    if not has_terminal:
        complain(say("cli.no_terminal"))
        return WRONG_USAGE
    return _run(options, configuration, environ)


_ADDRESSED = ("xterm", "screen", "tmux", "linux", "rxvt", "vt", "alacritty", "foot", "konsole", "wezterm")
"""How the names of terminals begin that are known to have a cursor that can be moved."""


def _wants_no_screen(environ: Mapping[str, str]) -> bool:
    """Return whether to chat line by line: the terminal can't move its cursor, or the user asks every program for that."""
    if environ.get("ACCESSIBLE", "0") not in ("", "0"):
        return True
    term = environ.get("TERM", "")
    if term == "dumb" or not term or term.startswith(_ADDRESSED):
        return term == "dumb"
    import curses

    try:
        curses.setupterm(term, 1)
    except curses.error:
        # Nobody knows it: most terminals can.
        return False
    return not curses.tigetstr("cup")


def _is_terminal(stream: object) -> bool:
    isatty = getattr(stream, "isatty", None)
    try:
        return bool(isatty and isatty())
    except ValueError:
        # Closed (`<&-`).
        return False


def _run(options: Options, configuration: Configuration, environ: Mapping[str, str]) -> int:
    # What imports make stays. Looking through it for garbage takes a tenth of the time until the first frame, which
    # turns it on again.
    gc.disable()
    os.environ.setdefault("TEXTUAL_FPS", FRAMES)
    warnings = _without_telltales()
    if environ is os.environ:
        leave_no_core()
        silence_developers_words()

    from elumenta_tui.process.signals import HUNG_UP, Signals, exit_code
    from elumenta_tui.terminal.driver_choice import event_loop
    from elumenta_tui.tui.app import ElumentaApp

    access = find_access(configuration, environ, demo=options.demo, base_url=options.base_url)
    app = ElumentaApp(
        access.account,
        access.settings,
        state_file=configuration.state_file,
        config_path=configuration.path,
        keychain=access.keychain,
        warnings=[*warnings, *access.warnings],
        given=access.given,
        data=data_dir(environ),
        model=options.model,
        resume=options.resume,
        examine=lambda: _examine(options, access, environ, is_demo=app.session.backend.is_demo),
    )

    def end_over(failed: threading.ExceptHookArgs) -> None:
        if isinstance(failed.exc_value, Exception):
            app.fail(failed.exc_value)

    threading.excepthook, before = end_over, threading.excepthook
    try:
        with Signals(app, save=app.end_saving) as signals:
            app.hurry = signals.hurry
            try:
                result = app.run(loop=event_loop())
            finally:
                unsaved = app.end_saving()
    finally:
        threading.excepthook = before
    if unsaved:
        complain(say("cli.unsaved", n=unsaved))
    if app.failure is not None:
        # A message may hold what is temporary.
        says_messages = not app.session.has_temporary
        return _report(app.failure, environ, access.keychain.key, says_messages=says_messages)
    code = result if result is not None and not app.return_code else app.return_code or FAILED
    why = ""
    if signals.received is not None:
        code, why = exit_code(signals.received), say("cli.ended_by_signal", name=signals.received.name)
    elif code == HUNG_UP:
        why = say("cli.hung_up")
    _tell_what_was_cut(app, why, are_saved=not unsaved)
    if not why and code == OK and not unsaved and (title := app.leaving.resumable_title):
        command = f"{_own_name(environ)}{' --demo' if app.session.backend.is_demo else ''} --continue"
        complain(say("cli.goes_on", command=command, title=say("list.quoted", title=title)))
    return code


def _without_telltales() -> list[str]:
    """Take the variables away that Textual reads when it is imported. Return a warning for each that was set."""
    return [say("notice.no_log", name=name) for name in _TELLTALES if os.environ.pop(name, None)]


def _examine(options: Options, access: Access, environ: Mapping[str, str], *, is_demo: bool) -> Iterator[str]:
    """Yield what the doctor says of the running app."""
    from elumenta_tui.cli.feedback import doctors_lines
    from elumenta_tui.cli.findings import Subject

    subject = Subject(options.config, demo=is_demo, access=access, owns_terminal=False)
    return doctors_lines(subject, environ)


def _tell_what_was_cut(app: ElumentaApp, why: str, *, are_saved: bool) -> None:
    """Say why the program has ended, if that is not plain, and what became of answers that were still coming."""
    if why:
        complain(f"{why} {_cut_words(app.leaving.cut_answers, are_saved=are_saved)}".rstrip())
    elif app.leaving.cut_answers and are_saved:
        is_one = app.leaving.cut_answers == 1
        charged = say("cli.answer_charged" if is_one else "cli.answers_charged")
        complain(f"{_cut_words(app.leaving.cut_answers, are_saved=True)} {charged}")


def _cut_words(count: int, *, are_saved: bool) -> str:
    """State what became of so many running answers; empty if there were none."""
    if count > 1:
        return say("cli.answers_kept" if are_saved else "cli.answers_cut")
    return say("cli.answer_kept" if are_saved else "cli.answer_cut") if count else ""


def _own_name(environ: Mapping[str, str]) -> str:
    """Name the program as the user types it: its path where its name alone is not found."""
    name, path = "elumenta-tui", sys.argv[0]
    is_hidden = os.path.basename(path) == name and find_program(name, environ) is None
    return path if is_hidden else name


if __name__ == "__main__":
    sys.exit(main())
