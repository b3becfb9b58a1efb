"""The prompt of a command: its arguments, what comes on standard input, or both."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from elumenta_tui.cli.exit_codes import NotAsked
from elumenta_tui.i18n import say
from elumenta_tui.session.guardrails import PROMPT_LIMIT
from elumenta_tui.text.blocks import code_block
from elumenta_tui.text.sanitize import clean

_STDIN = 0

_READ_LIMIT = 4 * PROMPT_LIMIT + 3
"""Bytes of standard input that are read: more are too many characters, however they are encoded."""


class Given(NamedTuple):
    """The texts that a prompt is made of."""

    words: str
    """The words on the command line."""
    piped: str
    """Standard input; empty if that is a terminal."""


def read_given(words: Sequence[str]) -> Given:
    """Return the words of the command line, and standard input unless that is a terminal. Raises NotAsked if one of them is no text."""
    try:
        typed = " ".join(words).encode().decode()
    except UnicodeEncodeError:
        raise NotAsked(say("ask.words_no_text")) from None
    return Given(clean(typed), _decoded(_standard_input()))


def checked(prompt: str) -> str:
    """Return a prompt that can be asked. Raises NotAsked if it is empty or too long."""
    if not prompt.strip():
        raise NotAsked(say("ask.no_prompt"))
    if len(prompt) > PROMPT_LIMIT:
        raise NotAsked(say("ask.too_long", limit=PROMPT_LIMIT))
    return prompt


def compose(words: str, piped: str) -> str:
    """Return the prompt: the words, a blank line, and what was piped as a code block that nothing in it can end.

    So a model can tell what is asked from what it is asked about. One of the two alone is the prompt as it is.
    """
    words, piped = words.strip(), piped.strip("\n")
    if not piped.strip():
        return words
    return f"{words}\n\n{code_block('', piped.split(chr(10)))}" if words else piped


def _standard_input() -> bytes:
    if os.isatty(_STDIN):
        return b""
    data = bytearray()
    try:
        while len(data) < _READ_LIMIT and (piece := os.read(_STDIN, 1 << 16)):
            data += piece
    except OSError as error:
        raise NotAsked(say("ask.unread", reason=error.strerror or "")) from None
    if len(data) >= _READ_LIMIT:
        raise NotAsked(say("ask.too_long", limit=PROMPT_LIMIT))
    return bytes(data)


def _decoded(data: bytes) -> str:
    try:
        return clean(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotAsked(say("ask.stdin_no_text", place=error.start + 1)) from None
