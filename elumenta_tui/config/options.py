"""The options of the configuration one by one: what a typed text means for them, and keys of the file that are none."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.config.settings import Persona, Settings, checked, read_toml
from elumenta_tui.lean import Frozen, fields

if TYPE_CHECKING:
    from elumenta_tui.config.toml_text import Value


class Source(Enum):
    """Origin of an option's value."""

    DEFAULT = "default"
    FILE = "file"
    CHOSEN = "chosen"
    """Chosen in the app, and kept in the state file."""
    ENVIRONMENT = "environment"
    FLAG = "flag"
    COMMAND = "command"
    """Of the key: printed by the user's command."""
    KEYRING = "keyring"
    DEMO = "demo"
    """Changed in the demo, which keeps it for itself."""


class Given(Frozen):
    """Flag or variable that gives a value in place of the file."""

    source: Source
    name: str
    """Of the flag or the variable."""


TABLES = ("personas", "keys")
"""Options that are tables, which are written with an editor."""


def parsed(name: str, text: str, path: Path) -> Value:
    """Return the value of an option that is written as plain text, such as `true` or `0.5`.

    Raises SettingsProblem, as reading the file does, if it is none; KeyError if there is no option of that name.
    """
    option = {option.name: option for option in fields(Settings) if option.name not in TABLES}[name]
    value: Value = text
    if isinstance(option.default, bool):
        value = {"true": True, "false": False}.get(text.strip().lower(), text)
    elif isinstance(option.default, int | float):
        with suppress(ValueError):
            number = float(text)
            value = int(number) if number.is_integer() else number
    checked(name, value, option, path)
    return value


def unknown_keys(path: Path) -> dict[str, str]:
    """Return the keys of a settings file that are no options, each with the most similar option, or "" if none is similar."""
    data = read_toml(path)
    known = [option.name for option in fields(Settings)]
    unknown = _unlike(data, known, "")
    personas = data.get("personas")
    for name, table in personas.items() if isinstance(personas, dict) else ():
        if not isinstance(table, dict):
            continue
        unknown |= _unlike(table, [option.name for option in fields(Persona)], f"personas.{name}.")
    return unknown


def _unlike(table: Mapping[str, object], known: list[str], before: str) -> dict[str, str]:
    unknown = [key for key in table if key not in known]
    if not unknown:
        return {}
    from difflib import get_close_matches

    return {before + key: "".join(get_close_matches(key.lower(), known, n=1)) for key in unknown}
