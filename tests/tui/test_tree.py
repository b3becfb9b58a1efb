"""The outline of all branches, through the keys: where it leads, what it deletes and copies, and that it fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui.chat.ledger import Total
from elumenta_tui.chat.turn import Answer
from elumenta_tui.tui.screens.tree import TreeScreen
from tests.chatting import Chat, account_at, chat_app, chat_at, chatting, said
from tests.service import Service, delta, ended, sse, started
from tests.thorough import thorough


async def branched(chat: Chat, service: Service) -> list[Answer]:
    """A conversation whose second prompt was edited, and whose first answer has another version."""
    await chat.sees("300 tokens")
    one = await said(chat, service, "How do I sort a list?", "With sorted.")
    two = await said(chat, service, "And backwards?", "With reverse=True.")
    service.queue(sse(started(), delta("With a key."), ended(2, 296)))
    edited = chat.app.session.branches.edit(two.turn, "And by length?")
    assert isinstance(edited, Answer)
    await chat.until(lambda: edited.over)
    service.queue(sse(started(), delta("Call sort."), ended(2, 294)))
    other = chat.app.session.branches.regenerate(one, remark="shorter")
    assert isinstance(other, Answer)
    await chat.until(lambda: other.over)
    return [one, two, edited, other]


def shown(chat: Chat) -> list[str]:
    return [text for answer in chat.app.session.conversation.shown for text in (answer.prompt, answer.text)]


async def open_tree(chat: Chat) -> TreeScreen:
    await chat.pilot.press("alt+t")
    return await chat.shows(TreeScreen)


@thorough
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
async def test_the_outline_shows_every_branch_and_where_the_path_is(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
        await branched(chat, service)
        await open_tree(chat)
        drawn = ("├ ○ How do I sort", "│ ├ ○ And backwards?", "│ └ ○ And by length?", "› └ ▸ ↻ 2/2 shorter")
        await chat.until(lambda: all(text in chat.screen for text in drawn), "the branches")
        rows = [row for row in chat.rows if "2 tokens" in row and "Enter" not in row]
        assert len(rows) == 4
        assert all(("GPT-5" in row) == (size[0] >= 80) for row in rows)


async def test_enter_goes_to_a_branch_and_the_next_prompt_follows_it(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await branched(chat, service)
        await open_tree(chat)
        await chat.pilot.press("up", "up", "enter")
        await chat.sees("And backwards?", "With reverse=True.")
        assert shown(chat) == [
            "How do I sort a list?",
            "With sorted.",
            "And backwards?",
            "With reverse=True.",
        ]
        await said(chat, service, "Thanks", "Welcome.")
        assert service.posts[-1].texts == [*shown(chat)[:-1]]
        await open_tree(chat)
        await chat.pilot.press("home", "enter")
        await chat.sees("How do I sort a list?")
        assert shown(chat)[:2] == ["How do I sort a list?", "With sorted."]


@pytest.mark.parametrize("key", ["d", "в", "delete"])
async def test_a_branch_is_deleted_after_it_is_said_what_it_holds(tmp_path: Path, key: str) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await branched(chat, service)
        await open_tree(chat)
        await chat.pilot.press("home", key)
        await chat.sees("D again deletes 2 prompts and 3 answers (6 tokens) for good. Esc keeps them.")
        await chat.pilot.press("escape")
        await chat.sees("Enter goes there")
        await chat.pilot.press(key, key)
        await chat.sees_no("And backwards?")
        await chat.sees("▸ How do I sort a list?")
        await chat.pilot.press(key, key)
        await chat.sees("Not deleted: nothing else would be left. Ctrl+S deletes the whole conversation.")
        await chat.pilot.press("escape")
        assert shown(chat) == ["How do I sort a list?", "Call sort."]


@thorough
async def test_a_branch_with_an_answer_that_is_coming_is_not_deleted(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await said(chat, service, "one", "1")
        pause = service.queue_half(sse(delta(" whole"), ended(2, 296)))
        coming = await chat.send("two")
        await chat.until(lambda: coming.has_text)
        await open_tree(chat)
        await chat.pilot.press("d", "d")
        await chat.sees("Not deleted: an answer is still coming there.")
        pause.event.set()
        await chat.until(lambda: coming.over)


@pytest.mark.parametrize(
    ("keys", "copied"),
    [
        (
            ("up", "up", "n"),
            ["How do I sort a list?", "With sorted.", "And backwards?", "With reverse=True."],
        ),
        (
            ("up", "up", "т"),
            ["How do I sort a list?", "With sorted.", "And backwards?", "With reverse=True."],
        ),
        (("up", "up", "t"), ["And backwards?", "With reverse=True."]),
        (("up", "up", "е"), ["And backwards?", "With reverse=True."]),
        (("home", "t"), ["How do I sort a list?", "With sorted.", "And by length?", "With a key."]),
    ],
)
async def test_a_part_is_copied_into_a_new_conversation(
    tmp_path: Path, keys: tuple[str, ...], copied: list[str]
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await branched(chat, service)
        old = chat.app.session.conversation
        await open_tree(chat)
        await chat.pilot.press(*keys)
        await chat.sees("A new conversation with")
        assert chat.app.session.conversation is not old
        assert shown(chat) == copied


async def test_the_slash_words_copy_and_refuse_what_is_no_number(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await said(chat, service, "one", "1")
        await said(chat, service, "two", "2")
        await chat.send_command("/fork two")
        await chat.sees("Give the number of turns to copy, such as /fork 3")
        await chat.pilot.press("ctrl+c")
        await chat.send_command("/fork 1")
        await chat.sees("A new conversation with a copy of 1 turn.")
        assert shown(chat) == ["two", "2"]
        await chat.send_command("/tree")
        await chat.shows(TreeScreen)


async def test_a_copy_says_that_it_is_one_in_its_feet_and_its_title_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await said(chat, service, "one", "1")
            service.queue(sse(started(), delta("2"), done=False))
            await chat.ask("two")
            await chat.send_command("/fork")
            await chat.sees(
                "A new conversation with copies of 2 turns.", "✓ GPT-5 · copy", "A copy; copying cost"
            )
            assert chat.app.session.conversation.title == "one (copy)"
            await said(chat, service, "three", "3")
            await chat.sees("2 tokens", "✗ GPT-5 · Interrupted · A copy; copying cost nothing")
            assert chat.app.session.conversation.total == Total(2, 0)
            assert chat.app.session.ledger.total.amount == 4
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.sees("✓ GPT-5 · copy", "✗ GPT-5 · Interrupted · A copy", "2 tokens")
            assert chat.app.session.conversation.title == "one (copy)"
            await chat.send_command("/tree")
            await chat.shows(TreeScreen)
            await chat.sees("copy", "2 tokens")


async def test_deleting_one_version_says_that_the_prompt_stays(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await branched(chat, service)
        await open_tree(chat)
        await chat.pilot.press("end", "d")
        await chat.sees("D again deletes 1 answer (2 tokens) for good. Esc keeps it.")
        await chat.pilot.press("d")
        await chat.sees_no("↻")
        await chat.pilot.press("escape")
        assert shown(chat) == ["How do I sort a list?", "With sorted.", "And by length?", "With a key."]
