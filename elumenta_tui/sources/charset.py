"""Decode a page by its declared charset."""

from __future__ import annotations

import codecs
import re

from elumenta_tui.sources.results import Note, NoteKind

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([0-9A-Za-z_:.-]{1,40})", re.IGNORECASE)
_META_BYTES = 2048
"""Bytes at the beginning of a page in which its charset is declared. The standard says 1,024."""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

# Python also has codecs that are slow on hostile input, or no charsets at all.
_KNOWN = re.compile(
    r"utf-(?:8|16|16-le|16-be)|ascii|iso8859-\d+|cp(?:125\d|866|874|437|850|852|855|932|949|950)|koi8-[rut]"
    r"|mac-(?:cyrillic|roman)|gb(?:2312|k|18030)|big5|shift_jis|euc_(?:jp|kr)|tis-620"
)
_AS_BROWSERS = {"ascii": "cp1252", "iso8859-1": "cp1252"}
"""Charsets that browsers read as another one that includes them."""


def decode(data: bytes, declared: str = "", *, is_html: bool = False) -> tuple[str, tuple[Note, ...]]:
    """Return a page as text, and what is to be said about it.

    Its byte order mark counts first, then the charset of its header, then that of its `meta` element, then UTF-8, then, for
    bytes that cannot be UTF-8, cp1251: a page without a charset is old, and likely Russian.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], name)
    if name := charset(declared):
        return _decoded(data, name)
    if is_html and (meta := _META.search(data[:_META_BYTES])) and (name := charset(meta[1].decode("ascii"))):
        # A page whose ASCII could be read cannot be UTF-16.
        return _decoded(data, "utf-8" if name.startswith("utf-16") else name)
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        # Cut at the bound within a letter, or a few wrong bytes: still UTF-8.
        looks_so = error.start > len(data) - 4 or b"\xd0" in data[:2000]
        return _decoded(data, "utf-8" if looks_so else "cp1251")


def charset(name: str) -> str:
    """Return Python's name of a charset that pages use; empty for any other."""
    try:
        found = codecs.lookup(name.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return ""
    return _AS_BROWSERS.get(found, found) if _KNOWN.fullmatch(found) else ""


def _decoded(data: bytes, name: str) -> tuple[str, tuple[Note, ...]]:
    text = data.decode(name, "replace")
    count = text.count("\N{REPLACEMENT CHARACTER}")
    return text, (Note.of(NoteKind.UNDECODABLE, count=count),) if count else ()
