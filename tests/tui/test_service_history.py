"""The service's own history on the screen, through its keys."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from elumenta_tui.i18n import say
from elumenta_tui.tui.screens.service_history import ServiceHistoryScreen
from tests.chatting import Chat, chat_at, chatting
from tests.service import Service, delta, ended, generated, json_response, sse, started
from tests.storing import shelf
from tests.thorough import thorough
from tests.tui.test_conversations import demo, home, listing

__all__ = ["home"]

HISTORY = "/api/v2/user/history"


def entries(chat: Chat) -> list[str]:
    """The prompts in the list."""
    screen = chat.app.screen
    assert isinstance(screen, ServiceHistoryScreen)
    return [item.prompt for item in screen.rows.items]


def is_shown(chat: Chat, id: str) -> bool:
    return chat.app.session.conversation.id == id


@thorough
async def test_a_key_in_the_list_shows_it_and_enter_goes_on_in_a_conversation_here(home: Path) -> None:
    async with listing(home) as chat:
        await chat.pilot.press("alt+s")
        await chat.sees(
            "The service's history: all devices", "50 entries of 65 read. ↓ at the end reads more."
        )
        await chat.sees("★ Write a polite reminder", "A fox reading a newspa… images", "from elsewhere")
        await chat.type("prime number")
        await chat.until(lambda: entries(chat) == ["Is 1001 a prime number?"])
        await chat.pilot.press("enter")
        await chat.sees("No: 1001 = 7 × 11 × 13.", "A copy of it is a conversation of its own here")
        assert chat.app.session.model.slug == "deepseek-r1"
        await chat.send_command("/service 1001")
        await chat.sees("⌂ Is 1001 a prime number?", "also stored here")
    with shelf(home / "data") as here:
        assert here.titles("1001", demo=True) == ["Is 1001 a prime number?"]


async def test_the_end_of_the_list_reads_on_and_tab_shows_favourites_only(home: Path) -> None:
    async with chatting(demo(home)) as chat:
        await chat.sees("283 tokens")
        await chat.send_command("/service")
        await chat.sees("50 entries of 65 read.")
        await chat.pilot.press("ctrl+end", "down")
        await chat.sees("65 entries of 65 read.")
        await chat.pilot.press("tab")
        await chat.until(lambda: len(entries(chat)) == 2)
        await chat.sees("2 entries of 2 read.")
        await chat.pilot.press("alt+f")
        await chat.sees("No longer a favourite, on all devices.")
        await chat.until(lambda: len(entries(chat)) == 1)
        await chat.pilot.press("ctrl+u")
        await chat.type("model:gpt-5-nano")
        await chat.sees("No matches")
        await chat.pilot.press("escape")
        await chat.sees("Ask anything")


async def test_deleting_asks_twice_says_that_it_is_for_all_devices_and_takes_another_key(
    tmp_path: Path,
) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        there = [generated(f"answer {n}", prompt=f"prompt {n}", id=f"gen_{n}") for n in range(2)]
        service.route(HISTORY, *json_response(200, {"items": there, "total": 2}))
        service.route(f"{HISTORY}/gen_0", *json_response(200, {"success": True}))
        await chat.send_command("/service")
        await chat.sees("prompt 0", "prompt 1")
        await chat.pilot.press("f8")
        await chat.sees("Delete it in the service, for all devices: bot, web and every machine?")
        await chat.pilot.press("escape")
        await chat.sees("Enter goes on from here")
        await chat.pilot.press("f8", "f8", "f8", "f8")
        await chat.sees("It cannot be brought back on any device. Enter deletes it now, Esc keeps it.")
        await chat.pilot.press("down")
        await chat.sees("Enter goes on from here")
        await chat.pilot.press("up", "f8", "enter")
        await chat.sees("Delete it in the service, for all devices")
        assert [call.method for call in service.gets(f"{HISTORY}/gen_0")] == []
        await chat.pilot.press("f8", "enter")
        await chat.sees("Deleted from the service, for all devices.")
        await chat.until(lambda: entries(chat) == ["prompt 1"])
        assert [call.method for call in service.gets(f"{HISTORY}/gen_0")] == ["DELETE"]


async def test_what_the_service_says_is_text_and_its_failure_a_sentence(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        service.queue_get(HISTORY, *json_response(500, {"error": "provider_error", "message": "down"}))
        await chat.send_command("/service")
        await chat.sees("(500)")
        strange = generated(
            "\x1b[31mred\u202e", prompt="[b]bold[/b] [@click=app.quit]x[/]", source="telegram"
        )
        service.route(HISTORY, *json_response(200, {"items": [strange]}))
        await chat.pilot.press("down")
        await chat.sees("[b]bold[/b] [@click=app.quit]x[/]", "telegram", "1 entry read.")


@thorough
async def test_the_last_two_conversations_are_a_key_apart(home: Path) -> None:
    async with chatting(demo(home)) as chat:
        await chat.sees("283 tokens")
        await chat.send_command("/last")
        await chat.sees("No other conversation was open since the start.")
        await chat.ask("2+2")
        first = chat.app.session.conversation.id
        await chat.pilot.press("ctrl+n")
        await chat.ask("3+3")
        second = chat.app.session.conversation.id
        for key, id in (("f10", first), ("ctrl+tab", second), ("f10", first)):
            await chat.pilot.press(key)
            await chat.until(partial(is_shown, chat, id))
        await chat.send_command("/last")
        await chat.until(lambda: chat.app.session.conversation.id == second)
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: len(chat.app.screen_stack) == 2)
        await chat.sees("▸ 3+3")
        await chat.pilot.press("down", "f8")
        await chat.sees("Deleted when the program ends")
        await chat.pilot.press("escape")
        await chat.send_command("/last")
        await chat.sees("No other conversation was open since the start.")


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_an_entry_that_is_stored_here_leads_to_its_conversation_or_to_a_copy(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    async with Service() as service, chat_at(service, tmp_path, size) as chat:
        chat.app.parts.appearance.switch_language(language)
        service.queue(sse(started(id="gen_here"), delta("the answer"), ended(2, 298, id="gen_here")))
        answer = await chat.ask("asked here")
        there = [
            generated("the answer", prompt="asked here", id="gen_here"),
            generated("x", prompt="not here", id="gen_9"),
        ]
        service.route(HISTORY, *json_response(200, {"items": there, "total": 2}))
        here = chat.app.session.conversation.id
        await chat.pilot.press("ctrl+n")
        await chat.send_command("/service")
        await chat.sees("⌂ asked here")
        if size[0] > 40:
            await chat.sees(say("service.footnote_here").split(" · ")[0])
        await chat.pilot.press("enter")
        await chat.until(lambda: is_shown(chat, here), "the conversation here")
        await chat.sees("the answer")
        assert chat.app.session.conversation.answers[0].id == answer.id
        await chat.pilot.press("escape")
        await chat.send_command("/service")
        await chat.sees("⌂ asked here")
        await chat.pilot.press("alt+n")
        await chat.sees(say("service.continued")[:20])
        assert not is_shown(chat, here)
        await chat.send_command("/service")
        await chat.sees("⌂ asked here")
        await chat.pilot.press("down", "enter")
        await chat.until(lambda: chat.app.session.conversation.answers[0].prompt == "not here", "a copy")
