"""The dialogs in which people choose: a model, a theme, a link, an action. The app does what was chosen."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content
from textual.theme import Theme

from elumenta_tui import i18n
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.actions import ACTIONS, Action, key_label

if TYPE_CHECKING:
    from elumenta_tui.markdown.style import Link
    from elumenta_tui.tui.app import ElumentaApp


class Dialogs:
    """Belongs to the app, and works in its loop. What a dialog is made of is imported with its first look."""

    def __init__(self, app: ElumentaApp) -> None:
        self._app = app

    def choose_model(self, query: str = "") -> None:
        """The model picker; a slug that is named in full is taken at once."""
        from elumenta_tui.tui.widgets.model_picker import ModelPicker

        app = self._app
        listed = {model.slug: model for model in app.models}
        if query in listed and listed[query].streams:
            app.take_model(listed[query])
            return
        models = list(app.models) if app.model.slug in listed else [app.model, *app.models]
        app.push_screen(ModelPicker(models, app.model, query=query), app.take_model)

    def choose_theme(self, name: str = "") -> None:
        """The themes; one that is named in full is taken at once."""
        from elumenta_tui.tui.widgets.picker import Choice, Picker

        app = self._app
        if (named := app.themes.find(name)) is not None:
            app.take_theme(named)
            return
        before = app.themes.find(app.theme)
        choices = [Choice(theme, partial(_theme_row, theme), theme.name) for theme in app.themes.every()]

        def take(chosen: Theme | None) -> None:
            if chosen is not None:
                app.take_theme(chosen)
            elif before is not None:
                app.show_theme(before)

        picker = Picker(
            say("picker.theme.title"),
            choices,
            current=before,
            query=name,
            footnote=say("picker.theme.footnote"),
            preview=app.show_theme,
        )
        app.push_screen(picker, take)

    def choose_link(self) -> None:
        """The links of what the cursor is on, or of what is in view; one is shown at once, of several one is chosen."""
        from elumenta_tui.tui.widgets.picker import Choice, Picker

        found = self._app.transcript.links()
        if not found:
            self._app.tell(say("notice.no_links"), "warning")
        elif len(found) == 1:
            self.ask_about_link(found[0].href)
        else:
            choices = [
                Choice(link.href, partial(_link_row, link), f"{link.text} {link.href}") for link in found
            ]
            picker = Picker(say("picker.links.title"), choices, footnote=say("picker.links.footnote"))
            self._app.push_screen(picker, self._take_link)

    def _take_link(self, href: str | None) -> None:
        if href is not None:
            self.ask_about_link(href)

    def ask_about_link(self, href: str) -> None:
        """Show where a link leads, and do with it what the user then wants. Nothing is opened before."""
        from elumenta_tui.terminal.browser import can_open, examine
        from elumenta_tui.tui.screens.link import COPY, OPEN, LinkScreen

        app = self._app
        target = examine(href)

        def act(choice: str | None) -> None:
            if choice == OPEN:
                app.open_link(target)
            elif choice == COPY:
                app.copy_text(target.address)

        app.push_screen(LinkScreen(target, can_open=can_open(os.environ)), act)

    def choose_action(self) -> None:
        """The palette: every action, to be found by its name."""
        from elumenta_tui.tui.widgets.picker import Choice, Picker

        choices = [
            Choice(name, partial(_action_row, entry), f"{entry.title} {' '.join(entry.slash)} {entry.help}")
            for name, entry in ACTIONS.items()
            if entry.palette
            and (self._app.access.is_demo or not entry.demo_only)
            and entry.possible(self._app)
        ]
        picker = Picker(say("picker.palette.title"), choices, footnote=say("picker.footnote"))
        self._app.push_screen(picker, self._perform)

    def _perform(self, name: str | None) -> None:
        if name is not None:
            self._app.action_perform(name)

    def show_help(self) -> None:
        """The key map."""
        from elumenta_tui.tui.screens.help import HelpScreen

        self._app.push_screen(HelpScreen(demo=self._app.access.is_demo, scenarios=self.scenarios()))

    def scenarios(self) -> list[tuple[str, str]]:
        """What the demo can be asked to do, each with what happens; nothing for another account."""
        if not self._app.access.is_demo:
            return []
        from elumenta_tui.demo import SCENARIOS

        place = i18n.LANGUAGES.index(i18n.language())
        return [(name, what[place]) for name, what in SCENARIOS.items()]


def _theme_row(theme: Theme, width: int) -> Content:
    name = Content(theme.name.ljust(max(1, width - 12)))
    colours = (theme.primary, theme.secondary, theme.accent, theme.success, theme.warning, theme.error)
    return Content.assemble(name, *[("●", colour) for colour in colours if colour])


def _link_row(link: Link, width: int) -> Content:
    text = Content(clean_line(link.text)).truncate(max(8, width // 3), ellipsis=True)
    target = Content(clean_line(link.href, 2 * width)).truncate(
        max(8, width - text.cell_length - 2), ellipsis=True
    )
    return Content.assemble(text, "  ", target.stylize("$muted"))


def _action_row(entry: Action, width: int) -> Content:
    keys = key_label(entry.keys[0]) if entry.keys else f"/{entry.slash[0]}"
    title = Content(entry.title).truncate(max(8, width - 10), ellipsis=True)
    return Content.assemble(title, " " * max(1, width - title.cell_length - len(keys)), (keys, "$accent"))
