"""However large the files are and however many: the keys are answered, and nothing of them is worked out anew for a key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.chat.attachment import Attachment, text_attachment
from elumenta_tui.config.templates import Template, Templates
from elumenta_tui.sources import images
from elumenta_tui.tui import attaching
from tests.chatting import account_at, chat_app, chatting, quick_demo
from tests.service import Service, answer
from tests.sources.large import MEGABYTE, large_png
from tests.storing import stored_contents
from tests.thorough import thorough


class Gate:
    """Holds calls of a function until it is opened, and knows the threads that they came from."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._opened = threading.Event()
        self.reached = threading.Event()
        self.threads: set[threading.Thread] = set()

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.threads.add(threading.current_thread())
        self.reached.set()
        assert self._opened.wait(60)
        return self._function(*given, **named)

    def open(self) -> None:
        self._opened.set()


@thorough
@pytest.mark.parametrize(
    ("place", "function"),
    [
        (attaching, "read_file"),
        (attaching, "attachment_of"),
        (attaching, "find_secrets"),
        (images, "_prepare"),
    ],
    ids=["read", "decoded", "searched for keys", "scaled"],
)
async def test_the_keys_are_answered_while_a_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Any, function: str
) -> None:
    path = tmp_path / ("large.png" if place is images else "large.log")
    if place is images:
        pytest.importorskip("PIL")
        path.write_bytes(large_png(2_400, 2_000, megabytes=6))
    else:
        path.write_bytes(b"2026-11-20 12:00:00 something happened\n" * (10 * MEGABYTE // 39))
    gate = Gate(getattr(place, function))
    monkeypatch.setattr(place, function, gate)
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.send_command(f"/attach {path}")
        await chat.until(gate.reached.is_set, "the file")
        await chat.type("what is it")
        await chat.sees("what is it")
        assert not chat.app.parts.attached
        await chat.pilot.press("enter")
        await chat.sees(f"{path.name} is still being read")
        gate.open()
        await chat.until(lambda: chat.app.parts.attached, "the file above the prompt")
        assert chat.app.prompt.text == "what is it"
    assert threading.main_thread() not in gate.threads


@thorough
async def test_no_key_reads_fifty_files_again_and_all_of_them_are_sent_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [text_attachment(f"part{number}.log", f"Part {number}.\n" * 10_000) for number in range(50)]
    read: list[str] = []

    def counted(name: str) -> property:
        whole = getattr(Attachment, name).fget

        def of(own: Attachment) -> object:
            read.append(name)
            return whole(own)

        return property(of)

    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        for each in files:
            await chat.app.parts.attaching.check_and_add(each)
        await chat.sees("part49.log")
        await chat.until(lambda: stored_contents(tmp_path) == 50, "all of them on the disk")
        for name in ("block", "content"):
            monkeypatch.setattr(Attachment, name, counted(name))
        await chat.type("what is in them")
        await chat.sees("what is in them")
        assert not read, "what is typed has nothing to do with what is in the files"
        service.queue(answer("Yes."))
        await chat.pilot.press("enter")
        await chat.sees("Yes.")
        sent = service.posts[0].json["messages"][-1]["content"]
        assert [sent.count(f"text part{number}.log\n") for number in range(50)] == [1] * 50
        assert sent.endswith("what is in them")


@thorough
async def test_two_thousand_templates_are_listed_and_only_those_that_are_shown_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prompts").mkdir()
    for number in range(2_000):
        (tmp_path / "prompts" / f"review-{number}.md").write_text(f"Review part {number} of {{{{what}}}}.")
    read: list[str] = []
    whole, listed = Templates.read, Templates._list

    def counted(own: Templates, word: str) -> Template:
        read.append(word)
        return whole(own, word)

    lists: list[Path] = []

    def counted_list(own: Templates) -> dict[str, str]:
        lists.append(own.directory)
        return listed(own)

    monkeypatch.setattr(Templates, "read", counted)
    monkeypatch.setattr(Templates, "_list", counted_list)
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.type("/review-1999")
        await chat.sees("Review part 1999 of {{what}}.")
        assert len(lists) == 1, "the directory has not changed"
        assert len(set(read)) <= 12 * chat.app.size.height
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.prompt.text == "Review part 1999 of {{what}}.")
