"""The README and docs/: links lead somewhere, commands and options are known, keys and slash words exist, in both READMEs alike."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator

import pytest

from elumenta_tui.cli.app_options import app_parser
from elumenta_tui.cli.commands import MODULES, command
from elumenta_tui.cli.options import Parser
from elumenta_tui.cli.plain_entries import ENTRIES
from elumenta_tui.tui import actions as _actions  # noqa: F401  it fills the catalogue
from elumenta_tui.tui.catalogue import ACTIONS, by_slash, key_label
from elumenta_tui.tui.keymap import PRESETS
from tests.pseudo_terminal import ROOT
from tests.thorough import thorough

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "packaging" / "README.md"])
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]

USERS = [name for name in NAMES if name.startswith(("README", "docs/"))]
"""Pages for users: what they say of keys and commands is what there is. The changelog also tells of what was."""


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The names by which the headings of a page are linked to."""
    headings = re.findall(r"^#+ (.+)$", without_code(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# ---------------------------------------------------------------------------------------------------------------- links


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page(name))):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        assert file.resolve().is_relative_to(ROOT), target
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), target


def test_every_page_of_the_documentation_can_be_reached_from_both_readmes() -> None:
    for readme in "README.md", "README.ru.md":
        linked = {target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", page(readme))}
        assert {name for name in NAMES if name.startswith("docs/")} <= linked, readme


def test_both_readmes_have_the_same_content() -> None:
    english, russian = page("README.md"), page("README.ru.md")
    assert without_titles(english) == without_titles(russian)
    for pattern in (r"^\| (?!pack|пак)", r"^- ", r"^## ", r"!\["):
        assert len(re.findall(pattern, english, re.M)) == len(re.findall(pattern, russian, re.M)), pattern
    for text in english, russian:
        first = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)[0]
        assert first == "uvx elumenta-tui --demo\n"
        assert "make demo" in text
        assert "make test" in text


def without_titles(text: str) -> list[str]:
    """The targets of all links but the one to the other language, in order."""
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    return [target for target in targets if target not in ("README.md", "README.ru.md")]


@pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
def test_every_dependency_is_named_with_its_reason(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [
        *project["dependencies"],
        *(each for extra, those in extras.items() if extra != "dev" for each in those),
    ]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", page(name), re.MULTILINE)
    for requirement in wanted:
        package = re.split(r"[^\w-]", requirement)[0]
        assert any(re.search(rf"\b{package}\b", named) and len(reason) > 10 for named, reason in rows), (
            package
        )


def test_the_tests_that_hold_a_promise_exist() -> None:
    named = [test for name in NAMES for test in re.findall(r"`(tests/[^`\s]+?)`", page(name))]
    assert len([test for test in named if "::" in test]) > 20
    for test in named:
        path, _, function = test.partition("::")
        assert (ROOT / path).exists(), test
        assert not function or re.search(rf"def {function}\(", page(path)), test


# ------------------------------------------------------------------------------------------------------------- commands


def commands(text: str) -> Iterator[list[str]]:
    """The words of every command line with `elumenta-tui` in examples of the shell, and in the text."""
    examples = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).splitlines()
    for line in [*examples, *re.findall(r"`([^`\n]*elumenta-tui [^`\n]+)`", without_code(text))]:
        for match in re.finditer(
            r"(?:^|[|(;] ?|uvx )elumenta-tui((?: .*)?)$", line.partition("  #")[0].partition(" # ")[0]
        ):
            part = re.split(r" \| | > | < |\)", match[1])[0]
            yield shlex.split(part.replace("…", ""))


@thorough
@pytest.mark.parametrize("name", NAMES)
def test_every_command_line_is_one_that_the_program_knows(name: str) -> None:
    if name == "CHANGELOG.md":
        pytest.skip("it tells of earlier versions, too")
    for words in commands(page(name)):
        parser: Parser = app_parser()
        if words and words[0] in MODULES:
            parser = command(words.pop(0)).parser()
        while words and words[0] in parser.verbs:
            parser = parser.verbs[words.pop(0)]
        options = {option for action in parser.documented() for option in action.option_strings}
        used = {word.partition("=")[0] for word in words if re.fullmatch(r"--?[a-z][\w-]*(=.*)?", word)}
        # A tag is taken away by a dash before it.
        assert used - {"-work", "-old"} <= options, words
        if parser.usage_key == "cli.usage":
            assert [word for word in words if re.fullmatch(r"[a-z]+", word)] == [], words


def test_the_command_lines_of_the_documentation_are_found() -> None:
    found = [words for name in USERS for words in commands(page(name))]
    assert {"ask", "export", "import", "backup", "merge", "chats", "config", "doctor"} <= {
        words[0] for words in found if words
    }
    assert ["--demo"] in found


@pytest.mark.parametrize("name", NAMES)
def test_every_target_of_make_exists(name: str) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page(name)
    named = {*re.findall(r"^make ([a-z]+)", text, re.MULTILINE), *re.findall(r"`make ([a-z]+)", text)}
    assert named <= targets


# ----------------------------------------------------------------------------------------------------------------- keys


KEY = re.compile(
    r"(?:(?:Ctrl|Alt|Shift)\+)+(?:PgUp|PgDn|Home|End|Enter|Backspace|Tab|[A-Z](?![a-z])|[↑↓←→^_/])|F\d{1,2}"
)

IN_DIALOGS = {"Alt+P", "Alt+A", "Alt+E", "Alt+H", "Alt+R", "Alt+T", "Alt+Z", "Alt+N", "F8", "Shift+Tab"}
"""Keys of lists and fields, which are no actions; tests/tui presses them."""

IN_THE_PROMPT = {"Ctrl+U", "Ctrl+K", "Ctrl+W", "Ctrl+A", "Ctrl+E", "Alt+B", "Alt+F", "Alt+Backspace", "Alt+D"}

OF_TERMINALS = {"Ctrl+M", "Ctrl+I", "Ctrl+H", "Alt+Enter", "Shift+Enter", "Ctrl+Enter"}
"""Keys that are spoken of because of what terminals make of them."""


@pytest.mark.parametrize("name", USERS)
def test_every_key_is_one_that_does_something(name: str) -> None:
    presets = [key for preset in PRESETS.values() for keys in preset.values() for key in keys]
    own = [key for action in ACTIONS.values() for key in action.keys]
    known = {key_label(part) for key in (*own, *presets) for part in key.split()}
    written = {
        key for code in re.findall(r"`([^`\n]+)`", without_code(page(name))) for key in KEY.findall(code)
    }
    assert written - known - IN_DIALOGS - IN_THE_PROMPT - OF_TERMINALS == set()


@pytest.mark.parametrize("name", USERS)
def test_every_slash_word_is_a_command(name: str) -> None:
    own = {"review", "reviewer"}
    # The chat line by line has some of its own.
    if name == "docs/shell.md":
        own |= {word for entry in ENTRIES.values() for word in entry.words}
    words = re.findall(r"`/(\w+)(?= [^`]*`|`)", without_code(page(name)))
    assert [word for word in words if word not in own and by_slash(word) is None] == []
