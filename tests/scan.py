"""What a program has written to its terminal, read strictly: all that it does not write by itself is foreign.

The grammar is that of our driver and of Textual's frames, and of nothing else:

    output = (mode | frame | copy | title)*    modes are set at the start and unset at the end
    frame  = cursor position, line end, move of rows, or style text reset

So whatever a stranger has smuggled in stands in a text, where no control may be, or outside of one, where no text may be.
It need not be known beforehand, and it does not help it to look like something that the program writes elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_COLOUR = rb"2;\d{1,3};\d{1,3};\d{1,3}"
_STYLE = re.compile(rb"\x1b\[(?:[1-79];)*(?:38;%b;)?48;%bm" % (_COLOUR, _COLOUR))
"""Textual gives every piece of text its background."""
_RESET = b"\x1b[0m"
_TEXT = re.compile(rb"[^\x1b]*")

_OUTSIDE = [
    re.compile(
        rb"\x1b\[\d{1,3};\d{1,3}H(?:\x1b\[K)?"
    ),  # where a piece of a frame goes, on a blank rest of the row
    re.compile(rb"\r\n"),
    re.compile(rb"\x1b\[\d{1,3};\d{1,3}r|\x1bM|\x1b\[r"),  # rows that the terminal moves
    re.compile(rb"\x1b\[\?2026(?:[hl]|\$p)"),  # frames come whole
    re.compile(rb"\x1b\[\?(?:1049|25|7|1004|2004|1000|1003|1015|1006)[hl]"),  # the driver's modes
    re.compile(rb"\x1b\]11;\?\x1b\\|\x1b\[\?2031[hl]"),  # which background there is, now and later
    re.compile(rb"\x1b\[>29u|\x1b\[<u"),  # the Kitty keyboard
    re.compile(rb"\x1b\]22;(?:default|pointer|text)\x07"),  # the shape of the mouse pointer
    re.compile(rb"\x1b\[2[23];2t"),  # the window's title is put aside, and comes back
    re.compile(re.escape(_RESET)),
    re.compile(
        rb"To continue \xe2\x80\x9c[^\x00-\x1f\x7f]{1,160}\xe2\x80\x9d: [\w./-]*elumenta-tui( --demo)? --continue"
    ),
]
_TITLE = re.compile(rb"\x1b\]2;([^\x00-\x1f\x7f]*)\x1b\\")
"""The window's title, which is a conversation's."""
_COPY = re.compile(rb"\x1b\]52;c;[A-Za-z0-9+/]*=*\x07")

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U000e0001]|\u0301{9}|[a-z\u0400-\u04ff][\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e0fff]"
)
"""What no text on the screen may hold, wherever it comes from."""


def foreign(output: bytes, *, copies: int = 0) -> list[str]:
    """Everything in the output that the program does not write by itself.

    Args:
        output: All of it from the start; it may end anywhere.
        copies: How often the user has copied something.
    """
    return list(_foreign(output, copies))


def _foreign(output: bytes, copies: int) -> Iterator[str]:
    at = 0
    while at < len(output):
        if style := _STYLE.match(output, at):
            end = _TEXT.match(output, style.end())
            assert end is not None
            text, at = end[0], end.end()
            if unseen := _UNSEEN.search(text.decode("utf-8", "surrogateescape")):
                yield f"{unseen[0]!a} in {text!r}"
            if output.startswith(_RESET, at):
                at += len(_RESET)
            elif len(output) - at > len(_RESET):
                yield f"after {text!r}: {output[at : at + 40]!r}"
                at += 1
        elif own := next((match for known in _OUTSIDE if (match := known.match(output, at))), None):
            at = own.end()
        elif title := _TITLE.match(output, at):
            at = title.end()
            if unseen := _UNSEEN.search(title[1].decode("utf-8", "surrogateescape")):
                yield f"{unseen[0]!a} in the title {title[1]!r}"
        elif (copy := _COPY.match(output, at)) and copies > 0:
            copies -= 1
            at = copy.end()
        else:
            stray = re.compile(rb".[^\x1b]*", re.DOTALL).match(output, at)
            assert stray is not None
            if len(output) - at > 40 or b"m" in stray[0]:
                yield f"stray {stray[0][:60]!r}"
            at = stray.end()
