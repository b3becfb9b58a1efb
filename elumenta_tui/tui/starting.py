"""What the app does after its first frame: opens the stored conversations, and imports what an answer needs."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Protocol

from elumenta_tui.session import Session, Tasks
from elumenta_tui.tui.widgets.transcript import Transcript

LONGEST_OPENING = 1.0
"""Seconds that reading the account waits for a resumed conversation, so that a slow disk can't delay it further."""


class RememberStart(Protocol):
    """Remembers that the program was started."""

    def __call__(self, *, has_account: bool) -> None: ...


class Starting:
    """Prepares the app for its first request, without delaying the first frame or a resumed conversation.

    Args:
        resumes: whether the session begins with the conversation that was used last.
        has_begun: called when the conversation that was used last is shown, or won't be soon.
        ask_for_key: asks the user for a key.
        remember_start: called with whether there is an account.
    """

    def __init__(
        self,
        session: Session,
        tasks: Tasks,
        transcript: Transcript,
        *,
        resumes: bool,
        has_begun: Callable[[], object],
        ask_for_key: Callable[[], object],
        remember_start: RememberStart,
    ) -> None:
        self._session = session
        self._tasks = tasks
        self._transcript = transcript
        self._resumes = resumes
        self._has_begun = has_begun
        self._ask_for_key = ask_for_key
        self._remember_start = remember_start

    def begin(self) -> None:
        """Open the library, and read the account. A resumed conversation is shown before the account is read."""
        self._tasks.start(self._open_library, "warm")
        if not self._resumes:
            gc.enable()
            self._prepare_account()

    def warm_up(self) -> None:
        """Import what the first answer needs before it arrives."""
        self._tasks.start(self._warm_up, "warm")

    def _prepare_account(self) -> None:
        if self._session.backend.account is None:
            self._ask_for_key()
        else:
            self._session.read_account()
            self.warm_up()
        self._remember_start(has_account=self._session.backend.account is not None)

    async def _open_library(self) -> None:
        await asyncio.to_thread(import_module, "elumenta_tui.session.library")
        self._session.open_library()
        if self._resumes:
            # Threads share one processor core under the GIL: import the rest once the conversation is on the screen.
            await asyncio.to_thread(import_module, "elumenta_tui.tui.widgets.answer_view")
            await self._show_resumed()
            self._prepare_account()

    async def _show_resumed(self) -> None:
        """Wait until the resumed conversation is on the screen, then colour its code."""
        from elumenta_tui.markdown.growing import warm
        from elumenta_tui.markdown.highlight import loading_postponed

        try:
            with loading_postponed() as languages:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._session.begun(), LONGEST_OPENING)
                self._has_begun()
                # Wait two refreshes: the transcript is laid out in the first and painted in the second.
                painted = asyncio.Event()
                again = self._transcript.call_after_refresh
                again(again, painted.set)
                await painted.wait()
        finally:
            gc.enable()
        for language in sorted(languages):
            await asyncio.to_thread(warm, language)
        if languages:
            self._transcript.recolour()

    async def _warm_up(self) -> None:
        for module in ("elumenta_tui.tui.widgets.answer_view", "elumenta_tui.tui.screens.conversations"):
            await asyncio.to_thread(import_module, module)
        from elumenta_tui.markdown.growing import COMMON_LANGUAGES, is_warm, warm

        for language in COMMON_LANGUAGES:
            if not is_warm(language):
                await asyncio.to_thread(warm, language)
        # Objects that exist now stay for good. A full collection that scans them would stop the program for 50 ms,
        # again and again.
        gc.freeze()
        gc.set_threshold(5_000, 10, 5)
