"""What the doctor finds: lines that may be pasted anywhere, each with what to do. A check never hangs and never fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from elumenta_tui.i18n import say
from elumenta_tui.text.key import MASK, tidy_key
from elumenta_tui.text.redact import redact_key
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    import argparse

    from elumenta_tui.cli.startup import Access

Mark = Literal["ok", "note", "problem"]

_SHORTEST_KEY = 6
"""Characters of a text that is hidden because it was given as a key."""


class Subject(NamedTuple):
    """What is examined."""

    config: Path | None = None
    """Configuration file that the command line names."""
    base_url: str | None = None
    """Address that the command line names."""
    demo: bool = False
    offline: bool = False
    """True if nothing is asked over the network."""
    access: Access | None = None
    """The account of a running chat, whose key is taken as it was found; None: the key is searched."""
    owns_terminal: bool = True
    """False if another part of the program reads from the terminal, so that the terminal must not be asked."""

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Self:
        """Return what the options of a command name."""
        return cls(arguments.config, arguments.base_url, arguments.demo, arguments.offline)


class Finding(NamedTuple):
    """What one check has found."""

    check: str
    """Name of the check, for programs."""
    mark: Mark
    text: str
    advice: str = ""
    """What to do; empty if there is nothing to do."""


Check = Callable[[], Iterable[Finding]]


class Censor:
    """Takes out of texts what nobody else should read: keys, and the name of the home directory."""

    def __init__(self, environ: Mapping[str, str], *keys: str) -> None:
        self.key = ""
        """The key, once it is found."""
        # One that can't be used is secret, too.
        self._keys = {tidy_key(each) for each in (environ.get("ELUMENTA_API_KEY", ""), *keys)}
        home = environ.get("HOME") or environ.get("USERPROFILE") or str(Path.home())
        homes = {home.rstrip("/\\"), str(Path(home).resolve())}
        self._homes = sorted((each for each in homes if len(each) > 1), key=len, reverse=True)

    def cleaned(self, text: str) -> str:
        """Return a text as one line without secrets."""
        line = clean_line(text, 2_000)
        for key in {*self._keys, self.key}:
            line = redact_key(line, key)
            if len(key) >= _SHORTEST_KEY:
                # One with other letters than keys have is found as it is written only.
                line = line.replace(key, MASK)
        for home in self._homes:
            line = line.replace(home, "~")
        return line


def bounded(name: str, check: Check, seconds: float) -> list[Finding]:
    """Run a check. One that takes longer, or fails, is a finding itself."""
    found: list[Finding] = []
    ended = threading.Event()

    def work() -> None:
        try:
            # One by one, so that those before a slow one are not lost.
            found.extend(check())
        # Whatever goes wrong in a check is what the doctor is for.
        except Exception as error:
            found.append(
                Finding(name, "problem", say("doctor.failed", check=name, kind=type(error).__name__))
            )
        ended.set()

    threading.Thread(target=work, name=f"doctor-{name}", daemon=True).start()
    if ended.wait(seconds):
        return found
    slow = Finding(name, "problem", say("doctor.too_slow", check=name, n=int(seconds)))
    return [*found, slow]
