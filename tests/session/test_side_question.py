"""A question beside the conversation: what is sent of it, what it costs, and where it is after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui.chat.models import DOCUMENTED_MODELS, Model, find_model
from elumenta_tui.chat.request import Options
from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.session import Refusal, demo_account
from elumenta_tui.session.events import AnsweredElsewhere, AnswerEnded, SideAnswerEnded
from elumenta_tui.session.side_question import cheapest
from tests.leading import Chat, leading, resumed
from tests.service import Close, Pause, Service, delta, ended, json_response, sse, started
from tests.thorough import thorough


def ask_aside(chat: Chat, question: str, *, current: bool = False) -> Answer:
    """Ask beside the conversation; it has to be sent."""
    aside = chat.session.side_question
    answer = aside.ask(question, aside.model(current=current))
    assert not isinstance(answer, Refusal), answer
    return answer


async def test_it_sends_the_context_to_the_cheapest_model_and_changes_nothing(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        session = chat.session
        session.set_system_prompt("Be brief.")
        session.set_options(Options(temperature=0.5))
        service.queue(sse(started(), delta("main"), ended(2, 298)))
        first = await chat.ask("first")
        chat.draft = "half typed"
        service.queue(sse(started("gpt-5-nano"), delta("aside"), ended(1, 297)))
        aside = ask_aside(chat, "beside")
        await chat.until(lambda: aside.over)
        assert service.posts[1].json["model"] == "gpt-5-nano"
        assert service.posts[1].json["temperature"] == 0.5
        assert service.posts[1].messages == [
            ("system", "Be brief."), ("user", "first"), ("assistant", "main"), ("user", "beside"),
        ]  # fmt: skip
        assert (aside.text, aside.charge.amount, session.ledger.total.amount) == ("aside", 1, 3)
        assert session.ledger.balance == 297
        assert (session.last, session.model.slug, chat.draft) == (first, "gpt-5", "half typed")
        assert [each.answer for each in chat.all(SideAnswerEnded)] == [aside]
        assert [each.answer for each in chat.all(AnswerEnded)] == [first]
        assert chat.all(AnsweredElsewhere) == []

        assert session.side_question.drop() is aside
        await chat.ask("second")
        assert ("user", "beside") not in service.posts[2].messages
        assert len(session.ledger.charges) == 3


async def test_it_is_asked_while_an_answer_streams_with_the_text_that_there_is(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        service.queue(sse(started(), delta("whole"), ended()))
        await chat.ask("first")
        begins, goes_on = Pause(), Pause()
        service.queue(
            begins, sse(started(), delta("Half"), done=False), goes_on, sse(delta(" more"), ended())
        )
        main = chat.send("second")
        await service.posted(2)
        service.queue(sse(started(), delta("1"), ended()))
        early = ask_aside(chat, "early")
        await chat.until(lambda: early.over)
        # The prompt that has no text in answer yet is left out: no two messages of the user in a row.
        assert service.posts[2].messages == [("user", "first"), ("assistant", "whole"), ("user", "early")]
        chat.session.side_question.drop()
        begins.event.set()
        await chat.until(lambda: main.has_text)
        service.queue(sse(started(), delta("2"), ended()))
        late = ask_aside(chat, "late", current=True)
        await chat.until(lambda: late.over)
        assert service.posts[3].json["model"] == "gpt-5"
        assert service.posts[3].messages[2:] == [("user", "second"), ("assistant", "Half"), ("user", "late")]
        assert (main.over, chat.session.current) == (False, main)
        goes_on.event.set()
        await chat.until(lambda: main.over)
        assert main.text == "Half more"


@thorough
async def test_a_kept_answer_is_a_branch_that_a_restart_shows_beside_the_path(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            service.queue(sse(started(), delta("one"), ended()))
            first = await chat.ask("first")
            service.queue(sse(started("gpt-5-nano"), delta("aside"), ended(1, 290)))
            aside = ask_aside(chat, "beside")
            assert chat.session.side_question.keep() is None, "it is still coming"
            await chat.until(lambda: aside.over)
            turn = chat.session.side_question.keep()
            assert turn is aside.turn
            assert (turn.parent, turn.is_branch) == (first, True)
            assert chat.session.side_question.answer is None
            assert chat.session.last is first
        for goes_on in (True, False):
            async with resumed(service, tmp_path) as later:
                lead = later.session.conversation
                path = [turn.prompt for turn in lead.path()]
                assert path == ["first"] if goes_on else ["first", "second"]
                kept = lead.turns[1]
                assert (kept.prompt, kept.is_branch, kept.parent) == (
                    "beside",
                    True,
                    lead.turns[0].answers[0],
                )
                answer = kept.answers[0]
                assert (answer.text, answer.model.slug, answer.charge.stated) == ("aside", "gpt-5-nano", 1)
                assert (answer.state, answer.asked_on is not None) == (AnswerState.COMPLETE, True)
                assert later.session.model.slug == "gpt-5"
                if goes_on:
                    service.queue(sse(started(), delta("two"), ended()))
                    await later.ask("second")
                    assert service.posts[-1].messages == [
                        ("user", "first"), ("assistant", "one"), ("user", "second"),
                    ]  # fmt: skip


async def test_kept_below_an_answer_that_still_streams_it_leaves_the_path_and_the_draft(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            pause = Pause()
            service.queue(sse(started(), delta("Half"), done=False), pause, sse(delta(" more"), ended()))
            main = chat.send("first")
            await chat.until(lambda: main.has_text)
            chat.draft = "not sent yet"
            chat.session.draft_changed()
            service.queue(sse(started(), delta("aside"), ended()))
            aside = ask_aside(chat, "beside")
            await chat.until(lambda: aside.over)
            assert chat.session.side_question.keep() is not None
            assert chat.session.current is main
            pause.event.set()
            await chat.until(lambda: main.over)
        async with resumed(service, tmp_path) as later:
            lead = later.session.conversation
            assert [answer.text for answer in lead.answers] == ["Half more"]
            assert [answer.text for answer in lead.all_answers()] == ["Half more", "aside"]
            stored = await later.session.open_library()._load(lead.id)
            assert stored is not None
            assert stored.draft == "not sent yet"


async def test_in_an_empty_conversation_the_kept_question_is_its_beginning(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            service.queue(sse(started(), delta("aside"), ended()))
            aside = ask_aside(chat, "What is\nthis?")
            await chat.until(lambda: aside.over)
            assert chat.session.conversation.id == ""
            turn = chat.session.side_question.keep()
            assert turn is not None
            assert not turn.is_branch
            assert chat.session.conversation.title == "What is"
        async with resumed(service, tmp_path) as later:
            assert [answer.text for answer in later.session.conversation.answers] == ["aside"]


async def test_a_dropped_answer_is_stopped_and_its_cost_counts_once_the_balance_tells_it(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        session = chat.session
        service.queue(sse(started(), delta("main"), ended(2, 298)))
        main = await chat.ask("first")
        service.queue(sse(started(), delta("Half"), done=False), Pause())
        aside = ask_aside(chat, "beside")
        await chat.until(lambda: aside.has_text)
        service.balance = 297
        session.side_question.drop()
        assert aside.was_stopped
        await service.posts[1].client_gone.wait()
        await chat.until(lambda: aside.charge.amount is not None)
        assert (aside.charge.amount, main.charge.amount) == (1, 2)
        assert (session.ledger.total.amount, session.ledger.total.unknown) == (3, 0)
        assert [answer.prompt for answer in session.conversation.all_answers()] == ["first"]


@thorough
async def test_the_balance_after_it_is_not_taken_for_the_cost_of_the_answer_before(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        chat.session.read_account()
        await chat.until(lambda: chat.session.ledger.balance == 300)
        service.route("/api/v2/balance", *json_response(503, {}))
        service.queue(sse(started(), delta("main")))
        main = await chat.ask("first")
        await chat.session.settled()
        service.queue(sse(started(), delta("aside")))
        aside = ask_aside(chat, "beside")
        service.route("/api/v2/balance", *json_response(200, {"token_balance": 290}))
        await chat.until(lambda: aside.over)
        await chat.session.settled()
        chat.session.read_account()
        await chat.until(lambda: chat.session.ledger.balance == 290)
        assert main.charge.amount is None


async def test_there_is_one_at_a_time_and_it_counts_to_the_running_answers(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pauses = [Pause() for _ in range(4)]
        for pause in pauses:
            service.queue(sse(started(), delta("Half"), done=False), pause, sse(ended()))
        aside = ask_aside(chat, "beside")
        question = chat.session.side_question
        assert question.ask("another", chat.session.model) is Refusal.BUSY
        for prompt in ("one", "two", "three"):
            chat.send(prompt)
            chat.session.new_conversation()
        assert chat.session.send("four") is Refusal.TOO_MANY
        await service.posted(4)
        question.drop()
        assert aside.over
        assert not isinstance(chat.session.send("four"), Refusal)
        assert question.ask("beside", chat.session.model) is Refusal.TOO_MANY
        await service.posted(5)
        assert len(service.posts) == 5


async def test_a_broken_answer_is_recovered_free_and_can_be_kept_whole(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        service.queue(sse(started(id="gen_7"), delta("Half"), done=False), Close())
        aside = ask_aside(chat, "beside")
        await chat.until(lambda: aside.over)
        assert aside.state is AnswerState.INTERRUPTED
        service.route(
            "/api/v2/generate/gen_7",
            *json_response(200, {"id": "gen_7", "status": "completed", "result_text": "Half and whole"}),
        )
        chat.session.recover(aside)
        await chat.until(lambda: aside.state is AnswerState.COMPLETE)
        turn = chat.session.side_question.keep()
        assert turn is not None
        assert turn.answers[0].text == "Half and whole"
        assert len(service.posts) == 1


async def beside(chat: Chat, service: Service, question: str) -> Answer:
    """Ask beside the conversation and wait for the end of the answer."""
    service.queue(sse(started(), delta(f"aside {question}"), ended()))
    answer = ask_aside(chat, question)
    await chat.until(lambda: answer.over)
    return answer


@thorough
@pytest.mark.parametrize("versions", [1, 2])
async def test_kept_below_a_deleted_branch_it_hangs_above_and_sends_nothing_of_that(
    tmp_path: Path, versions: int
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            session = chat.session
            service.queue(sse(started(), delta("one"), ended()))
            first = await chat.ask("first")
            service.queue(sse(started(), delta("secret answer"), ended()))
            second = await chat.ask("second")
            await beside(chat, service, "why?")
            if versions == 2:
                service.queue(sse(started(), delta("other"), ended()))
                await chat.end_of(session.branches.regenerate(second))
            assert session.branches.delete(second) is None
            turn = session.side_question.keep()
            assert turn is not None
            assert turn.parent is first
            session.branches.select(turn)
            service.queue(sse(started(), delta("three"), ended()))
            await chat.ask("third")
            assert service.posts[-1].messages == [
                ("user", "first"), ("assistant", "one"), ("user", "why?"), ("assistant", "aside why?"),
                ("user", "third"),
            ]  # fmt: skip
        async with resumed(service, tmp_path) as later:
            assert "secret answer" not in [answer.text for answer in later.session.conversation.all_answers()]
            assert [answer.prompt for answer in later.session.conversation.shown] == [
                "first",
                "why?",
                "third",
            ]


async def test_it_is_kept_in_the_conversation_that_was_read_again_meanwhile(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            session = chat.session
            service.queue(sse(started(), delta("one"), ended()))
            await chat.ask("first")
            await beside(chat, service, "why?")
            before = session.conversation
            session.new_conversation()
            session.open(before.id)
            await chat.until(lambda: session.conversation.id == before.id)
            assert session.conversation is not before
            service.queue(sse(started(), delta("two"), ended()))
            second = await chat.ask("second")
            turn = session.side_question.keep()
            assert turn is not None
            assert turn in session.conversation.turns
            assert turn.parent is session.conversation.turns[0].answers[0]
            assert session.last is second
        async with resumed(service, tmp_path) as later:
            assert [turn.prompt for turn in later.session.conversation.turns] == ["first", "second", "why?"]
            assert [answer.text for answer in later.session.conversation.shown] == ["one", "two"]


@thorough
async def test_what_shows_it_goes_away_and_the_answer_is_kept(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            service.queue(sse(started(), delta("main"), ended()))
            await chat.ask("first")
            service.queue(sse(started(), delta("Half"), done=False), Pause())
            aside = ask_aside(chat, "beside")
            await chat.until(lambda: aside.has_text)
            chat.session.leave_side_question()
        async with resumed(service, tmp_path) as later:
            texts = [(answer.text, answer.was_stopped) for answer in later.session.conversation.all_answers()]
            assert texts == [("main", False), ("Half", True)]
            assert [answer.text for answer in later.session.conversation.answers] == ["main"]


async def test_nothing_of_it_goes_to_the_demo(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            service.queue(sse(started(), delta("Half"), done=False), Pause())
            aside = ask_aside(chat, "beside")
            await chat.until(lambda: aside.has_text)
            chat.session.switch_account(demo_account())
            assert aside.was_stopped
            assert chat.session.side_question.answer is None
            assert chat.session.conversation.turns == []
        async with resumed(service, tmp_path) as later:
            assert [answer.text for answer in later.session.conversation.answers] == ["Half"]


@pytest.mark.parametrize(
    ("models", "current", "plan", "wanted"),
    [
        (DOCUMENTED_MODELS, "gpt-5", "vip", "gpt-5-nano"),
        (DOCUMENTED_MODELS, "deepseek-r1", "vip", "deepseek-r1"),
        ([Model("dear", "", price=3), Model("cheap", "", price=1, streams=False)], "dear", "", "dear"),
        ([Model("dear", "", price=3), Model("wide", "", price=1, price_max=9)], "dear", "", "dear"),
        ([Model("dear", "", price=3), Model("unknown", "")], "dear", "", "dear"),
        ([Model("known", "", price=3)], "unlisted", "", "known"),
        (
            [Model("dear", "", price=3, plan="free"), Model("paid", "", price=1, plan="basic")],
            "dear",
            "free",
            "dear",
        ),
        ((), "unlisted", "", "unlisted"),
    ],
)
def test_the_cheapest_model_that_answers_text_is_asked(
    models: list[Model], current: str, plan: str, wanted: str
) -> None:
    assert cheapest(models, find_model(models, current), plan).slug == wanted
