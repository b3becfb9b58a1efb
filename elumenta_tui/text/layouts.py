"""Cyrillic keyboard layouts: which key of QWERTY types a letter."""

from __future__ import annotations

from os import environ
from types import MappingProxyType

from elumenta_tui.text.sanitize import clean_line

_RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_QWERTY = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."

# Of the Ukrainian and the Belarusian layout, what the Russian one has not.
_OTHERS = "іїєґў"
_OTHERS_QWERTY = "s]'\\o"

_SHIFTED = str.maketrans("`[];',.\\", '~{}:"<>|')


def _shifted(text: str) -> str:
    return text.upper().translate(_SHIFTED)


QWERTY_KEYS: MappingProxyType[str, str] = MappingProxyType(
    dict(
        zip(
            _RUSSIAN + _OTHERS + (_RUSSIAN + _OTHERS).upper(),
            _QWERTY + _OTHERS_QWERTY + _shifted(_QWERTY + _OTHERS_QWERTY),
            strict=True,
        )
    )
)
"""Maps a letter of a Cyrillic layout to what the same key types in QWERTY: `с` → `c`, `Х` → `{`."""

_LETTERS = str.maketrans(dict(QWERTY_KEYS))

_RUSSIAN_LETTERS = str.maketrans(_QWERTY + _shifted(_QWERTY), _RUSSIAN + _RUSSIAN.upper())


def to_russian(text: str) -> str:
    """Return what the pressed keys would have typed in the Russian layout: `gthtdjl` → `перевод`. Text with Cyrillic stays."""
    if any(character in QWERTY_KEYS for character in text):
        return text
    return text.translate(_RUSSIAN_LETTERS)


_I = "іІ"
_I_PLACES = {"be": "b", "kk": "3"}
"""The places of і by the language of the locale: S in Ukrainian and all others, B in Belarusian, the 3 in Kazakh."""

TELLING = dict.fromkeys("їєґЇЄҐ", "s") | dict.fromkeys("ўЎ", "b") | dict.fromkeys("әңғүұқөһӘҢҒҮҰҚӨҺ", "3")
"""Letters of one layout only, and where that layout has і."""

_place_of_i = "s"


def learn_place_of_i(place: str) -> None:
    """Remember which key types і. The letter alone does not tell; terminals with the Kitty protocol and other letters do."""
    global _place_of_i
    if place in ("s", "b", "3") and place != _place_of_i:
        _place_of_i = place
        if place != "3":
            for table in (_LETTERS, _WHOLE_LAYOUT):
                table.update({ord("і"): place, ord("І"): place.upper()})


_KAZAKH = dict(zip("әңғүұқөһӘҢҒҮҰҚӨҺ", "245890-=@$%*()_+", strict=True))
"""Letters that Kazakh has on the digits. They are in no table of letters: words are not typed with digits by mistake."""


def twins(character: str) -> tuple[str, ...]:
    """Return what the key of a letter of a Cyrillic layout may type in QWERTY, the likeliest first; empty for all others."""
    first = QWERTY_KEYS.get(character) or _KAZAKH.get(character)
    if first is None:
        return ()
    if character not in _I:
        return (first,)
    places = (_place_of_i, *(place for place in "sb3" if place != _place_of_i))
    return tuple(place if character == "і" or place == "3" else place.upper() for place in places)


# Punctuation of the Russian layout. It is in no table of letters, because a full stop may really be one.
_WHOLE_LAYOUT = _LETTERS | str.maketrans('.,"№;:?/', "/?@#$^&|")

_locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
learn_place_of_i(_I_PLACES.get(_locale[:2].lower(), "s"))


def to_qwerty(text: str) -> str:
    """Return what the pressed keys would have typed in QWERTY: `сдфгву` → `claude`. Text without Cyrillic stays.

    Punctuation is read by the Russian layout too (`щзутфш.пзе` → `openai/gpt`), unless Latin letters show that the layout
    was switched in between.
    """
    if not any(character in QWERTY_KEYS for character in text):
        return text
    switched = any(character.isascii() and character.isalpha() for character in text)
    return text.translate(_LETTERS if switched else _WHOLE_LAYOUT)


# Where two letters share a key, the Russian one comes first.
_CYRILLIC = str.maketrans({latin: letter for letter, latin in reversed(list(QWERTY_KEYS.items()))})


def ways(typed: str) -> list[str]:
    """Return the readings of a typed text in all keyboard layouts: as typed, and as typed in the other one."""
    found = [clean_line(typed), to_qwerty(typed), typed.translate(_CYRILLIC)]
    return list(dict.fromkeys(way for way in found if way.strip()))
