"""Tells a prompt that is typed over a comparison from the letters that act there.

A letter that is no act belongs to the prompt: the comparison closes, and the letters typed right before it come along. What
costs or can't be undone asks first, and there every letter belongs to the prompt. So nobody fires such an act by typing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual import events

from elumenta_tui.text.layouts import twins
from elumenta_tui.tui.ports import Screens
from elumenta_tui.tui.screens.asking import AskingScreen
from elumenta_tui.tui.screens.comparison import ComparisonScreen
from elumenta_tui.tui.screens.diff import DiffScreen
from elumenta_tui.tui.screens.merge import MergeScreen
from elumenta_tui.tui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from textual.message import Message

TOGETHER = 1.0
"""Seconds between two letters of one prompt, at most. An act of longer ago types nothing."""

_ACTS = "srgdfbcy 123456789?,"
"""The letters that act in a comparison, as QWERTY types them. The Russian layout has the question mark at the comma's key."""


class TypingOn:
    """Leads what is typed over a comparison into the prompt, unless it acts there.

    Args:
        type_on: types a key or a paste into the prompt box.
    """

    def __init__(self, screens: Screens, type_on: Callable[[Message], object]) -> None:
        self._screens = screens
        self._type_on = type_on
        self._run: list[events.Key] = []
        """The printable keys so far, none of which was for the prompt, with less than `TOGETHER` between them."""

    def takes(self, event: events.Key | events.Paste) -> bool:
        """Close the comparison and type a key or paste into the prompt; False if it acts where it is."""
        dialogs = self._open
        if not dialogs:
            return False
        if isinstance(event, events.Paste):
            self._leave(dialogs, events.Paste(event.text))
            return True
        if event.character is None or not event.is_printable or "+" in event.key:
            self._run.clear()
            return False
        run = self._run
        if run and event.time - run[-1].time > TOGETHER:
            run.clear()
        # A key that is held down has opened the question, and types nothing.
        is_repeat = bool(run) and run[-1].key == event.key
        run.append(event)
        if is_repeat and isinstance(dialogs[0], AskingScreen | MergeScreen):
            return True
        if self._acts(dialogs[0], event.character):
            return False
        if isinstance(dialogs[0], DiffScreen) and len(run) == 1:
            # Not typed on from the letter that opened it: meant for the comparison below, whose keys have to wait.
            run.clear()
            return True
        self._leave(dialogs, *(events.Key(key.key, key.character) for key in run))
        return True

    @property
    def _open(self) -> Sequence[Dialog[Any]]:
        """The comparison and the dialog above it, the topmost first; empty if it is not open or covered by anything else."""
        found: list[Dialog[Any]] = []
        for screen in reversed(self._screens.screen_stack):
            if isinstance(screen, ComparisonScreen):
                return [] if screen.is_left else [*found, screen]
            if not isinstance(screen, AskingScreen | DiffScreen | MergeScreen):
                return []
            found.append(screen)
        return []

    @staticmethod
    def _acts(screen: Dialog[Any], character: str) -> bool:
        match screen:
            case AskingScreen():
                return False
            case MergeScreen():
                return character == " "
            case DiffScreen():
                return any(each in "dD " for each in (character, *twins(character)))
        return any(each in _ACTS for each in (character, *twins(character)))

    def _leave(self, dialogs: Sequence[Dialog[Any]], *typed: Message) -> None:
        self._run.clear()
        for dialog in dialogs:
            dialog.dismiss(None)
        for message in typed:
            self._type_on(message)
