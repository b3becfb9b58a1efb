"""The client: the only module that knows the service's addresses and headers and sends the key.

(Over 400 lines: every call shares the one connection, its limits and its way to turn a response into an error.)
"""

from __future__ import annotations

import asyncio
import codecs
import json
import ssl
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager, nullcontext
from hashlib import sha256
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from elumenta_tui import __version__
from elumenta_tui.api.address import checked_url
from elumenta_tui.api.answers import answer_events
from elumenta_tui.api.body import NETWORK_ERRORS, BodyReader, close, pieces, read_up_to, typed_error
from elumenta_tui.api.envelopes import entries, record
from elumenta_tui.api.environment import proxy_for, trust
from elumenta_tui.api.errors import (
    ApiError,
    ConnectionLost,
    NoConnection,
    NotAnAnswer,
    Pending,
    Redirected,
    ServiceError,
    SetupError,
    Stalled,
    error_from_response,
)
from elumenta_tui.api.event_stream import LARGE, EventStream
from elumenta_tui.api.events import StreamEvent
from elumenta_tui.api.key import checked_key
from elumenta_tui.api.limits import LimitReader
from elumenta_tui.api.requests import request_json
from elumenta_tui.api.sending import ObservedBody, closing_half_open
from elumenta_tui.api.time_limit import time_limit
from elumenta_tui.chat.failure import Billing
from elumenta_tui.chat.history import EVERYTHING, HistoryEntry, HistoryFilter, HistoryPage
from elumenta_tui.chat.ledger import Balance, RateLimits, User
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import count
from elumenta_tui.chat.request import Request
from elumenta_tui.text.redact import redact_key, secret
from elumenta_tui.text.sanitize import clean_json

BASE_URL = "https://elumenta.ru"

_LOOKUP_SECONDS = 30.0
"""Seconds after which a GET has failed."""
_ERROR_BYTES, _ERROR_SECONDS = 64 * 1024, 5.0
_JSON_BYTES = 32 * 1024 * 1024
"""Bytes. A larger JSON body is no answer of this service."""
_BLANK = b" \t\r\n"
_BLANK_BYTES = 64 * 1024
"""Blanks before the first character of an answer. A body with more of them is no answer."""


class ElumentaClient:
    """One account of one service. Use it as an async context manager, or call `aclose`.

    (Over 30 methods: one for each call of the service, and the steps of a request that they share.)

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

    def __init__(
        self,
        api_key: str,
        base_url: str = BASE_URL,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        connect_timeout: float = 15.0,
        idle_timeout: float = 120.0,
    ) -> None:
        self._limits = LimitReader()
        self._key = checked_key(api_key)
        self._secret = secret(self._key)
        self.fingerprint = sha256(f"balance {self._key}".encode()).hexdigest()[:12]
        """Tells the account from others. Nobody can find the key by it."""
        self._base = checked_url(base_url)
        self._idle = idle_timeout
        self._events = EventStream(self._secret, self._redact, idle_timeout)
        self._connect = connect_timeout
        # Without https, and with the caller's own transport, there is nothing to verify, and a context that trusts nobody is
        # cheap. A proxy is not used for plain http to this machine: it would receive the key unencrypted.
        secure = self._base.scheme == "https" and transport is None
        context = trust() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._proxy = proxy_for(self._base, context) if secure else None
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

    @property
    def limits(self) -> RateLimits | None:
        """Requests left according to the latest response (`X-RateLimit-*`); None before any response said so."""
        return self._limits.limits

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
        return Balance.from_json(record(await self._get("balance"), "token_balance"))

    async def user(self) -> User:
        """`GET /api/v2/user/me`. Raises ApiError."""
        return User.from_json(record(await self._get("user/me"), "id"))

    async def models(self) -> list[Model]:
        """`GET /api/v2/models`: all models of all categories, in the service's order. Raises ApiError.

        Accepts a bare array or one in an envelope (`items`, `models`, `data`, also nested). Skips entries without a slug.
        """
        listed = entries(await self._get("models"))
        if listed is None:
            raise NotAnAnswer("no list of models")
        found = (Model.from_json(entry) for entry in listed if isinstance(entry, Mapping))
        return list({model.slug: model for model in found if model is not None}.values())

    async def history(self, page: int = 1, limit: int = 100) -> list[HistoryEntry]:
        """`GET /api/v2/user/history`: the account's generations, in the service's order. Raises ApiError.

        Times are converted to this machine's clock, however wrong it is.

        Args:
            page: Number of the page, from 1.
            limit: Entries on a page, at most 100.
        """
        return list((await self.history_page(page, limit)).entries)

    async def history_page(
        self, page: int = 1, limit: int = 100, wanted: HistoryFilter = EVERYTHING
    ) -> HistoryPage:
        """`GET /api/v2/user/history`: as `history`, filtered by the service, with the number of all entries. Raises ApiError."""
        data = await self._get("user/history", {"page": page, "limit": limit, **wanted.query})
        listed = entries(data)
        if listed is None:
            raise NotAnAnswer("no list of generations")
        found = [HistoryEntry.from_json(entry) for entry in listed if isinstance(entry, Mapping)]
        total = count(data.get("total")) if isinstance(data, Mapping) else None
        return HistoryPage(
            [
                entry._replace(created_on=entry.created_on - self._limits.ahead)
                if entry.created_on is not None
                else entry
                for entry in found
            ],
            total,
        )

    async def favorite(self, id: str) -> None:
        """`POST /api/v2/user/history/{id}/favorite`: make a generation a favourite, or no longer. Raises ApiError."""
        await self._change("POST", f"user/history/{quote(id, safe='')}/favorite")

    async def delete_generation(self, id: str) -> None:
        """`DELETE /api/v2/user/history/{id}`: delete a generation from the account. Raises ApiError."""
        await self._change("DELETE", f"user/history/{quote(id, safe='')}")

    async def _change(self, method: str, path: str) -> None:
        """Send a request whose answer says nothing but whether it worked."""
        with self._redacted_errors():
            try:
                await self._fetch(self._request(method, path, {"Accept": "application/json"}))
            except NotAnAnswer as error:
                # Having no content is the usual answer here.
                if error.status not in (204, 205):
                    raise

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

    async def _get(self, path: str, query: Mapping[str, int | str] | None = None) -> Any:
        with self._redacted_errors():
            return await self._get_json(path, query)

    async def _get_json(self, path: str, query: Mapping[str, int | str] | None) -> Any:
        request = self._request("GET", path, {"Accept": "application/json"}, query=query)
        return await self._read(*await self._fetch(request))

    async def _fetch(self, request: httpx.Request) -> tuple[bytearray, int]:
        """Send a request that costs nothing, and return the body and the status of its answer. Raises ApiError."""
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
        return body, response.status_code

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
            async with aclosing(self._events.events(reader, opening, response)) as reads:
                async for events in reads:
                    yield events

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
        query: Mapping[str, int | str] | None = None,
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

                request.stream = ObservedBody(request.content, leave)
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
            async with closing_half_open(request) if self._base.scheme == "https" else nullcontext():
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
            error.retry_after = self._limits.seconds_to_reset()
        elif error.kind == "rate_limit_exceeded" and error.retry_after is not None:
            self._limits.postpone_reset(error.retry_after)
        raise error

    async def _read_headers(self, response: httpx.Response) -> None:
        self._limits.read(response.headers)
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
        if len(body) <= LARGE:
            return self._json(bytes(body), status)
        return await asyncio.to_thread(self._json, bytes(body), status)

    def _json(self, body: bytes, status: int) -> Any:
        text = body.decode("utf-8-sig", "replace")
        try:
            return self._secret.redact_json(clean_json(json.loads(text, strict=False)))
        except (ValueError, RecursionError):
            raise NotAnAnswer(status=status) from None
