"""Checks of the doctor that are about the terminal: what it shows, which keys it passes on, how text gets to the clipboard."""

from __future__ import annotations

import locale
import os
import re
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from elumenta_tui.cli.app_keys import app_keys
from elumenta_tui.cli.findings import Finding, Subject
from elumenta_tui.config.paths import config_dir
from elumenta_tui.config.settings import CONFIG_FILE, Settings, SettingsProblem, read
from elumenta_tui.i18n import language, number, say
from elumenta_tui.process.children import environ_for_children, find_program, is_remote
from elumenta_tui.terminal.clipboard import tools
from elumenta_tui.terminal.taken_keys import TMUX, surroundings, tmux_with

_ANSWER_SECONDS = 1.0
"""Seconds in which a terminal answers a question; behind a slow connection, too."""

_TOOL_SECONDS = 2.0

_SMALLEST = (40, 15)
"""Columns and lines that the app needs to be usable."""

_SLOW_ESCAPE = 100
"""Milliseconds that tmux may wait after Esc before it is felt."""

_COLOURS = {"truecolor": 16_777_216, "256": 256, "16": 16}

_TERMINFO = (
    "/etc/terminfo",
    "/lib/terminfo",
    "/usr/lib/terminfo",
    "/usr/share/terminfo",
    "/usr/local/share/terminfo",
)
"""Directories in which systems keep what they know of terminals."""


def terminal(subject: Subject, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check the terminal that this runs in, as far as it can be known in a pipe."""
    term = environ.get("TERM", "")
    if term in ("", "dumb"):
        yield Finding("term", "problem", say("doctor.no_term", term=term or "—"), say("doctor.set_term"))
    else:
        program = " ".join(
            filter(None, (environ.get("TERM_PROGRAM", ""), environ.get("TERM_PROGRAM_VERSION", "")))
        )
        words = say("doctor.term", term=f"{term} {program and f'({program})'}".strip())
        if _is_known(term, environ):
            yield Finding("term", "ok", words)
        else:
            yield Finding("term", "note", f"{words}. {say('doctor.unknown_term')}", say("doctor.set_term"))
    yield _colours(environ, term)
    yield from _text(environ)
    yield from _size()
    if subject.owns_terminal:
        yield from _keyboard()
    yield _clipboard(environ)
    yield from _around(_settings(subject, environ), environ)
    if is_remote(environ):
        yield Finding("ssh", "ok", say("doctor.ssh"))


def _settings(subject: Subject, environ: Mapping[str, str]) -> Settings:
    """Return the settings, as far as they can be read."""
    try:
        return read(subject.config or config_dir(environ) / CONFIG_FILE).settings
    except SettingsProblem:
        return Settings()


def _is_known(term: str, environ: Mapping[str, str]) -> bool:
    """Return whether the system's database of terminals has an entry for one; true where there is no such database."""
    home = environ.get("HOME", "")
    directories = [
        *filter(None, (environ.get("TERMINFO"), home and f"{home}/.terminfo")),
        *filter(None, environ.get("TERMINFO_DIRS", "").split(":")),
        *_TERMINFO,
    ]
    there = [each for each in map(Path, directories) if _is_there(each, Path.is_dir)]
    # A directory for each first letter, or on systems that don't tell capital letters apart for its number.
    entries = (path / begin / term for path in there for begin in (term[0], f"{ord(term[0]):x}"))
    return not there or any(_is_there(entry, Path.is_file) for entry in entries)


def _is_there(path: Path, check: Callable[[Path], bool]) -> bool:
    """Return whether something is there, as far as the user may see it."""
    with suppress(OSError):
        return check(path)
    return False


def _colours(environ: Mapping[str, str], term: str) -> Finding:
    if environ.get("NO_COLOR"):
        return Finding("colours", "note", say("doctor.no_colour"))
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        kind = "truecolor"
    else:
        kind = "256" if "256" in term or term == "xterm-kitty" else "16"
    advice = "" if kind == "truecolor" else say("doctor.colorterm")
    return Finding(
        "colours",
        "ok" if kind == "truecolor" else "note",
        say("doctor.colours", number=number(_COLOURS[kind])),
        advice,
    )


def _text(environ: Mapping[str, str]) -> Iterator[Finding]:
    encoding = locale.getpreferredencoding(False)
    chosen = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "—")
    if encoding.lower().replace("-", "").replace("_", "") == "utf8":
        yield Finding("locale", "ok", say("doctor.locale", locale=chosen, language=language()))
    else:
        yield Finding(
            "locale",
            "problem",
            say("doctor.no_unicode", locale=chosen, encoding=encoding),
            say("doctor.set_locale"),
        )


def _size() -> Iterator[Finding]:
    for stream in (1, 2, 0):
        with suppress(OSError):
            columns, lines = os.get_terminal_size(stream)
            is_small = columns < _SMALLEST[0] or lines < _SMALLEST[1]
            advice = say("doctor.enlarge", columns=_SMALLEST[0], lines=_SMALLEST[1]) if is_small else ""
            yield Finding(
                "size", "note" if is_small else "ok", say("doctor.size", columns=columns, lines=lines), advice
            )
            return
    yield Finding("size", "note", say("doctor.no_terminal"))


# ------------------------------------------------------------------------------------------------------------- keyboard


def _keyboard() -> Iterator[Finding]:
    answer = _asked(b"\x1b[?u\x1b[c")
    if answer is None:
        return
    if re.search(rb"\x1b\[\?\d+u", answer):
        yield Finding("keyboard", "ok", say("doctor.keyboard"))
    else:
        yield Finding("keyboard", "note", say("doctor.old_keyboard"), say("doctor.use_ctrl_j"))


def _asked(question: bytes) -> bytes | None:
    """Ask the terminal, and return its answer; None if there is none, or if we are in its background.

    The question must end with the one for the kind of terminal (DA1), which every terminal answers.
    """
    if sys.platform == "win32":
        return None
    import termios
    import tty

    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None
    try:
        if os.tcgetpgrp(descriptor) != os.getpgrp():
            return None
        before = termios.tcgetattr(descriptor)
        answer = b""
        try:
            tty.setraw(descriptor, termios.TCSANOW)
            os.write(descriptor, question)
            until = monotonic() + _ANSWER_SECONDS
            while not re.search(rb"\x1b\[\?[\d;]*c", answer):
                if not select.select([descriptor], [], [], max(0.0, until - monotonic()))[0]:
                    break
                answer += os.read(descriptor, 1_024)
        finally:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
        return answer
    except (OSError, termios.error):
        return None
    finally:
        os.close(descriptor)


# ------------------------------------------------------------------------------------------------------------ clipboard


def _clipboard(environ: Mapping[str, str]) -> Finding:
    wanted = tools(environ)
    there = [tool.name for tool in wanted if find_program(tool.name, environ)]
    if there:
        return Finding("clipboard", "ok", say("doctor.clipboard", tools=", ".join(there)))
    if wanted:
        missing = ", ".join(tool.name for tool in wanted)
        return Finding(
            "clipboard", "note", say("doctor.clipboard_by_terminal"), say("doctor.install", tools=missing)
        )
    return Finding("clipboard", "ok", say("doctor.clipboard_by_terminal"))


# ------------------------------------------------------------------------------------------------- programs around this one


def _around(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Name the programs around this one with the keys that they take, and what to press instead."""
    around = surroundings(environ)
    if TMUX in around:
        own = (
            _tmux(["show-options", "-gv", "prefix"], environ),
            _tmux(["show-options", "-gv", "prefix2"], environ),
        )
        keys = _tmux(["list-keys", "-T", "root"], environ)
        if any(own):
            # `bind-key -T root M-Up …`, with `-r` before the table if it repeats.
            mine = tmux_with(own, re.findall(r"^bind-key .*?-T root +(\S+)", keys, re.MULTILINE))
            around = [mine if each is TMUX else each for each in around]
    for program, (text, advice, takes_ours) in zip(
        around, app_keys().described(settings, around), strict=False
    ):
        yield Finding(
            f"keys_{program.name.lower().replace(' ', '_')}", "note" if takes_ours else "ok", text, advice
        )
    if environ.get("TMUX"):
        yield from _tmux_options(environ)


def _tmux_options(environ: Mapping[str, str]) -> Iterator[Finding]:
    escape = _tmux(["show-options", "-sv", "escape-time"], environ)
    if escape.isdecimal() and int(escape) > _SLOW_ESCAPE:
        yield Finding(
            "escape_time", "note", say("doctor.escape_time", n=int(escape)), say("doctor.set_escape_time")
        )
    if _tmux(["show-options", "-sv", "set-clipboard"], environ) == "off":
        yield Finding(
            "tmux_clipboard", "note", say("doctor.tmux_clipboard"), say("doctor.set_tmux_clipboard")
        )


def _tmux(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return what a command of tmux prints; empty if it can't be run."""
    program = find_program("tmux", environ)
    if program is None:
        return ""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            [program, *words],
            capture_output=True, text=True, errors="replace", timeout=_TOOL_SECONDS, check=False,
            stdin=subprocess.DEVNULL, env=environ_for_children(environ),
        )  # fmt: skip
        return done.stdout.strip()
    return ""
