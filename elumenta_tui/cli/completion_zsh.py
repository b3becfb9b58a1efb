"""The completion of zsh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from elumenta_tui.cli.command_tree import DIRECTORIES, FILES, Node, Option, Value

_HEAD = r"""#compdef elumenta-tui
# zsh completion of elumenta-tui

_elumenta_tui_live() {
    local word about
    local -a found shown more
    [[ $1 == slugs ]] && more=(-S '')
    # Behind --option= or -o, PREFIX is the value alone.
    while IFS=$'\t' read -r word about; do
        found+=("$word")
        shown+=("$word${about:+  $about}")
    done < <(elumenta-tui __complete $1 "$PREFIX" $elumenta_demo 2>/dev/null)
    # More follows a filter's name.
    (( $#found )) && [[ $found[1] == *: ]] && more=(-S '')
    compadd -V $1 "${more[@]}" -l -d shown -a found
}

_elumenta_tui() {
    local at="" longer
    local -i i taken=1
    local -a elumenta_demo inner
    (( ${words[(I)--demo]} )) && elumenta_demo=(--demo)
    for (( i = 2; i < CURRENT; i++ )); do
        [[ $words[i] == --demo ]] && continue
        longer="$at${at:+ }$words[i]"
        case $longer in
            %(paths)s) at=$longer; taken=$i ;;
            *) break ;;
        esac
    done
    if (( taken > 1 )); then
        words=(elumenta-tui "${(@)words[taken+1,-1]}")
        (( CURRENT -= taken - 1 ))
    fi
    case $at in
"""

_TAIL = r"""    esac
}

if [[ $funcstack[1] == _elumenta-tui ]]; then
    _elumenta_tui "$@"
else
    compdef _elumenta_tui elumenta-tui
fi
"""


def script(nodes: Sequence[Node]) -> str:
    """Return the script, which is to be sourced, or put under the name `_elumenta-tui` where zsh looks for functions."""
    paths = "|".join(node.name.replace(" ", "\\ ") for node in nodes if node.words)
    return (
        _HEAD.replace("%(paths)s", paths)
        + "".join(f"{line}\n" for node in nodes for line in _case(node))
        + _TAIL
    )


def _case(node: Node) -> Iterator[str]:
    yield f"        {_quoted(node.name)})"
    if node.inner:
        words = " ".join(_quoted(f"{word}:{about}") for word, about in node.inner)
        yield f"            inner=({words})"
    yield "            _arguments -s -S \\"
    for option in node.options:
        yield f"                {_option(option)} \\"
    if node.inner:
        yield "                '1: :{_describe -t commands command inner}'"
    elif node.arguments:
        value = node.argument
        which = "*" if value.repeats else "1"
        yield f"                {_quoted(f'{which}:{_escaped(value.label)}:{_action(value)}')}"
    else:
        yield "                && return"
    yield "            ;;"


def _option(option: Option) -> str:
    exclusion = "*" if option.repeats else f"({' '.join(option.names)})"
    value = option.value
    what = f"[{_escaped(option.gist)}]"
    if value is not None:
        colons = "::" if value.is_optional else ":"
        what += f"{colons}{_escaped(value.label)}:{_action(value)}"
    names = [
        name if value is None else f"{name}=" if name.startswith("--") else f"{name}+"
        for name in option.names
    ]
    written = names[0] if len(names) == 1 else ""
    if written:
        return _quoted(f"{exclusion}{written}{what}")
    return f"{_quoted(exclusion)}{{{','.join(names)}}}{_quoted(what)}"


def _action(value: Value) -> str:
    if value.choices:
        return f"({' '.join(value.choices)})"
    if value.kind == FILES:
        return "_files"
    if value.kind == DIRECTORIES:
        return "_files -/"
    # One blank: nothing is offered, and what is wanted is said.
    return f"{{_elumenta_tui_live {value.kind}}}" if value.kind else " "


def _escaped(text: str) -> str:
    for special in "\\[]:":
        text = text.replace(special, f"\\{special}")
    return text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
