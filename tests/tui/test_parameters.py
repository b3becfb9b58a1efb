"""The system prompt and the parameters of a conversation: typed, seen, sent, and there again after a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui import i18n
from elumenta_tui.chat.request import Options
from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui.screens.parameters import ParametersScreen
from tests.chatting import account_at, chat_app, chat_at, chatting, said
from tests.fitting import assert_fits
from tests.service import Pause, Service, delta, ended, sse, started
from tests.thorough import share, thorough


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with Service() as service:
        yield service


def bodies(service: Service) -> list[dict[str, Any]]:
    """What each request for an answer carried."""
    return [call.json for call in service.posts]


@thorough
async def test_what_is_typed_goes_over_the_wire_byte_for_byte_and_is_there_after_a_restart(
    service: Service, tmp_path: Path
) -> None:
    async with chat_at(service, tmp_path) as chat:
        await chat.send_command('/system Отвечай коротко.\n\tИ по-русски: «да» или "нет".')
        await chat.sees("from the next one on", "system prompt")
        await chat.send_command("/temperature 0,25")
        await chat.sees("Temperature 0.25", "temp. 0.25")
        await chat.send_command("/max_tokens 1 500")
        await chat.sees("1,500 LLM tokens at most", "max 1,500")
        await said(chat, service, "one", "first")
    service.queue(sse(started(), delta("second"), ended(2, 296)))
    app = chat_app(account_at(service.url), tmp_path, resume=True)
    async with chatting(app) as chat:
        await chat.sees("first", "temp. 0.25", "max 1,500")
        await chat.ask("two")
    first, second = bodies(service)
    system = {"role": "system", "content": 'Отвечай коротко.\n\tИ по-русски: «да» или "нет".'}
    assert first == {
        "model": "gpt-5",
        "messages": [system, {"role": "user", "content": "one"}],
        "stream": True,
        "temperature": 0.25,
        "max_tokens": 1500,
    }
    assert second["messages"][0] == system
    assert (second["temperature"], second["max_tokens"]) == (0.25, 1500)


@thorough
async def test_what_changes_while_an_answer_is_coming_counts_for_the_next_request(
    service: Service, tmp_path: Path
) -> None:
    async with chat_at(service, tmp_path) as chat:
        pause = Pause()
        service.queue(sse(started(), delta("slow"), done=False), pause, sse(ended(2, 298)))
        answer = await chat.send("one")
        await chat.sees("slow")
        await chat.send_command("/temperature 1")
        await chat.send_command("/system Be brief.")
        pause.event.set()
        await chat.until(lambda: answer.over)
        await said(chat, service, "two", "fast")
        first, second = bodies(service)
        assert "temperature" not in first
        assert [message["role"] for message in first["messages"]] == ["user"]
        assert second["temperature"] == 1
        assert second["messages"][0] == {"role": "system", "content": "Be brief."}


@thorough
async def test_a_new_conversation_begins_with_none(service: Service, tmp_path: Path) -> None:
    async with chat_at(service, tmp_path) as chat:
        await chat.send_command("/system Be brief.")
        await chat.send_command("/temperature 2")
        await said(chat, service, "one", "first")
        await chat.pilot.press("ctrl+n")
        await chat.sees_no("temp. 2")
        await said(chat, service, "two", "second")
        assert bodies(service)[1] == {
            "model": "gpt-5",
            "messages": [{"role": "user", "content": "two"}],
            "stream": True,
        }


OUT_OF_BOUNDS = [
    *(f"/temperature {value}" for value in ("2.1", "-1", "warm", "nan", "1e0")),
    *(f"/max_tokens {value}" for value in ("0", "1.5", "-3", "many", "9999999")),
]


async def test_what_is_out_of_bounds_is_refused_in_a_sentence_and_stays_typed(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        for command in share(OUT_OF_BOUNDS, every=5):
            with subtests.test(command):
                said = "from 0 to 2" if "temp" in command else "from 1 to 1,000,000"
                chat.app.prompt.fill(command)
                await chat.pilot.press("enter")
                await chat.sees(said)
                assert chat.app.prompt.text == command
                assert chat.app.session.conversation.options == Options()
                chat.app.clear_notifications()
                await chat.sees_no(said)


@thorough
async def test_off_takes_each_of_them_away(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        conversation = chat.app.session.conversation
        for word in ("off", "OFF", "щаа", "выкл", "-"):
            with subtests.test(word):
                for command in ("/system Be brief.", "/temperature .5", "/max_tokens 7"):
                    await chat.send_command(command)
                await chat.until(
                    lambda: conversation.options == Options(0.5, 7) and conversation.system_prompt
                )
                for command in ("/system", "/temperature", "/max_tokens"):
                    await chat.send_command(f"{command} {word}")
                await chat.until(lambda: conversation.options == Options() and not conversation.system_prompt)


async def test_the_form_has_all_three_and_says_what_is_wrong(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.send_command("/system")
        await chat.shows(ParametersScreen)
        await chat.type("Be")
        await chat.pilot.press("enter")
        await chat.type("brief.")
        await chat.pilot.press("tab")
        await chat.type("3")
        await chat.sees("a number from 0 to 2")
        await chat.pilot.press("ctrl+s")
        await chat.shows(ParametersScreen)
        await chat.pilot.press("backspace", "1", "comma", "5", "down")
        await chat.type("300")
        await chat.pilot.press("enter")
        await chat.sees("From the next request on", "temperature 1.5", "300 LLM tokens at most")
        conversation = chat.app.session.conversation
        assert (conversation.system_prompt, conversation.options) == ("Be\nbrief.", Options(1.5, 300))
        await chat.send_command("/max_tokens")
        await chat.shows(ParametersScreen)
        await chat.pilot.press("ctrl+u", "ctrl+s")
        await chat.until(lambda: conversation.options == Options(1.5))


@thorough
async def test_esc_drops_changes_only_when_it_is_pressed_twice(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.send_command("/system")
        await chat.shows(ParametersScreen)
        await chat.type("Long thought")
        await chat.pilot.press("escape")
        await chat.sees("Esc again drops")
        await chat.type("s")
        await chat.pilot.press("escape")
        await chat.sees("Esc again drops", "Long thoughts")
        await chat.pilot.press("escape")
        await chat.until(lambda: not isinstance(chat.app.screen, ParametersScreen))
        assert not chat.app.session.conversation.system_prompt


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("size", [(40, 15), (80, 24), (120, 40)])
async def test_the_form_fits_and_the_frame_shows_what_there_is_room_for(
    tmp_path: Path, language: str, size: tuple[int, int]
) -> None:
    i18n.use(language)
    async with chatting(chat_app(demo_account(), tmp_path), size) as chat:
        for command in ("/system Be brief.", "/temperature 0.3", "/max_tokens 777"):
            await chat.send_command(command)
        await chat.until(lambda: chat.app.session.conversation.options.max_tokens)
        assert_fits(chat)
        await chat.sees("0.3" if language == "en" else "0,3")
        if size[0] > 40:
            await chat.sees(i18n.say("frame.max_tokens", n=777))
        await chat.send_command("/temperature")
        screen = await chat.shows(ParametersScreen)
        await chat.settle()
        assert screen.focused is not None
        assert screen.focused.id == "temperature"
        dialog = screen.query_one("#dialog")
        assert dialog.virtual_size.height <= dialog.size.height
        await chat.sees(i18n.say("parameters.from_next"))
        for field in ("system", "temperature", "max_tokens"):
            assert screen.query_one(f"#{field}").region.height >= 1


@thorough
async def test_the_inspector_shows_the_system_prompt_and_the_parameters(
    service: Service, tmp_path: Path
) -> None:
    async with chat_at(service, tmp_path) as chat:
        await chat.send_command("/system Be brief.")
        await chat.send_command("/temperature 0.3")
        await said(chat, service, "one", "first")
        await chat.pilot.press("alt+i")
        await chat.sees("What the next request holds", "Be brief.", "system prompt · temp. 0.3")
