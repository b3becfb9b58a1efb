"""The help screen: every action of the catalogue with its keys and slash words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from elumenta_tui.i18n import knows, say
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import ACTIONS, GROUPS, Action
from elumenta_tui.tui.widgets.key_hints import frame_room, key_line
from elumenta_tui.tui.widgets.picker import finder
from elumenta_tui.tui.widgets.sheet_dialog import Sheet, SheetDialog

_EDITING = (
    ("Ctrl+A  Ctrl+E", "help.editing.ends"),
    ("Alt+B  Alt+F", "help.editing.words"),
    ("Ctrl+W", "help.editing.delete_to_blank"),
    ("Alt+Backspace  Alt+D", "help.editing.delete_word"),
    ("Ctrl+U  Ctrl+K", "help.editing.delete_line"),
    ("Tab  ↑  ↓", "help.editing.complete"),
)
"""Keys of the prompt that are not actions of the catalogue, with their explanations."""

_SLASH = 13
"""Cells of the slash words: the longest one and a blank."""

_TEXT = 22 + _SLASH
"""Cells before the explanations."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: keys, a slash word, and their explanation."""

    keys: str
    slash: str
    text: str
    also: str = ""
    """More text that the filter searches."""


class HelpScreen(SheetDialog[None]):
    """A scrolling list. Typed letters filter the rows; any of the closing keys closes it."""

    AUTO_FOCUS = "#sheet"
    BINDINGS = [
        Binding("escape,enter,f1,ctrl+c", "leave", show=False),
        Binding("q", "close_or_type('q')", show=False, priority=True),
        Binding("й", "close_or_type('й')", show=False, priority=True),
        Binding("space", "page_or_type", show=False, priority=True),
    ]

    def __init__(
        self,
        *,
        demo: bool,
        scenarios: Iterable[tuple[str, str]] = (),
        notes: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """`notes`: returns what is special about the keys here, each a sentence or two."""
        super().__init__(classes="help")
        self._notes = notes
        self._demo = demo
        self._scenarios = list(scenarios)
        self._text = Static(id="text", markup=False)
        self._sheet: Sheet = Sheet(self._text, self._write)
        self._typed: str | None = None
        """The filter text; None until something is typed. The `/` that starts the filter is not part of it."""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield self._sheet

    def on_mount(self) -> None:
        self._write_frame()

    def on_resize(self) -> None:
        self._write_frame()

    def on_key(self, event: events.Key) -> None:
        if event.key == "backspace" and self._typed is not None:
            self._look_for(self._typed[:-1] or None)
        elif event.key == "ctrl+u":
            self._look_for(None)
        elif event.character is not None and event.is_printable:
            self._type(event.character)

    def action_close_or_type(self, letter: str) -> None:
        """Close the screen, as in a pager, or type the letter if a filter is being typed."""
        self._after_letters(partial(self._close_or_type, letter))

    def _close_or_type(self, letter: str) -> None:
        if self._typed is None:
            self.dismiss(None)
        else:
            self._type(letter)

    def action_page_or_type(self) -> None:
        """Scroll a page, as in a pager, or type a space if a filter is being typed."""
        self._after_letters(self._page_or_type)

    def _after_letters(self, act: Callable[[], None]) -> None:
        """Run an action after the letters that were typed before it.

        They pass the sheet's queue, then this screen's.
        """
        self.in_order(partial(self.call_later, self._unless_left, act))

    def _page_or_type(self) -> None:
        if self._typed is None:
            self.action_page(1)
        else:
            self._type(" ")

    def _type(self, letter: str) -> None:
        begins = self._typed is None and letter == "/"
        self._look_for("" if begins else (self._typed or "") + letter)

    def _look_for(self, typed: str | None) -> None:
        self._typed = typed
        self._write_frame()
        self._sheet.scroll_home(animate=False)
        self._write()

    def _write_frame(self) -> None:
        dialog = self.query_one("#dialog")
        title = say("help.title")
        dialog.border_title = Content(
            title if self._typed is None else f"{title} / {clean_line(self._typed)}"
        )
        dialog.border_subtitle = key_line(
            [say("help.close"), say("help.close_short")], frame_room(self.app.size.width)
        )

    def _sections(self) -> Iterator[tuple[str, list[_Row]]]:
        for group in GROUPS:
            entries = [a for a in ACTIONS.values() if a.group == group and (self._demo or not a.demo_only)]
            yield say(f"help.group.{group}"), [_row(entry) for entry in entries]
            if group == "chat":
                yield say("help.editing.title"), [_Row(keys, "", say(text)) for keys, text in _EDITING]
        if self._demo and self._scenarios:
            yield say("help.scenarios"), [_Row(f"/demo {name}", "", what) for name, what in self._scenarios]

    def _write(self) -> None:
        width = self._sheet.text_width
        is_like = finder(self._typed or "")
        rows: list[Content] = []
        notes = [note for note in self._notes() if is_like(note)]
        if notes:
            rows.append(Content.styled(say("help.notes"), "bold $warning"))
            rows += [Content.assemble(" ", _indented(note, 1, width, hang=True)) for note in notes]
            rows.append(Content(""))
        for heading, section in self._sections():
            found = [row for row in section if is_like(f"{row.keys} {row.slash} {row.text} {row.also}")]
            if found:
                rows.append(Content.styled(heading, "bold"))
                rows += [_columns(row.keys, row.slash, row.text, width) for row in found]
                rows.append(Content(""))
        if not self._typed:
            rows.append(Content.styled(say("help.more"), "$muted"))
        elif not rows:
            rows.append(Content.styled(say("picker.nothing"), "$muted"))
        self._text.update(Content("\n").join(rows))


def _row(entry: Action) -> _Row:
    keys = "  ".join(entry.key_labels)
    words = [f"/{word}" for word in entry.slash]
    more = say(key) if knows(key := f"action.{entry.name}.words") else ""
    return _Row(keys, "".join(words[:1]), entry.help, f"{entry.title} {entry.name} {more} {' '.join(words)}")


def _columns(keys: str, slash: str, text: str, width: int) -> Content:
    """Lay out keys, slash word and explanation side by side, or below each other on a narrow screen."""
    if width < 66:
        head = Content.assemble((keys, "bold $accent"), "  " if keys and slash else "", (slash, "$muted"))
        return Content.assemble(_indented(head, 1, width), "\n", _indented(text, 3, width))
    if len(keys) > 20:
        first, _, rest = keys.partition("  ")
        also = _indented(f"{say('help.also')} {rest}", _TEXT, width)
        return Content.assemble(_columns(first, slash, text, width), "\n", also.stylize("$muted"))
    head = Content.assemble(" ", (keys.ljust(20), "bold $accent"), " ", (slash.ljust(_SLASH), "$muted"))
    return Content.assemble(head, _indented(text, _TEXT, width, hang=True))


def _indented(text: str | Content, indent: int, width: int, *, hang: bool = False) -> Content:
    content = Content(text) if isinstance(text, str) else text
    lines = content.wrap(max(10, width - indent))
    pad = " " * indent
    return Content("\n").join(
        Content.assemble("" if hang and number == 0 else pad, line) for number, line in enumerate(lines)
    )
