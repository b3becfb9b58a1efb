"""Redact the API key in text that is shown, stored, exported or reported.

Pass only text that `sanitize` has cleaned: cleaning drops characters, which may join the halves of a key. A server may send
the key in another spelling. These are found:

- with invisible, blank or non-ASCII characters between its letters;
- with letters as `\\u006e`, `\\x6e`, `%6E` or `&#110;`, also escaped twice;
- in base64 at any offset, and in hexadecimal.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import Any

from elumenta_tui.text.key import MASK

_SHORTEST_SECRET = 6
"""Characters. A shorter "key" would occur in ordinary words, and redacting it would garble every message."""

_KEY_LIKE = re.compile(r"nb_[0-9A-Za-z_-]{8,}")

_OPEN = 3
"""Letters at the beginning of a spelling that are shown before the next ones are known: every key begins with them."""

_LONGEST_HELD = 2048
"""Characters held back at most until it is known whether they are the key."""

_BETWEEN = (
    r"(?:⟦[^⟧\n]{1,9}⟧|[^!-~⟦]"
    r"|\\+(?:[nrtbf]|u(?!00(?:[2-6]|7[0-9a-eA-E]))[0-9A-Fa-f]{4}|x(?![2-6]|7[0-9a-eA-E])[0-9A-Fa-f]{2})"
    r"|%(?:25)*(?![2-6]|7[0-9a-eA-E])[0-9A-Fa-f]{2}"
    r"|&\#0{0,4}(?:[0-9]|[12][0-9]|3[0-2]|12[7-9]|1[3-9][0-9]|[2-9][0-9]{2}|[1-9][0-9]{3,6});"
    r"|&\#[xX]0{0,4}(?:[01]?[0-9a-fA-F]|20|7[fF]|[89a-fA-F][0-9a-fA-F]|[1-9a-fA-F][0-9a-fA-F]{2,5});)"
)
"""Matches text that may stand between two letters of the key: the name of an invisible character as `sanitize` writes it, and
anything but printable ASCII, plain or escaped."""

_GAP = f"{_BETWEEN}*+"

_BROKEN_OFF = r"(?:⟦[^⟧\n]{0,9}|[\\%&][\w#\\]{0,12})"
"""Matches the beginning of such a name, or of an escaped letter, at the end of a piece."""

_ESCAPED = re.compile(
    r"(?:\\+u00|\\+x|%(?:25)*|&\#[xX]0{0,4})(?P<hex>[0-9A-Fa-f]{2});?|&\#0{0,4}(?P<decimal>[0-9]{2,3});?"
)
_ONE_BETWEEN = re.compile(_BETWEEN)
_BROKEN_OFF_AT_END = re.compile(rf"{_BROKEN_OFF}\Z")


def redact_key(text: str, key: str = "") -> str:
    """Replace the key, and everything that looks like one, by `MASK`. The text must be clean."""
    return _KEY_LIKE.sub(MASK, secret(key).redact(text))


@lru_cache(maxsize=4)
def secret(key: str) -> Secret:
    """Return the `Secret` of a key, prepared once."""
    return Secret(key)


class Secret:
    """A key with all its spellings."""

    def __init__(self, key: str) -> None:
        self._key = key
        self.spellings = _spellings(key) if len(key) >= _SHORTEST_SECRET else []
        """Pairs of a spelling and whether its letters may be escaped. Empty if there is nothing to redact."""
        self._shortest = min((len(text) for text, _ in self.spellings), default=0)
        heads = [
            [_letter(letter) if escapes else re.escape(letter) for letter in text[:_OPEN]]
            for text, escapes in self.spellings
        ]
        self.begin = re.compile("|".join(_GAP.join(head) for head in heads))
        """Matches the first letters of a spelling."""
        cut = [f"{first}{_GAP}(?:{second}{_GAP})?{_BROKEN_OFF}?" for first, second, _ in heads]
        self.cut = re.compile(rf"(?:{'|'.join(cut)}|[\\%&][\w#\\]{{0,12}})\Z")
        """Matches fewer than those first letters, at the end of a piece."""

    def redact(self, text: str) -> str:
        """Replace the key in a clean text by `MASK`."""
        if not self.spellings or len(text) < self._shortest:
            return text
        redactor = Redactor(self)
        return redactor.feed(text) + redactor.end()

    def redact_json(self, value: Any) -> Any:
        """Replace the key in every string of a clean JSON value, names included."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, dict):
            return {self.redact(name): self.redact_json(item) for name, item in value.items()}
        return [self.redact_json(item) for item in value] if isinstance(value, list) else value


def _spellings(key: str) -> list[tuple[str, bool]]:
    data = key.encode("utf-8", "replace")
    found = [(key, True), (data.hex(), False), (data.hex().upper(), False)]
    for shift in range(3):
        # The first and last characters of base64 depend on the bytes around the key.
        inner = slice((0, 2, 3)[shift], (len(data) + shift) * 8 // 6)
        shifted = b"\0" * shift + data
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(shifted).decode("ascii")[inner]
            if (encoded, False) not in found:
                found.append((encoded, False))
    return [spelling for spelling in found if len(spelling[0]) > _OPEN]


def _letter(letter: str) -> str:
    """Return a pattern that matches a letter, plain or escaped."""
    code = ord(letter)
    digits = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{code:02x}")
    return rf"(?:{re.escape(letter)}|(?:\\+u00|\\+x|%(?:25)*|&\#[xX]0{{0,4}}){digits};?|&\#0{{0,4}}{code};?)"


class Redactor:
    """Redacts a key in a text that arrives in pieces, even if the key is cut across several of them.

    The beginning of a key at the end of a piece is held back until the next piece shows how it goes on. The result does not
    depend on where the text was cut.
    """

    def __init__(self, key: Secret | str) -> None:
        self._secret = secret(key) if isinstance(key, str) else key
        self._kept = ""
        """End of the text so far that may be the beginning of a key."""
        self._shown = 0
        """Characters of `_kept` that were returned already: too few to hold back."""

    def feed(self, piece: str) -> str:
        """Return the part of the text that may be shown now and was not returned yet."""
        hidden = self._secret
        if not hidden.spellings:
            return piece
        text = self._kept + piece
        begun = hidden.begin.search(text)
        if begun is None and not self._kept:
            # The fast path: nearly every piece.
            self._keep_cut(text, 0)
            return text
        shown, past, at = self._shown, 0, 0
        parts: list[str] = []
        while begun is not None:
            at = begun.start()
            end = self._end_of_key(text, at)
            if end is None:
                if len(text) - at <= _LONGEST_HELD:
                    at = max(at, shown)
                    parts.append(text[max(past, shown) : at])
                    self._kept, self._shown = text[begun.start() :], at - begun.start()
                    return "".join(parts)
                end = 0
            if end:
                seen = text[at:shown]
                mask = MASK[len(seen) :] if MASK.startswith(seen) else MASK
                parts += [text[max(past, shown) : at], mask]
                past = end
            begun = hidden.begin.search(text, max(at + 1, past))
        parts.append(text[max(past, shown) :])
        self._keep_cut(text, past)
        return "".join(parts)

    def end(self) -> str:
        """Return what was held back and turned out to be no key."""
        held, self._kept, self._shown = self._kept[self._shown :], "", 0
        return held

    def _keep_cut(self, text: str, past: int) -> None:
        """Keep the end of a text, all of it returned, if it may be part of the first letters of a key."""
        begun = self._secret.cut.search(text, max(past, len(text) - _LONGEST_HELD))
        self._kept = text[begun.start() :] if begun else ""
        self._shown = len(self._kept)

    def _end_of_key(self, text: str, at: int) -> int | None:
        """Return the end of the key that begins at `at`: 0 if there is none, None if the text ends too early to tell."""
        cut = False
        for spelling, escapes in self._secret.spellings:
            end = _end_of_spelling(text, at, spelling, escapes=escapes)
            if end:
                return end
            cut = cut or end is None
        return None if cut else 0


def _end_of_spelling(text: str, at: int, spelling: str, *, escapes: bool) -> int | None:
    """Return the end of a spelling that begins at `at`: 0 if there is none, None if the text ends too early to tell."""
    if text.startswith(spelling, at):
        return at + len(spelling)
    index = 0
    while index < len(spelling):
        if at == len(text):
            return None
        if text[at] == spelling[index]:
            at, index = at + 1, index + 1
            continue
        if (escaped := _ESCAPED.match(text, at)) and escapes and _letter_of(escaped) == spelling[index]:
            at, index = escaped.end(), index + 1
        elif index and _BROKEN_OFF_AT_END.match(text, at):
            return None
        elif index and (between := _ONE_BETWEEN.match(text, at)):
            at = between.end()
        else:
            return 0
    return at


def _letter_of(escaped: re.Match[str]) -> str:
    return chr(int(escaped["hex"] or escaped["decimal"], 16 if escaped["hex"] else 10))
