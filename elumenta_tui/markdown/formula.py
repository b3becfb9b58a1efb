"""Formulas in the characters of a terminal: in one row, or stacked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from elumenta_tui.markdown import tex_symbols as symbols
from elumenta_tui.markdown.cells import width_of
from elumenta_tui.markdown.tex import Node, Unknown, is_prose, parse

_TALLEST = 40
"""Rows of a formula, at most."""
_WIDEST = 400
"""Cells of a formula, at most."""


@lru_cache(maxsize=512)
def in_a_row(source: str) -> str | None:
    """Return a formula's TeX, without the marks around it, as text in one row; None if a part of it is not known."""
    try:
        if is_prose(source):
            return None
        return _Writer(is_flat=True).box(parse(source)).rows[0].strip() or None
    except (Unknown, RecursionError):
        return None


@lru_cache(maxsize=64)
def stacked(source: str) -> tuple[str, ...] | None:
    """Return a formula's TeX, without the marks around it, as rows of the same width; None if a part of it is not known."""
    try:
        if is_prose(source):
            return None
        box = _Writer(is_flat=False).box(parse(source))
    except (Unknown, RecursionError):
        return None
    rows = tuple(row.rstrip() for row in box.rows)
    return rows if any(rows) else None


def inside(source: str) -> str:
    """Return the TeX between the marks of a formula."""
    return source[2:-2] if source.startswith(("$$", "\\")) else source[1:-1]


class Box(NamedTuple):
    """Rows of one width, and the index of the row that neighbours are aligned with."""

    rows: tuple[str, ...]
    base: int = 0
    kind: str = "ord"

    @property
    def width(self) -> int:
        return width_of(self.rows[0])

    @property
    def is_row(self) -> bool:
        return len(self.rows) == 1


_EMPTY = Box(("",))


def _text(text: str, kind: str = "ord") -> Box:
    return Box((text,), 0, kind)


def _centered(row: str, width: int) -> str:
    spare = width - width_of(row)
    return " " * (spare // 2) + row + " " * (spare - spare // 2)


def _padded(row: str, width: int) -> str:
    return row + " " * (width - width_of(row))


def _beside(boxes: Sequence[Box]) -> Box:
    """Put boxes in a row, their bases on one line."""
    if not boxes:
        return _EMPTY
    base = max(box.base for box in boxes)
    height = base + max(len(box.rows) - box.base for box in boxes)
    rows = [""] * height
    for box in boxes:
        top, width = base - box.base, box.width
        for number in range(height):
            inside = top <= number < top + len(box.rows)
            rows[number] += box.rows[number - top] if inside else " " * width
    return _checked(Box(tuple(rows), base))


def _above(boxes: Sequence[Box], base: int, *, align: str = "center") -> Box:
    """Put boxes one below the other; the base is a row of the result."""
    width = max(box.width for box in boxes)
    place = _padded if align == "left" else _centered
    return _checked(Box(tuple(place(row, width) for box in boxes for row in box.rows), base))


def _checked(box: Box) -> Box:
    if len(box.rows) > _TALLEST or box.width > _WIDEST:
        raise Unknown
    return box


def _small(box: Box, signs: dict[str, str]) -> str | None:
    """Return a box as small letters; None if there are none for it."""
    if not box.is_row:
        return None
    small = [signs.get(letter) for letter in box.rows[0].replace(" ", "")]
    return "".join(filter(None, small)) if all(small) else None


_TALL = {
    "(": "⎛⎜⎝",
    ")": "⎞⎟⎠",
    "[": "⎡⎢⎣",
    "]": "⎤⎥⎦",
    "|": "│││",
    "‖": "║║║",
    "⌊": "⎢⎢⎣",
    "⌋": "⎥⎥⎦",
    "⌈": "⎡⎢⎢",
    "⌉": "⎤⎥⎥",
}
_BRACES = {"{": "⎧⎪⎨⎩", "}": "⎫⎪⎬⎭"}


class _Writer:
    """Turns the tree of a formula into a box."""

    def __init__(self, *, is_flat: bool) -> None:
        self._is_flat = is_flat
        self._tight = 0
        """Exponents and indexes around, in which operators have no blanks beside them."""

    def box(self, node: Node) -> Box:
        """Return a part of a formula as a box."""
        match node.kind:
            case "group":
                return self._sequence(node.parts)
            case "word":
                return _text(node.text, "word")
            case "big":
                return _text(node.text, "big")
            case "frac":
                return self._fraction(node)
            case "binom":
                return self._binomial(node)
            case "sqrt":
                return self._root(node)
            case "script":
                return self._script(node)
            case "accent":
                return self._accent(node)
            case "fence":
                return self._fence(node)
            case "table":
                return self._table(node)
            case "boxed":
                return self._boxed(node)
        return _text(node.text, node.kind)

    def _part(self, node: Node | None) -> Box:
        if node is None:
            raise Unknown
        return self.box(node)

    def _small_part(self, node: Node | None) -> Box | None:
        if node is None:
            return None
        self._tight += 1
        box = self.box(node)
        self._tight -= 1
        return box

    def _sequence(self, nodes: Sequence[Node | None]) -> Box:
        boxes: list[Box] = []
        before = "open"
        for node in nodes:
            if node is None:
                continue
            box = self.box(node)
            kind = box.kind
            if kind == "bin" and before in ("open", "bin", "rel", "punct", "big"):
                # A sign instead of an operator.
                kind = "ord" if box.rows[0] != "mod" else "bin"
            if boxes and self._has_gap(before, kind, boxes[-1], box):
                boxes.append(_text(" "))
            boxes.append(box)
            before = kind
        if len(boxes) == 1:
            return boxes[0]._replace(kind="ord" if boxes[0].kind not in ("word", "big") else boxes[0].kind)
        return _beside(boxes)

    def _has_gap(self, before: str, kind: str, one: Box, other: Box) -> bool:
        if "space" in (before, kind):
            return False
        if self._tight and one.is_row and other.is_row:
            return "word" in (before, kind) and {before, kind} <= {"word", "ord"}
        if {before, kind} & {"rel", "bin"} or before == "punct":
            return True
        if before in ("word", "big"):
            return kind in ("ord", "word", "big") or (before == "big" and kind != "close")
        return kind in ("word", "big") and before not in ("open",)

    def _fraction(self, node: Node) -> Box:
        over, under = map(self._part, node.parts)
        if self._is_flat or self._tight:
            if not (over.is_row and under.is_row):
                raise Unknown
            return _text(f"{_in_brackets(over, is_below=False)}/{_in_brackets(under, is_below=True)}")
        width = max(over.width, under.width) + 2
        return _above((over, _text("─" * width), under), len(over.rows))

    def _binomial(self, node: Node) -> Box:
        if self._is_flat:
            raise Unknown
        over, under = map(self._part, node.parts)
        return self._between("(", ")", _above((over, under), len(over.rows)))

    def _root(self, node: Node) -> Box:
        body, index = self._part(node.parts[0]), self._small_part(node.parts[1])
        sign = "√"
        if index is not None:
            degree = _small(index, symbols.SUPERSCRIPTS)
            if degree is None:
                raise Unknown
            sign = {"³": "∛", "⁴": "∜", "²": "√"}.get(degree, f"{degree}√")
        if body.is_row:
            inside = body.rows[0]
            return _text(sign + (inside if len(inside) == 1 or inside.isalnum() else f"({inside})"))
        if self._is_flat:
            raise Unknown
        left = width_of(sign)
        rows = [" " * left + "┌" + "─" * (body.width + 1)]
        for number, row in enumerate(body.rows, 1):
            begin = _padded(sign, left) if number == len(body.rows) else " " * left
            rows.append(f"{begin}│{row} ")
        return _checked(Box(tuple(rows), body.base + 1))

    def _script(self, node: Node) -> Box:
        base = self._part(node.parts[0])
        below, above = self._small_part(node.parts[1]), self._small_part(node.parts[2])
        is_limited = (base.kind == "big" and base.rows[0] not in "∫∬∭∮") or (
            base.kind == "word" and base.rows[0] in symbols.LIMITED
        )
        if is_limited and not self._is_flat and not self._tight:
            boxes = [box for box in (above, base, below) if box is not None]
            return _above(boxes, len(above.rows) if above is not None else 0)._replace(kind=base.kind)
        low = _small(below, symbols.SUBSCRIPTS) if below is not None else ""
        high = _small(above, symbols.SUPERSCRIPTS) if above is not None else ""
        if base.is_row and low is not None and high is not None:
            return _text(base.rows[0] + low + high, base.kind)
        if self._is_flat or self._tight:
            return self._flat_script(base, low, high, below, above)
        return self._stacked_script(base, below, above)

    def _flat_script(
        self, base: Box, low: str | None, high: str | None, below: Box | None, above: Box | None
    ) -> Box:
        if not base.is_row:
            raise Unknown
        text = base.rows[0]
        for mark, small, box in (("_", low, below), ("^", high, above)):
            if small is None and box is not None:
                if not box.is_row:
                    raise Unknown
                inside = box.rows[0]
                is_bare = len(inside) == 1 or (mark == "_" and inside.isalnum())
                small = mark + (inside if is_bare else f"({inside})")
            text += small or ""
        return _text(text, base.kind)

    def _stacked_script(self, base: Box, below: Box | None, above: Box | None) -> Box:
        high, low = (
            Box((small,)) if box is not None and (small := _small(box, signs)) is not None else box
            for box, signs in ((above, symbols.SUPERSCRIPTS), (below, symbols.SUBSCRIPTS))
        )
        if base.is_row:
            high, low = above, below
        width = max(box.width for box in (high, low) if box is not None)
        head = len(high.rows) - (0 if base.is_row else 1) if high is not None else 0
        foot = len(low.rows) - (0 if base.is_row else 1) if low is not None else 0
        side = [*(high.rows if high is not None else ())]
        side = [_padded(row, width) for row in side]
        gap = head + len(base.rows) + foot - len(side) - (len(low.rows) if low is not None else 0)
        side += [" " * width] * gap
        side += [_padded(row, width) for row in low.rows] if low is not None else []
        body = [" " * base.width] * head + list(base.rows) + [" " * base.width] * foot
        rows = [left + right for left, right in zip(body, side, strict=True)]
        return _checked(Box(tuple(rows), head + base.base, base.kind))

    def _accent(self, node: Node) -> Box:
        body = self._part(node.parts[0])
        sign = node.text
        if not body.is_row or not body.rows[0].strip():
            raise Unknown
        text = body.rows[0]
        if sign in ("\u0305", "\u0332"):
            return _text("".join(letter + sign for letter in text))
        if len(text) != 1:
            raise Unknown
        return _text(text + sign)

    def _fence(self, node: Node) -> Box:
        body = self._part(node.parts[0])
        left, right = (sign.strip() for sign in node.text)
        if body.is_row:
            inside = body.rows[0]
            if self._is_flat and node.parts[0] is not None and node.parts[0].kind == "table":
                raise Unknown
            return _text(f"{left}{inside}{right}", "ord")
        return self._between(left, right, body)

    def _between(self, left: str, right: str, body: Box) -> Box:
        height = len(body.rows)
        signs = [Box(tuple(_tall(sign, height)), body.base) if sign else _EMPTY for sign in (left, right)]
        return _beside((signs[0], body, signs[1])) if any((left, right)) else body

    def _table(self, node: Node) -> Box:
        if self._is_flat:
            raise Unknown
        cells = [[self.box(cell) for cell in row] for row in node.rows]
        columns = max(map(len, cells))
        widths = [max((row[n].width for row in cells if n < len(row)), default=0) for n in range(columns)]
        rows: list[Box] = []
        for row in cells:
            line: list[Box] = []
            for n, width in enumerate(widths):
                box = row[n] if n < len(row) else _EMPTY
                spare = width - box.width
                before = spare if node.text == "aligned" and n % 2 == 0 and columns > 1 else 0
                before = spare // 2 if node.text == "matrix" else before
                gap = 0 if n == 0 else 1 if node.text == "aligned" else 2
                line += [_text(" " * (gap + before)), box, _text(" " * (spare - before))]
            rows.append(_beside(line))
        is_tall = any(not row.is_row for row in rows)
        parts = [part for row in rows for part in ((row, _text("")) if is_tall else (row,))]
        parts = parts[:-1] if is_tall else parts
        if len(rows) == 1:
            return rows[0]
        height = sum(len(part.rows) for part in parts)
        return _above(parts, (height - 1) // 2, align="left")

    def _boxed(self, node: Node) -> Box:
        body = self._part(node.parts[0])
        if self._is_flat:
            raise Unknown
        edge = "─" * (body.width + 2)
        rows = (f"┌{edge}┐", *(f"│ {row} │" for row in body.rows), f"└{edge}┘")
        return _checked(Box(rows, body.base + 1))


def _in_brackets(box: Box, *, is_below: bool) -> str:
    """Return a row as it stands over or under a slash."""
    text = box.rows[0]
    is_one = not _has_operator(text)
    if is_one and (not is_below or len(text) == 1 or text.isdigit() or not text[:-1].strip("0123456789√")):
        return text
    if text.startswith("(") and text.endswith(")") and "(" not in text[1:]:
        return text
    return f"({text})"


def _has_operator(text: str) -> bool:
    """Return whether a row has a blank or a slash outside of its own brackets."""
    depth = 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and letter in " /":
            return True
    return False


def _tall(sign: str, height: int) -> list[str]:
    """Return a delimiter of that many rows."""
    if height == 1:
        return [sign]
    if sign in _BRACES:
        top, bar, middle, bottom = tuple(_BRACES[sign])
        if height == 2:
            return ["⎰", "⎱"] if sign == "{" else ["⎱", "⎰"]
        inner = [bar] * (height - 2)
        inner[(height - 3) // 2] = middle
        return [top, *inner, bottom]
    if sign in _TALL:
        top, bar, bottom = tuple(_TALL[sign])
        return [top, *[bar] * (height - 2), bottom]
    if sign in "⟨⟩":
        raise Unknown
    return [" "] * (height // 2) + [sign] + [" "] * (height - 1 - height // 2)
