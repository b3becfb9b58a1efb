"""What a terminal sends, in random pieces at random times: nobody's keys are pressed, and no letter is lost."""

from __future__ import annotations

from random import Random

from tests.fuzz import fuzz
from tests.lines import Line, keys, text

_REPLIES = (
    "\x1b[A", "\x1bOB", "\x1b[1;5C", "\x1b[5~", "\x1b\x1b[A", "\x1b\x1bOD", "\x1b[<35;10;5M", "\x1b[<0;1;1m", "\x1b[M !!",
    "\x1b[32;5;5M", "\x1b[I", "\x1b[O", "\x1b[5;5R", "\x1b[?62;22c", "\x1b[?2026;2$y", "\x1b]11;rgb:1c1c/1e1e/2626\x07",
    "\x1b]10;rgb:ffff/ffff/ffff\x1b\\", "\x1bP1+r544e\x1b\\", "\x1bP>|tmux 3.4\x1b\\", "\x1b_Gi=1;OK\x1b\\", "\x1b[57441;2u",
)  # fmt: skip
_PAUSES = (0.0, 0.0, 0.02, 0.15, 0.3)
_PASTED = (
    "one",
    "раз",
    "👍🏽",
    "\r",
    "\r\n",
    "\n",
    "\t",
    "\x15",
    "\x1b",
    "\x1b[31m",
    "\x1b[201~",
    "\x1b[15~",
    "\x1b[13u",
    " ",
)
_HARM = {"enter", "escape", "f5", "f6", "ctrl+c", "ctrl+d", "ctrl+q"}


def _cut(random: Random, data: str, pauses: tuple[float, ...], cuts: int) -> list[str | float]:
    places = sorted(random.sample(range(1, len(data)), min(cuts, len(data) - 1)))
    pieces: list[str | float] = []
    for start, end in zip([0, *places], [*places, len(data)], strict=True):
        pieces += [data[start:end], random.choice(pauses)]
    return pieces


@fuzz(rounds=400)
def late_replies_press_nothing(random: Random) -> None:
    line = Line(doubles_escape=True)
    reads: list[str | float] = []
    for reply in random.choices(_REPLIES, k=random.randint(1, 4)):
        reads += [*_cut(random, reply, _PAUSES, 1), 0.6]
    messages = line.read(*reads)
    assert not _HARM & set(keys(messages)), reads
    assert text(messages) == "", reads
    assert text(line.read(2.0, "x", 1.0)) == "x", reads


@fuzz(rounds=400)
def pastes_press_nothing(random: Random) -> None:
    pasted = "".join(random.choices(_PASTED, k=random.randint(1, 12)))
    data = f"\x1b[200~{pasted}\x1b[201~"
    reads = _cut(random, data, (0.0, 0.002, 0.02), random.randint(0, 3))
    line = Line()
    messages = line.read(*reads, 3.0)
    assert not _HARM & set(keys(messages)), reads
    assert text(messages).count("one") == pasted.count("one"), reads
    assert text(messages).count("раз") == pasted.count("раз"), reads
    assert keys(line.read("x", 0.2, "\r", 0.2)) == ["x", "enter"], reads


@fuzz(rounds=200)
def any_bytes_leave_a_keyboard_that_works(random: Random) -> None:
    pieces = (
        *_REPLIES,
        *_PASTED,
        "\x1b[200~",
        "\x1b]",
        "\x1bP",
        "\x1b[",
        "a",
        "[",
        "O",
        ";",
        "\x00",
        "\x9b",
        "\ufffd",
    )
    data = "".join(random.choices(pieces, k=random.randint(1, 30)))
    line = Line()
    line.read(*_cut(random, data, _PAUSES, random.randint(0, 6)), 15.0)
    assert keys(line.read("x", 0.2, "\r", 0.2)) == ["x", "enter"], data
