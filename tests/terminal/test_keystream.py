"""What a terminal sends, cut anywhere and late: no key that nobody pressed, no letter lost, no litter."""

from __future__ import annotations

import pytest
from textual.message import Message

from elumenta_tui.text.sanitize import clean
from tests.lines import Line, keys, text
from tests.thorough import thorough

PAUSES = [0.0, 0.02, 0.15, 0.3]

SEQUENCES = [
    "\x1b[A",
    "\x1b[1;5A",
    "\x1bOA",
    "\x1b[[A",
    "\x1b[15;2~",
    "\x1b\x1b[A",
    "\x1b\x1bOA",
    "\x1b\x1b[5~",
    "\x1b[1089;5u",
    "\x1b[27;2;13~",
    "\x1b[27;5;1089~",
    "\x1b[<35;10;5M",
    "\x1b[<0;10;5m",
    "\x1b[M !!",
    "\x1b[35;10;5M",
    "\x1b[I",
    "\x1b[O",
    "\x1b[?2026;2$y",
    "\x1b[?62;22c",
    "\x1b[5;5R",
    "\x1b[48;24;80;480;800t",
    "\x1b]11;rgb:1c1c/1e1e/2626\x07",
    "\x1b]11;rgb:1c1c/1e1e/2626\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1bP>|tmux 3.4\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b\r",
]


@thorough
@pytest.mark.parametrize("sequence", SEQUENCES, ids=repr)
def test_a_sequence_cut_anywhere_is_never_esc_enter_or_letters(sequence: str) -> None:
    is_double = sequence.startswith("\x1b\x1b")
    whole = keys(Line().read(sequence, 3.0))
    for pause in PAUSES:
        for at in range(1, len(sequence)):
            messages = Line(doubles_escape=is_double).read(sequence[:at], pause, sequence[at:], 3.0)
            pressed = keys(messages)
            assert pressed in ([], whole), (at, pause)
            assert not {"escape", "enter"} & set(pressed)
            assert text(messages).strip() == ""


@thorough
@pytest.mark.parametrize("sequence", SEQUENCES, ids=repr)
def test_what_is_typed_after_a_sequence_arrives(sequence: str) -> None:
    for pause in PAUSES:
        for at in range(1, len(sequence)):
            assert text(Line().read(sequence[:at], pause, sequence[at:], 0.6, "xyz", 1.0)).strip() == "xyz"


PASTES = ["one\rtwo\r", "one\r\ntwo\r\nthree", "one\ttwo\r\x15three\r", "раз \x1b[31mдва\rтри\x1b[0m"]


@thorough
@pytest.mark.parametrize("pasted", PASTES, ids=repr)
def test_no_paste_holds_a_key_whatever_is_in_it_and_wherever_it_is_cut(pasted: str) -> None:
    wanted = letters(clean(pasted))
    for at in range(len(pasted) + 1):
        for foreign in ("\x1b[201~", "\x1b[201~\r", "\x1b", "\r", "\x1b[15~", "\x1b[13u"):
            data = f"\x1b[200~{pasted[:at]}{foreign}{pasted[at:]}\x1b[201~"
            for cut in range(1, len(data)):
                messages = Line().read(data[:cut], 0.002, data[cut:], 3.0)
                assert is_harmless(messages), (data, cut)
                assert wanted == letters(text(messages), without=foreign), (data, cut)


def letters(written: str, without: str = "") -> str:
    """What has to arrive of a text, whatever is dropped or named of its control characters."""
    for mark in (clean(without), without):
        written = written.replace(mark, "") if mark.strip() else written
    return "".join(letter for letter in written if letter.isalpha())


def is_harmless(messages: list[Message]) -> bool:
    """Whether no key among these could send, stop or leave."""
    return not {"enter", "escape", "f5", "f6", "ctrl+c", "ctrl+q", "ctrl+d"} & set(keys(messages))


@thorough
@pytest.mark.parametrize("pasted", PASTES, ids=repr)
def test_no_paste_that_is_not_marked_holds_a_key(pasted: str) -> None:
    if pasted.count("\r") < 2:
        pasted += "\rend\r"
    for data in [pasted, *(f"{pasted[:at]}\x1b{pasted[at:]}" for at in range(len(pasted)))]:
        for cut in range(1, len(data)):
            assert is_harmless(Line().read(data[:cut], 0.002, data[cut:], 3.0)), (data, cut)


def test_a_paste_that_comes_byte_by_byte_holds_no_key() -> None:
    for data in ("one\rtwo\r", "\x1b[200~one\x1b[201~\rtwo\r\x1b[201~"):
        reads: list[str | float] = [piece for letter in data for piece in (letter, 0.002)]
        messages = Line().read(*reads, 3.0)
        assert is_harmless(messages)
        assert letters(text(messages)) == "onetwo"


def test_a_paste_without_an_end_is_one_after_a_second_and_keys_work() -> None:
    line = Line()
    assert line.read("\x1b[200~one\rtwo", 0.9) == []
    assert text(line.read(0.2)) == "one\ntwo"
    assert keys(line.read(0.3, "\x11", 0.1)) == ["ctrl+q"]


def test_keys_struck_in_vain_do_not_prolong_a_paste_without_an_end() -> None:
    line = Line()
    line.read("\x1b[200~one", *[piece for _ in range(3) for piece in (0.3, "\x03")], 0.2)
    assert keys(line.read("\x03", 0.1)) == ["ctrl+c"]


def test_esc_alone_is_told_after_a_tenth_of_a_second_and_settled_before_half_a_second() -> None:
    line = Line()
    assert keys(line.read("\x1b", 0.11)) == ["escape"]
    assert len(line.read(0.35)) == 1


@thorough
@pytest.mark.parametrize("pause", [0.11, 0.2, 0.3, 0.44])
@pytest.mark.parametrize(
    ("sequence", "key"), [("\x1b[A", "up"), ("\x1bOB", "down"), ("\x1b[H", "home"), ("\x1bOP", "f1")]
)
def test_an_arrow_struck_soon_after_esc_is_an_arrow_and_esc_was_meant(
    sequence: str, key: str, pause: float
) -> None:
    assert keys(Line().read("\x1b", pause, sequence, 3.0)) == ["escape", key]
    assert keys(Line(doubles_escape=True).read("\x1b", pause, sequence, 3.0)) == []
    assert keys(Line(doubles_escape=True).read("\x1b", 0.5, sequence, 3.0)) == ["escape", key]


@pytest.mark.parametrize(
    ("term", "pressed"), [("rxvt-unicode-256color", []), ("putty", []), ("xterm", ["escape", "up"])]
)
def test_terminals_that_send_alt_as_a_second_escape_are_known(
    term: str, pressed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    assert keys(Line().read("\x1b", 0.2, "\x1b[A", 3.0)) == pressed


def test_letters_behind_esc_are_typed() -> None:
    for written in ("[x", "One", "Please", "]a", "_b", "[1] first", "OK"):
        for pause in (0.12, 0.3, 0.44):
            messages = Line().read("\x1b", pause, *[piece for c in written for piece in (c, 0.08)], 2.0)
            assert text(messages) == written, (written, pause)
            assert keys(messages)[0] == "escape"
