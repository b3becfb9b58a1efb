"""Personas, templates and caps that are made in the prompt: they act at once, and the configuration keeps them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.config.additions import add_persona
from elumenta_tui.config.settings import SettingsProblem, load
from tests.chatting import account_at, chat_app, chatting, quick_demo
from tests.service import Service, answer, delta, ended, sse, started
from tests.thorough import thorough

COMMENTED = '# mine\ntheme = "elumenta-day"  # by day\n\n[personas.editor]\nsystem_prompt = "You edit."'


async def test_a_persona_is_made_used_sent_and_kept(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(COMMENTED)
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=load(config))
        async with chatting(app) as chat:
            await chat.send_command("/persona reviewer You review code.\nBe short.")
            await chat.sees("Persona reviewer", "/reviewer uses it, and")
            service.queue(answer("Yes."))
            await chat.ask("Is it good?")
            assert service.posts[0].json["messages"][0]["content"] == "You review code.\nBe short."
            chat.app.prompt.insert("/persona editor Something else")
            await chat.pilot.press("enter")
            await chat.sees("There is a persona editor already")
            chat.app.prompt.clear()
            await chat.send_command("/reviewer")
    assert config.read_text().startswith(COMMENTED)
    assert load(config).personas["reviewer"].system_prompt == "You review code.\nBe short."
    assert load(config).theme == "elumenta-day"


def test_a_configuration_that_no_table_can_be_added_to_stays_as_it_is(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    for text, problem in (("theme = ", SettingsProblem), ("personas = { a = {} }\n", ValueError)):
        config.write_text(text)
        with pytest.raises(problem):
            add_persona(config, "reviewer", "You review.")
        assert config.read_text() == text
    config.unlink()
    add_persona(config, "ревью", 'Ты проверяешь "код" \\ и\nтесты.')
    assert load(config).personas["ревью"].system_prompt == 'Ты проверяешь "код" \\ и\nтесты.'


async def test_a_template_is_made_listed_and_never_overwritten(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.send_command("/template")
        await chat.sees("/template review Review {{what}} in {{language:Python}}.” makes one")
        await chat.send_command("/template review Review {{what}} in {{language:Python}}.")
        await chat.sees("/review puts the template into the prompt")
        await chat.send_command("/templates")
        await chat.sees("Templates: /review.")
        for wrong, why in (
            ("review Other", "There is a template review already"),
            ("model x", "no free name"),
        ):
            chat.app.prompt.insert(f"/template {wrong}")
            await chat.pilot.press("enter")
            await chat.sees(why)
            assert chat.app.prompt.text == f"/template {wrong}"
            chat.app.prompt.clear()
        chat.app.prompt.insert("/review")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.prompt.text == "Review {{what}} in Python.")
    assert (tmp_path / "prompts" / "review.md").read_text() == "Review {{what}} in {{language:Python}}.\n"


@thorough
async def test_a_cap_of_a_day_holds_at_once_and_is_kept(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("cap_day = 5 # mine\n")
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=load(config))
        async with chatting(app) as chat:
            await chat.send_command("/cap")
            await chat.sees("Today: 0 of 5. /cap day off")
            await chat.send_command("/cap 3")
            await chat.sees("Today: 0 of 3. Kept in")
            service.queue(sse(started(), delta("Yes."), ended(2, 298)))
            await chat.ask("One")
            chat.app.prompt.insert("Two")
            await chat.pilot.press("enter")
            await chat.sees("Spent today: 2 of 3; this costs 2 tokens.")
            assert service.prompts == ["One"]
            chat.app.prompt.clear()
            await chat.send_command("/cap ьщтер 300")
            await chat.sees("This month: 2 of 300.")
            await chat.send_command("/cap day off")
            await chat.sees("The daily cap is off. Kept in")
            for wrong in ("много", "-3", "day", "10000001", "2 3x"):
                chat.app.prompt.insert(f"/cap {wrong}")
                await chat.pilot.press("enter")
                await chat.sees("A cap is a number of tokens")
                assert chat.app.prompt.text == f"/cap {wrong}"
                chat.app.prompt.clear()
    assert config.read_text().startswith("cap_day = 0 # mine\n")
    assert tomllib.loads(config.read_text())["cap_month"] == 300
    assert load(config).cap_month == 300


async def test_off_takes_every_cap_away_and_the_frame_says_none_any_more(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("cap_day = 5\ncap_month = 30\n")
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=load(config))
        async with chatting(app) as chat:
            await chat.send_command("/cap 3 a session")
            await chat.sees("This session: 0 of 3.")
            service.queue(sse(started(), delta("Yes."), ended(2, 298)))
            await chat.ask("One")
            chat.app.prompt.insert("Two")
            await chat.sees("over the cap")
            chat.app.prompt.clear()
            await chat.send_command("/cap off")
            await chat.sees("All caps are off. Kept in")
            await chat.sees_no("over the cap")
            await chat.send_command("/cap")
            await chat.sees("There is no cap. /cap 20 caps a day")
            await chat.ask("Two")
            assert service.prompts == ["One", "Two"]
    kept = load(config)
    assert (kept.cap_day, kept.cap_month, kept.cap_session) == (0, 0, 0)


@thorough
async def test_the_demo_caps_itself_alone_and_in_russian(tmp_path: Path) -> None:
    i18n.use("ru")
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.send_command("/cap день 20")
        await chat.sees("Сегодня: 0 из 20. Действует до конца демо.")
    assert not (tmp_path / "config.toml").exists()
