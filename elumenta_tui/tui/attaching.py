"""Attaches files to the next prompt: reads them, shows them above the prompt, and asks before what should not be sent unasked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.chat.attachment import Attachment
from elumenta_tui.chat.models import Model, nearest_with_vision
from elumenta_tui.files.paths import existing, path_of
from elumenta_tui.files.reading import (
    MOST_ATTACHMENTS,
    MOST_IN_ALL,
    attachment_of,
    name_of,
    read_file,
)
from elumenta_tui.files.refused import RefusedFile
from elumenta_tui.i18n import say
from elumenta_tui.i18n.sizes import size_words
from elumenta_tui.session import Session, Tasks
from elumenta_tui.sources.results import Picture, Text
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.text.secrets import FoundSecret, find_secrets
from elumenta_tui.transfer import attaching_sources
from elumenta_tui.transfer.attachment_words import is_success, note_words, refused_words, secret_words
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.offering import NAME_SHOWN, Offering
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets.frame import price_words
from elumenta_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from elumenta_tui.tui.widgets.attachment_chips import AttachmentChips
    from elumenta_tui.tui.widgets.notice import Severity

COMMAND_SHOWN = 1_000
"""Characters of a command, at most."""


class Attaching:
    """Keeps the files of the next prompt. They stay when another conversation is shown.

    Args:
        changed: is called after every change.
        asked: returns the models that the next prompt goes to.
        select: asks another model from now on.
        has_quotes: returns whether quotes stand between the files and the prompt.
        submit: sends what is typed, unless the key is held down.
    """

    def __init__(
        self,
        session: Session,
        screens: Screens,
        tasks: Tasks,
        prompt: Prompt,
        notify_user: NotifyUser,
        *,
        changed: Callable[[], None],
        asked: Callable[[], Sequence[Model]],
        select: Callable[[Model], None],
        has_quotes: Callable[[], bool],
        submit: Callable[[], None],
    ) -> None:
        self._session = session
        self._screens = screens
        self._tasks = tasks
        self._prompt = prompt
        self._notify_user = notify_user
        self._changed = changed
        self._asked = asked
        self._select = select
        self._has_quotes = has_quotes
        self._submit = submit
        self.items: tuple[Attachment, ...] = ()
        """In the order in which they are sent."""
        self._reading: list[str] = []
        """Names of the files that are being read."""
        self._secrets: dict[str, Sequence[FoundSecret]] = {}
        """Places that look like secrets, by digest."""
        self._confirmed: set[str] = set()
        """Digests of the files with secrets that the user has decided to send."""
        self.offering = Offering(tasks, screens, prompt, notify_user, lambda: self.attach(""))
        """Offers what was pasted."""
        self._seeing: Model | None = None
        """The model that is offered because the one that would be asked does not see images."""
        self._stop: asyncio.Event | None = None
        """Ends the command that was started last."""
        self._chips: AttachmentChips | None = None

    # ---------------------------------------------------------------------------------------------------------- adding

    def attach(self, typed: str) -> None:
        """Attach the files of a typed path; without one, take what is offered, or have a path typed."""
        if typed.startswith("!"):
            self.ask_to_run(typed[1:].strip())
        elif typed and (read := attaching_sources.page_of(typed)) is not None:
            self.start(partial(self._attach_page, typed, read), typed)
        elif typed:
            self.start(partial(self._attach_typed, typed), typed)
        elif self._seeing is not None:
            model, self._seeing = self._seeing, None
            self._select(model)
            name = clean_line(model.name, NAME_SHOWN)
            self._notify_user(say("attach.now_asking", model=name, key=hint("send")))
        elif (offered := self.offering.take()) is not None:
            if isinstance(offered, Path):
                self.attach_path(offered)
            else:
                self.attach(offered)
        else:
            self._prompt.insert("@" if not self._prompt.text or self._prompt.text[-1].isspace() else " @")
            self._notify_user(say("attach.which"))

    def attach_path(self, path: Path) -> None:
        """Attach a file."""
        self.start(partial(self._attach_all, [path]), path.name)

    def start(self, attach: Callable[[], Awaitable[None]], name: str) -> None:
        """Start to attach something. Nothing is sent until that has ended."""
        name = clean_line(name, NAME_SHOWN)
        self._reading.append(name)

        async def run() -> None:
            try:
                await attach()
            finally:
                self._reading.remove(name)

        self._tasks.start(run, "attach")

    async def _attach_typed(self, typed: str) -> None:
        found = await asyncio.to_thread(existing, typed)
        if not found and typed.startswith("@"):
            # As it is written in the middle of a prompt.
            found = await asyncio.to_thread(existing, typed[1:])
        # What is no file is read all the same, for the reason why not.
        await self._attach_all(found or [path_of(typed.strip())])

    async def _attach_all(self, paths: Sequence[Path]) -> None:
        for path in paths:
            if self.is_full():
                return
            name = name_of(path)
            data = await asyncio.to_thread(read_file, path)
            if isinstance(data, RefusedFile):
                self._notify_user(refused_words(data), "warning")
                return
            if (read := attaching_sources.document_of(name, data)) is not None:
                await self._attach_source(name, read, size=len(data))
                continue
            found = await asyncio.to_thread(attachment_of, name, data)
            if isinstance(found, Attachment):
                await self.check_and_add(found)
            elif found.reason == "image_too_large":
                read = attaching_sources.smaller_image_of(name, data)
                await self._attach_source(name, read, size=len(data))
            else:
                self._notify_user(refused_words(found), "warning")
                return

    def is_full(self) -> bool:
        """Return whether the prompt takes no more files; says so."""
        if len(self.items) < MOST_ATTACHMENTS:
            return False
        self._notify_user(say("attach.too_many", n=MOST_ATTACHMENTS), "warning")
        return True

    async def _attach_page(self, address: str, read: attaching_sources.Read) -> None:
        """Attach a web page. That may take long, so its beginning and its end are said."""
        count, name = len(self.items), clean_line(address, NAME_SHOWN)
        self._notify_user(say("attach.fetching", name=name))
        await self._attach_source(address, read)
        if len(self.items) > count and not note_words(self.items[-1]):
            self._notify_user(say("attach.fetched", name=name))

    async def _attach_source(self, name: str, read: attaching_sources.Read, size: int | None = None) -> None:
        """Attach what a source gives, or say why it gives nothing."""
        if self.is_full():
            return
        found = await read()
        if not isinstance(found, Text | Picture):
            words = attaching_sources.refusal_words(clean_line(name, NAME_SHOWN), found)
            self._notify_user(words, "warning")
        else:
            await self.check_and_add(attaching_sources.attachment_of(found, size=size))

    async def check_and_add(self, attachment: Attachment) -> None:
        """Put a file behind the others, and look for secrets in it."""
        self._secrets[attachment.digest] = await asyncio.to_thread(
            lambda: tuple(find_secrets(attachment.text))
        )
        self._add(attachment)

    # -------------------------------------------------------------------------------------------------------- commands

    def ask_to_run(self, command: str, typed: str = "") -> None:
        """Run a command in the user's shell once that is confirmed, and attach its output.

        Args:
            command: one line for the shell.
            typed: the whole prompt if that is the command; it leaves the prompt box when the command runs.
        """
        from elumenta_tui.sources.command import SECONDS
        from elumenta_tui.tui.option_words import short
        from elumenta_tui.tui.screens.confirm import ConfirmScreen

        shown = clean_line(command, COMMAND_SHOWN)
        if not command or shown != command:
            # What is confirmed is what is read, and no part of it is hidden.
            self._notify_user(say("attach.command.unclear"), "warning")
            return
        directory = short(Path.cwd())
        text = say("attach.command.question", command=shown, directory=directory, seconds=int(SECONDS))
        keys = say("attach.command.keys_typed" if typed else "attach.command.keys")
        screen = ConfirmScreen(say("attach.command.title"), text, keys)
        self._screens.push_screen(screen, lambda result: self._run(command, typed) if result else None)

    def _run(self, command: str, typed: str) -> None:
        from elumenta_tui.sources.command import run_command

        if typed and self._prompt.text == typed:
            self._prompt.take()

        self._stop = stop = asyncio.Event()
        self._notify_user(say("attach.command.running", command=clean_line(command, NAME_SHOWN)))
        self.start(partial(self._attach_source, command, partial(run_command, command, stop=stop)), command)

    def _add(self, attachment: Attachment) -> None:
        name = clean_line(attachment.name, NAME_SHOWN)
        if any(each.digest == attachment.digest and each.name == attachment.name for each in self.items):
            self._notify_user(say("attach.twice", name=name))
        elif sum(len(each.content) for each in (*self.items, attachment)) > MOST_IN_ALL:
            limit = size_words(MOST_IN_ALL)
            self._notify_user(say("attach.too_much", name=name, limit=limit), "warning")
        else:
            self._set((*self.items, attachment))
            if notes := note_words(attachment):
                severity: Severity = "information" if is_success(attachment) else "warning"
                self._notify_user(say("attach.changed", name=name, notes=", ".join(notes)), severity)

    # -------------------------------------------------------------------------------------------------------- removing

    def remove(self, place: int = -1) -> bool:
        """Remove the file at a place, or the last one. Return whether there was one."""
        if not -len(self.items) <= place < len(self.items):
            return False
        self._set(tuple(each for n, each in enumerate(self.items) if n != place % len(self.items)))
        return True

    def detach(self, number: str = "") -> None:
        """Remove all files, or the one with that number."""
        if not number and self._reading and self._stop is not None:
            # A command that is running ends, and its output until then is attached.
            self._stop.set()
            self._stop = None
        elif not self.items:
            self._notify_user(say("attach.none"), "warning")
        elif not number:
            self._set(())
        elif not number.isdecimal() or not int(number[:6]) or not self.remove(int(number[:6]) - 1):
            self._notify_user(say("attach.no_number", n=len(self.items)), "warning")

    def take(self) -> tuple[Attachment, ...]:
        """Remove the files, because they are sent, and return them."""
        taken = self.items
        if taken:
            self._set(())
        return taken

    def come_back(self, attachments: Sequence[Attachment]) -> None:
        """Put files before the others, because their prompt is typed again."""
        known = [each for each in attachments if not each.is_lost]
        if known:
            self._set((*known, *(each for each in self.items if each not in known)))

    def forget(self, attachments: Sequence[Attachment]) -> None:
        """Remove these files, because their prompt is sent without being typed again."""
        if any(each in attachments for each in self.items):
            self._set(tuple(each for each in self.items if each not in attachments))

    def _set(self, items: tuple[Attachment, ...]) -> None:
        self.items = items
        self.show()
        self._changed()

    # --------------------------------------------------------------------------------------------------------- sending

    def may_send(self, text: str, models: Sequence[Model] = ()) -> bool:
        """Return whether the files may go with a typed text to these models now (by default those that would be asked); says or asks
        why not."""
        if self._reading:
            self._notify_user(say("attach.still_reading", name=self._reading[0]), "warning")
            return False
        if self.items and not text.strip():
            self._notify_user(say("attach.needs_text"), "warning")
            return False
        return self._are_seen(models or self._asked(), self.items) and self._is_confirmed()

    def may_ask(self, attachments: Sequence[Attachment] = (), model: Model | None = None) -> bool:
        """Return whether a request with these files, and with those of earlier prompts, may go to a model (by default the session's);
        says why not."""
        return self._are_seen([model or self._session.model], attachments)

    def _are_seen(self, models: Sequence[Model], attachments: Sequence[Attachment]) -> bool:
        """Return whether the models see the images of a request; offers one that does."""
        self._seeing = None
        blind = next((model for model in models if not model.vision), None)
        has_images = any(each.kind == "image" for each in attachments)
        if blind is None or not (has_images or self._has_images_before):
            return True
        other = nearest_with_vision(self._session.models, blind)
        name = clean_line(blind.name, NAME_SHOWN)
        if other is None or len(models) > 1:
            key = "attach.no_vision_at_all" if other is None else "attach.no_vision_compared"
            self._notify_user(say(key, model=name, inspect=hint("inspect")), "warning")
            return False
        self._seeing = other
        text = say(
            "attach.no_vision" if has_images else "attach.no_vision_before",
            model=name,
            key=hint("attach"),
            other=clean_line(other.name, NAME_SHOWN),
            price=price_words(other),
            inspect=hint("inspect"),
        )
        self._notify_user(text, "warning", lasting=True)
        return False

    @property
    def _has_images_before(self) -> bool:
        entries = self._session.context.entries
        return any(entry.is_sent and entry.message.images for entry in entries)

    def _is_confirmed(self) -> bool:
        """Return whether no file holds a secret that the user does not know of; asks if one does."""
        found = [
            (each, secret)
            for each in self.items
            if each.digest not in self._confirmed
            for secret in self._secrets.setdefault(each.digest, tuple(find_secrets(each.text)))
        ]
        if not found:
            return True
        from elumenta_tui.tui.screens.confirm import ConfirmScreen

        each, secret = found[0]
        line, what = secret_words(each, secret)
        name = clean_line(each.name, NAME_SHOWN)
        text = say("attach.secret.question", name=name, line=line, what=what)
        if len(found) > 1:
            text = f"{text} {say('attach.secret.more', n=len(found) - 1)}"
        screen = ConfirmScreen(say("attach.secret.title"), text, say("attach.secret.keys"))
        digests = {each.digest for each, _ in found}
        self._screens.push_screen(screen, lambda result: self._confirm(digests) if result else None)
        return False

    def _confirm(self, digests: set[str]) -> None:
        self._confirmed |= digests
        self._submit()

    # --------------------------------------------------------------------------------------------------------- showing

    def show(self) -> None:
        """Show the files above the prompt, and above the quotes."""
        if self._chips is None and self.items:
            from elumenta_tui.tui.widgets.attachment_chips import AttachmentChips

            self._chips = AttachmentChips()
            chrome = self._screens.screen_stack[0].query_one("#chrome")
            before = next(iter(chrome.query("#quotes")), self._prompt)
            chrome.mount(self._chips, before=before)
        if self._chips is not None:
            self._chips.names_key = not self._has_quotes()
            # After it is mounted.
            self._chips.call_later(self._chips.show, self.items)
