"""Conversations as one HTML file that needs nothing else: no script, no request, nothing of a stranger's text that is active.

Whatever a text holds, the file's own policy (`Content-Security-Policy`) allows its one style sheet, known by its hash, and
pictures inside of the file.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.chat.conversation import split_thoughts
from elumenta_tui.chat.turn import Answer, AnswerState, Turn
from elumenta_tui.i18n import language, number, say
from elumenta_tui.i18n.answers import answering_model, price_words, replaced_words, state_word
from elumenta_tui.i18n.failures import failure_values, known_kind, sentence
from elumenta_tui.i18n.sizes import size_words
from elumenta_tui.store.tree import Stored
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.text.tags import shown
from elumenta_tui.transfer.attached import Saved
from elumenta_tui.transfer.dates import local, utc
from elumenta_tui.transfer.extent import extent_words
from elumenta_tui.transfer.html_text import markdown, plain
from elumenta_tui.transfer.selection import Selection

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment

PICTURES = 1_000_000
"""Bytes of a picture that is put into the file, at most, unless the caller says otherwise. Larger ones are named."""

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


class Heading(NamedTuple):
    """A conversation in the table of contents."""

    id: str
    title: str
    used_on: float
    """Unix seconds."""


def as_html(
    conversations: Iterable[Stored],
    selection: Selection,
    saved: Saved,
    *,
    contents: Sequence[Heading] = (),
    pictures: int = PICTURES,
) -> Iterator[str]:
    """Yield the file in pieces, in the language in use.

    `contents` are the headings of the conversations, if there are several; `pictures` as `PICTURES`.
    """
    first: Stored | None = None
    conversations = iter(conversations)
    if len(contents) < 2:
        first = next(conversations, None)
    title = _title(first.conversation.title) if first is not None else say("html.title")
    yield from _beginning(title)
    if first is None:
        yield f"<header><h1>{escape(title)}</h1></header>\n{_contents(contents)}"
    yield "<main>\n"
    if first is not None:
        yield from _conversation(first, selection, saved, pictures, level=1)
    for stored in conversations:
        yield from _conversation(stored, selection, saved, pictures, level=2)
    yield f"</main>\n<footer><p>{escape(say('html.made_with'))}</p></footer>\n</body>\n</html>\n"


def _beginning(title: str) -> Iterator[str]:
    style = (Path(__file__).parent / "document.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    yield (
        f'<!DOCTYPE html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def _contents(contents: Sequence[Heading]) -> str:
    entries = "".join(
        f'<li><a href="#{_anchor(entry.id)}">{escape(_title(entry.title))}</a>'
        f' <span class="facts">{_time(entry.used_on)}</span></li>\n'
        for entry in contents
    )
    label = escape(say("html.contents"))
    return f'<nav aria-labelledby="contents">\n<h2 id="contents">{label}</h2>\n<ol>\n{entries}</ol>\n</nav>\n'


def _anchor(id: str) -> str:
    """Return the id of a conversation's element. An id out of a stranger's file could be anything."""
    return f"c{sha256(id.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _title(title: str) -> str:
    return clean_line(title) or say("list.untitled")


def _time(on: float | None) -> str:
    words, stamp = local(on), utc(on)
    return f'<time datetime="{stamp}">{escape(words)}</time>' if words and stamp else ""


def _facts(facts: Iterable[str]) -> str:
    """Join facts that are HTML already."""
    return " · ".join(filter(None, facts))


# --------------------------------------------------------------------------------------------------------- conversations


def _conversation(
    stored: Stored, selection: Selection, saved: Saved, pictures: int, *, level: int
) -> Iterator[str]:
    conversation = stored.conversation
    anchor = _anchor(conversation.id)
    answers = selection.answers(conversation)
    facts = [
        *map(escape, extent_words(conversation, answers, selection)),
        _time(conversation.created_on),
        escape(clean_line(shown(conversation.tags))),
    ]
    yield (
        f'<article id="{anchor}" aria-labelledby="{anchor}-title">\n<header>\n'
        f'<h{level} id="{anchor}-title">{escape(_title(conversation.title))}</h{level}>\n<p class="facts">{_facts(facts)}</p>\n</header>\n'
    )
    if conversation.system_prompt.strip():
        yield _folded(say("html.system"), plain(clean(conversation.system_prompt)))
    before: Turn | None = None
    places = {turn: f"{anchor}-{n}" for n, turn in enumerate(dict.fromkeys(each.turn for each in answers), 1)}
    for answer in answers:
        turn = answer.turn
        if turn is not before:
            if before is not None:
                yield "</section>\n"
            yield _prompt(turn, before, anchor, places)
            for each in turn.attachments:
                yield _attachment(each, saved, pictures)
            yield "</div>\n"
            before = turn
        yield from _answer(answer)
    if before is not None:
        yield "</section>\n"
    if stored.draft and not selection.is_part:
        yield f'<section class="turn">\n<div class="prompt">\n<h3>{escape(say("export.draft"))}</h3>\n{plain(clean(stored.draft))}</div>\n</section>\n'
    yield "</article>\n"


def _folded(title: str, html: str) -> str:
    return f"<details>\n<summary>{escape(title)}</summary>\n{html}</details>\n"


def _prompt(turn: Turn, before: Turn | None, anchor: str, places: Mapping[Turn, str]) -> str:
    """Return the beginning of a turn. `places` are the ids of the turns' elements, in the order of the turns."""
    place = places[turn]
    label = escape(say("html.turn", n=place.rpartition("-")[2]))
    above = turn.parent.turn if turn.parent is not None else None
    note = ""
    if before is not None and above is not before:
        to = places.get(above, anchor) if above is not None else anchor
        words = escape(say("html.branch") if above is not None else say("html.first"))
        note = f'<p class="note"><a href="#{to}">{words}</a></p>\n'
    head = _facts([escape(say("export.you")), _time(turn.answers[0].asked_on)])
    return (
        f'<section class="turn" id="{place}" aria-label="{label}">\n{note}'
        f'<div class="prompt">\n<h3>{head}</h3>\n{plain(turn.prompt)}'
    )


def _attachment(each: Attachment, saved: Saved, pictures: int) -> str:
    name = escape(clean_line(each.name))
    facts = [name, escape(say(f"attach.kind.{each.kind}")), escape(size_words(each.size))]
    if each.is_lost:
        facts.append(escape(say("attach.lost")))
    if written := saved(each):
        facts.append(escape(say("export.attached_as", name=clean_line(written))))
    line = _facts(facts)
    is_inside = each.kind == "image" and each.media_type in _PICTURES and not each.is_lost
    if not is_inside or len(each.data) > pictures:
        return f'<p class="foot">{line}</p>\n'
    size = f' width="{each.width}" height="{each.height}"' if each.width and each.height else ""
    data = b64encode(each.data).decode()
    return f'<figure><img src="data:{each.media_type};base64,{data}" alt="{name}"{size}><figcaption class="foot">{line}</figcaption></figure>\n'


def _answer(answer: Answer) -> Iterator[str]:
    is_whole = answer.state is AnswerState.COMPLETE
    state = escape(state_word(answer))
    head = _facts(
        [escape(answering_model(answer)), state if is_whole else f'<span class="bad">{state}</span>']
    )
    kind = " replaced" if answer.is_replaced else ""
    yield f'<div class="answer{kind}">\n<h3>{head}</h3>\n'
    if answer.remark:
        yield f'<p class="note">{escape(say("turn.remark", remark=clean_line(answer.remark)))}</p>\n'
    thoughts, text = split_thoughts(answer.text)
    if thoughts and text.strip():
        words = say("turn.thoughts", n=len(thoughts.split()))
        yield f"<details>\n<summary>{escape(words)}</summary>\n"
        yield from markdown(thoughts)
        yield "</details>\n"
    yield from markdown(text if text.strip() else thoughts)
    if answer.failure is not None and not is_whole:
        yield f'<p class="bad">{escape(_reason(answer))}</p>\n'
    facts = [
        escape(price_words(answer)) if answer.over else "",
        escape(_seconds(answer)),
        _time(answer.ended_on),
        escape(replaced_words(answer)) if answer.is_replaced else "",
    ]
    yield f'<p class="foot">{_facts(facts)}</p>\n</div>\n'


def _reason(answer: Answer) -> str:
    failure = answer.failure
    assert failure is not None
    values = failure_values(failure, answer.model.slug)
    said = f" {clean_line(failure.message, 500)}" if failure.message else ""
    return f"{sentence(say(f'error.{known_kind(failure)}.what', **values))}{said}"


def _seconds(answer: Answer) -> str:
    """State how long the answer took; empty if that is not known."""
    if answer.ended_at is None or answer.ended_at == answer.asked_at:
        return ""
    return say("turn.seconds", seconds=number(round(answer.ended_at - answer.asked_at, 1)))
