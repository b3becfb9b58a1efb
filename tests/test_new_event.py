"""A new event type is a class and a row in `EVENTS`: every other room follows, also where the event discards the text so far."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.api import ElumentaClient
from elumenta_tui.api import events as declared
from elumenta_tui.chat.request import Request
from elumenta_tui.chat.turn import Answer, AnswerState, Progress, Turn
from elumenta_tui.session import autosave
from elumenta_tui.store.events import Opened
from tests.chatting import account_at, chat_app, chatting
from tests.leading import leading
from tests.new_event import EVENTS, RESET
from tests.pseudo_terminal import ROOT
from tests.service import (
    KEY,
    Close,
    Pause,
    Service,
    ThreadedService,
    delta,
    ended,
    service_thread,
    sse,
    started,
)
from tests.storing import MODEL, shelf
from tests.thorough import thorough

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def the_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare it."""
    monkeypatch.setattr(declared, "EVENTS", EVENTS)


# -------------------------------------------------------------------------------------------------------- the domain


def test_a_reset_discards_the_text_until_the_answer_is_over() -> None:
    answer = Turn("hi").answer(MODEL)
    answer.add("Old text")
    answer.reset()
    assert (answer.text, answer.has_text, answer.progress) == ("", False, Progress(1, 0))
    assert answer.state is AnswerState.STREAMING
    answer.add("New")
    assert (answer.text, answer.text_since(1), answer.progress) == ("New", "ew", Progress(1, 3))
    answer.end()
    answer.reset()
    assert (answer.text, answer.state, answer.progress) == ("New", AnswerState.COMPLETE, Progress(1, 3))


def test_an_answer_that_ends_after_a_reset_without_new_text_is_empty() -> None:
    answer = Turn("hi").answer(MODEL)
    answer.add("Old text")
    answer.reset()
    answer.end()
    assert answer.state is AnswerState.FAILED
    assert answer.failure is not None
    assert answer.failure.kind == "empty_answer"


# --------------------------------------------------------------------------------------------------------- the client


@pytest.mark.parametrize("cut", ["\u200d", "\ud83d", KEY[:20], "\r"], ids=ascii)
async def test_what_is_held_back_of_the_old_text_never_gets_into_the_new_one(cut: str) -> None:
    answer = Turn("hi").answer(MODEL)
    async with Service() as service, ElumentaClient(KEY, service.url) as client:
        service.queue(sse(started(), delta(f"Old{cut}"), RESET, delta(f"\n{KEY[20:]} New"), ended()))
        async for events in client.stream(Request.of("gpt-5", "hi")):
            for event in events:
                event.apply(answer)
    assert answer.text == f"\n{KEY[20:]} New"


# ------------------------------------------------------------------------------------------------ the session, the store


def cut_answer(data: Path) -> Answer:
    """The only answer, as the next start finds it."""
    with shelf(data) as here:
        [cut] = here.told(Opened).cut
        [answer] = here.conversation(cut.conversation).conversation.answers
        assert cut.length == answer.length
        return answer


@thorough
@pytest.mark.parametrize("new", ["New", ""])
async def test_a_program_that_is_killed_later_leaves_nothing_of_the_old_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new: str
) -> None:
    monkeypatch.setattr(autosave, "SAVE_EVERY", 0.0)
    first, second = Pause(), Pause()
    async with Service() as service, leading(service, tmp_path) as chat:
        service.queue(
            sse(started(), delta("Old text"), done=False), first, sse(RESET, delta(new), done=False), second
        )
        answer = chat.send("hi")
        await chat.until(lambda: answer.text == "Old text")
        store = chat.session.open_library().autosave.store
        monkeypatch.setattr(store, "put", written_at_once(store.put))
        chat.session.open_library().autosave.flush()
        first.event.set()
        await chat.until(lambda: answer.progress == Progress(1, len(new)))
        chat.session.open_library().autosave.flush()
        # What is on the disk now is what a kill would leave.
        shutil.copytree(tmp_path / "data", tmp_path / "killed", ignore=shutil.ignore_patterns("running"))
    found = cut_answer(tmp_path / "killed")
    assert (found.text, found.revision) == (new, 1)
    assert found.state is (AnswerState.INTERRUPTED if new else AnswerState.FAILED)


def written_at_once(put: Any) -> Any:
    def put_and_wait(*changes: Any) -> Any:
        done = put(*changes)
        assert done.result(10)
        return done

    return put_and_wait


async def test_the_next_request_has_the_new_text_only(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        service.queue(sse(started(), delta("Old text"), RESET, delta("New"), ended()))
        await chat.ask("hi")
        await chat.ask("and now?")
        assert service.posts[1].messages == [("user", "hi"), ("assistant", "New"), ("user", "and now?")]


# --------------------------------------------------------------------------------------------------------- the screen


async def test_the_view_shows_the_new_text_in_place_of_the_old_one(tmp_path: Path) -> None:
    first, second = Pause(), Pause()
    old = "\n\n".join(f"Old paragraph {number}" for number in range(60))
    async with Service() as service:
        service.queue(
            sse(started(), delta(old), done=False),
            first,
            sse(RESET, delta("**New** words "), done=False),
            second,
            sse(delta("and more"), ended()),
        )
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            copied: list[str] = []
            chat.app.parts.copying.copy = copied.append  # type: ignore[method-assign, assignment]  # no clipboard is needed
            answer = await chat.send("hi")
            await chat.sees("Old paragraph 59")
            # It is read from the middle, with the cursor in it, and searched.
            await chat.pilot.press("pageup", "alt+up", "ctrl+f", *"old")
            await chat.sees("of 60")
            first.event.set()
            await chat.sees("New words", "no matches")
            assert "Old" not in chat.flat
            second.event.set()
            await chat.until(lambda: answer.over)
            await chat.sees("New words and more", "3 tokens")
            await chat.pilot.press("escape", "ctrl+y")
            await chat.until(lambda: copied == ["**New** words and more"])


# ----------------------------------------------------------------------------------------------------------- the shell


@pytest.fixture
def service() -> Iterator[ThreadedService]:
    with service_thread() as running:
        yield running


def command(service: ThreadedService, home: Path, *arguments: str) -> subprocess.Popen[str]:
    """`ask`, in a program that knows the event."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.new_event", "ask", *arguments, "hi"],
        cwd=ROOT,
        env={**os.environ, **service.environ(), "ELUMENTA_HOME": str(home), "LANG": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(service: ThreadedService, home: Path, pause: Pause, *arguments: str) -> tuple[int, str, str]:
    """Run `ask`, and let the service go on when the old text is printed: exit code, standard output, standard error."""
    with command(service, home, *arguments) as process:
        assert process.stdout is not None
        begun = "" if "--json" in arguments else process.stdout.read(len("Old text"))
        service.wait_reached(pause)
        service.release(pause)
        rest, said = process.communicate(timeout=PATIENCE)
        return process.returncode, begun + rest, said


@thorough
def test_ask_writes_the_new_text_below_the_old_one_and_says_so(
    tmp_path: Path, service: ThreadedService
) -> None:
    pause = Pause()
    service.queue(sse(started(), delta("Old text"), done=False), pause, sse(RESET, delta("New"), ended()))
    code, printed, said = run(service, tmp_path, pause)
    assert (code, printed) == (0, "Old text\nNew\n")
    assert "began its answer anew" in said
    [answer] = stored(tmp_path / "data")
    assert answer.text == "New"


@thorough
def test_ask_ends_the_line_of_an_old_text_that_no_new_one_follows(
    tmp_path: Path, service: ThreadedService
) -> None:
    pause = Pause()
    service.queue(sse(started(), delta("Old text"), done=False), pause, sse(RESET, done=False), Close())
    code, printed, said = run(service, tmp_path, pause)
    assert (code, printed) == (9, "Old text\n")
    assert "began its answer anew" in said


@thorough
def test_ask_json_has_the_new_text_only(tmp_path: Path, service: ThreadedService) -> None:
    pause = Pause()
    service.queue(sse(started(), delta("Old text"), done=False), pause, sse(RESET, delta("New"), ended()))
    code, printed, said = run(service, tmp_path, pause, "--json")
    assert (code, json.loads(printed)["text"]) == (0, "New")
    assert "anew" not in said


def stored(data: Path) -> list[Answer]:
    """All answers of the only conversation."""
    with shelf(data) as here:
        [row] = here.store.summaries((), demo=False).result(PATIENCE)
        return here.conversation(row.id).conversation.answers
