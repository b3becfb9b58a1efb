"""A profile as text: the calls that took long, and the functions that took long by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyinstrument.frame import Frame

_WORTH_SHOWING = 0.01
"""Share of the busy time that a call must have taken."""
_SPOTS = 30
_IDLE = "epoll.poll"


@dataclass
class Call:
    """All calls of a function from the same place."""

    name: str
    seconds: float = 0.0
    own: float = 0.0
    """Seconds without the calls below."""
    calls: dict[str, Call] = field(default_factory=dict)

    def add(self, frame: Frame) -> None:
        """Count one call; waiting for work is none. The profiler has a frame for each, one after the other."""
        if frame.function == _IDLE:
            return
        for child in frame.children:
            if child.is_synthetic:
                self.own += child.time
                self.seconds += child.time
            else:
                below = self.calls.setdefault(_name(child), Call(_name(child)))
                seconds = below.seconds
                below.add(child)
                self.seconds += below.seconds - seconds
        rest = 0.0 if frame.children else frame.time
        self.own += rest
        self.seconds += rest

    def lines(self, least: float, depth: int = 0) -> Iterator[str]:
        """This call and those below that took at least so many seconds, the longest first."""
        yield f"{self.seconds:7.3f} s  {'· ' * depth}{self.name}"
        for call in sorted(self.calls.values(), key=lambda call: -call.seconds):
            if call.seconds >= least:
                yield from call.lines(least, depth + 1)

    def owners(self) -> Iterator[Call]:
        """This call and all below."""
        yield self
        for call in self.calls.values():
            yield from call.owners()


def calls(root: Frame) -> Call:
    """The calls of a profile, the same ones together."""
    all_of_it = Call(_name(root))
    all_of_it.add(root)
    return all_of_it


def tree(root: Call) -> list[str]:
    """The calls that took long, indented."""
    return list(root.lines(_WORTH_SHOWING * root.seconds))


def hot_spots(root: Call) -> list[str]:
    """The functions that took most by themselves, wherever they were called from."""
    spent: Counter[str] = Counter()
    for call in root.owners():
        spent[call.name] += round(1_000_000 * call.own)
    return [f"{own / 1_000_000:7.3f} s  {name}" for name, own in spent.most_common(_SPOTS)]


def _name(frame: Frame) -> str:
    owner = f"{frame.class_name}." if frame.class_name else ""
    return f"{owner}{frame.function}  {frame.file_path_short}:{frame.line_no}"
