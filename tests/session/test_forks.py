"""One conversation in two programs, and money over several conversations and accounts: nothing is hidden or counted wrongly."""

from __future__ import annotations

import asyncio
from pathlib import Path

from elumenta_tui.chat.history import RecoveredAnswer
from elumenta_tui.chat.ledger import Total
from elumenta_tui.chat.request import Options
from elumenta_tui.session import real_account
from elumenta_tui.session.events import ConversationShown
from elumenta_tui.store.changes import SaveDraft
from tests.leading import Chat, leading, resumed
from tests.service import Close, Pause, Service, delta, ended, sse, started
from tests.storing import conversation, shelf
from tests.thorough import thorough


def shown(chat: Chat) -> list[str]:
    """Prompts and answers on the screen."""
    return [text for answer in chat.session.conversation.answers for text in (answer.prompt, answer.text)]


def sent(chat: Chat) -> list[str]:
    """What the next request would carry."""
    return [message.text for message in chat.session.conversation.context()]


@thorough
async def test_what_another_program_adds_in_between_is_shown_and_sent_once_the_conversation_is_read_again(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as one:
            service.queue(sse(started(), delta("Half"), done=False), Close())
            await one.ask("first")
            await one.session.settled()
            service.queue(sse(started(), delta("other"), ended()))
            async with resumed(service, tmp_path) as other:
                await other.ask("from the shell")
            for text in ("Whole", "then"):
                service.queue(sse(started(), delta(text), ended()))
            again = one.session.retry()
            assert not isinstance(again, str)
            await one.until(lambda: one.session.current is None)
            await one.ask("second")
        async with resumed(service, tmp_path) as later:
            assert shown(later) == [
                "first", "Half", "first", "Whole", "from the shell", "other", "second", "then",
            ]  # fmt: skip
            assert sent(later) == ["first", "Whole", "from the shell", "other", "second", "then"]


@thorough
async def test_two_first_prompts_in_one_conversation_are_both_shown(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        here.put(SaveDraft(conversation("c1", ""), "typed"))
    async with Service() as service:
        async with (
            leading(service, tmp_path, looks_back=False) as one,
            leading(service, tmp_path, looks_back=False) as other,
        ):
            for chat in (one, other):
                chat.session.open("c1")
                await chat.first(ConversationShown)
                assert chat.session.conversation.id == "c1"
            for chat, answer in ((one, "1"), (other, "2")):
                service.queue(sse(started(), delta(answer), ended()))
                await chat.ask(f"prompt {answer}")
        async with resumed(service, tmp_path) as later:
            assert shown(later) == ["prompt 1", "1", "prompt 2", "2"]


@thorough
async def test_an_older_path_that_is_selected_is_shown_at_the_next_start_until_something_is_asked(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            for prompt in ("one", "two"):
                await chat.ask(prompt)
            lead = chat.session.conversation
            old = lead.turns[1]
            branch = lead.ask("edited", chat.session.model, now=0.0, instead_of=old)
            chat.session.open_library().autosave.prompt_sent(branch)
            branch.end()
            chat.session.mark_changed(branch)
            assert [turn.prompt for turn in lead.path()] == ["one", "edited"]
            chat.session.branches.select(old)
        for asks in (True, False):
            async with resumed(service, tmp_path) as later:
                path = [turn.prompt for turn in later.session.conversation.path()]
                assert path == ["one", "two"] + ([] if asks else ["three"])
                if asks:
                    await later.ask("three")


@thorough
async def test_a_system_prompt_and_options_are_sent_and_kept(tmp_path: Path) -> None:
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            chat.session.set_system_prompt("Be brief.")
            await chat.ask("one")
            chat.session.set_options(Options(temperature=0.5, max_tokens=7))
            chat.session.set_system_prompt("")
            await chat.ask("two")
        bodies = [post.json for post in service.posts]
        assert bodies[0]["messages"][0] == {"role": "system", "content": "Be brief."}
        assert "temperature" not in bodies[0]
        assert bodies[1]["messages"][0]["role"] == "user"
        assert (bodies[1]["temperature"], bodies[1]["max_tokens"]) == (0.5, 7)
        async with resumed(service, tmp_path) as later:
            again = later.session.conversation
            assert (again.system_prompt, again.options) == ("", Options(0.5, 7))
            assert [answer.options for answer in again.answers] == [Options(), Options(0.5, 7)]


# --------------------------------------------------------------------------------------------------------------- money


async def test_an_answer_of_another_account_says_nothing_of_the_balance_of_this_one(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        first, second = Pause(), Pause()
        service.queue(sse(started(), delta("Half"), done=False), first, sse(delta(" whole"), ended(3, 9_000)))
        old = chat.send("to the old account")
        await chat.until(lambda: old.has_text)
        chat.session.switch_account(real_account("nb_live_" + "9" * 40, service.url, idle_timeout=5.0))
        await chat.until(lambda: not chat.session.ledger.stale)
        chat.session.new_conversation()
        service.queue(sse(started(), delta("Half"), done=False), second, sse(delta(" whole"), ended(3, 297)))
        new = chat.send("to the new account")
        await chat.until(lambda: new.has_text)
        first.event.set()
        await chat.until(lambda: old.over)
        assert (old.charge.amount, chat.session.ledger.balance) == (3, 300)
        second.event.set()
        await chat.until(lambda: new.over)
        assert chat.session.ledger.balance == 297


@thorough
async def test_what_an_answer_turns_out_to_cost_counts_also_after_its_conversation_was_opened_again(
    tmp_path: Path,
) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        service.queue(sse(started(), delta("Half"), done=False), Close())
        await chat.ask("the first")
        left = chat.session.conversation.id
        await chat.session.settled()
        chat.session.new_conversation()
        await chat.ask("another")
        chat.session.open(left)
        await chat.until(lambda: chat.session.conversation.id == left)
        [answer] = chat.session.conversation.answers
        answer.offer(RecoveredAnswer("gen_x", "Half and the rest", 7))
        chat.session.recover(answer)
        await asyncio.sleep(0)
        assert chat.session.conversation.total == Total(7, 0)
        assert chat.session.ledger.total == Total(10, 0)
