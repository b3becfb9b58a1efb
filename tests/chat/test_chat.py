"""The truth of a chat: what a turn may become, what goes into the next request, and what is known of the money."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui.chat.conversation import Conversation, without_thoughts
from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.history import RecoveredAnswer
from elumenta_tui.chat.ledger import Balance, Charge, Ledger, RateLimits, Total, User
from elumenta_tui.chat.message import Message
from elumenta_tui.chat.models import DOCUMENTED_MODELS, VISION_MODELS, Model, find_model
from elumenta_tui.chat.parsing import amount, identifier
from elumenta_tui.chat.request import Options, Request
from elumenta_tui.chat.turn import Answer, AnswerState, Progress, Turn
from tests.thorough import thorough

MODEL = Model("gpt-5", "GPT-5", "OpenAI", price=2)


def turn(prompt: str = "Hello", **more: Any) -> Answer:
    return Turn(prompt).answer(MODEL, **more)


def streaming(*deltas: str, prompt: str = "Hello") -> Answer:
    started = turn(prompt)
    started.begin("gen_1", "gpt-5")
    for delta in deltas:
        started.add(delta)
    return started


def snapshot(one: Answer) -> tuple[Any, ...]:
    """Everything that a person could see of a turn."""
    return (
        one.state, one.text, one.deltas, one.length, one.generation_id, one.served_by, one.charge.stated, one.failure,
        one.unreadable, one.charge.after, one.charge.amount,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- the state machine


def test_a_turn_waits_then_streams_then_is_complete() -> None:
    one = turn()
    seen = [one.state]
    one.begin("gen_1", "gpt-5-2026")
    seen.append(one.state)
    one.add("Hel")
    one.add("lo")
    seen.append(one.state)
    one.end(2, 281)
    assert seen == [AnswerState.WAITING, AnswerState.STREAMING, AnswerState.STREAMING]
    assert (one.state, one.text, one.charge.amount, one.charge.after) == (
        AnswerState.COMPLETE,
        "Hello",
        2,
        281,
    )
    assert (one.generation_id, one.served_by) == ("gen_1", "gpt-5-2026")


def test_text_without_a_start_event_is_text() -> None:
    one = turn()
    one.add("Hello")
    assert (one.state, one.text) == (AnswerState.STREAMING, "Hello")


@pytest.mark.parametrize(
    ("deltas", "state"),
    [
        ((), AnswerState.FAILED),
        (("",), AnswerState.FAILED),
        ((" ", "\n\t"), AnswerState.FAILED),
        ((" ", "a"), AnswerState.INTERRUPTED),
    ],
)
def test_a_turn_that_breaks_is_interrupted_if_it_has_text_and_failed_if_not(
    deltas: tuple[str, ...], state: AnswerState
) -> None:
    one = streaming(*deltas)
    failure = Failure("cut")
    one.fail(failure)
    assert one.state is state
    assert one.over
    assert one.failure is failure


@pytest.mark.parametrize("deltas", [(), ("",), ("\n", "  ")])
def test_an_answer_that_ends_without_text_is_a_failure_that_may_have_cost(deltas: tuple[str, ...]) -> None:
    one = streaming(*deltas)
    one.end()
    assert one.state is AnswerState.FAILED
    assert one.failure == Failure("empty_answer")
    assert one.failure.billing is Billing.UNKNOWN
    assert one.charge.amount is None


def test_an_empty_answer_with_a_stated_price_has_cost_it() -> None:
    one = streaming()
    one.end(2, 281)
    assert (one.state, one.charge.amount) == (AnswerState.FAILED, 2)


LATER: dict[str, Callable[[Answer], None]] = {
    "begin": lambda one: one.begin("gen_2", "other"),
    "add": lambda one: one.add("more"),
    "skip": lambda one: one.skip(),
    "end": lambda one: one.end(9, 9),
    "fail": lambda one: one.fail(Failure("cut")),
}
ENDS: dict[str, Callable[[], Answer]] = {
    "complete": lambda: ended(streaming("text"), lambda one: one.end(2, 281)),
    "interrupted": lambda: ended(streaming("text"), lambda one: one.fail(Failure("stopped"))),
    "failed": lambda: ended(streaming(), lambda one: one.fail(Failure("http_error", Billing.NOT_CHARGED))),
    "stopped before a start": lambda: ended(turn(), lambda one: one.fail(Failure("stopped"))),
    "empty": lambda: ended(streaming(), lambda one: one.end(2, 281)),
}


def ended(one: Answer, end: Callable[[Answer], None]) -> Answer:
    end(one)
    return one


@pytest.mark.parametrize("later", LATER)
@pytest.mark.parametrize("end", ENDS)
def test_a_final_state_absorbs_whatever_comes_later(end: str, later: str) -> None:
    one = ENDS[end]()
    before = snapshot(one)
    assert one.over
    LATER[later](one)
    assert snapshot(one) == before


@given(st.lists(st.sampled_from(sorted(LATER)), max_size=12))
def test_no_order_of_events_leaves_a_final_state(events: list[str]) -> None:
    one = turn()
    frozen: tuple[Any, ...] | None = None
    for event in events:
        LATER[event](one)
        if frozen is not None:
            assert snapshot(one) == frozen
        elif one.over:
            frozen = snapshot(one)
    assert one.over == one.state.final == (frozen is not None)
    assert (one.state is AnswerState.COMPLETE) == (one.over and one.failure is None)
    assert one.has_text == bool(one.text.strip())


def test_unreadable_events_are_counted_and_the_text_around_them_is_kept() -> None:
    one = streaming("a")
    one.skip()
    one.add("b")
    one.skip()
    one.end()
    assert (one.text, one.unreadable, one.state) == ("ab", 2, AnswerState.COMPLETE)


# ---------------------------------------------------------------------------------------------------------- the text


@thorough
@given(st.data())
def test_pieces_read_while_the_answer_grows_are_the_whole_answer(data: st.DataObject) -> None:
    one = turn()
    written, read = "", ""
    for step in data.draw(st.lists(st.sampled_from(["add", "read", "whole"]), max_size=30)):
        if step == "add":
            delta = data.draw(st.text(max_size=5))
            one.add(delta)
            written += delta
        elif step == "read":
            # As a view does that takes no more than it can show in one frame.
            read += one.text_since(len(read))[: data.draw(st.integers(0, 8))]
            assert written.startswith(read)
        else:
            assert one.text == written
    read += one.text_since(len(read))
    assert read == written == one.text
    assert one.length == len(written)
    assert one.text_since(len(written)) == ""


@given(st.lists(st.text(max_size=4), max_size=10), st.integers(0, 50))
def test_text_since_any_place_is_the_rest_of_the_text(deltas: list[str], start: int) -> None:
    one = streaming(*deltas)
    assert one.text_since(start) == "".join(deltas)[start:]


# -------------------------------------------------------------------------------------------------- the conversation


def asked(chat: Conversation, prompt: str, *deltas: str) -> Answer:
    one = chat.ask(prompt, MODEL, now=0.0)
    one.begin("gen", "gpt-5")
    for delta in deltas:
        one.add(delta)
    return one


def test_the_first_request_carries_the_prompt_alone() -> None:
    chat = Conversation()
    chat.ask("Hello", MODEL, now=0.0)
    assert chat.context() == [Message.of("user", "Hello")]


def test_the_next_request_carries_every_turn_as_it_is_shown() -> None:
    chat = Conversation()
    asked(chat, "one", "First ", "answer").end(2, 280)
    asked(chat, "two", "Second ans").fail(Failure("stopped"))
    asked(chat, "three", "Third a").fail(Failure("cut", message="the connection broke"))
    asked(chat, "four").fail(Failure("rate_limit_exceeded", Billing.NOT_CHARGED, "slow down", 429, 30.0))
    asked(chat, "five", " \n").fail(Failure("stopped"))
    asked(chat, "six").end()
    asked(chat, "seven").fail(Failure("stopped"))
    chat.ask("eight", MODEL, now=0.0)
    assert chat.context() == [
        Message.of("user", "one"),
        Message.of("assistant", "First answer"),
        Message.of("user", "two"),
        Message.of("assistant", "Second ans"),
        Message.of("user", "three"),
        Message.of("assistant", "Third a"),
        Message.of("user", "eight"),
    ]


def test_an_answer_keeps_its_white_space_in_the_next_request() -> None:
    chat = Conversation()
    asked(chat, "one", "\n  code\n\n").end()
    assert chat.context()[1] == Message.of("assistant", "\n  code\n\n")


OUTCOMES = st.sampled_from(["end", "stop", "fail"])


@thorough
@given(st.lists(st.tuples(st.lists(st.text(max_size=3), max_size=4), OUTCOMES), max_size=8))
def test_a_request_alternates_roles_begins_and_ends_with_the_user_and_has_no_empty_answer(
    turns: list[tuple[list[str], str]],
) -> None:
    chat = Conversation()
    for number, (deltas, outcome) in enumerate(turns):
        one = asked(chat, f"prompt {number}", *deltas)
        if outcome == "end":
            one.end(1, 5)
        else:
            one.fail(Failure("stopped" if outcome == "stop" else "provider_error", message="status text"))
    chat.ask("last", MODEL, now=0.0)
    messages = chat.context()
    assert [message.role for message in messages] == ["user", "assistant"] * (len(messages) // 2) + ["user"]
    assert all(message.text.strip() for message in messages)
    answers = [message.text for message in messages if message.role == "assistant"]
    assert answers == ["".join(deltas) for deltas, _ in turns if "".join(deltas).strip()]


def test_the_answer_that_is_coming_is_the_one_at_the_end_of_the_path() -> None:
    chat = Conversation()
    first = chat.ask("one", MODEL, now=0.0)
    assert chat.current == first
    first.fail(Failure("stopped"))
    assert not chat.current
    second = chat.ask("two", MODEL, now=1.0)
    assert chat.current == second


def test_the_last_answer_is_the_newest_turn_with_text() -> None:
    chat = Conversation()
    assert not chat.last_answer
    asked(chat, "one", "  ").end()
    assert not chat.last_answer
    stopped = asked(chat, "two", "half")
    assert chat.last_answer == stopped
    stopped.fail(Failure("stopped"))
    asked(chat, "three").fail(Failure("cut"))
    assert chat.last_answer == stopped


# ---------------------------------------------------------------------------------------------------------- the tree


def texts(chat: Conversation) -> list[str]:
    """Prompts and answers of the next request."""
    return [message.text for message in chat.context()]


def test_an_answer_that_is_asked_for_again_takes_the_place_of_the_one_before() -> None:
    chat = Conversation()
    first = asked(chat, "one", "half")
    first.fail(Failure("cut"))
    again = chat.ask_again(first.turn, MODEL, now=1.0)
    assert (first.is_replaced, again.is_replaced) == (True, False)
    assert texts(chat) == ["one"]
    again.add("whole")
    again.end()
    assert texts(chat) == ["one", "whole"]
    assert chat.answers == [first, again]
    assert [turn.prompt for turn in chat.turns] == ["one"]


def test_an_edited_prompt_becomes_a_sibling_and_only_its_own_path_is_sent() -> None:
    chat = Conversation()
    asked(chat, "root", "r").end()
    old = asked(chat, "old", "o")
    old.end()
    below = asked(chat, "below old", "b")
    below.end()
    new = chat.ask("new", MODEL, now=1.0, instead_of=old.turn)
    new.add("n")
    new.end()
    assert texts(chat) == ["root", "r", "new", "n"]
    assert chat.versions(old.turn) == chat.versions(new.turn) == [old.turn, new.turn]
    # The path goes on through what is below: nothing of it has to be looked for.
    chat.select(old.turn)
    assert chat.head is below.turn
    assert texts(chat) == ["root", "r", "old", "o", "below old", "b"]
    assert asked(chat, "last", "l").turn.parent is below


def test_every_answer_of_the_tree_counts_in_its_total() -> None:
    chat = Conversation()
    first = asked(chat, "one", "a")
    first.end(2)
    chat.ask_again(first.turn, MODEL, now=1.0).end(3)
    asked(chat, "two", "b").end(5)
    chat.ask("other", MODEL, now=1.0, instead_of=first.turn).fail(Failure("cut"))
    assert chat.total == Total(10, 1)


STEPS = st.lists(
    st.tuples(st.sampled_from(["ask", "again", "edit", "select"]), st.integers(0, 9)), max_size=25
)


@thorough
@given(STEPS)
def test_a_request_is_one_way_from_the_root_to_the_head_whatever_was_done(
    steps: list[tuple[str, int]],
) -> None:
    chat = Conversation()
    for number, (step, at) in enumerate(steps):
        turn = chat.turns[at % len(chat.turns)] if chat.turns else None
        if step == "ask" or turn is None:
            answer = chat.ask(f"prompt {number}", MODEL, now=0.0)
        elif step == "again":
            answer = chat.ask_again(turn, MODEL, now=0.0)
        elif step == "edit":
            answer = chat.ask(f"prompt {number}", MODEL, now=0.0, instead_of=turn)
        else:
            chat.select(turn)
            assert turn in chat.path()
            continue
        answer.add(f"answer {number}")
        answer.end()
        assert chat.newest is answer
    path = chat.path()
    assert [turn.parent.turn if turn.parent else None for turn in path] == [None, *path[:-1]][: len(path)]
    assert all(turn.parent is None or turn.parent.turn.chosen is turn.parent for turn in path)
    assert texts(chat) == [text for turn in path if turn.chosen for text in (turn.prompt, turn.chosen.text)]


def test_a_text_has_another_revision_once_another_one_has_taken_its_place() -> None:
    one = streaming("Hel", "lo")
    assert one.progress == Progress(0, 5)
    one.fail(Failure("cut"))
    one.offer(RecoveredAnswer("gen_1", "Hello, whole."))
    one.complete()
    assert one.progress == Progress(1, 13)


# --------------------------------------------------------------------------------------------------------- the money


def test_a_stated_price_is_what_was_paid() -> None:
    one = turn(charge=Charge(before=100))
    one.add("text")
    one.end(3, 80)
    assert one.charge.amount == 3


@pytest.mark.parametrize("charge", [Billing.NOTHING_SENT, Billing.NOT_CHARGED])
def test_a_failure_that_is_not_charged_cost_nothing(charge: Billing) -> None:
    one = turn(charge=Charge(before=100))
    one.fail(Failure("http_error", charge))
    one.charge.settle(90)
    assert one.charge.amount == 0


def test_a_stopped_turn_costs_what_the_balance_lost() -> None:
    one = turn(charge=Charge(before=283))
    one.add("half")
    assert one.charge.amount is None
    one.fail(Failure("stopped"))
    assert one.charge.amount is None
    one.charge.settle(281)
    assert one.charge.amount == 2


def test_a_balance_that_was_topped_up_meanwhile_does_not_tell_the_price() -> None:
    one = turn(charge=Charge(before=10))
    one.add("half")
    one.fail(Failure("stopped"))
    one.charge.settle(1010)
    assert one.charge.amount is None


def test_without_a_balance_before_nothing_is_known() -> None:
    one = turn()
    one.fail(Failure("stopped"))
    one.charge.settle(281)
    assert one.charge.amount is None


def test_only_an_ended_turn_without_a_stated_balance_is_settled_by_the_newest_reading() -> None:
    running = turn(charge=Charge(before=10))
    running.charge.settle(5)
    assert running.charge.after is None
    stated = streaming("a")
    stated.end(2, 281)
    stated.charge.settle(5)
    assert stated.charge.after == 281
    open_one = streaming("a")
    open_one.end()
    open_one.charge.settle(None)
    open_one.charge.settle(7)
    open_one.charge.settle(6)
    open_one.charge.settle(None)
    assert open_one.charge.after == 6


def test_a_conversation_adds_up_what_is_known_and_counts_what_is_not() -> None:
    chat = Conversation()
    asked(chat, "one", "a").end(2, 281)
    asked(chat, "two", "b").fail(Failure("cut"))
    asked(chat, "three").fail(Failure("http_error", Billing.NOT_CHARGED))
    asked(chat, "four", "c").end(0.5)
    asked(chat, "five", "d").end()
    chat.ask("six", MODEL, now=0.0)
    assert chat.total.amount == 2.5
    # The two whose price nobody said; the running one is no question yet.
    assert chat.total.unknown == 2


def test_a_ledger_is_stale_until_a_balance_is_read_and_after_an_answer_without_one() -> None:
    ledger = Ledger()
    assert ledger.stale
    assert ledger.after(2) is None
    ledger.read(Balance(283, "vip"))
    assert (ledger.balance, ledger.plan, ledger.stale, ledger.after(2)) == (283, "vip", False, 281)
    ledger.settle(281)
    assert (ledger.balance, ledger.stale) == (281, False)
    ledger.settle(None)
    assert (ledger.balance, ledger.stale, ledger.after(2)) == (281, True, None)
    ledger.settle(277)
    assert (ledger.balance, ledger.stale, ledger.after(2)) == (277, False, 275)
    ledger.read(Balance(279))
    assert (ledger.balance, ledger.plan, ledger.stale) == (279, "vip", False)
    ledger.read(Balance(None))
    assert (ledger.balance, ledger.stale) == (None, True)


def test_a_ledger_says_what_one_more_request_leaves_also_below_zero() -> None:
    ledger = Ledger()
    ledger.read(Balance(1))
    assert ledger.after(4) == -3
    assert ledger.after(0) == 1
    assert ledger.after(None) is None


def test_a_balance_of_nothing_is_nothing_and_an_unknown_one_is_unknown() -> None:
    ledger = Ledger()
    ledger.read(Balance(0))
    assert (ledger.balance, ledger.stale) == (0, False)
    ledger.settle(0)
    assert (ledger.balance, ledger.stale) == (0, False)


# ------------------------------------------------------------------------------------------- what the service sends


@pytest.mark.parametrize(
    ("value", "known"),
    [
        (0, 0),
        (-7, -7),
        (2.0, 2),
        (2.5, 2.5),
        (-0.5, -0.5),
        ("283", 283),
        ("-3", -3),
        ("2.50", 2.5),
        ("3.0", 3),
        ("0", 0),
    ],
)
def test_numbers_are_amounts_also_as_text(value: object, known: float) -> None:
    assert amount(value) == known
    assert type(amount(value)) is type(known)


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, "", " ", "many", "NaN", "nan", "inf", "-inf", "1e3", "0x10", "1.2.3", "∞", [], [5], {}, {"n": 5},
        (1,), b"5", math.nan, math.inf, -math.inf, 10**15, -(10**15), 10**400, 1e15, "9" * 16, "9" * 5000, "1.0e400",
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_whatever_is_no_amount_is_unknown_and_never_zero(value: object) -> None:
    assert amount(value) is None


@thorough
@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=3)
)
def test_an_amount_is_a_finite_number_that_can_be_shown(value: object) -> None:
    known = amount(value)
    if known is not None:
        assert type(known) in (int, float)
        assert abs(known) < 10**15
        assert not (isinstance(known, float) and known.is_integer())


def test_a_model_of_the_list_has_all_that_the_list_says() -> None:
    entry = {
        "slug": " gpt-5 ", "name": "GPT-5", "provider": "OpenAI", "category": "text", "token_cost": 2,
        "max_token_cost": 5, "min_plan": "basic", "supports_streaming": True, "config": {},
    }  # fmt: skip
    assert Model.from_json(entry) == Model(
        "gpt-5", "GPT-5", "OpenAI", "text", 2, 5, "basic", True, vision=True
    )


@pytest.mark.parametrize("slug", [None, "", "  ", 5, ["gpt-5"], True])
def test_an_entry_without_a_usable_slug_is_no_model(slug: object) -> None:
    assert Model.from_json({"slug": slug, "name": "GPT"}) is None
    assert Model.from_json({}) is None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {"name": "x", "provider": "", "price": None, "price_max": None, "plan": "", "streams": True}),
        ({"name": "  ", "provider": 7, "min_plan": None}, {"name": "x", "provider": "", "plan": ""}),
        ({"category": "image"}, {"category": "image", "streams": False}),
        ({"category": None}, {"category": "text", "streams": True}),
        ({"category": 5, "supports_streaming": False}, {"category": "text", "streams": False}),
        ({"supports_streaming": None}, {"streams": True}),
        ({"token_cost": "4"}, {"price": 4}),
        ({"token_cost": 0}, {"price": 0}),
        ({"token_cost": None, "min_token_cost": 3, "max_token_cost": 9}, {"price": 3, "price_max": 9}),
        ({"token_cost": 5, "max_token_cost": 5}, {"price": 5, "price_max": None}),
        ({"token_cost": 5, "max_token_cost": 4}, {"price": 5, "price_max": None}),
        ({"token_cost": True, "max_token_cost": 4}, {"price": None, "price_max": None}),
        ({"config": {"vision": True}}, {"vision": True}),
        ({"config": {"supports_vision": True}}, {"vision": True}),
        ({"config": {"vision": "no"}}, {"vision": False}),
        ({"config": None}, {"vision": False}),
        ({"config": ["vision"]}, {"vision": False}),
    ],
)
def test_odd_entries_of_the_list_still_are_models(more: dict[str, Any], expected: dict[str, Any]) -> None:
    model = Model.from_json({"slug": "x", **more})
    assert model is not None
    assert {name: getattr(model, name) for name in expected} == expected


def test_a_model_that_no_list_knows_can_be_asked_and_has_no_price() -> None:
    found = find_model(DOCUMENTED_MODELS, "tomorrow-1")
    assert (found.slug, found.name, found.price, found.streams) == ("tomorrow-1", "tomorrow-1", None, True)
    assert find_model(DOCUMENTED_MODELS, "gpt-5").price == 2


def test_the_documented_models_are_distinct_and_priced() -> None:
    assert len({model.slug for model in DOCUMENTED_MODELS}) == len(DOCUMENTED_MODELS)
    assert all(model.streams and model.price and model.plan for model in DOCUMENTED_MODELS)
    assert {model.slug for model in DOCUMENTED_MODELS if model.vision} == VISION_MODELS


def test_the_balance_takes_what_it_can_read() -> None:
    assert Balance.from_json(
        {"token_balance": 283, "plan": "vip", "plan_expires_at": "2026-01-01"}
    ) == Balance(283, "vip", "2026-01-01")
    assert Balance.from_json({"token_balance": "many", "plan": 5, "plan_expires_at": None}) == Balance(None)
    assert Balance.from_json({}) == Balance(None)


def test_a_user_takes_what_it_can_read() -> None:
    full = {
        "id": 18473, "username": "anna", "email": "a@example.org", "plan": "elite", "token_balance": -2,
        "token_limit": 5000, "rate_limit_hourly": 0, "rate_limit_daily": "1000",
    }  # fmt: skip
    assert User.from_json(full) == User("18473", "anna", "a@example.org", "elite", -2, 5000, 0, 1000)
    assert User.from_json({"rate_limit_hourly": -1, "rate_limit_daily": 1.5}) == User(
        "", "", "", "", None, None, None, None
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("gen_1", "gen_1"),
        (18473, "18473"),
        (5.0, "5"),
        (None, ""),
        (True, ""),
        ([1], ""),
        (1.5, ""),
        ("", ""),
    ],
)
def test_an_id_is_text_or_nothing(value: object, text: str) -> None:
    assert identifier(value) == text


HEADERS = {
    "X-RateLimit-Remaining-Hour": "59",
    "X-RateLimit-Limit-Hour": "60",
    "X-RateLimit-Remaining-Day": "0",
    "X-RateLimit-Limit-Day": "1000",
    "X-RateLimit-Reset-Hour": "1790000000",
}


def test_the_limits_are_read_from_the_headers() -> None:
    assert RateLimits.from_headers(HEADERS) == RateLimits(59, 60, 0, 1000, 1790000000)


@pytest.mark.parametrize("name", HEADERS)
def test_one_header_of_them_is_enough(name: str) -> None:
    limits = RateLimits.from_headers({name: HEADERS[name]})
    assert limits is not None
    assert limits != RateLimits.from_headers(HEADERS)


@pytest.mark.parametrize("value", ["", "lots", "-1", "1.5", "1e3", "∞", "9" * 5000])
def test_headers_that_are_no_count_say_nothing(value: str) -> None:
    assert RateLimits.from_headers(dict.fromkeys(HEADERS, value)) is None
    assert RateLimits.from_headers({}) is None


# ---------------------------------------------------------------------------------------------------------- the time


def test_the_time_of_a_turn_is_counted_from_the_prompt_until_its_end() -> None:
    one = turn(asked_at=100.0)
    assert (one.seconds(103.0), one.silence(103.0)) == (3.0, 3.0)
    one.note_time(104.0)
    assert not one.first_text_at
    one.add("a")
    one.note_time(105.0)
    assert one.silence(108.0) == 3.0
    one.add("b")
    one.add("c")
    one.note_time(109.0)
    assert (one.first_text_at, one.last_text_at) == (105.0, 109.0)
    one.note_time(110.0)
    assert one.last_text_at == 109.0
    one.end()
    one.note_time(113.0)
    one.note_time(150.0)
    assert (one.ended_at, one.seconds(200.0)) == (113.0, 13.0)


def test_a_clock_that_runs_backwards_shows_no_negative_time() -> None:
    one = turn(asked_at=100.0)
    assert (one.seconds(90.0), one.silence(90.0)) == (0.0, 0.0)
    one.add("a")
    one.note_time(100.0)
    one.add("b")
    assert one.silence(90.0) == 0.0


# ------------------------------------------------------------------------------------------------------------- restored


def test_a_restored_turn_is_what_it_was_and_todays_balance_says_nothing_of_it() -> None:
    charge = Charge(before=283, is_open=False, is_final=True)
    turn = Turn("q").restore(
        MODEL, "half", state=AnswerState.INTERRUPTED, ended_at=2.5, deltas=3, charge=charge, id="t1"
    )
    assert (turn.text, turn.length, turn.has_text, turn.over) == ("half", 4, True, True)
    assert turn.seconds(99.0) == 2.5
    assert turn.text_since(2) == "lf"
    turn.charge.settle(100)
    assert turn.charge.after is None
    assert turn.charge.amount is None
    turn.add(" more")
    assert turn.text == "half"


@pytest.mark.parametrize("answer", ["", " \n"])
def test_a_restored_turn_without_text_has_none(answer: str) -> None:
    turn = Turn("q").restore(MODEL, answer, state=AnswerState.FAILED)
    assert not turn.has_text
    assert Conversation([turn.turn]).context() == []


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("Count to ten", "Count to ten"),
        ("\n\n  # Heading \nand more", "Heading"),
        ("```\ncode\n```", "code"),
        ("---", "---"),
        ("a\tb", "a b"),
        ("я" * 300, "я" * 79 + "…"),
    ],
)
def test_a_conversation_is_titled_by_the_first_line_of_its_first_prompt(prompt: str, title: str) -> None:
    conversation = Conversation()
    turn = conversation.ask(prompt, MODEL, now=0, on=1_790_000_000.0)
    assert (conversation.title, conversation.created_on) == (title, 1_790_000_000.0)
    turn.add("half an answer")
    turn.fail(Failure("cut"))
    turn.note_time(1.0, 1_790_000_001.0)
    conversation.ask("second", MODEL, now=1, on=1_790_000_002.0)
    assert (conversation.title, conversation.created_on) == (title, 1_790_000_000.0)
    assert turn.ended_on == 1_790_000_001.0


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("<think>\nHm.\n</think>\n\nTwo.", "Two."),
        (" <thinking>a</thinking>b", "b"),
        ("The tag <think>x</think> is", "The tag <think>x</think> is"),
        ("<think>cut off", "<think>cut off"),
        ("plain", "plain"),
    ],
)
def test_thoughts_are_not_sent_back(text: str, sent: str) -> None:
    assert without_thoughts(text) == sent


def test_a_request_carries_answers_without_their_thoughts() -> None:
    turn = Turn("hi").answer(MODEL)
    turn.add("<think>\nHm.\n</think>\n\nTwo.")
    conversation = Conversation([turn.turn])
    assert [message.text for message in conversation.context()] == ["hi", "Two."]
    assert turn.text.startswith("<think>")


def test_a_request_is_the_whole_context_with_its_system_prompt_and_options() -> None:
    conversation = Conversation(system_prompt="Be brief.", options=Options(temperature=0.2, max_tokens=100))
    turn = conversation.ask("hi", MODEL, now=0.0)
    request = conversation.request(turn)
    assert request == Request(
        MODEL, (Message.of("system", "Be brief."), Message.of("user", "hi")), Options(0.2, 100)
    )
    assert request.price == MODEL.price
    turn.fail(Failure("stopped"))
    conversation.system_prompt = " \n"
    assert conversation.next_request(MODEL, "next").messages == (Message.of("user", "next"),)
