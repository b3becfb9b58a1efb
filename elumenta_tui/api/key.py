"""The API key as a request carries it."""

from __future__ import annotations

from elumenta_tui.text.key import key_problem, tidy_key


def checked_key(text: str) -> str:
    """Return the key in a text, if an HTTP header can carry it.

    Raises:
        BadKey: Nothing is left, or a character occurs that no key has. The error never quotes the key.
    """
    from elumenta_tui.api.errors import BadKey

    key = tidy_key(text)
    problem = key_problem(key)
    if problem is not None and problem.kind == "empty":
        raise BadKey("the key is empty")
    if problem is not None and problem.kind in ("cyrillic", "characters"):
        raise BadKey("a key has only Latin letters, digits and marks, and no blanks inside")
    return key
