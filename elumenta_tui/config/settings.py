"""The user's settings (config.toml) and the program's state (state.toml).

An option is one field of `Settings`: its name is the key in the file, and its type and metadata are checked. Flags override
the environment, which overrides the file.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elumenta_tui.chat.request import HOTTEST, MOST_TOKENS
from elumenta_tui.config.languages import languages
from elumenta_tui.config.toml_text import Value, line_of, with_value
from elumenta_tui.process.files import write_private
from elumenta_tui.text.phrase import Phrase
from elumenta_tui.text.sanitize import clean, clean_line

if TYPE_CHECKING:
    import asyncio

    from elumenta_tui.chat.spending import SpendingLimits

CONFIG_FILE = "config.toml"
STATE_FILE = "state.toml"

_POSITION = re.compile(r"\(at line (\d+), column (\d+)\)$")


class SettingsProblem(Exception):
    """A settings file that cannot be used as it is. It was not changed.

    `kind` picks the words: unreadable (reason), syntax (line, column, reason), type (key, wanted), choice (key, wanted),
    range (key, wanted), persona (line, key), persona_value (line, key, wanted), others_write (mode, command), others_own (owner, command).
    """

    def __init__(self, kind: str, path: Path, **details: object) -> None:
        super().__init__(f"{path}: {kind} {details}")
        self.kind, self.path, self.details = kind, path, details

    @property
    def phrase(self) -> Phrase:
        """What the problem is."""
        return Phrase.of(f"settings.{self.kind}", path=self.path, **self.details)


_AMOUNT = {"least": 0.0, "most": 1e9}


@dataclass(slots=True)
class Persona:
    """Standing instructions and parameters with a name: a table `[personas.name]`. Every field may be missing."""

    system_prompt: str = ""
    """Text that goes first with every request."""
    model: str = ""
    """Slug of the model that is asked; empty: the one that was asked before."""
    temperature: float | None = field(default=None, metadata={"type": float, "least": 0.0, "most": HOTTEST})
    """None: the service decides."""
    max_tokens: int | None = field(default=None, metadata={"type": int, "least": 1, "most": MOST_TOKENS})
    """LLM tokens of an answer, at most; None: no limit."""
    greeting: str = ""
    """One line, shown in an empty conversation."""


PERSONA_NAME = re.compile(r"[^\W_][\w-]{0,39}")
"""Names of personas: they are typed after a slash."""


IMAGES = ("off", "auto", "blocks", "kitty")


@dataclass(slots=True)
class Settings:
    """All options with their defaults."""

    api_key: str = field(default="", repr=False)
    """`nb_…`. ELUMENTA_API_KEY and `api_key_command` override it."""
    api_key_command: str = ""
    """Program, with arguments, that prints the key. Run without a shell."""
    base_url: str = "https://elumenta.ru"
    """Origin of the service. ELUMENTA_BASE_URL and the flag override it."""
    model: str = "gpt-5"
    """Slug of the model at the start of a session."""
    language: str = field(default="auto", metadata={"choices": ("auto", *languages())})
    """`auto` follows the locale."""
    theme: str = "auto"
    """Name of a theme file; `auto` follows the terminal's light or dark."""
    dark_theme: str = "elumenta-night"
    """Name of the theme that `auto` shows on a dark terminal, and on one that does not tell."""
    light_theme: str = "elumenta-day"
    """Name of the theme that `auto` shows on a light terminal."""
    idle_timeout: float = field(default=120.0, metadata={"least": 5.0, "most": 3600.0})
    """Seconds without any text after which an answer is given up."""
    measure: int = field(default=100, metadata={"least": 0, "most": 1000})
    """Columns that prose takes at most; 0 for no limit. Code and tables are not limited."""
    stop_twice: bool = False
    """Whether Esc must be pressed twice to stop an answer."""
    prompt_keys: str = field(default="plain", metadata={"choices": ("plain", "vim")})
    """Keys of the prompt box: `vim` has its modes."""
    join_lines: bool = False
    """Whether the lines of a paragraph in an answer are joined, as in CommonMark."""
    images: str = field(default="off", metadata={"choices": IMAGES})
    """The way in which attached pictures are drawn below their prompts; `off`: they are named only."""
    bell: bool = True
    """Whether the terminal's bell rings when an answer of more than 10 s is ready and the terminal has no focus."""
    notify: str = field(default="auto", metadata={"choices": ("auto", "osc9", "osc777", "osc99", "off")})
    """How the desktop is told then: see `terminal.notifications.Way`."""
    title: bool = True
    """Whether the window's title names the conversation and what becomes of its answer."""
    keys_preset: str = field(default="default", metadata={"choices": ("default", "emacs", "vim")})
    """Which keys the actions have that `keys` does not name."""
    keys: dict[str, Any] = field(default_factory=dict, metadata={"type": dict})
    """Keys by the name of the action: a key, or a list of keys. Read leniently, by whoever knows the actions."""
    plain_text: str = field(default="sentence", metadata={"choices": ("sentence", "end")})
    """When `--plain` reads an answer out: by the sentence while it comes, or at its end."""
    personas: dict[str, Persona] = field(default_factory=dict)
    """Personas by name, in the order of the file."""
    confirm_above: float = field(default=10.0, metadata=_AMOUNT)
    """Elumenta tokens per request above which the user is asked, once per model and session; 0 for never."""
    cap_session: float = field(default=0.0, metadata=_AMOUNT)
    """Elumenta tokens that a session may spend; 0 for no cap."""
    cap_day: float = field(default=0.0, metadata=_AMOUNT)
    """The same for a day, in all windows and commands."""
    cap_month: float = field(default=0.0, metadata=_AMOUNT)
    """The same for a month."""
    token_price_rub: float = field(default=0.0, metadata=_AMOUNT)
    """Roubles per Elumenta token, for statistics; 0 if they shall name none."""

    def spending_limits(self, *, names_repeats: bool) -> SpendingLimits:
        """Return the user's limits. `names_repeats`: point at prompts that were asked already."""
        from elumenta_tui.chat.parsing import amount
        from elumenta_tui.chat.spending import SpendingLimits

        # Whole amounts are shown as such.
        above, session, day, month = (
            amount(limit) or 0
            for limit in (self.confirm_above, self.cap_session, self.cap_day, self.cap_month)
        )
        return SpendingLimits(above, session, day, month, names_repeats)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the file's content, empty if there is no file. Raises SettingsProblem with line and column if it is broken."""
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
        # A number with thousands of digits, or hundreds of nested lists.
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
    """Return the settings of a file. Unknown keys are left alone, because a newer version may know them."""
    data = read_toml(path)
    settings = Settings()
    for option in fields(Settings):
        if option.name == "personas":
            settings.personas = _personas(data.get("personas", {}), path)
        elif option.name in data:
            setattr(settings, option.name, _checked(option.name, data[option.name], option, path))
    return settings


def _personas(tables: object, path: Path) -> dict[str, Persona]:
    """Check the tables of the personas. Fields that are unknown are left alone."""
    if not isinstance(tables, dict):
        raise SettingsProblem("persona", path, line=_line(path, "personas"), key="personas")
    found = {}
    for name, table in tables.items():
        where = ("personas", name)
        if not isinstance(table, dict) or not PERSONA_NAME.fullmatch(name):
            key = clean_line(".".join(where), 80)
            raise SettingsProblem("persona", path, line=_line(path, *where), key=key)
        persona = Persona()
        for option in fields(Persona):
            if option.name in table:
                key = ".".join((*where, option.name))
                try:
                    value = _checked(key, table[option.name], option, path)
                except SettingsProblem as problem:
                    line = _line(path, *where, option.name)
                    wanted = problem.details["wanted"]
                    raise SettingsProblem("persona_value", path, line=line, key=key, wanted=wanted) from None
                if option.name == "greeting":
                    value = clean_line(str(value), 200)
                setattr(persona, option.name, value)
        found[name] = persona
    return found


def _line(path: Path, *keys: str) -> int:
    return line_of(path.read_bytes().decode("utf-8-sig"), *keys)


def unknown_keys(path: Path) -> dict[str, str]:
    """Return the keys of a settings file that are no options, each with the most similar option, or "" if none is similar."""
    data = read_toml(path)
    known = [option.name for option in fields(Settings)]
    unknown = _unlike(data, known, "")
    for name, table in data.get("personas", {}).items():
        unknown |= _unlike(table, [option.name for option in fields(Persona)], f"personas.{name}.")
    return unknown


def _unlike(table: Mapping[str, object], known: list[str], before: str) -> dict[str, str]:
    unknown = [key for key in table if key not in known]
    if not unknown:
        return {}
    from difflib import get_close_matches

    return {before + key: "".join(get_close_matches(key.lower(), known, n=1)) for key in unknown}


def _checked(key: str, value: object, option: Any, path: Path) -> object:
    wanted = option.metadata.get("type") or type(option.default)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        # Longer integers fit into no float, and into no range.
        value = float(value) if value.bit_length() < 64 else float("inf")
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise SettingsProblem("type", path, key=key, wanted=Phrase.of(f"settings.wanted.{wanted.__name__}"))
    choices = option.metadata.get("choices")
    if choices and value not in choices:
        raise SettingsProblem("choice", path, key=key, wanted=", ".join(choices))
    if wanted in (int, float) and not option.metadata["least"] <= value <= option.metadata["most"]:
        least, most = option.metadata["least"], option.metadata["most"]
        raise SettingsProblem("range", path, key=key, wanted=f"{least:g} … {most:g}")
    return clean(value) if isinstance(value, str) else value


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
    _checked(name, value, option, path)
    return value


def save_value(path: Path, option: str, value: Value) -> bool:
    """Write one option into the file and leave every other character as it is. Return False if that can't be done with certainty.

    Raises:
        SettingsProblem: The file is broken; it is left as it is.
        OSError: The file cannot be written.
    """
    read_toml(path)
    raw = path.read_bytes() if path.exists() else b""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    text = with_value(raw.decode("utf-8-sig"), option, value)
    if text is None:
        return False
    if text.encode() != raw.removeprefix(mark):
        write_private(path, mark + text.encode())
    return True


def save(path: Path, option: str, value: Value | None) -> None:
    """Write one option into the file, or remove it with None. Every other character stays as it is.

    Raises:
        SettingsProblem: The file is broken; it is left as it is.
        OSError: The file cannot be written.
    """
    data = read_toml(path)
    if data.get(option) == value:
        return
    raw = path.read_bytes() if data or path.exists() else b""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    text = with_value(raw.decode("utf-8-sig"), option, value)
    if text is None:
        # The comments are lost. But a value spread over lines, or a table of that name, cannot be edited with certainty.
        import tomli_w

        data.pop(option, None)
        text = tomli_w.dumps({**data, option: value} if value is not None else data)
    write_private(path, mark + text.encode())


class StateFile:
    """Choices made inside the app (theme, language, model), stored for the next start.

    A choice applies until the user writes another value into config.toml: it is stored with the configured value that it
    replaced, and ignored once that has changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        """The state file; what else the program writes by itself belongs beside it."""
        self._is_unwritten = False
        self._writing: asyncio.Lock | None = None
        try:
            self._data = read_toml(path)
        except SettingsProblem:
            # No person wrote anything in here. Without it the configured values apply.
            self._data = {}

    @property
    def is_empty(self) -> bool:
        """True if nothing was ever kept, or if what was kept cannot be read."""
        return not self._data

    def recall(self, name: str, configured: str, *, formerly: str = "") -> str:
        """Return the last choice, or the configured value. `formerly`: another configured value that the choice may have replaced."""
        entry = self._data.get(name)
        if isinstance(entry, Mapping) and entry.get("instead_of") in (configured, formerly or configured):
            chosen = entry.get("chosen")
            if isinstance(chosen, str):
                return clean_line(chosen)
        return configured

    def keep(self, name: str, chosen: str, configured: str) -> None:
        """Remember a choice; `write` puts it on the disk."""
        entry = {"chosen": chosen, "instead_of": configured}
        if self._data.get(name) != entry:
            self._data[name] = entry
            self._is_unwritten = True

    def table(self, name: str) -> Mapping[str, object]:
        """Return a table of facts that the program keeps by itself; empty if there is none."""
        table = self._data.get(name)
        return table if isinstance(table, Mapping) else {}

    def keep_table(self, name: str, table: Mapping[str, object]) -> None:
        """Replace such a table; `write` puts it on the disk."""
        self._data[name] = dict(table)
        self._is_unwritten = True

    async def write(self) -> None:
        """Put what was kept on the disk, without keeping the loop waiting. If the disk refuses,
        the choice is forgotten at the end of the program, and no more is lost."""
        import asyncio

        import tomli_w

        self._writing = self._writing or asyncio.Lock()
        async with self._writing:
            while self._is_unwritten:
                self._is_unwritten = False
                data = tomli_w.dumps(self._data).encode()
                with suppress(OSError):
                    await asyncio.to_thread(write_private, self.path, data)


def last_model(state_file: StateFile, settings: Settings, *, demo: bool) -> str:
    """Return the slug of the model that was chosen last, or of the configured one; the demo's is not the account's."""
    return state_file.recall("demo_model" if demo else "model", settings.model)
