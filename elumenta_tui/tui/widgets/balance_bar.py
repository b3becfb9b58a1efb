"""The balance bar: balance, plan, cost of the session, and requests that are left."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from elumenta_tui.chat.ledger import Ledger, RateLimits
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.i18n import say, word_for
from elumenta_tui.i18n.times import moment
from elumenta_tui.lean import Frozen


class AccountStatus(Frozen):
    """All values that the bar shows."""

    demo: bool = False
    temporary: bool = False
    """True if nothing of the conversation is stored."""
    connected: bool = True
    """True if there is an account."""
    tokens: Amount | None = None
    stale: bool = True
    reading: bool = False
    """True if a request for the balance is running."""
    offline: bool = False
    """True if the last attempt to read the account failed."""
    plan: str = ""
    spent: Amount = 0
    unknown_costs: int = 0
    limits: RateLimits | None = None
    price: Amount | None = None
    """Elumenta tokens that the next request costs at most; None if that is not known."""
    now: float = 0.0
    """Unix seconds."""
    unsaved: str = ""
    """The reason why the conversation can't be saved now, by its name in the catalogue; empty if it can."""

    @classmethod
    def of(cls, ledger: Ledger, **more: object) -> AccountStatus:
        total = ledger.total
        return cls(
            tokens=ledger.balance,
            stale=ledger.stale,
            plan=ledger.plan,
            spent=total.amount,
            unknown_costs=total.unknown,
            limits=ledger.limits,
            **more,  # type: ignore[arg-type]  # keyword fields of this class
        )


FEW = 5
"""Requests at the current model's price up to which the balance counts as low."""

SCARCE = 0.2
"""The share of a limit below which the remaining requests are shown as a warning."""


HELP_RANK = 3
"""The rank of the help hint. Parts of a higher rank are left out before it."""

ROOMY = 48
"""Cells from which on the bar shows when the limit is reset."""


class BalanceBar(Widget):
    """One row. Parts that do not fit are left out, the least important first."""

    class HelpClicked(Message):
        """The help hint was clicked."""

    status: reactive[AccountStatus] = reactive(AccountStatus())
    help_hint: reactive[str] = reactive("")

    _shows_help = False

    def render(self) -> Content:
        width = self.size.width
        parts = self._parts()
        right = Content.styled(f"{self.help_hint} ", "$muted")
        while True:
            left = Content.assemble(*self._joined([part for _, part in parts]))
            free = width - left.cell_length - right.cell_length
            if free >= 1:
                self._shows_help = bool(right.cell_length)
                return Content.assemble(left, " " * free, right)
            rank, least = max(parts, key=lambda part: part[0])
            if right.cell_length and (rank < HELP_RANK or len(parts) == 1):
                right = Content("")
            elif len(parts) > 1:
                parts.remove((rank, least))
            else:
                return left.truncate(width, ellipsis=True)

    def on_click(self, event: events.Click) -> None:
        if self._shows_help and event.x >= self.size.width - cell_len(self.help_hint) - 1:
            self.post_message(self.HelpClicked())

    @staticmethod
    def _joined(parts: list[Content]) -> list[Content | str | tuple[str, str]]:
        joined: list[Content | str | tuple[str, str]] = []
        for part in parts:
            joined += [(" · " if joined else " ", "$muted"), part]
        return joined

    def _parts(self) -> list[tuple[int, Content]]:
        """Return the parts with their ranks; the higher the rank, the sooner a part is left out."""
        now = self.status
        parts: list[tuple[int, Content]] = []
        if now.unsaved:
            parts.append(
                (0, Content.styled(f" {say(f'unsaved.{now.unsaved}')} ", "bold $background on $error"))
            )
        if now.demo:
            parts.append((0, Content.styled(f" {say('bar.demo')} ", "bold $warning on $surface")))
        if now.temporary:
            style = "bold $background on $accent"
            parts.append((0, Content.styled(f" {say('bar.temporary')} ", style)))
        if not now.connected:
            parts.append((1, Content.styled(say("bar.no_account"), "$warning")))
            return parts
        parts.append((1, self._balance()))
        if now.plan:
            parts.append((5, Content.styled(word_for(f"plan.{now.plan}", now.plan), "$muted")))
        spent = say("bar.session_at_least" if now.unknown_costs else "bar.session", n=now.spent)
        parts.append((2, Content.styled(spent, "$muted")))
        limits = now.limits
        if limits is not None:
            parts += self._remaining(4, "hour", limits.hour_left, limits.hour_limit, limits.hour_resets_at)
            parts += self._remaining(6, "day", limits.day_left, limits.day_limit)
        return parts

    def _balance(self) -> Content:
        now = self.status
        if now.tokens is None:
            key = "bar.reading" if now.reading else "bar.offline" if now.offline else "bar.unknown"
            return Content.styled(say(key), "$warning" if now.offline and not now.reading else "$muted")
        good_for = max(0, int(now.tokens // now.price)) if now.price else None
        if good_for is not None and good_for <= FEW and not now.stale:
            style = "bold $warning" if good_for else "bold $error"
            words = say("bar.good_for", n=good_for) if good_for else say("bar.too_low")
            tokens = say("bar.tokens", n=now.tokens)
            return Content.assemble(
                ("◈ ", style), (tokens if self.size.width < ROOMY else f"{tokens}: {words}", style)
            )
        text = Content.assemble(("◈ ", "$muted"), (say("bar.tokens", n=now.tokens), "bold"))
        if not now.stale:
            return text
        doubt = "bar.rereading" if now.reading else "bar.not_confirmed"
        return Content.assemble(text, (f" ({say(doubt)})", "$warning"))

    def _remaining(
        self, rank: int, period: str, left: int | None, limit: int | None, resets_at: int | None = None
    ) -> list[tuple[int, Content]]:
        if limit == 0 or left is None:
            return []
        if limit is None or left >= SCARCE * limit:
            return [(rank, Content.styled(say(f"bar.{period}", n=left), "$muted"))]
        text = say(f"bar.scarce_{period}", n=left)
        if resets_at is not None and resets_at > self.status.now and self.size.width >= ROOMY:
            text = say("bar.until", what=text, time=moment(resets_at, self.status.now))
        # A scarce limit is important: it gets the low rank of the session's cost.
        return [(2, Content.styled(text, "$warning"))]
