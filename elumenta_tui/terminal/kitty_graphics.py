"""Sequences of the Kitty graphics protocol: ask for it, send a picture once, and the cells in which the terminal draws it.

The cells are characters with two marks, for their row and column of the picture. They scroll, are covered and pass through
multiplexers as any text does.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

PLACEHOLDER = "\U0010eeee"

_PIECE = 4096
"""Base64 characters of a piece: the protocol allows no more."""

MARKS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c\u0350\u0351\u0352\u0357"
    "\u035b\u0363\u0364\u0365\u0366\u0367\u0368\u0369\u036a\u036b\u036c\u036d\u036e\u036f\u0483\u0484"
    "\u0485\u0486\u0487\u0592\u0593\u0594\u0595\u0597\u0598\u0599\u059c\u059d\u059e\u059f\u05a0\u05a1"
    "\u05a8\u05a9\u05ab\u05ac\u05af\u05c4\u0610\u0611\u0612\u0613\u0614\u0615\u0616\u0617\u0657\u0658"
)
"""The marks for the numbers from 0 on, as the protocol lists them. Pictures have no more rows or columns here."""

QUERY_NUMBER = 0xE1E7
"""Number of the picture of one pixel by which the terminal is asked. Its answer names it."""

_KNOWN = ("xterm-kitty", "xterm-ghostty")
_KNOWN_PROGRAMS = ("ghostty", "kitty")


def is_known(environ: Mapping[str, str]) -> bool:
    """Return whether the environment names a terminal that draws placeholders. Some others draw pictures, but none in cells."""
    return (
        environ.get("TERM", "") in _KNOWN
        or environ.get("TERM_PROGRAM", "").lower() in _KNOWN_PROGRAMS
        or any(environ.get(name) for name in ("KITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR"))
    )


def query(environ: Mapping[str, str]) -> str:
    """Return the sequence that a terminal with the protocol answers, and any other ignores.

    Within tmux it comes through only where `allow-passthrough` is on.
    """
    return _passed(f"\x1b_Gi={QUERY_NUMBER},s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\", environ)


def is_answer(text: str) -> bool:
    """Return whether a sequence from the terminal says that it has the protocol."""
    return text.startswith("\x1b_G") and f"i={QUERY_NUMBER}" in text and ";OK" in text


def transmission(
    number: int, png: bytes, columns: int, rows: int, environ: Mapping[str, str]
) -> Iterator[str]:
    """Yield the sequences that give the terminal a picture, to be drawn over placeholders in a grid of cells. It answers none of them."""
    encoded = base64.b64encode(png).decode("ascii")
    pieces = [encoded[at : at + _PIECE] for at in range(0, len(encoded), _PIECE)]
    for index, piece in enumerate(pieces):
        more = int(index < len(pieces) - 1)
        facts = (
            f"a=T,U=1,f=100,t=d,i={number},c={columns},r={rows},q=2,m={more}"
            if not index
            else f"q=2,m={more}"
        )
        yield _passed(f"\x1b_G{facts};{piece}\x1b\\", environ)


def removal(number: int, environ: Mapping[str, str]) -> str:
    """Return the sequence by which the terminal forgets a picture."""
    return _passed(f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\", environ)


def placeholder_rows(columns: int, rows: int) -> list[str]:
    """Return the text of each row of a picture's cells."""
    return [
        "".join(f"{PLACEHOLDER}{MARKS[row]}{MARKS[column]}" for column in range(columns))
        for row in range(rows)
    ]


def _passed(sequence: str, environ: Mapping[str, str]) -> str:
    """Wrap a sequence so that tmux passes it on."""
    if not environ.get("TMUX"):
        return sequence
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
