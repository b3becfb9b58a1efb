"""`/feedback`: a report that is filled in while the doctor's lines come, and that leaves only by the user's hands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.config.keychain import Keychain
from elumenta_tui.config.settings import Settings
from elumenta_tui.session.backend import demo_account
from elumenta_tui.terminal.browser import Target
from elumenta_tui.tui import feedback
from elumenta_tui.tui.screens.feedback import FeedbackScreen
from tests.chatting import chat_app, chatting
from tests.service import KEY


async def test_a_report_is_written_while_the_doctors_lines_come_and_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "work"
    here.mkdir()
    monkeypatch.chdir(here)
    may_go_on = threading.Event()
    examined: list[int] = []

    def examine() -> Iterator[str]:
        examined.append(1)
        yield "Program\n  ok  a first line\n"
        may_go_on.wait(60)
        yield "Database\n  ok  the last line\n"

    keychain = Keychain(Settings(), tmp_path / "config.toml", KEY)
    keychain.key = KEY
    app = chat_app(demo_account(), tmp_path, examine=examine, keychain=keychain)
    copied: list[str] = []
    monkeypatch.setattr(app.parts.copying, "copy", copied.append)
    opened: list[Target] = []
    monkeypatch.setattr(app.parts.copying, "open_link", opened.append)
    monkeypatch.setattr(feedback, "issues_page", lambda: "")
    async with chatting(app, (80, 40)) as chat:
        await chat.send_command("/feedback")
        screen = await chat.shows(FeedbackScreen)
        await chat.sees("What happened", "The doctor is still looking", "a first line")
        assert "the last line" not in chat.flat
        # Text that is typed meanwhile stays where it is typed, and the view with it.
        await chat.type("it fell")
        may_go_on.set()
        await chat.sees("it fell", "the last line", "Nothing is sent by itself: give the report")
        await chat.type(" over")
        await chat.paste(f" {KEY}")
        await chat.pilot.press("ctrl+y", "ctrl+s")
        await chat.until((here / "elumenta-tui-report.md").exists)
        await chat.sees("The report is saved")
        report = (here / "elumenta-tui-report.md").read_text()
        assert report.startswith("## What happened\n\nit fell over nb_…\n")
        assert report.endswith("the last line\n```\n")
        assert [text.strip() for text in copied] == [report.strip()]
        # Without a page its key does nothing. An existing file is not changed.
        await chat.pilot.press("ctrl+o", "ctrl+s")
        await chat.until(lambda: len(list(here.iterdir())) == 2)
        assert (opened, screen is chat.app.screen) == ([], True)
        await chat.pilot.press("escape")
        await chat.until(lambda: not isinstance(chat.app.screen, FeedbackScreen))
        # What was written is there again, in the other language too, and with a page that the package names.
        monkeypatch.setattr(feedback, "issues_page", lambda: "https://example.com/issues")
        await chat.pilot.press("f12")
        await chat.until(lambda: i18n.language() == "ru")
        await chat.send_command("/feedback")
        await chat.sees("it fell over", "новое обращение на https://example.com/issues", "Ctrl+O")
        await chat.pilot.press("ctrl+o")
        await chat.until(lambda: opened)
        assert opened[0].address == "https://example.com/issues"
        assert examined == [1]


def _says(screen: FeedbackScreen, text: str) -> bool:
    return text in screen._area.text


async def test_a_report_without_a_word_is_examined_anew_and_fits_a_small_terminal(tmp_path: Path) -> None:
    counted: list[int] = []

    def examine() -> Iterator[str]:
        counted.append(1)
        yield f"Look {len(counted)}\n"

    app = chat_app(demo_account(), tmp_path, examine=examine)
    async with chatting(app, (40, 15)) as chat:
        for look in 1, 2:
            await chat.send_command("/feedback")
            screen = await chat.shows(FeedbackScreen)
            await chat.sees("What happened", "Esc closes")
            await chat.until(partial(_says, screen, f"Look {look}\n```"))
            await chat.pilot.press("escape")
            await chat.until(lambda: not isinstance(chat.app.screen, FeedbackScreen))
