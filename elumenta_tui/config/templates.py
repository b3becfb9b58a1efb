"""Templates: Markdown files in a directory, whose names are slash words. Listed by name, read when they are used."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from elumenta_tui.chat.request import HOTTEST, MOST_TOKENS, max_tokens_of, temperature_of
from elumenta_tui.text.phrase import Phrase
from elumenta_tui.text.sanitize import clean, clean_line

DIRECTORY = "prompts"
"""Name of the directory, beside the configuration."""

LARGEST = 100_000
"""Bytes of a template, at most."""

MOST = 10_000
"""Templates that are listed, at most."""

FIELDS = ("model", "persona", "temperature", "max_tokens", "description")
"""Keys of the front matter."""

_FENCE = "---"
_SUFFIX = ".md"
_LONGEST_NAME = 60


class TemplateProblem(Exception):
    """A template that can't be used."""

    def __init__(self, kind: str, **details: object) -> None:
        super().__init__(kind)
        self.phrase = Phrase.of(f"templates.problem.{kind}", **details)
        """Why."""


class Template(NamedTuple):
    """The content of a file."""

    body: str
    description: str = ""
    """One line."""
    model: str = ""
    """Slug of the model to ask; empty: any."""
    persona: str = ""
    temperature: float | None = None
    max_tokens: int | None = None


class Templates:
    """The templates of a directory, which need not exist."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.unusable: list[str] = []
        """Names of the files whose names are no slash words, or are those of other files."""
        self._seen: tuple[int, int] | None = None
        self._files: dict[str, str] = {}
        self._read: dict[str, tuple[tuple[int, int], Template | TemplateProblem]] = {}

    def names(self) -> Mapping[str, str]:
        """Return the names of the files by slash word, in order. The directory is read again once it has changed."""
        try:
            found = os.stat(self.directory)
            seen = (found.st_mtime_ns, found.st_ino)
            if seen != self._seen:
                self._files = self._list()
                self._seen = seen
        except OSError:
            self._seen, self._files = None, {}
        return self._files

    def _list(self) -> dict[str, str]:
        files: dict[str, str] = {}
        self.unusable = []
        with os.scandir(self.directory) as entries:
            named = [entry.name for entry in entries if entry.name.lower().endswith(_SUFFIX)]
        for name in sorted(name for name in named if not name.startswith("."))[:MOST]:
            word = "-".join(name[: -len(_SUFFIX)].lower().split())
            if word in files or not is_word(word):
                self.unusable.append(clean_line(name, _LONGEST_NAME))
            else:
                files[word] = name
        return files

    def read(self, word: str) -> Template:
        """Read the template of a slash word; what has not changed since is not read again. Raises TemplateProblem."""
        path = self.directory / self._files[word]
        try:
            # A pipe would block for ever.
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode):
                    raise TemplateProblem("no_file")
                version = found.st_mtime_ns, found.st_size
                if word not in self._read or self._read[word][0] != version:
                    self._read[word] = version, _parsed(file.read(LARGEST + 1))
        except OSError as error:
            raise TemplateProblem("unreadable", reason=error.strerror or type(error).__name__) from error
        template = self._read[word][1]
        if isinstance(template, TemplateProblem):
            raise template
        return template


def is_word(word: str) -> bool:
    """Return whether the name of a file can be typed after a slash."""
    return 0 < len(word) <= _LONGEST_NAME and all(each.isalnum() or each in "-_." for each in word)


def _parsed(data: bytes) -> Template | TemplateProblem:
    try:
        return parse(data)
    except TemplateProblem as problem:
        return problem


def parse(data: bytes) -> Template:
    """Parse a file. Raises TemplateProblem."""
    if len(data) > LARGEST:
        raise TemplateProblem("too_big", most=LARGEST // 1000)
    try:
        text = clean(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise TemplateProblem("not_utf8") from None
    head: dict[str, str] = {}
    if text.partition("\n")[0].rstrip() == _FENCE:
        head, text = _front_matter(text)
    text = text.strip("\n")
    if not text.strip():
        raise TemplateProblem("empty")
    return _template(text, head)


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return the keys and values between the fences, and what follows them."""
    lines = text.split("\n")
    head: dict[str, str] = {}
    for number, line in enumerate(lines[1:], 2):
        if line.rstrip() == _FENCE:
            return head, "\n".join(lines[number:])
        if not line.strip() or line.startswith("#"):
            continue
        key, colon, value = line.partition(":")
        key = key.strip()
        if not colon or line[0].isspace():
            raise TemplateProblem("no_pair", line=number)
        if key not in FIELDS:
            raise TemplateProblem("unknown", line=number, key=clean_line(key, 40), known=", ".join(FIELDS))
        if key in head:
            raise TemplateProblem("twice", line=number, key=key)
        head[key] = _bare(value.strip())
    raise TemplateProblem("no_end")


def _bare(value: str) -> str:
    """Remove the quotes around a value."""
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value


def _template(body: str, head: Mapping[str, str]) -> Template:
    temperature = max_tokens = None
    try:
        if head.get("temperature"):
            temperature = temperature_of(head["temperature"])
    except ValueError:
        raise TemplateProblem("range", key="temperature", wanted=f"0 … {HOTTEST:g}") from None
    try:
        if head.get("max_tokens"):
            max_tokens = max_tokens_of(head["max_tokens"])
    except ValueError:
        raise TemplateProblem("range", key="max_tokens", wanted=f"1 … {MOST_TOKENS}") from None
    line = {name: clean_line(head.get(name, ""), 200) for name in ("description", "model", "persona")}
    return Template(body, line["description"], line["model"], line["persona"], temperature, max_tokens)
