"""Saves a block of the transcript, or the last answer, to a file of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from elumenta_tui.chat.conversation import title_of
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.session import Session, Tasks
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.transfer.user_files import complaint, write_at
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.prompt import Prompt
from elumenta_tui.tui.widgets.stop import Stop
from elumenta_tui.tui.widgets.transcript import Transcript


class _Saved(NamedTuple):
    """What to save, and how to name it."""

    text: str
    names: Callable[[], Iterator[str]]
    """Returns file names to be tried until one is free."""


class SavingText:
    """Writes the block under the cursor: a code block under the name that it states, anything else as Markdown."""

    def __init__(
        self,
        session: Session,
        data: Path,
        transcript: Transcript,
        prompt: Prompt,
        copying: Copying,
        tasks: Tasks,
        notify_user: NotifyUser,
    ) -> None:
        """`data`: directory of the stored conversations, for where the working directory can't be written."""
        self._session = session
        self._data = data
        self._transcript = transcript
        self._prompt = prompt
        self._copying = copying
        self._tasks = tasks
        self._notify_user = notify_user

    def save(self, argument: str = "") -> None:
        """Save the block under the cursor or the last answer; with a number first, that code block of the answer.

        The rest of `argument` is a path: of a new file, or of a directory. An existing file is never changed.
        """
        cursor = self._transcript.cursor
        answer = cursor.answer or self._session.conversation.last_answer
        word, _, rest = argument.partition(" ")
        stop = cursor.stop
        place = argument.strip()
        if word.isdecimal() and answer is not None and not Path(word).exists():
            stop, place = self._transcript.blocks.code(answer, int(word[:9])), rest.strip()
            if stop is None:
                self._notify_user(say("notice.no_code_block", number=word[:9]), "warning")
                return
        if answer is None or (stop is None and not answer.has_text):
            self._notify_user(say("notice.nothing_to_save"), "warning")
            return
        saved = self._saved(answer, stop)
        self._tasks.start(partial(self._save, saved, place, argument), "save")

    def _saved(self, answer: Answer, stop: Stop | None) -> _Saved:
        from elumenta_tui.transfer.code_names import code_names
        from elumenta_tui.transfer.export import file_names

        title = title_of(answer.prompt) or self._session.conversation.title or say("list.untitled")
        if stop is not None and stop.kind == "code":
            return _Saved(stop.text, partial(code_names, stop.text, stop.info, title))
        return _Saved(answer.text if stop is None else stop.text, partial(file_names, title, "md"))

    async def _save(self, saved: _Saved, place: str, argument: str) -> None:
        try:
            path = await asyncio.to_thread(self._write, saved, place)
        except OSError as error:
            self._complain(complaint(error, place), argument)
        else:
            self._copying.offer(str(path))
            self._notify_user(say("notice.saved", path=clean_line(str(path)), key=hint("copy")), lasting=True)

    def _complain(self, text: str, argument: str) -> None:
        """Notify the user, and give a typed command back to be mended."""
        if argument and not self._prompt.text:
            self._prompt.put_back(f"/save {argument}")
        self._notify_user(text, "error")

    def _write(self, saved: _Saved, place: str) -> Path:
        data = (saved.text if saved.text.endswith("\n") else f"{saved.text}\n").encode()
        return write_at(place, self._data, saved.names, lambda: [data])
