"""The gate for text that is not ours.

Whatever a stranger wrote (an answer, a model's name, a server's message, a paste) passes `clean` once, at the door.
Inside, text is safe to show, store, send, copy and export: it holds printable characters, newlines and tabs.
"""

from __future__ import annotations

import re
from typing import Any

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_LINE_ENDS = re.compile("\r\n?")

# C0 but tab and newline, DEL, C1: terminals act on them. Surrogates: no encoder takes them.
# Bidirectional controls reorder what is read; they are shown as their names' initials instead.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_BIDI = {
    "\u061c": "⟦ALM⟧",
    "\u200e": "⟦LRM⟧",
    "\u200f": "⟦RLM⟧",
    "\u202a": "⟦LRE⟧",
    "\u202b": "⟦RLE⟧",
    "\u202c": "⟦PDF⟧",
    "\u202d": "⟦LRO⟧",
    "\u202e": "⟦RLO⟧",
    "\u2066": "⟦LRI⟧",
    "\u2067": "⟦RLI⟧",
    "\u2068": "⟦FSI⟧",
    "\u2069": "⟦PDI⟧",
}


def _safe(match: re.Match[str]) -> str:
    character = match[0]
    if "\ud800" <= character <= "\udfff":
        return _REPLACEMENT
    return _BIDI.get(character, "")


def clean(text: str) -> str:
    """Text without terminal controls, lone surrogates and hidden direction marks; line ends become `\\n`.

    It works character by character, so pieces of a stream may be cleaned one by one: a sequence that is cut over two
    deltas is as harmless as a whole one.
    """
    # Nothing that Unicode calls printable is unsafe, and this is a hundred times faster than looking for what is.
    if text.isprintable():
        return text
    if "\r" in text:
        text = _LINE_ENDS.sub("\n", text)
    return _UNSAFE.sub(_safe, text)


def clean_line(text: str, limit: int = 200) -> str:
    """One line of clean text, at most `limit` characters: for names, titles and messages in one row."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def clean_json(value: Any) -> Any:
    """The same JSON value with every string in it (keys too) clean."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): clean_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    return value
