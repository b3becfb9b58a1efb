"""The queue and the list of running answers, by their keys: what is on the screen, and what goes over the wire."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.chat.turn import Answer
from tests.chatting import Chat, account_at, chat_app, chat_at, chatting
from tests.service import Pause, Reset, Service, Step, delta, ended, sse, started
from tests.thorough import thorough


async def begun(chat: Chat, service: Service, prompt: str, *end: Step) -> tuple[Pause, Answer]:
    pause = service.queue_half(*end)
    answer = await chat.send(prompt)
    await chat.until(lambda: answer.has_text)
    return pause, answer


def is_queued(chat: Chat, count: int) -> bool:
    return len(chat.app.session.conversation.queued) >= count


async def enqueue(chat: Chat, *prompts: str) -> None:
    for count, prompt in enumerate(prompts, len(chat.app.session.conversation.queued) + 1):
        chat.app.prompt.insert(prompt)
        await chat.pilot.press("enter")
        await chat.until(partial(is_queued, chat, count), f"{prompt!r} in the queue")


async def test_enter_while_an_answer_comes_queues_and_the_screen_says_what_happens_and_what_it_costs(
    tmp_path: Path,
) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        pause, _ = await begun(chat, service, "the first")
        await chat.type("second")
        await chat.sees("Enter queues it · 2 tokens · Esc stops")
        await chat.pilot.press("enter")
        await chat.sees("1 queued, sent when the answer is complete", "1 second", "GPT-5 · 2 tokens")
        await chat.sees("queue: 2 tokens · Esc stops")
        # What is queued stays with its model. The prompt box has the new one.
        await chat.send_command("/model opus")
        await chat.sees("1 queued prompt stays with GPT-5. Edited (↑ or Alt+Q), it takes the new model.")
        await enqueue(chat, "third\nof two lines")
        await chat.sees("2 queued, each", "· 8 tokens ·", "1 second", "GPT-5 · 2 tokens")
        await chat.sees("2 third +1 line", "Claude Opus 4.5 · 6 tokens")
        await chat.pilot.press("alt+q")
        await chat.sees("2 queued, each sent after a complete answer · 8 tokens", "GPT-5 · 2 tokens")
        await chat.pilot.press("escape")
        assert (service.prompts, chat.app.prompt.text) == (["the first"], "")
        last = service.queue_half()
        pause.event.set()
        await chat.until(lambda: len(service.posts) == 2)
        await chat.sees("second", "1 queued, sent")
        last.event.set()
        await chat.until(lambda: len(service.posts) == 3)
        await chat.sees_no("queued")
        assert service.prompts == ["the first", "second", "third\nof two lines"]
        assert [post.json["model"] for post in service.posts] == ["gpt-5", "gpt-5", "claude-opus-4.5"]
        assert len(chat.app.transcript.viewport) == 3


@thorough
async def test_up_in_an_empty_prompt_takes_the_last_one_back_and_enter_queues_it_again(
    tmp_path: Path,
) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await begun(chat, service, "the first")
        await enqueue(chat, "second", "third")
        await chat.pilot.press("up")
        await chat.until(lambda: chat.app.prompt.text == "third")
        await chat.sees("1 queued")
        await chat.type("!")
        await chat.pilot.press("enter")
        await chat.sees("2 queued", "2 third!")
        assert service.prompts == ["the first"]


@thorough
async def test_after_a_stop_it_waits_visibly_and_enter_sends_it(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await begun(chat, service, "the first")
        await enqueue(chat, "second")
        await chat.pilot.press("escape")
        await chat.sees("1 queued, waiting: the previous answer was stopped", "Enter sends the first queued")
        await chat.sees("· Enter sends the first · ↑ takes the last back")
        await chat.type("x")
        await chat.sees_no("Enter sends the first")
        await chat.pilot.press("backspace")
        await chat.sees("· Enter sends the first ·")
        await chat.app.session.settled()
        await chat.pilot.pause()
        assert service.prompts == ["the first"]
        await chat.pilot.press("enter")
        await chat.until(lambda: len(service.posts) == 2)
        await chat.sees_no("queued")
        assert service.prompts == ["the first", "second"]


@thorough
async def test_a_prompt_that_is_typed_while_the_queue_waits_is_sent_at_once(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await begun(chat, service, "the first", Reset())
        await enqueue(chat, "second")
        await chat.pilot.press("escape")
        await chat.sees("waiting")
        answer = await chat.ask("typed")
        assert answer.prompt == "typed"
        await chat.sees("1 queued, waiting")
        assert service.prompts == ["the first", "typed"]


@pytest.mark.parametrize(("move", "remove", "send"), [("alt+up", "d", "s"), ("minus", "в", "ы")])
async def test_the_dialog_moves_removes_and_sends_in_either_layout(
    tmp_path: Path, move: str, remove: str, send: str
) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await begun(chat, service, "the first")
        await enqueue(chat, "second", "third", "fourth")
        await chat.pilot.press("escape")
        await chat.sees("waiting")
        await chat.pilot.press("alt+q")
        await chat.sees("D removes")
        await chat.pilot.press("down", "down", move, move)
        queue = chat.app.session.conversation.queued
        assert [each.text for each in queue] == ["fourth", "second", "third"]
        await chat.pilot.press("down", remove)
        assert [each.text for each in queue] == ["fourth", "third"]
        service.queue(sse(started(), delta("Half"), done=False), Pause())
        await chat.pilot.press(send)
        await chat.until(lambda: len(service.posts) == 2)
        await chat.sees("1 queued, sent", "1 third")
        assert service.prompts == ["the first", "fourth"]


async def test_sending_now_while_an_answer_comes_says_why_not_and_leaves_escape_to_the_dialog(
    tmp_path: Path,
) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        pause, answer = await begun(chat, service, "the first")
        await enqueue(chat, "second", "third")
        await chat.pilot.press("alt+q")
        await chat.sees("D removes · Esc closes")
        await chat.pilot.press("s")
        await chat.sees(
            "An answer is still coming; the first prompt is sent when it is complete.", "D removes"
        )
        await chat.pilot.press("escape")
        await chat.sees_no("D removes")
        assert not answer.over
        pause.event.set()
        await chat.until(lambda: answer.over)
        assert not answer.was_stopped


async def test_the_dialog_stays_when_the_last_prompt_is_sent_so_that_escape_does_not_stop_its_answer(
    tmp_path: Path,
) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        pause, _ = await begun(chat, service, "the first")
        await enqueue(chat, "second")
        await chat.pilot.press("alt+q")
        await chat.sees("D removes")
        last = service.queue_half()
        pause.event.set()
        await chat.sees("All queued prompts were sent.")
        await chat.pilot.press("s", "d", "enter", "escape")
        await chat.sees_no("All queued prompts were sent.")
        answer = chat.app.session.conversation.newest
        assert answer is not None
        assert answer.prompt == "second"
        last.event.set()
        await chat.until(lambda: answer.over)
        assert not answer.was_stopped
        assert service.prompts == ["the first", "second"]


async def test_a_prompt_that_is_edited_goes_back_to_its_place(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await begun(chat, service, "the first")
        await enqueue(chat, "second", "third")
        await chat.send_command("/queue")
        await chat.sees("D removes")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.prompt.text == "second")
        await chat.type("!")
        await chat.pilot.press("enter")
        await chat.sees("1 second!", "2 third")


@thorough
async def test_a_text_that_looks_like_a_command_comes_back_as_it_was_typed(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await begun(chat, service, "the first")
        await enqueue(chat, "//help me")
        await chat.sees("1 /help me")
        await chat.pilot.press("up")
        await chat.until(lambda: chat.app.prompt.text == "//help me")
        await chat.pilot.press("enter")
        await chat.sees("1 /help me")


@thorough
async def test_leaving_the_conversation_or_the_program_says_what_is_queued(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await begun(chat, service, "the first")
        await enqueue(chat, "second")
        await chat.pilot.press("ctrl+n")
        await chat.sees("1 prompt stays queued in “the first”")
        await chat.pilot.press("ctrl+q")
        await chat.sees("1 prompt is queued: it is saved", "Ctrl+Q again quits")
        await chat.pilot.press("x")
        await chat.pilot.press("ctrl+s")
        await chat.sees("1 queued")


@thorough
async def test_without_anything_to_list_the_words_say_so(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await chat.pilot.press("alt+q")
        await chat.sees("Nothing is queued.")
        await chat.pilot.press("alt+w")
        await chat.sees("No answer is coming now")
        await chat.pilot.press("enter")
        assert service.prompts == []


async def test_the_list_of_running_answers_stops_one_and_opens_another(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        _, first = await begun(chat, service, "the first")
        await enqueue(chat, "queued there")
        await chat.pilot.press("ctrl+n")
        pause, second = await begun(chat, service, "the second")
        await chat.pilot.press("ctrl+n")
        await chat.send_command("/running")
        await chat.sees(
            "Running answers and queues",
            "… the first",
            "… the second",
            "streaming, 1 word",
            "1 queued",
        )
        await chat.pilot.press("s")
        await chat.sees("● the first", "1 queued: the previous answer was")
        assert first.was_stopped
        assert not second.over
        pause.event.set()
        await chat.sees("● the second", "Complete, 2 words")
        await chat.pilot.press("down", "enter")
        await chat.sees("the second", "Half whole")
        assert service.prompts == ["the first", "the second"]


@thorough
async def test_a_queue_that_waits_elsewhere_is_told_of(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        pause, _ = await begun(chat, service, "the first", Reset())
        await enqueue(chat, "second")
        await chat.pilot.press("ctrl+n")
        pause.event.set()
        await chat.sees("1 queued prompt waits in “the first”: the previous answer broke off.")
        assert service.prompts == ["the first"]


@thorough
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_on_the_smallest_screen_the_state_and_the_prompt_are_there(
    tmp_path: Path, language: str
) -> None:
    i18n.use(language)
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), (40, 15)) as chat:
        await begun(chat, service, "the first")
        await enqueue(chat, "second", "third")
        await chat.pilot.press("escape")
        await chat.sees(i18n.say("queue.waits", n=2, why="").strip(), "1 second")
        assert all(len(row) <= 40 for row in chat.rows)


@thorough
async def test_esc_takes_back_the_warning_of_the_end_and_stops_nothing(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        first, _ = await begun(chat, service, "elsewhere")
        await chat.pilot.press("ctrl+n")
        second, answer = await begun(chat, service, "here")
        await chat.pilot.press("ctrl+q")
        await chat.sees("2 answers are still coming, here and in other conversations.", "Esc stays.")
        await chat.pilot.press("escape")
        await chat.sees_no("Esc stays.")
        await chat.settle()
        assert not answer.over
        first.event.set()
        second.event.set()
        await chat.until(lambda: answer.over)
        assert answer.text == "Half whole"


SIZES = [(120, 40), (80, 24), (40, 15)]


@thorough
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_an_answer_that_ended_on_another_version_is_one_key_away(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    async with Service() as service, chat_at(service, tmp_path, size) as chat:
        chat.app.parts.appearance.switch_language(language)
        pause, coming = await begun(chat, service, "one", sse(delta(" old"), ended(2, 296)))
        service.queue(sse(started(), delta("newer"), ended(2, 298)))
        again = chat.app.session.branches.regenerate(coming)
        assert isinstance(again, Answer)
        await chat.until(lambda: again.over)
        pause.event.set()
        await chat.sees(i18n.say("notice.answered_beside", key="Alt+W"))
        await chat.sees("newer", "‹2/2›")
        await chat.pilot.press("alt+w")
        # In 40 columns the end of it does not fit.
        await chat.sees(f"● {i18n.say('running.beside', prompt='one')}"[:10])
        await chat.pilot.press("enter")
        await chat.sees("Half old", "‹1/2›")
        # Now it was seen.
        await chat.pilot.press("alt+w")
        await chat.sees(i18n.say("notice.nothing_running", key="Ctrl+S"))


@pytest.mark.parametrize("size", SIZES)
async def test_queues_of_other_conversations_that_wait_are_listed_with_the_reason(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with Service() as service, chat_at(service, tmp_path, size) as chat:
        _, first = await begun(chat, service, "the first")
        await enqueue(chat, "second")
        chat.app.session.stop_answer(first)
        await chat.pilot.press("ctrl+n")
        await chat.pilot.press("alt+w")
        await chat.sees("● the first", "1 queued: the prev")
        await chat.pilot.press("enter")
        await chat.sees("1 queued", "second")
        await chat.pilot.press("alt+w")
        await chat.sees("No answer is coming now")
