"""The rendering of an answer: all of it is on the screen, however it comes and whatever it holds."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.container import margin_source
from elumenta_tui.markdown.growing import GrowingMarkdown, render
from elumenta_tui.markdown.style import Line
from tests.corpus import documents
from tests.fuzz import fuzz

_PIECES = (
    "word", "слово ", "世界。", "「重要」", "a\n", "key: value\n", "\n\n", "\n", " ", "   ", "**", "*", "_", "~~", "`", "``", "```", "\n```py\n", "\n```markdown\n",
    "\n~~~\n", "[", "](", "](u)", "![", ")", "[x]: /u\n", "\n\n[1]: https://a.b 'T'\n", "[x]", "[^1]", "\n[^1]: ", "\n: ", "\n> [!NOTE]\n", "<b>", "<br>", "\n<div>\n", "<think>", "</think>\n", "<!--", "-->", "$", "$$", "$x_1$ ", "\\(\\alpha \\to b\\)", "\n$$\n\\frac{a}{b}\n$$\n", "\\",
    "\\(", "\\)", "&amp;", "|", "\n| a | b |\n|---|---|\n| c", "\n- ", "\n1. ", "\n7) ", "\n> ", "\n# ", "\n===\n", "\n---\n", "- [x] ", "\n    ",
    "👩\u200d👩\u200d👧", "1️⃣", "é", "https://a.b/c?d=e", "，", "x = '👍🏽'\n", "5*x ", "long text with words and more words " * 12, "ничего, " * 30,
)  # fmt: skip

_MARKS = re.compile(r"[\s\W_]")


def _lines(blocks: list[Block], width: int) -> list[Line]:
    return [line for block in blocks for line in block.lines(width)]


_STANDS_FOR_SOMETHING = re.compile(
    r"^[ >]*```mermaid$|<br ?/?>|&#?\w+;|%[0-9a-f]{2}|\[[xX]\] |\]\[[^\[\]]*\]|^[ >]*(?:[-+*] +)*\d+[.)]",
    re.IGNORECASE | re.MULTILINE,
)
"""The fence of a diagram, a break, an encoded character, a ticked box, the label of a link whose target is shown, a number that is counted."""

_SAID_TWICE = re.compile(r"\[([^\[\]]+)\]\((?:mailto:)?\1\)")
"""A link whose text is its target: it is shown once."""


def _read(line: Line) -> str:
    if line.copying is not None and line.copying.source:
        return "" if line.copying.goes_on else line.copying.source
    text = "".join(style.source or text for text, style in line.runs)
    return margin_source(text[: line.margin]) + text[line.margin :] + "".join(text for text, _ in line.edge)


def missing(source: str) -> Counter[str]:
    """The letters and digits of a text that its rendering does not show, nor gives when what stands for them is copied.

    All other characters may be marks, and stand for a style, a rule, a box or a number.
    """
    drawn = "".join(map(_read, _lines(render(source), 2000)))
    wanted = _MARKS.sub("", _STANDS_FOR_SOMETHING.sub("", _SAID_TWICE.sub(r"\1", source.expandtabs(4))))
    return Counter(wanted) - Counter(_MARKS.sub("", drawn))


def document(random: Random) -> str:
    return "".join(random.choices(_PIECES, k=random.randint(1, 60)))


def _comes_out_as_the_whole(source: str, random: Random) -> None:
    whole = render(source)
    markdown = GrowingMarkdown()
    start = 0
    while start < len(source):
        end = start + random.randint(1, random.choice((3, 40, 400)))
        markdown.feed(source[start:end])
        _lines(markdown.open, 40)
        start = end
    markdown.close()
    for width in (5, 33, 100):
        assert _lines(markdown.blocks, width) == _lines(whole, width), source


@fuzz(rounds=60)
def markdown_in_any_cut(random: Random) -> None:
    _comes_out_as_the_whole(document(random), random)


@fuzz(rounds=1)
def a_real_document_in_any_cut(random: Random) -> None:
    _, text = random.choice(documents())
    _comes_out_as_the_whole(text, random)


@fuzz(rounds=60)
def every_letter_of_an_answer_is_shown(random: Random) -> None:
    source = document(random)
    assert not missing(source), source
