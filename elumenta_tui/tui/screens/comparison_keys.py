"""The rows of keys below a comparison: as many as fit, the most important ones first."""

from __future__ import annotations

from textual.content import Content

from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say

ROOMY = 60
"""Columns from which on there is room to say that F1 shows all keys."""


def _keys(answer: Answer, count: int, *, is_blind: bool) -> list[tuple[str, str]]:
    keys = [("Enter", "pick"), ("Esc", "leave"), ("← →", "move")]
    if not answer.over:
        keys.append(("S", "stop"))
    elif answer.failure is not None:
        keys.append(("R", "again"))
    if count > 1:
        keys += [("D", "diff"), ("F", "merge")]
    keys += [("B", "see" if is_blind else "blind"), ("Alt+C", "next"), ("C", "copy")]
    if answer.is_doubtful:
        keys.append(("G", "recover"))
    return [*keys, ("↑ ↓ PgUp/PgDn", "scroll")]


def hints(answer: Answer, count: int, width: int, rows: int, *, is_blind: bool) -> Content:
    """Draw the keys that do something for an answer, in at most so many rows.

    Args:
        count: number of answers.
    """
    lines: list[Content] = []
    line = Content(" ")
    more = Content.assemble(
        ("F1", "bold"), (f" {say('compare.key.more') if width >= ROOMY else '…'}", "$muted")
    )
    keys = _keys(answer, count, is_blind=is_blind)
    for place, (key, word) in enumerate(keys):
        item = Content.assemble((key, "bold"), (f" {say(f'compare.key.{word}')}", "$muted"))
        is_last_row = len(lines) == rows - 1
        has_more = place < len(keys) - 1
        room = width - (more.cell_length + 3 if is_last_row and has_more else 0)
        if line.cell_length + item.cell_length + 2 > room and line.cell_length > 1:
            if is_last_row:
                line = Content.assemble(line, "  " if line.cell_length > 1 else "", more)
                break
            lines.append(line)
            line = Content(" ")
        line = Content.assemble(line, "  " if line.cell_length > 1 else "", item)
    return Content("\n").join([*lines, line.truncate(width, ellipsis=True)])
