"""The rows of the table: what is measured, how it is reduced to figures, and what they must reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from statistics import fmean, median
from typing import TypeVar

from elumenta_tui.session.guardrails import MOST_AT_ONCE
from tests.benchmarks import (
    asking,
    clients,
    content,
    conversations,
    keys,
    sanitizing,
    starting,
    steering,
    storage,
    streaming,
)
from tests.benchmarks.content import KINDS
from tests.benchmarks.service import Service
from tests.benchmarks.streaming import Spent, Step, Streamed
from tests.benchmarks.table import Figure, milliseconds

Measured = TypeVar("Measured")
Floor = TypeVar("Floor")

MB = 1e6
KB = 1e3


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    runs: int = 5
    kinds: Sequence[str] = tuple(KINDS)
    starts: Sequence[int] = (500, 5_000, 20_000, 48_500)
    floods: Sequence[int] = (20_000, 50_000)
    slow_starts: Sequence[int] = (0, 9_000)
    slow_deltas: int = 1_000
    pauses: int = 20
    turns: int = 5_000
    turns_continued: int = 250
    turns_steered: int = 2_000
    branches: int = 300
    turns_read: int = 5_000
    idle_seconds: float = 10.0
    conversations: int = 10_000
    saved_deltas: int = 5_000
    asked_deltas: int = 10_000


QUICK = Extent(
    runs=2,
    starts=(500, 20_000),
    floods=(20_000,),
    slow_deltas=300,
    turns_read=1_000,
    idle_seconds=4.0,
    saved_deltas=3_000,
)


@dataclass
class Bench:
    """Measures; what several rows need, once."""

    service: Service
    extent: Extent
    say: Callable[[str], None]
    """Tells whoever waits what is being done."""
    _streams: dict[str, list[tuple[Streamed, Spent]]] = field(default_factory=dict)
    _floods: dict[tuple[str, int], list[tuple[list[Spent], list[Spent]]]] = field(default_factory=dict)

    def streams(self, kind: str) -> list[tuple[Streamed, Spent]]:
        """The app streaming that kind, each with the CPU of the bare loop around it."""
        if kind not in self._streams:
            step = Step(streaming.MEASURED, streaming.RATE)
            self._streams[kind] = self.against_floor(
                f"stream, {KINDS[kind]}",
                lambda: streaming.stream(self.service, kind, self.extent.starts, step),
                lambda: streaming.stream_bare(self.service, kind, step),
            )
        return self._streams[kind]

    def floods(self, kind: str, deltas: int) -> list[tuple[list[Spent], list[Spent]]]:
        """The app and the bare loop in a flood."""
        if (kind, deltas) not in self._floods:
            self._floods[kind, deltas] = self.against_floor(
                f"flood of {deltas:,}, {KINDS[kind]}",
                lambda: streaming.flood(self.service, kind, deltas),
                lambda: streaming.flood_bare(self.service, kind, deltas),
            )
        return self._floods[kind, deltas]

    def against_floor(
        self, what: str, measure: Callable[[], Measured], floor: Callable[[], Floor]
    ) -> list[tuple[Measured, Floor]]:
        """Measure and floor in turns, so that what the machine does at the time meets both."""
        pairs: list[tuple[Measured, Floor]] = []
        for _ in self.runs(what):
            below = floor()
            pairs.append((measure(), below))
        return pairs

    def runs(self, what: str) -> Iterator[int]:
        """The runs of something, told to whoever waits."""
        for run in range(self.extent.runs):
            self.say(f"{what}: {run + 1} of {self.extent.runs}")
            yield run


def _cpu(spent: list[Spent]) -> float:
    return sum(part.cpu for part in spent)


def stream(bench: Bench) -> Iterator[Figure]:
    for kind in bench.extent.kinds:
        pairs = bench.streams(kind)
        floor = f"{milliseconds(median(below.cpu for _, below in pairs))} CPU"
        shares: list[float] = []
        for index, start in enumerate(bench.extent.starts):
            ratios = [streamed.measured[index].cpu / below.cpu for streamed, below in pairs]
            yield Figure(f"{KINDS[kind]} after {start:,}", ratios, 2.0, floor=floor)
            # Of one run, so that what the machine did at the time of another is none of the growth.
            shares.append(
                median(streamed.measured[index].cpu / _cpu(streamed.measured) for streamed, _ in pairs)
            )
        yield Figure(f"{KINDS[kind]}: largest / smallest", [max(shares) / min(shares)], 1.3)


def flood(bench: Bench) -> Iterator[Figure]:
    for kind in bench.extent.kinds:
        for deltas in bench.extent.floods:
            pairs = bench.floods(kind, deltas)
            ratios = [_cpu(spent) / _cpu(below) for spent, below in pairs]
            floor = f"{milliseconds(median(_cpu(below) for _, below in pairs))} CPU"
            yield Figure(f"{KINDS[kind]}, {deltas:,}", ratios, 2.0, floor=floor)


def sanitizer(bench: Bench) -> Iterator[Figure]:
    amount = bench.extent.floods[0]
    for kind in bench.extent.kinds:
        pieces = content.deltas(kind, amount)
        shares = [100 * sanitizing.spent(pieces) / _cpu(spent) for spent, _ in bench.floods(kind, amount)]
        yield Figure(f"{KINDS[kind]}, {amount:,}", shares, 2.0, "%")
    for script, pieces in sanitizing.scripts(amount):
        micro = 1e6 * sanitizing.spent(pieces) / amount
        yield Figure(f"{script}, a delta of four characters", [micro], 10.0, "µs")


def stall(bench: Bench) -> Iterator[Figure]:
    for kind in bench.extent.kinds:
        streams = [(streamed.measured, streamed.end) for streamed, _ in bench.streams(kind)]
        yield from _stalls(f"{KINDS[kind]} at {streaming.RATE}/s", streams)
        for deltas in bench.extent.floods:
            floods = [(spent[:-1], spent[-1]) for spent, _ in bench.floods(kind, deltas)]
            yield from _stalls(f"{KINDS[kind]}, flood of {deltas:,}", floods)


def _stalls(what: str, runs: list[tuple[list[Spent], Spent]]) -> Iterator[Figure]:
    longest = [max(part.stalls.longest for part in parts if part.stalls) for parts, _ in runs]
    p99 = [max(part.stalls.p99 for part in parts if part.stalls) for parts, _ in runs]
    # The end is one moment: it has a longest turn, but no share of the time that says anything.
    ends = [end.stalls.longest for _, end in runs if end.stalls]
    yield Figure(f"{what}: longest", [1000 * each for each in longest], 100, "ms")
    yield Figure(f"{what}: p99", [1000 * each for each in p99], 20, "ms")
    yield Figure(f"{what}: at the end", [1000 * each for each in ends], 100, "ms")


def echo(bench: Bench) -> Iterator[Figure]:
    service = bench.service
    flooding = [keys.echoes_while(service, "mixed", keys.FLOODING) for _ in bench.runs("echo while flooding")]
    yield _echo("while flooding", flooding, 100)
    streamed = [keys.echoes_while(service, "mixed", keys.STREAMING) for _ in bench.runs("echo at 500/s")]
    yield _echo(f"at {streaming.RATE} deltas/s", streamed, 20)
    slow = [keys.echoes_while(service, "mixed", keys.READING) for _ in bench.runs("echo at 100/s")]
    yield _echo(f"at {streaming.SLOW} deltas/s", slow, 12)
    idle = [keys.echoes_idle(service, bench.extent.idle_seconds / 2) for _ in bench.runs("echo when idle")]
    yield _echo("idle", idle, 10)


def _echo(what: str, runs: list[list[float]], limit: float) -> Figure:
    note = f"median {milliseconds(median(chain.from_iterable(runs)))}, {len(runs[0])} keys"
    return Figure(f"p99 {what}", [1000 * keys.p99(run) for run in runs], limit, "ms", note)


def first(bench: Bench) -> Iterator[Figure]:
    bench.say("first delta")
    seconds = list(streaming.first_deltas(bench.service, 3 * bench.extent.runs))
    yield Figure("first delta: on the wire → on the screen", [1000 * each for each in seconds], 15, "ms")


def word(bench: Bench) -> Iterator[Figure]:
    for rate, limit in ((streaming.READING, 16), (streaming.SLOW, 25)):
        seconds: list[float] = []
        for _ in bench.runs(f"words before pauses, {rate} deltas/s"):
            seconds += streaming.words_before_pauses(bench.service, rate, bench.extent.pauses)
        yield Figure(
            f"at {rate} deltas/s: on the wire → on the screen", [1000 * each for each in seconds], limit, "ms"
        )


def slow(bench: Bench) -> Iterator[Figure]:
    step = Step(bench.extent.slow_deltas, streaming.SLOW)
    pairs = bench.against_floor(
        f"{streaming.SLOW} deltas/s",
        lambda: streaming.stream(bench.service, "mixed", bench.extent.slow_starts, step),
        lambda: streaming.stream_bare(bench.service, "mixed", step),
    )
    thousands = step.deltas / 1000
    floor = f"{milliseconds(median(below.cpu for _, below in pairs) / thousands)} CPU"
    for index, start in enumerate(bench.extent.slow_starts):
        seconds = [streamed.measured[index].cpu / thousands for streamed, _ in pairs]
        yield Figure(f"CPU per 1,000 deltas after {start:,}", seconds, 1.0, "s", floor)
    growths: list[float] = []
    with Service(bench.service.watch) as other:
        for _ in bench.runs(f"growth at {streaming.SLOW} deltas/s"):
            fresh, later = streaming.side_by_side(
                bench.service, other, "mixed", bench.extent.slow_starts[-1], step
            )
            growths.append(later / fresh)
    yield Figure("growth", growths, 1.1)


def together(bench: Bench) -> Iterator[Figure]:
    answers, step = MOST_AT_ONCE, Step(bench.extent.slow_deltas, streaming.SLOW)
    with Service(bench.service.watch) as other:
        measured = [
            streaming.at_once(bench.service, other, "mixed", answers, step)
            for _ in bench.runs(f"{answers} answers at {streaming.SLOW} deltas/s")
        ]
    floor = f"{milliseconds(answers * median(one for one, _ in measured))} CPU"
    ratios = [several / (answers * one) for one, several in measured]
    yield Figure(f"{answers} answers at once / {answers} × one", ratios, 1.15, floor=floor)


def columns(bench: Bench) -> Iterator[Figure]:
    answers, step = MOST_AT_ONCE, Step(bench.extent.slow_deltas, streaming.SLOW)
    measured = []
    for _ in bench.runs(f"{answers} answers side by side"):
        with Service(bench.service.watch) as one, Service(bench.service.watch) as several:
            measured.append(steering.compared(one, several, "mixed", answers, step))
    floor = f"{milliseconds(answers * median(each.alone for each in measured))} CPU"
    ratios = [each.compared / (answers * each.alone) for each in measured]
    yield Figure(f"{answers} answers side by side / {answers} × one", ratios, 1.15, floor=floor)
    yield Figure("longest stall", [1000 * each.stalls.longest for each in measured], 100, "ms")
    yield Figure("p99 of the stalls", [1000 * each.stalls.p99 for each in measured], 20, "ms")


def tree(bench: Bench) -> Iterator[Figure]:
    turns, branches = bench.extent.turns_steered, bench.extent.branches
    with steering.flat_and_branched(turns, branches) as shelf:
        pairs: list[tuple[float, float]] = []
        for _ in bench.runs(f"opening {turns:,} turns with {branches} branches"):
            pairs += steering.openings(bench.service, shelf, times=3)
        yield _compared(f"opening {turns:,} turns with {branches} branches / without", pairs)
        found = [steering.matches(bench.service, shelf) for _ in bench.runs("many matches")]
    count = turns * steering.PER_TURN
    pages = [pair for each in found for pair in zip(each.plain, each.marked, strict=True)]
    yield _compared(f"page up with {count:,} matches / with none", pages)
    following = [1000 * median(each.next) for each in found]
    yield Figure(f"the next of {count:,} matches", following, 100, "ms")
    yield Figure("finding them, longest stall", [1000 * each.stalls.longest for each in found], 100, "ms")


def output(bench: Bench) -> Iterator[Figure]:
    streamed = [each for each, _ in bench.streams("mixed")]
    rates = [max(part.bytes / part.seconds for part in each.measured) / KB for each in streamed]
    if all(each.scrolls for each in streamed):
        yield Figure("to the terminal, with scroll regions", rates, 60, "KB/s")
    else:
        yield Figure("to the terminal, without scroll regions", rates, 400, "KB/s")


def opening(bench: Bench) -> Iterator[Figure]:
    turns = bench.extent.turns
    pairs: list[tuple[float, float]] = []
    for _ in bench.runs(f"opening {turns:,} turns"):
        # A screenful: fewer turns leave rows empty, and the ratio would tell how many.
        pairs += conversations.openings(bench.service, 10, turns, times=3)
    yield _compared(f"first frame of {turns:,} turns / of 10", pairs)


def moving(bench: Bench) -> Iterator[Figure]:
    turns = bench.extent.turns
    pages: list[tuple[float, float]] = []
    resizes: list[tuple[float, float]] = []
    for _ in bench.runs(f"paging and resizing {turns:,} turns"):
        for short, long in conversations.moves(bench.service, 10, turns, times=2):
            pages += zip(short.pages, long.pages, strict=True)
            resizes.append((short.resize, long.resize))
    yield _compared(f"page up in {turns:,} turns / in 10", pages)
    yield _compared(f"resize 120→80 in {turns:,} turns / in 10", resizes)


def _compared(what: str, pairs: list[tuple[float, float]]) -> Figure:
    # Some milliseconds each, of which a frame's due time is a good part: the median of one against the other's, not of pairs.
    floor = median(short for short, _ in pairs)
    return Figure(what, [long / floor for _, long in pairs], 1.5, floor=milliseconds(floor))


def memory(bench: Bench) -> Iterator[Figure]:
    opened, read = bench.extent.turns, bench.extent.turns_read
    taken = [conversations.memory(bench.service, opened) for _ in bench.runs("memory")]
    yield Figure(f"per 1,000 turns, {opened:,} opened", [1000 * each.opened / MB for each in taken], 3, "MB")
    if read != opened:
        taken = [conversations.memory(bench.service, read) for _ in bench.runs("memory, all read")]
    yield Figure(
        f"per 1,000 turns, {read:,} opened and read", [1000 * each.read / MB for each in taken], 3, "MB"
    )


def start(bench: Bench) -> Iterator[Figure]:
    pairs = bench.against_floor(
        "starting",
        lambda: starting.start_app(bench.service),
        lambda: starting.start_empty(clients.empty_app(bench.service.watch)),
    )
    floor = f"{milliseconds(fmean(below.first_frame for _, below in pairs))}"
    first = [started.first_frame / below.first_frame for started, below in pairs]
    yield Figure("first frame / empty Textual app", first, 1.3, floor=floor)
    ready = [started.input_ready / below.first_frame for started, below in pairs]
    yield Figure("input ready / empty Textual app", ready, 1.5, floor=floor)


def saying(bench: Bench) -> Iterator[Figure]:
    for arguments in ["--version"], ["--help"], ["ask", "--help"]:
        pairs: list[tuple[float, float]] = []
        for _ in range(3):
            pairs += bench.against_floor(
                " ".join(arguments),
                partial(starting.answered, starting.COMMAND, arguments),
                partial(starting.answered, "pass"),
            )
        floor = milliseconds(median(below for _, below in pairs))
        ratios = [seconds / below for seconds, below in pairs]
        yield Figure(f"{' '.join(arguments)} / a bare Python", ratios, 1.5, floor=floor)


def continuing(bench: Bench) -> Iterator[Figure]:
    turns = bench.extent.turns_continued
    with storage.long_conversation(turns) as shelf:
        pairs = bench.against_floor(
            f"continuing {turns:,} turns",
            lambda: starting.start_continued(bench.service, shelf),
            lambda: starting.start_app(bench.service),
        )
    floor = f"{milliseconds(median(below.input_ready for _, below in pairs))}"
    ratios = [seconds / below.input_ready for seconds, below in pairs]
    yield Figure(f"last line of {2 * turns:,} messages / input ready without", ratios, 1.4, floor=floor)


def idle(bench: Bench) -> Iterator[Figure]:
    seconds = bench.extent.idle_seconds
    pairs = bench.against_floor(
        "idling",
        lambda: starting.idle_app(bench.service, seconds),
        lambda: starting.idle_empty(clients.empty_app(bench.service.watch), seconds),
    )
    floor = f"{100 * median(below.share for _, below in pairs):.3f} % of a core"
    yield Figure(f"CPU over {seconds:g} s", [100 * idled.share for idled, _ in pairs], 0.1, "%", floor)
    yield Figure("to the terminal", [idled.bytes for idled, _ in pairs], 0, "bytes")


def shelf(bench: Bench) -> Iterator[Figure]:
    many = bench.extent.conversations
    bench.say(f"making {many:,} conversations")
    with storage.shelves(10, many) as (small, large):
        opened = bench.against_floor(
            "opening the list",
            lambda: storage.opening(bench.service, large),
            lambda: storage.opening(bench.service, small),
        )
        floor = milliseconds(median(below.seconds for _, below in opened))
        yield Figure(
            f"list of {many:,} conversations on the screen",
            [1000 * found.seconds for found, _ in opened], 300, "ms", f"of 10: {floor}",
        )  # fmt: skip
        yield _longest("the list, longest stall", [found for found, _ in opened])
        found = [storage.searching(bench.service, large) for _ in bench.runs("searching")]
        yield Figure(
            f"search over {many * 10:,} messages", [1000 * each.seconds for each in found], 200, "ms"
        )
        yield _longest("the search, longest stall", found)


def _longest(what: str, found: list[storage.Found]) -> Figure:
    return Figure(what, [1000 * each.stalls.longest for each in found if each.stalls], 100, "ms")


def saving(bench: Bench) -> Iterator[Figure]:
    for what, steps in (
        ("flood of 20,000", [Step(20_000)]),
        (f"at {streaming.RATE}/s", [Step(bench.extent.saved_deltas, streaming.RATE)]),
    ):
        pairs = bench.against_floor(
            f"saving, {what}",
            partial(storage.streaming, bench.service, steps, saving=True),
            partial(storage.streaming, bench.service, steps, saving=False),
        )
        floor = f"{milliseconds(median(_cpu(below) for _, below in pairs))} CPU"
        yield Figure(what, [_cpu(spent) / _cpu(below) for spent, below in pairs], 1.1, floor=floor)


def shell(bench: Bench) -> Iterator[Figure]:
    deltas = bench.extent.asked_deltas
    # The service makes the answer once.
    asking.ask_bare(bench.service, "mixed", deltas)
    pairs = bench.against_floor(
        f"ask, {deltas:,} deltas",
        partial(asking.ask, bench.service, "mixed", deltas),
        partial(asking.ask_bare, bench.service, "mixed", deltas),
    )
    floor = f"{milliseconds(median(below.cpu for _, below in pairs))} CPU"
    ratios = [asked.cpu / below.cpu for asked, below in pairs]
    yield Figure(f"{deltas:,} deltas, the whole process", ratios, 1.3, floor=floor)
    floor = milliseconds(median(below.until_asked for _, below in pairs))
    later = [1000 * (asked.until_asked - below.until_asked) for asked, below in pairs]
    yield Figure("until the request has come, later by", later, 60, "ms", floor)
    floor = f"{milliseconds(median(below.cpu_until_asked for _, below in pairs))} CPU"
    more = [1000 * (asked.cpu_until_asked - below.cpu_until_asked) for asked, below in pairs]
    yield Figure("processor time until then, more by", more, 60, "ms", floor)


@dataclass(frozen=True)
class Row:
    """A part of the table."""

    title: str
    figures: Callable[[Bench], Iterator[Figure]]


ROWS: dict[str, Row] = {
    "start": Row("Starting", start),
    "say": Row("The version and the help, to a bare Python", saying),
    "continue": Row("Starting with a stored conversation", continuing),
    "idle": Row("Idle", idle),
    "first": Row("First delta", first),
    "word": Row("The word before a pause", word),
    "echo": Row("Key echo", echo),
    "stream": Row("CPU of 1,500 deltas at 500/s after others, to the bare loop's", stream),
    "flood": Row("CPU of a flood, to the bare loop's", flood),
    "sanitizer": Row("The sanitizer's share of the CPU of a flood", sanitizer),
    "stall": Row("Stalls of the event loop", stall),
    "bytes": Row("Bytes at 500 deltas/s", output),
    "slow": Row("CPU at 100 deltas/s", slow),
    "together": Row("CPU of answers that come at once, at 100 deltas/s each", together),
    "columns": Row("Answers that are compared side by side, at 100 deltas/s each", columns),
    "open": Row("Opening a conversation", opening),
    "tree": Row("A conversation with branches, and many matches in it", tree),
    "move": Row("Paging and resizing", moving),
    "shelf": Row("Conversations on disk", shelf),
    "save": Row("CPU of an answer that is saved, to one that is not", saving),
    "ask": Row("One prompt from a shell, to the bare loop's", shell),
    "memory": Row("Memory of turns of 1 KB beyond their text", memory),
}
"""By the names under which they are chosen."""
