"""Split terminal input into typed text, whole escape sequences, lone Esc keys and pastes.

(Over 400 lines: one machine with one state, whose transitions are read together.)

A connection cuts its bytes anywhere and delivers the rest late, a paste may hold what looks like keys, and a terminal may
never send the end of what it began. `Keystream` collects the pieces and decides, by its owner's clock. It knows no terminal
library.

Every wait ends by a timer (`due`, `tick`), never by comparing two times in `feed`. Input that came while the program was
busy is read before the timers that ran out meanwhile, and counts as in time.
"""

from __future__ import annotations

from collections.abc import Callable

from elumenta_tui.lean import Frozen
from elumenta_tui.text.lazy_pattern import LazyPattern

ESCAPE = "\x1b"
PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"

STRINGS = "]P_^X"
"""Characters that begin an OSC, DCS, APC, PM or SOS after an Escape."""

ESCAPE_DELAY = 0.1
"""Seconds after which an Escape that nothing follows is the Esc key."""

LATE = 0.35
"""Seconds after that in which the rest of a sequence may still come. Until then it is undecided whether Esc was pressed."""

PATIENCE = 0.5
"""Seconds to wait for the rest of a sequence that cannot be the Esc key."""

PASTE_PATIENCE = 1.0
"""Seconds without input after which a paste without an end is over."""

PASTE_LIMIT = 4_000_000
"""Characters after which a paste is emitted in pieces."""

GUARD = 0.1
"""Seconds after a paste in which Enter is a new line and no other key acts: it may be part of the paste."""

TAIL = 0.2
"""Seconds after a paste in which text with a line end in one read is part of it."""

LAPSED = 10.0
"""Seconds in which the rest of a paste whose end did not come in time may still arrive."""

BURST = 0.03
"""Seconds between two reads of one burst, faster than anybody types."""

LONG = 64
"""Characters in one read that nobody types: they come from a terminal that does not mark pastes."""


class Typed(Frozen):
    """Characters, each of them a key."""

    text: str


class Sequence(Frozen):
    """A whole escape sequence."""

    text: str
    is_silent: bool = False
    """True if its key is to be ignored: only reports count."""
    has_alt: bool = False
    """True if an Escape stood before the sequence, as some terminals send Alt with an arrow."""


class Pasted(Frozen):
    """A pasted text, with whatever is in it."""

    text: str


class LoneEscape:
    """The Esc key, unless a later `Settled` says otherwise."""


class Settled(Frozen):
    """Decides whether the last `LoneEscape` was the Esc key or the beginning of a sequence."""

    was_meant: bool


Input = Typed | Sequence | Pasted | LoneEscape | Settled

_TEXT = r"[^\x00-\x1f\x7f]"

_WHOLE = LazyPattern(
    r"\x1b(?:"
    r"\[(?:\[[!-~]|M[^\x00-\x1f]{3}|(?![M\[])[0-?]{0,256}[ -/]{0,4}[@-~])"
    r"|O[0-9;]{0,8}[A-Za-z]"
    rf"|[\]P_^X]{_TEXT}*(?:\x07|\x1b\\)"
    r")"
)
"""Matches any sequence of ECMA-48, of the Linux console (`ESC [ [ A`), or of the oldest mouse report."""

_PART = LazyPattern(
    r"\x1b(?:"
    r"\[(?:\[|M[^\x00-\x1f]{0,2}|(?![M\[])[0-?]{0,256}[ -/]{0,4})"
    r"|O[0-9;]{0,8}"
    rf"|(?:\][0-9lL]|P[0-9!>$+=|{{]|_[!-~]){_TEXT}{{0,65536}}\x1b?"
    r"|[\]P_^X]"
    r")"
)
"""Matches the beginning of a sequence, longer than its Escape."""

_BROKEN = LazyPattern(rf"\x1b(?:\[(?=[0-?M])(?:M[^\x00-\x1f]*|[0-?]*[ -/]*)|[\]P_][0-9!>$+=|{{lLG]{_TEXT}*)")
"""Matches the beginning of a sequence that something else has cut off for good."""

_INPUT = LazyPattern(
    r"\x1b(?:"
    r"\[(?:[A-HPQRSZIOabcd]|M[^\x00-\x1f]{3}|\[[A-E]|<[0-9;-]+[mM]|[0-9;-]+M|[?>]?[0-9:;]+\$?(?!m)[~A-Za-z^@])"
    r"|O[0-9;]{0,8}[A-Za-z]"
    rf"|(?:\][0-9lL]|P[01>!]|_G){_TEXT}*(?:\x07|\x1b\\)"
    r")"
)
"""Matches a sequence that a terminal sends by itself or for a key. Others can only have been pasted."""

_LATE_WHOLE = LazyPattern(rf"\x1bO[A-DFHMPQRS]|(?!\x1bO){_INPUT.pattern}")
_LATE_PART = LazyPattern(
    r"\x1b(?:"
    r"\[(?:\[|M[^\x00-\x1f]{0,2}|[?<>]?[0-9:;-]*\$?)?"
    rf"|O|\](?:[0-9]{_TEXT}{{0,65536}}\x1b?)?|P(?:[01>!]{_TEXT}{{0,65536}}\x1b?)?|_(?:G{_TEXT}{{0,65536}}\x1b?)?"
    r")"
)
_LATE_STARTS = "[O]P_\r"

_META_KEY = LazyPattern(r"\x1b\x1b(?:\[[A-HZ]|\[[0-9]{1,2}[~^@$]|\[[a-d]|O[A-Za-z])")
_META_PART = LazyPattern(r"\x1b\x1b(?:\[[0-9]{0,2}|O)?")
"""Matches the beginning of Alt with an arrow or a function key, as PuTTY and rxvt send it."""

_LONG_TEXT = LazyPattern(rf"[^\x00-\x1f\x7f-\x9f]{{{LONG},}}")

_Token = Typed | Sequence | LoneEscape


class Keystream:
    """Turns the pieces of terminal input into `Input` values, each as soon as it is certain."""

    def __init__(
        self, clock: Callable[[], float], escape_delay: float = ESCAPE_DELAY, *, doubles_escape: bool = False
    ) -> None:
        """Create an empty stream. `doubles_escape` says that the terminal sends Alt with an arrow as ESC and the arrow's
        sequence."""
        self._clock = clock
        self._escape_delay = escape_delay
        self.doubles_escape = doubles_escape
        """True if the terminal sends a second Escape for Alt. Set when the terminal first does so."""
        self._timers: dict[str, float] = {}
        self._rest = ""
        """Beginning of an unfinished sequence."""
        self._is_late = False
        """True if `_rest` began with an Escape that was emitted already."""
        self._paste: list[str] | None = None
        self._paste_size = 0
        self._paste_read = 0.0
        self._held: list[_Token] = []
        """Tokens from an Enter on that may be a line end of an unfinished paste."""
        self._lines = 0
        """Lines with text that have ended in this burst."""
        self._line_has_text = False
        self._emitted: list[Input] = []

    @property
    def due(self) -> float | None:
        """Time at which `tick` has something to decide, on the clock; None if there is nothing to wait for."""
        return min(self._timers.values(), default=None)

    def _wait(self, name: str, seconds: float) -> None:
        self._timers[name] = self._clock() + seconds

    def feed(self, data: str) -> list[Input]:
        """Process the next piece of terminal input."""
        data = self._rest + data
        if "late" in self._timers and not self._rest and data[:1] and data[0] in _LATE_STARTS:
            data, self._is_late = ESCAPE + data, True
        self._rest = ""
        self._timers.pop("sequence", None)
        while data:
            if self._paste is not None:
                data = self._continue_paste(data)
            else:
                tokens, data = self._cut(data)
                self._process(tokens)
        return self._emit()

    def tick(self) -> list[Input]:
        """Decide what has waited long enough."""
        now = self._clock()
        due = [name for name, time in self._timers.items() if time <= now]
        for name in due:
            self._timers.pop(name, None)
        if "sequence" in due:
            self._give_up_sequence()
        if "late" in due and not self._is_late:
            self._emitted.append(Settled(True))
        if "burst" in due:
            self._release()
        if "paste" in due:
            self._end_paste()
            self._wait("lapsed", LAPSED)
        return self._emit()

    def _emit(self) -> list[Input]:
        emitted, self._emitted = self._emitted, []
        return emitted

    # ------------------------------------------------------------------------------------------------------ sequences

    def _cut(self, data: str) -> tuple[list[_Token], str]:
        """Return the tokens up to the start of a paste or the end, and the data behind."""
        tokens: list[_Token] = []
        while data:
            if self._is_late:
                data = self._continue_late(data, tokens)
                continue
            at = data.find(ESCAPE)
            if at != 0:
                text = data if at < 0 else data[:at]
                self._settle(was_meant=True)
                tokens.append(Typed(text))
                data = data[len(text) :]
            elif data.startswith(PASTE_START):
                self._settle(was_meant=True)
                self._process(tokens)
                self._paste, self._paste_size = [], 0
                self._timers.pop("lapsed", None)
                self._wait("paste", PASTE_PATIENCE)
                return [], data[len(PASTE_START) :]
            else:
                size = self._cut_sequence(data, tokens)
                if size == 0:
                    self._store_rest(data)
                    break
                data = data[size:]
        return tokens, ""

    def _cut_sequence(self, data: str, tokens: list[_Token]) -> int:
        """Return the length of the sequence at the start of the data; 0 if more is to come."""
        if data.startswith(ESCAPE * 2):
            if (meta := _META_KEY.match(data)) is not None:
                self.doubles_escape = True
                tokens.append(Sequence(meta[0][1:], has_alt=True))
                return len(meta[0])
            if _META_PART.fullmatch(data):
                return 0
            tokens.append(LoneEscape())
            return 1
        if (whole := _WHOLE.match(data)) is not None:
            if self._is_rest_of_alt(whole[0]):
                self._settle(was_meant=False)
                return len(whole[0])
            tokens.append(Sequence(whole[0]))
            return len(whole[0])
        if data == ESCAPE or _PART.fullmatch(data):
            return 0
        if (broken := _BROKEN.match(data)) is not None:
            # A broken sequence is no key of the user's. An Enter behind it may belong to it.
            if data[len(broken[0]) :].startswith("\r"):
                tokens.append(Sequence("\x1b\r"))
                return len(broken[0]) + 1
            return len(broken[0])
        tokens.append(Sequence(data[:2]))
        return 2

    def _is_rest_of_alt(self, sequence: str) -> bool:
        """Return whether an arrow so soon after an Escape may be the second half of Alt with that arrow.

        On most terminals it never is: there it is an arrow, pressed soon after Esc.
        """
        return (
            self.doubles_escape
            and "late" in self._timers
            and _META_KEY.fullmatch(ESCAPE + sequence) is not None
        )

    def _store_rest(self, rest: str) -> None:
        self._rest = rest
        alone = rest in (ESCAPE, ESCAPE * 2)
        self._wait("sequence", self._escape_delay if alone else PATIENCE)

    def _continue_late(self, data: str, tokens: list[_Token]) -> str:
        """Process data after an Escape that was emitted as a key: the rest of a sequence, or something new. Return the data
        behind."""
        if data.startswith("\x1b\r"):
            self._settle(was_meant=False)
            tokens.append(Sequence("\x1b\r"))
            return data[2:]
        if (whole := _LATE_WHOLE.match(data)) is not None:
            self._settle(was_meant=False)
            if whole[0] == PASTE_START:
                return data
            tokens.append(Sequence(whole[0], is_silent=True))
            return data[len(whole[0]) :]
        if _LATE_PART.fullmatch(data):
            self._rest = data
            self._wait("sequence", PATIENCE)
            return ""
        self._settle(was_meant=True)
        return data[1:]

    def _settle(self, *, was_meant: bool) -> None:
        """Decide what the last Escape was."""
        if "late" in self._timers or self._is_late:
            self._timers.pop("late", None)
            self._is_late = False
            self._emitted.append(Settled(was_meant))

    def _give_up_sequence(self) -> None:
        rest, self._rest = self._rest, ""
        if self._is_late:
            self._settle(was_meant=True)
            self._process([Typed(rest[1:])])
        elif rest in (ESCAPE, ESCAPE * 2):
            self._settle(was_meant=True)
            self._process([LoneEscape() for _ in rest])
            self._wait("late", LATE)
        elif len(rest) == 2:
            self._process([Sequence(rest)])

    # ----------------------------------------------------------------------------------------------------------- pastes

    def _continue_paste(self, data: str) -> str:
        """Append data to the paste, and return the data behind its end.

        A paste ends at the last end mark before the next start in this read, because it may hold such marks itself.
        """
        assert self._paste is not None
        at = data.find(PASTE_END)
        if at < 0:
            self._rest = _cut_mark(data, PASTE_END)
            text = data.removesuffix(self._rest)
            self._paste.append(text)
            self._paste_size += len(text)
            now = self._clock()
            if len(data) > 8 or now - self._paste_read < PASTE_PATIENCE / 4:
                self._wait("paste", PASTE_PATIENCE)
            self._paste_read = now
            if self._paste_size > PASTE_LIMIT:
                self._emitted.append(Pasted("".join(self._paste)))
                self._paste, self._paste_size = [], 0
            return ""
        start = data.find(PASTE_START, at)
        at = data.rfind(PASTE_END, 0, len(data) if start < 0 else start)
        self._paste.append(data[:at])
        self._timers.pop("paste", None)
        self._end_paste()
        return data[at + len(PASTE_END) :]

    def _end_paste(self) -> None:
        self._emitted.append(Pasted("".join(self._paste or [])))
        self._paste = None
        self._rest = ""
        self._guard()

    def _guard(self) -> None:
        self._wait("guard", GUARD)
        self._wait("tail", TAIL)

    # ------------------------------------------------------------------------------------------------- text and its ends

    def _process(self, tokens: list[_Token]) -> None:
        """Emit the tokens of one read: as keys, or as a paste that is not marked."""
        ends = [token for token in tokens if isinstance(token, Sequence) and token.text == PASTE_END]
        if ends:
            # The end of a paste whose start was lost, or that was given up.
            self._timers.pop("lapsed", None)
            self._guard()
            tokens = [token for token in tokens if token not in ends]
        if not tokens:
            return
        text = "".join(map(_text_of, tokens))
        if len(text) > 1 or any(map(_is_not_typed, tokens)):
            # Escapes in the middle of a text were pasted with it.
            tokens = [token for token in tokens if not isinstance(token, LoneEscape)]
        self._count_lines(text)
        is_foreign = any(map(_is_not_typed, [*self._held, *tokens]))
        is_tail = len(text) > 1 and "\r" in text and bool({"tail", "lapsed"} & self._timers.keys())
        if "guard" in self._timers or is_tail or self._lines > 1 or (self._lines == 1 and is_foreign):
            self._process_pasted([*self._held, *tokens])
            self._held = []
        else:
            self._process_typed(tokens)
        self._wait("burst", BURST)

    def _count_lines(self, text: str) -> None:
        *ended, last = text.split("\r")
        for line in ended:
            self._lines += bool(line.strip()) or self._line_has_text
            self._line_has_text = False
        self._line_has_text = self._line_has_text or bool(last.strip())

    def _process_typed(self, tokens: list[_Token]) -> None:
        """Emit keys up to the Enter behind text of the same burst: more of a paste may follow it."""
        for number, token in enumerate(tokens):
            if self._held or self._lines == 0 or not isinstance(token, Typed) or "\r" not in token.text:
                self._hold_or_emit(token)
                continue
            at = token.text.index("\r")
            self._emit_typed(token.text[:at])
            self._held = [Typed(token.text[at:]), *tokens[number + 1 :]]
            return

    def _hold_or_emit(self, token: _Token) -> None:
        if self._held:
            self._held.append(token)
        elif isinstance(token, Typed):
            self._emit_typed(token.text)
        else:
            self._emitted.append(token)

    def _emit_typed(self, text: str) -> None:
        at = 0
        for long in _LONG_TEXT.finditer(text):
            if long.start() > at:
                self._emitted.append(Typed(text[at : long.start()]))
            self._emitted.append(Pasted(long[0]))
            self._wait("tail", TAIL)
            at = long.end()
        if at < len(text):
            self._emitted.append(Typed(text[at:]))

    def _process_pasted(self, tokens: list[_Token]) -> None:
        """Emit an unmarked paste, or what came with the end of a paste. No key in it acts."""
        text: list[str] = []
        is_paste = len(tokens) > 1
        for token in tokens:
            if isinstance(token, Typed):
                is_paste = is_paste or "\r" in token.text
                text.append(token.text)
            elif isinstance(token, Sequence) and (_is_not_typed(token) or _text_of(token)):
                is_paste = True
                text.append(token.text)
            elif isinstance(token, Sequence):
                self._emitted.append(Sequence(token.text, is_silent=True))
        if not is_paste:
            self._emit_typed("".join(text))
        elif text:
            self._emitted.append(Pasted("".join(text)))
            self._guard()

    def _release(self) -> None:
        """Emit as keys what was held back, because nothing has followed."""
        self._lines, self._line_has_text = 0, False
        held, self._held = self._held, []
        for token in held:
            self._hold_or_emit(token)


def _text_of(token: _Token) -> str:
    """Return the characters of a token; Alt+Enter counts as a line end."""
    if isinstance(token, Typed):
        return token.text
    return "\r" if isinstance(token, Sequence) and token.text == "\x1b\r" else ""


def _is_not_typed(token: _Token) -> bool:
    """Return whether a token cannot have come from a keyboard, nor be Escape quickly followed by a letter."""
    if not isinstance(token, Sequence) or token.has_alt or _text_of(token):
        return False
    if token.text[1] in STRINGS and len(token.text) > 2:
        return False
    return _INPUT.fullmatch(token.text) is None


def _cut_mark(text: str, mark: str) -> str:
    """Return the beginning of a mark with which a text ends; empty if there is none."""
    return next((mark[:size] for size in range(len(mark) - 1, 0, -1) if text.endswith(mark[:size])), "")
