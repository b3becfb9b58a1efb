"""What makes tests of a whole app cheaper: they wait no longer than it works, and make once what every app makes alike."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from pathlib import Path
from shutil import disk_usage
from time import monotonic, process_time
from typing import Any, cast

import pytest
from textual import _wait
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from elumenta_tui.store import database, migration, schema

LOOK_EVERY = 0.002
"""Seconds between two looks."""

QUIET_LOOKS = 5
"""Looks in a row at which there was nothing to do. One is not enough: work may be on its way through a socket or a thread."""

BUSY = LOOK_EVERY / 4
"""Seconds of processor time between two looks that mean work, in whatever thread."""


_rested: dict[str, float] = {"at": 0.0, "spent": 0.0}
"""When the last wait found that nothing was to be done, and the processor time that was spent until then."""


async def wait_for_idle(min_sleep: float = 0.02, max_sleep: float = 1.0) -> None:
    """Stand in for `textual._wait.wait_for_idle`, which waits 20 ms at least, and is waited for twice after every key."""
    loop = cast(Any, asyncio.get_running_loop())
    began = monotonic()
    is_just_over = began - _rested["at"] < LOOK_EVERY and process_time() - _rested["spent"] < BUSY
    if is_just_over and not (min_sleep or loop._ready):
        # The second wait after a key: nothing was done since the first.
        return
    quiet = 0
    while quiet < QUIET_LOOKS or monotonic() - began < min_sleep:
        spent = process_time()
        await asyncio.sleep(LOOK_EVERY)
        quiet = 0 if loop._ready or process_time() - spent > BUSY else quiet + 1
        if monotonic() - began >= max_sleep:
            return
    _rested.update(at=monotonic(), spent=process_time())


def rest_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Textual's pilot wait in this way, not in its own."""
    monkeypatch.setattr("textual.app.wait_for_idle", wait_for_idle)
    monkeypatch.setattr("textual.pilot.wait_for_idle", wait_for_idle)


def rest_as_textual_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Textual's pilot wait in its own way again."""
    monkeypatch.setattr("textual.app.wait_for_idle", _wait.wait_for_idle)
    monkeypatch.setattr("textual.pilot.wait_for_idle", _wait.wait_for_idle)


def parse_styles_once() -> None:
    """Have the apps of one process share what they parse: every app has the same style sheets, in a few themes."""
    parsed: dict[tuple[object, ...], list[RuleSet]] = {}
    parse = Stylesheet._parse_rules

    def shared(sheet: Stylesheet, *given: Any, **more: Any) -> list[RuleSet]:
        key = (given, frozenset(more.items()), frozenset(sheet._variables.items()))
        if key not in parsed:
            parsed[key] = parse(sheet, *given, **more)
        return parsed[key]

    pytest.MonkeyPatch().setattr(Stylesheet, "_parse_rules", shared)
    # Every widget's styling looks up each rule of all sheets. They are told apart by identity, as in Textual, but not in Python.
    pytest.MonkeyPatch().setattr(RuleSet, "__hash__", object.__hash__)


def make_databases_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the first database of a process be made, and the others be its copies."""

    def copy(path: Path) -> None:
        version = schema.current()
        if version not in _EMPTY:
            make(path)
            _EMPTY[version] = path.read_bytes()
            return
        migration.remove_temporary(path)
        temporary = migration.temporary_file(path)
        temporary.write_bytes(_EMPTY[version])
        migration.put_back(temporary, path)

    make = database.make
    monkeypatch.setattr(database, "make", copy)


_EMPTY: dict[int, bytes] = {}
"""An empty database of each version of the schema."""


def write_into_memory() -> None:
    """Have tests keep their files in memory, if the system has room for that: they wait for the disk a quarter of their time."""
    memory = Path("/dev/shm")
    with contextlib.suppress(OSError):
        if "TMPDIR" not in os.environ and os.access(memory, os.W_OK) and disk_usage(memory).free > ROOM:
            os.environ["TMPDIR"] = str(memory)
            tempfile.tempdir = None


ROOM = 2 * 1024**3
"""Bytes that all tests together never need."""
