"""Every reason and every note of a source has a sentence in both languages, with the facts that it comes with."""

from __future__ import annotations

import re

import pytest

from elumenta_tui import i18n
from elumenta_tui.sources import results
from elumenta_tui.sources.results import Note, NoteKind, Reason, RefusedSource
from elumenta_tui.transfer.source_words import note_words, refusal_words
from tests.thorough import thorough

SOURCE = results.__file__


def facts_of(name: str) -> set[str]:
    """The facts that stand beside a kind in the module."""
    with open(SOURCE, encoding="utf-8") as file:
        text = file.read()
    [found] = re.findall(rf'^    {name} = "\w+"\n    """(.*?)"""', text, re.DOTALL | re.MULTILINE)
    return set(re.findall(r"`(\w+)`", found)) - {"error"} | ({"error"} if "`error`" in found else set())


@thorough
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_said_with_its_facts(language: str, reason: Reason) -> None:
    i18n.use(language)
    numbers = {"limit", "seconds", "port", "status", "pages", "code"}
    facts = {name: 5_000_000 if name in numbers else f"<{name}>" for name in facts_of(reason.name)}
    said = refusal_words(RefusedSource.of(reason, **facts))
    assert said
    assert "{" not in said


@thorough
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("kind", NoteKind)
def test_a_note_is_said_with_its_facts(language: str, kind: NoteKind) -> None:
    i18n.use(language)
    facts = {name: f"<{name}>" for name in facts_of(kind.name)}
    if kind is NoteKind.SCALED:
        facts |= dict.fromkeys(("from_width", "from_height", "width", "height"), "1")
    said = note_words(Note.of(kind, **facts))
    assert said
    assert "{" not in said


def test_numbers_and_names_are_written_as_people_write_them() -> None:
    assert (
        refusal_words(RefusedSource.of(Reason.TOO_LARGE, limit=50 * 2**20)) == "Too large: the limit is 50 MB"
    )
    assert refusal_words(RefusedSource.of(Reason.PORT, port=8443)) == "Only port 443 is used, not 8443"
    assert refusal_words(RefusedSource.of(Reason.UNSUPPORTED, kind="")).endswith(": unknown")
    assert refusal_words(RefusedSource.of(Reason.MISSING_TOOL, tools="a,b")).endswith("one of: a, b")
    assert note_words(Note.of(NoteKind.CUT, kept=200_000, total=1_000_000)) == (
        "cut: 200,000 of 1,000,000 characters"
    )
