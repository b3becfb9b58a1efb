"""Vim's keys for the prompt: modes, motions with counts, operators, one register. Loaded only if the configuration asks for it.

Letters of a Russian layout mean those of the same keys. Positions are numbers of characters in the whole text.

(Over 400 lines: every command stands here once.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

from elumenta_tui.text.layouts import QWERTY_KEYS
from elumenta_tui.tui.widgets import vim_places as places

Mode = Literal["insert", "normal", "visual"]

MOST = 10_000
"""The largest count."""

_SIGNS = {";": "$", ":": "^", "?": "&", ",": "?", '"': "@", "№": "#"}
"""What the digits and the last keys of a Russian layout type with Shift, and what they type in QWERTY."""


class Area(Protocol):
    """The text area, as its keys use it."""

    @property
    def shown_text(self) -> str: ...

    @property
    def cursor_place(self) -> int: ...

    def select_range(self, start: int, end: int) -> None:
        """Select a range; the cursor is at `end`."""

    def replace_range(self, start: int, end: int, text: str) -> None:
        """Replace a range, as a change that can be undone."""

    def undo(self) -> None: ...

    def action_cursor_up(self) -> None: ...

    def action_cursor_down(self) -> None: ...


class _Target(NamedTuple):
    """Where a motion leads, and what an operator takes on the way."""

    place: int
    inclusive: bool = False
    linewise: bool = False
    start: int | None = None
    """Where a text object begins; None: at the cursor."""


class VimKeys:
    """The state of the keys. `changed` is called when the mode changes."""

    def __init__(self, area: Area, changed: Callable[[], object]) -> None:
        self._area = area
        self._changed = changed
        self.mode: Mode = "insert"
        self._count = self._operator_count = ""
        self._operator = ""
        self._prefix = ""
        """The first key of a command of two: `g`, `f`, `F`, `t`, `T`, `r`; `i` and `a` behind an operator."""
        self._found: tuple[str, str] | None = None
        """The last search in the line, and its character."""
        self._register, self._is_linewise = "", False
        self._anchor = self._head = 0
        """The fixed and the moved end of what is selected."""
        self._is_cyrillic = False

    # ------------------------------------------------------------------------------------------------------------ modes

    def insert(self) -> None:
        """Go to the insert mode."""
        self._forget()
        self._set("insert")

    def escape(self) -> bool:
        """Go to the normal mode, or forget an unfinished command. Return whether there was anything to leave."""
        if self.mode == "normal":
            was_begun = bool(self._count or self._operator or self._prefix)
            self._forget()
            return was_begun
        place = self._place
        if self.mode == "insert":
            place = max(place - 1, places.line_start(self._text, place))
        self._forget()
        self._set("normal")
        self._move(place)
        return True

    def takes(self, key: str, character: str | None) -> bool:
        """Act on a key. Return False if the text area has to handle it as always."""
        if self.mode == "insert" or key.startswith(("ctrl+", "alt+")):
            return False
        if key == "backspace":
            character = "h"
        if character is None or not character.isprintable() or len(character) != 1:
            if self.mode == "visual":
                self.escape()
            return False
        if self._prefix and self._prefix in "fFtTr":
            self._with_character(character)
        else:
            self._press(self._meant(character))
        return True

    def _meant(self, character: str) -> str:
        if character.isalpha():
            self._is_cyrillic = character in QWERTY_KEYS
        if self._is_cyrillic and character in _SIGNS:
            return _SIGNS[character]
        return QWERTY_KEYS.get(character, character)

    def _set(self, mode: Mode) -> None:
        if mode != self.mode:
            self.mode = mode
            self._changed()

    def _forget(self) -> None:
        self._count = self._operator_count = self._operator = self._prefix = ""

    # --------------------------------------------------------------------------------------------------------- commands

    @property
    def _text(self) -> str:
        return self._area.shown_text

    @property
    def _place(self) -> int:
        return self._head if self.mode == "visual" else self._area.cursor_place

    @property
    def _times(self) -> int:
        return min(MOST, int(self._count[:6] or 1) * int(self._operator_count[:6] or 1))

    def _press(self, key: str) -> None:
        if self._prefix:
            prefix, self._prefix = self._prefix, ""
            self._with_prefix(prefix, key)
        elif key.isdecimal() and (key != "0" or self._count):
            self._count += key
        elif key in ("g", "f", "F", "t", "T", "r") or (
            key in "ia" and (self._operator or self.mode == "visual")
        ):
            self._prefix = key
        elif self._operator and key == self._operator:
            self._lines(self._times)
        elif key in "dcy" and self.mode == "visual":
            self._apply(key, *self._selected())
        elif key in "dcy" and not self._operator:
            self._operator, self._operator_count, self._count = key, self._count, ""
        elif (target := self._motion(key)) is not None:
            self._go(target)
        elif not self._operator:
            self._command(key)
            self._forget()
        else:
            self._forget()

    def _with_prefix(self, prefix: str, key: str) -> None:
        if prefix == "g" and key == "g":
            line = places.place_of_line(self._text, int(self._count[:6] or 1) - 1)
            self._go(_Target(places.first_sign(self._text, line), linewise=True))
        elif prefix in "ia" and key in "wW":
            self._go(self._word_object(key, around=prefix == "a"))
        else:
            self._forget()

    def _with_character(self, character: str) -> None:
        prefix, self._prefix = self._prefix, ""
        if prefix == "r":
            start, times = self._place, self._times
            if start + times <= places.line_end(self._text, start):
                self._area.replace_range(start, start + times, character * times)
                self._move(start + times - 1)
            self._forget()
            return
        self._found = prefix, character
        self._go(self._find(prefix, character))

    def _go(self, target: _Target | None) -> None:
        """Move to a target, or apply the operator that waits for it."""
        if target is None:
            self._forget()
        elif self._operator:
            start, end = sorted((self._place if target.start is None else target.start, target.place))
            if target.linewise:
                self._lines_between(start, end)
            else:
                self._apply(self._operator, start, end + target.inclusive, linewise=False)
        else:
            if self.mode == "visual" and target.start is not None:
                self._anchor = target.start
            self._head = target.place
            self._move(target.place)
            self._forget()

    def _command(self, key: str) -> None:
        """Run a command that is neither a motion nor an operator."""
        text, place, times = self._text, self._place, self._times
        end = places.line_end(text, place)
        if self.mode == "visual":
            if key in ("x", "s"):
                self._apply("c" if key == "s" else "d", *self._selected())
            elif key == "v":
                self.escape()
            return
        match key:
            case "i":
                self._insert_at(place)
            case "a":
                self._insert_at(min(place + 1, end))
            case "I":
                self._insert_at(places.first_sign(text, place))
            case "A":
                self._insert_at(end)
            case "o" | "O":
                at = end if key == "o" else places.line_start(text, place)
                self._area.replace_range(at, at, "\n")
                self._insert_at(at + (key == "o"))
            case "x" | "X" | "s":
                start = max(place - times, places.line_start(text, place)) if key == "X" else place
                stop = place if key == "X" else min(place + times, end)
                self._apply("c" if key == "s" else "d", start, stop, linewise=False)
            case "D" | "C":
                self._apply(key.lower(), place, end, linewise=False)
            case "Y" | "S":
                self._operator = "y" if key == "Y" else "c"
                self._lines(times)
            case "p" | "P":
                self._put(times, before=key == "P")
            case "u":
                for _ in range(times):
                    self._area.undo()
                self._move(self._area.cursor_place)
            case "J":
                self._join()
            case "~":
                stop = min(place + times, end)
                self._area.replace_range(place, stop, text[place:stop].swapcase())
                self._move(stop)
            case "v":
                self._anchor = self._head = place
                self._set("visual")
                self._move(place)

    def _insert_at(self, place: int) -> None:
        self._area.select_range(place, place)
        self._set("insert")

    def _put(self, times: int, *, before: bool) -> None:
        text, place, register = self._text, self._place, self._register * times
        if not register:
            return
        if self._is_linewise:
            at = places.line_start(text, place) if before else places.line_end(text, place)
            self._area.replace_range(at, at, register if before else f"\n{register[:-1]}")
            self._move(places.first_sign(self._text, at if before else at + 1))
        else:
            at = place if before or not places.line_length(text, place) else place + 1
            self._area.replace_range(at, at, register)
            self._move(at + len(register) - 1)

    def _join(self) -> None:
        text = self._text
        end = places.line_end(text, self._place)
        if end < len(text):
            stop = end + 1
            while stop < len(text) and text[stop] in places.BLANKS:
                stop += 1
            self._area.replace_range(end, stop, " ")
            self._move(end)

    # -------------------------------------------------------------------------------------------------------- operators

    def _selected(self) -> tuple[int, int]:
        start, end = sorted((self._anchor, self._head))
        return start, min(end + 1, len(self._text))

    def _lines(self, count: int) -> None:
        """Apply the operator to so many lines from the cursor's on."""
        end = self._place
        for _ in range(count - 1):
            end = min(places.line_end(self._text, end) + 1, len(self._text))
        self._lines_between(self._place, end)

    def _lines_between(self, start: int, end: int) -> None:
        text = self._text
        self._apply(self._operator, places.line_start(text, start), places.line_end(text, end), linewise=True)

    def _apply(self, operator: str, start: int, end: int, *, linewise: bool = False) -> None:
        text = self._text
        if self.mode == "visual":
            self._set("normal")
        self._register, self._is_linewise = text[start:end] + ("\n" if linewise else ""), linewise
        self._forget()
        if operator == "y":
            self._move(self._place if linewise and start <= self._place <= end else start)
            return
        if operator == "d" and linewise:
            # With the line break behind the lines, or with the one before the last ones.
            if end < len(text):
                end += 1
            elif start:
                start -= 1
        self._area.replace_range(start, end, "")
        if operator == "c":
            self._insert_at(start)
        else:
            place = min(start, len(self._text))
            self._move(
                places.first_sign(self._text, place + (text[start : start + 1] == "\n" and linewise))
                if linewise
                else place
            )

    def _move(self, place: int) -> None:
        """Move the cursor; in the normal mode it stands on a character, not behind the last one of a line."""
        text = self._text
        place = max(0, min(place, len(text)))
        if self.mode == "visual":
            self._head = place
            forward = place >= self._anchor
            start, end = (self._anchor, place + 1) if forward else (self._anchor + 1, place)
            self._area.select_range(min(start, len(text)), min(end, len(text)))
            return
        if self.mode == "normal" or place > places.line_start(text, place):
            last = max(places.line_start(text, place), places.line_end(text, place) - 1)
            place = min(place, last)
        self._area.select_range(place, place)

    # ---------------------------------------------------------------------------------------------------------- motions

    def _motion(self, key: str) -> _Target | None:
        """Return where a motion leads; None if the key is none, or leads nowhere."""
        text, place, times = self._text, self._place, self._times
        start, end = places.line_start(text, place), places.line_end(text, place)
        match key:
            case "h":
                return _Target(max(start, place - times))
            case "l" | " ":
                return _Target(min(end, place + times))
            case "j" | "k":
                return self._vertical(times if key == "j" else -times)
            case "0":
                return _Target(start)
            case "^":
                return _Target(places.first_sign(text, place))
            case "$":
                for _ in range(times - 1):
                    end = places.line_end(text, min(end + 1, len(text)))
                return _Target(end if self._operator else max(start, end - 1) if times == 1 else end)
            case "G":
                line = places.place_of_line(text, int(self._count[:6]) - 1) if self._count else len(text)
                return _Target(places.first_sign(text, line), linewise=True)
            case "w" | "W":
                return self._next_word(times, places.BIG_WORD if key == "W" else places.WORD)
            case "b" | "B":
                starts = [
                    found.start() for found in places.pattern(key).finditer(text) if found.start() < place
                ]
                return _Target(starts[-times] if len(starts) >= times else 0)
            case "e" | "E":
                return self._word_end(times, places.pattern(key))
            case ";" | "," if self._found is not None:
                prefix, character = self._found
                return self._find(prefix if key == ";" else prefix.swapcase(), character, again=True)
        return None

    def _vertical(self, lines: int) -> _Target | None:
        text, place = self._text, self._place
        column, target = place - places.line_start(text, place), place
        for _ in range(abs(lines)):
            if lines > 0 and (end := places.line_end(text, target)) < len(text):
                target = end + 1
            elif lines < 0 and (start := places.line_start(text, target)):
                target = start - 1
            else:
                break
        target = places.line_start(text, target)
        if target == places.line_start(text, place):
            if not self._operator and self.mode == "normal" and abs(lines) == 1:
                # As the arrows: the sent prompts are above the first line.
                (self._area.action_cursor_down if lines > 0 else self._area.action_cursor_up)()
            return None
        return _Target(min(target + column, places.line_end(text, target)), linewise=True)

    def _next_word(self, times: int, pattern: re.Pattern[str]) -> _Target:
        text, place = self._text, self._place
        if self._operator == "c" and text[place : place + 1].strip():
            # Vim changes to the end of the word, and leaves the blank behind it.
            return self._word_end(times, pattern, at_least=place)
        starts = [found.start() for found in pattern.finditer(text, place + 1) if found.start() > place]
        # A word that begins before the cursor is cut there by the search.
        starts = [start for start in starts if start == 0 or places.begins(text, start, pattern)]
        target = starts[times - 1] if len(starts) >= times else len(text)
        end = places.line_end(text, place)
        if self._operator and times == 1 and target > end and place < end:
            target = end
        return _Target(target)

    def _word_end(self, times: int, pattern: re.Pattern[str], at_least: int | None = None) -> _Target:
        place = self._place
        least = place + 1 if at_least is None else at_least
        ends = [
            found.end() - 1
            for found in pattern.finditer(self._text)
            if found.end() - 1 >= max(least, found.start())
        ]
        last = max(0, len(self._text) - 1)
        return _Target(ends[times - 1] if len(ends) >= times else last, inclusive=True)

    def _word_object(self, key: str, *, around: bool) -> _Target:
        text, place = self._text, self._place
        found = next(
            (each for each in places.pattern(key).finditer(text) if each.start() <= place < each.end()), None
        )
        if found is not None:
            start, end = found.span()
        else:
            blanks = re.compile(r"[ \t]*")
            start = place
            while start and text[start - 1] in places.BLANKS:
                start -= 1
            match = blanks.match(text, start)
            end = match.end() if match is not None else place
        if around:
            stop = end
            while stop < len(text) and text[stop] in places.BLANKS:
                stop += 1
            if stop == end:
                while start and text[start - 1] in places.BLANKS:
                    start -= 1
            end = stop
        return _Target(max(start, end - 1), inclusive=end > start, start=start)

    def _find(self, prefix: str, character: str, *, again: bool = False) -> _Target | None:
        """Find a character in the line: `f` and `F` lead to it, `t` and `T` to the one before."""
        text, place = self._text, self._place
        start, end = places.line_start(text, place), places.line_end(text, place)
        is_until = prefix in "tT"
        skip = 1 + (again and is_until)
        for _ in range(self._times):
            if prefix in "ft":
                place = text.find(character, place + skip, end)
            else:
                place = text.rfind(character, start, max(start, place - skip + 1))
            if place < 0:
                return None
            skip = 1
        if prefix in "ft":
            return _Target(place - is_until, inclusive=True)
        return _Target(place + is_until)
