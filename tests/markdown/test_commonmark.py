"""The structure of a document against a second opinion: markdown-it-py's own parse of the whole text.

`elumenta_tui.markdown` reads blocks line by line with a parser of its own, because markdown-it-py needs the whole
text. Here both read the same texts, and each block must have the same kind, the same place and the same words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from elumenta_tui.markdown.blocks import Block, Text
from elumenta_tui.markdown.code import Code
from elumenta_tui.markdown.flanking import FlankingState
from elumenta_tui.markdown.growing import render
from elumenta_tui.markdown.heading import Heading, Rule
from elumenta_tui.markdown.table import Table
from tests.corpus import CORPUS, documents
from tests.thorough import some, thorough

WHOLE = MarkdownIt("commonmark", {"maxNesting": 1000}).enable(["table", "strikethrough"])

EXAMPLES = json.loads((CORPUS / "commonmark.json").read_text(encoding="utf-8"))

OUR_OWN_WAY = {
    "$": "S",
    r"\(": r"\!",
    r"\[": r"\!",
    "[ ]": "[_]",
    "[x]": "[_]",
    "[X]": "[_]",
    "[!": "[_",
    "```mermaid": "```text",
}
"""Marks of math, tasks, alerts and diagrams, which plain CommonMark does not know, and what stands for them in both readings."""


@dataclass
class Leaf:
    """A block of text, as either parser sees it."""

    kind: str
    margin: str
    """The bullets, numbers and bars beside its first row."""
    words: str
    """Its text without any blank space, for that is laid out differently."""


@dataclass
class Outline:
    """Reads markdown-it's tokens."""

    leaves: list[Leaf] = field(default_factory=list)
    labels: list[list[str]] = field(default_factory=list)
    lists: list[list[Any]] = field(default_factory=list)
    kind: str = "text"
    cells: list[str] | None = None

    def put(self, kind: str, text: str) -> None:
        margin = ""
        for label in self.labels:
            margin += label[0]
            if label[0] != "▌":
                label[0] = ""
        self.leaves.append(Leaf(kind, margin, squeezed(text)))

    def read(self, tokens: list[Token]) -> list[Leaf]:
        for token in tokens:
            match token.type:
                case "blockquote_open":
                    self.labels.append(["▌"])
                case "bullet_list_open":
                    self.lists.append(["•◦▪"[len(self.lists) % 3], None])
                case "ordered_list_open":
                    self.lists.append([token.markup, 1, None])
                case "bullet_list_close" | "ordered_list_close":
                    self.lists.pop()
                case "list_item_open":
                    mark, number = self.lists[-1][:2]
                    if number is not None:
                        # Numbers are shown as written; those that only repeat the one before are counted.
                        written = int(token.info)
                        if written != self.lists[-1][2]:
                            self.lists[-1][1:] = [written, written]
                        number = self.lists[-1][1]
                        self.lists[-1][1] += 1
                    self.labels.append([mark if number is None else f"{number}{mark}"])
                case "list_item_close":
                    if self.labels[-1][0]:
                        self.put("text", "")
                    self.labels.pop()
                case "blockquote_close":
                    self.labels.pop()
                case "heading_open":
                    self.kind = f"heading {token.tag[1]}"
                case "paragraph_open":
                    self.kind = "text"
                case "table_open":
                    self.cells = []
                case "table_close":
                    self.put("table", "".join(self.cells or []))
                    self.cells = None
                case "inline":
                    if self.cells is not None:
                        self.cells.append(flat(token))
                    else:
                        self.put(self.kind, flat(token))
                case "fence" | "code_block":
                    self.put("code", token.content)
                case "html_block":
                    self.put("text", token.content)
                case "hr":
                    self.put("rule", "")
        return self.leaves


def flat(inline: Token) -> str:
    text = ""
    for token in inline.children or []:
        if token.type == "html_inline" and token.content in ("<br>", "<br/>", "<br />"):
            continue
        if token.type == "image":
            text += "🖼" + flat(token)
        else:
            text += token.content
    return text


def squeezed(text: str) -> str:
    return "".join(text.split())


def kind_of(block: Block) -> str:
    match block:
        case Heading():
            return f"heading {block.level}"
        case Code():
            return "code"
        case Table():
            return "table"
        case Rule():
            return "rule"
    return "text"


def is_definition(block: Block) -> bool:
    return isinstance(block, Text) and bool(block.runs) and block.runs[0][1].role == "target"


def shown(source: str) -> list[Leaf]:
    leaves: list[Leaf] = []
    inside_text: Text | None = None
    label = ""
    for block in render(source):
        if is_definition(block):
            # The specification shows none of them. An item's label stands beside its first block.
            label += squeezed("".join(text for text, _ in block.margin.first).replace("▌", ""))
            continue
        text = ""
        match block:
            case Text():
                text = "".join(text for text, style in block.runs if style.role != "target")
            case Code():
                text = block.source
            case Table():
                cells = [
                    *(block.columns.header if block.is_first else ()),
                    *(c for row in block.rows for c in row),
                ]
                text = "".join(text for cell in cells for text, style in cell if style.role != "target")
        is_piece = (isinstance(block, Text) and inside_text is not None) or (
            isinstance(block, Code | Table) and not block.is_first
        )
        if is_piece and isinstance(block, Text | Table):
            leaves[-1].words += squeezed(text)
        elif not is_piece:
            margin = squeezed("".join(text for text, _ in block.margin.first))
            leaves.append(Leaf(kind_of(block), margin, squeezed(text)))
        inside_text = block if isinstance(block, Text) and block.continuation else None
    return leaves


def readings(source: str) -> tuple[list[Leaf], list[Leaf]]:
    """Ours and markdown-it's."""
    source = source.replace("\x00", "\ufffd")
    for mark, neutral in OUR_OWN_WAY.items():
        source = source.replace(mark, neutral)
    return shown(source), Outline().read(WHOLE.parse(source))


@thorough
def test_each_example_of_the_specification_has_the_structure_of_the_specification() -> None:
    assert len(EXAMPLES) > 600
    read = {example["example"]: readings(example["markdown"]) for example in EXAMPLES}
    assert {number: both for number, both in read.items() if both[0] != both[1]} == {}


@thorough
def test_wider_rules_for_emphasis_change_no_example_of_the_specification(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = {example["example"]: WHOLE.render(example["markdown"]) for example in EXAMPLES}
    monkeypatch.setattr("markdown_it.parser_inline.StateInline", FlankingState)
    ours = {example["example"]: WHOLE.render(example["markdown"]) for example in EXAMPLES}
    assert {number: html for number, html in ours.items() if html != theirs[number]} == {}


OTHERWISE = {
    "examples": "all examples in one text, with definitions which reach from one to the other",
    "markdown-it-py-commonmark_extras.md": "paragraphs of some thousand characters with marks left open on purpose",
    "pillow/METADATA": "a paragraph of some thousand characters of HTML, whose tags are open where it is cut into lines",
    "markdown-it-py-tables.md": "within a paragraph, markdown-it takes `- a | b` for headers; a list goes first here",
}


@thorough
@pytest.mark.parametrize("name", some(name for name, _ in documents() if name not in OTHERWISE))
def test_real_documents_have_the_structure_which_markdown_it_sees(name: str) -> None:
    ours, theirs = readings(dict(documents())[name])
    assert ours == theirs
