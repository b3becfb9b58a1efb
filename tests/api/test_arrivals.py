"""What has arrived at a socket is noticed, whoever reads it."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from elumenta_tui.api.arrivals import Arrivals

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's")

FOREVER = 600.0
PATIENCE = 60.0
A_MOMENT = 0.02


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Where it arrives, and where it is sent."""
    here, there = socket.socketpair()
    with here, there:
        yield here, there


async def silence(arrivals: Arrivals, latest: float) -> None:
    now = asyncio.get_running_loop().time()
    wait = arrivals.silence(A_MOMENT, earliest=now, latest=now + latest)
    await asyncio.wait_for(wait, PATIENCE)


async def test_silence_is_over_soon_after_the_last_arrival(ends: tuple[socket.socket, socket.socket]) -> None:
    here, there = ends
    with closing(Arrivals(here.fileno())) as arrivals:
        there.send(b"before the wait")
        await silence(arrivals, FOREVER)
        asyncio.get_running_loop().call_soon(there.send, b"while waiting, and nothing was read")
        await silence(arrivals, FOREVER)
    assert here.recv(100).startswith(b"before")


@pytest.mark.parametrize("was_read", [False, True])
async def test_without_an_arrival_it_waits_to_the_end(
    ends: tuple[socket.socket, socket.socket], was_read: bool
) -> None:
    here, there = ends
    with closing(Arrivals(here.fileno())) as arrivals:
        if was_read:
            there.send(b"read before")
            here.recv(100)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(
                arrivals.silence(0.0, earliest=0.0, latest=asyncio.get_running_loop().time() + FOREVER),
                A_MOMENT,
            )
        await silence(arrivals, A_MOMENT)


async def test_an_end_is_an_arrival(ends: tuple[socket.socket, socket.socket]) -> None:
    here, there = ends
    with closing(Arrivals(here.fileno())) as arrivals:
        there.close()
        await silence(arrivals, FOREVER)


async def test_it_ends_no_sooner_than_it_may(ends: tuple[socket.socket, socket.socket]) -> None:
    here, there = ends
    with closing(Arrivals(here.fileno())) as arrivals:
        there.send(b"at once")
        loop = asyncio.get_running_loop()
        earliest = loop.time() + A_MOMENT
        await asyncio.wait_for(arrivals.silence(0.0, earliest=earliest, latest=earliest + FOREVER), PATIENCE)
        assert loop.time() >= earliest - 0.001
