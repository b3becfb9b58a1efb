"""The demo account, through httpx: its bytes, its money, its answers, and the ways in which it misbehaves."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from importlib import resources
from typing import Any

import httpx
import pytest
from markdown_it import MarkdownIt

from elumenta_tui import i18n
from elumenta_tui.chat.ledger import Balance, RateLimits, User
from elumenta_tui.chat.models import DOCUMENTED_MODELS, Model
from elumenta_tui.demo import SCENARIOS, DemoTransport, replies, scenarios
from elumenta_tui.demo.pacing import pieces
from elumenta_tui.demo.prompts import Prompt, quote
from elumenta_tui.demo.service import CHAT_MODELS
from elumenta_tui.demo.subjects import subject_of
from tests.thorough import thorough

PRICES = {model.slug: model.price for model in DOCUMENTED_MODELS}
NOON = 1_800_000_000.0


class Service:
    """The demo with a client in front of it; no wait takes any time, and `waits` remembers them (seconds)."""

    def __init__(self, **options: Any) -> None:
        self.waits: list[float] = []
        self.now = NOON
        self.transport = DemoTransport(sleep=self._sleep, clock=lambda: self.now, **options)
        self.client = httpx.AsyncClient(transport=self.transport, base_url="https://elumenta.ru/api/v2")

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)

    async def balance(self) -> int:
        return int((await self.client.get("/balance")).json()["token_balance"])

    async def ask(self, *said: str, model: str = "gpt-5", stream: bool = True) -> httpx.Response:
        return await self.client.post("/generate", json=request(*said, model=model, stream=stream))

    async def text(self, *said: str, model: str = "gpt-5") -> str:
        return text_of(await self.ask(*said, model=model))

    def stream(self, *said: str, model: str = "gpt-5") -> Any:
        return self.client.stream("POST", "/generate", json=request(*said, model=model))


def request(*said: str, model: str = "gpt-5", stream: bool = True) -> dict[str, Any]:
    """A request in which an answer stands between any two things that the user said."""
    messages: list[dict[str, str]] = []
    for text in said:
        messages += [{"role": "user", "content": text}, {"role": "assistant", "content": "An answer."}]
    return {"model": model, "messages": messages[:-1], "stream": stream}


def payloads(response: httpx.Response) -> list[str]:
    return [block.removeprefix("data: ") for block in response.text.split("\n\n") if block]


def events(response: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(payload) for payload in payloads(response) if payload.startswith("{")]


def text_of(response: httpx.Response) -> str:
    return "".join(event.get("delta", "") for event in events(response))


def types_of(response: httpx.Response) -> list[str]:
    return [event["type"] for event in events(response)]


@pytest.fixture
async def demo() -> AsyncIterator[Service]:
    service = Service()
    async with service.client:
        yield service


# ----------------------------------------------------------------------------------------------- the stream


async def test_a_stream_has_the_bytes_of_the_vendors_page(demo: Service) -> None:
    response = await demo.ask("Count to 10 slowly")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/event-stream")
    lines = response.text.split("\n")
    generation = re.fullmatch(
        r'data: \{"type": "generation_start", "id": "(gen_[0-9a-z]{12})", "model": "gpt-5"\}', lines[0]
    )
    assert generation
    assert lines[2] == 'data: {"type": "content_delta", "delta": "Here"}'
    assert lines[4] == 'data: {"type": "content_delta", "delta": " are"}'
    end = f'"id": "{generation[1]}", "tokens_used": 2, "balance_remaining": 281'
    assert lines[-5:] == [f'data: {{"type": "generation_end", {end}}}', "", "data: [DONE]", "", ""]
    assert text_of(response) == "Here are the numbers:\n\n1, 2, 3, 4, 5, 6, 7, 8, 9, 10."


async def test_cyrillic_goes_as_utf_8_and_not_as_escapes(demo: Service) -> None:
    response = await demo.ask("посчитай до 3")
    assert "Вот".encode() in response.content
    assert text_of(response) == "Вот числа:\n\n1, 2, 3."


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n\n", "a  b\tc\r\n", "Привет, мир! 🙂👨‍👩‍👧‍👦 x=1_000;", "e\u0301\u2028\x00"]
)
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


def test_pieces_are_about_as_long_as_a_tokenisers() -> None:
    assert pieces("streaming words, Привет мир 2026") == (
        ["stre", "amin", "g", " word", "s", ",", " При", "вет", " мир", " 202", "6"]
    )


async def test_a_request_without_stream_gets_one_json_answer(demo: Service) -> None:
    answer = (await demo.ask("2+2", stream=False)).json()
    assert (answer["status"], answer["content"], answer["tokens_used"]) == ("completed", "`2+2` = **4**", 2)
    assert answer["balance_remaining"] == await demo.balance() == 281


async def test_every_body_can_be_read_as_it_comes_from_a_network(demo: Service) -> None:
    async with demo.client.stream("GET", "/balance") as response:
        body = b"".join([chunk async for chunk in response.aiter_raw()])
    assert json.loads(body)["token_balance"] == 283


async def test_the_same_seed_gives_the_same_bytes_and_the_same_waits() -> None:
    first, second, other = Service(seed=7), Service(seed=7), Service(seed=8)
    bodies = [(await service.ask("hello")).content for service in (first, second, other)]
    assert bodies[0] == bodies[1] != bodies[2]
    assert first.waits == second.waits != other.waits


# ----------------------------------------------------------------------------------------------------- pace


@pytest.mark.parametrize(
    ("model", "least", "most"), [("gpt-5", 0.5, 0.7), ("deepseek-r1", 1.3, 1.7), ("gpt-5.2-pro", 1.3, 1.7)]
)
async def test_thinking_models_take_longer_to_the_first_delta(
    demo: Service, model: str, least: float, most: float
) -> None:
    await demo.ask("hello", model=model)
    assert least < demo.waits[0] + demo.waits[1] < most


@thorough
@pytest.mark.parametrize("model", PRICES)
async def test_every_model_speaks_thirty_to_eighty_deltas_a_second(demo: Service, model: str) -> None:
    await demo.ask("hello", model=model)
    gaps = demo.waits[2:]
    assert 28 < len(gaps) / sum(gaps) < 84
    assert len(set(gaps)) > 10, "there is some jitter"


async def test_speed_divides_every_wait() -> None:
    usual, quick, instant = Service(), Service(speed=4), Service(speed=float("inf"))
    for service in (usual, quick, instant):
        await service.ask("hello")
    assert quick.waits == [wait / 4 for wait in usual.waits]
    assert set(instant.waits) == {0.0}


# -------------------------------------------------------------------------------------------------- account


async def test_the_account_is_readable_by_the_apps_own_types(demo: Service) -> None:
    assert Balance.from_json((await demo.client.get("/balance")).json()) == Balance(283, "vip", "")
    user = User.from_json((await demo.client.get("/user/me")).json())
    assert (user.name, user.balance, user.hourly_limit, user.daily_limit) == ("Demo account", 283, 100, 1000)


async def test_the_list_has_the_documented_models_and_some_that_are_not_for_chat(demo: Service) -> None:
    listed = (await demo.client.get("/models")).json()["items"]
    models = [Model.from_json(entry) for entry in listed]
    assert tuple(model.but(about_en="", about_ru="") for model in models[:12] if model) == DOCUMENTED_MODELS
    others = [model for model in models[12:] if model]
    assert len(others) == 8
    assert not any(model.streams for model in others)
    assert {model.category for model in others} == {"image", "video", "music", "tts", "stt", "tool"}
    assert all(entry["description_en"] and entry["description_ru"] for entry in listed)


async def test_a_list_can_be_of_one_category(demo: Service) -> None:
    listed = (await demo.client.get("/models", params={"category": "image"})).json()["items"]
    assert {entry["category"] for entry in listed} == {"image"}


async def test_a_single_model_can_be_read(demo: Service) -> None:
    assert (await demo.client.get("/models/gpt-5.2")).json()["token_cost"] == 4
    missing = await demo.client.get("/models/gpt-2")
    assert (missing.status_code, missing.json()["error"]) == (404, "not_found")


@thorough
@pytest.mark.parametrize(("model", "price"), PRICES.items())
async def test_a_complete_answer_costs_the_models_price(demo: Service, model: str, price: int) -> None:
    end = events(await demo.ask("2+2", model=model))[-1]
    assert (end["tokens_used"], end["balance_remaining"]) == (price, 283 - price)
    assert await demo.balance() == 283 - price


async def test_an_answer_that_the_balance_does_not_cover_is_refused() -> None:
    service = Service(balance=40)
    await service.ask("2+2", model="gpt-5.2-pro")
    refused = await service.ask("2+2", model="gpt-5.2")
    assert (refused.status_code, refused.json()["error"]) == (402, "insufficient_tokens")
    assert await service.balance() == 1
    assert (await service.ask("2+2", model="gpt-5-nano")).status_code == 200
    assert await service.balance() == 0
    assert (await service.ask("/demo 503")).status_code == 503


async def test_the_limits_count_down_with_each_generation_and_not_with_reading(demo: Service) -> None:
    resets = int(NOON) // 3600 * 3600 + 3600
    read = await demo.client.get("/balance")
    assert RateLimits.from_headers(read.headers) == RateLimits(100, 100, 1000, 1000, resets)
    for left in (99, 98):
        asked = await demo.ask("2+2")
        assert RateLimits.from_headers(asked.headers) == RateLimits(left, 100, 900 + left, 1000, resets)
    lost = await demo.client.get("/nowhere")
    assert lost.headers["X-RateLimit-Remaining-Hour"] == "98"


async def test_the_hundred_and_first_request_of_an_hour_is_refused_until_the_next_hour(demo: Service) -> None:
    for _ in range(100):
        await demo.ask("/demo 400")
    refused = await demo.ask("2+2")
    assert (refused.status_code, refused.json()["retry_after"]) == (429, 3600 - int(NOON) % 3600)
    demo.now += refused.json()["retry_after"]
    assert (await demo.ask("2+2")).headers["X-RateLimit-Remaining-Hour"] == "99"


# ------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/generate", 405),
        ("POST", "/balance", 405),
        ("DELETE", "/models/gpt-5", 405),
        ("GET", "/nowhere", 404),
        ("POST", "/generate/stream", 404),
    ],
)
async def test_other_addresses_and_methods_are_refused(
    demo: Service, method: str, path: str, status: int
) -> None:
    response = await demo.client.request(method, path)
    assert response.status_code == status
    assert response.json().keys() == {"error", "message", "details"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b'{"model": "gpt-2", "messages": []}', 404),
        (b'{"model": ["gpt-5"]}', 404),
        (b'{"model": "demo-image", "prompt": "a cat"}', 422),
        (b'{"model": "gpt-5"}', 422),
        (b'{"model": "gpt-5", "messages": []}', 422),
        (b'{"model": "gpt-5", "messages": ["hello"]}', 422),
        (b'{"model": "gpt-5", "messages": [{"role": "robot", "content": "hello"}]}', 422),
        (b'{"model": "gpt-5", "messages": [{"role": "user", "content": null}]}', 422),
        (b'{"model": "gpt-5", "messages": [{"role": "user", "content": "  "}]}', 422),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused_and_costs_nothing(
    demo: Service, body: bytes, status: int
) -> None:
    response = await demo.client.post("/generate", content=body)
    assert response.status_code == status
    assert await demo.balance() == 283


async def test_messages_may_be_made_of_parts(demo: Service) -> None:
    parts = [{"type": "text", "text": "2+2"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    body = {"model": "gpt-5", "messages": [{"role": "user", "content": parts}], "stream": True}
    assert text_of(await demo.client.post("/generate", json=body)) == "`2+2` = **4**"


# ------------------------------------------------------------------------------------------------ scenarios

STATUSES = {
    "400": "bad_request",
    "401": "not_authenticated",
    "402": "insufficient_tokens",
    "403": "insufficient_plan",
    "404": "not_found",
    "422": "validation_error",
    "429": "rate_limit_exceeded",
    "500": "provider_error",
    "503": "model_unavailable",
}
OTHERS = "error error-mid cut reset slow stall empty html json garbage flood offline 502 limit long pending compare help"


def test_every_scenario_is_tested_here_and_has_a_line_in_both_languages() -> None:
    assert set(SCENARIOS) == {*STATUSES, *OTHERS.split()}
    for english, russian in SCENARIOS.values():
        assert english.isascii()
        assert re.search("[а-я]", russian)


@thorough
@pytest.mark.parametrize(("word", "code"), STATUSES.items())
async def test_a_status_has_its_documented_body_and_costs_nothing(
    demo: Service, word: str, code: str
) -> None:
    response = await demo.ask(f"/demo {word}")
    assert (response.status_code, response.json()["error"]) == (int(word), code)
    assert isinstance(response.json()["message"], str)
    assert isinstance(response.json()["details"], dict)
    assert await demo.balance() == 283


async def test_a_conversation_is_too_long_until_less_of_it_is_sent(demo: Service) -> None:
    for _ in range(2):
        response = await demo.ask("Hello", "And then?", "/demo long")
        assert response.status_code == 400
        assert "context length" in response.json()["message"]
    assert await demo.balance() == 283
    assert (await demo.ask("Hello", "/demo long")).status_code == 200
    assert (await demo.ask("Hello", "/demo long")).status_code == 400


async def test_too_many_requests_says_when_to_come_back(demo: Service) -> None:
    response = await demo.ask("/demo 429")
    body = response.json()
    limits = [body[name] for name in ("retry_after", "plan", "limit_hour", "limit_day")]
    assert limits == [5, "vip", 100, 1000]
    assert response.headers["Retry-After"] == "5"
    assert response.headers["X-RateLimit-Remaining-Hour"] == "0"
    assert (await demo.ask("/demo 429")).status_code == 200
    assert (await demo.ask("/demo 429")).status_code == 429


async def test_a_promised_answer_is_there_after_some_questions(demo: Service) -> None:
    promised = (await demo.ask("/demo pending")).json()
    assert promised["status"] == "pending"
    assert await demo.balance() == 281
    progress = []
    while (state := (await demo.client.get(f"/generate/{promised['id']}")).json())["status"] == "pending":
        progress.append(state["progress"])
    assert progress == [34, 67]
    assert (state["status"], state["balance_remaining"]) == ("completed", 281)
    assert "/demo pending" in state["content"]


async def test_the_history_has_the_whole_of_an_answer_that_broke(demo: Service) -> None:
    broken = text_of(await demo.ask("/demo cut"))
    refused = await demo.ask("/demo error")
    page = (await demo.client.get("/user/history?page=1&limit=100")).json()
    failed, whole, *before = page["items"]
    assert (page["total"], failed["status"], whole["status"]) == (2 + len(before), "failed", "completed")
    assert (whole["prompt"], whole["model_slug"], whole["tokens_spent"]) == ("/demo cut", "gpt-5", 2)
    assert whole["result_text"].startswith(broken)
    assert len(whole["result_text"]) > len(broken) > 0
    by_id = (await demo.client.get(f"/generate/{whole['id']}")).json()
    assert (by_id["status"], by_id["content"]) == ("completed", whole["result_text"])
    assert (await demo.client.get(f"/generate/{failed['id']}")).json()["status"] == "failed"
    assert refused.status_code == 200
    second = (await demo.client.get("/user/history?page=2&limit=1")).json()
    assert second["items"] == [whole]
    assert (await demo.client.get("/user/history?page=x&limit=0")).status_code == 200


async def test_the_history_of_before_has_favourites_and_can_be_filtered_and_changed(demo: Service) -> None:
    everything = (await demo.client.get("/user/history?limit=100")).json()
    assert everything["total"] == len(everything["items"]) > 50
    by_model = (await demo.client.get("/user/history?model_slug=deepseek-r1")).json()
    assert [entry["model_slug"] for entry in by_model["items"]] == ["deepseek-r1"]
    favorites = (await demo.client.get("/user/history?favorites_only=true")).json()["items"]
    assert favorites
    assert all(entry["is_favorited"] for entry in favorites)
    assert (await demo.client.post(f"/user/history/{favorites[0]['id']}/favorite")).status_code == 200
    left = (await demo.client.get("/user/history?favorites_only=true")).json()["items"]
    assert left == favorites[1:]
    assert (await demo.client.delete(f"/user/history/{favorites[1]['id']}")).status_code == 200
    assert (await demo.client.get("/user/history")).json()["total"] == everything["total"] - 1
    assert (await demo.client.delete("/user/history/unknown")).status_code == 404
    assert (await demo.client.get(f"/user/history/{favorites[0]['id']}")).status_code == 405


async def test_a_limit_that_is_used_up_stays_so(demo: Service) -> None:
    for _ in range(2):
        response = await demo.ask("/demo limit")
        assert (response.status_code, response.json()["retry_after"]) == (429, 2400)


@pytest.mark.parametrize(("word", "status"), [("502", 502), ("html", 200)])
async def test_a_page_is_html_and_costs_nothing(demo: Service, word: str, status: int) -> None:
    response = await demo.ask(f"/demo {word}")
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/html")
    assert "<html>" in response.text
    assert await demo.balance() == 283


async def test_offline_has_no_connection(demo: Service) -> None:
    with pytest.raises(httpx.ConnectError):
        await demo.ask("/demo offline")
    assert await demo.balance() == 283


async def test_error_comes_before_any_delta_and_costs_nothing(demo: Service) -> None:
    response = await demo.ask("/demo error")
    assert types_of(response) == ["generation_start", "error"]
    assert events(response)[-1]["message"]
    assert await demo.balance() == 283


async def test_error_mid_comes_after_some_deltas_and_costs_nothing(demo: Service) -> None:
    types = types_of(await demo.ask("/demo error-mid"))
    assert types[0] == "generation_start"
    assert types[-1] == "error"
    assert types.count("content_delta") == len(types) - 2 > 10
    assert await demo.balance() == 283


async def test_cut_ends_without_an_end_and_is_paid(demo: Service) -> None:
    response = await demo.ask("/demo cut")
    assert set(types_of(response)[1:]) == {"content_delta"}
    assert "[DONE]" not in response.text
    assert await demo.balance() == 281


async def test_reset_breaks_the_connection_after_some_deltas_and_is_paid(demo: Service) -> None:
    received = bytearray()

    async def read(response: httpx.Response) -> None:
        async for chunk in response.aiter_bytes():
            received.extend(chunk)

    async with demo.stream("/demo reset") as response:
        with pytest.raises(httpx.ReadError):
            await read(response)
    assert received.count(b"content_delta") > 10
    assert await demo.balance() == 281


async def test_slow_is_silent_for_eight_seconds_and_then_says_three_deltas_a_second(demo: Service) -> None:
    response = await demo.ask("/demo slow")
    assert demo.waits[1] == 8
    assert set(demo.waits[2:]) == {1 / 3}
    assert types_of(response)[-1] == "generation_end"


async def test_stall_says_something_and_then_nothing_until_it_is_cancelled(demo: Service) -> None:
    received = bytearray()

    async def read() -> None:
        async with demo.stream("/demo stall") as response:
            async for chunk in response.aiter_bytes():
                received.extend(chunk)

    reader = asyncio.create_task(read())
    done, _ = await asyncio.wait([reader], timeout=0.05)
    assert not done
    assert received.count(b"content_delta") > 10
    stream = demo.transport.last_stream
    assert stream
    assert stream.open
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert stream.abandoned
    assert await demo.balance() == 281


async def test_empty_is_complete_without_a_word_and_costs_nothing(demo: Service) -> None:
    response = await demo.ask("/demo empty")
    assert types_of(response) == ["generation_start", "generation_end"]
    assert payloads(response)[-1] == "[DONE]"
    assert events(response)[-1]["tokens_used"] == 0
    assert await demo.balance() == 283


async def test_json_is_a_whole_answer_where_a_stream_was_asked_for(demo: Service) -> None:
    response = await demo.ask("/demo json")
    assert response.headers["Content-Type"] == "application/json"
    assert "/demo json" in response.json()["content"]
    assert response.json()["balance_remaining"] == await demo.balance() == 281


async def test_garbage_stands_between_good_deltas_and_spoils_none_of_them(demo: Service) -> None:
    response = await demo.ask("/demo garbage")
    assert b": keep-alive\n" in response.content
    assert b"data: this is no JSON\n" in response.content
    assert b'"\xff\xfe"' in response.content
    good = re.findall(
        rb'^data: (\{"type": "content_delta", "delta": ".*"\})$', response.content, re.MULTILINE
    )
    text = "".join(json.loads(event)["delta"] for event in good)
    assert text.startswith("**`/demo garbage`**")
    assert text.endswith("the answer has come to its end.")
    assert response.content.endswith(b"data: [DONE]\n\n")


async def test_flood_is_five_thousand_deltas_without_a_wait(demo: Service) -> None:
    for prompt, model in (("/demo flood", "gpt-5"), ("/demo flood пожалуйста", "gpt-5.2-pro")):
        demo.waits.clear()
        types = types_of(await demo.ask(prompt, model=model))
        assert types.count("content_delta") == 5000
        assert types[-1] == "generation_end"
        assert set(demo.waits[1:]) == {0.0}


@thorough
@pytest.mark.parametrize("prompt", ["/demo", "  /DEMO\n", "/demo help", "/Demo Help"])
async def test_demo_alone_lists_every_word(demo: Service, prompt: str) -> None:
    text = await demo.text(prompt)
    assert all(f"| `/demo {word}` | {line} |" in text for word, (line, _) in SCENARIOS.items())


async def test_a_word_that_nobody_knows_is_said_to_be_unknown_and_the_list_follows(demo: Service) -> None:
    text = await demo.text("/demo `fireworks`")
    assert text.startswith("> /demo \\`fireworks\\`\n\nThere is no such word.")
    assert "`/demo stall`" in text


@pytest.mark.parametrize("prompt", ["/demonstrate", "What does /demo 500 do in this prompt?"])
async def test_demo_counts_only_as_the_first_word(demo: Service, prompt: str) -> None:
    assert (await demo.ask(prompt)).status_code == 200


async def test_only_the_last_message_is_obeyed(demo: Service) -> None:
    assert await demo.text("/demo 500", "2+2") == "`2+2` = **4**"


# ------------------------------------------------------------------------------------------ the client goes


async def test_a_client_that_goes_before_the_first_delta_pays_nothing(demo: Service) -> None:
    async with demo.stream("hello") as response:
        start = await anext(response.aiter_bytes())
    assert b"generation_start" in start
    assert demo.transport.last_stream
    assert demo.transport.last_stream.abandoned
    assert await demo.balance() == 283


async def test_a_client_that_goes_after_a_delta_has_paid_for_the_answer(demo: Service) -> None:
    async with demo.stream("hello", model="gpt-5.2-pro") as response:
        async for chunk in response.aiter_bytes():
            if b"content_delta" in chunk:
                break
    assert demo.transport.last_stream
    assert demo.transport.last_stream.abandoned
    assert await demo.balance() == 283 - 39


async def test_a_client_that_goes_after_the_last_line_has_not_abandoned_anything(demo: Service) -> None:
    async with demo.stream("2+2") as response:
        async for chunk in response.aiter_bytes():
            if b"[DONE]" in chunk:
                break
    assert demo.transport.last_stream
    assert not demo.transport.last_stream.abandoned
    assert not demo.transport.last_stream.open


@pytest.mark.parametrize(
    "silence", [0, 1, 5], ids=["at the head", "before the first delta", "between deltas"]
)
async def test_a_cancelled_client_leaves_no_trace_in_any_wait(silence: int) -> None:
    silent = asyncio.Event()
    waits = 0

    async def sleep(_: float) -> None:
        nonlocal waits
        waits += 1
        if waits == silence + 1:
            silent.set()
            await asyncio.Event().wait()

    transport = DemoTransport(sleep=sleep)
    async with httpx.AsyncClient(transport=transport, base_url="https://elumenta.ru/api/v2") as client:
        asking = asyncio.create_task(client.post("/generate", json=request("hello")))
        await silent.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert transport.last_stream is None or transport.last_stream.abandoned
        assert (await client.get("/balance")).json()["token_balance"] == (281 if silence > 1 else 283)


async def test_two_streams_at_a_time_are_answered_each_on_its_own(demo: Service) -> None:
    first, second = await asyncio.gather(demo.ask("count to 50"), demo.ask("посчитай до 50"))
    assert text_of(first).startswith("Here")
    assert text_of(second).startswith("Вот")
    assert await demo.balance() == 279


# -------------------------------------------------------------------------------------------------- answers

PROMPTS = {
    "overview": ("hello", "What can you do?", "hi there", "привет", "Что ты умеешь?", "Добрый день!"),
    "keys": ("Which keys are there?", "how do I stop an answer", "Какие есть клавиши?", "как выйти"),
    "prices": (
        "What does it cost?",
        "my balance",
        "the cheapest model",
        "Сколько стоит запрос?",
        "мой баланс",
    ),
    "models": ("Tell me about the models", "how do I switch?", "Расскажи о моделях", "какие модели есть"),
    "code": ("Show me some code", "Python", "Покажи примеры кода", "код на Rust"),
    "showcase": ("markdown showcase", "Покажи разметку", "таблица"),
    "config": (
        "How do I use my real account?",
        "api key",
        "privacy",
        "Как перейти на настоящий счёт?",
        "ключ",
    ),
    "failures": ("what can go wrong?", "какие бывают ошибки"),
    "haiku": ("A haiku, please", "хайку"),
    "poem": ("write a poem", "Прочти стихотворение", "стихи"),
    "story": ("tell me a story", "расскажи историю"),
    "long": ("long", "A long answer", "длинно", "Длинный ответ"),
    "first": (
        "What did I say first?",
        "what was my first message",
        "Что я сказал первым?",
        "что я спросила сначала",
        "Какое было моё первое сообщение?",
    ),
    "just": ("what did I just say", "my previous question", "Что я только что сказал?", "мой прошлый вопрос"),
    "how-many": ("how many messages so far?", "сколько было сообщений?"),
    "which-model": ("Which model are you?", "who are you", "Какая ты модель?", "кто ты"),
    "thanks": ("Thanks!", "спасибо"),
    "instructions": (
        "What are your instructions?",
        "which persona is this",
        "the system prompt",
        "Какие у тебя инструкции?",
        "какая сейчас персона",
        "системный промпт",
    ),
}
SPOKEN = [(subject, prompt) for subject, prompts in PROMPTS.items() for prompt in prompts]


@thorough
@pytest.mark.parametrize(("subject", "prompt"), SPOKEN)
def test_a_prompt_is_understood(subject: str, prompt: str) -> None:
    assert subject_of(prompt) == subject


DIFF = """diff --git a/x.py b/x.py
--- a/x.py
+++ b/x.py
@@ -1 +1,2 @@
-a = 1
+a = 2
++++ b/none.py
"""


@pytest.mark.parametrize(
    ("prompt", "begin"),
    [
        ("write the commit message", "Change x.py\n\nLines added: 2, removed: 1."),
        ("Напиши сообщение для коммита", "Изменить x.py\n\nДобавлено строк: 2, удалено: 1."),
    ],
)
async def test_a_commit_message_is_of_the_diff_that_comes_along(
    demo: Service, prompt: str, begin: str
) -> None:
    assert text_of(await demo.ask(f"{prompt}\n\n```\n{DIFF}```")).startswith(begin)
    assert not text_of(await demo.ask(f"what changes?\n\n```\n{DIFF}```")).startswith(begin[:6])


@pytest.mark.parametrize(
    "prompt", ["What is the meaning of life?", "В чём смысл жизни?", "🙂", "key " + "and so on " * 20]
)
def test_other_prompts_are_not_misunderstood(prompt: str) -> None:
    assert subject_of(prompt) is None


def fences(text: str) -> list[str]:
    return re.findall(r"^```(\w*)$", text, re.MULTILINE)


@thorough
@pytest.mark.parametrize(("subject", "prompt"), [*SPOKEN, ("fallback", "🦊 why?"), ("fallback", "Зачем?")])
async def test_every_answer_is_whole_and_in_the_language_of_the_prompt(
    demo: Service, subject: str, prompt: str
) -> None:
    text = await demo.text("Something", prompt)
    assert text.strip()
    assert "{{" not in text
    opening = fences(text)
    assert len(opening) % 2 == 0
    assert all(opening[::2]), "a fence says its language"
    assert not any(opening[1::2])
    prose = re.sub(r"```.*?```|`[^`\n]*`|https?:\S+|^>[^\n]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    russian = bool(re.search("[а-яё]", prompt.lower()))
    # Pages with the showcase greet in the other language.
    assert bool(re.search("[а-яё]", prose)) == russian or subject in ("showcase", "long")


PAGES = {entry.name for entry in resources.files("elumenta_tui.demo").joinpath("answers").iterdir()}


def page(name: str) -> str:
    return resources.files("elumenta_tui.demo").joinpath("answers", name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted({name.split(".")[0] for name in PAGES}))
def test_a_page_has_the_same_shape_in_both_languages(name: str) -> None:
    def shape(text: str) -> list[str]:
        outside = re.sub(r"^```(\w+)$.*?^```$", r"```\1", text, flags=re.DOTALL | re.MULTILINE)
        return re.findall(
            r"^(?:#+ |```\w+|\|(?: :?-+:? \|)+| *- | *\d\. |> |---$)|\{\{\w+\}\}", outside, re.MULTILINE
        )

    assert shape(page(f"{name}.en.md")) == shape(page(f"{name}.ru.md"))


@pytest.mark.parametrize("name", sorted(name for name in PAGES if name.endswith(".ru.md")))
def test_russian_pages_use_russian_quotation_marks(name: str) -> None:
    prose = re.sub(r"```.*?```|`[^`]*`", "", page(name), flags=re.DOTALL)
    assert not re.search('["“”]', prose)


@pytest.mark.parametrize(("name"), ["code.en.md", "code.ru.md"])
def test_the_python_sample_compiles(name: str) -> None:
    sample = re.search(r"```python\n(.*?)```", page(name), re.DOTALL)
    assert sample
    compile(sample[1], name, "exec")


async def test_code_samples_come_in_the_languages_that_were_named(demo: Service) -> None:
    everything = fences(await demo.text("show me code"))[::2]
    assert everything == ["python", "javascript", "rust", "sql", "bash", "diff"]
    assert fences(await demo.text("Rust and SQL code"))[::2] == ["rust", "sql"]


async def test_the_prices_are_the_documented_ones(demo: Service) -> None:
    for prompt in ("prices", "цены"):
        text = await demo.text(prompt)
        for model in DOCUMENTED_MODELS:
            assert re.search(rf"\| `{re.escape(model.slug)}` \| .* \| {model.price} \| \d+ \|", text)
    assert "до этого ответа: 281 токен." in text, "the balance before this answer, in the right form"


@pytest.mark.parametrize("prompt", ["long", "длинно"])
async def test_a_long_answer_has_about_three_thousand_words(demo: Service, prompt: str) -> None:
    text = await demo.text(prompt)
    assert 2500 < len(re.findall(r"[^\W\d_]{2,}", text)) < 3900
    assert text.startswith("# ")
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert len(re.findall("^# ", outside, re.MULTILINE)) == 1, "one title, and chapters below it"


# ------------------------------------------------------------------------------------------ memory, language


async def test_the_first_message_is_remembered(demo: Service) -> None:
    text = await demo.text("My cat is called Ада", "Hello", "What did I say first?")
    assert text.startswith("The first thing you said here was:\n\n> My cat is called Ада\n\n")
    text = await demo.text("Кота зовут Байт", "2+2", "Что я сказал первым?")
    assert text.startswith("Первым вы сказали вот что:\n\n> Кота зовут Байт\n\n")
    assert "This question is the first" in await demo.text("What did I say first?")


async def test_the_last_message_and_their_number_are_remembered(demo: Service) -> None:
    assert (await demo.text("One", "Two", "What did I just say?")).endswith("> Two")
    assert "**5** messages: 3 from you, this one included, and 2" in await demo.text(
        "a", "b", "how many messages?"
    )
    assert "**3** сообщения: 2 от вас" in await demo.text("раз", "сколько сообщений?")


async def test_an_answer_names_the_model_of_its_request_and_admits_that_there_may_have_been_others(
    demo: Service,
) -> None:
    alone = await demo.text("Which model are you?", model="deepseek-r1")
    assert "`deepseek-r1` (DeepSeek R1, DeepSeek), 1 token per request" in alone
    assert "other models" not in alone
    later = await demo.text("Привет", "Какая ты модель?", model="claude-sonnet-4.5")
    assert "`claude-sonnet-4.5` (Claude Sonnet 4.5, Anthropic), 4 токена за запрос" in later
    assert "могли дать другие модели" in later


@thorough
@pytest.mark.parametrize(
    ("said", "russian"),
    [
        (("Привет", "Hello"), False),
        (("Hello", "Привет"), True),
        (("Почини мой AsyncClient",), True),
        (("Привет", "/demo"), True),
        (("Hello", "/demo"), False),
        (("Hello", "Привет", "🙂"), True),
        (("🙂",), False),
        (("/demo",), False),
    ],
)
async def test_the_answer_has_the_language_of_the_last_words(
    demo: Service, said: tuple[str, ...], russian: bool
) -> None:
    assert bool(re.search("[а-яё]", (await demo.text(*said)).replace("Привет", ""))) == russian


async def test_a_conversation_without_words_is_answered_in_the_language_of_the_account() -> None:
    service = Service(language=lambda: "ru")
    assert (await service.text("/demo")).startswith("# Когда")


@thorough
@pytest.mark.parametrize("said", [("Python",), ("show me code",), ("Привет", "Rust"), ("GPT-5", "Claude?")])
async def test_latin_words_are_no_english_where_the_interface_is_russian(said: tuple[str, ...]) -> None:
    assert re.search("[а-яё]", await Service(language=lambda: "ru").text(*said))
    assert not re.search("[а-яё]", (await Service().text(*said)).replace("Привет", ""))


@thorough
@pytest.mark.parametrize("word", [*STATUSES, "limit", "error", "error-mid"])
async def test_the_service_speaks_the_language_of_the_interface(word: str) -> None:
    for language, letters in (("en", "[a-z]"), ("ru", "[а-яё]")):
        response = await Service(language=lambda spoken=language: spoken).ask(f"/demo {word}")
        body = events(response)[-1] if response.status_code == 200 else response.json()
        others = re.sub("API|VIP|Elite", "", body["message"])
        assert set(re.findall("[a-zа-яё]", others.lower())) <= set(re.findall(letters, others.lower()))
        assert re.search(letters, others)


@pytest.mark.parametrize("word", ["offline", "reset"])
async def test_a_broken_connection_is_told_in_the_language_of_the_interface(word: str) -> None:
    with pytest.raises(httpx.TransportError, match=r"^Соедин\w+ [а-я ]+$"):
        await Service(language=lambda: "ru").ask(f"/demo {word}")


@thorough
async def test_another_language_counts_at_once_until_words_show_one() -> None:
    spoken = ["ru"]
    service = Service(language=lambda: spoken[0])
    assert re.search("[а-яё]", await service.text("Привет", "/demo"))
    spoken[0] = "en"
    assert not re.search("[а-яё]", await service.text("Привет", "/demo"))
    assert not re.search("[а-яё]", await service.text("/demo"))
    assert re.search("[а-яё]", await service.text("Привет"))
    assert re.search("[а-яё]", await service.text("Привет", "/demo"))


# ---------------------------------------------------------------------------------------------------- quotes

ROUGH = [
    "plain words",
    "*bold* _and_ `code` and ~~gone~~ [a link](https://example.com) <b>html</b> &amp; $x$ | cell",
    "```python\nprint('never closed')",
    "# not a heading\n- not a list\n1. not a number\n> not a quote\n---\n=== \n: not a definition",
    "~~~\n    indented\n\n\n\ttabbed",
    "[label]: https://example.com 'title'\n\n[label]",
    "<!-- never closed\n<script>\n",
    "| a | b |\n| --- | --- |\n| 1 | 2 |",
    "back\\slash\\",
    "{{prices}} {{quote}}",
    "1) first\n2026. year\n+ plus",
]


@pytest.mark.parametrize("text", ROUGH)
def test_a_quote_shows_what_was_said_and_nothing_else(text: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(f"{quote(text)}\n\nAfter.")
    kinds = {token.type for token in tokens}
    assert kinds == {"blockquote_open", "paragraph_open", "inline", "paragraph_close", "blockquote_close"}
    shown = [
        "".join("\n" if child.type == "hardbreak" else child.content for child in token.children or [])
        for token in tokens
        if token.type == "inline"
    ]
    words = [" ".join(line.split()) for line in text.strip().split("\n") if line.strip()]
    assert "\n".join(shown).split("\n") == [*words, "After."]


@thorough
@pytest.mark.parametrize("text", ROUGH)
async def test_a_prompt_that_is_not_understood_comes_back_as_a_quote_with_suggestions(
    demo: Service, text: str
) -> None:
    answer = await demo.text("zzz " * 30 + text)
    assert answer.startswith("> zzz")
    assert "no language model is behind it" in answer
    assert answer.count("\n- **") == 6


@thorough
async def test_a_very_long_prompt_is_quoted_in_part(demo: Service) -> None:
    assert len((await demo.text("word " * 100_000)).split("\n\n")[0]) < 700


async def test_control_characters_and_lone_surrogates_do_not_come_back(demo: Service) -> None:
    body = json.dumps(request("zzz \x1b[31m \ud800 \u202e ?")).encode()
    text = text_of(await demo.client.post("/generate", content=body))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]", text)


# ---------------------------------------------------------------------------------------------- calculations


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("2+2", "`2+2` = **4**"),
        ("What is 2 + 2?", "`2 + 2` = **4**"),
        ("(1 + 2) * -3", "`(1 + 2) * -3` = **-9**"),
        ("0.1+0.2", "`0.1+0.2` = **0.3**"),
        ("-1/8", "`-1/8` = **-0.125**"),
        ("2/3", "`2/3` ≈ **0.6666666667**"),
        ("2^10", "`2^10` = **1024**"),
        ("7 × 6 =", "`7 × 6` = **42**"),
        ("1,000 + 1", "`1,000 + 1` = **1001**"),
        ("1/0", "`1/0` has no result: it divides by zero."),
        ("Сколько будет 3,5 * 4?", "`3,5 * 4` = **14**"),
        ("сколько будет 1/4", "`1/4` = **0,25**"),
        ("сколько будет 10 : 4", "`10 : 4` = **2,5**"),
        ("count from 5 to 3", "Here are the numbers:\n\n5, 4, 3."),
        ("Посчитай от 1 до 3, пожалуйста", "Вот числа:\n\n1, 2, 3."),
    ],
)
async def test_sums_and_counting_are_right(demo: Service, prompt: str, answer: str) -> None:
    assert await demo.text(prompt) == answer


@pytest.mark.parametrize(
    "prompt",
    ["9**9**9**9", "2**-", "1(2)", "((((", "42", "2024-11-22", "__import__", "1" * 100 + "+1", "2**0.5"],
)
async def test_what_is_no_sum_is_not_calculated(demo: Service, prompt: str) -> None:
    assert (await demo.text(prompt)).startswith("> ")


@thorough
async def test_counting_stops_at_a_thousand(demo: Service) -> None:
    text = await demo.text("count to 999999999")
    assert ", 1000…\n\nThat is a thousand" in text


@pytest.mark.parametrize("asked", ["/demo cut", "a haiku", "напиши хайку"])
@pytest.mark.parametrize("code", i18n.LANGUAGES)
async def test_an_answer_that_was_broken_off_is_continued_where_it_broke_off(
    demo: Service, asked: str, code: str
) -> None:
    whole = replies.reply(
        Prompt((asked,), 0, "ru" if "хайку" in asked else "en"),
        CHAT_MODELS["gpt-5"],
        283,
        scenarios.word_of(asked),
    )
    part = whole[: len(whole) // 2]
    messages = [
        {"role": "user", "content": asked},
        {"role": "assistant", "content": part},
        {"role": "user", "content": str(i18n.catalogue(code)["continue.prompt"])},
    ]
    response = await demo.client.post(
        "/generate", json={"model": "gpt-5", "messages": messages, "stream": True}
    )
    assert part + text_of(response) == whole


@thorough
async def test_code_that_was_broken_off_twice_is_continued_as_code(demo: Service) -> None:
    sentence = str(i18n.catalogue("en")["continue.prompt"])
    whole = replies.reply(Prompt(("show me code",), 0, "en"), CHAT_MODELS["gpt-5"], 283)
    messages = [{"role": "user", "content": "show me code"}]
    so_far = ""
    for end in (whole.index("headers ="), whole.index("raise RuntimeError"), len(whole)):
        # All but the first begin with the fence of the code block that was open.
        again = "```python\n" if so_far else ""
        if so_far:
            messages.append({"role": "user", "content": sentence})
        response = await demo.client.post(
            "/generate", json={"model": "gpt-5", "messages": messages, "stream": True}
        )
        assert text_of(response) == again + whole[len(so_far) :]
        messages.append({"role": "assistant", "content": again + whole[len(so_far) : end]})
        so_far = whole[:end]


# ----------------------------------------------------------------------------------------------- instructions


async def told(demo: Service, system: str, prompt: str) -> str:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": prompt}]
    asked = {"model": "gpt-5", "messages": messages, "stream": False}
    return str((await demo.client.post("/generate", json=asked)).json()["content"])


@pytest.mark.parametrize(
    ("system", "asked", "code", "review", "price"),
    [
        ("You review Python code.", "What are your instructions?", "Show me some code", "Must change", "What does it cost?"),
        ("Ты проводишь ревью кода.", "Какие у тебя инструкции?", "Покажи примеры кода", "Обязательно исправить", "Сколько стоит запрос?"),
    ],
)  # fmt: skip
async def test_standing_instructions_are_repeated_and_a_reviewer_reviews(
    demo: Service, system: str, asked: str, code: str, review: str, price: str
) -> None:
    assert f"> {system}" in await told(demo, system, asked)
    assert system not in await demo.text(asked)
    assert "/system" in await demo.text(asked)
    reviewed = await told(demo, system, f"```python main.py\nprint(1)\n```\n\n{code}")
    assert review in reviewed
    assert "main.py" in reviewed
    assert review in await told(demo, system, code)
    # What has nothing to do with code is answered as without it.
    table = re.compile("`gpt-5` .*\\n")
    assert table.findall(await told(demo, system, price))


async def test_instructions_to_be_brief_shorten_answers_in_both_languages(demo: Service) -> None:
    for system, prompt in (
        ("Be brief.", "Tell me about the models"),
        ("Отвечай кратко.", "Расскажи о моделях"),
    ):
        text = await told(demo, system, prompt)
        assert text in await demo.text(prompt)
        assert len(text) < 400
        assert "\n\n" not in text
