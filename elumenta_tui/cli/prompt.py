"""The prompt of a command: its arguments, what comes on standard input, or both."""

from __future__ import annotations

import os
from collections.abc import Sequence

from elumenta_tui.i18n import say
from elumenta_tui.session.guardrails import PROMPT_LIMIT
from elumenta_tui.text.blocks import code_block
from elumenta_tui.text.sanitize import clean

_STDIN = 0

_READ_LIMIT = 4 * PROMPT_LIMIT + 3
"""Bytes of standard input that are read: more are too many characters, however they are encoded."""


class NoPrompt(Exception):
    """There is nothing that can be asked. The text is for the user."""


def read_prompt(words: Sequence[str]) -> str:
    """Return the prompt, made of the words on the command line and of standard input, unless that is a terminal.

    Raises:
        NoPrompt: It is empty, too long, or no text.
    """
    try:
        typed = " ".join(words).encode().decode()
    except UnicodeEncodeError:
        raise NoPrompt(say("ask.words_no_text")) from None
    prompt = compose(clean(typed), _decoded(_standard_input()))
    if not prompt:
        raise NoPrompt(say("ask.no_prompt"))
    if len(prompt) > PROMPT_LIMIT:
        raise NoPrompt(say("ask.too_long", limit=PROMPT_LIMIT))
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
        raise NoPrompt(say("ask.unread", reason=error.strerror or "")) from None
    if len(data) >= _READ_LIMIT:
        raise NoPrompt(say("ask.too_long", limit=PROMPT_LIMIT))
    return bytes(data)


def _decoded(data: bytes) -> str:
    try:
        return clean(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NoPrompt(say("ask.stdin_no_text", place=error.start + 1)) from None
