"""The contents of attached files: each is on the disk once, as long as any turn or unsent prompt names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from elumenta_tui.store.references import digests_in, without_contents
from elumenta_tui.store.tables import ATTACHMENT

if TYPE_CHECKING:
    import sqlite3

    from elumenta_tui.chat.attachment import Attachment


def put_contents(connection: sqlite3.Connection, attachments: Iterable[Attachment]) -> None:
    """Write the contents that are not on the disk yet."""
    for each in attachments:
        if not each.is_lost and not _has(connection, each.digest):
            ATTACHMENT.put(connection, {"hash": each.digest, "content": each.content}, update=False)


def _has(connection: sqlite3.Connection, digest: str) -> bool:
    return connection.execute("SELECT 1 FROM attachment WHERE hash = ?", (digest,)).fetchone() is not None


def content_of(connection: sqlite3.Connection, digest: str) -> bytes | None:
    """Read a content; None if it is lost, or another one by now."""
    row = connection.execute("SELECT content FROM attachment WHERE hash = ?", (digest,)).fetchone()
    content = None if row is None else row["content"]
    return content if isinstance(content, bytes) and sha256(content).hexdigest() == digest else None


def attachments_of(connection: sqlite3.Connection, column: object) -> tuple[Attachment, ...]:
    """Read the attachments that a column of references names, with their contents."""
    return with_contents(connection, without_contents(column))


def with_contents(
    connection: sqlite3.Connection, attachments: Sequence[Attachment]
) -> tuple[Attachment, ...]:
    """Return attachments with their contents."""
    return tuple(each.with_content(content_of(connection, each.digest)) for each in attachments)


MOST_SEARCHED = 200_000
"""Characters of the attached texts of one turn that are searched: those of the longest text that a prompt takes."""


def attached_texts(connection: sqlite3.Connection, column: object) -> Iterator[tuple[str, str]]:
    """Yield name and text of the attached texts that a column of references names, `MOST_SEARCHED` characters in all."""
    rest = MOST_SEARCHED
    for each in without_contents(column):
        if rest <= 0:
            return
        if each.kind == "text" and not (found := with_contents(connection, [each])[0]).is_lost:
            yield found.name, found.text[:rest]
            rest -= len(found.text)


def named_in(connection: sqlite3.Connection, which: str, values: Sequence[object] = ()) -> list[str]:
    """Return the digests that turns name. `which`: an SQL condition on turns, with its values."""
    rows = connection.execute(
        f"SELECT attachments FROM turn WHERE attachments IS NOT NULL AND {which}", values
    ).fetchall()
    return [digest for row in rows for digest in digests_in(row["attachments"])]


def forget_unused(connection: sqlite3.Connection, digests: Iterable[str]) -> None:
    """Delete those contents that no turn and no unsent prompt names any more."""
    for digest in dict.fromkeys(digests):
        pattern = f"%{digest}%"
        connection.execute(
            "DELETE FROM attachment WHERE hash = ?"
            " AND NOT EXISTS (SELECT 1 FROM turn WHERE attachments IS NOT NULL AND attachments LIKE ?)"
            " AND NOT EXISTS (SELECT 1 FROM conversation WHERE (queued <> '' AND queued LIKE ?)"
            " OR (draft_with <> '' AND draft_with LIKE ?) OR (parked <> '' AND parked LIKE ?))",
            (digest, *[pattern] * 4),
        )


def forget_all_unused(connection: sqlite3.Connection) -> None:
    """Delete every content that nothing names."""
    forget_unused(
        connection, [row["hash"] for row in connection.execute("SELECT hash FROM attachment").fetchall()]
    )
