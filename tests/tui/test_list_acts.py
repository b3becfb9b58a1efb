"""Filters, marks, pins, tags and exports in the list of conversations, through the keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chatting import Chat
from tests.storing import shelf
from tests.thorough import thorough
from tests.tui.test_conversations import TITLES, home, listed, listing
from tests.tui.test_dialog_keys import press_at_once

__all__ = ["home"]

POOL, REGEX, HAIKU, TRACEBACK, CAT, MYSQL = TITLES


def field(chat: Chat) -> str:
    """The search text."""
    value = chat.app.screen.query_one("#filter").value  # type: ignore[attr-defined]  # it is an Input
    return str(value)


async def shows(chat: Chat, *titles: str) -> None:
    """Wait until the list has these titles, in this order."""
    await chat.until(lambda: listed(chat) == list(titles), f"{titles} in the list")


# ------------------------------------------------------------------------------------------------------------ filters


async def test_a_filter_is_completed_by_tab_and_lists_what_meets_it(home: Path) -> None:
    async with listing(home) as chat:
        await chat.type("st")
        await chat.sees("⇥ state:")
        await chat.pilot.press("tab")
        await chat.sees("state:complete", "state:interrupted")
        await chat.pilot.press("right", "tab")
        await shows(chat, REGEX)
        assert field(chat) == "state:interrupted "
        await chat.pilot.press("ctrl+u")
        await chat.type("is:archived")
        await shows(chat, CAT)
        await chat.pilot.press("ctrl+u")
        await chat.type("colour:red")
        await chat.sees("There is no filter “colour:”; it is searched as a word.")
        await chat.sees("No matches")


async def test_tab_completes_what_was_typed_before_it_and_not_what_was_offered_earlier(home: Path) -> None:
    async with listing(home) as chat:
        press_at_once(chat, *"mo", "tab", *"gpt", "tab")
        await chat.until(lambda: field(chat) == "model:gpt-5-nano ")
        await chat.until(lambda: listed(chat) and len(listed(chat)) < 5)


@thorough
async def test_the_arrows_move_the_cursor_where_nothing_is_offered(home: Path) -> None:
    async with listing(home) as chat:
        await chat.type("pst")
        await chat.pilot.press("left", "left")
        await chat.type("o")
        await chat.pilot.press("right")
        await chat.type("t")
        await chat.until(lambda: field(chat) == "postt")


@thorough
async def test_a_hit_with_a_filter_is_opened_at_the_words(home: Path) -> None:
    async with listing(home) as chat:
        await chat.type("model:gpt pgloader")
        await shows(chat, MYSQL)
        await chat.pilot.press("enter")
        await chat.sees("pgloader does most of the work.", "1 of 1")


# -------------------------------------------------------------------------------------------------------- marks and acts


async def test_space_marks_rows_and_the_acts_are_for_all_of_them(home: Path) -> None:
    async with listing(home) as chat:
        await chat.pilot.press("space", "down", "space")
        await chat.sees("2 marked. F8, Alt+P, Alt+T, Alt+A and Alt+E act on all of them. Esc unmarks.")
        await chat.sees(f"✓ {POOL}", f"✓ {HAIKU}")
        await chat.pilot.press("alt+t")
        await chat.sees("Tags of 2 conversations")
        await chat.type("Work idea")
        await chat.pilot.press("enter")
        await chat.sees(f"✓ {HAIKU} #work")
        await chat.pilot.press("up")
        await chat.sees("#work #idea")
        await chat.pilot.press("alt+t")
        await chat.sees("Tags of 2 conversations")
        await chat.type("-idea")
        await chat.pilot.press("enter")
        await chat.sees_no("#idea")
        await chat.pilot.press("escape")
        await chat.sees("Enter opens")
        await chat.pilot.press("ctrl+home")
        await chat.type("#wo")
        await chat.sees("⇥ #work")
        await shows(chat, POOL, HAIKU)
        await chat.pilot.press("down", "space", "up", "space", "f8")
        await shows(chat)
        await chat.sees("2 conversations deleted when the program ends; until then Alt+Z brings them back.")
        await chat.pilot.press("alt+z")
        await chat.sees("2 conversations are back.")
        await shows(chat, POOL, HAIKU)
    with shelf(home / "data") as here:
        assert here.store.tags_used(demo=True).result(10) == ["work"]


@thorough
async def test_space_types_a_blank_in_a_search(home: Path) -> None:
    async with listing(home) as chat:
        press_at_once(chat, *"names", "space", *"for")
        await chat.until(lambda: field(chat) == "names for")
        await chat.pilot.press("tab")
        await shows(chat, CAT)
        await chat.pilot.press("down", "space")
        await chat.sees("1 marked.")
        assert field(chat) == "names for"


@thorough
async def test_a_pinned_conversation_stands_first_also_after_a_restart(home: Path) -> None:
    async with listing(home) as chat:
        await chat.pilot.press("down", "down", "alt+p")
        await chat.sees("Pinned: it stands first in the list.", f"⚑ {HAIKU}")
        await shows(chat, HAIKU, POOL, REGEX, TRACEBACK, MYSQL)
    async with listing(home) as chat:
        await shows(chat, HAIKU, POOL, REGEX, TRACEBACK, MYSQL)
        await chat.pilot.press("alt+p")
        await shows(chat, POOL, REGEX, HAIKU, TRACEBACK, MYSQL)


async def test_what_is_marked_is_archived_together(home: Path) -> None:
    async with listing(home) as chat:
        await chat.pilot.press("space", "space", "alt+a")
        await shows(chat, HAIKU, TRACEBACK, MYSQL)
        await chat.sees("Archived; Tab shows the archive.")
        await chat.pilot.press("tab")
        await shows(chat, *TITLES)


@thorough
async def test_what_is_marked_is_exported_into_a_file_each(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    into = tmp_path / "exports"
    into.mkdir()
    monkeypatch.chdir(into)
    async with listing(home) as chat:
        await chat.pilot.press("space", "down", "space", "alt+e")
        await chat.sees("2 files written to")
    assert {path.name for path in into.iterdir()} == {f"{POOL}.md", f"{HAIKU}.md"}
    assert "Red, then green at last" in (into / f"{HAIKU}.md").read_text(encoding="utf-8")


async def test_what_is_marked_is_exported_into_one_html_file(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    into = tmp_path / "exports"
    into.mkdir()
    monkeypatch.chdir(into)
    async with listing(home) as chat:
        await chat.pilot.press("space", "down", "space", "alt+h")
        await chat.sees("Exported to")
    [path] = into.iterdir()
    text = path.read_text(encoding="utf-8")
    assert path.name == "conversations.html"
    assert text.count("<article") == 2
    assert "Red, then green at last" in text


async def test_slash_words_pin_and_tag_the_conversation_on_the_screen(home: Path) -> None:
    async with listing(home) as chat:
        await chat.pilot.press("down", "down", "enter")
        await chat.sees("the night is quiet again.")
        await chat.send_command("/pin")
        await chat.sees("Pinned: it stands first in the list.")
        await chat.send_command("/tag Poem #short")
        await chat.sees("Tags: #poem #short")
        await chat.send_command("/tag -short")
        await chat.sees("Tags: #poem")
        await chat.send_command("/tag")
        await chat.sees("Tags, separated by spaces", "#poem")
        await chat.pilot.press("ctrl+u", "enter")
        await chat.sees("The conversation has no tags.")
        await chat.send_command("/tag tests")
        await chat.pilot.press("ctrl+s")
        await chat.sees(f"⚑ {HAIKU} #tests")
        assert chat.app.session.conversation.tags == ("tests",)
