"""The very first start: what it says once, and where keys, plans and tokens come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.config.settings import Settings
from tests.chatting import account_at, chat_app, chatting, quick_demo
from tests.service import KEY, Service, json_response
from tests.thorough import thorough

ONCE = "Said once, in five lines"
ALWAYS = "Ask anything"


@thorough
async def test_the_first_start_says_in_five_lines_what_there_is_and_the_next_one_does_not(
    tmp_path: Path,
) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.sees(ONCE, "send; its price stands below", "Ctrl+S", "all keys", "283")
        first = next(place for place, row in enumerate(chat.rows) if ONCE in row)
        assert len([row for row in chat.rows[first + 1 : first + 9] if row.strip()]) == 5 + 1
        await chat.until((tmp_path / "state.toml").exists)
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.sees(ALWAYS, "283")
        assert ONCE not in chat.screen


@thorough
async def test_after_the_first_prompt_a_new_conversation_has_the_usual_greeting(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.sees(ONCE)
        await chat.ask("2+2")
        await chat.pilot.press("ctrl+n")
        await chat.sees(ALWAYS)


@thorough
async def test_it_is_said_again_until_there_is_an_account(tmp_path: Path) -> None:
    for _ in range(2):
        async with chatting(chat_app(None, tmp_path)) as chat:
            await chat.sees("Paste your Elumenta API key")
            await chat.pilot.press("escape")
            await chat.sees(ONCE)
    async with chatting(chat_app(None, tmp_path)) as chat:
        await chat.sees("Paste your Elumenta API key")
        await chat.pilot.press("f2")
        await chat.sees(ONCE, "DEMO")
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.sees(ALWAYS)


@thorough
async def test_who_has_conversations_is_no_newcomer_without_a_state_file(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.ask("2+2")
    (tmp_path / "state.toml").write_text("no [ toml", encoding="utf-8")
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.sees(ALWAYS)


@thorough
async def test_a_state_file_that_can_not_be_written_does_not_hinder_the_start(tmp_path: Path) -> None:
    (tmp_path / "state.toml").mkdir()
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.sees(ONCE)
        await chat.ask("2+2")


@thorough
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("size", [(80, 24), (40, 15)])
async def test_the_first_start_fits(tmp_path: Path, language: i18n.Language, size: tuple[int, int]) -> None:
    i18n.use(language)
    async with chatting(chat_app(quick_demo(), tmp_path), size=size) as chat:
        await chat.sees(
            i18n.say("greeting.first.title"),
            *(
                " ".join(i18n.say(f"greeting.first.{name}").split())
                for name in ("send", "stop", "model", "conversations", "help")
            ),
            "/demo error",
        )


@thorough
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_screen_for_keys_says_where_they_come_from_and_what_they_cost(
    tmp_path: Path, language: i18n.Language
) -> None:
    i18n.use(language)
    async with chatting(chat_app(None, tmp_path), size=(80, 24)) as chat:
        await chat.sees("https://elumenta.ru", "VIP", "Elite", "₽", "https://elumenta.ru/web/billing", "F2")
        assert "2990" in chat.screen.replace(",", "")
    async with chatting(chat_app(None, tmp_path), size=(40, 15)) as chat:
        await chat.sees("elumenta.ru", "VIP", "₽", "Ctrl+Q")


@thorough
@pytest.mark.parametrize(
    ("status", "kind", "page"),
    [
        (401, "not_authenticated", "https://elumenta.ru"),
        (402, "insufficient_tokens", "https://elumenta.ru/web/billing"),
        (403, "insufficient_plan", "https://elumenta.ru/web/billing"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_wrong_key_an_expired_plan_and_an_empty_balance_name_the_page_that_helps(
    tmp_path: Path, language: i18n.Language, status: int, kind: str, page: str
) -> None:
    i18n.use(language)
    refusal = json_response(status, {"error": kind, "message": "no", "details": {}})
    async with Service() as service:
        service.queue(refusal)
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.send("hi")
            await chat.until(lambda: re.search(rf"{page}(?![/\w])", chat.flat))
    async with Service() as service:
        service.route("/api/v2/balance", refusal)
        app = chat_app(None, tmp_path / "other", settings=Settings(base_url=service.url))
        async with chatting(app) as chat:
            await chat.sees("F2")
            await chat.paste(KEY)
            await chat.pilot.press("enter")
            await chat.until(
                lambda: re.search(rf"✗.*{page}(?![/\w])", " ".join(chat.flat.replace("│", " ").split()))
            )
