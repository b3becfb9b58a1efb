"""Exports of random text made of what Markdown and HTML are made of: nothing in them is alive, and nothing of them is lost."""

from __future__ import annotations

import json
import re
from random import Random

from markdown_it import MarkdownIt
from markdown_it.token import Token

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import AnswerState, Turn
from elumenta_tui.store.tree import Stored
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.transfer.export import as_markdown, export, file_name
from elumenta_tui.transfer.quoting import quoted
from tests.fuzz import fuzz

_PIECES = (
    "<", ">", "&", "[", "]", "(", ")", "!", "`", "``", "```", "````", "~~~", "~", "\\", "#", "##", "=", "===", "-", "---",
    "*", "**", "_", "+", "1.", "2)", "|", "|---|", "|-|\n", ":", ":-:", "^", "$", "{", "}", "{=html}", '"', "'", "@", "x@y.z",
    "<a@b.c>", "<script>", "</script>", "<b", "</b>", "<!--", "-->", "<?", "<![CDATA[", "</ b", "<div\n>", "<https://a.b>",
    "](http://x)", "](<x>)", "]: http://x", "[x]", "[x][x]", "![", "![x](y)", "javascript:", "http://a.b", "www.a.b", "&lt;",
    "&#60;", "&#x3c;", "&amp", "python", "html", "\n", "\n", "\n", "\n\n", "\r", "\r\n", "\t", " ", " ", "  ", "    ", "> ",
    "- ", "* ", "1. ", "a", "b", "слово", "\u2028", "\x85", "\x0b", "\x1c", "\x00", "\u202e", "\x9b", "\u200d", "🙂", "\ud800",
    "## You", "You\n===", "Title\n-", "</blockquote>", "<details>", "<textarea>", "\n```\n", "\n~~~\n", "- ```py\n",
)  # fmt: skip

_RENDERERS = tuple(
    MarkdownIt(preset, {"html": True, "linkify": False})
    for preset in ("commonmark", "js-default", "gfm-like")
)


def _text(random: Random) -> str:
    return "".join(random.choices(_PIECES, k=random.randint(0, random.choice((4, 12, 40)))))


def _kinds(tokens: list[Token]) -> list[str]:
    return [part.type for token in tokens for part in (token, *(token.children or ()))]


def _stored(prompt: str, answer: str, line: str) -> Stored:
    turn = Turn(prompt)
    turn.restore(
        Model("gpt-5", clean_line(line) or "GPT-5"), answer, id="t", state=AnswerState.INTERRUPTED, failure=Failure("http_error", message=line), ended_at=1.0,
    )  # fmt: skip
    conversation = Conversation([turn], id="4f3a", title=line, created_on=1_790_000_000.0)
    return Stored(conversation, answer, 1.0, archived=False, demo=False)


_DEAD = {"html_block", "html_inline", "link_open", "image"}


@fuzz(rounds=150)
def export_in_which_nothing_is_alive(random: Random) -> None:
    prompt, answer, line = _text(random), _text(random), _text(random)
    made = as_markdown(_stored(prompt, answer, line))
    for renderer in _RENDERERS:
        kinds = _kinds(renderer.parse(made))
        assert not _DEAD & set(kinds), (prompt, answer, line)
        assert kinds.count("heading_open") == 3 + bool(answer), (prompt, answer, line)


@fuzz(rounds=200)
def export_text_comes_back(random: Random) -> None:
    text = _text(random)
    made = quoted(text)
    recovered = unquoted(made)
    if not re.search(r"```|~~~", text):
        assert _trimmed(recovered) == _trimmed(text), (text, made)
    # What frames a code block is written anew, and its indent goes.
    frame = re.compile(r"[\s>`~{}=\d+*.:)\x1c-\x1e-]")
    missing = set(re.findall(r"[^\W\d_]{2,}", frame.sub(" ", text))) - set(
        re.findall(r"[^\W\d_]{2,}", frame.sub(" ", recovered))
    )
    infos = " ".join(re.findall(r"(?:```|~~~)([^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]*)", text))
    assert all(word in infos for word in missing), (text, made)


def unquoted(made: str) -> str:
    """The text that a quote was made of: without the quote's marks, and the backslashes outside of code spans."""
    lines: list[str] = []
    fence = ""
    for line in made.split("\n"):
        if fence:
            if line == fence:
                fence = ""
            else:
                lines.append(line)
        elif match := re.match("`{3,}", line):
            fence = match[0]
            lines.append(line[match.end() :])
        elif line.startswith(">"):
            lines.append(_unescaped(line[2:]))
        else:
            assert not line, made
    return "\n".join(lines)


_SPAN_OR_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])|(`+)(?:(?!`).)(?:.*?(?!`).)??(?<!`)\2(?!`)|(`+)")


def _unescaped(line: str) -> str:
    def back(match: re.Match[str]) -> str:
        assert match[3] is None, f"backticks without a partner: {line!r}"
        return match[1] or match[0]

    return _SPAN_OR_ESCAPE.sub(back, line)


def _trimmed(text: str) -> list[str]:
    lines = [line.rstrip() for line in re.split("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", text)]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return lines


_ALIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What acts on a terminal, ends a line, or turns it round."""


@fuzz(rounds=60)
def export_json_is_the_same_data_and_harmless(random: Random) -> None:
    prompt, answer, line = _text(random), clean(_text(random)), _text(random)
    made = "".join(export([_stored(prompt, answer, line)], "json"))
    made.encode()
    assert not _ALIVE.search(made), (prompt, line)
    [one] = json.loads(made)["conversations"]
    user, assistant = one["turns"]
    assert (user["text"], assistant["text"], one["title"]) == (_paired(prompt), answer, _paired(line))


def _paired(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


@fuzz(rounds=60)
def export_file_name(random: Random) -> None:
    name = file_name(_text(random), "md", random.choice((1, 2, 999)))
    assert not set("/\\\n\0") & set(name), name
    assert name[0] not in ".-~", name
    assert name == clean_line(name), name
    assert len(name.encode()) <= 150, name
