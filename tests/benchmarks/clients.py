"""The programs that are measured: the app, and the floors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from elumenta_tui.__main__ import FRAMES
from tests.benchmarks import blank, floor
from tests.benchmarks.console import Console
from tests.benchmarks.letters import letters
from tests.benchmarks.service import Service
from tests.benchmarks.watch import Watch
from tests.service import KEY

GREETING = "Ask anything"
"""The first frame of the app has it."""


@dataclass(frozen=True)
class Stalls:
    """How long the event loop kept its callers waiting, in seconds."""

    longest: float
    p99: float


class Client(Console):
    """A program on a terminal, and letters to tell what it has painted."""

    def __init__(
        self, watch: Watch, command: list[str], ready: str, env: dict[str, str] | None = None, *, probed: bool
    ) -> None:
        super().__init__(watch, [sys.executable, "-m", *command], env)
        self.probed = probed
        self.letters: Iterator[str] = letters()
        self._ready = ready
        self.expect(ready)

    def wait_for_first_frame(self) -> float:
        """When it was painted."""
        return self.wait_for(self._ready)

    def echo(self) -> float:
        """Type a letter, and wait for it; when it was painted."""
        letter = next(self.letters)
        self.expect(letter)
        self.type(letter)
        return self.wait_for(letter)

    def stalls(self) -> Stalls | None:
        """Since the last time; only the probe knows."""
        return Stalls(**self.ask("stalls")) if self.probed else None


def app(
    service: Service, *, probed: bool = True, home: str | None = None, resumed: str | None = None
) -> Client:
    """The app; without the probe it is started as users start it. `home` has its files; an empty one by default.

    `resumed` is what its first frame has if it continues the conversation that was used last.
    """
    module = "tests.benchmarks.probe" if probed else "elumenta_tui"
    env = {"ELUMENTA_API_KEY": KEY, "ELUMENTA_BASE_URL": service.url}
    if home is not None:
        env["ELUMENTA_HOME"] = home
    if probed:
        # The program sets it before it imports Textual; what measures imports that sooner.
        env["TEXTUAL_FPS"] = FRAMES
    command = [module] if resumed is None else [module, "--continue"]
    return Client(service.watch, command, resumed or GREETING, env, probed=probed)


def bare_loop(service: Service) -> Client:
    """The floor for answers."""
    return Client(service.watch, ["tests.benchmarks.floor", service.url], floor.READY, probed=False)


def empty_app(watch: Watch) -> Client:
    """The floor for starting and idling."""
    return Client(watch, ["tests.benchmarks.blank"], blank.READY, probed=False)


@contextmanager
def settled(client: Client) -> Iterator[Client]:
    """The client once it has started and come to rest."""
    with client:
        client.wait_for_first_frame()
        client.settle()
        yield client
