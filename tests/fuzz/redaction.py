"""A server that echoes the key, in any spelling and in any field, is never obeyed: the key stays in the request."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import unicodedata
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx

from elumenta_tui.api import ApiError, ElumentaClient
from elumenta_tui.api.events import StreamEvent
from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.chat.request import Request
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.process.crash import report
from tests.fuzz import fuzz

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = "nb_live_Fuzz0Key-1234567890_zyxwvutsrqponmlkjihg"

_INVISIBLE = "\u200b\u200c\u200d\u2060\u00ad\u202e\u2066\ufeff\ufe0f\ufe0e\u0301\u034f\x00\x1b\x9b\u3164\U000e0041 \t\n\u00a0"


def _spelling(random: Random) -> str:
    """The key as a text, disguised; JSON adds its own escapes later."""
    kind = random.randrange(6)
    if kind == 0:
        return KEY
    if kind == 1:
        between = random.choice(_INVISIBLE)
        return (
            "".join(c + (between if random.random() < random.choice((0.05, 1)) else "") for c in KEY[:-1])
            + KEY[-1]
        )
    if kind == 2:
        return "".join(f"%{ord(c):02{random.choice('xX')}}" if random.random() < 0.3 else c for c in KEY)
    if kind == 3:
        return "".join(
            random.choice((f"\\u{ord(c):04x}", f"\\x{ord(c):02x}", f"&#{ord(c)};", f"&#x{ord(c):x};", c))
            for c in KEY
        )
    data = ("x" * random.randrange(3) + KEY + "y" * random.randrange(3)).encode()
    return base64.b64encode(data).decode() if kind == 4 else data.hex()


def _dumped(random: Random, value: object) -> str:
    """JSON, with some letters escaped that need not be."""
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    if random.random() < 0.5:
        return text
    # Behind a backslash a letter is a part of an escape.
    return (
        re.sub(
            r"(\\.)|[A-Za-z0-9]",
            lambda found: found[0] if found[1] or random.random() < 0.6 else f"\\u{ord(found[0]):04x}",
            text,
        )
        if "\\u" not in text
        else text
    )


def _around(random: Random, spelling: str) -> str:
    return (
        random.choice(("", "a ", "n", "nb_", "x" * 470, KEY * 3 + " "))
        + spelling
        + random.choice(("", " b", "n", "."))
    )


def _event(random: Random, text: str) -> object:
    return random.choice(
        (
            {"type": "generation_start", "id": text, "model": "gpt-5"},
            {"type": "generation_start", "id": 1, "model": text},
            {"type": "generation_end", "id": text, "tokens_used": text, "balance_remaining": 5},
            {"type": "error", "message": text},
            {"error": {"message": text}},
            {"error": text},
            {"type": "error", "detail": text},
            {"type": text, "x": text},
            {"type": "note", text: [text]},
            {"type": "content_delta", "delta": [text]},
            {"type": "content_delta", "delta": {text: text}},
            {text: 1},
            [text],
            text,
        )
    )  # fmt: skip


def _stream(random: Random) -> bytes:
    lines: list[str] = []
    for _ in range(random.randint(1, 4)):
        text = _around(random, _spelling(random))
        if random.random() < 0.5:
            size = random.randint(1, 20)
            pieces = [text[at : at + size] for at in range(0, len(text), size)]
            lines += [_dumped(random, {"type": "content_delta", "delta": piece}) for piece in pieces]
        else:
            lines.append(
                random.choice(
                    (_dumped(random, _event(random, text)), text.replace("\n", " ").replace("\r", " "))
                )
            )
    lines += ['{"type": "generation_end", "id": 1}', "[DONE]"] if random.random() < 0.7 else []
    return "".join(f"data: {line}\n\n" for line in lines).encode("utf-8", "replace")


def _answer(random: Random) -> httpx.Response:
    """A response of any kind with the key somewhere in it."""
    text = _around(random, _spelling(random))
    match random.randrange(6):
        case 0 | 1:
            return httpx.Response(200, stream=Body(_stream(random)))
        case 2:
            status = random.choice((400, 401, 402, 429, 500, 503))
            body = _dumped(
                random, {"error": random.choice((text, "not_found", {"message": text})), "message": text}
            )
            return httpx.Response(status, stream=Body(random.choice((body, text)).encode("utf-8", "replace")))
        case 3:
            header = "".join(c for c in text if c not in "\r\n\0").encode("utf-8")
            name = random.choice((b"Location", b"Content-Encoding", b"Retry-After"))
            return httpx.Response(random.choice((307, 200, 429)), headers=[(name, header)], stream=Body(b"x"))
        case 4:
            state = random.choice(("completed", "pending", "failed", text))
            fields = ("id", "model", "content", "error", "result_url")
            body = _dumped(
                random, {"status": state} | {name: text for name in fields if random.random() < 0.6}
            )
            return httpx.Response(200, stream=Body(body.encode("utf-8", "replace")))
        case _:
            entry = dict.fromkeys(
                ("id", "slug", "name", "provider", "category", "min_plan", "model_slug", "prompt", "status",
                 "result_text", "created_at", "plan", "username", "email", "token_balance", "plan_expires_at"), text
            )  # fmt: skip
            body = _dumped(random, random.choice((entry, [entry], {"data": entry})))
            return httpx.Response(200, stream=Body(body.encode("utf-8", "replace")))


class Body(httpx.AsyncByteStream):
    """A body that httpx leaves as it is, whatever its headers say."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def __aiter__(self) -> Any:
        yield self._data


def _searchable(text: str) -> str:
    """A text without what a reader overlooks, written by itself and not with the program's own search."""
    for escape, base in ((r"\\+u00([0-9a-fA-F]{2})", 16), (r"\\+x([0-9a-fA-F]{2})", 16), (r"%(?:25)*([0-9a-fA-F]{2})", 16),
                         (r"&#x0*([0-9a-fA-F]{2});?", 16), (r"&#0*([0-9]{2,3});?", 10)):  # fmt: skip
        text = re.sub(escape, lambda found, base=base: chr(int(found[1], base)), text)  # type: ignore[misc]  # the default
    text = re.sub("⟦[^⟧]{1,9}⟧", "", text)
    return "".join(c for c in text if "!" <= c <= "~" or unicodedata.category(c)[0] == "L")


def shows_key(text: str, key: str = KEY) -> bool:
    """Whether a reader of a text can read the key out of it."""
    plain = _searchable(text)
    encoded = [base64.b64encode(b"\0" * shift + key.encode()).decode()[4:-4] for shift in range(3)]
    return any(form in plain for form in (key, key.encode().hex(), key.encode().hex().upper(), *encoded))


def _fields(value: Any) -> dict[str, Any]:
    """The fields of a data class or of a named tuple."""
    return value._asdict() if isinstance(value, tuple) else asdict(value)  # type: ignore[attr-defined]  # named


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in [*value, *value.values()] for text in _texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return [str(value)]


async def _told(random: Random) -> list[str]:
    """All that the client lets out when it is answered so: events, turns, values, errors, reports."""
    told: list[str] = []
    transport = httpx.MockTransport(lambda request: _answer(random))
    async with ElumentaClient(KEY, "http://127.0.0.1", transport=transport) as client:
        answer = Turn("hi").answer(DOCUMENTED_MODELS[0])
        calls: tuple[Callable[[], Awaitable[Any]], ...] = (
            lambda: _streamed(client, answer, told), lambda: client.generation("1"),
            client.balance, client.user, client.models, client.history,
        )  # fmt: skip
        call = calls[0] if random.random() < 0.6 else random.choice(calls)
        try:
            result = await call()
        except ApiError as error:
            answer.fail(error.failure())
            told += [str(error), repr(error), *_texts(error.args), report(error, NOW, key=KEY)]
        else:
            values = result if isinstance(result, list) else [result] if result is not None else []
            told += [text for value in values for text in _texts(_fields(value))]
        told += [answer.text, answer.generation_id, answer.served_by, repr(answer.failure)]
    return told


async def _streamed(client: ElumentaClient, answer: Answer, told: list[str]) -> None:
    async with aclosing(client.stream(Request.of("gpt-5", "hi"))) as reads:
        async for events in reads:
            for event in events:
                _note(event, answer, told)


def _note(event: StreamEvent, answer: Answer, told: list[str]) -> None:
    told += _texts(asdict(event))  # type: ignore[call-overload]  # every event is a dataclass
    event.apply(answer)


@fuzz(rounds=60)
def the_key_in_any_spelling(random: Random) -> None:
    for text in asyncio.run(_told(random)):
        assert not shows_key(text), ascii(text)
