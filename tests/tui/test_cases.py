"""The fault cases of the service and the network, each through the whole app: what is demanded is on the screen.

Verdicts: complete, interrupted (there is text, but it is not whole), failed (there is none). The balance is 283 before, and a
request costs 1. What a failure says is looked for in English and, after a switch, in Russian.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui import i18n
from elumenta_tui.api import client
from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.session.backend import real_account
from elumenta_tui.tui.screens.welcome import WelcomeScreen
from tests.api.test_client import closed_port
from tests.chatting import Chat, chat_app, chatting
from tests.service import (
    EVENT_STREAM,
    KEY,
    Call,
    Close,
    Head,
    Pause,
    Raw,
    Reset,
    Service,
    Step,
    delta,
    each_byte,
    json_response,
    response,
    sse,
    started,
)
from tests.thorough import every_case, some, thorough

NUMBERS = "Here are the numbers: 1, 2, 3."
WORDS = ("Here", " are", " the", " numbers: 1, 2, 3.")
PART = "Here are the"
BALANCE = 283

START = {"type": "generation_start", "id": "gen_1", "model": "gpt-5"}
END = {"type": "generation_end", "id": "gen_1", "tokens_used": 1, "balance_remaining": 282}
GOOD = sse(START, *map(delta, WORDS), END)
UNFINISHED = GOOD.removesuffix(b"data: [DONE]\n\n")
THREE = sse(START, *map(delta, WORDS[:3]), done=False)

# What a person must be able to read, in either language.
CUT = r"interrupt|incomplete|cut off|partial|прерв|неполн|оборв|обрыв|не заверш"
CONNECTION = r"connection|network|соедин|сет[ьи]|обрыв|разорв|disconnect|reset|прерв|interrupt"
TIME_OUT = r"time.?out|timed out|no (data|response|answer)|stall|врем|не отвеча|молч|" + CUT
EMPTY = r"empty|no (text|answer|content|reply)|пуст|без текста"
LIMIT = r"limit|too many|wait|лимит|подожд|слишком"
SERVER = r"P-5|server|provider|сервер|провайдер|500|502|504|520"


@dataclass(frozen=True)
class Case:
    """What the service does, and what has to come of it."""

    script: list[Any]
    state: AnswerState
    text: str | None = None
    """Exactly the answer; None: see `has`."""
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    """Never on the screen."""
    msg: str = ""
    """What is said, as a regular expression that matches in both languages."""
    balance: int | None = None
    """What the bar shows afterwards; None: it may be unknown."""
    keeps_prompt: bool = False
    posts: int = 1
    gap: float = 0.0
    """Least seconds between two POSTs."""
    always: bool = False
    """The script is the answer to every POST."""


def complete(script: Any, text: str | None = NUMBERS, **more: Any) -> Case:
    return Case([script], AnswerState.COMPLETE, text, **more)


def interrupted(script: Any, msg: str, **more: Any) -> Case:
    return Case([script], AnswerState.INTERRUPTED, PART, msg=msg, **more)


def failed(script: Any, msg: str, **more: Any) -> Case:
    return Case([script], AnswerState.FAILED, "", msg=msg, **more)


def refused(status: int, code: str, message: str, msg: str, headers: Any = None, **more: Any) -> Case:
    extra = {name: more.pop(name) for name in ("retry_after",) if name in more}
    body = {"error": code, "message": message, "details": {}, **extra}
    return failed(json_response(status, body, headers), msg, balance=BALANCE, **more)


def flat(*steps: Any) -> list[Any]:
    laid: list[Any] = []
    for step in steps:
        laid += step if isinstance(step, list) else [step]
    return laid


def pretty(event: dict[str, Any]) -> bytes:
    return "".join(f"data: {line}\n" for line in json.dumps(event, indent=1).split("\n")).encode() + b"\n"


def raw_delta(text: str) -> bytes:
    return b'data: {"type": "content_delta", "delta": "%b"}\n\n' % text.encode("utf-8")


def gzipped() -> list[bytes]:
    pack = zlib.compressobj(wbits=31)
    events = [event + b"\n\n" for event in GOOD.split(b"\n\n") if event]
    return [pack.compress(event) + pack.flush(zlib.Z_SYNC_FLUSH) for event in events] + [pack.flush()]


RUSSIAN = "Привет, мир! Это «проверка» — ёж, 你好, 👩‍👩‍👧‍👦 и é."
MARKUP = "[red]red[/red] [/b] [@click=app.quit]click[/] list[int] [0] [end]"
NGINX = b"<html><body><center><h1>502 Bad Gateway</h1></center></body></html>"
PORTAL = b"<!doctype html><html><form>ZQX</form></html>"
ESCAPE = "A\x1b]52;c;QUJD\x07\x1b[31mZ"
LONG_MARKDOWN = (
    "# Heading\n\nSome *text* with `code`.\n\n- one\n- two\n\n"
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = 1\n```\n\n" * 400
)[:40_000]

CASES: dict[str, Case] = {
    "ok": complete(GOOD, balance=282),
    "ok-ids-int": complete(
        sse(
            {**START, "id": 18473},
            *map(delta, WORDS),
            {"type": "generation_end", "id": 18473, "tokens_spent": 1},
        ),
        balance=282,
    ),
    "crlf": complete(GOOD.replace(b"\n", b"\r\n")),
    "cr": complete(flat(GOOD.replace(b"\n", b"\r"), Pause())),
    "crlf-split": complete(GOOD.replace(b"\n", b"\r|\n").split(b"|")),
    "byte-chunks": complete(each_byte(GOOD)),
    "utf8-split": complete(each_byte(sse(START, delta(RUSSIAN), END)), RUSSIAN),
    "bom": complete(flat(b"\xef\xbb\xbf" + sse(*map(delta, WORDS), END))),
    "comments": complete(
        flat(b": first\n:\n", GOOD.replace(b"\ndata: {", b"\n: data: NO\n:" + b"x" * 8192 + b"\ndata: {")),
        lacks=("NO",),
    ),
    "no-space": complete(GOOD.replace(b"data: {", b"data:{").replace(b"data: [", b"data:  [")),
    "multiline-data": complete(b"".join(map(pretty, [START, *map(delta, WORDS), END])) + b"data: [DONE]\n\n"),
    "event-fields": complete(
        b"retry: 3000\n\nevent: ping\n\n"
        + GOOD.replace(b"data: {", b"event: message\nid: 1\nretry: 3000\ndata: {")
    ),
    "unicode-seps": complete(
        sse(START, done=False)
        + raw_delta("a\u2028b\u2029c\x85d\\u000b\\u000c\\u001c\\u001d\\u001ee")
        + sse(END),
        None,
        has=("a", "b", "c", "d", "e"),
    ),
    "ctype-json": complete(flat(Head(200, {"Content-Type": "application/json"}), GOOD)),
    "gzip": complete(flat(Head(200, {**EVENT_STREAM, "Content-Encoding": "gzip"}), gzipped())),
    "end-then-open": complete(flat(UNFINISHED, Pause()), balance=282),
    "end-then-reset": complete(flat(UNFINISHED, Reset()), balance=282),
    "end-then-junk": complete(UNFINISHED + b"data: {oops\n\n<html>\n\n", balance=282, lacks=("unreadable",)),
    "no-done": complete(UNFINISHED, balance=282),
    "no-end": complete(sse(START, *map(delta, WORDS)), balance=282),
    "eof-clean": interrupted(THREE, CUT),
    "eof-close": interrupted(flat(Head(chunked=False), THREE), CUT),
    "rst-mid": interrupted(flat(THREE, Reset()), CONNECTION),
    "fin-in-chunk": interrupted(flat(THREE, Raw(b"20\r\ndata: "), Close()), CONNECTION),
    "stall-forever": interrupted(flat(THREE, Pause()), TIME_OUT),
    "rst-before-head": failed(Reset(), CONNECTION),
    "after-done": complete(GOOD + sse(delta("EXTRA")) + sse(delta("SECOND"), END), lacks=("EXTRA", "SECOND")),
    "empty-answer": failed(sse(START, END), EMPTY),
    "err-first": failed(
        sse(START, {"type": "error", "message": "quota-7731"}, done=False), "quota-7731", balance=BALANCE
    ),
    "err-mid": interrupted(
        sse(START, *map(delta, WORDS[:3]), {"type": "error", "message": "quota-7731"}), "quota-7731"
    ),
    "delta-odd": complete(
        sse(
            START,
            delta("A"),
            *map(delta, (None, 5, True, ["x"], {"a": 1})),
            {"type": "content_delta"},
            delta("B"),
            END,
        ),
        "AB",
        lacks=("None", "null"),
    ),
    "types-unknown": complete(
        sse(
            START,
            delta("Here are the"),
            *(
                {"type": kind, "delta": "NO"}
                for kind in ("ping", "usage", "tool_call", "content_block", "NO")
            ),
            delta(" numbers: 1, 2, 3."),
            END,
        ),
        lacks=("NO",),
    ),
    "reasoning": complete(
        sse(
            START,
            {"type": "thinking_delta", "delta": "NO"},
            {"type": "reasoning_delta", "delta": "NO"},
            *map(delta, WORDS),
            END,
        ),
        lacks=("NO",),
    ),
    "bad-json-mid": complete(
        sse(START, *map(delta, WORDS[:3]), "{oops", '{"type": ', delta(" numbers: 1, 2, 3."), END),
        msg="2 unreadable pieces|2 нечитаемых фрагмента",
    ),
    "endbal-null": complete(sse(START, *map(delta, WORDS), {**END, "balance_remaining": None}), balance=282),
    "endbal-neg": complete(sse(START, *map(delta, WORDS), {**END, "balance_remaining": -5}), balance=-5),
    "endbal-str": complete(sse(START, *map(delta, WORDS), {**END, "balance_remaining": "282"}), balance=282),
    "markup": complete(sse(START, delta(MARKUP), END), MARKUP),
    "osc52": complete(
        sse(START, delta("Before\x1b]52;c;QUJD\x07 and \x1b]52;c;QUJD\x1b\\ after"), END),
        None,
        has=("Before", "after"),
        lacks=("\x1b", "\x07"),
    ),
    "esc-split": complete(sse(START, *map(delta, ESCAPE), END), None, has=("A", "Z"), lacks=("\x1b", "\x07")),
    "c1": complete(
        sse(START, delta("A\x9b31mB\x9d52;c;QUJD\x9cC\x85D\x90E"), END),
        None,
        has=("A", "E"),
        lacks=("\x9b", "\x9d", "\x90"),
    ),
    "bidi": complete(
        sse(START, delta("if access\u202e\u2066 level\u2069 == 'user\u200b'"), END),
        None,
        has=("access",),
        lacks=("\u202e", "\u2066", "\u2069"),
    ),
    "400": refused(400, "bad_request", "F-11", "F-11"),
    "401": refused(401, "not_authenticated", "no", r"(key|ключ).*\(401\)", keeps_prompt=True),
    "402": refused(
        402,
        "insufficient_tokens",
        "no",
        r"balance is too low.*top up|не хватает токенов.*пополн",
        keeps_prompt=True,
    ),
    "403": refused(403, "insufficient_plan", "no", r"VIP or Elite|VIP или Elite", keeps_prompt=True),
    "404": refused(
        404, "not_found", "no", r"the model gpt-5 \(404\)|модели gpt-5 \(404\)", keeps_prompt=True
    ),
    "422": refused(422, "validation_error", "temperature must be 0.0-2.0", "temperature"),
    "429-body": refused(
        429, "rate_limit_exceeded", "no", LIMIT, retry_after=2, posts=4, gap=2, always=True, keeps_prompt=True
    ),
    "429-header": refused(
        429, "rate_limit_exceeded", "no", LIMIT, {"Retry-After": "2"}, posts=4, gap=2, always=True
    ),
    "429-then-ok": Case(
        [json_response(429, {"error": "rate_limit_exceeded", "retry_after": 2}), GOOD],
        AnswerState.COMPLETE,
        NUMBERS,
        posts=2,
        gap=2,
        balance=282,
    ),
    "429-absurd": refused(
        429, "rate_limit_exceeded", "no", r"(10 days|10 дней).*:\d\d", retry_after=864_000, always=True
    ),
    "429-junk": refused(429, "rate_limit_exceeded", "no", LIMIT, {"Retry-After": "soon"}, always=True),
    "500": refused(500, "provider_error", "P-5", SERVER, always=True, keeps_prompt=True),
    "502-html": failed(
        response(502, NGINX, {"Content-Type": "text/html"}),
        SERVER,
        lacks=("<center>",),
        balance=BALANCE,
        always=True,
    ),
    "504": failed(response(504, b"", {}), SERVER, balance=BALANCE, always=True),
    "520": failed(response(520, b"error code: 520", {}), SERVER, balance=BALANCE, always=True),
    "503": refused(
        503,
        "model_unavailable",
        "no",
        r"unavailable|недоступ|503|busy|перегруж",
        posts=4,
        gap=0.3,
        always=True,
        keeps_prompt=True,
    ),
    "503-html": failed(
        response(503, NGINX, {"Content-Type": "text/html"}),
        r"unavailable|недоступ",
        lacks=("<center>",),
        always=True,
    ),
    "json-a": complete(
        json_response(
            200,
            {
                "id": "gen_1",
                "status": "completed",
                "model": "gpt-5",
                "content": NUMBERS,
                "tokens_used": 1,
                "balance_remaining": 282,
                "usage": {"total_tokens": 9},
            },
        ),
        balance=282,
    ),
    "json-b": complete(
        json_response(
            200,
            {
                "id": 18473,
                "status": "completed",
                "model_slug": "gpt-5",
                "result_text": NUMBERS,
                "result_url": None,
                "error": None,
                "tokens_spent": 1,
            },
        ),
        balance=282,
    ),
    "json-failed": failed(
        json_response(200, {"id": 1, "status": "failed", "error": "M-4", "tokens_spent": 0}),
        "M-4",
        balance=BALANCE,
    ),
    "json-pending": complete(json_response(200, {"id": "gen_77", "status": "pending"})),
    "html-200": failed(
        response(200, PORTAL, {"Content-Type": "text/html"}),
        r"unexpected|not (a )?(json|stream|api)|html|proxy|portal|неожидан|прокси|портал",
        lacks=("<form>", "ZQX"),
    ),
    "text-200": failed(
        response(200, b"Busy ZQX", {"Content-Type": "text/plain"}), r"not an answer|не ответ", lacks=("ZQX",)
    ),
    "empty-object-200": failed(json_response(200, {}), r"not an answer|не ответ"),
    "204": failed(flat(Head(204, {}, chunked=False)), r"not an answer|не ответ"),
    "br": failed(
        flat(Head(200, {**EVENT_STREAM, "Content-Encoding": "br"}), b"\x8b\x02"), r"not an answer|не ответ"
    ),
    "redir-307-other": failed(
        flat(Head(307, {"Location": "https://elsewhere.invalid/api/v2/generate"}, chunked=False)),
        r"redirect|moved|перенаправ|\b30[1-8]\b",
    ),
    "tiny-30k": complete(sse(START, *[delta("x")] * 30_000, END), "x" * 30_000),
    "long-40kb": complete(
        sse(
            START,
            *(delta(LONG_MARKDOWN[at : at + 8]) for at in range(0, len(LONG_MARKDOWN), 8)),
            END,
        ),
        LONG_MARKDOWN,
    ),
}


class Pauses:
    """A `sleep` without the waiting, which remembers how long it was asked to wait before which POST."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.before: dict[int, float] = {}

    async def __call__(self, seconds: float) -> None:
        count = len(self._service.posts)
        self.before[count + 1] = self.before.get(count + 1, 0.0) + seconds
        await asyncio.sleep(0)


@asynccontextmanager
async def chat_with(service: Service, home: Path, idle: float = 5.0, **options: Any) -> AsyncIterator[Chat]:
    """The app with that service, after its first look at the balance."""
    service.balance = BALANCE
    account = real_account(KEY, service.url, idle_timeout=idle)
    async with chatting(chat_app(account, home, **options)) as chat:
        await chat.sees("◈ 283 tokens")
        yield chat


ONLY: set[str] = set()
"""The names of the cases that are tried; empty: all. `make breakages` tries those that stand for a promise."""

IMPATIENT = "stall-forever"
"""The case that waits until an answer has said nothing for too long. No other has to be as quick as that."""


def groups(size: int) -> list[list[str]]:
    """The names of all cases, so many for each app: its start costs more than a case."""
    names = [name for name in CASES if name != IMPATIENT]
    return [[IMPATIENT], *(names[at : at + size] for at in range(0, len(names), size))]


async def begin_anew(chat: Chat, service: Service) -> None:
    """Have nothing of the case before on the screen, and the balance as it was before the first."""
    service.begin_anew()
    service.balance = BALANCE
    if isinstance(chat.app.screen, WelcomeScreen):
        await chat.pilot.press("escape")
    for turn in chat.app.session.conversation.answers:
        await chat.until(lambda: not chat.app.session.is_settling(turn), "its charge is settled")  # noqa: B023  # awaited here
    if i18n.language() != "en":
        await chat.pilot.press("f12")
    chat.app.prompt.clear()
    await chat.pilot.press("ctrl+n")
    looks = len(service.gets("/api/v2/balance"))
    await chat.pilot.press("f9")
    await chat.until(lambda: len(service.gets("/api/v2/balance")) > looks, "a look at the balance")
    await chat.sees(f"◈ {BALANCE} tokens")
    await chat.sees_no("what now?")


@every_case
@pytest.mark.parametrize("names", some(groups(11)), ids=lambda names: f"{names[0]} ...")
async def test_every_way_in_which_a_turn_can_end(
    tmp_path: Path, names: list[str], subtests: pytest.Subtests
) -> None:
    names = [name for name in names if not ONLY or name in ONLY]
    async with Service() as service:
        pauses = Pauses(service)
        service.route(
            "/api/v2/generate/gen_77",
            json_response(200, {"id": "gen_77", "status": "completed", "content": NUMBERS, "tokens_used": 1}),
        )
        idle = 0.5 if IMPATIENT in names else 5.0
        async with chat_with(service, tmp_path, idle, sleep=pauses) as chat:
            for name in names:
                with subtests.test(name):
                    await begin_anew(chat, service)
                    await ends_as_it_must(chat, service, pauses, CASES[name])


async def ends_as_it_must(chat: Chat, service: Service, pauses: Pauses, case: Case) -> None:
    """Send a prompt, and look at all that the case demands."""
    if case.msg:
        assert not re.search(case.msg, chat.flat, re.IGNORECASE), "it is there already"
    earlier = len(service.posts)
    if case.always:
        service.usually = lambda _: case.script[0]
    else:
        for script in case.script:
            service.queue(script)
    if case.state is AnswerState.COMPLETE:
        service.balance = case.balance if case.balance is not None else 282
    turn = await chat.ask("what now?")
    assert (turn.state, KEY in chat.screen) == (case.state, False)
    if case.text is not None:
        assert turn.text == case.text
    assert all(text in turn.text for text in case.has)
    assert not [text for text in case.lacks if text in turn.text or text in chat.screen]
    await says(chat, turn, case)
    if case.keeps_prompt:
        assert chat.app.prompt.text == "what now?"
    posts = len(service.posts) - earlier
    assert posts == case.posts
    assert all(pauses.before[earlier + number] >= case.gap for number in range(2, posts + 1))


async def says(chat: Chat, turn: Answer, case: Case) -> None:
    """The state, the sentence and the balance are on the screen, in English and in Russian."""
    for language in i18n.LANGUAGES:
        if language != i18n.language():
            if isinstance(chat.app.screen, WelcomeScreen):
                await chat.pilot.press("escape")
            await chat.pilot.press("f12")
        if case.state is AnswerState.COMPLETE:
            await chat.sees(f"✓ {turn.model.name} · ")
        else:
            await chat.sees(i18n.say(f"state.{case.state.value}"))
        if case.msg:
            await chat.until(lambda: re.search(case.msg, chat.flat, re.IGNORECASE), case.msg)
        if case.balance is not None:
            await chat.sees(f"◈ {i18n.say('bar.tokens', n=case.balance)}")


# ------------------------------------------------------------------------------------------------ what comes in its time


async def test_drip_words_appear_while_they_come(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path) as chat:
        pauses = [Pause() for _ in range(40)]
        steps = flat(*([sse(delta(f"w{at} "), done=False), pause] for at, pause in enumerate(pauses)))
        service.queue(sse(START, done=False), *steps, sse(END))
        turn = await chat.send("go")
        for at, pause in enumerate(pauses):
            await chat.sees(f"w{at}")
            assert f"w{at + 1}" not in chat.flat
            pause.event.set()
        await chat.until(lambda: turn.over)
        assert turn.text == "".join(f"w{at} " for at in range(40))


@thorough
async def test_silence_is_shown_in_seconds_and_waited_for(tmp_path: Path) -> None:
    now = 0.0
    async with Service() as service, chat_with(service, tmp_path, clock=lambda: now) as chat:
        before, within = Pause(), Pause()
        service.queue(
            sse(START, done=False),
            before,
            sse(delta("Here"), done=False),
            within,
            sse(*map(delta, WORDS[1:]), END),
        )
        turn = await chat.send("go")
        now = 12.0
        await chat.sees("waiting 12 s", "Esc stops")
        before.event.set()
        await chat.sees("Here")
        now = 14.9
        await chat.sees("streaming")
        assert "no text for" not in chat.flat
        now = 15.0
        await chat.sees("no text for 3 s")
        within.event.set()
        await chat.until(lambda: turn.over)
        assert (turn.state, turn.text) == (AnswerState.COMPLETE, NUMBERS)


@thorough
async def test_an_answer_that_stalls_is_stopped_at_once_by_esc(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path, 300.0) as chat:
        service.queue(THREE, Pause())
        turn = await chat.send("go")
        await chat.sees(PART)
        await chat.pilot.press("escape")
        await chat.until(lambda: turn.over)
        assert (turn.state, turn.text) == (AnswerState.INTERRUPTED, PART)


async def test_the_limit_counts_text_and_not_signs_of_life(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path, 0.6) as chat:
        beats = [Pause() for _ in range(200)]
        steps = flat(
            *([b": still here\n\n" + sse({"type": "ping"}, delta(""), done=False), beat] for beat in beats)
        )
        service.queue(THREE, *steps)

        async def beat() -> None:
            for pause in beats:
                await pause.reached.wait()
                await asyncio.sleep(0.05)
                pause.event.set()

        beating = asyncio.create_task(beat())
        turn = await chat.ask("go")
        beating.cancel()
        assert (turn.state, turn.text) == (AnswerState.INTERRUPTED, PART)
        await chat.sees("sent nothing for too long (time-out)")


async def test_esc_works_at_every_moment_and_the_connection_is_closed(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    pause = Pause()
    moments: dict[str, list[Any]] = {
        "connecting": [pause],
        "head": [Head(), pause],
        "first text": [sse(START, done=False), pause],
        "text": [sse(START, *(delta(f"w{at} ") for at in range(10)), done=False), pause],
        "json": [Head(200, {"Content-Type": "application/json"}), b'{"id": "gen_1", ', pause],
        "repeat": json_response(429, {"error": "rate_limit_exceeded", "retry_after": 30}),
        "poll": json_response(200, {"id": "gen_77", "status": "pending"}),
    }
    async with Service() as service, chat_with(service, tmp_path) as chat:
        service.route("/api/v2/generate/gen_77", pause)
        for number, (moment, script) in enumerate(moments.items(), 1):
            with subtests.test(moment):
                pause.reached.clear()
                service.queue(script)
                turn = await chat.send("go")
                call = await service.posted(number)
                if moment == "repeat":
                    await chat.sees("Retry 1 of 3 in")
                elif moment == "poll":
                    await chat.until(lambda: service.gets("/api/v2/generate/gen_77"))
                    [call] = service.gets("/api/v2/generate/gen_77")
                else:
                    await chat.until(pause.reached.is_set)
                if moment == "text":
                    await chat.sees("w9")
                began = time.monotonic()
                await chat.pilot.press("escape")
                await chat.until(lambda: turn.over)  # noqa: B023  # awaited here
                async with asyncio.timeout(2):
                    await call.client_gone.wait()
                assert time.monotonic() - began < 2
                text = "".join(f"w{at} " for at in range(10)) if moment == "text" else ""
                assert turn.text == text
                assert turn.state is (AnswerState.INTERRUPTED if text else AnswerState.FAILED)
                await chat.sees("You stopped it.")
                assert chat.app.prompt.text == ("" if text else "go")
                assert len(service.posts) == number
            chat.app.prompt.clear()
            await chat.pilot.press("ctrl+n")
            await chat.sees_no("You stopped it.")


# ---------------------------------------------------------------------------------------------------------- the history


def echo(call: Call) -> list[Step]:
    return [sse(START, delta(json.dumps(call.json["messages"])), END)]


async def test_every_turn_goes_along_in_order(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path) as chat:
        for at in range(3):
            service.queue(sse(START, delta(f"answer {at}\n\n«ё»"), END))
            await chat.ask(f"question {at}")
        service.usually = echo
        turn = await chat.ask("and now?")
        assert '"role": "user"' in turn.text
        last = service.posts[-1]
        assert last.messages == [
            *(
                pair
                for at in range(3)
                for pair in (("user", f"question {at}"), ("assistant", f"answer {at}\n\n«ё»"))
            ),
            ("user", "and now?"),
        ]
        assert last.json["stream"] is True
        assert last.headers["accept"] == "text/event-stream"
        assert "«ё»" in last.body.decode("utf-8")


async def test_the_part_of_an_interrupted_answer_goes_along_once(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path) as chat:
        service.queue(GOOD)
        service.queue(THREE, Reset())
        service.usually = echo
        for prompt in ("one", "two", "three"):
            await chat.ask(prompt)
        assert service.posts[-1].messages == [
            ("user", "one"),
            ("assistant", NUMBERS),
            ("user", "two"),
            ("assistant", PART),
            ("user", "three"),
        ]


async def test_no_empty_answer_and_no_error_text_goes_along(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path) as chat:
        service.queue(GOOD)
        service.queue(sse(START, done=False), Reset())
        service.queue(json_response(500, {"error": "provider_error", "message": "P-5"}))
        service.queue(sse(START, delta(" \n"), {"type": "error", "message": "quota-7731"}))
        service.usually = echo
        for prompt in ("one", "two", "two and a half", "two again"):
            await chat.ask(prompt)
            chat.app.prompt.clear()
        await chat.sees("is not part of the conversation")
        await chat.ask("three")
        assert service.posts[-1].messages == [("user", "one"), ("assistant", NUMBERS), ("user", "three")]


@thorough
async def test_the_next_request_survives_a_lone_surrogate(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path) as chat:
        evil = b'data: {"type": "content_delta", "delta": "A\\ud800B"}\n\n'
        service.queue(sse(START, done=False) + evil + sse(delta(" end"), END))
        turn = await chat.ask("one\udfff")
        assert (turn.state, turn.text) == (AnswerState.COMPLETE, "A\ufffdB end")
        await chat.pilot.press("ctrl+y")
        await chat.ask("two")
        assert service.posts[-1].messages[1] == ("assistant", "A\ufffdB end")
        service.posts[-1].body.decode("utf-8")


# ------------------------------------------------------------------------------------------------------- one is one POST


async def test_a_double_enter_is_one_request(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path) as chat:
        pause = Pause()
        service.queue(pause, GOOD)
        await chat.type("once")
        await chat.pilot.press("enter", "enter")
        await chat.until(pause.reached.is_set)
        [turn] = chat.app.session.conversation.answers
        await chat.type("twice")
        await chat.pilot.press("enter")
        await chat.sees("1 queued")
        assert len(service.posts) == 1
        pause.event.set()
        await chat.until(lambda: turn.over and len(service.posts) == 2)
        assert turn.text == NUMBERS
        assert [call.messages[-1] for call in service.posts] == [("user", "once"), ("user", "twice")]


@thorough
async def test_the_wait_before_a_repeat_is_real(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path) as chat:
        times: list[float] = []

        def answer(call: Call) -> list[Step]:
            times.append(time.monotonic())
            first = len(times) == 1
            return json_response(429, {"error": "rate_limit_exceeded", "retry_after": 1}) if first else [GOOD]

        service.usually = answer
        turn = await chat.send("hi")
        await chat.sees("Retry 1 of 3 in 1 s")
        await chat.until(lambda: turn.over)
        assert (turn.state, len(times)) == (AnswerState.COMPLETE, 2)
        assert times[1] - times[0] >= 1.0


async def test_what_may_have_been_billed_is_never_sent_again_by_itself(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    scripts: list[Any] = [[Reset()], response(502, NGINX, {}), [THREE], [sse(START, END)]]
    async with Service() as service:
        async with chat_with(service, tmp_path, sleep=Pauses(service)) as chat:
            for number, script in enumerate(scripts, 1):
                with subtests.test(str(script)):
                    service.usually = lambda _, script=script: script
                    chat.app.prompt.clear()
                    turn = await chat.ask("go")
                    await chat.until(lambda: not chat.app.session.is_settling(turn))  # noqa: B023  # awaited here
                    await chat.settle()
                    assert len(service.posts) == number
                    await chat.pilot.press("ctrl+n")
        assert len(service.posts) == len(scripts)


# --------------------------------------------------------------------------------------------- no way to the service


async def test_a_refused_connection_starts_offline_is_told_and_keeps_the_prompt(tmp_path: Path) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    account = real_account(KEY, f"http://127.0.0.1:{closed_port()}")
    async with chatting(chat_app(account, tmp_path, sleep=sleep)) as chat:
        await chat.sees("offline")
        turn = await chat.ask("hi")
        assert turn.state is AnswerState.FAILED
        await chat.sees("Failed: no connection to the service.", "Nothing was sent; it cost nothing.")
        await chat.pilot.press("f12")
        await chat.sees("Не удалось: нет соединения с сервисом.", "Ничего не отправлено")
        assert chat.app.prompt.text == "hi"
        assert len(pauses) == 3


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl to make a certificate")
async def test_an_untrusted_certificate_is_told_and_nothing_is_sent(tmp_path: Path) -> None:
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k -out c"
    await asyncio.to_thread(
        subprocess.run,
        [*make.split(), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    import ssl

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "c", tmp_path / "k")
    async with Service(tls=tls) as service:
        account = real_account(KEY, f"https://localhost:{service.port}")
        async with chatting(chat_app(account, tmp_path)) as chat:
            turn = await chat.ask("hi")
            assert turn.state is AnswerState.FAILED
            await chat.sees("certificate is not trusted", "Nothing was sent")
            await chat.pilot.press("f12")
            await chat.sees("сертификату сервера нельзя доверять")
        assert not service.requests


async def test_neither_key_nor_prompt_goes_where_a_redirect_points(tmp_path: Path) -> None:
    async with Service() as other, Service() as service, chat_with(service, tmp_path) as chat:
        for status in (301, 302, 303, 307, 308):
            head = Head(status, {"Location": f"{other.url}/api/v2/generate"}, chunked=False)
            service.queue(head)
            posts = len(service.posts)
            chat.app.prompt.clear()
            turn = await chat.ask(f"hi {status}")
            assert turn.state is AnswerState.FAILED
            await chat.sees(f"hi {status}", "redirected us")
            service.route("/api/v2/balance", head)
            looks = len(service.gets("/api/v2/balance"))
            await chat.pilot.press("f9")
            async with asyncio.timeout(10):
                while len(service.gets("/api/v2/balance")) <= looks:
                    await chat.pilot.pause(0.005)
            await chat.settle()
            assert not other.requests
            assert len(service.posts) == posts + 1


# ------------------------------------------------------------------------------------------------- errors in any shape


BODIES = [
    (b"", ""),
    (b"x" * 100_000, "x" * 60),
    (b"\x00\x1b]52;c;QUJD\x07\xff", "]52;c;QUJD"),
    (json.dumps({"message": "m" * 5000}).encode(), "m" * 60),
    (json.dumps({"message": f"key {KEY} [/b]"}).encode(), "key nb_… [/b]"),
    (b'{"error": ' * 5000, ""),
    (b"[" + b"9" * 5000 + b"]", ""),
    (NGINX, ""),
]
"""Bodies of errors, and what of them may be on the screen."""


@thorough
@pytest.mark.parametrize("status", [400, 500])
async def test_any_error_body_is_one_sentence_in_either_language(tmp_path: Path, status: int) -> None:
    async with Service() as service, chat_with(service, tmp_path) as chat:
        for body, seen in BODIES:
            service.queue(response(status, body, {"Content-Type": "application/json"}))
            chat.app.prompt.clear()
            turn = await chat.ask("hi")
            assert turn.failure is not None
            assert len(turn.failure.message) <= 500
            for _ in i18n.LANGUAGES:
                await chat.sees(f"({status}).", seen)
                assert KEY not in chat.screen
                assert "\x1b" not in chat.screen
                assert "<center>" not in chat.screen
                await chat.pilot.press("f12")
            # The next one begins on a screen that does not show this one.
            await chat.pilot.press("ctrl+n")
            await chat.sees_no(f"({status}).")


@thorough
@pytest.mark.parametrize(
    "url", ["http://10.0.0.1", "elumenta.ru", "https://[::1", "ftp://x", "https://a?b", "https://"]
)
async def test_an_address_that_is_none_is_one_sentence_and_the_app_starts(tmp_path: Path, url: str) -> None:
    async with chatting(chat_app(real_account(KEY, url), tmp_path)) as chat:
        await chat.sees("The address of the service cannot be used.")
        await chat.ask("hi")
        await chat.sees("Failed: the address of the service cannot be used.", "Nothing was sent")
        await chat.pilot.press("f12")
        await chat.sees("Не удалось: неверный адрес сервиса.")
        assert chat.app.prompt.text == "hi"


@thorough
async def test_an_error_body_that_trickles_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client._ERROR_SECONDS == 5.0
    monkeypatch.setattr(client, "_ERROR_SECONDS", 0.2)
    async with Service() as service, chat_with(service, tmp_path) as chat:
        service.queue(Head(500, {}), b"Try la", Pause())
        await chat.ask("hi")
        await chat.sees("Failed: the model's provider failed", "The service says: Try la.")


async def test_an_error_body_without_an_end_is_not_waited_for(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path) as chat:
        service.queue(Head(502, {}), [b"y" * 1024] * 70, Pause())
        turn = await chat.ask("hi")
        assert turn.failure is not None
        assert turn.failure.message == "y" * 499 + "…"
        async with asyncio.timeout(2):
            await service.posts[0].client_gone.wait()


# ---------------------------------------------------------------------------------------- what else the service says


@thorough
@pytest.mark.parametrize(
    "script",
    [
        json_response(200, []),
        json_response(200, {"items": []}),
        json_response(200, None),
        json_response(200, "x"),
        json_response(500, {}),
        response(200, PORTAL, {"Content-Type": "text/html"}),
        [Reset()],
        [Pause()],
    ],
    ids=["empty", "empty items", "null", "text", "500", "page", "reset", "silence"],
)
async def test_without_a_list_of_models_the_chat_works(tmp_path: Path, script: Any) -> None:
    # One that no list has, documented or stored.
    slug = "my/own-model"
    async with Service() as service:
        service.route("/api/v2/models", script)
        async with chat_with(service, tmp_path, model=slug) as chat:
            service.queue(GOOD)
            turn = await chat.ask("hi")
            assert (turn.state, service.posts[0].json["model"]) == (AnswerState.COMPLETE, slug)


ODD: list[Any] = [None, "", "283", True, -5, 12.5, [], {}, 10**400, "abc", float("nan"), "١٢"]


@thorough
async def test_models_missing_fields_of_any_type_never_crash(tmp_path: Path) -> None:
    fields = (
        "name",
        "category",
        "provider",
        "min_plan",
        "token_cost",
        "max_token_cost",
        "supports_streaming",
        "config",
    )
    entries: list[Any] = [None, 5, "x", [], {}, {"slug": None}, {"slug": 5}, {"name": "slugless"}]
    entries += [{"slug": f"{field}-{at}", field: odd} for field in fields for at, odd in enumerate(ODD)]
    async with Service() as service:
        service.route("/api/v2/models", json_response(200, {"items": entries}))
        async with chat_with(service, tmp_path) as chat:
            await chat.until(lambda: any(model.slug == "config-11" for model in chat.app.session.models))
            await chat.pilot.press("f3")
            await chat.sees("search…")
            await chat.type("token_cost-0")
            await chat.pilot.press("enter")
            await chat.sees("token_cost-0", "Enter · price unknown")
            service.queue(GOOD)
            assert (await chat.ask("hi")).state is AnswerState.COMPLETE


@pytest.mark.parametrize(
    ("field", "odd"),
    [
        *(("token_balance", value) for value in ODD),
        *(("everything", value) for value in ODD[::3]),
    ],
    ids=lambda given: repr(given)[:12],
)
async def test_a_balance_of_any_type_is_shown_or_unknown_and_never_0(
    tmp_path: Path, field: str, odd: Any
) -> None:
    body = odd if field == "everything" else {"token_balance": odd, "plan": odd, "plan_expires_at": odd}
    async with Service() as service:
        service.route("/api/v2/balance", json_response(200, body))
        account = real_account(KEY, service.url)
        async with chatting(chat_app(account, tmp_path)) as chat:
            shown = {"283": "283 tokens", -5: "−5 tokens", 12.5: "12.5 tokens"}
            known = (
                shown.get(odd) if isinstance(odd, str | int | float) and not isinstance(odd, bool) else None
            )
            if field == "everything":
                known = None
            await chat.sees(known or "balance unknown")
            assert "0 tokens" not in chat.flat
            service.queue(sse(START, *map(delta, WORDS)))
            assert (await chat.ask("hi")).state is AnswerState.COMPLETE


@thorough
@pytest.mark.parametrize("path", ["/api/v2/balance", "/api/v2/models"])
@pytest.mark.parametrize("script", [[Pause()], [Reset()], json_response(500, {"error": "provider_error"})])
async def test_looking_at_the_account_never_keeps_anybody_from_chatting(
    tmp_path: Path, path: str, script: Any
) -> None:
    async with Service() as service:
        service.route(path, script)
        async with chatting(chat_app(real_account(KEY, service.url), tmp_path)) as chat:
            service.queue(GOOD)
            turn = await chat.ask("hi")
            assert turn.text == NUMBERS
            await chat.sees(NUMBERS, "1 token · 282 left", "◈ 282 tokens")


@thorough
async def test_the_end_event_may_say_anything(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path) as chat:
        for value in ODD:
            end = {"type": "generation_end", "id": value, "tokens_used": value, "balance_remaining": value}
            service.queue(sse({**started(), "id": value, "model": value}, *map(delta, WORDS), end))
            turn = await chat.ask("hi")
            assert (turn.state, turn.text) == (AnswerState.COMPLETE, NUMBERS), value
            assert "◈ 0 tokens" not in chat.flat


@thorough
async def test_a_stream_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    async with Service() as service, chat_with(service, tmp_path) as chat:
        for ctype in (
            None,
            "application/json",
            "Text/Event-Stream",
            "text/html",
            "application/octet-stream",
            "text/event-stream; charset=utf-16",
        ):
            service.queue(Head(200, {} if ctype is None else {"Content-Type": ctype}), GOOD)
            assert (await chat.ask("hi")).text == NUMBERS, ctype
