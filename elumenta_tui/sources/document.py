"""The text of a PDF or DOCX document. What a file is, its content says; its name does not count."""

from __future__ import annotations

from dataclasses import replace

from elumenta_tui.sources.docx import is_ole, refuse_ole
from elumenta_tui.sources.extraction import SECONDS, extract_apart
from elumenta_tui.sources.extras import has_extra, missing
from elumenta_tui.sources.results import Reason, RefusedSource, Text
from elumenta_tui.text.sanitize import clean_line

BYTES = 50 * 1024 * 1024
"""Bytes of a document."""
_PDF_WITHIN = 1024
"""Bytes at the beginning of a file in which the mark of a PDF may stand."""


def document_kind(data: bytes) -> str:
    """Return `pdf`, `docx` or `doc` for the first bytes of a document; empty for any other file.

    Any zip archive counts as `docx` here: `read_document` tells them apart.
    """
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return "docx"
    return "doc" if is_ole(data) else ""


async def read_document(name: str, data: bytes, *, seconds: float = SECONDS) -> Text | RefusedSource:
    """Return the text of a document.

    Args:
        name: Name of its file.
        data: Its bytes; more than `BYTES` are refused.
        seconds: Time limit.
    """
    if len(data) > BYTES:
        return RefusedSource.of(Reason.TOO_LARGE, limit=BYTES)
    kind = document_kind(data)
    if kind == "doc":
        return refuse_ole(data)
    if not kind:
        return RefusedSource.of(Reason.UNSUPPORTED, kind="")
    if kind == "pdf" and not has_extra("documents"):
        return missing("documents")
    result = await extract_apart(kind, data, seconds=seconds)
    return result if isinstance(result, RefusedSource) else replace(result, name=clean_line(name, 120))
