"""Words for options: their values, where these come from, and what is wrong with a typed one."""

from __future__ import annotations

from pathlib import Path

from elumenta_tui.config.option_rows import OptionRow
from elumenta_tui.config.options import TABLES, Source
from elumenta_tui.config.settings import MUST_BE_RIGHT
from elumenta_tui.i18n import decimal, number, say, spoken
from elumenta_tui.text.key import MASK
from elumenta_tui.text.redact import redact_key
from elumenta_tui.text.sanitize import clean_line

LATER = ("api_key_command", "base_url", "idle_timeout", "plain_text")
"""Options that count from the next start on."""


def value_words(name: str, value: object) -> str:
    """Return a value in words. The key is never shown, only whether there is one."""
    if name == "api_key":
        return MASK if value else "—"
    if name in TABLES:
        return number(len(value)) if isinstance(value, dict) and value else "—"
    if isinstance(value, bool):
        return say("options.on" if value else "options.off")
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float):
        return number(int(value)) if value.is_integer() else decimal(value)
    return redact_key(clean_line(str(value), 200)) or "—"


def sentence(name: str) -> str:
    """Return what an option is for."""
    return say(f"option.{name}")


def source_words(row: OptionRow, path: str) -> str:
    """Return where a value comes from, in a sentence."""
    return say(f"options.from.{row.source.value}", name=row.given_by, path=path)


def short(path: Path) -> str:
    """Return a path for people: below the home directory, without that."""
    home, whole = str(Path.home()), str(path)
    return clean_line(f"~{whole.removeprefix(home)}" if whole.startswith(f"{home}/") else whole, 200)


def notes(row: OptionRow, *, in_demo_only: bool) -> list[str]:
    """Return what should be known of a value, in sentences."""
    found = []
    if row.problem is not None:
        must = row.name in MUST_BE_RIGHT
        found.append(spoken(row.problem.phrase if must else row.problem.passed_over))
    if row.source in (Source.FLAG, Source.ENVIRONMENT):
        in_file = "" if row.in_file is None else value_words(row.name, row.in_file)
        key = "options.overrules" if in_file else "options.overrules_nothing"
        found.append(say(key, name=row.given_by, value=in_file))
    if row.running is not None:
        found.append(say("options.later_than", value=value_words(row.name, row.running)))
    elif row.name in LATER:
        found.append(say("options.later"))
    if in_demo_only:
        found.append(say("options.demo_only"))
    return found
