"""Making templates out of what is typed, and sentences for how that went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean, clean_line

LISTED = 12
"""Templates that a sentence names, at most."""


class Made(NamedTuple):
    """How making a template went."""

    word: str = ""
    """Slash word of the new template; empty if none was made."""
    complaint: str = ""
    """The reason why none was made."""


def make_template(typed: str, directory: Path, is_taken: Callable[[str], bool]) -> Made | None:
    """Make a template of a name and a text. None, and nothing is done, if there is no text.

    Args:
        directory: of the templates; it is beside the configuration file.
        is_taken: returns whether a slash word means something else.
    """
    name, _, body = typed.partition(" ") if " " in typed.split("\n", 1)[0] else typed.partition("\n")
    word, body = name.lower().removesuffix(".md"), clean(body).strip()
    if not body:
        return None
    from elumenta_tui.config.additions import add_template, may_be_template

    try:
        if not may_be_template(word) or is_taken(word):
            return Made(complaint=say("templates.no_name", name=clean_line(word, 40)))
        add_template(directory.parent / "config.toml", word, body)
    except FileExistsError:
        return Made(complaint=say("templates.there_is", word=word, path=directory))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Made(complaint=say("templates.not_made", path=directory, reason=reason))
    return Made(word)


def which_words(words: Sequence[str], directory: Path) -> str:
    """Say which templates there are, by their slash words, and how one is made."""
    shown = ", ".join(f"/{word}" for word in words[:LISTED]) + (", …" if words[LISTED:] else "")
    how = say("templates.how", path=str(directory))
    return f"{say('templates.which', words=shown)} {how}" if words else how
