"""PDF → text, by pypdf. Run this where it can be ended: a page of a few bytes can keep it busy for hours."""

from __future__ import annotations

import io
from time import monotonic
from typing import Any

from elumenta_tui.sources.results import Note, NoteKind, Reason, RefusedSource

PAGES = 500
"""Pages that are read."""


SECONDS = 20.0
"""Seconds after which no other page is begun: a part of a long document is better than none. A page takes about 0.05 s."""


def pdf_to_text(
    data: bytes, characters: int, seconds: float = SECONDS
) -> tuple[str, str, tuple[Note, ...]] | RefusedSource:
    """Return the title and the text of a PDF, and what is to be said about it; or the reason why there is none.

    Reading ends with the page that exceeds `characters` or `seconds`. Each page begins with its number: `[3/12]`.
    """
    from pypdf import PdfReader

    end = monotonic() + seconds
    damaged = RefusedSource.of(Reason.DAMAGED, kind="PDF")
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        # Most documents with restrictions only have an empty password.
        if reader.is_encrypted and not _opens(reader):
            return RefusedSource.of(Reason.ENCRYPTED)
        total = len(reader.pages)
    except MemoryError:
        raise
    # A damaged file raises exceptions of any kind.
    except Exception:
        return damaged
    pages: list[str] = []
    size, blank, failed, read = 0, 0, 0, 0
    for index in range(min(total, PAGES)):
        try:
            text = reader.pages[index].extract_text().strip()
        except MemoryError:
            raise
        except Exception:
            text, failed = "", failed + 1
        read += 1
        blank += not text
        if text:
            pages.append(f"[{index + 1}/{total}]\n{text}")
            size += len(text)
        if size > characters or monotonic() > end:
            break
    if not pages:
        if not total:
            return RefusedSource.of(Reason.EMPTY)
        return damaged if failed else RefusedSource.of(Reason.SCANNED, pages=total)
    notes = []
    if read < total:
        notes.append(Note.of(NoteKind.PAGES_CUT, kept=read, total=total))
    if blank:
        notes.append(Note.of(NoteKind.BLANK_PAGES, count=blank, total=total))
    return _title(reader), "\n\n".join(pages), tuple(notes)


def _opens(reader: Any) -> bool:
    """Return whether an empty password opens a document. Without its own optional packages, pypdf cannot try most of them."""
    try:
        return bool(reader.decrypt(""))
    except MemoryError:
        raise
    except Exception:
        return False


def _title(reader: Any) -> str:
    try:
        return str(reader.metadata.title or "")
    except MemoryError:
        raise
    except Exception:
        return ""
