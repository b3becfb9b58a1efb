"""Templates in the prompt: puts their text there, walks their fields, and keeps one with an open field from being sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from elumenta_tui.chat.quote import Quotes
from elumenta_tui.chat.template import Fields, fill, first_field, mark_of, names_in
from elumenta_tui.config.templates import Template, TemplateProblem, Templates
from elumenta_tui.i18n import decimal, say, spoken
from elumenta_tui.session import Session, Tasks
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import Action, by_typed
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets.prompt import LIMIT, Prompt, fits

if TYPE_CHECKING:
    from elumenta_tui.tui.personas import Personas

PATIENCE = 0.5
"""Seconds after which the user is told that the clipboard is being read."""


class Templating:
    """Takes templates by their slash words.

    Args:
        is_persona: returns whether a slash word is a persona's, which comes before a template.
        personas: returns the part that chooses personas.
        quotes: what is quoted fills `{{selection}}` if nothing is selected.
        copied: returns the text that was copied last in this program; empty if there is none. It fills `{{clipboard}}` where no tool
            reads the system's clipboard.
        changed: is called after the parameters of the conversation have changed.
    """

    def __init__(
        self,
        session: Session,
        templates: Templates,
        prompt: Prompt,
        screens: Screens,
        tasks: Tasks,
        notify_user: NotifyUser,
        *,
        is_persona: Callable[[str], bool],
        personas: Callable[[], Personas],
        quotes: Quotes,
        copied: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        self._session = session
        self._templates = templates
        self._prompt = prompt
        self._screens = screens
        self._tasks = tasks
        self._notify_user = notify_user
        self._is_persona = is_persona
        self._personas = personas
        self._quotes = quotes
        self._copied = copied
        self._changed = changed
        self._named: set[str] = set()
        """Files that the user was told of because their names are no slash words of theirs."""

    # ---------------------------------------------------------------------------------------------------------- listing

    def words(self) -> Sequence[tuple[str, Callable[[], str]]]:
        """List the slash words in order, each with a function that reads its description."""
        files = self._templates.names()
        clashes = [word for word in files if self._is_taken(word)]
        self._name_unusable([*self._templates.unusable, *(files[word] for word in clashes)])
        taken = {*clashes}
        return [(word, partial(self.describe, word)) for word in files if word not in taken]

    def _is_taken(self, word: str) -> bool:
        return by_typed(word) is not None or self._is_persona(word)

    def _name_unusable(self, names: Sequence[str]) -> None:
        """Tell the user once of files that no slash word leads to."""
        new = [name for name in names if name not in self._named]
        if new:
            self._named.update(new)
            shown = ", ".join(clean_line(name, 40) for name in new[:3]) + (", …" if new[3:] else "")
            self._notify_user(say("templates.unusable", n=len(new), names=shown), "warning", lasting=True)

    def describe(self, word: str) -> str:
        """Return what a template is for, or why it can't be used, in a line."""
        try:
            template = self._templates.read(word)
        except TemplateProblem as problem:
            return f"⚠ {spoken(problem.phrase)}"
        return template.description or clean_line(template.body, 120)

    def action(self, word: str) -> Action | None:
        """Return the action of a template's slash word; None if there is no such template."""
        if word not in self._templates.names() or self._is_persona(word):
            return None

        def handler(parts: object, argument: str) -> None:
            self.take(word, argument)

        label = say("templates.label", name=word)
        return Action("template", handler, "chat", takes_text=True, takes_lines=True, label=label)

    # ----------------------------------------------------------------------------------------------------------- making

    def command(self, typed: str) -> None:
        """Make a template of a name and a text; without both, say which there are and how one is made."""
        from elumenta_tui.transfer.making_templates import make_template, which_words

        directory = self._templates.directory
        made = make_template(typed, directory, self._is_taken)
        if made is None:
            words = which_words([word for word, _ in self.words()], directory)
            self._notify_user(words, lasting=True)
        elif made.complaint:
            self._prompt.put_back(f"/template {typed}")
            self._notify_user(made.complaint, "warning", lasting=True)
        else:
            self._notify_user(say("templates.made", word=made.word, path=directory), lasting=True)

    # ----------------------------------------------------------------------------------------------------------- taking

    def take(self, word: str, argument: str = "") -> None:
        """Put a template into the prompt, with the text that was typed after its slash word, and apply its parameters."""
        typed = f"/{word} {argument}".rstrip()
        try:
            template = self._templates.read(word)
        except TemplateProblem as problem:
            self._prompt.put_back(typed)
            text = say("templates.broken", name=f"{word}.md", why=spoken(problem.phrase))
            self._notify_user(text, "warning")
            return
        if "clipboard" in names_in(template.body):
            self._tasks.start(partial(self._fill_with_clipboard, template, argument, typed), "template")
        else:
            self._fill(template, argument, typed)

    async def _fill_with_clipboard(self, template: Template, argument: str, typed: str) -> None:
        """Fill a template after the clipboard was read by the desktop's own tool, which may hang for some seconds."""
        from elumenta_tui.sources.clipboard import clipboard_text

        conversation = self._session.conversation
        told = asyncio.get_running_loop().call_later(PATIENCE, self._notify_user, say("paste.reading"))
        try:
            found = await clipboard_text()
        finally:
            told.cancel()
        if self._session.conversation is not conversation:
            # Its parameters are not for the conversation that was opened meanwhile.
            self._prompt.put_back(typed)
            return
        self._fill(template, argument, typed, found.strip("\n") if isinstance(found, str) else self._copied())

    def _fill(self, template: Template, argument: str, typed: str, clipboard: str = "") -> None:
        """Put a template whose fields are filled as far as they are known into the prompt, in place of `typed`."""
        first = first_field(template.body)
        values = {name: self._value(name, clipboard) for name in names_in(template.body)}
        if argument and first:
            values[first] = argument
        filled = fill(template.body, values)
        if argument and not first:
            filled = filled._replace(text=f"{filled.text}\n\n{argument}")
        if not fits(filled.text):
            self._prompt.put_back(typed)
            self._notify_user(say("templates.too_long", limit=LIMIT), "warning")
            return
        if values.get("selection"):
            self._forget_selection()
        self._put(Fields(filled), filled.text)
        self._apply(template)

    def _put(self, fields: Fields, text: str) -> None:
        """Put a text into the prompt and select its first field; what was typed meanwhile goes into it."""
        prompt = self._prompt
        meanwhile = prompt.text
        prompt.fill(text)
        prompt.fields = fields
        stops = fields.open_in(text) or fields.stops(text)
        if stops:
            prompt.select_range(stops[0].start, stops[0].end)
        if meanwhile:
            prompt.replace(meanwhile, *prompt.selection, maintain_selection_offset=False)
        self._session.draft_changed()

    def _value(self, name: str, clipboard: str) -> str:
        """Return what the program knows for a field; empty for a field that is the user's."""
        if name == "date":
            return time.strftime("%Y-%m-%d", time.localtime(self._session.calendar()))
        if name == "clipboard":
            return clipboard
        if name == "selection":
            selected = (self._screens.screen.get_selected_text() or "").strip("\n")
            return selected or "\n\n".join(quote.text for quote in self._quotes.items)
        return ""

    def _forget_selection(self) -> None:
        """Clear the selection, or else the quotes, which are in the prompt now."""
        if (self._screens.screen.get_selected_text() or "").strip("\n"):
            self._screens.screen.clear_selection()
        else:
            self._quotes.clear()

    def _apply(self, template: Template) -> None:
        """Apply the persona, the parameters and the model of a template, and notify the user of what has changed."""
        session, said = self._session, []
        if template.persona:
            said.append(self._personas().choose_for_template(template.persona))
        options = session.conversation.options
        if template.temperature is not None:
            options = options._replace(temperature=template.temperature)
            said.append(say("parameters.temperature_set", value=decimal(template.temperature)))
        if template.max_tokens is not None:
            options = options._replace(max_tokens=template.max_tokens)
            said.append(say("parameters.max_tokens_set", n=template.max_tokens))
        if options != session.conversation.options:
            session.set_options(options)
        if template.model and template.model != session.model.slug:
            said.append(self._personas().switch_model(template.model))
        if said:
            self._changed()
            self._notify_user(" ".join(said))

    # ----------------------------------------------------------------------------------------------------------- fields

    def may_submit(self) -> bool:
        """Return whether no field is open; if one is, select it and notify the user."""
        prompt = self._prompt
        found = prompt.fields.open_in(prompt.shown_text) if prompt.fields is not None else []
        if not found:
            return True
        prompt.select_range(found[0].start, found[0].end)
        text = say("templates.open", field=mark_of(found[0].name))
        more = say("templates.more_open", n=len(found)) if len(found) > 1 else ""
        self._notify_user(f"{text} {more}".rstrip(), "warning")
        return False
