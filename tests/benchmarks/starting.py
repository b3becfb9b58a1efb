"""Starting and idling."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.benchmarks import storage
from tests.benchmarks.clients import Client, app, settled
from tests.benchmarks.service import Service
from tests.benchmarks.storage import NEWEST
from tests.benchmarks.streaming import Step, play

COMMAND = "import sys\nfrom elumenta_tui.entry import main\nsys.exit(main())"
"""What installers write into the command, apart from the name that it sees itself called by. pip before 24.3 also imports `re`."""

_WARMING_UP = 2.0
"""Seconds that a program has after its start, or after an answer, to finish what it puts off."""


@dataclass(frozen=True)
class Started:
    """Seconds since the program was called."""

    first_frame: float
    input_ready: float
    """A letter typed at the first frame is on the screen; without a prompt box, the first frame."""


def start_empty(client: Client) -> Started:
    """Start a program that takes no input."""
    with client:
        first = client.wait_for_first_frame() - client.started_at
        client.settle()
        return Started(first, first)


def start_app(service: Service) -> Started:
    """Start the app, as users do."""
    with app(service, probed=False) as client:
        first = client.wait_for_first_frame() - client.started_at
        ready = client.echo() - client.started_at
        client.settle()
        return Started(first, ready)


def start_continued(service: Service, shelf: Path) -> float:
    """Seconds until the last line of the stored conversation is on the screen that is continued."""
    with storage.home_with(shelf) as home, app(service, probed=False, home=home, resumed=NEWEST) as client:
        seconds = client.wait_for_first_frame() - client.started_at
        client.settle()
        return seconds


@dataclass(frozen=True)
class Idled:
    """What doing nothing took."""

    share: float
    """Of a core."""
    bytes: int
    """To the terminal."""


def idle_app(service: Service, seconds: float) -> Idled:
    """The app after an answer."""
    with settled(app(service, probed=False)) as client:
        play(client, service, "mixed", [Step(500)])
        return _idle(client, seconds)


def idle_empty(client: Client, seconds: float) -> Idled:
    """A program that has just started."""
    with settled(client):
        return _idle(client, seconds)


def _idle(client: Client, seconds: float) -> Idled:
    client.watch.rest(_WARMING_UP)
    client.settle()
    used, written = client.cpu(), client.bytes
    client.watch.rest(seconds)
    return Idled((client.cpu() - used) / seconds, client.bytes - written)


def answered(code: str, arguments: Sequence[str] = ()) -> float:
    """Seconds that a Python takes from its start to its end for some code, in an empty home."""
    with tempfile.TemporaryDirectory(prefix="elumenta.") as home:
        begun = monotonic()
        subprocess.run(
            [sys.executable, "-c", code, *arguments],
            stdout=subprocess.DEVNULL, check=True, env={**os.environ, "HOME": home},
        )  # fmt: skip
        return monotonic() - begun
