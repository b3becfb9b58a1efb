"""The service's own history: read on demand, kept for the session, changed, and gone on from in a conversation of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.chat.history import HistoryFilter
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.demo import DemoTransport
from elumenta_tui.session.backend import demo_account
from elumenta_tui.session.service_history import PAGE
from tests.leading import leading, no_pause
from tests.service import Service, generated, json_response, response
from tests.storing import messages, shelf
from tests.thorough import thorough

HISTORY = "/api/v2/user/history"


def page(*entries: dict[str, Any], total: int | None = None) -> list[Any]:
    return json_response(200, {"items": list(entries), "total": total, "page": 1, "limit": PAGE})


def many(first: int, count: int) -> list[dict[str, Any]]:
    return [
        generated(f"answer {n}", prompt=f"prompt {n}", id=f"gen_{n}") for n in range(first, first + count)
    ]


async def test_nothing_is_read_before_it_is_asked_for_and_then_a_page_at_a_time(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        history = chat.session.service_history
        assert history.entries() == []
        assert service.gets(HISTORY) == []
        service.queue_get(HISTORY, *page(*many(0, PAGE), total=PAGE + 2))
        # One was asked meanwhile, so that the last entry of the first page comes again.
        service.queue_get(HISTORY, *page(*many(PAGE - 1, 2), total=PAGE + 2))
        assert await history.read_on() is None
        assert (len(history.entries()), history.total(), history.is_complete()) == (PAGE, PAGE + 2, False)
        assert await history.read_on() is None
        assert [entry.id for entry in history.entries()] == [f"gen_{n}" for n in range(PAGE + 1)]
        assert history.is_complete()
        assert await history.read_on() is None
        assert [call.path for call in service.gets(HISTORY)] == [
            f"{HISTORY}?page=1&limit={PAGE}",
            f"{HISTORY}?page=2&limit={PAGE}",
        ]


async def test_the_service_filters_and_each_filter_is_kept_apart(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        history = chat.session.service_history
        service.route(HISTORY, *page(*many(0, 1)))
        wanted = HistoryFilter(model="gpt-5", status="completed", favorites=True)
        assert await history.read_on(wanted) is None
        assert (len(history.entries(wanted)), history.entries()) == (1, [])
        [call] = service.gets(HISTORY)
        assert call.path.endswith("&model_slug=gpt-5&status=completed&favorites_only=true")


async def test_a_failure_is_told_and_the_next_attempt_reads_the_same_page(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        history = chat.session.service_history
        service.queue_get(HISTORY, *json_response(500, {"error": "provider_error", "message": "down"}))
        service.queue_get(HISTORY, *page(*many(0, 1)))
        failure = await history.read_on()
        assert failure is not None
        assert failure.kind == "provider_error"
        assert not history.is_begun()
        assert await history.read_on() is None
        assert len(history.entries()) == 1


@pytest.mark.parametrize("status", [200, 204])
async def test_favourites_and_deletions_go_to_the_service_and_change_what_is_kept(
    tmp_path: Path, status: int
) -> None:
    answer = json_response(200, {"success": True}) if status == 200 else response(204, b"", {})
    async with Service() as service, leading(service, tmp_path) as chat:
        history = chat.session.service_history
        service.route(HISTORY, *page(*many(0, 3), total=3))
        service.route(f"{HISTORY}/gen_1/favorite", *answer)
        service.route(f"{HISTORY}/gen_2", *answer)
        await history.read_on()
        _, second, third = history.entries()
        assert await history.switch_favorite(second) is None
        assert await history.delete(third) is None
        assert [(entry.id, entry.is_favorite) for entry in history.entries()] == [
            ("gen_0", False),
            ("gen_1", True),
        ]
        assert history.total() == 2
        changes = [
            (call.method, call.path) for call in service.requests if call.path.startswith(f"{HISTORY}/")
        ]
        assert changes == [("POST", f"{HISTORY}/gen_1/favorite"), ("DELETE", f"{HISTORY}/gen_2")]


async def test_what_the_service_refuses_to_delete_stays(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        history = chat.session.service_history
        service.route(HISTORY, *page(*many(0, 1), total=1))
        service.route(f"{HISTORY}/gen_0", *json_response(404, {"error": "not_found", "message": "gone"}))
        await history.read_on()
        failure = await history.delete(history.entries()[0])
        assert failure is not None
        assert failure.kind == "not_found"
        assert len(history.entries()) == 1


@thorough
async def test_going_on_copies_prompt_and_answer_into_a_conversation_that_a_restart_shows(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        history = chat.session.service_history
        strange = generated(
            "An \x1b[31manswer\u202e.",
            prompt="A prompt",
            id="gen_9",
            model_slug="claude-opus-4.5",
            tokens_spent=6,
        )
        service.route(HISTORY, *page(strange))
        await history.read_on()
        [entry] = history.entries()
        assert entry.id not in history.own
        answer = chat.session.continue_entry(entry)
        assert (answer.state, answer.charge.amount, chat.session.model.slug) == (
            AnswerState.COMPLETE,
            6,
            "claude-opus-4.5",
        )
        assert chat.session.ledger.total.amount == 0
        id = chat.session.conversation.id
        await chat.ask("and now?")
        assert service.posts[-1].messages == [
            ("user", "A prompt"),
            ("assistant", entry.text),
            ("user", "and now?"),
        ]
        assert "\x1b" not in entry.text
        assert "\u202e" not in entry.text
    with shelf(tmp_path / "data") as here:
        stored = here.conversation(id).conversation
        assert stored.title == "A prompt"
        assert messages(stored)[:2] == [("user", "A prompt"), ("assistant", entry.text)]
        assert stored.turns[0].answers[0].generation_id == "gen_9"
        assert here.titles("prompt") == ["A prompt"]
    async with Service() as service, leading(service, tmp_path) as chat:
        service.route(HISTORY, *page(strange))
        await chat.session.service_history.read_on()
        assert "gen_9" in chat.session.service_history.own


async def test_another_account_shows_nothing_of_the_one_before(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        service.route(HISTORY, *page(*many(0, 1)))
        await chat.session.service_history.read_on()
        assert chat.session.service_history.entries()
        chat.session.switch_account(demo_account(lambda: DemoTransport(sleep=no_pause)))
        assert chat.session.service_history.entries() == []
        await chat.session.service_history.read_on()
        assert len(chat.session.service_history.entries()) == PAGE
