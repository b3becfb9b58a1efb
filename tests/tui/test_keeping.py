"""Conversations on disk, through the whole app: nothing that was on the screen is lost, whatever ends the program."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.content import Content

from elumenta_tui import i18n
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.markdown import growing, highlight
from elumenta_tui.store import FILE, writing
from elumenta_tui.tui.app import ElumentaApp
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.widgets.greeting import Greeting
from tests.chatting import Chat, account_at, chat_app, chatting, quick_demo, said
from tests.service import Head, Pause, Service, delta, ended, json_response, sse, started
from tests.storing import die, nobodys_directory, opened
from tests.thorough import thorough

WIDE = (240, 40)
"""Columns and rows for a notice with any path in one row."""


def stored_turns(home: Path) -> list[tuple[str, str, str]]:
    """Prompt, answer and state of every turn in the database, past the store."""
    with opened(home / "data" / FILE) as database:
        rows = database.execute(
            "SELECT prompt, text, state, answer.number FROM turn JOIN answer ON answer.turn = turn.number"
            " JOIN passage ON passage.answer = answer.number ORDER BY answer.number"
        ).fetchall()
        found = []
        for prompt, answer, state, number in rows:
            pieces = database.execute(
                "SELECT text FROM piece WHERE answer = ? ORDER BY start", (number,)
            ).fetchall()
            found.append((prompt, answer or "".join(piece for (piece,) in pieces), state))
        return found


def draft(home: Path) -> str | None:
    with opened(home / "data" / FILE) as database:
        row = database.execute("SELECT draft FROM conversation ORDER BY used DESC LIMIT 1").fetchone()
        return None if row is None else str(row[0])


async def saved(chat: Chat) -> None:
    """Wait until the store has written everything that it was given."""
    chat.app.session.open_library().autosave.flush()
    assert await asyncio.wrap_future(chat.app.session.open_library().autosave.store.put())


@asynccontextmanager
async def killed(app: ElumentaApp, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Chat]:
    """Run the app, and end it as a kill does."""
    async with chatting(app, size) as chat:
        yield chat
        keeper = app.session.open_library().autosave
        keeper.flush = lambda: None  # type: ignore[method-assign]  # nobody has time for that
        keeper._unsaved = 0
        await asyncio.to_thread(_die, app)


def _die(app: ElumentaApp) -> None:
    class Dying:
        store = app.session.open_library().autosave.store

        def close(self) -> int:
            return self.store.close(5)

    die(Dying())  # type: ignore[arg-type]  # all that it needs of a shelf


# --------------------------------------------------------------------------------------------------- what is saved when


async def test_p2_a_prompt_is_on_the_disk_before_its_request_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        may_write = threading.Event()
        apply = writing.apply

        def slow(*arguments: Any, **more: Any) -> None:
            may_write.wait(10)
            apply(*arguments, **more)

        monkeypatch.setattr(writing, "apply", slow)
        # A loaded machine takes a while from here to the look at what was posted.
        monkeypatch.setattr("elumenta_tui.session.autosave.COMMIT_PATIENCE", 60.0)
        turn = await chat.send("an important question")
        await chat.sees("Esc stops")
        await chat.settle()
        assert service.posts == []
        may_write.set()
        await service.posted()
        assert stored_turns(tmp_path)[0][0] == "an important question"
        await chat.until(lambda: turn.over)


async def test_d14_a_request_does_not_wait_for_ever_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elumenta_tui.session.autosave.COMMIT_PATIENCE", 0.05)
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        may_write = threading.Event()
        monkeypatch.setattr(writing, "apply", lambda *_, **__: may_write.wait(10))
        turn = await chat.ask("question")
        assert turn.state is AnswerState.COMPLETE
        may_write.set()


async def test_p1_what_streams_is_on_the_disk_half_a_second_later(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        first, second = Pause(), Pause()
        service.queue(
            sse(started(), delta("One "), done=False), first, sse(delta("two "), delta("three"), done=False), second,
            sse(delta(" four."), ended()),
        )  # fmt: skip
        turn = await chat.send("count")
        await chat.sees("One")
        await chat.until(lambda: stored_turns(tmp_path) == [("count", "One ", "streaming")])
        loop = asyncio.get_running_loop()
        first.event.set()
        await chat.until(lambda: turn.text.endswith("three"))
        seen = loop.time()
        await chat.until(lambda: stored_turns(tmp_path) == [("count", "One two three", "streaming")])
        assert loop.time() - seen < 3.0, "the end of the answer has not come yet"
        second.event.set()
        await chat.until(lambda: stored_turns(tmp_path) == [("count", "One two three four.", "complete")])


@thorough
async def test_state_price_balance_and_times_are_stored_and_what_is_learnt_later_too(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(sse(started(), delta("Half"), done=False))
        await chat.ask("cut")
        await chat.sees("the answer was cut off")
        await chat.until(lambda: chat.app.session.conversation.answers[0].charge.after is not None)
        await saved(chat)
        with opened(tmp_path / "data" / FILE) as database:
            [row] = database.execute(
                "SELECT state, model, model_name, balance_before, balance_after, failure, asked_on, ended_on FROM answer"
            ).fetchall()
        assert row[:5] == ("interrupted", "gpt-5", "GPT-5", 300, 300)
        assert json.loads(row[5])["kind"] == "cut"
        assert row[6] <= row[7]


# -------------------------------------------------------------------------------------------------------- going on


async def test_continue_opens_the_last_conversation_and_sends_it_exactly_as_before(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            service.queue(sse(started(), delta("Первый **ответ**"), ended(2, 298)))
            await chat.ask("первый")
            service.queue(sse(started(), delta("Half an ans"), done=False))
            await chat.ask("second")
            service.queue(
                json_response(503, {"error": "model_unavailable", "message": "later", "details": {}})
            )
            service.queue(sse(started("claude-opus-4.5"), delta("Third"), ended(6, 290)))
            await chat.pilot.press("ctrl+l")
            await chat.sees("search…")
            await chat.type("opus")
            await chat.sees_no("GPT-5.2")
            await chat.pilot.press("enter")
            await chat.ask("third")
            before = chat.app.session.conversation.context()
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("GPT-5 · 2 tokens", "Первый ответ", "2 tokens", "GPT-5 · Interrupted · ", "Third")
            await chat.sees("✓ Claude Opus 4.5", "Claude Opus 4.5 Ctrl+L", "spent 0")
            assert chat.app.session.conversation.context() == before
            await chat.ask("fourth")
            assert service.posts[-1].messages == [
                *[(message.role, message.text) for message in before], ("user", "fourth"),
            ]  # fmt: skip
            assert service.posts[-1].json["model"] == "claude-opus-4.5"
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("297 tokens")
            assert chat.app.session.conversation.answers == []
            await chat.until(lambda: chat.app.prompt.sent)
            await chat.pilot.press("up", "up")
            await chat.until(lambda: chat.app.prompt.text == "third")


@thorough
@pytest.mark.usefixtures("painted")
async def test_no_greeting_stands_in_for_a_conversation_that_is_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[Greeting] = []
    render = Greeting.render

    def noted(greeting: Greeting) -> Content:
        painted.append(greeting)
        return render(greeting)

    monkeypatch.setattr(Greeting, "render", noted)
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await said(chat, service, "first", "Answer.")
        assert painted
        painted.clear()
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("Answer.")
            assert not painted
            await chat.pilot.press("ctrl+n")
            await chat.until(lambda: painted)


async def test_code_of_a_resumed_conversation_is_readable_before_its_lexer_is_loaded_and_coloured_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_read = threading.Event()
    load = growing.warm

    def load_later(language: str) -> None:
        assert is_read.wait(10)
        load(language)

    def words(chat: Chat) -> list[str]:
        """The pieces of equal style of the row with the code."""
        lines = (chat.app.transcript.render_line(y) for y in range(chat.app.transcript.size.height))
        return next(
            [each.text.strip() for each in line if each.text.strip()]
            for line in lines
            if "return" in line.text
        )

    async with Service() as service:
        service.queue(sse(started(), delta("Code:\n\n```python\nreturn 'x'\n```\n\nDone."), ended()))
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.ask("code")
            await chat.sees("return 'x'")
        monkeypatch.setattr(highlight, "_lexers", {})
        monkeypatch.setattr(growing, "warm", load_later)
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("return 'x'", "Done.")
            assert "return 'x'" in words(chat)
            before = chat.screen
            is_read.set()
            await chat.until(lambda: {"return", "'x'"} <= set(words(chat)))
            assert chat.screen.splitlines()[:8] == before.splitlines()[:8]


@thorough
async def test_a_model_that_is_named_wins_over_the_one_of_the_conversation(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            await chat.ask("one")
        app = chat_app(account_at(service.url), tmp_path, resume=True, model="deepseek-v3")
        async with chatting(app) as chat:
            await chat.sees("Here are the numbers", "DeepSeek V3 Ctrl+L")


@thorough
async def test_there_may_be_nothing_to_continue(tmp_path: Path) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat,
    ):
        await chat.sees("No conversation to continue yet.", "Welcome!")


@thorough
async def test_demo_and_account_have_conversations_of_their_own(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            await chat.ask("a real question")
        async with chatting(chat_app(quick_demo(), tmp_path, resume=True)) as chat:
            await chat.sees("283 tokens", "No conversation to continue yet.")
            await chat.pilot.press("up")
            assert chat.app.prompt.text == ""
            await chat.ask("2+2")
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("a real question")


# -------------------------------------------------------------------------------------------------------- after a crash


async def test_p3_after_a_crash_the_next_start_shows_what_was_cut_and_what_can_be_done(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with killed(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            await chat.ask("before")
            pause = Pause()
            service.queue(sse(started(), delta("Half an answer"), done=False), pause)
            await chat.send("tell me")
            await chat.until(
                lambda: stored_turns(tmp_path)[1:] == [("tell me", "Half an answer", "streaming")]
            )
        service.balance = 281
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees(
                "The program ended in the middle of an answer, in “before”.", "Half an answer",
                "Interrupted: the program ended before the answer was complete.",
                "F5 sends it again: 2 tokens", "F6 asks for the rest: 2 tokens",
            )  # fmt: skip
            await chat.sees("what it cost is not known", "spent 0")
            assert len(service.posts) == 2
            await chat.pilot.press("f6")
            await chat.until(
                lambda: (
                    len(chat.app.session.conversation.answers) == 3
                    and chat.app.session.conversation.answers[2].over
                )
            )
            assert service.posts[2].messages[2:] == [
                ("user", "tell me"), ("assistant", "Half an answer"), ("user", i18n.say("continue.prompt")),
            ]  # fmt: skip
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("297 tokens", "Ask anything")
        assert [state for _, _, state in stored_turns(tmp_path)] == ["complete", "interrupted", "complete"]


@thorough
async def test_two_programs_that_ended_badly_are_told_together(tmp_path: Path) -> None:
    async with Service() as service:
        async with killed(chat_app(account_at(service.url), tmp_path)) as one:
            await one.sees("300 tokens")
            async with killed(chat_app(account_at(service.url), tmp_path)) as two:
                await two.sees("300 tokens")
                for chat, prompt in ((one, "first"), (two, "second")):
                    service.queue(sse(started(), delta(f"Half of {prompt}"), done=False), Pause())
                    await chat.send(prompt)
                await chat.until(
                    lambda: (
                        [text for _, text, _ in stored_turns(tmp_path)] == ["Half of first", "Half of second"]
                    )
                )
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("in the middle of 2 answers", "“first”, “second”")
            chat.app.clear_notifications()
            await chat.sees("Half of second")
            await chat.pilot.press("ctrl+s")
            await chat.sees("✗ first", "▸ second")


async def test_a_prompt_that_got_no_text_before_the_crash_is_in_the_prompt_again(tmp_path: Path) -> None:
    async with Service() as service:
        async with killed(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            pause = Pause()
            service.queue(Head(), pause)
            await chat.send("an important question")
            await chat.until(pause.reached.is_set)
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("Failed: the program ended before the answer was complete.", "it is below again")
            assert chat.app.prompt.text == "an important question"
            await chat.pilot.press("enter")
            await chat.until(
                lambda: (
                    len(chat.app.session.conversation.answers) == 2
                    and chat.app.session.conversation.answers[1].over
                )
            )
            assert service.posts[1].messages == [("user", "an important question")]


@thorough
async def test_what_the_user_does_before_the_store_is_there_is_not_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Service() as service:
        async with killed(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            await chat.ask("before")
            await chat.type("draft")
            await chat.until(lambda: draft(tmp_path) == "draft")
        may_open = threading.Event()
        from elumenta_tui.store import database

        examine = database.examine

        def slow(*arguments: Any, **more: Any) -> None:
            may_open.wait(10)
            examine(*arguments, **more)

        monkeypatch.setattr(database, "examine", slow)
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("297 tokens")
            await chat.type("typed")
            may_open.set()
            await chat.sees("did not end properly", "before")
            assert chat.app.prompt.text == "draft\ntyped"


# ------------------------------------------------------------------------------------------------------------- drafts


async def test_d16_a_draft_is_stored_within_two_seconds_and_comes_back_after_a_crash(tmp_path: Path) -> None:
    async with Service() as service:
        async with killed(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            loop = asyncio.get_running_loop()
            await chat.type("half a th")
            typed = loop.time()
            await chat.until(lambda: draft(tmp_path) == "half a th")
            assert loop.time() - typed < 2.0
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("half a th")
            await chat.type("ought")
            assert chat.app.prompt.text == "half a thought"
            await chat.pilot.press("enter")
            await chat.until(
                lambda: (
                    len(chat.app.session.conversation.answers) == 1
                    and chat.app.session.conversation.answers[0].over
                )
            )
            await saved(chat)
            assert draft(tmp_path) == ""


@thorough
async def test_a_draft_of_a_new_conversation_comes_back_after_an_orderly_end_too(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            await chat.ask("first")
            await chat.type("for later")
            await chat.pilot.press("ctrl+n")
            assert chat.app.prompt.text == "for later"
        with opened(tmp_path / "data" / FILE) as database:
            drafts = database.execute("SELECT draft, title FROM conversation ORDER BY used").fetchall()
        assert drafts == [("", "first"), ("for later", "")]
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("for later")
            assert chat.app.session.conversation.answers == []
            await chat.pilot.press("ctrl+c")
            await saved(chat)
            with opened(tmp_path / "data" / FILE) as database:
                assert database.execute("SELECT count(*) FROM conversation").fetchone() == (1,)


# ------------------------------------------------------------------------------------------------------- a hard life


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """While the event is set, every transaction of the store meets a full disk."""
    import sqlite3

    full = threading.Event()
    apply = writing.apply

    def refuse(*arguments: Any, **more: Any) -> None:
        if full.is_set():
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        apply(*arguments, **more)

    monkeypatch.setattr(writing, "apply", refuse)
    monkeypatch.setattr("elumenta_tui.store.writer.RETRY_AFTER", (0.05,))
    yield full
    full.clear()


async def test_p4_a_full_disk_is_on_the_screen_and_the_chat_goes_on(
    tmp_path: Path, small_disk: threading.Event
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        await chat.ask("one")
        small_disk.set()
        await chat.send("two")
        await chat.sees("Not saved: the disk is full.", "not saved: disk full")
        await chat.until(lambda: chat.app.session.conversation.answers[-1].over)
        await chat.ask("three")
        await chat.sees("not saved: disk full")
        # Leaving asks first, and the conversation can be written elsewhere.
        await chat.pilot.press("ctrl+q")
        await chat.sees("not saved yet", "press Ctrl+Q again to quit anyway")
        target = tmp_path / "elsewhere.json"
        chat.app.prompt.insert(f"/export {target}")
        await chat.pilot.press("enter")
        await chat.sees("Exported to")
        [exported] = json.loads(target.read_text())["conversations"]
        assert [entry["text"] for entry in exported["turns"] if entry["role"] == "user"] == [
            "one",
            "two",
            "three",
        ]
        small_disk.clear()
        await chat.sees("Everything is saved again.")
        await chat.sees_no("not saved")
        assert [prompt for prompt, _, _ in stored_turns(tmp_path)] == ["one", "two", "three"]


@thorough
async def test_who_leaves_all_the_same_is_not_held(tmp_path: Path, small_disk: threading.Event) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        small_disk.set()
        await chat.ask("one")
        await chat.sees("not saved: disk full")
        await chat.pilot.press("ctrl+q")
        await chat.sees("again to quit anyway")
        assert chat.app.return_value is None
        await chat.pilot.press("ctrl+q")
        await chat.until(lambda: chat.app.return_value == 0)
        assert await asyncio.to_thread(chat.app.end_saving) > 0


@thorough
@pytest.mark.parametrize(
    ("spoil", "sentence", "bar"),
    [
        (lambda path: path.write_bytes(b"<html>"), "The database was damaged. It is kept as", ""),
        (lambda path: path.mkdir(), "The database was damaged. It is kept as", ""),
        (lambda path: path.symlink_to(path), "Not saved:", "not saved: disk error"),
    ],
    ids=["garbage", "directory", "loop of links"],
)
async def test_a_database_that_can_not_be_used_is_told_and_the_chat_works(
    tmp_path: Path, spoil: Any, sentence: str, bar: str
) -> None:
    (tmp_path / "data").mkdir()
    spoil(tmp_path / "data" / FILE)
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees(sentence, bar)
        turn = await chat.ask("all the same")
        assert turn.state is AnswerState.COMPLETE
        if not bar:
            assert stored_turns(tmp_path) == [("all the same", turn.text, "complete")]
            assert list((tmp_path / "data").glob(f"{FILE}.damaged-*"))


async def test_p5_a_newer_database_is_not_touched(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            await chat.ask("old")
        path = tmp_path / "data" / FILE
        with opened(path) as database:
            database.execute("PRAGMA user_version = 9999")
        before = path.read_bytes()
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("made by a newer version", "not saved: newer database")
            await chat.ask("new")
            assert path.read_bytes() == before


@thorough
async def test_a_database_that_is_deleted_under_the_program_is_written_anew(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        await chat.ask("one")
        (tmp_path / "data" / FILE).unlink()
        await chat.ask("two")
        await chat.sees("was moved, deleted or replaced")
        await saved(chat)
        assert [prompt for prompt, _, _ in stored_turns(tmp_path)] == ["one", "two"]


async def test_p6_two_programs_on_the_same_conversation_keep_each_others_turns(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as first:
        await first.sees("300 tokens")
        await first.ask("1")
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as second:
            await second.sees("297 tokens", "Here are the numbers")
            await asyncio.gather(first.ask("2 first"), second.ask("2 second"))
            await asyncio.gather(first.ask("3 first"), second.ask("3 second"))
            await saved(first)
            await saved(second)
            prompts = [prompt for prompt, _, _ in stored_turns(tmp_path)]
            assert sorted(prompts) == ["1", "2 first", "2 second", "3 first", "3 second"]
            assert "locked" not in first.screen + second.screen
            together = first.screen + second.screen
            assert "Another window is writing to this conversation too" in " ".join(together.split())


@thorough
async def test_what_another_window_has_added_is_there_when_the_conversation_is_opened_again(
    tmp_path: Path,
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as first:
        await first.sees("300 tokens")
        await first.ask("1")
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as second:
            await second.sees("Here are the numbers")
            await second.ask("2 elsewhere")
        await first.ask("3")
        await first.sees("Another window is writing to this conversation too")
        await first.pilot.press("ctrl+s")
        await first.sees("3 answers")
        await first.pilot.press("enter")
        await first.sees("2 elsewhere")
        assert [turn.prompt for turn in first.app.session.conversation.answers] == ["1", "2 elsewhere", "3"]
        await first.sees_no("Another window is writing to this conversation too")


async def test_what_another_window_is_receiving_is_not_offered_for_money_again(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as first:
        await first.sees("300 tokens")
        service.queue(sse(started(), delta("Half"), done=False), Pause())
        await first.send("go")
        await first.sees("Half")
        await saved(first)
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as second:
            await second.sees("the answer is still coming in another window", "Open the conversation again")
            assert "F5 " not in second.screen
            assert "F6 " not in second.screen


@thorough
async def test_where_nothing_may_be_written_conversations_can_still_be_continued() -> None:
    with nobodys_directory() as data:
        home = data.parent
        async with Service() as service:
            async with chatting(chat_app(account_at(service.url), home)) as chat:
                await chat.sees("300 tokens")
                await chat.ask("one")
            (data / FILE).chmod(0o400)
            data.chmod(0o500)
            async with chatting(chat_app(account_at(service.url), home, resume=True)) as chat:
                await chat.sees("not saved: read-only")
                chat.app.clear_notifications()
                await chat.sees("Here are the numbers")
                await chat.ask("two")
                assert service.posts[1].messages[0] == ("user", "one")
            data.chmod(0o700)


@thorough
async def test_a_lone_surrogate_poisons_nothing(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            broken = json.dumps(delta("A\ud800B"), ensure_ascii=True)
            service.queue(sse(started(), broken, delta(" end"), ended()))
            await chat.ask("go")
            await chat.ask("next")
            assert service.posts[1].messages[1] == ("assistant", "A\ufffdB end")
        assert stored_turns(tmp_path)[0][1] == "A\ufffdB end"
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("A\ufffdB end")


async def test_every_file_is_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0o022)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    try:
        async with Service() as service, chatting(chat_app(account_at(service.url), home)) as chat:
            await chat.sees("300 tokens")
            await chat.ask("q")
            await chat.pilot.press("f12")
            chat.app.prompt.insert("/export md")
            await chat.pilot.press("enter")
            await chat.until(lambda: list(home.glob("data/exports/*.md")))
            seen = {path: stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*")}
            assert {path.name for path in seen} >= {FILE, f"{FILE}-wal", f"{FILE}-shm", "state.toml", "q.md"}
            assert [path for path, mode in seen.items() if mode != (0o700 if path.is_dir() else 0o600)] == []
    finally:
        os.umask(before)


# --------------------------------------------------------------------------------------------------- titles and exports


@thorough
async def test_a_conversation_is_called_after_the_first_prompt_that_is_part_of_it(tmp_path: Path) -> None:
    refusal = json_response(403, {"error": "plan", "message": "no"})
    async with Service() as service:
        service.queue(refusal)
        service.queue(refusal)
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            for prompt in ("came to nothing", "nor did this", "what counts", "and more"):
                await chat.ask(prompt)
                chat.app.prompt.clear()
            assert [turn.has_text for turn in chat.app.session.conversation.answers] == [
                False,
                False,
                True,
                True,
            ]
            await saved(chat)
        with opened(tmp_path / "data" / FILE) as database:
            assert database.execute("SELECT title FROM conversation").fetchall() == [("what counts",)]


@thorough
async def test_a_title_that_a_person_gave_stays_when_a_prompt_comes_to_nothing(tmp_path: Path) -> None:
    async with Service() as service:
        service.queue(json_response(403, {"error": "plan", "message": "no"}))
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            await chat.ask("came to nothing")
            chat.app.prompt.clear()
            chat.app.prompt.insert("/rename Mine")
            await chat.pilot.press("enter")
            await chat.sees("Renamed to “Mine”.")
            await chat.ask("what counts")
            await saved(chat)
        with opened(tmp_path / "data" / FILE) as database:
            assert database.execute("SELECT title FROM conversation").fetchall() == [("Mine",)]


async def test_a_conversation_is_renamed(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        chat.app.prompt.insert("/rename")
        await chat.pilot.press("enter")
        await chat.sees("Nothing to rename yet.")
        await chat.ask("what is this")
        chat.app.prompt.insert("/rename Мой [b]разговор[/] ")
        await chat.pilot.press("enter")
        await chat.sees("Renamed to “Мой [b]разговор[/]”.")
        chat.app.prompt.insert("/rename")
        await chat.pilot.press("enter")
        await chat.sees("New title", "Мой [b]разговор[/]")
        await chat.type("!")
        await chat.pilot.press("enter")
        await chat.sees("Renamed to “Мой [b]разговор[/]!")
        await saved(chat)
        with opened(tmp_path / "data" / FILE) as database:
            assert database.execute("SELECT title FROM conversation").fetchall() == [("Мой [b]разговор[/]!",)]


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("pdf", "Unknown format pdf: formats are md, html and json. A path needs a dot or a slash."),
        ("chat.pdf", "Cannot write .pdf: formats are md, html and json."),
        ("./notes/chat.docx", "Cannot write .docx"),
    ],
)
async def test_an_export_in_a_format_that_there_is_not_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, said: str
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), WIDE) as chat:
        await chat.sees("300 tokens")
        await chat.ask("q")
        chat.app.prompt.insert(f"/export {argument}")
        await chat.pilot.press("enter")
        await chat.sees(said)
        assert chat.app.prompt.text == f"/export {argument}"
        assert not any(here.rglob("*"))
        assert not (tmp_path / "data" / "exports").exists()


@thorough
async def test_the_path_of_an_export_is_copied_right_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Copying, "copy", lambda copying, text: copied.append(text))
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), WIDE) as chat:
        await chat.sees("300 tokens")
        await chat.ask("q")
        chat.app.prompt.insert("/export json")
        await chat.pilot.press("enter")
        await chat.sees("Ctrl+Y copies the path")
        await chat.pilot.press("ctrl+y")
        turn = await chat.ask("r")
        await chat.pilot.press("ctrl+y")
        assert copied == [str(tmp_path / "q.json"), turn.text]


@thorough
async def test_a_conversation_is_exported_as_html_by_its_format_or_the_ending_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), WIDE) as chat:
        await chat.sees("300 tokens")
        turn = await chat.ask("q")
        for argument, name in (
            ("html", "q.html"),
            ("mine.html", "mine.html"),
            ("all html all.html", "all.html"),
        ):
            chat.app.prompt.insert(f"/export {argument}")
            await chat.pilot.press("enter")
            await chat.until((tmp_path / name).exists)
            text = (tmp_path / name).read_text(encoding="utf-8")
            assert text.startswith("<!DOCTYPE html>")
            assert turn.text in text


async def test_a_conversation_is_exported_and_nothing_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), WIDE) as chat:
        await chat.sees("300 tokens")

        async def export(argument: str) -> None:
            chat.app.notice.forget()
            chat.app.prompt.insert(f"/export {argument}".strip())
            await chat.pilot.press("enter")

        await export("")
        await chat.sees("Nothing to export yet.")
        pause = service.queue_half()
        turn = await chat.send("../../what: is this?")
        await chat.sees("Half")
        for name in (".. what is this.md", ".. what is this (2).md"):
            await export("")
            path = here / name.removeprefix(".. ")
            await chat.until(path.exists)
            await chat.sees("Ctrl+Y copies the path")
            assert "> Half" in path.read_text()
            assert "· Streaming" in path.read_text()
        pause.event.set()
        await chat.until(lambda: turn.over)
        await export(f"json {tmp_path / 'mine.txt'}")
        await chat.sees("Exported to")
        content = (tmp_path / "mine.txt").read_text()
        assert json.loads(content)["conversations"][0]["turns"][1]["text"] == "Half whole"
        await export(f"md {tmp_path / 'mine.txt'}")
        await chat.sees("already exists and was not changed")
        assert (tmp_path / "mine.txt").read_text() == content
        await export(f"md {tmp_path / 'mine.txt' / 'below'}")
        await chat.sees("There is no directory", "nothing was exported")
        await export("md ~nobody-of-that-name/x.md")
        await chat.sees("could not be written", "No such file or directory")
        # A directory gets a file that is named after the title.
        await export(str(tmp_path))
        await chat.until((tmp_path / "what is this.md").exists)
