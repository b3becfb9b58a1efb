"""Copying tables, saving blocks to files, and the raw view, as a person does them."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.transfer.code_names import code_names, stated_name
from tests.chatting import Chat, account_at, chat_app, chatting
from tests.service import Service, delta, ended, sse, started

TABLE = "| name | **price** |\n|---|--:|\n| `tea` | 3 |\n| a\\|b | 4<br>5 |"
CODE = 'Look:\n\n```python title="src/app/main.py"\nif x:\n\treturn 1\n```\n\n```sh\nls\n```\n\nDone.'


async def answer(chat: Chat, service: Service, text: str) -> None:
    service.queue(sse(started(), delta(text), ended()))
    await chat.ask("show me a main file")


async def test_a_table_is_copied_as_markdown_and_then_with_tabs(tmp_path: Path) -> None:
    copied: list[str] = []
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:

        async def take(text: str, what: str = "") -> None:
            copied.append(text)
            chat.app.notify_user(what)

        chat.app.parts.copying._copy = take  # type: ignore[method-assign]  # what reaches the clipboard is tested there
        await answer(chat, service, f"Prices:\n\n{TABLE}\n\nDone.")
        await chat.pilot.press("alt+up", "up", "up")
        await chat.sees("Ctrl+Y copies this table")
        await chat.pilot.press("ctrl+y")
        await chat.sees("Markdown; Ctrl+Y again")
        await chat.pilot.press("ctrl+y")
        await chat.sees("cells with tabs; Ctrl+Y again")
        await chat.pilot.press("ctrl+y")
        await chat.until(lambda: len(copied) == 3)
        assert copied == [TABLE, "name\tprice\ntea\t3\na|b\t4 5", TABLE]
        # Minutes later nobody knows what the last copy was.
        await chat.pilot.press("up")
        await chat.sees("Ctrl+Y copies this paragraph")
        await chat.pilot.press("down")
        await chat.sees("Ctrl+Y copies this table")
        await chat.pilot.press("ctrl+y")
        await chat.until(lambda: len(copied) == 4)
        chat.app.parts.copying.copy("another text")
        await chat.pilot.press("ctrl+y")
        await chat.until(lambda: len(copied) == 6)
        assert copied[3:] == [TABLE, "another text", TABLE]


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
async def test_a_block_is_saved_under_the_name_that_its_fence_states_and_over_no_file(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "work"
    here.mkdir()
    monkeypatch.chdir(here)
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
        await chat.send_command("/save")
        await chat.sees("No answer to save yet")
        await answer(chat, service, CODE)
        await chat.send_command("/save 1")
        await chat.until((here / "main.py").exists)
        await chat.sees("Saved as")
        assert (here / "main.py").read_bytes() == b"if x:\n\treturn 1\n"
        (here / "main.py").write_text("mine")
        # The block under the cursor, by its letter.
        await chat.pilot.press("alt+up", "down", "down", "s")
        await chat.until((here / "main (2).py").exists)
        assert (here / "main.py").read_text() == "mine"
        await chat.pilot.press("escape")
        await chat.send_command("/save")
        await chat.until((here / "show me a main file.md").exists)
        assert (here / "show me a main file.md").read_text() == CODE + "\n"
        chat.app.prompt.insert("/save main.py")
        await chat.pilot.press("enter")
        await chat.sees("already exists and was not changed")
        # The command is back, to be mended.
        await chat.until(lambda: chat.app.prompt.text == "/save main.py")
        assert (here / "main.py").read_text() == "mine"
        chat.app.prompt.take()
        await chat.send_command("/save 2 list.sh")
        await chat.until((here / "list.sh").exists)
        chat.app.prompt.insert("/save nowhere/x.md")
        await chat.pilot.press("enter")
        await chat.sees("There is no directory")
        chat.app.prompt.take()
        await chat.send_command("/save 7")
        await chat.sees("No code block 7")
        assert sorted(path.name for path in here.iterdir()) == [
            "list.sh",
            "main (2).py",
            "main.py",
            "show me a main file.md",
        ]
        assert oct((here / "list.sh").stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize(
    ("info", "code", "name"),
    [
        ('python title="x.py"', "", "x.py"),
        ("ts {filename='src/a b.ts' lines=3}", "", "a b.ts"),
        ("js:lib/util.js", "", "util.js"),
        ("x.py", "", "x.py"),
        ("python", "# file: tools/x.py\nx = 1", "x.py"),
        ("ts", "// src/x.ts\nx", "x.ts"),
        ("html", "<!-- index.html -->\n", "index.html"),
        ("css", "/* a.css */\n", "a.css"),
        ("", "-- queries.sql\n", "queries.sql"),
        ("python", "#!/usr/bin/env python.x\n", "t.py"),
        ("python", "# see readme.md for more\n", "t.py"),
        ("python", "x = 1", "t.py"),
        ("c++", "", "t.cpp"),
        ("", "text", "t.txt"),
        ("unheard-of/../lang", "", "t.txt"),
        ('sh title="Makefile"', "", "Makefile"),
        # A stranger's name is one visible name in this directory.
        ('sh title="../../.bashrc"', "", "bashrc"),
        ('sh title="/etc/cron.d/x.sh"', "", "x.sh"),
        ('sh title="C:\\\\Windows\\\\x.bat"', "", "x.bat"),
        ('sh title="..\\\\..\\\\x.bat"', "", "x.bat"),
        ('sh title="~/.ssh/authorized_keys"', "", "authorized_keys"),
        ('sh title=".."', "", "t.sh"),
        ('sh title="a/"', "", "a"),
        ('sh title="-rf.sh"', "", "rf.sh"),
        ('sh title="con.txt"', "", "_con.txt"),
        ('sh title="a\u202egpj.sh"', "", "agpj.sh"),
        ('sh title="a\x1b[31m*?.sh"', "", "a [31m.sh"),
        ("sh", f"# file: {'x' * 250}.sh\n", "x" * 147 + ".sh"),
    ],
)
def test_a_stated_name_is_a_plain_name_here(info: str, code: str, name: str) -> None:
    found = next(code_names(code, info, "t"))
    if "\u202e" in info or "\x1b" in info:
        assert "/" not in found
        assert found.isprintable()
        assert found.endswith(".sh")
    else:
        assert found == name, stated_name(code, info)


async def test_the_raw_view_needs_a_terminal_and_says_so(tmp_path: Path) -> None:
    i18n.use("ru")
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await answer(chat, service, CODE)
        await chat.pilot.press("alt+r")
        await chat.sees("не может показать исходный текст")


@pytest.mark.parametrize("size", [(120, 40), (40, 15)])
async def test_blocks_are_selected_by_key_and_copied_as_text(tmp_path: Path, size: tuple[int, int]) -> None:
    copied: list[str] = []
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
        chat.app.parts.copying.copy = copied.append  # type: ignore[method-assign, assignment]  # what reaches the clipboard is tested there
        long = "words " * 200 + "end"
        await answer(chat, service, f"{long}\n\n```py\nif x:\n\treturn 1\n```\n\nand\n\n```sh\nls\n```")
        await chat.pilot.press("alt+shift+up")
        await chat.sees("Ctrl+Y copies the selection")
        await chat.pilot.press("ctrl+y")
        await chat.pilot.press("alt+shift+up", "alt+shift+up", "ctrl+c")
        await chat.until(lambda: len(copied) == 2)
        assert copied == ["ls", "if x:\n\treturn 1\n\nand\n\nls"]
        # Any other move ends the selection.
        await chat.pilot.press("alt+down")
        await chat.until(lambda: chat.app.transcript.text_selection is None)
        await chat.pilot.press(*["alt+shift+up"] * 5, "ctrl+y")
        await chat.until(lambda: len(copied) == 3)
        assert copied[2].startswith(f"show me a main file\n{long}\n\nif x:\n\treturn 1\n")
