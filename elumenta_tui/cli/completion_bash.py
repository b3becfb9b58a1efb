"""The completion of bash, 3.2 and newer; it needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from elumenta_tui.cli.command_tree import LIVE, Node, Value

_HEAD = r"""# bash completion of elumenta-tui

# What others have written, such as titles, is only ever read into variables: `compgen -W` would expand it.
_elumenta_tui_live() {
    local word about listed=() shown=() i
    while IFS=$'\t' read -r word about; do
        # More may follow.
        [[ $word == *: ]] && compopt -o nospace 2>/dev/null
        word=${word#"$before"}
        listed+=("$word")
        shown+=("$word${about:+  $about}")
    done < <(elumenta-tui __complete "$1" "$before$cur" $demo 2>/dev/null)
    COMPREPLY=("${listed[@]}")
    # Where the candidates are only listed, what they are stands behind them. It is never inserted: they differ before it.
    if [[ ${#listed[@]} -gt 1 && $COMP_TYPE != 37 && $COMP_TYPE != 42 ]]; then
        COMPREPLY=("${shown[@]}")
    fi
    # More models may follow.
    [[ $1 == slugs ]] && compopt -o nospace 2>/dev/null
}

_elumenta_tui_paths() {
    local path
    compopt -o filenames 2>/dev/null
    while IFS= read -r path; do
        COMPREPLY+=("$path")
    done < <(compgen "$1" -- "$cur")
}

_elumenta_tui() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at="" demo="" kind="" i word
    local options="" inner="" argument="" is_first=1 before=""
    COMPREPLY=()
    # --option=value comes as three words.
    if [[ $cur == "=" ]]; then
        cur=""
    elif [[ $prev == "=" && $COMP_CWORD -gt 2 ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    # name:value comes as three words, too; what is inserted is the last of them.
    if [[ $cur == ":" ]]; then
        before=$prev:
        cur=""
    elif [[ $prev == ":" && $COMP_CWORD -gt 2 ]]; then
        before=${COMP_WORDS[COMP_CWORD-2]}:
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            --demo) demo=--demo; continue ;;
            --) return ;;
        esac
        [[ $is_first ]] || continue
        case "$at${at:+ }$word" in
            %(paths)s) at="$at${at:+ }$word" ;;
            *) is_first="" ;;
        esac
    done
    case $at in
"""

_TAIL = r"""    esac
    if [[ -z $kind ]]; then
        if [[ $cur == -* ]]; then
            kind="one of $options"
        elif [[ $is_first && $inner ]]; then
            kind="one of $inner"
        else
            kind=$argument
        fi
    fi
    case $kind in
        "one of "*) COMPREPLY=($(compgen -W "${kind#one of }" -- "$cur")) ;;
        files) _elumenta_tui_paths -f ;;
        directories) _elumenta_tui_paths -d ;;
        %(live)s) _elumenta_tui_live "$kind" ;;
    esac
}

complete -F _elumenta_tui elumenta-tui
"""


def script(nodes: Sequence[Node]) -> str:
    """Return the script, which is to be sourced."""
    paths = "|".join(f'"{node.name}"' for node in nodes if node.words)
    return (
        _HEAD.replace("%(paths)s", paths)
        + "".join(f"{line}\n" for node in nodes for line in _case(node))
        + _TAIL.replace("%(live)s", "|".join(LIVE))
    )


def _case(node: Node) -> Iterator[str]:
    yield f'        "{node.name}")'
    names = " ".join(name for option in node.options for name in option.names)
    yield f'            options="{names}"'
    if node.inner:
        words = " ".join(word for word, _ in node.inner)
        yield f'            inner="{words}"'
    if kind := _kind(node.argument):
        yield f'            argument="{kind}"'
    by_kind: dict[str, list[str]] = {}
    for option in node.options:
        if option.value is not None:
            by_kind.setdefault(_kind(option.value) or "text", []).extend(option.names)
    if by_kind:
        yield "            case $prev in"
        for kind, options in by_kind.items():
            pattern = "|".join(options)
            yield f'                {pattern}) kind="{kind}" ;;'
        yield "            esac"
    yield "            ;;"


def _kind(value: Value) -> str:
    if value.choices:
        return f"one of {' '.join(value.choices)}"
    return value.kind
