"""Temporary chats through the keys: their mark, what stays in them, how they are kept, and what the disk never gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.session.guardrails import Refusal
from elumenta_tui.tui.app import ElumentaApp
from elumenta_tui.tui.screens.confirm import ConfirmScreen
from tests.chatting import Chat, account_at, chat_app, chat_at, chatting, quick_demo, said
from tests.service import Service, delta, ended, json_response, sse, started
from tests.session.test_temporary import SECRET, holds, written
from tests.tui.test_attaching import attach

MARK = "temporary · GPT-5"


async def begin(chat: Chat) -> None:
    await chat.send_command("/temp")
    await chat.sees("nothing of it is written on this computer")


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_a_temporary_chat_says_what_it_is_on_the_greeting_the_frame_and_the_bar(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    i18n.use(language)
    mark, bar = i18n.say("frame.temporary"), i18n.say("bar.temporary")
    async with chatting(chat_app(quick_demo(), tmp_path), size) as chat:
        await chat.send_command("/temp")
        await chat.sees(mark, bar, "/keep", "/forget")
        await chat.ask("hello")
        await chat.sees(mark, bar)
        await chat.send_command("/new")
        await chat.sees_no(bar)
        assert f"{mark} ·" not in chat.flat


async def test_its_draft_files_and_quotes_stay_with_it_and_come_back(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "notes.txt"
    file.parent.mkdir()
    file.write_text(f"{SECRET} in a file", encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    async with Service() as service, chat_at(service, home) as chat:
        await said(chat, service, "a stored one", "stored")
        await begin(chat)
        await said(chat, service, f"{SECRET} asked", f"{SECRET} answered")
        await chat.pilot.press("alt+y")
        await attach(chat, file)
        await chat.type(SECRET)
        await chat.pilot.press("left", "left")
        await written(chat.app.session)
        await chat.pilot.press("f10")
        await chat.sees("a stored one")
        prompt = chat.app.prompt
        assert (prompt.text, chat.app.parts.quotes.items, chat.app.parts.attached) == ("", (), ())
        # Neither undo nor the history brings it into the stored conversation.
        await chat.pilot.press("ctrl+underscore", "up")
        assert SECRET not in prompt.text
        prompt.fill("")
        await written(chat.app.session)
        assert holds(home, SECRET) == []
        prompt.insert("/temp")
        await chat.pilot.press("enter")
        await chat.until(lambda: prompt.text == SECRET)
        assert prompt.cursor_place == len(SECRET) - 2
        assert [each.text for each in chat.app.parts.quotes.items] == [f"{SECRET} answered"]
        assert [each.name for each in chat.app.parts.attached] == ["notes.txt"]
        await chat.sees(MARK)
    assert holds(home, SECRET) == []
    assert holds(home, "a stored one") != []


async def test_no_way_out_of_it_takes_its_draft_along(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        for _ in range(2):
            await begin(chat)
            await said(chat, service, f"{SECRET} asked", "answered")
            await chat.type(SECRET)
            await chat.pilot.press("ctrl+n")
            await chat.sees("/temp goes back to it")
            assert chat.app.prompt.text == ""
            await written(chat.app.session)
            chat.app.prompt.insert("/temp")
            await chat.pilot.press("enter")
            await chat.until(lambda: chat.app.prompt.text == SECRET)
            chat.app.prompt.fill("")
            # Another one beside it.
            await chat.send_command("/temp")
            await chat.until(lambda: not chat.app.session.conversation.turns)
            await chat.pilot.press("ctrl+n")
            await chat.until(lambda: not chat.app.session.conversation.is_temporary)
            chat.app.session.temporary.chats.clear()
        assert holds(tmp_path, SECRET) == []


async def test_keep_saves_it_and_the_next_start_shows_it(tmp_path: Path) -> None:
    async with Service() as service:
        async with chat_at(service, tmp_path) as chat:
            await begin(chat)
            await said(chat, service, "question", "answer")
            await chat.send_command("/keep")
            await chat.sees("Saved: it is a conversation like any other now")
            assert "TEMPORARY" not in chat.flat
            await chat.type("typed since")
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("question", "answer", "typed since")


async def test_quitting_says_that_it_will_be_gone_and_once_more_quits(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await begin(chat)
        await said(chat, service, "question", "answer")
        await chat.pilot.press("ctrl+q")
        await chat.sees("1 temporary chat will be gone.", "/keep saves it")
        assert chat.app.is_running
        await chat.pilot.press("ctrl+q")
        await chat.until(lambda: chat.app.return_value == 0 or not chat.app.is_running)
        assert chat.app.leaving.resumable_title == ""


async def test_an_empty_one_keeps_nobody_from_quitting(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await begin(chat)
        await chat.pilot.press("ctrl+q")
        await chat.until(lambda: chat.app.return_value == 0 or not chat.app.is_running)


async def test_forget_asks_and_deletes_it_from_the_services_history(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await begin(chat)
        await chat.send_command("/forget")
        await chat.sees("The service has no answer of this chat.")
        service.queue(sse(started(id="gen_1"), delta("answer"), ended(2, 298)))
        await chat.ask("question")
        service.route("/api/v2/user/history/gen_1", *json_response(200, {"success": True}))
        await chat.send_command("/forget")
        await chat.shows(ConfirmScreen)
        await chat.sees("Delete 1 answer and its prompt from the account's history")
        assert service.gets("/api/v2/user/history/gen_1") == []
        await chat.pilot.press("enter")
        await chat.sees("1 answer is deleted from the service's history.", "answer")
        await chat.send_command("/forget")
        await chat.sees("The service has no answer of this chat.")


async def test_the_editor_and_the_windows_title_get_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles: list[str] = []
    monkeypatch.setattr(ElumentaApp, "name_window", lambda app, title: titles.append(title))
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await begin(chat)
        titles.clear()
        await said(chat, service, SECRET, "answer")
        await chat.type("draft")
        await chat.pilot.press("f8")
        await chat.sees("the prompt is not given to an editor")
        assert set(titles) == {"temporary chat"}


async def test_compared_queued_and_edited_prompts_of_it_stay_off_the_disk(tmp_path: Path) -> None:
    async with Service() as service:
        async with chat_at(service, tmp_path) as chat:
            await begin(chat)
            session = chat.app.session
            service.queue(sse(started(), delta(SECRET), ended(2, 298)))
            service.queue(sse(started(), delta(SECRET), ended(2, 298)))
            models = [session.model, session.models[1]]
            answers = session.comparing.ask(f"{SECRET} compared", models)
            assert not isinstance(answers, Refusal)
            await chat.until(lambda: all(answer.over for answer in answers))
            pause = service.queue_half()
            answer = await chat.send(f"{SECRET} running")
            chat.app.prompt.insert(f"{SECRET} queued")
            await chat.pilot.press("enter")
            await chat.until(lambda: session.conversation.queued)
            pause.event.set()
            await chat.until(lambda: answer.over and not session.conversation.queued)
            await chat.until(lambda: not session.is_answering)
            await chat.pilot.press("alt+up", "e")
            await chat.type(f" {SECRET} edited")
            await written(session)
        assert holds(tmp_path, SECRET) == []


async def test_what_is_begun_before_the_conversations_are_open_stays_on_the_screen(tmp_path: Path) -> None:
    async with Service() as service:
        async with chat_at(service, tmp_path) as chat:
            await said(chat, service, "a stored one", "stored")
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            chat.app.parts.temporary.begin()
            await chat.sees(MARK, "nothing of it is written")
            await chat.app.session.begun()
            await chat.pilot.pause()
            assert chat.app.session.conversation.is_temporary
