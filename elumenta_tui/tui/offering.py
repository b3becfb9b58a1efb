"""Offers to attach what was pasted: the file at a path, or the page at a web address. Nothing is read or fetched by itself.

The offer of a page stands above the prompt as a chip, which takes the focus: Enter there fetches the page, and Enter in the
prompt never does.
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.events import Key, Paste

from elumenta_tui.files.paths import pasted
from elumenta_tui.i18n import say
from elumenta_tui.i18n.sizes import size_words
from elumenta_tui.session import Tasks
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from elumenta_tui.tui.widgets.offer_chip import OfferChip

INTO_CHIP = "shift+tab"
"""Moves the focus from the prompt to the chip."""

MARK = "@https://"
"""Begins a web address whose page is offered while it is typed."""

_BACK = ("escape", "shift+tab", "tab", "down")
_WITHDRAW = ("backspace", "delete")

NAME_SHOWN = 60
"""Characters of a name in a sentence."""


class Offering:
    """Keeps the offer that is open: it holds as long as the pasted text is in the prompt.

    Args:
        accept: attaches what is offered.
    """

    def __init__(
        self,
        tasks: Tasks,
        screens: Screens,
        prompt: Prompt,
        notify_user: NotifyUser,
        accept: Callable[[], object],
    ) -> None:
        self._tasks = tasks
        self._screens = screens
        self._prompt = prompt
        self._notify_user = notify_user
        self._accept = accept
        self._offered: tuple[Path | str, str] | None = None
        """The file or the address, and the pasted text."""
        self._chip: OfferChip | None = None
        self._declined = ""
        """The typed address whose offer was withdrawn."""

    def forget(self) -> None:
        """Withdraw the offer."""
        self._offered = None
        if self._chip is not None:
            self._leave_chip()
            self._chip.remove()
            self._chip = None

    @property
    def is_open(self) -> bool:
        """True if something is offered whose text is still in the prompt."""
        return self._offered is not None and self._offered[1] in self._prompt.text

    def take(self) -> Path | str | None:
        """Remove the pasted text from the prompt, and return the file or the address that is to be attached in place of it. None: nothing
        is offered."""
        if self._offered is None or not self.is_open:
            return None
        found, text = self._offered
        self.forget()
        self._prompt.revise(self._prompt.text.replace(text, "", 1).strip(" "))
        return found

    def consider(self, text: str) -> None:
        """Offer what a pasted line stands for."""
        self.forget()
        if page_host(text) and text in self._prompt.text:
            self._offered = text, text
            self._show_chip(text)
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

    # -------------------------------------------------------------------------------------------------------- the chip

    def _show_chip(self, address: str) -> None:
        from elumenta_tui.tui.widgets.offer_chip import OfferChip

        if self._chip is not None:
            self._chip.show(clean_line(address))
            return
        self._chip = OfferChip(clean_line(address), into=INTO_CHIP)
        self._screens.screen_stack[0].query_one("#chrome").mount(self._chip, before=self._prompt)

    def follow_typing(self) -> None:
        """Offer the page whose address is typed after `@`, and withdraw the offer of one whose address has left the prompt."""
        typed = typed_address(self._prompt.text)
        if typed != self._declined:
            self._declined = ""
        is_other = self._offered != (typed, f"@{typed}")
        if typed and typed != self._declined and is_other:
            self._offered = typed, f"@{typed}"
            self._show_chip(typed)
        elif self._chip is not None and (not self.is_open or (self._is_typed and is_other)):
            self.forget()

    @property
    def _is_typed(self) -> bool:
        """True if what is offered was typed after `@`."""
        return self._offered is not None and self._offered[1].startswith("@")

    def _leave_chip(self) -> None:
        if self._chip is not None and self._chip.has_focus:
            self._screens.screen_stack[0].set_focus(self._prompt)

    def takes(self, event: Key | Paste) -> bool:
        """Act on a key if it is for the chip. False: the key or the paste goes where the focus is, which may have moved.

        The focus moves at once, so that a key that is pressed right after is not taken for one in the other place.
        """
        if self._chip is None:
            return False
        if not self._chip.has_focus:
            is_into = isinstance(event, Key) and event.key == INTO_CHIP
            if is_into and self._prompt.has_focus and self._prompt.fields is None:
                self._screens.screen_stack[0].set_focus(self._chip)
                return True
            return False
        if isinstance(event, Paste) or (event.is_printable and event.key not in _BACK):
            # Typed on in the prompt.
            self._leave_chip()
            return False
        if event.key == "enter":
            self._leave_chip()
            # Queued after the letters that were typed before.
            self._prompt.call_later(self._accept_open)
        elif event.key in _WITHDRAW:
            self._declined = typed_address(self._prompt.text)
            self.forget()
        elif event.key in _BACK:
            self._leave_chip()
        else:
            return False
        return True

    def _accept_open(self) -> None:
        if self.is_open:
            self._accept()


def typed_address(text: str) -> str:
    """Return the last web address after `@` at the start of a word that may be fetched; empty if there is none."""
    if MARK not in text:
        return ""
    words = [word[1:] for word in text.split() if word.startswith(MARK)]
    return next((word for word in reversed(words) if page_host(word)), "")


def page_host(text: str) -> str:
    """Return the host of a web address that may be fetched; empty for any other text."""
    if not text.lower().startswith("https://"):
        return ""
    from elumenta_tui.sources.address import checked
    from elumenta_tui.sources.results import RefusedSource

    url = checked(text)
    return "" if isinstance(url, RefusedSource) else clean_line(url.host, NAME_SHOWN)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
