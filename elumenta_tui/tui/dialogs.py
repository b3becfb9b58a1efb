"""Dialogs to choose from: models, themes, links and actions."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content
from textual.theme import Theme

from elumenta_tui import i18n
from elumenta_tui.chat.models import Model
from elumenta_tui.config.model_lists import ModelLists
from elumenta_tui.config.picks import Score
from elumenta_tui.config.settings import AUTO
from elumenta_tui.i18n import knows, say
from elumenta_tui.session import Session
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.appearance import Appearance
from elumenta_tui.tui.catalogue import ACTIONS, Action, hint
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from elumenta_tui.markdown.style import Link
    from elumenta_tui.tui.widgets.model_picker import ModelPicker


class Dialogs:
    """Shows choices, and applies what was chosen. A dialog's modules are imported on first use."""

    def __init__(
        self,
        session: Session,
        screens: Screens,
        transcript: Transcript,
        appearance: Appearance,
        copying: Copying,
        notify_user: NotifyUser,
        *,
        select_model: Callable[[Model], None],
        perform: Callable[[str], None],
        is_offered: Callable[[Action], bool],
        compare: Callable[[Sequence[Model]], None],
        scores: Callable[[], Mapping[str, Score]],
        lists: Callable[[], ModelLists],
        remember: Callable[[], None],
        key_notes: Callable[[], Sequence[str]],
    ) -> None:
        """
        Args:
            select_model: uses a model from now on.
            perform: runs the action of that name.
            is_offered: returns whether an action would do anything now.
            compare: sends the next prompt to all of these models.
            scores: returns how often models were picked in comparisons, by slug.
            lists: returns the favourite models and those that were chosen last.
            remember: writes them to the disk.
            key_notes: returns what is special about the keys here, in sentences.
        """
        self._session = session
        self._screens = screens
        self._transcript = transcript
        self._appearance = appearance
        self._copying = copying
        self._notify_user = notify_user
        self._select_model = select_model
        self._perform_action = perform
        self._is_offered = is_offered
        self._compare = compare
        self._scores = scores
        self._lists = lists
        self._key_notes = key_notes
        self._remember = remember

    def choose_model(self, query: str = "") -> None:
        """Show the model picker; a full slug selects its model without a dialog."""
        session = self._session
        listed = {model.slug: model for model in session.models}
        if query in listed and listed[query].streams:
            self._select_model(listed[query])
            return
        picker = self._model_picker(session.model, query)

        def take(model: Model | None) -> None:
            if model is not None and picker.marked:
                self._compare(picker.marked)
            elif model is not None:
                self._select_model(model)

        self._screens.push_screen(picker, take)

    def choose_compared(self) -> None:
        """Show the model picker to mark the models of a comparison."""
        picker = self._model_picker(self._session.model, compares=True)
        self._screens.push_screen(picker, lambda model: self._compare(picker.marked) if model else None)

    def pick_model(self, current: Model, take: Callable[[Model | None], None], query: str = "") -> None:
        """Show the model picker for one model. `take` gets it, or None."""
        self._screens.push_screen(self._model_picker(current, query, for_one=True), take)

    def _model_picker(
        self, current: Model, query: str = "", *, for_one: bool = False, compares: bool = False
    ) -> ModelPicker:
        from elumenta_tui.tui.widgets.model_picker import ModelPicker

        ledger = None if for_one else self._session.ledger
        return ModelPicker(
            self._session.models,
            current,
            query=query,
            scores=self._scores(),
            ledger=ledger,
            lists=self._lists(),
            changed=self._remember,
            measure=self._session.spending.measured,
            compares=compares,
        )

    def refresh_models(self) -> None:
        """List the session's models in the picker on the screen: it may have been opened before they were read."""
        from elumenta_tui.tui.widgets.model_picker import ModelPicker

        if isinstance(picker := self._screens.screen, ModelPicker):
            picker.list_models(self._session.models)

    def choose_theme(self, name: str = "") -> None:
        """Show the theme picker; a full name applies its theme without a dialog."""
        from elumenta_tui.tui.widgets.picker import Choice, Picker

        appearance = self._appearance
        if name == AUTO or appearance.themes.find(name) is not None:
            appearance.choose_theme(name)
            return
        themes = appearance.themes.every()
        choices = [Choice(theme.name, partial(_theme_row, theme), theme.name) for theme in themes]
        if appearance.themes.find(AUTO) is None:
            choices.insert(0, Choice(AUTO, _auto_row, AUTO, also=lambda width: say("picker.theme.auto")))

        def take(chosen: str | None) -> None:
            if chosen is not None:
                appearance.choose_theme(chosen)
            else:
                appearance.end_preview()

        picker = Picker(
            say("picker.theme.title"),
            choices,
            current=AUTO if appearance.follows_terminal else appearance.current.name,
            query=name,
            footnote=say("picker.theme.footnote"),
            preview=appearance.preview,
        )
        self._screens.push_screen(picker, take)

    def choose_link(self) -> None:
        """Show the links at the cursor, or else those in view.

        A single link goes straight to `ask_about_link`.
        """
        from elumenta_tui.tui.widgets.picker import Choice, Picker

        found = self._transcript.links.offered()
        if not found:
            self._notify_user(say("notice.no_links"), "warning")
        elif len(found) == 1:
            self.ask_about_link(found[0].href)
        else:
            choices = [
                Choice(link.href, partial(_link_row, link), f"{link.text} {link.href}") for link in found
            ]
            picker = Picker(say("picker.links.title"), choices, footnote=say("picker.links.footnote"))
            self._screens.push_screen(picker, self._take_link)

    def _take_link(self, href: str | None) -> None:
        if href is not None:
            self.ask_about_link(href)

    def ask_about_link(self, href: str) -> None:
        """Show where a link leads, and open or copy it as the user decides. Nothing is opened before that."""
        from elumenta_tui.terminal.browser import can_open, examine
        from elumenta_tui.tui.screens.link import COPY, OPEN, LinkScreen

        target = examine(href)

        def act(choice: str | None) -> None:
            if choice == OPEN:
                self._copying.open_link(target)
            elif choice == COPY:
                self._copying.copy(target.address)

        self._screens.push_screen(LinkScreen(target, can_open=can_open(os.environ)), act)

    def choose_action(self) -> None:
        """Show the command palette."""
        from elumenta_tui.tui.widgets.picker import Choice, Picker

        choices = [
            Choice(name, partial(_action_row, entry), entry.title, also=partial(_other_words, entry))
            for name, entry in ACTIONS.items()
            if entry.palette and self._is_offered(entry)
        ]
        picker = Picker(say("picker.palette.title"), choices, footnote=say("picker.footnote"))
        self._screens.push_screen(picker, self._perform)

    def _perform(self, name: str | None) -> None:
        if name is not None:
            self._perform_action(name)

    def show_help(self) -> None:
        """Show the key map."""
        from elumenta_tui.tui.screens.help import HelpScreen

        demo = self._session.backend.is_demo
        screen = HelpScreen(demo=demo, scenarios=self.scenarios(), notes=self._key_notes)
        self._screens.push_screen(screen)

    def scenarios(self) -> list[tuple[str, str]]:
        """List the demo's scenarios, each with its explanation; empty for a real account."""
        if not self._session.backend.is_demo:
            return []
        from elumenta_tui.demo import SCENARIOS
        from elumenta_tui.demo.prompts import in_language, language_of

        return [(name, in_language(what, language_of(i18n.language()))) for name, what in SCENARIOS.items()]


def _theme_row(theme: Theme, width: int) -> Content:
    name = Content(theme.name.ljust(max(1, width - 12)))
    colours = (theme.primary, theme.secondary, theme.accent, theme.success, theme.warning, theme.error)
    return Content.assemble(name, *[("●", colour) for colour in colours if colour])


def _auto_row(width: int) -> Content:
    words = Content(say("picker.theme.auto")).truncate(max(8, width - len(AUTO) - 2), ellipsis=True)
    return Content.assemble(AUTO, "  ", words.stylize("$muted"))


def _link_row(link: Link, width: int) -> Content:
    if link.text == link.href:
        # An address that stands in the text as it is.
        return Content(clean_line(link.href, 2 * width)).truncate(width, ellipsis=True)
    text = Content(clean_line(link.text)).truncate(max(8, width // 3), ellipsis=True)
    target = Content(clean_line(link.href, 2 * width)).truncate(
        max(8, width - text.cell_length - 2), ellipsis=True
    )
    return Content.assemble(text, "  ", target.stylize("$muted"))


def _other_words(entry: Action, width: int) -> str:
    """Return the words by which an action is found besides its title."""
    more = f"action.{entry.name}.words"
    return " ".join([*entry.slash, entry.help, say(more) if knows(more) else ""])


def _action_row(entry: Action, width: int) -> Content:
    keys = hint(entry.name)
    title = Content(entry.title).truncate(max(8, width - 10), ellipsis=True)
    return Content.assemble(title, " " * max(1, width - title.cell_length - len(keys)), (keys, "$accent"))
