"""Files above the prompt, through the keys: what is shown, what is sent, what comes back, and what a restart shows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.session import demo_account
from elumenta_tui.tui.screens.confirm import ConfirmScreen
from tests.chatting import Chat, account_at, chat_app, chat_at, chatting, said
from tests.pictures import PLACE, jpeg, png
from tests.service import Pause, Service, answer, delta, ended, json_response, sse, started
from tests.thorough import thorough

SIZES = [(120, 40), (80, 24), (40, 15)]
CODE = "print('привет')\n"
SENT = "```python main.py\nprint('привет')\n```\n\n"


def content(service: Service) -> Any:
    return service.posts[-1].json["messages"][-1]["content"]


async def attach(chat: Chat, path: Path) -> None:
    """Attach a file by its path, and wait until it stands above the prompt."""
    count = len(chat.app.parts.attached)
    await chat.send_command(f"/attach {path}")
    await chat.until(lambda: len(chat.app.parts.attached) == count + 1)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    path = tmp_path / "мои файлы" / "main.py"
    path.parent.mkdir()
    path.write_text(CODE, encoding="utf-8")
    return path


@thorough
@pytest.mark.parametrize("size", SIZES)
async def test_files_stand_above_the_prompt_are_sent_and_stay_below_it(
    tmp_path: Path, code: Path, size: tuple[int, int]
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(jpeg(texts=True))
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
            await attach(chat, code)
            await chat.sees("1 ≡ main.py")
            await attach(chat, photo)
            await chat.sees("2 ▣ photo.jpg")
            if size[0] == 120:
                await chat.sees("22 B · 15 characters ≈ 5 LLM tokens · python")
                await chat.sees("origin removed", "4×3 ≈ 1 LLM token · JPEG", "Backspace removes it")
            await said(chat, service, "What is it?", "A test.")
            text, image = content(service)
            assert text == {"type": "text", "text": SENT + "What is it?"}
            assert image["image_url"]["url"].startswith("data:image/jpeg;base64,")
            assert PLACE not in service.posts[-1].body
            assert not chat.app.parts.attached
            await chat.sees_no("2 ▣")
            await chat.sees("≡ main.py · 22 B", "▣ photo.jpg · ")
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True), size) as chat:
            await chat.sees("≡ main.py · 22 B", "▣ photo.jpg · ")
            await said(chat, service, "Again", "Again.")
            assert service.posts[-1].json["messages"][0]["content"] == [text, image]
            assert content(service) == "Again"


async def test_backspace_at_the_start_and_detach_remove_files(tmp_path: Path, code: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        for number in range(3):
            path = tmp_path / f"n{number}.txt"
            path.write_text(f"text {number}")
            await attach(chat, path)
        await chat.pilot.press("backspace")
        await chat.sees_no("3 ≡")
        await chat.sees("1 ≡ n0.txt", "2 ≡ n1.txt")
        await chat.send_command("/detach 1")
        await chat.sees("1 ≡ n1.txt")
        await chat.send_command("/detach 7")
        await chat.sees("There is 1 file.")
        await chat.send_command("/detach")
        await chat.sees_no("≡")
        await said(chat, service, "plain", "so")
        assert content(service) == "plain"


@thorough
async def test_files_are_not_sent_without_a_word_and_not_twice(tmp_path: Path, code: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await attach(chat, code)
        await chat.send_command(f"/attach {code}")
        await chat.sees("main.py is attached already.")
        await chat.pilot.press("enter")
        await chat.sees("Type what to do with the files above")
        assert not service.posts
        await said(chat, service, "Why?", "so")
        await said(chat, service, "And now?", "so")
        assert content(service) == "And now?"


@thorough
async def test_what_is_refused_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "tool").write_bytes(b"\x7fELF" + bytes(99))
        (tmp_path / "bomb.png").write_bytes(png(60_000, 60_000))
        (tmp_path / "[b]x[").mkdir()
        for name, words in {
            "pipe": "pipe is no ordinary file, and was not read.",
            "tool": "tool is neither text nor an image that models take",
            "bomb.png": "bomb.png says that it has 60000×60000 pixels; 40 million are the most.",
            "none.txt": "There is no file",
            "[b]x[": "[b]x[ is a directory.",
        }.items():
            await chat.send_command(f"/attach {tmp_path / name}")
            await chat.sees(words)
        assert not chat.app.parts.attached
        await said(chat, service, "plain", "so")


@thorough
async def test_hostile_names_are_shown_as_text_and_leave_no_fence(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        for number, name in enumerate(
            ["a\nb.txt", "\x1b[31mred\x07.txt", "[@click=app.quit]x[", "```\u202e.md"]
        ):
            path = tmp_path / name
            path.write_text(f"body {number}\n```\nout")
            chat.app.parts.attaching.attach_path(path)
            await chat.sees(f"{number + 1} ≡")
        await chat.sees("1 ≡ a b.txt", "2 ≡ [31mred.txt", "3 ≡ [@click=app.quit]x[", "4 ≡ ```⟦RLO⟧.md")
        await said(chat, service, "Go", "so")
        assert [line for line in content(service).split("\n") if line.startswith("````")] == [
            "````text a b.txt",
            "````",
            "````text [31mred.txt",
            "````",
            "````text [@click=app.quit]x[",
            "````",
            "````markdown '''⟦RLO⟧.md",
            "````",
        ]
        await chat.sees("≡ a b.txt", "≡ [@click=app.quit]x[")


async def test_a_failed_request_gives_the_files_back_and_a_repeat_sends_them_again(
    tmp_path: Path, code: Path
) -> None:
    refusal = json_response(500, {"error": "provider_error", "message": "down", "details": {}})
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await attach(chat, code)
        service.queue(refusal)
        await chat.ask("Why?")
        await chat.until(lambda: chat.app.prompt.text == "Why?" and chat.app.parts.attached)
        service.queue(refusal)
        await chat.pilot.press("f5")
        await chat.until(lambda: len(service.posts) == 2)
        assert content(service) == SENT + "Why?"
        await chat.until(lambda: chat.app.prompt.text == "Why?" and chat.app.parts.attached)
        service.queue(answer("so"))
        await chat.pilot.press("enter")
        await chat.until(lambda: len(service.posts) == 3)
        assert content(service) == SENT + "Why?"
        await chat.until(lambda: not chat.app.prompt.text and not chat.app.parts.attached)


@thorough
async def test_a_queued_prompt_takes_its_files_along_and_brings_them_back(tmp_path: Path, code: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        pause = Pause()
        service.queue(sse(started(), delta("two"), done=False), pause, sse(ended()))
        await chat.send("slow")
        await chat.sees("two")
        await attach(chat, code)
        await chat.type("more")
        await chat.pilot.press("enter")
        await chat.sees("1 more ≡ main.py")
        assert not chat.app.parts.attached
        await chat.pilot.press("up")
        await chat.sees("1 ≡ main.py")
        assert chat.app.prompt.text == "more"
        await chat.pilot.press("enter")
        await chat.sees("1 more ≡ main.py")
        service.queue(answer("three"))
        pause.event.set()
        await chat.sees("three")
        assert content(service) == SENT + "more"


@thorough
async def test_a_queued_picture_goes_to_the_model_that_it_was_queued_for(tmp_path: Path) -> None:
    photo = tmp_path / "shot.png"
    photo.write_bytes(png())
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        pause = Pause()
        service.queue(sse(started(), delta("two"), done=False), pause, sse(ended()))
        await chat.send("slow")
        await chat.sees("two")
        await attach(chat, photo)
        chat.app.prompt.insert("What is it?")
        await chat.pilot.press("enter")
        await chat.sees("What is it? ≡ shot.png")
        # This one sees no images.
        chat.app.session.select_model_named("gpt-5-nano")
        service.queue(answer("a picture"))
        pause.event.set()
        await chat.sees("a picture")
        assert len(service.prompts) == 2
        assert service.posts[-1].json["model"] == "gpt-5"


async def test_a_side_question_takes_the_files_above_the_prompt(tmp_path: Path, code: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await attach(chat, code)
        service.queue(answer("beside"))
        await chat.send_command("/btw what is it?")
        await chat.sees("beside")
        assert content(service) == SENT + "what is it?"
        assert not chat.app.parts.attached


@thorough
async def test_a_model_that_sees_no_images_is_named_with_one_that_does(tmp_path: Path, code: Path) -> None:
    photo = tmp_path / "shot.png"
    photo.write_bytes(png())
    app = chat_app(None, tmp_path)
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, model="gpt-5-nano")
        async with chatting(app) as chat:
            await attach(chat, photo)
            chat.app.prompt.insert("What is it?")
            await chat.pilot.press("enter")
            await chat.sees(
                "GPT-5 Nano does not see images. Alt+A asks GPT-5 instead (2 tokens); or remove the image."
            )
            assert not service.posts
            await chat.pilot.press("alt+a")
            await chat.sees("GPT-5 is asked from now on. Enter sends.")
            service.queue(answer("A picture."))
            await chat.pilot.press("enter")
            await chat.sees("A picture.")
            assert service.posts[-1].json["model"] == "gpt-5"
            # The picture is in the context of the next request, too.
            chat.app.session.select_model_named("gpt-5-nano")
            chat.app.prompt.insert("More")
            await chat.pilot.press("enter")
            await chat.sees("and earlier messages hold some.")
            assert len(service.posts) == 1


async def test_a_secret_in_a_file_is_asked_about_before_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "config.env"
    path.write_text("A=1\nKEY=nb_live_0123456789abcdefghijABCD\n-----BEGIN RSA PRIVATE KEY-----\n")
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await attach(chat, path)
        chat.app.prompt.insert("Why?")
        await chat.pilot.press("enter")
        await chat.shows(ConfirmScreen)
        await chat.sees("config.env, line 2: an API key (nb_liv…)", "1 more place looks like a secret.")
        await chat.pilot.press("escape")
        await chat.until(lambda: not isinstance(chat.app.screen, ConfirmScreen))
        assert (service.posts, chat.app.prompt.text) == ([], "Why?")
        await chat.pilot.press("enter")
        await chat.shows(ConfirmScreen)
        service.queue(answer("so"))
        await chat.pilot.press("enter")
        await chat.sees("so")
        assert content(service).startswith("```text config.env\nA=1")


@thorough
async def test_a_pasted_path_offers_itself_and_is_not_attached_by_itself(tmp_path: Path, code: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        for pasted in (f"'{code}' ", str(code).replace(" ", "\\ "), f"file://{code}", str(code)):
            chat.app.prompt.insert("Look: ")
            await chat.paste(pasted)
            await chat.sees("Alt+A attaches main.py (22 B) in place of its path.")
            assert not chat.app.parts.attached
            await chat.pilot.press("alt+a")
            await chat.sees("1 ≡ main.py")
            assert chat.app.prompt.text == "Look:"
            chat.app.prompt.take()
            await chat.send_command("/detach")
            chat.app.notice.clear()
        await chat.paste(str(code.parent))
        await chat.paste("a.b")
        await chat.pilot.pause(0.1)
        await chat.sees_no("Alt+A attaches")


async def test_the_inspector_counts_what_is_attached(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("word " * 400)
    (tmp_path / "shot.png").write_bytes(png(750, 100))
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await attach(chat, path)
        await attach(chat, tmp_path / "shot.png")
        await chat.type("Why?")
        await chat.pilot.press("alt+i")
        await chat.sees("1 of 1 message sent", "▣ 1 ```text long.txt", "≈ 607 LLM tokens")


@thorough
async def test_the_demo_says_what_it_got(tmp_path: Path, code: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await attach(chat, code)
        await chat.send("What is it?")
        await chat.sees("main.py: python, lines: 1, characters: 15")


@thorough
async def test_unsent_files_go_along_to_another_conversation(tmp_path: Path, code: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await said(chat, service, "one", "two")
        await attach(chat, code)
        await chat.pilot.press("ctrl+n")
        await chat.sees("1 ≡ main.py")
        await said(chat, service, "Why?", "so")
        assert content(service) == SENT + "Why?"


async def test_another_version_is_not_asked_of_a_model_that_sees_no_images(tmp_path: Path) -> None:
    photo = tmp_path / "shot.png"
    photo.write_bytes(png())
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await attach(chat, photo)
        await said(chat, service, "What is it?", "A picture.")
        await chat.send_command("/regenerate gpt-5-nano")
        await chat.until(lambda: len(chat.app.screen_stack) == 2)
        await chat.pilot.press("enter")
        await chat.sees("GPT-5 Nano does not see images.")
        assert len(service.posts) == 1


async def test_an_edited_prompt_keeps_its_files_and_takes_no_others(tmp_path: Path, code: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await attach(chat, code)
        await said(chat, service, "What?", "A test.")
        await chat.pilot.press("alt+up", "alt+up", "e")
        await chat.until(lambda: chat.app.parts.is_revising)
        await chat.pilot.press("alt+a")
        await chat.sees("An edited prompt keeps its files.")
        service.queue(answer("Why not."))
        await chat.type(" Why?")
        await chat.pilot.press("enter")
        await chat.sees("Why not.")
        assert content(service) == SENT + "What? Why?"
        await chat.sees("≡ main.py")


async def test_an_export_writes_the_files_where_it_is_told_to(tmp_path: Path, code: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await attach(chat, code)
        await said(chat, service, "What is it?", "Code.")
        target, files = tmp_path / "chat.md", tmp_path / "files"
        for wrong, why in (
            (f"{files}", "There is no directory"),
            ("", "Name a directory after --attachments"),
        ):
            chat.app.prompt.insert(f"/export md {target} --attachments {wrong}")
            await chat.pilot.press("enter")
            await chat.sees(why)
            assert chat.app.prompt.text.startswith("/export md")
            chat.app.prompt.clear()
        files.mkdir()
        await chat.send_command(f"/export md {target} --attachments {files}")
        await chat.sees("1 attached file written to")
    assert "print" in (files / "main.py").read_text()
    assert "main.py" in target.read_text()
