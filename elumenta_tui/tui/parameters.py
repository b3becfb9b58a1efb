"""The standing instructions and parameters of the conversation: reads them from commands and the form, and states them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.request import Options, max_tokens_of, temperature_of
from elumenta_tui.i18n import decimal, say
from elumenta_tui.session import Session
from elumenta_tui.text.sanitize import clean
from elumenta_tui.transfer.parameter_words import means_off, summary, wrong_max_tokens, wrong_temperature
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets.prompt import LIMIT, fits

if TYPE_CHECKING:
    from collections.abc import Callable

    from elumenta_tui.tui.screens.parameters import Values


class Parameters:
    """Sets the system prompt, the temperature and the limit of tokens of the conversation on the screen.

    Args:
        changed: is called after every change.
        put_back: puts a command that can't be run back into the prompt.
    """

    def __init__(
        self,
        session: Session,
        screens: Screens,
        notify_user: NotifyUser,
        *,
        changed: Callable[[], None],
        put_back: Callable[[str], None],
    ) -> None:
        self._session = session
        self._screens = screens
        self._notify_user = notify_user
        self._changed = changed
        self._put_back = put_back

    @property
    def _conversation(self) -> Conversation:
        return self._session.conversation

    # -------------------------------------------------------------------------------------------------------- commands

    def system(self, typed: str) -> None:
        """Set the system prompt; show the form if nothing is typed."""
        if not typed:
            self.show_form("system")
        elif means_off(typed):
            self._set_system("")
        elif not fits(typed):
            self._refuse(f"/system {typed}", say("parameters.too_long", limit=LIMIT))
        else:
            self._set_system(typed)

    def _set_system(self, text: str) -> None:
        had_one = bool(self._conversation.system_prompt.strip())
        self._session.set_system_prompt(clean(text))
        self._changed()
        if text:
            self._notify_user(say("parameters.system_set"))
        else:
            self._notify_user(say("parameters.system_unset" if had_one else "parameters.system_none"))

    def temperature(self, typed: str) -> None:
        """Set the temperature; show the form if nothing is typed."""
        if not typed:
            self.show_form("temperature")
            return
        try:
            value = None if means_off(typed) else temperature_of(typed)
        except ValueError:
            self._refuse(f"/temperature {typed}", wrong_temperature())
            return
        self._set_options(self._conversation.options._replace(temperature=value))
        if value is None:
            self._notify_user(say("parameters.temperature_unset"))
        else:
            self._notify_user(say("parameters.temperature_set", value=decimal(value)))

    def max_tokens(self, typed: str) -> None:
        """Set the limit of tokens; show the form if nothing is typed."""
        if not typed:
            self.show_form("max_tokens")
            return
        try:
            value = None if means_off(typed) else max_tokens_of(typed)
        except ValueError:
            self._refuse(f"/max_tokens {typed}", wrong_max_tokens())
            return
        self._set_options(self._conversation.options._replace(max_tokens=value))
        if value is None:
            self._notify_user(say("parameters.max_tokens_unset"))
        else:
            self._notify_user(say("parameters.max_tokens_set", n=value))

    def _set_options(self, options: Options) -> None:
        self._session.set_options(options)
        self._changed()

    def _refuse(self, command: str, why: str) -> None:
        self._put_back(command)
        self._notify_user(why, "warning")

    # -------------------------------------------------------------------------------------------------------- the form

    def show_form(self, field: str = "system") -> None:
        """Show the form with all three, with the cursor in that field."""
        from elumenta_tui.tui.screens.parameters import ParametersScreen, Values

        conversation = self._conversation
        screen = ParametersScreen(Values(conversation.system_prompt, conversation.options), field)

        def keep(values: Values | None) -> None:
            # An answer that has come meanwhile belongs to the same conversation; another one on the screen does not.
            if values is not None and conversation is self._conversation:
                self._keep(values)

        self._screens.push_screen(screen, keep)

    def _keep(self, values: Values) -> None:
        before = self._conversation.system_prompt, self._conversation.options
        if values.system_prompt != before[0]:
            self._session.set_system_prompt(values.system_prompt)
        if values.options != before[1]:
            self._session.set_options(values.options)
        self._changed()
        if values == before:
            self._notify_user(say("parameters.unchanged"))
        elif parts := summary(self._conversation):
            self._notify_user(say("parameters.kept", what=" · ".join(parts)))
        else:
            self._notify_user(say("parameters.kept_none"))
