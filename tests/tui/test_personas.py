"""Personas: chosen by name, key and slash word, sent, shown, and remembered with the conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.chat.request import Options
from elumenta_tui.config.options import unknown_keys
from elumenta_tui.config.settings import Persona, Settings, SettingsProblem, load
from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.catalogue import assign_keys, replace_own_actions
from elumenta_tui.tui.key_notes import use_keys
from elumenta_tui.tui.suggesting import suggestions
from elumenta_tui.tui.widgets.picker import Picker
from tests.chatting import Chat, account_at, chat_app, chatting, said
from tests.fitting import assert_fits
from tests.service import Service
from tests.thorough import thorough

PERSONAS = {
    "reviewer": Persona("Find bugs.\nПо-русски.", "claude-sonnet-4.5", 0.2, 900, "Paste a diff."),
    "Поэт": Persona("Write in verse."),
    "help": Persona("You help."),
}


@asynccontextmanager
async def chat_with_personas(
    home: Path, service: Service | None = None, size: tuple[int, int] = (120, 40), **options: bool
) -> AsyncIterator[Chat]:
    account = demo_account() if service is None else account_at(service.url)
    app = chat_app(account, home, settings=Settings(personas=dict(PERSONAS)), **options)
    async with chatting(app, size) as chat:
        await chat.sees("tokens")
        yield chat


@thorough
@pytest.mark.parametrize("command", ["/persona reviewer", "/reviewer", "/REVIEWER", "/кумшуцук"])
async def test_a_persona_is_sent_with_its_model_and_parameters_and_says_the_price(
    tmp_path: Path, command: str
) -> None:
    async with Service() as service, chat_with_personas(tmp_path, service) as chat:
        chat.app.prompt.insert(command)
        await chat.pilot.press("enter")
        await chat.sees(
            "Persona reviewer", "The model is Claude Sonnet 4.5 now: ", "per request", "Paste a diff."
        )
        await chat.sees("Claude Sonnet 4.5 Ctrl+L · reviewer · temp. 0.2 · max 900")
        await said(chat, service, "one", "first")
        assert service.posts[0].json == {
            "model": "claude-sonnet-4.5",
            "messages": [
                {"role": "system", "content": "Find bugs.\nПо-русски."},
                {"role": "user", "content": "one"},
            ],
            "stream": True,
            "temperature": 0.2,
            "max_tokens": 900,
        }


async def test_it_is_there_after_a_restart_and_goes_along_to_a_new_conversation(tmp_path: Path) -> None:
    async with Service() as service:
        async with chat_with_personas(tmp_path, service) as chat:
            await chat.send_command("/reviewer")
            await said(chat, service, "one", "first")
        async with chat_with_personas(tmp_path, service, resume=True) as chat:
            await chat.sees("first", "· reviewer · temp. 0.2")
            await chat.pilot.press("ctrl+n")
            await chat.sees("Paste a diff.", "· reviewer")
            await chat.send_command("/temperature 1")
            await said(chat, service, "two", "second")
            await chat.send_command("/persona none")
            await chat.sees("No persona, no system prompt")
            await said(chat, service, "three", "third")
        _, second, third = service.posts
        assert second.messages[0] == ("system", "Find bugs.\nПо-русски.")
        assert second.json["temperature"] == 1
        assert [role for role, _ in third.messages] == ["user", "assistant", "user"]
        assert "temperature" not in third.json


@thorough
async def test_text_after_its_slash_word_stays_in_the_prompt(tmp_path: Path) -> None:
    async with chat_with_personas(tmp_path) as chat:
        chat.app.prompt.insert("/поэт о\nморе")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.prompt.text == "о\nморе")
        assert chat.app.session.conversation.persona == "Поэт"
        assert not chat.app.session.conversation.turns


@thorough
async def test_own_instructions_are_no_personas_any_more(tmp_path: Path) -> None:
    async with chat_with_personas(tmp_path) as chat:
        await chat.send_command("/reviewer")
        await chat.send_command("/system My own.")
        await chat.sees("system prompt · temp. 0.2")
        assert chat.app.session.conversation.persona == ""


@thorough
async def test_a_command_comes_first_and_the_name_still_works_behind_persona(tmp_path: Path) -> None:
    async with chat_with_personas(tmp_path) as chat:
        lines = [item.line for item in suggestions(chat.app.parts, "/")]
        assert lines.count("/help") == 1
        assert {"/reviewer", "/поэт"} <= {*lines}
        found = [item.line for item in suggestions(chat.app.parts, "/persona ")]
        assert found == ["/persona reviewer", "/persona Поэт", "/persona help", "/persona none"]
        await chat.send_command("/persona help")
        await chat.until(lambda: chat.app.session.conversation.persona == "help")


@thorough
async def test_an_unknown_name_is_refused_and_stays_typed(tmp_path: Path) -> None:
    async with chat_with_personas(tmp_path) as chat:
        chat.app.prompt.insert("/persona nobody")
        await chat.pilot.press("enter")
        await chat.sees("no persona “nobody”", "reviewer, Поэт, help")
        assert chat.app.prompt.text == "/persona nobody"


@thorough
async def test_without_personas_it_says_where_to_write_one(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.pilot.press("alt+p")
        await chat.sees("/persona reviewer", "config.toml")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("size", [(40, 15), (120, 40)])
async def test_the_picker_shows_them_and_chooses(
    tmp_path: Path, language: str, size: tuple[int, int]
) -> None:
    app = chat_app(demo_account(), tmp_path, settings=Settings(personas=dict(PERSONAS)))
    async with chatting(app, size) as chat:
        i18n.use(language)
        await chat.pilot.press("alt+p")
        await chat.shows(Picker)
        await chat.sees("reviewer", "Поэт", i18n.say("personas.title"))
        assert_fits(chat)
        await chat.type("rev")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.session.conversation.persona == "reviewer")
        assert chat.app.session.conversation.options == Options(0.2, 900)
        await chat.until(lambda: len(app.screen_stack) == 1)
        await chat.settle()
        assert_fits(chat)


# -------------------------------------------------------------------------------------------------- the configuration


def problem(path: Path, source: str) -> SettingsProblem:
    path.write_text(source, encoding="utf-8")
    with pytest.raises(SettingsProblem) as caught:
        load(path)
    return caught.value


@pytest.mark.parametrize(
    ("source", "line", "key"),
    [
        ('model = "x"\n[personas.a]\nsystem_prompt = """\n\n"""\n# no\ntemperature = 3\n', 7, "personas.a.temperature"),
        ("[personas.a]\n\nmax_tokens = 0", 3, "personas.a.max_tokens"),
        ("[personas.a]\nmax_tokens = 1.5", 2, "personas.a.max_tokens"),
        ('[personas.a]\ntemperature = "warm"', 2, "personas.a.temperature"),
        ("[personas.a]\ngreeting = [\n1]", 2, "personas.a.greeting"),
        ("\npersonas = 1", 2, "personas"),
        ("[personas]\na = 1", 2, "personas.a"),
        ('[personas."a b"]\nmodel = "x"', 1, "personas.a b"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, source: str, line: int, key: str) -> None:
    found = problem(tmp_path / "config.toml", source)
    assert (found.details["line"], found.details["key"]) == (line, key)
    for language in i18n.LANGUAGES:
        i18n.use(language)
        assert str(line) in i18n.spoken(found.phrase)
        assert key in i18n.spoken(found.phrase)


def test_unknown_fields_are_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[personas.a]\ntempreature = 1\nmodel = "x"\ngreeting = "one\\ntwo"\n', encoding="utf-8")
    assert unknown_keys(path) == {"personas.a.tempreature": "temperature"}
    assert load(path).personas == {"a": Persona(model="x", greeting="one two")}


# ----------------------------------------------------------------------------------------------------------------- keys

WITH_KEYS = """\
[keys]
find = "f11"

[personas.reviewer]
system_prompt = "You review code."
key = "ctrl+x r"

[personas."Поэт"]
system_prompt = "Write in verse."
key = "alt+k"

[personas.lost]
key = "f11"

[personas.odd]
key = "ctrl+m"
"""


@pytest.fixture
def no_keys_left() -> Iterator[None]:
    yield
    replace_own_actions(())
    assign_keys({})


@pytest.mark.usefixtures("no_keys_left")
async def test_the_key_of_a_persona_chooses_it_and_what_cannot_work_is_named_with_its_line(
    tmp_path: Path,
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(WITH_KEYS, encoding="utf-8")
    settings = load(path)
    app = chat_app(demo_account(), tmp_path, settings=settings)
    async with chatting(app, (120, 45)) as chat:
        await chat.sees(
            "config.toml, line 13: personas.lost.key: F11 belongs to find already.",
            "config.toml, line 16: personas.odd.key: many terminals send Enter for Ctrl+M.",
        )
        await chat.pilot.press("alt+k")
        await chat.sees("Persona Поэт")
        assert app.session.conversation.persona == "Поэт"
        await chat.pilot.press("ctrl+x")
        await chat.sees("Ctrl+X … R persona reviewer")
        await chat.pilot.press("r")
        await chat.sees("Persona reviewer")
        assert app.session.conversation.persona == "reviewer"
        # The picker, the palette and the help show the keys.
        await chat.pilot.press("alt+p")
        await chat.sees("Ctrl+X R · You review code.", "Alt+K · Write in verse.")
        await chat.pilot.press("escape", "ctrl+p")
        await chat.type("Поэт")
        await chat.sees("persona Поэт", "Alt+K")
        await chat.pilot.press("escape", "f1")
        await chat.sees("config.toml, line 13: personas.lost.key")
        await chat.type("persona reviewer")
        await chat.sees("Ctrl+X R")
        # In any language its English name finds it, too.
        await chat.pilot.press("escape")
        app.parts.appearance.speak("ru")
        await chat.pilot.press("f1")
        await chat.type("persona")
        await chat.sees("Ctrl+X R", "персона reviewer")
    i18n.use("ru")
    assert use_keys(settings, path)[0].startswith("config.toml, строка 13: personas.lost.key: F11")
    # Another configuration has none of them.
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        assert not [name for name in ACTIONS if name.startswith("persona:")]
