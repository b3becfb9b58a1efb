"""The man page as text, laid out as `man` does, for where `man` does not find it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator

from elumenta_tui import __version__
from elumenta_tui.cli.help import glued
from elumenta_tui.cli.help_layout import unglued
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

_INDENT, _INNER, _HANGING = 7, 3, 4
"""Columns before texts, before inner headings, and before the further lines of a usage."""

Struck = Callable[[str], str]
"""Returns a text as it is printed to stand out."""


def bold(text: str) -> str:
    """Return a text in bold as pagers understand it: each letter printed over itself."""
    return "".join(f"{letter}\b{letter}" for letter in text)


def underlined(text: str) -> str:
    """Return a text underlined as pagers understand it."""
    return "".join(f"_\b{letter}" for letter in text)


def plain(text: str) -> str:
    """Return a text as it is."""
    return text


def page_text(
    parts: Iterable[Part], width: int, *, strong: Struck = plain, emphasized: Struck = plain
) -> Iterator[str]:
    """Yield the lines of the page in the language in use, with their ends.

    Args:
        width: columns of a line, at most.
        strong: is applied to headings, names and options.
        emphasized: is applied to values.
    """
    title, manual = f"{NAME.upper()}({CHAPTER})", say("man.manual")
    yield f"{title}{manual:^{max(len(manual) + 2, width - 2 * len(title))}}{title}\n"
    before: Part | None = None
    for part in parts:
        lines = _lines(part, width, strong, emphasized)
        if isinstance(before, Section) and (first := next(lines)):
            # Nothing is blank right below a heading.
            yield f"{first}\n"
        yield from (f"{line}\n" for line in lines)
        before = part
    version = f"{NAME} {__version__}"
    yield f"\n{version}{title:>{max(len(title) + 2, width - len(version))}}\n"


def _lines(part: Part, width: int, strong: Struck, emphasized: Struck) -> Iterator[str]:
    match part:
        case Section(title, is_inner):
            yield from ("", " " * (_INNER if is_inner else 0) + strong(title))
        case Usages(usages):
            for usage in usages:
                yield from _usage(usage, width, strong)
        case Usage():
            yield from _usage(part, width, strong)
        case Paragraph(text, is_first):
            if not is_first:
                yield ""
            yield from _wrapped(text, width, _INDENT)
        case Entry(label, about, value):
            yield ""
            written = strong(label) + (f" {emphasized(value)}" if value else "")
            room = _INDENT - len(f"{label} {value}".rstrip())
            first, *rest = _wrapped(about, width, 2 * _INDENT)
            if room > 0:
                # As short as that it shares the line, as in `man`.
                yield f"{' ' * _INDENT}{written}{' ' * room}{first.lstrip()}"
            else:
                yield from (f"{' ' * _INDENT}{written}", first)
            yield from rest
        case Example(line, about, is_first):
            if not is_first:
                yield ""
            yield from _wrapped(about, width, _INDENT)
            yield " " * (_INDENT + _HANGING) + strong(line)


def _usage(usage: Usage, width: int, strong: Struck) -> Iterator[str]:
    lines = [
        unglued(each)
        for each in _wrapped(f"{usage.name}{glued(usage.rest)}", width, _INDENT, hanging=_HANGING)
    ]
    rest = [OPTION.sub(lambda found: strong(found[0]), line) for line in lines[1:]]
    first = lines[0][_INDENT + len(usage.name) :]
    yield f"{' ' * _INDENT}{strong(usage.name)}{OPTION.sub(lambda found: strong(found[0]), first)}"
    yield from rest


def _wrapped(text: str, width: int, indent: int, *, hanging: int = 0) -> list[str]:
    blanks = " " * indent
    return textwrap.wrap(
        text,
        max(width, indent + 20),
        initial_indent=blanks,
        subsequent_indent=blanks + " " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
