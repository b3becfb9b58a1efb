"""The client: the only module that knows the service's addresses and headers and sends the key."""

from __future__ import annotations

import asyncio
import codecs
import json
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, nullcontext, suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from elumenta_tui import __version__
from elumenta_tui.api.answers import answer_events
from elumenta_tui.api.body import NETWORK_ERRORS, BodyReader, close, pieces, read_up_to, typed_error
from elumenta_tui.api.environment import is_loopback, proxy_for, trust
from elumenta_tui.api.errors import (
    ApiError,
    BadUrl,
    ConnectionLost,
    NoConnection,
    NotAnAnswer,
    Pending,
    Redirected,
    ServiceError,
    SetupError,
    Stalled,
    StreamCut,
    error_from_response,
    http_date,
)
from elumenta_tui.api.events import (
    ContentDelta,
    GenerationEnded,
    GenerationFailed,
    StreamDone,
    StreamEvent,
    parse,
)
from elumenta_tui.api.key import checked_key
from elumenta_tui.api.requests import request_json
from elumenta_tui.api.sse import SSEDecoder
from elumenta_tui.api.time_limit import time_limit
from elumenta_tui.chat.failure import Billing
from elumenta_tui.chat.history import HistoryEntry
from elumenta_tui.chat.ledger import Balance, RateLimits, User
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.request import Request
from elumenta_tui.text.redact import Redactor, redact_key, secret
from elumenta_tui.text.sanitize import Sanitizer, clean_json

BASE_URL = "https://elumenta.ru"

_LOOKUP_SECONDS = 30.0
"""Seconds after which a GET has failed."""
_LINGER_SECONDS = 1.0
"""Seconds to wait for `[DONE]` after `generation_end`, which has said everything."""
_ERROR_BYTES, _ERROR_SECONDS = 64 * 1024, 5.0
_JSON_BYTES = 32 * 1024 * 1024
"""Bytes. A larger JSON body is no answer of this service."""
_LARGE = 100_000
"""Bytes of JSON beyond which it is parsed in a thread, so that the loop stays responsive."""
_BLANK = b" \t\r\n"
_BLANK_BYTES = 64 * 1024
"""Blanks before the first character of an answer. A body with more of them is no answer."""


class ElumentaClient:
    """One account of one service. Use it as an async context manager, or call `aclose`.

    Args:
        api_key: `nb_…`. Blanks, line ends and quotes around it are stripped.
        base_url: Address of the service; plain http is for this machine only. `/api/v2` is added to its path.
        transport: Replaces the network, for demos and tests.
        connect_timeout: Seconds until a request leaves: name lookup, proxy, connection and TLS.
        idle_timeout: Seconds without new text of an answer before `stream` gives up. Comments and other signs of life are
            no text.

    Raises:
        BadKey, BadUrl: The key or the address cannot be used.
        SetupError, BadCertificates: The proxy or the certificates named by the environment cannot be used.
    """

    limits: RateLimits | None
    """Requests left according to the latest response (`X-RateLimit-*`); None before any response said so."""

    def __init__(
        self,
        api_key: str,
        base_url: str = BASE_URL,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        connect_timeout: float = 15.0,
        idle_timeout: float = 120.0,
    ) -> None:
        self.limits = None
        self._key = checked_key(api_key)
        self._secret = secret(self._key)
        self._base = _checked_url(base_url)
        self._idle = idle_timeout
        self._ahead = 0.0
        """Seconds by which the service's clock is ahead of this machine's."""
        self._connect = connect_timeout
        # Without https there is nothing to verify, and a context that trusts nobody is cheap. A proxy is not used for plain
        # http to this machine: it would receive the key unencrypted.
        secure = self._base.scheme == "https"
        context = trust() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._proxy = proxy_for(self._base, context) if secure and transport is None else None
        # Only the caller knows whether its own transport has sent anything.
        self._can_tell_sent = transport is None
        try:
            self._http = httpx.AsyncClient(
                auth=self._authorize,
                headers={"User-Agent": f"elumenta-tui/{__version__}", "Accept-Encoding": "identity"},
                # Answers take their time. Silence is measured in text (idle_timeout), not in bytes.
                timeout=httpx.Timeout(None, connect=connect_timeout),
                follow_redirects=False,
                event_hooks={"response": [self._read_headers]},
                transport=transport,
                verify=context,
                proxy=self._proxy,
                # Everything that httpx would read from the environment has been read already.
                trust_env=False,
            )
        except (ImportError, ValueError, httpx.InvalidURL) as exc:
            raise SetupError from exc

    def __repr__(self) -> str:
        return f"ElumentaClient({str(self._base)!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections. The client cannot be used afterwards."""
        try:
            await self._http.aclose()
        except NETWORK_ERRORS as exc:
            raise typed_error(exc) from exc

    # ------------------------------------------------------------------------------------------------ account

    async def balance(self) -> Balance:
        """`GET /api/v2/balance`. Raises ApiError."""
        return Balance.from_json(_record(await self._get("balance"), "token_balance"))

    async def user(self) -> User:
        """`GET /api/v2/user/me`. Raises ApiError."""
        return User.from_json(_record(await self._get("user/me"), "id"))

    async def models(self) -> list[Model]:
        """`GET /api/v2/models`: all models of all categories, in the service's order. Raises ApiError.

        Accepts a bare array or one in an envelope (`items`, `models`, `data`, also nested). Skips entries without a slug.
        """
        entries = _entries(await self._get("models"))
        if entries is None:
            raise NotAnAnswer("no list of models")
        found = (Model.from_json(entry) for entry in entries if isinstance(entry, Mapping))
        return list({model.slug: model for model in found if model is not None}.values())

    async def history(self, page: int = 1, limit: int = 100) -> list[HistoryEntry]:
        """`GET /api/v2/user/history`: the account's generations, in the service's order. Raises ApiError.

        Times are converted to this machine's clock, however wrong it is.

        Args:
            page: Number of the page, from 1.
            limit: Entries on a page, at most 100.
        """
        entries = _entries(await self._get("user/history", {"page": page, "limit": limit}))
        if entries is None:
            raise NotAnAnswer("no list of generations")
        found = [HistoryEntry.from_json(entry) for entry in entries if isinstance(entry, Mapping)]
        return [
            entry._replace(created_on=entry.created_on - self._ahead)
            if entry.created_on is not None
            else entry
            for entry in found
        ]

    async def generation(self, id: str) -> list[StreamEvent]:
        """`GET /api/v2/generate/{id}`: the whole answer, as the events that a stream would have had.

        Raises:
            Pending: The answer is not ready.
            ApiError: The answer is not available.
        """
        name = quote(id, safe="")
        try:
            data = await self._get(f"generate/{name}")
        except ServiceError as error:
            if error.status != 404:
                raise
            # Another page of the documentation gives this address.
            data = await self._get(f"generate/status/{name}")
        return answer_events(data, 200, self._redact)

    async def _get(self, path: str, query: Mapping[str, int] | None = None) -> Any:
        with self._redacted_errors():
            return await self._get_json(path, query)

    async def _get_json(self, path: str, query: Mapping[str, int] | None) -> Any:
        request = self._request("GET", path, {"Accept": "application/json"}, query=query)
        body = bytearray()
        try:
            async with time_limit(_LOOKUP_SECONDS):
                response = await self._open(request)
                try:
                    async for piece in pieces(response):
                        body += piece
                        if len(body) > _JSON_BYTES:
                            raise NotAnAnswer("the answer is too large", status=response.status_code)
                finally:
                    await close(response)
        except TimeoutError:
            raise Stalled from None
        except NETWORK_ERRORS as exc:
            raise typed_error(exc) from exc
        return await self._read(body, response.status_code)

    # ------------------------------------------------------------------------------------------------ answers

    async def stream(self, request: Request) -> AsyncGenerator[list[StreamEvent], None]:
        """`POST /api/v2/generate`: yield the events of the answer in lists. A list holds what arrived together, and is never
        empty.

        Ends with `[DONE]`, with an `error` event, or shortly after `generation_end`; network failures after that cannot
        spoil the answer. An answer in plain JSON yields the same events. Wrap the call in `contextlib.aclosing`: leaving
        early or cancelling closes the connection at once.

        Raises:
            NoConnection: Nothing was sent.
            ServiceError, NotAnAnswer, Redirected, Pending: Something other than a stream came; see these classes.
            StreamCut, ConnectionLost, Stalled: The answer is incomplete. Its events so far have been yielded.
        """
        with self._redacted_errors():
            async with aclosing(self._stream(request)) as reads:
                async for events in reads:
                    yield events

    async def _stream(self, request: Request) -> AsyncGenerator[list[StreamEvent], None]:
        post = self._request("POST", "generate", {"Accept": "text/event-stream"}, request_json(request))
        response = await self._post(post)
        async with BodyReader(response, self._idle) as reader:
            # Tell the kind of answer by its first character: proxies label event streams as anything.
            opening, first = b"", b""
            while not first:
                taken = await reader.next_bytes()
                if not taken or len(opening) > _BLANK_BYTES:
                    raise NotAnAnswer("the answer is empty", status=response.status_code)
                opening += taken
                first = opening.removeprefix(codecs.BOM_UTF8).lstrip(_BLANK)[:1]
                if codecs.BOM_UTF8.startswith(opening):
                    first = b""
            if first == b"<":
                raise NotAnAnswer(
                    "a web page came, perhaps of a proxy or a login portal", status=response.status_code
                )
            if first == b"{":
                yield await self._read_json(reader, opening, response.status_code)
                return
            async with aclosing(self._read_events(reader, opening, response)) as reads:
                async for events in reads:
                    yield events

    async def _read_events(
        self, reader: BodyReader, data: bytes, response: httpx.Response
    ) -> AsyncGenerator[list[StreamEvent], None]:
        decoder = SSEDecoder()
        sanitizer, redactor = Sanitizer(), Redactor(self._secret)
        anything = ended = False
        while data:
            events: list[StreamEvent] = []
            over = False
            for payload in decoder.feed(data):
                if len(payload) <= _LARGE:
                    event = self._parse(payload, sanitizer)
                else:
                    event = await asyncio.to_thread(self._parse, payload, sanitizer)
                if isinstance(event, StreamDone):
                    over = True
                elif ended:
                    continue
                elif isinstance(event, ContentDelta):
                    if event.text:
                        reader.seconds_left = self._idle
                        reader.may_collect = True
                        event = ContentDelta(redactor.feed(event.text))
                elif isinstance(event, GenerationEnded):
                    ended = True
                    reader.seconds_left = _LINGER_SECONDS
                elif isinstance(event, GenerationFailed):
                    over = True
                if event.ends_text:
                    events += _held_back(sanitizer, redactor)
                events.append(event)
                if over:
                    break
            if decoder.is_too_long and not over:
                events += _held_back(sanitizer, redactor)
            if events:
                anything = True
                yield events
            over = over or (ended and decoder.is_too_long)
            if over:
                return
            if decoder.is_too_long:
                raise StreamCut("one event is too long to be a part of an answer")
            try:
                data = await reader.next_bytes()
            except ApiError:
                if ended:
                    return
                if rest := _held_back(sanitizer, redactor):
                    yield rest
                raise
        if not ended:
            if rest := _held_back(sanitizer, redactor):
                yield rest
            if not anything and "event-stream" not in response.headers.get("Content-Type", "").lower():
                raise NotAnAnswer(status=response.status_code)
            raise StreamCut

    def _parse(self, payload: str, sanitizer: Sanitizer) -> StreamEvent:
        event = parse(payload, sanitizer, self._secret.redact_json)
        if isinstance(event, GenerationFailed):
            return GenerationFailed(self._redact(event.message), event.billing)
        return event

    async def _read_json(self, reader: BodyReader, opening: bytes, status: int) -> list[StreamEvent]:
        """Return the events of an answer that was not streamed, in either documented shape."""
        body = bytearray(opening)
        while taken := await reader.next_bytes():
            body += taken
            if len(body) > _JSON_BYTES:
                raise NotAnAnswer("the answer is too large", status=status)
        return answer_events(await self._read(body, status), status, self._redact)

    # ----------------------------------------------------------------------------------------------- requests

    def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        fields: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, int] | None = None,
    ) -> httpx.Request:
        if self._http.is_closed:
            raise NoConnection("the client is closed")
        body = None
        if fields is not None:
            try:
                # httpx would raise on a lone surrogate. One odd character must not make a conversation unsendable.
                body = json.dumps(fields, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
            except ValueError as exc:
                raise ServiceError(
                    "a number of the request is not finite", kind="bad_request", billing=Billing.NOTHING_SENT
                ) from exc
            headers = {**headers, "Content-Type": "application/json"}
        url = self._base.copy_with(path=f"{self._base.path.rstrip('/')}/api/v2/{path}")
        return self._http.build_request(method, url, params=query, headers=dict(headers), content=body)

    async def _post(self, request: httpx.Request) -> httpx.Response:
        """Open a response, with one time limit for connecting and another one for the answer.

        A request of which no byte of the body has left cannot have been billed: it fails as `NoConnection`.
        """
        left = not self._can_tell_sent
        try:
            async with time_limit(self._idle if left else self._connect) as limit:

                def leave() -> None:
                    nonlocal left
                    left = True
                    limit.renew(self._idle)

                request.stream = _ObservedBody(request.content, leave)
                return await self._open(request)
        except TimeoutError:
            if left:
                raise Stalled from None
            raise self._no_connection("the connection timed out") from None
        except ConnectionLost:
            if left:
                raise
            raise self._no_connection("the connection broke before anything was sent") from None

    def _no_connection(self, why: str) -> NoConnection:
        """Return the error for a reason, naming the proxy if there is one."""
        return NoConnection(f"{why} (proxy {self._proxy.url.netloc.decode()})" if self._proxy else why)

    async def _open(self, request: httpx.Request) -> httpx.Response:
        """Return a response of status 2xx with its body unread. Raise everything else as an error."""
        try:
            async with _closing_half_open(request) if self._base.scheme == "https" else nullcontext():
                response = await self._http.send(request, stream=True)
        except NETWORK_ERRORS as exc:
            error = typed_error(exc)
            raise (self._no_connection(error.message) if type(error) is NoConnection else error) from exc
        if response.is_success and response.status_code not in (204, 205):
            return response
        body = await read_up_to(response, _ERROR_BYTES, _ERROR_SECONDS)
        if response.is_success:
            raise NotAnAnswer("the answer is empty", status=response.status_code)
        error = error_from_response(
            response.status_code,
            body,
            retry_after=response.headers.get("Retry-After", ""),
            redact=self._secret.redact_json,
        )
        if error.kind == "rate_limit_exceeded" and error.retry_after is None:
            error.retry_after = self._seconds_to_reset()
        elif error.kind == "rate_limit_exceeded" and error.retry_after is not None:
            self._postpone_reset(error.retry_after)
        raise error

    def _seconds_to_reset(self) -> float | None:
        """Return the seconds until requests are possible again, if the hour's are used up and the service says so."""
        limits = self.limits
        if limits is None or limits.hour_left != 0 or limits.hour_resets_at is None:
            return None
        seconds = limits.hour_resets_at - (time.time() + self._ahead)
        return seconds if seconds >= 0 else None

    def _postpone_reset(self, seconds: float) -> None:
        """Assume no requests before the service accepts one, whatever its header says of the hour."""
        limits, until = self.limits, time.time() + self._ahead + seconds
        if limits is not None and limits.hour_left == 0 and (limits.hour_resets_at or until) < until:
            self.limits = limits._replace(hour_resets_at=round(until))

    async def _read_headers(self, response: httpx.Response) -> None:
        self.limits = RateLimits.from_headers(response.headers) or self.limits
        said = http_date(response.headers.get("Date", ""))
        if said is not None:
            self._ahead = said - time.time()
        if 300 <= response.status_code < 400:
            # Raise here: for a Location that httpx cannot parse it would raise something else later.
            raise Redirected(response.headers.get("Location", ""), status=response.status_code)

    def _authorize(self, request: httpx.Request) -> httpx.Request:
        if (request.url.scheme, request.url.host, request.url.port) == (
            self._base.scheme,
            self._base.host,
            self._base.port,
        ):
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request

    def _redact(self, text: str) -> str:
        """Redact the key, and whatever looks like one, in a message. Answers are excepted: they may show an example of a key."""
        return redact_key(text, self._key)

    @contextmanager
    def _redacted_errors(self) -> Iterator[None]:
        """Redact the key in every error that leaves the client. Headers, bodies and system messages end up in errors."""
        try:
            yield
        except Pending:
            # Its message is an id from a JSON value that has been redacted.
            raise
        except ApiError as error:
            error.redact(self._redact)
            raise

    async def _read(self, body: bytearray, status: int) -> Any:
        if len(body) <= _LARGE:
            return self._json(bytes(body), status)
        return await asyncio.to_thread(self._json, bytes(body), status)

    def _json(self, body: bytes, status: int) -> Any:
        text = body.decode("utf-8-sig", "replace")
        try:
            return self._secret.redact_json(clean_json(json.loads(text, strict=False)))
        except (ValueError, RecursionError):
            raise NotAnAnswer(status=status) from None


@asynccontextmanager
async def _closing_half_open(request: httpx.Request) -> AsyncGenerator[None, None]:
    """Close a connection that a proxy or TLS left half open. httpcore forgets about it."""
    begun: list[Any] = []

    async def note(event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("connect_tcp.complete"):
            begun.append(info["return_value"])

    request.extensions = {**request.extensions, "trace": note}
    try:
        yield
    except BaseException:
        for stream in begun:
            with suppress(*NETWORK_ERRORS):
                await stream.aclose()
        raise


class _ObservedBody(httpx.ByteStream):
    """A request body that reports when it leaves."""

    def __init__(self, content: bytes, leave: Callable[[], None]) -> None:
        super().__init__(content)
        self._content, self._leave = content, leave

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._leave()
        yield self._content


def _held_back(sanitizer: Sanitizer, redactor: Redactor) -> list[StreamEvent]:
    """Return events for what was held back of the last deltas; nearly always none."""
    rest = redactor.feed(sanitizer.close()) + redactor.end()
    return [ContentDelta(rest)] if rest else []


def _checked_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError):
        raise BadUrl("it is no address") from None
    if url.scheme not in ("https", "http") or not url.host:
        raise BadUrl("it has to begin with https://")
    if url.port is not None and not 0 < url.port < 65536:
        raise BadUrl("its port is none")
    if url.userinfo or url.query or url.fragment:
        raise BadUrl("it may have neither a user name nor ? or #")
    if url.scheme == "http" and not is_loopback(url.host):
        raise BadUrl("plain http would show the key to everyone on the way; use https")
    # The documentation writes the address with this ending, which is also added to every request.
    path = url.path.rstrip("/")
    for ending in ("/api/v2", "/api"):
        if path.endswith(ending):
            return url.copy_with(path=path.removesuffix(ending) or "/")
    return url


def _record(data: Any, field: str) -> Mapping[str, Any]:
    if isinstance(data, Mapping):
        inner = data.get("data")
        if field not in data and isinstance(inner, Mapping):
            return inner
        return data
    raise NotAnAnswer


def _entries(data: Any, depth: int = 3) -> list[Any] | None:
    if isinstance(data, list):
        return data
    if isinstance(data, Mapping) and depth:
        for name in ("items", "models", "data"):
            if (entries := _entries(data.get(name), depth - 1)) is not None:
                return entries
    return None
