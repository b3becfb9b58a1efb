"""Checks of the doctor that are about this machine: versions, the configuration, files and their modes, the database."""

from __future__ import annotations

import os
import platform
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from elumenta_tui import __version__
from elumenta_tui.cli.app_keys import app_keys
from elumenta_tui.cli.config_values import objections
from elumenta_tui.cli.findings import Finding
from elumenta_tui.config.options import unknown_keys
from elumenta_tui.config.owners import check_ownership
from elumenta_tui.config.paths import config_dir, data_dir, state_dir
from elumenta_tui.config.settings import (
    CONFIG_FILE,
    STATE_FILE,
    Settings,
    SettingsProblem,
    read,
)
from elumenta_tui.i18n import say, spoken
from elumenta_tui.i18n.sizes import size_words
from elumenta_tui.sources.extras import PACKAGES, has_extra, install_command
from elumenta_tui.store import FILE, damaged_copies
from elumenta_tui.text.key import MASK

_LIBRARIES = ("textual", "httpx", "rich", "markdown-it-py", "pygments")

_LEAST_FREE = 50_000_000
"""Bytes that should be free where the conversations are."""

_CHECK_SECONDS = 8.0
"""Seconds of processor time for a look through the database."""


def versions(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Name the versions of everything that runs here, and the optional packages."""
    yield Finding("version", "ok", f"elumenta-tui {__version__}")
    yield Finding(
        "python",
        "ok",
        f"Python {platform.python_version()} ({platform.system()} {platform.release()}, {platform.machine()})",
    )
    yield Finding(
        "libraries", "ok", ", ".join([*map(_versioned, _LIBRARIES), f"SQLite {sqlite3.sqlite_version}"])
    )
    for extra in PACKAGES:
        if has_extra(extra):
            yield Finding(f"extra_{extra}", "ok", say("doctor.extra", extra=extra))
        else:
            yield Finding(f"extra_{extra}", "ok", say("doctor.no_extra", extra=extra), install_command(extra))
    if find_spec("keyring") is None:
        yield Finding(
            "extra_keyring", "ok", say("doctor.no_extra", extra="keyring"), say("doctor.key_in_file")
        )
    else:
        yield Finding("extra_keyring", "ok", say("doctor.extra", extra="keyring"))


def _versioned(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return f"{library} ?"


# -------------------------------------------------------------------------------------------------------- configuration


def configuration(named: Path | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check the configuration file: who may change it, its syntax, its values, its unknown options."""
    path = named or config_dir(environ) / CONFIG_FILE
    if not path.exists():
        if named:
            yield Finding("config", "problem", say("settings.missing", path=path))
        else:
            yield Finding("config", "ok", say("doctor.no_config", path=path))
        return
    try:
        check_ownership(path)
        reading = read(path)
    except SettingsProblem as problem:
        yield Finding("config", "problem", spoken(problem.phrase))
        return
    settings, problems = reading.settings, reading.problems
    for wrong in problems:
        yield Finding("config", "problem", spoken(wrong.phrase))
    unusable = list(objections(path, reading))
    for words in unusable:
        yield Finding("config", "problem", words)
    if not (problems or unusable):
        yield Finding("config", "ok", say("doctor.config", path=path))
    for words in app_keys().problems(settings):
        yield Finding("keys", "note", words)
    for key, like in unknown_keys(path).items():
        name = "notice.unknown_option_like" if like else "notice.unknown_option"
        yield Finding("config", "note", say(name, path=path.name, key=key, like=like))
    if settings.api_key and _others_read(path):
        yield Finding("config_mode", "problem", say("doctor.key_readable", mask=MASK), f"chmod 600 {path}")
    if settings.base_url != Settings().base_url:
        yield Finding("base_url", "note", say("doctor.other_address", url=settings.base_url))


def _others_read(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)


# ---------------------------------------------------------------------------------------------------------------- files


def files(named: Path | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check who owns, who can change and who can read the program's files."""
    places = {
        "config_dir": config_dir(environ),
        "state_dir": state_dir(environ),
        "data_dir": data_dir(environ),
        "config_file": named or config_dir(environ) / CONFIG_FILE,
        "state_file": state_dir(environ) / STATE_FILE,
        "database_file": data_dir(environ) / FILE,
    }
    for name, path in places.items():
        yield from _place(name, path)


def _place(name: str, path: Path) -> Iterator[Finding]:
    try:
        found = path.stat()
    except FileNotFoundError:
        if not name.endswith("_dir"):
            return
        above = _maker(path)
        if _may_make(above):
            yield Finding(name, "ok", say("doctor.not_there_yet", path=path))
        else:
            mode = f"{stat.S_IMODE(above.stat().st_mode):04o}"
            yield Finding(name, "problem", say("doctor.not_writable", path=above, mode=mode), _mended(above))
        return
    except OSError as error:
        yield Finding(name, "problem", say("doctor.unreachable", path=path, reason=error.strerror or ""))
        return
    mode = f"{stat.S_IMODE(found.st_mode):04o}"
    try:
        check_ownership(path)
    except SettingsProblem as problem:
        text = say("doctor.others_change", path=path, mode=mode)
        yield Finding(name, "problem", text, str(problem.details["command"]))
        return
    if os.name == "posix" and name == "database_file" and found.st_mode & 0o077:
        yield Finding(name, "note", say("doctor.others_read", path=path, mode=mode), f"chmod go= {path}")
    elif not _may_write(path) and os.name == "posix" and found.st_uid != os.geteuid():
        # As after one start with sudo.
        yield Finding(name, "problem", say("doctor.not_yours", path=path), _mended(path))
    elif not _may_write(path):
        yield Finding(name, "problem", say("doctor.not_writable", path=path, mode=mode), _mended(path))
    else:
        yield Finding(name, "ok", say("doctor.place", path=path, mode=mode))


def _mended(path: Path) -> str:
    """Return the command that lets the user write a file or a directory."""
    is_own = os.name != "posix" or path.stat().st_uid == os.geteuid()
    return f"chmod u+w {path}" if is_own else f'sudo chown "$USER" {path}'


def _may_make(directory: Path) -> bool:
    """Return whether the user may make something in a directory."""
    return os.access(directory, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _maker(directory: Path) -> Path:
    """Return the directory in which one that is not there has to be made."""
    return next((each for each in directory.parents if each.exists()), directory.parent)


# ------------------------------------------------------------------------------------------------------------- database


def database(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look through the database, and count what is in it."""
    from elumenta_tui.store.database import Damaged, Foreign
    from elumenta_tui.store.events import StoreTrouble

    path = data_dir(environ) / FILE
    if not path.exists():
        yield Finding("database", "ok", say("doctor.no_database"))
    else:
        try:
            yield from _database(path)
        except StoreTrouble as trouble:
            text = say(f"saving.{trouble.trouble.value}", path=path, detail=trouble.detail)
            yield Finding("database", "problem", text)
        except Foreign:
            yield Finding("database", "problem", say("export.foreign", path=path))
        except Damaged:
            yield Finding("database", "problem", say("export.damaged", path=path))
        except (sqlite3.Error, OSError) as error:
            yield Finding("database", "problem", say("export.unreadable", path=path, reason=str(error)))
    if copies := damaged_copies(path):
        size = sum(copy.stat().st_size for copy in copies)
        yield Finding(
            "damaged_copies",
            "note",
            say("doctor.copies", n=len(copies), size=size_words(size)),
            say("doctor.drop_copies"),
        )
    yield from _free(path.parent)


def _database(path: Path) -> Iterator[Finding]:
    from elumenta_tui.store.reading import open_for_reading

    with closing(open_for_reading(path, thorough=False, alone=True)) as connection:
        connection.patience = _CHECK_SECONDS
        # Views may stand for the tables of an older version; this is what the file says.
        number = connection.presented or connection.execute("PRAGMA user_version").fetchone()[0]
        size = sum(
            each.stat().st_size for each in path.parent.glob(f"{path.name}*") if ".damaged-" not in each.name
        )
        yield Finding("database", "ok", say("doctor.database", size=size_words(size), version=str(number)))
        counts = [
            connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in ("conversation", "turn", "answer")
        ]
        yield Finding("contents", "ok", " · ".join([
            say("doctor.conversations", n=counts[0]), say("doctor.turns", n=counts[1]), say("doctor.answers", n=counts[2]),
        ]))  # fmt: skip
        try:
            verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.OperationalError:
            yield Finding("quick_check", "note", say("doctor.not_checked"))
            return
        if verdict == "ok":
            yield Finding("quick_check", "ok", say("doctor.sound"))
        else:
            yield Finding("quick_check", "problem", say("export.damaged", path=path))


def _free(directory: Path) -> Iterator[Finding]:
    import shutil

    while not directory.exists() and directory != directory.parent:
        directory = directory.parent
    free = shutil.disk_usage(directory).free
    if free < _LEAST_FREE:
        yield Finding(
            "disk", "problem", say("doctor.disk_full", size=size_words(free)), say("doctor.make_room")
        )
    else:
        yield Finding("disk", "ok", say("doctor.disk", size=size_words(free)))
