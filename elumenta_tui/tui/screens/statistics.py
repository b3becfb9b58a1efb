"""A sheet of the spending by day, model, kind of request and conversation, and how long the balance lasts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.spending import Spent
from elumenta_tui.chat.statistics import Day, Group, Statistics, outlook, trend
from elumenta_tui.i18n import number, say, word_for
from elumenta_tui.i18n.times import day as date_of
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.key_hints import frame_room, key_line
from elumenta_tui.tui.widgets.sheet_dialog import Sheet, SheetDialog

PERIODS: tuple[int | None, ...] = (14, 30, None)
"""Days that can be looked at; None: all of them."""

LISTED = 31
"""Days that get a row of their own, at most: the newest with any use."""

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_RISING = "▁▂▃▄▅▆▇█"


class Facts(NamedTuple):
    """The facts that the statistics are shown with."""

    balance: Amount | None
    """Elumenta tokens; None if they are not known."""
    roubles: float
    """Roubles per token; 0 if none shall be named."""
    demo: bool
    now: float
    """Unix seconds."""
    names: Mapping[str, str] = MappingProxyType({})
    """Names of models by their slugs; the slug stands for one that is not among them."""


class StatisticsScreen(SheetDialog[None]):
    """A scrolling sheet. Tab and the arrows change the time that it is about."""

    AUTO_FOCUS = "#sheet"
    BINDINGS = [
        Binding("escape,enter,q,й,ctrl+c", "leave", show=False, priority=True),
        Binding("tab,right", "turn(1)", show=False, priority=True),
        Binding("shift+tab,left", "turn(-1)", show=False, priority=True),
    ]

    def __init__(self, load: Callable[[int | None], Awaitable[Statistics | None]], facts: Facts) -> None:
        """`load` reads the statistics of so many days."""
        super().__init__(classes="help")
        self._load = load
        self._facts = facts
        self._place = 0
        self._shown: Statistics | None = None
        self._note = say("stats.reading")
        """The sentence that stands there while there are no statistics."""
        self._text = Static(id="text", markup=False)
        self._sheet: Sheet = Sheet(self._text, self._write)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield self._sheet

    def on_mount(self) -> None:
        self._read()

    def on_resize(self) -> None:
        self._write_frame()

    def action_turn(self, by: int) -> None:
        """Show another time."""
        self._place = (self._place + by) % len(PERIODS)
        self._read()

    def _read(self) -> None:
        self._write_frame()
        self.start(partial(self._show, PERIODS[self._place]), "statistics", exclusive=True)

    async def _show(self, days: int | None) -> None:
        found = await self._load(days)
        self._shown, self._note = found, say("stats.unreadable")
        self._sheet.scroll_home(animate=False)
        self.call_after_refresh(self._write)

    def _write_frame(self) -> None:
        dialog = self.query_one("#dialog")
        days, following = PERIODS[self._place], PERIODS[(self._place + 1) % len(PERIODS)]
        title, room = say("stats.title", when=_period(days)), frame_room(self.app.size.width)
        longer = f"{title} · {say('bar.demo')}"
        dialog.border_title = Content(longer if self._facts.demo and len(longer) <= room else title)
        after = _period(following)
        texts = [say("stats.keys", next=after), say("stats.keys_short", next=after)]
        dialog.border_subtitle = key_line(texts, room)

    def _write(self) -> None:
        width = self._sheet.text_width
        rows = [Content(self._note)] if self._shown is None else list(_lines(self._shown, self._facts, width))
        self._text.update(Content("\n").join(rows))


def _period(days: int | None) -> str:
    return say("stats.ever") if days is None else say("stats.last", n=days)


# ------------------------------------------------------------------------------------------------------------ the sheet


def _lines(shown: Statistics, facts: Facts, width: int) -> Iterator[Content]:
    if not shown.ever.requests:
        yield Content(say("stats.nothing"))
        return
    for sentence, style in _sentences(shown, facts):
        for row in Content.styled(sentence, style).wrap(width):
            yield row.rstrip()
    has_unknown = bool(shown.total.spent.unknown)
    has_elsewhere = any(day.elsewhere.spent or day.elsewhere.added for day in shown.days)
    yield from _by_day(shown.days, facts, width, has_unknown=has_unknown, has_elsewhere=has_elsewhere)
    titles: tuple[tuple[str, Sequence[Group], Callable[[Group], str]], ...] = (
        (
            "stats.by_model",
            shown.models,
            lambda group: clean_line(facts.names.get(group.name, group.name), 60),
        ),
        ("stats.by_kind", shown.kinds, lambda group: word_for(f"stats.kind.{group.name}", group.name)),
        (
            "stats.by_conversation",
            shown.conversations,
            lambda group: clean_line(group.name, 60) or say("stats.gone"),
        ),
    )
    for title, groups, name in titles:
        if groups:
            rows = [_Row(name(group), group.requests, group.spent) for group in groups]
            yield from _table(say(title), rows, width, has_unknown=has_unknown)


def _sentences(shown: Statistics, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the sentences above the tables, with their styles."""
    total = shown.total
    yield _total(total.requests, total.spent, facts), "bold"
    if total.requests != shown.ever.requests:
        yield say("stats.since_ever", what=_total(shown.ever.requests, shown.ever.spent, facts)), ""
    if facts.demo:
        yield say("stats.demo"), "$muted"
    if total.spent.unknown:
        yield say("stats.unknown", n=total.spent.unknown, most=number(total.spent.up_to)), "$warning"
    spent = sum(day.elsewhere.spent for day in shown.days)
    added = sum(day.elsewhere.added for day in shown.days)
    if spent:
        yield say("stats.elsewhere", tokens=say("bar.tokens", n=spent)), "$warning"
    if added:
        yield say("stats.added", tokens=say("bar.tokens", n=added)), ""
    ahead = outlook(shown.days, facts.balance)
    if ahead is None:
        yield (
            (say("stats.outlook_unknown") if facts.balance is None else say("stats.outlook_too_early")),
            "$muted",
        )
    else:
        yield (
            say(
                "stats.outlook",
                n=ahead.days,
                date=date_of(facts.now + ahead.days * 86_400, facts.now),
                rate=number(round(ahead.per_day, 1)),
                used=ahead.used,
                of=ahead.of,
            ),
            "$warning" if ahead.days < 7 else "",
        )
    if (halves := trend(shown.days)) is not None and len(shown.days) <= 31:
        after, before = halves
        change = round((after - before) * 100 / before)
        sign = "▲" if change > 0 else "▼" if change < 0 else "="
        half = len(shown.days) // 2
        yield (
            say(
                "stats.trend",
                half=half,
                after=number(after),
                before=number(before),
                sign=sign,
                change=abs(change),
            ),
            "$muted",
        )


def _total(requests: int, spent: Spent, facts: Facts) -> str:
    tokens = say("bar.tokens", n=spent.known)
    if spent.unknown == requests > 0:
        return f"{say('stats.requests', n=requests)} · {say('export.cost_unknown')}"
    if spent.unknown:
        tokens = say("stats.or_more", tokens=tokens)
    what = f"{say('stats.requests', n=requests)} · {tokens}"
    if facts.roubles:
        what += f" · {say('stats.roubles', sum=number(round(spent.known * facts.roubles)))}"
    return what


class _Row(NamedTuple):
    name: str
    requests: int
    spent: Spent
    elsewhere: Amount = 0


def _by_day(
    days: Sequence[Day], facts: Facts, width: int, *, has_unknown: bool, has_elsewhere: bool
) -> Iterator[Content]:
    """Yield a line that shows all days at once, and a row for each with use."""
    newest = days[-width:]
    most = max((day.spent.known for day in newest), default=0)
    marks = "".join(
        _RISING[min(7, int(day.spent.known * 8 / most))] if most and day.spent.known else "·"
        for day in newest
    )
    rows = [
        _Row(date_of(day.begins, facts.now), day.requests, day.spent, day.elsewhere.spent)
        for day in days
        if day.requests or day.elsewhere.spent
    ][-LISTED:]
    if rows:
        yield Content("")
        yield Content.styled(marks, "$accent")
        rows.reverse()
        yield from _table(
            say("stats.by_day"), rows, width, has_unknown=has_unknown, has_elsewhere=has_elsewhere, gap=False
        )


def _table(
    title: str,
    rows: Sequence[_Row],
    width: int,
    *,
    has_unknown: bool,
    has_elsewhere: bool = False,
    gap: bool = True,
) -> Iterator[Content]:
    """Yield a heading and the rows. Numbers stand at the right; a bar between, where there is room."""
    is_wide = width >= 60
    heads = [say("stats.tokens"), say("stats.head_requests" if is_wide else "stats.head_requests_short")]
    # What is not known is never shown as zero.
    cells = [
        ["?" if row.spent.unknown == row.requests > 0 else number(row.spent.known), number(row.requests)]
        for row in rows
    ]
    if has_unknown:
        heads.append(say("stats.head_unknown") if is_wide else "?")
        for row, own in zip(rows, cells, strict=True):
            own.append(number(row.spent.unknown) if row.spent.unknown else "")
    if has_elsewhere:
        heads.append(say("stats.head_elsewhere" if is_wide else "stats.head_elsewhere_short"))
        for row, own in zip(rows, cells, strict=True):
            own.append(number(row.elsewhere) if row.elsewhere else "")
    sizes = [max(len(head), *(len(own[at]) for own in cells)) + 2 for at, head in enumerate(heads)]
    room = max(8, width - sum(sizes))
    bar = min(30, room // 3) if is_wide else 0
    names = room - bar
    most = max((row.spent.known for row in rows), default=0)
    if gap:
        yield Content("")
    head = _fit(title, room).stylize("bold $primary")
    yield Content.assemble(
        head, *((text.rjust(size), "$muted") for text, size in zip(heads, sizes, strict=True))
    )
    for row, own in zip(rows, cells, strict=True):
        numbers = [
            (text.rjust(size), "bold" if at == 0 else "$muted")
            for at, (text, size) in enumerate(zip(own, sizes, strict=True))
        ]
        drawn = Content.styled(_bar(row.spent.known, most, bar), "$accent")
        yield Content.assemble(_fit(row.name, names), drawn, *numbers)


def _fit(text: str, size: int) -> Content:
    content = Content(text).truncate(size - 1, ellipsis=True)
    return Content.assemble(content, " " * (size - content.cell_length))


def _bar(value: Amount, most: Amount, size: int) -> str:
    """Draw a bar of that many cells at most, to an eighth of a cell."""
    if not size or most <= 0 or value <= 0:
        return " " * size
    eighths = max(1, round(value * size * 8 / most))
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(size)
