"""The program's source as syntax trees, parsed once for all tests of a process that read it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

import elumenta_tui

PACKAGE = Path(elumenta_tui.__file__).parent


@cache
def texts() -> Mapping[str, str]:
    """The text of each module, by its path below the package."""
    return MappingProxyType(
        {
            path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(PACKAGE.rglob("*.py"))
        }
    )


@cache
def trees() -> Mapping[str, ast.Module]:
    """The syntax tree of each module, by its path below the package."""
    return MappingProxyType({path: ast.parse(text) for path, text in texts().items()})


@cache
def nodes(tree: ast.AST) -> Sequence[ast.AST]:
    """All nodes of a tree. Walking through a tree takes longer than making it, and several tests do."""
    return tuple(ast.walk(tree))


def dotted(node: ast.expr) -> str:
    """A name such as `self.app.say`; empty for what is no name alone. `ast.unparse` takes thirty times as long."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])
