"""Writes what stands on the screen in every view: `python -m tests.snapshots`, with the names of groups for those alone."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from time import tzset

import pytest

from elumenta_tui.i18n import Language
from tests.resting import make_databases_once, parse_styles_once, rest_sooner, write_into_memory
from tests.snapshots.every import GROUPS
from tests.snapshots.kept import DIRECTORY, LANGUAGES, Section, keep, path_of
from tests.snapshots.stage import NIGHT
from tests.snapshots.walking import WAYS, Shot, shots

LOOKS, PAUSE = 3, 0.05
"""How often a view must look the same before it is kept, and the seconds between: some of it may come late."""


async def at_rest(shot: Shot) -> list[str]:
    """Wait until nothing moves in a view any more, and return its rows."""
    seen: list[list[str]] = []
    while len(seen) < LOOKS or any(rows != seen[-1] for rows in seen[-LOOKS:]):
        await shot.stage.chat.pilot.pause(PAUSE)
        seen.append(shot.rows(shot.picture()))
    return seen[-1]


async def draw(language: Language, group: str) -> dict[str, dict[Section, list[str]]]:
    """Return the sections of each view of a group in a language."""
    drawn: dict[str, dict[Section, list[str]]] = {}
    with tempfile.TemporaryDirectory() as home:
        async for shot in shots(language, Path(home), group, [way for way in WAYS if way[0] == NIGHT]):
            drawn.setdefault(shot.view.name, {})[language, shot.size] = await at_rest(shot)
    return drawn


def main(names: list[str]) -> None:
    """Write the views of these groups, or of all."""
    os.environ.update(TZ="UTC", LANG="en_US.UTF-8")
    tzset()
    for name in ("NO_COLOR", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "TMUX", "STY"):
        os.environ.pop(name, None)
    write_into_memory()
    DIRECTORY.mkdir(exist_ok=True)
    for group in names or GROUPS:
        for language in LANGUAGES:
            with pytest.MonkeyPatch.context() as patch:
                parse_styles_once()
                make_databases_once(patch)
                rest_sooner(patch)
                for name, drawn in asyncio.run(draw(language, group)).items():
                    keep(name, drawn)
        sys.stdout.write(f"tests/snapshots/kept: {', '.join(view.name for view in GROUPS[group])}\n")
    known = {path_of(view.name) for views in GROUPS.values() for view in views}
    for path in set(DIRECTORY.glob("*.txt")) - known:
        path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
