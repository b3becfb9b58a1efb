"""Crash reports that can be sent to others.

The reports of Python and Textual print the values of variables: the key, the prompts, the answers. Ours hold frames, types
and versions, and of messages only what is not quoted, because quotes hold values.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from elumenta_tui import __version__
from elumenta_tui.process.files import write_private
from elumenta_tui.text.sanitize import clean_line

_PACKAGES = ("textual", "rich", "httpx", "httpcore", "anyio")
_VARIABLES = ("TERM", "TERM_PROGRAM", "COLORTERM", "LANG", "LC_ALL", "NO_COLOR")
_KEPT = 5
"""Reports to keep; older ones are removed."""

_FRAMES = 40
"""Frames of one exception. A recursion has a thousand equal ones."""

_MESSAGE = 160
"""Characters of a message."""

_CLEANED = 100_000
"""Characters of a message that are searched for the key."""

_OPENING, _CLOSING = "'\"`«“", "'\"`»”"
"""Quotation marks. Apostrophes are among both, and make it hard to say which marks belong together."""

_INSTALLED = re.compile(r".*[/\\](?:site-packages|dist-packages|python\d[\d.]*)[/\\]")
_OWN = str(Path(__file__).parent.parent) + os.sep


def save(error: BaseException, directory: Path, *, key: str = "", says_messages: bool = True) -> Path:
    """Write a report of the error into a new file that only its owner can read. Raises OSError if that fails.

    Without `says_messages`, errors are named by their types alone.
    """
    now = datetime.now(UTC)
    path = directory / f"crash-{now:%Y%m%d-%H%M%S}.txt"
    text = report(error, now, key=key, says_messages=says_messages)
    write_private(path, text.encode("utf-8", "replace"))
    for old in sorted(directory.glob("crash-*.txt"))[:-_KEPT]:
        old.unlink(missing_ok=True)
    return path


def report(
    error: BaseException,
    now: datetime,
    *,
    key: str = "",
    environ: Mapping[str, str] = os.environ,
    says_messages: bool = True,
) -> str:
    """Describe what happened, without any text of the user's or the service's, and without the key."""
    lines = [
        f"elumenta-tui {__version__}: {kind(error)}",
        f"{now:%Y-%m-%d %H:%M:%S} UTC",
        f"Python {platform.python_version()} on {platform.platform()}",
        ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
        ", ".join(f"{name}={clean_line(environ[name], 40)}" for name in _VARIABLES if name in environ),
        "",
        *_chain(error, key if says_messages else None, set()),
    ]
    return "\n".join(lines) + "\n"


def kind(error: BaseException) -> str:
    """Return the type of an error, as a word."""
    return type(_unwrapped(error)).__name__


def place(error: BaseException) -> str:
    """Return where the error occurred, preferably in our own code: `app.py:120`."""
    error = _unwrapped(error)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_OWN)]
    for last in (ours or list(frames))[-1:]:
        return f"{Path(last.filename).name}:{last.lineno}"
    return "?"


def _unwrapped(error: BaseException) -> BaseException:
    """Return the error that a worker has wrapped."""
    while isinstance(inner := getattr(error, "error", None), BaseException):
        error = inner
    return error


def _chain(error: BaseException, key: str | None, seen: set[int]) -> Iterator[str]:
    """Describe an error and what led to it, the cause first. No `key`: without messages."""
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from _chain(cause, key, seen)
        yield ""
    yield f"{type(error).__module__}.{type(error).__qualname__}: {_message(error, key)}"
    frames = traceback.extract_tb(error.__traceback__)
    for frame in frames[:_FRAMES]:
        yield f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}"
    if len(frames) > _FRAMES:
        yield f"  … {len(frames) - _FRAMES} more"
    # Include what a worker or a group of tasks wraps.
    for wrapped in error.exceptions if isinstance(error, BaseExceptionGroup) else [_unwrapped(error)]:
        if id(wrapped) not in seen:
            yield ""
            yield from _chain(wrapped, key, seen)


def _message(error: BaseException, key: str | None) -> str:
    if key is None:
        return "…"
    from elumenta_tui.text.redact import redact_key

    try:
        text = str(error)
    # The error cannot even say what it is.
    except Exception:
        return "?"
    # Clean first: a character that cleaning drops may stand inside the key.
    text = redact_key(clean_line(text.partition("\n")[0], _CLEANED), key)
    return clean_line(_without_quotes(text), _MESSAGE)


def _without_quotes(text: str) -> str:
    """Replace what stands from the first quotation mark to the last, or to the end if none closes."""
    start = min((text.index(mark) for mark in _OPENING if mark in text), default=-1)
    if start < 0:
        return text
    end = max(text.rfind(mark) for mark in _CLOSING)
    # Behind the last closing mark there may be an opening one.
    rest = _without_quotes(text[end + 1 :]) if end > start else ""
    return f"{text[:start]}'…'{rest}"


def _short(filename: str) -> str:
    """Return a file's name without the directories that identify the machine's owner."""
    if filename.startswith(_OWN):
        return f"elumenta_tui/{filename.removeprefix(_OWN)}"
    installed = _INSTALLED.match(filename)
    return filename[installed.end() :] if installed else Path(filename).name


def _version(name: str) -> str:
    module = sys.modules.get(name)
    if module is None:
        return "not loaded"
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "?"
