"""Statistics: shows what was spent, and how long the balance lasts."""

from __future__ import annotations

from elumenta_tui.session import Session
from elumenta_tui.tui.ports import Screens
from elumenta_tui.tui.screens.statistics import Facts, StatisticsScreen


def show_statistics(session: Session, screens: Screens, *, roubles: float) -> None:
    """Show the statistics of the account in use. `roubles`: the price of a token; 0 if none shall be named."""
    ledger = session.ledger
    session.open_library()
    facts = Facts(
        None if ledger.stale else ledger.balance,
        roubles,
        session.backend.is_demo,
        session.calendar(),
        {model.slug: model.name for model in session.models},
    )
    screens.push_screen(StatisticsScreen(session.spending.statistics, facts))
