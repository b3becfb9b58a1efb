"""The report of a crash: enough to find the fault, and nothing of the user's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from elumenta_tui.process import crash
from elumenta_tui.text import sanitize
from tests.service import KEY
from tests.thorough import thorough

NOW = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)


def caught(message: str = "no value") -> Exception:
    secret = KEY
    try:
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise ValueError(message) from error
    except ValueError as error:
        return error


def told(error: BaseException, key: str = "") -> str:
    return crash.report(error, NOW, key=key, environ={"TERM": "xterm\x1b[2J", "SECRET": KEY})


def test_a_report_tells_the_versions_the_types_and_the_frames_from_the_first_cause_on() -> None:
    text = told(caught())
    assert text.startswith("elumenta-tui ")
    assert "ValueError\n2026-11-22 19:30:00 UTC\nPython " in text
    assert "textual " in text
    assert "TERM=xterm[2J\n" in text
    assert text.index("builtins.KeyError: ") < text.index("builtins.ValueError: no value")
    assert text.count(" in caught\n") == 2
    assert KEY not in text


@thorough
@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (f"bad header Bearer {KEY} there", "bad header Bearer nb_… there"),
        ("another-key-of-another-form!", "nb_…!"),
        ("can't parse 'my secret prompt' at 3, isn't \"it\" so", "can'…' so"),
        ("nothing 'closed", "nothing '…'"),
        ("first\nsecond line with a prompt", "first"),
        ("x" * 1000, "x" * 159 + "…"),
        ("\x1b]0;title\x07", "]0;title"),
    ],
)
def test_a_message_keeps_what_is_not_quoted_and_no_key(message: str, shown: str) -> None:
    assert f"builtins.ValueError: {shown}\n" in told(caught(message), "another-key-of-another-form")


def test_files_are_named_without_the_machine_they_are_on() -> None:
    with pytest.raises(AttributeError) as ours:
        sanitize.clean(5)  # type: ignore[arg-type]  # to fail in there
    text = told(ours.value)
    assert "  elumenta_tui/text/sanitize.py:" in text
    assert crash.place(ours.value).startswith("sanitize.py:")
    assert str(Path.home()) not in text
    with pytest.raises(ValueError, match="coroutine") as pythons:
        asyncio.run(5)  # type: ignore[arg-type]  # to fail in there
    assert "  asyncio/runners.py:" in told(pythons.value)


def test_groups_and_wrapped_errors_are_told_whole_and_a_circle_ends() -> None:
    error = caught()
    error.__context__ = error.__cause__
    assert error.__cause__ is not None
    error.__cause__.__context__ = error
    assert told(ExceptionGroup("several", [error, TypeError("other")])).count("builtins.ValueError") == 1

    class Wrapped(Exception):
        def __init__(self) -> None:
            self.error = OSError(28, "No space left on device")

    text = told(Wrapped())
    assert "builtins.OSError: [Errno 28] No space left on device" in text
    assert crash.kind(Wrapped()) == "OSError"


def test_a_recursion_is_cut_and_an_error_without_words_has_none() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def recurse(depth: int) -> None:
        if depth:
            recurse(depth - 1)
        raise Mute

    with pytest.raises(Mute) as caught_error:
        recurse(300)
    text = told(caught_error.value)
    assert "Mute: ?\n" in text
    assert text.count("in recurse") < 50
    assert " more\n" in text


def test_only_the_newest_reports_are_kept(tmp_path: Path) -> None:
    for day in range(1, 8):
        (tmp_path / f"crash-2020010{day}-000000.txt").write_text("old")
    path = crash.save(caught(), tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    kept = sorted(file.name for file in tmp_path.iterdir())
    assert len(kept) == 5
    assert kept[-1] == path.name


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("no quotes at all", "no quotes at all"),
        ("invalid literal: 'my words' here", "invalid literal: '…' here"),
        ("“one” and 'two' end", "'…' end"),
        ("it's open «to the end", "it'…'"),
        ("“closed” then «open", "'…' then '…'"),
        ("a ” before “any", "a ” before '…'"),
    ],
)
def test_what_is_quoted_in_a_message_is_left_out(message: str, kept: str) -> None:
    assert crash._without_quotes(message) == kept
