"""Markdown as plain text to be read at a glance: no marks, no addresses, no frames."""

from __future__ import annotations

from elumenta_tui.markdown.blocks import Block, Text
from elumenta_tui.markdown.growing import render
from elumenta_tui.markdown.style import Run


def readable(source: str, width: int) -> list[str]:
    """Return the text of a source in lines of at most `width` cells, with links reduced to their text."""
    lines = [
        "".join(text for text, _ in line.runs).rstrip()
        for block in render(source)
        for line in _without_addresses(block).lines(width)
    ]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _without_addresses(block: Block) -> Block:
    if not isinstance(block, Text) or block.after is not None or block.continuation:
        return block
    runs: list[Run] = []
    for text, style in block.runs:
        if style.role != "target":
            runs.append((text, style))
        elif runs:
            # Remove the blank before the address too.
            runs[-1] = (runs[-1][0].removesuffix(" "), runs[-1][1])
    return Text(block.margin, runs).with_gap(block.gap, block.below)
