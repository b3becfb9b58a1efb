"""Titles of conversations in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line


def quoted_titles(titles: Sequence[str]) -> str:
    """Quote titles for a sentence, each once."""
    named = [clean_line(title, 40) or say("list.untitled") for title in titles]
    return ", ".join(say("list.quoted", title=title) for title in dict.fromkeys(named))
