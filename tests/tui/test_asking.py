"""When a request is sent again by itself, and when it must not be."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from elumenta_tui.api import ApiError, ElumentaClient, Pending
from elumenta_tui.api import retry as asking
from elumenta_tui.api.errors import KINDS
from elumenta_tui.api.retry import LONGEST_WAIT, REPEATS, best_match, seconds_before_repeat
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.history import HistoryEntry
from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.chat.request import Request
from elumenta_tui.chat.turn import Answer, AnswerState, Turn
from elumenta_tui.config.settings import Settings
from elumenta_tui.demo import DemoTransport
from elumenta_tui.session.backend import demo_account
from elumenta_tui.session.guardrails import REACTION
from tests.chatting import account_at, chat_app, chatting, hurry, quick_demo
from tests.service import KEY, Pause, Reset, Service, delta, ended, generated, json_response, sse, started
from tests.thorough import thorough


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
        assert seconds < late <= min(seconds * 1.5, LONGEST_WAIT + 1)


@pytest.mark.parametrize(("number", "seconds"), [(1, 1), (2, 2), (3, 4)])
@pytest.mark.parametrize("kind", ["no_connection", "model_unavailable"])
def test_d7_without_a_word_on_the_wait_it_grows(kind: str, number: int, seconds: float) -> None:
    assert pause(error_of(kind), number) == seconds


def test_d7_a_gateways_page_and_other_answers_are_no_word_of_the_service() -> None:
    assert pause(error_of("model_unavailable", billing=Billing.UNKNOWN, wait=2)) is None
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


@thorough
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
        await chat.sees("Too many requests", "The service says: slow down.", "Retry 1 of 3")
        await chat.until(lambda: turn.retry_wait is not None)
        assert turn.retry_wait is not None
        left = turn.retry_wait.seconds(now)
        await chat.sees(f"Retry 1 of 3 in {left} s", f"again in {left} s · Esc stops")
        now = 5.0
        await chat.sees(f"Retry 1 of 3 in {left - 5} s", f"again in {left - 5} s · Esc stops")
        assert len(service.posts) == 1
        waiting.over.set()
        await chat.until(lambda: turn.over)
        await chat.sees("Here are the numbers", "◈ 297 tokens", "Enter · 2 tokens")
        await chat.sees_no("Too many requests")
        assert 20 <= waiting.seconds[0] <= 21
        assert (len(service.posts), turn.state, turn.charge.stated) == (2, AnswerState.COMPLETE, 3)


async def test_the_key_for_another_model_says_why_it_does_nothing_while_the_answer_may_still_come(
    tmp_path: Path,
) -> None:
    waiting = Waiting()
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=waiting.sleep)) as chat,
    ):
        await chat.sees("300 tokens")
        await chat.pilot.press("alt+m")
        await chat.sees("Another model is offered only where")
        service.queue(TOO_MANY)
        await chat.send("patience")
        await chat.sees("Retry 1 of 3 in")
        await chat.pilot.press("alt+m")
        await chat.sees("The answer is still coming.", "Retry 1 of 3 in")
        await chat.pilot.press("escape")
        assert len(service.posts) == 1


@thorough
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
        await chat.sees("Retry 1 of 3 in")
        await chat.pilot.press(key)
        await chat.until(lambda: turn.over)
        await chat.sees("You stopped it.", "It cost nothing.", "Enter · 2 tokens")
        await chat.sees_no("Retry 1 of 3 in")
        assert chat.app.prompt.text == "patience"
        waiting.over.set()
        await chat.settle()
        assert len(service.posts) == 1


@thorough
async def test_esc_ends_the_wait_at_once_also_for_who_wants_two_presses(tmp_path: Path) -> None:
    waiting = Waiting()
    options = {"settings": Settings(stop_twice=True), "sleep": waiting.sleep}
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, **options)) as chat,
    ):
        service.queue(TOO_MANY)
        turn = await chat.send("patience")
        await chat.sees("Retry 1 of 3 in")
        await chat.pilot.press("escape")
        await chat.until(lambda: turn.over)


@thorough
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


# ---------------------------------------------------------------------------------------- an answer that comes later

POLL = "/api/v2/generate/gen_77"
PENDING = json_response(200, {"id": "gen_77", "status": "pending"})
LATER = {"id": "gen_77", "status": "completed", "model": "gpt-5", "content": "Here it is", "tokens_used": 1}


class Outcome(NamedTuple):
    turn: Answer
    error: ApiError | None
    slept: list[float]


async def asked(service: Service) -> Outcome:
    """One turn without the app, and the pauses that were made."""
    turn = Conversation().ask("hi", DOCUMENTED_MODELS[5], now=0.0)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with ElumentaClient(KEY, service.url, idle_timeout=5) as client:

        async def connect() -> ElumentaClient:
            return client

        error = None
        try:
            answer = asking.ask(connect, Request.of("gpt-5", "hi"), sleep=sleep)
            async with asyncio.timeout(20), aclosing(answer) as stream:
                async for events in stream:
                    for event in events:
                        event.apply(turn)
        except ApiError as caught:
            error = caught
            turn.fail(caught.failure())
    return Outcome(turn, error, slept)


async def test_d4_a_pending_answer_is_fetched_by_its_id_and_never_asked_for_again() -> None:
    async with Service() as service:
        service.queue(PENDING)
        service.queue_get(
            POLL,
            json_response(200, {"id": "gen_77", "status": "processing", "progress": 45, "eta_seconds": 3}),
        )
        service.queue_get(POLL, Reset())
        service.queue_get(POLL, json_response(503, {"error": "model_unavailable"}))
        service.queue_get(POLL, json_response(502, {}))
        service.route(POLL, json_response(200, LATER))
        turn, error, slept = await asked(service)
        assert (turn.state, turn.text, turn.charge.stated, error) == (
            AnswerState.COMPLETE,
            "Here it is",
            1,
            None,
        )
        assert (turn.generation_id, turn.served_by) == ("gen_77", "gpt-5")
        assert slept == [1, 2, 3, 5, 5]
        assert len(service.posts) == 1
        assert len(service.gets(POLL)) == 5


async def test_d4_the_other_documented_address_is_tried_too() -> None:
    async with Service() as service:
        service.queue(json_response(202, {"id": 77, "status": "queued"}))
        service.route(
            "/api/v2/generate/status/77",
            json_response(200, {"id": 77, "status": "completed", "result_text": "B", "tokens_spent": 2}),
        )
        turn = (await asked(service)).turn
        assert (turn.state, turn.text, turn.charge.stated) == (AnswerState.COMPLETE, "B", 2)


@pytest.mark.parametrize(
    ("state", "tries"), [({"id": "gen_77", "status": "pending"}, 61), ({"error": "not_found"}, 1)]
)
async def test_d4_a_pending_answer_that_never_comes_is_given_up_with_its_id(
    state: dict[str, object], tries: int
) -> None:
    async with Service() as service:
        service.queue(PENDING)
        service.route(POLL, json_response(404 if "error" in state else 200, state))
        turn, error, slept = await asked(service)
        assert isinstance(error, Pending)
        assert (turn.state, turn.generation_id) == (AnswerState.FAILED, "gen_77")
        assert turn.failure is not None
        assert (turn.failure.message, turn.failure.billing) == ("gen_77", Billing.UNKNOWN)
        assert len(slept) == tries
        assert sum(slept) <= 300
        assert len(service.posts) == 1


async def test_d4_a_pending_answer_that_fails_says_why_and_costs_nothing() -> None:
    async with Service() as service:
        service.queue(PENDING)
        service.route(POLL, json_response(200, {"id": "gen_77", "status": "failed", "error": "M-4"}))
        failure = (await asked(service)).turn.failure
        assert failure is not None
        assert (failure.message, failure.billing) == ("M-4", Billing.NOT_CHARGED)


@thorough
async def test_the_wait_for_a_pending_answer_shows_how_far_it_is_and_esc_ends_it(tmp_path: Path) -> None:
    waiting = Waiting()
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=waiting.sleep)) as chat,
    ):
        await chat.sees("300 tokens")
        service.queue(
            json_response(200, {"id": "gen_77", "status": "pending", "progress": 45, "eta_seconds": 32})
        )
        turn = await chat.send("a long story")
        await chat.sees("the service is preparing the answer", "45% ready", "about 32 s left", "Esc stops")
        await chat.pilot.press("escape")
        await chat.until(lambda: turn.over)
        await chat.sees("You stopped it.", "Request ID: gen_77", "Ctrl+G tries to recover")
        assert chat.app.prompt.text == "a long story"
        waiting.over.set()
        service.route(POLL, json_response(200, LATER))
        await chat.pilot.press("ctrl+g")
        await chat.sees("Here it is", "1 token", "recovered from the history")
        assert chat.app.prompt.text == ""
        assert (len(service.posts), turn.state) == (1, AnswerState.COMPLETE)


# ------------------------------------------------------------------------------------------------ an answer that was lost

WHEN = 1_795_000_000.0


def broken_turn(
    prompt: str = "Why is the sky blue?", text: str = "Because", *, id: str = "", served_by: str = ""
) -> Answer:
    turn = Turn(prompt).answer(DOCUMENTED_MODELS[5], asked_on=WHEN)
    turn.begin(id, served_by)
    turn.add(text)
    turn.fail(Failure("connection_lost"))
    return turn


def entry(**changes: object) -> HistoryEntry:
    made = HistoryEntry(
        "7", "gpt-5", "Why is the sky blue?", "completed", "Because of scattering.", 2, WHEN + 3
    )
    return made._replace(**changes)  # type: ignore[arg-type]  # fields of HistoryEntry


LONG = "It is a long story, and it begins with a lamp in a window"

MATCHES: list[tuple[str, Answer, HistoryEntry, bool]] = [
    ("the same request", broken_turn(), entry(), True),
    ("not a word came", broken_turn(text=""), entry(), False),
    ("not a word came, but the id", broken_turn(text="", id="7"), entry(), True),
    ("its beginning came", broken_turn(text="Because of"), entry(), True),
    ("blanks and case differ", broken_turn(" why is\nthe  SKY blue?"), entry(), True),
    ("another model answered", broken_turn(served_by="gpt-5-0801"), entry(model="gpt-5-0801"), True),
    ("no model named", broken_turn(), entry(model=""), True),
    ("no status named", broken_turn(), entry(status=""), True),
    ("the prompt was cut", broken_turn("word " * 40), entry(prompt="word " * 12 + "…"), True),
    (
        "the whole talk",
        broken_turn(),
        entry(prompt="user: hi\nassistant: yo\nuser: Why is the sky blue?"),
        True,
    ),
    ("emoji only", broken_turn("🤖"), entry(prompt="🤖"), True),
    ("the id, whatever else", broken_turn(id="7"), entry(prompt="", model="x", created_on=None), True),
    (
        "long beginning, wrong clock",
        broken_turn(text=LONG),
        entry(text=LONG + "…", created_on=WHEN - 9e5),
        True,
    ),
    ("long beginning, no clock", broken_turn(text=LONG), entry(text=LONG + "…", created_on=None), True),
    ("another prompt", broken_turn(), entry(prompt="Why is the sea blue?"), False),
    ("emoji, another one", broken_turn("🤖"), entry(prompt="🦊"), False),
    ("no prompt", broken_turn(), entry(prompt=""), False),
    ("a short prompt is the end of another", broken_turn("да"), entry(prompt="Куда"), False),
    ("another beginning", broken_turn(text="Since"), entry(), False),
    ("another model", broken_turn(), entry(model="gpt-5.2"), False),
    ("made before", broken_turn(), entry(created_on=WHEN - 3600), False),
    ("made long after", broken_turn(), entry(created_on=WHEN + 7200), False),
    ("made nobody knows when", broken_turn(), entry(created_on=None), False),
    ("not whole", broken_turn(id="7"), entry(status="failed"), False),
    ("still being made", broken_turn(id="7"), entry(status="pending"), False),
    ("without text", broken_turn(id="7"), entry(text=" \n"), False),
]


@pytest.mark.parametrize(
    ("turn", "found", "same"), [row[1:] for row in MATCHES], ids=[row[0] for row in MATCHES]
)
def test_a_lost_answer_is_known_by_id_or_model_prompt_and_time(
    turn: Answer, found: HistoryEntry, same: bool
) -> None:
    assert best_match(turn, [found], set()) == (found if same else None)


def test_of_several_answers_the_nearest_in_time_is_taken_and_no_other_turns() -> None:
    near, far = entry(id="1", created_on=WHEN + 5), entry(id="2", created_on=WHEN + 60)
    assert best_match(broken_turn(), [far, near], set()) is near
    assert best_match(broken_turn(), [far, near], {"1"}) is far
    assert best_match(broken_turn(), [far, near], {"1", "2"}) is None


HISTORY = "/api/v2/user/history"
SHAPES: dict[str, dict[str, Any]] = {
    "reference": {},
    "guide": {"model_slug": None, "model": "gpt-5", "result_text": None, "content": "Part and the rest"},
    "tokens": {"tokens_spent": None, "tokens_used": 2},
    "integer": {"id": 18473},
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_broken_answer_is_found_in_the_history_offered_and_completed_free(
    tmp_path: Path, shape: str
) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=hurry)) as chat,
    ):
        await chat.sees("300 tokens")
        service.balance = 298
        made = generated("Part and the rest", prompt="tell me", **SHAPES[shape])
        service.route(HISTORY, json_response(200, {"items": [made], "total": 1, "page": 1, "limit": 100}))
        service.queue(sse(started(id=""), delta("Part"), done=False), Reset())
        turn = await chat.ask("tell me")
        await chat.sees(
            "Interrupted",
            "It cost 2 tokens, judging by the balance, which is 298 now",
            "Ctrl+G recovers the whole answer from the service's history, free",
        )
        assert turn.text == "Part"
        await chat.pilot.press("ctrl+g")
        await chat.sees("Part and the rest", "2 tokens · 298 left", "recovered from the history", "spent 2")
        await chat.sees_no("Interrupted")
        assert (turn.state, turn.charge.stated, len(service.posts)) == (AnswerState.COMPLETE, 2, 1)
        await chat.ask("and then?")
        assert [text for _, text in service.posts[1].messages] == [
            "tell me",
            "Part and the rest",
            "and then?",
        ]


@thorough
async def test_a_paid_answer_without_a_word_is_found_and_takes_its_prompt_out_of_the_box(
    tmp_path: Path,
) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=hurry)) as chat,
    ):
        await chat.sees("300 tokens")
        service.route(HISTORY, json_response(200, [generated("All of it", prompt="tell me")]))
        service.queue(sse(started(), done=False), Reset())
        turn = await chat.ask("tell me")
        await chat.sees("Failed: the connection was lost", "Ctrl+G recovers the whole answer")
        assert chat.app.prompt.text == "tell me"
        await chat.pilot.press("ctrl+g")
        await chat.sees("All of it")
        assert turn.state is AnswerState.COMPLETE
        assert chat.app.prompt.text == ""


async def test_an_answer_of_another_conversation_is_not_given_to_a_turn(tmp_path: Path) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=hurry)) as chat,
    ):
        await chat.sees("300 tokens")
        service.queue(sse(started(id="mine"), delta("Part one, whole"), ended()))
        await chat.ask("Go on")
        await chat.pilot.press("ctrl+n")
        service.route(HISTORY, json_response(200, [generated("Part one, whole", prompt="Go on", id="mine")]))
        service.queue(sse(started(id="other"), delta("Part"), done=False), Reset())
        turn = await chat.ask("Go on")
        await chat.until(lambda: len(service.gets(HISTORY)) == 2 and not chat.app.session.is_settling(turn))
        await chat.pilot.press("ctrl+g")
        await chat.sees("not in the service's history, or not yet")
        assert (turn.text, turn.recovered) == ("Part", None)


@thorough
async def test_the_balance_of_an_account_that_was_left_is_not_shown(tmp_path: Path) -> None:
    async with (
        Service() as service,
        chatting(
            chat_app(account_at(service.url), tmp_path, settings=Settings(base_url=service.url))
        ) as chat,
    ):
        await chat.sees("300 tokens")
        pause = Pause()
        service.queue_get("/api/v2/balance", pause, *json_response(200, {"token_balance": 299}))
        await chat.pilot.press("f9")
        await pause.reached.wait()
        service.balance = 50
        chat.app.parts.key_dialog.use_key(f"nb_{'1' * 45}")
        await chat.sees("◈ 50 tokens")
        # It was asked before, and comes now.
        pause.event.set()
        await chat.settle()
        assert chat.app.session.ledger.balance == 50
        assert len(chat.app.screen_stack) == 1


async def test_a_charge_that_comes_late_is_seen(tmp_path: Path) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=hurry)) as chat,
    ):
        await chat.sees("300 tokens")
        service.queue(sse(started(), delta("Part"), done=False), Pause())
        for _ in range(3):
            service.queue_get("/api/v2/balance", json_response(200, {"token_balance": 300}))
        service.balance = 298
        turn = await chat.send("hi")
        await chat.sees("Part")
        await chat.pilot.press("escape")
        await chat.until(lambda: turn.over)
        await chat.sees("It cost 2 tokens, judging by the balance, which is 298 now", "◈ 298 tokens")
        await chat.until(lambda: not chat.app.session.is_settling(turn))
        assert len(service.gets("/api/v2/balance")) == 5


@thorough
async def test_the_lost_answer_comes_to_the_turn_that_the_cursor_is_on(tmp_path: Path) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=hurry)) as chat,
    ):
        await chat.sees("300 tokens")
        for name in ("one", "two"):
            service.queue(sse(started(id=name), delta(f"Part {name}"), done=False), Reset())
            await chat.ask(name)
            answer = {"id": name, "status": "completed", "content": f"Part {name} and the rest"}
            service.route(f"/api/v2/generate/{name}", json_response(200, answer))
        first, second = chat.app.session.conversation.answers
        await chat.pilot.press(*["alt+up"] * 4)
        await chat.pilot.press("ctrl+g")
        await chat.until(lambda: first.over and first.state is AnswerState.COMPLETE)
        assert (first.text, second.state) == ("Part one and the rest", AnswerState.INTERRUPTED)
        await chat.type("/fetch")
        await chat.pilot.press("enter")
        await chat.sees("Part two and the rest")


@thorough
async def test_an_answer_completed_while_its_middle_is_read_is_shown_from_its_start(tmp_path: Path) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=hurry), (80, 20)) as chat,
    ):
        await chat.sees("300 tokens")
        # The whole has fewer blocks than the part seems to have: what is shown of it may not be there any more.
        part = "\n\n".join(f"part {at}" for at in range(50)) + "\n\n- a\n- b\n- c"
        service.queue(sse(started(id="one"), delta(part), done=False), Reset())
        first = await chat.ask("one")
        whole = part + "\n\n".join(["the rest"] * 50)
        answer = {"status": "completed", "content": whole}
        service.queue(sse(started(), delta("\n\n".join(f"line {at}" for at in range(50))), ended()))
        await chat.ask("two")
        await chat.sees("line 49")
        chat.app.transcript.scroll_lines(-120)
        await chat.sees("part 40")
        service.route("/api/v2/generate/one", json_response(200, answer))
        await chat.pilot.press("ctrl+g")
        await chat.until(lambda: first.state is AnswerState.COMPLETE)
        await chat.sees("one", "part 0", "more below")
        await chat.pilot.press("ctrl+end")
        await chat.sees("line 49")


@thorough
@pytest.mark.parametrize(
    "history", [[Reset()], json_response(404, {"error": "not_found"}), json_response(200, [])]
)
async def test_an_answer_that_is_nowhere_is_looked_for_again_by_hand(tmp_path: Path, history: Any) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=hurry)) as chat,
    ):
        await chat.sees("300 tokens")
        service.route(HISTORY, history)
        service.queue(sse(started(), delta("Part"), done=False))
        turn = await chat.ask("hi")
        await chat.sees(
            "It has cost nothing so far: the balance is 300", "Ctrl+G tries to recover the whole answer"
        )
        await chat.until(lambda: len(service.gets(HISTORY)) == 2 and not chat.app.session.is_settling(turn))
        await chat.pilot.press("ctrl+g")
        await chat.until(lambda: len(service.gets(HISTORY)) == 3)
        assert (turn.text, turn.state) == ("Part", AnswerState.INTERRUPTED)
        service.route(HISTORY, json_response(200, [generated("Part two", id="gen_01j9x2abc123")]))
        await chat.pilot.press("ctrl+g")
        await chat.sees("Part two", "recovered from the history")


async def test_a_stop_is_not_looked_for_unasked_and_the_balance_is_read_twice(tmp_path: Path) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=hurry)) as chat,
    ):
        await chat.sees("300 tokens")
        service.queue(sse(started(), delta("Part"), done=False), Pause())
        service.queue_get("/api/v2/balance", json_response(200, {"token_balance": 300}))
        service.balance = 298
        turn = await chat.send("hi")
        await chat.sees("Part")
        await chat.pilot.press("escape")
        await chat.until(lambda: turn.over)
        await chat.sees(
            "You stopped it.", "It cost 2 tokens, judging by the balance, which is 298 now", "◈ 298 tokens"
        )
        assert not service.gets(HISTORY)


@thorough
async def test_a_balance_that_can_not_be_read_leaves_the_cost_unknown_in_words(tmp_path: Path) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=hurry)) as chat,
    ):
        await chat.sees("300 tokens")
        service.route("/api/v2/balance", json_response(500, {"error": "provider_error", "message": "x"}))
        service.queue(sse(started(), delta("Part"), done=False))
        await chat.ask("hi")
        await chat.sees("It may have been charged; what it cost is not known.", "not confirmed")


async def test_what_another_request_costs_is_not_put_down_to_the_broken_one(tmp_path: Path) -> None:
    waiting = Waiting()
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=waiting.sleep)) as chat,
    ):
        await chat.sees("300 tokens")
        service.queue(sse(started(), delta("Part"), done=False))
        broken = await chat.ask("one")
        await chat.sees("It has cost nothing so far: the balance is 300")
        service.queue(sse(started(), delta("Whole"), ended(2, 298)))
        service.balance = 298
        await chat.ask("two")
        waiting.over.set()
        await chat.until(lambda: len(service.gets("/api/v2/balance")) == 5)
        await chat.settle()
        assert broken.charge.after == 300


# --------------------------------------------------------------------------------------------------- again, by hand


async def test_a_broken_answer_is_asked_for_again_at_a_key_with_its_price_said_before(tmp_path: Path) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, sleep=hurry)) as chat,
    ):
        await chat.sees("300 tokens")
        service.queue(sse(started(), delta("Part"), done=False), Reset())
        broken = await chat.ask("tell me")
        await chat.sees("F5 sends it again: 2 tokens")
        await chat.type("/model claude-opus-4.5")
        await chat.pilot.press("enter")
        await chat.sees("F5 sends it again, to Claude Opus 4.5: 6 tokens")
        await chat.type("my next thought")
        await chat.pilot.press("f5")
        await chat.until(lambda: len(chat.app.session.conversation.answers) == 2)
        await chat.sees("Here are the numbers")
        await chat.sees_no("Part")
        await chat.sees_no("F5 sends it again")
        assert broken.text == "Part"
        assert chat.app.prompt.text == "my next thought"
        assert service.posts[1].json["model"] == "claude-opus-4.5"
        assert service.posts[1].json["messages"] == [{"role": "user", "content": "tell me"}]


@thorough
async def test_a_prompt_that_came_back_leaves_the_box_when_it_is_sent_again(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(json_response(500, {"error": "provider_error", "message": "P-5"}))
        await chat.ask("tell me")
        await chat.sees("it is below again", "F5 sends it again: 2 tokens")
        await chat.pilot.press("f5")
        await chat.until(lambda: len(chat.app.session.conversation.answers) == 2)
        assert chat.app.prompt.text == ""
        await chat.sees("Here are the numbers")
        await chat.sees_no("P-5")
        assert len(service.posts) == 2


@thorough
async def test_there_is_nothing_to_send_again_after_a_whole_answer(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.pilot.press("f5")
        await chat.sees("Nothing to send again")
        await chat.ask("hi")
        await chat.pilot.press("f5")
        await chat.sees("Nothing to send again")
        await chat.pilot.press("ctrl+g")
        await chat.sees("No incomplete answer to recover")
        service.queue(sse(started(), delta("Part"), done=False), Pause())
        await chat.send("more")
        await chat.pilot.press("f5")
        await chat.sees("An answer is still coming")
        assert len(service.posts) == 2


@pytest.mark.parametrize("key", ["enter", "f5"])
async def test_d7_a_second_press_in_the_same_moment_is_not_a_second_request(tmp_path: Path, key: str) -> None:
    now = 100.0
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, clock=lambda: now)) as chat,
    ):
        chat.app.session.reaction = REACTION
        for _ in range(2):
            service.queue(json_response(500, {"error": "provider_error", "message": "P-5"}))
        await chat.ask("tell me")
        await chat.pilot.press(key)
        await chat.settle()
        assert chat.app.prompt.text == "tell me"
        assert len(service.posts) == 1
        now += 2 * REACTION
        await chat.pilot.press(key)
        await chat.until(lambda: len(service.posts) == 2)


@thorough
async def test_a_whole_answer_is_offered_only_where_there_may_be_one(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    cases = {"error": False, "empty": False, "html": False, "502": False, "cut": True, "reset": True}
    async with chatting(chat_app(quick_demo(), tmp_path, sleep=hurry)) as chat:
        await chat.sees("283 tokens")
        for word, looks in cases.items():
            with subtests.test(word):
                turn = await chat.ask(f"/demo {word}")
                assert ("whole answer" in chat.flat) == looks
                await chat.until(lambda: not chat.app.session.is_settling(turn))  # noqa: B023  # awaited here
                await chat.sees("F5 sends it again")
                assert ("whole answer" in chat.flat) == looks
            chat.app.prompt.clear()
            await chat.pilot.press("ctrl+n")
            await chat.sees_no("F5 sends it again")


@thorough
async def test_sending_again_is_not_offered_while_the_service_refuses_it(tmp_path: Path) -> None:
    now = [1_790_000_000.0]
    account = demo_account(lambda: DemoTransport(speed=float("inf"), clock=lambda: now[0]))
    async with chatting(chat_app(account, tmp_path, sleep=hurry, calendar=lambda: now[0])) as chat:
        await chat.sees("283 tokens")
        await chat.ask("/demo limit")
        await chat.sees("Available again in 40 min")
        assert "F5 sends it again" not in chat.flat
        now[0] += 2401
        chat.app.transcript.retell()
        await chat.sees("F5 sends it again")
