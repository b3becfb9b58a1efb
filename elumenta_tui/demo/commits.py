"""Commit messages of the demo: they say which files a diff changes, and by how many lines."""

from __future__ import annotations

import re

from .prompts import Language, in_language

_ASKED = re.compile(r"\bcommit message\b|сообщени\w+ (?:для |к )?коммит", re.IGNORECASE)
_FILE = re.compile(r"^\+\+\+ (?:b/)?(\S.*)$|^rename to (.+)$", re.MULTILINE)
_ADDED, _REMOVED = (re.compile(rf"^{sign}(?!{sign}{sign} )", re.MULTILINE) for sign in (r"\+", "-"))

_NAMED = 3
"""Files that the first line names, at most."""


def commit_message(text: str, language: Language) -> str | None:
    """Return a commit message for the diff in a prompt whose first line asks for one; None if it asks for something else."""
    asked, _, diff = text.partition("\n")
    files = [a or b for a, b in _FILE.findall(diff)]
    if not _ASKED.search(asked) or not files:
        return None
    names = ", ".join(files[:_NAMED]) + (", …" if files[_NAMED:] else "")
    added, removed = len(_ADDED.findall(diff)), len(_REMOVED.findall(diff))
    return in_language(
        (
            f"Change {names}\n\nLines added: {added}, removed: {removed}. The demo only counts them; a model would say what they are for.",
            f"Изменить {names}\n\nДобавлено строк: {added}, удалено: {removed}. Демо их только считает; модель сказала бы, зачем они.",
        ),
        language,
    )
