"""Models by what is typed for them, in the chat without a screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from elumenta_tui.cli.exit_codes import NotAsked
from elumenta_tui.cli.plain_words import NAME_SHOWN
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.chat.models import Model
    from elumenta_tui.session import Session

_LISTED = re.compile(r"[^\s,]+(?:\s*,\s*[^\s,]+)+,?")
"""Matches names with commas between them."""


def models_of(session: Session) -> list[Model]:
    """List the models that answer text, as their numbers count them."""
    return [model for model in session.models if model.streams]


def find_typed(session: Session, typed: str) -> list[Model]:
    """Find models by a number of the list, a slug, a name, or a part of either."""
    models = models_of(session)
    if typed.isdecimal() and 0 < int(typed) <= len(models):
        return [models[int(typed) - 1]]
    word = typed.casefold()
    exact = [model for model in models if word in (model.slug.casefold(), model.name.casefold())]
    return exact or [
        model for model in models if word in model.slug.casefold() or word in model.name.casefold()
    ]


def names_and_prompt(session: Session, typed: str) -> tuple[list[str], str]:
    """Part the names of models, with commas or blanks between them, from the prompt behind them.

    Without commas only slugs are names: every other word would be paid for if it were taken for one.
    """
    if match := _LISTED.match(typed):
        return [word.strip() for word in match[0].split(",") if word.strip()], typed[match.end() :].strip()
    slugs = {model.slug for model in models_of(session)}
    words, rest = [], typed.strip()
    while rest and (word := rest.split(maxsplit=1)[0]).casefold() in slugs:
        words.append(word)
        rest = rest[len(word) :].lstrip()
    return words, rest


def the_one(session: Session, typed: str) -> Model:
    """Return the model that is meant. Raises NotAsked if there is none, or more than one."""
    found = find_typed(session, typed)
    if len(found) == 1:
        return found[0]
    key = "plain.many_models" if found else "plain.no_model"
    names = ", ".join(model.slug for model in found)
    raise NotAsked(say(key, name=clean_line(typed, NAME_SHOWN), names=names))
