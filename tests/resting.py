"""What makes tests of a whole app cheaper: they wait no longer than it works, and make once what every app makes alike."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import tempfile
from pathlib import Path
from shutil import disk_usage
from time import monotonic, process_time, tzset
from typing import Any, cast

import pytest
from textual import _wait
from textual._compositor import Compositor
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


def paint_when_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no frame drawn that nobody sees: without a terminal Textual draws each of them, and throws it away.

    What a test looks at is drawn then: see `Chat.strips`.
    """

    def skip(self: Compositor, full: bool = False, **more: Any) -> object:
        if full or not (self.root is None or self.root.app.is_headless):
            return _draw(self, full=full, **more)
        self._dirty_regions.clear()
        return None

    monkeypatch.setattr(Compositor, "render_update", skip)


_draw = Compositor.render_update


def paint_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every frame drawn, as Textual does."""
    monkeypatch.setattr(Compositor, "render_update", _draw)


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


def look_through_less() -> None:
    """Have the garbage collector look only through what the tests themselves make, and the apps not change that.

    Every app keeps what there is when it starts from being looked through. For a test that would be the apps of all earlier ones,
    which would stay for good.
    """
    gc.collect()
    gc.freeze()
    pytest.MonkeyPatch().setattr(gc, "freeze", lambda: None)


def forget_the_machine() -> None:
    """Take from the environment what a machine's own settings would change: its account, its terminal, proxies, clipboard, time zone."""
    for name in (
        *("NO_COLOR", "ELUMENTA_API_KEY", "ELUMENTA_BASE_URL", "DISPLAY", "WAYLAND_DISPLAY"),
        *("TMUX", "STY", "ZELLIJ", "TERM_PROGRAM", "TERMINAL_EMULATOR", "VSCODE_IPC_HOOK_CLI", "WT_SESSION"),
        *("GNOME_TERMINAL_SCREEN", "VTE_VERSION", "KITTY_WINDOW_ID", "SSH_CONNECTION", "SSH_TTY"),
        *("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("all_proxy", "http_proxy", "https_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"),
    ):
        os.environ.pop(name, None)
    os.environ.update(LANG="en_US.UTF-8", TZ="UTC")
    tzset()


ROOM = 2 * 1024**3
"""Bytes that all tests together never need."""
