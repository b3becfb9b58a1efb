"""Paths after `@`: what is listed, what Tab and Enter take, and that a file that is taken stands above the prompt."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from elumenta_tui.files import paths
from elumenta_tui.files.ignored import Ignored
from elumenta_tui.files.paths import Entry, entries, existing, pasted
from tests.chatting import Chat, account_at, chat_app, chatting, said
from tests.service import Service
from tests.thorough import thorough
from tests.tui.test_suggestions import listed

FILES = {
    "main.py": "print(1)\n",
    "отчёт за май.txt": "итог",
    "мои файлы/заметка один.md": "# Заметка",
    "мои файлы/b.txt": "b",
    "build/out.js": "x",
    ".env": "A=1",
    "z.log": "log",
    ".gitignore": "*.log\nbuild/\n",
    ".git/HEAD": "",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(root)
    return root


async def sees_listed(chat: Chat, *rows: str) -> None:
    await chat.until(lambda: listed(chat) == [*rows], f"{rows} listed")


async def type_path(chat: Chat, text: str) -> None:
    chat.app.prompt.insert(text)
    await chat.pilot.pause()


@thorough
async def test_hidden_and_ignored_files_stand_behind_the_others(tmp_path: Path, project: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await type_path(chat, "Look at @")
        await sees_listed(
            chat,
            "@main.py",
            '@"мои файлы/',
            '@"отчёт за май.txt"',
            "@.env",
            "@.git/",
            "@.gitignore",
            "@build/",
            "@z.log",
        )
        await type_path(chat, ".e")
        await sees_listed(chat, "@.env")


@thorough
async def test_tab_and_enter_take_what_is_chosen_and_descend(tmp_path: Path, project: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await type_path(chat, "Look at @мq")
        await chat.until(lambda: not listed(chat))
        await chat.pilot.press("backspace")
        await sees_listed(chat, '@"мои файлы/', '@"отчёт за май.txt"')
        await type_path(chat, "о")
        await sees_listed(chat, '@"мои файлы/')
        await chat.sees("Enter · look into this directory")
        await chat.pilot.press("tab")
        await sees_listed(chat, '@"мои файлы/b.txt"', '@"мои файлы/заметка один.md"')
        assert chat.app.prompt.text == 'Look at @"мои файлы/'
        await chat.pilot.press("down", "down")
        await chat.sees("Enter · attach this file")
        await chat.pilot.press("enter")
        await chat.sees("1 ≡ заметка один.md")
        assert chat.app.prompt.text == "Look at заметка один.md "
        assert not service.posts
        await type_path(chat, "and @mai")
        await sees_listed(chat, "@main.py")
        await chat.pilot.press("tab")
        await chat.sees("2 ≡ main.py")
        await said(chat, service, "now", "so")
        sent = service.posts[-1].json["messages"][0]["content"]
        assert sent == (
            "```markdown заметка один.md\n# Заметка\n```\n\n```python main.py\nprint(1)\n```\n\n"
            "Look at заметка один.md and main.py now"
        )


@thorough
async def test_an_at_sign_that_names_no_file_is_text(tmp_path: Path, project: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        for text in ("write to me@main.py", "@Override", "a @nobody there", "@~nobody/x"):
            await said(chat, service, text, "so")
            assert service.prompts[-1] == text
        assert not chat.app.parts.attached


async def test_in_the_middle_of_a_text_only_the_path_is_replaced(tmp_path: Path, project: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        chat.app.prompt.text = "one\ntwo  four\nfive"
        chat.app.prompt.move_cursor((1, 4))
        await chat.type("@mai")
        await sees_listed(chat, "@main.py")
        await chat.pilot.press("tab")
        await chat.sees("1 ≡ main.py")
        assert chat.app.prompt.text == "one\ntwo main.py four\nfive"
        assert chat.app.prompt.cursor_location == (1, 11)


@thorough
async def test_escape_closes_the_list_and_another_place_of_the_cursor_does(
    tmp_path: Path, project: Path
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await type_path(chat, "x @m")
        await chat.until(lambda: listed(chat))
        await chat.pilot.press("home")
        await chat.until(lambda: not listed(chat))
        await chat.pilot.press("end")
        await type_path(chat, "a")
        await chat.until(lambda: listed(chat))
        await chat.pilot.press("escape")
        await chat.until(lambda: not listed(chat))
        assert chat.app.prompt.text == "x @ma"


@thorough
async def test_a_directory_that_hangs_blocks_no_key(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = threading.Event()
    monkeypatch.setattr("elumenta_tui.tui.path_completion.entries", lambda directory: hangs.wait(20) and [])
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await type_path(chat, "@mai")
        await chat.type("n")
        assert chat.app.prompt.text == "@main"
        await said(chat, service, " is text", "so")
        hangs.set()


def test_names_that_would_not_be_shown_as_they_are_typed_are_not_listed(tmp_path: Path) -> None:
    for name in ("a\nb", 'q"q', "\x1b[31m", "ok", "\u202eexe"):
        (tmp_path / name).touch()
    (tmp_path / "dir").mkdir()
    (tmp_path / "dangling").symlink_to("none")
    assert entries(tmp_path) == [Entry("dir", True, False), Entry("ok", False, False)]
    assert entries(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("rules", "ignored", "kept"),
    [
        ("*.log\n!keep.log", ["a.log"], ["keep.log", "a.txt"]),
        ("build/", ["build/"], ["build"]),
        ("/a", ["a"], []),
        ("sub/x", [], ["x"]),
        ("# a\n\n  \n/", [], ["a", "#"]),
        ("**/y", ["y"], []),
    ],
)
def test_rules_of_gitignore(tmp_path: Path, rules: str, ignored: list[str], kept: list[str]) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text(rules)
    found = Ignored(tmp_path)
    for name in ignored:
        assert found.matches(name.rstrip("/"), is_directory=name.endswith("/")), name
    for name in kept:
        assert not found.matches(name.rstrip("/"), is_directory=name.endswith("/")), name
    (tmp_path / "sub").mkdir()
    below = Ignored(tmp_path / "sub")
    assert below.matches("x", is_directory=False) is (rules == "sub/x")


def test_pasted_paths_in_every_spelling(tmp_path: Path) -> None:
    path = tmp_path / "мой файл (1).txt"
    path.touch()
    address = "file://" + str(path).replace(" ", "%20")
    escaped = str(path).replace(" ", "\\ ").replace("(", "\\(").replace(")", "\\)")
    for text in (str(path), f'"{path}"', f"'{path}' ", f"«{path}»", address, escaped):
        assert pasted(text) == path, text
    other = tmp_path / "b"
    other.touch()
    assert existing(f"'{path}' {other}") == [path, other]
    for text in (
        "",
        "hello",
        "a.b",
        str(tmp_path),
        f"{path}\n{path}",
        "x" * 9000,
        "file://host/etc/passwd",
        "'",
    ):
        assert pasted(text) is None, text
    assert list(paths.readings("\0")) == []


@thorough
async def test_attach_completes_its_path(tmp_path: Path, project: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await type_path(chat, "/attach мои")
        await sees_listed(chat, "/attach мои файлы/")
        await chat.pilot.press("tab")
        await sees_listed(chat, "/attach мои файлы/b.txt", "/attach мои файлы/заметка один.md")
        await chat.pilot.press("down", "enter")
        await chat.sees("1 ≡ b.txt")
        assert not chat.app.prompt.text
        chat.app.parts.attaching.attach("@main.py")
        await chat.sees("2 ≡ main.py")
