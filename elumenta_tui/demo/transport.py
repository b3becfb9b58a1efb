"""The demo's transport: answers httpx requests as the service would."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from random import Random
from typing import Any

import httpx

from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount

from . import replies, scenarios
from .pacing import LATENCY, pace_of
from .prompts import Language, Prompt, Saying, in_language
from .service import (
    CATALOGUE,
    CHAT_MODELS,
    DONE,
    Account,
    Generation,
    error_json,
    price,
    rate_limit_json,
)

Sleep = Callable[[float], Awaitable[None]]

_MODELS = "/api/v2/models"
_HISTORY = "/api/v2/user/history"


class DemoStream(httpx.AsyncByteStream):
    """A response body that is sent step by step, each at its time."""

    def __init__(self, steps: Iterator[scenarios.Step], sleep: Sleep) -> None:
        self._steps = steps
        self._sleep = sleep
        self._gone = asyncio.Event()
        self.finished = False
        """True if the service has sent everything."""

    @property
    def abandoned(self) -> bool:
        """True if the client left before the end."""
        return self._gone.is_set() and not self.finished

    @property
    def open(self) -> bool:
        return not self._gone.is_set()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        # Not an async generator: a cancelled or abandoned one would have to be closed by somebody.
        while self.open:
            try:
                step = next(self._steps, None)
            except httpx.TransportError:
                self.finished = True
                raise
            if step is None or step == DONE:
                self.finished = True
            if step is None:
                break
            if isinstance(step, bytes):
                return step
            await (self._gone.wait() if step == math.inf else self._sleep(step))
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Note that the client has left: end the silence, and send nothing more."""
        self._gone.set()


class DemoTransport(httpx.AsyncBaseTransport):
    """Plays the Elumenta API for one demo account, in memory.

    Args:
        sleep: Waits for a number of seconds. Every wait goes through it.
        speed: 2.0 is twice as fast as real; infinity does not wait.
        balance: Elumenta tokens at the beginning.
        seed: Seed of the jitter and the ids. The same requests get the same bytes.
        clock: Returns Unix seconds, for the hours and days of the rate limits.
        language: Returns the language of the interface: that of the service's messages, and of answers as long as no prompt
            has shown another (`/demo` or `2+2` as the first word), and after the language has changed.
    """

    def __init__(
        self,
        *,
        sleep: Sleep = asyncio.sleep,
        speed: float = 1.0,
        balance: Amount = 283,
        seed: int = 1,
        clock: Callable[[], float] = time.time,
        language: Callable[[], Language] = lambda: "en",
    ) -> None:
        self._language = language
        self._spoken = language()
        self._has_switched = False
        """True if the language has changed and no prompt has shown one since."""
        self.account = Account(balance, clock)
        self.last_stream: DemoStream | None = None
        """The newest stream, to check whether its client has left."""
        self._sleep = sleep
        self._speed = speed
        self._random = Random(seed)
        self._turns = 0
        """Number of requests that were answered by turns."""
        self._waiting = False
        """True if a client was told to repeat its request in a moment."""
        self._too_long = 0
        """Characters of the request that was refused for its length last; 0 for none."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        await self._wait(LATENCY)
        response = self._route(request, body)
        for name, value in self.account.rate_headers().items():
            response.headers.setdefault(name, value)
        return _with_unread_body(response)

    async def _wait(self, seconds: float) -> None:
        await self._sleep(seconds / self._speed)

    # ------------------------------------------------------------------------------------------------ routes

    def _route(self, request: httpx.Request, body: bytes) -> httpx.Response:
        path = request.url.path.rstrip("/")
        slug = path.removeprefix(f"{_MODELS}/") if path.startswith(f"{_MODELS}/") else None
        if path == "/api/v2/generate":
            return self._generate(request, body) if request.method == "POST" else self._not_allowed("POST")
        made = self.account.generations.get(path.removeprefix("/api/v2/generate/"))
        known = ("/api/v2/balance", "/api/v2/user/me", _HISTORY, _MODELS)
        if path.startswith(f"{_HISTORY}/"):
            return self._change_history(request.method, path.removeprefix(f"{_HISTORY}/"))
        if slug is None and made is None and path not in known:
            return self._refusal(404, (f"No such address: {path}", f"Такого адреса нет: {path}"))
        if request.method != "GET":
            return self._not_allowed("GET")
        if made is not None:
            return httpx.Response(200, json=made.json())
        if path.endswith("/history"):
            asked = request.url.params
            page, limit = (_whole(asked.get(name), usual) for name, usual in (("page", 1), ("limit", 20)))
            entries = self.account.history_json(
                page,
                min(limit, 100),
                self._language(),
                model=asked.get("model_slug", asked.get("model", "")),
                status=asked.get("status", ""),
                favorites=asked.get("favorites_only") == "true",
            )
            return httpx.Response(200, json=entries)
        if slug is not None:
            found = CATALOGUE.get(slug)
            return httpx.Response(200, json=found) if found else self._unknown_model(slug)
        if path == _MODELS:
            return httpx.Response(200, json=_models_json(request.url.params.get("category")))
        return httpx.Response(
            200, json=self.account.balance_json() if path.endswith("/balance") else self.account.user_json()
        )

    def _change_history(self, method: str, rest: str) -> httpx.Response:
        """Delete an entry of the history, or switch whether it is a favourite. `rest` is its part of the address."""
        id, _, act = rest.partition("/")
        if (method, act) not in (("POST", "favorite"), ("DELETE", "")):
            return self._not_allowed("POST")
        if not self.account.change_history(id, deletes=method == "DELETE"):
            return self._refusal(404, (f"No such generation: {id}", f"Такой генерации нет: {id}"))
        return httpx.Response(200, json={"success": True})

    def _generate(self, request: httpx.Request, body: bytes) -> httpx.Response:
        if not self.account.count_request():
            return self._too_many(self.account.seconds_until_reset())
        try:
            asked = json.loads(body)
        except ValueError:
            return self._refusal(400, ("The body is not JSON", "Тело запроса — не JSON"))
        if not isinstance(asked, dict):
            return self._refusal(400, ("The body is not a JSON object", "Тело запроса — не объект JSON"))
        slug = asked.get("model")
        if not isinstance(slug, str) or slug not in CATALOGUE:
            return self._unknown_model(slug)
        model = CHAT_MODELS.get(slug)
        if model is None:
            return self._refusal(
                422,
                (
                    f"{slug} does not answer in text, and the demo has text only",
                    f"{slug} отвечает не текстом, а в демо есть только текст",
                ),
                field="model",
            )
        if self._language() != self._spoken:
            self._spoken, self._has_switched = self._language(), True
        prompt = Prompt.from_json(asked.get("messages"), self._spoken, looks_back=not self._has_switched)
        if prompt is None:
            return self._refusal(
                422,
                (
                    "messages needs roles, contents, and something that the user said",
                    "в messages нужны role, content и хотя бы одно сообщение пользователя",
                ),
                field="messages",
            )
        self._has_switched = self._has_switched and not prompt.shows_language
        return self._perform(request, model, prompt, stream=asked.get("stream") is True)

    def _too_many(self, seconds: int) -> httpx.Response:
        headers = {
            "Retry-After": str(seconds),
            "X-RateLimit-Remaining-Hour": "0",
            "X-RateLimit-Reset-Hour": str(self.account.moment_in(seconds)),
        }
        return httpx.Response(429, json=rate_limit_json(seconds, self._language()), headers=headers)

    def _perform(
        self, request: httpx.Request, model: Model, prompt: Prompt, *, stream: bool
    ) -> httpx.Response:
        word = scenarios.word_of(prompt.text)
        behaviour = scenarios.behaviour_of(word)
        match behaviour:
            case scenarios.Offline():
                saying = ("All connection attempts failed", "Соединиться не удалось")
                raise httpx.ConnectError(in_language(saying, self._language()), request=request)
            case scenarios.Limit(seconds, once):
                if not (once and self._waiting):
                    self._waiting = once
                    return self._too_many(seconds)
                self._waiting = False
                behaviour = scenarios.Play(scenarios.answer)
            case scenarios.Refuse(status):
                return self._refusal(status)
            case scenarios.TooLong():
                length = sum(map(len, (*prompt.user_texts, *prompt.answer_texts)))
                if length >= self._too_long:
                    self._too_long = length
                    return self._too_long_refusal(length)
                # The next conversation is too long again.
                self._too_long = 0
                behaviour = scenarios.Play(scenarios.answer)
            case scenarios.Page(status, html):
                return httpx.Response(status, html=html)
            case scenarios.Turns(scripts):
                behaviour = scenarios.Play(scripts[self._turns % len(scripts)])
                self._turns += 1
        if self.account.balance < price(model):
            return self._refusal(
                402,
                (
                    f"{model.slug} costs {price(model)} tokens and the balance is {self.account.balance}. "
                    "Start the demo again for a fresh balance.",
                    f"Запрос к {model.slug} стоит токенов: {price(model)}, а на балансе {self.account.balance}. "
                    "Запустите демо снова, и баланс станет прежним.",
                ),
                required=price(model),
                balance=self.account.balance,
            )
        # Each answer has a generator of its own: what one stream draws does not change the next one.
        random = Random(self._random.random())
        text = replies.reply(prompt, model, self.account.balance, word)
        generation = Generation(self.account, model, random, prompt.text, text)
        scene = scenarios.Scene(generation, text, pace_of(model.slug), random, self._language())
        if isinstance(behaviour, scenarios.Later):
            return httpx.Response(200, json=generation.promise())
        if not isinstance(behaviour, scenarios.Play) or not stream:
            return httpx.Response(200, json=generation.whole())
        self.last_stream = DemoStream(behaviour.script(scene), self._wait)
        return httpx.Response(
            200,
            headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"},
            stream=self.last_stream,
        )

    # ---------------------------------------------------------------------------------------------- refusals

    def _refusal(self, status: int, saying: Saying | None = None, **details: Any) -> httpx.Response:
        message = in_language(saying, self._language()) if saying is not None else ""
        return httpx.Response(status, json=error_json(status, message, language=self._language(), **details))

    def _too_long_refusal(self, length: int) -> httpx.Response:
        return self._refusal(
            400,
            (
                f"The request exceeds the context length of the model: {length} characters",
                f"Запрос превышает длину контекста модели: символов в нём {length}",
            ),
        )

    def _unknown_model(self, slug: object) -> httpx.Response:
        return self._refusal(404, (f"No such model: {slug}", f"Такой модели нет: {slug}"))

    def _not_allowed(self, allowed: str) -> httpx.Response:
        response = self._refusal(405)
        response.headers["Allow"] = allowed
        return response


def _whole(text: str | None, usual: int) -> int:
    """Parse a number of a query, from 1."""
    return int(text) if text and text.isascii() and text.isdigit() and int(text) else usual


def _models_json(category: str | None) -> dict[str, Any]:
    found = [model for model in CATALOGUE.values() if category in (None, model["category"])]
    return {"items": found, "total": len(found)}


def _with_unread_body(response: httpx.Response) -> httpx.Response:
    """Return the response as a network would deliver it, with its body unread."""
    if not response.is_stream_consumed:
        return response
    return httpx.Response(
        response.status_code, headers=response.headers, stream=httpx.ByteStream(response.content)
    )
