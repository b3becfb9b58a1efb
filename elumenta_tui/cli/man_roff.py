"""The man page in roff for man(7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from elumenta_tui import __version__
from elumenta_tui.cli.help import glued
from elumenta_tui.cli.man_page import (
    CHAPTER,
    NAME,
    OPTION,
    Entry,
    Example,
    Paragraph,
    Part,
    Section,
    Usage,
    Usages,
)
from elumenta_tui.i18n import say


def roff(parts: Iterable[Part], date: str) -> str:
    """Return the page in the language in use. `date`: of the kind 2026-11-30."""
    title = f'.TH {_text(NAME.upper())} {CHAPTER} "{date}" "{_text(NAME)} {__version__}" "{_text(say("man.manual"))}"'
    # Long words and options stay whole, with even blanks between them.
    lines = [title, ".nh", ".ad l"]
    for part in parts:
        lines += _lines(part)
    return "".join(f"{line}\n" for line in lines)


def _lines(part: Part) -> Iterator[str]:
    match part:
        case Section(title, is_inner):
            yield f".SS {_text(title)}" if is_inner else f'.SH "{_text(title)}"'
        case Usages(usages):
            yield ".PD 0"
            for usage in usages:
                yield from _usage(usage)
            yield ".PD"
        case Usage():
            yield from _usage(part)
        case Paragraph(text, is_first):
            if not is_first:
                yield ".PP"
            yield _text(text)
        case Entry(label, about, value):
            yield ".TP"
            yield f"\\fB{_text(label)}\\fR" + (f" \\fI{_text(value)}\\fR" if value else "")
            yield _text(about)
        case Example(line, about, is_first):
            if not is_first:
                yield ".PP"
            yield _text(about)
            yield ".RS 4"
            yield ".nf"
            yield f"\\fB{_text(line)}\\fR"
            yield ".fi"
            yield ".RE"


def _usage(usage: Usage) -> Iterator[str]:
    shown = OPTION.sub(r"\\fB\g<0>\\fR", _text(glued(usage.rest), hyphens=False)).replace("-", "\\-")
    yield ".HP 4"
    yield f"\\fB{_text(usage.name)}\\fR {shown}"


def _text(text: str, *, hyphens: bool = True) -> str:
    """Return a text as roff prints it: nothing in it is a request, a hyphen can be copied, and every letter is ASCII."""
    text = re.sub(r"[ \t\n]+", " ", text).strip(" ").replace("\\", "\\e").replace('"', "\\(dq")
    if hyphens:
        text = text.replace("-", "\\-")
    text = text.replace("\N{NO-BREAK SPACE}", "\\~")
    text = "".join(each if each.isascii() else f"\\[u{ord(each):04X}]" for each in text)
    return f"\\&{text}" if text[:1] in (".", "'") else text
