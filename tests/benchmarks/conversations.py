"""Long conversations next to short ones: opening, paging, resizing, memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from time import monotonic

from tests.benchmarks.clients import Client, app, settled
from tests.benchmarks.console import COLUMNS
from tests.benchmarks.service import Service

_PAGE_UP = "\x1b[5~"
_PAGES = 3
"""So many the short conversation has."""
_NARROW = 80
_PAGES_PER_SECOND = 250


def _build(client: Client, turns: int) -> tuple[str, int]:
    """Have the probe build a conversation; the letter at its end, and the bytes of memory when there were its texts only."""
    mark = next(client.letters)
    client.expect(mark)
    return mark, client.ask(f"build {turns} {mark}")["bytes"]


def _show(client: Client, turns: int) -> float:
    """Seconds until the end of a conversation is on the screen; it has been built before."""
    mark, _ = _build(client, turns)
    client.settle()
    begun = monotonic()
    client.ask("show")
    seconds = client.wait_for(mark) - begun
    client.settle()
    return seconds


def openings(service: Service, short: int, long: int, times: int) -> Iterator[tuple[float, float]]:
    """Seconds until the first frame of a short and of a long conversation, so many times."""
    with settled(app(service)) as client:
        _show(client, short)
        for _ in range(times):
            yield _show(client, short), _show(client, long)


@dataclass(frozen=True)
class Moved:
    """Seconds until the screen had changed."""

    pages: list[float]
    resize: float


def moves(service: Service, short: int, long: int, times: int) -> Iterator[tuple[Moved, Moved]]:
    """Paging and resizing in a short and in a long conversation, so many times."""
    with settled(app(service)) as client:
        for _ in range(times):
            yield _move(client, short), _move(client, long)


def _move(client: Client, turns: int) -> Moved:
    _show(client, turns)
    pages: list[float] = []
    for _ in range(_PAGES):
        pages.append(client.reaction(partial(client.type, _PAGE_UP)))
        client.settle()
    _show(client, turns)
    resize = client.reaction(partial(client.resize, _NARROW))
    client.settle()
    client.reaction(partial(client.resize, COLUMNS))
    client.settle()
    return Moved(pages, resize)


@dataclass(frozen=True)
class Memory:
    """Bytes per turn, beyond its text."""

    opened: float
    read: float
    """After all of it was on the screen."""


def memory(service: Service, turns: int) -> Memory:
    """What a conversation takes."""
    with settled(app(service)) as client:
        _show(client, 1)
        mark, texts = _build(client, turns)
        client.ask("show")
        client.wait_for(mark)
        client.settle()
        opened = client.ask("memory")["bytes"] - texts
        _read(client, turns)
        read = client.ask("memory")["bytes"] - texts
        return Memory(opened / turns, read / turns)


def _read(client: Client, turns: int) -> None:
    # A turn of the benchmark is shorter than a page.
    for _ in range(turns):
        client.type(_PAGE_UP)
        client.watch.rest(1 / _PAGES_PER_SECOND)
    client.settle()
