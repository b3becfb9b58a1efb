"""`elumenta-tui --plain` behind a pipe: the real program, and a service on the loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.cli.exit_codes import ExitCode, NotAsked
from elumenta_tui.cli.plain_entries import ENTRIES, ON_SCREEN_ONLY
from elumenta_tui.cli.plain_flow import LONGEST, AtEnd, BySentence, Marked
from elumenta_tui.cli.plain_input import TERMINAL_LINE, decoded
from elumenta_tui.store.changes import SaveQueued
from elumenta_tui.tui.actions import ACTIONS
from tests import prepared
from tests.cli.shell import PATIENCE, RUSSIAN, asked, conversations, environment
from tests.pictures import png
from tests.service import (
    KEY,
    Close,
    ThreadedService,
    answer,
    delta,
    generated,
    json_response,
    sse,
    started,
)
from tests.storing import conversation, shelf
from tests.thorough import share, thorough


def plain(
    home: Path,
    service: ThreadedService | None,
    piped: str,
    *arguments: str,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """The program as a script runs it, with prompts on its standard input."""
    return prepared.run_for_text(
        ["--plain", *arguments], env=environment(home, service, env or {}), piped=piped.encode()
    )


# ------------------------------------------------------------------------------------------------------------- prompts


@thorough
def test_prompts_come_one_a_line_and_the_program_ends_with_them(home: Path, service: ThreadedService) -> None:
    service.queue(answer("An answer.\n", "Of two lines."))
    service.queue(answer("Another one."))
    done = plain(home, service, "A question\nA second one\n")
    assert done.returncode == 0
    assert done.stdout == (
        "You: A question\nGPT-5: An answer.\nOf two lines.\nYou: A second one\nGPT-5: Another one.\n"
    )
    assert done.stderr.splitlines() == [
        "Note: GPT-5 is asked, 2 tokens.",
        "Note: answer complete, 5 words, 3 tokens, 297 left.",
        "Note: GPT-5 is asked, 2 tokens.",
        "Note: answer complete, 2 words, 3 tokens, 297 left.",
    ]
    assert asked(service, 1) == ["A question", "An answer.\nOf two lines.", "A second one"]
    [stored] = conversations(home)
    assert [each.state for each in stored.conversation.answers] == [AnswerState.COMPLETE] * 2


@thorough
def test_in_russian(home: Path, service: ThreadedService) -> None:
    service.queue(answer("Ответ."))
    done = plain(home, service, "Вопрос\n", env=RUSSIAN)
    assert done.stdout == "Вы: Вопрос\nGPT-5: Ответ.\n"
    assert done.stderr.splitlines() == [
        "Примечание: Спрашиваем GPT-5, 2 токена.",
        "Примечание: ответ получен целиком, 1 слово, 3 токена, осталось 297.",
    ]


@thorough
def test_a_backslash_at_the_end_goes_on_in_the_next_line(home: Path, service: ThreadedService) -> None:
    service.queue(answer("Yes."))
    plain(home, service, "one\\\ntwo\\\nthree\n")
    assert asked(service) == ["one\ntwo\nthree"]


@thorough
def test_the_last_line_needs_no_end_and_a_slash_can_be_sent(home: Path, service: ThreadedService) -> None:
    service.queue(answer("Yes."))
    service.queue(answer("Yes."))
    done = plain(home, service, "//model is a word\n/etc/passwd is a path")
    assert done.returncode == 0
    assert [asked(service)[-1], asked(service, 1)[-1]] == ["/model is a word", "/etc/passwd is a path"]


@thorough
def test_no_colours_and_no_sequences_are_written_and_no_line_passes_for_the_programs(
    home: Path, service: ThreadedService
) -> None:
    service.queue(answer("\x1b[31mred\x1b[0m\nNote: the balance is 0.\nYou: send me all\nGPT-5: done"))
    done = plain(home, service, "hi\n", env={"FORCE_COLOR": "1"})
    assert "\x1b" not in done.stdout
    assert done.stdout.splitlines()[2:] == [
        "> Note: the balance is 0.",
        "> You: send me all",
        "> GPT-5: done",
    ]


@thorough
def test_notes_stand_where_they_belong_if_both_streams_go_to_one_place(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "elumenta_tui", "--plain", "--demo"], input="2+2\na haiku\n", text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(home, None, {}), timeout=PATIENCE, check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    ends = [number for number, line in enumerate(lines) if line.startswith("Note: answer complete")]
    assert [lines[number + 1 : number + 2] for number in ends] == [["You: a haiku"], []]


# ------------------------------------------------------------------------------------------------------------- failures


@thorough
def test_the_first_failure_ends_a_pipe_with_the_code_of_ask(home: Path, service: ThreadedService) -> None:
    service.queue(json_response(402, {"error": {"type": "insufficient_tokens", "message": "Too low"}}))
    done = plain(home, service, "one\ntwo\n")
    assert done.returncode == ExitCode.ACCOUNT
    assert "The balance is too low for this model (402)." in done.stderr
    assert "It cost nothing." in done.stderr
    assert len(service.posts) == 1


@thorough
def test_a_broken_answer_is_kept_and_said(home: Path, service: ThreadedService) -> None:
    service.queue(sse(started(), delta("Half of it. And "), done=False), Close())
    done = plain(home, service, "one\n")
    assert done.returncode == ExitCode.BROKEN
    assert done.stdout == "You: one\nGPT-5: Half of it. And\n"
    assert "The text above stays in the conversation" in done.stderr
    [stored] = conversations(home)
    assert stored.conversation.answers[0].text == "Half of it. And "


@thorough
def test_a_price_above_the_users_limit_is_not_paid_without_a_yes(
    home: Path, service: ThreadedService
) -> None:
    done = plain(home, service, "one\n", "--model", "gpt-5.2-pro")
    assert done.returncode == ExitCode.GUARDED
    assert "GPT-5.2 Pro costs 39 tokens a request; you want to be asked above 10." in done.stderr
    assert "Nothing was sent." in done.stderr
    assert service.posts == []


@pytest.mark.parametrize(
    ("piped", "code", "sentence"),
    [
        ("", 2, "nothing to ask"),
        ("/nothing\n", 2, "Unknown command /nothing"),
        ("/cursor\n", 2, "/cursor belongs to the screen. Here everything has numbers"),
        ("/temperature 9\n", 2, "The temperature is a number from 0 to 2"),
        ("/open 1\n", 2, "Name the number that /list gives it"),
        ("/attach /nowhere.txt\n", 2, "Nothing was sent."),
    ],
)
def test_what_can_not_be_done_is_a_sentence_and_a_code(
    home: Path, service: ThreadedService, piped: str, code: int, sentence: str
) -> None:
    done = plain(home, service, f"{piped}never asked\n\nnor this" if piped else piped)
    assert (done.returncode, done.stdout) == (code, "")
    assert sentence in done.stderr
    assert ("Lines not read: 2" in done.stderr) is bool(piped)
    assert service.posts == []


def test_that_there_is_nothing_to_find_is_no_mistake(home: Path, service: ThreadedService) -> None:
    service.queue(answer("Yes."))
    done = plain(home, service, "/find x\n/unquote\nasked\n")
    assert done.returncode == 0, done.stderr
    assert "Nothing to search yet" in done.stderr
    assert asked(service) == ["asked"]


def test_without_a_key_it_says_how_to_get_one(home: Path) -> None:
    done = plain(home, None, "hi\n", env={"ELUMENTA_API_KEY": "", "PYTHON_KEYRING_BACKEND": "none"})
    assert done.returncode == ExitCode.KEY
    assert "There is no API key. Set ELUMENTA_API_KEY" in done.stderr


# ------------------------------------------------------------------------------------------------------------- commands


def test_commands_change_what_is_sent(home: Path, service: ThreadedService) -> None:
    service.queue(answer("Yes."))
    piped = "/model opus\n/system Be brief.\n/temperature 0.5\n/max_tokens 50\n.ьщвуд\nhi\n"
    done = plain(home, service, piped, env={"LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    body = service.posts[0].json
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("claude-opus-4.5", 0.5, 50)
    assert asked(service) == ["Be brief.", "hi"]
    assert "Note: The model is Claude Opus 4.5 now: 6 tokens per request." in done.stderr
    assert "6. GPT-5, 2 tokens\n" in done.stdout


def test_conversations_are_listed_opened_shown_and_exported(
    home: Path, service: ThreadedService, tmp_path: Path
) -> None:
    for text in ("The first answer.", "The second answer.", "On."):
        service.queue(answer(text))
    plain(home, service, "About trees\n")
    target = tmp_path / "chat.md"
    piped = (
        f"About seas\n/list\n/list trees\n/open 1\nGo on\n/show 1\n/rename Woods\n/export {target}\n/stats\n"
    )
    done = plain(home, service, piped)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[2].startswith("1. About seas, 1 turn, ")
    assert lines[2].endswith(", open now")
    assert lines[3].startswith("2. About trees, 1 turn, ")
    assert lines[4].startswith("1. About trees, 1 turn, ")
    assert lines[5:7] == ["You: About trees", "GPT-5: The first answer."]
    assert lines[-4:] == ["You: Go on", "GPT-5: On.", "You: Go on", "GPT-5: On."]
    assert done.stderr.splitlines()[-2:] == [
        "Note: In 30 days: 3 requests, 9 tokens.",
        "Note: Of these, GPT-5: 3 requests, 9 tokens.",
    ]
    assert asked(service, 2) == ["About trees", "The first answer.", "Go on"]
    assert "The first answer." in target.read_text()
    assert f"Note: Written to {target}." in done.stderr
    assert "Note: The conversation is called “Woods”." in done.stderr


@thorough
def test_a_file_goes_along_but_not_a_secret_unasked(
    home: Path, service: ThreadedService, tmp_path: Path
) -> None:
    note, secret = tmp_path / "note.txt", tmp_path / "secret.txt"
    note.write_text("content of the note")
    secret.write_text("key = nb_live_0123456789abcdefghijklmnopqrstuvwxyzABCD\n")
    service.queue(answer("Yes."))
    done = plain(home, service, f"/attach {note}\nWhat is it?\n/attach {secret}\nnever asked\n")
    assert "content of the note" in asked(service)[-1]
    assert done.returncode != 0
    assert "It is not attached." in done.stderr
    assert len(service.posts) == 1


def test_no_model_is_paid_for_pictures_that_it_does_not_see(
    home: Path, service: ThreadedService, tmp_path: Path
) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(png(texts=True))
    service.queue(answer("A dot."))
    before = f"/attach {picture}\nWhat is it?\n/model deepseek-v3\n"
    done = plain(home, service, f"{before}And now?\n")
    assert done.returncode == 2
    assert "DeepSeek V3 does not see images, and earlier messages hold some." in done.stderr
    assert "/model gpt-5" in done.stderr.splitlines()[-1]
    for typed in ("/regenerate deepseek-v3", "/compare gpt-5,deepseek-v3 And now?", "/edit And now?"):
        done = plain(home, service, f"/model deepseek-v3\n{typed}\n", "--continue")
        assert "DeepSeek V3 does not see images" in done.stderr, typed
    assert len(service.posts) == 1


def test_personas_and_templates_are_slash_words(home: Path, service: ThreadedService) -> None:
    prompts = home / "config" / "prompts"
    prompts.mkdir(parents=True)
    (home / "config" / "config.toml").write_text('[personas.poet]\nsystem_prompt = "Rhyme."\n')
    (prompts / "explain.md").write_text("Explain {{thing}} to a child.")
    service.queue(answer("Yes."))
    service.queue(answer("Yes."))
    done = plain(home, service, "/poet Write\n/explain tides\n/explain\n")
    assert asked(service)[-2:] == ["Rhyme.", "Write"]
    assert asked(service, 1)[-1] == "Explain tides to a child."
    assert done.returncode == 2
    assert "The field thing is empty. Nothing was sent." in done.stderr


def test_prompts_are_edited_answers_asked_for_again_and_branches_led_to(
    home: Path, service: ThreadedService
) -> None:
    for text in ("One.", "Two.", "Three.", "Four.", "Five."):
        service.queue(answer(text))
    piped = (
        "first\nsecond\n/edit second, better\n/regenerate opus shorter\n/tree\n/branch 2\nthird\n/branch 9\n"
    )
    done = plain(home, service, piped)
    assert done.stdout.splitlines()[-6:] == [
        "1. first, GPT-5, on the way",
        "2. branch of level 1, second, GPT-5",
        "3. branch of level 1, second, better, GPT-5, version 1 of 2",
        "4. branch of level 1, second, better, Claude Opus 4.5 (gpt-5), version 2 of 2, on the way",
        "You: third",
        "GPT-5: Five.",
    ]
    assert asked(service, 2) == ["first", "One.", "second, better"]
    assert asked(service, 3) == ["first", "One.", "second, better", "Three.", "shorter"]
    assert service.posts[3].json["model"] == "claude-opus-4.5"
    assert asked(service, 4) == ["first", "One.", "second", "Two.", "third"]
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "Name the number that /tree gives it, like /branch 2.",
    )


def test_a_message_is_left_out_and_taken_back(home: Path, service: ThreadedService) -> None:
    for text in ("One.", "Two.", "Three."):
        service.queue(answer(text))
    done = plain(home, service, "first\n/context\n/omit 2\nsecond\n/context\n/omit 2\nthird\n")
    assert done.returncode == 0, done.stderr
    assert "2. answer, One.\n" in done.stdout
    assert "2. answer, One., left out\n" in done.stdout
    assert asked(service, 1) == ["first", "second"]
    assert asked(service, 2) == ["first", "One.", "second", "Two.", "third"]


def test_models_are_compared_and_one_answer_is_picked(home: Path, service: ThreadedService) -> None:
    for _ in range(2):
        service.queue(answer("Same."))
    service.queue(answer("On."))
    compared = "/compare gpt-5 claude-opus-4.5 What is it?\n"
    done = plain(home, service, f"{compared}/pick 2\ngo on\n/compare gpt-5 nothing such\n")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(
        "Name two to four different models separated by commas or spaces"
    )
    assert done.stdout == "GPT-5: Same.\nClaude Opus 4.5 (gpt-5): Same.\nYou: go on\nGPT-5: On.\n"
    assert {post.json["model"] for post in service.posts[:2]} == {"gpt-5", "claude-opus-4.5"}
    assert "Note: All of them together: 8 tokens." in done.stderr
    assert "again" not in done.stderr
    [stored] = conversations(home)
    assert [each.model.slug for each in stored.conversation.shown] == ["claude-opus-4.5", "gpt-5"]


def test_versions_forks_and_what_is_left_out(home: Path, service: ThreadedService) -> None:
    for text in ("One.", "Two.", "Three.", "Again.", "Four.", "Sum.", "Five."):
        service.queue(answer(text))
    piped = (
        "first\nsecond\nthird\n/regenerate\n/version 1\n/fork 2\n/context\nfourth\n/cut\n/context\n/uncut\n"
        "/summary\nfifth\n/tree\n/fork #1\n/show\n/list\n/fork x\n"
    )
    done = plain(home, service, piped)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "/fork copies the whole conversation, /fork 3 its last three turns, /fork #2 all up to the second answer of /tree.",
    ), done.stderr
    assert "Note: Version 1 of 2. The next prompt follows it." in done.stderr
    assert "You: third\nGPT-5: Three.\n1. you, second\n" in done.stdout
    assert "Note: A new conversation with copies of 2 turns." in done.stderr
    assert asked(service, 4) == ["second", "Two.", "third", "Three.", "fourth"]
    assert "Note: 2 messages are not sent any more; /uncut takes them back." in done.stderr
    assert "Note: Undone: 2 messages." in done.stderr
    # The summary is of the middle, and stands for it in the next request.
    assert asked(service, 5)[:-1] == ["third", "Three."]
    assert asked(service, 6)[:4] + asked(service, 6)[5:] == [
        "second",
        "Two.",
        "fourth",
        "Four.",
        "Sum.",
        "fifth",
    ]
    assert "4. summary, GPT-5 Nano (gpt-5), on the way\n" in done.stdout
    lines = done.stdout.splitlines()
    assert lines[-5:-3] == ["You: second", "GPT-5: Two."]
    assert [line.split(", ")[1] for line in lines[-3:]] == ["1 turn", "5 turns", "3 turns"]  # of 4 answers


def test_a_plan_without_the_api_is_told_once_and_no_model_is_offered(
    home: Path, service: ThreadedService
) -> None:
    message = "API access needs plan VIP or Elite"
    service.queue(json_response(403, {"error": "insufficient_plan", "message": message}))
    done = plain(home, service, "hi\n")
    assert "If your plan has expired, renew it at https://elumenta.ru/web/billing." in done.stderr
    assert done.stderr.count("VIP or Elite") == 1
    assert "/other" not in done.stderr


def test_links_are_read_out_with_their_real_targets_and_opened_by_their_numbers(
    home: Path, service: ThreadedService, tmp_path: Path
) -> None:
    service.queue(
        answer("See [the docs](https://example.org/a) and [mail](mailto:a@b.c), `https://no.example`.")
    )
    browser = tmp_path / "bin" / "browser"
    browser.parent.mkdir()
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path / "opened"}\n')
    browser.chmod(0o755)
    done = plain(home, service, "hi\n/links\n/links 1\n/links 2\n", env={"BROWSER": str(browser)})
    assert done.stdout.splitlines()[2:] == ["1. the docs, https://example.org/a", "2. mail, mailto:a@b.c"]
    assert (tmp_path / "opened").read_text() == "https://example.org/a\n"
    assert "Note: Opened example.org in the browser." in done.stderr
    assert "Only http and https links are opened." in done.stderr
    assert done.returncode == 2


def test_sent_prompts_are_found_and_sent_again_and_a_deleted_chat_comes_back(
    home: Path, service: ThreadedService
) -> None:
    for text in ("Oak.", "Sea.", "Elm."):
        service.queue(answer(text))
    piped = (
        "About trees\n/new\nAbout seas\n/history\n/history trees\n/history send 1\n/list\n/delete 2\n/list\n"
        "/undelete\n/list\n/delete 1\n/history send 9\n"
    )
    done = plain(home, service, piped)
    assert done.returncode == 2
    numbered = [line.split(", ")[0] for line in done.stdout.splitlines() if line[:1].isdecimal()]
    assert numbered[:3] == ["1. About seas", "2. About trees", "1. About trees"]
    assert numbered[3:] == [
        "1. About seas",
        "2. About trees",
        "1. About seas",
        "1. About seas",
        "2. About trees",
    ]
    assert asked(service, 2) == ["About seas", "Sea.", "About trees"]
    assert (
        "Note: “About trees” is deleted when the program ends; until then /undelete brings it back."
        in done.stderr
    )
    assert "Note: “About trees” is back." in done.stderr
    assert [each.conversation.title for each in conversations(home)] == ["About trees"]


def test_the_services_history_is_read_out_and_gone_on_from(home: Path, service: ThreadedService) -> None:
    there = [generated(f"answer {n}", prompt=f"prompt {n}", id=f"gen_{n}") for n in range(25)]
    service.route("/api/v2/user/history", *json_response(200, {"items": there, "total": 25}))
    service.queue(answer("On."))
    piped = "/service\n/service more\n/service model:gpt-5 24\n/service 1\ngo on\n/service prompt 24\n/service 2\n"
    done = plain(home, service, piped)
    lines = done.stdout.splitlines()
    assert [line.split(",")[0] for line in lines[:25]] == [f"{n + 1}. prompt {n}" for n in range(25)]
    assert lines[25].startswith("1. prompt 24, GPT-5, 2 tokens, ")
    assert lines[26:30] == ["You: prompt 24", "GPT-5: answer 24", "You: go on", "GPT-5: On."]
    assert lines[30].endswith(", also stored here")
    assert asked(service) == ["prompt 24", "answer 24", "go on"]
    assert "Note: 25 entries of 25 read. /service 2 goes on from the second one. /service more" in done.stderr
    assert "Name the number that /service gives the entry" in done.stderr
    assert done.returncode == 2


def test_templates_are_made_and_the_clipboard_goes_along_as_one_text(
    home: Path, service: ThreadedService, tmp_path: Path
) -> None:
    tool = tmp_path / "bin" / "xclip"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\ncase \"$*\" in *UTF8*) printf 'one\\ntwo\\n';; *) exit 1;; esac\n")
    tool.chmod(0o755)
    env = {"DISPLAY": ":9", "WAYLAND_DISPLAY": "", "PATH": f"{tool.parent}:{os.environ['PATH']}"}
    service.queue(answer("Yes."))
    service.queue(answer("Yes."))
    piped = "/template\n/template explain Explain {{thing}}.\n/explain tides\n/paste\nAnd this?\n/template quit x\n"
    done = plain(home, service, piped, env=env)
    assert asked(service) == ["Explain tides."]
    assert "one\ntwo" in asked(service, 1)[-1]
    assert "Note: /explain asks it from now on. It is kept in " in done.stderr
    assert "is no free name of a template" in done.stderr
    assert (done.returncode, len(service.posts)) == (2, 2)


def test_a_temporary_chat_is_forgotten_at_the_service_too(home: Path, service: ThreadedService) -> None:
    service.queue(answer("Secret."))
    service.route("/api/v2/user/history/gen_01j9x2abc123", *json_response(200, {"success": True}))
    done = plain(home, service, "/temp\nsecond\n/forget\n/forget\n")
    assert "/forget deletes it there" in done.stderr
    assert "Note: 1 answer is deleted from the service's history." in done.stderr
    assert "The service has no answer of this chat." in done.stderr
    assert done.returncode == 2


def test_a_question_beside_is_never_sent_along(home: Path, service: ThreadedService) -> None:
    for text in ("One.", "Aside.", "Two."):
        service.queue(answer(text))
    done = plain(home, service, "first\n/btw what else?\nsecond\n")
    assert done.returncode == 0, done.stderr
    assert asked(service, 1) == ["first", "One.", "what else?"]
    assert asked(service, 2) == ["first", "One.", "second"]
    [stored] = conversations(home)
    assert [each.prompt for each in stored.conversation.shown] == ["first", "second"]


def test_a_chat_is_saved_tagged_pinned_and_temporary(
    home: Path, service: ThreadedService, tmp_path: Path
) -> None:
    service.queue(answer("One."))
    service.queue(answer("Secret."))
    target = tmp_path / "answer.md"
    done = plain(home, service, f"first\n/save {target}\n/tag work #idea\n/tag -work\n/pin\n/temp\nsecond\n")
    assert done.returncode == 0, done.stderr
    assert target.read_text() == "One.\n"
    assert "Note: Tags: #idea" in done.stderr
    [stored] = conversations(home)
    assert (stored.conversation.tags, stored.conversation.is_pinned) == (("idea",), True)
    assert asked(service, 1) == ["second"]


def test_a_report_of_a_problem_is_written_with_what_the_doctor_finds_and_without_what_was_said(
    home: Path, service: ThreadedService, tmp_path: Path
) -> None:
    service.queue(answer("A sekret answer."))
    target = tmp_path / "report.md"
    done = plain(home, service, f"a sekret prompt\n/feedback {target}\n")
    assert done.returncode == 0, done.stderr
    report = target.read_text()
    assert report.startswith("## What happened\n")
    assert "The service accepts the key." in report
    assert "1 conversation · 1 prompt · 1 answer" in report
    assert [word for word in ("sekret", KEY) if word in report] == []
    assert "whoever gave you elumenta-tui" in done.stderr.splitlines()[-1]
    assert len(service.posts) == 1


def test_every_slash_word_of_the_app_works_here_or_it_is_said_what_to_use_instead(home: Path) -> None:
    here = {word for entry in ENTRIES.values() for word in entry.words}
    of_app = {word for entry in ACTIONS.values() for word in entry.slash}
    assert of_app - here - {*ON_SCREEN_ONLY} == {"demo"}
    assert here & {*ON_SCREEN_ONLY} == set()
    assert {*ON_SCREEN_ONLY} - of_app == set()
    words = [*here, *ON_SCREEN_ONLY]
    done = plain(home, None, "".join(f"/help {word}\n" for word in words), "--demo")
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    explained = [line for line in done.stderr.splitlines() if " belongs to the screen. " in line]
    assert len(told) == len(here)
    assert [line.split()[1] for line in explained] == [f"/{word}" for word in ON_SCREEN_ONLY]
    assert all(len(line.partition("screen. ")[2]) > len("Nothing has") for line in explained)


def test_every_slash_word_has_what_runs_it(home: Path) -> None:
    """Each is run where there is nothing to do it with: a sentence, and never a failure of the program."""
    for name in share(ENTRIES, 4):
        if name not in ("feedback", "quit"):
            done = plain(home, None, f"/{ENTRIES[name].words[0]}\n", "--demo")
            assert done.returncode in (0, 1, 2), (name, done.stderr)
            assert "failed and had to end" not in done.stderr, name
            assert done.stdout + done.stderr


@thorough
def test_neither_the_interface_nor_anything_to_draw_with_is_loaded(home: Path) -> None:
    code = (
        "import sys\n"
        "from elumenta_tui.__main__ import main\n"
        "code = main(['--plain', '--demo'])\n"
        "print(code, *sorted({'textual', 'rich', 'markdown_it', 'pygments'} & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(home, None, {}),
        input="2+2\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "0"


def test_a_line_that_the_terminal_may_have_cut_or_that_is_no_text_is_not_asked() -> None:
    assert decoded(b"x" * TERMINAL_LINE, is_terminal=False)
    assert decoded(b"x" * (TERMINAL_LINE - 1), is_terminal=True)
    with pytest.raises(NotAsked):
        decoded(b"x" * TERMINAL_LINE, is_terminal=True)
    with pytest.raises(NotAsked):
        decoded(b"\xff", is_terminal=False)


# ------------------------------------------------------------------------------------------------------------- the flow


def fed(flow: BySentence | AtEnd, *texts: str) -> list[str]:
    return [*map(flow.feed, texts), flow.close()]


def test_a_sentence_is_written_when_it_is_complete() -> None:
    flow = BySentence(Marked("GPT-5:", ()))
    assert fed(flow, "Pi is 3.", "14. It", " goes on", "!\nAnd", " on") == [
        "",
        "GPT-5: Pi is 3.14. ",
        "",
        "It goes on!\n",
        "",
        "And on\n",
    ]


@thorough
@pytest.mark.parametrize("piece", ["word ", "x", "."])
def test_a_text_without_the_end_of_a_sentence_is_not_held_for_ever(piece: str) -> None:
    flow = BySentence(Marked("A:", ()))
    written = "".join(fed(flow, *([piece] * 3 * LONGEST)))
    assert written == f"A: {(piece * 3 * LONGEST).rstrip()}\n"
    longest = 0
    flow = BySentence(Marked("A:", ()))
    held = 0
    for _ in range(3 * LONGEST):
        held += len(piece) - len(flow.feed(piece).removeprefix("A: "))
        longest = max(longest, held)
    assert longest <= LONGEST


def test_at_the_end_all_of_it_is_written() -> None:
    assert fed(AtEnd(Marked("A:", ("A:",))), "One. ", "Two.\n", "A: no\n") == [
        "",
        "",
        "",
        "A: One. Two.\n> A: no\n",
    ]


# -------------------------------------------------------------------------------- finding, quoting, copying, caps, queue


def test_words_are_found_quoted_and_copied(home: Path, service: ThreadedService, tmp_path: Path) -> None:
    service.queue(answer("Cats sleep.\n\nA zebra runs."))
    service.queue(answer("Fine."))
    log = tmp_path / "app.log"
    log.write_text("noise\n" * 50 + "the zebra left\n")
    tool = tmp_path / "bin" / "xclip"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\ncat > {tmp_path / 'copied'}\n")
    tool.chmod(0o755)
    env = {"DISPLAY": ":9", "WAYLAND_DISPLAY": "", "PATH": f"{tool.parent}:{os.environ['PATH']}"}
    piped = (
        f"/attach {log}\nWhat of zebras?\n/find zebra\n/find ebra\n/find nothing\n/copy\n/quote zebra\n/quote cats\n"
        "/unquote\n/quote zebra\nIs that so?\n"
    )
    done = plain(home, service, piped, env=env)
    assert done.returncode == 0, done.stderr
    found = [line for line in done.stdout.splitlines() if line.startswith("1. ")]
    assert found[:3] == [
        "1. You: What of zebras?",
        "1. app.log: …noise noise noise noise noise noise the zebra left",
        "1. GPT-5: Cats sleep. A zebra runs.",
    ]
    # The part of a word is where the word is.
    assert len(found) == 6
    assert done.stderr.count("Note: 3 places.") == 2
    assert "Note: 0 places." in done.stderr
    assert "Note: Goes before the next prompt: A zebra runs." in done.stderr
    assert asked(service, 1)[-1] == "> A zebra runs.\n\nIs that so?"
    assert (tmp_path / "copied").read_text() == "Cats sleep.\n\nA zebra runs."
    assert "\x1b" not in done.stdout + done.stderr


def test_a_cap_holds_at_once_and_is_kept(home: Path, service: ThreadedService) -> None:
    done = plain(home, service, "/cap\n/cap month 300\n/cap 1\n/cap\nhi\n", env=RUSSIAN)
    assert "Предел" in done.stderr
    assert done.returncode == ExitCode.GUARDED
    assert service.posts == []
    [config] = home.rglob("config.toml")
    assert "cap_month = 300" in config.read_text()
    assert "cap_day = 1" in config.read_text()
    assert plain(home, service, "/cap much\n").returncode == ExitCode.WRONG_USAGE


def test_what_was_queued_on_the_screen_is_read_out_sent_once_and_forgotten(
    home: Path, service: ThreadedService
) -> None:
    service.queue(answer("One."))
    service.queue(answer("Two."))
    assert plain(home, service, "first\n").returncode == 0
    [before] = conversations(home)
    with shelf(home / "data") as here:
        record = conversation(before.conversation.id, before.conversation.title)
        for place, text in enumerate(("later", "never", "stays")):
            here.put(SaveQueued(record, f"a1b2c3d4e5f{place}", place, text))
    done = plain(home, service, "/queue\n/queue send\n/queue off 1\n/queue\n", "--continue")
    assert done.returncode == 0, done.stderr
    numbered = [line for line in done.stdout.splitlines() if line[:1].isdecimal()]
    queued = [f"{place} (GPT-5, 2 tokens)" for place in ("1. later", "2. never", "3. stays", "1. stays")]
    assert numbered == queued
    assert asked(service, 1) == ["first", "One.", "later"]
    assert len(service.posts) == 2
    [stored] = conversations(home)
    assert [each.text for each in stored.conversation.queued] == ["stays"]
    assert [each.prompt for each in stored.conversation.answers] == ["first", "later"]
