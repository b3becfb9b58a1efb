"""The store alone: what is put is there again, whatever happens to the disk and the file in between."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.ledger import Charge
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.store.changes import Delete, OpenHere, Rename, SaveDraft, SetFacts
from elumenta_tui.store.events import Opened
from elumenta_tui.store.failures import RESCUED
from tests.storing import (
    PATIENCE,
    answered,
    conversation,
    die,
    files,
    messages,
    opened,
    saved,
    shelf,
    started,
    until,
)
from tests.thorough import thorough

PROMPT = "Расскажи про ёлку"


# ------------------------------------------------------------------------------------------------------ what is kept


def test_the_programs_own_title_takes_the_place_of_no_persons_title(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("q", "a"), conversation("c1", "Own")))
        here.put(Rename(conversation("c1", "Own"), "Another", instead_of="Own"))
        assert here.conversation("c1").conversation.title == "Another"
        here.put(Rename(conversation("c1"), "A person's"))
        here.put(Rename(conversation("c1"), "The program's", instead_of="Another"))
        assert here.conversation("c1").conversation.title == "A person's"


def test_a_conversation_comes_back_exactly_as_it_was(tmp_path: Path) -> None:
    first = answered(PROMPT, "Она зелёная.", charge=Charge(before=283), unreadable=2)
    second = answered("Дальше", "Half an ans", ended=False)
    second.fail(Failure("stream_error", Billing.UNKNOWN, "quota-7731", None, 12.5))
    second.note_time(9.0, 1_790_000_009.0)
    third = answered("Ещё", ended=False)
    third.fail(Failure("rate_limit_exceeded", Billing.NOT_CHARGED, "wait", 429, 30.0))
    third.note_time(0.5)
    with shelf(tmp_path) as here:
        assert here.put(saved(first, place=1), saved(second, place=2), saved(third, place=3))
    with shelf(tmp_path) as here:
        back = here.conversation("c1").conversation
    assert (back.id, back.title, back.created_on) == ("c1", "A title", 1_790_000_000.0)
    assert [one.state for one in back.answers] == [
        AnswerState.COMPLETE,
        AnswerState.INTERRUPTED,
        AnswerState.FAILED,
    ]
    for was, now in zip((first, second, third), back.answers, strict=True):
        assert now.charge.is_final
        for fact in (
            "id prompt text state failure asked_on ended_on generation_id served_by deltas length has_text unreadable"
        ).split():
            assert getattr(now, fact) == getattr(was, fact), fact
        for fact in "stated before after amount is_open is_free".split():
            assert getattr(now.charge, fact) == getattr(was.charge, fact), fact
        assert (now.model.slug, now.model.name) == ("gpt-5", "GPT-5")
        assert now.seconds(99.0) == was.seconds(99.0)
        assert now.first_text_at == was.first_text_at
    assert messages(back) == [
        ("user", PROMPT),
        ("assistant", "Она зелёная."),
        ("user", "Дальше"),
        ("assistant", "Half an ans"),
    ]


def test_an_answer_that_is_saved_piece_by_piece_is_whole_at_every_moment(tmp_path: Path) -> None:
    growing = answered("Count", "one ", ended=False)
    with shelf(tmp_path) as here:
        here.put(saved(growing, whole=False, place=1))
        assert here.conversation("c1").conversation.answers[0].text == "one "
        change = saved(growing, whole=False)
        here.put(change._replace(pieces={4: "two "}))
        # A piece that is written again, longer, after an attempt of which nobody knows how it went.
        here.put(change._replace(pieces={4: "two three"}))
        assert here.conversation("c1").conversation.answers[0].text == "one two three"
        growing.add("two three, four.")
        growing.end(2, 281)
        here.put(saved(growing))
        assert here.conversation("c1").conversation.answers[0].text == "one two three, four."
    with opened(tmp_path / "conversations.db") as database:
        assert database.execute("SELECT count(*) FROM piece").fetchone() == (0,)


def test_a_piece_that_begins_in_the_middle_of_a_character_is_not_changed(tmp_path: Path) -> None:
    family = "👩\u200d👧 ❤\ufe0f e\u0301"
    with shelf(tmp_path) as here:
        change = saved(answered("Who?", family[:1], ended=False), whole=False, place=1)
        here.put(change._replace(pieces={at: family[at] for at in range(len(family))}))
        assert here.conversation("c1").conversation.answers[0].text == family


def test_order_follows_insertion_and_not_the_clock(tmp_path: Path) -> None:
    clock = iter(range(1_790_000_000, 0, -86_400))
    with shelf(tmp_path, calendar=lambda: float(next(clock))) as here:
        for number in range(4):
            one = answered(f"prompt {number}", "yes")
            one.asked_on = 1_790_000_000.0 - 86_400 * number
            here.put(saved(one, conversation("c1"), place=number + 1))
        here.put(saved(answered("other", "yes"), conversation("c2", "Last")))
        assert [one.prompt for one in here.conversation("c1").conversation.answers] == [
            "prompt 0", "prompt 1", "prompt 2", "prompt 3",
        ]  # fmt: skip
        assert here.titles() == ["Last", "A title"]


def test_text_that_the_disk_or_a_terminal_would_choke_on_is_cleaned(tmp_path: Path) -> None:
    hostile = "a\ud800b\x00c\x1b]52;c;QQ==\x07d"
    with shelf(tmp_path) as here:
        assert here.put(saved(answered(hostile, "answer", id="t1"), conversation(title=hostile)))
        with opened(tmp_path / "conversations.db") as database:
            database.execute("UPDATE passage SET text = ?", ("written by a stranger \x1b[2J\x9b1m",))
        stored = here.conversation("c1")
        assert stored.conversation.title == stored.conversation.answers[0].prompt == "a\ufffdbc]52;c;QQ==d"
        assert stored.conversation.answers[0].text == "written by a stranger [2J1m"
        assert here.titles() == ["a\ufffdbc]52;c;QQ==d"]


def test_columns_that_hold_anything_are_read_as_what_they_can_mean(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("q", "a")))
        with opened(tmp_path / "conversations.db") as database:
            database.execute(
                "UPDATE answer SET state = 'dreaming', cost = 'many', balance_after = 9e99, deltas = -4, seconds = 'x',"
                " failure = '[1, 2', model = x'ff00', asked_on = 1e300"
            )
        [back] = here.conversation("c1").conversation.answers
        assert (back.state, back.charge.stated, back.charge.after, back.deltas) == (
            AnswerState.INTERRUPTED, None, None, 0,
        )  # fmt: skip
        assert back.failure == Failure(RESCUED)
        assert back.asked_on is None
        assert back.text == "a"


@thorough
@pytest.mark.parametrize(
    ("state", "failure", "is_over_something"),
    [
        ("dreaming", None, True),
        ("interrupted", None, True),
        ("failed", None, True),
        ("complete", '{"kind": "cut"}', False),
        ("failed", '{"kind": 7}', True),
    ],
)
def test_an_end_that_contradicts_itself_is_read_as_one_that_can_be_told(
    tmp_path: Path, state: str, failure: str | None, is_over_something: bool
) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("q", "a")))
        with opened(tmp_path / "conversations.db") as database:
            database.execute("UPDATE answer SET state = ?, failure = ?", (state, failure))
        [back] = here.conversation("c1").conversation.answers
    assert back.over
    assert back.failure == (Failure(RESCUED) if is_over_something else None)


def test_titles_drafts_and_archiving(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(SaveDraft(conversation("c2", ""), "typed, not sent"))
        here.put(saved(answered("q", "a"), place=1), Rename(conversation(), "Мой\nразговор"))
        here.put(SaveDraft(conversation(), "more"), SetFacts(conversation(), {"archived": True}))
    with shelf(tmp_path) as here:
        assert here.titles() == ["Мой разговор", ""]
        first, second = here.store.summaries(demo=False).result()
        assert (first.archived, first.has_draft, first.requests, first.model) == (True, True, 1, "GPT-5")
        assert (second.archived, second.has_draft, second.requests, second.state) == (False, True, 0, "")
        assert here.conversation("c1").draft == "more"
        assert here.store.unsent(demo=False).result() == "c2"
        # What is sent is no draft any more; and a title that a person gave stays.
        here.put(saved(answered("more", "b"), conversation(title="more"), place=2))
        assert here.conversation("c1").draft == ""
        assert here.conversation("c1").conversation.title == "Мой разговор"
        assert here.store.last_used(demo=False).result() == "c1"


def test_an_empty_draft_makes_no_conversation(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(SaveDraft(conversation(), ""))
        assert here.store.conversation("c1").result() is None
        assert here.titles() == []


def test_the_demos_conversations_are_kept_apart(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("real", "a"), conversation("c1", "Real")))
        here.put(saved(answered("play", "b"), conversation("c2", "Play", demo=True)))
        assert (here.titles(), here.titles(demo=True)) == (["Real"], ["Play"])
        assert here.store.last_used(demo=False).result() == "c1"
        assert here.store.prompts(demo=True, limit=9).result() == ["play"]


# ------------------------------------------------------------------------------------------------------------- search


@thorough
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("елка", ["Лес"]),
        ("ЁЛК", ["Лес"]),
        ("ёлка зелёная", ["Лес"]),
        ("москва", ["Город"]),
        ("МОСК рек", ["Город"]),
        ("foo_bar", ["Code"]),
        ("c++", ["Code"]),
        ("лес", ["Лес"]),
        ("code", ["Code"]),
        ("zebra", []),
        ("елка москва", []),
        ('"', []),
        ("* OR ( NOT", []),
        ("  ", ["Code", "Город", "Лес"]),
    ],
)
def test_words_are_found_in_prompts_answers_and_titles(tmp_path: Path, typed: str, found: list[str]) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("Что за ёлка?", "Ёлка ЗЕЛЁНАЯ."), conversation("c1", "Лес")))
        here.put(saved(answered("Где Москва?", "Москва стоит на реке."), conversation("c2", "Город")))
        here.put(saved(answered("In C++?", "def foo_bar(): pass"), conversation("c3", "Code")))
        assert here.titles(typed) == found


def test_the_conversation_that_is_called_so_stands_before_those_that_only_speak_of_it(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("Draw it.", "Here."), conversation("c1", "Markdown showcase")))
        here.put(saved(answered("And the markdown showcase?", "Later."), conversation("c2", "Tables")))
        here.put(saved(answered("None.", "No."), conversation("c3", "Else")))
        assert here.titles("markdown showcase") == ["Markdown showcase", "Tables"]
        assert here.titles() == ["Else", "Tables", "Markdown showcase"]


def test_another_way_to_read_what_was_typed_finds_too(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("Где Москва?", "Тут."), conversation("c2", "Город")))
        assert here.titles("vjcrdf") == []
        assert here.titles("vjcrdf", "москва") == ["Город"]


def test_an_answer_is_found_as_it_is_now_and_not_as_it_was(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        one = answered("q", "unfinished apple", ended=False)
        one.fail(Failure("cut"))
        here.put(saved(one))
        assert here.titles("apple") == ["A title"]
        here.put(saved(answered("q", "finished pear")))
        assert (here.titles("apple"), here.titles("pear")) == ([], ["A title"])


def test_a_search_says_where_and_shows_it(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        for number in range(5):
            text = "word " * 400 + "ёжик here" if number in (1, 3) else "nothing"
            here.put(saved(answered(f"prompt {number}", text)))
        [row] = here.store.summaries(["ежик"], demo=False).result()
        assert row.found == 2
        [excerpt] = here.store.excerpts(row, ["ежик"]).result()
        assert excerpt.prompt == "prompt 3"
        assert excerpt.answer.startswith("…")
        assert "ёжик here" in excerpt.answer
        [row] = here.store.summaries(demo=False).result()
        assert [one.prompt for one in here.store.excerpts(row).result()] == [
            "prompt 2",
            "prompt 3",
            "prompt 4",
        ]


def test_what_was_sent_before_comes_back_once_and_the_newest_first(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        for number, prompt in enumerate(["one", "two", "one", "three ёж"]):
            here.put(saved(answered(prompt, "two", id=f"t{number}"), conversation(f"c{number}")))
        assert here.store.prompts(demo=False, limit=9).result() == ["three ёж", "one", "two"]
        assert here.store.prompts(demo=False, limit=2).result() == ["three ёж", "one"]
        assert here.store.prompts(["ЕЖ"], demo=False, limit=9).result() == ["three ёж"]
        assert here.store.prompts(["two"], demo=False, limit=9).result() == ["two"]


def test_a_search_in_the_prompts_takes_the_place_of_the_last_search_and_not_of_the_history(
    tmp_path: Path,
) -> None:
    is_free = threading.Event()
    with shelf(tmp_path) as here:
        here.put(saved(answered("two")))
        here.store._reader.ask(lambda _: is_free.wait(PATIENCE))
        history = here.store.prompts(demo=False, limit=9)
        earlier = here.store.prompts(["tw"], demo=False, limit=9)
        newest = here.store.prompts(["two"], demo=False, limit=9)
        assert earlier.cancelled()
        is_free.set()
        assert history.result(PATIENCE) == newest.result(PATIENCE) == ["two"]


# ----------------------------------------------------------------------------------------------------------- deleting


@thorough
def test_what_is_deleted_is_gone_from_every_file(tmp_path: Path) -> None:
    secrets = ("sesameword", "тайнослово", "draftsecret", "titlesecret")
    with shelf(tmp_path) as here:
        for number in range(60):
            here.put(saved(answered(f"plain {number}", "nothing special"), conversation("c2", "Other")))
            if number % 3 == 0:
                here.put(
                    saved(
                        answered(f"sesameword {number}", "тайнослово " * 900),
                        conversation("c1", "titlesecret"),
                    )
                )
        here.put(SaveDraft(conversation("c1"), "draftsecret"))
        assert here.titles("sesameword") == ["titlesecret"]
        assert any(secret.encode() in data for data in files(tmp_path).values() for secret in secrets)
        here.put(Delete(conversation("c1")))
        assert here.titles() == ["Other"]
    left = files(tmp_path)
    assert [
        (name, secret) for name, data in left.items() for secret in secrets if secret.encode() in data
    ] == []
    with shelf(tmp_path) as here:
        assert here.titles("plain") == ["Other"]


def test_it_is_gone_while_the_program_runs_too(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(saved(answered("sesameword", "answer")))
        here.put(Delete(conversation()))
        until(lambda: not any(b"sesameword" in data for data in files(tmp_path).values()))


# -------------------------------------------------------------------------------------------------- files and their modes


def test_files_are_their_owners_only_whatever_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with shelf(tmp_path / "home" / "data") as here:
            here.put(saved(answered("q", "a")), OpenHere("c1"))
            names = set()
            for path in (tmp_path / "home", *(tmp_path / "home").rglob("*")):
                mode = stat.S_IMODE(path.stat().st_mode)
                assert mode == (0o700 if path.is_dir() else 0o600), path
                names.add(path.name)
            assert {"conversations.db", "conversations.db-wal", "conversations.db-shm"} <= names
    finally:
        os.umask(before)


def test_files_that_others_could_read_are_closed_to_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with shelf(data) as here:
        here.put(saved(answered("q", "a")))
    (data / "conversations.db").chmod(0o644)
    data.chmod(0o755)
    with shelf(data):
        assert stat.S_IMODE((data / "conversations.db").stat().st_mode) == 0o600
        assert stat.S_IMODE(data.stat().st_mode) == 0o700


# ------------------------------------------------------------------------------------------------ programs that ended


def test_a_turn_of_a_program_that_is_gone_is_marked_and_told(tmp_path: Path) -> None:
    here = started(tmp_path)
    half, nothing = answered("half", "what there was", ended=False), answered("none", ended=False)
    here.put(OpenHere("c1"), saved(half, whole=False, place=1))
    here.put(saved(nothing, conversation("c2", "Other"), whole=False, place=1))
    die(here)
    with shelf(tmp_path) as after:
        news = after.told(Opened)
        assert [(cut.conversation, cut.prompt, cut.length) for cut in news.cut] == [
            ("c1", "half", 14), ("c2", "none", 0),
        ]  # fmt: skip
        assert news.left_open == "c1"
        [one] = after.conversation("c1").conversation.answers
        assert (one.state, one.text, one.failure) == (
            AnswerState.INTERRUPTED,
            "what there was",
            Failure("crashed"),
        )
        [other] = after.conversation("c2").conversation.answers
        assert (other.state, other.failure) == (AnswerState.FAILED, Failure("crashed"))
        assert after.titles("there") == ["A title"]
    with shelf(tmp_path) as again:
        assert again.told(Opened) == Opened()


def test_a_draft_of_a_program_that_is_gone_is_where_the_next_one_goes_on(tmp_path: Path) -> None:
    here = started(tmp_path)
    here.put(OpenHere("c1"), SaveDraft(conversation(title=""), "half a thought"))
    die(here)
    with shelf(tmp_path) as after:
        assert after.told(Opened).left_open == "c1"
        assert after.conversation("c1").draft == "half a thought"


def test_a_turn_of_a_program_that_is_running_is_left_alone(tmp_path: Path) -> None:
    with shelf(tmp_path) as first:
        growing = answered("q", "so far", ended=False)
        first.put(OpenHere("c1"), saved(growing, whole=False, place=1))
        with shelf(tmp_path) as second:
            assert second.told(Opened) == Opened()
            [seen] = second.conversation("c1").conversation.answers
            assert (seen.state, seen.text, seen.failure) == (
                AnswerState.INTERRUPTED, "so far", Failure("elsewhere"),
            )  # fmt: skip
        growing.add(", and the rest")
        growing.end(2, 281)
        first.put(saved(growing))
        [done] = first.conversation("c1").conversation.answers
        assert (done.state, done.text) == (AnswerState.COMPLETE, "so far, and the rest")


def test_a_proper_end_leaves_nothing_to_tell(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        here.put(OpenHere("c1"), saved(answered("q", "a"), place=1))
    assert list((tmp_path / "running").iterdir()) == []
    with shelf(tmp_path) as here:
        assert here.told(Opened) == Opened()


# --------------------------------------------------------------------------------------------------- what was being shown


def test_a_conversation_that_a_program_died_with_while_showing_it_is_told_once(tmp_path: Path) -> None:
    here = started(tmp_path)
    here.put(saved(answered("q", "a")))
    here.store.about_to_show("c1")
    with shelf(tmp_path) as beside:
        assert beside.told(Opened).stuck == ()
    die(here)
    with shelf(tmp_path) as after:
        assert after.told(Opened).stuck == ("c1",)
    with shelf(tmp_path) as later:
        assert later.told(Opened).stuck == ()


def test_a_conversation_that_came_to_rest_is_not_told(tmp_path: Path) -> None:
    here = started(tmp_path)
    here.put(saved(answered("q", "a")))
    here.store.about_to_show("c1")
    here.store.at_rest()
    die(here)
    with shelf(tmp_path) as after:
        assert after.told(Opened).stuck == ()


def test_marks_that_are_none_are_left_alone_and_waited_for_by_nobody(tmp_path: Path) -> None:
    running = tmp_path / "running"
    running.mkdir()
    (running / "notes.opening").write_text("c1")
    (tmp_path / "secret").write_text("elsewhere")
    (running / "00000000000a.opening").symlink_to(tmp_path / "secret")
    os.mkfifo(running / "00000000000b.opening")
    with shelf(tmp_path) as here:
        assert here.told(Opened).stuck == ()
    assert (running / "notes.opening").read_text() == "c1"
    assert (tmp_path / "secret").read_text() == "elsewhere"
