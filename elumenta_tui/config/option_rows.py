"""All options in rows: what the value of each is, where it comes from, and what the file says instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from elumenta_tui.config.options import Given, Source
from elumenta_tui.config.settings import Reading, Settings, SettingsProblem, StateFile
from elumenta_tui.lean import fields

CHOSEN_IN_APP = {"theme": "theme", "language": "language", "images": "images", "model": "model"}
"""Names in the state file of what is chosen in the app, too, by option."""

OF_ACCOUNT = ("model", "confirm_above", "cap_session", "cap_day", "cap_month", "token_price_rub")
"""Options whose values are the account's: the demo changes them for itself only."""


class OptionRow(NamedTuple):
    """One option, as the settings screen and `config list` show it."""

    name: str
    value: object
    """The value that counts, or will from the next start on. Of the key only whether there is one."""
    default: object
    source: Source
    given_by: str = ""
    """The flag or variable that gives the value."""
    in_file: object = None
    """The value in the file that does not count, because the value is given otherwise; None if there is none."""
    running: object = None
    """The value until the next start; None if it is the same."""
    problem: SettingsProblem | None = None
    """What is wrong with the value in the file."""

    @property
    def is_default(self) -> bool:
        """Whether the option has its default."""
        return self.value == self.default


class OptionRows:
    """Makes the rows of all options.

    Args:
        settings: the values that count in the program.
        given: what is said in place of the file, by option.
        model: returns the slug of the model that is asked.
        has_key: returns whether there is a key that is in use.
    """

    def __init__(
        self,
        settings: Settings,
        state_file: StateFile,
        given: Mapping[str, Given],
        *,
        model: Callable[[], str],
        is_demo: Callable[[], bool],
        has_key: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._state_file = state_file
        self.given = given
        self._model = model
        self._is_demo = is_demo
        self._has_key = has_key

    def rows(self, reading: Reading) -> list[OptionRow]:
        """Return the rows in the order of the schema."""
        wrong = {str(problem.details["key"]).partition(".")[0]: problem for problem in reading.problems}
        defaults = Settings()
        return [
            self._row(option.name, getattr(defaults, option.name), reading, wrong.get(option.name))
            for option in fields(Settings)
        ]

    def _row(
        self, name: str, default: object, reading: Reading, problem: SettingsProblem | None
    ) -> OptionRow:
        if name == "api_key":
            return self._key_row(reading, problem)
        is_in_file = name in reading.given and (problem is None or name == "personas")
        intended = getattr(reading.settings, name)
        running = self._recall(name, getattr(self._settings, name))
        source = Source.FILE if is_in_file else Source.DEFAULT
        if (given := self.given.get(name)) is not None:
            running = self._model() if name == "model" else running
            in_file = intended if is_in_file else None
            return OptionRow(name, running, default, given.source, given.name, in_file, None, problem)
        if self._is_demo() and name in OF_ACCOUNT:
            source = source if running == intended else Source.DEMO
            return OptionRow(name, running, default, source, problem=problem)
        value = self._recall(name, intended)
        if value != intended:
            source = Source.CHOSEN
        later = running if running != value else None
        return OptionRow(name, value, default, source, running=later, problem=problem)

    def _recall(self, name: str, configured: object) -> object:
        """Return what was chosen in the app in place of a configured value."""
        if name not in CHOSEN_IN_APP:
            return configured
        entry = "demo_model" if name == "model" and self._is_demo() else CHOSEN_IN_APP[name]
        return self._state_file.recall(entry, str(configured))

    def _key_row(self, reading: Reading, problem: SettingsProblem | None) -> OptionRow:
        is_in_file = bool(reading.settings.api_key)
        given = self.given.get("api_key")
        if given is not None:
            return OptionRow(
                "api_key", True, False, given.source, given.name, is_in_file or None, None, problem
            )
        if reading.settings.api_key_command:
            in_file = is_in_file or None
            return OptionRow(
                "api_key", True, False, Source.COMMAND, "api_key_command", in_file, None, problem
            )
        if is_in_file:
            return OptionRow("api_key", True, False, Source.FILE, problem=problem)
        is_kept = self._has_key()
        source = Source.KEYRING if is_kept else Source.DEFAULT
        return OptionRow("api_key", is_kept, False, source, problem=problem)
