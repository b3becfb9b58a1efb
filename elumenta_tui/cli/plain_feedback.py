"""The report for those who make the program, in the chat without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from elumenta_tui.cli.feedback import doctors_lines
from elumenta_tui.cli.findings import Subject
from elumenta_tui.cli.plain_files import write_new
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.cli.startup import Access
from elumenta_tui.i18n import say
from elumenta_tui.transfer.feedback import CLOSING, file_names, issues_page, opening, where_to


async def give(
    voice: Voice, place: str, data: Path, access: Access, environ: Mapping[str, str], *, is_demo: bool
) -> None:
    """Write a report to fill in to a new file, and say where it is and where it goes. Raises NotAsked if it can't be written.

    Args:
        place: path of the file, or of a directory for it; may be empty.
        data: directory of the stored conversations, for where the working directory can't be written.
    """
    voice.note(say("doctor.checking"))
    config = access.keychain.config_path
    subject = Subject(config if config.exists() else None, demo=is_demo, access=access, owns_terminal=False)
    lines = await asyncio.to_thread(lambda: "".join(doctors_lines(subject, environ)))
    report = f"{opening()}{lines}{CLOSING}".encode()
    await write_new(voice, place, data, file_names, lambda: [report])
    voice.note(where_to(issues_page()))
