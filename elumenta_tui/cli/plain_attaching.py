"""Files that go along with the next prompt of the chat without a screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from elumenta_tui.cli import plain_words
from elumenta_tui.cli.exit_codes import NotAsked
from elumenta_tui.cli.plain_talk import Talk
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.i18n import say
from elumenta_tui.session import Session

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.models import Model


def check_sight(session: Session, *models: Model, attachments: Sequence[Attachment] = ()) -> None:
    """Raise NotAsked if a request to any of the models holds images that it does not see: they would be paid for in vain.

    `attachments`: files that go along besides what was sent before.
    """
    has_new = any(each.kind == "image" for each in attachments)
    if not (has_new or session.conversation.has_images()):
        return
    from elumenta_tui.cli.ask_files import blind_words

    for model in models:
        if not model.vision:
            words = blind_words(model, session.models, are_earlier=not has_new, option="/model")
            raise NotAsked(words)


class Attaching:
    """Reads files, and asks before one goes along that holds what looks like a secret."""

    def __init__(self, talk: Talk, session: Session, voice: Voice) -> None:
        self._talk = talk
        self._session = session
        self._voice = voice
        self.items: list[Attachment] = []
        """Files of the next prompt."""

    async def attach(self, argument: str) -> None:
        """Attach a file or a web page; say what is attached if nothing is named."""
        if not argument:
            if not self.items:
                raise NotAsked(say("attach.none"))
            for item in self.items:
                self._voice.note(plain_words.attached_words(item.name, ()))
            return
        from elumenta_tui.cli.ask_files import read_attachments

        [found] = await read_attachments([argument])
        await self._add(found)

    async def paste(self, argument: str) -> None:
        """Attach what is on the clipboard: a picture, or a text, of which no line is sent as a prompt of its own."""
        from elumenta_tui.chat.attachment import text_attachment
        from elumenta_tui.sources.clipboard import NAME, clipboard_picture, clipboard_text
        from elumenta_tui.sources.results import Picture
        from elumenta_tui.transfer.attaching_sources import attachment_of
        from elumenta_tui.transfer.source_words import refusal_words

        text = await clipboard_text()
        if isinstance(text, str):
            await self._add(text_attachment(f"{NAME}.txt", text))
            return
        found = await clipboard_picture()
        if not isinstance(found, Picture):
            raise NotAsked(say("paste.refused", reason=refusal_words(found)))
        await self._add(attachment_of(found))

    async def _add(self, found: Attachment) -> None:
        """Have a file go along with the next prompt. Raises NotAsked if it holds what looks like a secret, or an image that nobody sees."""
        from elumenta_tui.cli.ask_files import secrets_in
        from elumenta_tui.transfer.attachment_words import note_words

        check_sight(self._session, self._session.model, attachments=[found])
        if (secrets := secrets_in([found])) and not await self._talk.confirm(secrets):
            raise NotAsked(f"{secrets} {say('plain.not_attached')}")
        self.items.append(found)
        self._voice.note(plain_words.attached_words(found.name, note_words(found)))

    async def detach(self, argument: str) -> None:
        """Forget the files."""
        if not self.items:
            raise NotAsked(say("attach.none"))
        self.items.clear()
        self._voice.note(say("plain.detached"))
