"""The list of a session's conversations: pinned, tagged, deleted and brought back, and what a restart shows of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from elumenta_tui.chat.turn import Answer
from elumenta_tui.session import demo_account, library, real_account
from elumenta_tui.session.events import OpenFailed, PromptsRead
from elumenta_tui.session.listing import Listing
from elumenta_tui.store.changes import Rename, SaveDraft
from elumenta_tui.store.records import Summary
from elumenta_tui.transfer.export import as_json, as_markdown
from tests.leading import Chat, leading
from tests.service import KEY, Pause, Service, delta, ended, sse, started
from tests.storing import PATIENCE, answered, conversation, files_with, ids_on_disk, saved, shelf
from tests.thorough import thorough

SECRET = "zebrafish"


def listing_of(chat: Chat) -> Listing:
    return chat.session.open_library().listing


async def rows(chat: Chat) -> list[Summary]:
    return await listing_of(chat).summaries() or []


async def pick(chat: Chat, *ids: str) -> Sequence[Summary]:
    return [each for each in await rows(chat) if each.id in ids]


def fill(home: Path) -> None:
    with shelf(home / "data") as here:
        for number in range(3):
            here.put(
                saved(
                    answered(f"{SECRET} {number}", f"{SECRET} answer {number}"),
                    conversation(f"c{number}", f"{SECRET} title {number}"),
                )
            )


async def test_pins_and_tags_are_there_after_a_restart_and_in_exports(tmp_path: Path) -> None:
    fill(tmp_path)
    async with Service() as service, leading(service, tmp_path) as chat:
        listing = listing_of(chat)
        await listing.pin(await pick(chat, "c0"), pinned=True)
        await listing.tag(await pick(chat, "c0", "c1"), lambda tags: (*tags, "work", "ёж"))
        first, *_ = await rows(chat)
        assert (first.id, first.is_pinned) == ("c0", True)
    with shelf(tmp_path / "data") as here:
        stored = here.conversation("c0")
        assert as_json(stored)["pinned"] is True
        assert as_json(stored)["tags"] == ["work", "ёж"]
        assert "#work #ёж" in as_markdown(stored)
        assert here.conversation("c2").conversation.tags == ()


async def test_the_conversation_on_the_screen_keeps_the_pin_that_the_list_gave_it(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await chat.ask("2+2")
        id = chat.session.conversation.id
        await listing_of(chat).pin(await pick(chat, id), pinned=True)
        assert chat.session.conversation.is_pinned
        chat.session.open_library().set_tags(("work",))
        await chat.ask("3+3")
        [row] = await rows(chat)
        assert (row.is_pinned, row.tags) == (True, ("work",))
    with shelf(tmp_path / "data") as here:
        assert here.conversation(id).conversation.tags == ("work",)


async def test_what_is_deleted_is_hidden_everywhere_and_stays_on_the_disk_until_the_end(
    tmp_path: Path,
) -> None:
    fill(tmp_path)
    async with Service() as service, leading(service, tmp_path) as chat:
        listing = listing_of(chat)
        deleted = await listing.delete(await pick(chat, "c0", "c1"))
        assert {each.id for each in deleted} == {"c0", "c1"}
        assert [each.id for each in await rows(chat)] == ["c2"]
        assert await listing.prompts(()) == [f"{SECRET} 2"]
        assert ids_on_disk(tmp_path / "data") == {"c0", "c1", "c2"}
        await listing.delete(await pick(chat, "c2"))
        assert await rows(chat) == []
        assert [each.id for each in listing.undelete()] == ["c2"]
        assert [each.id for each in await rows(chat)] == ["c2"]
        assert {each.id for each in listing.undelete()} == {"c0", "c1"}
        assert listing.undelete() == ()
        assert len(await rows(chat)) == 3
    assert ids_on_disk(tmp_path / "data") == {"c0", "c1", "c2"}


async def test_a_search_that_a_newer_one_replaces_finds_nothing_and_ends_nobody(tmp_path: Path) -> None:
    is_free = threading.Event()
    async with Service() as service, leading(service, tmp_path) as chat:
        await chat.ask("one hedgehog")
        autosave = chat.session.open_library().autosave
        await autosave.written()
        autosave.store._reader.ask(lambda _: is_free.wait(PATIENCE))
        both = [asyncio.ensure_future(listing_of(chat).prompts([way])) for way in ("one", "hedgehog")]
        earlier, newest = both
        assert await earlier is None
        is_free.set()
        assert await newest == ["one hedgehog"]


async def test_at_the_end_no_byte_of_it_is_left(tmp_path: Path) -> None:
    fill(tmp_path)
    with shelf(tmp_path / "data") as here:
        here.put(saved(answered("stays", "this stays"), conversation("kept", "Kept")))
    async with Service() as service, leading(service, tmp_path) as chat:
        await listing_of(chat).delete(await pick(chat, "c0", "c1", "c2"))
    assert ids_on_disk(tmp_path / "data") == {"kept"}
    # The index holds the words one by one, folded.
    assert not files_with(tmp_path, SECRET)
    with shelf(tmp_path / "data") as here:
        assert here.titles("stays") == ["Kept"]


async def test_after_a_crash_what_was_deleted_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    async with Service() as service, leading(service, tmp_path) as chat:
        listing = listing_of(chat)
        await listing.delete(await pick(chat, "c0", "c1", "c2"))
        # A killed program never comes to its end.
        monkeypatch.setattr(listing, "take_deletions", list)
    async with Service() as service, leading(service, tmp_path) as chat:
        assert len(await rows(chat)) == 3


@thorough
async def test_what_another_window_has_asked_or_typed_since_is_not_deleted(tmp_path: Path) -> None:
    fill(tmp_path)
    async with Service() as service, leading(service, tmp_path) as chat, leading(service, tmp_path) as other:
        await listing_of(chat).delete(await pick(chat, "c0", "c1", "c2"))
        other.session.open("c1")
        await other.until(lambda: other.session.conversation.id == "c1")
        await other.ask("since then")
        with shelf(tmp_path / "data") as here:
            here.put(SaveDraft(conversation("c2"), "typed since then"))
            here.put(Rename(conversation("c0"), "renamed since then"))
        await chat.session.close()
        assert ids_on_disk(tmp_path / "data") == {"c1", "c2"}
        assert [each.prompt for each in other.session.conversation.answers] == [f"{SECRET} 1", "since then"]


async def test_deleting_what_is_on_the_screen_leads_to_an_empty_conversation_and_back(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        await chat.ask("2+2")
        id = chat.session.conversation.id
        await listing_of(chat).delete(await pick(chat, id))
        assert chat.session.conversation.answers == []
        assert len(listing_of(chat).undelete()) == 1
        chat.session.open(id)
        await chat.until(lambda: chat.session.conversation.id == id)
        assert [each.prompt for each in chat.session.conversation.answers] == ["2+2"]


async def test_the_list_renames_a_conversation_in_which_an_answer_is_coming(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        hold = Pause()
        service.queue(sse(started(), delta("4"), done=False), hold, sse(ended(1, 299)))
        answer = chat.send("2+2")
        await chat.until(lambda: answer.has_text)
        left = chat.session.conversation
        chat.session.new_conversation()
        await listing_of(chat).retitle((await pick(chat, left.id))[0], "Sums")
        chat.session.open(left.id)
        await chat.until(lambda: chat.session.conversation is left)
        assert left.title == "Sums"
        hold.event.set()
        await chat.until(lambda: answer.over)


async def test_deleted_prompts_do_not_come_back_into_the_history_with_the_account(tmp_path: Path) -> None:
    fill(tmp_path)
    async with Service() as service, leading(service, tmp_path) as chat:
        await chat.session.begun()
        await listing_of(chat).delete(await pick(chat, "c0", "c1"))
        for account in demo_account(), real_account(KEY, service.url):
            read = len(chat.all(PromptsRead))
            chat.session.switch_account(account)
            await chat.until(lambda read=read: len(chat.all(PromptsRead)) > read)  # type: ignore[misc]  # a bound default
        assert chat.all(PromptsRead)[-1].prompts == [f"{SECRET} 2"]


async def test_a_conversation_that_is_deleted_while_it_is_opened_is_not_shown(tmp_path: Path) -> None:
    fill(tmp_path)
    async with Service() as service, leading(service, tmp_path) as chat:
        await chat.session.begun()
        found = await pick(chat, "c0")
        chat.draft = "typed before"
        chat.session.open("c0")
        await listing_of(chat).delete(found)
        assert (await chat.first(OpenFailed)).draft == "typed before"
        await chat.session.library.load_history()  # type: ignore[union-attr]  # it is open
        assert chat.session.conversation.id != "c0"


async def test_what_is_typed_while_another_version_is_asked_for_stays_the_draft(tmp_path: Path) -> None:
    async with Service() as service, leading(service, tmp_path) as chat:
        answer = await chat.ask("2+2")
        autosave = chat.session.open_library().autosave
        chat.draft = "half typed"
        chat.session.draft_changed()
        autosave.flush()
        again = chat.session.branches.regenerate(answer)
        # A program that is killed now saves nothing more.
        stored = await asyncio.wrap_future(autosave.store.conversation(chat.session.conversation.id))
        assert stored is not None
        assert stored.draft == "half typed"
        assert isinstance(again, Answer)
        await chat.until(lambda: again.over)
        chat.draft = "3+3"
        chat.session.draft_changed()
        autosave.flush()
        sent = chat.send("3+3")
        stored = await asyncio.wrap_future(autosave.store.conversation(chat.session.conversation.id))
        assert stored is not None
        assert stored.draft == ""
        chat.draft = ""
        await chat.until(lambda: sent.over)


@thorough
async def test_many_deletions_take_nothing_along_and_are_finished_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shelf(tmp_path / "data") as here:
        long = " ".join(f"{SECRET}{number}" for number in range(400))
        for number in range(60):
            owner = conversation(f"c{number}", f"Title {number}")
            answers = [answered(f"p{each}", long, id=f"t{number}x{each}") for each in range(20)]
            here.store.put(*(saved(answer, owner) for answer in answers))
        here.put(SaveDraft(conversation("z", "Z"), "x"))
    monkeypatch.setattr(library, "CLOSING_PATIENCE", 0.1)
    async with Service() as service, leading(service, tmp_path, looks_back=False) as chat:
        await chat.session.begun()
        found = await rows(chat)
        assert len(found) == 61
        await listing_of(chat).delete(found)
        chat.draft = "typed and not sent"
        chat.session.draft_changed()
        assert await asyncio.to_thread(chat.session.close_store) == 0
        assert len(ids_on_disk(tmp_path / "data")) > 1
    with shelf(tmp_path / "data") as here:
        [left] = here.store.summaries(demo=False).result(PATIENCE)
        assert left.draft == "typed and not sent"


async def test_a_draft_that_is_newer_than_the_list_keeps_no_conversation_from_being_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is read a moment before the typed text is saved; the user has seen both when he deletes."""
    # On a busy machine as well, the end has the time to delete.
    monkeypatch.setattr(library, "CLOSING_PATIENCE", PATIENCE)
    async with Service() as service:
        async with leading(service, tmp_path) as chat:
            service.queue(sse(started(), delta(SECRET), ended(2, 298)))
            await chat.end_of(chat.session.send(f"{SECRET}?"))
            found = await pick(chat, chat.session.conversation.id)
            chat.draft = f"{SECRET}, half typed"
            chat.session.draft_changed()
            assert found[0].draft == ""
            await listing_of(chat).delete(found)
            # It moves to the conversation that is new now, as the prompt box keeps it.
            chat.draft = ""
            chat.session.draft_changed()
        assert ids_on_disk(tmp_path / "data") == set()
        assert not files_with(tmp_path / "data", SECRET)
