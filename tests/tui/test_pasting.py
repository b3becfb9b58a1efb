"""What is on the clipboard, through the keys: a picture is attached, a text goes into the prompt, and why neither comes is said."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from elumenta_tui import i18n
from elumenta_tui.session import demo_account
from elumenta_tui.sources.results import Picture, Reason, RefusedSource
from elumenta_tui.tui import pasting
from tests.chatting import account_at, chat_app, chat_at, chatting, said
from tests.service import Service
from tests.thorough import thorough

SIZES = [(120, 40), (80, 24), (40, 15)]

Desk = Callable[..., None]


def picture(colour: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(target, "PNG")
    return target.getvalue()


def content(service: Service) -> Any:
    return service.posts[-1].json["messages"][-1]["content"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desktop with a clipboard that holds a picture, a text or nothing."""
    path = tmp_path / "desk"
    path.mkdir()
    for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", str(path))
    (path / "xclip").write_text(f'#!/bin/sh\n[ -e "{path}/$4" ] && exec /bin/cat "{path}/$4"\nexit 1\n')
    (path / "xclip").chmod(0o700)

    def hold(image: bytes = b"", text: str = "") -> None:
        # The types are names with a slash.
        (path / "image").mkdir(exist_ok=True)
        for name, data in (("image/png", image), ("UTF8_STRING", text.encode())):
            (path / name).unlink(missing_ok=True)
            if data:
                (path / name).write_bytes(data)

    return hold


@pytest.mark.parametrize("size", SIZES)
async def test_the_picture_on_the_clipboard_is_attached_and_sent(
    tmp_path: Path, desk: Desk, size: tuple[int, int]
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
        desk(picture("red"))
        await chat.pilot.press("alt+v")
        await chat.sees("1 ▣ clipboard.png")
        if size[0] == 120:
            await chat.sees("30×20 ≈ 1 LLM token · PNG")
        desk(picture("blue"))
        await chat.send_command("/paste")
        await chat.sees("2 ▣ clipboard-2.png")
        await chat.pilot.press("alt+v")
        await chat.sees("clipboard-2.png is attached already.")
        assert not service.posts
        await said(chat, service, "What is it?", "Two colours.")
        text, *images = content(service)
        assert text == {"type": "text", "text": "What is it?"}
        assert len(images) == 2
        assert all(each["image_url"]["url"].startswith("data:image/png;base64,iVBOR") for each in images)


@thorough
async def test_a_text_on_the_clipboard_goes_into_the_prompt_as_a_paste(
    tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        desk(text="привет\x1b[31m")
        await chat.type("say: ")
        await chat.pilot.press("alt+v")
        await chat.until(lambda: chat.app.prompt.text == "say: привет[31m")
        assert not chat.app.parts.attached
        monkeypatch.setattr(pasting, "PATIENCE", 0.0)
        desk(text="line\n" * 50)
        await chat.pilot.press("alt+v")
        await chat.sees("[50 lines]", "The clipboard was pasted.")


@thorough
async def test_why_nothing_comes_is_a_sentence(
    tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        desk()
        await chat.pilot.press("alt+v")
        await chat.sees("Nothing was pasted. There is nothing to attach: no text and no picture.")
        monkeypatch.setenv("PATH", "")
        await chat.pilot.press("alt+v")
        await chat.sees("Nothing was pasted. No program can read the picture. Install one of: xclip.")
        monkeypatch.setenv("SSH_CONNECTION", "somewhere")
        await chat.pilot.press("alt+v")
        await chat.sees("Over SSH the clipboard of your computer cannot be read")
        monkeypatch.delenv("SSH_CONNECTION")
        monkeypatch.delenv("DISPLAY")
        i18n.use("ru")
        await chat.pilot.press("alt+v")
        await chat.sees("Ничего не вставлено.")
        assert not chat.app.parts.attached
        assert not chat.app.prompt.text


@thorough
async def test_a_clipboard_that_hangs_stops_no_key_and_nothing_is_sent_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, asked = asyncio.Event(), 0

    async def hang() -> Picture | RefusedSource:
        nonlocal asked
        asked += 1
        await answered.wait()
        return RefusedSource.of(Reason.TOO_SLOW, seconds=5)

    monkeypatch.setattr(pasting, "clipboard_picture", hang)
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await chat.pilot.press("alt+v", "alt+v")
        await chat.sees("Reading the clipboard …")
        await chat.type("What is it?")
        await chat.until(lambda: chat.app.prompt.text == "What is it?")
        await chat.pilot.press("enter")
        await chat.sees("The clipboard is still being read.")
        answered.set()
        await chat.sees("Nothing was pasted. Given up after 5 s.")
        assert asked == 1
        assert not service.posts
        await said(chat, service, " Go", "so")
        assert content(service) == "What is it? Go"


@thorough
async def test_an_edited_prompt_takes_no_picture(tmp_path: Path, desk: Desk) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        desk(picture("red"))
        await said(chat, service, "What?", "A test.")
        await chat.pilot.press("alt+up", "alt+up", "e")
        await chat.until(lambda: chat.app.parts.is_revising)
        await chat.pilot.press("alt+v")
        await chat.sees("An edited prompt keeps its files.")
        assert not chat.app.parts.attached
