"""Copy text to the clipboard by every way that can work, and report truthfully which did.

There are three ways: the system's own tool, which confirms that it took the text; tmux, if we run in it, which confirms its
paste buffer and forwards the text to the terminal; and the OSC 52 sequence, which also reaches the clipboard behind SSH,
but which no terminal confirms and many ignore.
"""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from elumenta_tui.process.children import environ_for_children, find_program, is_remote

TOOL_TIMEOUT = 2.0
"""Seconds that a clipboard tool may take. It hangs if its display server does."""

TERMINAL_LIMIT = 74_994
"""Bytes of text beyond which many terminals drop the sequence: in base64 it would exceed 100,000 bytes."""

# GNU screen keeps at most 768 bytes of a string sequence; old versions keep 256.
_SCREEN_PIECE = 240


# These terminals would print the sequence, or ignore it.
_PLAIN_TERMINALS = {"linux", "dumb"}


@dataclass(frozen=True, slots=True)
class Route:
    """Places where a copied text went."""

    tool: str | None = None
    """The system tool that confirmed the text; None if none did."""

    sent_to_terminal: bool = False
    """True if the sequence was written to the terminal, by us or by tmux. Whether the terminal obeyed is unknown."""

    too_long_for_terminal: bool = False
    """True if the text is longer than many terminals accept. Does not concern the tool."""

    in_tmux: bool = False
    """True if the text is in tmux's paste buffer."""

    @property
    def is_confirmed(self) -> bool:
        """True if the text is certainly in the clipboard."""
        return self.tool is not None

    @property
    def is_nowhere(self) -> bool:
        """True if nothing took the text."""
        return self.tool is None and not self.in_tmux and not self.sent_to_terminal


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that puts its input on the clipboard."""

    command: tuple[str, ...]
    encoding: str = "utf-8"

    @property
    def name(self) -> str:
        """Name of the program, as the user knows it."""
        return self.command[0]


_WL_COPY = Tool(("wl-copy",))
_XCLIP = Tool(("xclip", "-selection", "clipboard"))
_XSEL = Tool(("xsel", "--clipboard", "--input"))
_PBCOPY = Tool(("pbcopy",))

# clip.exe reads anything else in the console's old code page, and copies a byte order mark with the text.
_CLIP = Tool(("clip",), "utf-16-le")
_CLIP_FROM_WSL = Tool(("clip.exe",), "utf-16-le")

_TMUX = Tool(("tmux", "load-buffer", "-"))

# tmux sends the sequence to the terminal itself: its default setting (`set-clipboard external`) lets no program do so. tmux
# before 3.2 does not know the option.
_TMUX_AND_TERMINAL = Tool(("tmux", "load-buffer", "-w", "-"))


def tools(environ: Mapping[str, str], platform: str = sys.platform) -> list[Tool]:
    """Return the tools that may reach the user's clipboard from here, best first. They need not be installed.

    Over SSH there is none: they would fill the clipboard of the wrong computer.
    """
    if is_remote(environ):
        return []
    if platform == "darwin":
        return [_PBCOPY]
    if platform == "win32":
        return [_CLIP]
    found = []
    if environ.get("WAYLAND_DISPLAY"):
        found.append(_WL_COPY)
    if environ.get("DISPLAY"):
        found += [_XCLIP, _XSEL]
    if environ.get("WSL_DISTRO_NAME"):
        # Last, because it guesses the encoding of its input.
        found.append(_CLIP_FROM_WSL)
    return found


def osc52(text: str, environ: Mapping[str, str]) -> str:
    """Return the sequence that asks the terminal to take the text, wrapped for the multiplexers in between.

    Returns:
        The sequence; empty for a terminal that could only print it.
    """
    term = environ.get("TERM", "")
    if term in _PLAIN_TERMINALS:
        return ""
    plain = f"\x1b]52;c;{base64.b64encode(_encoded(text, 'utf-8')).decode('ascii')}\x07"
    if environ.get("TMUX"):
        # tmux obeys the plain form with `set-clipboard on`, and passes the wrapped form on with `allow-passthrough on`.
        # Either may be off, and a program cannot ask which.
        escaped = plain.replace("\x1b", "\x1b\x1b")
        return f"{plain}\x1bPtmux;{escaped}\x1b\\"
    if environ.get("STY"):
        return _screen_pieces(plain)
    if term.startswith("screen"):
        # Behind SSH only the terminal's name is left, and tmux has the same. Each multiplexer skips the form of the other.
        return plain + _screen_pieces(plain)
    return plain


def _screen_pieces(sequence: str) -> str:
    pieces = (sequence[at : at + _SCREEN_PIECE] for at in range(0, len(sequence), _SCREEN_PIECE))
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "replace")


async def copy(
    text: str,
    *,
    write_osc52: Callable[[str], object],
    environ: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    tool_timeout: float = TOOL_TIMEOUT,
) -> Route:
    """Put a text on the clipboard. Never raises. An empty text leaves the clipboard alone.

    Args:
        text: Sanitized text.
        write_osc52: Writes a sequence to the terminal unchanged.
        environ: The environment to search; that of the process by default.
        platform: A value of `sys.platform`.
        tool_timeout: Seconds that each tool may take.
    """
    if not text:
        return Route()
    environ = os.environ if environ is None else environ
    tool = await asyncio.to_thread(_copy_with_tool, text, environ, platform, tool_timeout)
    too_long = len(_encoded(text, "utf-8")) > TERMINAL_LIMIT
    # The terminal comes after the tool, because it corrects a tool that guessed the encoding wrong. But a terminal that
    # cuts a long sequence may clear the clipboard that the tool has just filled.
    to_terminal = not (tool and too_long)
    taken = await asyncio.to_thread(_load_into_tmux, text, environ, platform, tool_timeout, to_terminal)
    # If tmux forwards the text, another sequence would only make a second buffer of it.
    sent = taken is _TMUX_AND_TERMINAL or (to_terminal and _send(osc52(text, environ), write_osc52))
    return Route(tool, sent, too_long, taken is not None)


def _send(sequence: str, write_osc52: Callable[[str], object]) -> bool:
    if not sequence:
        return False
    try:
        write_osc52(sequence)
    # Whatever a closing driver raises, copying must not end the program.
    except Exception:
        return False
    return True


def _copy_with_tool(text: str, environ: Mapping[str, str], platform: str, timeout: float) -> str | None:
    candidates = tools(environ, platform)
    clean_environ = environ_for_children(environ)
    if _PBCOPY in candidates:
        # Without LC_CTYPE pbcopy reads UTF-8 as the old Macintosh encoding.
        clean_environ.setdefault("LC_CTYPE", "UTF-8")
    for tool in candidates:
        program = find_program(tool.name, environ, platform)
        if program is not None and _run(program, tool, text, clean_environ, timeout):
            return tool.name
    return None


def _load_into_tmux(
    text: str, environ: Mapping[str, str], platform: str, timeout: float, to_terminal: bool
) -> Tool | None:
    """Put a text into tmux's paste buffer and, if wanted, have tmux forward it to the terminal. Return the command that
    worked."""
    program = find_program("tmux", environ, platform) if environ.get("TMUX") else None
    if program is None:
        return None
    clean_environ = environ_for_children(environ)
    ways = [_TMUX_AND_TERMINAL, _TMUX] if to_terminal else [_TMUX]
    return next((way for way in ways if _run(program, way, text, clean_environ, timeout)), None)


def _run(program: str, tool: Tool, text: str, environ: Mapping[str, str], timeout: float) -> bool:
    try:
        finished = subprocess.run(
            [program, *tool.command[1:]],
            input=_encoded(text, tool.encoding),
            # xclip and wl-copy stay in the background to serve the selection. A pipe would wait for them, and the
            # terminal's signals would end them together with the clipboard.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=dict(environ),
            timeout=timeout,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    return finished.returncode == 0
