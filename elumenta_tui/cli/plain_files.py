"""Files that the chat without a screen writes for its user."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from elumenta_tui.cli.exit_codes import ExitCode, NotAsked
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line

PATH_SHOWN = 4096
"""Characters of a path, at most: it is said whole."""


async def write_new(
    voice: Voice,
    place: str,
    data: Path,
    names: Callable[[], Iterable[str]],
    pieces: Callable[[], Iterable[bytes]],
) -> None:
    """Write a new file at a typed place, as `user_files.write_at` does, and say where it is. Raises NotAsked if it can't be written."""
    from elumenta_tui.transfer.user_files import complaint, write_at

    try:
        path = await asyncio.to_thread(write_at, place, data, names, pieces)
    except OSError as error:
        raise NotAsked(complaint(error, place), ExitCode.FAILED) from None
    voice.note(say("plain.exported", path=clean_line(str(path), PATH_SHOWN)))
