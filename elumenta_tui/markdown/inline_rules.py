"""Rules of markup within a line that markdown-it does not know: formulas, and references to footnotes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

_MATH = re.compile(r"\$\$[^$]+\$\$|\$(?![\s$])(?:\\.|[^$\\`\n])*(?<=[^\s\\$])\$(?!\w)", re.DOTALL)
_MATH_ENDS = {"\\(": "\\)", "\\[": "\\]"}


def math(state: StateInline, silent: bool) -> bool:
    """Parse `$…$`, `$$…$$`, `\\(…\\)` and `\\[…\\]`, whose asterisks, underscores and backslashes are not Markdown."""
    end = _math_end(state.src, state.pos, state.posMax)
    if not end or (end == state.env["grown"] and state.src[end - 1] == "$"):
        # The next letter may tell that the last mark is the sign of a price.
        return False
    if not silent:
        state.push("math", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _math_end(text: str, start: int, limit: int) -> int:
    """Return the end of the formula that starts at `start`; 0 if there is none."""
    if text[start] == "$":
        if start and text[start - 1].isalnum():
            return 0
        match = _MATH.match(text, start, limit)
        return match.end() if match else 0
    mark = _MATH_ENDS.get(text[start : start + 2])
    end = text.find(mark, start + 2, limit) if mark else -1
    return end + 2 if end > start + 2 else 0


_FOOTNOTE = re.compile(r"\[\^([^\[\]\s^]{1,50})\]")


def footnote(state: StateInline, silent: bool) -> bool:
    """Parse `[^label]` where that footnote is defined."""
    match = _FOOTNOTE.match(state.src, state.pos, state.posMax)
    if match is None or not state.env["references"].has_footnote(match[1]):
        return False
    if not silent:
        state.push("footnote", "", 0).content = match[1]
    state.pos = match.end()
    return True
