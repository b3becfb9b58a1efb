"""What a line of the transcript is made of: runs of text, each in one style.

An style says what a piece of text is (`heading`, `code.keyword`, a link), never how it looks: the widget above maps inks to
the colours of the theme. So a theme change repaints without parsing anything again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class TextStyle(NamedTuple):
    """The kind of a piece of text."""

    role: str = "text"
    """`text`, `heading.1` … `heading.6`, `quote`, `mark` (bullets, numbers), `rule` (rules, frames, bars of quotes), `code` (inline code),
    `target` (where a link leads), `html`, `fence` (a code block's plain text), or `fence.` and a token class of the
    highlighter: `fence.keyword`, `fence.name`, `fence.function`, `fence.class`, `fence.builtin`, `fence.decorator`,
    `fence.string`, `fence.number`, `fence.comment`, `fence.operator`, `fence.punctuation`, `fence.inserted`,
    `fence.deleted`, `fence.heading`, `fence.error`."""
    bold: bool = False
    italic: bool = False
    strike: bool = False
    underline: bool = False
    href: str = ""
    """The target, where the text is part of a link."""


TEXT = TextStyle()

Run = tuple[str, TextStyle]
"""A piece of text in one style. Holds newlines only before it is wrapped."""


class Link(NamedTuple):
    """A link of a text."""

    text: str
    href: str
    """Where it leads, as the text has it: nobody has looked whether it is an address at all."""


def links(runs: Iterable[Run]) -> list[Link]:
    """The links of a text in their order; each that leads elsewhere once."""
    found: dict[str, str] = {}
    inside = ""
    for text, style in runs:
        if not style.href:
            inside = ""
        elif style.role != "target" and (inside == style.href or not found.get(style.href, "").strip()):
            # Marks within a link cut it into several runs.
            found[style.href] = found.get(style.href, "") + text
            inside = style.href
    return [Link(" ".join(text.split()), href) for href, text in found.items()]


class Line(NamedTuple):
    """One row of the screen."""

    runs: tuple[Run, ...]
    """Never wider than asked for, if the width allows a single character at all."""
    soft: bool = False
    """The row ends because it was wrapped, not because the text has a newline there."""
    fill: TextStyle | None = None
    """The style of the cells behind the last run (code blocks have a background of their own)."""
    skip: int = 0
    """How many cells at the start are decoration (indent, bullet, quote bar) and not part of what is copied."""
    lost: str = ""
    """What the wrap took out between a soft row and the next: a space, or nothing inside a word. Copying puts it back."""
    margin: int = 0
    """How many of them are a margin that means something: indent, bullet, number, box, quote bar."""
    edge: tuple[Run, ...] = ()
    """What stands at the right end of the row, behind the fill. It is decoration, and no part of what is copied."""
