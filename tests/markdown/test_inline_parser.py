"""The parser within a line is markdown-it's, although most of that package is not imported."""

from __future__ import annotations

import subprocess
import sys

import pytest
from markdown_it import MarkdownIt

from elumenta_tui.markdown.inline_parser import InlineMarkdown
from tests.thorough import thorough

WHOLE = MarkdownIt("commonmark").enable("strikethrough")


def test_its_rules_and_options_are_those_of_the_whole_package() -> None:
    slim = InlineMarkdown()
    assert slim.inline.ruler.get_active_rules() == WHOLE.inline.ruler.get_active_rules()
    assert slim.inline.ruler2.get_active_rules() == WHOLE.inline.ruler2.get_active_rules()
    assert slim.options.items() <= dict(WHOLE.options).items()


@pytest.mark.parametrize(
    "url",
    ["https://example.com/a b?q=%20&ü", "javascript:alert(1)", "https://bücher.example/", "mailto:a@b.c"],
)
def test_addresses_are_treated_alike(url: str) -> None:
    slim = InlineMarkdown()
    assert slim.normalizeLink(url) == WHOLE.normalizeLink(url)
    assert slim.normalizeLinkText(url) == WHOLE.normalizeLinkText(url)
    assert slim.validateLink(url) == WHOLE.validateLink(url)


PARSE = """
import sys
from elumenta_tui.markdown.inline import Inline, unescape
print(unescape("a &amp; b"), Inline().parse("**bold** [link](https://example.com) <b>").is_closed)
print(*sorted({"markdown_it.main", "markdown_it.parser_block", "markdown_it.renderer", "linkify_it"} & set(sys.modules)))
from markdown_it import MarkdownIt
import markdown_it
print(MarkdownIt().renderInline("*all of it*"), markdown_it.__version__ != "")
"""


@thorough
def test_the_rest_of_the_package_is_imported_when_somebody_asks_for_it() -> None:
    ran = subprocess.run([sys.executable, "-c", PARSE], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["a & b True", "", "<em>all of it</em> True"]
