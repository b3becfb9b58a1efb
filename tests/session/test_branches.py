"""Branches of a conversation: what goes over the wire, and what a restart shows."""

from __future__ import annotations

import asyncio
from pathlib import Path

from elumenta_tui.chat.models import find_model
from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.session import Refusal
from elumenta_tui.session.events import AnsweredBeside, AnswerEnded, PathChanged
from tests.leading import Chat, leading, resumed, said
from tests.service import Service, delta, ended, sse, started
from tests.storing import files_with, until
from tests.thorough import thorough


def lines(chat: Chat) -> list[str]:
    """What is shown."""
    return [text for answer in chat.session.conversation.shown for text in (answer.prompt, answer.text)]


async def after_restart(service: Service, home: Path) -> list[str]:
    async with leading(service, home, looks_back=False, resume=True) as later:
        await later.session.begun()
        return lines(later)


@thorough
async def test_an_edited_prompt_is_sent_with_what_stands_above_it_and_both_branches_survive_a_restart(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            await said(chat, service, "one", "1")
            two = await said(chat, service, "two", "2")
            await said(chat, service, "three", "3")
            service.queue(sse(started(), delta("2!"), ended(2, 298)))
            edited = chat.session.branches.edit(two.turn, "two, edited")
            assert isinstance(edited, Answer)
            assert chat.all(PathChanged)[-1].answer is edited
            await chat.until(lambda: edited.over)
            assert service.posts[-1].texts == ["one", "1", "two, edited"]
        assert await after_restart(service, tmp_path) == ["one", "1", "two, edited", "2!"]
        async with resumed(service, tmp_path) as later:
            conversation = later.session.conversation
            first, second = conversation.versions(conversation.path()[-1])
            assert (first.prompt, second.prompt) == ("two", "two, edited")
            later.session.branches.select(first)
            assert lines(later) == ["one", "1", "two", "2", "three", "3"]
        assert await after_restart(service, tmp_path) == ["one", "1", "two", "2", "three", "3"]


@thorough
async def test_another_version_of_an_earlier_answer_is_of_any_model_with_any_temperature_and_remark(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            one = await said(chat, service, "one", "1")
            await said(chat, service, "two", "2")
            service.queue(sse(started(), delta("i"), ended(2, 298)))
            model = find_model(chat.session.models, "claude-haiku-4.5")
            await chat.end_of(
                chat.session.branches.regenerate(one, model=model, temperature=1.5, remark=" shorter ")
            )
            post = service.posts[-1]
            assert post.texts == ["one", "1", "shorter"]
            assert (post.json["model"], post.json["temperature"]) == ("claude-haiku-4.5", 1.5)
            assert lines(chat) == ["one", "i"]
            await said(chat, service, "three", "3")
            assert service.posts[-1].texts == ["one", "i", "three"]
            assert service.posts[-1].json.get("temperature") is None
        assert await after_restart(service, tmp_path) == ["one", "i", "three", "3"]
        async with resumed(service, tmp_path) as later:
            older, newer = later.session.conversation.path()[0].answers
            assert (newer.remark, newer.options.temperature) == ("shorter", 1.5)
            later.session.branches.choose(older)
            assert lines(later) == ["one", "1", "two", "2"]
        assert await after_restart(service, tmp_path) == ["one", "1", "two", "2"]


@thorough
async def test_a_prompt_after_an_earlier_answer_begins_a_branch_there(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            one = await said(chat, service, "one", "1")
            await said(chat, service, "two", "2")
            chat.session.branches.end_at(one)
        assert await after_restart(service, tmp_path) == ["one", "1"]
        async with resumed(service, tmp_path) as later:
            await said(later, service, "three", "3")
            assert service.posts[-1].texts == ["one", "1", "three"]
        assert await after_restart(service, tmp_path) == ["one", "1", "three", "3"]


async def test_an_edit_while_an_answer_is_coming_lets_it_go_on_beside(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            pause = service.queue_half(sse(delta(" whole"), ended(2, 296)))
            coming = chat.send("one")
            await chat.until(lambda: coming.has_text)
            service.queue(sse(started(), delta("other"), ended(2, 298)))
            edited = await chat.end_of(chat.session.branches.edit(coming.turn, "one, edited"))
            assert chat.session.current is None
            assert not coming.over
            pause.event.set()
            await chat.until(lambda: coming.over)
            assert (coming.state, coming.text) == (AnswerState.COMPLETE, "Half whole")
            assert chat.all(AnsweredBeside) == [AnsweredBeside(coming)]
            assert [each.answer for each in chat.all(AnswerEnded)] == [edited]
            assert chat.session.unread == set()
            chat.session.branches.select(coming.turn)
        assert len(service.posts) == 2
        assert await after_restart(service, tmp_path) == ["one", "Half whole"]


async def test_a_branch_in_which_an_answer_is_coming_is_not_deleted_nor_is_the_last_one(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        one = await said(chat, service, "one", "1")
        assert chat.session.branches.delete(one) is Refusal.NOTHING
        pause = service.queue_half(sse(delta(" whole"), ended(2, 296)))
        coming = chat.send("two")
        await chat.until(lambda: coming.has_text)
        assert chat.session.branches.delete(coming) is Refusal.BUSY
        assert lines(chat) == ["one", "1", "two", "Half"]
        pause.event.set()
        await chat.until(lambda: coming.over)


@thorough
async def test_a_deleted_branch_is_gone_from_the_disk_byte_by_byte(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            await said(chat, service, "one", "1")
            two = await said(chat, service, "two secretprompt", "secretanswer")
            await said(chat, service, "three secretprompt", "secretanswer")
            service.queue(sse(started(), delta("2!"), ended(2, 298)))
            await chat.end_of(chat.session.branches.edit(two.turn, "kept"))
            spent = chat.session.ledger.total.amount
            assert chat.session.branches.delete(two) is None
            assert lines(chat) == ["one", "1", "kept", "2!"]
            assert chat.session.ledger.total.amount == spent
        assert await after_restart(service, tmp_path) == ["one", "1", "kept", "2!"]
        assert not files_with(tmp_path / "data", "secret")


@thorough
async def test_a_new_conversation_from_here_has_the_path_and_the_old_one_stays(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            await said(chat, service, "one", "1")
            two = await said(chat, service, "two", "2")
            old = chat.session.conversation
            chat.session.branches.copy([two])
            new = chat.session.conversation
            assert new.id != old.id
            assert lines(chat) == ["two", "2"]
            await said(chat, service, "three", "3")
            assert service.posts[-1].texts == ["two", "2", "three"]
        assert await after_restart(service, tmp_path) == ["two", "2", "three", "3"]
        async with leading(service, tmp_path, looks_back=False) as later:
            later.session.open(old.id)
            await later.until(lambda: later.session.conversation.id == old.id)
            assert lines(later) == ["one", "1", "two", "2"]


# --------------------------------------------------------------------------------------------- deleting, in two programs


async def again(chat: Chat, service: Service, answer: Answer, text: str) -> Answer:
    service.queue(sse(started(), delta(text), ended(2, 298)))
    return await chat.end_of(chat.session.branches.regenerate(answer))


async def written(chat: Chat) -> None:
    """Wait until all that was changed is on the disk."""
    autosave = chat.session.open_library().autosave
    autosave.flush()
    assert await asyncio.wrap_future(autosave.store.put())


async def test_a_deleted_branch_leaves_the_files_while_the_program_runs(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await said(chat, service, "one", "1")
        two = await said(chat, service, "two secret", "secret")
        assert files_with(tmp_path / "data", "secret")
        assert chat.session.branches.delete(two) is None
        await asyncio.to_thread(until, lambda: not files_with(tmp_path / "data", "secret"))


@thorough
async def test_what_another_program_added_to_a_deleted_branch_stays(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as one:
            await said(one, service, "one", "1")
            two = await said(one, service, "two", "2")
            async with resumed(service, tmp_path) as other:
                newest = other.session.conversation.newest
                assert newest is not None
                await again(other, service, newest, "paid by the other")
                await said(other, service, "three", "below, paid by the other")
                await written(other)
                assert one.session.branches.delete(two) is None
                await written(one)
        async with resumed(service, tmp_path) as later:
            told = [answer.text for answer in later.session.conversation.all_answers()]
            assert told == ["1", "paid by the other", "below, paid by the other"]
            assert lines(later)[2:] == ["two", "paid by the other", "three", "below, paid by the other"]


async def test_another_program_that_shows_a_deleted_branch_does_not_bring_it_back(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as one:
            await said(one, service, "one", "1")
            two = await said(one, service, "two", "2")
            newer = await again(one, service, two, "2, again")
            async with resumed(service, tmp_path) as other:
                for gone in (newer, two):
                    assert one.session.branches.delete(gone) is None
                await written(one)
                other.session.branches.choose(other.session.conversation.path()[-1].answers[0])
                await written(other)
        assert await after_restart(service, tmp_path) == ["one", "1"]


@thorough
async def test_a_prompt_goes_with_its_last_answer_also_where_two_programs_delete_one_each(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as one:
            await said(one, service, "one", "1")
            two = await said(one, service, "two", "2")
            await again(one, service, two, "2, again")
            async with resumed(service, tmp_path) as other:
                assert one.session.branches.delete(two) is None
                await written(one)
                assert (
                    other.session.branches.delete(other.session.conversation.path()[-1].answers[-1]) is None
                )
                await written(other)
        assert await after_restart(service, tmp_path) == ["one", "1"]


async def test_a_copy_says_what_its_version_was_asked_for(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            one = await said(chat, service, "one", "long")
            service.queue(sse(started(), delta("short"), ended(2, 296)))
            shorter = await chat.end_of(chat.session.branches.regenerate(one, remark="shorter"))
            chat.session.branches.copy([shorter])
        async with resumed(service, tmp_path) as later:
            [copy] = later.session.conversation.shown
            assert (copy.text, copy.remark, copy.charge.amount) == ("short", "shorter", 0)


async def test_a_second_press_asks_for_no_second_version_but_other_wishes_are_sent(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        one = await said(chat, service, "one", "1")
        regenerate = chat.session.branches.regenerate
        chat.session.reaction = 60.0
        one.asked_at -= 60.0
        first = regenerate(one)
        assert isinstance(first, Answer)
        assert regenerate(one) is regenerate(first) is Refusal.ECHO
        assert isinstance(regenerate(one, remark="shorter"), Answer)
        assert isinstance(regenerate(one, temperature=0.1), Answer)
        await service.posted(4)
        await chat.session.settled()
        chat.session.reaction = 0.0
        await chat.end_of(regenerate(one))
        assert len(service.posts) == 5


async def test_a_replaced_version_that_ends_is_no_end_of_what_is_shown(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        pause = service.queue_half(sse(delta(" whole"), ended(2, 296)))
        coming = chat.send("one")
        await chat.until(lambda: coming.has_text)
        service.queue(sse(started(), delta("other"), ended(2, 298)))
        again = await chat.end_of(chat.session.branches.regenerate(coming))
        pause.event.set()
        await chat.until(lambda: coming.over)
        assert [each.answer for each in chat.all(AnswerEnded)] == [again]
        assert [each.answer for each in chat.all(AnsweredBeside)] == [coming]
        assert [each.answer for each in chat.session.ended_beside] == [coming]
        chat.session.mark_read([coming])
        assert chat.session.ended_beside == []
