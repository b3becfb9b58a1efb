"""Wait until an app under test has come to rest, without Textual's fixed 20 ms, which its pilot waits twice after every key."""

from __future__ import annotations

import asyncio
from time import monotonic, process_time
from typing import Any, cast

import pytest

LOOK_EVERY = 0.002
"""Seconds between two looks."""

QUIET_LOOKS = 3
"""Looks in a row at which there was nothing to do. One is not enough: work may be on its way through a socket or a thread."""

BUSY = LOOK_EVERY / 4
"""Seconds of processor time between two looks that mean work, in whatever thread."""


async def wait_for_idle(min_sleep: float = 0.02, max_sleep: float = 1.0) -> None:
    """Stand in for `textual._wait.wait_for_idle`, which looks at the processor time alone."""
    loop = cast(Any, asyncio.get_running_loop())
    began = monotonic()
    quiet = 0
    while quiet < QUIET_LOOKS or monotonic() - began < min_sleep:
        spent = process_time()
        await asyncio.sleep(LOOK_EVERY)
        quiet = 0 if loop._ready or process_time() - spent > BUSY else quiet + 1
        if monotonic() - began >= max_sleep:
            return


def rest_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Textual's pilot wait in this way."""
    monkeypatch.setattr("textual.app.wait_for_idle", wait_for_idle)
    monkeypatch.setattr("textual.pilot.wait_for_idle", wait_for_idle)
