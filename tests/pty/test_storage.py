"""The installed program on a real terminal, killed, starved of disk, and started twice: what the disk has afterwards."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import threading
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from elumenta_tui.store import FILE
from elumenta_tui.store.events import Opened
from tests import thorough
from tests.pseudo_terminal import PREPARED, PROGRAM, Terminal
from tests.service import Pause, Step, ThreadedService, delta, ended, service_thread, sse, started
from tests.storing import opened, shelf

ROUNDS, AT_ONCE = int(os.environ.get("KILL_ROUNDS", "1")), 6 if thorough.wanted else 3
"""How often so many programs are started at once and killed. More by hand: a long run."""

DRIP = 0.02
"""Seconds from word to word."""

WORDS = 400


def integrity(home: Path) -> str:
    with opened(home / "data" / FILE) as database:
        return str(database.execute("PRAGMA integrity_check").fetchone()[0])


class Drip:
    """An answer of many words, one after the other in a rhythm of its own."""

    def __init__(self, service: ThreadedService) -> None:
        self._service = service
        self._pauses = [Pause() for _ in range(WORDS)]
        self._over = threading.Event()
        steps: list[Step] = [sse(started(), done=False)]
        for number, pause in enumerate(self._pauses):
            steps += [sse(delta(f"w{number} "), done=False), pause]
        service.queue(*steps)

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        for pause in self._pauses:
            if self._over.wait(DRIP):
                return
            self._service.release(pause)

    def stop(self) -> None:
        self._over.set()


def last_word(terminal: Terminal) -> int:
    """The number of the last word on the screen; -1 if there is none."""
    return max((int(found) for found in re.findall(r"\bw(\d+)\b", terminal.text)), default=-1)


@thorough.thorough
def test_whatever_was_on_the_screen_for_a_second_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    chance = Random()
    with service_thread() as service:
        for number in range(ROUNDS):
            _kill_some(service, tmp_path, number, chance)
        with Terminal([PREPARED], env=service.environ(ELUMENTA_HOME=str(tmp_path))) as terminal:
            # All rounds but the last one have been told by the starts in between.
            terminal.wait_for("tokens")
            terminal.press("ctrl+s")
            terminal.wait_for("Conversations")
            terminal.wait_for(f"prompt {ROUNDS - 1}-{AT_ONCE - 1}")


def _kill_some(service: ThreadedService, home: Path, number: int, chance: Random) -> None:
    """Start some programs, have them stream, kill them at moments of their own, and look at what is stored."""
    posts = len(service.posts)
    drips = [Drip(service) for _ in range(AT_ONCE)]
    terminals = [Terminal([PREPARED], env=service.environ(ELUMENTA_HOME=str(home))) for _ in drips]
    prompts = [f"prompt {number}-{index}" for index in range(AT_ONCE)]
    seen: dict[str, list[tuple[float, int]]] = {prompt: [] for prompt in prompts}
    try:
        for terminal, prompt in zip(terminals, prompts, strict=True):
            terminal.wait_for("tokens", 30)
            terminal.type(f"{prompt}\r")
        service.wait_posted(posts + AT_ONCE, 30)
        for drip in drips:
            drip.start()
        began = monotonic()
        moments = {prompt: began + chance.uniform(0.0, 2.5) for prompt in prompts}
        alive = dict(zip(prompts, terminals, strict=True))
        while alive:
            now = monotonic()
            for prompt, terminal in list(alive.items()):
                seen[prompt].append((now, last_word(terminal)))
                if now >= moments[prompt]:
                    terminal.process.kill()
                    del alive[prompt]
            threading.Event().wait(0.05)
    finally:
        for drip in drips:
            drip.stop()
        for terminal in terminals:
            terminal.close()
    with shelf(home / "data") as store:
        cut = {answer.prompt: answer for answer in store.told(Opened).cut}
        assert sorted(cut) == prompts
        for prompt in prompts:
            second_before = seen[prompt][-1][0] - 1.0
            shown = [word for moment, word in seen[prompt] if moment <= second_before]
            [answer] = store.conversation(cut[prompt].conversation).conversation.answers
            words = answer.text.split()
            assert words == [f"w{place}" for place in range(len(words))]
            assert len(words) > max(shown, default=-1), (prompt, shown[-1:], words[-1:])
            assert answer.state.value == ("interrupted" if words else "failed")
            assert answer.failure is not None
            assert answer.failure.kind == "crashed"
    assert integrity(home) == "ok"


def test_after_a_kill_the_next_start_shows_the_cut_answer_and_a_script_can_read_it(tmp_path: Path) -> None:
    with service_thread() as service:
        service.queue(sse(started(), delta("Half an answer"), done=False), Pause())
        with Terminal([PREPARED], env=service.environ(ELUMENTA_HOME=str(tmp_path))) as terminal:
            terminal.wait_for("300 tokens")
            terminal.type("tell me\r")
            terminal.wait_for("Half an answer")
            _wait_for_piece(tmp_path, "Half an answer")
            terminal.type("next thought")
            _wait_for_draft(tmp_path, "next thought")
            terminal.process.kill()
            terminal.wait_exit()
        for is_before_the_start in (True, False):
            exported = subprocess.run(
                [PROGRAM, "export"],
                env={"ELUMENTA_HOME": str(tmp_path)},
                capture_output=True,
                check=True,
                timeout=20,
            )
            turns = json.loads(exported.stdout)["conversations"][0]["turns"]
            assert [(answer["role"], answer["text"], answer["state"]) for answer in turns] == [
                ("user", "tell me", "interrupted"), ("assistant", "Half an answer", "interrupted"),
            ]  # fmt: skip
            if is_before_the_start:
                with Terminal([PREPARED], env=service.environ(ELUMENTA_HOME=str(tmp_path))) as terminal:
                    terminal.wait_for("Interrupted: the program ended before the answer was complete.")
                    terminal.wait_for("F6 asks for the rest: 2 tokens")
                    terminal.wait_for("next thought")
                    terminal.press("ctrl+q")
                    assert terminal.wait_exit() == 0
        assert len(service.posts) == 1


def _wait_for_piece(home: Path, text: str) -> None:
    _wait(lambda: _value(home, "SELECT text FROM piece") == text)


def _wait_for_draft(home: Path, text: str) -> None:
    _wait(lambda: _value(home, "SELECT draft FROM conversation") == text)


def _value(home: Path, query: str) -> object:
    with opened(home / "data" / FILE) as database:
        row = database.execute(query).fetchone()
        return None if row is None else row[0]


def _wait(condition: object) -> None:
    from tests.storing import until

    assert callable(condition)
    until(condition)


@thorough.thorough
@pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="limits of another process can't be changed here"
)
def test_a_disk_that_is_full_is_on_the_screen_and_saved_when_there_is_space(tmp_path: Path) -> None:
    long = "слово " * 20_000
    with service_thread() as service:
        # No file of the program may grow beyond this: as good as a full disk, and needs no rights.
        command = ["bash", "-c", f"ulimit -S -f 200; exec {PROGRAM}"]
        with Terminal(command, env=service.environ(ELUMENTA_HOME=str(tmp_path))) as terminal:
            terminal.wait_for("300 tokens")
            terminal.type("first\r")
            terminal.wait_for("3 tokens · 297 left")
            service.queue(sse(started(), delta(long), delta("THE END"), ended(2, 295)))
            terminal.type("second\r")
            terminal.wait_for("2 tokens · 295 left", 30)
            terminal.wait_for("not saved: disk")
            service.queue(sse(started(), delta("It goes on."), ended(2, 293)))
            terminal.type("third\r")
            terminal.wait_for("2 tokens · 293 left")
            terminal.wait_for("It goes on.")
            terminal.wait_for("not saved: disk")
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.prlimit(terminal.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
            terminal.wait_gone("not saved: disk", 20)
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0
    with shelf(tmp_path / "data") as store:
        [row] = store.store.summaries(demo=False).result()
        turns = store.conversation(row.id).conversation.answers
        assert [answer.prompt for answer in turns] == ["first", "second", "third"]
        assert turns[1].text == f"{long}THE END"
        assert {answer.state.value for answer in turns} == {"complete"}
    assert integrity(tmp_path) == "ok"


@thorough.thorough
def test_two_programs_at_once_store_all_of_both(tmp_path: Path) -> None:
    with (
        service_thread() as service,
        Terminal([PREPARED], env=service.environ(ELUMENTA_HOME=str(tmp_path))) as first,
        Terminal([PREPARED], env=service.environ(ELUMENTA_HOME=str(tmp_path))) as second,
    ):
        for terminal in (first, second):
            terminal.wait_for("tokens")
        for number in range(1, 4):
            for name, terminal in (("a", first), ("b", second)):
                service.queue(sse(started(), delta(f"Answer {name}{number}"), ended(2, 300 - number)))
                terminal.type(f"{name}{number}\r")
            # Which of the two gets which answer is a matter of chance.
            for terminal in (first, second):
                terminal.wait_for(f"{300 - number} left ·")
        for terminal in (first, second):
            assert "locked" not in terminal.text
            assert "busy" not in terminal.text
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0
    with shelf(tmp_path / "data") as store:
        stored = [
            [answer.prompt for answer in store.conversation(row.id).conversation.answers]
            for row in store.store.summaries(demo=False).result()
        ]
    assert sorted(stored) == [[f"{name}{number}" for number in range(1, 4)] for name in "ab"]
