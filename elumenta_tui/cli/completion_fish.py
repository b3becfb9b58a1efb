"""The completion of fish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from elumenta_tui.cli.command_tree import DIRECTORIES, FILES, Node, Value

_HEAD = r"""# fish completion of elumenta-tui

function __elumenta_tui_at
    set -l at
    for word in (commandline -opc)[2..]
        test "$word" = --demo; and continue
        test "$word" = --; and return 1
        set -l longer (string join ' ' -- $at $word)
        contains -- $longer %(paths)s; or break
        set at $longer
    end
    test "$at" = "$argv[1]"
end

function __elumenta_tui_first
    set -l words (string match -v -- --demo (commandline -opc))
    test (count $words) -eq $argv[1]
end

function __elumenta_tui_after
    contains -- (commandline -opc)[-1] $argv
end

function __elumenta_tui_live
    set -l demo
    contains -- --demo (commandline -opc); and set demo --demo
    elumenta-tui __complete $argv[1] (string replace -r -- '^--[a-z-]+=' '' (commandline -ct)) $demo 2>/dev/null
end

complete -c elumenta-tui -f
"""


def script(nodes: Sequence[Node]) -> str:
    """Return the script, which is to be sourced or put beside fish's other completions."""
    paths = " ".join(_quoted(node.name) for node in nodes if node.words)
    return _HEAD.replace("%(paths)s", paths) + "".join(
        f"complete -c elumenta-tui {line}\n" for node in nodes for line in _lines(node)
    )


def _lines(node: Node) -> Iterator[str]:
    here = f"__elumenta_tui_at {_quoted(node.name)}"
    for option in node.options:
        line = f"-n {_quoted(here)}"
        for name in option.names:
            line += f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}"
        value = option.value
        if value is not None and not value.is_optional:
            line += " -r"
        if value is not None:
            line += _values(value)
        yield f"{line} -d {_quoted(option.gist)}"
        if value is not None and value.is_optional:
            condition = f"{here}; and __elumenta_tui_after {' '.join(option.names)}"
            yield f"-n {_quoted(condition)}{_values(value)}"
    for word, about in node.inner:
        condition = f"{here}; and __elumenta_tui_first {len(node.words) + 1}"
        yield f"-n {_quoted(condition)} -a {word} -d {_quoted(about)}"
    if node.argument.kind or node.argument.choices:
        yield f"-n {_quoted(here)}{_values(node.argument)}"


def _values(value: Value) -> str:
    if value.choices:
        return f" -f -a {_quoted(' '.join(value.choices))}"
    if value.kind == FILES:
        return " -F"
    if value.kind == DIRECTORIES:
        return " -f -a '(__fish_complete_directories (commandline -ct))'"
    return f" -f -a '(__elumenta_tui_live {value.kind})'" if value.kind else " -f"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
