"""Keys that mean something else than they are: the second key of a chord, and keys of dialogs on other layouts or remapped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from elumenta_tui.i18n import say
from elumenta_tui.text.layouts import twins
from elumenta_tui.tui.armed import Armed
from elumenta_tui.tui.catalogue import ACTIONS, has_own_keys, key_label
from elumenta_tui.tui.ports import NotifyUser, Screens

if TYPE_CHECKING:
    from textual.events import Key

WAIT = 3.0
"""Seconds in which the second key of a chord may come."""

_CHORD = "chord"

_EDGES = 8
"""Columns of the prompt's frame that a hint cannot use."""


class Chords:
    """Reads chords: two keys, one after the other.

    Args:
        armed: remembers that the first key was pressed, and shows which keys may follow.
        width: returns the columns of the screen.
        is_possible: returns whether the action of that name may be performed by a key now.
        perform: runs the action of that name.
    """

    def __init__(
        self,
        screens: Screens,
        armed: Armed,
        notify_user: NotifyUser,
        *,
        width: Callable[[], int],
        is_possible: Callable[[str], bool],
        perform: Callable[[str], None],
    ) -> None:
        self._screens = screens
        self._armed = armed
        self._notify_user = notify_user
        self._width = width
        self._is_possible = is_possible
        self._perform = perform
        self._first = ""

    def takes(self, key: Key) -> bool:
        """Take a key that begins or ends a chord; False if it does neither."""
        if _CHORD in self._armed:
            self._armed.disarm(_CHORD)
            if key.key != "escape" and key.key not in ACTIONS["ask_to_stop"].keys:
                self._end(key)
            return True
        following = self._following(key.key)
        if not following:
            return False
        self._first = key.key
        self._armed.arm(_CHORD, self._hint(following), WAIT)
        return True

    def _hint(self, following: Mapping[str, str]) -> str:
        """Name the keys that may follow, with what they do if there is room."""
        first = f"{key_label(self._first)} … "
        ways = [f"{key_label(second)} {ACTIONS[name].title}" for second, name in following.items()]
        whole = first + " · ".join(ways)
        return whole if len(whole) < self._width() - _EDGES else first + " ".join(map(key_label, following))

    def _end(self, key: Key) -> None:
        following = self._following(self._first)
        name = next((following[each] for each in _names(key) if each in following), None)
        if name is None:
            keys = f"{key_label(self._first)} {key_label(_names(key)[-1])}"
            self._notify_user(say("keys.unbound", keys=keys), "warning")
        elif self._is_possible(name):
            self._perform(name)

    def _following(self, first: str) -> dict[str, str]:
        """Return the second keys after a first one, each with the name of its action."""
        is_chat = len(self._screens.screen_stack) == 1
        return {
            chord[1]: entry.name
            for entry in ACTIONS.values()
            if is_chat or entry.anywhere
            for key in entry.keys
            if len(chord := key.split()) > 1 and chord[0] == first
        }


def _names(key: Key) -> list[str]:
    """Return the names under which a chord may have a key: as it came, and by its place on the keyboard."""
    found = []
    for name in (key.key, *twins(key.key)):
        if len(name) == 1 and name != name.lower():
            found.append(f"shift+{name.lower()}")
        found.append(name.lower())
    return found


def read_in_dialog(key: Key, screens: Screens) -> None:
    """Give a key the name that the dialog on the screen knows it by.

    A letter of another layout becomes the one of its place, and a key that the user gave to an action becomes the action's
    own, by which dialogs know it. A key that the dialog knows stays as it is.
    """
    others = [*twins(key.key), *(() if has_own_keys() else _own_keys(key.key))]
    if not others:
        return
    screen = screens.screen
    known = {name: bound.node for name, bound in screen.active_bindings.items()}
    if key.key in known and known[key.key] is not screen.app:
        return
    for other in others:
        if other in known and known[other] is not screen.app:
            key.key = other
            return


def _own_keys(key: str) -> list[str]:
    """Return the catalogue's keys of the action that has a key now."""
    return [own for entry in ACTIONS.values() if key in entry.keys for own in entry.default_keys]
