"""The loopback service as a program, so that its CPU is nobody's: the API of the vendor, and answers by plan.

It says on standard output, in lines of JSON, on which port it listens, when an answer has come to a gate and
when it has ended, and when a phase's last delta went out; each line on standard input lets one answer through. The end of standard input is its own end.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import re
import sys
import time
from itertools import accumulate
from typing import Any

from tests.benchmarks import content
from tests.benchmarks.plan import Phase, Plan
from tests.service import LIMITS, MODELS, delta, ended, sse, started

_STDIN = 0
_FLOOD = 64
"""Events that a flood writes at once."""


def _chunk(data: bytes) -> bytes:
    """One chunk per event, as ASGI servers send it."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def _event(payload: dict[str, Any]) -> bytes:
    return _chunk(sse(payload, done=False))


@functools.lru_cache
def _deltas(kind: str, amount: int) -> list[str]:
    return content.deltas(kind, amount)


@functools.lru_cache
def _encoded(plan: Plan) -> list[list[bytes]]:
    """The events of each phase, made before the answer begins."""
    texts = _deltas(plan.kind, plan.deltas).copy()
    ends = list(accumulate(phase.deltas for phase in plan.phases))
    for end, phase in zip(ends, plan.phases, strict=True):
        # The address of a link is not painted: a mark in it would never come.
        is_in_address = re.search(r"\]\([^)\s]*\Z", "".join(texts[max(0, end - 40) : end])) is not None
        texts[end - 1] += f"){phase.mark}" if is_in_address else phase.mark
    events = [_event(delta(text)) for text in texts]
    return [events[end - phase.deltas : end] for end, phase in zip(ends, plan.phases, strict=True)]


def _tell(**news: object) -> None:
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


def _head(kind: str, framing: str) -> bytes:
    limits = "".join(f"{name}: {value}\r\n" for name, value in LIMITS.items())
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{framing}\r\n{limits}\r\n".encode()


class Server:
    """Answers requests. Who asks again has given up the answers before, unless the new one is to come beside them."""

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(0)
        self._over = asyncio.Event()
        self._answering: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        asyncio.get_running_loop().add_reader(_STDIN, self._hear)
        _tell(port=server.sockets[0].getsockname()[1])
        await self._over.wait()

    def _hear(self) -> None:
        said = os.read(_STDIN, 1024)
        if not said:
            self._over.set()
        for _ in range(said.count(b"\n")):
            self._gate.release()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError), contextlib.closing(writer):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
                fields = dict(line.split(": ", 1) for line in head[1:] if line)
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                if head[0].startswith("post "):
                    await self._generate(json.loads(body)["messages"][-1]["content"], writer)
                else:
                    await self._look_up(head[0].split(" ")[1], writer)

    async def _look_up(self, path: str, writer: asyncio.StreamWriter) -> None:
        found: dict[str, Any] = {"items": MODELS}
        if path.endswith("/balance"):
            found = {"token_balance": 300, "plan": "vip", "plan_expires_at": None}
        body = json.dumps(found).encode()
        writer.write(_head("application/json", f"Content-Length: {len(body)}") + body)
        await writer.drain()

    async def _generate(self, prompt: str, writer: asyncio.StreamWriter) -> None:
        plan = Plan.of(prompt)
        if not plan.beside:
            for before in self._answering:
                before.cancel()
            self._answering.clear()
            self._gate = asyncio.Semaphore(0)
        answering = asyncio.create_task(self._answer(plan, writer))
        self._answering.add(answering)
        await asyncio.wait([answering])

    async def _answer(self, plan: Plan, writer: asyncio.StreamWriter) -> None:
        writer.write(_head("text/event-stream", "Transfer-Encoding: chunked") + _event(started()))
        await writer.drain()
        for phase, events in zip(plan.phases, _encoded(plan), strict=True):
            await self._wait_for_go()
            await self._send(phase, events, writer)
        await self._wait_for_go()
        writer.write(_event(ended()) + _chunk(sse()) + b"0\r\n\r\n")
        await writer.drain()
        _tell(answered=True)

    async def _wait_for_go(self) -> None:
        _tell(gate=True)
        await self._gate.acquire()

    async def _send(self, phase: Phase, events: list[bytes], writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        step = 1 if phase.rate else _FLOOD
        for index in range(0, len(events), step):
            if phase.rate:
                await asyncio.sleep(begun + index / phase.rate - loop.time())
            last_sent_at = time.monotonic()
            writer.write(b"".join(events[index : index + step]))
            await writer.drain()
        _tell(mark=phase.mark, at=last_sent_at)


if __name__ == "__main__":
    asyncio.run(Server().run())
