"""The settings: every option is there, what is changed counts and stands in the file, and nothing else of the file changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from elumenta_tui import i18n
from elumenta_tui.chat.spending import Period
from elumenta_tui.config.options import TABLES, Given, Source, parsed
from elumenta_tui.config.saving import save_value
from elumenta_tui.config.settings import Settings, SettingsProblem, StateFile, load, read
from elumenta_tui.lean import fields
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.app import ElumentaApp
from elumenta_tui.tui.screens.option_value import OptionValueScreen
from elumenta_tui.tui.screens.settings import SettingsScreen
from elumenta_tui.tui.widgets.picker import Picker
from tests.chatting import Chat, account_at, chat_app, chatting, quick_demo
from tests.fitting import assert_fits
from tests.service import KEY, Service
from tests.thorough import thorough

SOURCE = """# mine
theme = 'elumenta-night'   # dark

stop_twice=true
[personas.reviewer]   # strict
model = "claude-opus-4.5"
"""


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with Service() as service:
        yield service


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(SOURCE)
    return path


def written(path: Path) -> str:
    return path.read_text()


def write(path: Path, text: str) -> None:
    path.write_text(text)


async def opened(chat: Chat, name: str = "") -> SettingsScreen:
    """The settings, with that option highlighted."""
    await chat.send_command("/settings")
    screen = await chat.shows(SettingsScreen)
    if name:
        await chat.type(name)
        await chat.until(lambda: screen.rows.item is not None and screen.rows.item.name == name, name)
    return screen


def app_at(service: Service, home: Path, **options: Any) -> ElumentaApp:
    path = home / "config.toml"
    return chat_app(account_at(service.url), home, settings=read(path).settings, **options)


# ----------------------------------------------------------------------------------------------------------- the schema


@thorough
@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_every_option_is_in_the_list_with_its_sentence(tmp_path: Path, language: str) -> None:
    i18n.use(language)
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        screen = await opened(chat)
        assert [row.name for row in screen.rows.items] == [option.name for option in fields(Settings)]
        for row in screen.rows.items:
            words = screen._words(row)
            assert words.sentence.endswith((".", "elumenta"))
            assert words.facts.startswith(i18n.say("options.default", value="").strip())
            await chat.sees(" ".join(words.sentence.split()[:3]))
            await chat.pilot.press("down")


ONE_VALUE = [option.name for option in fields(Settings) if option.name not in (*TABLES, "api_key")]

TYPED = st.one_of(
    st.text(max_size=40),
    st.integers(-10, 10_000).map(str),
    st.floats().map(str),
    st.sampled_from(
        ["true", "false", "auto", "vim", "emacs", "off", "osc9", "ru", "end", '"', "\\\\", "# x"]
    ),
)


@thorough
@given(name=st.sampled_from(ONE_VALUE), typed=TYPED)
@example(name="api_key_command", typed='pass "x" # y')
@example(name="confirm_above", typed="0.1")
@example(name="measure", typed="1e2")
def test_every_value_that_is_taken_is_read_back_equal_and_the_rest_stays(
    tmp_path_factory: pytest.TempPathFactory, name: str, typed: str
) -> None:
    path = tmp_path_factory.mktemp("option") / "config.toml"
    path.write_text(SOURCE)
    # As the dialog takes it.
    typed = clean_line(typed, 1_000).strip()
    try:
        value = parsed(name, typed, path)
    except SettingsProblem:
        return
    assert save_value(path, name, value)
    assert getattr(load(path), name) == value
    others = [option.name for option in fields(Settings) if option.name != name]
    before = path.with_name("before.toml")
    before.write_text(SOURCE)
    assert [getattr(load(path), other) for other in others] == [
        getattr(load(before), other) for other in others
    ]
    assert {"# mine", "[personas.reviewer]   # strict"} <= set(path.read_text().splitlines())
    assert save_value(path, name, None)
    assert getattr(load(path), name) == getattr(Settings(), name)


# -------------------------------------------------------------------------------------------------------------- changing


@thorough
async def test_a_switch_is_turned_over_at_once_and_only_its_line_changes(
    service: Service, tmp_path: Path, path: Path
) -> None:
    app = app_at(service, tmp_path)
    async with chatting(app) as chat:
        await opened(chat, "stop_twice")
        await chat.pilot.press("enter")
        await chat.until(lambda: written(path) == SOURCE.replace("=true", "=false"))
        await chat.sees("off")
        await chat.until(lambda: chat.app.parts.stopping.keys == "Esc")
        await chat.pilot.press("enter")
        await chat.until(lambda: written(path) == SOURCE)


@thorough
async def test_a_number_is_refused_in_words_until_it_is_right(
    service: Service, tmp_path: Path, path: Path
) -> None:
    async with chatting(app_at(service, tmp_path)) as chat:
        await opened(chat, "cap_day")
        await chat.pilot.press("enter")
        await chat.shows(OptionValueScreen)
        await chat.pilot.press("ctrl+u", *"-5", "enter")
        await chat.sees("It must be within 0 … 1e+09.")
        await chat.pilot.press("ctrl+u", *"much")
        await chat.sees("It must be a number.")
        assert written(path) == SOURCE
        # A Russian comma.
        await chat.pilot.press("ctrl+u", *"2,5", "enter")
        await chat.shows(SettingsScreen)
        await chat.until(lambda: written(path) == SOURCE.replace("[pers", "cap_day = 2.5\n\n[pers"))
        await chat.until(lambda: chat.app.session.limits.cap(Period.DAY) == 2.5)
        await chat.pilot.press("f8")
        await chat.sees("cap_day has its default again: 0 (it was 2.5)")
        assert "cap_day" not in written(path)
        assert chat.app.session.limits.cap(Period.DAY) == 0


async def test_delete_restores_the_default_only_where_it_deletes_no_letter(
    service: Service, tmp_path: Path, path: Path
) -> None:
    async with chatting(app_at(service, tmp_path)) as chat:
        screen = await opened(chat, "stop_twice")
        await chat.pilot.press("left", "delete")
        await chat.until(lambda: screen._filter.value == "stop_twic")
        assert written(path) == SOURCE
        await chat.pilot.press("delete")
        await chat.until(lambda: written(path) == SOURCE.replace("stop_twice=true\n", ""))


async def test_a_theme_is_seen_before_it_is_chosen_and_esc_brings_the_one_before_back(
    service: Service, tmp_path: Path, path: Path
) -> None:
    # Another one was chosen in the app before; now the file has the word.
    state = StateFile(tmp_path / "state.toml")
    state.keep("theme", "elumenta-contrast", "elumenta-night")
    await state.write()
    async with chatting(app_at(service, tmp_path)) as chat:
        assert chat.app.theme == "elumenta-contrast"
        await opened(chat, "theme")
        await chat.sees("chosen in the app")
        await chat.pilot.press("enter")
        await chat.shows(Picker)
        await chat.pilot.press("down")
        await chat.until(lambda: chat.app.theme != "elumenta-contrast")
        await chat.pilot.press("escape")
        await chat.shows(SettingsScreen)
        assert chat.app.theme == "elumenta-contrast"
        assert written(path) == SOURCE
        await chat.pilot.press("enter")
        await chat.shows(Picker)
        await chat.type("night")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.theme == "elumenta-night")
    assert written(path) == SOURCE
    async with chatting(app_at(service, tmp_path)) as chat:
        assert chat.app.theme == "elumenta-night"


@thorough
async def test_the_language_changes_at_once_and_letters_of_a_russian_layout_find(
    service: Service, tmp_path: Path, path: Path
) -> None:
    async with chatting(app_at(service, tmp_path)) as chat:
        screen = await opened(chat)
        await chat.type("дфтпгфпу")
        await chat.until(lambda: screen.rows.item is not None and screen.rows.item.name == "language")
        await chat.pilot.press("enter")
        await chat.shows(Picker)
        await chat.type("ru")
        await chat.pilot.press("enter")
        await chat.sees("Настройки", "Язык приложения", "файл")
        assert 'language = "ru"' in written(path)
        assert_fits(chat)


async def test_keys_and_lines_of_answers_follow_at_once(service: Service, tmp_path: Path, path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.ask("markdown showcase")
        longest = max(map(len, chat.rows))
        await opened(chat, "measure")
        await chat.pilot.press("enter")
        await chat.shows(OptionValueScreen)
        await chat.pilot.press("ctrl+u", *"40", "enter")
        await chat.until(lambda: "measure = 40" in written(path))
        await chat.pilot.press("ctrl+u", *"keys_preset", "enter")
        await chat.shows(Picker)
        await chat.type("emacs")
        await chat.pilot.press("enter")
        await chat.until(lambda: 'keys_preset = "emacs"' in written(path))
        await chat.pilot.press("escape", "alt+x")
        await chat.shows(Picker)
        await chat.pilot.press("escape", "ctrl+home")
        await chat.settle()
        assert longest > 60
        text = chat.app.parts.transcript._view_context
        assert text.measure == 40


# ------------------------------------------------------------------------------------------------- where a value is from


async def test_what_a_flag_or_a_variable_says_is_named_and_the_file_is_changed_for_later(
    service: Service, tmp_path: Path, path: Path
) -> None:
    write(path, f"{SOURCE.partition('[')[0]}base_url = 'https://file.example'\n")
    given = {"base_url": Given(Source.ENVIRONMENT, "ELUMENTA_BASE_URL")}
    async with chatting(app_at(service, tmp_path, given=given, model="gpt-5")) as chat:
        await opened(chat, "base_url")
        await chat.sees("ELUMENTA_BASE_URL overrules the file, where it is https://file.example.")
        await chat.pilot.press("enter")
        await chat.shows(OptionValueScreen)
        await chat.pilot.press("ctrl+u", *"http://x.y", "enter")
        await chat.sees("It must be an address that begins with https://.")
        await chat.pilot.press("ctrl+u", *"https://x.y", "enter")
        await chat.sees("where it is https://x.y.")
        assert load(path).base_url == "https://x.y"
        await chat.pilot.press("ctrl+u", *"model")
        await chat.sees("set by --model on the command line")


@thorough
async def test_a_change_that_waits_for_the_next_start_says_so(
    service: Service, tmp_path: Path, path: Path
) -> None:
    async with chatting(app_at(service, tmp_path)) as chat:
        await opened(chat, "idle_timeout")
        await chat.sees("A change counts from the next start on.")
        await chat.pilot.press("enter")
        await chat.shows(OptionValueScreen)
        await chat.pilot.press("ctrl+u", *"60", "enter")
        await chat.sees("Counts from the next start on; until then: 120")
        assert load(path).idle_timeout == 60


async def test_a_wrong_value_is_named_with_its_place_and_can_be_mended_here(
    service: Service, tmp_path: Path, path: Path
) -> None:
    write(path, "# mine\nstop_twice = true\nmeasure =  'x' # wide\n")
    async with chatting(app_at(service, tmp_path)) as chat:
        screen = await opened(chat)
        assert screen.rows.item is not None
        assert screen.rows.item.name == "measure"
        await chat.sees("line 3, column 12: measure must be a whole number. Its default counts.")
        await chat.pilot.press("enter")
        await chat.shows(OptionValueScreen)
        await chat.pilot.press("enter")
        await chat.until(lambda: "measure =  100 # wide" in written(path))
        await chat.sees_no("column 12")


async def test_a_file_that_has_been_broken_meanwhile_is_left_alone(
    service: Service, tmp_path: Path, path: Path
) -> None:
    async with chatting(app_at(service, tmp_path)) as chat:
        write(path, "model = \n")
        await opened(chat, "stop_twice")
        await chat.sees("line 1, column 9")
        await chat.pilot.press("enter")
        await chat.sees("The file was not changed")
        assert written(path) == "model = \n"
        assert chat.app.parts.stopping.keys == "Esc Esc"


@thorough
async def test_a_write_that_fails_is_said_and_the_value_does_not_count(
    service: Service, tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    async with chatting(app_at(service, tmp_path)) as chat:
        await opened(chat, "stop_twice")
        monkeypatch.setattr("elumenta_tui.config.saving.write_private", refuse)
        await chat.pilot.press("enter")
        await chat.sees("No space left on device")
        assert chat.app.parts.stopping.keys == "Esc Esc"
    assert written(path) == SOURCE


@thorough
async def test_the_demo_keeps_limits_and_the_model_for_itself(tmp_path: Path, path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await opened(chat, "cap_session")
        await chat.sees("A change counts in this demo only, and is not saved.")
        await chat.pilot.press("enter")
        await chat.shows(OptionValueScreen)
        await chat.pilot.press("ctrl+u", *"50", "enter")
        await chat.sees("changed in this demo")
        assert chat.app.session.limits.cap(Period.SESSION) == 50
    assert written(path) == SOURCE


@thorough
async def test_the_key_is_never_shown(service: Service, tmp_path: Path, path: Path) -> None:
    write(path, f"api_key = '{KEY}'\n")
    async with chatting(app_at(service, tmp_path)) as chat:
        screen = await opened(chat, "api_key")
        await chat.sees("nb_…", "set in")
        assert KEY not in repr(screen.rows.items)
        assert KEY[4:] not in chat.screen


@thorough
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_it_fits(tmp_path: Path, language: str, size: tuple[int, int]) -> None:
    i18n.use(language)
    async with chatting(chat_app(quick_demo(), tmp_path), size) as chat:
        screen = await opened(chat)
        await chat.pilot.press("down")
        await chat.settle()
        assert_fits(chat)
        names = [item.name for item in screen.rows.items]
        await chat.pilot.press(*["down"] * (names.index("idle_timeout") - 1))
        await chat.until(lambda: screen.rows.item is not None and screen.rows.item.name == "idle_timeout")
        await chat.pilot.press("enter")
        await chat.shows(OptionValueScreen)
        await chat.settle()
        assert_fits(chat)
