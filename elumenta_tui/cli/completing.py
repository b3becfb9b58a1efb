"""`elumenta-tui __complete KIND BEGINNING`: what completions of shells ask for at every Tab.

It asks nobody over the network, says nothing of what fails, and gives up after a third of a second.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from threading import Timer
from typing import NamedTuple

from elumenta_tui.text.sanitize import clean_line

SECONDS = 0.3
"""Longest time that a shell waits."""

_LEAST_SECONDS = 0.1
"""Seconds that are left to it on a machine that needs longer for starting Python."""

_MOST = 50
"""Candidates, at most: nobody reads more."""

_TITLE = 60
"""Characters of a title, at most."""

_PLAIN = re.compile(r"[\w.@+][\w./@+-]*")
"""Matches a word that means itself in every shell. The others are not offered: the network and files have written them."""


_FILE = "conversations.db"
_TITLES = """
    SELECT id, title FROM conversation
    WHERE demo = :demo AND substr(id, 1, length(:beginning)) = :beginning
        AND NOT EXISTS (SELECT 1 FROM chore WHERE chore.name = 'delete ' || conversation.id)
        AND EXISTS (SELECT 1 FROM turn WHERE conversation = conversation.id)
    ORDER BY used DESC LIMIT :most
"""
"""As `store.reading.titles` lists them, in the current tables. To load the store takes longer than a shell waits for all of this."""


FILTER_NAMES = ("model", "after", "before", "cost", "state", "is")
_DAY_KEYS = tuple(f"search.day.{day}" for day in ("today", "yesterday", "week", "month"))
FILTER_VALUES = {
    "after": _DAY_KEYS,
    "before": _DAY_KEYS,
    "state": tuple(f"search.state.{state}" for state in ("complete", "interrupted", "failed", "stopped")),
    "is": ("search.is.pinned", "search.is.archived"),
}
"""As `session.search_terms` has them, which takes too long to load; without the states that only a running app knows."""


class Candidate(NamedTuple):
    """A word that may stand where the cursor is."""

    word: str
    about: str = ""


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Print candidates, one a line, each with a tab and what it is behind it. The exit code is always 0."""
    # What the start of Python has taken so far is about its processor time.
    watch = Timer(max(_LEAST_SECONDS, SECONDS - time.process_time()), os._exit, (0,))
    watch.daemon = True
    watch.start()
    with contextlib.suppress(Exception):
        kind, beginning = argv[0], argv[1] if len(argv) > 1 else ""
        found = candidates(kind, beginning, environ, demo="--demo" in argv[2:])
        lines = [f"{each.word}\t{each.about}\n" if each.about else f"{each.word}\n" for each in found]
        encoding = sys.stdout.encoding or "utf-8"
        os.write(sys.stdout.fileno(), "".join(lines).encode(encoding, "replace"))
    watch.cancel()
    return 0


def candidates(
    kind: str, beginning: str, environ: Mapping[str, str], *, demo: bool = False
) -> list[Candidate]:
    """Return the candidates of a kind that begin so, the likeliest first. May raise anything."""
    found: Iterable[Candidate] = ()
    before = ""
    if kind == "slugs":
        before, comma, beginning = beginning.rpartition(",")
        named = before.split(",")
        found = (each for each in _models(environ, demo) if each.word not in named)
        before += comma
    elif kind == "models":
        found = _models(environ, demo)
    elif kind == "chats":
        found = _chats(environ, beginning, demo)
    elif kind == "personas":
        found = _personas(environ)
    elif kind == "templates":
        found = _templates(environ)
    elif kind == "settings":
        found = _settings()
    elif kind == "filters":
        name, colon, beginning = beginning.rpartition(":")
        before = name + colon
        found = _filter_values(name, environ, demo) if colon else _filter_names(beginning)
    fitting = (
        each for each in found if each.word.startswith(beginning) and _PLAIN.fullmatch(each.word.rstrip(":"))
    )
    return [each._replace(word=before + each.word) for each in islice(fitting, _MOST)]


def _models(environ: Mapping[str, str], demo: bool) -> Iterator[Candidate]:
    """Yield models: favourites, those that were chosen last, and the documented ones."""
    from elumenta_tui.chat.models import DOCUMENTED_MODELS
    from elumenta_tui.config.model_lists import ModelLists
    from elumenta_tui.config.paths import state_dir
    from elumenta_tui.config.settings import STATE_FILE, StateFile

    lists = ModelLists(StateFile(state_dir(environ) / STATE_FILE), "demo_" if demo else "")
    names = {model.slug: f"{model.name}, {model.provider}" for model in DOCUMENTED_MODELS}
    for slug in dict.fromkeys([*lists.favourites, *lists.recent, *names]):
        yield Candidate(slug, names.get(slug, ""))


def _chats(environ: Mapping[str, str], beginning: str, demo: bool) -> Iterator[Candidate]:
    """Yield the ids of conversations with their titles, the one that was used last first."""
    import sqlite3

    from elumenta_tui.config.paths import data_dir

    path = (data_dir(environ) / _FILE).absolute()
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=SECONDS)
    connection.execute("PRAGMA trusted_schema = OFF")
    for id, title in connection.execute(_TITLES, {"demo": demo, "beginning": beginning, "most": _MOST}):
        yield Candidate(str(id), clean_line(str(title), _TITLE))


def _personas(environ: Mapping[str, str]) -> Iterator[Candidate]:
    from elumenta_tui.config.settings import read

    return (Candidate(name) for name in read(_config(environ)).settings.personas)


def _templates(environ: Mapping[str, str]) -> Iterator[Candidate]:
    from elumenta_tui.config.templates import DIRECTORY, Templates

    return (Candidate(name) for name in Templates(_config(environ).parent / DIRECTORY).names())


def _filter_names(beginning: str) -> Iterator[Candidate]:
    """Yield the names of filters with their colons: in the language in use, or else in that of the beginning."""
    from elumenta_tui.i18n import in_every_language, say

    for name in FILTER_NAMES:
        own = say(f"search.name.{name}")
        others = () if own.startswith(beginning) else in_every_language(f"search.name.{name}")
        for each in (own, *others):
            yield Candidate(f"{each}:")


def _filter_values(typed: str, environ: Mapping[str, str], demo: bool) -> Iterator[Candidate]:
    """Yield the values that a filter may have: those that shells pass on unquoted."""
    from elumenta_tui.i18n import in_every_language, say

    name = next((each for each in FILTER_NAMES if typed in in_every_language(f"search.name.{each}")), "")
    if name == "model":
        yield from _models(environ, demo)
    for key in FILTER_VALUES.get(name, ()):
        own = say(key)
        yield Candidate(own)
        for each in in_every_language(key) - {own}:
            if typed != say(f"search.name.{name}"):
                yield Candidate(each)


def _settings() -> Iterator[Candidate]:
    from elumenta_tui.config.options import TABLES
    from elumenta_tui.config.settings import Settings
    from elumenta_tui.lean import fields

    return (Candidate(option.name) for option in fields(Settings) if option.name not in TABLES)


def _config(environ: Mapping[str, str]) -> Path:
    from elumenta_tui.config.paths import config_dir
    from elumenta_tui.config.settings import CONFIG_FILE

    return config_dir(environ) / CONFIG_FILE
