"""Blocks of Markdown that are made of lines: quotes, and fences around code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_BACKTICKS = re.compile("`+")


def quote_block(lines: Iterable[str]) -> str:
    """Return lines as a Markdown quote."""
    return "\n".join(f"> {line}".rstrip() for line in lines)


def code_block(language: str, lines: Sequence[str]) -> str:
    """Return lines of code as a Markdown code block, with a fence that no line of them can end."""
    longest = max((len(run) for line in lines for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])
