"""Read the output of a program as a terminal would show it, without a terminal: no colours, no titles, no moved cursor.

Run `sanitize.clean` over the result: a cut sequence leaves its control character there.
"""

from __future__ import annotations

from elumenta_tui.text.lazy_pattern import LazyPattern

_SEQUENCE = LazyPattern(
    # Control sequences: colours, the cursor.
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]"
    # Titles, links, the clipboard. None of them spans lines: an unfinished one must not swallow the output.
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n\r]*+(?:\x07|\x1b\\|\x9c|(?=[\n\r\x1b])|\Z)"
    # Pictures and messages to the terminal. An unfinished one is dropped by its two characters only.
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c\x07\x90\x98\x9e\x9f]*+(?:\x1b\\|\x9c|\x07)"
    r"|\x1b[ -/]*+[0-~]"
)
"""Matches an escape sequence. Every repetition is possessive and ends at the next sequence, so a search is linear."""


def drop_escapes(text: str) -> str:
    """Return an output without escape sequences, with lines as the last carriage return and the backspaces left them."""
    if "\x1b" in text or any("\x80" <= character <= "\x9f" for character in set(text)):
        text = _SEQUENCE.compiled.sub("", text)
    text = text.replace("\r\n", "\n")
    if "\b" in text:
        text = _with_backspaces(text)
    if "\r" in text:
        text = "\n".join(_shown(line) for line in text.split("\n"))
    return text


def _shown(line: str) -> str:
    """Return what the last writer of a line left there: progress bars write one line a hundred times."""
    return line.rstrip("\r").rpartition("\r")[2]


def _with_backspaces(text: str) -> str:
    """Apply backspaces, which never leave their line. Old manuals print bold letters twice."""
    kept: list[str] = []
    for character in text:
        if character != "\b":
            kept.append(character)
        elif kept and kept[-1] != "\n":
            kept.pop()
    return "".join(kept)
