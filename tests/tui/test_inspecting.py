"""The context inspector and the ways out of a refusal for length, through the keys: what goes over the wire, what a restart shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.tui.screens.confirm import ConfirmScreen
from elumenta_tui.tui.screens.context import ContextScreen
from elumenta_tui.tui.screens.message import MessageScreen
from tests.chatting import Chat, account_at, chat_app, chat_at, chatting, quick_demo, said
from tests.service import Service, Step, answer, delta, ended, json_response, sse, started
from tests.thorough import thorough

SIZES = [(120, 40), (80, 24), (40, 15)]


def sent(service: Service) -> list[str]:
    """The first words of the messages of the last request."""
    return [text.split()[0] for text in service.posts[-1].texts]


async def five_turns(chat: Chat, service: Service) -> list[Answer]:
    await chat.sees("300 tokens")
    return [await said(chat, service, f"q{n} " + "x" * 96, f"a{n} " + "y" * 96) for n in range(5)]


def too_long() -> list[Step]:
    return json_response(
        400, {"error": "bad_request", "message": "maximum context length exceeded", "details": {}}
    )


async def command(chat: Chat, text: str) -> None:
    """Type a command over a prompt that was given back, and press Enter."""
    await chat.type(text)
    await chat.pilot.press("enter")
    await chat.until(lambda: text not in chat.app.prompt.text, f"{text} taken")


async def open_inspector(chat: Chat) -> ContextScreen:
    await chat.pilot.press("alt+i")
    return await chat.shows(ContextScreen)


async def leave_inspector(chat: Chat) -> None:
    await chat.pilot.press("escape")
    await chat.until(lambda: len(chat.app.screen_stack) == 1, "the chat")


async def test_all_keys_of_the_inspector_are_told_on_a_small_screen(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), (60, 20)) as chat:
        await said(chat, service, "First question", "short")
        await open_inspector(chat)
        await chat.sees("T oldest out", "F1 all keys")
        await chat.pilot.press("f1")
        await chat.sees("T leaves out the oldest")
        await chat.pilot.press("f1")
        await chat.sees("T oldest out")


@pytest.mark.parametrize("size", SIZES)
async def test_the_inspector_lists_what_is_sent_and_its_totals_follow_every_change(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
        await said(chat, service, "First question", "Ж" * 250)
        await said(chat, service, "Second question", "short")
        chat.app.prompt.insert("Third")
        await open_inspector(chat)
        await chat.sees("5 of 5 messages sent", "289 characters", "≈ 112 LLM tokens", "› ● typed", "Third")
        await chat.sees("GPT-5 · 2 tokens · 296 left")
        await chat.pilot.press("home", "down", "space")
        await chat.sees("4 of 5 messages sent", "39 characters", "≈ 12 LLM tokens", "○ answer")
        # The cursor has gone on to the next message, which the same letter in a Russian layout leaves out.
        await chat.pilot.press("ч")
        await chat.sees("3 of 5 messages sent")
        await chat.pilot.press("u")
        await chat.sees("4 of 5 messages sent")
        await leave_inspector(chat)
        assert chat.app.prompt.text == "Third"
        service.queue(answer("ok"))
        await chat.pilot.press("enter")
        await chat.until(lambda: len(service.posts) == 3)
        assert service.posts[-1].texts == [
            "First question", "Second question", "short", "Third",
        ]  # fmt: skip


async def test_trimming_takes_the_oldest_that_are_not_pinned_or_as_many_as_a_number_demands(
    tmp_path: Path,
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await five_turns(chat, service)
        await open_inspector(chat)
        await chat.pilot.press("home", "p", "t")
        await chat.sees("8 of 10 messages sent", "◆ you", "○ answer")
        await chat.pilot.press("1", "2", "0")
        await chat.sees("120 LLM tokens: T leaves out the oldest beyond that")
        await chat.pilot.press("е")
        await chat.sees("4 of 10 messages sent", "≈ 100 LLM tokens")
        await chat.pilot.press("9", "9", "9", "t")
        await chat.sees("It fits already.")
        await leave_inspector(chat)
        await said(chat, service, "next", "so")
        assert sent(service) == ["q0", "a0", "q4", "a4", "next"]


async def test_enter_shows_a_message_whole_and_esc_leads_back(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), (80, 24)) as chat:
        await said(chat, service, "q", "\n".join(f"line {n} [bold]x[/bold]" for n in range(100)))
        await open_inspector(chat)
        await chat.pilot.press("enter")
        await chat.shows(MessageScreen)
        await chat.sees("line 0 [bold]x[/bold]")
        await chat.pilot.press("end")
        await chat.sees("line 99")
        await chat.pilot.press("escape")
        await chat.shows(ContextScreen)


@thorough
@pytest.mark.parametrize("size", SIZES)
async def test_what_is_left_out_is_marked_in_the_transcript_also_after_a_restart(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
            await said(chat, service, "First", "one")
            await said(chat, service, "Second", "two")
            await chat.pilot.press("alt+x")
            await chat.sees("two ┄ not sent")
            await chat.pilot.press("alt+x")
            await chat.sees_no("not sent ✓")
            # The cursor decides: it is on the answer, then on the prompt.
            await chat.pilot.press("alt+up", "alt+x", "alt+up", "alt+x", "escape")
            await chat.sees("2 messages are not sent · Alt+I")
            await said(chat, service, "Third", "three")
            assert sent(service) == ["First", "one", "Third"]
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True), size) as chat:
            await chat.sees("three")
            await chat.pilot.press("alt+up", "alt+up", "alt+up", "alt+up")
            await chat.sees("2 messages are not sent · Alt+I")


@thorough
@pytest.mark.parametrize("size", SIZES)
async def test_a_refusal_for_length_offers_to_leave_out_the_middle_which_is_sent_and_undone(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
        await five_turns(chat, service)
        service.queue(too_long())
        await chat.ask("Go on")
        await chat.sees("/cut leaves out the middle, 6 messages", "/summary puts", "/fork 1 goes on")
        assert len(service.posts) == 6, "nothing happens by itself"
        await command(chat, "/cut")
        await chat.sees(
            "6 messages are not sent any more; /uncut takes them back. F5 sends it again: 2 tokens."
        )
        service.queue(answer("went on"))
        await chat.pilot.press("f5")
        await chat.sees("went on")
        assert sent(service) == ["q0", "a0", "q4", "a4", "Go"]
        await command(chat, "/uncut")
        await chat.sees("Undone: 6 messages.")
        await said(chat, service, "All", "of it")
        assert len(sent(service)) == 13


async def test_a_summary_is_asked_for_after_its_price_and_stands_for_the_middle(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await five_turns(chat, service)
            service.queue(too_long())
            await chat.ask("Go on")
            await command(chat, "/summary")
            await chat.shows(ConfirmScreen)
            await chat.sees("GPT-5 Nano summarizes 6 messages (≈ 150 LLM tokens) for 1 token, 297 left.")
            assert len(service.posts) == 6
            service.queue(sse(started(), delta("In short."), ended(1, 297)))
            await chat.pilot.press("enter")
            await chat.sees("┄ Summary of what is not sent", "In short.", "1 token · 297 left")
            assert service.posts[-1].json["model"] == "gpt-5-nano"
            assert sent(service) == ["q1", "a1", "q2", "a2", "q3", "a3", "Summarize"]
            await chat.until(lambda: chat.app.prompt.text == "Go on")
            service.queue(sse(started(), delta("went on"), ended(2, 295)))
            await chat.pilot.press("enter")
            await chat.sees("went on")
            assert sent(service) == ["q0", "a0", "q4", "a4", "Summarize", "In", "Go"]
            # Edited, it goes along as it was edited.
            await open_inspector(chat)
            await chat.pilot.press("up", "up", "enter")
            await chat.shows(MessageScreen)
            await chat.pilot.press("ctrl+home", *"Mine. ", "ctrl+s")
            await chat.shows(ContextScreen)
            await chat.sees("Mine. In short.")
            await leave_inspector(chat)
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("Mine. In short.", "went on")
            await said(chat, service, "More", "yes")
            assert sent(service) == ["q0", "a0", "q4", "a4", "Summarize", "Mine.", "Go", "went", "More"]


@thorough
async def test_a_summary_that_is_not_wanted_costs_and_changes_nothing(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await five_turns(chat, service)
        await open_inspector(chat)
        await chat.pilot.press("s")
        await chat.shows(ConfirmScreen)
        await chat.pilot.press("escape")
        await chat.until(lambda: len(chat.app.screen_stack) == 1)
        await said(chat, service, "next", "so")
        assert len(sent(service)) == 11


@thorough
async def test_the_refused_conversation_goes_on_in_a_new_one_with_its_tail(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await five_turns(chat, service)
        service.queue(too_long())
        await chat.ask("Go on")
        await chat.sees("/fork 1 goes on in a new conversation with the last turn")
        await command(chat, "/fork 1")
        await chat.sees("A new conversation with a copy of 1 turn.")
        await chat.until(lambda: chat.app.prompt.text == "Go on")
        service.queue(answer("went on"))
        await chat.pilot.press("enter")
        await chat.sees("went on")
        assert sent(service) == ["q4", "a4", "Go"]


async def test_of_failed_turns_no_copy_is_offered_and_none_is_made_where_others_were_answered(
    tmp_path: Path,
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        await said(chat, service, "First " + "x" * 96, "one")
        for prompt in ("bad", "worse"):
            service.queue(json_response(404, {"error": "not_found", "message": "", "details": {}}))
            await chat.ask(prompt)
            chat.app.prompt.clear()
        service.queue(too_long())
        await chat.ask("Go on")
        await chat.sees(say("error.too_long.what"))
        assert "/fork" not in chat.screen, "the first turn is all that is sent"
        await command(chat, "/fork")
        await chat.sees("A new conversation with a copy of 1 turn.")
        await chat.until(lambda: chat.app.prompt.text == "Go on")
        service.queue(answer("went on"))
        await chat.pilot.press("enter")
        await chat.sees("went on")
        assert sent(service) == ["First", "one", "Go"]


async def test_a_copy_of_nothing_but_a_failed_turn_has_its_prompt_in_the_box(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(json_response(404, {"error": "not_found", "message": "", "details": {}}))
        await chat.ask("Lost?")
        await command(chat, "/fork")
        await chat.sees("A new conversation with a copy of 1 turn.", "it is below again")
        await chat.until(lambda: chat.app.prompt.text == "Lost?")


async def test_a_prompt_that_alone_is_too_long_is_told_so(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        service.queue(too_long())
        await chat.ask("Much")
        await chat.sees(say("error.too_long.what"))
        assert "/cut" not in chat.screen
        await command(chat, "/cut")
        await chat.sees("Nothing more can be left out.")
        await command(chat, "/summary")
        await chat.sees("There is nothing to summarize")


async def test_the_demo_plays_a_refusal_for_length(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.sees("283 tokens")
        await chat.ask("2+2")
        await chat.ask("3+3")
        await chat.ask("a haiku")
        await chat.ask("/demo long")
        await chat.sees("/cut leaves out the middle")
        await command(chat, "/cut")
        await chat.pilot.press("f5")
        last = chat.app.session.last
        assert last is not None
        await chat.until(lambda: last.over)
        assert last.has_text
