"""How long until a typed letter is on the screen."""

from __future__ import annotations

import random
from time import monotonic

from tests.benchmarks.clients import Client, app, settled
from tests.benchmarks.service import Service
from tests.benchmarks.streaming import RATE, SLOW, Step, ask

_PER_SECOND = 20
_ONE_LINE = 110
"""Letters that the prompt box takes before it grows."""
_PATIENCE = 180.0


class Typist:
    """Types letters at odd moments, whether the ones before are there or not."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._chance = random.Random(1)
        self._typed_at: dict[str, float] = {}
        self._next_at = 0.0

    def step(self) -> None:
        """Type what is due now."""
        now = monotonic()
        if now < self._next_at or len(self._typed_at) == _ONE_LINE:
            return
        self._next_at = now + (0.5 + self._chance.random()) / _PER_SECOND
        letter = next(self._client.letters)
        self._client.expect(letter)
        self._typed_at[letter] = monotonic()
        self._client.type(letter)

    def echoes(self) -> list[float]:
        """Seconds until each letter was there; those that are still to come are waited for."""
        return [self._client.wait_for(letter) - typed_at for letter, typed_at in self._typed_at.items()]


def echoes_while(service: Service, kind: str, step: Step) -> list[float]:
    """Echoes while an answer comes in."""
    with settled(app(service)) as client:
        mark = ask(client, service, kind, [step]).phases[0].mark
        client.settle()
        typist = Typist(client)
        service.go()

        def painted() -> bool:
            typist.step()
            return client.seen_at(mark) is not None

        client.watch.until(painted, _PATIENCE, "the answer was not painted")
        return typist.echoes()


def echoes_idle(service: Service, seconds: float) -> list[float]:
    """Echoes while nothing happens."""
    with settled(app(service)) as client:
        typist = Typist(client)
        end = monotonic() + seconds

        def over() -> bool:
            typist.step()
            return monotonic() > end

        client.watch.until(over, seconds + 1, "time did not pass")
        return typist.echoes()


def p99(values: list[float]) -> float:
    """What one of a hundred is worse than; of fewer, the worst."""
    return sorted(values)[min(len(values) - 1, int(0.99 * len(values)))]


FLOODING = Step(50_000)
STREAMING = Step(5 * RATE, RATE)
READING = Step(6 * SLOW, SLOW)
