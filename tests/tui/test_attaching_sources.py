"""What is attached that is no plain file, through the keys: outputs of commands, documents, large images, web pages."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui import i18n
from elumenta_tui.i18n import say
from elumenta_tui.session import demo_account
from elumenta_tui.sources import page
from elumenta_tui.sources.results import Reason, RefusedSource, Text
from elumenta_tui.tui.screens.confirm import ConfirmScreen
from tests.chatting import Chat, account_at, chat_app, chat_at, chatting, said
from tests.service import Service, answer
from tests.sources.documents import docx
from tests.thorough import thorough

SIZES = [(120, 40), (80, 24), (40, 15)]


def content(service: Service) -> Any:
    return service.posts[-1].json["messages"][-1]["content"]


async def run(chat: Chat, command: str) -> None:
    """Attach the output of a command that is confirmed, and wait for it."""
    await chat.send_command(f"/attach !{command}")
    await chat.shows(ConfirmScreen)
    await chat.pilot.press("enter")
    await chat.until(lambda: chat.app.parts.attached, "the output")


@thorough
@pytest.mark.parametrize("size", SIZES)
async def test_a_command_runs_once_it_is_confirmed_and_its_output_is_sent(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    mark = tmp_path / "ran"
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
            await chat.send_command("/attach !echo out; echo x >> ~/ran; exit 3")
            await chat.shows(ConfirmScreen)
            await chat.sees("echo out")
            assert not mark.exists()
            await chat.pilot.press("escape")
            await chat.send_command("/attach !echo out; echo x >> ~/ran; exit 3")
            await chat.shows(ConfirmScreen)
            await chat.pilot.press("enter")
            await chat.sees("1 ≡")
            await chat.until(lambda: chat.app.parts.attached, "the output")
            assert mark.read_text() == "x\n"
            await said(chat, service, "Why?", "Because.")
            fence, out, *rest = content(service).split("\n")
            assert fence.startswith("```")
            assert "echo out" in fence
            assert out == "out"
            assert rest == ["```", "", "Why?"]
        i18n.use("ru")
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True), (120, 40)) as chat:
            # The note is said in the language of now.
            await chat.sees("Because.", say("source.note.exit", code=3))
        assert mark.read_text() == "x\n"


@thorough
async def test_what_is_confirmed_is_all_that_runs(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        for command in ("", "echo a\u202e", "echo " + "x" * 2_000):
            chat.app.parts.attaching.attach(f"!{command}")
            await chat.sees("Nothing was run")
            assert not isinstance(chat.app.screen, ConfirmScreen)
            chat.app.notice.clear()


async def test_a_running_command_is_stopped_by_detach_and_its_output_until_then_is_attached(
    tmp_path: Path,
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.send_command("/attach !echo begun; sleep 50")
        await chat.shows(ConfirmScreen)
        await chat.pilot.press("enter")
        await chat.sees("/detach stops it")
        await chat.send_command("/detach")
        await chat.until(lambda: chat.app.parts.attached, "the output")
        await chat.sees(say("source.note.stopped"))


@thorough
async def test_a_document_goes_along_as_its_text(tmp_path: Path) -> None:
    report = tmp_path / "отчёт.docx"
    report.write_bytes(docx("<w:p><w:r><w:t>Прибыль выросла</w:t></w:r></w:p>"))
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await chat.send_command(f"/attach {report}")
        await chat.until(lambda: chat.app.parts.attached, "the document")
        await chat.sees("отчёт.docx")
        await said(chat, service, "Summarize", "It grew.")
        assert "Прибыль выросла" in content(service)
        assert "отчёт.docx" in content(service)


@thorough
async def test_a_document_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"PK\x03\x04" + b"\0" * 200)
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.send_command(f"/attach {broken}")
        await chat.sees("broken.docx is not attached.")
        assert not chat.app.parts.attached


async def test_an_image_that_is_too_large_is_scaled_down(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    large = tmp_path / "large.png"
    # Noise cannot be compressed.
    image.frombytes("RGB", (2_400, 720), random.Random(1).randbytes(3 * 2_400 * 720)).save(large)
    assert large.stat().st_size > 5_000_000
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.send_command(f"/attach {large}")
        await chat.until(lambda: chat.app.parts.attached, "the image")
        [attached] = chat.app.parts.attached
        assert max(attached.width, attached.height) <= 2_048
        assert len(attached.data) <= 5 * 1024 * 1024
        assert attached.size == large.stat().st_size
        await chat.sees("large.png", "scaled down from 2,400 × 720")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were fetched. Each has the same page."""
    addresses: list[str] = []

    async def fetch(url: str) -> Text | RefusedSource:
        addresses.append(url)
        return Text(url, "# Title", "markdown")

    monkeypatch.setattr(page, "fetch_page", fetch)
    return addresses


@thorough
async def test_a_web_page_goes_along_under_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def fetch(url: str) -> Text | RefusedSource:
        asked.append(url)
        if "private" in url:
            return RefusedSource.of(Reason.NOT_PUBLIC, host="private.example", address="10.0.0.1")
        return Text(url, "# Title\n\nwords", "markdown")

    monkeypatch.setattr(page, "fetch_page", fetch)
    url = "https://example.com/a/b?c=d"
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await chat.send_command("/attach https://private.example/x")
        await chat.sees("private.example is not on the public internet (10.0.0.1).")
        await chat.send_command(f"/attach {url}")
        await chat.sees(f"1 ≡ {url}")
        await said(chat, service, "What is it?", "A page.")
        assert content(service) == f"```markdown {url}\n# Title\n\nwords\n```\n\nWhat is it?"
        await chat.sees(url)
    assert asked == ["https://private.example/x", url]


@thorough
async def test_an_address_without_tls_is_refused_without_a_request(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.send_command(f"/attach {service.url}/page")
        await chat.sees("is not attached.", "Only https:// pages are fetched")
        assert not service.requests


@thorough
async def test_a_secret_in_an_output_is_pointed_at_before_it_is_sent(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await run(chat, "echo sk-proj-" + "a8Bk2Zq9" * 6)
        await chat.type("what is this?")
        await chat.pilot.press("enter")
        await chat.sees("Send a secret?")
        assert not service.posts


async def test_a_typed_command_is_run_once_it_is_confirmed_and_only_then_leaves_the_prompt(
    tmp_path: Path,
) -> None:
    mark = tmp_path / "ran"
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await chat.type("!echo out; echo x >> ~/ran")
        await chat.sees("Enter · run this command?")
        await chat.pilot.press("enter")
        await chat.shows(ConfirmScreen)
        await chat.sees("echo out; echo x >> ~/ran", "put a space before the !")
        await chat.pilot.press("escape")
        await chat.until(lambda: not isinstance(chat.app.screen, ConfirmScreen))
        assert chat.app.prompt.text == "!echo out; echo x >> ~/ran"
        assert not mark.exists()
        await chat.pilot.press("enter")
        await chat.shows(ConfirmScreen)
        await chat.pilot.press("enter")
        await chat.sees("1 ≡ $ echo out", "exit code 0", " • ")
        await chat.sees_no(" ! $ echo out")
        assert (chat.app.prompt.text, mark.read_text()) == ("", "x\n")
        assert not service.posts
        await said(chat, service, "Why?", "so")
        assert content(service).endswith("\nout\n```\n\nWhy?")
        assert mark.read_text() == "x\n"


@thorough
@pytest.mark.parametrize("typed", [" !echo a", "!= or <>?", "!!", "!", "!one\n!two", "no !echo"])
async def test_a_prompt_that_is_no_command_is_sent(tmp_path: Path, typed: str) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        chat.app.prompt.insert(typed)
        service.queue(answer("so"))
        await chat.pilot.press("enter")
        await chat.sees("so")
        assert content(service) == typed


@thorough
@pytest.mark.parametrize("pasted", ["!echo a > ~/ran", "!echo a > ~/ran\n"])
async def test_a_pasted_command_is_sent_as_a_text(tmp_path: Path, pasted: str) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await chat.paste(pasted)
        service.queue(answer("so"))
        await chat.pilot.press("enter")
        await chat.sees("so")
        assert content(service) == pasted.strip()
        assert not (tmp_path / "ran").exists()


async def test_a_pasted_address_offers_itself_as_a_chip_and_is_fetched_by_enter_there_or_its_key_only(
    tmp_path: Path, asked: list[str]
) -> None:
    url = "https://example.com/a/b?c=d"
    async with Service() as service, chat_at(service, tmp_path) as chat:
        for other in (
            "https://localhost/x",
            "http://example.com/",
            f"{url} and more",
            "https://u:p@a.example/",
        ):
            await chat.paste(other)
            await chat.sees(other)
            await chat.sees_no("fetches it")
            chat.app.prompt.clear()
        await chat.type("Read ")
        await chat.paste(url)
        await chat.sees(f"↓ {url} · not fetched · Shift+Tab, then Enter, or Alt+A fetches it")
        assert not asked
        # The first Enter is for the chip; its repeat sends nothing.
        chat.app.parts.presses.held = 600.0
        await chat.pilot.press("shift+tab", "enter", "enter", "x")
        await chat.sees(f"1 ≡ {url}")
        chat.app.parts.presses.held = 0.0
        await chat.sees_no("not fetched")
        assert (asked, chat.app.prompt.has_focus, service.posts) == ([url], True, [])
        assert chat.app.prompt.text == "Readx"
        # Without its key it is a text, and Enter in the prompt sends it.
        await chat.paste(f" {url}")
        await chat.sees("not fetched")
        await said(chat, service, "!", "so")
        assert content(service) == f"```markdown {url}\n# Title\n```\n\nReadx {url}!"
        assert asked == [url]
        await chat.sees_no("not fetched")
        # The other key.
        await chat.paste(url)
        await chat.sees("not fetched")
        await chat.pilot.press("alt+a")
        await chat.until(lambda: asked == [url, url])


async def test_the_chip_of_an_address_is_left_and_withdrawn_without_fetching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch(url: str) -> Text | RefusedSource:
        raise AssertionError("fetched unasked")

    monkeypatch.setattr(page, "fetch_page", fetch)
    url = "https://example.com/a"
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await chat.paste(url)
        await chat.sees("not fetched")
        for key in ("escape", "shift+tab", "down"):
            await chat.pilot.press("shift+tab")
            await chat.sees("Enter fetches it in place of the address · Esc leaves it as it is")
            await chat.pilot.press(key)
            await chat.sees("not fetched")
        # Typing and pasting go on in the prompt.
        await chat.pilot.press("shift+tab", "z")
        await chat.until(lambda: chat.app.prompt.text == f"{url}z")
        await chat.pilot.press("shift+tab")
        await chat.paste(" and")
        await chat.until(lambda: chat.app.prompt.text == f"{url}z and")
        # It goes with its address, and by Backspace.
        chat.app.prompt.clear()
        await chat.sees_no("not fetched")
        await chat.paste(url)
        await chat.sees("not fetched")
        # Where there is less room, fewer words leave the address what tells it from others.
        chat.app.prompt.clear()
        await chat.paste(f"{url}/{'very/' * 20}long")
        for size, offered, here in (
            ((80, 24), "· not fetched · Alt+A fetches it", "· Enter fetches it · Esc leaves it"),
            ((40, 15), "… · Alt+A fetches", "… · Enter fetches"),
        ):
            await chat.pilot.resize_terminal(*size)
            await chat.sees("↓ example.com/a/very", offered)
            await chat.pilot.press("shift+tab")
            await chat.sees("↓ example.com/a/very", here)
            await chat.pilot.press("escape")
        await chat.pilot.resize_terminal(120, 40)
        chat.app.prompt.clear()
        await chat.paste(url)
        await chat.sees(f"↓ {url} · not fetched")
        await chat.pilot.press("shift+tab", "backspace")
        await chat.sees_no("not fetched")
        assert (chat.app.prompt.text, chat.app.prompt.has_focus) == (url, True)
        await said(chat, service, "!", "so")


async def test_an_address_typed_after_its_mark_is_offered_until_it_is_whole_and_fetched_only_at_its_keys(
    tmp_path: Path, asked: list[str]
) -> None:
    url = "https://example.com/a"
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await chat.type(f"Read @{url}")
        await chat.sees(f"↓ {url} · not fetched · Shift+Tab, then Enter, or Alt+A fetches it")
        await chat.pilot.press("shift+tab", "backspace")
        await chat.sees_no("not fetched")
        await chat.type("b now")
        await chat.sees(f"↓ {url}b · not fetched")
        assert not asked
        await chat.pilot.press("alt+a")
        await chat.sees(f"1 ≡ {url}b")
        assert (asked, service.posts) == ([f"{url}b"], [])
        assert chat.app.prompt.text == "Read  now"


@thorough
@pytest.mark.parametrize("typed", ["/attach @no", "/attach @notes.txt", "/феефср @no", "/attach no"])
async def test_enter_attaches_a_path_behind_the_slash_word_however_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    directory = tmp_path / "work"
    directory.mkdir()
    (directory / "notes.txt").write_text("words")
    monkeypatch.chdir(directory)
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.type(typed)
        await chat.sees("/attach notes.txt" if "attach" in typed else "notes.txt")
        await chat.pilot.press("enter")
        await chat.sees("1 ≡ notes.txt")
        await chat.until(lambda: not chat.app.prompt.text)
