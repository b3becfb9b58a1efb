"""`<details>` in an answer: which blocks stand between its tags, to be folded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from elumenta_tui.markdown.blocks import Block, Text
from elumenta_tui.markdown.container import margin_source
from elumenta_tui.markdown.style import Line
from elumenta_tui.markdown.verbatim import Thoughts

_BEGIN = re.compile(r"\s*<details(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_END = re.compile(r"</details\s*>\s*$", re.IGNORECASE)
_SUMMARY = re.compile(r"<summary>([^<]{0,400})</summary>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_LONGEST_SUMMARY = 200
_WIDE = 5_000
"""Cells of a row, so that hardly any text is wrapped."""


class Details(NamedTuple):
    """Blocks between the tags, which are in the first and the last of them."""

    first: int
    last: int
    summary: str
    """Plain text; may be empty."""
    is_bare: bool
    """True if the first and the last block hold nothing but the tags and the summary."""


class DetailsFinder:
    """Finds them in blocks that are appended to. Only closed ones count, and of nested ones the outermost."""

    def __init__(self) -> None:
        self.found: list[Details] = []
        self._blocks: Sequence[Block] | None = None
        self._done = 0
        self._open: list[int] = []

    def look(self, blocks: Sequence[Block]) -> list[Details]:
        """Look at the blocks that are new, and return all."""
        if blocks is not self._blocks or len(blocks) < self._done:
            self.found, self._done, self._open = [], 0, []
            self._blocks = blocks
        for index in range(self._done, len(blocks)):
            text = _html(blocks[index])
            if not text:
                continue
            if _BEGIN.match(text):
                self._open.append(index)
            if self._open and _END.search(text):
                first = self._open.pop()
                if not self._open:
                    self.found.append(_details(blocks, first, index))
        self._done = len(blocks)
        return self.found


def _html(block: Block) -> str:
    """Return the text of a block of HTML; empty for any other block."""
    if not isinstance(block, Text) or not block.runs or block.runs[0][1].role != "html":
        return ""
    if block.margin.rest and block.margin.rest[-1] is Thoughts.BAR:
        return ""
    return block.runs[0][0] if len(block.runs) == 1 else ""


def _details(blocks: Sequence[Block], first: int, last: int) -> Details:
    text, end = _html(blocks[first]), _html(blocks[last])
    match = _SUMMARY.search(text)
    summary = " ".join(match[1].split())[:_LONGEST_SUMMARY] if match else ""
    begin = _SUMMARY.sub("", text, count=1)
    begin = begin.removeprefix(tag[0]) if (tag := _BEGIN.match(begin)) else begin
    is_bare = first != last and not begin.strip() and not _END.sub("", end, count=1).strip()
    return Details(first, last, summary, is_bare)


def words_of(blocks: Sequence[Block]) -> int:
    """Count the words of blocks, without their tags."""
    return sum(len(_TAG.sub(" ", _text(line)).split()) for block in blocks for line in block.lines(_WIDE))


def text_of_block(block: Block) -> str:
    """Return the text of a block as it reads, not wrapped, with Markdown for what stands left of it."""
    texts = []
    for line in block.lines(_WIDE):
        text = _text(line)
        texts.append((margin_source(text[: line.margin]) + text[line.margin :]).rstrip())
    return "\n".join(texts)


def _text(line: Line) -> str:
    return "".join(style.source or text for text, style in line.runs)
