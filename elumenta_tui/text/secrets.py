"""Find what looks like a password in a text that is about to be sent: API keys, tokens, private keys.

The point is to ask before sending, so a rare false alarm is better than a missed key. Placeholders (`sk-xxxx…`) and
words of prose and code are no alarm. Time is linear in the length of the text, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

from elumenta_tui.text.lazy_pattern import LazyPattern

MOST = 100
"""Secrets that are found in one text. More of them would not change the question."""

_VARIED = 6
"""Different characters that a real token has at least behind its prefix."""


class SecretKind(StrEnum):
    """Whose secret it is. The values are fit for keys of the message catalogue."""

    ELUMENTA = "elumenta"
    """A key of this service, `nb_…`."""
    OPENAI = "openai"
    """`sk-…`: OpenAI, OpenRouter, DeepSeek and others who copied the prefix."""
    ANTHROPIC = "anthropic"
    GITHUB = "github"
    GITLAB = "gitlab"
    AWS = "aws"
    GOOGLE = "google"
    YANDEX = "yandex"
    SLACK = "slack"
    TELEGRAM = "telegram"
    """The token of a bot."""
    STRIPE = "stripe"
    HUGGING_FACE = "hugging_face"
    PYPI = "pypi"
    NPM = "npm"
    JWT = "jwt"
    """A signed token of a session, as it stands behind `Bearer`."""
    PRIVATE_KEY = "private_key"
    """A PEM or PGP block."""


class FoundSecret(NamedTuple):
    """A place in a text that looks like a secret."""

    start: int
    end: int
    kind: SecretKind


# The literal beginning of each form comes first, because Python looks for a literal many times faster than for alternatives.
# None begins behind a letter, digit, `_` or `-`, so a run of such characters is tried once per form. Every long repetition
# is possessive: a search never goes back.
_FORMS: tuple[tuple[SecretKind, str, str], ...] = (
    (SecretKind.ELUMENTA, "nb_", r"[0-9A-Za-z_-]{16,200}+"),
    # Before the form that it is a case of.
    (SecretKind.ANTHROPIC, "sk-ant-", r"[0-9A-Za-z_-]{20,250}+"),
    (SecretKind.OPENAI, "sk-", r"[0-9A-Za-z_-]{20,250}+"),
    (SecretKind.GITHUB, "gh", r"[pousr]_[0-9A-Za-z]{30,255}+"),
    (SecretKind.GITHUB, "github_pat_", r"[0-9A-Za-z_]{40,255}+"),
    (SecretKind.GITLAB, "gl", r"(?:pat|dt|rt|ptt|soat)-[0-9A-Za-z_-]{20,100}+"),
    (SecretKind.AWS, "AKIA", r"[0-9A-Z]{16}(?![0-9A-Za-z_])"),
    (SecretKind.AWS, "ASIA", r"[0-9A-Z]{16}(?![0-9A-Za-z_])"),
    (SecretKind.GOOGLE, "AIza", r"[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])"),
    (SecretKind.GOOGLE, "ya29.", r"[0-9A-Za-z_-]{20,500}+"),
    (SecretKind.GOOGLE, "GOCSPX-", r"[0-9A-Za-z_-]{28}"),
    (SecretKind.YANDEX, "y", r"[0-3]_[0-9A-Za-z_-]{50,200}+"),
    (SecretKind.YANDEX, "AQVN", r"[0-9A-Za-z_-]{35,60}+"),
    (SecretKind.YANDEX, "t1.", r"[0-9A-Za-z_-]{20,400}+={0,2}\.[0-9A-Za-z_-]{80,100}+"),
    (SecretKind.SLACK, "xox", r"[abeoprs]-[0-9A-Za-z-]{10,250}+"),
    (SecretKind.STRIPE, "sk_", r"(?:live|test)_[0-9A-Za-z]{16,250}+"),
    (SecretKind.STRIPE, "rk_", r"(?:live|test)_[0-9A-Za-z]{16,250}+"),
    (SecretKind.HUGGING_FACE, "hf_", r"[0-9A-Za-z]{30,100}+"),
    (SecretKind.PYPI, "pypi-AgE", r"[0-9A-Za-z_-]{50,500}+"),
    (SecretKind.NPM, "npm_", r"[0-9A-Za-z]{36}(?![0-9A-Za-z])"),
    (SecretKind.JWT, "eyJ", r"[0-9A-Za-z_-]{10,4000}+\.eyJ[0-9A-Za-z_-]{10,8000}+\.[0-9A-Za-z_-]{20,1000}+"),
)

_TOKENS = [
    (kind, LazyPattern(rf"{re.escape(begin)}(?<![0-9A-Za-z_-]{re.escape(begin)}){rest}"))
    for kind, begin, rest in _FORMS
]
_BOT = LazyPattern(r":AA(?<=[0-9]{8}:AA)[0-9A-Za-z_-]{33}(?![0-9A-Za-z_-])")
"""Matches the token of a bot from its colon on. The number of the bot stands before it."""
_BLOCK = LazyPattern(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}?PRIVATE KEY(?: BLOCK)?-----")
_BLOCK_END = LazyPattern(r"-----END (?:[A-Z0-9]{1,12} ){0,3}?PRIVATE KEY(?: BLOCK)?-----")


def find_secrets(text: str, key: str = "", *, most: int = MOST) -> list[FoundSecret]:
    """Return the places that look like secrets, in order, none inside another one.

    Args:
        text: Any text.
        key: The user's own API key, which is found wherever it stands, even inside a word.
        most: Places to return, at most.
    """
    found = sorted(
        [*_blocks(text, most), *_tokens(text, most), *islice(_places(text, key), most)],
        key=lambda place: (place.start, -place.end),
    )
    kept: list[FoundSecret] = []
    for place in found:
        if not kept or place.start >= kept[-1].end:
            kept.append(place)
    return kept[:most]


def _tokens(text: str, most: int) -> Iterator[FoundSecret]:
    """Yield the tokens, one form after the other, `most` of each."""
    for kind, form in _TOKENS:
        real = (match for match in form.finditer(text) if _is_random(match[0]))
        yield from (FoundSecret(*match.span(), kind) for match in islice(real, most))
    for match in islice(_BOT.finditer(text), most):
        start = max(0, match.start() - 10)
        while not text[start : match.start()].isdigit():
            start += 1
        yield FoundSecret(start, match.end(), SecretKind.TELEGRAM)


def _is_random(token: str) -> bool:
    """Return whether a token may be a real one: words of a style sheet have no digits, and a placeholder repeats itself."""
    return any(character.isdigit() for character in token[3:]) and len(set(token[-24:])) >= _VARIED


def _places(text: str, key: str) -> Iterator[FoundSecret]:
    """Yield every place of the user's own key."""
    at = text.find(key) if len(key) >= 6 else -1
    while at >= 0:
        yield FoundSecret(at, at + len(key), SecretKind.ELUMENTA)
        at = text.find(key, at + len(key))


def _blocks(text: str, most: int) -> list[FoundSecret]:
    """Return the blocks of private keys, each up to its end; up to the end of its line where that is missing.

    Pair beginnings and ends in one pass each: searching the end of each beginning anew would be quadratic.
    """
    if "-----BEGIN" not in text:
        return []
    ends = [match.end() for match in _BLOCK_END.finditer(text)]
    found: list[FoundSecret] = []
    at = 0
    for match in _BLOCK.finditer(text):
        if found and match.start() < found[-1].end:
            continue
        while at < len(ends) and ends[at] <= match.end():
            at += 1
        end = ends[at] if at < len(ends) else match.end()
        found.append(FoundSecret(match.start(), end, SecretKind.PRIVATE_KEY))
        if len(found) == most:
            break
    return found
