"""Quote remote text in Markdown so that nothing in it is active: no HTML, heading, link or image, in any renderer.

Prose is quoted line by line. A backslash goes before what would become active, and before nothing else. Code blocks become
fences of our own outside of the quote, longer than any run of backticks in them, so that the code can be copied unchanged.
Removing the backslashes before punctuation (outside of code) restores the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from elumenta_tui.text.blocks import code_block, quote_block
from elumenta_tui.text.sanitize import clean_line

_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""Matches what any program takes for the end of a line: such a program must see a quote there too."""

_FENCE = re.compile(r"((?:[ \t>*+-]|\d{1,9}[.)])*+)(`{3,}+|~{3,}+)[ \t]*+(.*)")
"""Matches the first line of a code block: its containers (lists, quotes), the fence, and the info string."""

_LANGUAGE = re.compile(r"[\w+#./:-]{1,40}")
"""Matches an info string that names a language. Some programs execute or pass on a `{...}` in it."""

_LIVE = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|\Z)"  # an escape, or a line break
    r"|<(?=[A-Za-z/!?]|[\w.!#$%&'*+/=?^`{|}~-]+@)"  # HTML, or a link in angle brackets
    r"|&(?=[A-Za-z][A-Za-z0-9]*;|\#[0-9]{1,8};|\#[xX][0-9A-Fa-f]{1,8};)"  # an entity
    r"|\](?=[(:])"  # the end of a link's or an image's text, of the name in a definition
)

_HEADING = re.compile(r"((?:[ \t>*+:~-]|\d{1,9}[.)])*+)(?=#{1,6}(?:[ \t]|\Z))")
_UNDERLINE = re.compile(r"([ \t>]*)(?=(?:=+|-+)[ \t]*\Z)")
"""Matches a line that makes the line before it a heading."""

_TABLE_RULE = re.compile(r"(?:[ \t>*+]|\d{1,9}[.)])*+(?=.*[|:])[|:-][|: \t-]*")
"""Matches a line that makes the line before it the head of a table."""
_BACKTICK = re.compile("`")
_BACKTICKS = re.compile("`+")

NAME_LIMIT = 500
"""Characters of a one-line text: as many as a message of the service may have."""


def quoted(text: str) -> str:
    """Quote a text of many lines as Markdown blocks: quotes and fences."""
    lines = _LINE_END.split(text)
    has_tables = any(_TABLE_RULE.fullmatch(line) for line in lines)
    blocks = []
    for language, part in _parts(lines):
        if language is not None:
            blocks.append(code_block(language, part))
        else:
            blocks.append(quote_block(_line(line.rstrip(), has_tables) for line in part))
    return "\n\n".join(blocks) or ">"


def _parts(lines: Sequence[str]) -> Iterator[tuple[str | None, list[str]]]:
    """Yield prose (None) and code blocks (their language, maybe empty), in order."""
    prose: list[str] = []
    at = 0
    while at < len(lines):
        fence = _FENCE.fullmatch(lines[at])
        at += 1
        if fence is None or (fence[2][0] == "`" and "`" in fence[3]):
            prose.append(lines[at - 1])
            continue
        if any(map(str.isdigit, fence[1])):
            # Keep the number of the list item that begins with the block.
            prose.append(fence[1].rstrip())
        yield from _prose(prose)
        prose = []
        code, at = _code(lines, at, fence)
        language = fence[3].strip()
        yield language if _LANGUAGE.fullmatch(language) else "", code
    yield from _prose(prose)


def _prose(lines: Sequence[str]) -> Iterator[tuple[None, list[str]]]:
    """Yield the lines without surrounding blank ones, if there are any."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    if full:
        yield None, list(lines[full[0] : full[-1] + 1])


def _code(lines: Sequence[str], at: int, fence: re.Match[str]) -> tuple[list[str], int]:
    """Return the lines of a code block, and the index of the first line after it."""
    end = re.compile(rf"[ \t>]*{fence[2][0]}{{{len(fence[2])},}}[ \t]*")
    quotes = fence[1].count(">")
    outer = re.compile(rf"(?:[ \t]*>){{{quotes}}}" if quotes else "")
    indent = re.compile(rf" {{0,{len(fence[1].rpartition('>')[2])}}}")
    code: list[str] = []
    while at < len(lines):
        line = lines[at]
        if end.fullmatch(line):
            return code, at + 1
        outside = outer.match(line)
        if outside is None:
            # The quote around the block has ended.
            return code, at
        line = line[outside.end() :]
        inside = indent.match(line)
        code.append(line[inside.end() :] if inside is not None else line)
        at += 1
    return code, at


def _line(line: str, has_tables: bool) -> str:
    """Escape a line of prose with a backslash before everything that would be active."""
    code = _code_spans(line, has_tables)
    marks = {match.start() for pattern in (_LIVE, _BACKTICK) for match in pattern.finditer(line)}
    marks = {at for at in marks if not code[at]}
    for opening in (_HEADING.match(line), _UNDERLINE.match(line)):
        if opening is not None:
            marks.add(opening.end())
    return with_backslashes(line, marks)


def _code_spans(line: str, has_tables: bool) -> bytearray:
    """Mark the characters that stand in a code span, where a backslash would be shown.

    A span ends in its line. All other backticks are escaped, so that no renderer pairs them differently.
    """
    within = bytearray(len(line))
    runs = list(_BACKTICKS.finditer(line))
    # Find for every run the next one of the same length, from the end, so that many runs take linear time.
    partners: list[int | None] = [None] * len(runs)
    latest: dict[int, int] = {}
    for number in reversed(range(len(runs))):
        length = len(runs[number][0])
        partners[number] = latest.get(length)
        latest[length] = number
    number = 0
    while number < len(runs):
        partner = partners[number]
        if partner is not None:
            start, end = runs[number].start(), runs[partner].end()
            # Tables are cut into cells before anything is read as code.
            if not (has_tables and "|" in line[start:end]):
                within[start:end] = b"\1" * (end - start)
            number = partner
        number += 1
    return within


def with_backslashes(text: str, places: Iterable[int]) -> str:
    """Return the text with a backslash before the characters at these indexes."""
    cuts = sorted(places)
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    return "\\".join(pieces)


_IN_NAMES = re.compile(r"[\\`*_\[\]<&~]|(?<=[ \t])#+\Z")


def name(text: str) -> str:
    """Escape a line of text for use anywhere in one of our lines: a title, a model, a message."""
    line = clean_line(text, NAME_LIMIT)
    return with_backslashes(line, (match.start() for match in _IN_NAMES.finditer(line)))
