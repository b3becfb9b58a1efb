"""Have strangers' bytes parsed by a process of its own, `extractor`, that can really be ended.

A thread could not: a regular expression or a damaged document may keep it busy for hours, holding the interpreter's lock.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from elumenta_tui.process.children import environ_for_children
from elumenta_tui.process.groups import Ending, run
from elumenta_tui.sources.results import Note, NoteKind, Reason, RefusedSource, Text

SECONDS = 30.0
"""Seconds that a document may take. Reading a PDF ends sooner by itself, with the pages until then."""
_ANSWER = 8 * 1024 * 1024
"""Bytes of an answer: the most characters, each as twelve ASCII ones, and more."""


async def extract_apart(
    kind: str,
    data: bytes,
    charset: str = "",
    *,
    seconds: float = SECONDS,
    environ: Mapping[str, str] | None = None,
) -> Text | RefusedSource:
    """Return the text of a page or a document; see `extractor.extract`. Cancelling ends the process."""
    damaged = RefusedSource.of(Reason.DAMAGED, kind=kind.upper())
    # -P keeps the current directory, where anything may lie, out of the search for modules.
    command = [sys.executable, "-P", "-m", "elumenta_tui.sources.extractor", kind, charset[:40]]
    try:
        ended = await run(
            command,
            environ=environ_for_children(os.environ if environ is None else environ),
            seconds=seconds,
            head=_ANSWER,
            given=data,
        )
    except (OSError, ValueError) as error:
        return RefusedSource.of(
            Reason.FAILED, error=(error.strerror if isinstance(error, OSError) else "") or ""
        )
    if ended.ending is not Ending.EXITED or ended.code < 0:
        # A negative code is the limit of processor time.
        return RefusedSource.of(Reason.TOO_SLOW, seconds=round(seconds))
    if ended.code:
        return damaged
    try:
        return _result(json.loads(ended.head))
    except (ValueError, KeyError, TypeError):
        return damaged


def _result(value: dict[str, Any]) -> Text | RefusedSource:
    if "reason" in value:
        return RefusedSource.of(Reason(value["reason"]), **value["facts"])
    notes = tuple(Note.of(NoteKind(kind), **facts) for kind, facts in value["notes"])
    return Text(value["name"], value["text"], value["language"], notes)
