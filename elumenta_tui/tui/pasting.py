"""Takes what is on the system's clipboard: a picture as an attachment, a text into the prompt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.events import Paste

from elumenta_tui.chat.attachment import Attachment
from elumenta_tui.i18n import say
from elumenta_tui.session import Tasks
from elumenta_tui.sources.clipboard import NAME, clipboard_picture, clipboard_text
from elumenta_tui.sources.results import Picture, Reason, RefusedSource
from elumenta_tui.transfer import source_words
from elumenta_tui.transfer.attaching_sources import attachment_of
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from elumenta_tui.tui.attaching import Attaching

PATIENCE = 0.5
"""Seconds after which the user is told that the clipboard is being read: some tools take that long to start."""

_TRY_TEXT = (Reason.EMPTY, Reason.MISSING_TOOL)
"""Reasons for which a text may be on the clipboard nevertheless."""


class Pasting:
    """Reads the clipboard by the desktop's own tools, which may hang: they run beside the loop, within a time limit.

    Args:
        attaching: returns the part that keeps the files of the next prompt.
    """

    def __init__(
        self, prompt: Prompt, tasks: Tasks, notify_user: NotifyUser, *, attaching: Callable[[], Attaching]
    ) -> None:
        self._prompt = prompt
        self._tasks = tasks
        self._notify_user = notify_user
        self._attaching = attaching
        self._is_reading = False

    def paste(self) -> None:
        """Attach the picture on the clipboard, or insert its text at the cursor. Says why not if there is neither."""
        if not self._is_reading and not self._attaching().is_full():
            self._is_reading = True
            self._attaching().start(self._paste, say("paste.clipboard"))

    async def _paste(self) -> None:
        began = asyncio.get_running_loop().time()
        told = asyncio.get_running_loop().call_later(PATIENCE, self._notify_user, say("paste.reading"))
        try:
            is_taken = await self._take(await clipboard_picture())
        finally:
            self._is_reading = False
            told.cancel()
        if is_taken and asyncio.get_running_loop().time() - began >= PATIENCE:
            # In place of the notice that it is being read.
            self._notify_user(say("paste.done"))

    async def _take(self, found: Picture | RefusedSource) -> bool:
        """Attach a picture, or paste the text that takes its place. Return whether there is either; says why not."""
        if isinstance(found, Picture):
            await self._attaching().check_and_add(self._named(found))
            return True
        if found.reason in _TRY_TEXT and isinstance(text := await clipboard_text(), str):
            # As a paste by the terminal: a long one is folded, a path offers itself.
            self._prompt.post_message(Paste(text))
            return True
        self._notify_user(say("paste.refused", reason=source_words.refusal_words(found)), "warning")
        return False

    def _named(self, found: Picture) -> Attachment:
        """Make an attachment whose name no other one has, so that the model can tell two pictures apart."""
        ending = found.media_type.rpartition("/")[2].replace("jpeg", "jpg")
        taken = {each.name for each in self._attaching().items}
        names = (
            f"{NAME}{f'-{number}' if number > 1 else ''}.{ending}" for number in range(1, len(taken) + 2)
        )
        same = attachment_of(found)
        known = next((each.name for each in self._attaching().items if each.digest == same.digest), "")
        return replace(same, name=known or next(name for name in names if name not in taken))
