"""Examine links of remote text, and open them once the user has seen the real target.

Nothing is opened unasked. `examine` parses an address as a browser would, and builds it anew from the parts: so what is
shown is what is opened. `open_in_browser` accepts only that.
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

from elumenta_tui.process.children import environ_for_children, find_program, is_remote
from elumenta_tui.text.sanitize import clean_line

LONGEST = 8_000
"""Characters of an address handed to a browser. Some systems cut longer ones, which changes the target."""

STARTING = 2.0
"""Seconds within which a browser that cannot be started fails."""

_LONGEST_HOST, _LONGEST_LABEL = 253, 63
"""Characters, as the domain name system limits them."""

_DIVISION = re.compile("[?#]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_WEB = re.compile(r"(https?)://([^/?#\\\s]*)((?:[/?#\\].*)?)", re.IGNORECASE | re.DOTALL)
_HOST_AND_PORT = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]%]+)(?::([0-9]{0,5}))?", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,252})|\[[0-9a-f:.]+\]")
_NOT_ENCODED = "%/:@+,=-._~"
"""Characters that stay unencoded in an address, besides `?`, `#` and `&` as separators.

Openers may be scripts that put the address into a shell command: wslview puts it into a PowerShell string. So every
character with a meaning to sh, cmd or PowerShell is encoded if it can be: quotes, `$`, backtick, `;`, parentheses, `|`,
`^`, `!`, `*`.
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
"""Shells would take the address for a part of a command. An `&`, which must stay in a query, would begin another command."""


# Text browsers would write on this program's screen.
_TEXT_BROWSERS = {"elinks", "links", "links2", "lynx", "w3m", "www-browser"}


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a link."""

    address: str
    """The address for the browser, all ASCII. If the link is not for browsers: its text, sanitized."""
    is_web: bool = False
    """True if this is a valid http or https address, which may be opened."""
    host_at: int = 0
    """Index of the host in the address."""
    host: str = ""
    """The host in ASCII, as the name service sees it (`xn--…` for other letters). Empty if the link is not for browsers."""
    letters: str = ""
    """The host in its own letters if they are not ASCII. They may not be what they look like."""
    user: str = ""
    """The user name before an @, if it looks like a host."""


def examine(href: str) -> Target:
    """Parse the target of a link. Never raises: anything but an http(s) URL yields a target that cannot be opened."""
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
        # Browsers read a backslash as a slash: what follows is a path, whatever it looks like.
        rest = "/" + rest[1:]
    before = f"{scheme}://{_encoded(user, _NOT_ENCODED)}{at}"
    divided = _DIVISION.search(rest)
    path_end = divided.start() if divided else len(rest)
    path, query = rest[:path_end], rest[path_end:]
    address = f"{before}{host}{port}{_encoded(path, _NOT_ENCODED)}{_encoded(query, _NOT_ENCODED + _DIVIDING)}"
    if len(address) > LONGEST:
        return Target(shown)
    own = _unicode_host(host)
    return Target(address, True, len(before), host, own if own != host else "", clean_line(user))


def _encoded(text: str, kept: str) -> str:
    """Percent-encode everything but letters, digits and `kept`. Encoded characters stay as they are."""
    return _BARE_PERCENT.sub("%25", quote(text, kept, errors="replace"))


def _ascii(host: str) -> str:
    """Return the host in ASCII by UTS 46 and IDNA 2008, as browsers and httpx do; empty if it is no valid host."""
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
            # Characters that may no longer be registered, but were: ☃.net. Browsers still look them up.
            return _looked_up(mapped)
    except UnicodeError:
        return ""


def _looked_up(host: str) -> str:
    labels = [
        label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
        for label in host.split(".")
    ]
    return ".".join(labels) if all(len(label) <= _LONGEST_LABEL for label in labels) else ""


def _unicode_host(host: str) -> str:
    """Return the host as its owner writes it."""
    labels = []
    for label in host.split("."):
        if label.startswith("xn--"):
            with contextlib.suppress(UnicodeError):
                own = label.removeprefix("xn--").encode().decode("punycode")
                label = own if own.isprintable() and own else label
        labels.append(label)
    return clean_line(".".join(labels))


def browsers(environ: Mapping[str, str], platform: str = sys.platform) -> list[tuple[str, ...]]:
    """Return the commands that may show an address to the user from here, best first. They need not be installed.

    `BROWSER` overrides all others. Without it there is none over SSH, and none without a display.
    """
    if platform == "win32":
        return [("rundll32", "url.dll,FileProtocolHandler")]
    found = [command for part in environ.get("BROWSER", "").split(os.pathsep) if (command := _command(part))]
    if is_remote(environ):
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
    """Return whether a browser that the user would see is installed here."""
    return any(find_program(command[0], environ, platform) for command in browsers(environ, platform))


async def open_in_browser(
    target: Target,
    *,
    environ: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    starting: float = STARTING,
) -> bool:
    """Show a target in a browser. Return whether a browser accepted it. Never raises, and opens only web addresses.

    Args:
        target: A target whose address the user has seen.
        environ: The environment to search; that of the process by default. The browser gets it without the key.
        platform: A value of `sys.platform`.
        starting: Seconds within which a browser that cannot be started fails. Some commands run as long as the browser.
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
            # Keep the terminal's signals from the browser.
            start_new_session=True,
            env=environ_for_children(environ),
        )
    except (OSError, ValueError):
        return False
    try:
        return process.wait(starting) == 0
    except subprocess.TimeoutExpired:
        # The command is the browser itself. Something has to wait for its end, or it stays as a zombie.
        threading.Thread(target=process.wait, name="browser", daemon=True).start()
        return True
