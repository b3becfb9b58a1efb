"""Blocks of Markdown that are made of lines: quotes, and fences around code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from elumenta_tui.text.lazy_pattern import LazyPattern

_BACKTICKS = LazyPattern("``*")
"""The first letter is a literal, so that the search for it skips what is none."""


def quote_block(lines: Iterable[str]) -> str:
    """Return lines as a Markdown quote."""
    return "\n".join(f"> {line}".rstrip() for line in lines)


def code_block(language: str, lines: Sequence[str]) -> str:
    """Return lines of code as a Markdown code block, with a fence that no line of them can end."""
    text = "\n".join(lines)
    # At once: there may be hundreds of thousands of lines, each time a request is built.
    longest = max(map(len, _BACKTICKS.compiled.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *([text] if lines else []), fence])
