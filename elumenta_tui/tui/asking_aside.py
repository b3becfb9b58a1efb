"""Side questions: asked beside the conversation, answered in a panel, then dropped or kept as a branch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.session import Refusal, Session
from elumenta_tui.session.recovery import may_be_recovered
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import Commands, by_slash, hint
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.presses import Presses
from elumenta_tui.tui.screens.side_answer import EDIT, KEEP, SideAnswerScreen
from elumenta_tui.tui.widgets.frame import price_words
from elumenta_tui.tui.widgets.prompt import Prompt
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.tui.ports import Files


class AskingAside:
    """Asks side questions, and does with their answers what the user decides.

    Args:
        new_transcript: creates a widget that shows the side answer; takes a function that lists what can be done for it.
        notify_refusal: notifies the user why nothing was sent.
        commands: parses what is typed.
        files: as in `Sending`.
    """

    def __init__(
        self,
        session: Session,
        screens: Screens,
        prompt: Prompt,
        copying: Copying,
        presses: Presses,
        notify_user: NotifyUser,
        *,
        new_transcript: Callable[[Callable[[Answer], Sequence[str]]], Transcript],
        notify_refusal: Callable[[Refusal], None],
        commands: Commands,
        files: Callable[[bool], Files | None],
    ) -> None:
        self._session = session
        self._screens = screens
        self._prompt = prompt
        self._copying = copying
        self._presses = presses
        self._notify_user = notify_user
        self._new_transcript = new_transcript
        self._notify_refusal = notify_refusal
        self._commands = commands
        self._files = files
        self._screen: SideAnswerScreen | None = None
        """The panel while it is open."""
        self._word = ""
        """The slash word of the open question."""
        self.dropped: list[str] = []
        """Questions that were dropped, behind their slash words, oldest first. Those of temporary chats are not kept."""

    def ask(self, question: str, word: str, *, current: bool) -> None:
        """Ask a question that was typed after a slash word; `current`: ask the current model, and not the cheapest."""
        if not question:
            self._begin(word)
            return
        aside = self._session.side_question
        files = self._files(False)
        model = aside.model(current=current)
        if files is not None and not files.may_send(question, [model]):
            self._prompt.put_back(f"/{word} {question}")
            return
        attachments = files.take() if files is not None else ()
        answer = aside.ask(question, model, attachments)
        if isinstance(answer, Refusal):
            self._prompt.put_back(f"/{word} {question}")
            self._attach_again(attachments)
            if answer is Refusal.BUSY:
                self._notify_user(say("aside.one_at_a_time"), "warning")
            else:
                self._notify_refusal(answer)
            return
        self._word = word
        self._screen = SideAnswerScreen(
            answer,
            self._new_transcript(self._offers),
            if_meant=self._presses.run_if_meant,
            unless_held=self._presses.run_unless_held,
            type_on=self._prompt.post_message,
            copy=self._copying.copy,
            recover=self._recover,
            refuse_to_keep=self._refuse_to_keep,
        )
        self._screens.push_screen(self._screen, self._end)

    def _attach_again(self, attachments: Sequence[Attachment]) -> None:
        if attachments and (files := self._files(True)) is not None:
            files.come_back(attachments)

    def _begin(self, word: str) -> None:
        """Have the question typed: put the slash word into the prompt, before what is there."""
        text = self._prompt.text.strip()
        if not text:
            self._prompt.fill(f"/{word} ")
            self._notify_user(say("aside.type"))
        elif self._commands.parse(text) is None:
            self._prompt.revise(f"/{word} {text}")

    def refresh(self, answer: Answer) -> None:
        """Show what has changed of an answer, if it is the one in the panel."""
        screen = self._screen
        if screen is not None and screen.answer is answer and screen.is_mounted:
            screen.refresh_answer()

    def close(self) -> None:
        """Close the panel without any effect, because its question is no longer open."""
        screen, self._screen = self._screen, None
        if screen is not None:
            screen.dismiss(None)

    def _end(self, result: str | None) -> None:
        """Do with the side answer what the user has decided."""
        screen, self._screen = self._screen, None
        if screen is None:
            return
        answer = screen.answer
        if result == KEEP:
            self._keep(answer)
            return
        was_running = not answer.over
        self._session.side_question.drop()
        if result == EDIT:
            self._prompt.put_back(f"/{self._word} {answer.prompt}")
            self._attach_again(answer.turn.attachments)
            way_back = ""
        else:
            way_back = self._way_back(f"/{self._word} {answer.prompt}")
        if was_running:
            words = say("aside.stopped", price=price_words(answer.model))
            self._notify_user(" ".join(filter(None, (words, way_back))), "warning")
        elif result is None:
            self._notify_user(" ".join(filter(None, (say("aside.dropped"), way_back))))

    def _way_back(self, text: str) -> str:
        """Keep a dropped question, and state what brings it back: the up key takes back queued prompts first."""
        conversation = self._session.conversation
        if not conversation.is_temporary:
            self.dropped.append(text)
        if not conversation.queued and not self._prompt.text:
            return say("aside.way_back")
        return "" if conversation.is_temporary else say("aside.find_again")

    def _keep(self, answer: Answer) -> None:
        conversation = self._session.conversation
        turn = self._session.side_question.keep()
        if turn is None:
            return
        if turn.is_branch:
            how = f" {say('aside.reach', command='/tree')}" if by_slash("tree") is not None else ""
            self._notify_user(say("aside.kept") + how)
        else:
            self._notify_user(say("aside.kept_first", title=clean_line(conversation.title, 40)))

    def _offers(self, answer: Answer) -> Sequence[str]:
        """List what can be done for an incomplete side answer, besides what the frame says."""
        if answer.recovered is not None:
            return [say("offer.found", key=hint("fetch"))]
        return [say("offer.look", key=hint("fetch"))] if self._may_be_recovered(answer) else []

    def _may_be_recovered(self, answer: Answer) -> bool:
        return may_be_recovered(answer, is_settling=self._session.is_settling(answer))

    def _recover(self) -> None:
        answer = self._session.side_question.answer
        if answer is not None and (answer.recovered is not None or self._may_be_recovered(answer)):
            self._notify_user(say("notice.fetching"))
            self._session.recover(answer)

    def _refuse_to_keep(self) -> None:
        answer = self._session.side_question.answer
        is_running = answer is not None and not answer.over
        self._notify_user(say("aside.not_yet" if is_running else "aside.nothing_to_keep"), "warning")
