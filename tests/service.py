"""The service for tests: an HTTP/1.1 server on the loopback that says exactly the bytes it is told to say.

It answers like the real one until a test queues something else: a script, a list of steps for one answer.

```python
async with Service() as service:
    service.queue(sse(started(), delta("Here"), done=False), Reset())
    async with ElumentaClient(KEY, service.url) as client: ...
    call = await service.posted()
    await call.client_gone.wait()
```

Every connection serves one request. Nothing here sleeps: time passes only in `Pause`, which a test ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from elumenta_tui.chat.models import DOCUMENTED_MODELS

VENDOR_STREAM = (Path(__file__).parent / "vendor_stream.txt").read_bytes()
"""The sample of the vendor's streaming guide, byte for byte. It lacks the blank line that would complete
[DONE]."""

KEY = "nb_live_0123456789abcdefghijklmnopqrstuvwxyzABCD"
"""A key of the documented form; no account has it."""

EVENT_STREAM = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}

LIMITS = {
    "X-RateLimit-Limit-Hour": "100",
    "X-RateLimit-Remaining-Hour": "99",
    "X-RateLimit-Limit-Day": "1000",
    "X-RateLimit-Remaining-Day": "999",
    "X-RateLimit-Reset-Hour": "1795363200",
}
"""On every response, as the vendor documents."""

MODELS: list[dict[str, Any]] = [
    {
        "slug": model.slug,
        "name": model.name,
        "category": model.category,
        "provider": model.provider,
        "min_plan": model.plan,
        "token_cost": model.price,
        "supports_streaming": True,
        "description_en": f"{model.name} by {model.provider}",
        "config": {},
    }
    for model in DOCUMENTED_MODELS
] + [
    {
        "slug": slug,
        "name": slug,
        "category": category,
        "provider": "Test",
        "token_cost": cost,
        "supports_streaming": False,
    }
    for slug, category, cost in (
        ("flux-2-pro", "image", 12),
        ("nano-banana", "image", 5),
        ("veo-3", "video", 120),
    )
]
"""The documented text models and a few that can't chat."""


# ------------------------------------------------------------------------------------------------------ steps


@dataclass(frozen=True)
class Head:
    """The status line and headers. A script without one begins with that of an event stream."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: EVENT_STREAM)
    chunked: bool = True
    """Each bytes step is one HTTP chunk, and the end of the script ends the chunking. Otherwise the bytes
    go out as they are, and the end of the connection is the end of the body."""


class Raw(bytes):
    """Bytes that go out as they are, also where the body is chunked or has not begun."""


class Pause:
    """Say nothing until the test says so, or the client is gone."""

    def __init__(self, event: asyncio.Event | None = None) -> None:
        self.event = event or asyncio.Event()
        self.reached = asyncio.Event()
        """Set when all before it was sent."""


class Reset:
    """End the connection with a TCP reset."""


class Close:
    """End the connection as it is: in the middle of a chunk, or of the head."""


Step = Head | bytes | Pause | Reset | Close


def started(model: str = "gpt-5", id: object = "gen_01j9x2abc123") -> dict[str, Any]:
    return {"type": "generation_start", "id": id, "model": model}


def delta(text: object) -> dict[str, Any]:
    return {"type": "content_delta", "delta": text}


def ended(
    tokens_used: object = 3, balance_remaining: object = 297, id: object = "gen_01j9x2abc123"
) -> dict[str, Any]:
    return {
        "type": "generation_end",
        "id": id,
        "tokens_used": tokens_used,
        "balance_remaining": balance_remaining,
    }


def as_json(value: object) -> str:
    """JSON as services send it: text as it is, but what UTF-8 can't hold as escapes."""
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", json.dumps(value, ensure_ascii=False))


_SURROGATE = re.compile("[\ud800-\udfff]")


def sse(*payloads: object, done: bool = True, eol: str = "\n") -> bytes:
    """One event for each payload: JSON for a dict, as it is for a str; at the end [DONE] if wanted."""
    texts = [item if isinstance(item, str) else as_json(item) for item in payloads]
    if done:
        texts.append("[DONE]")
    return "".join(f"data: {text}{eol}{eol}" for text in texts).encode()


def answer(*texts: str) -> bytes:
    """A whole good stream with these deltas."""
    return sse(started(), *map(delta, texts), ended())


def each_byte(data: bytes) -> list[bytes]:
    """Every byte as a step of its own."""
    return [data[at : at + 1] for at in range(len(data))]


def response(status: int, body: bytes, headers: Mapping[str, str]) -> list[Step]:
    """The script of a plain response with a Content-Length."""
    return [Head(status, {**headers, "Content-Length": str(len(body))}, chunked=False), body]


def json_response(status: int, value: object, headers: Mapping[str, str] | None = None) -> list[Step]:
    """The script of a JSON response."""
    body = as_json(value).encode()
    return response(status, body, {"Content-Type": "application/json", **(headers or {})})


def generated(
    text: str, *, prompt: str = "hi", id: object = "gen_01j9x2abc123", ago: float = 1.0, **more: Any
) -> dict[str, Any]:
    """An entry of the history: made so many seconds ago."""
    created = datetime.fromtimestamp(time.time() - ago, UTC).isoformat()
    return {
        "id": id,
        "model_slug": "gpt-5",
        "category": "text",
        "prompt": prompt,
        "status": "completed",
        "result_text": text,
        "tokens_spent": 2,
        "created_at": created,
        **more,
    }


def canonical() -> list[Step]:
    """The vendor's sample, one event per chunk, with the blank line that it lacks."""
    events = (VENDOR_STREAM + b"\n").split(b"\n\n")
    return [event + b"\n\n" for event in events if event]


# ----------------------------------------------------------------------------------------------------- server


@dataclass
class Call:
    """One request that came in, and how it went on."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes = b""
    ended: str = ""
    """done, client_gone, reset or closed; empty while it runs."""
    client_gone: asyncio.Event = field(default_factory=asyncio.Event)
    """The client closed the connection; before the end of the script if `ended` says so."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Role and text of every message that it carried."""
        return [(message["role"], message["content"]) for message in self.json["messages"]]

    @property
    def texts(self) -> list[str]:
        """The text of every message that it carried."""
        return [text for _, text in self.messages]


class Service:
    """See the module. All of it belongs to the loop that it was started in."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Call] = []
        """Oldest first; complete with their bodies."""
        self.balance: object = 300
        """What `GET /api/v2/balance` says."""
        self.routes: dict[str, list[Step]] = {}
        """Scripts that replace the usual answers to a GET, by path."""
        self.usually: Callable[[Call], list[Step]] | None = None
        """Makes the answers to the POSTs that nothing is queued for."""
        self._once: dict[str, deque[list[Step]]] = {}
        self._tls = tls
        self._scripts: deque[list[Step]] = deque()
        self._news = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def posts(self) -> list[Call]:
        """The requests for answers, oldest first."""
        return [call for call in self.requests if call.method == "POST"]

    @property
    def prompts(self) -> list[str]:
        """The last message of every request for an answer, oldest first."""
        return [call.texts[-1] for call in self.posts]

    def gets(self, path: str) -> list[Call]:
        """The requests for that path, oldest first."""
        return [call for call in self.requests if call.path.partition("?")[0] == path]

    def queue(self, *steps: Step | list[Step] | list[bytes]) -> None:
        """The answer to the next POST that has none yet; lists among the steps are laid flat."""
        self._scripts.append(_flat(steps))

    def route(self, path: str, *steps: Step | list[Step] | list[bytes]) -> None:
        """The answer to every GET of that path from now on."""
        self.routes[path] = _flat(steps)

    def begin_anew(self) -> None:
        """Forget what was queued for POSTs that never came, and `usually`: the next case begins as the first."""
        self._scripts.clear()
        self.usually = None

    def queue_get(self, path: str, *steps: Step | list[Step] | list[bytes]) -> None:
        """The answer to the next GET of that path that has none yet, before what `route` says."""
        self._once.setdefault(path, deque()).append(_flat(steps))

    def queue_half(self, *end: Step) -> Pause:
        """The next answer says "Half", and goes on when the test says so; by default with its proper end."""
        pause = Pause()
        self.queue(
            sse(started(), delta("Half"), done=False), pause, *(end or (sse(delta(" whole"), ended()),))
        )
        return pause

    async def posted(self, count: int = 1) -> Call:
        """The POST of that number, once it has come."""
        while len(self.posts) < count:
            self._news.clear()
            await self._news.wait()
        return self.posts[count - 1]

    # --------------------------------------------------------------------------------------------------- wire

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        # Each step has to be in the kernel before the next: a reset would throw away what is still queued
        # here.
        # asyncio's TLS never goes on writing with this limit.
        if self._tls is None:
            writer.transport.set_write_buffer_limits(high=0)
        # Cancelled is how the service ends; asyncio's own callback for connections would complain about it.
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            try:
                call = await _read_call(reader)
                if call is None:
                    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    return
                self.requests.append(call)
                self._news.set()
                await self._play(call, self._script(call), reader, writer)
            finally:
                writer.close()

    def _script(self, call: Call) -> list[Step]:
        path = call.path.partition("?")[0]
        if call.method == "POST" and path == "/api/v2/generate":
            if self._scripts:
                return self._scripts.popleft()
            if self.usually is not None:
                return self.usually(call)
            self.balance = 297
            return canonical()
        if self._once.get(path):
            return self._once[path].popleft()
        if path in self.routes:
            return self.routes[path]
        match path:
            case "/api/v2/balance":
                return json_response(
                    200, {"token_balance": self.balance, "plan": "vip", "plan_expires_at": None}
                )
            case "/api/v2/user/me":
                return json_response(
                    200,
                    {
                        "id": 7,
                        "username": "tester",
                        "email": "tester@example.com",
                        "plan": "vip",
                        "token_balance": self.balance,
                        "token_limit": 1500,
                        "rate_limit_hourly": 100,
                        "rate_limit_daily": 1000,
                    },
                )
            case "/api/v2/models":
                return json_response(200, {"items": MODELS})
            case _:
                return json_response(404, {"error": "not_found", "message": f"no {path}", "details": {}})

    async def _play(
        self, call: Call, script: list[Step], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        watch = asyncio.create_task(_watch(call, reader))
        try:
            call.ended = await _say(call, script, writer)
        except ConnectionError:
            call.ended = "client_gone"
            call.client_gone.set()
        finally:
            if call.ended != "done":
                watch.cancel()
        # Half-close, then wait for the client's end: closing with unread bytes would turn into a reset.
        with contextlib.suppress(OSError):
            if writer.can_write_eof():
                writer.write_eof()
            else:
                watch.cancel()  # TLS has no half-close
        with contextlib.suppress(asyncio.CancelledError):
            await watch


def _flat(steps: tuple[Step | list[Step] | list[bytes], ...]) -> list[Step]:
    flat: list[Step] = []
    for step in steps:
        flat.extend(step) if isinstance(step, list) else flat.append(step)
    return flat


async def _read_call(reader: asyncio.StreamReader) -> Call | None:
    """None if it is no HTTP, like the first bytes of TLS."""
    first = await reader.readexactly(1)
    if not first.isalpha():
        return None
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    pairs = (line.split(":", 1) for line in head[1:] if line)
    call = Call(method, path, {name.strip().lower(): value.strip() for name, value in pairs})
    call.body = await reader.readexactly(int(call.headers.get("content-length", 0)))
    return call


async def _watch(call: Call, reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(1024):
            pass
    call.client_gone.set()


async def _say(call: Call, script: list[Step], writer: asyncio.StreamWriter) -> str:
    """Play the script; returns how it ended."""
    head: Head | None = None

    async def send(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    for step in script:
        if call.client_gone.is_set():
            return "client_gone"
        if isinstance(step, Raw):
            await send(step)
        elif isinstance(step, Head):
            head = step
            await send(_head_bytes(head))
        elif isinstance(step, bytes):
            if head is None:
                head = Head()
                await send(_head_bytes(head))
            if step:
                await send(b"%x\r\n%b\r\n" % (len(step), step) if head.chunked else step)
        elif isinstance(step, Pause):
            step.reached.set()
            waits = [asyncio.create_task(event.wait()) for event in (step.event, call.client_gone)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
        elif isinstance(step, Reset):
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return "reset"
        else:
            return "closed"
    if call.client_gone.is_set():
        return "client_gone"
    if head is not None and head.chunked:
        await send(b"0\r\n\r\n")
    return "done"


def _head_bytes(head: Head) -> bytes:
    headers = {**LIMITS, **head.headers, "Connection": "close"}
    if head.chunked:
        headers["Transfer-Encoding"] = "chunked"
    lines = [f"HTTP/1.1 {head.status} Status", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


# ----------------------------------------------------------------------------------------------------- thread


class ThreadedService:
    """A `Service` in a loop and thread of its own, for tests that run the app as a process. Every method is
    thread-safe."""

    def __init__(self) -> None:
        self.service = Service()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="test service", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self.service.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self.service.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def url(self) -> str:
        return self.service.url

    def environ(self, **more: str) -> dict[str, str]:
        """The environment that leads the program here, with a key."""
        return {"ELUMENTA_API_KEY": KEY, "ELUMENTA_BASE_URL": self.url, **more}

    @property
    def requests(self) -> list[Call]:
        return list(self.service.requests)

    @property
    def posts(self) -> list[Call]:
        return self.service.posts

    def queue(self, *steps: Step | list[Step] | list[bytes]) -> None:
        self._call(lambda: self.service.queue(*steps))

    def route(self, path: str, *steps: Step | list[Step] | list[bytes]) -> None:
        self._call(lambda: self.service.route(path, *steps))

    def release(self, pause: Pause) -> None:
        """Let the script go on."""
        self._call(pause.event.set)

    def wait_reached(self, pause: Pause, seconds: float = 10.0) -> None:
        """Wait until the script has come to that pause."""
        self._do(pause.reached.wait(), seconds)

    def wait_posted(self, count: int = 1, seconds: float = 10.0) -> Call:
        """Wait for the POST of that number."""
        call: Call = self._do(self.service.posted(count), seconds)
        return call

    def wait_gone(self, call: Call, seconds: float = 10.0) -> None:
        """Wait until the client has closed that connection."""
        self._do(call.client_gone.wait(), seconds)

    def _call(self, action: Callable[[], object]) -> None:
        async def act() -> None:
            action()

        self._do(act())

    def _do(self, work: Any, seconds: float = 10.0) -> Any:
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), self._loop).result(
            seconds + 5
        )


@contextlib.contextmanager
def service_thread() -> Iterator[ThreadedService]:
    """A running `ThreadedService`."""
    with ThreadedService() as service:
        yield service
