"""HTML → readable text with the marks of Markdown: title, headings, paragraphs, lists, tables, fenced code.

Left out are scripts, styles, navigation, forms, and what is hidden on the page: a reader of the page would not see it, and it
may talk to a model behind the user's back. Pages that mark their main part are reduced to it.

The standard library's parser is slow on some hostile input; run this where it can be ended.
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from elumenta_tui.text.blocks import code_block

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_DROPPED = frozenset(
    "script style nav noscript template svg math iframe object select textarea button canvas audio video dialog".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form "
    "header html li main ol p section summary table tbody tfoot thead tr ul".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_UNCLOSED = frozenset({"p", "li", "dt", "dd", "option", "tr", "td", "th"})
"""Elements whose end may be left out. Only hidden ones are kept on the stack: any other unclosed one would stay there."""
_ENDED_BY = {
    **dict.fromkeys(_BLOCKS | _HEADINGS.keys() | {"pre", "hr"}, frozenset({"p"})),
    "li": frozenset({"p", "li"}),
    "dt": frozenset({"p", "dt", "dd"}),
    "dd": frozenset({"p", "dt", "dd"}),
    "tr": frozenset({"p", "td", "th", "tr"}),
    "td": frozenset({"p", "td", "th"}),
    "th": frozenset({"p", "td", "th"}),
}
"""The unclosed elements that the beginning of another one ends."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight-source)-([0-9A-Za-z+#.-]{1,20})")
_SPACES = re.compile(r"[ \t\n\r\f\v]+")
_MAIN_CHARACTERS = 200
"""Characters from which on a part that calls itself the main one is taken for it."""
_INDENTS = 8
"""Levels of lists and quotes that are shown."""


def html_to_text(source: str) -> tuple[str, str]:
    """Return the title of a page, and its text."""
    page = _Page()
    page.feed(source)
    page.close()
    page.end_block()
    return " ".join("".join(page.title).split()), page.text()


class _Block:
    """A part of the text between blank lines."""

    def __init__(self, text: str, *, is_main: bool, is_article: bool, is_row: bool, is_tight: bool) -> None:
        self.text, self.is_main, self.is_article, self.is_row = text, is_main, is_article, is_row
        self.is_tight = is_tight
        """True if no blank line stands before it: an entry of a list, a row of a table."""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self._blocks: list[_Block] = []
        self._line: list[str] = []
        """The pieces of the block that is being read."""
        self._stack: list[tuple[str, bool]] = []
        """The open elements, and whether each of them is left out."""
        self._open: Counter[str] = Counter()
        self._left_out = 0
        self._lists: list[int] = []
        """The number of the next entry in each open list; 0 for lists without numbers."""
        self._prefix = ""
        """The beginning of the block: the mark of a heading or an entry."""
        self._is_tight = False
        self._language = ""
        self._has_cells = False

    def text(self) -> str:
        """Join the blocks: those of the main part, if there is one."""
        for chosen in (
            [block for block in self._blocks if block.is_main],
            [block for block in self._blocks if block.is_article],
        ):
            if sum(len(block.text) for block in chosen) >= _MAIN_CHARACTERS:
                return _joined(chosen)
        return _joined(self._blocks)

    # ----------------------------------------------------------------------------------------------------- the parser

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._line.append("\n")
        elif tag == "hr":
            self.end_block()
            self._add("---")
        elif tag in ("td", "th"):
            if self._has_cells:
                self._line.append(" | ")
            self._has_cells = True
        if tag in _BLOCKS or tag in _HEADINGS or tag == "pre":
            self.end_block()
        if tag in _HEADINGS:
            self._prefix = "#" * _HEADINGS[tag] + " "
        elif tag == "li":
            self._begin_entry()
        elif tag == "tr":
            self._is_tight, self._has_cells = bool(self._blocks) and self._blocks[-1].is_row, False
        if tag in ("pre", "code") and self._open["pre"] + (tag == "pre"):
            found = _LANGUAGE.search(dict(attrs).get("class") or "")
            self._language = found[1].lower() if found else self._language if tag == "code" else ""
        elif tag == "code":
            self._line.append("`")
        while self._stack and self._stack[-1][0] in _ENDED_BY.get(tag, ()):
            self._pop()
        is_hidden = _is_hidden(tag, attrs)
        if tag not in _VOID and (is_hidden or tag not in _UNCLOSED):
            self._push(tag, is_hidden)
        if tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else 0)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNCLOSED and tag not in ("td", "th"):
            self.end_block()
        if not self._open[tag]:
            return
        if tag in _BLOCKS or tag in _HEADINGS or tag == "pre":
            self.end_block()
        while True:
            last = self._pop()
            if last in ("ul", "ol") and self._lists:
                self._lists.pop()
            if last == tag:
                break
        if tag == "code" and not self._open["pre"]:
            self._line.append("`")

    def handle_data(self, data: str) -> None:
        if self._open["title"]:
            if not self._open["svg"] and not self._open["body"]:
                self.title.append(data)
        elif not self._left_out:
            self._line.append(data if self._open["pre"] else _SPACES.sub(" ", data))

    # ----------------------------------------------------------------------------------------------------- the blocks

    def end_block(self) -> None:
        """Close the block that is being read, if it has any text."""
        if not self._line:
            return
        text = "".join(self._line)
        self._line = []
        if self._open["pre"]:
            lines = text.strip("\n").split("\n")
            if text.strip():
                self._add(code_block(self._language, lines))
            self._language = ""
            return
        lines = [_SPACES.sub(" ", line).strip(" ") for line in text.split("\n")]
        text = "\n".join(lines).strip("\n")
        if text.strip(" `|"):
            self._add(text)

    def _add(self, text: str) -> None:
        text = self._prefix + text.replace("\n", "\n" + " " * (len(self._prefix) if self._lists else 0))
        quotes = min(self._open["blockquote"], _INDENTS)
        if quotes:
            text = "\n".join("> " * quotes + line for line in text.split("\n"))
        self._blocks.append(
            _Block(
                text,
                is_main=bool(self._open["main"]),
                is_article=bool(self._open["article"]),
                is_row=bool(self._open["table"]) and self._has_cells,
                is_tight=self._is_tight,
            )
        )
        self._prefix, self._is_tight = "", False

    def _begin_entry(self) -> None:
        """Begin an entry of a list, close to the one before."""
        mark = "- "
        if self._lists and self._lists[-1]:
            mark = f"{self._lists[-1]}. "
            self._lists[-1] += 1
        self._prefix = "  " * min(max(0, len(self._lists) - 1), _INDENTS) + mark
        previous = self._blocks[-1].text.lstrip(" >") if self._blocks else ""
        self._is_tight = bool(re.match(r"-|\d+\.", previous))

    # ---------------------------------------------------------------------------------------------- the open elements

    def _push(self, tag: str, is_hidden: bool) -> None:
        if is_hidden and not self._left_out and self._line:
            # Text before a hidden element does not run into what follows it.
            self._line.append(" ")
        self._stack.append((tag, is_hidden))
        self._open[tag] += 1
        self._left_out += is_hidden

    def _pop(self) -> str:
        tag, is_hidden = self._stack.pop()
        self._open[tag] -= 1
        self._left_out -= is_hidden
        return tag


def _is_hidden(tag: str, attrs: list[tuple[str, str | None]]) -> bool:
    if tag in _DROPPED:
        return True
    values = dict(attrs)
    if "hidden" in values or (values.get("aria-hidden") or "").lower() == "true":
        return True
    return values.get("role") == "navigation" or bool(_HIDDEN.search(values.get("style") or ""))


def _joined(blocks: list[_Block]) -> str:
    pieces: list[str] = []
    for block in blocks:
        if pieces:
            pieces.append("\n" if block.is_tight else "\n\n")
        pieces.append(block.text)
    return "".join(pieces)
