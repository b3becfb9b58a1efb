"""What each request turns out to have cost: no charge is counted twice, and none is put down to another request."""

from __future__ import annotations

from pathlib import Path

from tests.leading import leading, said
from tests.service import Reset, Service, delta, ended, sse, started


async def test_a_charge_that_was_overtaken_is_not_counted_again_when_its_path_is_shown(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        session = chat.session
        await said(chat, service, "one", "1")
        service.queue(sse(started(), delta("x"), done=False), Reset())
        service.balance = 296
        broken = await chat.ask("two")
        service.balance = 266
        service.queue(sse(started(), delta("edited"), ended(30, 266)))
        edited = await chat.end_of(session.branches.edit(broken.turn, "two, edited"))
        await session.settled()
        session.branches.choose(broken)
        session.read_account()
        await session.settled()
        assert edited.charge.amount == 30
        assert broken.charge.amount in (None, 2)
        assert session.ledger.total.amount <= 300 - 266
