"""Verbs of `elumenta-tui config`. The API key is never printed, and never taken from the command line, which others can see."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elumenta_tui.cli.config_values import objection, objections
from elumenta_tui.cli.running import CommandFailed
from elumenta_tui.cli.startup import NotConfigured, given_instead
from elumenta_tui.cli.stdio import FAILED, NOTHING_THERE, OK, WRONG_USAGE, complain, put_out
from elumenta_tui.cli.tables import Look, standard_look, table
from elumenta_tui.config.option_rows import OptionRow, OptionRows
from elumenta_tui.config.options import TABLES, parsed, unknown_keys
from elumenta_tui.config.owners import check_ownership
from elumenta_tui.config.paths import config_dir, state_dir
from elumenta_tui.config.saving import save_value
from elumenta_tui.config.settings import (
    CONFIG_FILE,
    STATE_FILE,
    Reading,
    Settings,
    SettingsProblem,
    StateFile,
    load,
    read,
    read_toml,
)
from elumenta_tui.config.toml_text import Value, written
from elumenta_tui.i18n import say, spoken
from elumenta_tui.lean import fields
from elumenta_tui.text.key import MASK, key_problem, tidy_key
from elumenta_tui.text.redact import redact_key
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    import argparse

_KEY = "api_key"

OPTIONS = {option.name: option for option in fields(Settings) if option.name not in TABLES}
"""Options that are one value, by name."""

_KEY_BYTES = 4_096
"""Characters of standard input that are read for a key, at most."""


def run(verb: str, arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run a verb. Return the exit code. Raises CommandFailed or NotConfigured."""
    path: Path = arguments.config or config_dir(environ) / CONFIG_FILE
    if verb == "path":
        return put_out([f"{clean_line(str(path), 4_096)}\n"])
    if verb == "edit":
        return _edit(path, environ)
    if verb == "check":
        return _check(path, is_named=arguments.config is not None)
    if verb in ("get", "set", "unset") and arguments.name not in OPTIONS:
        raise CommandFailed(WRONG_USAGE, _unknown(arguments.name))
    if verb in ("set", "unset"):
        # Not refused for another wrong value: so it can be mended.
        reading = _read(path)
        if verb == "unset":
            return _unset(path, arguments.name, was_set=arguments.name in reading.given)
        if arguments.name == _KEY:
            return _set_key(path, reading.settings, arguments.value)
        return _set(path, arguments.name, arguments.value)
    settings = _settings(path)
    rows = _rows(path, settings, environ)
    if verb == "get":
        return _get(next(row for row in rows if row.name == arguments.name), path, environ)
    return put_out(
        _as_json(path, settings, rows) if arguments.json else _listed(settings, rows, standard_look(environ))
    )


def _read(path: Path) -> Reading:
    try:
        check_ownership(path)
        return read(path)
    except SettingsProblem as problem:
        raise NotConfigured(spoken(problem.phrase)) from None


def _settings(path: Path) -> Settings:
    try:
        check_ownership(path)
        return load(path)
    except SettingsProblem as problem:
        raise NotConfigured(spoken(problem.phrase)) from None


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    like = "".join(get_close_matches(name.lower(), list(OPTIONS), n=1))
    if like:
        return say("config.unknown_like", name=clean_line(name, 60), like=like)
    return say("config.unknown", name=clean_line(name, 60))


# -------------------------------------------------------------------------------------------------------------- reading


def _shown(name: str, value: Any) -> str:
    """Return a value as it is typed after `set`, without secrets."""
    if name == _KEY:
        return MASK if value else ""
    if isinstance(value, float):
        return f"{value:g}"
    return redact_key(clean_line(value if isinstance(value, str) else written(value)))


def _get(row: OptionRow, path: Path, environ: Mapping[str, str]) -> int:
    """Print the value that counts. Somebody at a terminal is told where it comes from, and what the option is for."""
    if row.name == _KEY and not row.value:
        raise CommandFailed(NOTHING_THERE, say("config.no_key"))
    code = put_out([f"{_value(row)}\n"])
    if code == OK and standard_look(environ).width:
        source = say(f"options.from.{row.source.value}", name=row.given_by, path=path)
        words = f"{row.name}: {source}."
        if row.in_file is not None and row.name != _KEY:
            words += f" {say('config.file_says', value=_shown(row.name, row.in_file))}"
        complain(words)
        if row.name != _KEY:
            # Of the key, the app's dialog is spoken of.
            complain(say(f"option.{row.name}"))
    return code


def _rows(path: Path, settings: Settings, environ: Mapping[str, str]) -> list[OptionRow]:
    """Return every option with the value that counts and its source. A key in the keyring is not looked for: that may ask the user."""
    base_url = environ.get("ELUMENTA_BASE_URL") or settings.base_url
    rows = OptionRows(
        settings.but(base_url=base_url),
        StateFile(state_dir(environ) / STATE_FILE),
        given_instead(environ),
        model=lambda: settings.model,
        is_demo=lambda: False,
        has_key=lambda: False,
    )
    return [row for row in rows.rows(read(path)) if row.name in OPTIONS]


def _value(row: OptionRow) -> str:
    return _shown(row.name, row.value)


def _source(row: OptionRow) -> str:
    """Name the source of a value, with the variable or the option that gives it."""
    source = say(f"options.source.{row.source.value}")
    return f"{source} ({row.given_by})" if row.given_by else source


def _as_json(path: Path, settings: Settings, rows: Sequence[OptionRow]) -> Iterator[str]:
    from elumenta_tui.cli.json_output import json_lines

    own = read_toml(path)
    yield json_lines(
        {
            row.name: {
                "value": _value(row) if isinstance(row.value, str) or row.name == _KEY else row.value,
                "is_set": row.name in own,
                "source": row.source.value,
                "given_by": row.given_by or None,
            }
            for row in rows
        }
        | {"personas": list(settings.personas)}
    )


def _listed(settings: Settings, options: Sequence[OptionRow], look: Look) -> Iterator[str]:
    headings = [say("config.head.name"), say("config.head.value"), say("config.head.source")]
    rows = [(row.name, _value(row) or "—", _source(row)) for row in options]
    rows += [
        (".".join(("personas", name)), clean_line(one.model) or "—", say("options.source.file"))
        for name, one in settings.personas.items()
    ]
    return table(headings, rows, look, flexible=1)


def _check(path: Path, *, is_named: bool) -> int:
    if not path.exists():
        if is_named:
            raise NotConfigured(say("settings.missing", path=path))
        complain(say("doctor.no_config", path=path))
        return OK
    reading = _read(path)
    problems, unusable = reading.problems, list(objections(path, reading))
    for words in unusable:
        complain(words)
    for problem in problems:
        complain(redact_key(spoken(problem.phrase)))
    for key, like in unknown_keys(path).items():
        name = "notice.unknown_option_like" if like else "notice.unknown_option"
        complain(redact_key(say(name, path=path.name, key=clean_line(key, 60), like=like)))
    if problems or unusable:
        return WRONG_USAGE
    complain(say("doctor.config", path=path))
    return OK


# -------------------------------------------------------------------------------------------------------------- writing


def _set(path: Path, name: str, text: str | None) -> int:
    if text is None:
        raise CommandFailed(WRONG_USAGE, say("config.no_value", name=name))
    try:
        value = parsed(name, text, path)
    except SettingsProblem as problem:
        raise NotConfigured(spoken(problem.phrase)) from None
    if words := objection(name, value, path):
        raise NotConfigured(f"{words} {say('settings.unchanged')}")
    _save(path, name, value)
    complain(say("config.is_set", name=name, value=_shown(name, value), path=path))
    return OK


def _unset(path: Path, name: str, *, was_set: bool) -> int:
    _save(path, name, None)
    default = _shown(name, OPTIONS[name].default) or "—"
    key = "config.is_unset" if was_set else "config.was_not_set"
    complain(say(key, name=name, value=default, path=path))
    return OK


def _save(path: Path, name: str, value: Value | None) -> None:
    """Write an option, or remove it with None. Raises NotConfigured or CommandFailed if it can't be done."""
    try:
        is_saved = save_value(path, name, value)
    except SettingsProblem as problem:
        raise NotConfigured(spoken(problem.phrase)) from None
    except OSError as error:
        raise CommandFailed(FAILED, _not_written(path, error)) from None
    if not is_saved:
        raise CommandFailed(FAILED, say("config.not_one_line", name=name, path=path))


def _not_written(path: Path, error: OSError) -> str:
    return say("export.not_written", path=path, reason=error.strerror or type(error).__name__)


def _set_key(path: Path, settings: Settings, value: str | None) -> int:
    """Store the key that is typed unseen or comes on standard input: in the keyring, or else in the file."""
    import asyncio

    from elumenta_tui.config.keychain import Keychain, key_phrase

    if value is not None:
        raise CommandFailed(WRONG_USAGE, say("config.key_is_no_argument"))
    key = tidy_key(_read_key())
    if (problem := key_problem(key)) is not None:
        raise CommandFailed(WRONG_USAGE, spoken(key_phrase(problem)))
    result = asyncio.run(Keychain(settings, path).keep(key))
    complain(spoken(*result.said))
    if not result.succeeded:
        return FAILED
    complain(say("config.check_key"))
    return OK


def _read_key() -> str:
    stream = sys.stdin
    if stream is None:
        return ""
    try:
        if not stream.isatty():
            return stream.read(_KEY_BYTES)
        import getpass

        return getpass.getpass(f"{say('config.ask_key')} ")
    except (EOFError, OSError, UnicodeDecodeError, ValueError):
        return ""


def _edit(path: Path, environ: Mapping[str, str]) -> int:
    """Open the file in the user's editor, and check it afterwards."""
    from elumenta_tui.cli.editing import edit, editor, is_at_a_terminal
    from elumenta_tui.process.files import write_new

    if not is_at_a_terminal():
        raise CommandFailed(WRONG_USAGE, say("config.needs_terminal", path=path))
    command = editor(environ)
    try:
        if not path.exists():
            write_new(path, [b""])
        edit(command, path, environ)
    except OSError as error:
        raise CommandFailed(FAILED, _not_written(path, error)) from None
    return _check(path, is_named=True)
