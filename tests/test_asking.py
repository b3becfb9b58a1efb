"""When a request is sent again by itself, and when it must not be."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from elumenta_tui.api import ApiError
from elumenta_tui.api.errors import KINDS
from elumenta_tui.asking import LONGEST_HOLD, REPEATS, seconds_before_repeat
from elumenta_tui.chat import Charge, TurnState
from tests.chatting import account_at, chat_app, chatting, hurry
from tests.service import Service, json_response


def pause(error: ApiError, number: int = 1, *, spent: float = 0.0, chance: float = 0.0) -> float | None:
    return seconds_before_repeat(error, number, spent=spent, chance=lambda: chance)


def error_of(kind: str, status: int | None = None, wait: float | None = None, **more: object) -> ApiError:
    row = KINDS[kind]
    return row.error(kind=kind, status=status or row.status, retry_after=wait, **more)  # type: ignore[arg-type]  # `charge` at most


FREE_REPEATS = {"no_connection", "rate_limit_exceeded", "model_unavailable"}


@pytest.mark.parametrize("kind", KINDS)
def test_d7_only_what_can_not_have_been_billed_is_sent_again(kind: str) -> None:
    assert (pause(error_of(kind, wait=2)) is not None) == (kind in FREE_REPEATS)


def test_d7_there_are_three_repeats_at_most() -> None:
    for kind in FREE_REPEATS:
        assert pause(error_of(kind, wait=2), REPEATS) is not None
        assert pause(error_of(kind, wait=2), REPEATS + 1) is None


@pytest.mark.parametrize(
    ("wait", "number", "seconds"),
    [
        (2, 1, 2),
        (2, 2, 2),
        (2, 3, 4),
        (0, 1, 1),
        (60, 1, 60),
        (60.5, 1, None),
        (864_000, 1, None),
        (None, 1, None),
    ],
)
def test_d7_the_wait_that_the_service_asks_for_is_kept_up_to_a_minute(
    wait: float | None, number: int, seconds: float | None
) -> None:
    assert pause(error_of("rate_limit_exceeded", wait=wait), number) == seconds
    late = pause(error_of("rate_limit_exceeded", wait=wait), number, chance=1.0)
    if seconds is None:
        assert late is None
    else:
        assert late is not None
        assert seconds < late <= min(seconds * 1.5, LONGEST_HOLD + 1)


@pytest.mark.parametrize(("number", "seconds"), [(1, 1), (2, 2), (3, 4)])
@pytest.mark.parametrize("kind", ["no_connection", "model_unavailable"])
def test_d7_without_a_word_on_the_wait_it_grows(kind: str, number: int, seconds: float) -> None:
    assert pause(error_of(kind), number) == seconds


def test_d7_a_gateways_page_and_other_answers_are_no_word_of_the_service() -> None:
    assert pause(error_of("model_unavailable", charge=Charge.UNKNOWN, wait=2)) is None
    assert pause(error_of("rate_limit_exceeded", status=200, wait=2)) is None
    assert pause(error_of("model_unavailable", status=500)) is None


def test_d7_a_connection_that_takes_for_ever_is_given_up() -> None:
    assert pause(error_of("no_connection"), 2, spent=29) is not None
    assert pause(error_of("no_connection"), 2, spent=31) is None


# ------------------------------------------------------------------------------------------------------- in the app

TOO_MANY = json_response(429, {"error": "rate_limit_exceeded", "message": "slow down", "retry_after": 20})


class Waiting:
    """A `sleep` that lasts until the test lets it go."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await self.over.wait()


async def test_a_wait_is_counted_down_and_then_the_answer_comes(tmp_path: Path) -> None:
    now, waiting = 0.0, Waiting()
    app_options = {"clock": lambda: now, "sleep": waiting.sleep}
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, **app_options)) as chat,
    ):
        await chat.sees("300 tokens")
        service.queue(TOO_MANY)
        turn = await chat.send("patience")
        await chat.sees("Too many requests", "The service says: slow down.", "repeat 1 of 3")
        await chat.until(lambda: turn.hold is not None)
        assert turn.hold is not None
        left = turn.hold.seconds(now)
        await chat.sees(f"Sent again in {left} s", f"again in {left} s · Esc stops")
        now = 5.0
        await chat.sees(f"Sent again in {left - 5} s", f"again in {left - 5} s · Esc stops")
        assert len(service.posts) == 1
        waiting.over.set()
        await chat.until(lambda: turn.over)
        await chat.sees("Here are the numbers", "◈ 297 tokens", "Enter · 2 tokens")
        await chat.sees_no("Too many requests")
        assert 20 <= waiting.seconds[0] <= 21
        assert (len(service.posts), turn.state, turn.cost) == (2, TurnState.COMPLETE, 3)


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_esc_ends_the_wait_costs_nothing_and_brings_the_prompt_back(tmp_path: Path, key: str) -> None:
    waiting = Waiting()
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=waiting.sleep)) as chat,
    ):
        await chat.sees("300 tokens")
        service.queue(TOO_MANY)
        turn = await chat.send("patience")
        await chat.sees("Sent again in")
        await chat.pilot.press(key)
        await chat.until(lambda: turn.over)
        await chat.sees("Stopped by you.", "It cost nothing.", "Enter · 2 tokens")
        await chat.sees_no("Sent again in")
        assert chat.app.prompt.text == "patience"
        waiting.over.set()
        await chat.settle()
        assert len(service.posts) == 1


async def test_after_three_repeats_it_is_given_up(tmp_path: Path) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=hurry)) as chat,
    ):
        await chat.sees("300 tokens")
        for _ in range(9):
            service.queue(json_response(503, {"error": "model_unavailable", "message": "later"}))
        await chat.ask("hello")
        await chat.sees("Failed: the model is unavailable", "It cost nothing", "◈ 300 tokens")
        assert len(service.posts) == 4
        assert chat.app.prompt.text == "hello"
