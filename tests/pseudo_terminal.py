"""A real terminal for tests: a program on a pty, a screen to look at, a keyboard to type on."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import selectors
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

import pyte
from textual.keys import _character_to_key

from tests import prepared

ROOT = prepared.ROOT

PROGRAM = str(Path(sys.executable).with_name("elumenta-tui"))
"""The installed program."""

PREPARED = "prepared"
"""In place of `PROGRAM`, or of Python before `-c`: the same, without the start of Python, which takes most of the time."""

HAND = 0.15
"""Seconds between a paste and the next key; what comes sooner may be a part of the paste."""

SOON = 8.0
"""Seconds in which the program has ended that promises three: machines that run tests are busy."""

_READ_SIZE = 65536
_LAST_OUTPUT_TIMEOUT = 2.0

_KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "backspace": "\x7f",
    "space": " ",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "alt+enter": "\x1b\r",
}
_LETTER_KEYS = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_NUMBER_KEYS = {"insert": 2, "delete": 3, "pageup": 5, "pagedown": 6}
_NUMBER_KEYS |= {
    f"f{key}": number for key, number in zip(range(5, 11), (15, 17, 18, 19, 20, 21), strict=True)
}
_NUMBER_KEYS |= {"f11": 23, "f12": 24}
_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4}

# The two layouts key by key, without and with Shift.
_LATIN = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?"
_RUSSIAN = 'ё1234567890-=йцукенгшщзхъ\\фывапролджэячсмитьбю.Ё!"№;%:?*()_+ЙЦУКЕНГШЩЗХЪ/ФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,'
_LAYOUTS = {
    "latin": _LATIN,
    "russian": _RUSSIAN,
    "ukrainian": "'1234567890-=йцукенгшщзхїґфівапролджєячсмитьбю.₴!\"№;%:?*()_+ЙЦУКЕНГШЩЗХЇҐФІВАПРОЛДЖЄЯЧСМИТЬБЮ,",
    "belarusian": "ё1234567890-=йцукенгшўзх'\\фывапролджэячсмітьбю.Ё!\"№;%:?*()_+ЙЦУКЕНГШЎЗХ'/ФЫВАПРОЛДЖЭЯЧСМІТЬБЮ,",
    "kazakh": '("әіңғ,.үұқөһйцукенгшщзхъ\\фывапролджэячсмитьбю№)!ӘІҢҒ;:ҮҰҚӨҺЙЦУКЕНГШЩЗХЪ/ФЫВАПРОЛДЖЭЯЧСМИТЬБЮ?',
}
_PLACES = {_character_to_key(character): place for place, character in enumerate(_LATIN)}
_SHIFTED_FROM = len(_LATIN) // 2
_KITTY_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4, "super": 8, "hyper": 16, "meta": 32}

# pyte prints the ends of private CSI, takes `CSI > 4;2 m` for colours, and prints DCS and APC strings whole.
_UNKNOWN_TO_PYTE = re.compile(
    rb"\x1b\[[<=>][0-?]*[ -/]*[@-~]|\x1b\[[0-?]*[!-/][ -/]*[@-~]|\x1b[P_^X].*?\x1b\\", re.DOTALL
)
_CUT_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[P_^X](?:(?!\x1b\\).)*)?\Z", re.DOTALL)
_MODE_QUERY = re.compile(rb"\x1b\[\?(\d+)\$p")

_SYNCHRONIZED_OUTPUT = b"2026"
_KNOWN_AND_RESET, _UNKNOWN = 2, 0
_ALTERNATE_SCREEN = 1049


class _Screen(pyte.Screen):
    """pyte's screen, with the alternate screen, and with answers to what a program asks."""

    def __init__(self, columns: int, lines: int, answer: Callable[[bytes], None]) -> None:
        self._answer = answer
        self._main_screen: tuple[dict[int, dict[int, Any]], int, int] | None = None
        super().__init__(columns, lines)

    def write_process_input(self, data: str) -> None:
        self._answer(data.encode())

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        if kwargs.get("private") and _ALTERNATE_SCREEN in modes and self._main_screen is None:
            lines = {row: dict(line) for row, line in self.buffer.items()}
            self._main_screen = lines, self.cursor.x, self.cursor.y
            self.erase_in_display(2)
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        super().reset_mode(*modes, **kwargs)
        if kwargs.get("private") and _ALTERNATE_SCREEN in modes and self._main_screen is not None:
            lines, self.cursor.x, self.cursor.y = self._main_screen
            self._main_screen = None
            self.erase_in_display(2)
            for row, line in lines.items():
                self.buffer[row].update(line)


def key_bytes(key: str) -> bytes:
    """What a terminal without the Kitty protocol sends for a key with Textual's name."""
    if key in _KEYS:
        return _KEYS[key].encode()
    *modifiers, name = key.split("+")
    if not all(modifier in _MODIFIERS for modifier in modifiers):
        raise ValueError(f"no such key: {key}")
    held = 1 + sum(_MODIFIERS[modifier] for modifier in modifiers)
    if name in _LETTER_KEYS:
        return (f"\x1b[1;{held}" if modifiers else "\x1b[").encode() + _LETTER_KEYS[name].encode()
    if name in _NUMBER_KEYS:
        return f"\x1b[{_NUMBER_KEYS[name]}{f';{held}' if modifiers else ''}~".encode()
    if modifiers == ["ctrl"] and len(name) == 1 and "a" <= name <= "z":
        return bytes([ord(name) & 0x1F])
    if modifiers == ["alt"] and len(name) == 1:
        return b"\x1b" + name.encode()
    if not modifiers and len(name) == 1:
        return name.encode()
    raise ValueError(f"a terminal has no bytes for this key: {key}")


def character_at(name: str, layout: str) -> str | None:
    """What a key with Textual's name types in a layout, by its place on the keyboard; None if it is in none of the four rows."""
    place = _PLACES.get(name)
    return None if place is None else _LAYOUTS[layout][place]


def kitty(key: str, layout: str = "russian", *, tells_place: bool = False) -> str | None:
    """What a terminal with the Kitty protocol, in Textual's mode, sends for a key with Textual's name.

    The key is told by its place on the keyboard: `ctrl+l` is the key with the L on it, held with Ctrl,
    whatever it types in the layout. Some keys have no twin to come back from: Ctrl+/ arrives from a Russian
    layout as Ctrl+. does from a Latin one.

    Args:
        key: Textual's name of the key.
        layout: The layout that is in use.
        tells_place: Send also what the key types in the Latin layout.

    Returns:
        The sequence, or None if no key of the layout's four rows is meant (such as Enter, F3 or the arrows).
    """
    *modifiers, name = key.split("+")
    place = _PLACES.get(name)
    if place is None or not all(modifier in _KITTY_MODIFIERS for modifier in modifiers):
        return None
    held = sum(_KITTY_MODIFIERS[modifier] for modifier in modifiers)
    if place >= _SHIFTED_FROM:
        place -= _SHIFTED_FROM
        held |= _KITTY_MODIFIERS["shift"]
    shifted = held == _KITTY_MODIFIERS["shift"]
    typed = "" if held and not shifted else f";{ord(_LAYOUTS[layout][place + shifted * _SHIFTED_FROM])}"
    code: object = ord(_LAYOUTS[layout][place])
    if tells_place and layout != "latin":
        code = f"{code}::{ord(_LATIN[place])}"
    if held:
        return f"\x1b[{code};{held + 1}{typed}u"
    return f"\x1b[{code};{typed}u"


class Terminal:
    """A program running in a terminal of its own.

    Use it as a context manager: whatever is left of the program at the end is killed. Every wait has a
    deadline, and its failure shows the screen.
    """

    _has_pasted = False

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        size: tuple[int, int] = (120, 40),
        env: Mapping[str, str] | None = None,
        home: Path | None = None,
        cwd: Path = ROOT,
    ) -> None:
        """Start the program.

        Args:
            command: The program and its arguments.
            size: Columns and lines.
            env: What the program's environment has beyond a terminal's and the directories.
            home: The home directory; a fresh one by default, which goes with the terminal.
            cwd: The working directory; the repository by default, so that `python -m elumenta_tui` works.
        """
        self._own_home = tempfile.TemporaryDirectory(prefix="terminal-") if home is None else None
        self.home = Path(self._own_home.name) if self._own_home is not None else home or Path()
        """The program's home directory."""
        self._changed = threading.Condition(threading.RLock())
        self._raw = bytearray()
        self._reads = threading.Event()
        self._reads.set()
        self._held_back = b""
        self._ended = False
        self._failure: Exception | None = None
        self._screen = _Screen(*size, self._write)
        self._stream = pyte.ByteStream(self._screen)

        self._master, slave = pty.openpty()
        _set_size(slave, size)
        self._wake_reader, self._wake = os.pipe()
        try:
            self.process = self._start(
                [str(part) for part in command], slave, self._environment(env or {}), cwd
            )
            """The program."""
        finally:
            os.close(slave)
        self._reader = threading.Thread(target=self._read, name="terminal-reader", daemon=True)
        self._reader.start()

    @staticmethod
    def _start(
        command: list[str], slave: int, env: dict[str, str], cwd: Path
    ) -> subprocess.Popen[bytes] | prepared.Process:
        if command[0] == PREPARED:
            return prepared.Process(command[1:], env=env, terminal=slave, cwd=cwd)
        return subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=env,
            start_new_session=True,
            preexec_fn=_begin_session,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill what is left, and tidy up."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.hang_up()
        if self._own_home is not None:
            self._own_home.cleanup()

    # The keyboard

    def type(self, text: str) -> None:
        """Type a text, as fast as a program can read it."""
        self._write(text.encode())

    def press(self, *keys: str) -> None:
        """Press keys by Textual's names. After `escape`, wait for its effect: what follows at once would be
        Alt."""
        self._write(b"".join(map(key_bytes, keys)))

    def paste(self, text: str, *, is_marked: bool = True) -> None:
        """Paste a text as terminals do that mark pastes, or do not. The next key comes as soon as a hand could press one."""
        self._write(b"\x1b[200~" + text.encode() + b"\x1b[201~" if is_marked else text.encode())
        self._has_pasted = True

    def send(self, data: bytes) -> None:
        """Send any bytes, such as a key in the Kitty protocol's form."""
        self._write(data)

    # The window

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the window, which sends SIGWINCH."""
        with self._changed:
            # A size of 0 means that nobody knows it.
            self._screen.resize(max(lines, 1), max(columns, 1))
            _set_size(self._master, (columns, lines))

    def freeze(self) -> None:
        """Read no more, as behind a connection that stalls. What the program writes piles up."""
        self._reads.clear()

    def thaw(self) -> None:
        """Read on."""
        self._reads.set()

    def hang_up(self) -> None:
        """Close the window, as a user does or a broken connection, which sends SIGHUP."""
        if self._master < 0:
            return
        self.thaw()
        os.write(self._wake, b"x")
        self._reader.join()
        for descriptor in (self._master, self._wake, self._wake_reader):
            os.close(descriptor)
        self._master = -1

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    # The screen

    def screen(self) -> list[str]:
        """The lines on the screen, without the blanks at their ends."""
        with self._changed:
            # Not its `display`, which fails while a frame has overwritten only the first half of a wide character.
            buffer, width = self._screen.buffer, self._screen.columns
            lines = ("".join(buffer[y][x].data for x in range(width)) for y in range(self._screen.lines))
            return [line.rstrip() for line in lines]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.screen())

    @property
    def raw(self) -> bytes:
        """Every byte that the program has written so far."""
        with self._changed:
            return bytes(self._raw)

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and line of the cursor, from 0."""
        with self._changed:
            return self._screen.cursor.x, self._screen.cursor.y

    # Waiting

    def wait_for(self, wanted: str | bytes | Callable[[str], object], timeout: float = 60.0) -> None:
        """Wait until the screen shows a text, the output has some bytes, or a condition on the screen's
        text holds.

        Raises:
            AssertionError: If it does not in time, or if the program ends before.
        """
        self._wait(lambda: self._holds(wanted), f"{wanted!r} did not come", timeout)

    def wait_gone(self, text: str, timeout: float = 60.0) -> None:
        """Wait until the screen no longer shows a text.

        Raises:
            AssertionError: If it still does at the end of the time, or of the program.
        """
        self._wait(lambda: text not in self.text, f"{text!r} did not go", timeout)

    def wait_for_foreground(self) -> None:
        """Wait until another program than ours has the terminal: its first output may come before that.

        Raises:
            AssertionError: If none gets it in time, or if the program ends before.
        """
        ours = os.getpgid(self.process.pid)
        deadline = monotonic() + 10.0
        while os.tcgetpgrp(self._master) == ours:
            assert monotonic() < deadline, "no other program got the terminal"
            sleep(0.005)

    def wait_for_more(self, seen: int, timeout: float = 60.0) -> None:
        """Wait until more than so many bytes have come in all.

        Raises:
            AssertionError: If they do not in time, or if the program ends before.
        """
        self._wait(lambda: len(self._raw) > seen, "nothing more came", timeout)

    def wait_exit(self, timeout: float = 60.0) -> int:
        """Wait until the program has ended, and its output is read.

        Returns:
            The exit code; a signal's number, negative, if it ended the program.

        Raises:
            AssertionError: If it is still running at the end of the time.
        """
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise self._disappointment("the program did not end", timeout) from None
        # A child of the program may hold the terminal open for longer.
        self._reader.join(_LAST_OUTPUT_TIMEOUT)
        return code

    def _holds(self, wanted: str | bytes | Callable[[str], object]) -> bool:
        if isinstance(wanted, str):
            return wanted in self.text
        if isinstance(wanted, bytes):
            return wanted in self._raw
        return bool(wanted(self.text))

    def _wait(self, holds: Callable[[], bool], complaint: str, timeout: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: holds() or self._ended, timeout)
            if not holds():
                raise self._disappointment(complaint, timeout)

    def _disappointment(self, complaint: str, timeout: float) -> AssertionError:
        if self._ended:
            complaint += f" before the program ended (exit code {self.process.poll()})"
        else:
            complaint += f" in {timeout:g} s"
        width = self._screen.columns
        frame = "─" * width
        lines = "\n".join(f"│{line.ljust(width)}│" for line in self.screen())
        failure = f"\nthe screen could not be drawn: {self._failure!r}" if self._failure else ""
        return AssertionError(f"{complaint}{failure}\n┌{frame}┐\n{lines}\n└{frame}┘")

    # Behind the glass

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        directories = {
            "XDG_CONFIG_HOME": ".config",
            "XDG_DATA_HOME": ".local/share",
            "XDG_STATE_HOME": ".local/state",
            "XDG_CACHE_HOME": ".cache",
            "XDG_RUNTIME_DIR": ".run",
        }
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            **{name: str(self.home / path) for name, path in directories.items()},
            # Where the tests of a copy run, its program is the copy's as well.
            **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ},
            **extra,
        }

    def _write(self, data: bytes) -> None:
        if self._has_pasted:
            self._has_pasted = False
            sleep(HAND)
        while data:
            data = data[os.write(self._master, data) :]

    def _read(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._master, selectors.EVENT_READ)
            selector.register(self._wake_reader, selectors.EVENT_READ)
            while True:
                self._reads.wait()
                ready = [key.fd for key, _ in selector.select()]
                data = self._read_output() if self._master in ready else b""
                if not data:
                    break
                with self._changed:
                    self._raw += data
                    self._draw(data)
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _read_output(self) -> bytes:
        try:
            return os.read(self._master, _READ_SIZE)
        except OSError:
            # So Linux says that nobody has the other end open any more.
            return b""

    def _draw(self, data: bytes) -> None:
        data = self._held_back + data
        cut = _CUT_SEQUENCE.search(data)
        end = cut.start() if cut else len(data)
        data, self._held_back = data[:end], data[end:]
        try:
            self._stream.feed(_UNKNOWN_TO_PYTE.sub(self._answer_mode_query, data))
        # The thread lives on, to keep the program from blocking, and the next failed wait tells.
        except Exception as error:
            self._failure = error

    def _answer_mode_query(self, sequence: re.Match[bytes]) -> bytes:
        if query := _MODE_QUERY.fullmatch(sequence[0]):
            setting = _KNOWN_AND_RESET if query[1] == _SYNCHRONIZED_OUTPUT else _UNKNOWN
            self._write(b"\x1b[?%s;%d$y" % (query[1], setting))
        return b""


def _begin_session() -> None:
    """In the new process: what a terminal's shell gives a program."""
    # Without a controlling terminal there is no SIGWINCH, and no SIGHUP at its end.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # `nohup` and jobs in the background ignore these, and so does every process that they start.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def _set_size(descriptor: int, size: tuple[int, int]) -> None:
    columns, lines = size
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
