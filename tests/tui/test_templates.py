"""Templates: files of the user as slash words, with fields that are walked, filled, and never sent open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.config.settings import Persona, Settings
from elumenta_tui.session.backend import demo_account
from elumenta_tui.sources import clipboard
from elumenta_tui.sources.results import Reason, RefusedSource
from elumenta_tui.tui.suggesting import suggestions
from tests.chatting import Chat, account_at, chat_app, chatting, said
from tests.fitting import assert_fits
from tests.service import Service, answer
from tests.thorough import thorough
from tests.tui.test_suggestions import listed

REVIEW = """---
# what it asks for
description: Review a diff
model: "claude-sonnet-4.5"
temperature: 0,2
max_tokens: 900
---

Review {{what}} in {{language:Python}}, for {{reader:a beginner}}.
Then {{what}} again, as of {{date}}. Literally \\{{this}}.
"""


def write(home: Path, **files: str | bytes) -> None:
    (home / "prompts").mkdir(exist_ok=True)
    for name, text in files.items():
        data = text if isinstance(text, bytes) else text.encode()
        (home / "prompts" / f"{name}.md").write_bytes(data)


@asynccontextmanager
async def chat_with(
    home: Path, service: Service | None = None, size: tuple[int, int] = (120, 40), **settings: object
) -> AsyncIterator[Chat]:
    account = demo_account() if service is None else account_at(service.url)
    app = chat_app(account, home, settings=Settings(**settings), calendar=lambda: 1_795_000_000.0)  # type: ignore[arg-type]  # tests only
    async with chatting(app, size) as chat:
        await chat.sees("tokens" if i18n.language() == "en" else "токен")
        yield chat


async def take(chat: Chat, command: str) -> None:
    chat.app.prompt.insert(command)
    await chat.pilot.press("enter")
    await chat.until(lambda: chat.app.prompt.text != command, f"{command} taken")


def selected(chat: Chat) -> str:
    return chat.app.prompt.selected_text


async def test_the_fields_are_walked_filled_and_sent_with_the_model_and_the_parameters(
    tmp_path: Path,
) -> None:
    write(tmp_path, review=REVIEW)
    async with Service() as service, chat_with(tmp_path, service) as chat:
        await take(chat, "/review")
        await chat.sees(
            "{{what}} in Python, for a beginner",
            "The model is Claude Sonnet 4.5 now: ",
            "temp. 0.2 · max 900",
        )
        assert selected(chat) == "{{what}}"
        await chat.pilot.press("enter")
        await chat.sees("Not sent: {{what}} is empty.", "2 fields are empty")
        assert not service.posts
        await chat.type("my diff")
        await chat.pilot.press("tab")
        assert selected(chat) == "Python"
        await chat.type("Rust")
        await chat.pilot.press("tab")
        assert selected(chat) == "a beginner"
        await chat.pilot.press("shift+tab")
        assert selected(chat) == "Rust"
        await chat.pilot.press("tab", "tab")
        assert selected(chat) == "{{what}}"
        await chat.paste("all\nof it")
        await chat.pilot.press("tab", "tab")
        assert selected(chat) == "my diff"
        service.queue(answer("ok"))
        await chat.pilot.press("enter")
        await chat.until(lambda: service.posts)
        day = "2026-11-1"
        body = service.posts[0].json
        [(role, text)] = service.posts[0].messages
        assert role == "user"
        assert text.startswith("Review my diff in Rust, for a beginner.\nThen all\nof it again, as of " + day)
        assert text.endswith(" Literally {{this}}.")
        assert (body["model"], body["temperature"], body["max_tokens"]) == ("claude-sonnet-4.5", 0.2, 900)
        await chat.until(lambda: not chat.app.prompt.text)
        # What the user writes about templates is a prompt like any other.
        await said(chat, service, "Why {{what}}?", "because")
        assert service.posts[1].texts[-1] == "Why {{what}}?"


@thorough
@pytest.mark.parametrize(
    ("body", "command", "text"),
    [
        (
            "Explain {{what}} to {{who:me}} and {{what}}.",
            "/t  the moon",
            "Explain the moon to me and the moon.",
        ),
        ("Translate.", "/t one\ntwo", "Translate.\n\none\ntwo"),
        ("On {{date}}", "/t x", "On 2026-11-18\n\nx"),
        ("For {{who:me}}", "/t", "For me"),
        ("For {{who:me}}", "/t {{who}}", "For {{who}}"),
        ("{{ a }}{{b:x}}", "/T 1", "1x"),
    ],
)
async def test_text_after_the_word_fills_the_first_field_or_is_appended(
    tmp_path: Path, body: str, command: str, text: str
) -> None:
    write(tmp_path, t=body)
    async with chat_with(tmp_path) as chat:
        await take(chat, command)
        await chat.until(lambda: chat.app.prompt.text == text, repr(chat.app.prompt.text))
        assert chat.app.prompt.fields is not None
        assert not chat.app.prompt.fields.names


@thorough
async def test_letters_behind_enter_go_into_the_first_field_and_undo_keeps_it_from_being_sent(
    tmp_path: Path,
) -> None:
    write(tmp_path, t="Explain {{what}}")
    async with Service() as service, chat_with(tmp_path, service) as chat:
        chat.app.prompt.insert("/t")
        await chat.pilot.press("enter", "m", "e")
        await chat.until(lambda: chat.app.prompt.text == "Explain me")
        await chat.pilot.press("ctrl+underscore")
        await chat.until(lambda: "{{what}}" in chat.app.prompt.text)
        await chat.pilot.press("enter")
        await chat.sees("Not sent: {{what}} is empty")
        assert not service.posts


async def test_selection_and_clipboard_are_filled_where_the_program_has_them(tmp_path: Path) -> None:
    write(tmp_path, s="About {{selection}}: {{clipboard}}")
    async with Service() as service, chat_with(tmp_path, service) as chat:
        await take(chat, "/s")
        assert selected(chat) == "{{selection}}"
        chat.app.prompt.clear()
        await said(chat, service, "one", "first answer")
        await chat.pilot.press("ctrl+y")
        await chat.until(lambda: chat.app.parts.copying.copied == "first answer")
        await chat.pilot.press("alt+y")
        await chat.until(lambda: chat.app.parts.quotes.items)
        await take(chat, "/s")
        await chat.until(lambda: chat.app.prompt.text == "About first answer: first answer")
        assert not chat.app.parts.quotes.items


@thorough
async def test_the_systems_clipboard_comes_before_the_programs_own_and_stops_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, s="About {{clipboard}}: {{what}}")
    held: list[str | RefusedSource] = ["from\noutside\n"]
    answered = asyncio.Event()

    async def read() -> str | RefusedSource:
        await answered.wait()
        return held.pop()

    monkeypatch.setattr(clipboard, "clipboard_text", read)
    async with Service() as service, chat_with(tmp_path, service) as chat:
        await said(chat, service, "one", "first answer")
        await chat.pilot.press("ctrl+y")
        await chat.until(lambda: chat.app.parts.copying.copied == "first answer")
        await chat.send_command("/s")
        await chat.sees("Reading the clipboard …")
        await chat.type("why")
        await chat.until(lambda: chat.app.prompt.text == "why")
        answered.set()
        await chat.until(lambda: chat.app.prompt.text == "About from\noutside: why")
        # Where no tool reads it, what was copied here is taken.
        chat.app.prompt.clear()
        held.append(RefusedSource.of(Reason.REMOTE))
        await take(chat, "/s this")
        await chat.until(lambda: chat.app.prompt.text == "About first answer: this")


async def test_a_persona_of_the_front_matter_is_chosen_and_an_unknown_one_is_named(tmp_path: Path) -> None:
    write(tmp_path, a="---\npersona: poet\n---\nGo", b="---\npersona: nobody\n---\nGo")
    async with chat_with(tmp_path, personas={"poet": Persona("Verse.", temperature=1.5)}) as chat:
        await take(chat, "/a")
        await chat.sees("Persona poet", "poet · temp. 1.5")
        assert chat.app.session.conversation.system_prompt == "Verse."
        chat.app.prompt.clear()
        await take(chat, "/b")
        await chat.sees("no persona “nobody”")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"x" * 100_001, "larger than 100 KB"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"", "it is empty"),
        (b"---\nmodel: x\n---\n \n", "it is empty"),
        (b"---\nmodel: x\n", "the second --- line is missing"),
        (b"---\nmodel\n---\nx", "line 2 between"),
        (b"---\nmodel: x\ncolour: red\n---\nx", "line 3: colour is unknown"),
        (b"---\nmodel: x\nmodel: y\n---\nx", "line 3: model is there twice"),
        (b"---\ntemperature: 9\n---\nx", "temperature must be within 0 … 2"),
        (b"---\nmax_tokens: -1\n---\nx", "max_tokens must be within"),
    ],
)
async def test_a_broken_file_is_named_with_the_reason_and_the_command_stays(
    tmp_path: Path, data: bytes, why: str
) -> None:
    write(tmp_path, broken=data)
    async with chat_with(tmp_path) as chat:
        await chat.type("/brok")
        await chat.until(lambda: any("⚠" in row for row in listed(chat)))
        chat.app.prompt.clear()
        chat.app.prompt.insert("/broken with words")
        await chat.pilot.press("enter")
        await chat.sees("The template broken.md cannot be used", why)
        assert chat.app.prompt.text == "/broken with words"


@thorough
async def test_a_pipe_does_not_hold_the_program(tmp_path: Path) -> None:
    write(tmp_path)
    os.mkfifo(tmp_path / "prompts" / "pipe.md")
    async with chat_with(tmp_path) as chat:
        chat.app.prompt.insert("/pipe")
        await chat.pilot.press("enter")
        await chat.sees("The template pipe.md cannot be used: it is no file.")


async def test_names_that_lead_nowhere_are_told_once_and_commands_win(tmp_path: Path) -> None:
    write(tmp_path, help="Not this", poet="Nor this", **{"a b": "One", "A-B": "Two", "what?": "No"})
    async with chat_with(tmp_path, personas={"poet": Persona("Verse.")}) as chat:
        lines = [item.line for item in suggestions(chat.app.parts, "/")]
        assert (lines.count("/help"), lines.count("/poet"), lines.count("/a-b")) == (1, 1, 1)
        await chat.sees("4 templates have no slash words", "what?.md")
        await chat.send_command("/poet")
        await chat.until(lambda: chat.app.session.conversation.persona == "poet")
        suggestions(chat.app.parts, "/h")
        await chat.sees_no("have no slash words")


@thorough
async def test_two_thousand_are_listed_by_name_and_only_those_in_view_are_read(tmp_path: Path) -> None:
    write(tmp_path, **{f"prompt-{n:04}": f"---\ndescription: Number {n}\n---\nText" for n in range(2000)})
    async with chat_with(tmp_path) as chat:
        await chat.type("/prompt-0")
        await chat.sees("/prompt-0000", "Number 0", "Number 7")
        templates = chat.app.parts.templating._templates
        assert len(templates.names()) == 2000
        assert len(templates._read) < 50
        await chat.type("123")
        await chat.sees("Number 123")
        write(tmp_path, fresh="New")
        chat.app.prompt.clear()
        await chat.type("/fre")
        await chat.sees("/fresh")


@thorough
@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("size", [(40, 15), (80, 24)])
async def test_an_open_field_is_marked_and_named_in_both_languages_and_small_sizes(
    tmp_path: Path, language: str, size: tuple[int, int]
) -> None:
    write(tmp_path, ревью="Проверь {{что}} и {{где}}")
    i18n.use(language)
    async with chat_with(tmp_path, size=size) as chat:
        await take(chat, "/ревью")
        await chat.pilot.press("end", "enter")
        await chat.sees("{{что}}")
        assert selected(chat) == "{{что}}"
        assert not chat.app.session.conversation.turns
        assert_fits(chat)
        prompt = chat.app.prompt
        line = prompt.get_line(0)
        assert [line.plain[span.start : span.end] for span in line.spans] == ["{{что}}", "{{где}}"]
        await chat.settle()
        assert_fits(chat)


async def test_a_field_that_is_open_stays_open_in_a_parked_prompt_and_after_a_restart(tmp_path: Path) -> None:
    write(tmp_path, review="Review {{what}} for {{reader}}.")
    async with Service() as service:
        async with chat_with(tmp_path, service) as chat:
            await take(chat, "/review")
            await chat.type("this")
            await chat.until(lambda: chat.app.prompt.text == "Review this for {{reader}}.")
            await chat.pilot.press("alt+s")
            await chat.until(lambda: not chat.app.prompt.text)
            await chat.pilot.press("alt+s")
            await chat.until(lambda: chat.app.prompt.text == "Review this for {{reader}}.")
            await chat.pilot.press("enter")
            await chat.sees("Not sent: {{reader}} is empty")
            assert selected(chat) == "{{reader}}"
        async with chat_with(tmp_path, service) as chat:
            await chat.until(lambda: chat.app.prompt.text == "Review this for {{reader}}.")
            await chat.pilot.press("enter")
            await chat.until(lambda: selected(chat) == "{{reader}}")
            assert service.prompts == []
            service.queue(answer("fine"))
            await chat.type("me")
            await chat.pilot.press("enter")
            await chat.until(lambda: service.prompts == ["Review this for me."], "the request")
