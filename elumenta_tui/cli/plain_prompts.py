"""Personas and templates by their slash words, in the chat without a screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import localtime, strftime
from typing import TYPE_CHECKING

from elumenta_tui.chat.request import Options
from elumenta_tui.chat.template import fill, first_field, names_in
from elumenta_tui.cli.exit_codes import NotAsked
from elumenta_tui.cli.plain_talk import Talk
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.cli.plain_words import NAME_SHOWN
from elumenta_tui.config.settings import CONFIG_FILE
from elumenta_tui.config.templates import DIRECTORY, TemplateProblem, Templates
from elumenta_tui.i18n import decimal, in_every_language, say, spoken
from elumenta_tui.i18n.objections import price_of
from elumenta_tui.session import Session
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.config.settings import Persona
    from elumenta_tui.config.templates import Template


class Prompts:
    """What the user has written once to ask it often.

    Args:
        directory: has the configuration, and beside it the templates.
        is_command: returns whether a slash word is one of the program's own.
    """

    def __init__(
        self,
        talk: Talk,
        session: Session,
        voice: Voice,
        personas: Mapping[str, Persona],
        directory: Path,
        *,
        is_command: Callable[[str], bool],
    ) -> None:
        self._talk = talk
        self._session = session
        self._voice = voice
        self._personas = personas
        self._directory = directory
        self._is_command = is_command
        self._templates = Templates(directory / DIRECTORY)

    def words(self) -> list[str]:
        """List the slash words of personas and templates."""
        return [*(name.lower() for name in self._personas), *self._templates.names()]

    def knows(self, word: str) -> bool:
        """Return whether a slash word is a persona's or a template's."""
        return word in self.words()

    async def run(self, word: str, argument: str) -> None:
        """Choose the persona of a slash word and send the text behind it, or ask what its template says."""
        if self._named(word):
            await self.persona(word)
            if argument:
                await self._talk.send(argument)
        else:
            await self._ask_template(word, argument)

    # ---------------------------------------------------------------------------------------------------------- personas

    def _named(self, typed: str) -> str:
        return next((name for name in self._personas if name.lower() == typed.lower()), "")

    async def persona(self, argument: str) -> None:
        """Choose a persona by its name; list them if none is named."""
        if not self._personas:
            raise NotAsked(say("personas.how", path=self._directory / CONFIG_FILE))
        if not argument:
            for name, persona in self._personas.items():
                about = persona.greeting or clean_line(persona.system_prompt, 120)
                self._voice.tell(f"{name}: {about}\n")
            return
        if argument.lower() in in_every_language("personas.none"):
            self._session.set_persona("", "", Options())
            self._voice.note(say("personas.left"))
            return
        if not (name := self._named(argument)):
            shown, names = clean_line(argument, NAME_SHOWN), ", ".join(self._personas)
            raise NotAsked(say("personas.unknown", name=shown, names=names))
        persona = self._personas[name]
        self._session.set_persona(
            name, persona.system_prompt, Options(persona.temperature, persona.max_tokens)
        )
        self._voice.note(say("personas.chosen", name=name))
        self._switch_model(persona.model)

    def _switch_model(self, slug: str) -> None:
        if not slug or slug == self._session.model.slug:
            return
        self._session.select_model_named(slug)
        model = self._session.model
        shown = clean_line(model.name, NAME_SHOWN)
        self._voice.note(say("personas.model", model=shown, price=price_of([model])))

    # --------------------------------------------------------------------------------------------------------- templates

    async def template(self, argument: str) -> None:
        """Make a template of a name and a text; without both, say which there are and how one is made."""
        from elumenta_tui.transfer.making_templates import make_template, which_words

        directory = self._templates.directory
        made = make_template(
            argument, directory, lambda word: self._is_command(word) or bool(self._named(word))
        )
        if made is None:
            self._voice.note(which_words(list(self._templates.names()), directory))
        elif made.complaint:
            raise NotAsked(made.complaint)
        else:
            self._voice.note(say("plain.template_made", word=made.word, path=directory))

    async def _ask_template(self, word: str, argument: str) -> None:
        try:
            template = self._templates.read(word)
        except TemplateProblem as problem:
            why = spoken(problem.phrase)
            raise NotAsked(say("templates.broken", name=f"{word}.md", why=why)) from None
        first = first_field(template.body)
        values = {"date": strftime("%Y-%m-%d", localtime(self._session.calendar()))}
        if "clipboard" in names_in(template.body):
            from elumenta_tui.sources.clipboard import clipboard_text

            found = await clipboard_text()
            values |= {"clipboard": found.strip("\n")} if isinstance(found, str) else {}
        if argument and first:
            values[first] = argument
        filled = fill(template.body, values)
        for name in sorted(filled.names & names_in(template.body), key=filled.text.find):
            value = await self._talk.read_line(f"{name}: ") if self._talk.is_talk else None
            if not value:
                raise NotAsked(f"{say('plain.field_empty', field=name)} {say('guard.shell_cap')}")
            values[name] = value
        text = fill(template.body, values).text
        if argument and not first:
            text = f"{text}\n\n{argument}"
        await self._apply(template)
        self._voice.tell(f"{say('plain.you')} {text}\n")
        price = price_of([self._session.model])
        model = clean_line(self._session.model.name, NAME_SHOWN)
        if self._talk.is_talk and not await self._talk.confirm(
            say("plain.template_costs", model=model, price=price)
        ):
            raise NotAsked(say("guard.shell_cap"))
        await self._talk.send(text)

    async def _apply(self, template: Template) -> None:
        """Apply the persona, the parameters and the model of a template, and say what has changed."""
        if template.persona:
            await self.persona(template.persona)
        options = self._session.conversation.options
        if template.temperature is not None:
            options = options._replace(temperature=template.temperature)
            self._voice.note(say("parameters.temperature_set", value=decimal(template.temperature)))
        if template.max_tokens is not None:
            options = options._replace(max_tokens=template.max_tokens)
            self._voice.note(say("parameters.max_tokens_set", n=template.max_tokens))
        if options != self._session.conversation.options:
            self._session.set_options(options)
        self._switch_model(template.model)
