"""What is asked by `elumenta-tui ask`: files, personas, templates, the conversation, several models, and what it may cost."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui import i18n
from elumenta_tui.cli.ask import MOST, _with_id
from elumenta_tui.cli.exit_codes import ExitCode
from elumenta_tui.session.guardrails import MOST_AT_ONCE
from tests.cli.shell import PATIENCE, RUSSIAN, ask, asked, asking, conversations, environment, served
from tests.pictures import png
from tests.pseudo_terminal import Terminal
from tests.service import MODELS, Call, Step, ThreadedService, json_response, service_thread
from tests.sources.documents import docx, paragraph
from tests.storing import answered, conversation, files, saved, shelf
from tests.thorough import thorough

REVIEWER = """
[personas.Reviewer]
system_prompt = "You review code."
model = "claude-sonnet-4.5"
temperature = 0.2
max_tokens = 2000
"""
SECRET = "aws = 'AKIAIOSFODNN7EXAMPLX'\nnothing\n"


@pytest.fixture
def config(home: Path) -> Path:
    """The configuration file, with a persona."""
    directory = home / "config"
    (directory / "prompts").mkdir(parents=True)
    path = directory / "config.toml"
    path.write_text(REVIEWER)
    path.chmod(0o600)
    return path


def template(config: Path, text: str, name: str = "review.md") -> None:
    (config.parent / "prompts" / name).write_text(text, encoding="utf-8")


def sent(service: ThreadedService, number: int = 0) -> Any:
    """The body of a request."""
    return service.posts[number].json


def by_model(answers: dict[str, list[Step]]) -> Any:
    """Answers by the model that is asked, in whatever order the requests come."""

    def answer(call: Call) -> list[Step]:
        return answers[call.json["model"]]

    return answer


# --------------------------------------------------------------------------------------------- instructions and parameters


@thorough
def test_instructions_and_parameters_go_along_and_stay_with_the_conversation(
    home: Path, service: ThreadedService
) -> None:
    done = ask(home, service, "hi", "-s", "Be brief.", "--temperature", "0,5", "--max-tokens", "1 000")
    assert done.returncode == 0, done.stderr
    assert service.posts[0].messages == [("system", "Be brief."), ("user", "hi")]
    assert (sent(service)["temperature"], sent(service)["max_tokens"]) == (0.5, 1000)
    assert ask(home, service, "-c", "more", "--temperature", "1").returncode == 0
    assert service.posts[1].messages[0] == ("system", "Be brief.")
    assert (sent(service, 1)["temperature"], sent(service, 1)["max_tokens"]) == (1.0, 1000)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--temperature", "3"], "--temperature takes a number from 0 to 2, and not 3"),
        (["--max-tokens", "0"], "--max-tokens takes a number from 1 to 1000000, and not 0"),
        (["--max-cost", "-1"], "--max-cost takes a number of Elumenta tokens, such as 2 or 0.5, and not -1"),
        (["--max-cost", "cheap"], "such as 2 or 0.5, and not cheap"),
        (["--compare", "gpt-5"], "2 to 4"),
        (["--compare", "gpt-5,gpt-5"], "2 to 4"),
        (["--compare", "a,b,c,d,e"], "2 to 4"),
        (["--compare", "a,b", "-m", "c"], "cannot be used together"),
        (["--compare", "a,b", "-x"], "--extract"),
        (["-s", "x", "-p", "y"], "--persona"),
        (["--json", "--jsonl"], "--jsonl"),
        (["-x", "--raw"], "--raw"),
        (["--set", "a=b"], "--template"),
        (["-c", "--no-store"], "--no-store"),
    ],
)
def test_what_makes_no_sense_is_named_before_anything_is_read(
    home: Path, service: ThreadedService, arguments: list[str], named: str
) -> None:
    done = ask(home, service, "hi", *arguments)
    assert (done.returncode, done.stdout) == (ExitCode.WRONG_USAGE, "")
    assert named in done.stderr.splitlines()[0]
    assert service.requests == []
    assert files(home) == {}


def test_as_many_models_are_compared_as_a_session_asks_at_once() -> None:
    assert MOST == MOST_AT_ONCE


@thorough
def test_a_persona_brings_its_instructions_its_parameters_and_its_model(
    home: Path, service: ThreadedService, config: Path
) -> None:
    assert ask(home, service, "-p", "reviewer", "look").returncode == 0
    assert service.posts[0].messages == [("system", "You review code."), ("user", "look")]
    body = sent(service)
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("claude-sonnet-4.5", 0.2, 2000)
    assert conversations(home)[0].conversation.persona == "Reviewer"
    assert ask(home, service, "-p", "REVIEWER", "-m", "gpt-5", "--max-tokens", "5", "look").returncode == 0
    body = sent(service, 1)
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("gpt-5", 0.2, 5)


def test_a_persona_that_is_not_there_is_told_with_those_that_are(
    home: Path, service: ThreadedService, config: Path
) -> None:
    done = ask(home, service, "-p", "reviever", "look")
    assert (done.returncode, service.requests) == (2, [])
    assert "reviever" in done.stderr
    assert "There are: Reviewer" in done.stderr
    config.write_text("")
    assert "/persona reviewer" in ask(home, service, "-p", "x", "look").stderr


# ------------------------------------------------------------------------------------------------------------- templates


@pytest.mark.parametrize(
    ("body", "arguments", "piped", "prompt"),
    [
        ("Review {{language}}: {{what}}", ["language=Go", "what=all of it"], None, "Review Go: all of it"),
        ("Review {{Language:Python}}!", [], None, "Review Python!"),
        ("Review {{Language:Python}}!", ["language=Go"], None, "Review Go!"),
        ("Review {{what}}!", ["the", "bugs"], None, "Review the bugs!"),
        ("Review {{a}} and {{b}}", ["b=2", "one"], None, "Review one and 2"),
        ("Review {{the thing}}!", ["--set", "the thing=x=y"], None, "Review x=y!"),
        ("Review {{what:x}} in {{selection}}", [], b"a\nb\n", "Review x in a\nb"),
        ("Review {{what}}: {{code}}", ["bugs"], b"a\nb\n", "Review bugs: a\nb"),
        ("Review {{language:Go}}", [], b"a\nb\n", "Review Go\n\n```\na\nb\n```"),
        ("Review.", ["Soon."], b"a\n", "Review.\n\nSoon.\n\n```\na\n```"),
        ("Review {{what}}.", ["--", "what=this"], None, "Review what=this."),
        ("Review {{what}}.", ["x = y"], None, "Review x = y."),
        (r"Review \{{what}}.", [], None, "Review {{what}}."),
    ],
)
def test_a_template_is_filled_by_its_fields_the_words_and_standard_input(
    home: Path,
    service: ThreadedService,
    config: Path,
    body: str,
    arguments: list[str],
    piped: bytes | None,
    prompt: str,
) -> None:
    template(config, body)
    done = ask(home, service, "-t", "review", *arguments, piped=piped)
    assert (done.returncode, asked(service)) == (0, [prompt]), done.stderr


@pytest.mark.parametrize(
    ("name", "body", "arguments", "named"),
    [
        ("review", "{{what}} of {{which one}}", [], "-t review what=…"),
        ("review", "{{which one}}", [], "--set 'which one=…'"),
        ("review", "{{what}} {{clipboard}}", ["x"], "clipboard"),
        ("review", "{{language}}", ["langauge=Go"], "no field langauge. Its fields: language."),
        ("review", "No field", ["language=Go"], "has no fields"),
        ("review", "{{language}}", ["--set", "Go"], "FIELD=VALUE"),
        ("reviev", "{{language}}", ["Go"], "There are: review"),
        ("review", "---\nmodle: x\n---\nx", [], "modle"),
    ],
)
def test_a_template_that_can_not_be_filled_is_told_and_costs_nothing(
    home: Path, service: ThreadedService, config: Path, name: str, body: str, arguments: list[str], named: str
) -> None:
    template(config, body)
    # Without a clipboard.
    nowhere = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "WSL_DISTRO_NAME": "", "SSH_CONNECTION": "somewhere"}
    done = ask(home, service, "-t", name, *arguments, env=nowhere)
    assert (done.returncode, done.stdout, service.requests) == (2, "", [])
    assert named in done.stderr
    assert "Nothing was sent." in done.stderr


def test_the_clipboard_fills_its_field_where_a_tool_reads_it(
    home: Path, service: ThreadedService, config: Path, tmp_path: Path
) -> None:
    template(config, "Explain {{clipboard}}.")
    tool = tmp_path / "xclip"
    tool.write_text("#!/bin/sh\nprintf copied\n")
    tool.chmod(0o700)
    desk = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "", "SSH_CONNECTION": "", "SSH_TTY": "", "SSH_CLIENT": ""}
    done = ask(home, service, "-t", "review", env={**desk, "PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert (done.returncode, asked(service)) == (0, ["Explain copied."]), done.stderr
    assert ask(home, service, "-t", "review", "clipboard=this", env=desk).returncode == 0
    assert asked(service, 1) == ["Explain this."]


def test_a_template_brings_its_persona_and_parameters_and_options_come_first(
    home: Path, service: ThreadedService, config: Path
) -> None:
    template(
        config, "---\npersona: reviewer\ntemperature: 0.9\nmodel: grok-4-fast\n---\nLook.", "Deep Look.md"
    )
    assert ask(home, service, "-t", "deep-look").returncode == 0
    body = sent(service)
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("grok-4-fast", 0.9, 2000)
    assert service.posts[0].messages[0] == ("system", "You review code.")
    assert ask(home, service, "-t", "Deep Look.md", "-s", "Mine.", "--temperature", "0").returncode == 0
    assert (sent(service, 1)["temperature"], service.posts[1].messages[0]) == (0.0, ("system", "Mine."))


# ----------------------------------------------------------------------------------------------------------------- files


def test_files_go_along_as_in_the_app_and_are_stored_with_the_prompt(
    home: Path, service: ThreadedService, tmp_path: Path
) -> None:
    code, picture, letter = tmp_path / "main.go", tmp_path / "a.png", tmp_path / "letter.docx"
    code.write_text("package main\n")
    picture.write_bytes(png(texts=True))
    letter.write_bytes(docx(paragraph("Dear all")))
    done = ask(home, service, "compare", "-f", code, "--file", picture, "-f", letter, "-f", code)
    assert done.returncode == 0, done.stderr
    text, image = service.posts[0].json["messages"][0]["content"]
    assert text["text"].count("package main") == 1
    assert "Dear all" in text["text"]
    assert text["text"].endswith("compare")
    assert image["type"] == "image_url"
    [stored] = conversations(home)
    names = [each.name for each in stored.conversation.turns[0].attachments]
    assert names == ["main.go", "a.png", "letter.docx"]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_can_not_go_along_is_told_and_nothing_is_sent(
    home: Path, service: ThreadedService, tmp_path: Path, language: str
) -> None:
    i18n.use(language)
    environ = RUSSIAN if language == "ru" else {}
    binary = tmp_path / "x.bin"
    binary.write_bytes(bytes(range(256)) * 4)
    for path in (tmp_path / "none.txt", tmp_path, binary):
        done = ask(home, service, "look", "-f", path, env=environ)
        assert (done.returncode, done.stdout, service.requests) == (2, "", [])
        assert path.name in done.stderr
        assert i18n.say("guard.shell_cap") in done.stderr
    assert files(home) == {}


def test_what_looks_like_a_secret_is_not_sent_unasked(
    home: Path, service: ThreadedService, tmp_path: Path
) -> None:
    path = tmp_path / "settings.py"
    path.write_text(SECRET)
    done = ask(home, service, "look", "-f", path, "--yes")
    assert (done.returncode, done.stdout, service.requests) == (ExitCode.SECRET, "", [])
    assert "settings.py, line 1" in done.stderr
    assert "AKIAIOSFODNN7EXAMPLX" not in done.stderr
    assert "--send-secrets" in done.stderr
    assert ask(home, service, "look", "-f", path, "--send-secrets").returncode == 0
    assert "AKIAIOSFODNN7EXAMPLX" in asked(service)[0]


@thorough
@pytest.mark.parametrize(("typed", "code"), [("y\r", ExitCode.WHOLE), ("\r", ExitCode.SECRET)])
def test_at_a_terminal_a_secret_is_asked_about(
    home: Path, service: ThreadedService, tmp_path: Path, typed: str, code: int
) -> None:
    path = tmp_path / "settings.py"
    path.write_text(SECRET)
    command = [sys.executable, "-m", "elumenta_tui", "ask", "look", "-f", str(path)]
    with Terminal(command, env=environment(home, service, {})) as terminal:
        terminal.wait_for("Send it?")
        assert service.requests == []
        terminal.type(typed)
        assert terminal.wait_exit(PATIENCE) == code
    assert len(service.posts) == (1 if code is ExitCode.WHOLE else 0)


@thorough
def test_a_model_that_sees_no_images_is_not_asked_and_one_that_does_is_named(
    home: Path, service: ThreadedService, tmp_path: Path
) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(png())
    done = ask(home, service, "look", "-f", picture, "-m", "deepseek-v3")
    assert (done.returncode, done.stdout, service.posts) == (2, "", [])
    assert "DeepSeek V3 does not see images." in done.stderr
    assert "-m gpt-5" in done.stderr
    # The service's own list may say otherwise.
    seeing = [{**model, "config": {"vision": model["slug"] == "deepseek-v3"}} for model in MODELS]
    service.route("/api/v2/models", json_response(200, {"items": seeing}))
    assert ask(home, service, "look", "-f", picture, "-m", "deepseek-v3").returncode == 0
    done = ask(home, service, "-c", "and now?", "-m", "grok-4-fast")
    assert (done.returncode, len(service.posts)) == (2, 1)
    assert "earlier messages hold some" in done.stderr


# -------------------------------------------------------------------------------------------------------- conversations


@thorough
def test_any_conversation_is_continued_by_the_beginning_of_its_id(
    home: Path, service: ThreadedService
) -> None:
    for prompt in ("first", "second"):
        ask(home, service, prompt)
    ids = {each.conversation.title: each.conversation.id for each in conversations(home)}
    assert ask(home, service, f"--continue={ids['first'][:8]}", "more").returncode == 0
    assert asked(service, 2)[::2] == ["first", "more"]
    assert ask(home, service, f"-c{ids['second']}", "more").returncode == 0
    assert asked(service, 3)[::2] == ["second", "more"]


@thorough
def test_an_id_that_no_conversation_or_more_than_one_has_is_told(
    home: Path, service: ThreadedService
) -> None:
    ask(home, service, "first")
    ask(home, service, "second")
    posts = len(service.posts)
    ids = [each.conversation.id for each in conversations(home)]
    missing = next(
        f"{number:x}000" for number in range(1, 16) if not any(id.startswith(f"{number:x}000") for id in ids)
    )
    done = ask(home, service, "-c", missing, "more")
    assert (done.returncode, done.stdout, len(service.posts)) == (3, "", posts)
    assert f"begins with {missing}" in done.stderr
    assert "elumenta-tui export --list" in done.stderr
    assert "-- before it" in done.stderr


@pytest.mark.parametrize(
    ("argv", "understood"),
    [
        (["-c", "4f3a", "x"], ["--continue=4f3a", "x"]),
        (["-c", "shorter"], ["--continue=", "shorter"]),
        (["-c", "facade"], ["--continue=", "facade"]),
        (["-c", "14E", "x"], ["--continue=14e", "x"]),
        (["-c", "14e1304701004", "x"], ["--continue=14e1304701004", "x"]),
        (["-c=1", "x"], ["-c=1", "x"]),
        (["-c", "python3", "x86"], ["--continue=", "python3", "x86"]),
        (["x", "-c"], ["x", "--continue="]),
        (["-c", "-c", "2024"], ["--continue=", "--continue=2024"]),
        (["--continue", "-m", "gpt-5"], ["--continue=", "-m", "gpt-5"]),
    ],
)
def test_only_what_is_an_id_is_taken_for_one(argv: Sequence[str], understood: Sequence[str]) -> None:
    assert list(_with_id(argv)) == understood


def test_what_may_be_an_id_goes_to_no_other_conversation(home: Path, service: ThreadedService) -> None:
    with shelf(home / "data") as here:
        here.put(saved(answered("first", "one"), conversation("facade000001")))
        here.put(saved(answered("second", "two"), conversation("14e130470100")))
    for word in ("1", "123", "2d", "14e1304701x0", "14e1g", "facade"):
        done = ask(home, service, "-c", word, "shorter")
        assert (done.returncode, done.stdout) == (2, ""), word
        assert f"-c -- {word} …" in done.stderr
        assert f"-c={word}" in done.stderr
    for word in ("15e", "15e1304", "14e1304701009"):
        done = ask(home, service, "-c", word, "shorter")
        assert (done.returncode, done.stdout) == (3, ""), word
        assert "-- before it" in done.stderr
    assert service.posts == []
    for arguments, prompt in [
        (["-c=f", "shorter"], "shorter"),
        (["-c", "14e", "shorter"], "shorter"),
        (["-c", "--", "14e", "shorter"], "14e shorter"),
        (["-c", "decade", "by", "decade"], "decade by decade"),
    ]:
        assert ask(home, service, *arguments).returncode == 0
        assert asked(service, len(service.posts) - 1)[-1] == prompt
    assert [asked(service, number)[0] for number in (0, 1)] == ["first", "second"]


def test_an_unknown_model_names_the_one_that_is_meant_and_the_list(
    home: Path, service: ThreadedService
) -> None:
    service.queue(json_response(404, {"error": {"type": "not_found", "message": "No such model"}}))
    done = ask(home, service, "-m", "gpt-55", "hi")
    assert done.returncode == ExitCode.REFUSED
    assert "Did you mean gpt-5? elumenta-tui models lists them all." in done.stderr


# ------------------------------------------------------------------------------------------------------------ what it costs


def test_what_may_cost_more_than_allowed_is_not_sent(home: Path, service: ThreadedService) -> None:
    done = ask(home, service, "hi", "-m", "claude-opus-4.5", "--max-cost", "5.5")
    assert (done.returncode, done.stdout, service.posts) == (ExitCode.TOO_DEAR, "", [])
    assert "This costs 6 tokens, and --max-cost allows 5.5. Nothing was sent." in done.stderr
    assert ask(home, service, "hi", "-m", "claude-opus-4.5", "--max-cost", "6").returncode == 0
    done = ask(home, service, "hi", "--compare", "claude-opus-4.5,gpt-5", "--max-cost", "7")
    assert (done.returncode, len(service.posts)) == (ExitCode.TOO_DEAR, 1)
    assert "This costs 8 tokens" in done.stderr


@thorough
def test_the_price_of_a_model_that_is_not_known_here_is_read_before_it_is_asked(
    home: Path, service: ThreadedService
) -> None:
    new = [*MODELS, {**MODELS[0], "slug": "gpt-9", "name": "GPT-9", "token_cost": 50}]
    service.route("/api/v2/models", json_response(200, {"items": new}))
    done = ask(home, service, "hi", "-m", "gpt-9")
    assert (done.returncode, service.posts) == (ExitCode.GUARDED, [])
    assert "GPT-9 costs 50 tokens a request" in done.stderr
    assert ask(home, service, "hi", "-m", "gpt-9", "--yes").returncode == 0
    done = ask(home, service, "hi", "-m", "gpt-9", "--max-cost", "49", "--yes")
    assert (done.returncode, len(service.posts)) == (ExitCode.TOO_DEAR, 1)
    done = ask(home, service, "hi", "-m", "gpt-10", "--max-cost", "49")
    assert (done.returncode, len(service.posts)) == (ExitCode.TOO_DEAR, 1)
    assert "states no price for gpt-10" in done.stderr


def test_a_price_that_can_not_be_read_is_no_low_price(home: Path) -> None:
    with service_thread() as gone:
        pass
    done = ask(home, gone, "hi", "-m", "gpt-9", "--max-cost", "5")
    assert (done.returncode, done.stdout) == (ExitCode.UNREACHABLE, "")
    assert done.stderr.startswith("No connection to the service.")
    assert "Nothing was sent." in done.stderr


@thorough
def test_what_is_not_asked_changes_no_conversation(home: Path, service: ThreadedService) -> None:
    assert ask(home, service, "hi", "-s", "Be brief.").returncode == 0
    [before] = conversations(home)
    for arguments in (["-c"], []):
        for more in (["--max-cost", "1"], []):
            done = ask(home, service, "hi", "-m", "gpt-5.2-pro", "-s", "Sing.", *arguments, *more)
            assert done.returncode in (ExitCode.TOO_DEAR, ExitCode.GUARDED)
    [after] = conversations(home)
    assert after.conversation.system_prompt == before.conversation.system_prompt == "Be brief."
    assert len(service.posts) == 1


@thorough
def test_more_models_than_requests_are_left_are_not_asked(home: Path, service: ThreadedService) -> None:
    headers = {"X-RateLimit-Remaining-Hour": "1"}
    balance = {"token_balance": 300, "plan": "vip", "plan_expires_at": None}
    service.route("/api/v2/balance", json_response(200, balance, headers))
    service.route("/api/v2/models", json_response(200, {"items": MODELS}, headers))
    done = ask(home, service, "hi", "--compare", "gpt-5,deepseek-v3", "--max-cost", "9")
    assert (done.returncode, done.stdout, service.posts) == (ExitCode.BUSY, "", [])
    assert "Fewer than 2 requests are left" in done.stderr


# --------------------------------------------------------------------------------------------------------- several models


@thorough
def test_several_models_get_the_same_and_their_answers_are_versions_of_one_turn(
    home: Path, service: ThreadedService
) -> None:
    service.service.usually = by_model(
        {"gpt-5": [served("One\n")], "deepseek-v3": [served("Two")], "grok-4-fast": [served("Three")]}
    )
    done = ask(home, service, "hi", "--compare", "gpt-5, deepseek-v3,grok-4-fast")
    assert done.returncode == 0, done.stderr
    parts = sorted(done.stdout.removesuffix("\n").split("\n\n# "))
    assert sorted(part.removeprefix("# ") for part in parts) == [
        "DeepSeek V3\n\nTwo",
        "GPT-5\n\nOne",
        "Grok 4 Fast\n\nThree",
    ]
    assert "no longer sent" not in done.stderr
    assert [line.partition(" ")[0] for line in done.stderr.splitlines()] == ["GPT-5", "DeepSeek", "Grok"]
    [stored] = conversations(home)
    [turn] = stored.conversation.turns
    assert {answer.model.slug: answer.text for answer in turn.answers} == {
        "gpt-5": "One\n",
        "deepseek-v3": "Two",
        "grok-4-fast": "Three",
    }


@thorough
def test_a_comparison_is_one_object_in_the_order_of_the_models(home: Path, service: ThreadedService) -> None:
    service.service.balance = 297
    service.service.usually = by_model(
        {"gpt-5": [served("One")], "deepseek-v3": json_response(402, {"error": "insufficient_tokens"})}
    )
    done = ask(home, service, "hi", "--compare", "deepseek-v3,gpt-5", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == ExitCode.ACCOUNT
    assert [(each["asked"], each["text"], each["state"]) for each in told["answers"]] == [
        ("deepseek-v3", "", "failed"),
        ("gpt-5", "One", "complete"),
    ]
    assert (told["cost"], told["balance"]) == (3, 297)
    assert done.stderr.startswith("DeepSeek V3: ")


def test_the_price_of_all_models_together_is_what_the_limits_look_at(
    home: Path, service: ThreadedService, config: Path
) -> None:
    config.write_text("confirm_above = 7\n")
    arguments = ("hi", "--compare", "claude-opus-4.5,gpt-5")
    done = ask(home, service, *arguments)
    assert (done.returncode, done.stdout, service.posts) == (ExitCode.GUARDED, "", [])
    assert "These requests cost 8 tokens together" in done.stderr
    assert ask(home, service, *arguments, "--yes").returncode == 0
    assert len(service.posts) == 2


def test_a_signal_stops_all_of_them(home: Path, service: ThreadedService) -> None:

    service.service.queue_half()
    service.service.queue_half()
    with asking(home, service, "hi", "--compare", "gpt-5,deepseek-v3", "--json") as process:
        service.wait_posted(2)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert process.stdout is not None
        told = json.loads(process.stdout.read())
    assert [each["failure"]["kind"] for each in told["answers"]] == ["stopped", "stopped"]
