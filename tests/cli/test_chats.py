"""`elumenta-tui chats`: lists, transcripts and changes of stored conversations, from a shell."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from elumenta_tui import __main__ as program
from elumenta_tui import i18n
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import in_every_language
from elumenta_tui.session.search_terms import parse
from elumenta_tui.store.changes import Delete, SaveDraft, SetFacts
from elumenta_tui.text.sanitize import clean
from tests import prepared
from tests.chatting import chat_app, chatting, quick_demo
from tests.pseudo_terminal import PREPARED, Terminal
from tests.storing import answered, conversation, files_with, opened, saved, shelf
from tests.thorough import thorough

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with three conversations, one of them archived, a draft, and one of the demo."""
    with shelf(tmp_path / "home" / "data") as here:
        for number, title in enumerate(("Undo a commit", "Письмо", "Monads"), 1):
            here.put(
                saved(
                    answered(f"prompt {number}", f"answer {number}"), conversation(f"{number}abcdef", title)
                )
            )
        here.put(
            SaveDraft(conversation("4abcdef", ""), "only a draft"),
            SetFacts(conversation("2abcdef"), {"pinned": True, "tags": "work дом"}),
            SetFacts(conversation("3abcdef"), {"archived": True}),
        )
        here.put(saved(answered("2+2", "4"), conversation("5abcdef", "Played", demo=True)))
    return tmp_path / "home"


def at(home: Path) -> dict[str, str]:
    return {"ELUMENTA_HOME": str(home), "LANG": "en_US.UTF-8"}


def chats(home: Path, *arguments: str, language: str = "en_US") -> int:
    return program.main(["chats", *arguments], {"ELUMENTA_HOME": str(home), "LANG": language})


def listed(home: Path, capsys: Capture, *arguments: str) -> list[str]:
    """Titles of what is listed as JSON."""
    chats(home, "list", "--json", *arguments)
    return [one["title"] for one in json.loads(capsys.readouterr().out)]


def test_the_list_has_what_the_apps_list_has_pinned_ones_first(home: Path, capsys: Capture) -> None:
    assert chats(home, "list") == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["ID", "USED", "TITLE", "TURNS", "MODEL", "NOTES"]
    assert [row.split()[0] for row in rows] == ["2abc", "4abc", "1abc"]
    assert rows[0].endswith("pinned, #work #дом")
    assert "only a draft" in rows[1]
    assert len({row.index("GPT-5") for row in (rows[0], rows[2])}) == 1


@thorough
def test_turns_are_those_that_are_shown_and_not_every_version_and_branch(
    tmp_path: Path, capsys: Capture
) -> None:
    home = tmp_path / "home"
    piped = (
        b"1+1\n/edit 1+2\n/regenerate\n/regenerate\n/new\n2+2\n3+3\n4+4\n/tree\n/branch 2\n/new\n5+5\n6+6\n"
    )
    done = prepared.run_for_text(["--plain", "--demo"], env=at(home), piped=piped)
    assert done.returncode == 0, done.stderr
    chats(home, "list", "--demo", "--json")
    listed = json.loads(capsys.readouterr().out)
    assert [(one["title"], one["turns"], one["answers"]) for one in listed] == [
        ("5+5", 2, 2),
        ("2+2", 2, 3),
        ("1+1", 1, 4),
    ]
    chats(home, "list", "--demo")
    assert [row.split()[4] for row in capsys.readouterr().out.splitlines()[1:]] == ["2", "2", "1"]


@pytest.mark.parametrize(
    ("arguments", "titles"),
    [
        (["monads"], []),
        (["--archived", "monads"], ["Monads"]),
        (["is:archived"], ["Monads"]),
        (["answer", "1"], ["Undo a commit"]),
        (["фтыцук", "1"], ["Undo a commit"]),
        (["#work"], ["Письмо"]),
        (["№дом", "модель:gpt"], ["Письмо"]),
        (["after:2026-09", "before:2026-01"], []),
        (["cost:>1", "state:complete"], ["Письмо", "Undo a commit"]),
        (["--limit", "1"], ["Письмо"]),
        (["--limit", "0"], ["Письмо", "only a draft", "Undo a commit"]),
        (["--demo"], ["Played"]),
    ],
)
def test_words_and_filters_find_what_they_find_in_the_app(
    home: Path, capsys: Capture, arguments: list[str], titles: list[str]
) -> None:
    assert listed(home, capsys, *arguments) == titles


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_filters_that_the_help_names_are_filters(language: str) -> None:
    i18n.use(language)
    named = re.findall(r"[^\W\d_]+:\S*[^\W_]", i18n.say("chats.list.about").replace("'", ""))
    i18n.use("en")
    assert len(named) == 8
    for typed in named:
        terms = parse(typed, 1_790_000_000.0, in_every_language)
        assert (terms.words, terms.complaint) == ("", None), typed


def test_nothing_found_is_told_by_the_code_and_to_programs_by_an_empty_list(
    home: Path, capsys: Capture
) -> None:
    assert chats(home, "list", "zzz") == 3
    assert capsys.readouterr() == ("", "No conversation is found.\n")
    assert chats(home, "list", "zzz", "--json") == 3
    assert json.loads(capsys.readouterr().out) == []


def test_a_filter_that_can_not_be_understood_finds_nothing_instead_of_everything(
    home: Path, capsys: Capture
) -> None:
    assert chats(home, "list", "cost:much") == 2
    assert capsys.readouterr() == ("", "“much” is no price. Write cost:>5, cost:<5 or cost:5\n")
    assert chats(home, "list", "commit", "colour:red") == 3
    assert "There is no filter “colour:”" in capsys.readouterr().err


def test_programs_get_every_fact_of_a_row(home: Path, capsys: Capture) -> None:
    chats(home, "list", "--json", "#work")
    [one] = json.loads(capsys.readouterr().out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one.pop("used_at"))
    assert one == {
        "id": "2abcdef", "title": "Письмо", "turns": 1, "answers": 1, "model": "GPT-5", "state": "complete", "archived": False, "pinned": True,
        "tags": ["work", "дом"], "has_draft": False, "queued": 0, "turns_found": 0, "demo": False,
    }  # fmt: skip


def test_a_terminal_gets_a_table_that_fits_and_as_many_rows_as_one_can_read(home: Path) -> None:
    with shelf(home / "data") as here:
        for number in range(40):
            here.put(
                saved(
                    answered(f"q{number}", "a"),
                    conversation(f"9{number:02}00", "Очень длинное название " * 9),
                )
            )
    for width, columns in ((40, 3), (80, 5), (120, 6)):
        with Terminal([PREPARED, "chats", "list"], size=(width, 60), env=at(home)) as terminal:
            assert terminal.wait_exit() == 0
            lines = [line for line in terminal.screen() if line]
        table, end = lines[:31], " ".join(lines[31:])
        assert len(lines[0].split()) == columns
        assert end == "30 of 43 conversations; --limit 0 shows all."
        assert all("…" in line for line in table[4:])


def test_a_transcript_is_indented_so_that_no_text_passes_for_a_head(home: Path, capsys: Capture) -> None:
    text = "first\n\nGPT-5 · Complete\u2028You · 2026\x85third"
    with shelf(home / "data") as here:
        here.put(saved(answered("and?", text), conversation("6abcdef", "Odd")))
    assert chats(home, "show", "6a") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Odd"
    assert lines[1].startswith("1 turn · 2 tokens · ")
    assert [line for line in lines[2:] if line and line[0] != " "] == [
        "You · 2026-09-21 14:13" if os.environ.get("TZ", "UTC") == "UTC" else lines[3],
        "GPT-5 (gpt-5-served) · Complete · 2 tokens · 281 left",
    ]
    assert "  and?" in lines
    assert "  first" in lines


def with_versions() -> tuple[Answer, Answer]:
    older = answered("asked twice", "older")
    newer = older.turn.answer(older.model, id="t-newer")
    newer.add("newer")
    newer.end()
    return older, newer


def test_other_branches_are_shown_with_an_option_and_else_named(home: Path, capsys: Capture) -> None:
    with shelf(home / "data") as here:
        here.put(*(saved(each, conversation("6abcdef", "Two")) for each in with_versions()))
    assert chats(home, "show", "6a") == 0
    out, err = capsys.readouterr()
    assert ("newer" in out, "older" in out) == (True, False)
    assert err == "1 answer of another branch is not shown; --branches shows all.\n"
    assert chats(home, "show", "6a", "--branches") == 0
    out, err = capsys.readouterr()
    assert ("newer" in out, "older" in out, err) == (True, True, "")
    assert chats(home, "show", "6a", "--json", "--branches") == 0
    assert [turn["text"] for turn in json.loads(capsys.readouterr().out)["turns"][1::2]] == ["older", "newer"]


def test_conversations_are_renamed_archived_pinned_and_tagged(home: Path, capsys: Capture) -> None:
    assert chats(home, "rename", "1a", "Другое название") == 0
    assert chats(home, "archive", "1a", "2a") == 0
    assert chats(home, "unpin", "2a") == 0
    assert chats(home, "unarchive", "3a") == 0
    assert chats(home, "pin", "3a") == 0
    assert chats(home, "tag", "1a", "2a", "+new", "-work", "#идея") == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "Renamed: “Другое название”" in said.err
    assert "Archived: “Другое название”, “Письмо”" in said.err
    assert "“Письмо” #дом #new #идея" in said.err
    chats(home, "list", "--json", "--archived")
    rows = {one["id"][0]: one for one in json.loads(capsys.readouterr().out)}
    assert [(rows[id]["archived"], rows[id]["pinned"]) for id in "123"] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert rows["1"]["title"] == "Другое название"
    assert [rows[id]["tags"] for id in "123"] == [["new", "идея"], ["дом", "new", "идея"], []]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ["show", "zzz"],
            3,
            "No conversation has an ID that begins with zzz; elumenta-tui chats list shows them.",
        ),
        (["show", ""], 3, "No conversation has an ID"),
        (["archive", "1a", "zzz"], 3, "begins with zzz"),
        (["rename", "1a", " "], 2, "The title is empty"),
        (["tag", "1a"], 2, "at least one tag"),
        (["tag", "+work"], 2, "at least one tag"),
        (["tag", "1a", "+two words"], 2, "A tag is one word: +two-words, or each word with its own sign."),
        (["tag", "1a", "-two words"], 2, "A tag is one word: -two-words"),
        (["delete", "1a"], 2, "--yes deletes without asking"),
        (["show", "1a", "--demo"], 3, "elumenta-tui chats list --demo shows them"),
        ([], 2, "chats needs one of: list, show"),
        (["lits"], 2, "Did you mean list?"),
        (["show"], 2, "ID is missing"),
        (["list", "--limit", "-1"], 2, "--limit"),
    ],
)
def test_what_can_not_be_done_changes_nothing_and_says_why(
    home: Path, capsys: Capture, arguments: list[str], code: int, said: str
) -> None:
    before = listed(home, capsys, "--archived")
    assert chats(home, *arguments) == code
    out, err = capsys.readouterr()
    assert (out, said in err) == ("", True), err
    assert listed(home, capsys, "--archived") == before


def test_several_conversations_with_that_beginning_are_not_guessed_between(
    home: Path, capsys: Capture
) -> None:
    with shelf(home / "data") as here:
        here.put(saved(answered("q", "a"), conversation("1abcxyz")))
    assert chats(home, "archive", "1abc") == 3
    assert "Several conversations" in capsys.readouterr().err
    assert chats(home, "list") == 0
    # The table shows as many characters as are needed.
    assert {"1abcd", "1abcx"} < {row.split()[0] for row in capsys.readouterr().out.splitlines()}


def test_a_deletion_leaves_no_trace_in_any_file(home: Path, capsys: Capture) -> None:
    with shelf(home / "data") as here:
        here.put(
            saved(
                answered("topsecret prompt", "topsecret answer"), conversation("6abcdef", "topsecret title")
            )
        )
    assert chats(home, "delete", "6a", "1a", "--yes") == 0
    assert capsys.readouterr() == ("", "Deleted: “topsecret title”, “Undo a commit”\n")
    assert files_with(home / "data", "topsecret") == []
    assert listed(home, capsys, "--archived") == ["Письмо", "only a draft", "Monads"]


@pytest.mark.parametrize(
    ("typed", "is_gone"), [("y\r", True), ("\r", False), ("n\r", False), ("yes\r", True)]
)
def test_at_a_terminal_a_deletion_is_asked_about(
    home: Path, capsys: Capture, typed: str, is_gone: bool
) -> None:
    with Terminal([PREPARED, "chats", "delete", "1a"], env=at(home)) as terminal:
        terminal.wait_for("[y/N]")
        terminal.type(typed)
        assert terminal.wait_exit() == (0 if is_gone else 1)
        assert ("Deleted:" if is_gone else "Nothing was deleted.") in terminal.text
    assert ("Undo a commit" in listed(home, capsys)) is not is_gone


def test_an_answer_that_is_coming_in_another_window_keeps_its_conversation(
    home: Path, capsys: Capture
) -> None:
    with shelf(home / "data") as here:
        coming = saved(
            answered("growing", "so far", ended=False), conversation("6abcdef"), whole=False, place=1
        )
        here.put(coming)
        assert chats(home, "delete", "6a", "--yes") == 1
        assert "an answer is still coming in “A title”" in capsys.readouterr().err
        assert here.conversation("6abcdef").conversation.turns


@thorough
async def test_a_window_that_shows_a_conversation_stays_right_when_it_is_changed_or_deleted(
    tmp_path: Path,
) -> None:
    app = chat_app(quick_demo(), tmp_path)

    async def from_shell(*arguments: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            prepared.run_for_text, ["chats", *arguments], env={**os.environ, **at(tmp_path)}
        )

    async with chatting(app) as chat:
        await chat.ask("first question")
        library = app.session.library
        assert library is not None
        id = app.session.conversation.id
        await chat.until(lambda: library.autosave.store.unsaved == 0)
        assert (await from_shell("rename", id, "From the shell")).returncode == 0
        assert (await from_shell("tag", id, "+shell")).returncode == 0
        await chat.ask("second question")
        await chat.until(lambda: library.autosave.store.unsaved == 0)
        [row] = json.loads((await from_shell("list", "--demo", "--json")).stdout)
        assert (row["title"], row["tags"], row["turns"]) == ("From the shell", ["shell"], 2)
        done = await from_shell("delete", id, "--yes")
        assert (done.returncode, done.stderr) == (0, "Deleted: “From the shell”\n")
        assert json.loads((await from_shell("list", "--demo", "--json")).stdout) == []
        await chat.ask("third question")
    # What was asked after the deletion is kept, and nothing of what was deleted comes back.
    shown = (await from_shell("show", id)).stdout
    assert "  third question\n" in shown
    assert "first question" not in shown


@thorough
@pytest.mark.parametrize("language", ["en_US", "ru_RU"])
@pytest.mark.parametrize("arguments", [["list"], ["show", "1a", "--branches"], ["list", "--json"]])
def test_whatever_a_strangers_database_holds_nothing_raw_is_printed(
    home: Path, arguments: list[str], language: str
) -> None:
    evil = "\x1b]52;c;cm0gLXJmIH4=\x07\x9b2J\u202eevil\nline"
    with opened(home / "data" / "conversations.db") as connection:
        for table, columns in {
            "conversation": "title draft",
            "turn": "prompt",
            "answer": "model_name",
            "passage": "text",
        }.items():
            for column in columns.split():
                connection.execute(
                    f"UPDATE {table} SET {column} = {column} || ? WHERE {column} IS NOT NULL", (evil,)
                )
    done = prepared.run_for_text(
        ["chats", *arguments], env={**os.environ, "ELUMENTA_HOME": str(home), "LANG": language}
    )
    assert done.returncode == 0
    for text in (done.stdout, done.stderr):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]", text)
        assert text == clean(text)
    assert "evil" in done.stdout


def test_what_the_app_has_deleted_and_not_removed_yet_is_not_listed(home: Path, capsys: Capture) -> None:
    with shelf(home / "data") as here:
        here.store.delete_at_end([Delete(conversation("1abcdef"), since=2e9)])
    assert "Undo a commit" not in listed(home, capsys)


def test_what_takes_long_is_said_on_a_terminal_and_removed_again() -> None:
    code = (
        "from elumenta_tui.cli import progress\nprogress.AFTER = 0.0\n"
        "with progress.progress('Working'):\n input()\nprint('done')"
    )
    with Terminal([PREPARED, "-c", code]) as terminal:
        terminal.wait_for("Working")
        terminal.press("enter")
        assert terminal.wait_exit() == 0
        assert "done" in terminal.text
        assert b"Working" in terminal.raw
    done = prepared.run_for_text(["-c", code], env=dict(os.environ), piped=b"\n")
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_where_only_the_demo_has_conversations_the_list_and_the_statistics_say_so(
    tmp_path: Path, capsys: Capture
) -> None:
    with shelf(tmp_path / "data") as here:
        here.put(saved(answered("2+2", "4"), conversation("5abcdef", "Played", demo=True)))
    environ = {"ELUMENTA_HOME": str(tmp_path), "LANG": "en_US"}
    for command in (["chats", "list"], ["stats"]):
        assert program.main(command, environ) == 3
        assert "has conversations of the demo only; --demo shows them." in capsys.readouterr().err
