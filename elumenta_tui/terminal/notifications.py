"""Sequences with which a terminal notifies its user: the bell, and notices of the desktop.

Terminals know different ones of the latter. A terminal that knows two of them would show two notices, so one is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from elumenta_tui.text.sanitize import clean_line

BELL = "\a"

_CELLS = 80
"""Characters of a notice's line, at most."""


class Way(Enum):
    """How a notice is written."""

    AUTO = "auto"
    """As the environment says of the terminal."""
    OSC_9 = "osc9"
    """iTerm2's, which most terminals know."""
    OSC_777 = "osc777"
    """urxvt's, which terminals of the VTE family know."""
    OSC_99 = "osc99"
    """Kitty's."""
    OFF = "off"


def _way_of(environ: Mapping[str, str]) -> Way:
    """Return what the terminal most likely knows."""
    term = environ.get("TERM", "")
    if environ.get("KITTY_WINDOW_ID") or term == "xterm-kitty":
        return Way.OSC_99
    if environ.get("VTE_VERSION") or term.startswith(("rxvt", "foot")):
        return Way.OSC_777
    # The console prints what it does not know; Terminal.app knows none of them.
    if term in ("linux", "dumb") or term.startswith("vt") or environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return Way.OFF
    return Way.OSC_9


def notification(title: str, text: str, environ: Mapping[str, str], way: Way = Way.AUTO) -> str:
    """Return the sequence of a notice, wrapped for the multiplexer around; empty if there is none for this terminal."""
    way = _way_of(environ) if way is Way.AUTO else way
    # Semicolons separate the fields, and the terminator is a control character, which cleaning makes visible.
    title, text = (clean_line(each, _CELLS).replace(";", ",") for each in (title, text))
    match way:
        case Way.OSC_9:
            # A number at the start would be another command.
            sequence = f"\x1b]9;{title}: {text}\a"
        case Way.OSC_777:
            sequence = f"\x1b]777;notify;{title};{text}\a"
        case Way.OSC_99:
            about = "i=elumenta-tui:o=unfocused"
            sequence = f"\x1b]99;{about}:d=0:p=title;{title}\x1b\\\x1b]99;{about}:d=1:p=body;{text}\x1b\\"
        case _:
            return ""
    return passed_through(sequence, environ)


def passed_through(sequence: str, environ: Mapping[str, str]) -> str:
    """Wrap a sequence so that a multiplexer hands it to the terminal around it.

    tmux does so only with its option `allow-passthrough`, and drops the sequence otherwise.
    """
    if environ.get("TMUX"):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environ.get("STY") and "\x1b\\" not in sequence:
        return f"\x1bP{sequence}\x1b\\"
    return sequence
