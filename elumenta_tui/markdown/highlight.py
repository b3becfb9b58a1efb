"""Syntax highlighting that can stop at the end of a line and resume there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from re import Pattern
from typing import TYPE_CHECKING, Any, cast

from elumenta_tui.markdown import lexer_budget
from elumenta_tui.markdown.deadline import TookTooLong
from elumenta_tui.markdown.openings import openings
from elumenta_tui.markdown.style import Run, TextStyle
from elumenta_tui.markdown.wrap import joined

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

State = tuple[str, ...]
"""The stack of a lexer's states: everything the lexer knows of the text before."""

START: State = ("root",)

_ROLES = {
    "Keyword": "keyword",
    "Name": "name",
    "Name.Builtin": "builtin",
    "Name.Class": "class",
    "Name.Exception": "class",
    "Name.Decorator": "decorator",
    "Name.Function": "function",
    "Name.Tag": "keyword",
    "Name.Attribute": "function",
    "Keyword.Constant": "number",
    "Literal.String": "string",
    "Literal.Number": "number",
    "Literal.Date": "number",
    "Comment": "comment",
    "Operator": "operator",
    "Operator.Word": "keyword",
    "Punctuation": "punctuation",
    "Generic.Inserted": "inserted",
    "Generic.Deleted": "deleted",
    "Generic.Heading": "heading",
    "Generic.Subheading": "heading",
    "Generic.Prompt": "comment",
    "Generic.Error": "error",
    "Generic.Traceback": "error",
    "Error": "error",
}
"""Token classes of Pygments and their roles. A class without a row takes the row of its parent."""

Runs = tuple[Run, ...]

_Rule = tuple[Callable[[str, int], Any], TextStyle | None, Any, Any]
"""A rule of a lexer: a match function, the style of the whole match or else the callback that splits it into tokens (None: no
tokens), and the change of the stack (None: no change)."""


@lru_cache(maxsize=512)
def _style_of(token: _TokenType) -> TextStyle:
    kind: Any = token
    while kind.parent is not None:
        role = _ROLES.get(str(kind).removeprefix("Token."))
        if role:
            return TextStyle(f"fence.{role}")
        kind = kind.parent
    return TextStyle("fence")


_ERROR = TextStyle("fence.error")


_lexers: dict[str, Lexer | None] = {}
"""Loaded lexers by lower-case name; None if there is no such language."""
_LEXERS = 2048

_needed: set[str] | None = None
"""Languages of the code that is left without colours while loading is postponed; None: lexers are loaded when needed."""


@contextmanager
def loading_postponed() -> Iterator[set[str]]:
    """Leave code without colours instead of loading lexers. Yields the languages of that code, in lower case.

    Loading the first lexer takes about 50 ms, which the text itself need not wait for.
    """
    global _needed
    needed = _needed = set[str]()
    try:
        yield needed
    finally:
        _needed = None


def _lexer(language: str) -> Lexer | None:
    """Return the lexer of that name if it is loaded or may be loaded now."""
    name = language.lower()
    if name in _lexers:
        return _lexers[name]
    if _needed is not None:
        _needed.add(name)
        return None
    if not lexer_budget.may_load():
        return None
    if len(_lexers) >= _LEXERS:
        _lexers.clear()
    with lexer_budget.loading():
        lexer = _lexers[name] = _loaded(name)
    return lexer


def _loaded(name: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name

    try:
        return get_lexer_by_name(name)
    except Exception:
        # Usually there is no such language. Lexers from other packages may also fail in any way.
        return None


class Highlighter:
    """Turns code of one language into rows of runs.

    Lexers share a budget of processor time (see `lexer_budget`). One that exceeds it is not called again: the rest of this
    code stays plain.
    """

    def __init__(self, language: str) -> None:
        self._lexer = _lexer(language) if language else None
        self.can_resume = False
        """True if `resume` highlights. A lexer that is no table of rules and states can only take the whole text."""
        if self._lexer is not None:
            from pygments.lexer import ExtendedRegexLexer, RegexLexer

            self.can_resume = isinstance(self._lexer, RegexLexer) and not isinstance(
                self._lexer, ExtendedRegexLexer
            )

    def warm(self) -> None:
        """Prepare what the first code needs, in any thread. The text is our own, so the time needs no bound."""
        if self.can_resume:
            self._resume("x\n", START)

    def whole(self, text: str) -> list[Runs]:
        """Highlight a complete text that ends with a newline. Return its rows."""
        if self._lexer is None:
            return _plain(text)
        try:
            return lexer_budget.run_within_budget(self._lexer, len(text), self._whole, text)
        except Exception:
            # Some lexer of the 600 in Pygments fails on this text, or takes too long. The text matters more than its
            # colours.
            return _plain(text)

    def _whole(self, text: str) -> list[Runs]:
        rows = _Rows()
        for _, token, value in cast(Any, self._lexer).get_tokens_unprocessed(text):
            rows.add(value, _style_of(token))
        return rows.checked(text)

    def resume(self, text: str, state: State) -> tuple[list[Runs], list[State | None]]:
        """Highlight a text that ends with a newline. Return its rows, and for each row the state at its start.

        The last state is the one after the text. A state is None inside a token that spans lines: nothing can resume there.
        """
        if self.can_resume and self._lexer is not None:
            try:
                return lexer_budget.run_within_budget(self._lexer, len(text), self._resume, text, state)
            except TookTooLong:
                self._lexer = None
            except Exception:
                # As above. Some lexers prepare themselves in a method that this loop bypasses.
                pass
            self.can_resume = False
        return _plain(text), [START] * (text.count("\n") + 1)

    def _resume(self, text: str, state: State) -> tuple[list[Runs], list[State | None]]:
        """Run the loop of `RegexLexer.get_tokens_unprocessed` (Pygments 2.21), which does not expose its stack."""
        lexer: Any = self._lexer
        rules = self._rules
        stack = list(state)
        rows = _Rows()
        add, put = rows.add, rows.put
        states: list[State | None] = [state]
        position = 0
        newline = text.find("\n")
        while position < len(text):
            letter = text[position]
            for match_at, style, action, transition in rules[stack[-1], letter if letter < "\x80" else ""]:
                match = match_at(text, position)
                if not match:
                    continue
                end = match.end()
                if style is not None:
                    (put if end <= newline else add)(match.group(), style)
                elif action is not None:
                    for _, token, value in action(lexer, match):
                        add(value, _style_of(token))
                if transition is not None:
                    _move(stack, transition)
                if end > newline:
                    # Resumed within blanks, the same rule matches the rest of them.
                    is_blank = transition is None and text[position:end].isspace()
                    states += [tuple(stack) if is_blank else None] * text.count("\n", position, end)
                    if text[end - 1] == "\n":
                        states[-1] = tuple(stack)
                    newline = text.find("\n", end)
                position = end
                break
            else:
                if text[position] == "\n":
                    stack = list(START)
                    rows.end()
                    states.append(START)
                    newline = text.find("\n", position + 1)
                else:
                    add(text[position], _ERROR)
                position += 1
        return rows.checked(text), states

    @cached_property
    def _rules(self) -> _RuleTable:
        return _rule_table(cast(Any, self._lexer))


class _RuleTable(dict[tuple[str, str], list[_Rule]]):
    """Rules of a lexer that can match in a state, by first ASCII letter, or "" for every other character."""

    def __init__(self, lexer: Any) -> None:
        super().__init__()
        self._of_lexer = lexer._tokens

    def __missing__(self, key: tuple[str, str]) -> list[_Rule]:
        from pygments.token import _TokenType

        state, letter = key
        rules = self[key] = [
            (match_at, _style_of(action) if type(action) is _TokenType else None, action, transition)
            for match_at, action, transition in self._of_lexer[state]
            if not letter or not isinstance(at := match_at.__self__, Pattern) or letter in openings(at)
        ]
        return rules


@lru_cache(maxsize=64)
def _rule_table(lexer: Lexer) -> _RuleTable:
    return _RuleTable(lexer)


def _move(stack: list[str], transition: Any) -> None:
    """Change the stack as a rule of Pygments says: push a name or several names, or pop a number of states."""
    if isinstance(transition, tuple):
        for name in transition:
            if name == "#pop":
                if len(stack) > 1:
                    stack.pop()
            elif name == "#push":
                stack.append(stack[-1])
            else:
                stack.append(name)
    elif isinstance(transition, int):
        del stack[1 if abs(transition) >= len(stack) else transition :]
    elif transition == "#push":
        stack.append(stack[-1])


@lru_cache(maxsize=2048)
def _shared(run: Run) -> Run:
    """Return one shared object for equal runs: code repeats itself, and a conversation holds a lot of it."""
    return run


class _Rows:
    """Collects tokens into rows."""

    def __init__(self) -> None:
        self._done: list[Runs] = []
        self._row: list[Run] = []

    def add(self, text: str, style: TextStyle) -> None:
        """Add any text."""
        first, *others = text.split("\n")
        self.put(first, style)
        for piece in others:
            self.end()
            self.put(piece, style)

    def put(self, text: str, style: TextStyle) -> None:
        """Add a text without a newline."""
        row = self._row
        if not text:
            return
        if row and (row[-1][1] is style or text.isspace()):
            row[-1] = (row[-1][0] + text, row[-1][1])
        else:
            row.append((text, style))

    def end(self) -> None:
        """End the row."""
        row = self._row
        if len(row) > 1 and not all(text.isascii() for text, _ in row):
            row = list(joined(row))
        self._done.append(tuple([_shared(run) for run in row]))
        self._row = []

    def checked(self, text: str) -> list[Runs]:
        """Return the rows if they hold the whole text. Some lexers leave out what they do not understand."""
        rows = self._done
        if self._row or sum([len(piece) for row in rows for piece, _ in row]) + len(rows) != len(text):
            return _plain(text)
        return rows


def _plain(text: str) -> list[Runs]:
    rows = _Rows()
    rows.add(text, TextStyle("fence"))
    return rows.checked(text)
