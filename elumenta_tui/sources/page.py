"""Fetch one web page over https, once, and take it as readable text.

The page's server learns nothing but that somebody asks: no cookies, no key, no name of the user's program version. Nothing but
the public internet is reached: the host is resolved once, every address it has is checked, and the connection goes to that
very address, so a name server that answers differently the second time is not asked. The same holds behind a proxy, which is
given the address and not the name. Each redirect begins anew.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import httpx

from elumenta_tui.api.body import NETWORK_ERRORS, close, typed_error
from elumenta_tui.api.environment import proxy_for, trust
from elumenta_tui.api.errors import BadCertificates, ProxyRefused, SetupError, TlsFailed
from elumenta_tui.api.sending import closing_half_open
from elumenta_tui.api.time_limit import time_limit
from elumenta_tui.sources.address import IPAddress, address_of, checked, is_public
from elumenta_tui.sources.extraction import extract_apart
from elumenta_tui.sources.results import Note, NoteKind, Reason, RefusedSource, Text
from elumenta_tui.text.sanitize import clean_line

BYTES = 2 * 1024 * 1024
"""Bytes of a page, packed and unpacked."""
SECONDS = 15.0
"""Seconds from the first name lookup to the last byte."""
REDIRECTS = 3
"""Redirects that are followed."""
_CONNECT = 5.0
"""Seconds to reach one address of a host."""
_ADDRESSES = 3
"""Addresses of a host that are tried."""
_READING = 10.0
"""Seconds that the text of a page may take."""
_PIECE = 64 * 1024

_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; elumenta-tui)",
    "Accept": "text/html, text/markdown, text/plain, application/json;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "close",
}

_KINDS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/plain": "plain",
    "application/json": "json",
}

Resolve = Callable[[str], Awaitable[Sequence[str]]]


async def resolve(host: str) -> Sequence[str]:
    """Return the addresses of a host, as texts. Raises OSError if it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


@dataclass(frozen=True, slots=True)
class Network:
    """The network that pages are fetched from. Only tests make another one than `PUBLIC`: no setting and no variable does."""

    resolve: Resolve = resolve
    allows: Callable[[IPAddress], bool] = is_public
    port: int = 443


PUBLIC = Network()


class _Refusal(Exception):
    def __init__(self, reason: Reason, **facts: int | str) -> None:
        super().__init__(reason)
        self.refused = RefusedSource.of(reason, **facts)


class _NamedContext(ssl.SSLContext):
    """A TLS context that checks the certificate for a name, although the connection goes to an address.

    httpcore can name the host itself, but not through an HTTP proxy (1.0.9).
    """

    name = ""

    def wrap_bio(self, incoming: Any, outgoing: Any, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """Begin TLS on a connection, for the name."""
        return super().wrap_bio(incoming, outgoing, server_side=False, server_hostname=self.name)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response that has been read."""

    url: httpx.URL
    location: str
    """The address that it redirects to; empty if it does not."""
    media_type: str = ""
    charset: str = ""
    body: bytes = b""
    is_cut: bool = False


async def fetch_page(
    url: str, *, network: Network = PUBLIC, seconds: float = SECONDS
) -> Text | RefusedSource:
    """Fetch a page and return its text; its name is its title, or its address. Cancelling closes the connection.

    Args:
        url: The address as the user typed it; `https://` may be left out.
        network: See `Network`.
        seconds: Time limit until the last byte.
    """
    address = checked(url)
    if isinstance(address, RefusedSource):
        return address
    try:
        async with time_limit(seconds):
            answer = await _follow(address, network)
    except TimeoutError:
        return RefusedSource.of(Reason.TOO_SLOW, seconds=round(seconds))
    except _Refusal as refusal:
        return refusal.refused
    kind = _KINDS.get(answer.media_type) or ("json" if answer.media_type.endswith("+json") else "")
    if not kind:
        return RefusedSource.of(Reason.UNSUPPORTED, kind=clean_line(answer.media_type, 60))
    text = await extract_apart(kind, answer.body, answer.charset, seconds=_READING)
    if isinstance(text, RefusedSource):
        return text
    notes = list(text.notes)
    if answer.url != address:
        notes.insert(0, Note.of(NoteKind.REDIRECTED, url=clean_line(str(answer.url), 300)))
    if answer.is_cut:
        notes.append(Note.of(NoteKind.BYTES_CUT, left_out=0, total=BYTES))
    return replace(text, name=text.name or clean_line(str(answer.url), 120), notes=tuple(notes))


async def _follow(url: httpx.URL, network: Network) -> _Answer:
    """Fetch an address, and what it redirects to. Raises _Refusal."""
    for _ in range(REDIRECTS + 1):
        answer = await _fetch(url, network)
        if not answer.location:
            return answer
        try:
            joined = str(url.join(answer.location))
        except (httpx.InvalidURL, ValueError):
            raise _Refusal(Reason.BAD_URL) from None
        following = checked(joined)
        if isinstance(following, RefusedSource):
            raise _Refusal(following.reason, **dict(following.facts))
        url = following
    raise _Refusal(Reason.REDIRECTS, limit=REDIRECTS)


async def _fetch(url: httpx.URL, network: Network) -> _Answer:
    """Fetch one address, without redirects. Raises _Refusal."""
    addresses = await _addresses(url.host, network)
    refusal: _Refusal | None = None
    for address in addresses[:_ADDRESSES]:
        try:
            return await _fetch_from(url, address, network)
        except _Refusal as failed:
            # Try the next address only where nothing was asked yet.
            if failed.refused.reason is not Reason.NO_CONNECTION:
                raise
            refusal = failed
    raise refusal or _Refusal(Reason.UNKNOWN_HOST, host=_shown(url.host))


async def _addresses(host: str, network: Network) -> list[IPAddress]:
    """Resolve a host. One private address among public ones is enough to refuse it: that is how rebinding looks."""
    literal = address_of(host)
    if literal is not None:
        found = [literal]
    else:
        try:
            texts = await network.resolve(httpx.URL(f"https://{host}").raw_host.decode("ascii"))
        except (OSError, ValueError):
            raise _Refusal(Reason.UNKNOWN_HOST, host=_shown(host)) from None
        # What is no address cannot be checked.
        found = [address for text in texts if (address := address_of(text)) is not None]
    for address in found:
        if not network.allows(address):
            raise _Refusal(Reason.NOT_PUBLIC, host=_shown(host), address=str(address))
    return found


async def _fetch_from(url: httpx.URL, address: IPAddress, network: Network) -> _Answer:
    """Fetch from one address of the host. Raises _Refusal."""
    host = _shown(url.host)
    try:
        # Reading the certificates takes some milliseconds.
        context, proxy = await asyncio.to_thread(_way, url)
        client = httpx.AsyncClient(
            verify=context,
            proxy=proxy,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(SECONDS, connect=_CONNECT),
        )
    except BadCertificates as error:
        raise _Refusal(Reason.SETUP, error=clean_line(error.message)) from None
    except (SetupError, ImportError, ValueError, httpx.InvalidURL) as error:
        raise _Refusal(Reason.SETUP, error=clean_line(getattr(error, "message", ""))) from None
    async with client:
        request = httpx.Request(
            "GET",
            url.copy_with(host=str(address), port=network.port),
            headers={"Host": url.netloc.decode("ascii"), **_HEADERS},
            extensions={"timeout": client.timeout.as_dict()},
        )
        try:
            async with closing_half_open(request):
                response = await client.send(request, stream=True)
            try:
                return await _read(url, response)
            finally:
                await close(response)
        except NETWORK_ERRORS as error:
            raise _refusal_of(error, host) from None


def _way(url: httpx.URL) -> tuple[ssl.SSLContext, httpx.Proxy | None]:
    """Return the context for a host and the proxy to it. Raises SetupError."""
    context = trust(_NamedContext)
    assert isinstance(context, _NamedContext)
    context.name = url.raw_host.decode("ascii").strip("[]")
    # The certificate of a proxy is not that of the host.
    return context, proxy_for(url, trust())


def _refusal_of(error: Exception, host: str) -> _Refusal:
    match typed_error(error):
        case TlsFailed(message=message):
            return _Refusal(Reason.TLS, host=host, error=clean_line(message))
        case ProxyRefused(message=message):
            return _Refusal(Reason.NO_CONNECTION, host=host, error=clean_line(f"proxy {message}"))
        case failed:
            return _Refusal(Reason.NO_CONNECTION, host=host, error=clean_line(failed.message))


async def _read(url: httpx.URL, response: httpx.Response) -> _Answer:
    """Read a response. Raises _Refusal for one that is no page."""
    if response.status_code in (301, 302, 303, 307, 308):
        location = response.headers.get("Location", "")
        if location:
            return _Answer(url, location)
    if not response.is_success:
        raise _Refusal(Reason.STATUS, status=response.status_code)
    media_type, charset = _content_type(response.headers.get("Content-Type", ""))
    if media_type not in _KINDS and not media_type.endswith("+json"):
        # Refuse before reading: it may be a film.
        raise _Refusal(Reason.UNSUPPORTED, kind=clean_line(media_type, 60))
    body = bytearray()
    async with aclosing(_pieces(response)) as source:
        async for piece in source:
            body += piece
            if len(body) > BYTES:
                break
    return _Answer(url, "", media_type, charset, bytes(body[:BYTES]), is_cut=len(body) > BYTES)


def _content_type(header: str) -> tuple[str, str]:
    media_type, _, rest = header.partition(";")
    charset = next(
        (value for name, _, value in (part.partition("=") for part in rest.split(";")) if name.strip().lower() == "charset"),
        "",
    )  # fmt: skip
    return media_type.strip().lower(), charset.strip()[:40]


async def _pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield the unpacked body in pieces of a bounded size. Raises _Refusal for more packed bytes than a page may have."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise _Refusal(Reason.UNSUPPORTED, kind=clean_line(encoding, 60))
    unpack = None if encoding in ("", "identity") else zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    size = 0
    async for raw in response.aiter_raw():
        size += len(raw)
        if unpack is None:
            yield raw
            continue
        if size > BYTES:
            raise _Refusal(Reason.TOO_LARGE, limit=BYTES)
        while raw and not unpack.eof:
            try:
                piece = unpack.decompress(raw, _PIECE)
            except zlib.error:
                raise _Refusal(Reason.DAMAGED, kind=encoding) from None
            raw = unpack.unconsumed_tail
            if piece:
                yield piece
        if unpack.eof:
            return


def _shown(host: str) -> str:
    return clean_line(host, 100)
