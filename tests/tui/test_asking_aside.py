"""Side questions through their keys: the panel over the chat, what Enter, Esc and F8 do with it, and what is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from elumenta_tui import i18n
from elumenta_tui.session.backend import demo_account
from elumenta_tui.terminal.escape import EscapeSettled, EscapeUnsettled
from elumenta_tui.tui.screens.history import HistoryScreen
from elumenta_tui.tui.screens.side_answer import SideAnswerScreen
from tests.chatting import Chat, account_at, chat_app, chat_at, chatting
from tests.service import Pause, Service, answer, delta, ended, json_response, sse, started
from tests.thorough import thorough
from tests.tui.test_keeping import saved, stored_turns
from tests.tui.test_presses import hold, patient


def panel(chat: Chat) -> SideAnswerScreen:
    screen = chat.app.screen
    assert isinstance(screen, SideAnswerScreen)
    return screen


async def ask_aside(chat: Chat, text: str) -> SideAnswerScreen:
    """Type a command that asks beside the conversation, and press Enter."""
    await chat.send_command(text)
    return await chat.shows(SideAnswerScreen)


def is_closed(chat: Chat) -> bool:
    return len(chat.app.screen_stack) == 1


async def test_while_an_answer_streams_a_question_is_asked_answered_and_kept(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        goes_on, ends = Pause(), Pause()
        service.queue(sse(started(), delta("Main **text**"), done=False), goes_on, sse(delta(" on"), ended()))
        main = await chat.send("first")
        await chat.sees("Main text")
        chat.app.prompt.insert("/btw ")
        await chat.sees("Enter · 1 token · side question to GPT-5 Nano · 299 left")
        service.queue(
            sse(started("gpt-5-nano"), delta("Beside, *soft*"), done=False), ends, sse(ended(1, 290))
        )
        await ask_aside(chat, "what is it?")
        await chat.sees("Side question · GPT-5 Nano · 1 token", "▌ what is it?", "Beside, soft")
        await chat.sees("Esc stops and drops it")
        await chat.pilot.press("enter")
        await chat.sees("The answer is still coming")
        goes_on.event.set()
        await chat.until(lambda: main.over)
        ends.event.set()
        await chat.sees("Side question · GPT-5 Nano · cost 1 token", "290 left", "Enter keeps it as a branch")
        await chat.pilot.press("enter")
        await chat.until(lambda: is_closed(chat))
        await chat.sees("Kept as a branch", "Main text on", "spent 4")
        assert "Beside" not in chat.flat
        lead = chat.app.session.conversation
        assert (lead.newest, [turn.is_branch for turn in lead.turns]) == (main, [False, True])
        await saved(chat)
        assert stored_turns(tmp_path)[1] == ("what is it?", "Beside, *soft*", "complete")


async def test_a_dropped_question_is_found_where_the_sentence_says(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        service.queue(answer("So."))
        await ask_aside(chat, "/btw what?")
        await chat.sees("Enter keeps it")
        await chat.pilot.press("escape")
        await chat.sees("Dropped: the conversation is as it was. ↑ brings the question back.")
        await chat.pilot.press("up")
        assert chat.app.prompt.text == "/btw what?"
        chat.app.prompt.clear()
        service.queue(sse(started(), delta("Main"), done=False), Pause())
        await chat.send("first")
        await chat.sees("Main")
        chat.app.prompt.insert("later")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.session.conversation.queued)
        service.queue(answer("Because."))
        await ask_aside(chat, "/btw why?")
        await chat.sees("Because.", "Enter keeps it")
        await chat.pilot.press("escape")
        await chat.sees("Dropped: the conversation is as it was. Ctrl+R finds the question again.")
        await chat.pilot.press("ctrl+r")
        await chat.shows(HistoryScreen)
        await chat.sees("/btw why?", "/btw what?")
        await chat.type("wh")
        await chat.type("y")
        await chat.sees_no("/btw what?")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.prompt.text == "/btw why?")


async def test_esc_stops_and_drops_it_and_what_was_typed_meanwhile_is_in_the_prompt(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        service.queue(sse(started(), delta("Half"), done=False), Pause())
        await ask_aside(chat, "/btw! why?")
        await chat.sees("Side question · GPT-5 · 2 tokens", "Half")
        await chat.type("my ned")
        await chat.pilot.press("backspace")
        await chat.type("xt")
        await chat.paste(" one")
        await chat.until(lambda: chat.app.prompt.text == "my next one")
        await chat.pilot.press("escape")
        await chat.until(lambda: is_closed(chat))
        await chat.sees("Stopped and dropped. It may still be charged: 2 tokens.")
        await service.posts[0].client_gone.wait()
        assert chat.app.prompt.text == "my next one"
        assert chat.app.session.conversation.turns == []
        await chat.pilot.press("ctrl+u", "up")
        await chat.until(lambda: chat.app.prompt.text == "/btw! why?")


async def test_a_failure_stands_in_the_panel_and_the_question_goes_back_into_the_prompt(
    tmp_path: Path,
) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        service.queue(*json_response(402, {"error": {"code": "insufficient_tokens", "message": "no"}}))
        await ask_aside(chat, "/btw why?")
        await chat.sees("It cost nothing.", "F8 puts the question back into the prompt", "cost 0 tokens")
        await chat.pilot.press("enter")
        await chat.sees("There is no answer to keep.")
        await chat.pilot.press("f8")
        await chat.until(lambda: is_closed(chat))
        assert chat.app.prompt.text == "/btw why?"
        assert len(service.posts) == 1
        await chat.sees("Enter · 1 token · side question to GPT-5 Nano")


@thorough
async def test_an_esc_that_was_the_beginning_of_another_key_drops_nothing(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        service.queue(sse(started(), delta("Half"), done=False), Pause())
        screen = await ask_aside(chat, "/btw why?")
        await chat.sees("Half")
        for was_meant in (False, True):
            chat.app.post_message(EscapeUnsettled())
            await chat.pilot.press("escape")
            assert not is_closed(chat)
            assert not screen.answer.over
            chat.app.post_message(EscapeSettled(was_meant=was_meant))
            await chat.pilot.pause()
        await chat.until(lambda: is_closed(chat))
        assert screen.answer.was_stopped


@thorough
async def test_enter_held_down_asks_once_and_keeps_nothing(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await chat.ask("first")
        patient(chat)
        for _ in range(9):
            service.queue(answer("Beside"))
        chat.app.prompt.insert("/btw why")
        await chat.type("?")
        await hold(chat, "enter", 1.1)
        await chat.sees("Beside", "Enter is held down")
        assert len(service.posts) == 2
        assert panel(chat).answer.over


async def test_without_a_question_the_command_waits_for_one(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")
        chat.app.prompt.insert("/btw")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.prompt.text == "/btw ")
        await chat.sees("Type the question", "side question to GPT-5 Nano")
        chat.app.prompt.fill("two\nlines")
        await chat.pilot.press("ctrl+p")
        await chat.until(lambda: not is_closed(chat))
        chat.app.screen.query_one(Input).insert("side question", 0)
        await chat.sees("Ask beside the conversation")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.prompt.text == "/btw two\nlines")
        await chat.pilot.press("enter")
        await chat.until(lambda: not is_closed(chat))
        assert panel(chat).answer.prompt == "two\nlines"


@thorough
@pytest.mark.parametrize(
    ("typed", "slug"),
    [("/иец почему?", "gpt-5-nano"), (".ИЕЦ! почему?", "gpt-5")],
)
async def test_it_is_asked_in_either_keyboard_layout(tmp_path: Path, typed: str, slug: str) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await ask_aside(chat, typed)
        call = await service.posted()
        assert (call.json["model"], call.messages) == (slug, [("user", "почему?")])


async def test_one_too_many_is_refused_and_stays_in_the_prompt(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        for number in range(4):
            service.queue(sse(started(), delta("Half"), done=False), Pause())
            await chat.send(f"prompt {number}")
            await chat.sees("Half")
            if number < 3:
                await chat.pilot.press("f2")
        chat.app.prompt.insert("/btw why?")
        await chat.pilot.press("enter")
        await chat.sees("4 answers are coming already", "Your text stays in the prompt.")
        assert chat.app.prompt.text == "/btw why?"
        assert len(service.posts) == 4


@thorough
async def test_quitting_keeps_what_there_is_of_it(tmp_path: Path) -> None:
    async with Service() as service:
        async with chat_at(service, tmp_path) as chat:
            await chat.ask("first")
            service.queue(sse(started(), delta("Half"), done=False), Pause())
            await ask_aside(chat, "/btw why?")
            await chat.sees("Half")
            await chat.pilot.press("ctrl+q")
            await saved(chat)
        assert stored_turns(tmp_path)[1] == ("why?", "Half", "interrupted")


@thorough
@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
async def test_the_panel_is_read_and_left_at_every_size(
    tmp_path: Path, size: tuple[int, int], language: i18n.Language
) -> None:
    i18n.use(language)
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
        await chat.until(lambda: chat.app.session.ledger.balance == 300)
        service.queue(sse(started("gpt-5-nano"), *(delta(f"- item {n}\n") for n in range(60)), ended(1, 299)))
        chat.app.prompt.insert("/btw ")
        await chat.sees("Enter · 1 token" if language == "en" else "Enter · 1 токен", "GPT-5 Nano")
        await ask_aside(chat, "list")
        await chat.sees("• item 59", "✓ GPT-5 Nano")
        keys = i18n.say("aside.keys_short.over" if size[0] < 76 else "aside.keys.over")
        assert keys in chat.flat
        cost = "cost 1 token" if language == "en" else "списан 1 токен"
        assert f"GPT-5 Nano · {cost}" in chat.flat
        await chat.pilot.press("home")
        await chat.until(lambda: "▌ list" in chat.screen)
        await chat.pilot.press("pagedown")
        await chat.until(lambda: "▌ list" not in chat.screen)
        await chat.pilot.press("end")
        await chat.sees("• item 59")
        await chat.pilot.press("escape")
        await chat.sees(i18n.say("aside.dropped")[:20])
        assert is_closed(chat)
