"""How the program ends and pauses on a real terminal: signals, a shell, a failure of its own."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from elumenta_tui.process import signals
from tests.pseudo_terminal import PREPARED, PROGRAM, SOON, Terminal
from tests.service import KEY, Pause, delta, ended, service_thread, sse, started
from tests.thorough import thorough

RESTORED = [
    b"\x1b[?1049l",
    b"\x1b[?25h",
    b"\x1b[<u",
    b"\x1b[?2004l",
    b"\x1b[?1003l",
    b"\x1b[?1004l",
    b"\x1b[?7h",
]
"""What a terminal is told that is left as it was found."""

SHELL = ["bash", "--norc", "--noediting", "-i"]


def assert_restored(terminal: Terminal) -> None:
    leaving = terminal.raw[terminal.raw.rindex(b"\x1b[?1049l") - 200 :]
    for sequence in RESTORED:
        assert sequence in leaving


@contextmanager
def answering(*command: str, **more: str) -> Iterator[Terminal]:
    """The app in the middle of an answer."""
    with (
        service_thread() as service,
        Terminal(command or [PREPARED], env=service.environ(**more)) as terminal,
    ):
        terminal.wait_for("300 tokens")
        service.queue(sse(started(), delta("The first words"), done=False), Pause())
        terminal.type("go\r")
        terminal.wait_for("The first words")
        yield terminal


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_restores_the_terminal_and_ends_with_its_code(number: signal.Signals) -> None:
    with answering() as terminal:
        terminal.signal(number)
        assert terminal.wait_exit(SOON) == 128 + number
        assert_restored(terminal)
        said = terminal.text.replace("\n", "")
        assert f"told to end ({number.name}). The answer in progress was stopped; what had arrived" in said
        assert "The first words" not in terminal.text
        assert b"--continue" not in terminal.raw


def test_a_terminal_of_the_tests_ignores_no_signal_that_the_tests_themselves_ignore() -> None:
    ignored = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT]
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    try:
        with Terminal(["grep", "SigIgn", "/proc/self/status"]) as terminal:
            terminal.wait_exit()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    mask = int(terminal.text.split()[1], 16)
    assert [number for number in ignored if mask >> (number - 1) & 1] == []


def test_a_closed_window_ends_the_app() -> None:
    with answering() as terminal:
        terminal.hang_up()
        assert terminal.wait_exit(SOON) == 129


@thorough
def test_leaving_in_the_middle_of_an_answer_says_what_became_of_it_and_nothing_else() -> None:
    with answering() as terminal:
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        left = terminal.raw.rpartition(b"\x1b[?1049l")[2].decode()
        stopped = (
            "The answer in progress was stopped; what had arrived is saved. It may be charged all the same."
        )
        # The window's old title, what became of the answer, and how to go on; by its path where the name alone is not found.
        assert left in {
            f"\x1b]2;\x1b\\\x1b[23;2t{stopped}\r\nTo continue “go”: {name} --continue\r\n"
            for name in (PROGRAM, "elumenta-tui")
        }


@thorough
def test_a_signal_that_is_to_be_ignored_is_ignored() -> None:
    with answering("sh", "-c", f"trap '' TERM HUP INT QUIT; exec {PROGRAM}") as terminal:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            terminal.signal(number)
            terminal.type(number.name)
            terminal.wait_for(number.name)
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0


HANGING = """
import os, re, sqlite3, sys, time
from elumenta_tui.process import signals
from elumenta_tui.tui.dialogs import Dialogs
from elumenta_tui.__main__ import main

signals._LAST_RESORT -= signals.GRACE - 0.5
signals.GRACE = 0.5

def compute():
    re.match("(a+)+$", "a" * 60 + "b")

def turn_round():
    while True:
        pass

def swallow():
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            pass

def sleep():
    time.sleep(60)

def write():
    reader, writer = os.pipe()
    while True:
        os.write(writer, bytes(1 << 16))

def count():
    # SQLite lets no handler in.
    sqlite3.connect(":memory:").execute(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    ).fetchall()

hang = globals()[sys.argv.pop(1)]

def show_help(self):
    print("hangs", file=sys.__stderr__, flush=True)
    hang()

Dialogs.show_help = show_help
sys.exit(main())
"""


def test_a_program_that_hangs_ends_within_three_seconds() -> None:
    assert signals.GRACE + signals.LAST_SAVE < signals._LAST_RESORT < 3


@thorough
@pytest.mark.parametrize("way", ["compute", "turn_round", "swallow", "sleep", "write", "count"])
def test_a_program_that_hangs_ends_all_the_same(way: str) -> None:
    with answering(PREPARED, "-c", HANGING, way) as terminal:
        terminal.type("typed before it hung")
        terminal.wait_for("typed before it hung")
        terminal.press("f1")
        terminal.wait_for(b"hangs")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit(SOON) == 128 + signal.SIGTERM
        assert_restored(terminal)
        assert "typed before it hung" in saved_texts(terminal)


def saved_texts(terminal: Terminal) -> str:
    """Every draft in the database."""
    (file,) = terminal.home.rglob("conversations.db")
    with closing(sqlite3.connect(file)) as connection:
        return "\n".join(row[0] for row in connection.execute("SELECT draft FROM conversation"))


LOOKING_UP = """
import socket, sys, threading
from elumenta_tui.__main__ import main

def getaddrinfo(*_, **__):
    print("looking", file=sys.__stderr__, flush=True)
    threading.Event().wait(60)

socket.getaddrinfo = getaddrinfo
sys.exit(main())
"""


@thorough
def test_leaving_does_not_wait_for_a_name_server() -> None:
    with service_thread() as service:
        environ = service.environ(ELUMENTA_BASE_URL="https://no.such.host.invalid")
        with Terminal([PREPARED, "-c", LOOKING_UP], env=environ) as terminal:
            terminal.wait_for(b"looking")
            terminal.type("typed meanwhile")
            terminal.wait_for("typed meanwhile")
            terminal.press("ctrl+q")
            assert terminal.wait_exit(SOON) == 0
            assert_restored(terminal)
            assert "typed meanwhile" in saved_texts(terminal)


def test_ctrl_z_pauses_for_the_shell_and_fg_brings_the_answer_back() -> None:
    with service_thread() as service, Terminal(SHELL, env=service.environ(PS1="shell$ ")) as terminal:
        hold = Pause()
        service.queue(
            sse(started(), delta("The first words"), done=False), hold, sse(delta(" and the last"), ended())
        )
        terminal.wait_for("shell$")
        terminal.type(f"{PROGRAM}\r")
        terminal.wait_for("300 tokens")
        terminal.type("go\r")
        terminal.wait_for("The first words")
        terminal.press("ctrl+z")
        terminal.wait_for("Stopped")
        terminal.wait_for("fg resumes it. An answer is still coming")
        assert_restored(terminal)
        service.release(hold)
        terminal.type("echo in the $((40 + 2)) shell\r")
        terminal.wait_for("in the 42 shell")
        terminal.type("fg\r")
        terminal.wait_for("The first words and the last")
        terminal.wait_for("297 left")
        assert "Stopped" not in terminal.text
        terminal.press("ctrl+q")
        terminal.wait_for(lambda text: text.rstrip().endswith("shell$"))


@thorough
def test_a_program_that_was_stopped_by_force_paints_itself_again() -> None:
    with service_thread() as service, Terminal(SHELL, env=service.environ(PS1="shell$ ")) as terminal:
        terminal.wait_for("shell$")
        terminal.type(f"{PROGRAM}\r")
        terminal.wait_for("300 tokens")
        children = (
            Path(f"/proc/{terminal.process.pid}/task/{terminal.process.pid}/children").read_text().split()
        )
        os.kill(int(children[0]), signal.SIGSTOP)
        terminal.wait_for("Stopped")
        terminal.type("fg\r")
        terminal.wait_gone("Stopped")
        terminal.wait_for("300 tokens")
        terminal.type("typed after it")
        terminal.wait_for("typed after it")


@thorough
def test_without_a_shell_ctrl_z_undoes() -> None:
    with service_thread() as service, Terminal([PREPARED], env=service.environ()) as terminal:
        terminal.wait_for("300 tokens")
        terminal.paste("pasted text")
        terminal.wait_for("pasted text")
        terminal.press("ctrl+z")
        terminal.wait_gone("pasted text")
        terminal.paste("other text")
        terminal.wait_for("other text")
        terminal.send(b"\x1f")
        terminal.wait_gone("other text")


# ------------------------------------------------------------------------------------------------------------ failures

SECRET_PROMPT = "a prompt that is nobody's business"

CRASHING = """
import sys, threading
from elumenta_tui.tui.app import ElumentaApp
from elumenta_tui.tui.dialogs import Dialogs
from elumenta_tui.__main__ import main

def fail(self, *_, **__):
    api_key, headers = self.keychain.key, {"Authorization": "Bearer " + self.keychain.key}
    texts = [turn.prompt for turn in self.session.conversation.turns]
    raise ValueError(f"no {api_key} for {texts!r} in {headers}")

def fail_in_a_thread(self):
    threading.Thread(target=fail, args=(self,)).start()

async def fail_in_a_worker(self):
    fail(self)

def fail_where_nobody_waits(self):
    import asyncio
    asyncio.get_running_loop().call_soon(fail, self)

ways = {
    "handler": fail,
    "thread": fail_in_a_thread,
    "worker": lambda self: self.run_worker(fail_in_a_worker(self)),
    "start": fail,
    "callback": fail_where_nobody_waits,
}
way = sys.argv.pop(1)
Dialogs.show_help = lambda self: ways[way](self._screens)
if way == "start":
    ElumentaApp.__init__ = fail
    ElumentaApp.keychain = type("Keychain", (), {"key": "$KEY"})
    ElumentaApp.session = type("Session", (), {"conversation": type("Conversation", (), {"turns": []})})
sys.exit(main())
""".replace("$KEY", KEY)


def reports(terminal: Terminal) -> list[Path]:
    return list(terminal.home.rglob("crash-*.txt"))


def assert_tells_nothing(text: str) -> None:
    for secret in (KEY, KEY[8:], SECRET_PROMPT):
        assert secret not in text


@pytest.mark.parametrize(
    ("way", "locale", "sentence"),
    [
        ("handler", "C.UTF-8", "elumenta-tui failed and had to end (ValueError at"),
        ("thread", "ru_RU.UTF-8", "В elumenta-tui случился сбой, программа завершена (ValueError,"),
        ("worker", "C.UTF-8", "elumenta-tui failed and had to end (ValueError at"),
    ],
)
def test_a_crash_restores_the_terminal_and_tells_where_the_report_is(
    way: str, locale: str, sentence: str, tmp_path: Path
) -> None:
    with (
        service_thread() as service,
        Terminal(
            [PREPARED, "-c", CRASHING, way],
            env=service.environ(LANG=locale),
            home=tmp_path,
            size=(200, 40),
        ) as terminal,
    ):
        terminal.wait_for("300")
        terminal.type(f"{SECRET_PROMPT}\r")
        terminal.wait_for("Here are the numbers")
        terminal.press("f1")
        assert terminal.wait_exit(SOON) == 1
        assert_restored(terminal)
        said = terminal.raw[terminal.raw.rindex(b"\x1b[?1049l") :].decode()
        (report,) = reports(terminal)
        assert sentence in said
        assert str(report) in said
        assert said.count("\n") == 1
        assert "Traceback" not in said
        assert report.stat().st_mode & 0o777 == 0o600
        text = report.read_text()
        assert "ValueError: no nb_… for [" in text
        assert "in fail\n" in text
        assert "Textual".lower() in text
        assert str(tmp_path) not in text
        assert_tells_nothing(said + text)


def test_a_failure_before_the_app_is_told_like_any_other(tmp_path: Path) -> None:
    with (
        service_thread() as service,
        Terminal([PREPARED, "-c", CRASHING, "start"], env=service.environ(), home=tmp_path) as terminal,
    ):
        assert terminal.wait_exit() == 1
        assert "failed and had to end (ValueError" in terminal.text
        (report,) = reports(terminal)
        assert_tells_nothing(terminal.text + report.read_text())


def test_a_failure_that_nobody_waited_for_is_noted_and_the_chat_goes_on(tmp_path: Path) -> None:
    with (
        service_thread() as service,
        Terminal([PREPARED, "-c", CRASHING, "callback"], env=service.environ(), home=tmp_path) as terminal,
    ):
        terminal.wait_for("300 tokens")
        terminal.press("f1")
        terminal.wait_for("An internal error occurred")
        terminal.type("go\r")
        terminal.wait_for("297 left")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        (report,) = reports(terminal)
        assert_tells_nothing(terminal.raw.decode() + report.read_text())


def test_a_report_that_can_not_be_saved_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    with (
        service_thread() as service,
        Terminal(
            [PREPARED, "-c", CRASHING, "handler"],
            env=service.environ(ELUMENTA_HOME=str(tmp_path)),
            size=(200, 40),
        ) as terminal,
    ):
        terminal.wait_for("300 tokens")
        terminal.press("f1")
        assert terminal.wait_exit(SOON) == 1
        assert re.search(r"The report could not be saved: [A-Z][\w ]+\. Please", terminal.text)
