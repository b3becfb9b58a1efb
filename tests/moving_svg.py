"""Draws a film of screens as one SVG that plays by itself: style sheets only, no scripts, nothing from elsewhere.

A row of cells that stays the same is drawn once, however long it is shown, and a row that moves is drawn once for all its
places. All rows that are seen at the same times are one group, which is visible then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

Shot = list[list[Segment]]
"""The rows of a screen."""

Span = tuple[float, float]
"""Seconds of the film from and until which something is seen."""

WIDE, HIGH, BASE = 10, 20, 15
"""Width, height and base line of a cell, in the picture's units."""

MARGIN, TITLE = 8, 34
"""Units around the cells, and above them."""


class Film:
    """What is shown, one shot after the other."""

    def __init__(self) -> None:
        self.shots: list[tuple[Shot, Span]] = []
        self.length = 0.0
        """Seconds."""

    def show(self, shot: Shot, seconds: float) -> None:
        end = round(self.length + seconds, 3)
        if self.shots and self.shots[-1][0] == shot:
            self.shots[-1] = (shot, (self.shots[-1][1][0], end))
        else:
            self.shots.append((shot, (self.length, end)))
        self.length = end


def moving_svg(film: Film, size: tuple[int, int], *, title: str) -> str:
    """Return the SVG of a film that starts again at its end. Who wants no motion sees its last shot."""
    paint = _Paint()
    seen: dict[tuple[int, str], list[Span]] = {}
    for shot, (start, end) in film.shots:
        for y, row in enumerate(shot):
            if drawn := paint.row(row):
                spans = seen.setdefault((y, drawn), [])
                if spans and spans[-1][1] == start:
                    spans[-1] = (spans[-1][0], end)
                else:
                    spans.append((start, end))
    names = _shared(drawn for _, drawn in seen)
    groups: dict[tuple[Span, ...], list[str]] = {}
    for (y, drawn), spans in seen.items():
        at = (
            f'<use href="#{names[drawn]}" y="{y * HIGH}"/>'
            if drawn in names
            else f'<g transform="translate(0 {y * HIGH})">{drawn}</g>'
        )
        groups.setdefault(tuple(spans), []).append(at)
    rules, shown = [], []
    for number, (times, rows) in enumerate(groups.items()):
        if times == ((0.0, film.length),):
            shown.append("\n".join(["<g>", *rows, "</g>"]))
            continue
        rules.append(_keyframes(f"k{number}", times, film.length))
        rules.append(f"#t{number}{{animation:k{number} {film.length:g}s step-end infinite}}")
        hidden = "" if times[-1][1] == film.length else ' visibility="hidden"'
        shown.append("\n".join([f'<g id="t{number}"{hidden}>', *rows, "</g>"]))
    width, height = size[0] * WIDE, size[1] * HIGH
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 2 * MARGIN} {height + TITLE + MARGIN}">',
            f"<title>{escape(title)}</title>",
            "<style>",
            _FONT,
            *paint.rules(),
            *rules,
            "@media (prefers-reduced-motion:reduce){g{animation:none!important}}",
            "</style>",
            "<defs>",
            *(f'<g id="{name}">{drawn}</g>' for drawn, name in names.items()),
            "</defs>",
            *_window(width, height, title, paint.ground),
            f'<g class="s" transform="translate({MARGIN} {TITLE})">',
            *shown,
            "</g>",
            "</svg>",
            "",
        ]
    )


_FONT = (
    '.s{font:16.4px "Fira Code",ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}'
    "text{white-space:pre}.h{font:bold 15px arial,sans-serif;fill:#c5c8c6;text-anchor:middle}"
)


def _window(width: int, height: int, title: str, ground: str) -> list[str]:
    """Draw a frame around the cells, as the other pictures have it."""
    middle = MARGIN + width / 2
    dots = "".join(
        f'<circle cx="{22 + 18 * number}" cy="18" r="6" fill="{colour}"/>'
        for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return [
        f'<rect x=".5" y=".5" width="{width + 2 * MARGIN - 1}" height="{height + TITLE + MARGIN - 1}" rx="8" fill="#292929" stroke="#555"/>',
        f'<text class="h" x="{middle:g}" y="23">{escape(title)}</text>{dots}',
        f'<path fill="{ground}" d="M{MARGIN} {TITLE}h{width}v{height}h-{width}z"/>',
    ]


def _shared(drawings: Iterator[str]) -> dict[str, str]:
    """Return names for the rows that are seen in several places."""
    places: dict[str, int] = {}
    for drawn in drawings:
        places[drawn] = places.get(drawn, 0) + 1
    return {
        drawn: f"r{number}" for number, drawn in enumerate(drawn for drawn in places if places[drawn] > 1)
    }


def _keyframes(name: str, spans: Sequence[Span], length: float) -> str:
    steps = {0.0: "hidden"}
    for start, end in spans:
        steps[start], steps[end] = "visible", "hidden"
    last = steps.pop(length, None) or steps[max(steps)]
    frames = "".join(
        f"{100 * at / length:.3f}".rstrip("0").rstrip(".") + f"%{{visibility:{state}}}"
        for at, state in sorted(steps.items())
    )
    return f"@keyframes {name}{{{frames}to{{visibility:{last}}}}}"


class _Paint:
    """The colours of a film, with a class for each."""

    def __init__(self) -> None:
        self.ground = ""
        """The colour behind everything: that of the first cell."""
        self._classes: dict[str, str] = {}

    def rules(self) -> list[str]:
        return [f".{name}{{{rule}}}" for rule, name in self._classes.items()]

    def row(self, row: list[Segment]) -> str:
        """Draw a row with its upper left corner at 0, 0. Empty if there is nothing to be seen."""
        grounds: list[tuple[int, int, str]] = []
        texts: list[tuple[int, str, str]] = []
        x = 0
        for segment in row:
            style = segment.style or Style()
            front, back = _colours(style)
            width = cell_len(segment.text)
            self.ground = self.ground or back
            if grounds and grounds[-1][2] == back:
                grounds[-1] = (grounds[-1][0], x + width, back)
            else:
                grounds.append((x, x + width, back))
            rule = _rule(front, style)
            if texts and texts[-1][2] == rule:
                texts[-1] = (texts[-1][0], texts[-1][1] + segment.text, rule)
            else:
                texts.append((x, segment.text, rule))
            x += width
        drawn = [
            f'<path class="{self._class(f"fill:{back}")}" d="M{start * WIDE} 0h{(end - start) * WIDE}v{HIGH}h-{(end - start) * WIDE}z"/>'
            for start, end, back in grounds
            if back != self.ground
        ]
        drawn += [
            f'<text class="{self._class(rule)}" x="{at * WIDE}" y="{BASE}" textLength="{cell_len(piece) * WIDE}" lengthAdjust="spacingAndGlyphs">{escape(piece)}</text>'
            for start, text, rule in texts
            for at, piece in _pieces(start, text)
        ]
        return "".join(drawn)

    def _class(self, rule: str) -> str:
        return self._classes.setdefault(rule, f"c{len(self._classes)}")


def _colours(style: Style) -> tuple[str, str]:
    """Return the colours of the letters and of what is behind them."""
    front = style.color.get_truecolor().hex if style.color is not None else "#ffffff"
    back = style.bgcolor.get_truecolor().hex if style.bgcolor is not None else "#000000"
    return (back, front) if style.reverse else (front, back)


def _rule(front: str, style: Style) -> str:
    lines = [
        name
        for name, is_there in (("underline", style.underline), ("line-through", style.strike))
        if is_there
    ]
    return (
        f"fill:{front}"
        + (";font-weight:bold" if style.bold else "")
        + (";font-style:italic" if style.italic else "")
        + (f";text-decoration:{' '.join(lines)}" if lines else "")
    )


def _pieces(start: int, text: str) -> Iterator[tuple[int, str]]:
    """Split a text where there are several blanks, and leave them out: not every font is as wide as a cell."""
    at = start
    for piece in text.replace("  ", "\0").split("\0"):
        bare = piece.strip(" ")
        if bare:
            yield at + len(piece) - len(piece.lstrip(" ")), bare
        at += cell_len(piece) + 2
