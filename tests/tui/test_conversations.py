"""The list of conversations and the search in what was sent, through the whole app."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui import i18n
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.demo import DemoTransport
from elumenta_tui.session.backend import demo_account
from elumenta_tui.store import FILE
from elumenta_tui.store.changes import SaveDraft
from elumenta_tui.store.records import TurnRecord
from elumenta_tui.text.layouts import ways
from elumenta_tui.tui.screens.conversation_rows import age, columns
from elumenta_tui.tui.screens.conversations import ConversationsScreen
from elumenta_tui.tui.screens.history import HistoryScreen
from tests.chatting import Chat, account_at, chat_app, chatting, hurry
from tests.earlier import TEXTS, fill
from tests.service import Pause, Service, delta, ended, json_response, sse, started
from tests.storing import answered, conversation, files, opened, saved, shelf
from tests.thorough import every_case, thorough
from tests.tui.test_keeping import saved as all_saved

NOW = 1_790_000_000.0

TITLES = [title for title, _ in TEXTS["en"]]


def demo(home: Path, **more: Any) -> Any:
    account = demo_account(lambda: DemoTransport(sleep=hurry))
    return chat_app(account, home, calendar=lambda: NOW, **more)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    fill(tmp_path / "data", NOW)
    return tmp_path


def listed(chat: Chat) -> list[str]:
    """The titles in the list, as far as they are known ones."""
    screen = chat.app.screen
    assert isinstance(screen, ConversationsScreen)
    return [item.title for item in screen.rows._items]


async def open_list(chat: Chat) -> None:
    await chat.sees("283 tokens")
    await chat.pilot.press("ctrl+s")
    await chat.sees("Conversations", "search…")
    await chat.until(lambda: listed(chat))


@asynccontextmanager
async def listing(home: Path) -> AsyncIterator[Chat]:
    """The demo with the list of its conversations open."""
    async with chatting(demo(home)) as chat:
        await open_list(chat)
        yield chat


# -------------------------------------------------------------------------------------------------------------- opening


@thorough
@pytest.mark.parametrize("way", ["ctrl+s", "f7", "/list", "/chats"])
async def test_one_key_shows_the_conversations_and_enter_opens_one(home: Path, way: str) -> None:
    async with chatting(demo(home)) as chat:
        await chat.sees("283 tokens")
        if way.startswith("/"):
            chat.app.prompt.insert(way)
            await chat.pilot.press("enter")
        else:
            await chat.pilot.press(way)
        await chat.sees("A connection pool for Postgres", "20 min", "2 answers", "3 h", "draft")
        assert listed(chat) == [title for title in TITLES if title != "Names for a cat"]
        await chat.pilot.press("down", "down", "down", "enter")
        await chat.sees("KeyError: 'id', what now?", "use .get()", "2 tokens · 283 left")
        assert chat.app.prompt.text == "and then?"
        assert chat.app.session.conversation.title == "Explain this traceback"
        turn = await chat.ask("2+2")
        assert turn.over
        assert [one.prompt for one in chat.app.session.conversation.answers] == [
            "KeyError: 'id', what now?",
            "and then?2+2",
        ]


@thorough
async def test_of_a_conversation_that_was_left_nothing_is_kept_in_memory(home: Path) -> None:
    def records(id: str) -> list[TurnRecord]:
        gc.collect()
        return [each for each in gc.get_objects() if isinstance(each, TurnRecord) and each.conversation == id]

    async with listing(home) as chat:
        await chat.pilot.press("enter")
        await chat.sees("And if one query takes a minute?")
        left = chat.app.session.conversation.id
        assert records(left)
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.app.session.conversation.id != left)
        await chat.until(lambda: not records(left))


@thorough
async def test_what_is_typed_stays_with_its_conversation(home: Path) -> None:
    async with listing(home) as chat:
        await chat.pilot.press("enter")
        await chat.sees("And if one query takes a minute?")
        await chat.type("half")
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: listed(chat))
        await chat.pilot.press("down", "enter")
        await chat.sees("Interrupted")
        assert chat.app.prompt.text == ""
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: listed(chat))
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.prompt.text == "half")
        await chat.sees("And if one query takes a minute?")


@thorough
async def test_a_broken_off_conversation_is_marked_and_says_why_when_it_is_opened(home: Path) -> None:
    async with listing(home) as chat:
        assert "✗ Why is my regex slow?" in chat.screen
        await chat.pilot.press("down", "enter")
        await chat.sees("Interrupted: the connection was lost", "F5 sends it again", "F6 asks for the rest")


async def test_an_answer_goes_on_while_another_conversation_is_on_the_screen(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        here.put(saved(answered("old", "An old answer"), conversation("c1", "An old one")))
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        pause = Pause()
        service.queue(sse(started(), delta("Half"), done=False), pause, sse(delta(" whole."), ended()))
        await chat.send("go")
        await chat.sees("Half")
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: len(listed(chat)) == 2)
        assert "▸ go" in chat.screen
        await chat.sees("… Streaming · ▸ on the screen", "◆ GPT-5 Streaming")
        await chat.pilot.press("f8")
        await chat.sees(
            "│ Not deleted: its answer, on the screen behind this list, is still coming. Stop it first."
        )
        assert len(listed(chat)) == 2
        await chat.pilot.press("down", "enter")
        await chat.sees("An old answer", "Enter · ")
        await chat.pilot.press("ctrl+s")
        await chat.sees("… go", "◆ GPT-5 Streaming")
        await chat.pilot.press("escape", "escape")
        assert chat.app.session.running_elsewhere
        pause.event.set()
        await chat.sees("The answer in “go” is there; Ctrl+S opens it.", "An old answer")
        await chat.pilot.press("ctrl+s")
        await chat.sees("● go")
        await chat.type("go")
        await chat.pilot.press("enter")
        await chat.sees("Half whole.", "✓ GPT-5")


async def test_the_open_list_shows_that_an_answer_has_come(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        pause = Pause()
        service.queue(sse(started(), delta("Half"), done=False), pause, sse(delta(" whole."), ended()))
        await chat.send("go")
        await chat.sees("Half")
        await chat.pilot.press("ctrl+n", "ctrl+s")
        await chat.sees("… go", "◆ GPT-5 Streaming")
        pause.event.set()
        await chat.sees("● go", "Half whole.")
        await chat.sees_no("Streaming")
        await chat.pilot.press("escape")
        await chat.ask("another")
        await chat.pilot.press("ctrl+s")
        await chat.sees("▸ another", "● go")


@thorough
@pytest.mark.parametrize(("key", "label"), [("ctrl+c", "Ctrl+C"), ("ctrl+d", "Ctrl+D"), ("ctrl+q", "Ctrl+Q")])
async def test_every_key_that_quits_says_first_what_it_would_stop(
    tmp_path: Path, key: str, label: str
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(sse(started(), delta("Half"), done=False), Pause())
        left = await chat.send("go")
        await chat.sees("Half")
        await chat.pilot.press("ctrl+n")
        await chat.sees_no("Half")
        await chat.pilot.press(key)
        await chat.sees(
            f"1 answer is still coming in another conversation. {label} again stops it and quits",
            f"{label} again quits",
        )
        assert not left.over
        await chat.pilot.press(key)
        await chat.until(lambda: chat.app.return_value == 0)
        assert left.state is AnswerState.INTERRUPTED


@thorough
async def test_an_opened_conversation_goes_on_with_its_whole_context_and_its_model(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        made = answered("old", "answer")
        here.put(saved(made, conversation("c1", "An old one")))
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, model="deepseek-v3")) as chat,
    ):
        await chat.sees("300 tokens", "DeepSeek V3")
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: listed(chat))
        await chat.pilot.press("enter")
        await chat.sees("answer", "GPT-5 Ctrl+L")
        await chat.ask("new")
        assert service.posts[0].messages == [("user", "old"), ("assistant", "answer"), ("user", "new")]
        await all_saved(chat)
        with opened(tmp_path / "data" / FILE) as database:
            rows = database.execute("SELECT conversation, prompt FROM turn")
            assert rows.fetchall() == [("c1", "old"), ("c1", "new")]


async def test_there_may_be_no_conversations(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("ctrl+s")
        await chat.sees("Nothing here yet.")
        await chat.pilot.press(
            "enter",
            "alt+r",
            "alt+a",
            "alt+p",
            "alt+t",
            "alt+e",
            "alt+h",
            "alt+z",
            "space",
            "f8",
            "down",
            "pagedown",
            "escape",
        )
        await chat.sees_no("Nothing here yet.")


# -------------------------------------------------------------------------------------------------------------- search


@thorough
async def test_it_filters_as_one_types_in_titles_and_texts(home: Path, subtests: pytest.Subtests) -> None:
    cases: dict[str, list[str]] = {
        "postgres": ["A connection pool for Postgres", "Migrating from MySQL"],
        "POSTG": ["A connection pool for Postgres", "Migrating from MySQL"],
        "зщыепку": ["A connection pool for Postgres", "Migrating from MySQL"],
        "exponential": ["Why is my regex slow?"],
        "haiku": ["A haiku about tests"],
        "zebra": [],
    }
    async with listing(home) as chat:
        for typed, found in cases.items():
            with subtests.test(typed):
                await chat.type(typed)
                await chat.until(lambda: listed(chat) == found, str(found))  # noqa: B023  # awaited here
                if not found:
                    await chat.sees("No matches")
                await chat.pilot.press(*["backspace"] * len(typed))
                await chat.until(lambda: len(listed(chat)) == 5)


@thorough
async def test_russian_is_found_in_any_case_with_or_without_dots_and_in_the_wrong_layout(
    tmp_path: Path,
) -> None:
    i18n.use("ru")
    fill(tmp_path / "data", NOW, "ru")
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 токена")
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: listed(chat))
        for typed in ("ЁЛОЧ", "елоч", "tkjx"):
            await chat.type(typed)
            await chat.until(lambda: listed(chat) == ["Стихи о ёлке"])
            await chat.sees("в 1 запросе", "ёлочка")
            await chat.pilot.press(*["backspace"] * len(typed))
            await chat.until(lambda: len(listed(chat)) == 5)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("claude", ["claude", "сдфгву"]),
        ("сдфгву", ["сдфгву", "claude"]),
        ("ghbdtn", ["ghbdtn", "привет"]),
        ("123", ["123"]),
        ("  ", []),
    ],
)
def test_what_is_typed_is_read_in_both_layouts(typed: str, read: list[str]) -> None:
    assert ways(typed) == read


@thorough
async def test_the_preview_shows_the_end_or_what_was_found(home: Path) -> None:
    async with listing(home) as chat:
        await chat.sees("And if one query takes a minute?", "Give it a pool of its own", "id 1f3a90c2b7d0")
        await chat.type("cores")
        await chat.sees("How large should the connection pool", "twice the number of cores", "in 1 turn")
        assert "Give it a pool" not in chat.flat


@thorough
async def test_the_preview_is_text_to_be_read(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        answer = (
            "Say **“What can *you* do?”**, see [the list](https://example.com/list) or `/help`.\n\n- one\n"
        )
        here.put(saved(answered("q", answer), conversation("c1", "Marks", demo=True)))
    async with chatting(demo(tmp_path)) as chat:
        await open_list(chat)
        await chat.sees("Say “What can you do?”, see the list or /help.", "• one")
        assert "example.com" not in chat.screen


@thorough
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15), (20, 6)])
async def test_it_fits_every_terminal(home: Path, size: tuple[int, int]) -> None:
    async with chatting(demo(home), size) as chat:
        await chat.until(lambda: chat.app.session.ledger.balance == 283)
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: listed(chat))
        await chat.settle()
        assert any("A conn" in row for row in chat.rows) or size[1] == 6
        assert all(len(row) <= size[0] for row in chat.rows)


# ------------------------------------------------------------------------------------------- putting things in order


@thorough
async def test_a_conversation_is_renamed_in_the_list(home: Path) -> None:
    async with listing(home) as chat:
        await chat.pilot.press("down", "alt+r")
        await chat.sees("New title")
        await chat.pilot.press("ctrl+u")
        await chat.type("Slow [b]regex[/] [@click=app.quit]x[/]")
        await chat.pilot.press("enter")
        await chat.sees("✗ Slow [b]regex[/] [@click=app.q…", "Slow [b]regex[/] [@click=app.quit]x[/]")
        screen = chat.app.screen
        assert isinstance(screen, ConversationsScreen)
        await chat.until(lambda: screen.rows.item is not None and screen.rows.item.title.startswith("Slow"))
        await chat.pilot.press("alt+r")
        await chat.sees("New title")
        await chat.pilot.press("escape")
        await chat.sees_no("New title")
        assert listed(chat)[1].startswith("Slow")


@thorough
async def test_archiving_takes_a_conversation_out_of_sight_and_tab_shows_it(home: Path) -> None:
    async with listing(home) as chat:
        await chat.sees("Tab shows the archive · Alt+S the service's history")
        await chat.pilot.press("alt+a")
        await chat.until(lambda: "A connection pool for Postgres" not in listed(chat))
        await chat.sees("Archived; Tab shows the archive.")
        await chat.pilot.press("tab")
        await chat.until(lambda: listed(chat) == TITLES)
        await chat.sees("archived")
        await chat.sees("Tab hides the archive · Alt+S the service's history")
        await chat.pilot.press("ctrl+home", "alt+a", "tab")
        await chat.until(lambda: len(listed(chat)) == 5 and listed(chat)[0] == TITLES[0])


@thorough
async def test_a_conversation_whose_answer_was_stopped_has_the_mark_and_the_word_of_that(
    tmp_path: Path,
) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("DEMO")
        turn = await chat.send("/demo stall")
        await chat.until(lambda: turn.has_text)
        await chat.pilot.press("escape")
        await chat.until(lambda: turn.over)
        await chat.pilot.press("ctrl+n", "ctrl+s")
        await chat.sees("■ /demo stall", "■ Stopped")
        assert "Interrupted" not in chat.screen


@thorough
async def test_deleting_tells_of_the_damaged_copies_that_may_still_hold_it(home: Path) -> None:
    (home / "data" / f"{FILE}.damaged-20260101-000000").write_bytes(b"anything")
    async with listing(home) as chat:
        await chat.pilot.press("down", "down", "f8")
        await chat.until(lambda: len(listed(chat)) == 4)
        await chat.pilot.press("escape")
        await chat.sees("1 copy of a damaged database may contain it, and is never deleted")


@thorough
async def test_what_is_deleted_is_hidden_can_be_brought_back_and_is_gone_at_the_end(home: Path) -> None:
    async with listing(home) as chat:
        await chat.pilot.press("down", "down", "f8")
        await chat.sees("Deleted when the program ends; until then Alt+Z brings it back.")
        await chat.until(lambda: len(listed(chat)) == 4)
        assert "A haiku about tests" not in listed(chat)
        await chat.pilot.press("f8")
        await chat.until(lambda: len(listed(chat)) == 3)
        await chat.pilot.press("alt+z")
        await chat.sees("“Explain this traceback” is back.")
        await chat.until(lambda: len(listed(chat)) == 4)
        await chat.pilot.press("alt+z")
        await chat.until(lambda: len(listed(chat)) == 5)
        await chat.pilot.press("alt+z")
        await chat.sees("Nothing is left to bring back.")
        await chat.pilot.press("ctrl+home", "down", "down", "f8")
        await chat.until(lambda: "A haiku about tests" not in listed(chat))
        await chat.pilot.press("escape")
        await chat.send_command("/undelete")
        await chat.sees("“A haiku about tests” is back.")
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: listed(chat))
        await chat.pilot.press("down", "down", "f8")
        await chat.until(lambda: "A haiku about tests" not in listed(chat))
        assert any(b"quiet again" in data for data in files(home).values())
    assert not any(b"quiet again" in data for data in files(home).values())


@thorough
async def test_the_conversation_on_the_screen_can_be_deleted_too(home: Path) -> None:
    async with chatting(demo(home)) as chat:
        await chat.sees("283 tokens")
        await chat.ask("2+2")
        await chat.type("a draft")
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: len(listed(chat)) == 6)
        assert "▸ 2+2" in chat.screen
        await chat.pilot.press("f8")
        await chat.until(lambda: len(listed(chat)) == 5)
        await chat.pilot.press("escape")
        await chat.sees("Ask anything")
        assert chat.app.session.conversation.answers == []
        assert chat.app.prompt.text == "a draft"
        await chat.ask("3+3")
    with opened(home / "data" / FILE) as database:
        titles = [title for (title,) in database.execute("SELECT title FROM conversation ORDER BY used DESC")]
    assert titles[:2] == ["a draft3+3", TITLES[0]]


async def test_undo_in_the_list_brings_back_what_was_deleted_and_leaves_the_prompt_behind_it(
    home: Path,
) -> None:
    async with chatting(demo(home)) as chat:
        await chat.sees("283 tokens")
        await chat.ask("2+2")
        await chat.type("erased")
        await chat.pilot.press("ctrl+u", "ctrl+s")
        await chat.until(lambda: len(listed(chat)) == 6)
        await chat.pilot.press("f8")
        await chat.until(lambda: len(listed(chat)) == 5)
        await chat.pilot.press("down", "down", "ctrl+z")
        await chat.sees("“2+2” is back.")
        await chat.until(lambda: len(listed(chat)) == 6)
        assert chat.app.prompt.text == ""
        # It stands where the cursor is, and was on the screen: it is again.
        screen = chat.app.screen
        assert isinstance(screen, ConversationsScreen)
        await chat.until(lambda: screen.rows.item is not None and screen.rows.item.title == "2+2")
        await chat.until(lambda: bool(chat.app.session.conversation.turns))
        await chat.pilot.press("escape")
        await chat.sees("2+2 = 4")
        # Other dialogs have nothing to undo, and keep the key from the prompt, too.
        await chat.pilot.press("f1", "ctrl+z", "escape")
        await chat.until(lambda: len(chat.app.screen_stack) == 1)
        assert chat.app.prompt.text == ""


# ------------------------------------------------------------------------------------------------------------ the mouse


@thorough
async def test_rows_are_clicked_twice_and_the_wheel_moves_the_view(tmp_path: Path, slow_clicks: None) -> None:
    with shelf(tmp_path / "data") as here:
        for number in range(100):
            here.put(
                saved(
                    answered(f"prompt {number}", "a"),
                    conversation(f"c{number}", f"Title {number}", demo=True),
                )
            )
    async with chatting(demo(tmp_path)) as chat:
        await open_list(chat)
        screen = chat.app.screen
        assert isinstance(screen, ConversationsScreen)
        assert len(listed(chat)) == 100
        rows = screen.rows
        await chat.pilot.click(rows, offset=(5, 3))
        await chat.until(lambda: rows.highlighted == 3)
        await chat.pilot.press("pagedown")
        assert rows.highlighted > 20
        await chat.pilot.press("ctrl+end")
        await chat.sees("Title 0")
        assert rows.highlighted == 99
        await chat.pilot.press("down")
        assert rows.highlighted == 0
        await chat.pilot.press("up")
        assert rows.highlighted == 99
        await chat.pilot._post_mouse_events([_wheel()], rows, offset=(5, 3))
        await chat.until(lambda: rows._top < 100 - rows.size.height)
        await chat.pilot.press("ctrl+home")
        await chat.pilot.click(rows, offset=(5, 2), times=2)
        await chat.sees("prompt 97")


async def test_what_is_found_for_a_list_that_is_being_left_ends_nothing(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        here.put(saved(answered("prompt", "a"), conversation("c", "Title", demo=True)))
    async with chatting(demo(tmp_path)) as chat:
        await open_list(chat)
        screen = chat.app.screen
        assert isinstance(screen, ConversationsScreen)
        await chat.pilot.press("escape")
        await chat.until(lambda: not screen.children)
        screen.find_again()
        screen.show_preview()
        await chat.pilot.press("x")
        await chat.until(lambda: chat.app.prompt.text == "x")
        assert chat.app.failure is None


def _wheel() -> Any:
    from textual.events import MouseScrollUp

    return MouseScrollUp


# ------------------------------------------------------------------------------------------------------- what was sent


@thorough
@pytest.mark.parametrize("way", ["ctrl+r", "/history"])
async def test_what_was_sent_in_any_conversation_is_found_and_put_into_the_prompt(
    home: Path, way: str
) -> None:
    async with chatting(demo(home)) as chat:
        await chat.sees("283 tokens")
        if way.startswith("/"):
            chat.app.prompt.insert(way)
            await chat.pilot.press("enter")
        else:
            await chat.type("kept")
            await chat.pilot.press(way)
        await chat.sees("Sent prompts", "Write a haiku about tests")
        screen = chat.app.screen
        assert isinstance(screen, HistoryScreen)
        await chat.type("postg")
        await chat.until(lambda: len(screen.rows._items) == 2)
        assert screen.rows.item is not None
        assert screen.rows.item.startswith("How large")
        await chat.pilot.press("ctrl+r")
        await chat.until(lambda: screen.rows.highlighted == 1)
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.prompt.text == "MySQL to Postgres, how?")
        if way == "ctrl+r":
            await chat.pilot.press("up")
            await chat.until(lambda: chat.app.prompt.text == "kept")


@every_case
@pytest.mark.parametrize("is_temporary", [False, True])
async def test_a_refused_prompt_is_found_where_its_foot_says(tmp_path: Path, is_temporary: bool) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        if is_temporary:
            await chat.send_command("/temp")
        held = Pause()
        service.queue(held, *json_response(404, {"error": "not_found", "message": "", "details": {}}))
        refused = await chat.send("Is it lost?")
        chat.app.prompt.insert("another")
        held.event.set()
        await chat.until(lambda: refused.over)
        await chat.sees("The prompt is not part of the conversation; Ctrl+R finds it again.")
        await chat.pilot.press("ctrl+r")
        await chat.shows(HistoryScreen)
        await chat.type("lost")
        await chat.sees("Is it lost?")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.prompt.text == "Is it lost?")


@thorough
async def test_up_and_down_go_through_what_was_sent_in_earlier_sessions(home: Path) -> None:
    async with chatting(demo(home)) as chat:
        await chat.sees("283 tokens")
        await chat.until(lambda: chat.app.prompt.sent)
        await chat.ask("2+2")
        for text in ("2+2", "And if one query takes a minute?"):
            await chat.pilot.press("up")
            assert chat.app.prompt.text == text
        await chat.pilot.press("down", "down")
        assert chat.app.prompt.text == ""


async def test_a_prompt_of_many_lines_is_one_row(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        here.put(saved(answered("\n\nfirst [b]line[/]\nsecond\nthird", "a"), conversation(demo=True)))
    async with chatting(demo(tmp_path), (80, 24)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("ctrl+r")
        await chat.sees("first [b]line[/]", "+2 lines", "third")


@thorough
async def test_a_draft_that_was_never_sent_is_listed_and_found_by_its_words(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        here.put(
            SaveDraft(conversation("c1", "", demo=True), "\n\nwhy is the sky\nblue at noon"),
            SaveDraft(conversation("c2", "", demo=True), "something else"),
        )
    async with chatting(demo(tmp_path), (120, 30)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("ctrl+s")
        await chat.sees("why is the sky draft", "something else draft")
        await chat.pilot.press("down")
        await chat.sees("blue at noon")
        assert "Untitled" not in chat.screen
        assert "0 answers" not in chat.screen
        await chat.type("noon")
        await chat.sees_no("something else")
        await chat.sees("why is the sky")


# ---------------------------------------------------------------------------------------------------------------- ages


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (-50, "now", "сейчас"),
        (59, "now", "сейчас"),
        (60, "1 min ago", "1 мин назад"),
        (7199, "1 h ago", "1 ч назад"),
        (86_400, "1 day ago", "1 день назад"),
        (6 * 86_400, "6 days ago", "6 дней назад"),
        (8 * 86_400, "13 September", "13 сентября"),
        (400 * 86_400, "2025-08-17", "17.08.2025"),
        (1e15, "", ""),
    ],
)
def test_ages_are_short(seconds: float, english: str, russian: str) -> None:
    assert age(NOW - seconds, NOW) == english
    i18n.use("ru")
    assert age(NOW - seconds, NOW) == russian


@thorough
async def test_thousands_of_conversations_are_drawn_a_screen_at_a_time(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        changes = [
            saved(answered(f"p{number}", "a"), conversation(f"c{number}", f"Title {number}", demo=True))
            for number in range(3_000)
        ]
        assert here.store.put(*changes).result(60)
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        drawn = 0
        row = ConversationsScreen.row

        def counted(self: Any, item: Any, width: int) -> Any:
            nonlocal drawn
            drawn += 1
            return row(self, item, width)

        ConversationsScreen.row = counted  # type: ignore[method-assign]  # put back below
        try:
            await chat.pilot.press("ctrl+s")
            await chat.sees("Title 2999")
            await chat.pilot.press("ctrl+end")
            await chat.sees("Title 0")
            assert drawn < 1000
        finally:
            ConversationsScreen.row = row  # type: ignore[method-assign]  # as it was


def test_on_a_narrow_screen_a_title_has_all_that_the_time_leaves() -> None:
    assert [cell.plain for cell in columns(36, "GPT-5", ("3 answers", ""), "now")] == ["  now"]
    wide = [columns(100, "GPT-5", ("3 answers", ""), when) for when in ("now", "12 min ago")]
    assert {tuple(cell.cell_length for cell in cells) for cells in wide} == {(20, 13, 14)}
