"""Keys that work in a Russian layout, and input that survives anything a terminal may send.

A terminal with the Kitty keyboard protocol reports Ctrl+C in a Russian layout as Ctrl+с, a key that nothing is bound to:
one cannot even quit. Textual asks for that protocol by itself. `with_layouts` gives its driver a parser that reads such
keys by their place on the keyboard, and a decoder that no byte can stop.

Textual's parser is private. It is tried once before use; if it has changed, Textual's own driver is used as it is.
Importing this module imports nothing of Textual.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from functools import cache, partial
from os import environ
from time import monotonic
from typing import TYPE_CHECKING, Any

from elumenta_tui.terminal.keystream import (
    STRINGS,
    Input,
    Keystream,
    LoneEscape,
    Pasted,
    Sequence,
    Settled,
    Typed,
)
from elumenta_tui.text.layouts import TELLING, learn_place_of_i, twins
from elumenta_tui.text.lazy_pattern import LazyPattern
from elumenta_tui.text.sanitize import clean

if TYPE_CHECKING:
    from textual import events
    from textual.driver import Driver
    from textual.message import Message

    from elumenta_tui.terminal.textual_internals import XTermParser

# A key as numbers: the Kitty form (CSI code:shifted:base;modifiers:event;text u), xterm's modifyOtherKeys form
# (CSI 27;modifiers;code ~), or a functional key with modifiers (CSI 1;modifiers:event A).
_NUMBERED_KEY = LazyPattern(r"\x1b\[([\d:;]*)([u~ABCDEFHPQRS])")

_I_TOLD = LazyPattern(r"\x1b\[(?:1110|1030):\d*:(\d{2,3})[;u]")
"""The letter і with what its key types in QWERTY."""

_I_CODES = ("\x1b[1110:", "\x1b[1030:")

_ALT, _CTRL, _SUPER, _HYPER, _META = (1 << bit for bit in range(1, 6))
_CHORD = _ALT | _CTRL | _SUPER | _HYPER | _META

_BACKSPACE_BYTE, _BACKSPACE, _TAB, _ENTER, _ESCAPE = 8, 127, 9, 13, 27
_NAMED_CONTROLS = {_BACKSPACE, _TAB, _ENTER, _ESCAPE}

_RELEASED = 3
_MODIFIERS_LIMIT = 256


def _is_text(code: int) -> bool:
    """Return whether a code point can be a character that a key types."""
    return 0x20 <= code < 0x7F or 0xA0 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF


def _number(fields: list[list[str]], field: int, part: int = 0) -> int:
    """Return a number of a key sequence; 0, which is no key, no modifier and no text, if it is missing."""
    try:
        return int(fields[field][part])
    except (IndexError, ValueError):
        return 0


def _key_code(code: int, base: int) -> int:
    """Return the code of the key that a chord means, whatever the layout."""
    if code > 0x7F and _is_text(base):
        return base
    character = chr(code).lower()
    character = (*twins(character), character)[0]
    return ord(character) if len(character) == 1 else code


def _normalized(sequence: str) -> str | None:
    """Return a key sequence in a form that Textual reads correctly, with a chord by its place on the keyboard.

    Returns:
        The sequence, unchanged if it is not a numbered key; None if it means no key at all: the release of a key, or
        meaningless numbers.
    """
    if (match := _NUMBERED_KEY.fullmatch(sequence)) is None:
        return sequence
    fields = [field.split(":") for field in match[1].split(";")]
    final = match[2]
    if _number(fields, 1, 1) == _RELEASED:
        return None
    modifiers = _number(fields, 1)
    if modifiers > _MODIFIERS_LIMIT:
        return None
    held = max(modifiers - 1, 0)

    if final == "~" and fields[0] == ["27"] and len(fields) == 3:
        code, base, text = _number(fields, 2), 0, []
        if not held & _CHORD and _is_text(code):
            text = [code]
    elif final == "u":
        code, base = _number(fields, 0), _number(fields, 0, 2)
        parts = range(len(fields[2])) if len(fields) > 2 else ()
        # Control codes are forbidden as text. With one, Textual drops the Alt of Alt+Enter, which would send the prompt.
        text = [part for part in (_number(fields, 2, part) for part in parts) if _is_text(part)]
        if held & (_CTRL | _SUPER) and not held & _ALT:
            # A text area types a key's text before it looks for bindings. With Alt the key may be AltGr, which does type.
            text = []
    else:
        return "\x1b[" + ";".join(field[0] for field in fields) + final

    if code == _BACKSPACE_BYTE:
        code = _BACKSPACE
    if not (_is_text(code) or code in _NAMED_CONTROLS or (code == 0 and text)):
        return None
    if held & _CHORD and not text:
        code = _key_code(code, base)
    return f"\x1b[{code};{modifiers or ''};{':'.join(map(str, text))}u"


_ESCAPE_CHARACTER = "\x1b"
_ALT_BACKSPACE = "\x1b\x7f"
_ALT_ENTER = {"\x1b\r", "\x1b\n"}


# What the key stream would tell. It does not take part: compiling its expressions takes a hundredth of the time until the first
# frame. A paste has no key: its entry is empty.
_TRIAL = (
    Typed("a"),
    Sequence("\x1b\r"),
    Sequence("\x1b[27;2;13~"),
    Sequence("\x1b[27;5;1089~"),
    Pasted("b"),
)
_TRIAL_KEYS = ["a", "alt+enter", "shift+enter", "ctrl+c", ""]


@cache
def layout_parser() -> type[XTermParser] | None:
    """Return a subclass of Textual's parser that reads keys by their place and never raises. Cached.

    Returns:
        The class, or None if Textual's parser is no longer the one that this was written for.
    """
    try:
        parser: Any = _build_parser()
        tried = parser()
        keys = [getattr(event, "key", "") for item in _TRIAL for event in tried.messages_of(item)]
    # Whatever a changed Textual raises here, its own keyboard is better than none.
    except Exception:
        return None
    return parser if keys == _TRIAL_KEYS else None


def _build_parser() -> Any:
    """Build the parser class. (Over 60 lines: the class can be made only where Textual is imported, which is late.)"""
    from textual import constants, events
    from textual.keys import Keys

    from elumenta_tui.terminal.escape import BackgroundAnswer, EscapeSettled, EscapeUnsettled, GraphicsAnswer
    from elumenta_tui.terminal.textual_internals import ANSI_SEQUENCES_KEYS, FUNCTIONAL_KEYS, KeyParser

    class LayoutParser(KeyParser):
        """Reads keys by their place on the keyboard, whatever the layout."""

        def __init__(self, debug: bool = False) -> None:
            self.clock: Callable[[], float] = monotonic
            term = environ.get("TERM", "")
            self._stream = self._new_stream(doubles_escape=term.startswith(("rxvt", "putty")))
            super().__init__(debug)

        def _new_stream(self, *, doubles_escape: bool) -> Keystream:
            return Keystream(self._now, constants.ESCAPE_DELAY, doubles_escape=doubles_escape)

        def key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
            # Textual drops the Alt, and Enter sends a paid request.
            if sequence in _ALT_ENTER or (alt and sequence in {"\r", "\n"}):
                return [events.Key("alt+enter", None)]
            if sequence == _ALT_BACKSPACE:
                # Textual takes it for Ctrl+W, which its fields know; the character tells them apart.
                return [events.Key("ctrl+w", sequence[1])]
            if len(sequence) == 2 and isinstance(ANSI_SEQUENCES_KEYS.get(sequence), str):
                # Textual takes Alt and a digit for the character that Option types on a Mac, because one terminal there sends it so.
                return self._alt_key(sequence[1])
            if len(sequence) == 2 and sequence[0] == _ESCAPE_CHARACTER and (others := twins(sequence[1])):
                # Alt+F and some others have a meaning of their own in Textual's table.
                return super().key_events(_ESCAPE_CHARACTER + others[0])
            if len(sequence) == 1:
                if sequence in TELLING:
                    learn_place_of_i(TELLING[sequence])
                return self._alt_key(sequence) if alt else super().key_events(sequence)
            if (match := _NUMBERED_KEY.fullmatch(sequence)) is None:
                return super().key_events(sequence, alt)
            return self._numbered_key(sequence, match[2])

        def _alt_key(self, character: str) -> Iterable[events.Key]:
            """Return the key that a terminal without the Kitty protocol means by Escape and a character."""
            for event in super().key_events((*twins(character), character)[0], True):
                # Textual keeps the Alt of letters only.
                named = event.key.startswith("alt+") or not character.isprintable()
                # Keep the typed character: Escape quickly followed by a letter looks the same.
                yield events.Key(event.key if named else f"alt+{event.key}", character)

        def _numbered_key(self, sequence: str, final: str) -> Iterable[events.Key]:
            if sequence.startswith(_I_CODES) and (told := _I_TOLD.match(sequence)) is not None:
                learn_place_of_i(chr(int(told[1])))
            tidied = _normalized(sequence)
            if tidied is None:
                return [events.Key(Keys.Ignore, sequence)]
            if not tidied.endswith("u"):
                number = tidied[2:-1].split(";")[0] or "1"
                if f"{number}{final}" not in FUNCTIONAL_KEYS:
                    # Textual reads the number as a character: the 25 of F13, CSI 25 ~, as a control code.
                    named = ANSI_SEQUENCES_KEYS.get(tidied)
                    if not isinstance(named, tuple):
                        return [events.Key(Keys.Ignore, sequence)]
                    return [events.Key(key.value, None) for key in named]
                return super().key_events(tidied)
            if constants.DISABLE_KITTY_KEY and final == "u":
                return super().key_events(sequence)
            return [key.copy() for key in self.extended_key(tidied)]

        def parse_mouse_code(self, code: str) -> Message | None:
            try:
                return super().parse_mouse_code(code)
            except ArithmeticError:
                # If a terminal reports its size in pixels as 0, Textual divides by it.
                return None

        @property
        def due(self) -> float | None:
            """Time at which `tick` has something to decide, on the parser's clock; None if there is nothing to wait for."""
            return self._stream.due

        def feed(self, data: str) -> Iterable[Message]:
            # To Textual an empty string means the end of input.
            if not data or self.is_eof:
                yield from super().feed(data)
                return
            yield from self._messages(self._stream.feed, data)

        def tick(self) -> Iterable[Message]:
            yield from self._messages(self._stream.tick)

        def _messages(self, read: Callable[..., list[Input]], *data: str) -> Iterable[Message]:
            try:
                for item in read(*data):
                    yield from self.messages_of(item)
            # An exception here would end the input thread, and the program with it.
            except Exception:
                self._start_over()

        def messages_of(self, item: Input) -> Iterable[Message]:
            """Yield what an item of the key stream means to Textual."""
            match item:
                case Typed(text):
                    yield from super().feed(text)
                case Pasted(text):
                    # Every field accepts pastes, and only the prompt is ours. So pastes are sanitized here.
                    yield events.Paste(clean(text))
                case LoneEscape():
                    yield EscapeUnsettled()
                    yield events.Key("escape", _ESCAPE_CHARACTER)
                case Settled(was_meant):
                    yield EscapeSettled(was_meant)
                case Sequence():
                    yield from self._sequence(item)

        def _sequence(self, sequence: Sequence) -> Iterable[Message]:
            if sequence.text[1] in STRINGS and len(sequence.text) > 2:
                # An answer to a query of some other program, unless it is about pictures or the background.
                if sequence.text.startswith("\x1b_G"):
                    yield GraphicsAnswer(sequence.text[:200])
                elif sequence.text.startswith("\x1b]11;"):
                    yield BackgroundAnswer(sequence.text[:200])
                return
            if sequence.text.startswith("\x1b[?997;"):
                yield BackgroundAnswer(sequence.text[:200])
                return
            for message in self._whole(sequence.text):
                if isinstance(message, events.Key):
                    if sequence.is_silent:
                        continue
                    if sequence.has_alt:
                        yield events.Key(_with_alt(message.key), None)
                        continue
                yield message

        def _whole(self, sequence: str) -> list[Message]:
            """Return the messages of a whole sequence. Textual would wait for more of a sequence that it does not know."""
            messages = list(super().feed(sequence))
            if self.is_mid_sequence:
                if len(sequence) == 2:
                    messages += self.end_sequence()
                else:
                    self.restart()
            return messages

        def _start_over(self) -> None:
            self._stream = self._new_stream(doubles_escape=self._stream.doubles_escape)
            self.restart()

        def _now(self) -> float:
            return self.clock()

    return LayoutParser


def _with_alt(key: str) -> str:
    *modifiers, name = key.split("+")
    return "+".join([*sorted({*modifiers, "alt"}), name])


def seconds_to_tick(parser: XTermParser) -> float | None:
    """Return the seconds until the parser's `tick` has something to decide; None if it waits for nothing."""
    due: float | None = getattr(parser, "due", None)
    return None if due is None else max(0.0, due - monotonic())


def lenient_decoder(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    """Return a factory like `codecs.getincrementaldecoder`, whose decoders replace a wrong byte by U+FFFD instead of raising.

    The byte is not dropped: in an old mouse report it stands for a coordinate, and without it the report would swallow the
    next key.
    """
    return partial(codecs.getincrementaldecoder(encoding), errors="replace")


@cache
def with_layouts(base: type[Driver]) -> type[Driver]:
    """Return a driver class with the parser and the decoder of this module, for `App.get_driver_class`. Cached.

    A driver that reads no terminal (the headless one), or one that Textual has changed, is returned as it is.
    """
    from elumenta_tui.terminal.textual_internals import driver_with_parser

    return driver_with_parser(base, layout_parser, lenient_decoder)
