"""The user's editor."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from elumenta_tui.process.children import find_program
from elumenta_tui.text.phrase import Phrase
from elumenta_tui.text.sanitize import clean_line

FALLBACKS = ("nano", "vim", "vi")
"""Editors to look for if neither VISUAL nor EDITOR names one."""


class NoEditor(Exception):
    """No editor can be run."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.key)
        self.phrase = phrase
        """Why there is none."""


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """Return the command of the user's editor with its arguments; NoEditor if it can't be run."""
    named = environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        words = shlex.split(named)
    except ValueError:
        raise NoEditor(Phrase.of("editor.missing", name=clean_line(named, 60))) from None
    for name in words[:1] or FALLBACKS:
        if (program := find_program(name, environ)) is not None:
            return [program, *words[1:]]
    if words:
        raise NoEditor(Phrase.of("editor.missing", name=clean_line(words[0], 60)))
    raise NoEditor(Phrase.of("editor.none"))
