"""Attachments of a session: what goes over the wire, byte for byte, what is on the disk before, and what a restart sends again."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.chat.attachment import image_attachment, message_with, text_attachment
from elumenta_tui.chat.models import find_model
from elumenta_tui.chat.turn import Answer
from elumenta_tui.session import Refusal
from elumenta_tui.session.guardrails import Hold
from elumenta_tui.store import FILE
from tests.leading import leading
from tests.pictures import png
from tests.service import Service, answer
from tests.storing import opened

TEXT = text_attachment("../dir/main.py", "print('hi')\n```\nnot out\n````x\n", language="python")
IMAGE = image_attachment("shot.png", png(), "image/png", width=2, height=1)

SENT = "`````python main.py\nprint('hi')\n```\nnot out\n````x\n`````\n\nWhat is this?"


def contents(service: Service) -> list[Any]:
    return [message["content"] for message in service.posts[-1].json["messages"]]


async def test_text_goes_as_a_fence_before_the_prompt_and_images_as_parts(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        service.queue(answer("a"))
        chat.session.send("What is this?", (TEXT,))
        await chat.session.settled()
        assert contents(service) == [SENT]
        service.queue(answer("b"))
        chat.session.send("And this?", (IMAGE,))
        await chat.session.settled()
        url = "data:image/png;base64," + base64.b64encode(png()).decode()
        parts = [{"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": url}}]
        assert contents(service) == [SENT, "a", parts]


async def test_a_restart_sends_them_again_as_they_were_then(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            service.queue(answer("a"))
            chat.session.send("What is this?", (TEXT, IMAGE))
            await chat.session.settled()
            first = contents(service)[0]
        async with leading(service, tmp_path, resume=True) as chat:
            await chat.session.begun()
            [turn] = chat.session.conversation.turns
            assert turn.attachments == (TEXT, IMAGE)
            service.queue(answer("b"))
            chat.session.send("Again")
            await chat.session.settled()
            assert contents(service) == [first, "a", "Again"]


async def test_they_are_on_the_disk_before_the_request_leaves(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause = service.queue_half()
        chat.session.send("What is this?", (TEXT,))
        await pause.reached.wait()
        with opened(tmp_path / "data" / FILE) as database:
            [(kept,)] = database.execute("SELECT content FROM attachment").fetchall()
            [(column,)] = database.execute("SELECT attachments FROM turn").fetchall()
        assert kept == TEXT.text.encode()
        assert json.loads(column)[0]["name"] == "main.py"
        pause.event.set()
        await chat.session.settled()


async def test_an_edited_prompt_a_version_a_copy_and_a_comparison_take_them_along(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        service.usually = lambda call: [answer("so")]
        first = chat.session.send("What is this?", (TEXT,))
        await chat.session.settled()
        assert isinstance(first, Answer)
        chat.session.branches.regenerate(first)
        await chat.session.settled()
        assert contents(service) == [SENT]
        chat.session.branches.edit(first.turn, "What is that?")
        await chat.session.settled()
        assert contents(service) == [SENT.replace("What is this?", "What is that?")]
        chat.session.branches.copy(chat.session.conversation.shown)
        chat.session.send("Next")
        await chat.session.settled()
        assert contents(service) == [SENT.replace("What is this?", "What is that?"), "so", "Next"]
        chat.session.new_conversation()
        models = [find_model((), slug) for slug in ("gpt-5", "gemini-3-pro")]
        chat.session.comparing.ask("What is this?", models, (TEXT,))
        await chat.session.settled()
        assert [call.texts for call in service.posts[-2:]] == [[SENT], [SENT]]


async def test_a_queued_prompt_and_a_side_question_keep_those_they_were_put_to(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause = service.queue_half()
        chat.session.send("first")
        await pause.reached.wait()
        chat.session.queue.add("What is this?", attachments=(TEXT,))
        service.queue(answer("b"))
        pause.event.set()
        await chat.until(lambda: len(service.posts) == 2)
        await chat.session.settled()
        assert contents(service)[-1] == SENT
        service.queue(answer("c"))
        aside = chat.session.side_question
        aside.ask("What is this?", aside.model(current=True), (TEXT,))
        await chat.session.settled()
        assert contents(service)[-1] == SENT
        turn = aside.keep()
        assert turn is not None
        assert turn.attachments == (TEXT,)
        await asyncio.sleep(0)


async def test_a_queued_prompt_with_a_picture_in_its_request_waits_if_its_model_does_not_see_it(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        session, pause = chat.session, service.queue_half()
        first = chat.send("first")
        await pause.reached.wait()
        session.queue.add("What is this?", attachments=(IMAGE,))
        session.select_model(find_model(session.models, "gpt-5-nano"))
        # It has no picture of its own, but its request carries the one before.
        session.queue.add("And without one?")
        service.queue(answer("b"))
        pause.event.set()
        await chat.end_of(first)
        await chat.until(lambda: session.queue.hold(session.conversation) is Hold.NO_VISION)
        for _ in range(2):
            assert session.queue.resume() is Refusal.NO_VISION
        assert service.prompts[:1] == ["first"]
        assert [post.json["model"] for post in service.posts] == ["gpt-5", "gpt-5"]


@pytest.mark.parametrize(
    "name",
    [
        "a\nb",
        "`x`",
        "```",
        "\x1b[31mred",
        "[b]x[/b]",
        "../../etc/passwd",
        "C:\\a\\b.txt",
        "",
        "/",
        "\u202egpj.exe",
    ],
)
def test_no_name_leaves_the_first_line_of_its_fence(name: str) -> None:
    made = text_attachment(name, "body\n~~~\n`````")
    first, *rest = message_with("prompt", [made]).text.split("\n")
    assert first.startswith("``````text ")
    assert not set(first[6:]) & set("`\x1b/\\\u202e")
    assert rest == ["body", "~~~", "`````", "``````", "", "prompt"]
