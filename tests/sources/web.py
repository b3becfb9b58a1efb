"""Web servers on the loopback that say what a test wants, byte by byte, and the network that leads to them."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from elumenta_tui.sources.page import Network

NAMES = "page.test", "other.test"


def make_certificate(directory: Path) -> None:
    """Write a certificate for the names into the file c, and its key into k."""
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k -out c"
    names = ",".join(f"DNS:{name}" for name in NAMES)
    make += f" -subj /CN=page.test -addext subjectAltName={names},IP:127.0.0.1,IP:::1"
    subprocess.run(make.split(), cwd=directory, check=True, capture_output=True)


def answer(
    body: bytes | str = "", content_type: str = "text/html", status: str = "200 OK", *headers: str
) -> bytes:
    """A whole response."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(data)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + data


@dataclass
class Web:
    """A server over TLS."""

    pages: dict[str, bytes] = field(default_factory=dict)
    """Responses by path. A path that ends with `…` never ends."""
    requests: list[str] = field(default_factory=list)
    """The heads of the requests."""
    looked_up: list[str] = field(default_factory=list)
    addresses: dict[str, Sequence[str]] = field(default_factory=dict)
    """What the name server says; 127.0.0.1 by default."""
    port: int = 0

    @property
    def network(self) -> Network:
        """The network in which every name is this server, and the loopback is public."""
        return Network(self.resolve, lambda address: str(address) in ("127.0.0.1", "::1"), self.port)

    async def resolve(self, host: str) -> Sequence[str]:
        self.looked_up.append(host)
        return self.addresses.get(host, ["127.0.0.1"])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head)
        path = head.split(" ")[1]
        writer.write(self.pages.get(path, answer("none", status="404 Not Found")))
        await writer.drain()
        if path.endswith("%E2%80%A6"):
            await reader.read()


@asynccontextmanager
async def web(certificate: Path, **pages: bytes) -> AsyncIterator[Web]:
    """Serve pages by the names of their paths."""
    made = Web({f"/{name}": page for name, page in pages.items()})
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate / "c", certificate / "k")
    async with listening(made.serve, tls) as made.port:
        yield made


@asynccontextmanager
async def listening(
    serve: Callable[..., Awaitable[None]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve on a port of the loopback. Nothing of it is left at the end."""
    serving: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await serve(reader, writer)
        finally:
            await gone(writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def gone(writer: asyncio.StreamWriter) -> None:
    """Close a connection, whatever the other side does."""
    writer.close()
    with suppress(OSError, asyncio.CancelledError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.wait_closed()
    writer.transport.abort()


@dataclass
class Tunnel:
    """A proxy that notes whom it was asked for, and leads to one port."""

    target: int
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split(" ")[1])
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            await asyncio.gather(_copy(reader, back), _copy(there, writer))
        finally:
            await gone(back)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
        target.close()
