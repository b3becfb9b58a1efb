"""The driver on a real pseudo-terminal: it rests when nothing happens, takes any bytes, and never waits for the terminal."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.pseudo_terminal import PREPARED, PROGRAM, SOON, Terminal
from tests.service import (
    Pause,
    ThreadedService,
    answer,
    delta,
    ended,
    json_response,
    service_thread,
    sse,
    started,
)
from tests.thorough import thorough

PATIENCE = 60.0
QUIET = 0.7
"""Seconds in which a program that looks for input ten times a second can't help being seen."""


@contextmanager
def chat(service: ThreadedService, *command: str, size: tuple[int, int] = (100, 30)) -> Iterator[Terminal]:
    environ = service.environ()
    with Terminal(command or [PREPARED], env=environ, size=size) as terminal:
        terminal.wait_for("300 tokens")
        yield terminal


def wake_ups(process: int) -> int:
    """How often any thread of a process has gone to sleep of its own so far."""
    total = 0
    for task in Path(f"/proc/{process}/task").iterdir():
        # A thread may end between the listing and the reading.
        with suppress(FileNotFoundError, ProcessLookupError):
            (line,) = (
                line
                for line in (task / "status").read_text().splitlines()
                if line.startswith("voluntary_ctxt_switches")
            )
            total += int(line.split()[1])
    return total


@thorough
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts wake-ups in /proc")
def test_an_idle_app_does_not_wake_up_and_writes_nothing() -> None:
    with service_thread() as service, chat(service) as terminal:
        service.queue(answer("Done."))
        terminal.type("go\r")
        terminal.wait_for("297 left")
        deadline = monotonic() + PATIENCE
        before = -1, -1
        while (now := (wake_ups(terminal.process.pid), len(terminal.raw))) != before:
            assert monotonic() < deadline, f"never idle: {before} → {now}"
            before = now
            sleep(QUIET)


# ------------------------------------------------------------------------------------------------------------- input


JUNK = [
    b"\xff",
    "Привет".encode("koi8-r"),
    b"\x1b[M \xb7!",
    b"\x1b[M\xff\xff\xff",
    b"\xd0",
    b"\x1b[<0;999999;1M",
    b"\x1b[99999999999999999999u",
    b"\x1b]0;" + b"x" * 100,
    b"\x1b[?2026;9$y\x1b[?2048;1$y\x1b[5;5R",
    b"\x1bP+q\x1b\\",
    b"\x00\x00",
]


def test_no_bytes_from_the_terminal_end_the_app_or_cost_a_word() -> None:
    noise = random.Random(16)
    with service_thread() as service, chat(service) as terminal:
        terminal.type("kept")
        terminal.wait_for("kept")
        for junk in JUNK:
            terminal.send(junk)
        for _ in range(15):
            # Below are letters and controls, which have a meaning.
            terminal.send(bytes(noise.choice(range(0x80, 0x100)) for _ in range(40)))
        # Read together with the noise, which may look like lines, the Enter would be one of a paste.
        terminal.paste(" more", is_marked=False)
        terminal.wait_for(" more")
        terminal.press("enter")
        terminal.wait_for("297 left")
        prompt = service.posts[0].json["messages"][0]["content"]
        assert prompt.startswith("kept")
        assert prompt.endswith(" more")


@thorough
def test_an_escape_alone_is_told_from_the_start_of_a_sequence() -> None:
    with Terminal([PREPARED, "--demo"]) as terminal:
        terminal.wait_for("283 tokens")
        terminal.press("ctrl+p")
        terminal.wait_for("Commands")
        terminal.send(b"\x1b")
        terminal.wait_gone("Commands")
        terminal.send(b"\x1b")
        terminal.send(b"[200~one\rtwo\x1b[20")
        terminal.send(b"1~")
        terminal.wait_for(lambda text: "one" in text and "two" in text)


def test_a_paste_is_never_sent_by_itself_even_if_the_terminal_does_not_mark_it() -> None:
    with service_thread() as service, chat(service) as terminal:
        terminal.paste("раз\rдва\rтри\r", is_marked=False)
        terminal.wait_for(lambda text: "раз" in text and "три" in text)
        terminal.type("конец")
        terminal.wait_for("конец")
        assert service.posts == []
        terminal.type("\r")
        terminal.wait_for("297 left")
        assert service.posts[0].json["messages"][0]["content"] == "раз\nдва\nтри\nконец"


# ------------------------------------------------------------------------------------------------------------ output


LARGE = (150, 60)
"""Few frames of it fill what lies between the app and a terminal that does not read."""

LINES = [delta(f"line {number} {number * 'text '}"[:120] + "\n\n") for number in range(200)]
UNKNOWN = {**ended(), "balance_remaining": None}


def chat_with_a_frozen_terminal(service: ThreadedService, terminal: Terminal, turns: int = 20) -> None:
    """Ask again and again while the terminal does not read: only an app that is alive does that."""
    terminal.freeze()
    for turn in range(turns):
        look = Pause()
        service.queue(sse(started(), *LINES, delta(f"end of {turn}"), UNKNOWN))
        balance = {"token_balance": 300 - turn, "plan": "vip", "plan_expires_at": None}
        service.route("/api/v2/balance", look, json_response(200, balance))
        terminal.type(f"turn {turn}\r")
        service.wait_posted(turn + 1)
        # The look at the balance shows that the answer is over.
        service.wait_reached(look)
        service.release(look)


@thorough
def test_while_the_terminal_does_not_read_the_network_goes_on_and_the_screen_comes_back_whole() -> None:
    with service_thread() as service, chat(service, size=LARGE) as terminal:
        chat_with_a_frozen_terminal(service, terminal)
        frozen = len(terminal.raw)
        terminal.thaw()
        terminal.wait_for("end of 19")
        terminal.wait_for(
            lambda text: "281 left · " in text and "279 left" in text and "◈ 281 tokens" in text
        )
        # What is painted now comes after all that the terminal had missed.
        terminal.type("ж")
        terminal.wait_for("ж")
        terminal.press("backspace")
        terminal.wait_for(lambda text: "ж" not in text)
        caught_up = len(terminal.raw) - frozen
        before = terminal.screen()
        # A window that changes its size is painted anew.
        terminal.resize(LARGE[0] + 1, LARGE[1])
        terminal.resize(*LARGE)
        terminal.press("ctrl+end")
        terminal.wait_for(lambda _: terminal.screen() == before)
        # What lay in the system's own buffers, and a few whole frames.
        assert caught_up < 200_000


def test_a_terminal_that_is_gone_ends_the_app() -> None:
    with service_thread() as service, chat(service, "sh", "-c", f"trap '' HUP; exec {PROGRAM}") as terminal:
        terminal.hang_up()
        assert terminal.wait_exit(SOON) == 129


@thorough
def test_a_terminal_that_is_gone_in_the_middle_of_an_answer_ends_the_app() -> None:
    with service_thread() as service, chat(service, "sh", "-c", f"trap '' HUP; exec {PROGRAM}") as terminal:
        hold = Pause()
        service.queue(sse(started(), delta("Some text"), done=False), hold)
        terminal.type("go\r")
        terminal.wait_for("Some text")
        terminal.hang_up()
        assert terminal.wait_exit(SOON) == 129


@thorough
def test_a_terminal_that_does_not_read_is_restored_all_the_same() -> None:
    with service_thread() as service, chat(service, size=LARGE) as terminal:
        chat_with_a_frozen_terminal(service, terminal, turns=12)
        terminal.press("ctrl+q")
        assert terminal.process.wait(SOON) == 0
        terminal.thaw()
        terminal.wait_exit()
        for sequence in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[<u", b"\x1b[?2004l", b"\x1b[?1003l"):
            assert sequence in terminal.raw[-200:]


# ------------------------------------------------------------------------------------------------------------ frames


def settle(terminal: Terminal, letter: str) -> None:
    """All that was pressed before has been painted: what is typed behind it is on the screen."""
    terminal.type(letter)
    terminal.wait_for(letter)
    # A row is erased before it is written, so the frame has to have come to its end.
    terminal.wait_for(lambda _: b"\x1b[?2026l" in terminal.raw.rpartition(letter.encode())[2])


def assert_nothing_is_missing(terminal: Terminal) -> None:
    """The frames have left on the screen what is there when all of it is painted anew."""
    before, seen = terminal.screen(), terminal.raw
    terminal.signal(signal.SIGCONT)
    terminal.wait_for(lambda _: b"\x1b[?2026l" in terminal.raw[len(seen) :].partition(b"\x1b[?1049h")[2])
    terminal.wait_for(lambda _: terminal.screen() == before)


LONG_ANSWER = [
    *[f"Line {n} of the answer, with **bold** words and `code`.\n\n" for n in range(40)],
    "```python\n",
    *[f"def function_{n}(): return {n}\n" for n in range(30)],
    "```\n\n| a | b |\n|---|---|\n",
    *[f"| {n} | {'wide' * (n % 7)} |\n" for n in range(20)],
    *[f"\n{n}. пункт номер {n} 😀 — и ещё слова" for n in range(30)],
    "\n\nTHE END",
]


def test_frames_that_bring_only_what_is_new_leave_a_whole_screen() -> None:
    marks = iter("ⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏ")
    with service_thread() as service, chat(service) as terminal:
        for round in range(2):
            hold = Pause()
            service.queue(
                sse(started(), *map(delta, LONG_ANSWER[:100]), done=False),
                hold,
                sse(*map(delta, LONG_ANSWER[100:]), ended(3, 297)),
            )
            terminal.type("go\r")
            terminal.wait_for("пункт номер 7")
            terminal.press("pageup", "ctrl+up", "ctrl+up")
            settle(terminal, next(marks))
            service.release(hold)
            terminal.wait_for("more below")
            terminal.press("ctrl+end")
            terminal.wait_for("Enter · ")
            settle(terminal, next(marks))
            assert_nothing_is_missing(terminal)
            for keys in (
                ["pageup"],
                ["ctrl+up"] * 3,
                ["pageup", "pagedown"],
                ["ctrl+down"] * 5,
                ["ctrl+home"],
                ["pagedown"] * 3,
                ["alt+up"] * 2,
                ["alt+down"],
                ["ctrl+end"],
            ):
                terminal.press(*keys)
                settle(terminal, next(marks))
                assert_nothing_is_missing(terminal)
            terminal.press("ctrl+p")
            terminal.wait_for("Commands")
            settle(terminal, next(marks))
            terminal.press("escape")
            terminal.wait_gone("Commands")
            settle(terminal, next(marks))
            assert_nothing_is_missing(terminal)
            terminal.press("ctrl+c")
            if round:
                assert b"\x1b[r" in terminal.raw


@thorough
def test_the_window_is_named_after_the_conversation_and_gets_its_name_back() -> None:
    with service_thread() as service, chat(service) as terminal:
        assert b"\x1b]2;" not in terminal.raw
        service.queue(answer("Done."))
        terminal.type("What is a window?\r")
        terminal.wait_for("297 left")
        terminal.wait_for(b"\x1b]2;What is a window?\x1b\\")
        assert terminal.raw.count("\x1b[22;2t\x1b]2;… What is a window?\x1b\\".encode()) == 1
        assert terminal.raw.count(b"\x1b[22;2t") == 1
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert terminal.raw.count(b"\x1b]2;\x1b\\\x1b[23;2t") == 1
        assert terminal.raw.rfind(b"\x1b[23;2t") > terminal.raw.rfind(b"\x1b[?1049l")
