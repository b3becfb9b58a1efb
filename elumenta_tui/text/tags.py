"""Tags: words in small letters that conversations are found by."""

from __future__ import annotations

from collections.abc import Iterable

from elumenta_tui.text.sanitize import clean_line

SIGNS = "#№"
"""Characters that may stand before a tag. Where the English layout has `#`, the Russian one has `№`."""

TAG_LIMIT = 30
"""Characters of one tag."""

TAGS_LIMIT = 200
"""Characters of all tags of a conversation, with the blanks between them."""


def tag_of(word: str) -> str:
    """Return a typed word as a tag: without its sign, in small letters. Empty if nothing is left."""
    letters = clean_line(word).lstrip(SIGNS).casefold()
    return "".join(letter for letter in letters if letter.isalnum() or letter in "-_./")[:TAG_LIMIT]


def tags_of(text: str) -> tuple[str, ...]:
    """Return the tags that blanks or commas separate in a text, each once. Those beyond `TAGS_LIMIT` are left out."""
    return joined(tag_of(word) for word in text.replace(",", " ").split())


def joined(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags in their order, each once, as many as fit into `TAGS_LIMIT`."""
    found: list[str] = []
    for tag in dict.fromkeys(filter(None, tags)):
        if len(" ".join([*found, tag])) <= TAGS_LIMIT:
            found.append(tag)
    return tuple(found)


def changed(tags: Iterable[str], typed: str) -> tuple[str, ...]:
    """Return the tags after a typed change: `name` adds a tag, `-name` removes one."""
    words = typed.replace(",", " ").split()
    removed = {tag_of(word[1:]) for word in words if word.startswith(("-", "−"))}
    added = [tag_of(word) for word in words if not word.startswith(("-", "−"))]
    return joined(tag for tag in [*tags, *added] if tag not in removed)


def shown(tags: Iterable[str]) -> str:
    """Return the tags as they are shown: `#work #idea`."""
    return " ".join(f"#{tag}" for tag in tags)
