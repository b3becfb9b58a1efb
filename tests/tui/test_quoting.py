"""Quotes above the prompt, through the keys: what is sent, what comes back, what a restart and another conversation show."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui.chat.quote import Quote, Quotes
from tests.chatting import Chat, account_at, chat_app, chat_at, chatting, quick_demo, said
from tests.service import Pause, Service, answer, delta, ended, json_response, sse, started
from tests.thorough import thorough

SIZES = [(120, 40), (80, 24), (40, 15)]
CODE = "Here:\n\n```python\nprint(1)\nprint(2)\n```\n\nDone."


async def quote_at_cursor(chat: Chat, ups: int, parts: int = 0) -> None:
    """Move the cursor up from the end over messages and then over parts, quote what it is on, and leave it."""
    await chat.pilot.press(*["alt+up"] * ups, *["up"] * parts, "alt+y", "escape")


@thorough
@pytest.mark.parametrize("size", SIZES)
async def test_quotes_stand_above_the_prompt_and_are_sent_before_its_text(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
            await said(chat, service, "First line\nsecond line", CODE)
            await quote_at_cursor(chat, 1, 2)
            await chat.sees("1 ❭ print(1)")
            await quote_at_cursor(chat, 2)
            await chat.sees("2 ❝ First line")
            await said(chat, service, "Why?", "So.")
            prompt = "```python\nprint(1)\nprint(2)\n```\n\n> First line\n> second line\n\nWhy?"
            assert service.prompts[-1] == prompt
            assert not chat.app.parts.quotes.items
            await chat.sees_no("1 ❭")
            await said(chat, service, "Next", "ok")
            assert service.prompts[-1] == "Next"
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True), size) as chat:
            await chat.sees("Next")
            assert chat.app.session.conversation.shown[1].prompt == prompt
            assert not chat.app.prompt.text


async def test_backspace_at_the_start_and_unquote_remove_quotes(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        for text in ("one", "two", "three"):
            await said(chat, service, "q", text)
        for ups in (1, 3, 5):
            await quote_at_cursor(chat, ups)
        await chat.sees("1 ❝ three", "2 ❝ two", "3 ❝ one")
        await chat.type("ab")
        await chat.pilot.press("backspace", "backspace")
        assert [quote.text for quote in chat.app.parts.quotes.items] == ["three", "two", "one"]
        await chat.pilot.press("backspace")
        await chat.sees("2 ❝ two · Backspace removes it")
        await chat.send_command("/unquote 1")
        await chat.sees("1 ❝ two")
        await chat.sees_no("three · Back")
        await chat.send_command("/unquote 7")
        await chat.sees("There is 1 quote.")
        await chat.send_command("/unquote")
        await chat.sees_no("❝")
        await chat.pilot.press("backspace")
        await said(chat, service, "plain", "so")
        assert service.prompts[-1] == "plain"


@thorough
async def test_a_failed_request_gives_the_quotes_back_and_a_repeat_sends_them_again(tmp_path: Path) -> None:
    refusal = json_response(500, {"error": "provider_error", "message": "down", "details": {}})
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await said(chat, service, "q", "one")
        await chat.pilot.press("alt+y")
        await chat.sees("1 ❝ one")
        service.queue(refusal)
        await chat.ask("Why?")
        await chat.until(lambda: chat.app.prompt.text == "Why?")
        await chat.sees("1 ❝ one")
        service.queue(refusal)
        await chat.pilot.press("f5")
        await chat.until(lambda: len(service.posts) == 3)
        assert service.prompts[-1] == "> one\n\nWhy?"
        await chat.until(lambda: chat.app.prompt.text == "Why?" and chat.app.parts.quotes.items)
        service.queue(answer("so"))
        await chat.pilot.press("enter")
        await chat.until(lambda: len(service.posts) == 4)
        assert service.prompts[-1] == "> one\n\nWhy?"
        await chat.until(lambda: not chat.app.prompt.text and not chat.app.parts.quotes.items)


@thorough
async def test_a_prompt_that_is_queued_takes_its_quotes_along(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await said(chat, service, "q", "one")
        pause = Pause()
        service.queue(sse(started(), delta("two"), done=False), pause, sse(ended()))
        await chat.send("slow")
        await chat.sees("two")
        await chat.pilot.press("alt+y")
        await chat.sees("1 ❝ two")
        await chat.type("more")
        await chat.pilot.press("enter")
        await chat.sees_no("1 ❝ two")
        service.queue(answer("three"))
        pause.event.set()
        await chat.sees("three")
        assert service.prompts[-1] == "> two\n\nmore"


async def test_a_letter_at_the_cursor_quotes_leaves_out_and_inspects(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await said(chat, service, "First", "one")
        await said(chat, service, "Second", "two")
        await chat.pilot.press("alt+up", "й")
        await chat.sees("1 ❝ two")
        await chat.pilot.press("alt+up", "x")
        await chat.sees("┄ not sent")
        await chat.pilot.press("i")
        await chat.sees("4 of 5 messages sent", "› ○ answer", "● typed > two")
        await chat.pilot.press("escape")
        await said(chat, service, "Why?", "so")
        assert service.posts[-1].texts == [
            "First", "one", "Second", "> two\n\nWhy?",
        ]  # fmt: skip


@thorough
async def test_quotes_go_along_to_another_conversation_and_leave_no_copy_behind(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await said(chat, service, "first", "one")
        first = chat.app.session.conversation.id
        await chat.pilot.press("ctrl+n")
        await said(chat, service, "second", "two")
        second = chat.app.session.conversation.id
        chat.app.prompt.insert("typed")
        await chat.pilot.press("alt+y")
        await chat.sees("1 ❝ two")
        chat.app.session.open_library().autosave.flush()
        chat.app.parts.switching.open(first)
        await chat.until(lambda: chat.app.session.conversation.id == first)
        await chat.sees("1 ❝ two", "first")
        await chat.pilot.press("alt+y")
        await chat.sees("2 ❝ one")
        chat.app.parts.switching.open(second)
        await chat.until(lambda: chat.app.session.conversation.id == second)
        await chat.until(lambda: chat.app.prompt.text == "typed", "the draft, without quotes")
        service.queue(answer("so"))
        await chat.pilot.press("enter")
        await chat.until(lambda: len(service.posts) == 3)
        assert service.prompts[-1] == "> two\n\n> one\n\ntyped"
        chat.app.parts.switching.open(first)
        await chat.until(lambda: chat.app.session.conversation.id == first)
        assert not chat.app.prompt.text


@thorough
async def test_quotes_of_the_demo_do_not_reach_a_real_account(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.ask("2+2")
        await chat.pilot.press("alt+y")
        await chat.sees("1 ❝")
        chat.app.session.switch_account(account_at(service.url))
        await chat.sees_no("1 ❝")
        await said(chat, service, "real", "so")
        assert service.prompts[-1] == "real"


@thorough
async def test_quotes_are_a_part_of_the_draft_after_a_restart(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await said(chat, service, "q", "one")
            chat.app.prompt.insert("Why?")
            await chat.pilot.press("alt+y")
            await chat.sees("1 ❝ one")
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("1 ❝ one")
            assert chat.app.prompt.text == "Why?"


@thorough
async def test_a_selection_is_quoted_before_anything_else(tmp_path: Path, slow_clicks: None) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await said(chat, service, "q", "one paragraph\n\nanother paragraph")
        row = next(y for y, text in enumerate(chat.rows) if "another" in text)
        await chat.pilot.triple_click(chat.app.transcript, offset=(5, row - chat.app.transcript.region.y))
        await chat.pilot.press("alt+y")
        await chat.sees("1 ❝ another paragraph")
        await said(chat, service, "Why?", "so")
        assert service.prompts[-1] == "> another paragraph\n\nWhy?"


@thorough
async def test_a_conversation_is_named_after_what_was_typed_and_not_after_a_quote(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        chat.app.parts.quotes.add(Quote("print(1)", "python"))
        chat.app.parts.quotes.add(Quote("quoted"))
        await said(chat, service, "Why is that?", "so")
        assert chat.app.session.conversation.title == "Why is that?"


@thorough
async def test_there_is_nothing_to_quote_at_first_and_nothing_twice(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.pilot.press("alt+y")
        await chat.sees("Nothing to quote yet.")
        await said(chat, service, "q", "[bold]one[/bold]")
        await chat.pilot.press("alt+y")
        await chat.sees("1 ❝ [bold]one[/bold]")
        await chat.pilot.press("alt+y")
        await chat.sees("That is quoted already.")
        assert len(chat.app.parts.quotes.items) == 1


@thorough
@pytest.mark.parametrize("size", SIZES)
async def test_many_quotes_leave_the_prompt_its_room(tmp_path: Path, size: tuple[int, int]) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
        await said(chat, service, "q", "one")
        for number in range(9):
            chat.app.parts.quotes.add(Quote(f"quote {number}"))
        most = 4 if size[1] >= 20 else 2
        await chat.sees(f"{9 - most + 1} more quotes", "9 ❝ quote 8")
        assert sum("❝" in row for row in chat.rows) == most - 1
        await chat.type("hello")
        await chat.sees("hello")


def test_code_gets_a_fence_that_it_cannot_end() -> None:
    assert Quote("a\n```\nb", "md").block == "````md\na\n```\nb\n````"
    quotes = Quotes()
    quotes.add(Quote("a\n\nb"))
    assert quotes.compose("") == "> a\n>\n> b"
    assert quotes.compose("x") == "> a\n>\n> b\n\nx"
