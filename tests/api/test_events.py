"""Payloads become events, events change turns, and nothing that a stranger sends gets further than that."""

from __future__ import annotations

import dataclasses
import json
import logging
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui.api.events import (
    EVENTS,
    ContentDelta,
    GenerationEnded,
    GenerationFailed,
    GenerationStarted,
    Malformed,
    StreamDone,
    Unknown,
    parse,
)
from elumenta_tui.api.sse import SSEDecoder
from elumenta_tui.chat.failure import Billing
from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.chat.turn import Answer, AnswerState, Turn
from elumenta_tui.text.sanitize import Sanitizer, clean
from tests.service import VENDOR_STREAM
from tests.thorough import thorough


def turn_after(*payloads: str) -> Answer:
    answer = Turn("hi").answer(DOCUMENTED_MODELS[0])
    for payload in payloads:
        parse(payload).apply(answer)
    return answer


def delta(text: str) -> str:
    return json.dumps({"type": "content_delta", "delta": text})


READINGS: list[tuple[str, Any]] = [
    # Both of the vendor's shapes.
    (
        '{"type": "generation_start", "id": "gen_01j9x2abc123", "model": "gpt-5"}',
        GenerationStarted("gen_01j9x2abc123", "gpt-5"),
    ),
    ('{"type": "generation_start", "id": 18473, "model": "gpt-5"}', GenerationStarted("18473", "gpt-5")),
    ('{"type": "generation_start", "id": [1], "model": {"a": 1}}', GenerationStarted("", "")),
    ('{"type": "generation_start"}', GenerationStarted("", "")),
    ('{"type": "content_delta", "delta": " numbers"}', ContentDelta(" numbers")),
    ('{"type": "content_delta", "delta": ""}', ContentDelta("")),
    ('{"type": "content_delta", "delta": null}', ContentDelta("")),
    ('{"type": "content_delta"}', ContentDelta("")),
    ('{"type": "content_delta", "delta": 5}', Malformed("5")),
    ('{"type": "content_delta", "delta": true}', Malformed("True")),
    ('{"type": "content_delta", "delta": ["a"]}', Malformed("['a']")),
    ('{"type": "content_delta", "delta": {"text": "a"}}', Malformed("{'text': 'a'}")),
    (
        '{"type": "generation_end", "id": "gen_1", "tokens_used": 3, "balance_remaining": 297}',
        GenerationEnded("gen_1", 3, 297),
    ),
    ('{"type": "generation_end", "id": 18473, "tokens_spent": 2}', GenerationEnded("18473", 2, None)),
    (
        '{"type": "generation_end", "tokens_used": null, "tokens_spent": 2, "balance_remaining": null}',
        GenerationEnded("", 2, None),
    ),
    (
        '{"type": "generation_end", "tokens_used": 0, "tokens_spent": 9, "balance_remaining": -5}',
        GenerationEnded("", 0, -5),
    ),
    (
        '{"type": "generation_end", "tokens_used": "3", "balance_remaining": 12.5}',
        GenerationEnded("", 3, 12.5),
    ),
    (
        '{"type": "generation_end", "tokens_used": NaN, "balance_remaining": Infinity}',
        GenerationEnded("", None, None),
    ),
    (
        '{"type": "generation_end", "tokens_used": true, "balance_remaining": []}',
        GenerationEnded("", None, None),
    ),
    ('{"type": "error", "message": "quota-7731"}', GenerationFailed("quota-7731")),
    ('{"type": "error", "error": {"message": "quota-7731"}}', GenerationFailed("quota-7731")),
    ('{"type": "error", "message": 5, "error": "busy"}', GenerationFailed("busy")),
    ('{"type": "error"}', GenerationFailed("")),
    ('{"error": {"message": "quota-7731", "code": "x"}}', GenerationFailed("quota-7731")),
    ('{"error": "provider_error", "message": "no luck"}', GenerationFailed("no luck")),
    ('{"error": "provider_error"}', GenerationFailed("provider_error")),
    ('{"error": {"code": "x7"}}', GenerationFailed("x7")),
    ('{"error": [1]}', GenerationFailed("")),
    # The marker, with and without the blanks that proxies leave.
    ("[DONE]", StreamDone()),
    (" [DONE] ", StreamDone()),
    # New and odd types are kept, and harmless.
    (
        '{"type": "thinking_delta", "delta": "NO"}',
        Unknown("thinking_delta", '{"type": "thinking_delta", "delta": "NO"}'),
    ),
    ('{"type": "ping"}', Unknown("ping", '{"type": "ping"}')),
    ('{"type": "ping", "error": "x"}', Unknown("ping", '{"type": "ping", "error": "x"}')),
    ('{"type": 5}', Unknown("", '{"type": 5}')),
    ('{"type": ["error"], "error": "x"}', Unknown("", '{"type": ["error"], "error": "x"}')),
    ('{"type": null}', Unknown("", '{"type": null}')),
    ('{"error": null}', Unknown("", '{"error": null}')),
    ("{}", Unknown("", "{}")),
    ("\n", Unknown("", "")),
    # What can't be read.
    ("{", Malformed("{")),
    ("null", Malformed("null")),
    ("[1]", Malformed("[1]")),
    ('"text"', Malformed('"text"')),
    ("[DONE", Malformed("[DONE")),
    ('{"type": "ping"} {}', Malformed('{"type": "ping"} {}')),
]


@thorough
@pytest.mark.parametrize(("payload", "event"), READINGS, ids=[payload for payload, _ in READINGS])
def test_a_payload_is_read_as_its_event(payload: str, event: Any) -> None:
    assert parse(payload) == event


def test_raw_control_characters_in_a_string_do_not_lose_the_text() -> None:
    assert parse('{"type": "content_delta", "delta": "a\nb\tc\x0bd\u2028"}') == ContentDelta("a\nb\tc\nd\n")


def test_a_sanitizer_is_for_the_deltas_of_one_answer() -> None:
    sanitizer = Sanitizer()
    half = '{"type": "content_delta", "delta": "%s", "more": "\\ud83d"}'
    assert parse(half % r"a\ud83d", sanitizer) == ContentDelta("a")
    assert parse('{"type": "note", "text": "\\ude00"}', sanitizer) == Unknown(
        "note", '{"type": "note", "text": "\\ude00"}'
    )
    assert parse('{"type": "content_delta", "delta": null}', sanitizer) == ContentDelta("")
    assert parse('{"type": "content_delta", "delta": ["\\ude00"]}', sanitizer) == Malformed("['\ufffd']")
    assert parse(half % r"\ude00\r", sanitizer) == ContentDelta("😀\n")
    assert parse(half % r"\nb\ud83d", sanitizer) == ContentDelta("b")
    assert sanitizer.close() == "\ufffd"
    assert parse(half % r"a\ud83d") == ContentDelta("a\ufffd")


def test_json_over_several_data_lines_is_one_event() -> None:
    assert parse('{\n  "type": "content_delta",\n  "delta": "a"\n}') == ContentDelta("a")


@pytest.mark.parametrize(
    "payload",
    [
        '{"type": "content_delta", "delta": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"type": "ping", "a": ' + "[" * 700 + "]" * 700 + "}",
        '{"type": "generation_end", "tokens_used": 1e999, "id": ' + "9" * 4000 + "}",
        '{"type": "generation_end", "tokens_used": "' + "9" * 5000 + '"}',
        '{"type": "generation_end", "tokens_used": 1e300, "balance_remaining": "1.0e300"}',
        "\ud800",
        '{"\ud800": "\udfff"}',
        "\ufeff{}",
    ],
    ids=[
        "long number",
        "deep list",
        "deep object",
        "700 lists",
        "1e999",
        "long text",
        "1e300",
        "a",
        "b",
        "bom",
    ],
)
def test_monstrous_payloads_are_survived_and_change_no_text(payload: str) -> None:
    event = parse(payload)
    answer = turn_after(delta("A"), payload, delta("B"))
    assert answer.text == ("A" if isinstance(event, GenerationEnded) else "AB")
    assert len(str(answer.charge.stated)) < 20


@thorough
@given(st.text())
def test_no_text_makes_it_raise(payload: str) -> None:
    turn_after(payload)


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_fields = (
    "type",
    "id",
    "model",
    "delta",
    "tokens_used",
    "tokens_spent",
    "balance_remaining",
    "message",
    "error",
)


@thorough
@given(st.dictionaries(st.sampled_from(_fields), st.sampled_from([*EVENTS]) | _json))
def test_no_json_makes_it_raise_and_all_text_of_it_is_clean(data: dict[str, Any]) -> None:
    event = parse(json.dumps(data))
    text = repr(event)
    assert not any(bad in text for bad in ("\x1b", "\x9b", "\u202e", "\ud800"))
    text.encode()
    event.apply(Turn("hi").answer(DOCUMENTED_MODELS[0]))


def test_what_strangers_write_is_clean_inside() -> None:
    evil = "a\x1b]52;c;eA==\x07\x9b\u202e\ud800b"
    for payload in (
        {"type": "content_delta", "delta": evil},
        {"type": "generation_start", "id": evil, "model": evil},
        {"type": "error", "message": evil},
        {"type": evil, "x": evil},
        [evil],
    ):
        for text in (json.dumps(payload), json.dumps(payload, ensure_ascii=False)):
            for value in dataclasses.asdict(parse(text)).values():  # type: ignore[call-overload]
                assert not isinstance(value, str) or clean(value) == value


def test_what_is_kept_of_a_strange_event_is_short() -> None:
    unknown = parse(json.dumps({"type": "t" * 10_000, "x": "y" * 10_000}))
    assert isinstance(unknown, Unknown)
    assert len(unknown.type) <= 80
    assert len(unknown.raw) <= 500
    malformed = parse("x" * 10_000_000)
    assert isinstance(malformed, Malformed)
    assert len(malformed.raw) <= 500
    failed = parse(json.dumps({"type": "error", "message": "m" * 10_000}))
    assert isinstance(failed, GenerationFailed)
    assert len(failed.message) == 500


def test_unknown_events_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "elumenta_tui.api.events")
    parse('{"type": "usage", "n": 1}')
    parse("{")
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO"]
    assert "usage" in caplog.text


def test_the_vendors_sample_makes_a_complete_turn() -> None:
    answer = turn_after(*SSEDecoder().feed(VENDOR_STREAM))
    assert (answer.state, answer.text, answer.charge.stated, answer.charge.after) == (
        AnswerState.COMPLETE,
        "Here are the numbers",
        3,
        297,
    )
    assert (answer.generation_id, answer.served_by) == ("gen_01j9x2abc123", "gpt-5")


def test_done_without_an_end_completes_a_turn_at_an_unknown_price() -> None:
    answer = turn_after(delta("A"), "[DONE]")
    assert (answer.state, answer.charge.stated, answer.charge.after) == (AnswerState.COMPLETE, None, None)


def test_done_after_an_error_changes_nothing() -> None:
    answer = turn_after(delta("A"), '{"type": "error", "message": "quota-7731"}', "[DONE]", delta("B"))
    assert (answer.state, answer.text) == (AnswerState.INTERRUPTED, "A")
    assert answer.failure is not None
    assert (answer.failure.kind, answer.failure.message, answer.failure.billing) == (
        "stream_error",
        "quota-7731",
        Billing.UNKNOWN,
    )


def test_nothing_after_the_end_reaches_the_text() -> None:
    answer = turn_after(delta("A"), '{"type": "generation_end"}', delta("EXTRA"), "{", '{"type": "error"}')
    assert (answer.state, answer.text, answer.unreadable) == (AnswerState.COMPLETE, "A", 0)


def test_an_unreadable_event_is_counted_and_the_text_around_it_kept() -> None:
    answer = turn_after(delta("A"), "{]", '{"type": "content_delta", "delta": 5}', delta("B"), "[DONE]")
    assert (answer.state, answer.text, answer.unreadable) == (AnswerState.COMPLETE, "AB", 2)


def test_reasoning_and_other_news_never_become_text() -> None:
    news = [
        json.dumps({"type": kind, "delta": "NO", "text": "NO"})
        for kind in ("thinking_delta", "reasoning_delta", "ping")
    ]
    assert turn_after(delta("A"), *news, delta("B")).text == "AB"


def test_an_end_without_any_text_is_an_empty_answer() -> None:
    answer = turn_after(
        '{"type": "generation_start"}', '{"type": "generation_end", "tokens_used": 1}', "[DONE]"
    )
    assert answer.state is AnswerState.FAILED
    assert answer.failure is not None
    assert answer.failure.kind == "empty_answer"


@thorough
def test_fifty_thousand_deltas_are_parsed_well_below_a_second() -> None:
    payload = delta(" numbers")
    start = time.process_time()
    for _ in range(50_000):
        parse(payload)
    assert time.process_time() - start < 0.7
