"""The settings: shows all options, writes what is changed into the configuration, and has it count at once where it can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from textual.content import Content

from elumenta_tui.api.address import checked_url
from elumenta_tui.api.errors import BadUrl
from elumenta_tui.chat.models import Model
from elumenta_tui.config.option_rows import OF_ACCOUNT, OptionRow, OptionRows
from elumenta_tui.config.options import TABLES, parsed
from elumenta_tui.config.saving import save_value
from elumenta_tui.config.settings import Reading, Settings, SettingsProblem, read
from elumenta_tui.config.toml_text import Value
from elumenta_tui.i18n import say, spoken
from elumenta_tui.lean import fields
from elumenta_tui.session import Session, Tasks
from elumenta_tui.tui.appearance import Appearance
from elumenta_tui.tui.option_words import notes, sentence, short, source_words, value_words
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.screens.option_value import OptionValueScreen
from elumenta_tui.tui.screens.settings import RowWords, SettingsScreen
from elumenta_tui.tui.widgets.picker import Choice, Picker

OPTIONS = {option.name: option for option in fields(Settings)}

THEMES = "theme", "dark_theme", "light_theme"
"""Options whose values are names of themes."""

_NUMBERS = (int, float)


class Configuring:
    """Shows and changes the options.

    What is changed is written first, and counts then; if it can't be written, it does not count.

    Args:
        settings: the values that count; changed at once.
        path: the configuration file.
        apply: by option, has a value count at once that stands in `settings`. Options that are not in it wait for the next start.
        pick_model: shows the model picker, and passes on what was chosen.
        ask_for_key: shows the dialog for the key.
    """

    def __init__(
        self,
        settings: Settings,
        path: Path,
        rows: OptionRows,
        session: Session,
        appearance: Appearance,
        screens: Screens,
        tasks: Tasks,
        notify_user: NotifyUser,
        *,
        apply: Mapping[str, Callable[[], object]],
        pick_model: Callable[[Model, Callable[[Model | None], None]], None],
        ask_for_key: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._path = path
        self._rows = rows
        self._session = session
        self._appearance = appearance
        self._screens = screens
        self._tasks = tasks
        self._notify_user = notify_user
        self._apply = apply
        self._pick_model = pick_model
        self._ask_for_key = ask_for_key
        self._reading = Reading(settings, (), frozenset())
        self._trouble: SettingsProblem | None = None
        """Why the file can't be read now."""
        self._saving = asyncio.Lock()

    def show(self) -> None:
        """Show the settings, as the file has them now."""
        self._tasks.start(self._show, "settings")

    async def _show(self) -> None:
        await self._read()
        if any(isinstance(screen, SettingsScreen) for screen in self._screens.screen_stack):
            return
        screen = SettingsScreen(
            lambda: self._rows.rows(self._reading),
            words=self._words,
            trouble=lambda: "" if self._trouble is None else spoken(self._trouble.phrase),
            edit=self.edit,
            reset=self.reset,
        )
        self._screens.push_screen(screen)

    async def _read(self) -> None:
        try:
            self._reading = await asyncio.to_thread(read, self._path)
            self._trouble = None
        except SettingsProblem as problem:
            self._trouble = problem

    def refresh(self) -> None:
        """Show the options as they are now, if they are on the screen."""
        for screen in self._screens.screen_stack:
            if isinstance(screen, SettingsScreen) and not screen.is_left:
                screen.refill()

    def _words(self, row: OptionRow) -> RowWords:
        default = say("options.default", value=value_words(row.name, row.default))
        return RowWords(
            value_words(row.name, row.value),
            say(f"options.source.{row.source.value}"),
            sentence(row.name),
            notes(row, in_demo_only=self._is_of_demo(row.name)),
            *(
                default if row.problem is not None else f"{default} · {source_words(row, path)}"
                for path in (short(self._path), self._path.name)
            ),
        )

    def _is_of_demo(self, name: str) -> bool:
        """Return whether a change is the demo's, and is written nowhere."""
        return self._session.backend.is_demo and name in OF_ACCOUNT

    # ---------------------------------------------------------------------------------------------------------- editing

    def edit(self, row: OptionRow) -> None:
        """Turn a switch over, or ask for another value."""
        name = row.name
        if name == "api_key":
            self._ask_for_key()
        elif name in TABLES:
            self._notify_user(say("options.table", name=name, path=short(self._path)))
        elif isinstance(row.default, bool):
            self.change(name, not row.value)
        elif name in THEMES:
            self._choose_theme(row)
        elif name == "model" and self._session.models:
            self._pick_model(self._session.model, self._take_model)
        elif choices := OPTIONS[name].metadata.get("choices"):
            self._choose(row, choices)
        else:
            self._ask(row)

    def _choose(self, row: OptionRow, choices: Sequence[str]) -> None:
        def take(chosen: str | None) -> None:
            if chosen is not None:
                self.change(row.name, chosen)

        listed = [Choice(each, partial(_plain_row, each), each) for each in choices]
        foot = f"{sentence(row.name)}\n{say('picker.footnote')}"
        self._screens.push_screen(Picker(row.name, listed, current=str(row.value), footnote=foot), take)

    def _choose_theme(self, row: OptionRow) -> None:
        appearance = self._appearance
        names = appearance.names()
        if row.name != "theme":
            names = [name for name in names if appearance.themes.find(name) is not None]

        def take(chosen: str | None) -> None:
            if chosen is not None:
                self.change(row.name, chosen)
            else:
                appearance.end_preview()

        picker = Picker(
            say("picker.theme.title"),
            [Choice(name, partial(_plain_row, name), name) for name in names],
            current=str(row.value),
            footnote=say("picker.theme.footnote"),
            preview=appearance.preview,
        )
        self._screens.push_screen(picker, take)

    def _take_model(self, model: Model | None) -> None:
        if model is not None:
            self.change("model", model.slug)

    def _ask(self, row: OptionRow) -> None:
        def take(typed: str | None) -> None:
            if typed is not None:
                self.change(row.name, self._value(row.name, typed))

        name = row.name
        value = row.value if row.in_file is None else row.in_file
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        hint = f"{self._wanted(name)} · {say('options.default', value=value_words(name, row.default))}"
        screen = OptionValueScreen(
            name, sentence(name), shown, hint=hint, problem=partial(self.problem, name)
        )
        self._screens.push_screen(screen, take)

    def _wanted(self, name: str) -> str:
        limits = OPTIONS[name].metadata
        if "least" in limits:
            return f"{value_words(name, limits['least'])} … {value_words(name, limits['most'])}"
        return say("options.any_text")

    def _value(self, name: str, typed: str) -> Value:
        if isinstance(OPTIONS[name].default, _NUMBERS):
            typed = typed.replace(",", ".")
        return parsed(name, typed, self._path)

    def problem(self, name: str, typed: str) -> str:
        """Return what is wrong with a typed value; empty if nothing is."""
        try:
            self._value(name, typed)
        except SettingsProblem as problem:
            return spoken(problem.of_typed)
        if name == "base_url":
            try:
                checked_url(typed)
            except BadUrl:
                return say("options.no_address")
        return say("options.empty") if name == "model" and not typed else ""

    # ---------------------------------------------------------------------------------------------------------- changing

    def change(self, name: str, value: Value) -> None:
        """Write a value, and have it count."""

        async def change() -> None:
            await self._change(name, value)

        self._tasks.start(change, "settings")

    def reset(self, row: OptionRow) -> None:
        """Give an option its default: take it out of the file."""
        if row.name == "api_key":
            self._ask_for_key()
        elif row.name in TABLES:
            self._notify_user(say("options.table", name=row.name, path=short(self._path)))
        else:
            self._tasks.start(partial(self._reset, row), "settings")

    async def _reset(self, row: OptionRow) -> None:
        if await self._change(row.name, None):
            before, default = value_words(row.name, row.value), value_words(row.name, row.default)
            if before != default:
                self._notify_user(say("options.reset", name=row.name, value=default, before=before))

    async def _change(self, name: str, value: Value | None) -> bool:
        """Write a value, or None for the default, and have it count; False if it can't be written."""
        async with self._saving:
            if not self._is_of_demo(name):
                if (why := await asyncio.to_thread(self._save, name, value)) is not None:
                    self._notify_user(why(), "warning")
                    return False
                await self._read()
        if name in self._apply and name not in self._rows.given:
            default = getattr(Settings(), name)
            wanted = default if value is None else value
            # A whole number is written as one, such as 10 for 10.0.
            setattr(self._settings, name, float(wanted) if isinstance(default, float) else wanted)
            self._apply[name]()
        self.refresh()
        return True

    def _save(self, name: str, value: Value | None) -> Callable[[], str] | None:
        """Write a value into the file. Return what words the failure; None if it is written."""
        try:
            is_saved = save_value(self._path, name, value)
        except SettingsProblem as problem:
            return partial(spoken, problem.phrase)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return partial(say, "export.not_written", path=short(self._path), reason=reason)
        if not is_saved:
            return partial(say, "config.not_one_line", name=name, path=short(self._path))
        return None


def _plain_row(text: str, width: int) -> Content:
    return Content(text).truncate(max(4, width), ellipsis=True)
