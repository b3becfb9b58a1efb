"""Completions in real shells, and the man page: both have every command and every option."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from elumenta_tui import __main__ as program
from elumenta_tui import i18n
from elumenta_tui.cli import completing
from elumenta_tui.cli.command_tree import LIVE, Node, tree
from elumenta_tui.cli.completions import SHELLS, script
from elumenta_tui.session.search_terms import DAYS, FACTS, NAMES, STATE_WORDS
from elumenta_tui.store import FILE
from tests.pseudo_terminal import PREPARED, ROOT, Terminal
from tests.storing import answered, conversation, saved, shelf
from tests.thorough import thorough

TITLE = "it's $(touch pwned) `touch pwned` %F{red}"
UNHURRIED = """
import sys
from elumenta_tui.cli import completing
completing.SECONDS = 60.0
from elumenta_tui.__main__ import main
sys.exit(main())
"""
"""The program as completions call it, with the patience of a test."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with two conversations, a persona and a template."""
    with shelf(tmp_path / "home" / "data") as here:
        here.put(saved(answered("prompt", "answer"), conversation("1abcdef", TITLE)))
        here.put(saved(answered("another", "answer"), conversation("1bbcdef", "other")))
    config = tmp_path / "home" / "config"
    (config / "prompts").mkdir(parents=True)
    (config / "prompts" / "review.md").write_text("Review {{selection}}")
    (config / "config.toml").write_text('[personas.strict]\nsystem_prompt = "x"\n')
    return tmp_path / "home"


@pytest.fixture
def environment(home: Path, tmp_path: Path) -> dict[str, str]:
    """An environment in which `elumenta-tui` is this program."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "elumenta-tui"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{UNHURRIED}' \"$@\"\n")
    program.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "ELUMENTA_"))}
    return {
        **kept,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "ELUMENTA_HOME": str(home),
        "LANG": "C.UTF-8",
        "HOME": str(tmp_path),
    }


def in_shell(command: list[str], environment: dict[str, str], cwd: Path) -> list[str]:
    done = subprocess.run(
        command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def installed(shell: str) -> str:
    return shutil.which(shell) or pytest.skip(f"there is no {shell} here")


def bash(words: list[str], environment: dict[str, str], tmp_path: Path) -> list[str]:
    """What bash offers for the last of these words. It breaks words at `=`, as readline does."""
    program = installed("bash")
    (tmp_path / "completion").write_text(script("bash"), encoding="utf-8")
    driver = (
        'source ./completion; COMP_WORDS=(elumenta-tui "$@"); COMP_CWORD=$#; COMP_TYPE=63; _elumenta_tui;'
        ' [[ ${#COMPREPLY[@]} -eq 0 ]] || printf "%s\\n" "${COMPREPLY[@]}"'
    )
    command = [program, "--norc", "--noprofile", "-c", driver, "bash", *words]
    return in_shell(command, environment, tmp_path)


def fish(words: list[str], environment: dict[str, str], tmp_path: Path) -> list[str]:
    """What fish offers for the last of these words, without what stands behind the tabs."""
    program = installed("fish")
    (tmp_path / "completion").write_text(script("fish"), encoding="utf-8")
    line = " ".join(["elumenta-tui", *words]).replace(" = ", "=")
    command = [program, "--no-config", "-c", f"source ./completion; complete -C '{line}'"]
    offered = [each.partition("\t")[0] for each in in_shell(command, environment, tmp_path)]
    return [re.sub("^--[a-z]+=", "", each) for each in offered]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_script_is_one_that_its_shell_can_read(shell: str, language: str, tmp_path: Path) -> None:
    program = installed(shell)
    i18n.use(language)
    (tmp_path / "script").write_text(script(shell), encoding="utf-8")
    done = subprocess.run(
        [program, "-n", str(tmp_path / "script")], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


OFFERED: list[tuple[list[str], list[str]]] = [
    (["co"], ["config", "completions"]),
    (["--demo", "exp"], ["export"]),
    (["chats", "un"], ["unarchive", "unpin"]),
    (["ask", "--extract"], ["--extract", "--extract-last"]),
    (["export", "--format", ""], ["json", "md", "html"]),
    (["export", "--branches", "=", "a"], ["all"]),
    (["completions", "z"], ["zsh"]),
    (["ask", "-m", "gpt-5.2-"], ["gpt-5.2-pro"]),
    (["ask", "--model", "=", "gpt-5.2-"], ["gpt-5.2-pro"]),
    (["ask", "--compare", "gpt-5.2-pro,gpt-5.2"], ["gpt-5.2-pro,gpt-5.2"]),
    (["ask", "-p", ""], ["strict"]),
    (["ask", "-t", ""], ["review"]),
    (["ask", "-c", "1a"], ["1abcdef"]),
    (["chats", "show", "1b"], ["1bbcdef"]),
    (["chats", "show", "--demo", ""], []),
    (["config", "get", "api_key_"], ["api_key_command"]),
    (["backup", "co"], ["completion"]),
    (["ask", "the", ""], []),
    (["chats", "list", "sta"], ["state:"]),
    (["chats", "list", "word", "мод"], ["модель:"]),
]

FILTERED: list[tuple[str, list[str]]] = [
    ("model:gpt-5.2-", ["gpt-5.2-pro"]),
    ("state:", ["complete", "interrupted", "failed", "stopped"]),
    ("after:y", ["yesterday"]),
    ("before:mo", ["month"]),
    ("is:arch", ["archived"]),
    ("это:арх", ["архив"]),
    ("cost:", []),
    ("http:", []),
]


@thorough
@pytest.mark.parametrize(("words", "offered"), OFFERED)
def test_bash_and_fish_complete_commands_options_choices_and_what_is_stored(
    words: list[str], offered: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    assert sorted(bash(words, environment, tmp_path)) == sorted(offered)
    if shutil.which("fish"):
        assert sorted(fish(words, environment, tmp_path)) == sorted(offered)


@thorough
@pytest.mark.parametrize(("typed", "values"), FILTERED)
def test_filters_of_a_search_are_completed(
    typed: str, values: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    name, _, value = typed.partition(":")
    # readline breaks words at colons, and inserts what stands behind.
    words = ["chats", "list", name, ":", *([value] if value else [])]
    assert sorted(bash(words, environment, tmp_path)) == sorted(values)
    if shutil.which("fish"):
        offered = fish(["chats", "list", typed], environment, tmp_path)
        assert sorted(offered) == sorted(f"{name}:{each}" for each in values)


def test_zsh_puts_no_blank_where_more_follows(environment: dict[str, str], tmp_path: Path) -> None:
    program = installed("zsh")
    (tmp_path / "completion").write_text(script("zsh"), encoding="utf-8")
    prepare = "autoload -U compinit; compinit -u -D; source ./completion; PS1='$ '; clear"
    with Terminal([program, "-f"], env={**environment, "TERM": "xterm"}, cwd=tmp_path) as terminal:
        terminal.type(f"{prepare}\r")
        terminal.wait_for(lambda text: text.strip() == "$")
        for typed, becomes in (
            ("elumenta-tui chats list sta\t", "list state:"),
            ("int\t", "list state:interrupted"),
            ("is:arch\t", "list state:interrupted is:archived"),
            ("\x15elumenta-tui ask --compare gpt-5.2-p\t", "--compare gpt-5.2-pro"),
            (",gpt-5.2-p", "--compare gpt-5.2-pro,gpt-5.2-p"),
        ):
            terminal.type(typed)
            terminal.wait_for(becomes)


def test_the_filters_are_those_of_a_search() -> None:
    assert completing.FILTER_NAMES == NAMES
    days = tuple(DAYS.values())
    assert completing.FILTER_VALUES["after"] == completing.FILTER_VALUES["before"] == days
    assert completing.FILTER_VALUES["is"] == tuple(FACTS.values())
    states = tuple(key for name, key in STATE_WORDS.items() if name not in ("running", "unread"))
    assert completing.FILTER_VALUES["state"] == states


@thorough
def test_titles_stand_behind_ids_where_there_are_several_and_no_shell_runs_them(
    environment: dict[str, str], tmp_path: Path
) -> None:
    words = ["chats", "show", ""]
    assert bash(words, environment, tmp_path) == ["1bbcdef  other", f"1abcdef  {TITLE}"]
    if shutil.which("fish"):
        assert set(fish(words, environment, tmp_path)) == {"1abcdef", "1bbcdef"}
    assert not (tmp_path / "pwned").exists()


# --------------------------------------------------------------------------------------------- what is looked up at Tab


def test_what_would_mean_something_else_to_a_shell_is_not_offered(home: Path) -> None:
    state = home / "state" / "state.toml"
    state.parent.mkdir()
    state.write_text('[favourites]\nslugs = ["$(reboot)", "a b", "-rf", "my-model"]\n')
    found = completing.candidates("models", "", {"ELUMENTA_HOME": str(home)})
    assert found[0].word == "my-model"
    assert {"$(reboot)", "a b", "-rf"} & {each.word for each in found} == set()


def test_conversations_are_those_that_lists_have(home: Path) -> None:
    from elumenta_tui.store.reading import open_for_reading, titles

    environ = {"ELUMENTA_HOME": str(home)}
    with shelf(home / "data") as here:
        here.put(saved(answered("a third", "answer"), conversation("1cbcdef", "third")))
    path = home / "data" / FILE
    assert path.name == completing._FILE
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO chore (name) VALUES ('delete 1bbcdef')")
    connection.commit()
    connection.close()
    reading = open_for_reading(path)
    listed = [id for id, _, _ in titles(reading, demo=False)]
    reading.close()
    assert [each.word for each in completing.candidates("chats", "", environ)] == listed
    assert listed == ["1cbcdef", "1abcdef"]


@thorough
@pytest.mark.parametrize(
    "spoil", [lambda path: path.write_bytes(b"<html>"), lambda path: path.unlink(), lambda path: None]
)
@pytest.mark.parametrize("words", [["chats", "zz"], ["nothing", ""], [], ["personas"]])
def test_it_says_nothing_of_what_fails(
    home: Path, environment: dict[str, str], words: list[str], spoil: object
) -> None:
    assert callable(spoil)
    spoil(home / "data" / FILE)
    (home / "config" / "config.toml").write_text("personas = \n")
    done = subprocess.run(
        ["elumenta-tui", "__complete", *words],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@thorough
def test_it_gives_up_when_the_shell_has_waited_long_enough() -> None:
    code = (
        "import sys, threading\n"
        "from elumenta_tui.cli import completing\n"
        "completing.candidates = lambda *_, **__: threading.Event().wait()\n"
        "from elumenta_tui.__main__ import main\n"
        "main(['__complete', 'models', ''])\n"
        "print('not given up')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@thorough
def test_it_loads_no_network_and_none_of_the_app(home: Path) -> None:
    heavy = {"asyncio", "httpx", "rich", "textual", "elumenta_tui.store", "elumenta_tui.session"}
    code = (
        "import sys\nfrom elumenta_tui.cli import completing\n"
        "import elumenta_tui.__main__\n"
        f"for kind in {LIVE!r}: completing.candidates(kind, '', {{'ELUMENTA_HOME': {str(home)!r}}})\n"
        f"print(sorted({heavy!r} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


# ---------------------------------------------------------------------------------------------------- nothing is missing


def every_option() -> Iterator[tuple[Node, str]]:
    for node in tree():
        for option in node.options:
            for name in option.names:
                yield node, name


def part_of(shell: str, text: str, node: Node) -> str:
    """What a script says of a command."""
    if shell == "fish":
        return "\n".join(
            line for line in text.splitlines() if rf"-n '__elumenta_tui_at \'{node.name}\'" in line
        )
    case = f'        "{node.name}")\n' if shell == "bash" else f"        '{node.name}')\n"
    assert text.count(case) == 1
    return text.partition(case)[2].partition("\n            ;;\n")[0]


@thorough
@pytest.mark.parametrize("shell", SHELLS)
def test_every_option_and_word_of_every_command_is_in_every_script(shell: str) -> None:
    text = script(shell)
    for node, name in every_option():
        written = name
        if shell == "fish":
            written = f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
        assert re.search(rf"(?<![\w-]){written}(?![\w-])", part_of(shell, text, node)), (node.name, name)
    for node in tree():
        for word, _ in node.inner:
            assert re.search(rf"(?<![\w-]){word}(?![\w-])", part_of(shell, text, node)), word


def shared_files() -> dict[str, str]:
    """What the build of a wheel adds."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "packaging" / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    files: dict[str, str] = module.shared_files()
    return files


@pytest.mark.parametrize(("language", "path"), [("en", "man"), ("ru", "man/ru")])
def test_the_man_page_has_every_command_and_option_and_says_it_in_its_language(
    language: str, path: str
) -> None:
    page = shared_files()[f"share/{path}/man1/elumenta-tui.1"]
    assert page.isascii()
    assert [
        line for line in page.splitlines() if re.match(r"\.(?!TH|SH|SS|TP|HP|PP|RS|RE|PD|nf|fi|ad|nh)", line)
    ] == []
    plain = re.sub(r"\\f[BIR]", "", page).replace("\\-", "-").replace("\\~", " ")
    plain = re.sub(r"\\\[u([0-9A-F]+)\]", lambda found: chr(int(found[1], 16)), plain)
    i18n.use(language)
    for node in tree():
        start = f"\n.SS elumenta-tui {node.name}\n" if node.words else f'.SH "{i18n.say("man.options")}"\n'
        assert plain.count(start) == 1
        own = re.split(r"\n\.S[SH]", plain.partition(start)[2])[0]
        for option in node.options:
            assert f"{', '.join(reversed(option.names))}" in own
            assert " ".join(option.about.split()).replace("\\", "\\e").replace('"', "\\(dq") in own
    for name in ("ELUMENTA_API_KEY", "config.toml", "F8", "141", "--compare"):
        assert name in plain


@pytest.mark.parametrize("path", ["man", "man/ru"])
def test_the_man_page_is_correct_roff(path: str, tmp_path: Path) -> None:
    program = installed("mandoc")
    page = tmp_path / "elumenta-tui.1"
    page.write_text(shared_files()[f"share/{path}/man1/elumenta-tui.1"], encoding="utf-8")
    done = subprocess.run(
        [program, "-T", "lint", "-W", "warning", str(page)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def man(capsys: pytest.CaptureFixture[str], *arguments: str, language: str = "en_US") -> str:
    assert program.main(["man", *arguments], {"LANG": f"{language}.UTF-8"}) == 0
    return capsys.readouterr().out


@thorough
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_command_prints_what_the_package_brings(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = man(capsys, language=f"{language}_XX")
    i18n.use(language)
    assert text.startswith("ELUMENTA-TUI(1)  ")
    # Examples are not broken: they are to be copied.
    assert max(len(line) for line in text.splitlines() if not line.startswith(" " * 11)) <= 80
    assert "\b" not in text
    together = " ".join(text.split())
    for node in tree():
        assert " ".join(node.about.split()) in together
        assert all(" ".join(option.about.split()) in together for option in node.options), node.name
    pages = shared_files()
    path = "share/man/man1" if language == "en" else "share/man/ru/man1"
    source = man(capsys, "--roff", language=f"{language}_XX")
    assert source.partition("\n")[2] == pages[f"{path}/elumenta-tui.1"].partition("\n")[2]


def test_at_a_terminal_it_is_paged_and_without_a_pager_printed(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text(f"#!/bin/sh\ncat > {tmp_path / 'page'}\necho shown\n")
    pager.chmod(0o755)
    env = {"TERM": "xterm", "MANPAGER": "/nowhere/pager", "PAGER": f"{pager} --quiet"}
    with Terminal([PREPARED, "man"], env=env, size=(120, 30)) as terminal:
        terminal.wait_for("shown")
        assert terminal.wait_exit() == 0
    page = (tmp_path / "page").read_text()
    assert "\nN\bNA\bAM\bME\bE\n" in page
    assert max(len(re.sub(".\b", "", line)) for line in page.splitlines()) <= 100
    with Terminal([PREPARED, "man"], env={"TERM": "dumb"}, size=(120, 30)) as terminal:
        assert terminal.wait_exit() == 0
        assert b"ELUMENTA-TUI(1)" in terminal.raw
        assert b"\b" not in terminal.raw
