"""What is left of a failure of the program itself: a report that can be sent to others, and two sentences.

Python's and Textual's own reports print what variables held: the key, the prompts, the answers. This one holds frames, types
and versions; of messages what is not quoted, as quotes hold values.
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
"""Reports; older ones go."""

_FRAMES = 40
"""Of one exception; a recursion has a thousand, all alike."""

_MESSAGE = 160
"""Characters of a message."""

_CLEANED = 100_000
"""Characters of a message that are searched for the key."""

_QUOTED = re.compile(r"""['"`«“](?:.*['"`»”]|.*$)""")
"""From the first quotation mark to the last one: apostrophes make it hard to say which belong together."""

_INSTALLED = re.compile(r".*[/\\](?:site-packages|dist-packages|python\d[\d.]*)[/\\]")
_OWN = str(Path(__file__).parent.parent) + os.sep


def save(error: BaseException, directory: Path, *, key: str = "") -> Path:
    """Write a report of that error into a file of its own, for its owner's eyes only; OSError if that fails."""
    now = datetime.now(UTC)
    path = directory / f"crash-{now:%Y%m%d-%H%M%S}.txt"
    write_private(path, report(error, now, key=key).encode("utf-8", "replace"))
    for old in sorted(directory.glob("crash-*.txt"))[:-_KEPT]:
        old.unlink(missing_ok=True)
    return path


def report(
    error: BaseException, now: datetime, *, key: str = "", environ: Mapping[str, str] = os.environ
) -> str:
    """What happened, without a word of the user's, of the service's, or of the key."""
    lines = [
        f"elumenta-tui {__version__}: {kind(error)}",
        f"{now:%Y-%m-%d %H:%M:%S} UTC",
        f"Python {platform.python_version()} on {platform.platform()}",
        ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
        ", ".join(f"{name}={clean_line(environ[name], 40)}" for name in _VARIABLES if name in environ),
        "",
        *_chain(error, key, set()),
    ]
    return "\n".join(lines) + "\n"


def kind(error: BaseException) -> str:
    """The type of an error, as a word."""
    return type(_bare(error)).__name__


def place(error: BaseException) -> str:
    """Where in our own code it happened, or else in anybody's: `app.py:120`."""
    error = _bare(error)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_OWN)]
    for last in (ours or list(frames))[-1:]:
        return f"{Path(last.filename).name}:{last.lineno}"
    return "?"


def _bare(error: BaseException) -> BaseException:
    """The error itself, without what a worker has wrapped around it."""
    while isinstance(inner := getattr(error, "error", None), BaseException):
        error = inner
    return error


def _chain(error: BaseException, key: str, seen: set[int]) -> Iterator[str]:
    """An error and what led to it, the cause first."""
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
    # What a worker or a group of tasks wraps.
    for wrapped in error.exceptions if isinstance(error, BaseExceptionGroup) else [_bare(error)]:
        if id(wrapped) not in seen:
            yield ""
            yield from _chain(wrapped, key, seen)


def _message(error: BaseException, key: str) -> str:
    from elumenta_tui.text.redact import redact_key

    try:
        text = str(error)
    # An error that can't even say what it is.
    except Exception:
        return "?"
    # Clean first: a character that cleaning drops may stand inside the key.
    text = redact_key(clean_line(text.partition("\n")[0], _CLEANED), key)
    return clean_line(_QUOTED.sub("'…'", text), _MESSAGE)


def _short(filename: str) -> str:
    """A file's name without the directories that tell whose machine it is."""
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
