"""Files that earlier versions wrote: nothing in them is lost, whichever way they are read."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.store.events import Opened, SetAside
from tests.storing import shelf
from tests.thorough import thorough

FIXTURES = Path(__file__).parent.parent / "fixtures"
VERSIONS = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


DRAFT = {"version_1": "f1b2c3d4e5f6", "version_2": "f2b2c3d4e5f6", "version_3": "f3b2c3d4e5f6"}
"""Ids of the conversations that are nothing but a draft. An export leaves them out."""


def said_in(conversation: Any) -> str:
    """Title and texts of an exported conversation, in small letters."""
    return "\n".join([conversation["title"], *(entry["text"] for entry in conversation["turns"])]).casefold()


def expected(version: str) -> dict[str, Any]:
    """The conversations that the version itself exported, by id."""
    exported = json.loads((FIXTURES / version / "expected.json").read_text(encoding="utf-8"))
    return {conversation["id"]: conversation for conversation in exported["conversations"]}


def data_directory(version: str, into: Path) -> Path:
    """A copy of the version's data directory, where `ELUMENTA_HOME` is `into`."""
    data = into / "data"
    data.mkdir()
    for path in (FIXTURES / version).glob("conversations.db*"):
        shutil.copy(path, data)
    return data


def exported(home: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> dict[str, Any]:
    """What `export --all` says now, by id."""
    from elumenta_tui.cli import export as headless

    found = {}
    for account in ([], ["--demo"]):
        assert (
            headless.main(["--all", "--branches", "all", *account], {"ELUMENTA_HOME": str(home), "LANG": "C"})
            == 0
        )
        conversations = json.load(io.BytesIO(capsysbinary.readouterr().out))["conversations"]
        found.update({conversation["id"]: conversation for conversation in conversations})
    return found


def without_new_facts(now: Any, then: Any) -> Any:
    """The export of today, without the facts that the earlier version did not know."""
    if isinstance(then, dict):
        return {key: without_new_facts(now.get(key), value) for key, value in then.items()}
    if isinstance(then, list):
        assert len(now) == len(then)
        return [without_new_facts(*pair) for pair in zip(now, then, strict=True)]
    return now


@thorough
@pytest.mark.parametrize("version", VERSIONS)
def test_an_export_says_what_the_earlier_version_said(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], version: str
) -> None:
    data_directory(version, tmp_path)
    then = expected(version)
    assert without_new_facts(exported(tmp_path, capsysbinary), then) == then


@thorough
@pytest.mark.parametrize("version", VERSIONS)
def test_it_can_be_exported_from_a_directory_that_can_not_be_written(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], version: str
) -> None:
    data = data_directory(version, tmp_path)
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    data.chmod(0o500)
    try:
        then = expected(version)
        assert without_new_facts(exported(tmp_path, capsysbinary), then) == then
    finally:
        data.chmod(0o700)
    assert {name: (data / name).read_bytes() for name in before} == before


@thorough
@pytest.mark.parametrize("version", VERSIONS)
def test_opened_it_tells_of_the_cut_answer_and_holds_everything(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], version: str
) -> None:
    data, then = data_directory(version, tmp_path), expected(version)
    with shelf(data) as here:
        news = here.told(Opened)
        [cut] = news.cut
        assert cut.length == len("Once upon a time there was a stream")
        assert here.conversation(DRAFT[version]).draft == "Nothing but a draft"
        found = [conversation["title"] for conversation in then.values() if "ёлка" in said_in(conversation)]
        assert len(found) == 2
        assert sorted(here.titles("ЕЛКА")) == sorted(found)
    now = exported(tmp_path, capsysbinary)
    for conversation in (now[cut.conversation], then[cut.conversation]):
        # Opening it has marked the answer as cut, which is a change of that conversation.
        del conversation["used_at"]
    assert without_new_facts(now, then) == then


@pytest.mark.parametrize("version", VERSIONS)
def test_of_a_damaged_file_every_text_title_and_draft_is_salvaged(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], version: str
) -> None:
    data = data_directory(f"{version}/damaged", tmp_path)
    with shelf(data) as here:
        answers = sum(len(conversation["turns"]) // 2 for conversation in expected(version).values())
        assert here.told(SetAside).rescued == answers
        assert here.conversation(DRAFT[version]).draft == "Nothing but a draft"
    now = exported(tmp_path, capsysbinary)
    for id, conversation in expected(version).items():
        for fact in ("title", "archived", "demo", "draft", "created_at"):
            assert now[id][fact] == conversation[fact]
        texts = [answer["text"] for answer in conversation["turns"]]
        assert [answer["text"] for answer in now[id]["turns"]] == texts


def test_a_queue_of_version_3_waits_in_its_order(tmp_path: Path) -> None:
    with shelf(data_directory("version_3", tmp_path)) as here:
        queued = here.conversation("a3b2c3d4e5f6").conversation.queued
        assert [prompt.text for prompt in queued] == ["And then?", "The second in the queue"]
