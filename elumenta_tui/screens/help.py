"""The help: every action with its keys and slash words, out of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from elumenta_tui.actions import ACTIONS, GROUPS, Action, key_label
from elumenta_tui.widgets.dialog import Dialog
from elumenta_tui.words import say


class HelpScreen(Dialog[None]):
    """Scrolls; any of its closing keys leaves it."""

    AUTO_FOCUS = "#sheet"
    BINDINGS = [
        Binding("escape,enter,q,f1,ctrl+c,й", "leave", show=False),
        Binding("up", "scroll(-1)", show=False, priority=True),
        Binding("down", "scroll(1)", show=False, priority=True),
        Binding("pageup", "scroll(-10)", show=False, priority=True),
        Binding("pagedown,space", "scroll(10)", show=False, priority=True),
        Binding("home", "scroll(-100000)", show=False, priority=True),
        Binding("end", "scroll(100000)", show=False, priority=True),
    ]

    def __init__(self, *, demo: bool, scenarios: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(classes="help")
        self._demo = demo
        self._scenarios = list(scenarios)
        self._text = Static(id="text", markup=False)
        self._sheet = VerticalScroll(self._text, id="sheet")

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(say("help.title"))
            dialog.border_subtitle = Content(say("help.close"))
            yield self._sheet

    def on_mount(self) -> None:
        self.call_after_refresh(self._write)

    def on_resize(self) -> None:
        self.call_after_refresh(self._write)

    def action_scroll(self, rows: int) -> None:
        self._sheet.scroll_relative(y=rows, animate=False)

    def _write(self) -> None:
        # All but the column of the scroll bar, whether it is there by now or not.
        width = max(20, self._sheet.outer_size.width - 1)
        rows: list[Content] = []
        for group in GROUPS:
            entries = [a for a in ACTIONS.values() if a.group == group and (self._demo or not a.demo_only)]
            rows.append(Content.styled(say(f"help.group.{group}"), "bold $primary"))
            rows += [_row(entry, width) for entry in entries]
            rows.append(Content(""))
        if self._demo and self._scenarios:
            rows.append(Content.styled(say("help.scenarios"), "bold $primary"))
            rows += [_columns(f"/demo {name}", "", what, width) for name, what in self._scenarios]
            rows.append(Content(""))
        rows.append(Content.styled(say("help.more"), "$muted"))
        self._text.update(Content("\n").join(rows))


def _row(entry: Action, width: int) -> Content:
    keys = "  ".join(key_label(key) for key in entry.keys)
    return _columns(keys, " ".join(f"/{word}" for word in entry.slash[:1]), entry.help, width)


def _columns(keys: str, slash: str, text: str, width: int) -> Content:
    """Keys, slash word and explanation side by side, or one below the other where it is narrow."""
    if width < 66:
        head = Content.assemble(
            " ", (keys, "bold $accent"), "  " if keys and slash else "", (slash, "$muted")
        )
        return Content.assemble(head, "\n", _indented(text, 3, width))
    if len(keys) > 20:
        first, _, rest = keys.partition("  ")
        also = _indented(f"{say('help.also')} {rest}", 33, width)
        return Content.assemble(_columns(first, slash, text, width), "\n", also.stylize("$muted"))
    head = Content.assemble(" ", (keys.ljust(20), "bold $accent"), " ", (slash.ljust(11), "$muted"))
    return Content.assemble(head, _indented(text, 33, width, hang=True))


def _indented(text: str, indent: int, width: int, *, hang: bool = False) -> Content:
    lines = Content(text).wrap(max(10, width - indent))
    pad = " " * indent
    return Content("\n").join(
        Content.assemble("" if hang and number == 0 else pad, line) for number, line in enumerate(lines)
    )
