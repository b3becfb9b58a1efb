"""What a command line asks for: the prompt with its instructions and parameters, out of options, personas and templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from time import strftime
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.request import Options
from elumenta_tui.cli.exit_codes import NotAsked
from elumenta_tui.cli.prompt import Given, checked, compose
from elumenta_tui.i18n import say, spoken
from elumenta_tui.text.sanitize import clean, clean_line

if TYPE_CHECKING:
    from elumenta_tui.config.settings import Persona
    from elumenta_tui.config.templates import Template
    from elumenta_tui.session import Session

_ASSIGNMENT = re.compile(r"([^\W\d_][\w-]*)=(.*)", re.DOTALL)
"""Matches a word that gives a field of a template its value."""

NAME_SHOWN = 60
"""Characters of a name in a sentence."""


class Form(Enum):
    """How answers are written to standard output."""

    TEXT = "text"
    """Markdown: laid out on a terminal, as its source in a pipe."""
    RAW = "raw"
    """The source everywhere."""
    FIRST_BLOCK = "first block"
    """The first block of code alone."""
    LAST_BLOCK = "last block"
    JSON = "json"
    """One object at the end."""
    LINES = "lines"
    """One object a line for everything that happens."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says."""

    words: tuple[str, ...] = ()
    """The prompt, what is asked about what comes on standard input, or values of a template's fields."""
    text: tuple[str, ...] = ()
    """Words behind `--`, which are never values of fields."""
    model: str | None = None
    compared: tuple[str, ...] = ()
    """Slugs of the models that get the same prompt; empty if only one is asked."""
    system: str | None = None
    persona: str | None = None
    template: str | None = None
    values: tuple[str, ...] = ()
    """Values of fields, each as FIELD=VALUE."""
    files: tuple[str, ...] = ()
    """Paths and web addresses of what goes along."""
    temperature: float | None = None
    max_tokens: int | None = None
    max_cost: Amount | None = None
    """Elumenta tokens that all requests together may cost."""
    resume: str | None = None
    """None: a new conversation. Else how the id begins of the one to continue; empty: the one that was used last."""
    doubtful: str = ""
    """The first word of the prompt if it may be meant as the beginning of an id; empty if it can't."""
    stores: bool = True
    form: Form = Form.TEXT
    quiet: bool = False
    confirms: bool = False
    """True if a price above `confirm_above` is confirmed beforehand."""
    sends_secrets: bool = False
    """True if files may go that hold what looks like a secret."""
    demo: bool = False
    base_url: str | None = None
    config: Path | None = None

    def check_doubt(self, environ: Mapping[str, str]) -> None:
        """Raise NotAsked if the id of a stored conversation begins with the first word of the prompt. Reads the database."""
        if self.doubtful:
            from elumenta_tui.cli.database import is_beginning

            if is_beginning(self.doubtful, environ, demo=self.demo):
                raise NotAsked(say("ask.no_id", id=self.doubtful))


class Inquiry(NamedTuple):
    """What is asked, and how."""

    prompt: str
    model: str = ""
    """Slug; empty if nothing names a model."""
    persona: tuple[str, Persona] | None = None
    system: str | None = None
    """Text that goes first; None: what the persona or the conversation has."""
    options: Options = Options()
    """Parameters that are stated; None among them: those of the persona or the conversation."""

    def apply(self, session: Session) -> None:
        """Give the conversation its instructions and parameters."""
        if self.persona is not None:
            name, persona = self.persona
            options = Options(persona.temperature, persona.max_tokens)
            session.set_persona(name, persona.system_prompt, options)
        if self.system is not None:
            session.set_system_prompt(self.system)
        stated = {name: value for name, value in self.options._asdict().items() if value is not None}
        if stated:
            session.set_options(session.conversation.options._replace(**stated))


def inquiry(wishes: Wishes, given: Given, personas: Mapping[str, Persona], directory: Path) -> Inquiry:
    """Make up what is asked. `directory` has the configuration, and beside it the templates. Raises NotAsked."""
    template, name = None, wishes.persona
    if wishes.template is None:
        prompt = compose(given.words, given.piped)
    else:
        prompt, template = _from_template(wishes, wishes.template, given, directory)
        name = name or template.persona
    persona = _persona(name, personas, directory) if name else None
    stated = Options(wishes.temperature, wishes.max_tokens)
    if template is not None:
        stated = Options(
            template.temperature if stated.temperature is None else stated.temperature,
            template.max_tokens if stated.max_tokens is None else stated.max_tokens,
        )
    models = (wishes.model, template and template.model, persona and persona[1].model)
    return Inquiry(
        checked(prompt),
        next(filter(None, models), ""),
        persona,
        None if wishes.system is None else clean(wishes.system),
        stated,
    )


def _persona(typed: str, personas: Mapping[str, Persona], directory: Path) -> tuple[str, Persona]:
    name = next((name for name in personas if name.casefold() == typed.casefold()), None)
    if name is not None:
        return name, personas[name]
    from elumenta_tui.config.settings import CONFIG_FILE

    if personas:
        shown = clean_line(typed, NAME_SHOWN)
        why = say("personas.unknown", name=shown, names=", ".join(personas))
    else:
        why = say("personas.how", path=directory / CONFIG_FILE)
    raise NotAsked(f"{why} {say('guard.shell_cap')}")


# ------------------------------------------------------------------------------------------------------------- templates


def _from_template(wishes: Wishes, typed: str, given: Given, directory: Path) -> tuple[str, Template]:
    """Return the prompt that a template makes, and the template.

    Standard input fills `{{selection}}`. Else it goes, as the words do, to the first field that has no value yet, or to the end.
    """
    from elumenta_tui.chat.template import fill, names_in

    word, template = _template(typed, directory)
    values = _values(wishes, word, names_in(template.body))
    words = " ".join([*(each for each in wishes.words if not _is_assignment(each)), *wishes.text])
    words, piped = clean(words).strip(), given.piped.strip("\n")
    values.setdefault("date", strftime("%Y-%m-%d"))
    if piped.strip() and "selection" in names_in(template.body):
        values.setdefault("selection", piped)
        piped = "" if values["selection"] == piped else piped
    if "clipboard" in names_in(template.body) and "clipboard" not in values:
        values.update(_clipboard())
    # The words fill the first field as they do in the app, with a default or without; standard input is no word for a default.
    if words and (field := _next_field(template.body, values, takes_defaults=True)):
        values[field], words = words, ""
    if piped.strip() and (field := _next_field(template.body, values, takes_defaults=False)):
        values[field], piped = piped, ""
    filled = fill(template.body, values)
    if filled.names:
        open_fields = sorted(filled.names, key=filled.text.find)
        raise NotAsked(
            say(
                "ask.template.open",
                name=word,
                fields=", ".join(open_fields),
                example=f"-t {word} {_example(open_fields[0])}",
            )
        )
    return compose("\n\n".join(filter(None, (filled.text, words))), piped), template


def _clipboard() -> dict[str, str]:
    """Return the value of `{{clipboard}}`, as a tool of the desktop reads it; none if there is no tool, or no text."""
    import asyncio

    from elumenta_tui.sources.clipboard import clipboard_text

    found = asyncio.run(clipboard_text())
    return {"clipboard": found} if isinstance(found, str) else {}


def _example(field: str) -> str:
    return f"--set '{field}=…'" if " " in field else f"{field}=…"


def _next_field(body: str, values: Mapping[str, str], *, takes_defaults: bool) -> str:
    """Return the first field without a value, or also without a default; empty if there is none."""
    from elumenta_tui.chat.template import FIRST, fill

    filled = fill(body, values)
    return next(
        (
            stop.name
            for stop in filled.stops
            if stop.name not in FIRST
            and stop.name not in values
            and (takes_defaults or stop.name in filled.names)
        ),
        "",
    )


def _is_assignment(word: str) -> bool:
    return _ASSIGNMENT.fullmatch(word) is not None


def _values(wishes: Wishes, template: str, fields: set[str]) -> dict[str, str]:
    """Return the values that the command line gives to fields. Raises NotAsked for a field that is not there: it is a slip."""
    known = {name.casefold(): name for name in fields}
    values: dict[str, str] = {}
    for pair in (*filter(_is_assignment, wishes.words), *wishes.values):
        name, equals, value = pair.partition("=")
        field = known.get(name.strip().casefold())
        if not equals:
            raise NotAsked(say("ask.template.no_pair", what=clean_line(pair, NAME_SHOWN)))
        if field is None:
            shown = clean_line(name, NAME_SHOWN)
            if fields:
                names = ", ".join(sorted(fields))
                raise NotAsked(say("ask.template.no_field", name=template, field=shown, fields=names))
            raise NotAsked(say("ask.template.no_fields", name=template, field=shown))
        values[field] = clean(value)
    return values


def _template(typed: str, directory: Path) -> tuple[str, Template]:
    """Read the template of a name. Return its slash word, and its content."""
    from elumenta_tui.config.templates import DIRECTORY, TemplateProblem, Templates

    templates = Templates(directory / DIRECTORY)
    names = templates.names()
    word = "-".join(typed.removeprefix("/").casefold().removesuffix(".md").split())
    if word not in names:
        shown, where = clean_line(typed, NAME_SHOWN), directory / DIRECTORY
        if names:
            raise NotAsked(say("ask.template.unknown", name=shown, names=", ".join(names), directory=where))
        raise NotAsked(say("ask.template.none", name=shown, directory=where))
    try:
        return word, templates.read(word)
    except TemplateProblem as problem:
        why = say("templates.broken", name=f"{word}.md", why=spoken(problem.phrase))
        raise NotAsked(f"{why} {say('guard.shell_cap')}") from None
