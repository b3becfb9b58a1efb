"""The picture or the text on the user's clipboard, by the desktop's own tools.

Over SSH the tools would read the clipboard of the wrong computer, unless the session brings a display with it.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from elumenta_tui.process.children import environ_for_children, find_program, is_remote
from elumenta_tui.process.groups import Ending, run
from elumenta_tui.sources.images import SOURCE_BYTES, prepare_picture
from elumenta_tui.sources.picture_header import Damaged, read_header
from elumenta_tui.sources.results import Picture, Reason, RefusedSource
from elumenta_tui.text.sanitize import clean

SECONDS = 5.0
"""Seconds that a tool may take. It hangs if its display server does."""
_POWERSHELL_SECONDS = 20.0
"""The same for PowerShell, whose start alone takes seconds."""
TEXT_BYTES = 4 * 1024 * 1024
"""Bytes of a text that are read: more than a prompt takes."""
NAME = "clipboard"

_POWERSHELL = (
    "Add-Type -AssemblyName System.Windows.Forms,System.Drawing;"
    "$p=[Windows.Forms.Clipboard]::GetImage();"
    "if($p){$m=New-Object IO.MemoryStream;$p.Save($m,[Drawing.Imaging.ImageFormat]::Png);"
    "[Console]::Out.Write([Convert]::ToBase64String($m.ToArray()))}"
)
"""Writes the picture as PNG in base64: the console of Windows would change plain bytes."""

_POWERSHELL_TEXT = (
    "$t=Get-Clipboard -Raw;"
    "if($t){[Console]::Out.Write([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($t)))}"
)


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that writes what is on the clipboard to its output."""

    commands: tuple[tuple[str, ...], ...]
    """Its command for each type that it may be asked for, best first."""
    in_base64: bool = False
    seconds: float = SECONDS

    @property
    def name(self) -> str:
        """Name of the program, as the user knows it."""
        return self.commands[0][0]


_TYPES = ("image/png", "image/jpeg")
_WL_PASTE = Tool(tuple(("wl-paste", "--no-newline", "--type", kind) for kind in _TYPES))
_XCLIP = Tool(tuple(("xclip", "-selection", "clipboard", "-target", kind, "-out") for kind in _TYPES))
_PNGPASTE = Tool((("pngpaste", "-"),))

# `text` is any type of text that the clipboard offers.
_WL_TEXT = Tool((("wl-paste", "--no-newline", "--type", "text"),))
_XCLIP_TEXT = Tool((("xclip", "-selection", "clipboard", "-target", "UTF8_STRING", "-out"),))
_XSEL_TEXT = Tool((("xsel", "--clipboard", "--output"),))
_PBPASTE = Tool((("pbpaste",),))


def _powershell(name: str, script: str) -> Tool:
    # STA: other threads may not read the clipboard.
    command = (name, "-NoProfile", "-NonInteractive", "-STA", "-Command", script)
    return Tool((command,), in_base64=True, seconds=_POWERSHELL_SECONDS)


def tools(environ: Mapping[str, str], platform: str = sys.platform, *, for_text: bool = False) -> list[Tool]:
    """Return the tools that may read the user's clipboard from here, best first. They need not be installed.

    Behind SSH those of a display that the session has brought along; none if it has none.

    Args:
        environ: The environment to search.
        platform: A value of `sys.platform`.
        for_text: Return those that read a text; by default those that read a picture.
    """
    found = []
    display = environ.get("DISPLAY", "")
    script = _POWERSHELL_TEXT if for_text else _POWERSHELL
    if environ.get("WAYLAND_DISPLAY"):
        found.append(_WL_TEXT if for_text else _WL_PASTE)
    # A display without a host is that of this machine, as a tmux that was started at its desk remembers it.
    if display and not (is_remote(environ) and display.startswith((":", "unix:"))):
        found += [_XCLIP_TEXT, _XSEL_TEXT] if for_text else [_XCLIP]
    if is_remote(environ):
        return found
    if platform == "darwin":
        return [_PBPASTE if for_text else _PNGPASTE]
    if platform == "win32":
        return [_powershell("powershell", script)]
    if environ.get("WSL_DISTRO_NAME"):
        # First: the Linux tools see only what WSL passes on, which may be an older picture.
        found.insert(0, _powershell("powershell.exe", script))
    return found


async def clipboard_picture(
    *,
    environ: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    seconds: float | None = None,
) -> Picture | RefusedSource:
    """Return the picture on the clipboard, fit to be sent; or the reason why there is none.

    Args:
        environ: The environment to search; that of the process by default.
        platform: A value of `sys.platform`.
        seconds: Time limit of each tool; its own by default.
    """
    environ = os.environ if environ is None else environ
    candidates = tools(environ, platform)
    if not candidates:
        return RefusedSource.of(Reason.REMOTE if is_remote(environ) else Reason.NO_DISPLAY)
    refused: RefusedSource | None = None
    for tool in candidates:
        program = find_program(tool.name, environ, platform)
        if program is None:
            continue
        for command in tool.commands:
            data = await _output(program, command, tool, environ, seconds or tool.seconds, SOURCE_BYTES)
            if isinstance(data, RefusedSource):
                refused = data
            elif _is_picture(data):
                return await prepare_picture(NAME, data)
            else:
                refused = refused or RefusedSource.of(Reason.EMPTY)
    return refused or RefusedSource.of(Reason.MISSING_TOOL, tools=",".join(tool.name for tool in candidates))


async def clipboard_text(
    *,
    environ: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    seconds: float | None = None,
) -> str | RefusedSource:
    """Return the text on the clipboard, which is clean and not empty; or the reason why there is none. Arguments as before."""
    environ = os.environ if environ is None else environ
    candidates = tools(environ, platform, for_text=True)
    if not candidates:
        return RefusedSource.of(Reason.REMOTE if is_remote(environ) else Reason.NO_DISPLAY)
    if platform == "darwin":
        # Without it pbpaste writes the old Macintosh encoding.
        environ = {"LC_CTYPE": "UTF-8", **environ}
    refused: RefusedSource | None = None
    for tool in candidates:
        program = find_program(tool.name, environ, platform)
        if program is None:
            continue
        data = await _output(program, tool.commands[0], tool, environ, seconds or tool.seconds, TEXT_BYTES)
        if isinstance(data, RefusedSource):
            refused = data
        # Some write the picture, whatever they were asked for.
        elif b"\0" not in data and (text := clean(data.decode("utf-8", "replace"))).strip():
            return text
        else:
            refused = refused or RefusedSource.of(Reason.EMPTY)
    return refused or RefusedSource.of(Reason.MISSING_TOOL, tools=",".join(tool.name for tool in candidates))


def _is_picture(data: bytes) -> bool:
    """Return whether a tool wrote a picture. Some write the text of the clipboard, whatever they were asked for."""
    try:
        return read_header(data) is not None
    except Damaged:
        return False


async def _output(
    program: str,
    command: tuple[str, ...],
    tool: Tool,
    environ: Mapping[str, str],
    seconds: float,
    most: int,
) -> bytes | RefusedSource:
    """Run a tool. What it fails with is not told apart: an empty clipboard is a failure to most of them."""
    limit = most * 4 // 3 + 4 if tool.in_base64 else most
    try:
        ended = await run(
            [program, *command[1:]], environ=environ_for_children(environ), seconds=seconds, head=limit
        )
    except (OSError, ValueError) as error:
        return RefusedSource.of(
            Reason.FAILED, error=(error.strerror if isinstance(error, OSError) else "") or ""
        )
    if ended.ending is not Ending.EXITED:
        return RefusedSource.of(Reason.TOO_SLOW, seconds=round(seconds))
    if ended.left_out:
        return RefusedSource.of(Reason.TOO_LARGE, limit=most)
    if not tool.in_base64:
        return ended.head
    try:
        return base64.b64decode(ended.head, validate=False)
    except ValueError:
        return b""
