"""Sanitize remote text.

All remote text (an answer, a model's name, a server's message, a paste, a file) passes `clean` once, where it enters the
program; a stream passes a `Sanitizer`. Past that point text is safe to show, store, send, copy and export: it holds
printable characters, newlines and tabs only.

- Control characters (C0, DEL, C1) are dropped, because terminals act on them. Those that end a line become newlines.
- Half of a surrogate pair becomes U+FFFD, because no encoder accepts it. So does U+FFFF, which XML forbids.
- Characters that reorder text or are invisible are replaced by their names: `⟦RLO⟧`, `⟦ZWSP⟧`, `⟦U+2064⟧`. Where a script
  or an emoji needs such a character, it stays. A soft hyphen and a left-over emoji selector carry no meaning and are
  dropped.
- Combining marks beyond what any language writes are dropped.
"""

from __future__ import annotations

import re
from typing import Any
from unicodedata import category

from elumenta_tui.text.lazy_pattern import LazyPattern

MARKS = 8
"""Combining characters that one letter may carry at most: accents, vowel signs, joiners, selectors."""

GROWTH = 9
"""Clean text is at most this many times as long as its source."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def _pairs(ranges: str) -> list[tuple[str, str]]:
    return list(zip(ranges[::2], ranges[1::2], strict=True))


def _within(ranges: str) -> frozenset[str]:
    return frozenset(chr(code) for first, last in _pairs(ranges) for code in range(ord(first), ord(last) + 1))


_LINE_ENDS = re.compile("\r\n?")
_SURROGATES = LazyPattern("[\ud800-\udfff]")

_SUSPECT = LazyPattern(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad"
    # Combining marks. In scripts that are full of them the whole block is checked letter by letter.
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0600-\u061c\u064b-\u065f\u0670\u06d6-\u06ed\u070f-\u074a\u07a6-\u07fd"
    "\u0816-\u085b\u0890-\u109d\u135d-\u135f\u1712-\u180f\u1885-\u18a9\u1920-\u193b\u1a17-\u1c37\u1cd0-\u1cf9"
    "\u1dc0-\u1dff\u20d0-\u20f0\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\ua672\ua674-\ua67d"
    "\ua69e\ua69f\ua6f0\ua6f1\ua802-\ua82c\ua880-\uaaf6\uabe3-\uabed\ufb1e\ufe20-\ufe2f"
    # Vowels and finals of Korean letters that are written one by one.
    "\u1160-\u11ff\ud7b0-\ud7ff"
    # Halves of surrogate pairs.
    "\ud800-\udfff"
    # Invisible characters, and code points that are no characters.
    "\u115f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ufdd0-\ufdef\ufffe\uffff"
    # Beyond the first plane every range costs time: old scripts, skin tones, tags and selectors.
    "\U00010000-\U0001efff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff"
    "]+"
)
"""Matches runs of characters that are checked one by one. Everything else passes unchanged."""

_NAMES = {
    "\u034f": "CGJ",
    "\u061c": "ALM",
    "\u180e": "MVS",
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\ufeff": "BOM",
}
"""Short names from the Unicode standard. Other invisible characters are shown by their numbers."""

_INVISIBLE = _within(
    "\u034f\u034f\u061c\u061c\u115f\u1160\u17b4\u17b5\u180b\u180f\u200b\u200f\u202a\u202e\u2060\u206f\u3164\u3164"
    "\ufe00\ufe0f\ufeff\ufeff\uffa0\uffa0\ufff0\ufffb\U0001bca0\U0001bca3\U0001d173\U0001d17a"
    "\u2800\u2800\U00013430\U00013455\U00016fe4\U00016fe4\U0001d159\U0001d159"
)
"""Characters that reorder text or are invisible, except the tags and selectors at the end of Unicode."""

_BRAILLE_BLANK = "\u2800"
"""The Braille pattern without dots. Beside other patterns it is part of a picture; elsewhere it is a disguised blank."""
_BRAILLE = _pairs("\u2800\u28ff")
_RAISED = _pairs("\u2801\u28ff")

_TAGS_AND_SELECTORS = "\U000e0000"

_JOINERS = frozenset("\u200b\u200c\u200d")
"""Zero-width space, non-joiner and joiner: part of the spelling in some scripts, a disguise in all others."""

_DEPENDS_ON_NEXT = _JOINERS | {"\u2800"}

_JOINED_SCRIPTS = _pairs(
    "\u0600\u109f\u1700\u1c7f\u1cd0\u1cff\ua800\ua8ff\ua980\ua9ff\uaa00\uaadf\uabc0\uabff\ufb50\ufdff\ufe70\ufefc"
    "\U00010800\U00011fff\U0001e900\U0001e95f"
)
"""Arabic and related scripts, and the scripts of India and South East Asia: their letters join, or their words have no spaces."""

_PICTURES = _pairs(
    "\u20e3\u20e3\u2100\u27bf\u2900\u2bff\u3030\u303d\u3297\u3299\ufe0f\ufe0f\U0001f000\U0001faff\U000e0020\U000e007f"
)
"""Emoji, and what an emoji may end with: a joiner after them makes one picture of several."""

_SIGNS_WITH_EMOJI = frozenset("0123456789#*©®")
_EMOJI_BASES = _pairs(
    "\u203c\u203c\u2049\u2049\u20e3\u20e3\u2100\u27bf\u2900\u2bff\u3030\u303d\u3297\u3299\U0001f000\U0001faff"
)
"""Characters drawn as a picture or as text, depending on the selector after them."""
_IDEOGRAPHS = _pairs("\u3400\u9fff\uf900\ufaff\U00020000\U0003ffff")
_VARIED = _pairs(
    "\u1000\u109f\u2190\u22ff\u2a00\u2aff\u3001\u3002\ua840\ua877\uaa60\uaa7f\uff01\uff1f"
    "\U00010ac0\U00010aff\U00013000\U0001342f"
)
"""Characters besides ideographs for which Unicode has registered variation sequences."""

_CLOSING = "⟧"

_BLACK_FLAG = "\U0001f3f4"
_LAST_TAG = "\U000e007f"

_MARK_KINDS = frozenset(["Mn", "Mc", "Me", "Cf"])
_ADDITIONS = _within("\u1160\u11ff\ud7b0\ud7ff\U0001f3fb\U0001f3ff")
"""Combining characters outside the mark categories: vowels and finals of Korean syllables, skin tones."""

_BREAKS = frozenset("\n\x0b\x0c\x85\u2028\u2029")
"""Characters after which Unicode demands a new line."""
_SOFT_HYPHEN = "\xad"
"""A hyphenation hint. Some terminals draw it, others do not."""
_NO_CHARACTERS = _within("\ufdd0\ufdef\ufffe\uffff")


def _is_in(ranges: list[tuple[str, str]], character: str) -> bool:
    return any(first <= character <= last for first, last in ranges)


def _shown(character: str) -> str:
    name = _NAMES.get(character) or f"U+{ord(character):04X}"
    if "\ufe00" <= character <= "\ufe0f":
        name = f"VS{ord(character) - 0xFE00 + 1}"
    elif "\U000e0100" <= character <= "\U000e01ef":
        name = f"VS{ord(character) - 0xE0100 + 17}"
    return f"⟦{name}{_CLOSING}"


class Sanitizer:
    """Sanitizes a text that arrives in pieces.

    Wherever the text is cut, the results of `feed` and `close` together equal `clean` of the whole text.
    """

    __slots__ = ("_after_cr", "_before", "_held", "_marks")

    def __init__(self) -> None:
        self._held = ""
        """Characters that depend on the next one: half of a surrogate pair, or a joiner."""
        self._after_cr = False
        """Whether the last character was a CR: a newline that follows belongs to the same line end."""
        self._before = ""
        """The last character that passed."""
        self._marks = 0
        """Combining characters that have passed since the last one that was none."""

    def feed(self, text: str) -> str:
        """Return the next piece, clean. At most two characters are kept for the next call."""
        if not self._held:
            # The fast path: nearly every piece of most texts.
            if text and text.isascii() and text.isprintable():
                self._before, self._marks, self._after_cr = text[-1], 0, False
                return text
        else:
            text = self._held + text
        end = len(text)
        if end and "\ud800" <= text[end - 1] <= "\udbff":
            end -= 1
        if end and text[end - 1] in _DEPENDS_ON_NEXT:
            end -= 1
        self._held = text[end:]
        return self._sanitize(text[:end])

    def close(self) -> str:
        """Return what was kept, and reset the sanitizer."""
        rest = self._sanitize(self._held)
        self._held, self._after_cr, self._before, self._marks = "", False, "", 0
        return rest

    def _sanitize(self, text: str) -> str:
        if self._after_cr and text:
            text = text.removeprefix("\n")
            self._after_cr = False
        if not text:
            return ""
        suspect = _SUSPECT.compiled
        if suspect.search(text) is None:
            self._before, self._marks = text[-1], 0
            return text
        if "\r" in text:
            self._after_cr = text[-1] == "\r"
            text = _LINE_ENDS.sub("\n", text)
        if _SURROGATES.compiled.search(text):
            # Join the two halves of a character.
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        clean = suspect.sub(self._sanitize_run, text)
        if suspect.match(text[-1]) is None:
            self._before, self._marks = text[-1], 0
        return clean

    def _sanitize_run(self, run: re.Match[str]) -> str:
        text, at = run.string, run.start()
        if at:
            self._before, self._marks = text[at - 1], 0
        kept: list[str] = []
        for index in range(at, run.end()):
            character = text[index]
            kind = category(character)
            if character in _INVISIBLE or character >= _TAGS_AND_SELECTORS:
                passed = self._sanitize_invisible(character, text[index + 1 : index + 2])
            elif kind in _MARK_KINDS or character in _ADDITIONS:
                passed = character if self._marks < MARKS and character != _SOFT_HYPHEN else ""
                self._marks += bool(passed)
            elif character in _BREAKS:
                passed, self._marks = "\n", 0
            elif kind == "Cc":
                passed = ""
            else:
                passed, self._marks = _REPLACEMENT if character in _NO_CHARACTERS else character, 0
            if passed:
                self._before = passed[-1]
                kept.append(passed)
        return "".join(kept)

    def _sanitize_invisible(self, character: str, after: str) -> str:
        """Return an invisible character where it belongs, its name in brackets elsewhere, or nothing if it carries no meaning."""
        if character == _BRAILLE_BLANK:
            self._marks = 0
            is_art = _is_in(_BRAILLE, self._before) or _is_in(_RAISED, after)
            return character if is_art else " "
        if self._marks < MARKS and self._belongs(character, after):
            self._marks += 1
            return character
        if character in "\ufe0e\ufe0f" or (character == "\ufeff" and not self._before):
            # Left over from an emoji that was removed, or from the beginning of a file.
            return ""
        self._marks = 0
        return _shown(character)

    def _belongs(self, character: str, after: str) -> bool:
        before = self._before
        if character in _JOINERS:
            if _is_in(_JOINED_SCRIPTS, before) or (character == "\u200d" and _is_in(_PICTURES, before)):
                return True
            return _is_in(_JOINED_SCRIPTS, after) and category(after)[0] == "L"
        if character in "\ufe0e\ufe0f":
            return not self._marks and (before in _SIGNS_WITH_EMOJI or _is_in(_EMOJI_BASES, before))
        if "\ufe00" <= character <= "\ufe0f":
            return not self._marks and (_is_in(_VARIED, before) or _is_in(_IDEOGRAPHS, before))
        if "\U000e0100" <= character <= "\U000e01ef":
            return not self._marks and _is_in(_IDEOGRAPHS, before)
        if "\U000e0020" <= character <= _LAST_TAG:
            # Tags spell the flags of England, Scotland and Wales.
            return before == _BLACK_FLAG or "\U000e0020" <= before < _LAST_TAG
        if character == "\u034f":
            return "\u0590" <= before <= "\u05ff"
        return "\u180b" <= character <= "\u180f" and "\u1800" <= before <= "\u18af"


def clean(text: str) -> str:
    """Return text that is safe to show, store and send. Idempotent: clean text stays as it is."""
    if text.isascii() and text.isprintable():
        return text
    if _SUSPECT.compiled.search(text) is None:
        return text
    sanitizer = Sanitizer()
    return sanitizer.feed(text) + sanitizer.close()


def clean_line(text: str, limit: int = 200) -> str:
    """Return one line of clean text of at most `limit` characters, for names, titles and messages in a single row."""
    line = " ".join(clean(text).split())
    # A joiner at the cut belongs to what came after it.
    return line if len(line) <= limit else line[: limit - 1].rstrip("".join(_JOINERS)) + "…"


def clean_json(value: Any) -> Any:
    """Clean every string of a JSON value, keys included."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): clean_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    return value
