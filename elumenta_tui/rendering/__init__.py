"""Markdown that grows at the end → blocks → lines of inked text. Pure: no network, no Textual."""

from elumenta_tui.rendering.blocks import Block, Text
from elumenta_tui.rendering.code import Code, CodeSource
from elumenta_tui.rendering.growing import COMMON_LANGUAGES, GrowingMarkdown, plain_blocks, render, warm
from elumenta_tui.rendering.heading import Heading, Rule
from elumenta_tui.rendering.ink import TEXT, Ink, Line, Run
from elumenta_tui.rendering.table import Table

__all__ = [
    "COMMON_LANGUAGES",
    "TEXT",
    "Block",
    "Code",
    "CodeSource",
    "GrowingMarkdown",
    "Heading",
    "Ink",
    "Line",
    "Rule",
    "Run",
    "Table",
    "Text",
    "plain_blocks",
    "render",
    "warm",
]
