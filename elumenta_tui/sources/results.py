"""Results of a source: a text, a picture, or the reason why there is neither.

Facts are named values, as the places of a sentence are. Their names stand beside each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

Fact = int | str

CHARACTERS = 200_000
"""Characters of a source's text that are kept, at most."""


class NoteKind(StrEnum):
    """The kinds of facts that the user has to know about a text or a picture."""

    CUT = "cut"
    """Only the beginning is there, or beginning and end: `kept` of `total` characters."""
    BYTES_CUT = "bytes_cut"
    """The output or the page was too long: `left_out` bytes of `total` are missing. 0: nobody knows how many."""
    PAGES_CUT = "pages_cut"
    """Only the first `kept` of `total` pages were read."""
    BLANK_PAGES = "blank_pages"
    """`count` of `total` pages have no text: they may be pictures of text."""
    EXIT = "exit"
    """The command ended by itself with exit code `code`."""
    SIGNAL = "signal"
    """The command was ended by the signal `number`, called `name`."""
    TIMED_OUT = "timed_out"
    """The command was ended after `seconds`."""
    STOPPED = "stopped"
    """The command was ended because the user asked for it."""
    BACKGROUND_ENDED = "background_ended"
    """Programs that the command left running in the background were ended."""
    UNDECODABLE = "undecodable"
    """`count` bytes are not in the encoding of the text; U+FFFD stands for them."""
    REDIRECTED = "redirected"
    """The page came from another address, `url`."""
    SCALED = "scaled"
    """The picture was scaled down from `from_width` x `from_height` to `width` x `height` pixels."""
    RECODED = "recoded"
    """The picture is now of the media type `media_type`; it was `from_media_type`."""
    FIRST_FRAME = "first_frame"
    """Only the first picture of an animation was taken."""


class Reason(StrEnum):
    """The reasons why a source gave nothing."""

    EMPTY = "empty"
    """There is nothing: no command, a page, a document or a clipboard without text or picture."""
    FAILED = "failed"
    """The system refused, as `error` says in the system's words."""
    BINARY = "binary"
    """The output is no text. A command has `code`, its exit code, or -number of a signal."""
    NO_SHELL = "no_shell"
    """No shell was found to run a command, or this system has none that we know."""
    TOO_LARGE = "too_large"
    """The source is larger than `limit` bytes."""
    TOO_SLOW = "too_slow"
    """It was not read within `seconds`."""
    DAMAGED = "damaged"
    """The content cannot be read as what it claims to be, `kind`."""
    UNSUPPORTED = "unsupported"
    """The content is of a kind, `kind`, that is not read here."""
    ENCRYPTED = "encrypted"
    """The document needs a password."""
    SCANNED = "scanned"
    """All `pages` pages of the document are pictures."""
    BOMB = "bomb"
    """The content unpacks to more than it should: `limit` bytes or pixels."""
    MISSING_EXTRA = "missing_extra"
    """An optional package is not installed; `command` installs it, `extra` names it."""

    BAD_URL = "bad_url"
    """That is no web address."""
    NOT_HTTPS = "not_https"
    """The address, or the one it leads to, is not `https://`; `scheme` is what it is."""
    CREDENTIALS = "credentials"
    """The address holds a user name or a password."""
    PORT = "port"
    """The address names another port than 443: `port`."""
    NOT_PUBLIC = "not_public"
    """The `host` is, or stands for, an `address` that is not on the public internet."""
    UNKNOWN_HOST = "unknown_host"
    """No name server knows the `host`."""
    NO_CONNECTION = "no_connection"
    """The `host` cannot be reached; `error` may say why, or be empty."""
    TLS = "tls"
    """The certificate of `host` does not hold; `error` may say why, or be empty."""
    SETUP = "setup"
    """The proxy or the certificates that the environment names cannot be used; `error` names the variable."""
    STATUS = "status"
    """The server answered with the HTTP status `status`."""
    REDIRECTS = "redirects"
    """The page was redirected more than `limit` times."""

    REMOTE = "remote"
    """The user sits at another machine: its clipboard cannot be reached from here."""
    NO_DISPLAY = "no_display"
    """There is no desktop, so there is no clipboard."""
    MISSING_TOOL = "missing_tool"
    """No program reads the clipboard; any of `tools`, joined by commas, would."""


@dataclass(frozen=True, slots=True)
class _Stated:
    facts: tuple[tuple[str, Fact], ...] = ()

    def __getitem__(self, name: str) -> Fact:
        """Return a fact. Raises KeyError if this has none of that name."""
        return dict(self.facts)[name]


@dataclass(frozen=True, slots=True)
class Note(_Stated):
    """A fact about a text or a picture that the user has to know."""

    kind: NoteKind = NoteKind.CUT

    @classmethod
    def of(cls, kind: NoteKind, **facts: Fact) -> Self:
        """Make a note with its facts."""
        return cls(tuple(facts.items()), kind)


@dataclass(frozen=True, slots=True)
class RefusedSource(_Stated):
    """The reason why a source gave nothing."""

    reason: Reason = Reason.FAILED

    @classmethod
    def of(cls, reason: Reason, **facts: Fact) -> Self:
        """Make a refusal with its facts."""
        return cls(tuple(facts.items()), reason)


@dataclass(frozen=True, slots=True)
class Text:
    """A text that may be attached. It is clean: `text.sanitize` and, for an output, `text.escapes` went over it."""

    name: str
    """A clean line: the command, the address, or the title of a page."""
    text: str
    language: str = ""
    """Language of its fence, such as `console`, `markdown` or `json`; empty for plain text."""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that may be attached. It holds no metadata."""

    name: str
    """A clean line."""
    media_type: str
    """`image/png`, `image/jpeg`, `image/webp` or `image/gif`, as the content says."""
    data: bytes
    width: int
    height: int
    notes: tuple[Note, ...] = ()


GAP = "\n[… {bytes} bytes …]\n"
"""Stands where a long text was cut, with the number of bytes left out there."""


def cut(text: str, limit: int = CHARACTERS) -> tuple[str, tuple[Note, ...]]:
    """Return the beginning of a text, up to a line end if one is near, and what is to be said about it."""
    if len(text) <= limit:
        return text, ()
    end = text.rfind("\n", limit - min(limit, 2000), limit)
    kept = text[: end if end > 0 else limit]
    return kept, (Note.of(NoteKind.CUT, kept=len(kept), total=len(text)),)
