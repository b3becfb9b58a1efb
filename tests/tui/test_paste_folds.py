"""Long pastes: folded to a label in the prompt box, sent whole, and never torn."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from textual import events

from elumenta_tui import i18n
from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui.widgets.paste_folds import KEPT, MOST_LINES, PasteFolds
from tests.chatting import Chat, account_at, chat_app, chat_at, chatting, said
from tests.service import Service, delta, ended, sse, started
from tests.thorough import examples, thorough

LOG = "\n".join(f"line {number} of the log" for number in range(312))


def shown(chat: Chat) -> str:
    """What the prompt box itself holds: the labels."""
    return chat.app.prompt.document.text.replace("\N{NO-BREAK SPACE}", " ")


@thorough
async def test_a_long_paste_is_one_label_and_is_sent_whole(tmp_path: Path) -> None:
    async with Service() as service, chat_at(service, tmp_path) as chat:
        await chat.type("why")
        await chat.paste(LOG)
        await chat.type("?")
        assert shown(chat) == "why[312 lines]?"
        await chat.sees("[312 lines]", "312 lines")
        service.queue(sse(started(), delta("Because."), ended()))
        await chat.pilot.press("enter")
        call = await service.posted()
        assert call.texts == [f"why{LOG}?"]
        assert shown(chat) == ""


@thorough
async def test_a_long_line_says_its_characters_and_a_short_paste_is_not_folded(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.paste("x" * 5_000)
        assert shown(chat) == "[5,000 characters]"
        await chat.pilot.press("ctrl+u")
        text = "\n".join("line" for _ in range(MOST_LINES))
        await chat.paste(text)
        assert shown(chat) == text


@pytest.mark.parametrize(("size", "words"), [((120, 40), "Tab unfolds"), ((40, 15), "Tab opens it")])
async def test_tab_unfolds_and_the_frame_says_so(tmp_path: Path, size: tuple[int, int], words: str) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), size) as chat:
        await chat.paste(LOG)
        await chat.sees("[312 lines]", words)
        await chat.pilot.press("tab")
        assert shown(chat) == LOG == chat.app.prompt.text
        await chat.sees("line 311 of the log")
        await chat.sees_no(words)
        await chat.pilot.press("ctrl+z")
        assert shown(chat) == "[312 lines]"
        assert chat.app.prompt.text == LOG


@thorough
async def test_the_label_is_deleted_as_a_whole_and_undo_brings_it_back(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.type("a")
        await chat.paste(LOG)
        await chat.type("b")
        await chat.pilot.press("left", "backspace")
        assert shown(chat) == "ab"
        await chat.pilot.press("ctrl+z")
        assert chat.app.prompt.text == f"a{LOG}b"
        await chat.pilot.press("home", "right", "delete")
        assert shown(chat) == "ab"


@thorough
async def test_each_of_two_equal_pastes_has_a_label_of_its_own(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.paste(LOG)
        await chat.paste(LOG)
        assert shown(chat) == "[312 lines][312 lines #2]"
        assert chat.app.prompt.text == LOG + LOG
        await chat.pilot.press("left", "tab")
        assert shown(chat) == f"{LOG}[312 lines #2]"


@thorough
async def test_a_label_that_somebody_types_is_text(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.type("[312 lines]")
        await chat.paste(LOG)
        assert chat.app.prompt.text == f"[312 lines]{LOG}"


@thorough
async def test_the_draft_has_the_paste_after_a_restart(tmp_path: Path) -> None:
    async with Service() as service:
        async with chat_at(service, tmp_path) as chat:
            await said(chat, service, "Hello", "Hi.")
            await chat.type("why")
            await chat.paste(LOG)
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.until(lambda: chat.app.prompt.text == f"why{LOG}")


@thorough
async def test_it_speaks_russian(tmp_path: Path) -> None:
    i18n.use("ru")
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.paste(LOG)
        await chat.sees("Tab — развернуть")
        assert shown(chat) == "[312 строк]"


async def test_no_keys_tear_a_label(tmp_path: Path) -> None:
    keys = ["x", "left", "right", "up", "down", "backspace", "delete", "ctrl+w", "ctrl+left", "ctrl+right"]
    keys += ["ctrl+z", "ctrl+y", "home", "end", "ctrl+j", "shift+left", "shift+right", "ctrl+shift+left"]
    random = Random(20261129)
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        prompt = chat.app.prompt
        for _ in range(examples(300)):
            if random.random() < 0.1:
                await prompt._on_paste(events.Paste(LOG))
            else:
                await chat.pilot.press(random.choice(keys))
            rest = prompt.document.text
            for label in prompt.folds.labels:
                rest = rest.replace(label, "")
            assert set(rest) <= {"x", "\n"}, shown(chat)
            assert prompt.text.count("line 311 of the log") == shown(chat).count("312")


def test_texts_of_old_labels_are_kept_within_bounds_and_the_newest_always() -> None:
    folds = PasteFolds()
    labels = [folds.fold(str(number) * (KEPT // 4)) for number in range(10)]
    assert folds.unfold(labels[-1]) == "9" * (KEPT // 4)
    assert folds.unfold(labels[-4]) == "6" * (KEPT // 4)
    assert folds.unfold(labels[0]) == labels[0]
    huge = folds.fold("y" * 2 * KEPT)
    assert folds.unfold(huge) == "y" * 2 * KEPT
