"""The slash words of the chat without a screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from elumenta_tui.chat.models import find_model
from elumenta_tui.chat.request import max_tokens_of, temperature_of
from elumenta_tui.cli.exit_codes import NotAsked
from elumenta_tui.cli.plain_attaching import Attaching, check_sight
from elumenta_tui.cli.plain_conversations import Conversations
from elumenta_tui.cli.plain_entries import ENTRIES, ON_SCREEN_ONLY, named
from elumenta_tui.cli.plain_inspecting import Inspecting
from elumenta_tui.cli.plain_models import models_of, the_one
from elumenta_tui.cli.plain_prompts import Prompts
from elumenta_tui.cli.plain_reading import Reading
from elumenta_tui.cli.plain_service import ServiceHistory
from elumenta_tui.cli.plain_steering import Steering
from elumenta_tui.cli.plain_talk import Talk
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.cli.plain_words import NAME_SHOWN
from elumenta_tui.cli.startup import Access, Configuration
from elumenta_tui.config.paths import data_dir
from elumenta_tui.i18n import LANGUAGES, decimal, say, use
from elumenta_tui.i18n.objections import price_of, spent_words
from elumenta_tui.session import Refusal, Session
from elumenta_tui.text.layouts import to_qwerty
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.transfer.parameter_words import means_off, wrong_max_tokens, wrong_temperature

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.spending import Spent
    from elumenta_tui.chat.statistics import Group
    from elumenta_tui.chat.turn import Answer
    from elumenta_tui.session.events import ConversationShown, OpenFailed

DAYS = 1, 7, 30
"""Days that the statistics name."""


class Commands:
    """Runs what begins with a slash."""

    def __init__(
        self,
        talk: Talk,
        session: Session,
        voice: Voice,
        configuration: Configuration,
        access: Access,
        environ: Mapping[str, str],
    ) -> None:
        self._environ = environ
        self._data = data = data_dir(environ)
        self._talk = talk
        self._session = session
        self._voice = voice
        self._configuration = configuration
        self._access = access
        self._conversations = Conversations(talk, session, voice, data)
        self._attaching = Attaching(talk, session, voice)
        self._steering = Steering(talk, session, voice, data)
        self._reading = Reading(talk, session, voice, configuration.path)
        self._inspecting = Inspecting(talk, session, voice)
        self._service = ServiceHistory(
            session, voice, open=self._conversations.open_id, read_out=self._conversations.read_out
        )
        directory, personas = configuration.path.parent, access.settings.personas
        self._prompts = Prompts(talk, session, voice, personas, directory, is_command=self._is_command)
        self._handlers: Mapping[str, Callable[[str], Awaitable[None]]] = {
            **self._conversations.handlers,
            **self._steering.handlers,
            **self._reading.handlers,
            **self._inspecting.handlers,
            **self._service.handlers,
            "help": self._help,
            "model": self._model,
            "retry": self._retry,
            "continue": self._continue,
            "other": self._other,
            "recover": self._recover,
            "attach": self._attaching.attach,
            "paste": self._attaching.paste,
            "detach": self._attaching.detach,
            "system": self._system,
            "temperature": self._temperature,
            "max_tokens": self._max_tokens,
            "persona": self._prompts.persona,
            "template": self._prompts.template,
            "balance": self._balance,
            "stats": self._stats,
            "feedback": self._feedback,
            "key": self.key,
            "language": self._language,
            "quit": self._quit,
        }

    # ---------------------------------------------------------------------------------------------------------- parsing

    def parse(self, text: str) -> Callable[[], Awaitable[None]] | None:
        """Return what runs a command; None if the text is a prompt. Raises NotAsked for a command that can't be run."""
        line = self._with_slash(text.strip())
        if not line.startswith("/") or line.startswith("//"):
            return None
        word = line[1:].split(maxsplit=1)[0].lower() if line[1:2].strip() else "help"
        argument = line[1:].lstrip()[len(word) :].strip() if line[1:2].strip() else ""
        for way in (word, to_qwerty(word)):
            if name := named(way):
                if argument and not ENTRIES[name].takes_text:
                    raise NotAsked(say("notice.no_text_after", word=way))
                return partial(self._handlers[name], argument)
            if way == "demo" and self._session.backend.is_demo:
                return partial(self._talk.send, f"/demo {argument}".strip())
            if way in ON_SCREEN_ONLY:
                raise NotAsked(f"{self._instead_of(way)} {say('plain.escape')}")
            if self._prompts.knows(way):
                return partial(self._prompts.run, way, argument)
        if not word.isalpha():
            # Such as a path.
            return None
        raise NotAsked(self._unknown(word))

    @staticmethod
    def _with_slash(line: str) -> str:
        """Restore the slash of a command typed in a Russian layout, where its key types a dot."""
        if not line.startswith(".") or not "а" <= line[1:2].lower() <= "ё":
            return line
        word = to_qwerty(line[1:].split(maxsplit=1)[0].lower())
        return f"/{line[1:]}" if any(word in entry.words for entry in ENTRIES.values()) else line

    @staticmethod
    def without_escape(text: str) -> str:
        """Remove the slash that keeps a prompt from being a command."""
        return text[1:] if text.startswith("//") else text

    @staticmethod
    def _is_command(word: str) -> bool:
        return bool(named(word)) or word in ON_SCREEN_ONLY

    @staticmethod
    def _instead_of(word: str) -> str:
        """Say why a slash word of the app is not here, and what to use instead."""
        return say("plain.needs_screen", word=word, instead=say(f"plain.instead.{ON_SCREEN_ONLY[word]}"))

    @staticmethod
    def _unknown(word: str) -> str:
        from difflib import get_close_matches

        known = [each for entry in ENTRIES.values() for each in entry.words]
        near = get_close_matches(to_qwerty(word), known, n=1)
        if near:
            return say("notice.did_you_mean", word=clean_line(word, NAME_SHOWN), near=near[0])
        return say("plain.unknown_command", word=clean_line(word, NAME_SHOWN))

    # --------------------------------------------------------------------------------------------------- for the chat

    def attachments(self) -> tuple[Attachment, ...]:
        """Return the files that go along with the next prompt."""
        return tuple(self._attaching.items)

    def check_sight(self) -> None:
        """Raise NotAsked if the model does not see an image that the next prompt sends."""
        check_sight(self._session, self._session.model, attachments=self._attaching.items)

    def forget_sent(self) -> None:
        """Forget the files and the quotes, because they were sent."""
        self._attaching.items.clear()
        self._reading.quotes.clear()

    def with_quotes(self, prompt: str) -> str:
        """Return a prompt with the quotes before it."""
        return self._reading.quotes.compose(prompt)

    def conversation_shown(self, event: ConversationShown | OpenFailed) -> None:
        """Say which conversation is on now."""
        self._conversations.shown(event)

    def answer_completed(self, answer: Answer) -> None:
        """Read an answer out that was recovered."""
        self._conversations.completed(answer)

    # ------------------------------------------------------------------------------------------------------------- program

    async def _help(self, argument: str) -> None:
        """Read out what the commands do; with a word: what that one does, or why it is not here."""
        word = argument.removeprefix("/").lower()
        if word in ON_SCREEN_ONLY:
            self._voice.note(self._instead_of(word))
            return
        names = [named(word)] if word else list(ENTRIES)
        if names == [""]:
            raise NotAsked(self._unknown(word))
        for name in names:
            words = ", ".join(f"/{each}" for each in ENTRIES[name].words)
            self._voice.tell(f"{words}: {say(f'plain.help.{name}')}\n")
        if word:
            return
        if templates := self._prompts.words():
            self._voice.note(say("plain.own_words", words=", ".join(f"/{each}" for each in templates)))
        elsewhere = ", ".join(f"/{each}" for each in ON_SCREEN_ONLY)
        self._voice.note(f"{say('plain.more_help', words=elsewhere)} {say('plain.escape')}")

    async def _quit(self, argument: str) -> None:
        self._talk.leave()

    async def _language(self, argument: str) -> None:
        code = argument.lower()
        if code not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise NotAsked(say("notice.no_language", code=clean_line(code, 20), known=known))
        use(code)
        await self._remember("language", code, self._access.settings.language)
        self._voice.note(say("plain.language"))

    async def _remember(self, name: str, value: str, configured: str) -> None:
        """Store a choice for the next start."""
        self._configuration.state_file.keep(name, value, configured)
        await self._configuration.state_file.write()

    async def key(self, argument: str) -> None:
        """Ask for a key, check it by reading the balance, which is free, and keep it."""
        if not self._talk.is_talk:
            raise NotAsked(say("error.no_key.in_shell"))
        from elumenta_tui.cli.plain_key import ask_for_key

        await ask_for_key(self._talk, self._session, self._voice, self._access)

    async def _feedback(self, argument: str) -> None:
        from elumenta_tui.cli.plain_feedback import give

        is_demo = self._session.backend.is_demo
        await give(self._voice, argument, self._data, self._access, self._environ, is_demo=is_demo)

    async def _balance(self, argument: str) -> None:
        await self._talk.read_account(asked_for=True)

    async def _stats(self, argument: str) -> None:
        groups: Sequence[Group] = ()
        for days in DAYS:
            found = await self._session.spending.statistics(days)
            if found is None:
                raise NotAsked(say("stats.unreadable"))
            requests = say("stats.requests", n=found.total.requests)
            tokens = self._tokens(found.total.spent)
            self._voice.note(say("plain.spent", n=days, requests=requests, tokens=tokens))
            groups = found.models
        for group in groups:
            requests = say("stats.requests", n=group.requests)
            name = clean_line(find_model(self._session.models, group.name).name, NAME_SHOWN)
            tokens = self._tokens(group.spent)
            self._voice.note(say("plain.spent_on", model=name, requests=requests, tokens=tokens))

    @staticmethod
    def _tokens(spent: Spent) -> str:
        if not spent.unknown:
            return say("bar.tokens", n=spent.known)
        return say("plain.tokens", sum=spent_words(spent))

    # ------------------------------------------------------------------------------------------------------------- models

    async def _model(self, argument: str) -> None:
        models = models_of(self._session)
        if not argument:
            for number, model in enumerate(models, 1):
                self._voice.tell(f"{number}. {clean_line(model.name, NAME_SHOWN)}, {price_of([model])}\n")
            self._voice.note(say("plain.choose_model"))
            return
        model = the_one(self._session, argument)
        self._session.select_model(model)
        name = "demo_model" if self._session.backend.is_demo else "model"
        await self._remember(name, model.slug, self._access.settings.model)
        shown = clean_line(model.name, NAME_SHOWN)
        self._voice.note(say("personas.model", model=shown, price=price_of([model])))

    # ------------------------------------------------------------------------------------------------------------ answers

    async def _retry(self, argument: str) -> None:
        if self._session.refusal_of_retry() is Refusal.NOTHING:
            raise NotAsked(say("notice.nothing_to_repeat"))
        last = self._session.last
        files = last.turn.attachments if last is not None else ()
        check_sight(self._session, self._session.model, attachments=files)
        await self._talk.ask(self._session.retry)

    async def _other(self, argument: str) -> None:
        """Send the last prompt to another model, because its own could not be asked. The chosen model stays."""
        from elumenta_tui.session.alternatives import other_models

        other = next(iter(other_models(self._session)), None)
        if other is None:
            raise NotAsked(say("plain.no_other"))
        await self._talk.ask(partial(self._session.retry, other))

    async def _continue(self, argument: str) -> None:
        if self._session.refusal_of_continuation() is Refusal.NOTHING:
            is_empty = self._session.last is None
            key = "notice.nothing_to_continue_yet" if is_empty else "notice.nothing_to_continue_here"
            raise NotAsked(say(key))
        await self._talk.ask(partial(self._session.continue_answer, say("continue.prompt")))

    async def _recover(self, argument: str) -> None:
        doubtful = [answer for answer in reversed(self._session.conversation.shown) if answer.is_doubtful]
        answer = next(iter([*(each for each in doubtful if each.recovered), *doubtful]), None)
        if answer is None:
            raise NotAsked(say("notice.nothing_to_fetch"))
        if answer.recovered is None:
            self._voice.note(say("notice.fetching"))
        self._session.recover(answer)
        await self._talk.until_ended("recover")

    # --------------------------------------------------------------------------------------------------------- parameters

    async def _system(self, argument: str) -> None:
        conversation, session = self._session.conversation, self._session
        if not argument:
            text = conversation.system_prompt.strip()
            self._voice.note(say("plain.system_is", text=text) if text else say("parameters.system_none"))
        elif means_off(argument):
            had_one = bool(conversation.system_prompt.strip())
            session.set_system_prompt("")
            self._voice.note(say("parameters.system_unset" if had_one else "parameters.system_none"))
        else:
            session.set_system_prompt(clean(argument))
            self._voice.note(say("parameters.system_set"))

    async def _temperature(self, argument: str) -> None:
        options = self._session.conversation.options
        if argument:
            try:
                value = None if means_off(argument) else temperature_of(argument)
            except ValueError:
                raise NotAsked(wrong_temperature()) from None
            self._session.set_options(options._replace(temperature=value))
        value = self._session.conversation.options.temperature
        if value is None:
            self._voice.note(say("parameters.temperature_unset"))
        else:
            self._voice.note(say("parameters.temperature_set", value=decimal(value)))

    async def _max_tokens(self, argument: str) -> None:
        options = self._session.conversation.options
        if argument:
            try:
                value = None if means_off(argument) else max_tokens_of(argument)
            except ValueError:
                raise NotAsked(wrong_max_tokens()) from None
            self._session.set_options(options._replace(max_tokens=value))
        value = self._session.conversation.options.max_tokens
        if value is None:
            self._voice.note(say("parameters.max_tokens_unset"))
        else:
            self._voice.note(say("parameters.max_tokens_set", n=value))
