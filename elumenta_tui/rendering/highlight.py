"""Syntax highlighting which can stop at the end of a line and go on from there."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from elumenta_tui.rendering.ink import Ink, Run

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

State = tuple[str, ...]
"""The stack of a lexer's states: all it knows of the text before."""

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
"""Token classes of Pygments and what they are called in inks. A class without a row takes its parent's."""

Runs = tuple[Run, ...]


@lru_cache(maxsize=512)
def _ink(token: _TokenType) -> Ink:
    kind: Any = token
    while kind.parent is not None:
        role = _ROLES.get(str(kind).removeprefix("Token."))
        if role:
            return Ink(f"fence.{role}")
        kind = kind.parent
    return Ink("fence")


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


class Highlighter:
    """Turns code of one language into rows of runs."""

    def __init__(self, language: str) -> None:
        self._lexer = _lexer(language.lower()) if language else None
        self.can_resume = False
        """Whether `resume` highlights. Lexers which are no table of rules and states can only take the whole
        text."""
        if self._lexer is not None:
            from pygments.lexer import ExtendedRegexLexer, RegexLexer

            self.can_resume = isinstance(self._lexer, RegexLexer) and not isinstance(
                self._lexer, ExtendedRegexLexer
            )

    def whole(self, text: str) -> list[Runs]:
        """The rows of a text which is complete and ends with a newline."""
        if self._lexer is None:
            return _plain(text)
        rows = _Rows()
        try:
            for _, token, value in self._lexer.get_tokens_unprocessed(text):
                rows.add(_ink(token), value)
        except Exception:
            # One of the 600 lexers of Pygments stumbled over this text, and the text matters more than its colours.
            return _plain(text)
        return rows.checked(text)

    def resume(self, text: str, state: State) -> tuple[list[Runs], list[State | None]]:
        """The rows of a text which ends with a newline, and per row the state at its start.

        The last state is the one after the text. None is inside of a token which spans lines: there is no
        resuming.
        """
        if self.can_resume:
            try:
                return self._resume(text, state)
            except Exception:
                # As above; some lexers prepare themselves in a method which this way goes around.
                self.can_resume = False
        return _plain(text), [START] * (text.count("\n") + 1)

    def _resume(self, text: str, state: State) -> tuple[list[Runs], list[State | None]]:
        """The loop of `RegexLexer.get_tokens_unprocessed` (Pygments 2.21), which keeps its stack to
        itself."""
        from pygments.token import Error, Whitespace, _TokenType

        lexer: Any = self._lexer
        rules = lexer._tokens
        stack = list(state)
        rows = _Rows()
        add = rows.add
        states: list[State | None] = [state]
        position = 0
        newline = text.find("\n")
        while position < len(text):
            for match_at, action, transition in rules[stack[-1]]:
                match = match_at(text, position)
                if not match:
                    continue
                end = match.end()
                if action is not None:
                    if type(action) is _TokenType:
                        add(_ink(action), match.group())
                    else:
                        for _, token, value in action(lexer, match):
                            add(_ink(token), value)
                if transition is not None:
                    _move(stack, transition)
                if end > newline:
                    # Resumed within blank space, the same rule takes what is left of it.
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
                    rows.add(_ink(Whitespace), "\n")
                    states.append(START)
                    newline = text.find("\n", position + 1)
                else:
                    rows.add(_ink(Error), text[position])
                position += 1
        return rows.checked(text), states


def _move(stack: list[str], transition: Any) -> None:
    """A rule's change of the stack, as Pygments writes it: a name, several names, or how many to pop."""
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


@lru_cache(maxsize=8192)
def _shared(run: Run) -> Run:
    """The same object for the same run: code repeats itself, and a conversation holds a lot of it."""
    return run


class _Rows:
    """Collects tokens into rows."""

    def __init__(self) -> None:
        self._done: list[Runs] = []
        self._row: list[Run] = []

    def add(self, ink: Ink, text: str) -> None:
        if "\n" not in text:
            self._put(text, ink)
            return
        first, *others = text.split("\n")
        self._put(first, ink)
        for piece in others:
            self._done.append(tuple([_shared(run) for run in self._row]))
            self._row = []
            self._put(piece, ink)

    def _put(self, text: str, ink: Ink) -> None:
        row = self._row
        if not text:
            return
        if row and (row[-1][1] is ink or text.isspace()):
            row[-1] = (row[-1][0] + text, row[-1][1])
        else:
            row.append((text, ink))

    def checked(self, text: str) -> list[Runs]:
        """The rows, if they are the whole text: some lexers leave out what they do not understand."""
        rows = self._done
        if self._row or sum([len(piece) for row in rows for piece, _ in row]) + len(rows) != len(text):
            return _plain(text)
        return rows


def _plain(text: str) -> list[Runs]:
    rows = _Rows()
    rows.add(Ink("fence"), text)
    return rows.checked(text)
