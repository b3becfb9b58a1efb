"""Read response bodies with bounds on size and time, and without starving the rest of the program."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import zlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from types import TracebackType
from typing import Self

import httpx

from elumenta_tui.api.arrivals import Arrivals
from elumenta_tui.api.errors import (
    ApiError,
    BadUrl,
    ConnectionLost,
    NoConnection,
    NotAnAnswer,
    ProxyRefused,
    Stalled,
    StreamCut,
    TlsFailed,
)
from elumenta_tui.api.time_limit import time_limit

NETWORK_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)
"""Everything that httpx raises when a request fails. HTTPError is not all of it."""

_PIECE = 256 * 1024
"""Bytes unpacked at once. A body that unpacks to gigabytes must not exhaust memory or block the loop."""
_YIELD_AFTER = 100
"""Pieces after which the reader yields to the event loop."""
_HANDOVER = 16 * 1024
"""Bytes handed over at once, about: what can be processed in a few milliseconds."""
_READ_INTERVAL = 0.06
"""Seconds between two reads of a socket that delivers little at a time without a pause. Waking the loop costs as much as ten
deltas, and so does the frame that shows them."""
_SILENCE = 0.0105
"""Seconds without an arrival after which the socket is read sooner: the word before a pause is seen at once, and at a hundred
deltas a second there is no such silence."""
_SOONEST = 0.022
"""Seconds between two reads, at least, however often there is silence."""
_AT_ONCE = 0.001
"""Seconds that a read takes at most whose bytes were there already."""
_READ_AHEAD = 4 * 1024 * 1024
"""Bytes read ahead of the consumer."""


def typed_error(exc: BaseException) -> ApiError:
    """Map an exception of the network to an error. Its text is used only where it can hold neither key nor prompt."""
    match exc:
        case httpx.ProxyError():
            # The rest of the text is the proxy's.
            status = re.match(r"[1-5]\d\d\b", str(exc))
            return ProxyRefused(f"HTTP {status[0]}" if status else "")
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout():
            cause = _system_error(exc)
            if isinstance(cause, ssl.SSLCertVerificationError):
                return TlsFailed(cause.verify_message or "")
            if isinstance(cause, ssl.SSLError):
                return TlsFailed(cause.reason or "", kind="no_tls")
            if isinstance(exc, httpx.ConnectTimeout):
                return NoConnection("the connection timed out")
            return NoConnection((cause.strerror if cause else "") or "")
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return BadUrl()
        case httpx.DecodingError():
            return StreamCut()
        case UnicodeError():
            return BadUrl()
        case _:
            return ConnectionLost()


def _system_error(exc: BaseException) -> OSError | None:
    """Return the system's error at the bottom of the exceptions that wrap it. TLS errors come first."""
    seen: BaseException | None = exc
    found = None
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return seen
        if isinstance(seen, OSError):
            found = seen
        # A host with several addresses fails with a group that has one member for each.
        seen = (
            seen.exceptions[0] if isinstance(seen, BaseExceptionGroup) else seen.__cause__ or seen.__context__
        )
    return found


async def pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield the unpacked body as it arrives, in pieces of a bounded size.

    httpx would unpack without a bound, and treats an unknown encoding as none.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        async for raw in response.aiter_raw():
            yield raw
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise NotAnAnswer(f"Content-Encoding: {encoding}", status=response.status_code)
    unpack = _unpacker()
    async for raw in response.aiter_raw():
        piece = b""
        while raw or len(piece) == _PIECE:
            if unpack.eof:
                unpack = _unpacker()
            try:
                piece = unpack.decompress(raw, _PIECE)
            except zlib.error:
                raise StreamCut("the compressed answer is damaged") from None
            raw = unpack.unconsumed_tail or unpack.unused_data
            if piece:
                yield piece


def _unpacker() -> zlib._Decompress:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # detects gzip and zlib


async def read_up_to(response: httpx.Response, limit: int, seconds: float) -> bytes:
    """Return the first `limit` bytes of an error's body, or what came within `seconds`. Never raises for the network.

    Closes the response.
    """
    body = bytearray()
    try:
        with contextlib.suppress(TimeoutError, ApiError, *NETWORK_ERRORS):
            async with time_limit(seconds), contextlib.aclosing(pieces(response)) as source:
                async for piece in source:
                    body += piece
                    if len(body) >= limit:
                        break
    finally:
        await close(response)
    return bytes(body[:limit])


async def close(response: httpx.Response) -> None:
    """Close the response's connection. A broken connection counts as closed."""
    with contextlib.suppress(*NETWORK_ERRORS):
        await response.aclose()


class BodyReader:
    """Reads a response body ahead in the background. Leaving the context closes the connection at once.

    A response sent in small chunks arrives as thousands of them in one read of the socket; `next_bytes` joins what came
    together. Waiting can be cancelled without harming the reader.
    """

    seconds_left: float
    """Seconds that `next_bytes` may still wait, in total. Renew them on progress. Time that the consumer spends elsewhere does
    not count."""
    may_collect: bool = False
    """Permission to collect small pieces for `_READ_INTERVAL` seconds. Without it, each is handed over at once."""

    def __init__(self, response: httpx.Response, seconds_left: float) -> None:
        self.seconds_left = seconds_left
        self._response = response
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._changed = asyncio.Event()
        self._room = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._read(), name="elumenta answer reader")
        self._reader.add_done_callback(lambda _: self._changed.set())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.cancel()
        try:
            # Unlike awaiting the reader itself, this keeps a cancellation of the consumer apart from the reader's own.
            await asyncio.wait([self._reader])
        finally:
            await close(self._response)
        if not self._reader.cancelled():
            self._reader.exception()  # retrieve it, or asyncio would warn that nobody did

    async def _read(self) -> None:
        count = 0
        with _paced(self._response, lambda: _READ_INTERVAL if self.may_collect else 0.0):
            async for piece in pieces(self._response):
                count += 1
                if count % _YIELD_AFTER == 0:
                    # Pieces from one read of the socket come without a pause, while other tasks wait for the loop.
                    await asyncio.sleep(0)
                self._pieces.append(piece)
                self._size += len(piece)
                self._changed.set()
                while self._size > _READ_AHEAD:
                    self._room.clear()
                    await self._room.wait()

    async def next_bytes(self) -> bytes:
        """Wait for data, and return what has arrived since the last call, or a good part of it. Empty at the end of the body.

        Raises:
            Stalled: Nothing came for `seconds_left` seconds.
            ConnectionLost, StreamCut, NotAnAnswer: The body broke off, or cannot be unpacked.
        """
        if not self._pieces and not self._reader.done():
            await self._wait()
        if self._pieces:
            taken = self._pieces.popleft()
            if self._pieces and len(taken) < _HANDOVER:
                more = [taken]
                size = len(taken)
                while self._pieces and size < _HANDOVER:
                    more.append(self._pieces.popleft())
                    size += len(more[-1])
                taken = b"".join(more)
            self._size -= len(taken)
            if not self._pieces:
                self._changed.clear()
            self._room.set()
            return taken
        try:
            self._reader.result()
        except NETWORK_ERRORS as exc:
            raise typed_error(exc) from exc
        return b""

    async def _wait(self) -> None:
        self._changed.clear()
        try:
            async with time_limit(self.seconds_left) as left:
                await self._changed.wait()
        except TimeoutError:
            raise Stalled from None
        self.seconds_left = max(0.0, left.left)


@contextlib.contextmanager
def _paced(response: httpx.Response, pace: Callable[[], float]) -> Iterator[None]:
    """Let a socket that delivers little at a time collect data: `pace` seconds lie between two reads, or less in a silence.

    The first read after a pause is not delayed. A transport without a socket, such as the demo's, is never delayed.
    """
    stream = response.extensions.get("network_stream")
    if stream is None:
        yield
        return
    read = stream.read
    clock = asyncio.get_running_loop().time
    size, read_at = 0, 0.0
    arrivals = _arrivals(stream.get_extra_info("socket"))

    async def read_later(max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  as httpcore calls it
        nonlocal size, read_at
        wait = read_at + pace() - clock()
        if wait > 0 and size < _HANDOVER:
            if arrivals is None:
                await asyncio.sleep(wait)
            else:
                await arrivals.silence(_SILENCE, earliest=read_at + _SOONEST, latest=clock() + wait)
        asked_at = clock()
        data: bytes = await read(max_bytes, timeout)
        size, read_at = len(data), clock()
        if arrivals is not None and read_at > asked_at + _AT_ONCE:
            arrivals.note()
        return data

    stream.read = read_later
    try:
        yield
    finally:
        # The connection may carry other answers later.
        stream.read = read
        if arrivals is not None:
            arrivals.close()


def _arrivals(connection: socket.socket | None) -> Arrivals | None:
    """Watch a socket, where the system can."""
    if connection is None:
        return None
    try:
        return Arrivals(connection.fileno())
    except (OSError, ValueError, NotImplementedError):
        return None
