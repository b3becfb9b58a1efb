"""The column of queued prompts: several programs write it, and in a stranger's file it may hold anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.queue import QueuedPrompt
from elumenta_tui.store.changes import SaveQueued
from elumenta_tui.store.events import SetAside
from elumenta_tui.store.queue import queue_length, queue_of, queue_with, with_queued, without_queued
from elumenta_tui.store.records import ConversationRecord
from tests.storing import opened, shelf

RECORD = ConversationRecord.of(Conversation(id="c1", created_on=0.0), demo=False)


def column(*prompts: tuple[str, int, str], program: str = "p") -> str:
    made = ""
    for id, place, text in prompts:
        made = with_queued(made, SaveQueued(RECORD, id * 12, place, text), program)
    return made


def texts(queue: list[QueuedPrompt]) -> list[str]:
    return [queued.text for queued in queue]


def test_prompts_are_read_in_the_order_of_their_places() -> None:
    made = column(("a", 1, "second"), ("b", 0, "first\nline"))
    assert texts(queue_of(made)) == ["first\nline", "second"]
    assert texts(queue_of(without_queued(made, "b" * 12))) == ["second"]
    assert without_queued(without_queued(made, "b" * 12), "a" * 12) == ""


def test_prompts_of_another_program_are_told_apart() -> None:
    made = with_queued(column(("a", 0, "mine")), SaveQueued(RECORD, "b" * 12, 1, "theirs"), "q")
    assert texts(queue_of(made, is_theirs=lambda program: program == "q")) == ["mine"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        b"\xff",
        "",
        "{",
        "[" * 100_000,
        "{}",
        "[1, null, {}]",
        json.dumps([{"id": "../x", "place": 0, "text": "no id of ours"}]),
        json.dumps([{"id": "a" * 12, "place": "0", "text": "no place"}]),
        json.dumps([{"id": "a" * 12, "place": 0, "text": " "}]),
        json.dumps([{"id": "a" * 12, "place": 0, "text": ["no text"]}]),
    ],
)
def test_anything_else_is_an_empty_queue(value: object) -> None:
    assert (queue_of(value), queue_length(value)) == ([], 0)


def test_text_of_a_stranger_is_cleaned() -> None:
    made = json.dumps([{"id": "a" * 12, "place": 0, "text": "a\x1b]52;c;x\x07b"}])
    assert "\x1b" not in texts(queue_of(made))[0]


def test_a_change_that_is_not_written_yet_is_seen_like_one_that_is() -> None:
    queue = [QueuedPrompt("one", "1"), QueuedPrompt("two", "2")]
    assert texts(queue_with(queue, "3", "three", 0)) == ["three", "one", "two"]
    assert texts(queue_with(queue, "2", "two", 0)) == ["two", "one"]
    assert texts(queue_with(queue, "1")) == ["two"]


def test_a_queue_is_copied_out_of_a_database_that_is_set_aside(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(SaveQueued(RECORD, "a" * 12, 0, "waits"))
        path = here.store.path
    with opened(path) as connection:
        connection.execute("CREATE TRIGGER strange AFTER INSERT ON turn BEGIN SELECT 1; END")
    with shelf(tmp_path) as here:
        here.told(SetAside)
        assert texts(here.conversation("c1").conversation.queued) == ["waits"]
