"""What each request turns out to have cost: no charge is counted twice, and none is put down to another request."""

from __future__ import annotations

from pathlib import Path

from elumenta_tui.chat.turn import Answer
from tests.leading import leading
from tests.service import Reset, Service, delta, ended, sse, started


async def test_a_charge_that_was_overtaken_is_not_counted_again_when_its_path_is_shown(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        session = chat.session
        service.queue(sse(started(), delta("1"), ended(2, 298)))
        await chat.ask("one")
        service.queue(sse(started(), delta("x"), done=False), Reset())
        service.balance = 296
        broken = chat.send("two")
        await chat.until(lambda: broken.over)
        service.balance = 266
        service.queue(sse(started(), delta("edited"), ended(30, 266)))
        edited = session.branches.edit(broken.turn, "two, edited")
        assert isinstance(edited, Answer)
        await chat.until(lambda: edited.over)
        await session.settled()
        session.branches.choose(broken)
        session.read_account()
        await session.settled()
        assert edited.charge.amount == 30
        assert broken.charge.amount in (None, 2)
        assert session.ledger.total.amount <= 300 - 266
