"""Exports the conversation on the screen to a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.i18n import say
from elumenta_tui.session import Session, Tasks
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.user_files import complaint, write_at
from elumenta_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from elumenta_tui.store.records import Summary
    from elumenta_tui.store.tree import Stored
    from elumenta_tui.transfer.selection import Selection

TEXT_SUFFIXES = ("", ".md", ".markdown", ".json", ".html", ".txt")
"""File name suffixes that are valid for an export if the user names no format."""


class Exporting:
    """Writes JSON, Markdown or HTML, to the user's path or under a generated name."""

    def __init__(
        self,
        session: Session,
        data: Path,
        prompt: Prompt,
        copying: Copying,
        tasks: Tasks,
        notify_user: NotifyUser,
    ) -> None:
        self._session = session
        self._data = data
        self._prompt = prompt
        self._copying = copying
        self._tasks = tasks
        self._notify_user = notify_user

    def export(self, argument: str) -> None:
        """Export the conversation. `argument` is a format, a path, both or empty; `all` before them: with all branches."""
        conversation = self._session.conversation
        if not conversation.turns:
            self._notify_user(say("notice.nothing_to_export"), "warning")
            return
        from elumenta_tui.store.tree import Stored, copy_of
        from elumenta_tui.transfer.export import FORMATS
        from elumenta_tui.transfer.selection import ALL, SHOWN

        word, _, rest = argument.partition(" ")
        selection = ALL if word.lower() == "all" else SHOWN
        wanted = rest.strip() if selection is ALL else argument
        word, _, rest = wanted.partition(" ")
        known = word.lower() in FORMATS
        format = word.lower() if known else "md"
        place = (rest if known else wanted).strip()
        if not known:
            format = next((each for each in FORMATS if place.lower().endswith(f".{each}")), format)
        if not known and place and (complaint := _complaint_of_place(place)):
            self._prompt.put_back(f"/export {argument}")
            self._notify_user(complaint, "warning")
            return
        # Export a copy, because a running answer keeps growing while the thread writes.
        stored = Stored(
            copy_of(conversation),
            clean(self._prompt.text),
            self._session.calendar(),
            archived=False,
            demo=self._session.backend.is_demo,
        )
        self._tasks.start(partial(self._export, stored, format, place, selection), "export")

    def export_listed(self, summaries: Sequence[Summary], format: str) -> None:
        """Export listed conversations: as HTML all in one file, else a file each."""
        self._tasks.start(partial(self._export_listed, summaries, format), "export")

    async def _export_listed(self, summaries: Sequence[Summary], format: str) -> None:
        from elumenta_tui.transfer.selection import SHOWN

        listing = self._session.open_library().listing
        found: list[Stored] = []
        paths: list[Path] = []
        for summary in summaries:
            stored = await listing.read(summary)
            if stored is None:
                self._notify_user(say("finder.failed"), "error")
                return
            found.append(stored)
            if format == "html" and len(found) < len(summaries):
                continue
            if (path := await self._written(found, format, "", SHOWN)) is None:
                return
            found = []
            paths.append(path)
        self._copying.offer("\n".join(map(str, paths)))
        if len(paths) == 1:
            self._notify_user(say("notice.exported", path=paths[0], key=hint("copy")), lasting=True)
        elif paths:
            text = say("notice.exported_several", n=len(paths), path=paths[-1].parent, key=hint("copy"))
            self._notify_user(text, lasting=True)

    async def _export(self, stored: Stored, format: str, place: str, selection: Selection) -> None:
        if path := await self._written([stored], format, place, selection):
            self._copying.offer(str(path))
            said = say("notice.exported", path=path, key=hint("copy"))
            missing = selection.left_out(stored.conversation)
            if missing:
                said = f"{said} {say('notice.branches_left_out', n=missing, format=format)}"
            self._notify_user(said, lasting=True)

    async def _written(
        self, of: Sequence[Stored], format: str, place: str, selection: Selection
    ) -> Path | None:
        """Write an export, and return its path. None if that failed; then the user was notified."""
        try:
            return await asyncio.to_thread(self._write, of, format, place, selection)
        except OSError as error:
            self._notify_user(complaint(error, place), "error")
            return None

    def _write(self, of: Sequence[Stored], format: str, place: str, selection: Selection) -> Path:
        from elumenta_tui.transfer.export import export, file_names
        from elumenta_tui.transfer.html import Heading

        headings = [
            Heading(stored.conversation.id, stored.conversation.title, stored.used_on) for stored in of
        ]

        def data() -> Iterator[bytes]:
            text = export(of, format, selection=selection, contents=headings if len(of) > 1 else ())
            return (piece.encode() for piece in text)

        title = of[0].conversation.title if len(of) == 1 else say("export.all_name")
        return write_at(place, self._data, partial(file_names, title, format), data)


def _complaint_of_place(place: str) -> str:
    """Return why a path given without a format is not valid, such as an unknown format; empty if it is valid."""
    path = Path(os.path.expanduser(place))
    if path.is_dir():
        return ""
    if not any(sign in place for sign in (".", "/", os.sep)):
        return say("notice.no_export_format", what=clean_line(place, 60))
    suffix = path.suffix.lower()
    return "" if suffix in TEXT_SUFFIXES else say("notice.no_export_suffix", suffix=suffix)
