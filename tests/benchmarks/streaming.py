"""Answers: what they cost, how long they make others wait, and how soon they are seen."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from tests.benchmarks.clients import Client, Stalls, app, bare_loop, settled
from tests.benchmarks.plan import Phase, Plan
from tests.benchmarks.service import Service

RATE = 500
MEASURED = 1500
"""Deltas at `RATE` that are measured on top of what is already there."""
SLOW = 100
READING = 40
"""Deltas per second, as fast as many models write and people read."""

_PAUSE_BEFORE_FIRST = 0.3
"""Seconds. The service has taken the request, the answer has not begun."""
_PATIENCE = 180.0
_NEW_CONVERSATION = "\x0e"
"""Ctrl+N."""


@dataclass(frozen=True)
class Spent:
    """What a phase of an answer took, until all of it was painted and nothing was left to do."""

    deltas: int
    cpu: float
    """Seconds, user and system."""
    bytes: int
    """To the terminal."""
    seconds: float
    """Until its last delta was painted."""
    stalls: Stalls | None


@dataclass(frozen=True)
class Step:
    """A phase to come."""

    deltas: int
    rate: int = 0
    """Deltas per second; 0 is a flood."""


def ask(client: Client, service: Service, kind: str, steps: Sequence[Step], *, beside: int = 0) -> Plan:
    """Type the prompt for an answer, and press Enter when all of it is there. The answer waits for its first go.

    So many answers that wait at their gates are to come beside it.
    """
    phases = tuple(Phase(step.deltas, next(client.letters), step.rate) for step in steps)
    for phase in phases:
        client.expect(phase.mark)
    plan = Plan(kind, phases, beside=beside > 0)
    client.type(f"{plan.prompt} ")
    client.echo()
    service.expect_request(beside=beside)
    client.type("\r")
    service.wait_at_gate(beside + 1)
    return plan


def play(client: Client, service: Service, kind: str, steps: Sequence[Step]) -> list[Spent]:
    """Have an answer; what each of its phases took, and at last its end."""
    plan = ask(client, service, kind, steps)
    return [*(_phase(client, service, phase) for phase in plan.phases), _end(client, service)]


def _phase(client: Client, service: Service, phase: Phase) -> Spent:
    used, written = client.settle(), client.bytes
    client.stalls()
    begun = monotonic()
    service.go()
    painted = client.wait_for(phase.mark, _PATIENCE)
    written = client.bytes - written
    service.wait_at_gate()
    used = client.settle(_PATIENCE) - used
    return Spent(phase.deltas, used, written, painted - begun, client.stalls())


def _end(client: Client, service: Service) -> Spent:
    used, written = client.settle(), client.bytes
    client.stalls()
    begun = monotonic()
    service.go()
    service.wait_until_answered()
    used = client.settle(_PATIENCE) - used
    return Spent(0, used, client.bytes - written, monotonic() - begun, client.stalls())


def steps_to(starts: Sequence[int], measured: Step) -> list[Step]:
    """Floods that lead to where the measured steps begin, each followed by one."""
    steps: list[Step] = []
    there = 0
    for start in starts:
        steps += [Step(start - there), measured] if start > there else [measured]
        there = start + measured.deltas
    return steps


@dataclass(frozen=True)
class Streamed:
    """One answer of the app that was measured in some places, and whether it scrolls by regions."""

    measured: list[Spent]
    end: Spent
    scrolls: bool


def stream(service: Service, kind: str, starts: Sequence[int], measured: Step) -> Streamed:
    """The app, streaming the measured step after each of `starts` deltas."""
    with settled(app(service)) as client:
        *spent, end = play(client, service, kind, steps_to(starts, measured))
        wanted = [part for part, step in zip(spent, steps_to(starts, measured), strict=True) if step.rate]
        return Streamed(wanted, end, client.scrolls)


def side_by_side(young: Service, old: Service, kind: str, start: int, measured: Step) -> tuple[float, float]:
    """CPU of the measured step on top of nothing, and of `start` deltas, in seconds.

    Two programs, each with a service of its own, at the same time: what the machine does meanwhile meets both alike.
    """
    with settled(app(young)) as first, settled(app(old)) as second:
        [fresh] = ask(first, young, kind, [measured]).phases
        flooded, later = ask(second, old, kind, [Step(start), measured]).phases
        _phase(second, old, flooded)
        before = first.settle(), second.settle()
        young.go()
        old.go()
        first.wait_for(fresh.mark, _PATIENCE)
        second.wait_for(later.mark, _PATIENCE)
        after = first.settle(_PATIENCE), second.settle(_PATIENCE)
    return after[0] - before[0], after[1] - before[1]


def at_once(one: Service, several: Service, kind: str, answers: int, measured: Step) -> tuple[float, float]:
    """CPU of the measured step of one answer, and of `answers` that come at once, each in a conversation of its own, in seconds.

    Two programs at the same time, as in `side_by_side`. Only the last of the conversations is on the screen.
    """
    with settled(app(one)) as first, settled(app(several)) as second:
        [alone] = ask(first, one, kind, [measured]).phases
        for beside in range(answers):
            if beside:
                second.type(_NEW_CONVERSATION)
                second.settle()
            [shown] = ask(second, several, kind, [measured], beside=beside).phases
        before = first.settle(), second.settle()
        one.go()
        several.go(answers)
        first.wait_for(alone.mark, _PATIENCE)
        second.wait_for(shown.mark, _PATIENCE)
        one.wait_at_gate()
        several.wait_at_gate(answers)
        after = first.settle(_PATIENCE), second.settle(_PATIENCE)
    return after[0] - before[0], after[1] - before[1]


def stream_bare(service: Service, kind: str, measured: Step) -> Spent:
    """The bare loop, streaming the measured step."""
    with settled(bare_loop(service)) as client:
        return play(client, service, kind, [measured])[0]


def flood(service: Service, kind: str, deltas: int) -> list[Spent]:
    """The app in a flood: the flood and its end."""
    with settled(app(service)) as client:
        return play(client, service, kind, [Step(deltas)])


def flood_bare(service: Service, kind: str, deltas: int) -> list[Spent]:
    """The bare loop in a flood: the flood and its end."""
    with settled(bare_loop(service)) as client:
        return play(client, service, kind, [Step(deltas)])


def first_deltas(service: Service, times: int) -> Iterator[float]:
    """Seconds from the write of the first delta until it was painted, of so many answers."""
    with settled(app(service)) as client:
        for _ in range(times):
            mark = ask(client, service, "mixed", [Step(1)]).phases[0].mark
            client.watch.rest(_PAUSE_BEFORE_FIRST)
            service.go()
            painted = client.wait_for(mark)
            service.wait_at_gate()
            service.go()
            service.wait_until_answered()
            client.settle()
            yield painted - service.sent_at[mark]


def words_before_pauses(service: Service, rate: int, times: int) -> list[float]:
    """Seconds from the write of the last word before a pause until it was painted, of so many pauses in one answer.

    Before each pause the answer comes at that many deltas/s, long enough that the app has its pace.
    """
    chance = random.Random(1)
    steps = [Step(chance.randint(30, 60), rate) for _ in range(times)]
    with settled(app(service)) as client:
        found: list[float] = []
        for phase in ask(client, service, "fence", steps).phases:
            service.go()
            painted = client.wait_for(phase.mark)
            service.wait_at_gate()
            found.append(painted - service.sent_at[phase.mark])
            client.watch.rest(_PAUSE_BEFORE_FIRST)
        return found
