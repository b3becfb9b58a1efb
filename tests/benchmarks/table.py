"""Figures, whether they are good enough, and the table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

RATIO = "×"


@dataclass(frozen=True)
class Figure:
    """Something that was measured a few times."""

    what: str
    samples: Sequence[float]
    limit: float
    """The median may be at most this."""
    unit: str = RATIO
    floor: str = ""
    """What the floor took, or what else helps to read the figure."""

    @property
    def value(self) -> float:
        return median(self.samples)

    @property
    def passes(self) -> bool:
        return self.value <= self.limit

    @property
    def cells(self) -> tuple[str, ...]:
        spread = (
            f"{_number(min(self.samples))} … {_number(max(self.samples))}" if len(self.samples) > 1 else ""
        )
        return (
            self.what,
            f"{_number(self.value)} {self.unit}",
            f"{_number(self.limit)} {self.unit}",
            spread,
            self.floor,
            "pass" if self.passes else "FAIL",
        )


HEADINGS = ("", "median", "at most", "runs", "floor", "")
_WIDTHS = (52, 11, 11, 17, 24, 4)
_LEFT = (0, 4, 5)


def line(cells: Sequence[str]) -> str:
    """A row of the table."""
    padded = (
        cell.ljust(width) if index in _LEFT else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    )
    return "  ".join(padded).rstrip()


def milliseconds(seconds: float) -> str:
    """A time, to be read beside a figure."""
    return f"{_number(1000 * seconds)} ms"


def _number(value: float) -> str:
    """Three significant digits, or all of a whole number."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.01 else f"{value:.4f}"
