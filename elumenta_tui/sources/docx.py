"""DOCX → text with the marks of Markdown, by the standard library.

The file is a zip archive of XML. Its bounds are counted while unpacking: sizes that an archive states about itself may be
wrong. A document type declaration is refused where it begins, so no entity is ever declared.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from xml.parsers import expat

from elumenta_tui.sources.results import Reason, RefusedSource

UNPACKED = 64 * 1024 * 1024
"""Bytes that one part of a document may unpack to."""
RATIO = 200
"""Times that a part may be larger than packed. Real documents stay below fifty."""
_RATIO_FROM = 1024 * 1024
"""Unpacked bytes from which on the ratio counts: short parts of blanks are packed well."""
ENTRIES = 20_000
"""Files in the archive."""
CHARACTERS = 4_000_000
"""Characters of text at which reading ends."""

_PIECE = 64 * 1024
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_FALLBACK = "http://schemas.openxmlformats.org/markup-compatibility/2006 Fallback"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LEVEL = re.compile("[0-9]{1,3}")
_HEADING = re.compile(r"heading ([1-6])", re.IGNORECASE)


class _Refusal(Exception):
    def __init__(self, refused: RefusedSource) -> None:
        super().__init__(refused.reason)
        self.refused = refused


def is_ole(data: bytes) -> bool:
    """Return whether a file is of the older container: a `.doc`, or a DOCX with a password."""
    return data.startswith(_OLE)


def refuse_ole(data: bytes) -> RefusedSource:
    """Return the reason why such a file is not read."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return RefusedSource.of(Reason.ENCRYPTED)
    return RefusedSource.of(Reason.UNSUPPORTED, kind="application/msword")


def docx_to_text(data: bytes) -> str | RefusedSource:
    """Return the text of a document, or the reason why there is none."""
    damaged = RefusedSource.of(Reason.DAMAGED, kind="DOCX")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if len(names) > ENTRIES:
                return RefusedSource.of(Reason.BOMB, limit=UNPACKED)
            if "word/document.xml" not in names:
                return RefusedSource.of(Reason.UNSUPPORTED, kind="application/zip")
            styles = _Styles()
            if "word/styles.xml" in names:
                _parse(archive, "word/styles.xml", styles)
            body = _Body(styles.headings)
            _parse(archive, "word/document.xml", body)
    except _Refusal as refusal:
        return refusal.refused
    except NotImplementedError:
        return damaged
    except RuntimeError:
        # zipfile asks for a password.
        return RefusedSource.of(Reason.ENCRYPTED)
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError, ValueError, KeyError):
        return damaged
    text = body.text()
    return text if text.strip() else RefusedSource.of(Reason.EMPTY)


def _parse(archive: zipfile.ZipFile, name: str, handler: _Handler) -> None:
    """Parse one part piece by piece. Raises _Refusal for a declaration or too much of it."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.data
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.EntityDeclHandler = _refuse_declaration
    parser.buffer_text = True
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # Word packs in no other way, and zipfile unpacks the others without a bound.
        raise NotImplementedError
    packed = max(1, info.compress_size)
    size = 0
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            size += len(piece)
            if size > UNPACKED or (size > _RATIO_FROM and size > RATIO * packed):
                raise _Refusal(RefusedSource.of(Reason.BOMB, limit=UNPACKED))
            parser.Parse(piece, False)
            if handler.is_full:
                return
    parser.Parse(b"", True)


def _refuse_declaration(*_: object) -> None:
    raise _Refusal(RefusedSource.of(Reason.DAMAGED, kind="DOCX"))


class _Handler:
    is_full = False
    """True if the rest need not be read."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""

    def data(self, text: str) -> None:
        """Take characters."""


def _local(name: str) -> str:
    """Return the name of an element of the word processor; empty for others."""
    space, _, local = name.rpartition(" ")
    return local if space in (_WORD, _STRICT) else ""


def _value(attributes: dict[str, str], name: str = "val") -> str:
    return attributes.get(f"{_WORD} {name}") or attributes.get(f"{_STRICT} {name}") or ""


class _Styles(_Handler):
    """Finds the styles of headings: their ids are in the language of the program that wrote them, their names are not."""

    def __init__(self) -> None:
        self.headings: dict[str, int] = {}
        self._id = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match _local(name):
            case "style":
                self._id = _value(attributes, "styleId")
            case "name" if self._id:
                found = _HEADING.fullmatch(_value(attributes))
                if found:
                    self.headings[self._id] = int(found[1])
                elif _value(attributes).lower() == "title":
                    self.headings[self._id] = 1

    def end(self, name: str) -> None:
        if _local(name) == "style":
            self._id = ""


class _Body(_Handler):
    """Collects the paragraphs. Deleted text of tracked changes, field codes and the older copies of drawings are left out."""

    def __init__(self, headings: dict[str, int]) -> None:
        self._headings = headings
        self._blocks: list[tuple[str, bool]] = []
        """Paragraphs and rows, and whether each stands close to the one before."""
        self._open: list[list[str]] = [[]]
        """The pieces of each open paragraph: one in a text box is inside another one."""
        self._rows: list[list[list[str]]] = []
        """The cells of each open row, as their paragraphs: a table may be inside a cell."""
        self._mark, self._is_entry, self._was_entry = "", False, False
        self._was_row = False
        self._takes_text = 0
        self._skipped = 0
        self._size = 0

    def text(self) -> str:
        """Join the paragraphs."""
        self._end_paragraph()
        pieces: list[str] = []
        for text, is_close in self._blocks:
            if pieces:
                pieces.append("\n" if is_close else "\n\n")
            pieces.append(text)
        return "".join(pieces)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._skipped or name == _FALLBACK:
            self._skipped += 1
            return
        match _local(name):
            case "p":
                self._open.append([])
                self._mark, self._is_entry = "", False
            case "pStyle":
                level = self._headings.get(_value(attributes))
                self._mark = "#" * level + " " if level else self._mark
            case "numPr":
                self._is_entry = True
            case "ilvl" if self._is_entry and not self._mark:
                depth = _value(attributes)
                self._mark = "  " * min(8, int(depth) if _LEVEL.fullmatch(depth) else 0) + "- "
            case "t":
                self._takes_text += 1
            case "tab":
                # The element also stands in the description of a paragraph, before any text.
                if self._open[-1]:
                    self._open[-1].append("\t")
            case "br" | "cr":
                self._open[-1].append("\n")
            case "noBreakHyphen":
                self._open[-1].append("-")
            case "tr":
                self._rows.append([])
            case "tc" if self._rows:
                self._rows[-1].append([])

    def end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        match _local(name):
            case "p":
                self._end_paragraph()
            case "t":
                self._takes_text = max(0, self._takes_text - 1)
            case "tr" if self._rows:
                cells = [" ".join(cell) for cell in self._rows.pop()]
                self._put(" | ".join(cells), is_row=True)

    def data(self, text: str) -> None:
        if self._takes_text and not self._skipped:
            self._open[-1].append(text)
            self._size += len(text)
            self.is_full = self._size > CHARACTERS

    def _end_paragraph(self) -> None:
        text = "".join(self._open.pop()).strip() if len(self._open) > 1 else "".join(self._open[0]).strip()
        if not self._open:
            self._open.append([])
        is_entry = self._is_entry and not self._mark.startswith("#")
        if text:
            mark = self._mark or ("- " if is_entry else "")
            self._put(mark + text, is_close=is_entry and self._was_entry)
            self._was_entry = is_entry
        self._mark, self._is_entry = "", False

    def _put(self, text: str, *, is_close: bool = False, is_row: bool = False) -> None:
        """Add a paragraph to the cell that is open, or to the text."""
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(text.replace("\n", " "))
        elif text.strip(" |"):
            self._blocks.append((text, is_close or (is_row and self._was_row)))
            self._was_row = is_row
