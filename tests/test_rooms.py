"""The rooms of the house: what may be imported in a process without a screen."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import grimp
import pytest

import elumenta_tui
from tests.syntax import nodes, texts, trees
from tests.thorough import thorough

WITHOUT_TEXTUAL = (
    "api chat cli config demo files i18n markdown process session sources store text transfer".split()
)
"""Rooms in which nothing may load Textual, not even indirectly."""

LOAD = """
import pkgutil, sys
from importlib import import_module
count = 0
for name in sys.argv[1:]:
    room = import_module("elumenta_tui." + name)
    for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
        import_module(module.name)
        count += 1
print(count, "textual" in sys.modules)
"""


def python(code: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_rooms_without_a_screen_load_no_textual() -> None:
    count, is_loaded = python(LOAD, *WITHOUT_TEXTUAL)
    assert int(count) > len(WITHOUT_TEXTUAL)
    assert is_loaded == "False"


@thorough
@pytest.mark.parametrize("room", WITHOUT_TEXTUAL)
def test_a_room_without_a_screen_loads_no_textual(room: str) -> None:
    count, is_loaded = python(LOAD, room)
    assert int(count) > 0
    assert is_loaded == "False"


def test_a_room_with_a_screen_loads_textual() -> None:
    assert python(LOAD, "tui")[1] == "True"


def test_a_chat_without_a_terminal_loads_nothing_to_draw_with() -> None:
    code = "import sys, elumenta_tui.session; print(*sorted({'textual', 'rich', 'httpx'} & sys.modules.keys()), 'end')"
    assert python(code) == ["end"]


def test_no_modules_import_each_other_not_even_for_type_checking() -> None:
    graph = grimp.build_graph("elumenta_tui", exclude_type_checking_imports=False, cache_dir=None)
    below = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    # Whatever is left when modules that import nothing of what is left are taken away, again and again, is in a circle.
    while leaves := {module for module, imported in below.items() if not imported & below.keys()}:
        below = {module: imported for module, imported in below.items() if module not in leaves}
    assert sorted(below) == []


def test_modules_that_are_imported_by_name_are_there() -> None:
    root = Path(elumenta_tui.__file__).parent
    named = {
        name
        for path in root.rglob("*.py")
        for name in re.findall(r"[\"'](elumenta_tui(?:\.\w+)+)[\"']", path.read_text(encoding="utf-8"))
    }
    assert "elumenta_tui.tui.widgets.answer_view" in named
    assert sorted(name for name in named if find_spec(name) is None) == []


ROOT = Path(elumenta_tui.__file__).parent
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


Explained = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@cache
def explained() -> list[tuple[str, Explained, str]]:
    """Every module, class and function of the program: its name, its syntax tree, and its docstring."""
    return [
        (f"{path}: {getattr(node, 'name', 'the file')}", node, ast.get_docstring(node) or "")
        for path, tree in trees().items()
        for node in nodes(tree)
        if isinstance(node, Explained)
    ]


def without_reason(reason: str) -> list[tuple[str, Explained]]:
    """Every module, class and function whose docstring does not say that reason."""
    return [(name, node) for name, node, docstring in explained() if reason not in docstring]


def test_every_file_over_400_lines_says_why() -> None:
    long = {f"{path}: the file" for path, text in texts().items() if text.count("\n") > 400}
    assert long, "no file is found at all"
    assert sorted(long & {name for name, _ in without_reason("Over 400 lines:")}) == []


def test_no_short_file_says_why_it_is_long() -> None:
    short = {f"{path}: the file" for path, text in texts().items() if text.count("\n") <= 400}
    assert sorted(short - {name for name, _ in without_reason("Over 400 lines:")}) == []


def test_every_function_over_60_lines_says_why() -> None:
    assert [
        name
        for name, node in without_reason("Over 60 lines:")
        if isinstance(node, FUNCTIONS) and (node.end_lineno or 0) - node.lineno >= 60
    ] == []


def test_every_class_over_30_methods_says_why() -> None:
    assert [
        name
        for name, node in without_reason("Over 30 methods:")
        if isinstance(node, ast.ClassDef) and sum(isinstance(part, FUNCTIONS) for part in node.body) > 30
    ] == []


def test_the_app_only_puts_parts_together() -> None:
    assert (ROOT / "tui" / "app.py").read_text(encoding="utf-8").count("\n") < 350
