"""The process that parses strangers' bytes: `python -m elumenta_tui.sources.extractor KIND [CHARSET]`.

Reads the bytes from its input and writes one JSON object. It limits its own memory, time and files before it reads anything;
`extraction` starts it and ends it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import warnings
from dataclasses import replace

from elumenta_tui.sources.results import CHARACTERS, Note, Reason, RefusedSource, Text, cut
from elumenta_tui.text.sanitize import clean, clean_line

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space."""
CPU_SECONDS = 30
"""Seconds of processor time."""
_TITLE = 120


def extract(kind: str, data: bytes, charset: str = "") -> Text | RefusedSource:
    """Return the text of a page or a document.

    Args:
        kind: `html`, `markdown`, `json`, `plain`, `pdf` or `docx`.
        data: Its bytes.
        charset: The charset that its server named, if any.
    """
    if kind == "pdf":
        from elumenta_tui.sources.pdf import pdf_to_text

        found = pdf_to_text(data, CHARACTERS)
        return found if isinstance(found, RefusedSource) else _text(found[0], found[1], "", *found[2])
    if kind == "docx":
        from elumenta_tui.sources.docx import docx_to_text

        text = docx_to_text(data)
        return text if isinstance(text, RefusedSource) else _text("", text, "markdown")
    from elumenta_tui.sources.charset import decode

    source, notes = decode(data, charset, is_html=kind == "html")
    if kind != "html":
        if "\0" in source[:1000]:
            return RefusedSource.of(Reason.BINARY)
        result = _text("", source, "" if kind == "plain" else kind)
    else:
        from elumenta_tui.sources.html_text import html_to_text

        title, body = html_to_text(source)
        result = _text(title, body, "markdown")
    return result if isinstance(result, RefusedSource) else replace(result, notes=(*notes, *result.notes))


def _text(name: str, text: str, language: str, *notes: Note) -> Text | RefusedSource:
    # Clean a little more than is kept: cleaning may drop characters.
    is_longer = len(text) > 2 * CHARACTERS
    cleaned = clean(text[: 2 * CHARACTERS]).strip("\n")
    if not cleaned.strip():
        return RefusedSource.of(Reason.EMPTY)
    kept, said = cut(cleaned)
    if is_longer and said:
        said = (replace(said[0], facts=(("kept", len(kept)), ("total", len(text)))),)
    return Text(clean_line(name, _TITLE), kept, language, (*notes, *said))


def as_json(result: Text | RefusedSource) -> str:
    """Return a result as ASCII."""
    if isinstance(result, RefusedSource):
        return json.dumps({"reason": result.reason, "facts": dict(result.facts)})
    notes = [[note.kind, dict(note.facts)] for note in result.notes]
    return json.dumps({"name": result.name, "text": result.text, "language": result.language, "notes": notes})


def _limit() -> None:
    """Limit this process. Where the system has no such limits, the time limit of the caller remains."""
    with contextlib.suppress(ImportError):
        import resource

        for limit, most in (
            (resource.RLIMIT_CPU, CPU_SECONDS),
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(limit, (most, most))


def main() -> None:
    """Read, extract, write."""
    _limit()
    # Libraries must not write into the result, or anywhere else.
    warnings.simplefilter("ignore")
    logging.disable()
    try:
        result = extract(sys.argv[1], sys.stdin.buffer.read(), *sys.argv[2:3])
    except MemoryError:
        result = RefusedSource.of(Reason.BOMB, limit=MEMORY)
    except RecursionError:
        result = RefusedSource.of(Reason.DAMAGED, kind=sys.argv[1])
    sys.stdout.write(as_json(result))


if __name__ == "__main__":
    main()
