"""Comparing side by side, conversations with branches, and many matches: what they take beside a plain conversation."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.chat.turn import Answer
from elumenta_tui.store import FILE
from elumenta_tui.store.records import ConversationRecord
from tests.benchmarks import content, storage
from tests.benchmarks.clients import Client, Stalls, app, settled
from tests.benchmarks.plan import Phase, Plan
from tests.benchmarks.service import Service
from tests.benchmarks.storage import NEEDLE, NEWEST
from tests.benchmarks.streaming import Step, ask

_WIDE = 230
"""Columns in which four answers stand side by side."""
_CHEAP = [model.slug for model in DOCUMENTED_MODELS if model.price is not None and model.price <= 2]
"""Models that together cost less than what is confirmed."""

_PATIENCE = 180.0
_LAST = "\x1b[21~"
"""F10."""
_FIND, _LEAVE, _NEXT, _PAGE_UP = "\x06", "\x1b", "\r", "\x1b[5~"

WORD, PER_TURN = "needle", 5
_REACTIONS = 8


@dataclass(frozen=True)
class Columns:
    """CPU of one answer alone, and of several that are compared, in seconds, and the stalls of the latter."""

    alone: float
    compared: float
    stalls: Stalls


def compared(one: Service, several: Service, kind: str, answers: int, measured: Step) -> Columns:
    """Stream the measured step in one program, and several times side by side in another, at the same time."""
    with settled(app(one)) as first, settled(app(several)) as second:
        [alone] = ask(first, one, kind, [measured]).phases
        second.resize(_WIDE)
        second.settle()
        mark = _ask_several(second, several, kind, _CHEAP[:answers], measured)
        before = first.settle(), second.settle()
        second.stalls()
        one.go()
        several.go(answers)
        first.wait_for(alone.mark, _PATIENCE)
        second.wait_for(mark, _PATIENCE)
        one.wait_at_gate()
        several.wait_at_gate(answers)
        stalls = second.stalls()
        after = first.settle(_PATIENCE), second.settle(_PATIENCE)
    assert stalls is not None
    return Columns(after[0] - before[0], after[1] - before[1], stalls)


def _ask_several(client: Client, service: Service, kind: str, models: list[str], step: Step) -> str:
    """Compare models; the letter at the end of each answer. All of them wait for their first go."""
    client.type(f"/compare {' '.join(models)} \r")
    client.settle()
    phase = Phase(step.deltas, next(client.letters), step.rate)
    plan = Plan(kind, (phase,), beside=True)
    client.expect(phase.mark)
    client.type(f"{plan.prompt} ")
    client.echo()
    service.expect_request()
    client.type("\r")
    service.wait_at_gate(len(models))
    return phase.mark


@contextmanager
def flat_and_branched(turns: int, branches: int) -> Iterator[Path]:
    """A database with two conversations of the same path, of so many turns; one of them has branches beside it, too."""
    with tempfile.TemporaryDirectory(prefix="shelf-") as directory:
        path = Path(directory) / FILE
        with storage.made(path) as connection:
            for id, letter, beside in ("c0", NEWEST, 0), ("c1", NEEDLE, branches):
                record = ConversationRecord(id, f"Conversation {id}", False, 1_790_000_000.0)
                parents: list[Answer | None] = [None]
                for place in range(turns):
                    prompt, text = content.exchange(turns - place)
                    end = f"\n\n{letter}" if place == turns - 1 else ""
                    text = f"{WORD} " * PER_TURN + text
                    parents.append(
                        storage.add(connection, record, f"{place}", prompt, text + end, parents[-1])
                    )
                for number in range(beside):
                    prompt, text = content.exchange(number)
                    parent = parents[number * turns // beside]
                    storage.add(connection, record, f"b{number}", prompt, text, parent, is_branch=True)
                # A turn that was added later would be where the conversation goes on.
                connection.execute("UPDATE conversation SET head = ? WHERE id = ?", (f"{id}.{turns - 1}", id))
        storage.indexed(path)
        yield path


def openings(service: Service, shelf: Path, times: int) -> Iterator[tuple[float, float]]:
    """Seconds until the end of the flat and of the branched conversation is on the screen, read from the disk, so many times."""
    with storage.home_with(shelf) as home, app(service, home=home, resumed=NEEDLE) as client:
        client.wait_for_first_frame()
        client.settle()
        _open_other(client)
        _until_seen(client, NEEDLE, _LAST)
        for _ in range(times):
            flat = _until_seen(client, NEWEST, _LAST)
            yield flat, _until_seen(client, NEEDLE, _LAST)


def _open_other(client: Client) -> None:
    client.expect(NEWEST)
    client.type(storage.LIST)
    client.settle()
    client.type("\x1b[B\r")
    client.wait_for(NEWEST)
    client.settle()


def _until_seen(client: Client, letter: str, key: str) -> float:
    client.expect(letter)
    begun = monotonic()
    client.type(key)
    seconds = client.wait_for(letter) - begun
    client.settle()
    return seconds


@dataclass(frozen=True)
class Marked:
    """Seconds of a reaction in a conversation whose matches are marked, and of the same without, and the longest stall meanwhile."""

    plain: list[float]
    marked: list[float]
    next: list[float]
    """From a key until the next match is on the screen."""
    stalls: Stalls


def matches(service: Service, shelf: Path) -> Marked:
    """Page up in a long conversation; find a word that stands in every turn; go from match to match, and page up again."""
    with storage.home_with(shelf) as home, app(service, home=home, resumed=NEEDLE) as client:
        client.wait_for_first_frame()
        client.settle()
        plain = _reactions(client, _PAGE_UP)
        client.stalls()
        client.type(_FIND)
        client.settle()
        client.type(WORD)
        client.settle()
        following = _reactions(client, _NEXT)
        marked = _reactions(client, _PAGE_UP)
        stalls = client.stalls()
    assert stalls is not None
    return Marked(plain, marked, following, stalls)


def _reactions(client: Client, key: str) -> list[float]:
    found = []
    for _ in range(_REACTIONS):
        found.append(client.reaction(partial(client.type, key)))
        client.settle()
    return found
