"""Caps of what is spent, by what is typed for them: they hold at once, and the configuration keeps them."""

from __future__ import annotations

from pathlib import Path

from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.spending import Period
from elumenta_tui.config.saving import save
from elumenta_tui.config.settings import SettingsProblem
from elumenta_tui.i18n import in_every_language, number, say, spoken
from elumenta_tui.i18n.objections import spent_words
from elumenta_tui.session import Session
from elumenta_tui.text.layouts import to_qwerty
from elumenta_tui.transfer.parameter_words import means_off

MOST = 1_000_000
"""Elumenta tokens of a cap, at most: more is a slip."""


class Caps:
    """The caps of the session, the day and the month. `config`: the file that keeps them."""

    def __init__(self, session: Session, config: Path) -> None:
        self._session = session
        self._config = config

    def command(self, typed: str) -> str | None:
        """Set the cap of a period, by default of the day, and say so; without anything typed, say which caps there are.

        None if what is typed is no cap.
        """
        if not typed:
            return self._state()
        first, _, rest = typed.partition(" ")
        period = _period(first)
        amount = _amount(rest if period is not None else typed)
        return None if amount is None else self._set(period or Period.DAY, amount)

    def _set(self, period: Period, amount: Amount) -> str:
        session = self._session
        session.limits = session.limits.with_cap(period, amount)
        session.spending.refresh()
        what = f"{self._line(period)}." if amount else say(f"cap.off.{period.value}")
        return f"{what} {self._keep(period, amount)}"

    def _keep(self, period: Period, amount: Amount) -> str:
        """Write a cap into the configuration, and say where it is kept. The demo changes no configuration."""
        if self._session.backend.is_demo:
            return say("cap.demo")
        try:
            save(self._config, f"cap_{period.value}", amount)
        except SettingsProblem as problem:
            return say("cap.not_kept", path=str(self._config), reason=spoken(problem.phrase))
        except OSError as error:
            return say("cap.not_kept", path=str(self._config), reason=error.strerror or type(error).__name__)
        return say("cap.kept", path=str(self._config))

    def _state(self) -> str:
        lines = [self._line(period) for period in Period if self._session.limits.cap(period)]
        return say("cap.now", caps=" · ".join(lines)) if lines else say("cap.none")

    def _line(self, period: Period) -> str:
        cap, so_far = self._session.limits.cap(period), self._session.spending.spent(period)
        return say(f"cap.{period.value}", spent=spent_words(so_far), cap=number(cap))


def _period(word: str) -> Period | None:
    """Return the period that a word names, in any language and either layout."""
    word = word.lower()
    for period in Period:
        names = {period.value, *in_every_language(f"cap.word.{period.value}")}
        if word in names or to_qwerty(word) in names:
            return period
    return None


def _amount(typed: str) -> Amount | None:
    """Return the tokens that are typed, 0 for none; None if that is no cap."""
    typed = typed.strip()
    if means_off(typed):
        return 0
    digits = typed.replace(" ", "").replace("\u00a0", "")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 9:
        return None
    return int(digits) if int(digits) <= MOST else None
