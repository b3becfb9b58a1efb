"""Mermaid diagrams as boxes and arrows, drawn by termaid within limits of size and time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache, lru_cache

from elumenta_tui.markdown.blocks import Block, Margin
from elumenta_tui.markdown.cells import width_of
from elumenta_tui.markdown.code import Code, Fence
from elumenta_tui.markdown.cursor import Cursor
from elumenta_tui.markdown.deadline import TookTooLong, can_interrupt, within
from elumenta_tui.markdown.drawn import Drawn
from elumenta_tui.markdown.inline import Inline
from elumenta_tui.markdown.leaf import Leaf
from elumenta_tui.markdown.style import RULE, TEXT, Run

LANGUAGE = "mermaid"

_LONGEST = 4_000
"""Characters of a diagram, at most. Where nothing can interrupt the work, a quarter of that."""
_MOST_LINES, _LONGEST_LINE = 60, 300
_LINKS = re.compile(r"&|--|==|-\.|->|~~~")
_MOST_LINKS = 80
_MOST_GROUPS = 6
_TALLEST = 120
"""Rows of a drawing, at most."""
_SECONDS = 0.12
"""Processor time for a drawing, at most."""
_KINDS = re.compile(r"(?:graph|flowchart)[ \t]+(?:TB|TD|BT|RL|LR)\b|sequenceDiagram\b|stateDiagram(?:-v2)?\b")
"""Matches the beginning of the kinds that are drawn."""
_SIDEWAYS = re.compile(r"\A\s*(graph|flowchart)[ \t]+(?:LR|RL)\b")
_STYLES = ((4, 2), (2, 1), (1, 0))
"""Blank cells and rows inside the boxes: as many as fit the width."""
_LINES = re.compile(r"[─-╿▀-◿←-⇿┄┆]+")
_BREAK = re.compile(r"<br ?/?>")
_UNSAID = re.compile(r"^[ \t]*(?:%%|classDef|class|style|linkStyle|click)\b.*$", re.MULTILINE)
_LABEL = re.compile(r"[\[({|\"]([^\[\](){}|\"\n]+)[\])}|\"]|:[ \t]*([^:\n]+)$", re.MULTILINE)
_SEMICOLONS = re.compile(r";[ \t]*$", re.MULTILINE)


class Diagram(Drawn):
    """A diagram that is complete."""

    __slots__ = ()

    kind = "diagram"

    def drawing(self, room: int) -> list[tuple[Run, ...]] | None:
        # A flowchart that is too wide goes downwards.
        sources = dict.fromkeys((self.source, _SIDEWAYS.sub(r"\1 TB", self.source)))
        for source in sources:
            for inside, rows_inside in _STYLES:
                drawing = drawn(source, inside, rows_inside)
                if drawing is None:
                    return None
                if max(map(width_of, drawing), default=0) <= room:
                    return [_runs(row) for row in drawing]
        return None


class DiagramFence(Fence):
    """A fence that holds a diagram."""

    @classmethod
    def start(cls, cursor: Cursor, inline: Inline, role: str) -> Leaf | None:
        leaf = super().start(cursor, inline, role) if cursor.first in "`~" else None
        is_diagram = isinstance(leaf, cls) and leaf.language.lower() == LANGUAGE
        return leaf if is_diagram else None

    def finish(self, margin: Margin) -> list[Block]:
        is_whole = self.is_over and self.is_first
        found = super().finish(margin)
        code = found[0]
        if not is_whole or len(found) > 1 or not isinstance(code, Code):
            return found
        return [Diagram(margin, code.code, code.rows)]


def _runs(row: str) -> tuple[Run, ...]:
    runs: list[Run] = []
    end = 0
    for match in _LINES.finditer(row):
        runs += [(row[end : match.start()], TEXT), (match[0], RULE)]
        end = match.end()
    runs.append((row[end:], TEXT))
    return tuple(run for run in runs if run[0])


@lru_cache(maxsize=64)
def drawn(source: str, inside: int = 4, rows_inside: int = 2) -> tuple[str, ...] | None:
    """Return the rows of a diagram; None if it is none that can be drawn whole, or that would take too long.

    Args:
        source: what the fence holds.
        inside, rows_inside: blank cells and rows around the words in a box.
    """
    source = source.strip()
    can_end = can_interrupt()
    if not _KINDS.match(source) or not _is_small(source, 1 if can_end else 4):
        return None
    render = _renderer()
    if render is None:
        return None
    gap = max(inside, 2)
    # termaid takes the semicolon at the end of a line for a part of the name before it.
    source = _SEMICOLONS.sub("", _BREAK.sub(" ", source))

    try:
        # The function itself is handed over: by its package it is known what may be interrupted.
        text = (
            within(_SECONDS, render, source, padding_x=inside, padding_y=rows_inside, gap=gap)
            if can_end
            else render(source, padding_x=inside, padding_y=rows_inside, gap=gap)
        )
    except (TookTooLong, Exception):
        # Whatever is wrong with a stranger's diagram, its source can be read.
        return None
    rows = tuple(row.rstrip() for row in text.strip("\n").rstrip().split("\n"))
    if not text.strip() or len(rows) > _TALLEST or not _says_all(source, text):
        return None
    return rows


@cache
def _renderer() -> Callable[..., str] | None:
    """Import termaid with the modules that it imports late itself, which count for no diagram; None if it is not installed."""
    try:
        from termaid import render
    except ImportError:
        return None
    for small in ("graph TD\n A --> B", "sequenceDiagram\n A->>B: c", "stateDiagram-v2\n A --> B"):
        render(small)
    return render


def _is_small(source: str, share: int) -> bool:
    """Return whether a diagram is within the limits, divided by `share`.

    They bound the canvas, which takes memory with the square of what is on it, and no deadline ends a single large allocation.
    """
    lines = source.split("\n")
    return (
        len(source) <= _LONGEST // share
        and len(lines) <= _MOST_LINES // share
        and max(map(len, lines)) <= _LONGEST_LINE
        and len(_LINKS.findall(source)) <= _MOST_LINKS // share
        and source.count("subgraph") <= _MOST_GROUPS
    )


def _says_all(source: str, text: str) -> bool:
    """Return whether the words of the labels are in the drawing. What termaid does not understand it leaves out."""
    # A box may be named as often as an arrow leads there.
    found = {"".join(pair).strip() for pair in _LABEL.findall(_UNSAID.sub("", source))}
    wanted = Counter(letter for label in found for letter in label if letter.isalnum())
    return not wanted - Counter(text)
