"""Caps of what is spent, by what is typed for them: they hold at once, and the configuration keeps them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.spending import Period, Spent
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

    def command(self, typed: str) -> Callable[[], Awaitable[str]] | None:
        """Set the cap of a period, by default of the day, or take all away. Return what says so, or, without anything typed, which
        caps there are.

        The cap holds at once. To say what was spent takes a look at the disk. None if what is typed is no cap.
        """
        if not typed:
            return self._state
        parsed = parse_cap(typed)
        if parsed is None:
            return None
        period, amount = parsed
        return self._remove_all() if period is None else self._set(period, amount)

    def _remove_all(self) -> Callable[[], Awaitable[str]]:
        session = self._session
        places = []
        for period in Period:
            if session.limits.cap(period):
                session.limits = session.limits.with_cap(period, 0)
                places.append(self._keep(period, 0))
        session.spending.refresh()

        async def words() -> str:
            return " ".join([say("cap.all_off"), *dict.fromkeys(places)])

        return words

    def _set(self, period: Period, amount: Amount) -> Callable[[], Awaitable[str]]:
        session = self._session
        session.limits = session.limits.with_cap(period, amount)
        session.spending.refresh()
        where = self._keep(period, amount)

        async def words() -> str:
            if not amount:
                return f"{say(f'cap.off.{period.value}')} {where}"
            is_read = await session.spending.read_in_time()
            line = f"{self._line(period, is_read=is_read)}. {where}"
            is_of_all_runs = session.backend.is_demo and period is not Period.SESSION
            return f"{line} {say('cap.demo_counts')}" if is_of_all_runs else line

        return words

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

    async def _state(self) -> str:
        periods = [period for period in Period if self._session.limits.cap(period)]
        if not periods:
            return say("cap.none")
        is_read = await self._session.spending.read_in_time()
        lines = [self._line(period, is_read=is_read) for period in periods]
        return say("cap.now", caps=" · ".join(lines))

    def _line(self, period: Period, *, is_read: bool) -> str:
        cap, so_far = self._session.limits.cap(period), self._session.spending.spent(period)
        if not is_read and period is not Period.SESSION:
            # Others may have spent more.
            so_far = Spent(so_far.known, so_far.unknown + 1)
        return say(f"cap.{period.value}", spent=spent_words(so_far), cap=number(cap))


def parse_cap(typed: str) -> tuple[Period | None, Amount] | None:
    """Return the period and the tokens of a typed cap, such as `20`, `month 300` or `20 a day`; None if it is none.

    The period is None for all of them: `off` alone.
    """
    if means_off(typed):
        return None, 0
    words = typed.lower().replace("/", " ").split()
    fillers = {word for text in in_every_language("cap.filler") for word in text.split()}
    named = [period for word in words if (period := _period(word)) is not None]
    if len(named) > 1:
        return None
    rest = [word for word in words if _period(word) is None and word not in fillers]
    amount = _amount(" ".join(rest))
    return None if amount is None else (named[0] if named else Period.DAY, amount)


def _period(word: str) -> Period | None:
    """Return the period that a lower-case word names, in any language and either layout."""
    for period in Period:
        names = {period.value}.union(
            *(text.split() for text in in_every_language(f"cap.word.{period.value}"))
        )
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
