"""Find stored conversations by the beginnings of their IDs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.chat.conversation import title_of
from elumenta_tui.cli.database import is_alive
from elumenta_tui.cli.running import CommandFailed
from elumenta_tui.cli.stdio import NOTHING_THERE
from elumenta_tui.cli.tables import cut
from elumenta_tui.i18n import say
from elumenta_tui.store.ids import safe_id
from elumenta_tui.store.records import Summary

if TYPE_CHECKING:
    from elumenta_tui.store.guarded import Guarded

SHORTEST = 4
"""Characters of an ID that a table shows, at least."""


_NAME = 60
"""Columns of a title in a sentence, at most."""


class Found(NamedTuple):
    """A stored conversation, and which account it is of."""

    summary: Summary
    demo: bool


def found_by_id(
    connection: Guarded, beginnings: Sequence[str], environ: Mapping[str, str], *, demo: bool
) -> list[Found]:
    """Find one conversation for each beginning of an ID, each once. Raises CommandFailed if there is none, or several.

    An ID names one conversation, whichever account it is of; `demo` leaves only those of the demo.
    """
    from elumenta_tui.store.listing import summaries

    alive = is_alive(environ)
    accounts = (True,) if demo else (False, True)
    known = [
        Found(row, each) for each in accounts for row in summaries(connection, (), demo=each, alive=alive)
    ]
    found: dict[str, Found] = {}
    for beginning in beginnings:
        fits = [each for each in known if beginning and each.summary.id.startswith(beginning)]
        if len(fits) != 1:
            key = "export.many_such" if fits else "export.no_such"
            command = f"elumenta-tui chats list{' --demo' if demo else ''}"
            raise CommandFailed(NOTHING_THERE, say(key, id=beginning, command=command))
        found[fits[0].summary.id] = fits[0]
    return list(found.values())


def name_of(summary: Summary) -> str:
    """Return the title, or the first words of a draft that was never sent."""
    return summary.title or title_of(summary.draft) or say("list.untitled")


def shortest_length(connection: Guarded) -> int:
    """Return how many characters tell all IDs from each other, at least `SHORTEST`."""
    rows = connection.execute("SELECT CAST(id AS TEXT) AS id FROM conversation").fetchall()
    ids = sorted({safe_id(row["id"]) for row in rows})
    return max([SHORTEST, *(_common(one, following) + 1 for one, following in pairwise(ids))])


def _common(one: str, other: str) -> int:
    """Return the number of characters with which both begin."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def as_sentence_names(found: Iterable[Found]) -> str:
    """Return the titles of conversations as a sentence names them."""
    return ", ".join(say("list.quoted", title=cut(name_of(each.summary), _NAME)) for each in found)
