"""`elumenta-tui ask`, as shells and scripts use it: the real program, its pipes, its signals, and a service on the loopback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from elumenta_tui import __main__ as program
from elumenta_tui import i18n
from elumenta_tui.api.errors import KINDS
from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.cli.exit_codes import ExitCode, code_of_failure
from elumenta_tui.cli.prompt import compose
from elumenta_tui.i18n.failures import failure_words
from elumenta_tui.session import PROMPT_LIMIT
from elumenta_tui.store.events import Opened, OthersWrite
from tests.cli.shell import (
    COMMAND,
    COST,
    PATIENCE,
    RUSSIAN,
    ask,
    asked,
    asking,
    conversations,
    environment,
    served,
)
from tests.pseudo_terminal import ROOT, Terminal
from tests.service import (
    KEY,
    Close,
    Head,
    Pause,
    Step,
    ThreadedService,
    answer,
    delta,
    ended,
    json_response,
    response,
    service_thread,
    sse,
    started,
)
from tests.storing import answered, conversation, files, messages, opened, saved, shelf
from tests.thorough import thorough

# ------------------------------------------------------------------------------------------------------------ an answer


@thorough
def test_the_answer_goes_to_standard_output_and_its_cost_to_standard_error(
    home: Path, service: ThreadedService
) -> None:
    service.queue(served("# Title\n\n", "*Ёж* and `code`"))
    done = ask(home, service, "hello", "there")
    assert (done.returncode, done.stdout, done.stderr) == (0, "# Title\n\n*Ёж* and `code`\n", COST)
    assert asked(service) == ["hello there"]
    assert len(service.requests) == 1


def test_it_is_stored_like_any_other_turn_and_opens_in_the_app(home: Path, service: ThreadedService) -> None:
    service.queue(served("An answer"))
    ask(home, service, "A question\nof two lines")
    [stored] = conversations(home)
    [only] = stored.conversation.answers
    assert (stored.conversation.title, only.text, only.state) == (
        "A question",
        "An answer",
        AnswerState.COMPLETE,
    )
    assert (only.charge.stated, only.charge.after) == (3, 297)
    with Terminal(
        [sys.executable, "-m", "elumenta_tui", "--continue"],
        env=environment(home, service, {}),
    ) as terminal:
        terminal.wait_for("An answer")
        terminal.wait_for("A question")


@thorough
def test_the_answer_comes_while_it_is_written(home: Path, service: ThreadedService) -> None:
    pause = Pause()
    service.queue(sse(started(), delta("first "), done=False), pause, sse(delta("second"), ended()))
    with asking(home, service, "hi") as process:
        assert process.stdout is not None
        assert os.read(process.stdout.fileno(), 100) == b"first "
        service.release(pause)
        assert process.stdout.read() == b"second\n"
        assert process.wait(PATIENCE) == 0


@thorough
def test_nothing_in_an_answer_controls_a_terminal(home: Path, service: ThreadedService) -> None:
    service.queue(served("a\x1b]52;c;AAAA\x07b\u202e\r\nc\x9b2J"))
    done = ask(home, service, "hi")
    assert done.stdout == "a]52;c;AAAAb⟦RLO⟧\nc2J\n"


@thorough
@pytest.mark.parametrize("language", ["C", "ru_RU.KOI8-R"])
def test_an_answer_in_a_pipe_is_utf_8_whatever_the_locale_is(
    home: Path, service: ThreadedService, language: str
) -> None:
    service.queue(served("Ёж → 🦔"))
    # Python settles the encoding of its streams when it starts.
    done = subprocess.run(
        [*COMMAND, "hi"],
        env=environment(home, service, {"LANG": language}),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == "Ёж → 🦔\n"


def test_an_answer_that_is_prepared_as_a_whole_is_waited_for(home: Path, service: ThreadedService) -> None:
    service.queue(json_response(202, {"id": "gen_9", "status": "pending"}))
    service.route(
        "/api/v2/generate/gen_9",
        json_response(200, {"id": "gen_9", "status": "completed", "content": "Late", "tokens_used": 2}),
    )
    service.route(
        "/api/v2/generations/gen_9",
        json_response(200, {"id": "gen_9", "status": "completed", "content": "Late", "tokens_used": 2}),
    )
    done = ask(home, service, "hi")
    assert "preparing the answer" in done.stderr
    assert (done.returncode, done.stdout) == (0, "Late\n"), [call.path for call in service.requests]


def test_neither_the_interface_nor_anything_to_draw_with_is_loaded(home: Path) -> None:
    code = (
        "import sys\n"
        "from elumenta_tui.__main__ import main\n"
        "code = main(['ask', '--demo', '--quiet', '2+2'])\n"
        "print(code, *sorted({'textual', 'rich', 'markdown_it', 'pygments', 'httpx'} & sys.modules.keys()))\n"
        "print(*[name for name in sys.modules if name.startswith('elumenta_tui.tui')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(home, None, {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout.endswith("\n0 httpx\n\n")


@thorough
def test_wrong_usage_and_help_load_neither_the_network_nor_the_session() -> None:
    code = (
        "import sys\n"
        "from elumenta_tui.__main__ import main\n"
        "codes = main(['ask', '--help'], {}), main(['ask', '--nonsense'], {})\n"
        "print(codes, *sorted({'asyncio', 'httpx', 'sqlite3'} & sys.modules.keys()), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "(0, <ExitCode.WRONG_USAGE: 2>)"


# ----------------------------------------------------------------------------------------------------------- the prompt


@thorough
@pytest.mark.parametrize(
    ("words", "piped", "prompt"),
    [
        (["write", "the message"], None, "write the message"),
        ([], b"\n\n  what is this?\n", "  what is this?"),
        (["explain"], b"  one\n\ttwo\n\n", "explain\n\n```\n  one\n\ttwo\n```"),
        (["explain"], b"a\n```sh\nb\n````\n", "explain\n\n`````\na\n```sh\nb\n````\n`````"),
        (["explain"], b" \n\n", "explain"),
        (["explain"], b"\xef\xbb\xbf\xd0\x81\xd0\xb6\r\nx", "explain\n\n```\nЁж\nx\n```"),
        (["hide"], b"a\x1b[31mb\x00", "hide\n\n```\na[31mb\n```"),
        (["/demo cut"], None, "/demo cut"),
    ],
)
def test_the_prompt_is_the_arguments_then_what_was_piped_as_a_block(
    home: Path, service: ThreadedService, words: list[str], piped: bytes | None, prompt: str
) -> None:
    assert ask(home, service, *words, piped=piped).returncode == 0
    assert asked(service) == [prompt]


def test_nothing_that_is_piped_ends_its_block() -> None:
    for piped in ("```", "a\n`````\nb", "`" * 50, "```\n# not a heading\n```"):
        words, blank, fence, *lines, end = compose("look", piped).split("\n")
        assert (words, blank, end) == ("look", "", fence)
        assert "\n".join(lines) == piped
        assert fence not in piped


@thorough
def test_options_may_stand_between_the_words_and_end_at_two_dashes(
    home: Path, service: ThreadedService
) -> None:
    ask(home, service, "what", "-m", "deepseek-v3", "is", "--quiet", "this", "--", "--json", "-x")
    assert asked(service) == ["what is this --json -x"]
    assert service.posts[0].json["model"] == "deepseek-v3"


@pytest.mark.parametrize(
    ("arguments", "piped", "key", "language"),
    [
        ([], None, "no_prompt", "ru"),
        ([" "], b"\n \n", "no_prompt", "en"),
        (["look"], b"fine\xff", "stdin_no_text", "en"),
        ([], "Ёж".encode("utf-16"), "stdin_no_text", "ru"),
        ([b"caf\xe9"], None, "words_no_text", "en"),
        (["look"], b"x" * PROMPT_LIMIT, "too_long", "ru"),
        ([], b"\xf0\x9f\xa6\x94" * (PROMPT_LIMIT + 1), "too_long", "en"),
    ],
)
def test_what_can_not_be_asked_is_told_and_costs_nothing(
    home: Path,
    service: ThreadedService,
    arguments: list[str],
    piped: bytes | None,
    key: str,
    language: str,
) -> None:
    done = ask(home, service, *arguments, piped=piped, env=RUSSIAN if language == "ru" else {})
    i18n.use(language)
    places = {b"fine\xff": 5, "Ёж".encode("utf-16"): 1}
    said = {
        "no_prompt": i18n.say("ask.no_prompt"),
        "stdin_no_text": i18n.say("ask.stdin_no_text", place=places.get(piped or b"", 0)),
        "words_no_text": i18n.say("ask.words_no_text"),
        "too_long": i18n.say("ask.too_long", limit=PROMPT_LIMIT),
    }[key]
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{said}\n")
    assert service.requests == []
    assert files(home) == {}


@thorough
def test_a_prompt_without_end_is_not_read_to_its_end(home: Path, service: ThreadedService) -> None:
    with open("/dev/zero", "rb") as endless:
        done = subprocess.run(
            COMMAND, cwd=ROOT, env=environment(home, service, {}), stdin=endless, capture_output=True, timeout=PATIENCE
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"too long" in done.stderr


@thorough
def test_a_terminal_is_not_read_and_nothing_is_prompted_for(home: Path, service: ThreadedService) -> None:
    with Terminal(COMMAND, env=environment(home, service, {})) as terminal:
        assert terminal.wait_exit(PATIENCE) == 2
        assert "nothing to ask" in terminal.text


@thorough
def test_a_standard_input_that_can_not_be_read_is_complained_of(home: Path, service: ThreadedService) -> None:
    with open(os.devnull, "wb") as unreadable:
        done = subprocess.run(
            [*COMMAND, "x"], cwd=ROOT, env=environment(home, service, {}), stdin=unreadable, capture_output=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"could not be read" in done.stderr
    assert service.requests == []


# --------------------------------------------------------------------------------------------------------------- options


@thorough
def test_json_is_one_object_with_everything_that_is_known(home: Path, service: ThreadedService) -> None:
    service.queue(served('quote " and\nline\u2028 Ёж'))
    done = ask(home, service, "hi", "--json")
    assert done.stdout.count("\n") == 1
    [stored] = conversations(home)
    assert json.loads(done.stdout) == {
        "text": 'quote " and\nline\n Ёж',
        "state": "complete",
        "model": "gpt-5-served",
        "asked": "gpt-5",
        "cost": 3,
        "balance": 297,
        "ids": {
            "conversation": stored.conversation.id,
            "turn": stored.conversation.turns[0].id,
            "answer": stored.conversation.answers[0].id,
            "generation": "gen_01j9x2abc123",
        },
        "failure": None,
    }
    assert (done.returncode, done.stderr) == (0, COST)


@thorough
def test_json_tells_of_a_failure_too(home: Path, service: ThreadedService) -> None:
    service.route("/api/v2/balance", json_response(200, {"token_balance": 296}))
    service.queue(sse(started(), delta("Half"), done=False))
    done = ask(home, service, "hi", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["text"], told["state"], told["balance"]) == (9, "Half", "interrupted", 296)
    assert told["failure"] == {
        "kind": "cut", "charge": "unknown", "message": "", "status": None, "retry_after": None,
    }  # fmt: skip
    assert "cut off" in done.stderr


@thorough
def test_it_goes_on_in_the_conversation_that_was_used_last_with_its_model(
    home: Path, service: ThreadedService
) -> None:
    service.queue(served("one"))
    ask(home, service, "first", "-m", "deepseek-v3")
    service.queue(served("two"))
    assert ask(home, service, "--continue", "second").stdout == "two\n"
    assert asked(service, 1) == ["first", "one", "second"]
    assert service.posts[1].json["model"] == "deepseek-v3"
    assert ask(home, service, "--continue", "-m", "gpt-5", "third").returncode == 0
    assert service.posts[2].json["model"] == "gpt-5"
    [stored] = conversations(home)
    assert [each.prompt for each in stored.conversation.answers] == ["first", "second", "third"]


@thorough
def test_where_there_is_nothing_to_continue_nothing_is_asked(home: Path, service: ThreadedService) -> None:
    done = ask(home, service, "--continue", "more")
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "No conversation to continue yet.\n")
    assert service.requests == []


def test_a_conversation_that_can_not_be_read_is_not_continued_without_its_turns(
    home: Path, service: ThreadedService
) -> None:
    home.mkdir()
    (home / "data").write_text("no directory")
    done = ask(home, service, "--continue", "more")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing was asked" in done.stderr
    assert service.requests == []


@thorough
def test_without_storing_nothing_is_on_the_disk(home: Path, service: ThreadedService) -> None:
    service.queue(served("gone"))
    done = ask(home, service, "--no-store", "--json", "secret")
    told = json.loads(done.stdout)
    assert (told["text"], told["ids"]["conversation"], told["ids"]["turn"]) == ("gone", None, None)
    assert files(home) == {}


def test_continuing_and_storing_nothing_exclude_each_other(home: Path, service: ThreadedService) -> None:
    done = ask(home, service, "--no-store", "--continue", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be used together" in done.stderr


@thorough
def test_the_demo_needs_neither_key_nor_network_and_keeps_apart(home: Path) -> None:
    done = ask(home, None, "--demo", "2+2")
    assert (done.returncode, done.stderr) == (0, "GPT-5 · 2 tokens · 281 left\n")
    assert "4" in done.stdout
    assert conversations(home) == []
    with shelf(home / "data") as here:
        assert here.titles(demo=True) == ["2+2"]


def test_quiet_says_nothing_but_errors(home: Path, service: ThreadedService) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("modle = 'x'\n")
    service.queue(json_response(429, {"error": "rate_limit_exceeded", "retry_after": 0}))
    service.queue(served("ok"))
    done = ask(home, service, "hi")
    option, hold, cost = done.stderr.splitlines()
    assert option == "config.toml: unknown option modle is ignored. Did you mean model?"
    assert "Retry 1 of 3" in hold
    assert cost == COST.rstrip()
    service.queue(json_response(429, {"error": "rate_limit_exceeded", "retry_after": 0}))
    service.queue(served("ok"))
    quiet = ask(home, service, "--quiet", "hi")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "ok\n", "")
    service.queue(json_response(402, {"error": "insufficient_tokens"}))
    refused = ask(home, service, "--quiet", "hi").stderr
    assert "balance is too low" in refused
    assert "The nearest that costs as much or less is GPT-5 Nano (1 token): -m gpt-5-nano." in refused


def test_a_plan_without_the_api_is_told_once_and_no_model_is_named(
    home: Path, service: ThreadedService
) -> None:
    message = "API access needs plan VIP or Elite"
    service.queue(json_response(403, {"error": "insufficient_plan", "message": message}))
    refused = ask(home, service, "hi")
    assert refused.returncode == ExitCode.ACCOUNT
    assert "If your plan has expired, renew it at https://elumenta.ru/web/billing." in refused.stderr
    assert refused.stderr.count("VIP or Elite") == 1
    assert "GPT-5 Nano" not in refused.stderr


def test_another_address_and_another_configuration_may_be_named(
    home: Path, service: ThreadedService, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(f'api_key = "{KEY}"\nmodel = "grok-4-fast"\n')
    done = ask(home, None, "--config", mine, "--base-url", service.url, "hi")
    assert done.returncode == 0, done.stderr
    assert service.posts[0].json["model"] == "grok-4-fast"
    assert service.posts[0].headers["authorization"].endswith(KEY)
    missing = ask(home, service, "--config", tmp_path / "none.toml", "hi")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "does not exist" in missing.stderr


@pytest.mark.parametrize("language", ["en_US", "ru_RU"])
def test_help_explains_every_exit_code(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["ask", "--help"], {"LANG": language}) == 0
    text = capsys.readouterr().out
    for code in ExitCode:
        assert re.search(rf"^  {code.value} +\S", text, re.MULTILINE)
    assert "128 + n" in text
    assert bool(re.search("[а-я]", text)) == (language == "ru_RU")


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--model"], ["--json=1"]])
def test_wrong_usage_says_what_and_how(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["ask", *arguments], {}) == 2
    what, usage = capsys.readouterr().err.splitlines()
    assert arguments[0].partition("=")[0] in what
    assert usage.startswith("usage: elumenta-tui ask")


# ---------------------------------------------------------------------------------------------------------------- errors

SCRIPTS: dict[str, list[Step]] = {
    **{
        kind: json_response(about.status, {"error": kind, "message": "their words", "retry_after": 100})
        for kind, about in KINDS.items()
        if about.status is not None
    },
    "http_error": response(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}),
    "not_an_answer": response(200, b"<html>log in</html>", {"Content-Type": "text/html"}),
    "redirected": response(302, b"", {"Location": "https://elsewhere.example/"}),
    "cut": [sse(started(), delta("Half"), done=False)],
    "connection_lost": [Head(), b"data: {", Close()],
    "stream_error": [sse(started(), {"type": "error", "message": "their words"}, done=False)],
    "empty_answer": [sse(started(), ended())],
}


@thorough
@pytest.mark.parametrize(
    ("kind", "language"), [*((kind, "en") for kind in SCRIPTS), ("not_found", "ru"), ("cut", "ru")]
)
def test_every_error_of_the_service_is_a_sentence_and_an_exit_code(
    home: Path, service: ThreadedService, kind: str, language: str
) -> None:
    service.queue(SCRIPTS[kind])
    done = ask(home, service, "hi", env=RUSSIAN if language == "ru" else {})
    i18n.use(language)
    told = i18n.say(f"error.{kind}.what", **_named(kind))
    assert told[1:] in done.stderr
    assert done.stderr.startswith(told[:1].upper())
    is_quoted = kind == "stream_error" or (kind in KINDS and KINDS[kind].status is not None)
    assert ("their words" in done.stderr) == is_quoted
    assert not re.search(r"F\d|Ctrl|/key|Enter", done.stderr)
    assert done.returncode == code_of_failure(kind)
    assert done.stdout == ("Half\n" if kind == "cut" else "")
    assert len(service.posts) == 1
    assert KEY not in done.stderr


def _named(kind: str) -> dict[str, str]:
    texts = i18n.catalogue(i18n.language())[f"error.{kind}.what"]
    values = {"model": "gpt-5", "status": "502"}
    return {name: value for name, value in values.items() if f"{{{name}}}" in str(texts)}


def test_every_kind_of_failure_has_an_exit_code_of_its_class() -> None:
    codes = {kind: code_of_failure(kind) for kind in [*KINDS, "stream_error", "empty_answer", "unheard of"]}
    assert {kind for kind, code in codes.items() if code is ExitCode.KEY} == {
        "no_key", "bad_key", "not_authenticated", "token_expired",
    }  # fmt: skip
    assert {kind for kind, code in codes.items() if code is ExitCode.WRONG_USAGE} == {
        "bad_url", "proxy", "certificates",
    }  # fmt: skip
    assert {kind for kind, code in codes.items() if code is ExitCode.UNREACHABLE} == {
        "no_connection", "tls", "no_tls", "proxy_refused",
    }  # fmt: skip
    assert {kind for kind, code in codes.items() if code is ExitCode.ACCOUNT} == {
        "insufficient_tokens", "insufficient_plan",
    }  # fmt: skip
    assert {kind for kind, code in codes.items() if code is ExitCode.BUSY} == {
        "rate_limit_exceeded", "model_unavailable",
    }  # fmt: skip
    assert {kind for kind, code in codes.items() if code is ExitCode.BROKEN} == {
        "cut", "connection_lost", "stalled", "stream_error",
    }  # fmt: skip
    assert {kind for kind, code in codes.items() if code is ExitCode.EMPTY} == {"empty_answer"}
    assert {kind for kind, code in codes.items() if code is ExitCode.NO_ANSWER} == {
        "not_an_answer", "redirected", "pending",
    }  # fmt: skip
    assert codes["unheard of"] is codes["http_error"] is ExitCode.REFUSED


@thorough
@pytest.mark.parametrize(
    ("arguments", "env", "kind"),
    [
        (["--base-url", "http://elsewhere.example"], {}, "bad_url"),
        (["--base-url", "https://elsewhere.example"], {"HTTPS_PROXY": "nonsense://"}, "proxy"),
        (["--base-url", "https://127.0.0.1:{port}"], {}, "no_tls"),
        ([], {"ELUMENTA_API_KEY": "nb_ключ"}, "bad_key"),
    ],
)
def test_what_is_wrong_before_anything_is_sent_is_told(
    home: Path, service: ThreadedService, arguments: list[str], env: dict[str, str], kind: str
) -> None:
    port = service.url.rpartition(":")[2]
    done = ask(home, service, *(argument.format(port=port) for argument in arguments), "hi", env=env)
    assert done.returncode == code_of_failure(kind), done.stderr
    assert done.stdout == ""
    assert "Nothing was sent" in done.stderr
    assert service.requests == []


@pytest.mark.parametrize(("language", "environ"), [("en", {}), ("ru", RUSSIAN)])
def test_without_a_key_it_says_how_to_give_one_and_stores_nothing(
    home: Path, service: ThreadedService, language: str, environ: dict[str, str]
) -> None:
    done = ask(home, service, "--json", "hi", env={"ELUMENTA_API_KEY": "", **environ})
    i18n.use(language)
    assert done.returncode == ExitCode.KEY
    assert done.stderr.startswith(failure_words(Failure("no_key"), place="shell"))
    assert "ELUMENTA_API_KEY" in done.stderr
    told = json.loads(done.stdout)
    assert (told["state"], told["failure"]["kind"], told["cost"]) == ("failed", "no_key", 0)
    assert service.requests == []
    assert files(home) == {}


def test_why_the_users_own_command_gave_no_key_is_told(home: Path, service: ThreadedService) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('api_key_command = "false"\n')
    done = ask(home, service, "hi", env={"ELUMENTA_API_KEY": ""})
    assert done.returncode == ExitCode.KEY
    assert done.stderr.startswith("The command in api_key_command failed")


@thorough
def test_a_request_that_was_refused_for_free_is_repeated_as_the_service_asks(
    home: Path, service: ThreadedService
) -> None:
    service.queue(json_response(429, {"error": "rate_limit_exceeded", "retry_after": 1}))
    service.queue(served("at last"))
    done = ask(home, service, "hi")
    assert (done.returncode, done.stdout) == (0, "at last\n")
    hold, cost = done.stderr.splitlines()
    assert re.fullmatch(r"Too many requests: .* Retry 1 of 3 in [12] s; nothing has been charged\.", hold)
    assert cost == COST.rstrip()
    [stored] = conversations(home)
    assert len(stored.conversation.answers) == 1


@thorough
def test_on_a_terminal_the_seconds_are_counted_down(home: Path, service: ThreadedService) -> None:
    service.queue(json_response(429, {"error": "rate_limit_exceeded", "retry_after": 2}))
    service.queue(served("at last"))
    with Terminal([*COMMAND, "hi"], env=environment(home, service, {})) as terminal:
        assert terminal.wait_exit(PATIENCE) == 0
        counted = re.findall(rb"Retry 1 of 3 in (\d) s", terminal.raw)
        rows = [row for row in terminal.text.splitlines() if row.strip()]
    assert len(set(counted)) > 1
    assert counted == sorted(counted, reverse=True)
    assert [row.strip() for row in rows] == [
        "Too many requests: the limit is used up (429).",
        "at last",
        COST.rstrip(),
    ]


@thorough
def test_an_answer_that_broke_is_kept_and_what_it_may_have_cost_is_told(
    home: Path, service: ThreadedService
) -> None:
    service.route("/api/v2/balance", json_response(200, {"token_balance": 298}))
    service.queue(sse(started(), delta("Half"), done=False))
    done = ask(home, service, "hi")
    assert (done.returncode, done.stdout) == (ExitCode.BROKEN, "Half\n")
    assert "the balance is 298 now" in done.stderr
    assert "elumenta-tui --continue opens it" in done.stderr
    [stored] = conversations(home)
    assert [(each.text, each.state) for each in stored.conversation.answers] == [
        ("Half", AnswerState.INTERRUPTED)
    ]


@thorough
def test_an_answer_without_its_price_is_followed_by_a_look_at_the_balance(
    home: Path, service: ThreadedService
) -> None:
    service.route("/api/v2/balance", json_response(200, {"token_balance": 290}))
    service.queue(sse(started(), delta("x"), ended(None, None)))
    done = ask(home, service, "hi")
    assert (done.returncode, done.stderr) == (0, "GPT-5 · price not stated · 290 left\n")


# --------------------------------------------------------------------------------------------------------------- signals


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_in_order_with_what_had_come_stored(
    home: Path, service: ThreadedService, name: str
) -> None:
    number = signal.Signals[name]
    service.route("/api/v2/balance", json_response(200, {"token_balance": 299}))
    pause = Pause()
    service.queue(sse(started(), delta("Half an"), done=False), pause)
    with asking(home, service, "hi") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert os.read(process.stdout.fileno(), 100) == b"Half an"
        process.send_signal(number)
        assert process.wait(PATIENCE) == 128 + number
        assert process.stdout.read() == b"\n"
        told = process.stderr.read().decode()
    assert "It may have been charged; the balance is 299 now." in told
    assert ("You stopped the answer" in told) == (name == "SIGINT")
    assert (name in told) == (name != "SIGINT")
    service.wait_gone(service.posts[0])
    assert len(service.posts) == 1
    [stored] = conversations(home)
    [only] = stored.conversation.answers
    assert (only.text, only.state) == ("Half an", AnswerState.INTERRUPTED)
    assert only.failure is not None
    assert only.failure.kind == "stopped"


@thorough
def test_what_a_kill_has_cut_is_told_by_the_next_program_that_looks_back(
    home: Path, service: ThreadedService
) -> None:
    service.queue(sse(started(), delta("Half an"), done=False), Pause())
    with asking(home, service, "killed") as process:
        assert process.stdout is not None
        assert os.read(process.stdout.fileno(), 100) == b"Half an"
        process.kill()
        process.wait(PATIENCE)
    service.queue(served("another"))
    assert ask(home, service, "meanwhile").returncode == 0
    with shelf(home / "data") as here:
        assert [cut.prompt for cut in here.told(Opened).cut] == ["killed"]


@thorough
def test_while_it_reads_its_standard_input_nothing_has_begun_that_a_signal_could_cost(
    home: Path, service: ThreadedService
) -> None:
    with subprocess.Popen(
        COMMAND, cwd=ROOT, env=environment(home, service, {}), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        # More than a pipe holds: when all of it is gone, the program is reading.
        process.stdin.write(b"x" * 300_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert process.stdout is not None
        assert process.stderr is not None
        assert (process.stdout.read(), process.stderr.read()) == (b"", b"")
    assert service.requests == []


@thorough
def test_while_it_waits_for_a_retry_a_signal_costs_nothing(home: Path, service: ThreadedService) -> None:
    service.queue(json_response(429, {"error": "rate_limit_exceeded", "retry_after": 50}))
    with asking(home, service, "--json", "hi") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"Retry 1 of 3 in 5" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        told = json.loads(process.stdout.read())
        assert (told["failure"]["kind"], told["failure"]["charge"], told["cost"]) == (
            "stopped",
            "not_charged",
            0,
        )
        assert b"It cost nothing." in process.stderr.read()
    assert len(service.posts) == 1


@thorough
def test_where_nobody_answers_it_tries_again_until_it_is_told_to_end(home: Path) -> None:
    with service_thread() as gone:
        pass
    with asking(home, gone, "hi") as process:
        assert process.stderr is not None
        hold = process.stderr.readline().decode()
        assert hold.startswith("No connection to the service.")
        assert "Retry 1 of 3" in hold
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert "Nothing was sent; it cost nothing." in process.stderr.read().decode()


def test_a_signal_ends_it_also_if_the_service_and_the_reader_sleep(
    home: Path, service: ThreadedService
) -> None:
    # The balance never comes, and nobody reads what was written.
    service.route("/api/v2/balance", Pause())
    service.queue(sse(started(), *[delta("x" * 1000)] * 300, done=False), Pause())
    with asking(home, service, "hi") as process:
        service.wait_posted()
        assert process.stdout is not None
        os.read(process.stdout.fileno(), 100)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 143


# ----------------------------------------------------------------------------------------------------------------- pipes


@thorough
def test_a_reader_that_has_had_enough_does_not_cost_the_answer(home: Path, service: ThreadedService) -> None:
    pause = Pause()
    service.queue(
        sse(started("gpt-5-served"), delta("first\n"), done=False), pause, sse(delta("second\n"), delta("third"), ended())
    )  # fmt: skip
    with asking(home, service, "hi") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert os.read(process.stdout.fileno(), 100) == b"first\n"
        process.stdout.close()
        service.release(pause)
        assert process.stderr.read().decode() == COST
        assert process.wait(PATIENCE) == 141
    [stored] = conversations(home)
    [only] = stored.conversation.answers
    assert (only.text, only.state) == ("first\nsecond\nthird", AnswerState.COMPLETE)


@thorough
def test_a_reader_that_sleeps_does_not_keep_the_answer_from_being_received(
    home: Path, service: ThreadedService
) -> None:
    whole = ["слово " * 200] * 500
    service.queue(served(*whole))
    with asking(home, service, "hi") as process:
        assert process.stdout is not None
        call = service.wait_posted()
        # Far more than a pipe holds is received before anything of it is read.
        service.wait_gone(call)
        assert call.ended == "done"
        assert process.stdout.read().decode() == "".join(whole) + "\n"
        assert process.wait(PATIENCE) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_standard_output_is_told_and_the_answer_is_stored(
    home: Path, service: ThreadedService
) -> None:
    service.queue(served("kept"))
    with open("/dev/full", "wb") as full, asking(home, service, "hi", stdout=full) as process:
        assert process.stderr is not None
        told = process.stderr.read().decode()
        assert process.wait(PATIENCE) == 1
    assert told == f"elumenta-tui: the output could not be written: No space left on device\n{COST}"
    assert [each.conversation.answers[0].text for each in conversations(home)] == ["kept"]


@thorough
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_closed_standard_file_is_no_traceback(home: Path, service: ThreadedService, closed: str) -> None:
    service.queue(served("an answer"))
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *COMMAND, "hi"],
        cwd=ROOT, env=environment(home, service, {}), capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert b"Traceback" not in done.stdout + done.stderr
    assert done.stdout == (b"" if closed == ">&-" else b"an answer\n")
    assert [each.conversation.answers[0].text for each in conversations(home)] == ["an answer"]


# --------------------------------------------------------------------------------------------------------------- storing


@thorough
def test_where_nothing_can_be_saved_the_answer_is_still_given(home: Path, service: ThreadedService) -> None:
    home.mkdir()
    (home / "data").write_text("a file where the directory should be")
    service.queue(served("given"))
    done = ask(home, service, "hi")
    assert (done.returncode, done.stdout) == (0, "given\n")
    told, cost = done.stderr.splitlines()
    assert told.startswith("The conversation was not saved: ")
    assert cost == COST.rstrip()


@thorough
def test_a_database_of_a_newer_version_is_not_touched(home: Path, service: ThreadedService) -> None:
    with shelf(home / "data") as here:
        here.put(saved(answered("q", "a")))
    path = home / "data" / "conversations.db"
    with opened(path) as connection:
        connection.execute("PRAGMA user_version = 9999")
    before = path.read_bytes()
    service.queue(served("given"))
    done = ask(home, service, "hi")
    assert (done.returncode, done.stdout) == (0, "given\n")
    assert "newer version" in done.stderr
    assert path.read_bytes() == before
    assert ask(home, service, "--continue", "hi").returncode == 1
    assert len(service.posts) == 1


def test_a_database_that_had_to_be_set_aside_is_told(home: Path, service: ThreadedService) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "conversations.db").write_bytes(b"<html>" * 1000)
    service.queue(served("given"))
    done = ask(home, service, "--quiet", "hi")
    assert (done.returncode, done.stdout) == (0, "given\n")
    assert done.stderr.startswith("The database was damaged. It is kept as")
    assert "elumenta-tui merge FILE adds what a backup has besides." in done.stderr
    assert len(conversations(home)) == 1


@thorough
def test_a_conversation_that_another_program_leads_gets_the_turns_of_both(
    home: Path, service: ThreadedService
) -> None:
    service.queue(served("from ask"))
    with shelf(home / "data") as app:
        app.put(saved(answered("in the app", "one"), conversation("c1"), place=1))
        growing = answered("growing", "so far", ended=False)
        app.put(saved(growing, conversation("c1"), whole=False, place=2))
        assert ask(home, service, "--continue", "from a shell").returncode == 0
        assert asked(service) == ["in the app", "one", "growing", "so far", "from a shell"]
        growing.end(2, 290)
        app.put(saved(growing, conversation("c1")))
        app.put(saved(answered("in the app again", "two"), conversation("c1"), place=3))
        app.told(OthersWrite)
        assert messages(app.conversation("c1").conversation) == [
            ("user", "in the app"),
            ("assistant", "one"),
            ("user", "growing"),
            ("assistant", "so far"),
            ("user", "from a shell"),
            ("assistant", "from ask"),
            ("user", "in the app again"),
            ("assistant", "two"),
        ]


@thorough
def test_a_failure_of_the_program_is_reported_as_one(home: Path, service: ThreadedService) -> None:
    code = (
        "import sys\n"
        "from elumenta_tui.__main__ import main\n"
        "from elumenta_tui.api import retry\n"
        "def broken(*_, **__): raise RuntimeError('nothing secret')\n"
        "retry.ask = broken\n"
        "sys.exit(main(['ask', 'hi']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(home, service, {}), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "elumenta-tui failed" in done.stderr
    assert "Traceback" not in done.stderr


@thorough
def test_the_vendors_own_sample_is_understood(home: Path, service: ThreadedService) -> None:
    service.queue(answer("a", "b"))
    assert ask(home, service, "hi").stdout == "ab\n"


# ------------------------------------------------------------------------------------------------- the user's own limits


def limited(home: Path, text: str) -> tuple[str, ...]:
    """A configuration with these limits, as arguments."""
    home.mkdir(exist_ok=True)
    path = home / "limits.toml"
    path.write_text(text)
    path.chmod(0o600)
    return "--config", str(path)


@thorough
def test_a_dear_request_is_not_sent_without_a_terminal_and_yes_sends_it(
    home: Path, service: ThreadedService
) -> None:
    config = limited(home, "confirm_above = 10")
    done = ask(home, service, "-m", "gpt-5.2-pro", *config, "Hello")
    assert (done.returncode, done.stdout, service.posts) == (ExitCode.GUARDED, "", [])
    assert "39 tokens a request; you want to be asked above 10" in done.stderr
    assert "--yes sends it" in done.stderr
    service.queue(served("Yes."))
    assert ask(home, service, "-m", "gpt-5.2-pro", "--yes", *config, "Hello").returncode == ExitCode.WHOLE
    assert asked(service) == ["Hello"]


def test_the_cap_of_a_day_holds_over_several_commands_and_yes_does_not_lift_it(
    home: Path, service: ThreadedService
) -> None:
    config = limited(home, "cap_day = 4")
    service.queue(served("One."))
    assert ask(home, service, *config, "First").returncode == ExitCode.WHOLE
    done = ask(home, service, "--yes", *config, "Second")
    assert (done.returncode, done.stdout, len(service.posts)) == (ExitCode.GUARDED, "", 1)
    assert "Spent today: 3 of 4" in done.stderr
    assert "cap_day in config.toml" in done.stderr
