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
from elumenta_tui.transfer.user_files import complaint, write_at
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from elumenta_tui.store.records import Summary
    from elumenta_tui.store.tree import Stored
    from elumenta_tui.transfer.attached import AttachedFiles
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
        """Export the conversation.

        `argument` is a format, a path, both or empty; `all` before them: with all branches; `--attachments` and a directory behind
        them: with the attached files, which are written there.
        """
        conversation = self._session.conversation
        if not conversation.turns:
            self._notify_user(say("notice.nothing_to_export"), "warning")
            return
        from elumenta_tui.store.tree import Stored, copy_of
        from elumenta_tui.transfer.export import FORMATS
        from elumenta_tui.transfer.selection import ALL, SHOWN

        given, has_files, files = _split_off_files(argument)
        word, _, rest = given.partition(" ")
        selection = ALL if word.lower() == "all" else SHOWN
        wanted = rest.strip() if selection is ALL else given
        word, _, rest = wanted.partition(" ")
        known = word.lower() in FORMATS
        format = word.lower() if known else "md"
        place = (rest if known else wanted).strip()
        if not known:
            format = next((each for each in FORMATS if place.lower().endswith(f".{each}")), format)
        directory = Path(os.path.expanduser(files)).absolute() if has_files else None
        complaint = _complaint_of_place(place) if not known and place else ""
        if directory is not None and not (files and directory.is_dir()):
            complaint = (
                say("notice.no_directory", path=clean_line(files, 60))
                if files
                else say("notice.no_files_directory")
            )
        if complaint:
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
        self._tasks.start(partial(self._export, stored, format, place, selection, directory), "export")

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

    async def _export(
        self, stored: Stored, format: str, place: str, selection: Selection, directory: Path | None
    ) -> None:
        from elumenta_tui.transfer.attached import AttachedFiles

        files = AttachedFiles(directory) if directory is not None else None
        if path := await self._written([stored], format, place, selection, files):
            self._copying.offer(str(path))
            said = say("notice.exported", path=path, key=hint("copy"))
            if files is not None:
                said = f"{said} {say('notice.files_exported', n=files.count, path=directory)}"
            missing = selection.left_out(stored.conversation)
            if missing:
                said = f"{said} {say('notice.branches_left_out', n=missing, format=format)}"
            self._notify_user(said, lasting=True)

    async def _written(
        self,
        of: Sequence[Stored],
        format: str,
        place: str,
        selection: Selection,
        files: AttachedFiles | None = None,
    ) -> Path | None:
        """Write an export, and return its path. None if that failed; then the user was notified."""
        from elumenta_tui.transfer.attached import NotWritten

        try:
            return await asyncio.to_thread(self._write, of, format, place, selection, files)
        except NotWritten as error:
            self._notify_user(say("notice.not_exported", reason=str(error)), "error")
            return None
        except OSError as error:
            self._notify_user(complaint(error, place), "error")
            return None

    def _write(
        self,
        of: Sequence[Stored],
        format: str,
        place: str,
        selection: Selection,
        files: AttachedFiles | None,
    ) -> Path:
        from elumenta_tui.transfer.export import export, file_names, nowhere
        from elumenta_tui.transfer.html import Heading

        headings = [
            Heading(stored.conversation.id, stored.conversation.title, stored.used_on) for stored in of
        ]

        def data() -> Iterator[bytes]:
            saved = nowhere if files is None else files.saved
            contents = headings if len(of) > 1 else ()
            text = export(of, format, selection=selection, contents=contents, saved=saved)
            return (piece.encode() for piece in text)

        title = of[0].conversation.title if len(of) == 1 else say("export.all_name")
        return write_at(place, self._data, partial(file_names, title, format), data)


FILES = "--attachments"
"""Stands before the directory for the attached files, as in the command line."""


def _split_off_files(argument: str) -> tuple[str, bool, str]:
    """Return an argument without the directory for the attached files, whether one is wanted, and the directory."""
    words = f" {argument} "
    before, found, behind = words.partition(f" {FILES} ")
    return (before.strip(), bool(found), behind.strip()) if found else (argument, False, "")


def _complaint_of_place(place: str) -> str:
    """Return why a path given without a format is not valid, such as an unknown format; empty if it is valid."""
    path = Path(os.path.expanduser(place))
    if path.is_dir():
        return ""
    if not any(sign in place for sign in (".", "/", os.sep)):
        return say("notice.no_export_format", what=clean_line(place, 60))
    suffix = path.suffix.lower()
    return "" if suffix in TEXT_SUFFIXES else say("notice.no_export_suffix", suffix=suffix)
