"""Parse what the demo is asked: the conversation of a request, its language, and safe quotes from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from elumenta_tui.text.sanitize import clean

Language = Literal["en", "ru"]

Saying = tuple[str, str]
"""A text of the demo in English and in Russian."""


def in_language(saying: Saying, language: Language) -> str:
    """Return a text of the demo in that language."""
    return saying[language == "ru"]


def language_of(code: str) -> Language:
    """Return the demo's language for one of the client's: English where it does not speak that one."""
    return "ru" if code == "ru" else "en"


_ROLES = ("system", "user", "assistant")
_COMMAND = re.compile(r"/\S+")
_CYRILLIC = re.compile("[Ѐ-ӿ]")
_LATIN = re.compile("[A-Za-z]")


class Received(NamedTuple):
    """A file that came with a message."""

    name: str
    """Empty for an image, which has none."""
    kind: str
    """Language of a text, or media type of an image."""
    size: int
    """Characters of a text, or bytes of an image."""
    lines: int = 0
    """Lines of a text; 0 for an image."""


_FILE = re.compile(
    r"(?P<fence>`{3,})(?P<kind>\S+) (?P<name>[^\n`]+)\n(?P<body>.*?)\n(?P=fence)(?:\n\n|\Z)", re.DOTALL
)
_DATA_URL = re.compile(r"data:(?P<kind>[\w/.+-]{1,60});base64,")


def _files_of(text: str, content: Any) -> tuple[str, tuple[Received, ...]]:
    """Split the files from the beginning of a message, and find its images."""
    found: list[Received] = []
    while file := _FILE.match(text):
        body = file["body"]
        found.append(Received(file["name"], file["kind"], len(body), body.count("\n") + 1))
        text = text[file.end() :]
    for part in content if isinstance(content, list) else ():
        image = part.get("image_url") if isinstance(part, dict) else None
        url = image.get("url") if isinstance(image, dict) else None
        if isinstance(url, str) and (data := _DATA_URL.match(url)):
            encoded = url[data.end() :]
            found.append(Received("", data["kind"], len(encoded) * 3 // 4 - encoded[-2:].count("=")))
    return text, tuple(found)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The `messages` of a request, as far as the demo uses them."""

    user_texts: tuple[str, ...]
    """Messages of the user, oldest first, clean; never empty."""
    answers: int
    """Number of messages with the role assistant."""
    language: Language
    answer_texts: tuple[str, ...] = ()
    """Messages with the role assistant, oldest first, clean."""
    shows_language: bool = False
    """True if the last message has words that are in some language for certain."""
    files: tuple[Received, ...] = ()
    """Files of the last message."""
    system: str = ""
    """Standing instructions: the messages with the role system, clean."""

    @property
    def text(self) -> str:
        """The last user message, which is to be answered."""
        return self.user_texts[-1]

    @classmethod
    def from_json(cls, messages: object, language: Language, *, looks_back: bool = True) -> Prompt | None:
        """Parse the messages; None if the service would reject them.

        `language` is the language of the interface, and of a conversation that shows none. With `looks_back` false, it is
        also that of a last message that shows none.
        """
        if not isinstance(messages, list):
            return None
        user_texts: list[str] = []
        answer_texts: list[str] = []
        system: list[str] = []
        files: tuple[Received, ...] = ()
        for message in messages:
            if not isinstance(message, dict) or message.get("role") not in _ROLES:
                return None
            text = _text(message.get("content"))
            if text is None:
                return None
            if message["role"] == "user":
                text, files = _files_of(text, message.get("content"))
                user_texts.append(text)
            if message["role"] == "assistant":
                answer_texts.append(text)
            if message["role"] == "system":
                system.append(text)
        if not user_texts or not user_texts[-1].strip():
            return None
        spoken = _language(user_texts if looks_back else user_texts[-1:], language) or language
        is_shown = _language(user_texts[-1:], language) is not None
        return cls(
            tuple(user_texts),
            len(answer_texts),
            spoken,
            tuple(answer_texts),
            is_shown,
            files,
            "\n\n".join(system).strip(),
        )


def _text(content: Any) -> str | None:
    """Return the text of a message, plain or in OpenAI's content parts; None if it is neither."""
    if isinstance(content, str):
        return clean(content)
    if not isinstance(content, list):
        return None
    parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
    return clean("\n".join(part for part in parts if isinstance(part, str)))


def _language(user_texts: list[str], interface: Language) -> Language | None:
    """Return the language of the newest message that shows one. `/demo cut` and `2+2` belong to what was said before them.

    Latin words are English only in an English interface: `Python` and `GPT-5` are Russian prompts, too.
    """
    for text in reversed(user_texts):
        words = _COMMAND.sub("", text, count=1) if text.lstrip().startswith("/") else text
        if words != text and not _CYRILLIC.search(words):
            continue
        if _CYRILLIC.search(words):
            return "ru"
        if interface == "en" and _LATIN.search(words):
            return "en"
    return None


# ---------------------------------------------------------------------------------------------------- quotes

# Characters that can begin markup inside a line, and at the start of one.
_MARKUP = re.compile(r"([\\`*_\[\]<>~|$&])")
_LINE_START = re.compile(r"^(?:\d+(?=[.)])|(?=[#+\-=:]))")


def quote(text: str, limit: int = 600) -> str:
    """Quote a text in Markdown so that its characters are shown and mark up nothing. Cut after `limit` characters."""
    text = text.strip()
    if len(text) > limit:
        text = text[:limit].rstrip() + "…"
    lines = [_MARKUP.sub(r"\\\1", line.strip()) for line in text.split("\n")]
    # Two blanks at the end keep the line break.
    return "  \n".join(f"> {_LINE_START.sub(_before_backslash, line)}" for line in lines)


def _before_backslash(match: re.Match[str]) -> str:
    return match[0] + "\\"
