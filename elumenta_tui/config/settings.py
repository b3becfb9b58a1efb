"""The user's settings (config.toml) and the program's state (state.toml).

An option is one field of `Settings`: its name is the key in the file, and its type and metadata are checked. Flags override
the environment, which overrides the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elumenta_tui.chat.request import HOTTEST, MOST_TOKENS
from elumenta_tui.config.languages import languages
from elumenta_tui.lean import Frozen, Mutable, fields
from elumenta_tui.process.files import write_private
from elumenta_tui.text.lazy_pattern import LazyPattern
from elumenta_tui.text.phrase import Phrase
from elumenta_tui.text.sanitize import clean, clean_line

if TYPE_CHECKING:
    import asyncio

    from elumenta_tui.chat.spending import SpendingLimits

CONFIG_FILE = "config.toml"
STATE_FILE = "state.toml"

AUTO = "auto"
"""In place of a theme's name: the one that fits the terminal."""

_POSITION = LazyPattern(r"\(at line (\d+), column (\d+)\)$")


class SettingsProblem(Exception):
    """A settings file that cannot be used as it is. It was not changed.

    `kind` picks the words: unreadable (reason), syntax (line, column, reason), type (key, wanted), choice (key, wanted),
    range (key, wanted), persona (key), persona_value (key, wanted), others_write (mode, command), others_own (owner, command).
    Problems of values have line and column, too, if the file has them.
    """

    def __init__(self, kind: str, path: Path, **details: object) -> None:
        super().__init__(f"{path}: {kind} {details}")
        self.kind, self.path, self.details = kind, path, details

    @property
    def phrase(self) -> Phrase:
        """What the problem is."""
        return self._phrase("unchanged")

    @property
    def passed_over(self) -> Phrase:
        """Words for a value that is passed over, while the rest of the file counts."""
        return self._phrase("left_out" if self.kind.startswith("persona") else "default_counts")

    @property
    def of_typed(self) -> Phrase:
        """Words for a value that was typed, and is in no file yet."""
        return Phrase.of(f"settings.typed.{self.kind}", wanted=self.details["wanted"])

    def _phrase(self, then: str) -> Phrase:
        place: object = self.path
        if "line" in self.details and self.kind != "syntax":
            line, column = self.details["line"], self.details["column"]
            place = Phrase.of("settings.place", path=self.path, line=line, column=column)
        then_phrase = Phrase.of(f"settings.{then}")
        return Phrase.of(f"settings.{self.kind}", **{"then": then_phrase, **self.details, "path": place})

    def in_place(self, *keys: str) -> SettingsProblem:
        """Return the problem with the place of these nested keys in the file."""
        from elumenta_tui.config.toml_text import place_of

        line, column = place_of(self.path.read_bytes().decode("utf-8-sig"), *keys)
        return SettingsProblem(self.kind, self.path, **{**self.details, "line": line, "column": column})


_AMOUNT = {"least": 0.0, "most": 1e9}


class Persona(Frozen):
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
    key: str = ""
    """Key, or chord of two keys, that chooses it. Read leniently, as `Settings.keys`; empty: none."""


PERSONA_NAME = LazyPattern(r"[^\W_][\w-]{0,39}")
"""Names of personas: they are typed after a slash."""


IMAGES = ("off", "auto", "blocks", "kitty")


class Settings(Mutable):
    """All options with their defaults."""

    api_key: str = ""
    """`nb_…`. ELUMENTA_API_KEY and `api_key_command` override it."""
    api_key_command: str = ""
    """Program, with arguments, that prints the key. Run without a shell."""
    base_url: str = "https://elumenta.ru"
    """Origin of the service. ELUMENTA_BASE_URL and the flag override it."""
    model: str = "gpt-5"
    """Slug of the model at the start of a session."""
    language: str = field(default="auto", metadata={"choices": ("auto", *languages())})
    """`auto` follows the locale."""
    theme: str = AUTO
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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and other.as_dict() == self.as_dict()

    @property
    def has_own_keys(self) -> bool:
        """True if `[keys]` or a persona gives a key to an action."""
        return bool(self.keys) or any(persona.key for persona in self.personas.values())

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
        found = _POSITION.compiled.search(message)
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


class Reading(Frozen):
    """Contents of a settings file."""

    settings: Settings
    """With the default of every option whose value is wrong."""
    problems: tuple[SettingsProblem, ...]
    """The wrong values, each with its place."""
    given: frozenset[str]
    """Keys of the file."""


MUST_BE_RIGHT = (
    "api_key",
    "api_key_command",
    "base_url",
    "model",
    "confirm_above",
    "cap_session",
    "cap_day",
    "cap_month",
)
"""Options whose defaults must not count in place of a wrong value: they decide what is charged, and who gets the key."""


def load(path: Path) -> Settings:
    """Return the settings of a file. Unknown keys are left alone, because a newer version may know them.

    Raises SettingsProblem if the file is broken, or a value is wrong.
    """
    found = read(path)
    if found.problems:
        raise found.problems[0]
    return found.settings


def read(path: Path) -> Reading:
    """Return what a file says; what is wrong in it is passed over. Raises SettingsProblem if the file itself is broken."""
    data = read_toml(path)
    settings = Settings()
    problems: list[SettingsProblem] = []
    for option in fields(Settings):
        if option.name == "personas":
            settings.personas = _personas(data.get("personas", {}), path, problems)
        elif option.name in data:
            try:
                setattr(settings, option.name, checked(option.name, data[option.name], option, path))
            except SettingsProblem as problem:
                problems.append(problem.in_place(option.name))
    return Reading(settings, tuple(problems), frozenset(data))


def lenient(path: Path) -> Reading:
    """Return what a file says, for whoever chats. Raises SettingsProblem for what must be right."""
    found = read(path)
    for problem in found.problems:
        if problem.details["key"] in MUST_BE_RIGHT:
            raise problem
    return found


def _personas(tables: object, path: Path, problems: list[SettingsProblem]) -> dict[str, Persona]:
    """Check the tables of the personas. Fields that are unknown are left alone."""
    if not isinstance(tables, dict):
        problems.append(SettingsProblem("persona", path, key="personas").in_place("personas"))
        return {}
    found = {}
    for name, table in tables.items():
        try:
            found[name] = _persona(name, table, path)
        except SettingsProblem as problem:
            problems.append(problem)
    return found


def _persona(name: str, table: object, path: Path) -> Persona:
    where = ("personas", name)
    if not isinstance(table, dict) or not PERSONA_NAME.fullmatch(name):
        raise SettingsProblem("persona", path, key=clean_line(".".join(where), 80)).in_place(*where)
    values: dict[str, Any] = {}
    for option in fields(Persona):
        if option.name in table:
            key = ".".join((*where, option.name))
            try:
                value = checked(key, table[option.name], option, path)
            except SettingsProblem as problem:
                wanted = problem.details["wanted"]
                wrong = SettingsProblem("persona_value", path, key=key, wanted=wanted)
                raise wrong.in_place(*where, option.name) from None
            if option.name == "greeting":
                value = clean_line(str(value), 200)
            values[option.name] = value
    return Persona(**values)


def checked(key: str, value: object, option: Any, path: Path) -> object:
    """Return a value as its option has it. `option`: its field. Raises SettingsProblem, without a place, if it is wrong."""
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
