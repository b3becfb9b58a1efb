"""The cursor as a mode: its letters in both layouts, versions, branches, edits, and what is sent and saved of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.cells import cell_len

from elumenta_tui import i18n
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer, AnswerState, Turn
from elumenta_tui.demo import DemoTransport
from elumenta_tui.i18n import Language
from elumenta_tui.session.backend import demo_account
from elumenta_tui.text.layouts import QWERTY_KEYS
from elumenta_tui.tui.acts import ACTS, ANYWHERE, act_of, hint_pages
from elumenta_tui.tui.screens.regenerate import RegenerateScreen
from elumenta_tui.tui.widgets.model_picker import ModelPicker
from tests.chatting import Chat, account_at, chat_app, chatting, hurry, lead
from tests.service import Pause, Service, answer, delta, ended, sse, started
from tests.storing import answered, one_after_another
from tests.terminal.test_keyboard import names
from tests.thorough import thorough

SIZES = [(120, 40), (80, 24), (40, 15)]
LETTERS = [act.key for act in ACTS if len(act.key) == 1]
TWINS = {
    qwerty: russian for russian, qwerty in QWERTY_KEYS.items() if russian in "йцукенгшщзфывапролдячсмить"
}
SIZES_AND_LAYOUTS = pytest.mark.parametrize(
    ("size", "layout"),
    [((120, 40), "latin"), ((80, 24), "russian"), ((40, 15), "latin"), ((40, 15), "russian")],
)
"""Every size and both layouts. A letter means the same at every size; the least of them shows what has no room."""


def key(letter: str, layout: str) -> str:
    return letter if layout == "latin" else TWINS[letter]


@asynccontextmanager
async def two_turns(service: Service, home: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Chat]:
    """The app with one and its answer first, two and its answer second."""
    async with chatting(chat_app(account_at(service.url), home), size) as chat:
        await chat.sees("300")
        for prompt, text in (("one", "first"), ("two", "second")):
            service.queue(answer(text))
            await chat.ask(prompt)
        yield chat


async def on(chat: Chat, source: str) -> None:
    """Move the cursor up to what has that source."""
    cursor = chat.app.transcript.cursor
    for _ in range(20):
        await chat.pilot.press("alt+up")
        if cursor.text == source:
            return
    raise AssertionError(f"the cursor never came to {source!r}\n{chat.screen}")


async def after_restart(service: Service, home: Path) -> list[str]:
    """The prompts and answers of the path, as the next start shows them, and the draft behind them."""
    async with chatting(chat_app(account_at(service.url), home, resume=True)) as chat:
        # The draft comes with the transcript.
        await chat.until(lambda: len(chat.app.transcript.viewport))
        conversation = chat.app.session.conversation
        said = [text for turn in conversation.path() for text in (turn.prompt, turn.shown.text)]
        return [*said, chat.app.prompt.text]


# ------------------------------------------------------------------------------------------------------- the hint line


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("room", [36, 76, 117])
def test_the_hint_names_every_letter_and_fits(language: Language, room: int) -> None:
    i18n.use(language)
    for kind in ANYWHERE:
        acts = [act for act in ACTS if kind in act.kinds]
        pages = ["".join(text for text, _ in page) for page in hint_pages(acts, room, has_parts=True)]
        assert all(cell_len(page) <= room for page in pages)
        assert all(f"? {i18n.say('cursor.more')}" in page for page in pages) is (len(pages) > 1)
        for act in acts:
            # Never a letter without its word.
            assert any(i18n.say(f"cursor.{act.words or act.action}") in page for page in pages)
        # How to reach the parts stands on the first one.
        assert f"↑ ↓ {i18n.say('cursor.parts')}" in pages[0]


def test_a_letter_is_found_in_every_layout_and_no_capital_is_one() -> None:
    for act in ACTS:
        here = [each for each in ACTS if act.kinds[0] in each.kinds]
        assert act_of(act.key, here) == act
        if len(act.key) == 1:
            assert act_of(TWINS[act.key], here) == act
            assert act_of(act.key.upper(), here) is None
            assert act_of(TWINS[act.key].upper(), here) is None
    assert act_of("j", ACTS) is None


@thorough
@pytest.mark.parametrize("size", SIZES)
async def test_the_hint_stands_at_the_cursor_until_it_leaves(tmp_path: Path, size: tuple[int, int]) -> None:
    async with Service() as service, two_turns(service, tmp_path, size) as chat:
        assert "c copy" not in chat.screen
        await on(chat, "second")
        await chat.sees("c copy r regenerate q quote" if size[0] > 40 else "c copy r regenerate ? more")
        await on(chat, "two")
        await chat.sees("c copy e edit")
        assert "regenerate" not in chat.flat
        await chat.pilot.press("escape")
        await chat.sees_no("c copy")
        assert chat.app.transcript.cursor.stop is None


@thorough
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_question_mark_shows_the_acts_that_the_hint_has_no_room_for(
    tmp_path: Path, size: tuple[int, int], language: Language
) -> None:
    i18n.use(language)
    async with Service() as service, two_turns(service, tmp_path, size) as chat:
        await on(chat, "second")
        save, more = i18n.say("cursor.save"), f"? {i18n.say('cursor.more')}"
        for _ in range(5):
            if f"s {save}" in chat.flat:
                break
            assert more in chat.flat
            await chat.pilot.press("?")
        await chat.sees(f"s {save}")
        assert not chat.app.prompt.text
        if more not in chat.flat:
            # All are there: the key is a letter like any other.
            await chat.pilot.press("?")
            await chat.until(lambda: chat.app.prompt.text == "?")


LONG = "\n\n".join(f"Paragraph {number} is **here**." for number in range(30))
"""An answer of many parts."""


@thorough
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_messages_are_one_step_each_and_plain_arrows_stop_at_paragraphs(
    tmp_path: Path, size: tuple[int, int], language: Language
) -> None:
    i18n.use(language)
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
        for prompt, text in (("one", LONG), ("two", f"{LONG}\n\n- first\n- *second*\n\n```\ncode\n```")):
            service.queue(answer(text))
            await chat.ask(prompt)
        cursor = chat.app.transcript.cursor
        await chat.pilot.press("alt+up")
        await chat.sees(f"↑ ↓ {i18n.say('cursor.parts')}")
        seen = [cursor.text]
        for _ in range(3):
            await chat.pilot.press("alt+up")
            seen.append(cursor.text)
        assert [text[:3] for text in seen if text is not None] == ["Par", "two", "Par", "one"]
        # From either side the answer as a whole comes first, then its parts.
        await chat.pilot.press("down", "down")
        assert cursor.text == "Paragraph 0 is here."
        await chat.pilot.press("alt+down", "down", "alt+down")
        assert cursor.stop is None
        await chat.pilot.press("alt+up", "up")
        assert cursor.text == "code"
        await chat.pilot.press("up")
        assert cursor.text == "- first\n- second"
        await chat.pilot.press("up", "q")
        await chat.sees("1 ❝ Paragraph 29 is here.")
        await chat.send("Why?")
        assert service.posts[-1].texts[-1] == "> Paragraph 29 is here.\n\nWhy?"


@thorough
async def test_a_letter_that_is_no_act_is_typed_and_ends_the_mode(tmp_path: Path) -> None:
    async with Service() as service, two_turns(service, tmp_path) as chat:
        await on(chat, "second")
        await chat.type("hers")
        await chat.until(lambda: chat.app.prompt.text == "hers")
        await chat.sees_no("c copy")
        await chat.pilot.press("ctrl+u")
        await on(chat, "second")
        await chat.paste("pasted")
        await chat.until(lambda: chat.app.transcript.cursor.stop is None)
        await chat.pilot.press("enter")
        await chat.until(lambda: len(service.posts) == 3)


@thorough
async def test_a_command_is_typed_for_what_the_cursor_is_on(tmp_path: Path) -> None:
    async with Service() as service, two_turns(service, tmp_path) as chat:
        await on(chat, "one")
        await chat.type("/edit")
        await chat.pilot.press("enter")
        await chat.sees("Editing prompt 1 of 2")
        assert chat.app.prompt.text == "one"


@thorough
async def test_the_arrows_move_the_cursor_and_enter_sends_nothing(tmp_path: Path) -> None:
    async with Service() as service, two_turns(service, tmp_path) as chat:
        await chat.type("a draft")
        await chat.pilot.press("alt+up")
        cursor = chat.app.transcript.cursor
        assert cursor.text == "second"
        await chat.pilot.press("up")
        assert cursor.text == "two"
        await chat.pilot.press("down")
        assert cursor.text == "second"
        await chat.pilot.press("enter")
        await chat.sees("▸ second · 1 word")
        assert (chat.app.prompt.text, len(service.posts)) == ("a draft", 2)
        await chat.pilot.press("enter")
        await chat.sees_no("▸")


# ------------------------------------------------------------------------------------------------------------- editing


def test_the_keys_that_jump_come_from_a_terminal_and_from_tmux() -> None:
    for data, name in (
        ("\x1b[5;3~", "alt+pageup"),
        ("\x1b[6;3~", "alt+pagedown"),
        ("\x1b\x1b[5~", "alt+pageup"),
    ):
        assert names(data) == [name]


@thorough
@SIZES_AND_LAYOUTS
async def test_an_edited_prompt_is_sent_as_another_version(
    tmp_path: Path, size: tuple[int, int], layout: str
) -> None:
    async with Service() as service:
        async with two_turns(service, tmp_path, size) as chat:
            await chat.type("later")
            await on(chat, "one")
            await chat.pilot.press(key("e", layout))
            await chat.sees("1 of 2" if size[0] > 40 else "1/2", "Enter")
            assert chat.app.prompt.text == "one"
            await chat.type(" more")
            service.queue(answer("third"))
            await chat.pilot.press("enter")
            await chat.sees("‹2/2›", "third")
            assert service.posts[-1].texts == ["one more"]
            assert chat.app.prompt.text == "later"
            await on(chat, "one more")
            await chat.pilot.press("left")
            await chat.sees("‹1/2›", "second")
            assert chat.app.transcript.cursor.text == "one"
        assert await after_restart(service, tmp_path) == ["one", "first", "two", "second", "later"]


@thorough
async def test_leaving_an_edit_brings_the_draft_back_and_keeps_what_was_edited(tmp_path: Path) -> None:
    async with Service() as service, two_turns(service, tmp_path) as chat:
        await chat.type("later")
        await on(chat, "two")
        await chat.pilot.press("e")
        await chat.sees("Editing prompt 2 of 2")
        await chat.type("!")
        await chat.pilot.press("escape")
        await chat.sees_no("Editing")
        assert chat.app.prompt.text == "later"
        await chat.pilot.press("ctrl+u", "up")
        assert chat.app.prompt.text == "two!"
        assert len(service.posts) == 2


@thorough
async def test_a_crash_while_editing_loses_neither_the_draft_nor_the_edit(tmp_path: Path) -> None:
    async with Service() as service:
        async with two_turns(service, tmp_path) as chat:
            await chat.type("later")
            await on(chat, "two")
            await chat.pilot.press("e")
            await chat.until(lambda: chat.app.prompt.text == "two")
            assert chat.app.parts.draft == "later"
            await chat.type(" edited")
        assert (await after_restart(service, tmp_path))[-1] == "later\ntwo edited"


async def test_a_new_conversation_takes_both_texts_along(tmp_path: Path) -> None:
    async with Service() as service, two_turns(service, tmp_path) as chat:
        await chat.type("later")
        await on(chat, "two")
        await chat.pilot.press("e")
        await chat.type(" edited")
        await chat.pilot.press("ctrl+n")
        await chat.sees("Ask anything")
        assert chat.app.prompt.text == "later\ntwo edited"
        service.queue(answer("new"))
        await chat.pilot.press("enter")
        await chat.sees("new")
        assert service.posts[-1].texts == ["later\ntwo edited"]


@thorough
async def test_an_edit_lets_the_answer_that_is_coming_go_on_beside(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300")
            pause = service.queue_half(sse(delta(" whole"), ended(2, 296)))
            coming = await chat.send("one")
            await chat.sees("Half")
            await on(chat, "one")
            await chat.pilot.press("e")
            await chat.sees("the answer goes on beside")
            await chat.type("!")
            second = Pause()
            service.queue(sse(started(), delta("Other"), done=False), second, sse(ended(2, 294)))
            await chat.pilot.press("enter")
            await chat.sees("Other", "goes on beside", "‹2/2›")
            second.event.set()
            pause.event.set()
            await chat.until(lambda: coming.over)
            assert (coming.state, coming.text) == (AnswerState.COMPLETE, "Half whole")
        assert await after_restart(service, tmp_path) == ["one!", "Other", ""]


@thorough
async def test_a_refused_edit_stays_in_the_prompt(tmp_path: Path) -> None:
    async with Service() as service, two_turns(service, tmp_path) as chat:
        await on(chat, "two")
        await chat.pilot.press("e")
        await chat.type("!")
        chat.app.session.backend.account = None
        await chat.pilot.press("enter")
        await chat.until(lambda: len(chat.app.screen_stack) > 1)
        assert chat.app.prompt.text == "two!"
        assert len(service.posts) == 2


# -------------------------------------------------------------------------------------------------------- regenerating


@SIZES_AND_LAYOUTS
async def test_another_version_is_asked_for_by_another_model_with_temperature_and_remark(
    tmp_path: Path, size: tuple[int, int], layout: str
) -> None:
    async with Service() as service:
        async with two_turns(service, tmp_path, size) as chat:
            await on(chat, "first")
            await chat.pilot.press(key("r", layout))
            await chat.sees("Another version of the answer", "Enter · 2 tokens")
            await chat.type("shorter")
            await chat.pilot.press("down")
            await chat.type("9")
            await chat.sees("a number from 0")
            await chat.pilot.press("enter")
            assert len(service.posts) == 2
            await chat.pilot.press("backspace")
            await chat.type("0,5")
            await chat.pilot.press("ctrl+l")
            await chat.type("haiku 4.5")
            await chat.pilot.press("enter")
            await chat.sees("Claude Haiku 4.5", "Enter · 1 token")
            service.queue(answer("tiny"))
            await chat.pilot.press("enter")
            await chat.sees("tiny", "‹2/2›", "shorter")
            post = service.posts[-1]
            assert post.texts == ["one", "first", "shorter"]
            assert (post.json["model"], post.json["temperature"]) == ("claude-haiku-4.5", 0.5)
            assert chat.app.session.model.slug == "gpt-5"
            await on(chat, "tiny")
            await chat.pilot.press("right")
            await chat.sees("‹1/2›", "first", "second")
        assert await after_restart(service, tmp_path) == ["one", "first", "two", "second", ""]


@thorough
async def test_the_slash_word_takes_a_model_and_a_remark_and_sends_nothing_by_itself(tmp_path: Path) -> None:
    async with Service() as service, two_turns(service, tmp_path) as chat:
        await chat.send_command("/regenerate claude-haiku-4.5 in one line")
        await chat.sees("Claude Haiku 4.5", "in one line", "Enter · 1 token")
        assert len(service.posts) == 2
        await chat.pilot.press("escape")
        await chat.send_command("/regenerate in one line")
        await chat.sees("GPT-5", "in one line", "Enter · 2 tokens")
        service.queue(answer("tiny"))
        await chat.pilot.press("enter")
        await chat.sees("tiny")
        assert service.posts[-1].texts == ["one", "first", "two", "second", "in one line"]


async def test_the_beginning_of_a_slug_names_a_model_for_another_version_and_is_no_remark(
    tmp_path: Path,
) -> None:
    async with Service() as service, two_turns(service, tmp_path) as chat:
        await chat.type("/regenerate cla")
        # Listed as for /model.
        await chat.sees("/regenerate claude-haiku-4.5", "Claude Haiku 4.5 · 1 token")
        await chat.pilot.press("enter")
        await chat.shows(ModelPicker)
        await chat.type("ude-haiku")
        await chat.pilot.press("enter")
        await chat.shows(RegenerateScreen)
        await chat.sees("Claude Haiku 4.5", "Enter · 1 token")
        await chat.type("shorter")
        service.queue(answer("tiny"))
        await chat.pilot.press("enter")
        await chat.sees("tiny")
        assert service.posts[-1].texts[-1] == "shorter"
        assert service.posts[-1].json["model"] == "claude-haiku-4.5"


# ------------------------------------------------------------------------------------------------ branches, versions


@SIZES_AND_LAYOUTS
async def test_the_next_prompt_goes_on_from_the_answer_at_the_cursor(
    tmp_path: Path, size: tuple[int, int], layout: str
) -> None:
    async with Service() as service:
        async with two_turns(service, tmp_path, size) as chat:
            await on(chat, "first")
            await chat.pilot.press(key("b", layout))
            await chat.sees("goes on from here", "/branch")
            await chat.sees_no("second")
            await chat.send_command("/branch")
            await chat.sees("second")
            await on(chat, "first")
            await chat.pilot.press(key("b", layout))
            await chat.sees_no("second")
            service.queue(answer("third"))
            await chat.ask("else")
            assert service.posts[-1].texts == ["one", "first", "else"]
            await chat.sees("‹2/2›")
            assert "goes on from here" not in chat.flat
        assert await after_restart(service, tmp_path) == ["one", "first", "else", "third", ""]


async def test_a_letter_that_would_do_nothing_here_is_typed(tmp_path: Path) -> None:
    async with Service() as service, two_turns(service, tmp_path) as chat:
        await on(chat, "second")
        assert "branch here" not in chat.screen
        await chat.type("b")
        await chat.until(lambda: chat.app.prompt.text == "b")
        await chat.pilot.press("ctrl+u")
        await chat.send_command("/branch")
        await chat.sees("goes on from here already")
        await chat.send_command("/version")
        await chat.sees("There is only one version.")


@thorough
async def test_versions_are_reached_by_number_and_in_a_round(tmp_path: Path) -> None:
    async with Service() as service, two_turns(service, tmp_path) as chat:
        for text in ("third", "fourth"):
            await chat.send_command("/regenerate")
            service.queue(answer(text))
            await chat.pilot.press("enter")
            await chat.sees(text)
        await chat.sees("‹3/3›")
        await chat.send_command("/version")
        await chat.sees("‹1/3›", "second")
        await chat.send_command("/version -")
        await chat.sees("‹3/3›", "fourth")
        await chat.send_command("/version 2")
        await chat.sees("‹2/3›", "third")
        await chat.send_command("/version 9")
        await chat.sees("There are 3 versions")
        await chat.send_command("/version x")
        await chat.sees("There are 3 versions")
        assert len(service.posts) == 4


# ------------------------------------------------------------------------------------------- jumping, the prompt on top


def long_answers(chat: Chat, count: int = 4) -> None:
    answers = []
    for number in range(1, count + 1):
        text = "\n\n".join(f"answer {number}, paragraph {place}" for place in range(60))
        answers.append(answered(f"prompt {number}", text))
    lead(chat.app, one_after_another(*answers))


def top_rows(chat: Chat, count: int = 2) -> list[str]:
    region = chat.app.transcript.region
    return [row[: region.width - 1].strip(" ▌┃") for row in chat.rows[region.y : region.y + count]]


@pytest.mark.parametrize("size", SIZES)
async def test_the_prompt_stands_at_the_top_after_a_jump(tmp_path: Path, size: tuple[int, int]) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), size) as chat:
        long_answers(chat)
        await chat.sees("answer 4, paragraph 59")
        for number in (4, 3, 2, 1, 1):
            await chat.pilot.press("alt+pageup")
            await chat.until(lambda: top_rows(chat, 1) == [f"prompt {number}"])  # noqa: B023  # awaited here
            assert "paragraph 0" in chat.screen
        for number in (2, 3, 4):
            await chat.pilot.press("alt+pagedown")
            await chat.until(lambda: top_rows(chat, 1) == [f"prompt {number}"])  # noqa: B023  # awaited here
        await chat.pilot.press("alt+pagedown")
        await chat.sees("answer 4, paragraph 59")
        assert chat.app.transcript.following


@thorough
async def test_the_prompt_of_the_answer_that_is_read_stays_on_top_and_a_click_goes_there(
    tmp_path: Path,
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (80, 24)) as chat:
        long_answers(chat)
        await chat.pilot.press("ctrl+home")
        for _ in range(8):
            await chat.pilot.press("pagedown")
        await chat.pilot.pause()
        top = top_rows(chat, 3)
        assert top[0] == "prompt 1" or top[0] == "prompt 2"
        assert "paragraph 0" not in chat.screen
        region = chat.app.transcript.region
        await chat.pilot.click(offset=(5, region.y))
        await chat.until(lambda: "paragraph 0" in chat.screen)
        assert top_rows(chat, 1) == [top[0]]


@thorough
async def test_below_fifteen_rows_no_row_is_spent_on_the_prompt(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (80, 14)) as chat:
        long_answers(chat)
        await chat.sees("answer 4, paragraph 59")
        assert "prompt 4" not in chat.screen
        await chat.pilot.resize_terminal(80, 15)
        await chat.sees("prompt 4")


async def test_a_folded_answer_stays_folded_until_it_is_unfolded_or_searched(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (80, 24)) as chat:
        long_answers(chat, 2)
        await chat.send_command("/fold")
        await chat.sees("▸ answer 2, paragraph 0", "240 words")
        assert "answer 2, paragraph 59" not in chat.screen
        await chat.send_command("/find 47")
        await chat.sees("answer 2, paragraph 47")
        await chat.pilot.press("escape")
        await chat.sees("▸ answer 2")
        await chat.send_command("/fold")
        await chat.sees_no("▸")
        await chat.pilot.press("ctrl+end")
        await chat.sees("answer 2, paragraph 59")


# ------------------------------------------------------------------------------------------------------- a large tree


def large_tree(chat: Chat) -> Conversation:
    """Two thousand turns, of which three hundred are other versions of others."""
    turns: list[Turn] = []
    parent: Answer | None = None
    for number in range(2000):
        turn = Turn(f"prompt {number}", parent)
        said = turn.restore(chat.app.session.model, f"answer {number}")
        said.end(2, 281)
        turns.append(turn)
        if number % 20 >= 3:
            parent = said
    return Conversation(turns)


@thorough
async def test_marks_are_counted_for_what_is_painted_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (80, 24)) as chat:
        conversation = large_tree(chat)
        assert len(conversation.path()) == 1700
        asked: list[Answer | None] = []
        count = Conversation.turns_below

        def counted(self: Conversation, below: Answer | None) -> object:
            asked.append(below)
            return count(self, below)

        monkeypatch.setattr(Conversation, "turns_below", counted)
        lead(chat.app, conversation)
        await chat.sees("answer 1999")
        assert len(asked) < 200
        await chat.pilot.press("ctrl+home")
        await chat.sees("‹4/4›")


# ------------------------------------------------------------------------------------------------------------ the demo


@thorough
@pytest.mark.parametrize(("remark", "begin"), [("shorter", "Shorter:"), ("короче", "Короче:")])
async def test_the_demo_plays_a_remark(tmp_path: Path, remark: str, begin: str) -> None:
    account = demo_account(lambda: DemoTransport(sleep=hurry))
    async with chatting(chat_app(account, tmp_path), (80, 24)) as chat:
        await chat.ask("haiku")
        await chat.send_command(f"/regenerate {remark}")
        await chat.pilot.press("enter")
        await chat.sees(begin, "‹2/2›")
