"""Submitted texts: sends prompts, runs commands, and explains refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from elumenta_tui.chat.quote import Quotes
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.session import Refusal, Session
from elumenta_tui.session.guardrails import OF_MONEY
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import Commands, hint
from elumenta_tui.tui.chrome import Chrome
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.notice import NoticeLine
from elumenta_tui.tui.widgets.prompt import Prompt
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.models import Model
    from elumenta_tui.tui.catalogue import Action
    from elumenta_tui.tui.ports import Files


NAME_SHOWN = 60
"""Characters of a model's name in a sentence."""


class Way(Protocol):
    """Another way to send the next prompt than to the session's model."""

    models: Sequence[Model]
    """The models that it goes to."""

    def refusal(self, prompt: str) -> Refusal | None:
        """Return why the prompt can't be sent now; None if it can."""

    def explain(self, refusal: Refusal) -> str:
        """Return a sentence for a refusal that has another reason this way; empty if it has not."""

    def send(self, prompt: str, attachments: tuple[Attachment, ...] = ()) -> Answer | Refusal:
        """Send the prompt with its files. Return the answer to show, or why nothing was sent."""


class Sending:
    """Checks whether a text may be sent before it leaves the prompt.

    Args:
        perform: runs an action with the text after its slash word.
        ask_for_key: shows the dialog that asks for a key.
        stop_keys: returns the keys that stop an answer, for hints.
        sent: is called after a prompt was sent.
        enqueue: queues a prompt behind the answer that is coming; takes it as it would be sent, as it was typed, and its files.
        way: returns another way to send the next prompt; None for the usual one.
        quotes: are sent before the next prompt.
        commands: parses what is typed.
        files: returns the files of the next prompt, which may be created for that; None as long as nothing was attached.
    """

    def __init__(
        self,
        session: Session,
        prompt: Prompt,
        transcript: Transcript,
        chrome: Chrome,
        notice: NoticeLine,
        notify_user: NotifyUser,
        *,
        perform: Callable[[Action, str], None],
        ask_for_key: Callable[[], None],
        stop_keys: Callable[[], str],
        sent: Callable[[], None],
        enqueue: Callable[[str, str, tuple[Attachment, ...]], None],
        way: Callable[[], Way | None] = lambda: None,
        quotes: Quotes,
        commands: Commands,
        files: Callable[[bool], Files | None],
    ) -> None:
        self._session = session
        self._prompt = prompt
        self._transcript = transcript
        self._chrome = chrome
        self._notice = notice
        self._notify_user = notify_user
        self._perform = perform
        self._ask_for_key = ask_for_key
        self._stop_keys = stop_keys
        self._sent = sent
        self._enqueue = enqueue
        self._way = way
        self._quotes = quotes
        self._commands = commands
        self._files = files

    def may_submit(self, text: str, was_pasted: bool) -> bool:
        """Return whether a text can be sent or run now; notifies the user of the reason if not."""
        text = text.strip("\n")
        command = self._commands.parse(text)
        # The suggestion list would cover the reason for a refusal, so it is closed first.
        if command is None:
            if (files := self._files(False)) is not None and not files.may_send(text):
                self._prompt.close_suggestions()
                return False
            sent = self._as_sent(text, was_pasted)
            refusal = self._refusal(sent) or self._objection(sent)
        elif command.action is None or command.complaint:
            self._prompt.close_suggestions()
            self._notify_user(command.complaint, "warning")
            return False
        else:
            refusal = self._refusal(text) or self._objection(text) if command.is_sent else None
        if refusal is Refusal.BUSY and self._way() is None:
            # The prompt is queued behind the answer that is coming.
            return True
        if refusal is not None:
            self._prompt.close_suggestions()
            self.notify_refusal(refusal)
        return refusal is None

    def _refusal(self, prompt: str) -> Refusal | None:
        way = self._way()
        return self._session.refusal(prompt) if way is None else way.refusal(prompt)

    def _objection(self, prompt: str) -> Refusal | None:
        way = self._way()
        files = self._files(False)
        attachments = () if files is None else files.items
        return self._session.objection_to(prompt, () if way is None else way.models, attachments)

    def _as_sent(self, text: str, was_pasted: bool) -> str:
        return self._quotes.compose(text if was_pasted else self._commands.without_escape(text))

    def submit(self, submitted: Prompt.Submitted) -> None:
        """Send a submitted text, or run its command."""
        text = submitted.text.strip("\n")
        command = self._commands.parse(text)
        if command is None:
            self._send_with_quotes(self._as_sent(text, submitted.was_pasted), submitted.text)
        elif command.action is None or command.complaint:
            self._refuse(submitted.text, command.complaint)
        else:
            self._perform(command.action, command.argument)

    def _send_with_quotes(self, text: str, typed: str) -> None:
        """Send a text that begins with the quotes, with the files. Both come back if it is refused."""
        # Before sending: what is typed when a request is sent is saved as a draft of its own.
        self._quotes.take(text, typed)
        files = self._files(False)
        attachments = files.take() if files is not None else ()
        if not self._send(text, typed, attachments):
            self._quotes.come_back(text)
            self._attach_again(attachments)

    def _attach_again(self, attachments: Sequence[Attachment]) -> None:
        if attachments and (files := self._files(True)) is not None:
            files.come_back(attachments)

    def _send(self, text: str, typed: str, attachments: tuple[Attachment, ...] = ()) -> bool:
        """Send a text; if that is refused, restore what was typed and notify the user. Return whether it was sent."""
        way = self._way()
        if way is None and self._session.current is not None:
            self._enqueue(text, typed, attachments)
            return True
        answer = self._session.send(text, attachments) if way is None else way.send(text, attachments)
        if isinstance(answer, Refusal):
            self._prompt.put_back(typed)
            self.notify_refusal(answer)
            return False
        self._show(answer)
        return True

    def _refuse(self, text: str, why: str) -> None:
        """Put a submitted text back into the prompt, and notify the user of the reason."""
        self._prompt.put_back(text)
        self._notify_user(why, "warning")

    def notify_refusal(self, refusal: Refusal, *, kept: bool = True) -> None:
        """Notify the user why nothing was sent. `kept`: the typed text is still in the prompt."""
        if refusal in OF_MONEY:
            self._notify_objections(kept=kept)
            return
        way = self._way()
        if why := way.explain(refusal) if way is not None else "":
            self._notify_user(f"{why} {say('notice.kept')}" if kept else why, "warning")
        elif refusal is Refusal.BUSY:
            busy = say("notice.busy", key=self._stop_keys())
            self._notify_user(f"{busy} {say('notice.kept')}" if kept else busy, "warning")
        elif refusal is Refusal.TOO_MANY:
            many = say("notice.too_many", n=len(self._session.running), key=hint("conversations"))
            self._notify_user(f"{many} {say('notice.kept')}" if kept else many, "warning")
        elif refusal is Refusal.NO_VISION:
            name = clean_line(self._session.model.name, NAME_SHOWN)
            self._notify_user(say("notice.no_vision", model=name, key=hint("model")), "warning")
        elif refusal is Refusal.NO_ACCOUNT:
            self._ask_for_key()

    def _notify_objections(self, *, kept: bool) -> None:
        """Notify the user of what speaks against the request, out of the user's own limits. The same once more is sent."""
        from elumenta_tui.i18n.objections import objection_words

        spending, now = self._session.spending, self._session.calendar()
        # What to do comes first: a narrow screen cuts the end.
        words = [say("guard.key_again", key=hint("send")) if kept else say("guard.again")]
        words += [objection_words(objection, now) for objection in spending.objections]
        self._notify_user(" ".join(words), "warning", lasting=True)
        spending.note_told()

    def _show(self, answer: Answer) -> None:
        """Show an answer whose prompt was just sent."""
        self._notice.clear()
        self._sent()
        if len(answer.turn.answers) > 1:
            self._transcript.show(self._session.conversation.shown)
        else:
            self._transcript.add(answer)
        self._chrome.show_greeting()
        self._chrome.show_frame()

    def retry_elsewhere(self) -> None:
        """Send the last prompt to another model, because its own could not be asked. The chosen model stays."""
        from elumenta_tui.session.alternatives import other_models

        if other := next(iter(other_models(self._session)), None):
            self.retry(other)
        elif self._session.current is not None:
            self._notify_user(say("notice.other_model_coming"))
        else:
            self._notify_user(say("notice.no_other_model"), "warning")

    def retry(self, model: Model | None = None) -> None:
        """Send the last prompt again, if its answer is incomplete; to another model, if one is named."""
        last = self._session.last
        if last is not None and self._session.refusal_of_retry() is None:
            # Before sending: text that is in the prompt when a request is sent is saved as a draft of its own.
            if (files := self._files(False)) is not None and not files.may_ask(last.turn.attachments, model):
                return
            self.take_back(last)
        answer = self._session.retry(model)
        if answer is Refusal.NOTHING:
            self._notify_user(say("notice.nothing_to_repeat"), "warning")
        elif isinstance(answer, Refusal):
            self.notify_refusal(answer, kept=False)
        else:
            self._show(answer)

    def continue_answer(self) -> None:
        """Request the rest of an interrupted answer."""
        if (files := self._files(False)) is not None and not files.may_ask():
            return
        answer = self._session.continue_answer(say("continue.prompt"))
        if answer is Refusal.NOTHING:
            is_empty = self._session.last is None
            key = "notice.nothing_to_continue_yet" if is_empty else "notice.nothing_to_continue_here"
            self._notify_user(say(key), "warning")
        elif isinstance(answer, Refusal):
            self.notify_refusal(answer, kept=False)
        else:
            self._show(answer)

    def play_scenario(self, name: str) -> None:
        """Run a scenario of the demo."""
        text = f"/demo {name}".strip()
        self._send(text, text)

    def give_back(self, answer: Answer) -> None:
        """Put the prompt of an empty answer back into the prompt box, unless something else is being typed.

        Its quotes and files come back, too. The prompt of a summary was not typed.
        """
        if answer.turn.is_summary:
            return
        is_given_back = self._prompt.give_back(self._quotes.typed_in(answer.prompt))
        if is_given_back:
            self._quotes.come_back(answer.prompt)
            self._attach_again(answer.turn.attachments)
        self._transcript.set_given_back(answer, is_given_back=is_given_back)

    def take_back(self, answer: Answer) -> None:
        """Remove the prompt of an answer from the prompt box, because it is no longer needed there."""
        if self._quotes.compose(self._prompt.text.strip()) == answer.prompt.strip():
            self._prompt.take()
            self._quotes.take(answer.prompt, self._quotes.typed_in(answer.prompt))
            if (files := self._files(False)) is not None:
                files.forget(answer.turn.attachments)
        self._transcript.set_given_back(answer, is_given_back=False)
