"""Notices: in one place right above the prompt's frame, over nothing, until their time is up."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui.widgets import notice
from tests.chatting import Chat, account_at, chat_app, chatting
from tests.fitting import assert_fits
from tests.service import Service, delta, ended, sse
from tests.thorough import thorough

LONG = " ".join(f"word{number}" for number in range(60))


def above_the_frame(chat: Chat) -> list[str]:
    """The rows of the notice."""
    top = chat.app.prompt.region.y
    return chat.rows[top - chat.app.notice.size.height : top]


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice is shown until the test says that its time is up: a busy machine may be slower than any time."""
    monkeypatch.setattr(notice, "PASSING", 3600.0)


def time_is_up(chat: Chat) -> None:
    chat.app.notice._time_is_up()


@thorough
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
async def test_a_notice_stands_right_above_the_frame_with_a_mark_of_its_severity(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), size) as chat:
        await chat.sees("DEMO", "281 left")
        before = chat.rows[-4:]
        marks: dict[notice.Severity, str] = {"information": "•", "warning": "!", "error": "✗"}
        for severity, mark in marks.items():
            chat.app.notify_user(f"A {severity}.", severity)
            await chat.sees(f"{mark} A {severity}.")
            assert above_the_frame(chat) == [f" {mark} A {severity}."]
            assert chat.rows[-4:] == before
            assert_fits(chat)


@thorough
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
async def test_a_long_notice_takes_three_rows_at_most_and_is_shown_to_its_end(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice, "PASSING", 0.8)
    async with chatting(chat_app(demo_account(), tmp_path), size) as chat:
        await chat.sees("DEMO", "281 left")
        chat.app.notify_user(LONG)
        seen: set[str] = set()

        def is_over() -> bool:
            assert chat.app.notice.size.height <= 3
            seen.update(" ".join(above_the_frame(chat)).split())
            return not chat.app.notice.text

        await chat.until(is_over)
        assert set(LONG.split()) <= seen


@pytest.mark.usefixtures("endless")
async def test_a_lasting_notice_comes_back_behind_a_passing_one(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO", "281 left")
        chat.app.notify_user("This lasts.", "error", lasting=True)
        chat.app.notify_user("This passes.")
        await chat.sees("This passes.")
        time_is_up(chat)
        await chat.sees("This lasts.")
        await chat.sees_no("This passes.")
        chat.app.notice.forget()
        await chat.sees_no("This lasts.")


@thorough
@pytest.mark.usefixtures("endless")
async def test_a_warning_comes_back_once_and_not_after_something_was_sent(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO", "281 left")
        chat.app.notify_user("This lasts.", "warning", lasting=True)
        for text in ("First.", "Second."):
            chat.app.notify_user(text)
            await chat.sees(text)
            time_is_up(chat)
            if text == "First.":
                await chat.sees("This lasts.")
        await chat.sees_no("Second.")
        assert not chat.app.notice.text
        chat.app.notify_user("This lasts.", "warning", lasting=True)
        chat.app.notify_user("Third.")
        await chat.send("hello")
        await chat.sees_no("Third.")
        assert not chat.app.notice.text


@thorough
@pytest.mark.parametrize("way", ["another prompt", "a new conversation"])
async def test_what_a_notice_offers_is_taken_back_when_the_chat_goes_on(tmp_path: Path, way: str) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO", "281 left")
        chat.app.notify_user("Exported. Ctrl+Y copies the path.", lasting=True)
        await chat.sees("Exported.")
        if way == "another prompt":
            await chat.send("hello")
        else:
            await chat.pilot.press("ctrl+n")
        await chat.sees_no("Exported.")


@thorough
@pytest.mark.usefixtures("endless")
async def test_a_notice_that_only_offers_something_does_not_come_back(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO", "281 left")
        chat.app.notify_user("Exported. Ctrl+Y copies the path.", lasting=True)
        chat.app.notify_user("Passing.")
        await chat.sees("Passing.")
        time_is_up(chat)
        await chat.sees_no("Passing.")
        assert not chat.app.notice.text


@thorough
async def test_a_click_takes_a_notice_away(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO", "281 left")
        chat.app.notify_user("Something has happened.")
        await chat.sees("Something has happened.")
        await chat.pilot.click("#notice")
        await chat.sees_no("Something has happened.")


@thorough
@pytest.mark.parametrize("size", [(120, 40), (40, 15)])
async def test_a_notice_is_seen_while_a_dialog_is_open_and_behind_it_too(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice, "PASSING", 1.5)
    async with chatting(chat_app(demo_account(), tmp_path), size) as chat:
        await chat.sees("DEMO", "281 left")
        await chat.pilot.press("ctrl+l")
        await chat.sees("search…")
        # On a small screen, a dialog takes all of it once its size is known.
        await chat.settle()
        place = chat.app.screen.query_one("#dialog").region
        chat.app.notify_user("Something has happened.")
        await chat.sees("• Something has happened.", "search…")
        assert chat.app.screen.query_one("#dialog").region == place
        await chat.until(lambda: not chat.app.screen.query_one(notice.NoticeLine).text)
        await chat.pilot.press("escape")
        await chat.until(lambda: len(chat.app.screen_stack) == 1)
        await chat.until(lambda: above_the_frame(chat) == [" • Something has happened."])
        await chat.sees_no("Something has happened.")


@thorough
@pytest.mark.usefixtures("endless")
async def test_a_notice_keeps_its_time_when_an_answer_ends(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300")
        pause = service.queue_half(sse(delta(" whole"), ended(2, 298)))
        coming = await chat.send("one")
        await chat.sees("Half")
        await chat.send_command("/tag zzz")
        await chat.sees("Tags: #zzz")
        pause.event.set()
        await chat.until(lambda: coming.over)
        await chat.sees("298", "Tags: #zzz")
