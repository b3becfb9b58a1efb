"""Quotes of answers in a message."""

from __future__ import annotations

from collections.abc import Sequence


def with_quotes(text: str, quotes: Sequence[str]) -> str:
    """Return a text, followed by numbered quotes as Markdown."""
    parts = [text]
    for number, quote in enumerate(quotes, 1):
        lines = "\n".join(f"> {line}".rstrip() for line in quote.strip().splitlines())
        parts.append(f"{number}.\n\n{lines}")
    return "\n\n".join(parts)
