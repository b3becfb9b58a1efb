"""Every private name of Textual that the project relies on, behind names of its own.

No other module may name a private attribute or module of Textual. Each entry says what it is for and what upstream would
have to offer to make it needless. `tests/terminal/test_textual_internals.py` checks that each name exists and behaves as
described here; raise the upper bound on `textual` in pyproject.toml only with that test green.

Handlers named `_on_*` are no such names: Textual calls `on_*` and `_on_*` alike, once for each class.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any, TypeVar

from textual import events
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.binding import BindingsMap, BindingType
from textual.document._edit import Edit
from textual.document._history import EditHistory
from textual.driver import Driver
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import TextArea

try:
    from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
    from textual._keyboard_protocol import FUNCTIONAL_KEYS
    from textual._xterm_parser import XTermParser
except ImportError:
    # A Textual without these names still runs, with its own keyboard: `keyboard.layout_parser` then finds that its trial fails.
    ANSI_SEQUENCES_KEYS = {}
    FUNCTIONAL_KEYS = {}  # type: ignore[misc]  # final upstream
    XTermParser = object  # type: ignore[misc, assignment]  # a stand-in that parses nothing

__all__ = [
    "ANSI_SEQUENCES_KEYS",
    "FUNCTIONAL_KEYS",
    "ChopsUpdate",
    "CompositorUpdate",
    "Edit",
    "EditHistory",
    "HookedApp",
    "HookedDriver",
    "HookedScrollView",
    "KeyParser",
    "LayoutUpdate",
    "SteadyScreen",
    "SteadyTextArea",
    "XTermParser",
    "driver_of",
    "driver_with_parser",
    "end_replacement",
    "end_with_failure",
    "failure_of",
    "forget_dirty_regions",
    "is_exiting",
    "last_edit",
    "loop_of",
    "text_removed_by",
]

# `ChopsUpdate`, `CompositorUpdate` and `LayoutUpdate` are what the compositor hands to the app for display. `canvas` takes
# them apart to write changed rows only. Ask for: a public protocol of display updates.
#
# `ANSI_SEQUENCES_KEYS` and `FUNCTIONAL_KEYS` are the tables of key sequences, which tell a functional key from a character
# with the same number. Ask for: public tables.
#
# `Edit` and `EditHistory` are what `TextArea.history` is made of. Ask for: a public place for custom undo steps.

ReturnT = TypeVar("ReturnT")


# ------------------------------------------------------------------------------------------------------------------- app


def driver_of(app: App[Any]) -> Driver | None:
    """Return the driver of a running app; None before the app starts.

    For: the terminal driver's own methods (title, suspending, lending the terminal). Ask for: a public `App.driver`.
    """
    return app._driver


def loop_of(app: App[Any]) -> asyncio.AbstractEventLoop | None:
    """Return the event loop of a running app; None before the app starts.

    For: calls from other threads and from signal handlers, which may come before the start or after the end.
    `App.call_from_thread` blocks until its callback returns. Ask for: a public way to post from a thread without waiting.
    """
    return app._loop


def is_exiting(app: App[Any]) -> bool:
    """Return whether `App.exit` was called.

    For: screens are popped one by one while the app ends, and must not act on it. Ask for: a public `App.is_exiting`.
    """
    return app._exit


def failure_of(app: App[Any]) -> Exception | None:
    """Return the exception that ended the app; None if there was none.

    For: the caller of `App.run`, which reports it. Ask for: a public property, beside `return_code`.
    """
    return app._exception


def end_with_failure(app: App[Any], error: Exception) -> None:
    """End the app over an exception: return code 1, and no traceback on the terminal.

    The first exception is the one that `failure_of` returns, and that `App.run_test` raises again. For: Textual's own
    report prints all local variables, which may hold the API key. Ask for: a way to replace the report.
    """
    app._return_code = 1
    if app._exception is None:
        app._exception = error
        app._exception_event.set()
    app._close_messages_no_wait()


class HookedApp(App[ReturnT]):
    """An app with public names for the two private methods of `App` that the project overrides."""

    def accepts_frame(self) -> bool:
        """Return whether the next update may be displayed; a rejected one is dropped.

        For: a terminal that does not read gets one whole frame later. Ask for: back-pressure from the driver.
        """
        return True

    def transform_frame(self, renderable: Any) -> Any:
        """Return what is displayed instead of an update. For: `canvas`. Ask for: a hook before `Driver.write`."""
        return renderable

    def handle_failure(self, error: Exception) -> None:
        """Handle an exception that nothing caught. Ask for: a public `App.on_exception`."""
        end_with_failure(self, error)

    def replace_bindings(self, bindings: Iterable[BindingType]) -> None:
        """Replace all key bindings of the app, Textual's own ones, too.

        For: keys of the user's configuration, known before the first frame. A keymap would be applied anew at every key, and
        cannot take a key away. Ask for: `App.bindings`, to be assigned.
        """
        self._bindings = BindingsMap(bindings)

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        # For: Textual looks for an opaque screen only below the topmost one. A screen that covers everything would be painted
        # again for whatever changes below it. Ask for: the same test of the topmost screen.
        if self._screen_stack and self._screen_stack[-1].styles.background.a == 1:
            return []
        return super()._background_screens

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if self.accepts_frame():
            super()._display(screen, self.transform_frame(renderable))

    def _handle_exception(self, error: Exception) -> None:
        self.handle_failure(error)


# --------------------------------------------------------------------------------------------------------------- widgets


class HookedScrollView(ScrollView):
    """A scroll view that knows when Textual clamps its position."""

    def during_scroll_update(self, update: Callable[[], None]) -> None:
        """Run Textual's update of scrollbars and position after a change of size.

        For: the position is clamped by number, among heights that are estimates; `Transcript` must not take that for
        scrolling by the user. Ask for: a scroll view that is anchored to a line.
        """
        update()

    def _scroll_update(self, virtual_size: Size) -> None:
        update = super()._scroll_update
        self.during_scroll_update(lambda: update(virtual_size))


class SteadyScreen(Screen[ReturnT]):
    """A screen whose changes are painted once where they show through the screens above it.

    For: Textual marks the screen itself as changed, too, so that all that has changed since it was covered is painted with every
    message that comes to it: the whole terminal, several times a second, while an answer streams below a dialog. Ask for: no mark.
    """

    def _compositor_refresh(self) -> None:
        app = self.app
        if self is app.screen or app.is_inline:
            super()._compositor_refresh()
            return
        regions = frozenset(self._compositor._dirty_regions)
        self._compositor._dirty_regions.clear()
        self._dirty_widgets.clear()
        shown = app._background_screens
        if regions and self in shown:
            # The screens in between keep what showed through them.
            for screen in shown[shown.index(self) + 1 :]:
                screen._set_dirty(*regions)
            app.screen.refresh(*regions)


class SteadyTextArea(TextArea):
    """A text area that works out the styles of its parts when they have changed, and whose text may shrink by an undo.

    For: `TextArea` works the styles out whenever a line is painted, which is a fifth of what the echo of a key costs; and its
    undo and redo refresh the scrollbar before they move the cursor, which fails where the cursor's line is gone. Ask for: styles
    that are kept, and the cursor first.
    """

    _styled_for: tuple[object, ...] = ()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styled_for = ()

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        if self.cursor_location[0] >= self.document.line_count:
            # In the middle of an undo: the cursor is moved next, and that scrolls.
            return Offset()
        return super().scroll_cursor_visible(center, animate)

    def render_lines(self, crop: Region) -> list[Strip]:
        # A change of the app's theme makes a new theme of the text area, too, without styles.
        styled_for = (self._theme, self.app.theme, self.has_focus, self.disabled)
        if styled_for == self._styled_for:
            return ScrollView.render_lines(self, crop)
        self._styled_for = styled_for
        return super().render_lines(crop)


def forget_dirty_regions(widget: Widget) -> None:
    """Forget what `refresh` has marked on a widget that renders its own lines.

    Only `Widget.render_line` clears the regions. A widget that overrides `render_lines` keeps them: they pile up. Ask for:
    clearing them in the caller.
    """
    widget._dirty_regions.clear()


def text_removed_by(edit: Edit) -> str:
    """Return the text that an edit of a text area replaced. Ask for: a public `Edit.result`."""
    result = edit._edit_result
    return "" if result is None else result.replaced_text


def last_edit(history: EditHistory) -> Edit | None:
    """Return the latest edit that undo would take back; None if there is none. Ask for: a public view of the history."""
    return history._undo_stack[-1][-1] if history._undo_stack else None


def end_replacement(history: EditHistory) -> None:
    """Let letters typed after a replacement join its undo step, instead of beginning another.

    Ask for: a policy object that decides where steps begin.
    """
    history._previously_replaced = False


# ---------------------------------------------------------------------------------------------------------------- driver


class HookedDriver(Driver):
    """A driver with public names for what `Driver.__init__` stores. Ask for: these names on `Driver`."""

    @property
    def app(self) -> App[Any]:
        """The app that gets the input."""
        return self._app

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop on which the driver was made."""
        return self._loop

    @property
    def size(self) -> tuple[int, int] | None:
        """Columns and lines, from which the app takes its size; None if they are not known."""
        return self._size

    @size.setter
    def size(self, size: tuple[int, int]) -> None:
        self._size = size


def driver_with_parser(
    base: type[Driver], find_parser: Callable[[], type[XTermParser] | None], decoder: Callable[[str], Any]
) -> type[Driver]:
    """Return a driver class that reads the terminal with another parser and another decoder.

    A driver that reads no terminal (the headless one) is returned as it is, and so is every driver if `find_parser` returns
    None. Textual's driver makes its parser and decoder inside `run_input_thread`. Overriding that method would be copying
    it, and replacing the names in its module would change every driver of the process. So the subclass runs the driver's
    own code, in which two global names have other values.

    On Windows a thread class in the module `win32` reads the keys, out of reach from the driver: there the module's own
    name is replaced. That module decodes UTF-16 itself.

    Ask for: a `Driver.get_parser` that subclasses override.
    """
    run = getattr(base, "run_input_thread", None)
    if isinstance(run, FunctionType) and "XTermParser" in run.__code__.co_names:
        if (parser := find_parser()) is not None:
            names: dict[str, Any] = {"XTermParser": parser, "getincrementaldecoder": decoder}
            namespace = {"run_input_thread": _with_names(run, names), "__module__": __name__}
            return type(base.__name__, (base,), namespace)
        return base
    console: Any = getattr(sys.modules.get(base.__module__), "win32", None)
    if hasattr(console, "XTermParser") and (parser := find_parser()) is not None:
        console.XTermParser = parser
    return base


def _with_names(function: FunctionType, names: dict[str, Any]) -> FunctionType:
    """Copy a function so that some of its global names have other values."""
    copy = FunctionType(
        function.__code__,
        {**function.__globals__, **names},
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__doc__ = function.__doc__
    return copy


class KeyParser(XTermParser):
    """Textual's parser of terminal input, with public names for what a subclass overrides and calls.

    For: keys by their place on the keyboard, and sequences that Textual misreads. Ask for: the fixes in `keyboard`.
    """

    def key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        """Return the keys that a whole sequence means; empty if Textual does not know it."""
        return super()._sequence_to_key_events(sequence, alt)

    def extended_key(self, sequence: str) -> Iterable[events.Key]:
        """Return the keys that a sequence of the Kitty protocol means; empty if it means none."""
        return self._parse_extended_key(sequence) or ()

    @property
    def is_mid_sequence(self) -> bool:
        """True if the parser waits for more of a sequence."""
        return self._awaiting.timeout is not None

    def end_sequence(self) -> list[Message]:
        """Stop waiting for more of a sequence, as if its time were over, and return what it means."""
        self._timeout_time = 0.0
        return list(super().tick())

    def restart(self) -> None:
        """Drop an unfinished sequence, and parse what comes next from its beginning."""
        self._tokens.clear()
        self._timeout_time = None
        self._gen = self.parse(self._tokens.append)
        self._awaiting = next(self._gen)

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        return self.key_events(sequence, alt)
