"""What the next request carries: shows it, leaves messages out and takes them back, and offers ways out of a refusal for length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from elumenta_tui.chat.context import Entry, message_tokens
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.i18n import say
from elumenta_tui.i18n.objections import offer
from elumenta_tui.session import Refusal, Session
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets import frame
from elumenta_tui.tui.widgets.prompt import Prompt
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.message import Message
    from elumenta_tui.chat.models import Model


class Inspecting:
    """Shows and changes what of the conversation is sent.

    Args:
        draft: returns what is typed and quoted, as it would be sent.
        attached: returns the files that would be sent with it.
        notify_refusal: notifies the user why nothing was sent.
    """

    def __init__(
        self,
        session: Session,
        screens: Screens,
        prompt: Prompt,
        transcript: Transcript,
        notify_user: NotifyUser,
        *,
        draft: Callable[[], str],
        attached: Callable[[], tuple[Attachment, ...]],
        notify_refusal: Callable[[Refusal], None],
    ) -> None:
        self._session = session
        self._screens = screens
        self._prompt = prompt
        self._transcript = transcript
        self._notify_user = notify_user
        self._draft = draft
        self._attached = attached
        self._notify_refusal = notify_refusal

    @property
    def _refused(self) -> Answer | None:
        """The last answer if the service has refused its request."""
        last = self._session.last
        return last if last is not None and last.over and not last.has_text else None

    @property
    def _next_prompt(self) -> str:
        """The prompt that is likely to be sent next."""
        return self._draft() or (self._refused.prompt if self._refused is not None else "")

    def _under_cursor(self) -> Turn | Answer | None:
        answer, stop = self._transcript.cursor.answer, self._transcript.cursor.stop
        if answer is None or stop is None:
            return None
        return answer.turn if stop.kind == "prompt" else answer

    # ------------------------------------------------------------------------------------------------------ the screen

    def inspect(self, tokens: str = "") -> None:
        """Show what the next request carries; `tokens`: the number to trim it to."""
        from elumenta_tui.tui.screens.context import Changes, ContextScreen

        context = self._session.context
        screen = ContextScreen(
            lambda: context.entries,
            Changes(
                leave_out=lambda sources, is_left_out: context.leave_out(sources, is_left_out=is_left_out),
                pin=lambda source, is_pinned: context.pin(source, is_pinned=is_pinned),
                leave_out_middle=lambda: context.leave_out_middle(self._next_prompt),
                undo=context.undo,
                rewrite=context.rewrite,
            ),
            self._next_message(),
            self._under_cursor(),
            self._price,
            tokens if tokens.isdecimal() else "",
        )
        self._screens.push_screen(screen, lambda result: self.summarize() if result else None)

    def _next_message(self) -> Message | None:
        """Return the message that Enter would send; None if it would send none."""
        text, attached = self._draft(), self._attached()
        return Turn(text, attachments=attached).message if text or attached else None

    def _price(self) -> Content:
        session = self._session
        name = clean_line(session.model.name, 40)
        words = list(frame.parameter_words(session.conversation))
        note = frame.cost_note(session.model, session.ledger, name)
        return Content.assemble(note, (f"\n{' · '.join(words)}", "$accent")) if words else note

    # ------------------------------------------------------------------------------------------------------- commands

    def leave_out(self) -> None:
        """Leave out the message under the cursor, else the last one; take it back if it is left out."""
        source = self._under_cursor()
        entries = self._session.context.entries
        if source is None:
            source = next((entry.source for entry in reversed(entries) if entry.source is not None), None)
        entry = next((entry for entry in entries if entry.source is source and source is not None), None)
        if entry is None or source is None:
            self._notify_user(say("context.not_part"), "warning")
            return
        is_left_out = entry.is_sent
        self._session.context.leave_out([source], is_left_out=is_left_out)
        words = clean_line(entry.message.text, 40)
        key = "context.left_out" if is_left_out else "context.taken_back"
        self._notify_user(say(key, words=words, key=hint("leave_out")))

    def cut(self) -> None:
        """Leave out the middle of the conversation."""
        count = self._session.context.leave_out_middle(self._next_prompt)
        if not count:
            self._notify_user(say("context.nothing_more"), "warning")
            return
        text = say("context.cut_done", n=count)
        if self._refused is not None and self._session.refusal_of_retry() is None:
            text += f" {offer('again', self._session.model, hint('again'))}."
        self._notify_user(text)

    def uncut(self) -> None:
        """Undo the last leaving out."""
        count = self._session.context.undo()
        if count:
            self._notify_user(say("context.undone", n=count))
        else:
            self._notify_user(say("context.nothing_to_undo"), "warning")

    def summarize(self) -> None:
        """Ask whether a summary is to stand for what is left out, and name its price."""
        from elumenta_tui.tui.screens.confirm import ConfirmScreen

        context = self._session.context
        entries = context.to_summarize(self._next_prompt)
        if not entries:
            self._notify_user(say("context.nothing_to_summarize"), "warning")
            return
        model = context.summary_model
        text = say(
            "context.summary_question",
            n=len(entries),
            tokens=_tokens(entries),
            model=clean_line(model.name, 40),
            price=self._price_of(model),
        )
        screen = ConfirmScreen(say("context.summary_title"), text, say("context.summary_keys"))
        self._screens.push_screen(screen, lambda result: self._summarize() if result else None)

    def _price_of(self, model: Model) -> str:
        return ", ".join(
            filter(None, (frame.price_words(model), frame.left_words(model, self._session.ledger)))
        )

    def _summarize(self) -> None:
        refused, prompt = self._refused, self._next_prompt
        answer = self._session.context.summarize(say("context.summary_prompt"), prompt)
        if answer is Refusal.NOTHING:
            self._notify_user(say("context.nothing_to_summarize"), "warning")
        elif isinstance(answer, Refusal):
            self._notify_refusal(answer)
        elif refused is not None and not self._prompt.text.strip():
            # It is to be sent after the summary, and its own turn is no longer the last one.
            self._prompt.give_back(refused.prompt)


def _tokens(entries: Sequence[Entry]) -> int:
    return sum(message_tokens(entry.message) for entry in entries)
