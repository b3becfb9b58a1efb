"""The choice of the model: applied, remembered, and checked against the list of models."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from elumenta_tui.chat.models import Model
from elumenta_tui.config.settings import Settings, StateFile, last_model
from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.appearance import Appearance
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser

if TYPE_CHECKING:
    from elumenta_tui.config.model_lists import ModelLists


class ModelChoice:
    """Selects the session's model, and remembers the choice.

    Args:
        named: slug of the model that was named on the command line; empty if none was.
        repriced: is called when the cost of the next request may have changed.
    """

    def __init__(
        self,
        session: Session,
        settings: Settings,
        state_file: StateFile,
        appearance: Appearance,
        notify_user: NotifyUser,
        *,
        named: str,
        repriced: Callable[[], None],
    ) -> None:
        self._session = session
        self._settings = settings
        self._state_file = state_file
        self._appearance = appearance
        self._notify_user = notify_user
        self._repriced = repriced
        self._to_check = named or (settings.model if settings.model != Settings().model else "")
        """Slug of the model that the user named, until it is checked against the list; empty afterwards."""

    def select(self, model: Model) -> None:
        """Use a model, now and at the next start."""
        self._session.select_model(model)
        self.lists.note(model.slug)
        name = "demo_model" if self._session.backend.is_demo else "model"
        self._appearance.remember(name, model.slug, self._settings.model)
        self._repriced()
        self._say_what_stays(model)

    def _say_what_stays(self, model: Model) -> None:
        """Say that queued prompts stay with the models that they were queued for."""
        conversation = self._session.conversation
        if not conversation.queued:
            return
        others = [each for each in self._session.queue.models(conversation) if each.slug != model.slug]
        if others:
            names = ", ".join(dict.fromkeys(clean_line(each.name, 40) for each in others))
            self._notify_user(say("queue.kept", n=len(others), model=names, key=hint("queue")))

    @property
    def lists(self) -> ModelLists:
        """The favourite models, and those that were chosen last."""
        from elumenta_tui.config.model_lists import ModelLists

        return ModelLists(self._state_file, "demo_" if self._session.backend.is_demo else "")

    def select_last(self) -> None:
        """Use the model that was chosen last with the current kind of account."""
        demo = self._session.backend.is_demo
        self._session.select_model_named(last_model(self._state_file, self._settings, demo=demo))

    def check_named(self) -> None:
        """Warn once if the model named on the command line or in the settings is not in the list."""
        named, self._to_check = self._to_check, ""
        slugs = [model.slug for model in self._session.models]
        if not named or named in slugs:
            return
        from difflib import get_close_matches

        like = "".join(get_close_matches(named.lower(), slugs, n=1))
        name = "notice.unknown_model_like" if like else "notice.unknown_model"
        text = say(name, slug=clean_line(named, 60), like=clean_line(like, 60), key=hint("model"))
        self._notify_user(text, "warning", lasting=True)
