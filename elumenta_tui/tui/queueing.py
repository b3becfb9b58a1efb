"""The queue of the conversation on the screen: fills it, shows it above the prompt, takes prompts back, and sends them now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.queue import QueuedPrompt
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.i18n.titles import quoted_titles
from elumenta_tui.session import Refusal, Session
from elumenta_tui.session.guardrails import Hold
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import Commands, hint
from elumenta_tui.tui.chrome import Chrome
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.screens.queue import QueueScreen, first_line
from elumenta_tui.tui.widgets.frame import queue_cost
from elumenta_tui.tui.widgets.key_hints import SHORT
from elumenta_tui.tui.widgets.packing import packed
from elumenta_tui.tui.widgets.prompt import Prompt
from elumenta_tui.tui.widgets.queue_view import QueueView
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment

TALL = 30
"""Rows of the screen from which on the view shows `MOST_AIRY` prompts; from `SHORT` on it shows `MOST_TALL`, as the style sheet's classes."""

ROOM_FOR_PRICE = 60
"""Columns of the screen from which on a queued prompt has its price beside its model."""

MOST_SHORT, MOST_TALL, MOST_AIRY = 1, 3, 5
"""Prompts that are shown above the prompt box, at most. The dialog shows them all."""


class Queueing:
    """Shows and changes the queue.

    Args:
        refuse: notifies the user why nothing was sent.
        size: returns the size of the screen.
        commands: parses what is typed.
        attach_again: puts files above the prompt box.
    """

    def __init__(
        self,
        session: Session,
        screens: Screens,
        prompt: Prompt,
        transcript: Transcript,
        chrome: Chrome,
        notify_user: NotifyUser,
        *,
        refuse: Callable[[Refusal], None],
        size: Callable[[], Size],
        commands: Commands,
        attach_again: Callable[[Sequence[Attachment]], None],
    ) -> None:
        self._session = session
        self._screens = screens
        self._prompt = prompt
        self._transcript = transcript
        self._chrome = chrome
        self._notify_user = notify_user
        self._refuse = refuse
        self._size = size
        self._commands = commands
        self._attach_again = attach_again
        self._view: QueueView | None = None
        self._screen: QueueScreen | None = None
        self._shown: Conversation = session.conversation
        """The conversation on the screen."""
        self._names_keys = True
        """Whether the keys are named that act in an empty prompt box."""
        self._place: int | None = None
        """Where the prompt stood that was taken back last: it is queued there again."""

    # ------------------------------------------------------------------------------------------------------- changing

    def add(self, text: str, typed: str, attachments: tuple[Attachment, ...] = ()) -> None:
        """Queue a prompt behind the answer that is coming. `typed` and the files come back if that is refused."""
        place, self._place = self._place, None
        if isinstance(self._session.queue.add(text, place, attachments), Refusal):
            self._prompt.put_back(typed)
            self._attach_again(attachments)

    def take_last(self) -> bool:
        """Put the last queued prompt back into the prompt box; False if none is queued."""
        queued = self._session.conversation.queued
        return bool(queued) and self.take_back(queued[-1])

    def take_back(self, queued: QueuedPrompt) -> bool:
        """Put a queued prompt back into the prompt box; False if it was sent already. `↑` recalls what was typed there."""
        waiting = self._session.conversation.queued
        if queued not in waiting:
            self._notify_user(say("notice.queued_sent"), "warning")
            return False
        self._place = waiting.index(queued)
        self._attach_again(queued.attachments)
        self._prompt.replace_by(self._as_typed(queued.text))
        # It is a draft on the disk before it leaves the queue there.
        self._session.draft_changed()
        self._session.open_library().autosave.flush()
        self._session.queue.remove(queued)
        return True

    def _as_typed(self, text: str) -> str:
        """Return what has to be typed to send that text: a second slash keeps it from being a command."""
        command = self._commands.parse(text)
        return text if command is None or command.is_sent else f"/{text}"

    def remove(self, queued: QueuedPrompt) -> None:
        """Take a prompt out of the queue. `↑` recalls its text."""
        if self._session.queue.remove(queued):
            self._prompt.sent.add(queued.text)

    def send_now(self) -> bool:
        """Send the next prompt of a queue that waits; while an answer is coming, have the queue follow it, and say so.

        Return whether it was sent or refused.
        """
        result = self._session.queue.resume()
        if isinstance(result, Refusal):
            self._refuse(result)
        elif result is None:
            self._notify_user(say("notice.queue_follows"))
        return result is not None

    # -------------------------------------------------------------------------------------------------------- showing

    def apply_changed(self, conversation: Conversation) -> None:
        """Show the queue of a conversation that has changed, if it is on the screen."""
        if conversation is self._session.conversation:
            self.refresh()
            self._chrome.show_frame()

    def apply_sent(self, answer: Answer) -> None:
        """Show the answer of a queued prompt that was sent."""
        if answer in self._session.conversation.shown:
            self._transcript.add(answer, follows=False)
            self._chrome.show_greeting()
        self._chrome.show_money()
        self.refresh()

    def apply_shown(self) -> None:
        """Say what stays queued in the conversation that was left."""
        left, self._shown = self._shown, self._session.conversation
        self._place = None
        if left is self._shown or not left.queued:
            return
        waits = self._session.queue.hold(left)
        name = "notice.queue_left" if waits is None else "notice.queue_left_waiting"
        text = say(name, n=len(left.queued), title=quoted_titles([left.title]), key=hint("conversations"))
        self._notify_user(text, lasting=True)

    @property
    def _is_prompt_empty(self) -> bool:
        document = self._prompt.document
        return document.line_count == 1 and not document.get_line(0).strip()

    def follow_typing(self) -> None:
        """Show other keys if the prompt box has become empty, or no longer is."""
        if self._view is not None and self._names_keys is not self._is_prompt_empty:
            self.refresh()

    def refresh(self) -> None:
        """Show the queue as it is now, above the prompt and in the dialog."""
        self._names_keys = self._is_prompt_empty
        queued = self._session.conversation.queued
        if self._view is None and queued:
            self._view = QueueView(self.show)
            self._screens.screen_stack[0].query_one("#chrome").mount(self._view, before=self._prompt)
        if self._view is not None:
            self._view.show(self._lines(queued) if queued else ())
        if self._screen is not None and not self._screen.is_left:
            self._screen.refill()

    def _lines(self, queued: Sequence[QueuedPrompt]) -> list[Content]:
        width, height = self._size()
        most = MOST_SHORT if height < SHORT else MOST_TALL if height < TALL else MOST_AIRY
        hold = self._session.queue.hold(self._session.conversation)
        lines = [Content.styled(" " + row, _style(hold)) for row in self._head(hold, max(10, width - 2))]
        for number, each in enumerate(queued[:most], 1):
            lines.append(_row(number, each, self._facts(each, width), max(10, width - 2)))
        if len(queued) > most > MOST_SHORT:
            more = say("queue.more", n=len(queued) - most)
            lines.append(Content.styled(f"    {more}", "$muted"))
        return lines

    def _head(self, hold: Hold | None, width: int) -> list[str]:
        """Return what happens to the queue and which keys act on it, in rows of that width."""
        parts = [what_happens(self._session, hold)]
        if hold is None:
            parts.append(queue_cost(self._models))
        name = "queue.keys" if hold is None else "queue.keys_waiting"
        keys = say(name, send=hint("send"), key=hint("queue"))
        if hold is not None or self._size().height >= SHORT:
            # With text in the prompt box, the first two keys do something else.
            parts += keys.split(" · ")[0 if self._is_prompt_empty else -1 :]
        return packed(parts, width)

    def show(self) -> None:
        """Show the dialog with all queued prompts."""
        session = self._session
        if not session.conversation.queued:
            self._notify_user(say("notice.queue_empty", key=hint("send")))
            return
        self._screen = QueueScreen(
            lambda: session.conversation.queued,
            describe=self._describe,
            facts=self._facts,
            edit=self.take_back,
            remove=self.remove,
            move=session.queue.move,
            send=self.send_now,
            follows=self._follows,
        )
        self._screens.push_screen(self._screen)

    def _follows(self) -> bool:
        session = self._session
        return session.current is not None and session.queue.hold(session.conversation) is None

    def _describe(self) -> tuple[str, str]:
        """Return what happens to the queue, and the style of that text."""
        hold = self._session.queue.hold(self._session.conversation)
        return f"{what_happens(self._session, hold)} · {queue_cost(self._models)}", _style(hold)

    @property
    def _models(self) -> list[Model]:
        """The model of each queued prompt."""
        return self._session.queue.models(self._session.conversation)

    def _facts(self, queued: QueuedPrompt, width: int) -> str:
        """Name the model of a queued prompt, and its price where there is room for it."""
        model = self._session.queue.model_of(queued, self._session.conversation)
        name = clean_line(model.name, 30)
        return f"{name} · {queue_cost([model])}" if width >= ROOM_FOR_PRICE else name


def what_happens(session: Session, hold: Hold | None) -> str:
    """Say how many prompts are queued and what happens to them."""
    count = len(session.conversation.queued)
    if hold is None:
        return say("queue.active", n=count)
    return say("queue.waits", n=count, why=say(f"queue.why.{hold.value}"))


def _style(hold: Hold | None) -> str:
    return "$accent" if hold is None else "bold $warning"


def _row(number: int, queued: QueuedPrompt, facts: str, width: int) -> Content:
    head = Content.styled(f" {number}  ", "$muted")
    names = ", ".join(each.name for each in queued.attachments)
    end = Content.styled(f"  {facts}", "$muted").truncate(width // 2, ellipsis=True)
    files = (
        Content.styled(f"  ≡ {names}", "$muted").truncate(width // 3, ellipsis=True) if names else Content("")
    )
    room = max(4, width - head.cell_length - files.cell_length - end.cell_length)
    text = Content.assemble(first_line(queued.text).truncate(room, ellipsis=True), files)
    return Content.assemble(
        head, text.pad_right(max(0, width - head.cell_length - text.cell_length - end.cell_length)), end
    )
