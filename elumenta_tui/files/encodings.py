"""Texts out of bytes: UTF-8, UTF-16, and the two Russian encodings of one byte per letter."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple


class Decoded(NamedTuple):
    """A text, and how it was read."""

    text: str
    encoding: str
    is_guessed: bool = False
    """True if nothing in the bytes says what the encoding is."""


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks. That of UTF-32 begins with that of UTF-16."""

SAMPLE = 65_536
"""Bytes that an encoding is guessed by."""

_MOST_CONTROLS = 0.002
"""Part of the bytes of a text that may be control characters: a log with colours has many, so those of terminals are not counted."""

_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r\f\b\a\x1b") + b"\x7f"

_FREQUENT = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        (110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 16, 16, 14, 12, 10, 9, 7, 6, 5, 4, 3, 3, 1, 1),
        strict=True,
    )
)  # fmt: skip
"""Russian letters, each with how often it stands in a thousand letters."""

_WORD = re.compile(r"[^\W\d_]+")


def decode(data: bytes) -> Decoded | None:
    """Decode a whole file; None if it is no text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return Decoded(data[len(mark) :].decode(encoding), encoding)
            except UnicodeDecodeError:
                break
    if (wide := _wide(data)) is not None:
        return wide
    if b"\0" in data or _has_controls(data):
        return None
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    return _of_one_byte(data)


def _has_controls(data: bytes) -> bool:
    sample = data[:SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return controls > max(1, len(sample) * _MOST_CONTROLS)


def _wide(data: bytes) -> Decoded | None:
    """Decode UTF-16 without a mark: every other byte of Latin text, spaces and line ends is zero."""
    sample = data[:SAMPLE]
    if len(data) % 2 or b"\0" not in sample:
        return None
    pairs = max(1, len(sample) // 2)
    for encoding, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        # Cyrillic text has 4 in the high byte of a letter.
        if (high.count(0) + high.count(4)) / pairs > 0.9 and high.count(0):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            return None if "\0" in text else Decoded(text, encoding, is_guessed=True)
    return None


def _of_one_byte(data: bytes) -> Decoded | None:
    sample = data[:SAMPLE]
    best, encoding = max((_score(sample.decode(each, "replace")), each) for each in ("cp1251", "koi8-r"))
    if best <= 0:
        encoding = "cp1252"
    text = data.decode(encoding, "replace")
    # A code page has holes, and a text none of them.
    if text.count("\N{REPLACEMENT CHARACTER}") > max(1, len(text) // 500):
        return None
    return Decoded(text, encoding, is_guessed=True)


def _score(text: str) -> float:
    """Rate how Russian a text is. Letters count by their frequency, and against it where they stand as no Russian writes them."""
    score = 0.0
    for word in _WORD.findall(text):
        if word.isascii():
            continue
        cyrillic = sum("\u0400" <= letter <= "\u04ff" for letter in word)
        if cyrillic < len(word):
            # A word of two alphabets: what looks like a letter is an accent of another encoding.
            score -= 60.0 * len(word)
            continue
        if word.islower() or word.istitle() or word.isupper():
            # Whole words in capitals are rarer than others: the other encoding swaps the case of all letters.
            weight = 0.5 if word.isupper() and len(word) > 1 else 1.0
            score += weight * sum(_FREQUENT.get(letter, -30) for letter in word.lower())
        else:
            score -= 40.0 * len(word)
    return score
