"""Names of the chores that are about deletions, in the table `chore`."""

from __future__ import annotations

import json
import sqlite3

HIDDEN = "delete "
"""Followed by the id of a conversation that is to be deleted: lists leave it out."""

DECISION = "decided "
"""Followed by JSON: the id of such a conversation, and when and with which draft the user decided that."""

DELETED = "deleted "
"""Followed by the id of a conversation or an answer, while other programs may have it open: they must not bring it back without
new text, nor the title of the conversation."""


def bring_back(connection: sqlite3.Connection, conversation: str) -> None:
    """Forget that a conversation was deleted or is to be, inside the caller's transaction: somebody adds it anew."""
    connection.execute(
        "DELETE FROM chore WHERE name IN (?, ?)", (HIDDEN + conversation, DELETED + conversation)
    )
    decided = f"{DECISION}[{json.dumps(conversation)},"
    connection.execute("DELETE FROM chore WHERE substr(name, 1, ?) = ?", (len(decided), decided))
