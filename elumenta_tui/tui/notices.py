"""Sentences for notices about copying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elumenta_tui.i18n import say

if TYPE_CHECKING:
    from elumenta_tui.terminal.clipboard import Route


def copied_words(route: Route, text: str) -> str:
    """State where a text was copied to, claiming no more than is known."""
    rows = len(text.splitlines())
    what = say("notice.copied_lines", n=rows) if rows > 1 else say("notice.copied", n=len(text))
    if route.tool is not None:
        return say(
            "notice.copied_by_and_tmux" if route.in_tmux else "notice.copied_by", what=what, tool=route.tool
        )
    if route.in_tmux:
        return say(
            "notice.copied_tmux_too_long" if route.too_long_for_terminal else "notice.copied_tmux", what=what
        )
    if route.too_long_for_terminal:
        return say("notice.copied_too_long", what=what)
    return say("notice.copied_by_terminal", what=what) if route.sent_to_terminal else say("notice.copied_not")
