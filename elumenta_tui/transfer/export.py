"""Format conversations as JSON, Markdown and HTML, and name the files for them. Nothing here reads or writes a file.

In the Markdown every line of a prompt or an answer is quoted or in a fence, and nothing else ever is. So no text can pass
for the heading of another answer (see `quoting`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.turn import FOREIGN, Answer, AnswerState
from elumenta_tui.i18n import say
from elumenta_tui.i18n.answers import price_words, replaced_words, state_word
from elumenta_tui.i18n.failures import failure_values, known_kind, sentence
from elumenta_tui.store.tables import ANSWER, CONVERSATION, TURN
from elumenta_tui.store.tree import Stored
from elumenta_tui.text.tags import shown
from elumenta_tui.transfer.attached import Saved, attachment_json, attachment_line
from elumenta_tui.transfer.dates import local, utc
from elumenta_tui.transfer.export_names import file_name, file_names
from elumenta_tui.transfer.extent import extent_words
from elumenta_tui.transfer.quoting import name, quoted
from elumenta_tui.transfer.selection import SHOWN, Selection

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.transfer.html import Heading

__all__ = ["FORMATS", "as_json", "as_markdown", "export", "file_name", "file_names"]

FORMATS = ("json", "md", "html")

JSON_VERSION = 1
"""Increased when a field changes its meaning. New fields may come at any time."""


def nowhere(attachment: Attachment) -> str:
    """Write an attachment nowhere: the export names it only."""
    return ""


def export(
    conversations: Iterable[Stored],
    format: str,
    *,
    selection: Selection = SHOWN,
    saved: Saved = nowhere,
    contents: Sequence[Heading] = (),
    pictures: int | None = None,
) -> Iterator[str]:
    """Yield the text of an export in pieces, so that its size costs no memory.

    Args:
        conversations: are read one after another.
        format: one of FORMATS; KeyError for any other.
        selection: what of them is exported; by default what the path of each leads through. NoSuchPart may be raised.
        saved: writes the attachments, if they are to be written.
        contents: the headings of the conversations, for the contents of an HTML file with several.
        pictures: bytes of a picture that is put into an HTML file, at most; None: see `html.PICTURES`.
    """
    if format == "html":
        from elumenta_tui.transfer.html import PICTURES, as_html

        most = PICTURES if pictures is None else pictures
        return as_html(conversations, selection, saved, contents=contents, pictures=most)
    return {"json": _json, "md": _markdown}[format](conversations, selection, saved)


# ----------------------------------------------------------------------------------------------------------------- JSON


def _json(conversations: Iterable[Stored], selection: Selection, saved: Saved) -> Iterator[str]:
    yield f'{{\n  "format": "elumenta-tui",\n  "version": {JSON_VERSION},\n  "conversations": ['
    between = "\n"
    for stored in conversations:
        lines = json_text(as_json(stored, selection=selection, saved=saved), indent=2).split("\n")
        yield between + "\n".join(f"    {line}" for line in lines)
        between = ",\n"
    yield "\n  ]\n}\n"


_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u034f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e0fff]"
)
"""Matches characters that terminals act on, that reorder or hide text, or that are no text. JSON escapes them."""


def json_text(value: Any, indent: int | None = None) -> str:
    """Return a JSON value as text that a terminal shows as it is: everything else in it is escaped."""
    return _UNSAFE.sub(_escape, json.dumps(value, ensure_ascii=False, indent=indent))


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def as_json(stored: Stored, *, selection: Selection = SHOWN, saved: Saved = nowhere) -> dict[str, Any]:
    """Return a conversation as JSON values. `left_out` is the number of its answers that are not among them, unless a part was asked for.

    `head` is a turn that is among them. What waits to be sent belongs to no part.
    """
    conversation = stored.conversation
    answers = selection.answers(conversation)
    turns = [answer.turn for answer in answers]
    head = conversation.head if conversation.head in turns else turns[-1] if turns else None
    return {
        "id": conversation.id,
        "title": conversation.title,
        "created_at": utc(conversation.created_on),
        "used_at": utc(stored.used_on),
        "archived": stored.archived,
        "demo": stored.demo,
        "draft": "" if selection.is_part else stored.draft,
        "queued": [] if selection.is_part else [queued.text for queued in conversation.queued],
        "tags": list(conversation.tags),
        **CONVERSATION.exported(conversation),
        "head": None if head is None else head.id,
        "left_out": selection.left_out(conversation),
        "turns": [entry for answer in answers for entry in _entries(answer, saved)],
    }


def _entries(answer: Answer, saved: Saved) -> list[dict[str, Any]]:
    """Return the JSON entries of an answer: its prompt and the answer itself."""
    turn, failure = answer.turn, answer.failure
    return [
        {
            "id": turn.id,
            "parent": turn.parent.id if turn.parent is not None else None,
            "role": "user",
            "text": answer.prompt,
            "state": answer.state.value,
            "model": answer.model.slug,
            "model_name": answer.model.name,
            "cost": None,
            "balance_after": None,
            "time": utc(answer.asked_on),
            "attachments": [attachment_json(each, saved) for each in turn.attachments],
            **TURN.exported(turn),
        },
        {
            "id": answer.id,
            "chosen": not answer.is_replaced,
            "role": "assistant",
            "text": answer.text,
            "state": answer.state.value,
            "model": answer.served_by or answer.model.slug,
            "cost": answer.charge.amount,
            "balance_after": answer.charge.after,
            "time": utc(answer.ended_on),
            "generation": answer.generation_id or None,
            "origin": answer.origin if answer.origin in FOREIGN else "",
            "failure": None if failure is None else failure_json(failure),
            **ANSWER.exported(answer),
        },
    ]


def failure_json(failure: Failure) -> dict[str, Any]:
    """Return a failure as JSON values."""
    return {"kind": failure.kind, "charge": failure.billing.value, "message": failure.message}


# ------------------------------------------------------------------------------------------------------------- Markdown


def _markdown(conversations: Iterable[Stored], selection: Selection, saved: Saved) -> Iterator[str]:
    between = ""
    for stored in conversations:
        yield between + as_markdown(stored, selection=selection, saved=saved)
        between = "\n---\n\n"


def as_markdown(stored: Stored, *, selection: Selection = SHOWN, saved: Saved = nowhere) -> str:
    """Return a conversation as Markdown, in the language in use."""
    conversation = stored.conversation
    answers = selection.answers(conversation)
    facts = [
        *extent_words(conversation, answers, selection),
        local(conversation.created_on),
        say("list.pinned") if conversation.is_pinned else "",
        name(shown(conversation.tags)),
        say("export.id", id=name(conversation.id)),
    ]
    parts = [f"# {name(conversation.title) or say('list.untitled')}", " · ".join(filter(None, facts))]
    for answer in answers:
        parts += _prompt_and_answer(answer, saved)
    if stored.draft and not selection.is_part:
        parts += [f"## {say('export.draft')}", quoted(stored.draft)]
    return "\n\n".join(parts) + "\n"


def _prompt_and_answer(answer: Answer, saved: Saved) -> list[str]:
    head = [say("export.you"), local(answer.asked_on)]
    parts = [f"## {' · '.join(filter(None, head))}", quoted(answer.prompt)]
    if answer.turn.attachments:
        parts.append("\n".join(attachment_line(each, saved) for each in answer.turn.attachments))
    paid = (
        price_words(answer)
        if answer.is_foreign or answer.is_copy
        else say("bar.tokens", n=answer.charge.amount)
        if answer.charge.amount is not None
        else say("export.cost_unknown")
    )
    left = "" if answer.charge.after is None else say("bar.left", n=answer.charge.after)
    facts = [
        name(answer.model.name),
        state_word(answer),
        paid if answer.over else "",
        left,
        local(answer.ended_on),
        replaced_words(answer) if answer.is_replaced else "",
    ]
    parts.append(f"## {' · '.join(filter(None, facts))}")
    why = _reason(answer)
    if why:
        parts.append(why)
    if answer.text:
        parts.append(quoted(answer.text))
    return parts


def _reason(answer: Answer) -> str:
    """Describe why an answer is not complete."""
    failure = answer.failure
    if failure is None or answer.state is AnswerState.COMPLETE:
        return ""
    values = {key: name(str(value)) for key, value in failure_values(failure, answer.model.slug).items()}
    said = f" {name(failure.message)}" if failure.message else ""
    return f"*{sentence(say(f'error.{known_kind(failure)}.what', **values))}*{said}"
