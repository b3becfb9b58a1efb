"""`elumenta-tui chats show`: a conversation as text, or as JSON.

The texts of prompts and answers are indented and nothing else is, so that no text can pass for the head of an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.cli.chats_finding import found_by_id
from elumenta_tui.cli.database import is_alive, read_database
from elumenta_tui.cli.json_output import json_lines, local
from elumenta_tui.cli.progress import progress
from elumenta_tui.cli.running import CommandFailed
from elumenta_tui.cli.stdio import NOTHING_THERE, complain, put_out
from elumenta_tui.cli.tables import Look, standard_look
from elumenta_tui.i18n import say
from elumenta_tui.i18n.answers import answering_model, price_words, replaced_words, state_word
from elumenta_tui.i18n.failures import quoted, sentence, what_failed
from elumenta_tui.i18n.sizes import size_words
from elumenta_tui.store.tree import Stored
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.text.tags import shown
from elumenta_tui.transfer.export import as_json
from elumenta_tui.transfer.extent import extent_words
from elumenta_tui.transfer.selection import ALL, SHOWN

if TYPE_CHECKING:
    import argparse

_INDENT = "  "


def run(verb: str, arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print one conversation. Return the exit code. Raises CommandFailed."""
    from elumenta_tui.store.reading import stored

    with progress(say("chats.reading")), read_database(environ) as connection:
        [found] = found_by_id(connection, [arguments.id], environ, demo=arguments.demo)
        whole = stored(connection, found.summary.id, is_alive(environ), as_it_is=True)
    if whole is None:
        raise CommandFailed(NOTHING_THERE, say("chats.none_found"))
    selection = ALL if arguments.branches else SHOWN
    if arguments.json:
        return put_out([json_lines(as_json(whole, selection=selection))], encoding="utf-8")
    code = put_out(transcript(whole, standard_look(environ), all_branches=arguments.branches))
    if missing := selection.left_out(whole.conversation):
        complain(say("chats.other_branches", n=missing))
    return code


def transcript(whole: Stored, look: Look, *, all_branches: bool) -> Iterator[str]:
    """Yield a conversation as text, piece by piece: what its path leads through, or all answers."""
    conversation = whole.conversation
    selection = ALL if all_branches else SHOWN
    answers = selection.answers(conversation)
    facts = [
        *extent_words(conversation, answers, selection),
        local(whole.used_on),
        say("list.pinned") if conversation.is_pinned else "",
        say("list.archived") if whole.archived else "",
        shown(conversation.tags),
        say("export.id", id=clean_line(conversation.id)),
    ]
    yield f"{look.paint(clean_line(conversation.title) or say('list.untitled'), 'heading')}\n"
    yield f"{look.paint(' · '.join(filter(None, facts)), 'quiet')}\n"
    for answer in answers:
        yield from _prompt(answer, look)
        yield from _answer(answer, look)
    if whole.draft:
        yield f"\n{look.paint(say('export.draft'), 'heading')}\n"
        yield _indented(whole.draft)


def _prompt(answer: Answer, look: Look) -> Iterator[str]:
    head = " · ".join(filter(None, [say("export.you"), local(answer.asked_on)]))
    yield f"\n{look.paint(head, 'heading')}\n"
    for attachment in answer.turn.attachments:
        yield (
            look.paint(f"{_INDENT}+ {clean_line(attachment.name)} ({size_words(attachment.size)})", "quiet")
            + "\n"
        )
    yield _indented(answer.prompt)


def _answer(answer: Answer, look: Look) -> Iterator[str]:
    left = answer.charge.after
    facts = [
        answering_model(answer),
        state_word(answer),
        price_words(answer) if answer.over else "",
        "" if left is None else say("bar.left", n=left),
        replaced_words(answer) if answer.is_replaced else "",
    ]
    yield f"\n{look.paint(' · '.join(filter(None, facts)), 'heading')}\n"
    failure = answer.failure
    if failure is not None and answer.state is not AnswerState.COMPLETE:
        why = " ".join(filter(None, [sentence(what_failed(failure, answer.model.slug)), quoted(failure)]))
        yield f"{look.paint(why, 'warning')}\n"
    if answer.text:
        yield _indented(answer.text)


def _indented(text: str) -> str:
    """Indent every line of a text. A line end that other programs know is one here, too."""
    return "".join(f"{_INDENT}{line}".rstrip() + "\n" for line in clean(text).splitlines())
