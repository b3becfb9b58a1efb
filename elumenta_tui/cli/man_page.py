"""The man page, in roff for man(7), made from the parsers and the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from elumenta_tui import __version__
from elumenta_tui.cli.command_tree import Node, tree
from elumenta_tui.i18n import say

_OPTION = re.compile(r"(?<![\w-])--?[a-z][\w-]*")


def man_page(keys: Iterable[tuple[str, str]], date: str) -> str:
    """Return the page in the language in use.

    Args:
        keys: labels of the app's keys, and what they do.
        date: of the kind 2026-11-30.
    """
    return "".join(f"{line}\n" for line in _page(keys, date))


def _page(keys: Iterable[tuple[str, str]], date: str) -> Iterator[str]:
    program, *commands = tree()
    yield f'.TH ELUMENTA\\-TUI 1 "{date}" "elumenta\\-tui {__version__}" "{_text(say("man.manual"))}"'
    # Long words and options stay whole, with even blanks between them.
    yield ".nh"
    yield ".ad l"
    yield from _section("man.name")
    yield f"elumenta\\-tui \\- {_text(say('man.gist'))}"
    yield from _section("man.synopsis")
    yield ".PD 0"
    for node in (program, *commands):
        if node is program or not node.inner:
            yield from _usage(node)
    yield ".PD"
    yield from _section("man.description")
    yield _text(f"{say('cli.about')} {say('man.description_more')}")
    yield from _section("man.options")
    yield from _options(program)
    yield from _section("man.commands")
    for node in commands:
        yield f".SS elumenta\\-tui {_text(node.name)}"
        yield from _usage(node)
        yield from _paragraph(node.about)
        yield from _tagged((value.label, about) for value, about in node.arguments)
        yield from _options(node)
    yield from _section("man.keys")
    yield _text(say("man.keys_more"))
    yield from _tagged(keys)
    yield from _section("man.exit_status")
    yield from _exit_codes()
    yield from _section("man.environment")
    yield from _tagged(_environment())
    yield from _section("man.files")
    yield from _tagged(_files())
    yield from _section("man.examples")
    yield from _examples()


def _section(key: str) -> Iterator[str]:
    yield f'.SH "{_text(say(key))}"'


def _paragraph(text: str) -> Iterator[str]:
    yield ".PP"
    yield _text(text)


def _usage(node: Node) -> Iterator[str]:
    """Yield how it is called: the program, its words and options in bold."""
    name = " ".join(("elumenta-tui", *node.words))
    rest = node.usage.partition(": ")[2].removeprefix(name)
    shown = _OPTION.sub(r"\\fB\g<0>\\fR", _text(rest, hyphens=False)).replace("-", "\\-")
    yield ".HP 4"
    yield f"\\fB{_text(name)}\\fR {shown}"


def _options(node: Node) -> Iterator[str]:
    for option in node.options:
        names = ", ".join(f"\\fB{_text(name)}\\fR" for name in reversed(option.names))
        value = f" \\fI{_text(option.value.label)}\\fR" if option.value is not None else ""
        yield ".TP"
        yield f"{names}{value}"
        yield _text(option.about)


def _tagged(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    for label, about in entries:
        yield ".TP"
        yield f"\\fB{_text(label)}\\fR"
        yield _text(about)


def _exit_codes() -> Iterator[str]:
    from elumenta_tui.cli.exit_codes import ExitCode

    yield _text(_capital(say("cli.exit_codes")))
    yield from _paragraph(say("man.exit_more"))
    codes = [(str(code.value), say(f"ask.exit.{code.name.lower()}")) for code in ExitCode]
    yield from _tagged([*codes, ("128 + n", say("ask.exit.signal"))])


def _environment() -> Iterator[tuple[str, str]]:
    yield "ELUMENTA_API_KEY", say("cli.env_key")
    yield "ELUMENTA_BASE_URL", say("cli.env_url")
    yield "ELUMENTA_HOME", say("cli.env_home")
    yield "LC_ALL, LC_MESSAGES, LANG", say("man.env_language")
    yield "VISUAL, EDITOR", say("man.env_editor")
    yield "NO_COLOR, FORCE_COLOR, CLICOLOR", say("man.env_color")


def _files() -> Iterator[tuple[str, str]]:
    yield "~/.config/elumenta-tui/config.toml", say("man.file_config")
    yield "~/.config/elumenta-tui/prompts/*.md", say("man.file_prompts")
    yield "~/.config/elumenta-tui/themes/*.toml", say("man.file_themes")
    yield "~/.local/share/elumenta-tui/conversations.db", say("man.file_database")
    yield "~/.local/state/elumenta-tui/", say("man.file_state")


def _examples() -> Iterator[str]:
    from elumenta_tui.cli.ask import examples

    commands = [
        ("elumenta-tui --demo", say("man.example_demo")),
        *examples(),
        ("elumenta-tui chats list model:opus after:week", say("man.example_list")),
        ("elumenta-tui export --last --output chat.html", say("man.example_export")),
        ("elumenta-tui doctor", say("man.example_doctor")),
    ]
    for number, (line, about) in enumerate(commands):
        if number:
            yield ".PP"
        yield _text(f"{_capital(about)}:")
        yield ".RS 4"
        yield ".nf"
        yield f"\\fB{_text(line)}\\fR"
        yield ".fi"
        yield ".RE"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _text(text: str, *, hyphens: bool = True) -> str:
    """Return a text as roff prints it: nothing in it is a request, a hyphen can be copied, and every letter is ASCII."""
    text = " ".join(text.split()).replace("\\", "\\e").replace('"', "\\(dq")
    if hyphens:
        text = text.replace("-", "\\-")
    text = "".join(each if each.isascii() else f"\\[u{ord(each):04X}]" for each in text)
    return f"\\&{text}" if text[:1] in (".", "'") else text
