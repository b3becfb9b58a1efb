"""Files that earlier versions wrote: nothing in them is lost, whichever way they are read."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from elumenta_tui.store.news import Opened, SetAside
from tests.storing import shelf

FIXTURES = Path(__file__).parent.parent / "fixtures"
VERSIONS = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


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

    assert headless.main(["--all"], {"ELUMENTA_HOME": str(home), "LANG": "C"}) == 0
    conversations = json.load(io.BytesIO(capsysbinary.readouterr().out))["conversations"]
    return {conversation["id"]: conversation for conversation in conversations}


def without_new_facts(now: Any, then: Any) -> Any:
    """The export of today, without the facts that the earlier version did not know."""
    if isinstance(then, dict):
        return {key: without_new_facts(now.get(key), value) for key, value in then.items()}
    if isinstance(then, list):
        assert len(now) == len(then)
        return [without_new_facts(*pair) for pair in zip(now, then, strict=True)]
    return now


@pytest.mark.parametrize("version", VERSIONS)
def test_an_export_says_what_the_earlier_version_said(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], version: str
) -> None:
    data_directory(version, tmp_path)
    then = expected(version)
    assert without_new_facts(exported(tmp_path, capsysbinary), then) == then


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


@pytest.mark.parametrize("version", VERSIONS)
def test_opened_it_tells_of_the_cut_answer_and_holds_everything(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], version: str
) -> None:
    data = data_directory(version, tmp_path)
    with shelf(data) as here:
        news = here.told(Opened)
        assert [(cut.id, cut.length) for cut in news.cut] == [
            ("00000000000d", len("Once upon a time there was a stream"))
        ]
        assert here.conversation("f1b2c3d4e5f6").draft == "Nothing but a draft"
        assert here.titles("ЕЛКА") == ["Переименован: «ёлка»", "Every way to end"]
    now, then = exported(tmp_path, capsysbinary), expected(version)
    for conversation in (now["c1b2c3d4e5f6"], then["c1b2c3d4e5f6"]):
        # Opening it has marked the answer as cut, which is a change of that conversation.
        del conversation["used_at"]
    assert without_new_facts(now, then) == then


@pytest.mark.parametrize("version", VERSIONS)
def test_of_a_damaged_file_every_text_title_and_draft_is_salvaged(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], version: str
) -> None:
    data = data_directory(f"{version}/damaged", tmp_path)
    with shelf(data) as here:
        assert here.told(SetAside).rescued == 13
        assert here.conversation("f1b2c3d4e5f6").draft == "Nothing but a draft"
    now = exported(tmp_path, capsysbinary)
    for id, conversation in expected(version).items():
        for fact in ("title", "archived", "demo", "draft", "created_at"):
            assert now[id][fact] == conversation[fact]
        texts = [turn["text"] for turn in conversation["turns"]]
        assert [turn["text"] for turn in now[id]["turns"]] == texts
