"""The grammar of TeX's formulas, as far as models use it.

A formula with anything else in it is `Unknown`: then its source is shown. Lengths and depths are bounded, and the work is linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from elumenta_tui.markdown import tex_symbols as symbols

LONGEST = 1_500
"""Characters of a formula, at most. A longer one is not laid out."""
DEEPEST = 24
"""Groups inside each other, at most."""
_ROWS, _COLUMNS = 24, 16
"""Rows and columns of a matrix, at most."""

_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|\s+|.", re.DOTALL)
_PROSE = re.compile(r"[^\W\d_]{4,}|[A-Z]{3,}|(?<=\s)(?:or|and|per|to|for|is|of|the|at|by|vs|if)(?=\s)")
_WORDS = re.compile(r"\\[A-Za-z]+(?:\s*\{[^{}\\]*\})?")


class Unknown(Exception):
    """The formula has a part that is not known here."""


class Node(NamedTuple):
    """A part of a formula."""

    kind: str
    """`ord`, `bin`, `rel`, `punct`, `open`, `close`, `space`, `word` (an upright word), `big`, `group`, `frac`, `binom`, `sqrt`, `script`, `accent`,
    `fence` (between delimiters that grow), `table`, `boxed`."""
    text: str = ""
    parts: tuple[Node | None, ...] = ()
    rows: tuple[tuple[Node, ...], ...] = ()


def is_prose(source: str) -> bool:
    """Return whether a text between marks of a formula is none: words, paths, the names of variables."""
    if "\n\n" in source:
        return True
    bare = _WORDS.sub(" ", source)
    words = (match[0] for match in _PROSE.finditer(bare))
    if any(word not in symbols.FUNCTIONS for word in words):
        return True
    # Nothing but letters is a name, unless it is as short as those of mathematics.
    return bool(re.fullmatch(r"[\w\s.,:;]*", source)) and sum(map(str.isalpha, source)) > 2


def parse(source: str) -> Node:
    """Return the formula as a tree; raise Unknown if a part of it is not known."""
    if len(source) > LONGEST:
        raise Unknown
    parser = _Parser(_TOKEN.findall(source))
    found = parser.rows("")
    if len(found) == 1 and len(found[0]) == 1:
        return found[0][0]
    return Node("table", "aligned", rows=found)


class _Parser:
    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise Unknown
        self._at += 1
        return token

    def _skip_blanks(self) -> None:
        while self._peek().isspace():
            self._at += 1

    def rows(self, end: str) -> tuple[tuple[Node, ...], ...]:
        """Read rows of cells up to the end of the environment, or of the formula."""
        rows: list[tuple[Node, ...]] = []
        cells: list[Node] = []
        while True:
            cells.append(self._group(("&", "\\\\", "\\end") if end else ("&", "\\\\", "")))
            token = self._peek()
            if token == "&":
                self._at += 1
                if len(cells) >= _COLUMNS:
                    raise Unknown
                continue
            rows.append(tuple(cells))
            cells = []
            if len(rows) > _ROWS:
                raise Unknown
            if token == "\\\\":
                self._at += 1
                self._skip_option()
                continue
            if not end:
                break
            self._at += 1
            if self._name() != end:
                raise Unknown
            break
        if len(rows) > 1 and not any(cell.parts for cell in rows[-1]):
            # A break after the last row.
            rows.pop()
        return tuple(rows)

    def _skip_option(self) -> None:
        if self._peek() == "[":
            while self._next() != "]":
                pass

    def _name(self) -> str:
        """Read a name in braces."""
        self._skip_blanks()
        if self._next() != "{":
            raise Unknown
        name = ""
        while (token := self._next()) != "}":
            name += token
        return name

    def _group(self, ends: Sequence[str]) -> Node:
        """Read up to one of these tokens, which is left; empty stands for the end of the formula."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unknown
        nodes: list[Node] = []
        while (token := self._peek()) not in ends:
            if not token:
                raise Unknown
            if token in ("^", "_"):
                self._script(nodes)
            elif (node := self._atom()) is not None:
                nodes.append(node)
        self._depth -= 1
        return Node("group", parts=tuple(nodes))

    def _script(self, nodes: list[Node]) -> None:
        mark = self._next()
        base = nodes.pop() if nodes else Node("group")
        if base.kind != "script":
            base = Node("script", parts=(base, None, None))
        body, below, above = base.parts
        argument = self._argument()
        if (below if mark == "_" else above) is not None:
            raise Unknown
        nodes.append(
            Node("script", parts=(body, argument, above) if mark == "_" else (body, below, argument))
        )

    def _argument(self) -> Node:
        self._skip_blanks()
        if self._peek() in ("^", "_", "}", "&"):
            raise Unknown
        node = self._atom()
        if node is None:
            raise Unknown
        return node

    def _atom(self) -> Node | None:
        token = self._next()
        if token.isspace():
            return None
        if token == "{":
            group = self._group(("}",))
            self._at += 1
            return group
        if token[0] == "\\":
            return self._command(token[1:])
        if token == "'":
            primes = "′"
            while self._peek() == "'":
                self._at += 1
                primes += "′"
            return Node("ord", primes)
        return _character(token)

    def _command(self, name: str) -> Node | None:
        if name in symbols.IGNORED:
            return None
        if name in symbols.SPACES:
            return Node("space", symbols.SPACES[name])
        if name in symbols.BIG:
            return Node("big", symbols.BIG[name])
        if name in symbols.FUNCTIONS:
            return Node("word", name)
        if name in symbols.RELATIONS:
            return Node("rel", symbols.RELATIONS[name])
        if name in symbols.OPERATORS:
            return Node("bin", symbols.OPERATORS[name])
        if name in symbols.TEXTS and (self._is_word() or name.startswith(("text", "mbox", "operator"))):
            return Node("word", " ".join(self._name().split("\n")))
        if name in symbols.PLAIN:
            return self._argument()
        if name == "mathbb":
            return self._double()
        if name in symbols.ACCENTS:
            return Node("accent", symbols.ACCENTS[name], (self._argument(),))
        if name in ("frac", "dfrac", "tfrac", "cfrac"):
            return Node("frac", parts=(self._argument(), self._argument()))
        if name in ("binom", "dbinom"):
            return Node("binom", parts=(self._argument(), self._argument()))
        if name == "sqrt":
            return self._root()
        if name == "boxed":
            return Node("boxed", parts=(self._argument(),))
        if name == "left":
            return self._fence()
        if name == "begin":
            return self._environment()
        if name == "not":
            sign = self._argument().text
            if sign not in symbols.NEGATED:
                raise Unknown
            return Node("rel", symbols.NEGATED[sign])
        if name == "pmod":
            return Node(
                "group", parts=(Node("open", "("), Node("word", "mod"), self._argument(), Node("close", ")"))
            )
        if name in symbols.DELIMITERS and name not in "|{}":
            return Node("close" if name[0] == "r" else "open", symbols.DELIMITERS[name])
        if name == "|":
            return Node("ord", "‖")
        if name in symbols.ORDINARY:
            sign = symbols.ORDINARY[name]
            return Node("open" if sign == "{" else "close" if sign == "}" else "ord", sign)
        raise Unknown

    def _is_word(self) -> bool:
        self._skip_blanks()
        return self._peek() == "{" and self._at + 2 < len(self._tokens) and self._tokens[self._at + 2] != "}"

    def _double(self) -> Node:
        letter = self._argument()
        while letter.kind == "group" and len(letter.parts) == 1 and letter.parts[0] is not None:
            letter = letter.parts[0]
        if letter.text not in symbols.DOUBLE:
            raise Unknown
        return Node("ord", symbols.DOUBLE[letter.text])

    def _root(self) -> Node:
        self._skip_blanks()
        index = None
        if self._peek() == "[":
            self._at += 1
            index = self._group(("]",))
            self._at += 1
        return Node("sqrt", parts=(self._argument(), index))

    def _delimiter(self) -> str:
        self._skip_blanks()
        token = self._next()
        if token in ("(", ")", "[", "]", "|", "/"):
            return token
        if token == ".":
            return ""
        if token[0] == "\\" and token[1:] in symbols.DELIMITERS:
            return symbols.DELIMITERS[token[1:]]
        raise Unknown

    def _fence(self) -> Node:
        left = self._delimiter()
        body = self._group(("\\right",))
        self._at += 1
        right = self._delimiter()
        return Node("fence", f"{left or ' '}{right or ' '}", (body,))

    def _environment(self) -> Node:
        name = self._name()
        fences = {
            "pmatrix": "()",
            "bmatrix": "[]",
            "Bmatrix": "{}",
            "vmatrix": "||",
            "Vmatrix": "‖‖",
            "cases": "{ ",
        }
        if name == "array":
            self._name()
        self._depth += 1
        if name in ("matrix", "smallmatrix", "array", *fences):
            table = Node("table", "cases" if name == "cases" else "matrix", rows=self.rows(name))
        elif name.rstrip("*") in ("aligned", "align", "gathered", "gather", "split", "equation"):
            table = Node("table", "aligned", rows=self.rows(name))
        else:
            raise Unknown
        self._depth -= 1
        return Node("fence", fences[name], (table,)) if name in fences else table


def _character(token: str) -> Node:
    if token in "}&$%#~\\":
        if token == "~":
            return Node("space", " ")
        raise Unknown
    if token in "+-*":
        return Node("bin", token)
    if token in "=<>:≤≥≠≈→∈":
        return Node("rel", token)
    if token in ",;":
        return Node("punct", token)
    if token in "([":
        return Node("open", token)
    if token in ")]":
        return Node("close", token)
    if ord(token) < 32:
        raise Unknown
    return Node("ord", token)
