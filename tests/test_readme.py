"""What the pages of the documentation promise in their tables and examples."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from elumenta_tui.cli.ask import parser as ask_parser
from elumenta_tui.cli.commands import MODULES, command
from elumenta_tui.cli.exit_codes import ExitCode
from elumenta_tui.config.settings import Persona, Settings, load
from elumenta_tui.i18n import say
from elumenta_tui.lean import fields
from elumenta_tui.session import PROMPT_LIMIT
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.catalogue import by_slash, key_label
from elumenta_tui.tui.keymap import resolve
from tests.pseudo_terminal import ROOT


def page(name: str) -> str:
    """The text of a page."""
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str, title: str) -> str:
    """The text below a heading of a page in docs/, up to the next heading."""
    return page(f"docs/{name}.md").partition(f"# {title}\n")[2].partition("\n#")[0]


def test_the_exit_codes_are_those_of_the_help() -> None:
    rows = re.findall(r"^\| ([\d +n]+) \| (.+) \|$", section("shell", "Ask"), re.MULTILINE)
    assert rows == [
        *((str(code.value), say(f"ask.exit.{code.name.lower()}")) for code in ExitCode),
        ("128 + n", say("ask.exit.signal")),
    ]


def test_what_it_says_of_ask_exists() -> None:
    text = section("shell", "Ask")
    options = {option for action in ask_parser().documented() for option in action.option_strings}
    named = set(re.findall(r"(?<=[ `])--?[a-z][\w-]*", text)) - {"-r"}
    assert {"-m", "--json", "--quiet", "--no-store", "--continue"} <= named <= options
    assert f"{PROMPT_LIMIT:,}" in text


def test_the_other_commands_are_all_named_with_options_that_exist() -> None:
    text = section("shell", "The other commands")
    parsers = {name: command(name).parser() for name in MODULES if name != "ask"}
    for name, parser in parsers.items():
        assert re.search(rf"[` ]{name}[` ]", text), name
        assert [verb for verb in parser.verbs if not re.search(rf"[` ]{verb}[` ]", text)] == [], name
    inner = [each for parser in parsers.values() for each in (parser, *parser.verbs.values())]
    options = {
        option for parser in inner for action in parser.documented() for option in action.option_strings
    }
    assert set(re.findall(r"(?<=[ `])--[a-z][\w-]*", text)) <= options


def test_every_key_of_the_catalogue_is_in_the_table_of_keys_and_every_command_there_exists() -> None:
    text = page("docs/keys.md")
    [table] = re.findall(r"^\| key \| does \|\n.*?(?=\n\n)", text, re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`([^`]+)`", table))
    assert {key_label(key) for action in ACTIONS.values() for key in action.keys} <= named
    commands = re.findall(r"`/(\w+)`", text)
    assert len(commands) > 5
    assert [word for word in commands if by_slash(word) is None] == []


def test_the_options_are_those_of_the_settings_with_their_defaults(tmp_path: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", page("docs/configuration.md"), re.DOTALL)
    (tmp_path / "config.toml").write_text(example, encoding="utf-8")
    assert tomllib.loads(example).keys() == {option.name for option in fields(Settings)}
    found = load(tmp_path / "config.toml")
    assert found.but(api_key="", api_key_command="", personas={}, keys={}) == Settings()
    assert [problem.words for problem in resolve("default", found.keys).problems] == []
    [persona] = found.personas.values()
    assert {option.name for option in fields(Persona) if getattr(persona, option.name) != option.default} == {
        option.name for option in fields(Persona)
    }
