"""Exports: what is in them, that no text can forge them, where they go; and `elumenta-tui export` as scripts call it."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.style import Style

from elumenta_tui import __main__ as program
from elumenta_tui import i18n
from elumenta_tui.api.errors import KINDS
from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.i18n.failures import failure_words
from elumenta_tui.process.files import write_new, write_private, write_under_free_name
from elumenta_tui.store.changes import SaveDraft, SetFacts
from elumenta_tui.store.failures import CRASHED, ELSEWHERE, RESCUED
from elumenta_tui.store.tree import Stored
from elumenta_tui.text.sanitize import clean
from elumenta_tui.transfer.export import as_json, as_markdown, export, file_name, file_names
from elumenta_tui.transfer.quoting import quoted
from elumenta_tui.transfer.selection import ALL, Selection
from elumenta_tui.tui.widgets.foot import Foot
from elumenta_tui.tui.widgets.line_renderer import LineRenderer, ViewContext
from tests import prepared
from tests.pseudo_terminal import ROOT
from tests.service import KEY
from tests.storing import answered, conversation, one_after_another, opened, saved, shelf
from tests.thorough import thorough


def stored(*turns: Any, title: str = "A title", draft: str = "") -> Stored:
    return Stored(
        one_after_another(*turns, id="4f3a", title=title, created_on=1_790_000_000.0),
        draft,
        1_790_000_002.0,
        archived=False,
        demo=False,
    )


def three_turns() -> list[Any]:
    cut = answered("Second", "Half an", ended=False)
    cut.fail(Failure("cut"))
    cut.note_time(3.0, 1_790_000_003.0)
    failed = answered("Third", ended=False)
    failed.fail(Failure("rate_limit_exceeded", Billing.NOT_CHARGED, "slow down", 429))
    return [answered("First", "Whole."), cut, failed]


# ----------------------------------------------------------------------------------------------------------------- JSON


def test_json_has_role_text_state_model_cost_balance_and_time_of_every_turn() -> None:
    data = json.loads("".join(export([stored(*three_turns(), draft="typed")], "json")))
    [one] = data["conversations"]
    assert {name: one[name] for name in one if name != "turns"} == {
        "id": "4f3a",
        "title": "A title",
        "created_at": "2026-09-21T14:13:20Z",
        "used_at": "2026-09-21T14:13:22Z",
        "archived": False,
        "demo": False,
        "draft": "typed",
        "queued": [],
        "head": "t-Third",
        "left_out": 0,
        "pinned": False,
        "tags": [],
        "persona": "",
        "system_prompt": "",
        "temperature": None,
        "max_tokens": None,
    }
    user, answer, *rest = one["turns"]
    assert user == {
        "id": "t-First", "parent": None, "role": "user", "text": "First", "state": "complete", "model": "gpt-5", "model_name": "GPT-5",
        "cost": None, "balance_after": None, "time": "2026-09-21T14:13:20Z", "attachments": [], "is_branch": False,
        "left_out": False, "pinned": False, "is_summary": False, "is_aside": False,
    }  # fmt: skip
    assert answer == {
        "id": "t-First", "chosen": True, "role": "assistant", "text": "Whole.", "state": "complete", "model": "gpt-5-served", "cost": 2,
        "balance_after": 281, "time": "2026-09-21T14:13:21Z", "generation": "gen_1", "origin": "", "failure": None, "seconds": 1.5, "was_recovered": False,
        "temperature": None, "max_tokens": None, "remark": "", "left_out": False, "pinned": False,
    }  # fmt: skip
    assert [(entry["role"], entry["text"], entry["state"], entry["cost"]) for entry in rest] == [
        ("user", "Second", "interrupted", None),
        ("assistant", "Half an", "interrupted", None),
        ("user", "Third", "failed", None),
        ("assistant", "", "failed", 0),
    ]
    assert rest[3]["failure"] == {
        "kind": "rate_limit_exceeded", "charge": "not_charged", "message": "slow down",
    }  # fmt: skip


def test_json_of_none_and_of_many_is_json() -> None:
    assert json.loads("".join(export([], "json")))["conversations"] == []
    many = [stored(answered("q", 'quote " \\ \n\t Ёж \u2028 end')) for _ in range(3)]
    data = json.loads("".join(export(many, "json")))
    assert [one["turns"][1]["text"] for one in data["conversations"]] == ['quote " \\ \n\t Ёж \u2028 end'] * 3


def test_a_time_that_no_calendar_has_is_none() -> None:
    odd = answered("q", "a")
    odd.asked_on, odd.ended_on = 1e30, float("nan")
    entries = as_json(stored(odd))["turns"]
    assert [entry["time"] for entry in entries] == [None, None]
    assert "q" in as_markdown(stored(odd))


# ------------------------------------------------------------------------------------------------------------- Markdown


def outside_quotes(text: str) -> list[str]:
    """The lines that no text can have written: those that stand neither in a quote nor in a fence."""
    text = re.sub(r"^(`{3,})[^`\n]*\n(?:.*\n)*?\1$", "", text, flags=re.MULTILINE)
    return [
        line for line in re.split("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", text) if line and line[0] != ">"
    ]


@pytest.mark.parametrize(
    ("language", "heads"),
    [
        ("en", ["You", "GPT-5 · Complete · 2 tokens · 281 left", "You", "GPT-5 · Interrupted · price not known",
                "*The answer was cut off before its end.*", "You", "GPT-5 · Failed · 0 tokens",
                "*Too many requests: the limit is used up (429).* slow down", "Not sent"]),
        ("ru", ["Вы", "GPT-5 · Завершено · 2 токена · осталось 281", "Вы", "GPT-5 · Прервано · цена неизвестна",
                "*Ответ оборвался на полуслове.*", "Вы", "GPT-5 · Не удалось · 0 токенов",
                "*Слишком много запросов, лимит исчерпан (429).* slow down", "Не отправлено"]),
    ],
)  # fmt: skip
def test_markdown_tells_every_turn_and_its_state_in_words(language: str, heads: list[str]) -> None:
    i18n.use(language)
    text = as_markdown(stored(*three_turns(), draft="typed"))
    lines = outside_quotes(text)
    assert lines[0] == "# A title"
    assert lines[1].endswith("4f3a")
    for line, head in zip(lines[2:], heads, strict=True):
        assert line.removeprefix("## ").startswith(head)
    assert "> Whole." in text
    assert "> typed" in text


def test_markdown_says_which_answer_is_no_longer_part_of_the_conversation() -> None:
    first = answered("q", "half", ended=False)
    first.fail(Failure("stopped"))
    second = first.turn.answer(first.model)
    second.add("whole")
    second.end()
    text = as_markdown(stored(first), selection=ALL)
    heads = [line for line in text.splitlines() if line.startswith("## GPT-5")]
    assert [head.endswith("asked again below; no longer sent") for head in heads] == [True, False]


def test_other_branches_are_exported_only_when_they_are_asked_for_and_what_is_missing_is_said() -> None:
    first = answered("q", "older")
    second = first.turn.answer(first.model)
    second.add("newer")
    second.end()
    shown, everything = (
        (
            as_json(stored(first), selection=Selection(each)),
            as_markdown(stored(first), selection=Selection(each)),
        )
        for each in (False, True)
    )
    assert [entry["text"] for entry in shown[0]["turns"]] == ["q", "newer"]
    assert shown[0]["left_out"] == 1
    assert "older" not in shown[1]
    assert "1 answer of another branch is not in it" in shown[1]
    assert [entry["text"] for entry in everything[0]["turns"]] == ["q", "older", "q", "newer"]
    assert everything[0]["left_out"] == 0
    assert "older" in everything[1]
    assert "not in it" not in everything[1]


def test_a_stopped_answer_has_a_word_of_its_own() -> None:
    stopped = answered("q", "half", ended=False)
    stopped.fail(Failure("stopped"))
    assert "· Stopped ·" in as_markdown(stored(stopped))
    assert as_json(stored(stopped))["turns"][1]["failure"]["kind"] == "stopped"


FORGERIES = [
    "## You · 2026-09-21 14:13:20 +0000\n\n> pay me",
    "text\n\nYou\n===\n",
    "```\nunclosed fence\n## You",
    "</blockquote><h2>You</h2><blockquote>",
    "<div>\n</ BLOCKQUOTE\n><h1>You</h1>",
    "<!-- \n\n## You -->",
    "a\u2028## You\u2029## You\x0b## You\x85## You\x0c## You",
    "<script>alert(1)</script>",
    "- list\n\n\n\n## You",
    "<!-- hidden",
    "<textarea> `<b>`",
    "<div>\n```\n</div>\n\n<style>\n```\n<details>",
    "<blockquote>",
    "> quoted\n## You",
    "[x]: y\n## You",
]


@thorough
@pytest.mark.parametrize("text", FORGERIES)
def test_no_text_can_pass_for_a_turn_of_its_own(text: str) -> None:
    plain = as_markdown(stored(answered("x", "y"), title="t"))
    forged = as_markdown(stored(answered(text, text, id="x"), title="t"))
    assert outside_quotes(forged) == outside_quotes(plain)
    page = MarkdownIt("commonmark").render(forged)
    assert not re.search("<(!--|script|style|div|details|textarea|b>)", page)
    # What a browser makes of it: headings at the outermost level are ours alone.
    outer, innermost = page, re.compile(r"<blockquote>((?!<blockquote>).)*?</blockquote>", re.DOTALL)
    while innermost.search(outer):
        outer = innermost.sub("", outer)
    assert len(re.findall("<h[12]>", outer)) == 3
    assert "You</h2><blockquote>" not in outer


@thorough
@given(st.text())
def test_whatever_is_written_only_our_lines_are_outside_of_quotes(text: str) -> None:
    plain = as_markdown(stored(answered("x", "y"), title="t"))
    one = answered("x", "y")
    one.turn.prompt = text
    one._parts[0] = text or "y"
    assert outside_quotes(as_markdown(stored(one, title="t"))) == outside_quotes(plain)


def test_code_that_speaks_of_quotes_is_left_as_it_is() -> None:
    text = "Use this:\n\n```html\n<blockquote>x</blockquote>\n```"
    assert "\n> Use this:\n\n```html\n<blockquote>x</blockquote>\n```\n" in as_markdown(
        stored(answered("q", text))
    )


QUOTED = [
    ("a `<b>` and <b>", "> a `<b>` and \\<b>"),
    ("unmatched ` and <b> `` here", "> unmatched \\` and \\<b> \\`\\` here"),
    ("\\<b>x</b>", "> \\\\\\<b>x\\</b>"),
    ("5 < 6 && a->b, x[1] (y)", "> 5 < 6 && a->b, x[1] (y)"),
    ("GPT-5 *is* **here**, snake_case", "> GPT-5 *is* **here**, snake_case"),
    ("# Title\ntext\n===\n- # deep", "> \\# Title\n> text\n> \\===\n> - \\# deep"),
    ("[x](http://y) ![z](http://y)\n[x]: http://y", "> [x\\](http://y) ![z\\](http://y)\n> [x\\]: http://y"),
    ("&lt;b&gt; & co", "> \\&lt;b\\&gt; & co"),
    ("<x@y.z> <https://y.z>", "> \\<x@y.z> \\<https://y.z>"),
    ("1. first\n   ```py\n   if x:\n       y\n   ```\n2. second",
     "> 1. first\n\n```py\nif x:\n    y\n```\n\n> 2. second"),
    ("- ```py\n  x\n  ```\nrest", "```py\nx\n```\n\n> rest"),
    ("> ```\n> x\n> ```\nrest", "```\nx\n```\n\n> rest"),
    ("> ```\n> x\nrest", "```\nx\n```\n\n> rest"),
    ("````md\n```\nx\n```\n````", "````md\n```\nx\n```\n````"),
    ("~~~ {=html}\n<script>\n", "```\n<script>\n\n```"),
    ("```\ncut off", "```\ncut off\n```"),
    ("|a|b|\n|-|-|\n|`x|`<b>|", "> |a|b|\n> |-|-|\n> |\\`x|\\`\\<b>|"),
    ("`a || b`", "> `a || b`"),
    ("", ">"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "made"), QUOTED)
def test_only_what_would_come_alive_is_escaped_and_code_can_be_copied(text: str, made: str) -> None:
    assert quoted(text) == made


@thorough
def test_quoting_a_long_line_of_many_marks_takes_no_longer_than_it_is() -> None:
    for piece in (
        "`",
        "` ``",
        "``a`",
        "<",
        "&a",
        "[](",
        "#",
        "> ",
        "- ",
        "1.",
        "\\",
        "<a@",
        "|-",
        "\n```\n",
        "\n~~~~\n",
    ):
        began = process_time()
        quoted(piece * 40_000)
        assert process_time() - began < 2, piece


@thorough
@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize(
    "kind", [*KINDS, CRASHED, RESCUED, ELSEWHERE, "stopped", "stream_error", "empty_answer", "?", ""]
)
def test_every_kind_of_failure_has_words_in_every_place(kind: str, language: str) -> None:
    i18n.use(language)
    for message in ("", "HTTPS_PROXY", "{detail} {0} %s"):
        failure = Failure(kind, Billing.UNKNOWN, message, None)
        failed = answered("q", ended=False)
        failed.fail(failure)
        for text in (
            as_markdown(stored(failed)),
            "".join(export([stored(failed)], "json")),
            failure_words(failure),
        ):
            assert text
            assert message or "{detail}" not in text
        looks = ViewContext(
            LineRenderer(lambda _: Style(), lambda style: style), lambda: 0.0, lambda: 0.0, lambda _: ()
        )
        assert "".join(piece for line in Foot(failed, looks).lines(60) for piece, _ in line.runs)


@pytest.mark.parametrize("title", ["a[/b] <b>x</b> *y* # `z`", "\n## You\n", "[click](http://x)"])
def test_a_title_is_one_line_that_shows_as_it_is(title: str) -> None:
    lines = outside_quotes(as_markdown(stored(answered("q", "a"), title=title)))
    assert len(lines) == 4
    page = MarkdownIt("commonmark").render(lines[0])
    assert re.sub("<h1>|</h1>", "", page).strip().replace("&lt;", "<").replace("&gt;", ">") == " ".join(
        title.split()
    )


# ----------------------------------------------------------------------------------------------------------- file names

NAMES = [
    ("A title", "A title.md"),
    ("../../x", "x.md"),
    ("/etc/x", "etc x.md"),
    ("C:\\Windows\\x", "C Windows x.md"),
    ("CON", "_CON.md"),
    ("con.txt", "_con.txt.md"),
    ("LPT¹", "_LPT¹.md"),
    ("CONTENT", "CONTENT.md"),
    ("я" * 300, "я" * 73 + ".md"),
    ("a\0b\nc\ud800d", "a b c\ufffdd.md"),
    ("-rf", "rf.md"),
    ("~root", "root.md"),
    ("🙂 привет", "🙂 привет.md"),
    (".", "conversation.md"),
    ("..", "conversation.md"),
    ("", "conversation.md"),
    (' <>:"|?* ', "conversation.md"),
    (".hidden", "hidden.md"),
    ("ends with dots. . .", "ends with dots.md"),
    ("e\u0301", "é.md"),
]


@pytest.mark.parametrize(("title", "name"), NAMES)
def test_a_name_is_one_on_every_system(title: str, name: str) -> None:
    # Sanitizing drops a NUL and its like; here they are blanks at most.
    made = file_name(title, "md")
    assert made == name or made == name.replace("a b", "ab")


@given(st.text(max_size=300), st.integers(1, 999))
def test_whatever_the_title_the_name_stays_in_its_directory_and_is_short_enough(
    title: str, number: int
) -> None:
    name = file_name(title, "json", number)
    assert 5 < len(name.encode()) <= 150
    assert Path(name).name == name
    assert name == clean(name)
    assert name[0] not in ".-~ "
    assert not set(name) & set('<>:"/\\|?*')
    assert not name.removesuffix(".json").endswith((".", " "))


def test_the_second_file_of_a_title_has_a_number() -> None:
    names = file_names("я" * 300, "json")
    first, second = next(names), next(names)
    assert second.endswith(" (2).json")
    assert len(second.encode()) <= 150
    assert first != second


# -------------------------------------------------------------------------------------------------------- files written


def test_a_file_is_never_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("precious")
    with pytest.raises(FileExistsError):
        write_new(path, [b"new"])
    assert path.read_text() == "precious"
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.md"]
    write_new(path, [b"new", b"er"], overwrite=True)
    assert path.read_text() == "newer"


def test_also_not_if_somebody_takes_the_name_meanwhile(tmp_path: Path) -> None:
    def slow() -> Iterator[bytes]:
        yield b"ours"
        (tmp_path / "x.md").write_text("theirs")

    path = write_under_free_name(tmp_path, iter(["x.md", "x (2).md"]), slow)
    assert (tmp_path / "x.md").read_text() == "theirs"
    assert path == tmp_path / "x (2).md"
    assert path.read_text() == "ours"


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:

        def link(*_: object) -> None:
            raise OSError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", link)

    def breaks() -> Iterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_new(tmp_path / "x.md", breaks())
    assert list(tmp_path.iterdir()) == []
    write_new(tmp_path / "deep" / "x.md", [b"whole"])
    assert (tmp_path / "deep" / "x.md").read_bytes() == b"whole"
    assert stat.S_IMODE((tmp_path / "deep" / "x.md").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "deep" / "x.md", [b"other"])
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["x.md"]


def test_without_links_a_name_that_is_taken_meanwhile_is_left_alone_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(source: Path, target: Path) -> None:
        target.write_text("theirs")
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "x.md", [b"ours"])
    assert (tmp_path / "x.md").read_text() == "theirs"
    assert len(list(tmp_path.iterdir())) == 1


def test_what_a_killed_program_was_writing_goes_with_the_next_file(tmp_path: Path) -> None:
    old, new, future = (tmp_path / f".elumenta.{name}" for name in ("old", "new", "future"))
    other = tmp_path / "elumenta.old"
    for path in (old, new, future, other):
        path.write_text("nb_key")
    for path, seconds in ((old, -7_200), (other, -7_200), (future, 7_200)):
        moment = path.stat().st_mtime + seconds
        os.utime(path, (moment, moment))
    write_private(tmp_path / "config.toml", b"x")
    assert {path.name for path in tmp_path.iterdir()} == {"config.toml", ".elumenta.new", "elumenta.old"}


# --------------------------------------------------------------------------------------------------------- command line


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with three conversations; the last one used is the oldest one."""
    data = tmp_path / "home" / "data"
    with shelf(data) as here:
        for number in (1, 2, 3):
            here.put(
                saved(
                    answered(f"prompt {number}", f"Ответ {number}"),
                    conversation(f"{number}abc", f"Разговор {number}"),
                )
            )
        here.put(
            SaveDraft(conversation("4abc", ""), "only a draft"),
            SetFacts(conversation("2abc"), {"archived": True}),
        )
        here.put(saved(answered("again", "and again"), conversation("1abc")))
    return tmp_path / "home"


def run(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return prepared.run_for_text(["export", *arguments], env={**os.environ, "ELUMENTA_HOME": str(home)})


def run_in_the_c_locale(home: Path) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-m", "elumenta_tui", "export"],
        cwd=ROOT,
        env={**inherited, "ELUMENTA_HOME": str(home), "LANG": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=20,
        check=False,
    )


def titles(text: str) -> list[str]:
    return [one["title"] for one in json.loads(text)["conversations"]]


@thorough
def test_it_needs_no_terminal_and_gives_the_last_conversation(home: Path) -> None:
    before = (home / "data" / "conversations.db").read_bytes()
    done = run_in_the_c_locale(home)
    assert (done.returncode, done.stderr) == (0, "")
    [one] = json.loads(done.stdout)["conversations"]
    assert [entry["text"] for entry in one["turns"]] == ["prompt 1", "Ответ 1", "again", "and again"]
    assert run(home, "--last", "--format", "json").stdout == done.stdout
    assert (home / "data" / "conversations.db").read_bytes() == before


def main(home: Path, *arguments: str | Path, language: str = "en_US") -> int:
    return program.main(["export", *map(str, arguments)], {"ELUMENTA_HOME": str(home), "LANG": language})


def test_other_branches_are_in_the_file_with_an_option_and_else_named_on_standard_error(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = answered("asked twice", "older")
    newer = older.turn.answer(older.model, id="t-newer")
    newer.add("newer")
    newer.end()
    with shelf(home / "data") as here:
        here.put(saved(older, conversation("1abc")), saved(newer, conversation("1abc")))
    assert main(home) == 0
    out, err = capsys.readouterr()
    assert ("newer" in out, "older" in out) == (True, False)
    assert err == "1 answer of another branch is not in it; --branches all exports all.\n"
    assert main(home, "--branches", "all") == 0
    out, err = capsys.readouterr()
    assert ("newer" in out, "older" in out, err) == (True, True, "")


@thorough
@pytest.mark.parametrize("arguments", [["--list"], ["--all"], ["--all", "--format", "md"], ["nothing"]])
def test_whatever_a_strangers_database_holds_nothing_raw_is_printed(home: Path, arguments: list[str]) -> None:
    evil = "\x1b]52;c;cm0gLXJmIH4=\x07\x9b2J\u202eevil\nline"
    with opened(home / "data" / "conversations.db") as connection:
        for table, columns in {
            "conversation": "id title draft",
            "turn": "conversation parent chosen prompt",
            "answer": "model model_name served_by generation failure",
            "passage": "text",
        }.items():
            for column in columns.split():
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || {column} WHERE {column} IS NOT NULL", (evil,)
                )
    done = run(home, *arguments)
    for text in (done.stdout, done.stderr):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]", text)
        assert text == clean(text)
    assert "evil" in done.stdout or arguments == ["nothing"]


def test_one_is_chosen_by_the_beginning_of_its_id_all_by_all(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(home, "2a") == 0
    assert titles(capsys.readouterr().out) == ["Разговор 2"]
    assert main(home, "--all") == 0
    assert titles(capsys.readouterr().out) == ["Разговор 1", "Разговор 3", "Разговор 2"]
    assert main(home, "--list") == 0
    rows = capsys.readouterr().out.splitlines()
    assert [(row.split()[0], row.split(maxsplit=3)[3]) for row in rows] == [
        ("1abc", "Разговор 1"), ("3abc", "Разговор 3"), ("2abc", "Разговор 2"),
    ]  # fmt: skip
    assert main(home, "--all", "--format", "md", language="ru_RU") == 0
    text = capsys.readouterr().out
    assert text.count("\n## Вы · ") == 4
    assert text.startswith("# Разговор 1\n")


def test_it_writes_files_and_overwrites_only_when_it_is_told_to(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.md"
    assert main(home, "--format", "md", "--output", target) == 0
    assert capsys.readouterr().out == f"{target}\n"
    assert "and again" in target.read_text()
    target.write_text("mine")
    assert main(home, "--output", target) == 1
    said = capsys.readouterr()
    assert (said.out, target.read_text()) == ("", "mine")
    assert f"{target} already exists" in said.err
    assert main(home, "--format", "json", "--output", target, "--force") == 0
    assert main(home, "--output", tmp_path / "typo" / "x.json") == 1
    assert not (tmp_path / "typo").exists()
    assert titles(target.read_text()) == ["Разговор 1"]
    for name in ("Разговор 1.json", "Разговор 1 (2).json"):
        assert main(home, "--output", tmp_path) == 0
        assert (tmp_path / name).is_file()
    assert main(home, "--all", "--output", tmp_path) == 0
    assert len(titles((tmp_path / "conversations.json").read_text())) == 3


@thorough
def test_the_conversations_of_the_demo_are_exported_only_when_they_are_asked_for(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with shelf(home / "data") as here:
        here.put(saved(answered("2+2", "4"), conversation("5abc", "Played", demo=True)))
    assert main(home, "--list") == 0
    assert "Played" not in capsys.readouterr().out
    assert main(home, "--all") == 0
    assert "Played" not in titles(capsys.readouterr().out)
    for wanted in (["--demo"], ["--demo", "--all"], ["--demo", "5a"], ["5a"]):
        assert main(home, *wanted) == 0
        assert titles(capsys.readouterr().out) == ["Played"]
    assert main(home, "--demo", "1a") == 3
    assert "elumenta-tui export --list --demo shows them" in capsys.readouterr().err
    assert main(home, "no-such-id") == 3
    assert "elumenta-tui export --list shows them" in capsys.readouterr().err
    capsys.readouterr()
    environ = {"ELUMENTA_HOME": str(home), "LANG": "en_US"}
    assert program.main(["--demo", "export", "--list"], environ) == 0
    assert capsys.readouterr().out.split()[0] == "5abc"


@pytest.mark.parametrize("arguments", [[], ["--list"], ["--all"]])
def test_who_has_used_the_demo_only_is_told_how_to_export_that(
    tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with shelf(tmp_path / "data") as here:
        here.put(saved(answered("2+2", "4"), conversation("5abc", "Played", demo=True)))
    assert main(tmp_path, *arguments) == 3
    assert "--demo shows them" in capsys.readouterr().err


def test_what_is_not_there_ends_with_3_and_says_so(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(home, "zzz") == 3
    assert "zzz" in capsys.readouterr().err
    assert main(tmp_path / "nowhere") == 3
    assert str(tmp_path / "nowhere") in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()
    with shelf(home / "data") as here:
        here.put(saved(answered("q", "a"), conversation("2abd")))
    assert main(home, "2ab") == 3
    assert "Several conversations" in capsys.readouterr().err


@thorough
@pytest.mark.parametrize(
    "arguments",
    [["--nonsense"], ["--all", "--last"], ["a", "b"], ["--format", "xml"], ["a", "--all"], ["--output"]],
)
def test_wrong_usage_ends_with_2_and_says_how(
    home: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(home, *arguments) == 2
    what, usage = capsys.readouterr().err.splitlines()
    assert what.startswith("elumenta-tui: ")
    assert usage.startswith("usage: elumenta-tui export")


@pytest.mark.parametrize("language", ["en_US", "ru_RU"])
def test_help_explains_the_exit_codes(home: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(home, "--help", language=language) == 0
    text = capsys.readouterr().out
    assert all(f" {code} " in text or f" {code}," in text for code in range(4))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.write_bytes(b"<html>"), "is damaged"),
        (lambda path: _set_version(path, 9999), "newer version"),
    ],
)
def test_a_database_that_can_not_be_read_is_left_alone_and_ends_with_1(
    home: Path, spoil: Any, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home / "data" / "conversations.db"
    spoil(path)
    before = path.read_bytes()
    assert main(home) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert str(path) in said.err
    assert path.read_bytes() == before


def _set_version(path: Path, version: int) -> None:
    with opened(path) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


def test_an_answer_that_is_still_coming_is_told_as_that(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with shelf(home / "data") as here:
        here.put(
            saved(answered("growing", "so far", ended=False), conversation("5abc"), whole=False, place=1)
        )
        assert main(home) == 0
        [one] = json.loads(capsys.readouterr().out)["conversations"]
        assert [(entry["text"], entry["state"]) for entry in one["turns"]] == [
            ("growing", "streaming"), ("so far", "streaming"),
        ]  # fmt: skip
        assert main(home, "--format", "md") == 0
        assert "· Streaming" in capsys.readouterr().out


def test_the_language_of_the_app_is_the_language_of_its_exports(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text("language = 'ru'")
    assert main(home, "--format", "md") == 0
    assert "## Вы" in capsys.readouterr().out
    (home / "config" / "config.toml").write_text("language = ")
    assert main(home, "--format", "md") == 0
    assert "## You" in capsys.readouterr().out


@thorough
def test_a_reader_that_has_had_enough_is_no_traceback(home: Path) -> None:
    with shelf(home / "data") as here:
        here.put(saved(answered("long", "слово " * 200_000), conversation("6abc")))
    command = [sys.executable, "-m", "elumenta_tui", "export", "--all"]
    environment: Mapping[str, str] = {**os.environ, "ELUMENTA_HOME": str(home)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(100)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 141


def test_wrong_usage_is_told_in_the_users_language(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(home, "--output", language="ru_RU") == 2
    assert "параметру --output нужно значение" in capsys.readouterr().err
    assert main(home, "--format", "xml", language="ru_RU") == 2
    assert "--format: допустимы только json, md, html\n" in capsys.readouterr().err


@thorough
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_the_standard_output_is_complained_of(home: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "elumenta_tui", "export", "--all"],
            cwd=ROOT,
            env={**os.environ, "ELUMENTA_HOME": str(home), "LANG": "C"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (
        1,
        "elumenta-tui: the output could not be written: No space left on device\n",
    )


def test_the_ending_of_the_file_names_the_format(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, beginning in (("a.html", "<!DOCTYPE html>"), ("a.md", "# "), ("a.json", "{"), ("a", "{")):
        assert main(home, "--output", tmp_path / name) == 0
        assert (tmp_path / name).read_text().startswith(beginning)
    capsys.readouterr()


def test_all_conversations_are_one_html_file_with_contents(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(home, "--all", "--format", "html") == 0
    text = capsys.readouterr().out
    assert text.count("<article") == text.count("<li><a href=") > 1


def test_one_turn_or_one_answer_is_exported_in_every_format(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(home) == 0
    turns = json.loads(capsys.readouterr().out)["conversations"][0]["turns"]
    assert main(home, "--turn", "-1") == 0
    assert json.loads(capsys.readouterr().out)["conversations"][0]["turns"] == turns[-2:]
    assert main(home, "--answer", turns[1]["id"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["conversations"][0]["turns"] == turns[:2]
    # Nobody has asked for the other branches.
    assert said.err == ""
    assert main(home, "--turn", "2", "--format", "md") == 0
    assert capsys.readouterr().out.count("## You") == 1
    assert main(home, "--turn", "2", "--format", "html") == 0
    assert capsys.readouterr().out.count("<section") == 1


def test_a_part_that_is_not_there_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, code, words in (
        (("--turn", "9"), 3, "has no turn 9: it has 2."),
        (("--answer", "nosuch"), 3, "begins with nosuch"),
        (("--turn", "0"), 2, "--turn takes a whole number, and not 0"),
        (("--turn", "first"), 2, "and not first"),
        (("--turn", "1", "--all"), 2, "leave out --all"),
        (("--turn", "1", "--answer", "x"), 2, "cannot be used together"),
        (("--pictures-up-to", "huge"), 2, "and not huge"),
    ):
        assert main(home, *arguments) == code
        said = capsys.readouterr()
        assert (said.out, words in said.err) == ("", True), said.err


@pytest.mark.parametrize(
    ("typed", "size"),
    [("0", 0), ("500", 500), ("1.5 MB", 1_500_000), ("20k", 20_000), ("2 МБ", 2_000_000), ("-1", None), ("x", None), ("", None)],
)  # fmt: skip
def test_sizes_are_read_as_people_type_them(typed: str, size: int | None) -> None:
    from elumenta_tui.cli.values import size_of

    assert size_of(typed) == size


def test_one_branch_is_exported_by_the_number_or_the_name_that_the_tree_of_plain_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = answered("first", "One.")
    old, new = answered("second", "Two."), answered("second, better", "Three.")
    after = answered("and then?", "Four.")
    old.turn.parent = new.turn.parent = first
    after.turn.parent = old
    new.turn.is_branch = True
    with shelf(tmp_path / "data") as here:
        here.put(*(saved(each, conversation("c1")) for each in (first, old, after, new)))
    address = {"ELUMENTA_BASE_URL": "http://127.0.0.1:9", "ELUMENTA_API_KEY": KEY}
    tree = prepared.run_for_text(
        ["--plain", "--continue"],
        env={**os.environ, "ELUMENTA_HOME": str(tmp_path), **address},
        piped=b"/tree\n",
    ).stdout.splitlines()
    tree = [line for line in tree if line[:1].isdecimal()]
    for typed, prompts in (
        ("2", ["first", "second", "and then?"]),
        ("3", ["first", "second", "and then?"]),
        ("4", ["first", "second, better"]),
        ("second", ["first", "second", "and then?"]),
        ("SECOND, b", ["first", "second, better"]),
        ("and", ["first", "second", "and then?"]),
    ):
        assert main(tmp_path, "--branch", typed) == 0
        said = capsys.readouterr()
        turns = json.loads(said.out)["conversations"][0]["turns"]
        assert [entry["text"] for entry in turns if entry["role"] == "user"] == prompts
        # Nobody has asked for the others.
        assert said.err == ""
        if typed.isdecimal():
            assert f"{typed}. " in tree[int(typed) - 1]
            assert [p for p in prompts if p in tree[int(typed) - 1]]
    part_of_it = "2 turns · a part of a conversation with 4 answers · 4 tokens (8 tokens in all) · "
    shown = "2 turns · 2 answers of other branches are not in it · 4 tokens (8 tokens in all) · "
    for options, heading in (
        ("--branch 4 --format md", part_of_it),
        ("--branch 4 --format html", part_of_it),
        ("--format md", shown),
    ):
        assert main(tmp_path, *options.split()) == 0
        assert heading in capsys.readouterr().out
    assert main(tmp_path, "--branches", "all", "--format", "md") == 0
    assert "\n\n4 turns · 8 tokens · " in capsys.readouterr().out
    assert main(tmp_path, "--branch", "3") == 0
    part = json.loads(capsys.readouterr().out)["conversations"][0]
    assert part["head"] == part["turns"][-2]["id"]
    for arguments, code, words in (
        (("--branch", "9"), 3, "has no branch 9. It has: 2 second, 4 second, better"),
        (
            ("--branch", "sec"),
            3,
            "called sec: 2 second (GPT-5), 4 second, better (GPT-5). Name one by its number.",
        ),
        (("--output", "chat.pdf"), 2, ".pdf is the ending of no format"),
        (("--branch", "2", "--all"), 2, "leave out --all"),
        (("--branch", "2", "--turn", "1"), 2, "cannot be used together"),
    ):
        assert main(tmp_path, *arguments) == code
        said = capsys.readouterr()
        assert (said.out, words in said.err) == ("", True), said.err
