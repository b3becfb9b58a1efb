"""Finding in everything that was said: other versions, other branches, and by regular expressions."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import thread_time

import pytest
from textual import events

from elumenta_tui import i18n
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import Answer, AnswerState, Turn
from elumenta_tui.i18n import say
from elumenta_tui.tui.widgets.expression import BadExpression, Expression
from elumenta_tui.tui.widgets.row_layout import START
from elumenta_tui.tui.widgets.transcript_blocks import ReadingPlace
from tests.chatting import Chat, chatting, lead
from tests.storing import one_after_another
from tests.thorough import thorough
from tests.tui.test_finding import demo, marked, said

MODEL = Model("gpt-5", "GPT-5")


def answered(turn: Turn, text: str) -> Answer:
    return turn.restore(MODEL, text, state=AnswerState.COMPLETE)


def branched() -> Conversation:
    """Three turns on the path; a version of the first answer and a whole branch below it are beside it."""
    first = Turn("the first needle")
    hidden = answered(first, "an older answer with a needle and a needle")
    shown = answered(first, "the answer that is shown")
    beside = Turn("an edited needle", hidden)
    answered(beside, "nothing but hay\n\n" * 30)
    second = Turn("second", shown)
    answered(second, "words\n\n" * 30)
    third = Turn("third", second.shown)
    answered(third, "the last needle\n\n" + "hay\n\n" * 20)
    first.chosen = shown
    return Conversation([first, beside, second, third], head=third)


def seen(chat: Chat) -> ReadingPlace:
    """What is read; where the view follows the end, its top row is where the rows that are there allow it."""
    place = ReadingPlace.of(chat.app.transcript.viewport, chat.app.transcript.cursor)
    return place._replace(top=START) if place.following else place


async def ready(chat: Chat, conversation: Conversation) -> None:
    await chat.sees("283 tokens")
    lead(chat.app, conversation)
    await chat.pilot.pause()


SIZES = [(120, 40), (80, 24), (40, 15)]


@thorough
@pytest.mark.parametrize("size", SIZES)
async def test_hits_in_other_versions_are_counted_and_reached_and_esc_leads_back(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with chatting(demo(tmp_path), size) as chat:
        conversation = branched()
        await ready(chat, conversation)
        path, view = list(conversation.path()), seen(chat)
        chosen = {turn: turn.chosen for turn in conversation.turns}
        await chat.pilot.press("ctrl+f", *"needle")
        if size[0] > 60:
            await chat.sees("2 of 2 · 3 more in other versions")
        else:
            await chat.sees("2/2 +3")
        # Beyond the last hit the path goes where the others are.
        await chat.pilot.press("enter")
        await chat.until(lambda: conversation.head is conversation.turns[1])
        await chat.sees("another version" if size[0] > 60 else "version", "2")
        await chat.until(lambda: marked(chat, "found.here") == ["needle"])
        assert "an older answer with a needle" in chat.flat
        for number in (2, 3, 4):
            assert not chat.app.transcript.search.is_at_edge(1)
            await chat.pilot.press("n")
            await chat.sees(f"{number} of 4" if size[0] > 60 else f"{number}/4")
        assert chat.app.transcript.search.is_at_edge(1)
        await chat.pilot.press("n")
        # All were visited: again the branch where the search began.
        await chat.until(lambda: conversation.head is conversation.turns[3])
        await chat.pilot.press("escape")
        await chat.until(lambda: list(conversation.path()) == path)
        await chat.until(lambda: seen(chat) == view)
        assert {turn: turn.chosen for turn in conversation.turns} == chosen
        assert chat.app.prompt.has_focus


async def test_esc_shows_again_what_was_read_and_where_the_cursor_was(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path), (80, 24)) as chat:
        conversation = branched()
        await ready(chat, conversation)
        await chat.pilot.press("alt+up", "alt+up", "alt+up")
        view, cursor = seen(chat), chat.app.transcript.cursor.place
        assert cursor is not None
        await chat.pilot.press("ctrl+f", *"needle", "enter", "n")
        await chat.until(lambda: conversation.head is not conversation.turns[3])
        await chat.pilot.press("escape")
        await chat.until(lambda: seen(chat) == view)
        assert chat.app.transcript.cursor.place == cursor
        # Tab stays at the hit.
        await chat.pilot.press("ctrl+f", *"first", "tab")
        await chat.until(lambda: chat.app.prompt.has_focus)
        assert "the first needle" in chat.flat


@thorough
async def test_esc_goes_back_to_the_hit_that_the_list_opened(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path), (80, 24)) as chat:
        await ready(chat, branched())
        chat.app.parts.finding.open("first", focus=False)
        await chat.sees("1 of 1")
        view = seen(chat)
        assert not view.following
        await chat.pilot.press("ctrl+f", *"last")
        await chat.sees("the last needle")
        await chat.pilot.press("escape")
        await chat.until(lambda: seen(chat) == view)
        assert "the first needle" in chat.flat


@thorough
@pytest.mark.parametrize(("language", "letters"), [("en", "nN"), ("ru", "тТ")])
async def test_after_enter_letters_move_and_any_other_goes_into_the_line(
    tmp_path: Path, language: str, letters: str
) -> None:
    i18n.use(language)
    of = "of" if language == "en" else "из"
    async with chatting(demo(tmp_path)) as chat:
        await chat.pilot.pause()
        turns = [said(f"question {n}", "a banana") for n in range(3)]
        lead(chat.app, one_after_another(*turns))
        await chat.pilot.press("ctrl+f", *"banan")
        await chat.sees(f"3 {of} 3")
        assert ("Enter next" if language == "en" else "Enter — дальше") in chat.flat
        await chat.pilot.press("enter")
        await chat.sees(f"1 {of} 3", "N")
        await chat.pilot.press(letters[0], letters[0])
        await chat.sees(f"3 {of} 3")
        await chat.pilot.press(letters[1])
        await chat.sees(f"2 {of} 3")
        field = chat.app.query_one("#find-field")
        assert getattr(field, "value", "") == "banan"
        await chat.pilot.press("a")
        assert getattr(field, "value", "") == "banana"
        await chat.pilot.press("n")
        assert getattr(field, "value", "") == "bananan"


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
async def test_a_key_makes_the_text_a_regular_expression_and_a_bad_one_is_said(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with chatting(demo(tmp_path), size) as chat:
        await ready(chat, branched())
        await chat.pilot.press("ctrl+f", *"ne+dle")
        await chat.sees("no matches")
        await chat.pilot.press("ctrl+r")
        await chat.sees("of 2" if size[0] > 60 else "/2 +3")
        assert chat.app.query_one("#find").has_class("-expression")
        await chat.pilot.press("left_parenthesis")
        await chat.sees("error at character 7")
        assert not chat.app.transcript.search.is_on
        await chat.pilot.press("backspace")
        await chat.sees("of 2" if size[0] > 60 else "/2 +3")
        await chat.pilot.press("ctrl+r")
        await chat.sees("no matches")
        await chat.pilot.press("escape")
        await chat.send_command("/find /^th.r/")
        await chat.sees("1 of 1")


async def test_a_count_that_comes_late_does_not_hide_what_is_wrong_with_an_expression(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path), (80, 24)) as chat:
        await ready(chat, branched())
        await chat.pilot.press("ctrl+f", "ctrl+r")
        for letter in "need(":
            chat.app.post_message(events.Key(letter, letter))
        await chat.sees("error at character 5")
        await chat.settle()
        await chat.sees("error at character 5")


SLOW = [r"(a+)+$", r"(a|aa)+$", r"(.*)*x", r"(\w+\s?)+!", r"((a*)*)*b", r"(?:a?){40}a{40}c"]


@thorough
@pytest.mark.parametrize("source", SLOW)
def test_no_expression_takes_long(source: str) -> None:
    text = ("a" * 5_000 + " ") * 4
    spent = 0.0
    expression = Expression(source)
    for _ in range(50):
        started = thread_time()
        list(expression.places(text + str(_)))
        spent = max(spent, thread_time() - started)
    assert spent < 0.1
    assert expression.is_too_slow
    assert not list(expression.places("aaa"))


def test_no_expression_takes_long_to_read() -> None:
    started = thread_time()
    for source in ("(?:" * 90 + "a" + ")*" * 90, "a{99999}" * 30, "(?i)ß{9999}|" * 20, "[a-z]" * 60):
        with suppress(BadExpression):
            list(Expression(source).places("a" * 200))
    for source in ("(" * 290, "[" * 300):
        with pytest.raises(BadExpression):
            Expression(source)
    assert thread_time() - started < 1.0
    with pytest.raises(BadExpression, match="long"):
        Expression("a" * 301)


async def test_a_slow_expression_is_given_up_and_said_and_keys_go_on(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path), (120, 40)) as chat:
        await chat.sees("283 tokens")
        turn = said("question", ("a" * 1_500 + " b\n\n") * 3)
        lead(chat.app, Conversation([turn.turn]))
        chat.app.parts.finding.open("/(a+)+$/")
        await chat.sees("takes too long")
        chat.app.parts.finding.open("/b$/")
        await chat.sees("of 3")


def test_matches_stay_in_their_line_and_capitals_count_only_where_they_are_written() -> None:
    text = "One line\none Line\r\n\nзелёный ЁЖ"

    def found(source: str) -> list[str]:
        return [text[place.start : place.end] for place in Expression(source).places(text)]

    assert found("^one") == ["One", "one"]
    assert found("^One") == ["One"]
    assert found(r"\W+") == [" ", " ", "\r", " "]
    assert found(r"line$") == ["line"]
    assert found("ё") == ["ё", "Ё"]
    assert found("x*") == []


@thorough
async def test_ten_thousand_hits_cost_no_frame(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path), (120, 40)) as chat:
        await chat.sees("283 tokens")
        answers = [said(f"question {n}", "a hit and a hit\n\n" * 250) for n in range(20)]
        lead(chat.app, one_after_another(*answers))
        await chat.pilot.press("ctrl+f", *"hit")
        await chat.sees("of 10,000")
        taken = []
        for _ in range(20):
            started = thread_time()
            chat.app.transcript.search.move(-1)
            taken.append(thread_time() - started)
            await chat.pilot.pause()
        await chat.sees("9,481 of 10,000")
        assert sorted(taken)[len(taken) // 2] < 0.02, taken


@thorough
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_phrase_is_found_as_typed_wherever_it_is_before_its_words_count(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    async with chatting(demo(tmp_path), size) as chat:
        conversation = branched()
        await ready(chat, conversation)
        chat.app.parts.appearance.switch_language(language)
        # On the path there is "answer" without "older"; the phrase is in another version.
        await chat.pilot.press("ctrl+f", *"older", "space", *"answer")
        is_wide = size[0] > 60
        await chat.sees(say("find.others", n=1) if is_wide else "0 +1")
        assert marked(chat) == marked(chat, "found.here") == []
        await chat.pilot.press("enter")
        await chat.until(lambda: marked(chat, "found.here") == ["older answer"])
        await chat.pilot.press("escape")
        # Nowhere as typed: the line says that words are counted, and how many.
        await chat.pilot.press("ctrl+f", *"needle", "space", *"last")
        await chat.until(lambda: set(marked(chat) + marked(chat, "found.here")) == {"last", "needle"})
        await chat.sees(say("find.loose", count="")[:20] if is_wide else "≈")
        # As typed again.
        await chat.pilot.press("ctrl+u", *"last", "space", *"needle")
        await chat.until(lambda: marked(chat, "found.here") == ["last needle"])
        await chat.sees_no("≈" if not is_wide else say("find.loose", count="")[:20])


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_tab_at_a_hit_of_another_version_takes_the_notice_away(tmp_path: Path, language: str) -> None:
    async with chatting(demo(tmp_path), (80, 24)) as chat:
        conversation = branched()
        await ready(chat, conversation)
        chat.app.parts.appearance.switch_language(language)
        await chat.pilot.press("ctrl+f", *"needle", "enter")
        notice = say("find.elsewhere", key="Esc")[:30]
        await chat.sees(notice)
        await chat.pilot.press("tab")
        await chat.until(lambda: chat.app.prompt.has_focus)
        await chat.sees_no(notice)
        assert conversation.head is conversation.turns[1]
