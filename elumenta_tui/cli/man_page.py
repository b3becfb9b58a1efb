"""What the man page says, made from the parsers and the catalogue. `man_roff` and `man_text` write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from elumenta_tui.cli.command_tree import Node, tree
from elumenta_tui.i18n import say

NAME, CHAPTER = "elumenta-tui", "1"

OPTION = re.compile(r"(?<![\w-])--?[a-z][\w-]*")
"""Matches an option in a usage, which is printed in bold."""


class Section(NamedTuple):
    """A heading."""

    title: str
    is_inner: bool = False
    """True if it stands below the heading before it."""


class Usage(NamedTuple):
    """How the program or a command is called."""

    name: str
    rest: str
    """What may follow the name, with a blank before it."""


class Usages(NamedTuple):
    """Several of them, without blank lines between them."""

    all: tuple[Usage, ...]


class Paragraph(NamedTuple):
    """A text."""

    text: str
    is_first: bool = False
    """True if it stands right below its heading."""


class Entry(NamedTuple):
    """Something, and what it is for."""

    label: str
    about: str
    value: str = ""
    """What stands behind the label, as the value of an option."""


class Example(NamedTuple):
    """A command line, and what it does."""

    line: str
    about: str
    is_first: bool


Part = Section | Usage | Usages | Paragraph | Entry | Example


def parts(keys: Iterable[tuple[str, str]]) -> Iterator[Part]:
    """Yield the page in the language in use.

    Args:
        keys: labels of the app's keys, and what they do.
    """
    program, *commands = tree()
    yield Section(say("man.name"))
    yield Paragraph(f"{NAME} - {say('man.gist')}", is_first=True)
    yield Section(say("man.synopsis"))
    yield Usages(tuple(_usage(node) for node in (program, *commands) if node is program or not node.inner))
    yield Section(say("man.description"))
    yield Paragraph(f"{say('cli.about')} {say('man.description_more')}", is_first=True)
    yield Section(say("man.options"))
    yield from _options(program)
    yield Section(say("man.commands"))
    for node in commands:
        yield Section(f"{NAME} {node.name}", is_inner=True)
        yield _usage(node)
        yield Paragraph(node.about)
        yield from (Entry(value.label, about) for value, about in node.arguments)
        yield from _options(node)
    yield Section(say("man.keys"))
    yield Paragraph(say("man.keys_more"), is_first=True)
    yield from (Entry(label, about) for label, about in keys)
    yield Section(say("man.exit_status"))
    yield from _exit_codes()
    yield Section(say("man.environment"))
    yield from _environment()
    yield Section(say("man.files"))
    yield from _files()
    yield Section(say("man.examples"))
    yield from _examples()


def _usage(node: Node) -> Usage:
    name = " ".join((NAME, *node.words))
    return Usage(name, node.usage.partition(": ")[2].removeprefix(name))


def _options(node: Node) -> Iterator[Entry]:
    for option in node.options:
        value = option.value.label if option.value is not None else ""
        yield Entry(", ".join(reversed(option.names)), option.about, value)


def _exit_codes() -> Iterator[Part]:
    from elumenta_tui.cli.exit_codes import ExitCode

    yield Paragraph(_capital(say("cli.exit_codes")), is_first=True)
    yield Paragraph(say("man.exit_more"))
    yield from (Entry(str(code.value), say(f"ask.exit.{code.name.lower()}")) for code in ExitCode)
    yield Entry("128 + n", say("ask.exit.signal"))


def _environment() -> Iterator[Entry]:
    yield Entry("ELUMENTA_API_KEY", say("cli.env_key"))
    yield Entry("ELUMENTA_BASE_URL", say("cli.env_url"))
    yield Entry("ELUMENTA_HOME", say("cli.env_home"))
    yield Entry("ACCESSIBLE", say("cli.env_accessible"))
    yield Entry("LC_ALL, LC_MESSAGES, LANG", say("man.env_language"))
    yield Entry("VISUAL, EDITOR", say("man.env_editor"))
    yield Entry("MANPAGER, PAGER", say("man.env_pager"))
    yield Entry("NO_COLOR, FORCE_COLOR, CLICOLOR", say("man.env_color"))


def _files() -> Iterator[Entry]:
    yield Entry("~/.config/elumenta-tui/config.toml", say("man.file_config"))
    yield Entry("~/.config/elumenta-tui/prompts/*.md", say("man.file_prompts"))
    yield Entry("~/.config/elumenta-tui/themes/*.toml", say("man.file_themes"))
    yield Entry("~/.local/share/elumenta-tui/conversations.db", say("man.file_database"))
    yield Entry("~/.local/state/elumenta-tui/", say("man.file_state"))


def _examples() -> Iterator[Example]:
    from elumenta_tui.cli.ask import examples

    commands = [
        ("elumenta-tui --demo", say("man.example_demo")),
        *examples(),
        ("elumenta-tui chats list model:opus after:week", say("man.example_list")),
        ("elumenta-tui export --last --output chat.html", say("man.example_export")),
        ("elumenta-tui doctor", say("man.example_doctor")),
    ]
    for number, (line, about) in enumerate(commands):
        yield Example(line, f"{_capital(about)}:", not number)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
