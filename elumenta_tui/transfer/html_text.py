"""Markdown of answers as HTML: what the transcript shows, nested. Everything is escaped, and nothing is loaded or executed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from elumenta_tui.i18n import say
from elumenta_tui.markdown.alert import AlertTitle
from elumenta_tui.markdown.blocks import Block, Text
from elumenta_tui.markdown.bounded import RICH
from elumenta_tui.markdown.code import Code, CodeRow
from elumenta_tui.markdown.container import Container, Item, List
from elumenta_tui.markdown.drawn import Drawn
from elumenta_tui.markdown.heading import Heading, Rule
from elumenta_tui.markdown.placed import Placed, placed
from elumenta_tui.markdown.style import Run, TextStyle
from elumenta_tui.markdown.table import Table

_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
"""Matches an address that becomes a link. Any other target is text."""

_NUMBER = re.compile(r"\s*(\d+)")
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")

_PLAIN = ("", "name", "punctuation")
"""Roles of code that look like plain code."""

_HIGHEST = 4
"""Level of the highest heading in an answer: those above it belong to the document."""


def plain(text: str) -> str:
    """Return text that is not Markdown, such as a prompt, as an element with its lines and blanks."""
    return f'<div class="verbatim" dir="auto">{escape(text)}</div>\n'


def markdown(text: str) -> Iterator[str]:
    """Yield the HTML of a Markdown text. What is too long for Markdown is plain text, as in the transcript."""
    end = len(text) if len(text) <= RICH else text.rfind("\n", 0, RICH) + 1 or RICH
    writer = _Writer()
    for _, pieces in groupby(placed(text[:end]), key=lambda piece: (piece.leaf, type(piece.block))):
        yield writer.leaf(list(pieces))
    yield writer.close(0)
    if end < len(text):
        yield plain(text[end:])


class _Writer:
    """Writes leaves, and opens and closes what they are in."""

    def __init__(self) -> None:
        self._open: list[tuple[Container, str]] = []
        """Containers with the tags that end them."""

    def leaf(self, pieces: Sequence[Placed]) -> str:
        """Return a text, a heading, a table or a code block, which is these pieces."""
        around = pieces[0].containers
        common = 0
        for (container, _), other in zip(self._open, around, strict=False):
            if container is not other:
                break
            common += 1
        parts = [self.close(common)]
        blocks = [piece.block for piece in pieces]
        parts += [self._begin(around, depth, blocks[0]) for depth in range(common, len(around))]
        return "".join([*parts, _html_of(blocks)])

    def close(self, depth: int) -> str:
        """Return the ends of all but the outermost `depth` containers."""
        ends = [end for _, end in self._open[depth:]]
        del self._open[depth:]
        return "".join(reversed(ends))

    def _begin(self, around: Sequence[Container], depth: int, block: Block) -> str:
        container = around[depth]
        if isinstance(container, Item):
            begin, end = _item(container), "</li>\n"
        elif isinstance(container, List):
            begin, end = ("<ol>\n", "</ol>\n") if container.is_ordered else ("<ul>\n", "</ul>\n")
        elif depth == len(around) - 1 and isinstance(block, AlertTitle):
            title = escape(say(f"alert.{block.kind}"))
            begin, end = (
                f'<blockquote class="alert {block.kind}">\n<p class="alert-title">{title}</p>\n',
                "</blockquote>\n",
            )
        else:
            begin, end = "<blockquote>\n", "</blockquote>\n"
        self._open.append((container, end))
        return begin


def _item(item: Item) -> str:
    number = _NUMBER.match(item.label)
    value = f' value="{int(number[1])}"' if number else ""
    for box, word in (("☑", say("html.done")), ("☐", say("html.open"))):
        if box in item.label:
            label = escape(word)
            return f'<li class="task"{value}><span role="img" aria-label="{label}">{box}</span> '
    return f"<li{value}>"


def _html_of(blocks: Sequence[Block]) -> str:
    first = blocks[0]
    if isinstance(first, Code):
        return _code([block for block in blocks if isinstance(block, Code)])
    if isinstance(first, Drawn):
        # Its source: what a formula or a diagram means is in it, whatever shows it.
        return "".join(_code([block.as_code(block.margin)]) for block in blocks if isinstance(block, Drawn))
    if isinstance(first, Table):
        return _table([block for block in blocks if isinstance(block, Table)])
    if isinstance(first, Rule):
        return "<hr>\n"
    texts = [block for block in blocks if isinstance(block, Text)]
    runs = _joined(texts)
    if isinstance(first, Heading):
        level = min(6, first.level + _HIGHEST - 1)
        plain_runs = [(text, style._replace(bold=False)) for text, style in runs]
        return f'<h{level} class="level{first.level}" dir="auto">{inline(plain_runs)}</h{level}>\n'
    if not any(text for text, _ in runs):
        return ""
    kind = ' class="verbatim"' if all(style.role == "html" for _, style in runs) else ""
    return f'<p{kind} dir="auto">{inline(runs)}</p>\n'


def _joined(texts: Sequence[Text]) -> list[Run]:
    """Return the runs of a text that is these pieces."""
    runs: list[Run] = []
    between = ""
    for text in texts:
        if between:
            runs.append((between, TextStyle()))
        runs += text.runs
        between = {"": "\n", "break": " ", "row": ""}[text.continuation]
    return runs


def inline(runs: Sequence[Run]) -> str:
    """Return text with its emphasis, code and links."""
    parts: list[str] = []
    for href, same in groupby(runs, key=lambda run: run[1].href if run[1].role != "target" else ""):
        inside = "".join(_styled(text, style) for text, style in same)
        if _ADDRESS.fullmatch(href):
            inside = f'<a href="{escape(href)}" rel="noopener noreferrer nofollow">{inside}</a>'
        parts.append(inside)
    return "".join(parts)


def _styled(text: str, style: TextStyle) -> str:
    html = escape(text).replace("\n", "<br>\n")
    if style.role == "code":
        html = f"<code>{html}</code>"
    elif style.role == "target":
        html = f'<span class="target">{html}</span>'
    for is_on, tag in ((style.strike, "s"), (style.italic, "em"), (style.bold, "strong")):
        html = f"<{tag}>{html}</{tag}>" if is_on else html
    return html


def _code(pieces: Sequence[Code]) -> str:
    source = pieces[0].code
    rows = [row for piece in pieces for row in piece.rows]
    lines = [_code_row(row) + ("" if row.continues else "\n") for row in rows]
    label = escape(say("html.code", language=source.language) if source.language else say("html.code_plain"))
    title = f'<p class="language" aria-hidden="true">{escape(source.info)}</p>\n' if source.info else ""
    named = _LANGUAGE.fullmatch(source.language)
    kind = f' class="language-{escape(source.language)}"' if named else ""
    code = "".join(lines).removesuffix("\n")
    # The first newline in a <pre> is not part of it.
    return f'<div class="code">{title}<pre tabindex="0" role="region" aria-label="{label}">\n<code{kind}>{code}</code></pre></div>\n'


def _code_row(row: CodeRow) -> str:
    parts: list[str] = []
    at = 0
    tabs = list(row.tabs)
    for text, style in row.runs:
        kept: list[str] = []
        for place, character in enumerate(text, at):
            while tabs and place >= tabs[0][1]:
                tabs.pop(0)
            if not tabs or place < tabs[0][0]:
                kept.append(character)
            elif place == tabs[0][0]:
                kept.append("\t")
        at += len(text)
        html = escape("".join(kept))
        role = style.role.removeprefix("fence").removeprefix(".")
        is_coloured = role not in _PLAIN and bool(html.strip())
        parts.append(f'<span class="{role}">{html}</span>' if is_coloured else html)
    return "".join(parts)


def _table(pieces: Sequence[Table]) -> str:
    columns = pieces[0].columns

    def row(cells: Sequence[Sequence[Run]], tag: str, scope: str = "") -> str:
        shown = (
            f'<{tag}{scope} class="{align}" dir="auto">{inline(cell)}</{tag}>'
            for cell, align in zip(cells, columns.aligns, strict=False)
        )
        return f"<tr>{''.join(shown)}</tr>\n"

    head = [tuple((text, style._replace(bold=False)) for text, style in cell) for cell in columns.header]
    body = "".join(row(cells, "td") for piece in pieces for cells in piece.rows)
    top = row(head, "th", ' scope="col"')
    label = escape(say("html.table"))
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{label}"><table>\n'
        f"<thead>\n{top}</thead>\n<tbody>\n{body}</tbody>\n</table></div>\n"
    )
