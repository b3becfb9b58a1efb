"""What each request turns out to have cost: no charge is counted twice, none is put down to another request, and sums settle."""

from __future__ import annotations

from pathlib import Path

from elumenta_tui.chat.ledger import Total
from elumenta_tui.chat.models import find_model
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.i18n.answers import charge_words
from elumenta_tui.session import Refusal
from tests.leading import Chat, leading, resumed, said
from tests.service import Call, Pause, Reset, Service, Step, delta, ended, json_response, sse, started

BALANCE = "/api/v2/balance"
DOWN = json_response(500, {"error": "provider_error", "message": "x"})


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
        assert broken.charge.amount == 2
        assert session.ledger.total == Total(300 - 266, 0)


def compare(chat: Chat, *slugs: str) -> list[Answer]:
    models = [find_model(chat.session.models, slug) for slug in slugs]
    answers = chat.session.comparing.ask("hello", models)
    assert not isinstance(answers, Refusal), answers
    return list(answers)


async def begun(chat: Chat) -> None:
    await chat.session.begun()
    chat.session.read_account()
    await chat.session.settled()


def stated(cost: int, balance: int | None) -> list[Step]:
    return [sse(started(id=f"gen_{cost}"), delta("Yes."), ended(cost, balance, id=f"gen_{cost}"))]


CUT: list[Step] = [sse(started(), delta("Part"), done=False), Reset()]


def by_model(service: Service, scripts: dict[str, list[Step]]) -> None:
    def usual(call: Call) -> list[Step]:
        return scripts[call.json["model"]]

    service.usually = usual


async def test_of_a_comparison_with_a_failed_answer_the_balance_tells_what_that_one_cost(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            await begun(chat)
            # The end that is seen last has not stated the balance after all of them.
            late = Pause()
            scripts = {"gpt-5": CUT, "gpt-5.2": stated(4, 294), "gemini-3-pro": [late, *stated(3, 297)]}
            by_model(service, scripts)
            failed, second, last = compare(chat, *scripts)
            await chat.until(lambda: failed.over and second.over and not chat.session.is_settling(failed))
            assert chat.session.ledger.total == Total(4, 1)
            service.balance = 291
            late.event.set()
            await chat.end_of(last)
            await chat.session.settled()
            assert failed.charge.amount == 2
            assert failed.charge.basis == "inferred"
            assert charge_words(failed) == say("charge.changed", n=2, after=291)
            assert chat.session.ledger.total == chat.session.conversation.total == Total(9, 0)
            # The next request begins with what is left.
            service.queue(CUT)
            service.balance = 290
            alone = await chat.ask("and?")
            await chat.session.settled()
            assert alone.charge.amount == 1
        async with resumed(service, tmp_path) as later:
            [turn, _] = later.session.conversation.turns
            assert [answer.charge.amount for answer in turn.answers] == [2, 4, 3]
            assert later.session.conversation.total == Total(10, 0)


async def test_what_a_failed_answer_cost_is_told_by_the_request_behind_it_if_nothing_was_read_between(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await begun(chat)
        service.route(BALANCE, DOWN)
        service.queue(CUT)
        failed = await chat.ask("one")
        await chat.session.settled()
        assert chat.session.ledger.total == Total(0, 1)
        # Meanwhile another conversation is shown: what it cost is saved all the same.
        left = chat.session.conversation.id
        chat.session.new_conversation()
        service.queue(stated(2, 296))
        await chat.ask("two")
        service.routes.clear()
        service.balance = 296
        chat.session.read_account()
        await chat.session.settled()
        assert (failed.charge.amount, chat.session.ledger.total) == (2, Total(4, 0))
        chat.session.open(left)
        await chat.until(lambda: chat.session.conversation.id == left)
        assert chat.session.conversation.total == Total(2, 0)


async def test_a_charge_that_comes_late_is_told_from_the_next_request(tmp_path: Path) -> None:
    looks = Pause()

    async def sleep(seconds: float) -> None:
        await looks.event.wait()

    async with Service() as service, leading(service, tmp_path, sleep=sleep) as chat:
        await begun(chat)
        service.queue(CUT)
        failed = await chat.ask("one")
        await chat.session.settled()
        # So far it was free, and the balance is looked at again.
        assert (failed.charge.amount, chat.session.is_settling(failed)) == (0, True)
        service.queue(stated(2, 296))
        service.balance = 296
        await chat.ask("two")
        assert (failed.charge.amount, chat.session.ledger.total) == (2, Total(4, 0))


async def test_where_only_the_sum_of_several_is_known_the_whole_is_exact_and_no_single_one_is_told(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            await begun(chat)
            # Two of the same price, of which one is charged.
            scripts = {"gpt-5-nano": CUT, "claude-haiku-4.5": CUT, "gpt-5.2": CUT}
            by_model(service, scripts)
            service.balance = 295
            answers = compare(chat, *scripts)
            await chat.until(lambda: all(answer.over for answer in answers))
            await chat.session.settled()
            assert [answer.charge.amount for answer in answers] == [None, None, 4]
            assert chat.session.ledger.total == chat.session.conversation.total == Total(5, 0)
            words = say("turn.shared_cost", n=1, cost=say("bar.tokens", n=1))
            assert charge_words(answers[0]) == say("charge.together", words=words)
            found = await chat.session.spending.statistics(1)
            assert found is not None
            # By models it can't be told: it is a column of its own there.
            assert (found.total.spent.known, found.total.spent.unknown, found.total.spent.up_to) == (4, 2, 2)
            assert not found.days[0].elsewhere.spent
        async with resumed(service, tmp_path) as later:
            # What is known of a sum only is not stored.
            assert later.session.conversation.total == Total(4, 2)


async def test_more_than_all_of_them_can_have_cost_is_put_down_to_none_of_them(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await begun(chat)
        by_model(service, {"gpt-5": CUT, "gpt-5.2": stated(4, 296)})
        service.balance = 266
        answers = compare(chat, "gpt-5", "gpt-5.2")
        await chat.until(lambda: all(answer.over for answer in answers))
        await chat.session.settled()
        assert answers[0].charge.amount is None
        assert charge_words(answers[0]) == say("charge.now", balance=266)
        assert chat.session.ledger.total == Total(4, 1)
