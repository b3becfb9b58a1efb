"""The files that go along with a prompt from the shell: read within the bounds of the app, and looked through for secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from elumenta_tui.chat.attachment import Attachment
from elumenta_tui.chat.models import Model, nearest_with_vision
from elumenta_tui.cli.exit_codes import NotAsked
from elumenta_tui.files.reading import (
    MOST_ATTACHMENTS,
    MOST_IN_ALL,
    attachment_of,
    name_of,
    read_file,
)
from elumenta_tui.files.refused import RefusedFile
from elumenta_tui.i18n import say
from elumenta_tui.i18n.objections import price_of
from elumenta_tui.i18n.sizes import size_words
from elumenta_tui.sources.results import Picture, Text
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.text.secrets import find_secrets
from elumenta_tui.transfer import attaching_sources
from elumenta_tui.transfer.attachment_words import refused_words, secret_words

NAME_SHOWN = 60
"""Characters of a name in a sentence."""


async def read_attachments(names: Sequence[str]) -> tuple[Attachment, ...]:
    """Read files and web pages, each once. Raises NotAsked for the first that can't be sent."""
    found: list[Attachment] = []
    for name in dict.fromkeys(names):
        if len(found) >= MOST_ATTACHMENTS:
            raise _refusal(say("attach.too_many", n=MOST_ATTACHMENTS))
        found.append(await _attachment(name))
        if sum(len(each.content) for each in found) > MOST_IN_ALL:
            shown = clean_line(found[-1].name, NAME_SHOWN)
            raise _refusal(say("attach.too_much", name=shown, limit=size_words(MOST_IN_ALL)))
    return tuple(found)


async def _attachment(name: str) -> Attachment:
    if (page := attaching_sources.page_of(name)) is not None:
        return await _from_source(name, page)
    path = Path(name)
    data = await asyncio.to_thread(read_file, path)
    if isinstance(data, RefusedFile):
        raise _refusal(refused_words(data))
    shown = name_of(path)
    if (document := attaching_sources.document_of(shown, data)) is not None:
        return await _from_source(shown, document, size=len(data))
    found = await asyncio.to_thread(attachment_of, shown, data)
    if isinstance(found, Attachment):
        return found
    if found.reason == "image_too_large":
        return await _from_source(shown, attaching_sources.smaller_image_of(shown, data), size=len(data))
    raise _refusal(refused_words(found))


async def _from_source(name: str, read: attaching_sources.Read, size: int | None = None) -> Attachment:
    found = await read()
    if isinstance(found, Text | Picture):
        return attaching_sources.attachment_of(found, size=size)
    raise _refusal(attaching_sources.refusal_words(clean_line(name, NAME_SHOWN), found))


def _refusal(words: str) -> NotAsked:
    return NotAsked(f"{words} {say('guard.shell_cap')}")


def secrets_in(attachments: Sequence[Attachment]) -> str:
    """Name the first place that looks like a secret, and how many more there are; empty if there is none."""
    found = [(each, secret) for each in attachments for secret in find_secrets(each.text)]
    if not found:
        return ""
    attachment, secret = found[0]
    line, what = secret_words(attachment, secret)
    name = clean_line(attachment.name, NAME_SHOWN)
    words = say("attach.secret.question", name=name, line=line, what=what)
    return f"{words} {say('attach.secret.more', n=len(found) - 1)}" if len(found) > 1 else words


def blind_words(blind: Model, models: Sequence[Model], *, are_earlier: bool, option: str = "-m") -> str:
    """Say that a model does not see the images, and which one does.

    `are_earlier`: they are those of earlier prompts. `option` is what a model is chosen by.
    """
    other = nearest_with_vision(models, blind)
    name = clean_line(blind.name, NAME_SHOWN)
    words = say("ask.no_vision_before" if are_earlier else "ask.no_vision", model=name)
    if other is not None:
        shown = clean_line(other.name, NAME_SHOWN)
        words = f"{words} {say('ask.sees', model=shown, price=price_of([other]), option=f'{option} {other.slug}')}"
    return f"{words} {say('guard.shell_cap')}"
