"""A Textual driver for Unix terminals that is idle when nothing happens and never blocks on the terminal.

Textual's own driver polls for input ten times a second, and stops the whole program when the terminal stops reading. This
one lives on the event loop alone: it is called when there is input, or room for output.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import select
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual import constants, events
from textual.geometry import Size
from textual.message import Message

from elumenta_tui.process.signals import HUNG_UP
from elumenta_tui.terminal.canvas import Canvas
from elumenta_tui.terminal.escape import BackgroundAnswer
from elumenta_tui.terminal.exit_request import ExitRequested
from elumenta_tui.terminal.keyboard import layout_parser, lenient_decoder, seconds_to_tick
from elumenta_tui.terminal.output import Output, open_nonblocking
from elumenta_tui.terminal.textual_internals import HookedDriver, is_exiting

if TYPE_CHECKING:
    from textual.app import App

with contextlib.suppress(ImportError):
    # Not on Windows, where Textual's own driver is used.
    import termios

_READ = 1 << 16
"""Bytes of one read. A terminal line holds 4,096."""

_LEAVE_SECONDS = 0.5
"""Seconds to wait for a terminal that does not read."""

_DEFAULT_SIZE = (80, 24)
"""Columns and lines assumed for a terminal that does not know its size."""

_KITTY_KEYS = 0b1 | 0b100 | 0b1000 | 0b10000
"""Flags of the Kitty keyboard protocol: unambiguous escape codes, for all keys, with their places on the keyboard and the text that
they type."""

_MODES = [
    ("\x1b[?1049h", "\x1b[?1049l"),  # the alternate screen
    ("\x1b[?25l", "\x1b[?25h"),  # no cursor: the app paints its own
    ("\x1b[?7l", "\x1b[?7h"),  # no wrapping at the right edge
    ("\x1b[?1004h", "\x1b[?1004l"),  # reports of the focus
    ("\x1b[?2004h", "\x1b[?2004l"),  # pastes in brackets
]
_MOUSE = [(f"\x1b[?{mode}h", f"\x1b[?{mode}l") for mode in (1000, 1003, 1015, 1006)]
_KITTY = [(f"\x1b[>{_KITTY_KEYS}u", "\x1b[<u")]

_ASK_BACKGROUND = "\x1b[?2031h\x1b]11;?\x1b\\"
"""Asks for the background, and to be told when the terminal becomes light or dark."""
_NO_REPORTS = "\x1b[?2031l"

_KNOWS_OSC = (
    "xterm", "tmux", "rxvt", "kitty", "alacritty", "foot", "wezterm", "konsole", "gnome", "vte", "st-", "iterm", "nsterm",
    "ghostty", "contour", "mintty", "putty", "mlterm", "rio", "ms-terminal",
)  # fmt: skip
"""Beginnings of the names of terminals that print no question that they do not know. The Linux console and dumb ones may."""

_ANSWER_SECONDS = 0.5
"""Seconds in which an answer comes. A program that ends sooner waits for it: the shell would get it as typed text."""

_ANSWER = rb"\x1b\]11;[^\a\x1b]*(?:\a|\x1b\\)"

_ASK_SYNCHRONISED = "\x1b[?2026$p"
_END_SYNCHRONISED = "\x1b[?2026l"
_PLAIN = "\x1b[0m"

# A terminal without a stack of titles ends up with an empty title, which shells and tmux replace by their own.
_SAVE_TITLE = "\x1b[22;2t"
_RESTORE_TITLE = "\x1b]2;\x1b\\\x1b[23;2t"


def terminal_size(descriptor: int) -> tuple[int, int]:
    """Return columns and lines, or a default if the terminal has no size, as behind a serial line."""
    try:
        size = os.get_terminal_size(descriptor)
    except OSError:
        return _DEFAULT_SIZE
    return size.columns or _DEFAULT_SIZE[0], size.lines or _DEFAULT_SIZE[1]


class TerminalDriver(HookedDriver):
    """Reads keys from standard input and paints on standard error. Both must be a terminal."""

    class SuspendRequested(Message):
        """SIGTSTP arrived: the shell, or another process, wants the program to pause."""

    class Resumed(Message):
        """The terminal is ours again, after another program had it. It has forgotten pictures."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        assert sys.__stdin__ is not None
        assert sys.__stderr__ is not None
        self._keyboard = sys.__stdin__.fileno()
        self._screen = sys.__stderr__.fileno()
        super().__init__(app, debug=debug, mouse=mouse, size=size or terminal_size(self._screen))
        modes = [*_MODES, *(_MOUSE if mouse else ()), *(() if constants.DISABLE_KITTY_KEY else _KITTY)]
        self._enter = "".join(begin for begin, _ in modes)
        self._leave = _END_SYNCHRONISED + _PLAIN + "".join(end for _, end in reversed(modes))
        self.canvas = Canvas()
        """The rows that the terminal shows."""
        self._output: Output | None = None
        self._input: int | None = None
        self._before: list[Any] | None = None
        self._is_running = False
        self._missed_frame = False
        self._title = ""
        self._asked_at: float | None = None
        """When the background was asked for; None if no answer is expected."""
        self._wants_reports = False
        self._tick: asyncio.TimerHandle | None = None
        parser = layout_parser()
        assert parser is not None
        self._parser = parser()
        self._decoder = lenient_decoder("utf-8")()

    # ------------------------------------------------------------------------------------------- coming and going

    @property
    def can_suspend(self) -> bool:
        return True

    def start_application_mode(self) -> None:
        """Take over the terminal."""
        if self._is_running:
            return
        self._is_running = True
        if self._output is None:
            self._output = Output(self._screen, self.loop, caught_up=self._catch_up, lost=self._hang_up)
        self._set_raw_mode()
        self.loop.add_signal_handler(signal.SIGWINCH, self._report_size)
        self.loop.add_signal_handler(signal.SIGTSTP, self.send_message, self.SuspendRequested())
        self.loop.add_signal_handler(signal.SIGCONT, self._resume_app)
        self._report_size()
        self.write(self._enter)
        title, self._title = self._title, ""
        self.show_title(title)
        # Terminal.app does not know this query, and prints the end of it.
        if os.environ.get("TERM_PROGRAM") != "Apple_Terminal":
            self.write(_ASK_SYNCHRONISED)
        self.flush()
        self._input = open_nonblocking(self._keyboard, os.O_RDONLY)
        self.loop.add_reader(self._input, self._read)

    @property
    def _restore_sequence(self) -> str:
        return (
            (_NO_REPORTS if self._wants_reports else "")
            + self._leave
            + (_RESTORE_TITLE if self._title else "")
        )

    def disable_input(self) -> None:
        """Stop reading."""
        if self._input is None:
            return
        self.loop.remove_reader(self._input)
        os.close(self._input)
        self._input = None
        for number in (signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT):
            self.loop.remove_signal_handler(number)
        if self._tick is not None:
            self._tick.cancel()

    def stop_application_mode(self) -> None:
        """Restore the terminal."""
        self.disable_input()
        if not self._is_running or self._output is None:
            return
        self._is_running = False
        self._output.finish(self._restore_sequence, _LEAVE_SECONDS)
        self._drop_answer()
        self._restore_mode()

    def close(self) -> None:
        """Restore the terminal, and release it until the next start."""
        self.stop_application_mode()
        if self._output is not None:
            self._output.close()
            self._output = None

    @property
    def can_pause(self) -> bool:
        """True if a shell can continue the program after a pause, instead of only the terminal's window."""
        return os.getpgrp() != os.getsid(0)

    def pause(self, note: str) -> None:
        """Give the terminal to the shell with a note, and return when the shell continues the program.

        The whole process is stopped meanwhile. Network data waits in the system's buffers.
        """
        self.stop_application_mode()
        if self._output is not None:
            self._output.finish(f"{note}\r\n", _LEAVE_SECONDS)
        # Stop the whole job, as the terminal itself would. Otherwise `make` or a script in front of us would keep running,
        # and the shell would go on waiting for it.
        os.kill(0, signal.SIGTSTP)
        self._resume_app()

    async def lend_terminal(self, command: Sequence[str], environ: Mapping[str, str]) -> int:
        """Give the terminal to another program until it ends, and return its exit code. Everything but the screen goes on
        meanwhile."""
        from elumenta_tui.terminal.foreground import run_in_foreground

        self.stop_application_mode()
        try:
            return await asyncio.to_thread(
                run_in_foreground, command, environ, self._screen, can_pause=self.can_pause
            )
        finally:
            # Not while the program is ending: the editor may still have the terminal.
            if not is_exiting(self.app):
                self._resume_app()

    def abandon(self) -> None:
        """Restore the terminal at once, from any thread, even while the loop hangs."""
        if self._is_running:
            self._is_running = False
            if self._output is not None:
                self._output.abandon(self._restore_sequence)
            self._restore_mode()

    def _resume_app(self) -> None:
        # The shell in between has changed the terminal's settings.
        self.stop_application_mode()
        self.start_application_mode()
        self.app.refresh()
        self.send_message(self.Resumed())

    def _set_raw_mode(self) -> None:
        """Deliver keys one by one, without echo, and without turning any into a signal."""
        with contextlib.suppress(termios.error):
            self._before = termios.tcgetattr(self._keyboard)
            attributes = termios.tcgetattr(self._keyboard)
            attributes[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
            attributes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
            attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._keyboard, termios.TCSANOW, attributes)

    def _restore_mode(self) -> None:
        with contextlib.suppress(termios.error):
            # Input still under way was meant for us: the shell would take a mouse report for a command.
            termios.tcflush(self._keyboard, termios.TCIFLUSH)
            if self._before is not None:
                termios.tcsetattr(self._keyboard, termios.TCSANOW, self._before)

    # ---------------------------------------------------------------------------------------------------- output

    def write(self, data: str) -> None:
        """Write to the terminal if we have it."""
        if self._is_running and self._output is not None:
            self._output.write(data)

    def show_title(self, title: str) -> None:
        """Set the window title. An empty title, or leaving, restores the title from before."""
        if title == self._title:
            return
        before, self._title = self._title, title
        if not before:
            self.write(_SAVE_TITLE)
        self.write(f"\x1b]2;{title}\x1b\\" if title else _RESTORE_TITLE)

    def ask_background(self) -> None:
        """Ask the terminal for its background, which comes as a `BackgroundAnswer`, if ever.

        Nothing is written while an answer is expected, nor to a terminal that might print the question.
        """
        # tmux answers itself, whatever its name here is.
        knows = os.environ.get("TERM", "").startswith(_KNOWS_OSC) or os.environ.get("TMUX")
        if knows and not self._awaits_answer:
            self.write(_ASK_BACKGROUND)
            self.flush()
            self._asked_at, self._wants_reports = monotonic(), True

    @property
    def _awaits_answer(self) -> bool:
        return self._asked_at is not None and monotonic() - self._asked_at < _ANSWER_SECONDS

    def _drop_answer(self) -> None:
        """Wait for an answer that is expected, and drop it."""
        data = b""
        while self._asked_at is not None and self._awaits_answer and not re.search(_ANSWER, data):
            wait = max(0.0, self._asked_at + _ANSWER_SECONDS - monotonic())
            more = b""
            with contextlib.suppress(OSError):
                if select.select([self._keyboard], [], [], wait)[0]:
                    more = os.read(self._keyboard, _READ)
            if not more:
                break
            data = data[-1000:] + more
        self._asked_at, self._wants_reports = None, False

    def flush(self) -> None:
        """Write what is buffered."""
        if self._output is not None:
            self._output.flush()

    def wants_frame(self) -> bool:
        """Return whether the terminal has caught up with earlier frames. If not, it gets a whole frame once it has."""
        if self._output is not None and self._output.is_behind:
            self._missed_frame = True
            return False
        return True

    @property
    def is_behind(self) -> bool:
        """True if much of the earlier output still waits for the terminal."""
        return self._output is not None and self._output.is_behind

    def _catch_up(self) -> None:
        if self._missed_frame:
            self._missed_frame = False
            self.app.refresh()

    def _report_size(self) -> None:
        self.canvas.forget()
        self.size = columns, lines = terminal_size(self._screen)
        size = Size(columns, lines)
        self.send_message(events.Resize(size, size))

    # ----------------------------------------------------------------------------------------------------- input

    def send_message(self, message: Message) -> None:
        """Pass a message to the app. Everything here runs on the loop, so no thread has to be crossed."""
        if isinstance(message, events.MouseEvent) and not self._is_inside(message):
            # Textual would remove the focus, and what is typed next would be lost.
            return
        self.app.post_message(message)

    def _is_inside(self, event: events.MouseEvent) -> bool:
        columns, lines = self.size or _DEFAULT_SIZE
        return event.x < columns and event.y < lines

    def _read(self) -> None:
        assert self._input is not None
        try:
            data = os.read(self._input, _READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._hang_up()
            return
        # Half of a character decodes to nothing, and empty text means the end of input to the parser.
        if text := self._decoder.decode(data):
            self._process(self._parser.feed(text))

    def _process(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if isinstance(message, BackgroundAnswer):
                self._asked_at = None
            self.process_message(message)
        if self._tick is not None:
            self._tick.cancel()
        wait = seconds_to_tick(self._parser)
        self._tick = None if wait is None else self.loop.call_later(wait, self._end_sequence)

    def _end_sequence(self) -> None:
        self._process(self._parser.tick())

    def _hang_up(self) -> None:
        self.disable_input()
        self.send_message(ExitRequested(HUNG_UP))
