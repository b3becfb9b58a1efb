"""Offers to attach what was pasted: the file at a path, or the page at a web address. Nothing is read or fetched by itself."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from elumenta_tui.files.paths import pasted
from elumenta_tui.i18n import say
from elumenta_tui.i18n.sizes import size_words
from elumenta_tui.session import Tasks
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.prompt import Prompt

NAME_SHOWN = 60
"""Characters of a name in a sentence."""


class Offering:
    """Keeps the offer that is open: it holds as long as the pasted text is in the prompt."""

    def __init__(self, tasks: Tasks, prompt: Prompt, notify_user: NotifyUser) -> None:
        self._tasks = tasks
        self._prompt = prompt
        self._notify_user = notify_user
        self._offered: tuple[Path | str, str] | None = None
        """The file or the address, and the pasted text."""

    def forget(self) -> None:
        """Withdraw the offer."""
        self._offered = None

    def take(self) -> Path | str | None:
        """Remove the pasted text from the prompt, and return the file or the address that is to be attached in place of it. None: nothing
        is offered."""
        if self._offered is None or self._offered[1] not in self._prompt.text:
            return None
        (found, text), self._offered = self._offered, None
        self._prompt.revise(self._prompt.text.replace(text, "", 1).strip(" "))
        return found

    def consider(self, text: str) -> None:
        """Offer what a pasted line stands for."""
        self._offered = None
        if (host := page_host(text)) and text in self._prompt.text:
            self._offered = text, text
            self._notify_user(say("attach.offer_page", key=hint("attach"), host=host))
        else:
            self._tasks.start(partial(self._consider_path, text), "pasted", exclusive=True)

    async def _consider_path(self, text: str) -> None:
        path = await asyncio.to_thread(pasted, text)
        if path is None or text not in self._prompt.text:
            return
        size = await asyncio.to_thread(_size, path)
        self._offered = path, text
        name = clean_line(clean(path.name), NAME_SHOWN)
        self._notify_user(say("attach.offer", key=hint("attach"), name=name, size=size_words(size)))


def page_host(text: str) -> str:
    """Return the host of a web address that may be fetched; empty for any other text."""
    if not text.lower().startswith("https://"):
        return ""
    from elumenta_tui.sources.address import checked
    from elumenta_tui.sources.results import Refused

    url = checked(text)
    return "" if isinstance(url, Refused) else clean_line(url.host, NAME_SHOWN)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
