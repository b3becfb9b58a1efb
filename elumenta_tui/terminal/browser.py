"""Links of strangers: where one really leads, and how it is opened once the user has seen that.

Nothing here happens by itself. `examine` takes an address apart as a browser would, and puts it together again from what it
has found: so what is shown is what is opened. `open_in_browser` takes only that.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote

from elumenta_tui.process.children import environ_for_children, find_program
from elumenta_tui.text.sanitize import clean_line

LONGEST = 8_000
"""Characters of an address that is handed to a browser; some systems cut longer ones, and another address is left."""

STARTING = 2.0
"""Seconds in which a browser that can't be started says so."""

_LONGEST_HOST, _LONGEST_LABEL = 253, 63
"""Characters, as the name service limits them."""

_DIVISION = re.compile("[?#]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_WEB = re.compile(r"(https?)://([^/?#\\\s]*)((?:[/?#\\].*)?)", re.IGNORECASE | re.DOTALL)
_HOST_AND_PORT = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]%]+)(?::([0-9]{0,5}))?", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,252})|\[[0-9a-f:.]+\]")
_NOT_ENCODED = "%/:@+,=-._~"
"""Signs that stay as they are in an address, with `?`, `#` and `&` where they divide it.

Openers may be scripts, and hand the address to a shell as a part of a command: wslview puts it into a PowerShell string. So all
signs with a meaning to sh, cmd or PowerShell are encoded that can be: quotes, `$`, backtick, `;`, parentheses, `|`, `^`, `!`, `*`.
"""
_DIVIDING = "?#&"

_SHELLS = {
    "cmd",
    "powershell",
    "pwsh",
    "sh",
    "ash",
    "bash",
    "dash",
    "zsh",
    "ksh",
    "fish",
    "csh",
    "tcsh",
    "start",
}
"""They would take the address for a part of a command. An `&`, which has to stay in a query, would begin another one there."""

_SSH_NAMES = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")

# They would write on this program's screen.
_TEXT_BROWSERS = {"elinks", "links", "links2", "lynx", "w3m", "www-browser"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link leads."""

    address: str
    """What a browser is given, letter by letter, all of it ASCII. Of a link that is not for browsers: its text, clean."""
    is_web: bool = False
    """http or https, and understood: it may be opened."""
    host_at: int = 0
    """Where in the address the host begins."""
    host: str = ""
    """In ASCII, as the name service sees it: `xn--…` where it has other letters. Empty if it is not for browsers."""
    letters: str = ""
    """The host in its own letters, if they are not ASCII: they may be others than they look like."""
    user: str = ""
    """What stands before an @ and looks like a host, but is a user name."""


def examine(href: str) -> Target:
    """Take the target of a link apart. Never raises: what is no address of the web is a target that can't be opened."""
    shown = clean_line(href, sys.maxsize)
    match = _WEB.fullmatch(href.strip())
    if match is None:
        return Target(shown)
    scheme, authority, rest = match[1].lower(), match[2], match[3]
    user, at, place = authority.rpartition("@")
    found = _HOST_AND_PORT.fullmatch(place)
    host = _ascii(found[1]) if found else ""
    if found is None or not _HOST.fullmatch(host) or int(found[2] or 0) > 65535:
        return Target(shown)
    port = f":{found[2]}" if found[2] else ""
    if rest.startswith("\\"):
        # Browsers take it for a slash, so what follows is a path, whatever it looks like.
        rest = "/" + rest[1:]
    before = f"{scheme}://{_encoded(user, _NOT_ENCODED)}{at}"
    divided = _DIVISION.search(rest)
    path_end = divided.start() if divided else len(rest)
    path, query = rest[:path_end], rest[path_end:]
    address = f"{before}{host}{port}{_encoded(path, _NOT_ENCODED)}{_encoded(query, _NOT_ENCODED + _DIVIDING)}"
    if len(address) > LONGEST:
        return Target(shown)
    own = _own_letters(host)
    return Target(address, True, len(before), host, own if own != host else "", clean_line(user))


def _encoded(text: str, kept: str) -> str:
    """Percent-encode all but letters, digits and `kept`; what is encoded already stays so."""
    return _BARE_PERCENT.sub("%25", quote(text, kept, errors="replace"))


def _ascii(host: str) -> str:
    """The host as the name service is asked for it, by UTS 46 and IDNA 2008 as browsers and httpx do; empty if it is none."""
    if host.isascii():
        return host.lower()
    if len(host) > _LONGEST_HOST:
        return ""
    import idna

    try:
        mapped = idna.uts46_remap(host, std3_rules=True)
        try:
            return idna.encode(mapped).decode("ascii")
        except idna.InvalidCodepoint:
            # Signs that may not be registered any more, but were: ☃.net. Browsers still look them up.
            return _looked_up(mapped)
    except UnicodeError:
        return ""


def _looked_up(host: str) -> str:
    labels = [
        label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
        for label in host.split(".")
    ]
    return ".".join(labels) if all(len(label) <= _LONGEST_LABEL for label in labels) else ""


def _own_letters(host: str) -> str:
    """The host as its owner writes it."""
    labels = []
    for label in host.split("."):
        if label.startswith("xn--"):
            with contextlib.suppress(UnicodeError):
                own = label.removeprefix("xn--").encode().decode("punycode")
                label = own if own.isprintable() and own else label
        labels.append(label)
    return clean_line(".".join(labels))


def browsers(environ: Mapping[str, str], platform: str = sys.platform) -> list[tuple[str, ...]]:
    """The commands that may show an address to the user from here, the best first; they need not be installed.

    `BROWSER` is the user's word. Without it there is none over SSH, and none without a display.
    """
    if platform == "win32":
        return [("rundll32", "url.dll,FileProtocolHandler")]
    found = [command for part in environ.get("BROWSER", "").split(os.pathsep) if (command := _command(part))]
    if any(environ.get(name) for name in _SSH_NAMES):
        return found
    if platform == "darwin":
        return [*found, ("open",)]
    if environ.get("WSL_DISTRO_NAME"):
        # The first one starts the browser without a shell in between.
        found += [("rundll32.exe", "url.dll,FileProtocolHandler"), ("wslview",)]
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        found += [("xdg-open",), ("gio", "open"), ("x-www-browser",)]
    return found


def _command(text: str) -> tuple[str, ...]:
    try:
        command = tuple(shlex.split(text))
    except ValueError:
        return ()
    return () if not command or PurePath(command[0]).name in _TEXT_BROWSERS else command


def can_open(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser that the user would see is installed here."""
    return any(find_program(command[0], environ, platform) for command in browsers(environ, platform))


async def open_in_browser(
    target: Target,
    *,
    environ: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    starting: float = STARTING,
) -> bool:
    """Show a target in a browser; whether one took it. It never raises, and opens nothing that is not of the web.

    Args:
        target: Where to; the user has seen its address.
        environ: The environment to look around in; the process's own by default. The browser gets it without the key.
        platform: A value of `sys.platform`.
        starting: Seconds that a browser has to say that it can't be started. Some stay for as long as they are open.
    """
    if not target.is_web:
        return False
    environ = os.environ if environ is None else environ
    return await asyncio.to_thread(_open, target.address, environ, platform, starting)


def _open(address: str, environ: Mapping[str, str], platform: str, starting: float) -> bool:
    for command in browsers(environ, platform):
        program = find_program(command[0], environ, platform)
        if program is None or ("&" in address and PurePath(program).stem.lower() in _SHELLS):
            continue
        arguments = [part.replace("%s", address) for part in command[1:]]
        if not any("%s" in part for part in command[1:]):
            arguments.append(address)
        if _start([program, *arguments], environ, starting):
            return True
    return False


def _start(command: list[str], environ: Mapping[str, str], starting: float) -> bool:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # The terminal's signals are for this program.
            start_new_session=True,
            env=environ_for_children(environ),
        )
    except (OSError, ValueError):
        return False
    try:
        return process.wait(starting) == 0
    except subprocess.TimeoutExpired:
        # It has become the browser itself. Somebody has to wait for its end, or it stays as a zombie.
        threading.Thread(target=process.wait, name="browser", daemon=True).start()
        return True
