"""Rows and previews of the list of conversations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from elumenta_tui.chat.conversation import title_of, without_thoughts
from elumenta_tui.i18n import knows, say
from elumenta_tui.i18n.times import day, moment
from elumenta_tui.store.records import Summary
from elumenta_tui.text.tags import shown
from elumenta_tui.tui.screens.finder import marked

if TYPE_CHECKING:
    from elumenta_tui.store.listing import Excerpt

HERE = "▸ "
"""Marks the conversation that is on the screen."""

PINNED = "⚑ "
"""Marks a pinned conversation."""

MARKED = "✓ "
"""Marks a row that the next act is for."""

_MARKS = {
    "interrupted": ("✗ ", "$error"),
    "failed": ("✗ ", "$error"),
    "stopped": ("■ ", "$warning"),
    "waiting": ("… ", "$success"),
    "streaming": ("… ", "$success"),
}
"""Marks of conversations whose last answer is not complete, the same as in the footer of that answer."""

ATTACHED_ROWS = 3
"""Rows of an attached text in a preview, at most."""

PROMPT_ROWS = 6
"""Rows of a prompt in a preview, at most."""

ANSWER_SHOWN = 1_500
"""Characters of an answer that a preview lays out. They fill any screen and take only milliseconds."""

TAGS_FROM = COUNT_FROM = 46
MODEL_FROM = 76
"""Cells of a row from which on it shows the tags, a count such as that of turns, and the model."""


@dataclass(slots=True)
class Surroundings:
    """Facts that the rows show besides their conversations."""

    now: float
    """Unix seconds."""
    current: str
    """Id of the conversation on the screen."""
    answering: Collection[str] = ()
    unread: Collection[str] = ()
    marked: Collection[str] = ()
    """Ids of the conversations that the user has marked."""


def row(item: Summary, width: int, ways: Sequence[str], around: Surroundings) -> Content:
    """Draw a conversation in one line of `width` cells."""
    cells = columns(width, item.model, _count(item), age(item.used_on, around.now))
    room = max(8, width - sum(cell.cell_length for cell in cells))
    return Content.assemble(_title_cell(item, room, ways, around, has_tags=width >= TAGS_FROM), *cells)


def columns(width: int, model: str, count: tuple[str, str], when: str) -> list[Content]:
    """Return the cells right of a title, those that a row of that width has room for. `count`: a text and its style."""
    # Only where it is one of several columns do they have to stand below each other.
    cells = [Content.styled(when.rjust(14) if width >= COUNT_FROM else f"  {when}", "$muted")]
    if width >= COUNT_FROM:
        text, style = count
        cells.insert(0, Content.styled(text.rjust(13), style))
    if width >= MODEL_FROM:
        cells.insert(0, Content.styled(f"  {model}", "$muted").truncate(20, ellipsis=True, pad=True))
    return cells


def _title_cell(
    item: Summary, room: int, ways: Sequence[str], around: Surroundings, *, has_tags: bool
) -> Content:
    mark, style = _MARKS.get(item.state, ("  ", ""))
    if item.id == around.current:
        mark, style = HERE, "bold $success"
    elif item.id in around.answering:
        mark, style = "… ", "bold $accent"
    elif item.id in around.unread:
        mark, style = "● ", "bold $accent"
    if item.id in around.marked:
        mark, style = MARKED, "bold $accent"
    pin = PINNED if item.is_pinned else ""
    title = marked(item.title, ways, "$muted" if item.archived else "")
    if not item.title:
        title = marked(name_of(item), ways, "italic $muted")
    states = "".join(
        f"  {say(f'list.{state}')}"
        for state, is_shown in (("draft", item.has_draft), ("archived", item.archived))
        if is_shown
    )
    if item.queued:
        states = f"  {say('list.queued', n=item.queued)}{states}"
    free = max(4, room - 2 - len(pin) - len(states))
    tags = f"  {shown(item.tags)}" if item.tags and has_tags else ""
    # The title goes first: tags get what it leaves, and at least a third.
    tags_room = max(free // 3, free - title.cell_length)
    tags_cell = Content.styled(tags, "$muted").truncate(tags_room, ellipsis=True)
    title = title.truncate(max(4, free - tags_cell.cell_length), ellipsis=True)
    cell = Content.assemble((mark, style), (pin, "bold $warning"), title, tags_cell, (states, "$warning"))
    return cell.truncate(room, ellipsis=True, pad=True)


def _count(item: Summary) -> tuple[str, str]:
    if item.found:
        return say("list.found", n=item.found), "bold $accent"
    return say("list.answers", n=item.requests) if item.requests else "", "$muted"


def name_of(item: Summary) -> str:
    """Return the title, or the first words of a draft that was never sent."""
    return item.title or title_of(item.draft) or say("list.untitled")


# ---------------------------------------------------------------------------------------------------------- previews


def preview(
    item: Summary,
    excerpts: Sequence[Excerpt],
    hits: int | None,
    ways: Sequence[str],
    width: int,
    around: Surroundings,
) -> list[Content]:
    """Return the paragraphs of a conversation's preview. `hits` is the number of matches, if it is known."""
    lines = [Content.styled(name_of(item), "bold $primary")]
    lines += [Content.styled(line, "$muted") for line in _facts(item, hits, width, around)]
    if not item.requests:
        lines += [Content(""), *quoted(item.draft, ways, width)]
    is_answering = item.id in around.answering or item.state in ("waiting", "streaming")
    for excerpt in excerpts:
        # Read from the disk, a running answer looks like an interrupted or a failed one.
        is_coming = is_answering and excerpt is excerpts[-1] and excerpt.state != "complete"
        state = "streaming" if is_coming else excerpt.state
        lines += [Content(""), *quoted(excerpt.prompt, ways, width)]
        lines += _attached(excerpt, ways, width)
        lines += _answer(excerpt, state, ways, width)
    return lines


def _facts(item: Summary, hits: int | None, width: int, around: Surroundings) -> list[str]:
    facts = [say("list.answers", n=item.requests) if item.requests else say("list.draft")]
    facts.append(moment(item.used_on, around.now))
    id = say("export.id", id=item.id)
    if item.found:
        where = say("list.found", n=item.found)
        facts[0] = where if hits is None else f"{say('list.hits', n=hits)} {where}"
    if item.state in _MARKS:
        facts.append(f"{_MARKS[item.state][0]}{say(f'state.{item.state}')}")
    if item.id == around.current:
        facts.append(f"{HERE}{say('list.current')}")
    if item.is_pinned:
        facts.append(f"{PINNED}{say('list.pinned')}")
    rows = [" · ".join([*facts, id])]
    if len(rows[0]) > width:
        rows = [" · ".join(facts), id]
    return [*rows, shown(item.tags)] if item.tags else rows


def quoted(text: str, ways: Sequence[str], width: int) -> list[Content]:
    """Return the first rows of a prompt, with a bar before each, in a preview of that width."""
    rows = marked(text.strip(), ways).wrap(max(10, width - 2))[:PROMPT_ROWS]
    return [Content.assemble(("▌ ", "$primary"), row) for row in rows]


def _attached(excerpt: Excerpt, ways: Sequence[str], width: int) -> list[Content]:
    """Return the rows of the attached file that the match is in: its name, and the lines from the match on."""
    if not excerpt.attached:
        return []
    room = max(10, width - 2)
    rows = [
        Content.styled(f"≡ {excerpt.attached_name}", "$muted").truncate(room, ellipsis=True),
        *marked(excerpt.attached.rstrip(), ways).wrap(room)[:ATTACHED_ROWS],
    ]
    return [Content.assemble(("▌ ", "$primary"), row) for row in rows]


def _answer(excerpt: Excerpt, state: str, ways: Sequence[str], width: int) -> list[Content]:
    said = ""
    if state != "complete" and knows(f"state.{state}"):
        said = f"  {say(f'state.{state}')}"
    style = "$accent" if state == "streaming" else "$error"
    head = Content.assemble((f"◆ {excerpt.model}", "bold $muted"), (said, style))
    from elumenta_tui.markdown.readable import readable

    text = without_thoughts(excerpt.answer)
    lines = readable(text[:ANSWER_SHOWN], max(10, width))
    if len(text) > ANSWER_SHOWN:
        lines.append("…")
    return [head, *(marked(line, ways) for line in lines)]


def age(on: float, now: float) -> str:
    """Format how long ago a time was, short enough for a column. Both in Unix seconds."""
    seconds = max(0.0, now - on)
    if seconds < 60:
        return say("list.now")
    if seconds < 3600:
        return _ago("minutes", seconds / 60)
    if seconds < 86_400:
        return _ago("hours", seconds / 3600)
    if seconds < 7 * 86_400:
        return _ago("days", seconds / 86_400)
    return day(on, now)


def _ago(unit: str, count: float) -> str:
    return say("list.ago", time=say(f"time.{unit}", n=int(count)))
