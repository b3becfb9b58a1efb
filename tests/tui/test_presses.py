"""Keys as a terminal delivers them to the running app: nothing is sent or stopped that nobody meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from textual import events

from elumenta_tui.session.backend import real_account
from elumenta_tui.tui.presses import FIRST_REPEAT, HELD
from tests.chatting import Chat, account_at, chat_app, chatting
from tests.lines import Line
from tests.service import KEY, Pause, Service, delta, ended, sse, started

REPEAT = 1 / 30


class Keyboard:
    """A keyboard that is connected to a running app."""

    def __init__(self, chat: Chat) -> None:
        self._line = Line()
        self._chat = chat

    async def read(self, *pieces: str | float) -> None:
        """Pieces that come one after the other, and the pauses between them in seconds."""
        for message in self._line.read(*pieces):
            self._chat.app.post_message(message)
        await self._chat.pilot.pause()


class Timers:
    """Timers that run by the clock of the keys, and not by that of a machine which may be slow."""

    def __init__(self) -> None:
        self.now = 0.0
        self._running: dict[Timers.Timer, float] = {}

    @dataclass(eq=False)
    class Timer:
        callback: Callable[[], object]
        is_stopped: bool = False

        def stop(self) -> None:
            self.is_stopped = True

    def set_timer(self, delay: float, callback: Callable[[], object]) -> Timer:
        timer = self.Timer(callback)
        self._running[timer] = self.now + delay
        return timer

    def go_to(self, now: float) -> None:
        for timer, due in list(self._running.items()):
            if due <= now:
                del self._running[timer]
                if not timer.is_stopped:
                    timer.callback()
        self.now = now


async def hold(chat: Chat, key: str, seconds: float, delay: float = 0.5) -> None:
    """Keep a key down: it comes once, and after a delay again and again, as the clock of its events says."""
    timers = Timers()
    chat.app.parts.presses._set_timer = cast(Any, timers.set_timer)
    character = "\r" if key == "enter" else None
    times = [0.0, *(delay + number * REPEAT for number in range(round((seconds - delay) / REPEAT)))]
    first = None
    for time in times:
        timers.go_to(time)
        event = events.Key(key, character)
        first = event.time if first is None else first
        event.time = first + time
        chat.app.post_message(event)
        await chat.pilot.pause()
        if time == 0.0:
            await chat.until(
                lambda: (
                    chat.app.session.conversation.answers and chat.app.session.conversation.answers[-1].over
                )
            )
            await chat.pilot.pause()


async def begin_anew(chat: Chat) -> None:
    """Let the answer end, and have an empty conversation and an empty prompt."""
    await chat.until(lambda: all(answer.over for answer in chat.app.session.conversation.answers))
    chat.app.prompt.clear()
    await chat.pilot.press("ctrl+n")
    await chat.until(lambda: not chat.app.session.conversation.answers)


def patient(chat: Chat) -> None:
    chat.app.parts.presses.held, chat.app.parts.presses.first_repeat = HELD, FIRST_REPEAT


@pytest.mark.parametrize("delay", [0.25, 0.5, 0.66])
async def test_enter_held_down_sends_once_to_a_service_that_breaks_off(tmp_path: Path, delay: float) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        patient(chat)
        for _ in range(9):
            service.queue(sse(started(), done=False))
        chat.app.prompt.insert("hello")
        await hold(chat, "enter", delay + 0.6, delay)
        await chat.sees("Enter is held down")
        assert len(service.posts) == 1
        assert chat.app.prompt.text == "hello"


@pytest.mark.parametrize("key", ["f5", "f6"])
async def test_a_key_that_asks_again_sends_once_however_long_it_is_held(tmp_path: Path, key: str) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        for _ in range(9):
            service.queue(sse(started(), delta("Half"), done=False))
        await chat.ask("hello")
        patient(chat)
        await hold(chat, key, 1.1)
        await chat.sees("is held down")
        assert len(service.posts) == 2


async def test_a_second_press_on_purpose_sends_again(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(sse(started(), done=False))
        await chat.ask("hello")
        patient(chat)
        assert chat.app.prompt.text == "hello"
        event = events.Key("enter", "\r")
        event.time += 0.6
        chat.app.post_message(event)
        await chat.until(lambda: len(service.posts) == 2, "the second request")


async def test_a_paste_between_two_presses_makes_the_second_one_of_its_own(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(*[sse(started(), delta("Yes"), ended(2, 290))] * 2)
        patient(chat)
        first, second = events.Key("enter", "\r"), events.Key("enter", "\r")
        second.time = first.time + 0.15
        chat.app.prompt.insert("one")
        chat.app.post_message(first)
        await chat.until(lambda: len(service.posts) == 1, "the first request")
        await chat.until(lambda: chat.app.session.conversation.answers[-1].over)
        chat.app.post_message(events.Paste("two"))
        await chat.until(lambda: chat.app.prompt.text == "two")
        chat.app.post_message(second)
        await chat.until(lambda: len(service.posts) == 2, "the second request")


# --------------------------------------------------------------------------------------------------------------- pastes


PASTES: tuple[tuple[str | float, ...], ...] = (
    ("one\rtwo\r",),
    ("one\r", 0.002, "two\r"),
    ("one", "\r", "two", "\r"),
    ("one\x1b[31m\rtwo\x1b[0m\r",),
    ("\x1b[200~one\x1b[201~\rtwo\x1b[201~",),
    ("\x1b[200~one\x1b[201~", "\r", "two", "\x1b[201~"),
    ("\x1b[200~one\rtwo\x1b[201~", 0.05, "\r"),
)


async def test_a_paste_does_not_send(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        for reads in PASTES:
            with subtests.test(repr(reads)):
                before = len(service.posts)
                await Keyboard(chat).read(*reads, 1.0)
                await chat.until(lambda: "one" in chat.app.prompt.text and "two" in chat.app.prompt.text)
                assert len(service.posts) == before
                await Keyboard(chat).read("\r")
                await chat.until(lambda: len(service.posts) == before + 1, "a request")  # noqa: B023  # awaited here
            await begin_anew(chat)


async def test_text_and_enter_send_however_fast_they_come(tmp_path: Path, subtests: pytest.Subtests) -> None:
    rhythms: tuple[tuple[str | float, ...], ...] = (
        ("hello\r",),
        ("hello", 0.01, "\r"),
        ("h", 0.08, "i", 0.08, "\r"),
        ("\x15hello\r",),
    )
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        for reads in rhythms:
            with subtests.test(repr(reads)):
                before = len(service.posts)
                await Keyboard(chat).read(*reads, 0.05)
                await chat.until(lambda: len(service.posts) == before + 1, "a request")  # noqa: B023  # awaited here
            await begin_anew(chat)


async def test_a_paste_whose_end_never_comes_is_over_after_a_second(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        keyboard = Keyboard(chat)
        await keyboard.read("\x1b[200~one\rtwo", 1.1)
        assert chat.app.prompt.text == "one\ntwo"
        await keyboard.read("more\rthis", 0.0, "\x1b[201~", 0.5)
        assert chat.app.prompt.text == "one\ntwomore\nthis"
        assert service.posts == []
        await keyboard.read("\r", 0.1)
        await chat.until(lambda: service.posts, "a request")


# ------------------------------------------------------------------------------------------------------------ sequences


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.15, 0.3])
async def test_a_sequence_that_is_cut_stops_nothing_sends_nothing_and_leaves_nothing(
    tmp_path: Path, pause: float
) -> None:
    async with Service() as service:
        account = real_account(KEY, service.url, idle_timeout=600.0)
        async with chatting(chat_app(account, tmp_path)) as chat:
            await chat.sees("300 tokens")
            service.queue(sse(started(), delta("Half"), done=False), Pause())
            answer = await chat.send("go")
            await chat.sees("Half")
            keyboard = Keyboard(chat)
            await keyboard.read("\x1b\x1b[A", 1.0)
            chat.app.transcript.cursor.clear()
            for sequence in (
                "\x1b[A",
                "\x1b\x1b[A",
                "\x1b]11;rgb:1c1c/1e1e/2626\x07",
                "\x1b[<0;10;5m",
                "\x1b\r",
            ):
                for at in {1, 2, len(sequence) - 1}:
                    await keyboard.read(sequence[:at], pause, sequence[at:], 3.0)
                    assert not answer.over, (sequence, at)
                    assert chat.app.prompt.text.strip() in ("", "go"), (sequence, at)
                    chat.app.prompt.clear()
            assert len(service.posts) == 1


async def test_esc_alone_stops_as_soon_as_it_is_certain_and_shows_it_before(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(sse(started(), delta("Half"), done=False), Pause())
        answer = await chat.send("go")
        await chat.sees("Half")
        keyboard = Keyboard(chat)
        await keyboard.read("\x1b", 0.11)
        await chat.sees("Stopping")
        assert not answer.over
        await keyboard.read(0.35)
        assert answer.over


@pytest.mark.parametrize("next_key", ["x", "\x03", "\x1b[27u"])
async def test_a_key_behind_esc_settles_that_it_was_meant(tmp_path: Path, next_key: str) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(sse(started(), delta("Half"), done=False), Pause())
        answer = await chat.send("go")
        await chat.sees("Half")
        await Keyboard(chat).read("\x1b", 0.15, next_key)
        assert answer.over


# --------------------------------------------------------------------------------------------------------- what is sent


async def test_a_command_that_goes_on_over_several_lines_is_refused_and_kept(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        for text in ("/help\nme", "/model gpt\nline", "/NEW\n\nline"):
            chat.app.prompt.insert(text)
            await chat.pilot.press("enter")
            await chat.sees("is a command and takes no further lines")
            assert chat.app.prompt.text == text
            chat.app.prompt.clear()
        assert service.posts == []


async def test_two_slashes_are_sent_as_they_were_pasted_and_as_one_when_typed(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    cases = (
        ("", "// add\nint add(int a);", "// add\nint add(int a);"),
        ("", "//etc", "//etc"),
        ("", "//help\nint x;", "//help\nint x;"),
        ("//etc", "", "/etc"),
        ("//help\nme", "", "/help\nme"),
        ("// one\ntwo", "", "// one\ntwo"),
        ("//", "etc", "/etc"),
    )
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        for typed, pasted, sent in cases:
            with subtests.test(f"{typed!r} and {pasted!r}"):
                before = len(service.posts)
                chat.app.prompt.insert(typed)
                if pasted:
                    await Keyboard(chat).read(f"\x1b[200~{pasted}\x1b[201~", 1.0)
                await chat.pilot.press("enter")
                await chat.until(lambda: len(service.posts) > before, "a request")  # noqa: B023  # awaited here
                assert service.prompts[before:] == [sent]
            await begin_anew(chat)


async def test_backspace_delete_and_arrows_take_a_joined_character_as_one(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    async with chatting(chat_app(None, tmp_path)) as chat:
        await chat.pilot.press("escape")
        prompt = chat.app.prompt
        for letter in ("👍🏽", "🇷🇺", "👨‍👩‍👧", "e\u0301", "❤️", "ж", "漢"):
            with subtests.test(letter):
                prompt.fill(f"a{letter}b{letter}")
                prompt.action_delete_left()
                assert prompt.text == f"a{letter}b"
                prompt.action_cursor_left()
                prompt.action_cursor_left()
                assert prompt.cursor_location == (0, 1)
                prompt.action_cursor_right()
                assert prompt.cursor_location == (0, 1 + len(letter))
                prompt.action_cursor_left()
                prompt.action_delete_right()
                assert prompt.text == "ab"
        prompt.fill("one\ntwo")
        for _ in range(4):
            prompt.action_cursor_left()
        assert prompt.cursor_location == (0, 3)
