"""Other versions of an answer: asks how, shows the price, and sends the request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from elumenta_tui.chat.models import Model, models_begun
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.session import Refusal, Session
from elumenta_tui.text.layouts import to_qwerty
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets import frame

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment


class Regenerating:
    """Asks for other versions of answers.

    Args:
        choose_model: shows the picker with that current model and query, and calls back with what was chosen.
        refuse: tells the user why nothing was sent.
        sent: is called after a request was sent.
        may_ask: returns whether files may go to a model; tells the user why not.
    """

    def __init__(
        self,
        session: Session,
        screens: Screens,
        notify_user: NotifyUser,
        *,
        choose_model: Callable[[Model, str, Callable[[Model | None], None]], None],
        refuse: Callable[[Refusal], None],
        sent: Callable[[], None],
        may_ask: Callable[[Sequence[Attachment], Model], bool],
    ) -> None:
        self._session = session
        self._screens = screens
        self._notify_user = notify_user
        self._choose_model = choose_model
        self._refuse = refuse
        self._sent = sent
        self._may_ask = may_ask

    def ask(self, answer: Answer | None, text: str = "") -> None:
        """Ask how the new version shall be.

        Args:
            text: a model's slug, or a remark, or both in this order. A word that begins a slug, or a part of one, is no remark.
        """
        if answer is None or not answer.prompt:
            self._notify_user(say("notice.nothing_to_regenerate"), "warning")
            return
        first, _, rest = text.partition(" ")
        named = next((model for model in self._session.models if model.slug == first and model.streams), None)
        begun = models_begun(self._session.models, to_qwerty(text)) if text and " " not in text else []
        if named is not None:
            self._show(answer, named, rest.strip())
        elif len(begun) > 1:
            self._choose_model(answer.model, text, lambda model: self._show(answer, model))
        elif begun:
            self._show(answer, begun[0])
        else:
            self._show(answer, answer.model, text)

    def _show(self, answer: Answer, model: Model | None, remark: str = "") -> None:
        """Show the dialog, unless no model was chosen for it."""
        from elumenta_tui.tui.screens.regenerate import RegenerateScreen, Wish

        if model is None:
            return
        screen = RegenerateScreen(
            Wish(model, None, remark),
            price=self._price,
            choose_model=partial(self._choose_model, model, ""),
            model_key=hint("model"),
        )

        def send(wish: Wish | None) -> None:
            if wish is not None and self._may_ask(answer.turn.attachments, wish.model):
                self._send(answer, wish.model, wish.temperature, wish.remark)

        self._screens.push_screen(screen, send)

    def _price(self, model: Model) -> Content:
        return frame.cost_note(model, self._session.ledger, hint("send"))

    def _send(self, answer: Answer, model: Model, temperature: float | None, remark: str) -> None:
        goes_on = self._session.current is not None
        sent = self._session.branches.regenerate(answer, model=model, temperature=temperature, remark=remark)
        if isinstance(sent, Refusal):
            self._refuse(sent)
            return
        self._sent()
        key = "notice.regenerated_beside" if goes_on else "notice.regenerated"
        self._notify_user(say(key), of_conversation=True)
