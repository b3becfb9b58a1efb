"""Imports: what becomes of the exports of this program and of others, twice, later, and of hostile ones."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from elumenta_tui.chat.attachment import Attachment, image_attachment, text_attachment
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.ledger import Total
from elumenta_tui.chat.queue import QueuedPrompt
from elumenta_tui.chat.request import Options
from elumenta_tui.chat.spending import Spent
from elumenta_tui.chat.turn import Answer, AnswerState, Turn
from elumenta_tui.process.files import write_new
from elumenta_tui.session import AsyncioTasks, Session, demo_account
from elumenta_tui.store import FILE
from elumenta_tui.store.database import examine
from elumenta_tui.store.merging import another
from elumenta_tui.store.merging import conversations as conversations_of
from elumenta_tui.store.tree import Stored
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.transfer.export import export
from elumenta_tui.transfer.importing.formats import read
from elumenta_tui.transfer.importing.left_out import Kind, NotImportable
from elumenta_tui.transfer.selection import ALL, Selection
from tests.storing import MODEL, Shelf, answered, one_after_another, opened, shelf
from tests.thorough import examples, thorough
from tests.transfer.exports import PNG, ROOT, branched, chatgpt, claude, message, said


def imported(here: Shelf, path: Path, **options: Any) -> list[Stored]:
    """Import a file; the conversations of it as they are then read."""
    found = read(path, **options)
    for change in found.changes.values():
        assert here.put(change)
    return [here.conversation(id) for id in found.changes]


def written(tmp_path: Path, value: Any, name: str = "conversations.json") -> Path:
    path = tmp_path / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def outline(stored: Stored) -> list[tuple[str, str, str]]:
    """Prompt, answer and the text that the prompt follows, of all answers."""
    return [
        (each.prompt, each.text, each.turn.parent.text if each.turn.parent is not None else "")
        for each in stored.conversation.all_answers()
    ]


def path_of(stored: Stored) -> list[str]:
    return [text for answer in stored.conversation.shown for text in (answer.prompt, answer.text)]


# --------------------------------------------------------------------------------------------------------------- ChatGPT


def test_chatgpt_branches_path_times_and_models_are_kept(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        [stored] = imported(here, written(tmp_path, [branched()]))
    assert outline(stored) == [
        ("Hello", "Hi", ""),
        ("First way", "Answer one", "Hi"),
        ("First way", "Answer two", "Hi"),
        ("Other way", "Answer three", "Hi"),
    ]
    assert path_of(stored) == ["Hello", "Hi", "First way", "Answer two"]
    conversation = stored.conversation
    assert (conversation.title, conversation.created_on, stored.used_on) == (
        "From elsewhere",
        1_700_000_000.0,
        1_700_000_500.5,
    )
    answer = conversation.shown[-1]
    assert (answer.model.slug, answer.asked_on, answer.state) == (
        "gpt-4o",
        1_700_000_010.0,
        AnswerState.COMPLETE,
    )
    assert len(conversation.versions(conversation.turns[1])) == 2


def test_nothing_of_an_import_counts_as_spent_or_as_unknown(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        [stored] = imported(here, written(tmp_path, [branched()]))
        assert here.store.spent_by_others([0.0], demo=False).result()[0] == Spent()
        assert here.store.measured(demo=False).result() == {}
    assert stored.conversation.total == Total(0, 0)
    assert all(each.is_foreign and each.charge.amount is None for each in stored.conversation.all_answers())
    with opened(tmp_path / "data" / "conversations.db") as database:
        assert database.execute("SELECT count(*) FROM charge").fetchone() == (0,)


async def test_a_chat_of_another_service_goes_on_with_a_model_of_this_one(tmp_path: Path) -> None:
    with shelf(tmp_path) as here:
        imported(here, written(tmp_path, [branched()]), demo=True)
    tasks = AsyncioTasks()
    session = Session(demo_account(), tasks=tasks, data=tmp_path, model="gpt-5", resume=True)
    await session.begun()
    assert session.conversation.title == "From elsewhere"
    assert session.model.slug == "gpt-5"
    await tasks.close()
    await session.close()


def test_tools_are_left_out_and_counted_and_what_is_said_around_them_is_one_answer(tmp_path: Path) -> None:
    source = chatgpt(
        message("s", "root", "system", "You are helpful"),
        message("h", "s", "user", "hidden", metadata={"is_visually_hidden_from_conversation": True}),
        message("u", "h", "user", "Draw"),
        message("t", "u", "assistant", "thought", kind="thoughts"),
        message("a", "t", "assistant", "I will look."),
        message("c", "a", "assistant", "search()", recipient="browser"),
        message("r", "c", "tool", "result"),
        message("b", "r", "assistant", "Here \ue200cite\ue202turn0\ue201it is."),
    )
    path = written(tmp_path, [source])
    with shelf(tmp_path / "data") as here:
        [stored] = imported(here, path)
    assert outline(stored) == [("Draw", "I will look.\n\nHere it is.", "")]
    assert +read(path).left_out == {
        Kind.SYSTEM: 2,
        Kind.THOUGHTS: 1,
        Kind.TOOL_CALLS: 1,
        Kind.TOOL_RESULTS: 1,
    }


def test_pictures_come_along_from_an_archive_and_are_counted_where_they_are_missing(tmp_path: Path) -> None:
    def pointer(id: str) -> dict[str, Any]:
        return {"content_type": "image_asset_pointer", "asset_pointer": f"file-service://{id}"}

    source = chatgpt(
        message(
            "u",
            "root",
            "user",
            pointer("file-abc"),
            pointer("file-none"),
            "What is it?",
            kind="multimodal_text",
        ),
        message("a", "u", "assistant", "A dot"),
    )
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("conversations.json", json.dumps([source]))
        file.writestr("file-abc-dot.png", PNG)
    with shelf(tmp_path / "data") as here:
        [stored] = imported(here, archive)
        [attachment] = stored.conversation.turns[0].attachments
        assert (attachment.kind, attachment.is_lost, bool(attachment.data)) == ("image", False, True)
        assert read(archive).left_out[Kind.PICTURES] == 1


def test_a_later_export_adds_only_what_is_new_and_the_path_goes_on(tmp_path: Path) -> None:
    first = chatgpt(message("u", "root", "user", "One"), message("a", "u", "assistant", "1"))
    later = chatgpt(
        message("u", "root", "user", "One"),
        message("a", "u", "assistant", "1"),
        message("u2", "a", "user", "Two"),
        message("a2", "u2", "assistant", "2"),
        title="Renamed there",
    )
    with shelf(tmp_path / "data") as here:
        [stored] = imported(here, written(tmp_path, [first]))
        assert path_of(stored) == ["One", "1"]
        [again] = imported(here, written(tmp_path, [later]))
        assert path_of(again) == ["One", "1", "Two", "2"]
        # What is here stays as it is.
        assert again.conversation.title == "From elsewhere"
        [third] = imported(here, written(tmp_path, [later]))
        assert outline(third) == outline(again)


def test_an_answer_that_comes_later_takes_the_place_of_none(tmp_path: Path) -> None:
    asked = chatgpt(message("u", "root", "user", "One"))
    later = chatgpt(message("u", "root", "user", "One"), message("a", "u", "assistant", "1"))
    with shelf(tmp_path / "data") as here:
        [stored] = imported(here, written(tmp_path, [asked]))
        [answer] = stored.conversation.answers
        assert (answer.state, answer.failure) == (
            AnswerState.FAILED,
            Failure("unanswered", Billing.NOT_CHARGED),
        )
        [again] = imported(here, written(tmp_path, [later]))
        assert path_of(again) == ["One", "1"]


def test_what_was_asked_here_since_stays_on_the_path_and_the_import_is_a_branch(tmp_path: Path) -> None:
    first = chatgpt(message("u", "root", "user", "One"), message("a", "u", "assistant", "1"))
    later = chatgpt(
        message("u", "root", "user", "One"),
        message("a", "u", "assistant", "1"),
        message("u2", "a", "user", "There"),
        message("a2", "u2", "assistant", "2"),
    )
    with shelf(tmp_path / "data") as here:
        [stored] = imported(here, written(tmp_path, [first]))
        conversation = stored.conversation
        own = conversation.ask("Here", MODEL, now=0.0, on=1_800_000_000.0)
        own.turn.id = own.id = "own"
        own.add("mine")
        own.end(2, 5)
        from elumenta_tui.store.records import ConversationRecord
        from tests.storing import saved

        assert here.put(saved(own, ConversationRecord.of(conversation, demo=False), place=2))
        [again] = imported(here, written(tmp_path, [later]))
    assert path_of(again) == ["One", "1", "Here", "mine"]
    assert ("There", "2", "1") in outline(again)


def test_messages_that_follow_themselves_or_nothing_are_all_there(tmp_path: Path) -> None:
    source = chatgpt(message("u", "root", "user", "One"), message("a", "u", "assistant", "1"))
    source["mapping"]["u"]["parent"] = "a"
    source["mapping"]["x"] = message("x", "nowhere", "user", "Alone")
    with shelf(tmp_path / "data") as here:
        [stored] = imported(here, written(tmp_path, [source]))
    assert {(prompt, text) for prompt, text, _ in outline(stored)} >= {("Alone", "")}
    assert "1" in "".join(text for _, text, _ in outline(stored))


# ---------------------------------------------------------------------------------------------------------------- Claude


def test_claude_messages_stand_in_a_row_or_in_branches(tmp_path: Path) -> None:
    straight = claude(
        said("m1", "human", "One"), said("m2", "assistant", "1"), said("m3", "human", "Two"), id="s"
    )
    tree = claude(
        said("m1", "human", "One", parent=ROOT),
        said("m2", "assistant", "1", parent="m1"),
        said("m3", "human", "Two", parent="m2"),
        said("m4", "assistant", "2", parent="m3"),
        said("m5", "human", "Two, edited", parent="m2"),
        said("m6", "assistant", "3", parent="m5"),
        id="t",
    )
    with shelf(tmp_path / "data") as here:
        found = {s.conversation.id: s for s in imported(here, written(tmp_path, [straight, tree]))}
    first, second = found.values()
    by_length = sorted((first, second), key=lambda s: len(outline(s)))
    assert outline(by_length[0]) == [("One", "1", ""), ("Two", "", "1")]
    assert outline(by_length[1]) == [("One", "1", ""), ("Two", "2", "1"), ("Two, edited", "3", "1")]
    assert path_of(by_length[1]) == ["One", "1", "Two, edited", "3"]
    assert by_length[1].conversation.shown[0].model.name == "Claude"


def test_claude_files_with_their_text_are_attached_and_others_counted(tmp_path: Path) -> None:
    source = claude(
        said(
            "m1",
            "human",
            "Look",
            attachments=[{"file_name": "a.py", "extracted_content": "x = 1\n"}],
            files=[{"file_name": "b.png"}],
        ),
        said("m2", "assistant", "", content=[
            {"type": "thinking", "thinking": "hm"}, {"type": "tool_use"}, {"type": "text", "text": "Seen"}, {"type": "novel"},
        ]),
    )  # fmt: skip
    path = written(tmp_path, [source])
    with shelf(tmp_path / "data") as here:
        [stored] = imported(here, path)
    [attachment] = stored.conversation.turns[0].attachments
    assert (attachment.name, attachment.text, attachment.language) == ("a.py", "x = 1\n", "python")
    assert outline(stored) == [("Look", "Seen", "")]
    assert +read(path).left_out == {Kind.FILES: 1, Kind.THOUGHTS: 1, Kind.TOOL_CALLS: 1, Kind.OTHER: 1}


# ----------------------------------------------------------------------------------------------------------- hostile files


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("nonsense", "no_json"),
        ('{"a": 1,\n}', "no_json"),
        ("[" * 100_000, "too_deep"),
        ("[" + "9" * 10_000 + "]", "number"),
        ("42", "unknown"),
        ("{}", "unknown"),
        ('[{"a": 1}]', "unknown"),
        ('{"format": "elumenta-tui", "version": 99, "conversations": []}', "newer"),
        ('{"format": "elumenta-tui", "version": 1, "conversations": {}}', "place"),
        ('{"format": "elumenta-tui", "version": 1, "conversations": [3]}', "place"),
        ('[{"mapping": {}}, 5]', "place"),
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(NotImportable) as refused:
        read(written(tmp_path, text))
    assert refused.value.problem == problem


def test_bytes_archives_and_places_that_are_no_exports_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"[\xff]")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04" + b"x" * 100)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        file.writestr("a.txt", "x")
    (tmp_path / "empty").mkdir()
    for name, problem in (
        ("binary", "no_text"),
        ("broken.zip", "broken_archive"),
        ("other.zip", "archive"),
        ("empty", "directory"),
    ):
        with pytest.raises(NotImportable) as refused:
            read(tmp_path / name)
        assert refused.value.problem == problem
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing")


def test_an_archive_may_not_unpack_to_more_than_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from elumenta_tui.transfer.importing import source

    monkeypatch.setattr(source, "MOST", 10_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("conversations.json", " " * 1_000_000)
    with pytest.raises(NotImportable) as refused:
        read(tmp_path / "bomb.zip")
    assert refused.value.problem == "too_large"


WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""Each example starts several stores: making one smaller would take minutes."""

values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
junk = values | st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=5), values, max_size=4)


@thorough
@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_value_in_any_place_is_read_or_refused_and_can_be_stored(
    tmp_path: Path, data: st.DataObject
) -> None:
    own = json.loads("".join(export([every_state()], "json", selection=ALL)))
    source = data.draw(
        st.sampled_from([own, [branched()], [claude(said("m", "human", "x"), said("n", "assistant", "y"))]])
    )
    at = source
    for _ in range(data.draw(st.integers(1, 7))):
        keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else []
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        holder, at = at, at[key]
    holder[key] = data.draw(junk)
    path = written(tmp_path, source)
    try:
        found = read(path)
    except NotImportable:
        return
    for change in found.changes.values():
        for turn, answer, text in change.answers:
            assert clean(text) == text
            assert clean(turn.prompt) == turn.prompt
            assert answer.answer(turn.turn(None), text).over


def overdone(value: Any) -> Any:
    """The same JSON, in which every value but what tells the format is longer or larger than any that is stored."""
    if isinstance(value, dict):
        kept = ("role", "content_type", "author", "sender", "type", "parent", "children", "format", "version")
        return {key: item if key in kept else overdone(item) for key, item in value.items()}
    if isinstance(value, list):
        return [overdone(item) for item in value]
    if isinstance(value, str):
        return value + " \u202e\x1b[31m" + "long " * 500
    return value if isinstance(value, bool) else 10**30


@pytest.mark.parametrize("source", ["own", "chatgpt", "claude"])
def test_what_an_import_writes_is_what_this_program_writes(tmp_path: Path, source: str) -> None:
    made: dict[str, Any] = {
        "own": json.loads("".join(export([every_state()], "json", selection=ALL))),
        "chatgpt": [branched()],
        "claude": [claude(said("m", "human", "x"), said("n", "assistant", "y"))],
    }
    given = overdone(made[source])
    if source == "own":
        given["conversations"][0]["tags"] = [f"tag{n}" for n in range(500)]
    with shelf(tmp_path / "data") as here:
        [stored] = imported(here, written(tmp_path, given))
        assert stored.conversation.turns
    assert examine(tmp_path / "data" / FILE, thorough=True, rows=True) == set()


# ------------------------------------------------------------------------------------------------------------ our own JSON


def every_state() -> Stored:
    whole = answered("First", "Whole.")
    stopped = answered("Second", "Half an", ended=False)
    stopped.fail(Failure("stopped"))
    failed = answered("Third", ended=False)
    failed.fail(Failure("rate_limit_exceeded", Billing.NOT_CHARGED, "slow down", 429))
    unknown = answered("Fourth", "x", ended=False)
    unknown.end(None, None)
    for each in (stopped, failed, unknown):
        each.note_time(3.0, 1_790_000_003.0)
    conversation = one_after_another(
        whole, stopped, failed, unknown, id="4f3a", title="T", created_on=1_790_000_000.0
    )
    return Stored(conversation, "a draft", 1_790_000_009.0, archived=False, demo=False)


words = st.text(max_size=30).map(clean)
lines = st.text(max_size=12).map(lambda text: clean_line(text, 100))


@st.composite
def attachments(draw: st.DrawFn) -> Attachment:
    if draw(st.booleans()):
        return text_attachment(draw(lines) or "n", draw(words), language="python")
    return image_attachment(
        draw(lines) or "n", PNG + draw(st.binary(max_size=3)), "image/png", width=1, height=1
    )


@st.composite
def answers(draw: st.DrawFn, turn: Turn, id: str) -> Answer:
    text = draw(words)
    answer = turn.answer(
        MODEL,
        id=id,
        asked_on=float(draw(st.integers(1, 2**31))),
        options=Options(draw(st.none() | st.just(0.5)), draw(st.none() | st.integers(1, 9))),
        remark=draw(lines),
        left_out=draw(st.booleans()),
        pinned=draw(st.booleans()),
    )
    answer.begin("gen", draw(st.sampled_from(["gpt-5", "other"])))
    answer.add(text)
    end = draw(st.sampled_from(["end", "unknown", "fail", "stop", "free"]))
    if end in ("end", "unknown"):
        answer.end(*((2, 7) if end == "end" else (None, None)))
    else:
        kind = "stopped" if end == "stop" else "cut"
        billing = Billing.NOT_CHARGED if end == "free" else Billing.UNKNOWN
        answer.fail(Failure(kind, billing, draw(lines)))
    answer.note_time(1.25, float(draw(st.integers(1, 2**31))))
    return answer


@st.composite
def conversations(draw: st.DrawFn, id: str) -> Stored:
    turns: list[Turn] = []
    for number in range(draw(st.integers(1, 5))):
        parents: list[Answer | None] = [None, *(each for turn in turns for each in turn.answers)]
        parent = draw(st.sampled_from(parents)) if turns else None
        is_branch = any(
            (other.parent.turn if other.parent else None) is (parent.turn if parent else None)
            for other in turns
        )
        turn = Turn(
            draw(words) + "\n> quoted\n",
            parent,
            id=f"{id}t{number}",
            is_branch=is_branch,
            is_aside=is_branch and draw(st.booleans()),
            left_out=draw(st.booleans()),
            pinned=draw(st.booleans()),
            attachments=tuple(draw(st.lists(attachments(), max_size=2))),
        )
        for version in range(draw(st.integers(1, 2))):
            draw(answers(turn, f"{id}a{number}.{version}"))
        turns.append(turn)
    conversation = Conversation(
        turns,
        id=id,
        title=draw(lines),
        created_on=float(draw(st.integers(1, 2**31))),
        system_prompt=draw(words),
        persona=draw(lines),
        is_pinned=draw(st.booleans()),
        tags=tuple(draw(st.sampled_from([(), ("work",), ("a", "б")]))),
    )
    conversation.choose(draw(st.sampled_from(list(conversation.all_answers()))))
    prompts = [prompt for prompt in draw(st.lists(words, max_size=2)) if prompt.strip()]
    conversation.queued = [QueuedPrompt(prompt, f"{id}{n}") for n, prompt in enumerate(prompts)]
    used_on = float(draw(st.integers(1, 2**31)))
    return Stored(conversation, draw(words), used_on, archived=draw(st.booleans()), demo=draw(st.booleans()))


def exported(here: Shelf, ids: list[str], directory: Path | None = None) -> str:
    """The export of conversations with all branches, and with the attached files in a directory."""

    def save(attachment: Attachment) -> str:
        if directory is None or attachment.is_lost:
            return ""
        name = f"{attachment.digest}.bin"
        if not (directory / name).exists():
            write_new(directory / name, [attachment.content])
        return name

    return "".join(export([here.conversation(id) for id in ids], "json", selection=ALL, saved=save))


@given(st.data())
@settings(
    max_examples=examples(12),
    phases=WITHOUT_SHRINKING,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_an_export_imported_on_an_empty_machine_exports_the_same_and_twice_is_once(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("moved")
    made = [data.draw(conversations(id)) for id in ("c1", "c2")]
    files = place / "files"
    files.mkdir()
    # Written by an import, too, but of values that no JSON has been through.
    with shelf(place / "one") as one:
        for stored in made:
            path = written(
                place,
                "".join(export([stored], "json", selection=ALL, saved=lambda a: _put(files, a))),
                "first.json",
            )
            imported(one, path, attachments=files)
        first = exported(one, ["c1", "c2"], files)
    with shelf(place / "two") as two:
        path = written(place, first, "all.json")
        imported(two, path, attachments=files)
        assert exported(two, ["c1", "c2"], files) == first
        found = read(path, attachments=files)
        imported(two, path, attachments=files)
        assert exported(two, ["c1", "c2"], files) == first
        assert len(found.changes) == 2
    # The times are whole seconds, and what was drawn is what came.
    expected = "".join(export(made, "json", selection=ALL, saved=lambda a: _put(files, a)))
    assert _without_order(first) == _without_order(expected)


def _put(directory: Path, attachment: Attachment) -> str:
    name = f"{attachment.digest}.bin"
    if not (directory / name).exists():
        write_new(directory / name, [attachment.content])
    return name


def _without_order(text: str) -> dict[str, Any]:
    return {each["id"]: each for each in json.loads(text)["conversations"]}


def test_without_its_files_an_attachment_keeps_its_name_and_comes_back_with_them(tmp_path: Path) -> None:
    answer = answered("q", "a")
    answer.turn.attachments = (text_attachment("main.py", "x = 1\n"),)
    stored = Stored(one_after_another(answer, id="c1", title="T"), "", 5.0, archived=False, demo=False)
    files, elsewhere = tmp_path / "files", tmp_path / "elsewhere"
    files.mkdir()
    elsewhere.mkdir()
    path = written(elsewhere, "".join(export([stored], "json", saved=lambda a: _put(files, a))), "own.json")
    with shelf(tmp_path / "data") as here:
        [lost] = imported(here, path)[0].conversation.turns[0].attachments
        assert (lost.name, lost.is_lost) == ("main.py", True)
        [back] = imported(here, path, attachments=files)[0].conversation.turns[0].attachments
        assert (back.text, back.is_lost) == ("x = 1\n", False)
        # A file of that name with another content is none of it.
        [name] = files.iterdir()
        name.write_text("other")
        assert read(path, attachments=files).left_out[Kind.FILES] == 1


def test_one_turn_that_was_exported_alone_finds_its_place_when_the_rest_comes(tmp_path: Path) -> None:
    part = "".join(export([every_state()], "json", selection=Selection(turn=3)))
    whole = "".join(export([every_state()], "json", selection=ALL))
    with shelf(tmp_path / "data") as here:
        [alone] = imported(here, written(tmp_path, part))
        assert [each.prompt for each in alone.conversation.shown] == ["Third"]
        [all_of_it] = imported(here, written(tmp_path, whole))
        assert {each.prompt for each in all_of_it.conversation.all_answers()} == {
            "First",
            "Second",
            "Third",
            "Fourth",
        }


def test_an_id_that_another_conversation_has_here_gets_another_one(tmp_path: Path) -> None:
    text = "".join(export([every_state()], "json", selection=ALL))
    with shelf(tmp_path / "data") as here:
        imported(here, written(tmp_path, text))
        forged = json.loads(text)
        forged["conversations"][0]["id"] = "another"
        for entry in forged["conversations"][0]["turns"]:
            entry["text"] = "forged"
        [stored] = imported(here, written(tmp_path, forged))
        assert [each.text for each in stored.conversation.answers] == ["forged"] * 4
        assert path_of(here.conversation("4f3a"))[:2] == ["First", "Whole."]
        [again] = imported(here, written(tmp_path, forged))
        assert len(list(again.conversation.all_answers())) == 4


def test_conversations_stand_in_the_list_by_the_time_of_their_last_use(tmp_path: Path) -> None:
    def of(id: str, title: str, on: float) -> dict[str, Any]:
        source = chatgpt(
            message("u", "root", "user", "x"), message("a", "u", "assistant", "y"), id=id, title=title
        )
        source["update_time"] = on
        return source

    with shelf(tmp_path / "data") as here:
        imported(here, written(tmp_path, [of("b", "middle", 1_700_000_200.0)]))
        both = [of("a", "oldest", 1_700_000_100.0), of("c", "newest", 1_700_000_300.0)]
        imported(here, written(tmp_path, both))
        assert here.titles() == ["newest", "middle", "oldest"]
        assert here.titles("y") == ["newest", "middle", "oldest"]


@thorough
@given(st.data())
@settings(
    max_examples=examples(8),
    phases=WITHOUT_SHRINKING,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_merging_gives_the_union_and_doing_it_again_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("merged")
    made = {
        side: [data.draw(conversations(id)) for id in ids]
        for side, ids in (("a", ("c1", "c2")), ("b", ("c2", "c3")))
    }
    for side, stored in made.items():
        with shelf(place / side) as here:
            for each in stored:
                imported(here, written(place, "".join(export([each], "json", selection=ALL)), f"{side}.json"))
    with shelf(place / "a") as here, another(place / "b" / FILE) as source:
        before = {
            each.id
            for one in made["a"]
            for each in here.conversation(one.conversation.id).conversation.all_answers()
        }
        states = []
        for _ in range(2):
            for change in conversations_of(source.connection, place / "b" / FILE):
                assert here.put(change() or pytest.fail("nothing in it"))
            states.append(exported(here, ["c1", "c2", "c3"]))
        assert states[0] == states[1]
        after = {
            id
            for one in ("c1", "c2", "c3")
            for id in (each.id for each in here.conversation(one).conversation.all_answers())
        }
        assert before <= after
        assert after >= {each.id for each in made["b"][1].conversation.all_answers()}
        # What both have is as it was here.
        assert here.conversation("c2").conversation.title == made["a"][1].conversation.title
