"""Personas: standing instructions and parameters with a name, chosen for the conversation on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from elumenta_tui.chat.request import Options
from elumenta_tui.i18n import decimal, in_every_language, say, spoken
from elumenta_tui.session import Session
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.tui.catalogue import ACTIONS, OWN, Action
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets.frame import price_words

if TYPE_CHECKING:
    from elumenta_tui.config.settings import Persona


class Personas:
    """Chooses personas.

    Args:
        known: the configured personas by name; one that is made is added.
        config: the file that they are configured in.
        changed: is called after every change.
        put_back: puts text into the prompt, before what is typed there.
    """

    def __init__(
        self,
        session: Session,
        known: dict[str, Persona],
        screens: Screens,
        notify_user: NotifyUser,
        *,
        config: Path,
        changed: Callable[[], None],
        put_back: Callable[[str], None],
    ) -> None:
        self._session = session
        self._known = known
        self._screens = screens
        self._notify_user = notify_user
        self._config = config
        self._changed = changed
        self._put_back = put_back

    # --------------------------------------------------------------------------------------------------------- choosing

    def command(self, typed: str) -> None:
        """Choose the named persona, or none; show the picker if no name is typed."""
        name = self._named(typed)
        if not typed:
            self.show()
        elif typed.lower() in in_every_language("personas.none"):
            self.leave()
        elif name:
            self.choose(name)
        elif len(typed.split(maxsplit=1)) > 1:
            self._make(*typed.split(maxsplit=1))
        else:
            self._put_back(f"/persona {typed}")
            self._notify_user(self._why_unknown(typed), "warning")

    def _named(self, typed: str) -> str:
        """Return the name of the persona that was typed, in any case; empty if there is none."""
        return next((name for name in self._known if name.lower() == typed.lower()), "")

    def _make(self, name: str, text: str) -> None:
        """Keep a text as the system prompt of a new persona, and use it."""
        from elumenta_tui.config.additions import add_persona, may_be_persona
        from elumenta_tui.config.settings import Persona, SettingsProblem

        path, text = str(self._config), clean(text).strip()
        try:
            if known := self._named(name):
                why = say("personas.there_is", name=known, path=path)
            elif not may_be_persona(name):
                why = say("personas.no_name", name=clean_line(name, 40))
            else:
                add_persona(self._config, name, text)
                self._known[name] = Persona(text)
                words = f"{self._choose(name)} {say('personas.made', word=name.lower(), path=path)}"
                self._notify_user(words, lasting=True)
                return
        except SettingsProblem as problem:
            why = spoken(problem.phrase)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or say("personas.odd_file")
            why = say("personas.not_made", path=path, reason=reason)
        self._put_back(f"/persona {name} {text}")
        self._notify_user(why, "warning", lasting=True)

    def _why_unknown(self, typed: str) -> str:
        if not self._known:
            return self._how_to_make()
        names = ", ".join(self._known)
        return say("personas.unknown", name=clean_line(typed, 40), names=names)

    def _how_to_make(self) -> str:
        return say("personas.how", path=str(self._config))

    def choose(self, name: str) -> None:
        """Use a persona from the next request on, and notify the user of what has changed."""
        self._notify_user(self._choose(name))

    def choose_for_template(self, typed: str) -> str:
        """Use a persona that a template names. Return what has changed, or why nothing has, in words."""
        name = self._named(typed)
        return self._choose(name) if name else self._why_unknown(typed)

    def _choose(self, name: str) -> str:
        persona, session = self._known[name], self._session
        session.set_persona(name, persona.system_prompt, Options(persona.temperature, persona.max_tokens))
        words = say("personas.chosen", name=name)
        if persona.model and persona.model != session.model.slug:
            words = f"{words} {self.switch_model(persona.model)}"
        self._changed()
        return words

    def switch_model(self, slug: str) -> str:
        """Ask that model from now on, in this conversation. Return a sentence with its price."""
        session = self._session
        session.select_model_named(slug)
        model = session.model
        if any(model.slug == listed.slug and not listed.streams for listed in session.models):
            return say("personas.no_chat", model=clean_line(model.name, 40))
        name = clean_line(model.name, 40)
        return say("personas.model", model=name, price=price_words(model))

    def leave(self) -> None:
        """Go on without a persona, a system prompt and parameters. The model stays."""
        conversation = self._session.conversation
        had_any = (
            bool(conversation.persona or conversation.system_prompt) or conversation.options != Options()
        )
        self._session.set_persona("", "", Options())
        self._changed()
        self._notify_user(say("personas.left" if had_any else "personas.had_none"))

    def carry_over(self, name: str) -> None:
        """Begin a new conversation with the persona of the one before, as it is configured now."""
        if name in self._known:
            persona = self._known[name]
            options = Options(persona.temperature, persona.max_tokens)
            self._session.set_persona(name, persona.system_prompt, options)
            self._changed()

    # ---------------------------------------------------------------------------------------------------------- listing

    def show(self) -> None:
        """Show the personas to choose from."""
        from elumenta_tui.tui.widgets.picker import Choice, Picker

        if not self._known:
            self._notify_user(self._how_to_make())
            return
        choices = [
            Choice(name, partial(self._row, name), name, also=partial(self._also, name))
            for name in ("", *self._known)
        ]

        def take(name: str | None) -> None:
            if name:
                self.choose(name)
            elif name is not None:
                self.leave()

        picker = Picker(
            say("personas.title"),
            choices,
            current=self._session.conversation.persona,
            footnote=say("picker.footnote"),
        )
        self._screens.push_screen(picker, take)

    def _row(self, name: str, width: int) -> Content:
        if not name:
            return Content(say("personas.none_row")).truncate(width, ellipsis=True)
        wide = max(8, min(24, width // 3))
        head = Content(name).truncate(wide, ellipsis=True, pad=True)
        about = Content(self.about(name)).truncate(max(8, width - wide - 2), ellipsis=True)
        return Content.assemble(head.stylize("bold"), "  ", about.stylize("$muted"))

    def _also(self, name: str, width: int) -> str:
        return self.about(name) if name else say("personas.none")

    def about(self, name: str) -> str:
        """Describe a persona in one line: what it changes, and how its text begins."""
        persona, session = self._known[name], self._session
        own = ACTIONS.get(f"{OWN}{name}")
        parts = own.key_labels[:1] if own is not None else []
        if persona.model:
            model = next((each for each in session.models if each.slug == persona.model), None)
            parts.append(
                f"{clean_line(model.name, 40)} {price_words(model)}"
                if model is not None
                else clean_line(persona.model, 40)
            )
        if persona.temperature is not None:
            parts.append(say("frame.temperature", value=decimal(persona.temperature)))
        if persona.max_tokens is not None:
            parts.append(say("frame.max_tokens", n=persona.max_tokens))
        parts.append(persona.greeting or clean_line(persona.system_prompt, 120))
        return " · ".join(filter(None, parts))

    # ------------------------------------------------------------------------------------------------------ slash words

    def choices(self) -> Sequence[tuple[str, str]]:
        """List the names with what they are, for the completion."""
        listed = [(name, self.about(name)) for name in self._known]
        return [*listed, (say("personas.none"), say("personas.none_row"))]

    def words(self) -> Sequence[tuple[str, str]]:
        """List the slash words of the personas with their titles."""
        return [(name.lower(), self._label(name)) for name in self._known]

    def action(self, word: str) -> Action | None:
        """Return the action of a persona's own slash word; None if there is no such persona."""
        name = self._named(word)
        if not name:
            return None

        def handler(parts: object, argument: str) -> None:
            self.choose(name)
            if argument:
                # It is not sent: the price may be another one now.
                self._put_back(argument)

        label = self._label(name)
        return Action("persona", handler, "chat", takes_text=True, takes_lines=True, label=label)

    def _label(self, name: str) -> str:
        return say("personas.label", name=name)
