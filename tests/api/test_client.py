"""The client against a server on the loopback that behaves as badly as networks, proxies and services do."""

from __future__ import annotations

import asyncio
import dataclasses
import email.utils
import gzip
import json
import logging
import socket
import ssl
import subprocess
import sys
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from elumenta_tui.api import (
    KINDS,
    ApiError,
    BadKey,
    BadUrl,
    Busy,
    ConnectionLost,
    ElumentaClient,
    NoConnection,
    NotAnAnswer,
    NotAuthenticated,
    Pending,
    Redirected,
    Stalled,
    StreamCut,
    TlsFailed,
    checked_key,
    redact_key,
)
from elumenta_tui.api.errors import error_from_response
from elumenta_tui.api.events import (
    ContentDelta,
    GenerationEnded,
    GenerationStarted,
    StreamDone,
    StreamEvent,
)
from elumenta_tui.api.time_limit import time_limit
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Billing
from elumenta_tui.chat.ledger import RateLimits
from elumenta_tui.chat.message import Message, Role
from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.chat.request import Options, Request
from elumenta_tui.chat.turn import Answer, AnswerState
from tests.service import (
    EVENT_STREAM,
    KEY,
    MODELS,
    VENDOR_STREAM,
    Close,
    Head,
    Pause,
    Raw,
    Reset,
    Service,
    answer,
    canonical,
    delta,
    each_byte,
    ended,
    json_response,
    response,
    service_thread,
    sse,
    started,
)
from tests.thorough import thorough

NUMBERS = "Here are the numbers: 1, 2, 3."
WORDS = ("Here", " are", " the", " numbers: 1, 2, 3.")
GOOD = answer(*WORDS)
THREE = sse(started(), delta("Here"), delta(" are"), delta(" the"), done=False)
REQUEST = Request.of("gpt-5", "hi")


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with Service() as running:
        yield running


def client_of(service: Service, idle: float = 5.0, connect: float = 1.0) -> ElumentaClient:
    return ElumentaClient(KEY, service.url, idle_timeout=idle, connect_timeout=connect)


@dataclasses.dataclass
class Outcome:
    """What one answer came to."""

    turn: Answer
    error: ApiError | None
    reads: list[list[StreamEvent]]

    @property
    def complete(self) -> bool:
        return self.turn.state is AnswerState.COMPLETE and self.error is None


async def ask(client: ElumentaClient, options: Options | None = None) -> Outcome:
    """One turn, as the app does it."""
    turn = Conversation().ask("hi", DOCUMENTED_MODELS[0], now=0.0)
    outcome = Outcome(turn, None, [])
    request = REQUEST.but(options=options or Options())
    try:
        async with asyncio.timeout(8), aclosing(client.stream(request)) as reads:
            async for events in reads:
                assert events
                outcome.reads.append(events)
                for event in events:
                    event.apply(turn)
    except ApiError as error:
        outcome.error = error
        turn.fail(error.failure())
    assert turn.over
    assert KEY not in f"{outcome.error} {outcome.error!r} {turn.failure}"
    assert outcome.error is None or str(outcome.error)
    return outcome


async def ask_for(service: Service, *script: Any, idle: float = 5.0) -> Outcome:
    service.queue(*script)
    async with client_of(service, idle) as client:
        return await ask(client)


# ------------------------------------------------------------------------------------------------ the request


@thorough
async def test_the_vendors_sample_is_a_complete_turn(service: Service) -> None:
    async with client_of(service) as client:
        outcome = await ask(client)
    assert outcome.complete
    assert outcome.turn.text == "Here are the numbers"
    assert (outcome.turn.charge.stated, outcome.turn.charge.after) == (3, 297)


async def test_the_sample_is_complete_without_the_blank_line_that_the_page_lacks(service: Service) -> None:
    assert (await ask_for(service, VENDOR_STREAM)).complete


async def test_the_request_is_as_documented(service: Service) -> None:
    history: list[tuple[Role, str]] = [
        ("system", "Кратко."),
        ("user", "Привет\u2028\ud800"),
        ("assistant", "да"),
        ("user", "ещё"),
    ]
    async with asyncio.timeout(5), client_of(service) as client:
        context = [Message.of(role, text) for role, text in history]
        async for _ in client.stream(Request.of("any/slug", context, Options(0.5, 100))):
            pass
    call = service.posts[0]
    assert (call.path, call.headers["authorization"]) == ("/api/v2/generate", f"Bearer {KEY}")
    assert call.headers["accept"] == "text/event-stream"
    assert call.headers["content-type"] == "application/json"
    assert call.headers["accept-encoding"] == "identity"
    assert call.headers["user-agent"].startswith("elumenta-tui/")
    history[1] = "user", "Привет\u2028?"
    assert call.json == {
        "model": "any/slug",
        "messages": [{"role": role, "content": text} for role, text in history],
        "stream": True,
        "temperature": 0.5,
        "max_tokens": 100,
    }
    assert "Привет".encode() in call.body


async def test_options_that_are_not_given_are_not_sent(service: Service) -> None:
    await ask_for(service, canonical())
    assert set(service.posts[0].json) == {"model", "messages", "stream"}


async def test_a_number_that_json_lacks_is_refused_before_anything_is_sent(service: Service) -> None:
    async with client_of(service) as client:
        outcome = await ask(client, Options(temperature=float("nan")))
    assert outcome.error is not None
    assert outcome.error.billing is Billing.NOTHING_SENT
    assert not service.requests


async def test_the_service_may_live_under_a_path(service: Service) -> None:
    async with asyncio.timeout(5), ElumentaClient(KEY, service.url + "/proxy/") as client:
        with pytest.raises(ApiError):
            await client.balance()
    assert service.requests[0].path == "/proxy/api/v2/balance"


# ------------------------------------------------------------------------------------- answers that are whole

MULTILINE = "".join(
    "".join(f"data: {line}\n" for line in json.dumps(event, indent=2).split("\n")) + "\n"
    for event in (started(), *map(delta, WORDS), ended())
).encode()

WHOLE: dict[str, list[Any]] = {
    "ok": [GOOD],
    "ok-ids-int": [
        sse(started(id=18473), *map(delta, WORDS), {"type": "generation_end", "id": 18473, "tokens_spent": 3})
    ],
    "crlf": [GOOD.replace(b"\n", b"\r\n")],
    "cr": [GOOD.replace(b"\n", b"\r"), Pause()],
    "crlf-split": GOOD.replace(b"\n", b"\r|\n").split(b"|"),
    "byte-chunks": each_byte(GOOD),
    "bom": [b"\xef", b"\xbb\xbf", sse(*map(delta, WORDS))],
    "comments": [b": hello\n", GOOD.replace(b"\ndata: {", b"\n: NO\n:" + b"x" * 8192 + b"\ndata: {")],
    "no-space": [GOOD.replace(b"data: {", b"data:{").replace(b"data: [", b"data:  [")],
    "multiline-data": [MULTILINE],
    "event-fields": [
        b"retry: 3000\n\nevent: ping\n\n",
        GOOD.replace(b"data: {", b"event: message\nid: 1\nretry: 1_000\ndata: {"),
    ],
    "ctype-json": [Head(200, {"Content-Type": "application/json"}), GOOD],
    "ctype-none": [Head(200, {}), GOOD],
    "ctype-charset": [Head(200, {"Content-Type": "text/event-stream; charset=utf-16"}), GOOD],
    "blank-start": [b"\r\n", b"\n", b" \n", GOOD],
    "end-then-open": [GOOD.removesuffix(b"data: [DONE]\n\n"), Pause()],
    "end-then-junk": [GOOD.removesuffix(b"data: [DONE]\n\n"), sse(delta("EXTRA"), "{", {"type": "error"})],
    "end-then-reset": [GOOD.removesuffix(b"data: [DONE]\n\n"), Reset()],
    "end-then-cut": [GOOD.removesuffix(b"data: [DONE]\n\n"), Raw(b"20\r\nx"), Close()],
    "end-then-garbage": [GOOD.removesuffix(b"data: [DONE]\n\n"), Raw(b"no chunk at all\r\n"), Close()],
    "no-done": [GOOD.removesuffix(b"data: [DONE]\n\n")],
    "no-end": [sse(started(), *map(delta, WORDS))],
    "no-start": [sse(*map(delta, WORDS))],
    "close-delimited": [Head(chunked=False), GOOD],
    "after-done": [GOOD, sse(delta("EXTRA")), answer("SECOND")],
    "after-done-open": [GOOD + sse(delta("EXTRA")), Pause()],
    "types-unknown": [
        sse(
            started(),
            {"type": "ping"},
            delta("Here are the"),
            {"type": "tool_call", "delta": "NO"},
            done=False,
        ),
        sse({"type": "usage", "n": 1}, delta(" numbers: 1, 2, 3."), {"type": "content_block"}, ended()),
    ],
    "reasoning": [
        sse(
            {"type": "thinking_delta", "delta": "NO"},
            *map(delta, WORDS),
            {"type": "reasoning_delta", "delta": "NO"},
        )
    ],
    "bad-json-mid": [sse(delta("Here are the"), "{oops", '{"type":', delta(" numbers: 1, 2, 3."), ended())],
    "delta-odd": [
        sse(delta("Here are the"), *map(delta, (None, 5, True, ["x"], {"a": 1}, "")), done=False),
        sse({"type": "content_delta"}, delta(" numbers: 1, 2, 3."), ended()),
    ],
    "json-a": json_response(
        200,
        {
            "id": "gen_1",
            "status": "completed",
            "model": "gpt-5",
            "content": NUMBERS,
            "tokens_used": 3,
            "balance_remaining": 297,
            "usage": {},
        },
    ),
    "json-b": json_response(
        200,
        {
            "id": 18473,
            "status": "completed",
            "model_slug": "gpt-5",
            "result_text": NUMBERS,
            "error": None,
            "tokens_spent": 3,
        },
    ),
    "json-ctype-sse": [json.dumps({"status": "completed", "content": NUMBERS}).encode()],
    "json-bom-bytes": each_byte(b'\xef\xbb\xbf\n {"content": ' + json.dumps(NUMBERS).encode() + b"}"),
}


@thorough
@pytest.mark.parametrize("case", WHOLE)
async def test_a_whole_answer_is_complete_however_it_comes(service: Service, case: str) -> None:
    outcome = await ask_for(service, WHOLE[case])
    assert outcome.turn.text == NUMBERS
    assert outcome.complete, outcome


@thorough
@pytest.mark.parametrize("case", ["ok", "crlf", "json-a", "end-then-reset", "end-then-open"])
async def test_the_end_states_cost_and_balance(service: Service, case: str) -> None:
    turn = (await ask_for(service, WHOLE[case])).turn
    assert (turn.charge.stated, turn.charge.after) == (3, 297)


@pytest.mark.parametrize(("case", "cost"), [("ok-ids-int", 3), ("json-b", 3), ("no-end", None)])
async def test_a_balance_that_was_not_stated_is_unknown(
    service: Service, case: str, cost: int | None
) -> None:
    turn = (await ask_for(service, WHOLE[case])).turn
    assert (turn.charge.stated, turn.charge.after) == (cost, None)


@thorough
@pytest.mark.parametrize(
    ("balance", "shown"), [(None, None), (-5, -5), (12.5, 12.5), ("297", 297), ([], None)]
)
async def test_any_balance_in_the_end_is_survived(service: Service, balance: object, shown: object) -> None:
    outcome = await ask_for(service, answer("A").replace(b"297", json.dumps(balance).encode()))
    assert outcome.complete
    assert outcome.turn.charge.after == shown


async def test_text_cut_inside_its_characters_is_whole_again(service: Service) -> None:
    text = "Привет, мир! Это «проверка» — ёж, 你好, 👩‍👩‍👧‍👦 и é."
    assert (await ask_for(service, each_byte(answer(text)))).turn.text == text


async def test_separators_do_not_end_an_event_and_end_lines_of_the_text(service: Service) -> None:
    raw = 'data: {"type": "content_delta", "delta": "a\u2028b\u2029c\x85d\\u000be\\u001cf"}\n\n'.encode()
    assert (await ask_for(service, raw + sse(ended()))).turn.text == "a\nb\nc\nd\nef"


async def test_a_character_cut_over_two_deltas_is_whole_however_the_answer_ends(service: Service) -> None:
    smile = ['{"type": "content_delta", "delta": "A\\r"}', '{"type": "content_delta", "delta": "\\n\\ud83d"}']
    other = '{"type": "content_delta", "delta": "\\ude00 API\\u200c"}'
    for last, text in (
        (sse(*smile, other, ended()), "A\n😀 API⟦ZWNJ⟧"),
        (sse(*smile, ended()), "A\n\ufffd"),
        (sse(*smile), "A\n\ufffd"),
        (sse(*smile, {"type": "error", "message": "no more"}), "A\n\ufffd"),
        (sse(*smile, done=False), "A\n\ufffd"),
    ):
        assert (await ask_for(service, last)).turn.text == text
    assert (await ask_for(service, sse(*smile, done=False), Reset())).turn.text == "A\n\ufffd"


async def test_terminal_commands_cut_over_deltas_come_out_harmless(service: Service) -> None:
    evil = "A\x1b]52;c;eA==\x07\x1b[6n\u202e\ud800Z"
    script = b"".join(b"data: %b\n\n" % json.dumps(delta(letter)).encode() for letter in evil)
    turn = (await ask_for(service, script + sse(ended()))).turn
    assert turn.text == "A]52;c;eA==[6n⟦RLO⟧\ufffdZ"


async def test_an_end_without_text_is_an_empty_answer(service: Service) -> None:
    turn = (await ask_for(service, sse(started(), ended()))).turn
    assert turn.failure is not None
    assert turn.failure.kind == "empty_answer"


async def test_an_open_connection_after_the_end_is_left_within_three_seconds(service: Service) -> None:
    start = time.monotonic()
    assert (await ask_for(service, WHOLE["end-then-open"])).complete
    assert time.monotonic() - start < 3
    async with asyncio.timeout(3):
        await service.posts[0].client_gone.wait()


async def test_chatter_after_the_end_does_not_keep_the_turn_alive(service: Service) -> None:
    gate = Pause()
    service.queue(GOOD.removesuffix(b"data: [DONE]\n\n"), gate, *[b": still here\n\n"] * 100, Pause())
    async with client_of(service) as client:
        turn = asyncio.create_task(ask(client))
        async with asyncio.timeout(5):
            await gate.reached.wait()
            gate.event.set()
            assert (await turn).complete


async def test_words_arrive_while_they_come(service: Service) -> None:
    pauses = [Pause() for _ in range(3)]
    steps: list[Any] = [sse(started(), done=False)]
    for at, pause in enumerate(pauses):
        steps += [sse(delta(f"w{at} "), done=False), pause]
    service.queue(*steps, sse(ended()))
    async with (
        asyncio.timeout(5),
        client_of(service) as client,
        aclosing(client.stream(REQUEST)) as reads,
    ):
        seen: list[StreamEvent] = []
        for at, pause in enumerate(pauses):
            while ContentDelta(f"w{at} ") not in seen:
                seen += await anext(reads)
            assert ContentDelta(f"w{at + 1} ") not in seen
            pause.event.set()
        rest = [event async for events in reads for event in events]
    assert rest == [GenerationEnded("gen_01j9x2abc123", 3, 297), StreamDone()]


async def test_what_comes_in_one_read_is_given_in_one_list(service: Service) -> None:
    outcome = await ask_for(
        service, [Head(), Raw(b"".join(b"%x\r\n%b\r\n" % (len(e), e) for e in each_event(GOOD)))]
    )
    assert len(outcome.reads) <= 2
    assert outcome.complete


def each_event(stream: bytes) -> list[bytes]:
    return [event + b"\n\n" for event in stream.split(b"\n\n") if event]


@thorough
async def test_thirty_thousand_tiny_deltas_are_read_in_two_seconds(service: Service) -> None:
    stream = sse(*[delta("x")] * 30_000, ended())
    start = time.process_time()
    outcome = await ask_for(service, stream)
    assert outcome.complete
    assert len(outcome.turn.text) == 30_000
    assert time.process_time() - start < 2


async def test_a_slow_taker_is_waited_for_and_does_not_count_as_silence(service: Service) -> None:
    service.queue(sse(started(), delta("A"), done=False), Pause())
    async with (
        asyncio.timeout(5),
        client_of(service, idle=0.3) as client,
        aclosing(client.stream(REQUEST)) as reads,
    ):
        await anext(reads)
        await asyncio.sleep(0.5)
        start = time.monotonic()
        with pytest.raises(Stalled):
            await anext(reads)
        assert time.monotonic() - start > 0.2


# ------------------------------------------------------------------------------------------------ compression


def zipped(pack: Any) -> list[Any]:
    parts = [pack.compress(event) + pack.flush(zlib.Z_SYNC_FLUSH) for event in each_event(GOOD)]
    return [*parts, pack.flush()]


@thorough
@pytest.mark.parametrize(
    ("encoding", "steps"),
    [
        ("gzip", zipped(zlib.compressobj(wbits=31))),
        ("deflate", zipped(zlib.compressobj())),
        ("X-GZIP", each_byte(gzip.compress(GOOD))),
        ("gzip", [gzip.compress(GOOD[:200]) + gzip.compress(GOOD[200:])]),
        ("identity", [GOOD]),
    ],
    ids=["gzip per event", "deflate", "gzip per byte", "two members", "identity"],
)
async def test_compressed_answers_are_read(service: Service, encoding: str, steps: list[Any]) -> None:
    outcome = await ask_for(service, Head(200, {**EVENT_STREAM, "Content-Encoding": encoding}), steps)
    assert outcome.complete
    assert outcome.turn.text == NUMBERS


async def test_a_compressed_answer_that_is_cut_short_is_interrupted(service: Service) -> None:
    head = Head(200, {**EVENT_STREAM, "Content-Encoding": "gzip"})
    pack = zlib.compressobj(wbits=31)
    outcome = await ask_for(service, head, pack.compress(THREE) + pack.flush(zlib.Z_SYNC_FLUSH))
    assert outcome.turn.state is AnswerState.INTERRUPTED
    assert isinstance(outcome.error, StreamCut)


async def test_a_damaged_compressed_answer_is_interrupted(service: Service) -> None:
    head = Head(200, {**EVENT_STREAM, "Content-Encoding": "gzip"})
    pack = zlib.compressobj(wbits=31)
    outcome = await ask_for(service, head, pack.compress(THREE) + pack.flush(zlib.Z_SYNC_FLUSH), b"\xff" * 50)
    assert outcome.turn.text == "Here are the"
    assert isinstance(outcome.error, StreamCut)


async def test_an_unknown_encoding_is_no_answer(service: Service) -> None:
    outcome = await ask_for(
        service, Head(200, {**EVENT_STREAM, "Content-Encoding": "br"}), b"\x0b\x02\x80garbage"
    )
    assert isinstance(outcome.error, NotAnAnswer)
    assert "br" in str(outcome.error)


@thorough
async def test_a_compressed_flood_of_comments_costs_no_memory(service: Service) -> None:
    pack = zlib.compressobj(wbits=31)
    flood = pack.compress(b":") + b"".join(pack.compress(b"x" * 1_000_000) for _ in range(100))
    flood += pack.compress(b"\n\n" + GOOD) + pack.flush()
    outcome = await ask_for(service, Head(200, {**EVENT_STREAM, "Content-Encoding": "gzip"}), flood)
    assert outcome.complete


# --------------------------------------------------------------------------------- answers that are not whole

BROKEN: list[tuple[str, list[Any], type[ApiError], str]] = [
    ("eof-clean", [THREE], StreamCut, "Here are the"),
    ("eof-close", [Head(chunked=False), THREE], StreamCut, "Here are the"),
    ("eof-unfinished-event", [THREE, b"data: [DONE]\n"], StreamCut, "Here are the"),
    ("rst-mid", [THREE, Reset()], ConnectionLost, "Here are the"),
    ("fin-in-chunk", [THREE, Raw(b"20\r\ndata: "), Close()], ConnectionLost, "Here are the"),
    ("fin-at-chunk", [THREE, Close()], ConnectionLost, "Here are the"),
    (
        "short-length",
        [Head(200, {"Content-Length": "9999"}, chunked=False), THREE],
        ConnectionLost,
        "Here are the",
    ),
    ("rst-before-head", [Reset()], ConnectionLost, ""),
    ("fin-before-head", [Close()], ConnectionLost, ""),
    ("fin-in-head", [Raw(b"HTTP/1.1 200 OK\r\nCont"), Close()], ConnectionLost, ""),
    ("rst-after-head", [Head(), Reset()], ConnectionLost, ""),
    ("rst-after-start", [sse(started(), done=False), Reset()], ConnectionLost, ""),
    ("eof-after-start", [sse(started(), done=False)], StreamCut, ""),
    ("no-http", [Raw(b"SSH-2.0-OpenSSH_9.2\r\n"), Close()], ConnectionLost, ""),
    (
        "huge-header",
        [Raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"), Close()],
        ConnectionLost,
        "",
    ),
    ("only-comments", [b": hello\n\n"], StreamCut, ""),
    (
        "html-200",
        response(200, b"\n<!doctype html><form>ZQX</form>", {"Content-Type": "text/html"}),
        NotAnAnswer,
        "",
    ),
    ("html-as-sse", [b"<html>ZQX"], NotAnAnswer, ""),
    ("text-200", response(200, b"Service is busy ZQX", {"Content-Type": "text/plain"}), NotAnAnswer, ""),
    ("empty-200", response(200, b"", EVENT_STREAM), NotAnAnswer, ""),
    ("blank-200", response(200, b" \n\n\n", EVENT_STREAM), NotAnAnswer, ""),
    ("204", [Head(204, {}, chunked=False)], NotAnAnswer, ""),
    ("json-empty", json_response(200, {}), NotAnAnswer, ""),
    ("json-cut", response(200, b'{"status": "completed", "cont', {}), NotAnAnswer, ""),
    ("json-bomb", response(200, b'{"a":' * 50_000, {}), NotAnAnswer, ""),
    ("json-pending", json_response(200, {"id": "gen_77", "status": "pending"}), Pending, ""),
    (
        "json-processing",
        json_response(202, {"id": 18473, "status": "processing", "progress": 45}),
        Pending,
        "",
    ),
    ("json-error", json_response(200, {"error": "model_unavailable", "message": "later"}), Busy, ""),
    ("json-error-text", json_response(200, {"error": "Q-9"}), ApiError, ""),
    ("json-error-event", json_response(200, {"type": "error", "message": "Q-9"}), ApiError, ""),
]


@pytest.mark.parametrize(
    ("script", "kind", "text"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
async def test_an_answer_that_is_not_whole_is_a_typed_error_and_keeps_its_text(
    service: Service, script: list[Any], kind: type[ApiError], text: str
) -> None:
    outcome = await ask_for(service, script)
    assert isinstance(outcome.error, kind)
    assert outcome.turn.text == text
    assert outcome.turn.state is (AnswerState.INTERRUPTED if text else AnswerState.FAILED)
    assert "ZQX" not in str(outcome.error)
    assert outcome.error.billing in (Billing.UNKNOWN, KINDS[outcome.error.kind].billing)
    assert len(service.posts) == 1


async def test_a_pending_answer_tells_its_id(service: Service) -> None:
    outcome = await ask_for(service, json_response(200, {"id": "gen_77", "status": "pending"}))
    assert outcome.error is not None
    assert outcome.error.message == "gen_77"
    assert "gen_77" in str(outcome.error)


@pytest.mark.parametrize("error", ["M-4", {"message": "M-4"}])
async def test_a_failed_json_answer_says_why_and_costs_nothing(service: Service, error: object) -> None:
    turn = (await ask_for(service, json_response(200, {"id": 1, "status": "failed", "error": error}))).turn
    assert turn.failure is not None
    assert (turn.failure.message, turn.failure.billing) == ("M-4", Billing.NOT_CHARGED)


async def test_an_error_event_ends_the_stream_with_the_services_words(service: Service) -> None:
    script = sse(delta("Here are the"), {"type": "error", "message": f"quota-7731 {KEY}"}, delta("EXTRA"))
    outcome = await ask_for(service, script, Pause())
    assert outcome.error is None
    assert (outcome.turn.state, outcome.turn.text) == (AnswerState.INTERRUPTED, "Here are the")
    assert outcome.turn.failure is not None
    assert outcome.turn.failure.message == "quota-7731 nb_…"


async def test_silence_is_a_stall_and_keeps_the_text(service: Service) -> None:
    outcome = await ask_for(service, THREE, Pause(), idle=0.3)
    assert isinstance(outcome.error, Stalled)
    assert (outcome.turn.state, outcome.turn.text) == (AnswerState.INTERRUPTED, "Here are the")
    async with asyncio.timeout(3):
        await service.posts[0].client_gone.wait()


async def test_silence_before_the_head_is_a_stall(service: Service) -> None:
    service.queue(Pause())
    async with client_of(service, idle=0.2, connect=0.1) as client:
        outcome = await ask(client)
    assert isinstance(outcome.error, Stalled)
    assert outcome.error.billing is Billing.UNKNOWN


async def test_comments_and_pings_are_no_sign_of_text(service: Service) -> None:
    beats: list[Any] = []
    pauses = [Pause() for _ in range(200)]
    for pause in pauses:
        beats += [b": ping\n\n" + sse({"type": "ping"}, delta(""), done=False), pause]
    service.queue(sse(delta("A"), done=False), *beats)

    async def tick() -> None:
        for pause in pauses:
            await pause.reached.wait()
            await asyncio.sleep(0.05)
            pause.event.set()

    ticking = asyncio.create_task(tick())
    async with client_of(service, idle=0.5) as client:
        start = time.monotonic()
        outcome = await ask(client)
    ticking.cancel()
    assert isinstance(outcome.error, Stalled)
    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "endless",
    [b"data: " + b"x" * 60_000_000, b"data\n" * 3_000_000, b"x" * 60_000_000],
    ids=["data", "lines", "field"],
)
async def test_an_event_without_an_end_is_given_up_before_it_fills_the_memory(
    service: Service, endless: bytes
) -> None:
    packed = gzip.compress(sse(started(), delta("Part"), done=False) + endless, 1)
    del endless
    service.queue(Head(200, {**EVENT_STREAM, "Content-Encoding": "gzip"}), packed)
    tracemalloc.start()
    try:
        async with client_of(service) as client:
            outcome = await ask(client)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(outcome.error, StreamCut)
    assert "too long" in str(outcome.error)
    assert outcome.turn.text == "Part"
    assert peak < 100_000_000


@pytest.mark.parametrize("ending", ["", "/", "/api", "/api/", "/api/v2", "/api/v2/"])
async def test_an_address_may_end_as_the_documents_write_it(service: Service, ending: str) -> None:
    async with ElumentaClient(KEY, service.url + ending) as client:
        assert (await client.balance()).tokens == 300
    assert [call.path for call in service.requests] == ["/api/v2/balance"]


async def test_no_two_moments_are_named_for_the_end_of_a_limit(service: Service) -> None:
    now = int(time.time())
    headers = {"X-RateLimit-Remaining-Hour": "0", "X-RateLimit-Reset-Hour": str(now + 60)}
    service.queue(json_response(429, {"error": "rate_limit_exceeded", "retry_after": 2400}, headers))
    async with client_of(service) as client:
        outcome = await ask(client)
        assert outcome.error is not None
        assert outcome.error.retry_after == 2400
        assert client.limits is not None
        assert now + 2390 < (client.limits.hour_resets_at or 0) < now + 2430


async def test_an_answer_that_came_while_the_process_was_stopped_is_read() -> None:
    hold = Pause()
    with service_thread() as service:
        service.queue(hold, canonical())
        async with ElumentaClient(KEY, service.url, idle_timeout=0.3) as client:
            asking = asyncio.ensure_future(ask(client))
            await asyncio.to_thread(service.wait_reached, hold)
            # Some looks at the clock, then a pause in which the whole answer comes.
            await asyncio.sleep(0.1)
            service.release(hold)
            time.sleep(1.2)  # noqa: ASYNC251 - as Ctrl+Z does
            outcome = await asyncio.wait_for(asking, 8)
    assert outcome.error is None
    assert outcome.turn.state is AnswerState.COMPLETE


async def test_time_in_which_the_process_was_stopped_is_not_counted() -> None:
    async def wait(left_after_the_pause: list[float]) -> None:
        async with time_limit(0.4) as left:
            await asyncio.sleep(0.05)
            time.sleep(1.0)  # noqa: ASYNC251 - as Ctrl+Z does
            await asyncio.sleep(0.05)
            left_after_the_pause.append(left.left)
            await asyncio.sleep(20)

    began = time.monotonic()
    seen: list[float] = []
    with pytest.raises(TimeoutError):
        await wait(seen)
    assert seen[0] > 1.5
    assert 2.9 < time.monotonic() - began < 10


async def test_a_process_that_was_stopped_looks_once_more_before_it_gives_up(service: Service) -> None:
    pause = Pause()
    service.queue(sse(delta("Here"), done=False), pause, sse(delta(" are"), ended()))
    async with (
        asyncio.timeout(8),
        client_of(service, idle=0.2) as client,
        aclosing(client.stream(REQUEST)) as reads,
    ):
        events = await anext(reads)
        more = asyncio.ensure_future(anext(reads))
        await pause.reached.wait()
        time.sleep(0.9)  # noqa: ASYNC251 - as Ctrl+Z does, for the client and for this server
        pause.event.set()
        events += await more
        events += [event async for batch in reads for event in batch]
    assert [event.text for event in events if isinstance(event, ContentDelta)] == ["Here", " are"]


# ---------------------------------------------------------------------------------------------- leaving early


async def test_leaving_early_closes_the_connection_at_once(service: Service) -> None:
    service.queue(THREE, Pause())
    async with asyncio.timeout(5), client_of(service) as client:
        async with aclosing(client.stream(REQUEST)) as reads:
            await anext(reads)
        await service.posts[0].client_gone.wait()
        await asyncio.sleep(0)
    assert service.posts[0].ended in ("", "client_gone")


@pytest.mark.parametrize(
    "script", [[THREE, Pause()], [Pause()], [Head(), Pause()]], ids=["text", "no head", "head"]
)
async def test_cancelling_closes_the_connection_at_once(service: Service, script: list[Any]) -> None:
    service.queue(script)
    async with asyncio.timeout(5), client_of(service) as client:
        task = asyncio.create_task(ask(client))
        call = await service.posted()
        pause = script[-1]
        await pause.reached.wait()
        task.cancel()
        start = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        await call.client_gone.wait()
        assert time.monotonic() - start < 1


async def test_a_client_closed_in_mid_answer_raises_a_typed_error(service: Service) -> None:
    pause = Pause()
    service.queue(THREE, pause)
    client = client_of(service)
    task = asyncio.create_task(ask(client))
    async with asyncio.timeout(5):
        await pause.reached.wait()
        await client.aclose()
        outcome = await task
    assert isinstance(outcome.error, ApiError)


async def test_a_closed_client_says_so(service: Service) -> None:
    client = client_of(service)
    await client.aclose()
    with pytest.raises(NoConnection, match="closed"):
        await client.balance()
    assert isinstance((await ask(client)).error, NoConnection)


# ----------------------------------------------------------------------------------------------------- errors

NGINX = b"<html><center><h1>502 Bad Gateway</h1></center></html>"
FREE, UNKNOWN = Billing.NOT_CHARGED, Billing.UNKNOWN


def says(code: str, message: str = "F-11", **more: object) -> bytes:
    return json.dumps({"error": code, "message": message, "details": {}, **more}).encode()


ERRORS: list[tuple[int, bytes, str, str, Billing]] = [
    # HTTP status, body → kind, message, charge
    (400, says("bad_request"), "bad_request", "F-11", FREE),
    (401, says("not_authenticated"), "not_authenticated", "F-11", FREE),
    (401, says("token_expired"), "token_expired", "F-11", FREE),
    (402, says("insufficient_tokens"), "insufficient_tokens", "F-11", FREE),
    (403, says("insufficient_plan"), "insufficient_plan", "F-11", FREE),
    (404, says("not_found"), "not_found", "F-11", FREE),
    (
        422,
        says("validation_error", "temperature must be 0.0-2.0"),
        "validation_error",
        "temperature must be 0.0-2.0",
        FREE,
    ),
    (429, says("rate_limit_exceeded", retry_after=2), "rate_limit_exceeded", "F-11", FREE),
    (500, says("provider_error", "P-5"), "provider_error", "P-5", FREE),
    (503, says("model_unavailable"), "model_unavailable", "F-11", FREE),
    # The code wins over the status, and the status stands in for a code that is unknown or absent.
    (400, says("insufficient_tokens"), "insufficient_tokens", "F-11", FREE),
    (402, says("brand_new"), "insufficient_tokens", "F-11", FREE),
    (401, b"", "not_authenticated", "", FREE),
    (403, b"<html>Forbidden</html>", "insufficient_plan", "", FREE),
    (429, b"slow down", "rate_limit_exceeded", "slow down", FREE),
    (500, b'{"detail": "oops"}', "provider_error", "oops", FREE),
    (500, NGINX, "provider_error", "", UNKNOWN),
    (503, b"", "model_unavailable", "", UNKNOWN),
    # Gateways and the rest.
    (502, NGINX, "http_error", "", UNKNOWN),
    (504, NGINX, "http_error", "", UNKNOWN),
    (520, b"error code: 520", "http_error", "error code: 520", UNKNOWN),
    (502, b'{"message": "bad gateway"}', "http_error", "bad gateway", UNKNOWN),
    (418, b"", "http_error", "", FREE),
    # Odd bodies.
    (400, b'{"error": {"code": "bad_request", "message": "nested"}}', "bad_request", "nested", FREE),
    (400, b'{"error": {"type": "bad_request"}}', "bad_request", "", FREE),
    (400, b'{"error": "bad_request"}', "bad_request", "", FREE),
    (400, b'{"error": ["x"], "message": 5}', "bad_request", "", FREE),
    (400, b"[1]", "bad_request", "", FREE),
    (400, b"{", "bad_request", "", FREE),
    (400, b"\xef\xbb\xbf" + says("bad_request"), "bad_request", "F-11", FREE),
    (400, b'{"a":' * 5000, "bad_request", "", FREE),
    (400, b'{"message": ' + b"9" * 5000 + b"}", "bad_request", "", FREE),
    (400, b"\xff\xfe\x00\x01", "bad_request", "\ufffd\ufffd", FREE),
    (400, says("bad_request", "a\x1b[31mb\n\nc\u202e\ud800"), "bad_request", "a[31mb c⟦RLO⟧\ufffd", FREE),
    (401, says("not_authenticated", f"bad key {KEY}!"), "not_authenticated", "bad key nb_…!", FREE),
    (401, says("not_authenticated", f"bad key {KEY[:20]}"), "not_authenticated", "bad key nb_…", FREE),
    (401, says("not_authenticated", KEY[:20] + "\0" + KEY[20:]), "not_authenticated", "nb_…", FREE),
    (401, f"bad key {KEY}".encode(), "not_authenticated", "bad key nb_…", FREE),
    (400, says("bad_request", "m" * 5000), "bad_request", "m" * 499 + "…", FREE),
    (400, says("cut"), "bad_request", "F-11", FREE),
]


@pytest.mark.parametrize(
    ("status", "body", "kind", "message", "charge"),
    ERRORS,
    ids=[f"{row[0]}-{row[1][:40]!r}" for row in ERRORS],
)
async def test_an_error_of_the_service_is_read_as_what_it_means(
    service: Service, status: int, body: bytes, kind: str, message: str, charge: Billing
) -> None:
    outcome = await ask_for(service, response(status, body, {}))
    error = outcome.error
    assert isinstance(error, KINDS[kind].error)
    assert (error.kind, error.message, error.status, error.billing) == (kind, message, status, charge)
    assert str(error).startswith(KINDS[kind].sentence)
    failure = outcome.turn.failure
    assert failure is not None
    assert (failure.kind, failure.message, failure.status, failure.billing) == (kind, message, status, charge)
    assert len(service.posts) == 1


def test_every_documented_code_has_its_row() -> None:
    documented = {
        "bad_request": 400,
        "not_authenticated": 401,
        "token_expired": 401,
        "insufficient_tokens": 402,
        "insufficient_plan": 403,
        "not_found": 404,
        "validation_error": 422,
        "rate_limit_exceeded": 429,
        "provider_error": 500,
        "model_unavailable": 503,
    }
    assert {name: row.status for name, row in KINDS.items() if row.status is not None} == documented


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_sentence_with_and_without_a_message(kind: str) -> None:
    row = KINDS[kind]
    assert str(row.error(kind=kind)) == f"{row.sentence}."
    assert str(row.error("why", kind=kind, status=500)) == f"{row.sentence} (HTTP 500): why"


@pytest.mark.parametrize(
    ("body", "header", "seconds"),
    [
        ({"retry_after": 2}, "", 2),
        ({"error": {"code": "rate_limit_exceeded", "retry_after": 4}}, "", 4),
        ({}, "2", 2),
        ({"retry_after": 2}, "30", 30),
        ({"retry_after": "7.5"}, "3", 7.5),
        ({"retry_after": 864_000}, "", 864_000),
        ({"retry_after": -1}, "-5", None),
        ({"retry_after": True}, "soon", None),
        ({"retry_after": float("inf")}, "", None),
        ({"retry_after": float("nan")}, "nan", None),
        ({"retry_after": 10**400}, "9" * 5000, None),
        ({}, "Wed, 21 Oct 2026 07:28:00 GMT", 60),
        ({}, "Wed, 21 Oct 2026 07:26:00 GMT", 0),
        ({}, "Wed, 99 Oct 2026 07:26:00 GMT", None),
        ({}, "", None),
    ],
)
def test_the_longer_of_the_two_waits_counts(body: dict[str, Any], header: str, seconds: float | None) -> None:
    raw = json.dumps({"error": "rate_limit_exceeded", **body}).encode()
    error = error_from_response(429, raw, retry_after=header, now=lambda: 1792567620.0)
    assert error.retry_after == seconds
    assert error.failure().retry_after == seconds


async def test_the_wait_of_a_429_is_read_from_the_wire(service: Service) -> None:
    outcome = await ask_for(
        service, json_response(429, {"error": "rate_limit_exceeded", "retry_after": 2}, {"Retry-After": "4"})
    )
    assert isinstance(outcome.error, Busy)
    assert outcome.error.retry_after == 4


@pytest.mark.parametrize(
    ("left", "resets_in", "wait"), [("0", 1800, 1800), ("1", 1800, None), ("0", -60, None), ("0", None, None)]
)
async def test_a_429_without_a_wait_is_over_when_the_hour_is(
    service: Service, left: str, resets_in: int | None, wait: int | None
) -> None:
    # The service's clock is an hour behind ours.
    there = time.time() - 3600
    headers = {
        "Date": email.utils.formatdate(there, usegmt=True),
        "X-RateLimit-Remaining-Hour": left,
        "X-RateLimit-Reset-Hour": "" if resets_in is None else str(int(there) + resets_in),
    }
    outcome = await ask_for(service, json_response(429, {"error": "rate_limit_exceeded"}, headers))
    assert outcome.error is not None
    assert outcome.error.retry_after == (None if wait is None else pytest.approx(wait, abs=5))


async def test_an_endless_error_body_is_not_waited_for(service: Service) -> None:
    outcome = await ask_for(service, Head(502, {}), [b"<" + b"x" * 1000] * 80, Pause())
    assert outcome.error is not None
    assert outcome.error.status == 502


async def test_an_error_body_that_breaks_off_is_still_an_error(service: Service) -> None:
    outcome = await ask_for(service, Head(500, {}), says("provider_error", "P-5"), Reset())
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.error.message) == ("provider_error", "P-5")


async def test_an_error_body_in_an_unknown_encoding_is_still_an_error(service: Service) -> None:
    outcome = await ask_for(service, Head(500, {"Content-Encoding": "br"}), b"garbage")
    assert outcome.error is not None
    assert outcome.error.status == 500


@thorough
@pytest.mark.parametrize("status", [301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("where", ["other", "same", "http://[broken", ""])
async def test_redirects_are_not_followed(service: Service, status: int, where: str) -> None:
    async with Service() as other:
        target = {"other": other.url + "/api/v2/generate", "same": "/api/v2/generate"}.get(where, where)
        outcome = await ask_for(service, Head(status, {"Location": target} if target else {}, chunked=False))
        assert not other.requests
    assert isinstance(outcome.error, Redirected)
    assert outcome.error.status == status
    assert len(service.requests) == 1


# ---------------------------------------------------------------------------------------------- no connection


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_refused_connection_has_sent_nothing(host: str) -> None:
    async with ElumentaClient(KEY, f"http://{host}:{closed_port()}") as client:
        outcome = await ask(client)
    assert isinstance(outcome.error, NoConnection)
    assert (outcome.error.kind, outcome.error.billing) == ("no_connection", Billing.NOTHING_SENT)
    assert outcome.error.message
    assert "connection" in str(outcome.error).lower()


async def test_a_host_without_an_address_has_sent_nothing() -> None:
    async with ElumentaClient(KEY, "https://host.invalid") as client:
        outcome = await ask(client)
    assert isinstance(outcome.error, NoConnection)
    assert outcome.error.billing is Billing.NOTHING_SENT


@thorough
@pytest.mark.parametrize("url", ["https://a..b", "https://" + "a" * 70 + ".ru", "https://*"])
async def test_a_host_that_is_no_name_is_a_typed_error(url: str) -> None:
    with pytest.raises(ApiError):
        async with asyncio.timeout(5), ElumentaClient(KEY, url) as client:
            await client.balance()


async def test_tls_to_a_server_without_it_is_told_as_tls(service: Service) -> None:
    async with ElumentaClient(KEY, service.url.replace("http:", "https:")) as client:
        outcome = await ask(client)
    assert isinstance(outcome.error, TlsFailed | NoConnection)
    assert outcome.error.billing is Billing.NOTHING_SENT
    assert not service.requests


class Failing(httpx.AsyncBaseTransport):
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise self.error


@pytest.mark.parametrize(
    ("raised", "kind", "charge"),
    [
        (httpx.ConnectError(""), "no_connection", Billing.NOTHING_SENT),
        (httpx.ConnectTimeout(""), "no_connection", Billing.NOTHING_SENT),
        (httpx.PoolTimeout(""), "no_connection", Billing.NOTHING_SENT),
        (httpx.ProxyError(KEY), "proxy_refused", Billing.NOTHING_SENT),
        (httpx.ProxyError(f"407 {KEY}"), "proxy_refused", Billing.NOTHING_SENT),
        (httpx.ReadTimeout(""), "connection_lost", Billing.UNKNOWN),
        (httpx.WriteTimeout(""), "connection_lost", Billing.UNKNOWN),
        (httpx.ReadError(""), "connection_lost", Billing.UNKNOWN),
        (httpx.RemoteProtocolError(""), "connection_lost", Billing.UNKNOWN),
        (httpx.LocalProtocolError(f"Illegal header value {KEY}"), "connection_lost", Billing.UNKNOWN),
        (httpx.InvalidURL(KEY), "bad_url", Billing.NOTHING_SENT),
        (httpx.UnsupportedProtocol(""), "bad_url", Billing.NOTHING_SENT),
        (httpx.DecodingError(""), "cut", Billing.UNKNOWN),
        (httpx.StreamClosed(), "connection_lost", Billing.UNKNOWN),
        (ssl.SSLError(1, KEY), "connection_lost", Billing.UNKNOWN),
        (TimeoutError(), "connection_lost", Billing.UNKNOWN),
        (UnicodeEncodeError("ascii", KEY, 0, 1, "no"), "bad_url", Billing.NOTHING_SENT),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_whatever_httpx_raises_becomes_a_typed_error(
    raised: Exception, kind: str, charge: Billing
) -> None:
    async with ElumentaClient(KEY, transport=Failing(raised)) as client:
        outcome = await ask(client)
        assert outcome.error is not None
        assert (outcome.error.kind, outcome.error.billing) == (kind, charge)
        with pytest.raises(ApiError) as caught:
            await client.models()
        assert KEY not in f"{caught.value} {caught.value!r}"


# ------------------------------------------------------------------------------------------ building a client


@thorough
@pytest.mark.parametrize("wrap", ["{}\n", "{}\r\n", "\ufeff{}", "  {} \t", '"{}"', "'{}'\n", "\ufeff {}\n\n"])
async def test_what_surrounds_a_key_in_a_file_is_taken_off(service: Service, wrap: str) -> None:
    async with asyncio.timeout(5), ElumentaClient(wrap.format(KEY), service.url) as client:
        await client.balance()
    assert service.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "  \n",
        '""',
        f"{KEY[:20]} {KEY[20:]}",
        f"{KEY}ж",
        f"{KEY}\0",
        f"{KEY}\n{KEY}",
        f"🔑{KEY}",
        "nb_\x1b[0m",
    ],
)
def test_an_unusable_key_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(BadKey) as caught:
        ElumentaClient(key)
    for text in (str(caught.value), repr(caught.value), repr(caught.value.args), caught.value.message):
        assert KEY[:20] not in text
    assert caught.value.billing is Billing.NOTHING_SENT


@pytest.mark.parametrize(
    "url",
    [
        "",
        "elumenta.ru",
        "ftp://elumenta.ru",
        "https://",
        "http://elumenta.ru",
        "http://10.0.0.1",
        "http://localhost.evil.ru",
        "https://user:word@elumenta.ru",
        "https://elumenta.ru?key=1",
        "https://elumenta.ru/#x",
        "https://[::1",
        "https://elumenta.ru:99999",
        "https://elumenta.ru:0",
        "https://\x00",
    ],
)
def test_an_unusable_address_is_refused(url: str) -> None:
    with pytest.raises(BadUrl):
        ElumentaClient(KEY, url)


@thorough
@pytest.mark.parametrize(
    "url",
    [
        "https://elumenta.ru",
        " https://elumenta.ru/\n",
        "http://localhost:8080",
        "http://127.0.0.2",
        "http://[::1]:80",
    ],
)
async def test_https_and_this_machine_are_usable_addresses(url: str) -> None:
    async with ElumentaClient(KEY, url) as client:
        assert "ElumentaClient('http" in repr(client)


async def test_the_client_never_shows_its_key(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with asyncio.timeout(5), client_of(service) as client:
        await client.balance()
        await ask(client)
        assert KEY not in f"{client} {client!r} {client.__dict__['_http'].headers!r}"
        assert KEY not in str(dict(client.__dict__["_http"].headers))
    assert KEY not in caplog.text


async def test_a_key_that_the_answer_echoes_is_masked(service: Service) -> None:
    outcome = await ask_for(service, answer(f"your key is {KEY}, like nb_YOUR_API_KEY"))
    assert KEY not in outcome.turn.text
    assert "nb_…" in outcome.turn.text
    assert (await ask_for(service, answer("say nb_YOUR_API_KEY"))).turn.text == "say nb_YOUR_API_KEY"


@pytest.mark.parametrize("size", [1, 3, 20])
async def test_a_key_that_is_cut_over_events_is_masked(service: Service, size: int) -> None:
    text = f"is {KEY} yours, or {KEY[:20]}"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    outcome = await ask_for(service, answer(*pieces))
    assert outcome.turn.text == f"is nb_… yours, or {KEY[:20]}"


@pytest.mark.parametrize("end", [[Reset()], [Close()], []])
async def test_what_looks_like_a_key_at_the_end_of_a_broken_answer_is_not_lost(
    service: Service, end: list[Any]
) -> None:
    outcome = await ask_for(service, sse(started(), delta(f"it begins with {KEY[:9]}"), done=False), *end)
    assert outcome.turn.text == f"it begins with {KEY[:9]}"
    assert outcome.error is not None


async def test_a_key_that_is_escaped_in_json_is_masked(service: Service) -> None:
    escaped = "".join(f"\\u{ord(character):04x}" for character in KEY)
    service.route(
        "/api/v2/models", *response(200, f'[{{"slug": "gpt-5", "name": "{escaped}"}}]'.encode(), {})
    )
    async with client_of(service) as client:
        assert [model.name for model in await client.models()] == ["nb_…"]


def test_keys_are_hidden_in_any_text() -> None:
    assert redact_key(f"<{KEY}>", KEY) == "<nb_…>"
    assert redact_key("other-secret", "other-secret") == "nb_…"
    assert redact_key("nb_live_ABCDEFGH12") == "nb_…"
    assert redact_key("a nib_x and nb_ and a", "a") == "a nib_x and nb_ and a"
    assert checked_key(f" '{KEY}'\n") == KEY


# ---------------------------------------------------------------------------------------------------- account


async def test_balance_user_and_limits_are_read(service: Service) -> None:
    async with asyncio.timeout(5), client_of(service) as client:
        assert [client.limits] == [None]
        balance = await client.balance()
        assert (balance.tokens, balance.plan) == (300, "vip")
        assert client.limits == RateLimits(99, 100, 999, 1000, 1795363200)
        user = await client.user()
        assert (user.id, user.name, user.monthly_tokens) == ("7", "tester", 1500)


async def test_limits_are_the_latest_seen_also_on_errors(service: Service) -> None:
    service.route("/api/v2/balance", json_response(500, {}, {"X-RateLimit-Remaining-Hour": "7"}))
    async with asyncio.timeout(5), client_of(service) as client:
        with pytest.raises(ApiError):
            await client.balance()
        assert client.limits is not None
        assert client.limits.hour_left == 7


@thorough
@pytest.mark.parametrize(
    ("said", "tokens"),
    [
        (283, 283),
        ("283", 283),
        (None, None),
        (-5, -5),
        (12.5, 12.5),
        ([], None),
        (True, None),
        (10**400, None),
    ],
)
async def test_any_balance_is_read_or_unknown(service: Service, said: object, tokens: object) -> None:
    service.balance = said
    async with asyncio.timeout(5), client_of(service) as client:
        assert (await client.balance()).tokens == tokens


@thorough
@pytest.mark.parametrize(
    "envelope",
    [
        lambda models: models,
        lambda models: {"items": models, "total": 15},
        lambda models: {"models": models},
        lambda models: {"data": models},
        lambda models: {"data": {"items": models}},
        lambda models: {"items": None, "data": {"models": models}},
    ],
    ids=["array", "items", "models", "data", "data.items", "data.models"],
)
async def test_models_come_in_any_envelope(service: Service, envelope: Callable[[Any], Any]) -> None:
    service.route("/api/v2/models", json_response(200, envelope(MODELS)))
    async with asyncio.timeout(5), client_of(service) as client:
        models = await client.models()
    assert [model.but(about_en="", about_ru="") for model in models[:12]] == list(DOCUMENTED_MODELS)
    assert [model.slug for model in models if not model.streams] == ["flux-2-pro", "nano-banana", "veo-3"]


async def test_models_without_a_slug_are_left_out(service: Service) -> None:
    entries: list[object] = [
        None,
        5,
        "x",
        [],
        {},
        {"slug": None},
        {"slug": " "},
        {"slug": "a[/b]\x1b"},
        {"slug": "b"},
        {"slug": "b"},
    ]
    service.route("/api/v2/models", json_response(200, entries))
    async with asyncio.timeout(5), client_of(service) as client:
        assert [model.slug for model in await client.models()] == ["a[/b]", "b"]


async def test_an_empty_list_of_models_is_empty(service: Service) -> None:
    service.route("/api/v2/models", json_response(200, {"items": []}))
    async with asyncio.timeout(5), client_of(service) as client:
        assert await client.models() == []


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (json_response(500, {}), "provider_error"),
        (json_response(401, {"error": "token_expired"}), "token_expired"),
        (response(200, b"<html>", {}), "not_an_answer"),
        (response(200, b"", {}), "not_an_answer"),
        (response(200, b"[" * 100_000, {}), "not_an_answer"),
        (response(200, b"9" * 5000, {}), "not_an_answer"),
        (response(200, b"5", {}), "not_an_answer"),
        (response(200, b"xx", {"Content-Encoding": "br"}), "not_an_answer"),
        (response(200, b"xx", {"Content-Encoding": "gzip"}), "cut"),
        ([Head(204, {}, chunked=False)], "not_an_answer"),
        ([Head(307, {"Location": "https://x.invalid"}, chunked=False)], "redirected"),
        ([Reset()], "connection_lost"),
        ([Head(200, {}), b"[", Reset()], "connection_lost"),
    ],
)
@pytest.mark.parametrize("path", ["balance", "user/me", "models"])
async def test_a_lookup_that_fails_is_a_typed_error(
    service: Service, path: str, script: list[Any], kind: str
) -> None:
    service.route(f"/api/v2/{path}", script)
    async with asyncio.timeout(5), client_of(service) as client:
        lookup: Callable[[], Any] = {
            "balance": client.balance,
            "user/me": client.user,
            "models": client.models,
        }[path]
        with pytest.raises(ApiError) as caught:
            await lookup()
    assert caught.value.kind == kind
    assert isinstance(caught.value, KINDS[kind].error)
    if kind == "token_expired":
        assert isinstance(caught.value, NotAuthenticated)


# ----------------------------------------------------------------------------------------------- in the house


@thorough
@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("elumenta_tui.api", ("httpx", "textual")),
        ("elumenta_tui.api.errors", ("httpx", "textual")),
        ("elumenta_tui.api.key", ("httpx", "textual")),
        ("elumenta_tui.api.client", ("textual",)),
    ],
)
def test_the_package_imports_no_more_than_it_needs(module: str, absent: tuple[str, ...]) -> None:
    code = f"import {module}, sys; print([name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stdout.strip() == "[]"


def test_the_service_works_in_a_thread_of_its_own() -> None:
    with service_thread() as service:
        pause = Pause()
        service.queue(sse(started("gpt-5"), delta("A"), done=False), pause, sse(delta("B"), ended()))

        async def main() -> Outcome:
            async with ElumentaClient(KEY, service.url) as client:
                return await ask(client)

        async def both() -> Outcome:
            async with asyncio.timeout(10):
                turn = asyncio.create_task(main())
                call = await asyncio.to_thread(service.wait_posted)
                assert call.json["model"] == "gpt-5"
                await asyncio.to_thread(service.wait_reached, pause)
                service.release(pause)
                outcome = await turn
                await asyncio.to_thread(service.wait_gone, call)
                return outcome

        outcome = asyncio.run(both())
    assert outcome.complete
    assert outcome.turn.text == "AB"
    assert outcome.reads[0][0] == GenerationStarted("gen_01j9x2abc123", "gpt-5")
