"""Which format a file has, told by its content, and the conversations in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from elumenta_tui.transfer.export import JSON_VERSION
from elumenta_tui.transfer.importing import chatgpt, claude, native
from elumenta_tui.transfer.importing.left_out import LeftOut, NotImportable
from elumenta_tui.transfer.importing.source import Find, documents

if TYPE_CHECKING:
    from elumenta_tui.store.changes import AddConversation

MOST_CONVERSATIONS = 100_000
"""Conversations of a file, at most."""


class Read(NamedTuple):
    """What was read of a file."""

    changes: dict[str, AddConversation]
    """The changes that add its conversations, by their ids, the one used last at the end."""
    left_out: LeftOut


def read(path: Path, *, attachments: Path | None = None, demo: bool = False) -> Read:
    """Read a file of any format. Raises NotImportable or OSError.

    Args:
        attachments: directory with the attached files of our own export; None: that of the file.
        demo: whether everything is added to the conversations of the demo.
    """
    left_out = LeftOut()
    found: list[AddConversation] = []
    for document in documents(path):
        given = _exact(attachments) if attachments is not None else document.find
        for entry, convert in _conversations(document.value):
            if len(found) >= MOST_CONVERSATIONS:
                raise NotImportable("too_many", limit=MOST_CONVERSATIONS)
            change = convert(
                entry, given if convert is native.conversation else document.find, left_out, demo=demo
            )
            if change is not None:
                found.append(change)
    # The first in a file is the one used last.
    changes: dict[str, AddConversation] = {}
    found.reverse()
    for change in sorted(found, key=lambda change: change.used_on):
        id = change.conversation.id
        older = changes.get(id)
        changes[id] = change if older is None else change.and_also(older)
    return Read(changes, left_out)


def _exact(directory: Path) -> Find:
    from elumenta_tui.files.reading import read_file
    from elumenta_tui.files.refused import RefusedFile

    def find(name: str) -> bytes | None:
        data = read_file(directory / name)
        return None if isinstance(data, RefusedFile) else data

    return find


_Convert = Callable[..., "AddConversation | None"]


def _conversations(value: Any) -> Iterator[tuple[dict[str, Any], _Convert]]:
    """Yield the entries of a document with what reads them. Raises NotImportable if the format is not known."""
    if isinstance(value, dict) and value.get("format") == "elumenta-tui":
        version = value.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version > JSON_VERSION:
            raise NotImportable("newer")
        entries = value.get("conversations")
        if not isinstance(entries, list):
            raise NotImportable("place", place="conversations")
        for number, entry in enumerate(entries):
            if not isinstance(entry, dict):
                raise NotImportable("place", place=f"conversations[{number}]")
            yield entry, native.conversation
        return
    if isinstance(value, dict):
        value = value["conversations"] if isinstance(value.get("conversations"), list) else [value]
    if not isinstance(value, list):
        raise NotImportable("unknown")
    if value and not any(_foreign(entry) for entry in value):
        raise NotImportable("unknown")
    for number, entry in enumerate(value):
        convert = _foreign(entry)
        if convert is None:
            raise NotImportable("place", place=f"[{number}]")
        yield entry, convert


def _foreign(entry: object) -> _Convert | None:
    if isinstance(entry, dict) and isinstance(entry.get("mapping"), dict):
        return chatgpt.conversation
    if isinstance(entry, dict) and isinstance(entry.get("chat_messages"), list):
        return claude.conversation
    return None
