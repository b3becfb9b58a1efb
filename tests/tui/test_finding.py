"""Finding words in the conversation on the screen, and coming to the hit from the list of conversations."""

from __future__ import annotations

from pathlib import Path
from time import thread_time
from typing import Any

import pytest

from elumenta_tui import i18n
from elumenta_tui.chat.attachment import text_attachment
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import Answer, AnswerState, Turn
from elumenta_tui.demo import DemoTransport
from elumenta_tui.session.backend import demo_account
from elumenta_tui.text.layouts import ways
from elumenta_tui.text.matching import Wanted
from elumenta_tui.tui.widgets.find_line import FindLine
from elumenta_tui.tui.widgets.transcript_search import TranscriptSearch
from tests.chatting import Chat, account_at, chat_app, chatting, hurry
from tests.service import Pause, Service, delta, sse, started
from tests.storing import answered, conversation, one_after_another, saved, shelf
from tests.thorough import thorough

NOW = 1_790_000_000.0


def demo(home: Path, **more: Any) -> Any:
    account = demo_account(lambda: DemoTransport(sleep=hurry))
    return chat_app(account, home, calendar=lambda: NOW, **more)


def said(prompt: str, answer: str) -> Answer:
    return Turn(prompt).restore(Model("gpt-5", "GPT-5"), answer, state=AnswerState.COMPLETE)


def show(chat: Chat, turns: list[Answer]) -> None:
    chat.app.session.conversation = one_after_another(*turns)
    chat.app.transcript.show(turns)
    chat.app.parts.chrome.show_greeting()


def marked(chat: Chat, role: str = "found") -> list[str]:
    """The texts in the style of hits, or of the one that is shown, as far as they are on the screen."""
    style = chat.app.transcript.styling.look(role)
    return [
        segment.text
        for strip in chat.app.transcript.painted.strips
        for segment in strip
        if segment.style is not None
        and (segment.style.bgcolor, segment.style.reverse) == (style.bgcolor, style.reverse)
        and segment.text.strip()
    ]


def row_of_hit(chat: Chat) -> int:
    style = chat.app.transcript.styling.look("found.here")
    return next(
        y
        for y, strip in enumerate(chat.app.transcript.painted.strips)
        if any(
            segment.style is not None and segment.style.reverse == style.reverse and style.reverse
            for segment in strip
        )
    )


LONG = [said(f"question {n}", f"Words about things. Number **{n}** of many.\n\n" * 3) for n in range(60)]


@thorough
async def test_the_list_opens_a_conversation_at_the_hit(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        record = conversation("c1", "Hay", demo=True)
        for n in range(40):
            answer = "the needle is here" if n == 20 else "nothing to see\n\n" * 8
            here.put(saved(answered(f"question {n}", answer), record))
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("ctrl+s")
        await chat.type("needle")
        await chat.sees("in 1 turn", "1 match in 1 turn")
        await chat.pilot.press("enter")
        await chat.sees("question 20", "the needle is here", "1 of 1")
        assert marked(chat, "found.here") == ["needle"]
        # What is typed next is a prompt, as after any opening.
        await chat.type("so?")
        assert chat.app.prompt.text == "so?"
        await chat.pilot.press("escape")
        await chat.sees_no("1 of 1")
        await chat.sees("the needle is here")
        assert marked(chat, "found.here") == []


@thorough
@pytest.mark.parametrize("way", ["ctrl+f", "/find number 5"])
async def test_next_and_previous_hits_are_reached_by_key(tmp_path: Path, way: str) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        show(chat, LONG)
        await chat.sees("question 59")
        if way.startswith("/"):
            chat.app.prompt.insert("/find question 5")
            await chat.pilot.press("enter")
        else:
            await chat.pilot.press("ctrl+f", *"question", "space", "5")
        # Question 5, and 50 to 59; the numbers in the answers are not behind that word.
        await chat.sees("11 of 11", "question 59 ")
        assert marked(chat, "found.here") == ["question 5"]
        await chat.pilot.press("enter")
        await chat.sees("1 of 11", "question 5 ")
        assert 0 <= row_of_hit(chat) < chat.app.transcript.size.height
        await chat.pilot.press("down", "down", "down")
        await chat.sees("4 of 11", "question 52")
        await chat.pilot.press("up", "up", "up", "up")
        await chat.sees("11 of 11", "question 59")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.prompt.has_focus)
        assert not chat.app.query(FindLine)


@thorough
async def test_the_cursor_begins_at_the_hit_that_a_search_stayed_at(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        show(chat, LONG)
        await chat.sees("question 59")
        await chat.pilot.press("ctrl+f", *"question", "space", "5")
        await chat.sees("11 of 11")
        await chat.pilot.press("enter")
        await chat.sees("1 of 11", "Tab stays, then Alt+↑ its block")
        await chat.pilot.press("tab")
        await chat.until(lambda: chat.app.prompt.has_focus)
        await chat.pilot.press("alt+up")
        await chat.until(lambda: "question 5" in (chat.app.transcript.cursor.text or ""))
        assert "question 59" not in (chat.app.transcript.cursor.text or "")
        # Then it goes on from there.
        place = chat.app.transcript.cursor.place
        await chat.pilot.press("alt+up")
        await chat.until(lambda: chat.app.transcript.cursor.place not in (None, place))


@thorough
async def test_words_that_are_nowhere_as_they_were_typed_are_found_one_by_one(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        show(chat, LONG)
        await chat.sees("of many")
        await chat.pilot.press("ctrl+f")
        await chat.type("things question 5")
        # Eleven questions, each with three more places of both other words.
        await chat.until(
            lambda: {"things", "question", "5"} <= set(marked(chat)) | set(marked(chat, "found.here"))
        )


@thorough
@pytest.mark.parametrize("typed", ["line 30", "30 line"])
async def test_the_list_prefers_what_was_typed_as_it_stands(tmp_path: Path, typed: str) -> None:
    with shelf(tmp_path / "data") as here:
        for name, answer in (("Apart", "line 1\n\nline 2\n\n30"), ("Whole", "line 29\n\nline 30\n\n30")):
            here.put(saved(answered(f"question {name}", answer), conversation(name, name, demo=True)))
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("ctrl+s")
        await chat.type(typed)
        await chat.sees("Whole", "1 match in 1 turn" if typed == "line 30" else "Apart")
        assert ("Apart" in chat.screen) is (typed == "30 line")


@thorough
async def test_what_was_looked_for_is_there_again_and_typing_replaces_it(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("ctrl+f")
        await chat.sees("Nothing to search")
        show(chat, LONG)
        await chat.sees("of many")
        await chat.pilot.press("ctrl+f", *"many", "escape", "ctrl+f")
        await chat.sees("178 of 180")
        await chat.pilot.press(*"things")
        await chat.until(lambda: marked(chat, "found.here") == ["things"])
        await chat.pilot.press(*"zzz")
        await chat.sees("no matches")
        assert marked(chat) == marked(chat, "found.here") == []


@thorough
async def test_the_keys_of_one_burst_go_into_the_line(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        show(chat, LONG)
        await chat.sees("of many")
        chat.app.prompt.insert("draft")
        for key in ["ctrl+f", *"many"]:
            chat.app.simulate_key(key)
        await chat.sees("178 of 180")
        assert chat.app.prompt.text == "draft"


@thorough
async def test_the_list_and_the_conversation_count_the_names_of_languages_and_no_failures(
    tmp_path: Path,
) -> None:
    with shelf(tmp_path / "data") as here:
        record = conversation("c1", "Snakes", demo=True)
        here.put(
            saved(
                answered("show me", "So:\n\n```python\nprint('python')\n```\n\nand ```python``` too"), record
            )
        )
        failed = answered("why", ended=False)
        failed.fail(Failure("provider_error", Billing.NOT_CHARGED, "the python has died", 500))
        here.put(saved(failed, record, place=1))
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("ctrl+s")
        await chat.type("python")
        await chat.sees("3 matches in 1 turn")
        await chat.pilot.press("enter")
        await chat.sees("of 3", "the python has died")
        await chat.until(lambda: len(marked(chat)) + len(marked(chat, "found.here")) >= 3)
        assert "python" in marked(chat) + marked(chat, "found.here")


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_match_that_is_not_painted_is_said_to_be_in_the_source(tmp_path: Path, language: str) -> None:
    with shelf(tmp_path / "data") as here:
        record = conversation("c1", "Snakes", demo=True)
        here.put(saved(answered("first", "Rights: &copy; 2026."), record))
        for n in range(30):
            here.put(saved(answered(f"other {n}", "words\n\n" * 5), record, place=n + 1))
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        if language == "ru":
            await chat.pilot.press("f12")
        await chat.pilot.press("ctrl+s")
        await chat.type("copy")
        await chat.sees("Snakes")
        await chat.pilot.press("enter")
        await chat.sees("no matches" if language == "en" else "нет совпадений")
        await chat.sees(
            "only in the source" if language == "en" else "только в исходном тексте",
            "Rights: &copy; 2026",
            "first",
        )


async def test_hits_are_counted_as_they_are_painted(tmp_path: Path) -> None:
    answer = "A [word](https://word.example/word) and **wo**rd, `word`.\n\n```\nword = 1\n```\n\n| word |\n|---|\n| x |\n"
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        show(chat, [said("hello", answer), said("bye", "sword, wordy, WORD")])
        await chat.pilot.press("ctrl+f", *"word")
        await chat.until(lambda: chat.app.transcript.search.is_done)
        await chat.pilot.press("down", "down", "down")
        await chat.settle()
        # One of the link, two of its address, the one in bold, the code, the fence, the head of the table …
        painted = "".join(marked(chat)) + "".join(marked(chat, "found.here"))
        assert sorted(painted.lower()) == sorted("word" * 10)
        await chat.sees("of 10 ")


@thorough
async def test_the_hit_stays_where_it_is_while_an_answer_comes_and_new_hits_count(tmp_path: Path) -> None:
    more = Pause()
    text = "first needle\n\n" + "".join(f"line {n}\n\n" for n in range(60))
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        service.queue(sse(started(), delta(text), done=False), more, sse(delta("last needle here\n\n" * 2)))
        turn = await chat.send("question")
        await chat.sees("line 59")
        await chat.pilot.press("ctrl+f", *"needle")
        await chat.sees("1 of 1", "first needle")
        row = row_of_hit(chat)
        more.event.set()
        await chat.sees("1 of 3")
        assert turn.over
        assert row_of_hit(chat) == row


@thorough
async def test_esc_leaves_the_line_and_not_the_answer_that_is_coming(tmp_path: Path) -> None:
    more = Pause()
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        service.queue(sse(started(), delta("first needle\n\n"), done=False), more, sse(delta("the end")))
        turn = await chat.send("question")
        await chat.sees("first needle")
        await chat.pilot.press("ctrl+f", *"needle", "escape")
        await chat.until(lambda: chat.app.prompt.has_focus)
        more.event.set()
        await chat.sees("the end")
        assert turn.state is AnswerState.COMPLETE


@thorough
async def test_a_search_in_five_thousand_turns_never_takes_long_at_once(tmp_path: Path) -> None:
    turns = [said(f"question {n}", "words of no great length, " * 40) for n in range(5_000)]
    turns[7] = said("the needle", "is here")
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        show(chat, turns)
        slices = []
        search = TranscriptSearch.go_on

        def timed(self: TranscriptSearch) -> None:
            started = thread_time()
            search(self)
            slices.append(thread_time() - started)

        TranscriptSearch.go_on = timed  # type: ignore[method-assign]
        try:
            await chat.pilot.press("ctrl+f", *"needle")
            await chat.sees("1 of 1", "the needle")
        finally:
            TranscriptSearch.go_on = search  # type: ignore[method-assign]
        assert sorted(slices)[len(slices) * 9 // 10] < 0.02, sorted(slices)[-10:]


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("pool", "Pools, whirlpool, POOL", ["Pool", "POOL"]),
        ("елка", "Ёлка и ёлки, ЕЛКА", ["Ёлка", "ЕЛКА"]),
        ("ckjdj", "Слово, дослово", ["Слово"]),
        ("cafe", "Café, cafe\u0301s", ["Café", "cafe\u0301"]),
        ("strasse", "Die Straße", ["Straße"]),
        ("bar", "foo_bar", ["bar"]),
        ("йод", "и\u0306одный", ["и\u0306од"]),
        ("...", "...", []),
    ],
)
def test_words_are_found_as_the_index_finds_them(typed: str, text: str, found: list[str]) -> None:
    assert [text[place.start : place.end] for place in Wanted(ways(typed)).places(text)] == found


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("рсор", "Курсор, курсорам", ["рсор", "рсор"]),
        ("ORD", "words, sword", ["ord", "ord"]),
        ("ine 3", "line 30, baseline, 3", ["ine 3", "ine, 3"]),
        ("strasse", "Hauptstraße", ["straße"]),
        # Read in the other layout it is `yt`: that is looked for where a word begins only.
        ("не", "Python, yt-dlp, байт не", ["yt", "не"]),
        (",", "буква, любая", ["б"]),
    ],
)
def test_what_is_typed_is_found_inside_words(typed: str, text: str, found: list[str]) -> None:
    wanted = Wanted(ways(typed), as_phrase=True, inside=True)
    places = list(wanted.places(text))
    assert [text[place.start : place.end] for place in places] == found
    assert wanted.has_all(place.word for place in places)


async def test_a_part_of_a_word_is_found_here_while_the_list_counts_beginnings(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        record = conversation("c1", "Hay", demo=True)
        here.put(saved(answered("Курсор", "One word, two words, a sword."), record))
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("ctrl+s")
        await chat.type("word")
        await chat.sees("2 matches in 1 turn")
        await chat.pilot.press("enter")
        await chat.sees("1 of 2")
        await chat.pilot.press("ctrl+f")
        await chat.sees("of 3 ")
        await chat.pilot.press(*"рсор")
        await chat.sees("1 of 1")
        assert marked(chat, "found.here") == ["рсор"]


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("line 30", "line 3, line 30, line\n300; baseline 30", ["line 30", "line\n30"]),
        ("два слова", "Два, слова и два", ["Два, слова"]),
        ("one", "one two", ["one"]),
    ],
)
def test_a_phrase_is_its_words_one_behind_the_other(typed: str, text: str, found: list[str]) -> None:
    wanted = Wanted([typed], as_phrase=True)
    places = list(wanted.places(text))
    assert [text[place.start : place.end] for place in places] == found
    assert wanted.has_all(place.word for place in places)


@thorough
@pytest.mark.parametrize("size", [(40, 15), (80, 24), (120, 40)])
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_frame_says_what_enter_does_while_one_types_what_is_sought(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    if language == "ru":
        i18n.use("ru")
        keys, into, cost = ("Enter — дальше · ↑",), ("затем Enter — дальше",), "2 токена"
    else:
        keys, into, cost = ("Enter next · ↑",), ("then Enter next",), "2 tokens"
    async with chatting(demo(tmp_path), size) as chat:
        show(chat, LONG)
        await chat.sees(f"Enter · {cost}")
        await chat.pilot.press("ctrl+f")
        await chat.type("words")
        await chat.sees(*keys)
        assert f"Enter · {cost}" not in chat.flat
        chat.app.set_focus(chat.app.prompt)
        await chat.sees(f"Enter · {cost}", *(into if size[0] > 60 else ()))
        await chat.pilot.press("ctrl+f")
        await chat.sees(*keys)
        await chat.pilot.press("escape")
        await chat.sees(f"Enter · {cost}")


@thorough
async def test_a_prompt_that_is_sent_ends_the_search(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        show(chat, LONG)
        chat.app.parts.finding.open("words", focus=False)
        await chat.sees("of 180")
        await chat.ask("2+2")
        await chat.until(lambda: not chat.app.query(FindLine))
        assert chat.app.transcript.following


@pytest.mark.parametrize("size", [(100, 30), (40, 15)])
async def test_words_of_attached_files_are_found_and_shown_below_the_name_of_their_file(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    log = text_attachment(
        "app.log", "noise here\n" * 4_000 + "x" * 50 + " a zeppelin, a hangar\n" + "the last hangar\n" * 5
    )
    other = text_attachment("other.txt", "nothing of interest")
    turns = [said("why?", "Therefore.\n\n" * 40), *LONG[:10]]
    turns[0].turn.attachments = (other, log)
    async with chatting(demo(tmp_path), size) as chat:
        await chat.sees("283 tokens")
        show(chat, turns)
        find = chat.app.parts.finding.open
        find("zeppelin")
        await chat.sees("1 of 1", "≡ app.log", "4001: …a zeppelin")
        assert marked(chat, "found.here") == ["zeppelin"]
        assert "≡ other.txt" in chat.screen
        # Other words, other lines; a word of the answer beside one of the file.
        find("last hangar")
        await chat.sees("1 of 1", "4002: the last hangar")
        find("therefore zeppelin")
        await chat.sees("4001: …a zeppelin", " of 41")
        # The number of the line is no text of the file.
        find("4001")
        await chat.sees_no("…a zeppelin")
        await chat.sees("no matches")
        find("/zep+elin, a h/")
        await chat.sees("4001: …a zeppelin, a h")
        await chat.pilot.press("ctrl+f", "escape")
        await chat.until(lambda: not chat.app.parts.finding.is_open)
        await chat.sees_no("4001")


@thorough
async def test_a_word_of_a_file_that_another_version_has_is_found_there(tmp_path: Path) -> None:
    first, second = said("first", "one"), said("second", "two")
    first.turn.attachments = (text_attachment("old.log", "line\n" * 9_000 + "an old zeppelin"),)
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        chat.app.session.conversation = Conversation([first.turn, second.turn])
        chat.app.transcript.show([second])
        await chat.send_command("/find zeppelin")
        await chat.sees("1 more in other versions")


async def test_the_list_finds_a_word_of_an_attached_file_and_opens_the_conversation_there(
    tmp_path: Path,
) -> None:
    with shelf(tmp_path / "data") as here:
        answer = answered("why?", "So.\n\n" * 50)
        answer.turn.attachments = (text_attachment("app.log", "noise\n" * 500 + "a zeppelin crashed"),)
        record = conversation("c1", "Hay", demo=True)
        here.put(saved(answer, record), saved(answered("and?", "So.\n\n" * 50), record))
    async with chatting(demo(tmp_path)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("ctrl+s")
        await chat.type("zeppelin")
        await chat.sees("1 match in 1 turn", "≡ app.log", "a zeppelin crashed")
        await chat.pilot.press("enter")
        await chat.sees("1 of 1", "501: a zeppelin crashed")
        assert marked(chat, "found.here") == ["zeppelin"]
