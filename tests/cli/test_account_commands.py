"""`elumenta-tui models`, `balance` and `stats`: what the account offers and has, and what was spent from here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from elumenta_tui import __main__ as program
from elumenta_tui.config.model_lists import ModelLists
from elumenta_tui.config.settings import STATE_FILE, StateFile
from tests import prepared
from tests.chatting import chat_app, chatting, quick_demo
from tests.service import KEY, ThreadedService, json_response, service_thread

Capture = pytest.CaptureFixture[str]

MODELS = [
    {"slug": "dear", "name": "Дорогая", "provider": "A", "category": "text", "token_cost": 5, "max_token_cost": 20, "min_plan": "pro"},
    {"slug": "cheap", "name": "Cheap", "provider": "A", "category": "text", "token_cost": 0.5, "min_plan": "free"},
    {"slug": "gpt-5", "name": "GPT-5", "provider": "B", "category": "text", "token_cost": 2},
    {"slug": "odd", "name": "\x1b[2Jodd\nname", "provider": "B", "category": "text"},
    {"slug": "painter", "name": "Painter", "provider": "B", "category": "image", "token_cost": 9},
]  # fmt: skip


@pytest.fixture
def service() -> Iterator[ThreadedService]:
    with service_thread() as running:
        running.route("/api/v2/models", json_response(200, {"items": MODELS}))
        yield running


def run(home: Path, *arguments: str, language: str = "en_US", **environ: str) -> int:
    return program.main([*arguments], {"ELUMENTA_HOME": str(home), "LANG": language, **environ})


def test_models_are_listed_with_their_prices_and_plans(
    tmp_path: Path, service: ThreadedService, capsys: Capture
) -> None:
    state = StateFile(tmp_path / "state" / STATE_FILE)
    ModelLists(state).toggle("cheap")
    asyncio.run(state.write())
    assert run(tmp_path, "models", **service.environ()) == 0
    out = capsys.readouterr().out
    heading, *rows = out.splitlines()
    assert heading.split() == ["MODEL", "NAME", "PROVIDER", "TOKENS", "PLAN", "FROM", "NOTES"]
    assert [row.split()[0] for row in rows] == ["cheap", "dear", "gpt-5", "odd"]
    assert rows[0].endswith("favourite")
    assert "5–20" in rows[1]
    assert "reads images" in rows[2]
    assert "?" in rows[3]
    assert "\x1b" not in out
    assert service.posts == []


def test_words_and_all_choose_models_and_programs_get_every_fact(
    tmp_path: Path, service: ThreadedService, capsys: Capture
) -> None:
    assert run(tmp_path, "models", "--all", "--json", "paint", **service.environ()) == 0
    [one] = json.loads(capsys.readouterr().out)
    assert one == {
        "slug": "painter", "name": "Painter", "provider": "B", "category": "image", "price": 9, "price_max": 9, "plan": "",
        "chats": False, "vision": False, "favourite": False, "measured": None,
    }  # fmt: skip
    assert run(tmp_path, "models", "paint", **service.environ()) == 3
    assert capsys.readouterr() == ("", "No model is found.\n")


def test_the_balance_tells_what_it_is_good_for(
    tmp_path: Path, service: ThreadedService, capsys: Capture
) -> None:
    assert run(tmp_path, "balance", **service.environ()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "300 tokens · Plan: VIP"
    assert lines[1].startswith("requests left: 99 this hour, 999 today")
    assert [line.split() for line in lines[-3:]] == [
        ["gpt-5", "2", "150"],
        ["cheap", "0.5", "600"],
        ["dear", "5–20", "15"],
    ]
    assert run(tmp_path, "balance", "--json", **service.environ()) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["tokens"], data["plan"], data["good_for"]) == (
        300,
        "vip",
        {"gpt-5": 150, "cheap": 600, "dear": 15},
    )
    assert data["limits"]["hour_left"] == 99
    assert service.posts == []


@pytest.mark.parametrize("command", ["models", "balance"])
def test_what_the_service_refuses_has_the_exit_code_of_ask(
    tmp_path: Path, service: ThreadedService, capsys: Capture, command: str
) -> None:
    assert run(tmp_path, command) == 4
    assert "There is no API key." in capsys.readouterr().err
    refusal = json_response(401, {"error": "not_authenticated", "message": f"no {KEY}", "details": {}})
    for path in ("balance", "models"):
        service.route(f"/api/v2/{path}", refusal)
    assert run(tmp_path, command, **service.environ()) == 4
    said = capsys.readouterr()
    assert (said.out, KEY in said.err) == ("", False)
    assert run(tmp_path, command, ELUMENTA_API_KEY=KEY, ELUMENTA_BASE_URL="http://127.0.0.1:1") == 6
    assert run(tmp_path, command, "--demo") == 0


async def test_the_statistics_are_those_of_the_app(tmp_path: Path) -> None:
    app = chat_app(quick_demo(), tmp_path)
    async with chatting(app) as chat:
        await chat.ask("first question")
        await chat.ask("second question")
        shown = await app.session.spending.statistics(14)
        assert shown is not None
        environ = {"ELUMENTA_HOME": str(tmp_path), "LANG": "en_US.UTF-8"}
        done = await asyncio.to_thread(prepared.run_for_text, ["stats", "--demo", "--json"], env=environ)
        text = await asyncio.to_thread(prepared.run_for_text, ["stats", "--demo"], env=environ)
    data = json.loads(done.stdout)
    assert data["total"]["requests"] == shown.total.requests == 2
    assert data["total"]["tokens"] == shown.total.spent.known > 0
    assert [day["tokens"] for day in data["days"]] == [day.spent.known for day in shown.days]
    for name in ("models", "kinds", "conversations"):
        assert [(each["name"], each["tokens"]) for each in data[name]] == [
            (group.name, group.spent.known) for group in getattr(shown, name)
        ]
    assert f"2 requests · {shown.total.spent.known} tokens" in text.stdout
    assert [line.split()[0] for line in text.stdout.split("\n\n")[2].splitlines()] == [
        "By",
        shown.models[0].name,
    ]


def test_the_statistics_of_all_days_begin_with_the_first_request(tmp_path: Path, capsys: Capture) -> None:
    assert run(tmp_path, "stats") == 3
    assert str(tmp_path) in capsys.readouterr().err
    for typed in ("many", "-1"):
        assert run(tmp_path, "stats", "--days", typed) == 2
        assert f"--days takes a whole number, 0 or more, and not {typed}" in capsys.readouterr().err
