"""What the user has decided (config.toml), and what the program remembers by itself (state.toml).

An option is one field of `Settings`: its name is the key in the file, its type and metadata are what is checked.
Flags win over the environment, the environment over the file.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from elumenta_tui.config.toml_text import with_value
from elumenta_tui.i18n import say
from elumenta_tui.process.files import write_private
from elumenta_tui.text.sanitize import clean, clean_line

CONFIG_FILE = "config.toml"
STATE_FILE = "state.toml"

_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)$")


class SettingsProblem(Exception):
    """A settings file that can't be used as it is. It was not changed.

    `kind` picks the words: unreadable (reason), syntax (line, column, reason), type (key), choice (key), range (key),
    others_write (mode, command), others_own (owner, command).
    """

    def __init__(self, kind: str, path: Path, **details: object) -> None:
        super().__init__(f"{path}: {kind} {details}")
        self.kind, self.path, self.details = kind, path, details

    def sentence(self) -> str:
        """The problem in the user's language."""
        return say(f"settings.{self.kind}", path=self.path, **self.details)


@dataclass(slots=True)
class Settings:
    """All options with their defaults."""

    api_key: str = field(default="", repr=False)
    """`nb_…`; the environment's ELUMENTA_API_KEY and `api_key_command` win."""
    api_key_command: str = ""
    """Program, with its arguments, that prints the key; it is run without a shell."""
    base_url: str = "https://elumenta.ru"
    """Origin of the service; the environment's ELUMENTA_BASE_URL and the flag win."""
    model: str = "gpt-5"
    """Slug of the model that a session starts with."""
    language: str = field(default="auto", metadata={"choices": ("auto", "en", "ru")})
    """auto: what the locale says."""
    theme: str = "elumenta-night"
    """Name of a theme file."""
    idle_timeout: float = field(default=120.0, metadata={"least": 5.0, "most": 3600.0})
    """Seconds without any text after which an answer is given up."""
    measure: int = field(default=100, metadata={"least": 0, "most": 1000})
    """Columns that prose takes at most; 0: all there are. Code and tables take what there is."""
    stop_twice: bool = False
    """Esc has to be pressed twice to stop an answer."""
    join_lines: bool = False
    """The lines of a paragraph in an answer are run into one, as CommonMark has it."""


def read_toml(path: Path) -> dict[str, Any]:
    """The file's content, empty if there is none; SettingsProblem with line and column if it is broken."""
    try:
        source = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsProblem("unreadable", path, reason=_reason(error)) from error
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _POSITION.search(message)
        # Python 3.11 says "at end of document" without numbers.
        line, column = (int(found[1]), int(found[2])) if found else _end_of(source)
        reason = message[: found.start()].strip() if found else message.partition(" (at ")[0]
        raise SettingsProblem("syntax", path, line=line, column=column, reason=reason) from error
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, hundreds of nested lists.
        raise SettingsProblem("unreadable", path, reason=str(error)) from error


def _end_of(source: str) -> tuple[int, int]:
    lines = source.split("\n")
    return len(lines), len(lines[-1]) + 1


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (
        error.strerror or type(error).__name__
        if isinstance(error, OSError)
        else f"{error.encoding}: {error.reason}"
    )


def load(path: Path) -> Settings:
    """The settings of a file; unknown keys are left alone (a newer version may know them)."""
    data = read_toml(path)
    settings = Settings()
    for option in fields(Settings):
        if option.name in data:
            setattr(settings, option.name, _checked(option.name, data[option.name], option, path))
    return settings


def unknown_keys(path: Path) -> dict[str, str]:
    """The keys in a settings file that are no options, each with the option whose name is like it, if there is one."""
    known = [option.name for option in fields(Settings)]
    unknown = [key for key in read_toml(path) if key not in known]
    if not unknown:
        return {}
    from difflib import get_close_matches

    return {key: "".join(get_close_matches(key.lower(), known, n=1)) for key in unknown}


def _checked(key: str, value: object, option: Any, path: Path) -> object:
    wanted = type(option.default)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        # Longer ones fit into no float, and into no range.
        value = float(value) if value.bit_length() < 64 else float("inf")
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise SettingsProblem("type", path, key=key, wanted=say(f"settings.wanted.{wanted.__name__}"))
    choices = option.metadata.get("choices")
    if choices and value not in choices:
        raise SettingsProblem("choice", path, key=key, wanted=", ".join(choices))
    if wanted in (int, float) and not option.metadata["least"] <= value <= option.metadata["most"]:
        least, most = option.metadata["least"], option.metadata["most"]
        raise SettingsProblem("range", path, key=key, wanted=f"{least:g} … {most:g}")
    return clean(value) if isinstance(value, str) else value


def save(path: Path, option: str, value: str | None) -> None:
    """Write one text option into the file, or take it out with None; every other character stays as it is.

    A broken file is left as it is (SettingsProblem); OSError if it can't be written.
    """
    data = read_toml(path)
    if data.get(option) == value:
        return
    raw = path.read_bytes() if data or path.exists() else b""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    text = with_value(raw.decode("utf-8-sig"), option, value)
    if text is None:
        # Its comments are lost, but a value that is spread over lines, or a table of that name, is not to be guessed at.
        import tomli_w

        data.pop(option, None)
        text = tomli_w.dumps({**data, option: value} if value is not None else data)
    write_private(path, mark + text.encode())


class Memory:
    """Choices made inside the app (theme, language, model), kept for the next start.

    A choice holds until the user writes another value into config.toml: it is stored with the configured value that it
    replaced, and forgotten when that has changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        """The state file; what else the program writes by itself belongs beside it."""
        try:
            self._data = read_toml(path)
        except SettingsProblem:
            # Nothing in here was written by a person; without it the configured values hold.
            self._data = {}

    def recall(self, name: str, configured: str) -> str:
        """What was chosen last, or the configured value."""
        entry = self._data.get(name)
        if isinstance(entry, Mapping) and entry.get("instead_of") == configured:
            chosen = entry.get("chosen")
            if isinstance(chosen, str):
                return clean_line(chosen)
        return configured

    def keep(self, name: str, chosen: str, configured: str) -> None:
        """Remember a choice; a disk that refuses only costs the memory of it."""
        import tomli_w

        entry = {"chosen": chosen, "instead_of": configured}
        if self._data.get(name) == entry:
            return
        self._data[name] = entry
        try:
            write_private(self.path, tomli_w.dumps(self._data).encode())
        except OSError:
            return
