"""Comparing models: what each request carries, what one failure leaves of the others, and what a restart shows."""

from __future__ import annotations

from pathlib import Path

from elumenta_tui.chat.models import Model, find_model
from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.demo import DemoTransport
from elumenta_tui.session import Refusal, Session, demo_account
from elumenta_tui.session.comparing import columns
from elumenta_tui.session.events import PathChanged
from elumenta_tui.store.records import CutAnswer
from tests.leading import Chat, leading, resumed
from tests.service import (
    LIMITS,
    Call,
    Head,
    Pause,
    Service,
    Step,
    delta,
    ended,
    generated,
    json_response,
    sse,
    started,
)
from tests.thorough import thorough

SLUGS = ("gpt-5", "claude-haiku-4.5", "gemini-3-pro", "deepseek-r1")


def models(session: Session, count: int) -> list[Model]:
    return [find_model(session.models, slug) for slug in SLUGS[:count]]


def by_model(scripts: dict[str, list[Step]]) -> Service:
    """A service that answers each model with a script of its own: requests that leave at once arrive in any order."""
    service = Service()
    service.usually = lambda call: scripts[call.json["model"]]
    return service


def whole(text: str, cost: int = 2, id: str = "") -> list[Step]:
    return [sse(started(id=id or f"gen_{text}"), delta(text), ended(cost, 290, id=id or f"gen_{text}"))]


def compare(chat: Chat, prompt: str, count: int) -> list[Answer]:
    answers = chat.session.comparing.ask(prompt, models(chat.session, count))
    assert not isinstance(answers, Refusal), answers
    return list(answers)


def requested(service: Service) -> dict[str, list[tuple[str, str]]]:
    return {post.json["model"]: post.messages for post in service.posts}


async def test_every_model_gets_the_path_and_the_prompt_and_nothing_of_the_other_answers(
    tmp_path: Path,
) -> None:
    service = by_model({slug: whole(slug) for slug in SLUGS})
    async with service, leading(service, tmp_path) as chat:
        await chat.ask("one")
        answers = compare(chat, "two", 4)
        await chat.until(lambda: all(answer.over for answer in answers))
        assert requested(service) == {
            slug: [("user", "one"), ("assistant", "gpt-5"), ("user", "two")] for slug in SLUGS
        }
        assert len(service.posts) == 5
        assert [answer.text for answer in answers] == list(SLUGS)
        assert [answer.charge.amount for answer in answers] == [2, 2, 2, 2]
        assert chat.session.ledger.total.amount == 10
        # Until one is picked, the first one belongs to the conversation.
        assert chat.session.last is answers[0]
        await chat.ask("three")
        assert service.posts[-1].messages[-2:] == [("assistant", "gpt-5"), ("user", "three")]


@thorough
async def test_the_picked_answer_is_sent_and_all_of_them_survive_a_restart(tmp_path: Path) -> None:
    async with by_model({slug: whole(slug) for slug in SLUGS}) as service:
        async with leading(service, tmp_path) as chat:
            answers = compare(chat, "one", 3)
            assert chat.session.comparing.unpicked is answers[0].turn
            await chat.until(lambda: all(answer.over for answer in answers))
            chat.session.comparing.pick(answers[1])
            assert chat.all(PathChanged)[-1].answer is answers[1]
        async with resumed(service, tmp_path) as later:
            [turn] = later.session.conversation.turns
            assert [(answer.model.slug, answer.text) for answer in columns(turn)] == [
                (slug, slug) for slug in SLUGS[:3]
            ]
            assert turn.chosen is turn.answers[1]
            await later.ask("two")
            assert service.posts[-1].messages == [
                ("user", "one"),
                ("assistant", SLUGS[1]),
                ("user", "two"),
            ]


@thorough
async def test_a_restart_before_a_pick_goes_on_with_the_first_answer(tmp_path: Path) -> None:
    async with by_model({slug: whole(slug) for slug in SLUGS}) as service:
        async with leading(service, tmp_path) as chat:
            answers = compare(chat, "one", 4)
            await chat.until(lambda: all(answer.over for answer in answers))
        async with resumed(service, tmp_path) as later:
            [turn] = later.session.conversation.turns
            assert [answer.text for answer in turn.answers] == list(SLUGS)
            assert turn.chosen is turn.answers[0]


@thorough
async def test_the_prompt_is_on_the_disk_before_any_request_leaves(tmp_path: Path) -> None:
    pause = Pause()
    service = by_model({slug: [sse(started(), done=False), pause] for slug in SLUGS})
    async with service, leading(service, tmp_path) as chat:
        answers = compare(chat, "one", 4)
        for number in range(1, 5):
            await service.posted(number)
        async with resumed(service, tmp_path) as other:
            [turn] = other.session.conversation.turns
            assert turn.prompt == "one"
            assert {answer.model.slug for answer in turn.answers} == set(SLUGS)
        pause.event.set()
        await chat.until(lambda: all(answer.over for answer in answers))


@thorough
async def test_stop_failure_and_retry_of_one_leave_the_others(tmp_path: Path) -> None:
    pause = Pause()
    held: list[Step] = [sse(started(), delta("half"), done=False), pause, sse(delta(" whole"), ended(2, 290))]
    scripts = {
        SLUGS[0]: held,
        SLUGS[1]: held,
        SLUGS[2]: json_response(500, {"error": "provider_error", "message": "broken"}),
    }
    async with by_model(scripts) as service:
        async with leading(service, tmp_path) as chat:
            first, stopped, failed = compare(chat, "one", 3)
            await chat.until(lambda: failed.over and first.has_text and stopped.has_text)
            assert failed.state is AnswerState.FAILED
            chat.session.stop_answer(stopped)
            assert stopped.was_stopped
            assert not first.over
            scripts[SLUGS[2]] = whole("again")
            again = await chat.end_of(chat.session.comparing.retry(failed))
            assert requested(service)[SLUGS[2]] == [("user", "one")]
            assert columns(first.turn) == [first, stopped, again]
            assert first.turn.chosen is first
            assert chat.session.comparing.retry(again) is Refusal.NOTHING
            pause.event.set()
            await chat.until(lambda: first.over)
            assert first.text == "half whole"
            assert len(service.posts) == 4
        async with resumed(service, tmp_path) as later:
            [turn] = later.session.conversation.turns
            assert [answer.text for answer in columns(turn)] == ["half whole", "half", "again"]
            assert turn.chosen is turn.answers[0]


async def test_when_the_first_fails_without_text_the_next_one_belongs_to_the_conversation(
    tmp_path: Path,
) -> None:
    scripts = {
        SLUGS[0]: json_response(500, {"error": "provider_error", "message": "broken"}),
        SLUGS[1]: whole("second"),
    }
    async with by_model(scripts) as service:
        async with leading(service, tmp_path) as chat:
            first, second = compare(chat, "one", 2)
            await chat.until(lambda: first.over and second.over)
            assert chat.session.last is second
            assert [message.text for message in chat.session.conversation.context()] == ["one", "second"]
        async with resumed(service, tmp_path) as later:
            assert later.session.last is not None
            assert later.session.last.text == "second"


@thorough
async def test_the_next_one_belongs_to_a_conversation_that_was_left_before_the_first_failed(
    tmp_path: Path,
) -> None:
    fails, ends = Pause(), Pause()
    scripts: dict[str, list[Step]] = {
        SLUGS[0]: [fails, *json_response(500, {"error": "provider_error", "message": "broken"})],
        SLUGS[1]: [sse(started(), delta("sec"), done=False), ends, sse(delta("ond"), ended())],
        SLUGS[2]: whole("elsewhere"),
        SLUGS[3]: whole("elsewhere too"),
    }
    async with by_model(scripts) as service, leading(service, tmp_path) as chat:
        session = chat.session
        first, second = compare(chat, "one", 2)
        left = session.conversation
        await service.posted(2)
        session.new_conversation()
        others = session.comparing.ask("other", [find_model(session.models, slug) for slug in SLUGS[2:]])
        assert not isinstance(others, Refusal)
        await chat.until(lambda: all(other.over for other in others))
        fails.event.set()
        await chat.until(lambda: first.over)
        assert left.newest is second
        assert chat.all(PathChanged) == [], "it is not shown"
        assert session.comparing.unpicked is others[0].turn
        session.open(left.id)
        await chat.until(lambda: session.conversation is left)
        assert session.comparing.unpicked is first.turn
        session.new_conversation()
        ends.event.set()
        await chat.until(lambda: second.over)
        session.open(left.id)
        await chat.until(lambda: session.conversation.id == left.id)
        assert [message.text for message in session.conversation.context()] == ["one", "second"]


@thorough
async def test_all_answers_that_a_crash_has_cut_are_looked_for(tmp_path: Path) -> None:
    scripts: dict[str, list[Step]] = {
        slug: [sse(started(id=f"gen_{slug}"), delta("ha"), done=False)] for slug in SLUGS
    }
    async with by_model(scripts) as service:
        async with leading(service, tmp_path) as chat:
            broken = compare(chat, "one", 2)
            await chat.until(lambda: all(answer.over for answer in broken))
        async with resumed(service, tmp_path) as later:
            found = [
                generated(f"half of {slug}", prompt="one", id=f"gen_{slug}", model_slug=slug)
                for slug in SLUGS
            ]
            service.route("/api/v2/user/history", *json_response(200, {"items": found, "total": 4}))
            answers = later.session.conversation.turns[0].answers
            id = later.session.conversation.id
            later.session.crash_found(
                [CutAnswer(answer.id, id, "", answer.prompt, 1, False) for answer in answers]
            )
            await later.until(lambda: all(answer.recovered is not None for answer in answers))
            for answer in answers:
                later.session.recover(answer)
            assert [answer.text for answer in answers] == [f"half of {slug}" for slug in SLUGS[:2]]


async def test_an_answer_is_asked_for_again_once_and_a_second_press_merges_nothing(tmp_path: Path) -> None:
    pause = Pause()
    scripts: dict[str, list[Step]] = {
        SLUGS[0]: whole("first"),
        SLUGS[1]: whole("second"),
        SLUGS[2]: [sse(started(), delta("half"), done=False)],
    }
    async with by_model(scripts) as service, leading(service, tmp_path) as chat:
        comparing = chat.session.comparing
        first, second, broken = compare(chat, "one", 3)
        await chat.until(lambda: first.over and second.over and broken.over)
        scripts[SLUGS[2]] = [sse(started(), delta("half"), done=False), pause]
        again = comparing.retry(broken)
        assert isinstance(again, Answer)
        assert comparing.retry(broken) is Refusal.NOTHING
        await chat.until(lambda: again.has_text)
        chat.session.stop_answer(again)
        assert comparing.retry(broken) is Refusal.NOTHING, "the later one is the column now"
        assert comparing.refusal_of_retry(again) is None

        chat.session.reaction = 60.0
        scripts[SLUGS[0]] = [sse(started(), delta("both"), done=False), pause]
        merged = comparing.merge(first.turn, first.model, "Merge them.")
        assert isinstance(merged, Answer)
        assert comparing.merge(first.turn, first.model, "Merge them.") is Refusal.ECHO
        assert isinstance(comparing.merge(first.turn, second.model, "Merge them."), Answer)
        await service.posted(6)
        chat.session.reaction = 0.0
        assert isinstance(comparing.merge(first.turn, first.model, "Merge them."), Answer)
        await service.posted(7)
        assert len(service.posts) == 7
        pause.event.set()


async def test_nothing_is_sent_if_not_all_can_be(tmp_path: Path) -> None:
    pause = Pause()
    service = by_model({slug: [sse(started(), delta("a"), done=False), pause] for slug in SLUGS})
    async with service, leading(service, tmp_path) as chat:
        comparing = chat.session.comparing
        assert comparing.ask("one", models(chat.session, 1)) is Refusal.NOTHING
        assert comparing.ask("one", [*models(chat.session, 1)] * 2) is Refusal.NOTHING
        running = chat.send("elsewhere")
        await chat.until(lambda: running.has_text)
        assert comparing.ask("two", models(chat.session, 2)) is Refusal.BUSY
        chat.session.new_conversation()
        assert comparing.ask("two", models(chat.session, 4)) is Refusal.TOO_MANY
        assert chat.session.conversation.turns == []
        assert len(service.posts) == 1
        pause.event.set()


async def test_nothing_is_sent_if_fewer_requests_are_left(tmp_path: Path) -> None:
    left = {**LIMITS, "X-RateLimit-Remaining-Hour": "2"}
    async with Service() as service, leading(service, tmp_path) as chat:
        service.queue(Head(headers={**Head().headers, **left}), *whole("one"))
        await chat.ask("one")
        assert chat.session.comparing.ask("two", models(chat.session, 3)) is Refusal.TOO_MANY
        assert len(service.posts) == 1
        assert chat.session.comparing.refusal("two", models(chat.session, 2)) is None


@thorough
async def test_a_merge_sends_the_prompt_and_all_complete_answers_as_quotes(tmp_path: Path) -> None:
    scripts: dict[str, list[Step]] = {
        SLUGS[0]: whole("<think>hm</think>first"),
        SLUGS[1]: whole("second\n\nlines"),
    }
    async with by_model(scripts) as service:
        async with leading(service, tmp_path) as chat:
            first, second = compare(chat, "one", 2)
            await chat.until(lambda: first.over and second.over)
            scripts[SLUGS[0]] = whole("both")
            announced = chat.session.comparing.merge_request(first.turn, first.model, "Merge them.")
            merged = await chat.end_of(chat.session.comparing.merge(first.turn, first.model, "Merge them."))
            assert service.posts[-1].messages == [
                ("user", "one"),
                ("user", "Merge them.\n\n1.\n\n> first\n\n2.\n\n> second\n>\n> lines"),
            ]
            assert [(each.role, each.text) for each in announced.messages] == service.posts[-1].messages
            assert first.turn.chosen is first
            assert columns(first.turn) == [first, second, merged]
            assert merged.charge.amount == 2
        async with resumed(service, tmp_path) as later:
            [turn] = later.session.conversation.turns
            assert (turn.answers[-1].text, turn.answers[-1].remark) == ("both", "Merge them.")
            assert turn.chosen is turn.answers[0]
            later.session.comparing.pick(turn.answers[-1])
            await later.ask("two")
            assert service.posts[-1].messages == [("user", "one"), ("assistant", "both"), ("user", "two")]


async def test_the_demo_plays_a_slow_and_a_failing_one_of_four(tmp_path: Path) -> None:
    demo = demo_account(lambda: DemoTransport(speed=float("inf")))
    async with Service() as service, leading(service, tmp_path, account=demo) as chat:
        answers = compare(chat, "/demo compare", 4)
        await chat.until(lambda: all(answer.over for answer in answers))
        states = [answer.state for answer in answers]
        assert states.count(AnswerState.INTERRUPTED) == 1
        assert states.count(AnswerState.COMPLETE) == 3
        assert len({answer.text for answer in answers}) > 2


def posts_of(service: Service, slug: str) -> list[Call]:
    return [post for post in service.posts if post.json["model"] == slug]


async def test_a_broken_answer_is_recovered_while_the_others_stand(tmp_path: Path) -> None:
    scripts: dict[str, list[Step]] = {
        SLUGS[0]: whole("first"),
        SLUGS[1]: [sse(started(id="gen_two"), delta("sec"), done=False)],
    }
    async with by_model(scripts) as service, leading(service, tmp_path) as chat:
        found = generated("second", prompt="one", id="gen_two", model_slug=SLUGS[1])
        service.route("/api/v2/user/history", *json_response(200, {"items": [found], "total": 1}))
        first, second = compare(chat, "one", 2)
        await chat.until(lambda: second.recovered is not None)
        chat.session.recover(second)
        assert (first.text, second.text, second.state) == ("first", "second", AnswerState.COMPLETE)
        assert len(posts_of(service, SLUGS[1])) == 1
