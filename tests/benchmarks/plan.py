"""What an answer of the loopback service is made of. It travels in the prompt, so any client can ask for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_PROMPT = re.compile(r"bench (?P<kind>\w+) (?P<phases>[\d@,]+) (?P<marks>[\d,]+)(?P<beside> beside)?")


@dataclass(frozen=True)
class Phase:
    """A part of an answer. It waits for its go, and its last delta ends with a letter that says that all of it is there."""

    deltas: int
    mark: str
    rate: int = 0
    """Deltas per second; 0 is a flood, as fast as the socket takes them."""


@dataclass(frozen=True)
class Plan:
    """An answer. After its last phase it waits for one more go, and ends."""

    kind: str
    phases: tuple[Phase, ...]
    beside: bool = False
    """The answers that were asked for before go on beside it."""

    @property
    def deltas(self) -> int:
        return sum(phase.deltas for phase in self.phases)

    @property
    def prompt(self) -> str:
        """What the user types to have it."""
        phases = ",".join(f"{phase.deltas}@{phase.rate}" for phase in self.phases)
        # The letters themselves would be on the screen with the prompt.
        marks = ",".join(str(ord(phase.mark)) for phase in self.phases)
        return f"bench {self.kind} {phases} {marks}{' beside' if self.beside else ''}"

    @classmethod
    def of(cls, prompt: str) -> Self:
        """The plan in a prompt; ValueError if there is none."""
        found = _PROMPT.match(prompt)
        if found is None:
            raise ValueError(f"no plan: {prompt!r}")
        sizes = (part.split("@") for part in found["phases"].split(","))
        marks = map(int, found["marks"].split(","))
        return cls(
            found["kind"],
            tuple(
                Phase(int(deltas), chr(mark), int(rate))
                for (deltas, rate), mark in zip(sizes, marks, strict=True)
            ),
            beside=found["beside"] is not None,
        )
