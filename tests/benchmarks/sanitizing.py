"""What it costs to let an answer through the sanitizer, delta by delta."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from time import process_time

from elumenta_tui.text.sanitize import Sanitizer

_SCRIPTS = {
    "Russian": "Съешь ещё этих мягких французских булок, да выпей чаю. ",
    "Chinese": "敏捷的棕色狐狸跳过了懒狗，「對」！",
    "Arabic": "نص حكيم له سر قاطع وذو شأن عظيم ",
    "Hindi": "ऋषियों को सताने वाले दुष्ट राक्षसों ",
    "emoji": "👩\u200d💻 👍🏽 🏳️\u200d🌈 ",
    "hostile": "\x1b]52;c;QQ==\x07\u202e\u200b\x9b31m",
}


def spent(deltas: Sequence[str]) -> float:
    """CPU seconds for all of them together."""
    sanitizer = Sanitizer()
    began = process_time()
    for delta in deltas:
        sanitizer.feed(delta)
    sanitizer.close()
    return process_time() - began


def scripts(amount: int) -> Iterator[tuple[str, list[str]]]:
    """So many deltas of four characters, in scripts and of kinds that the sanitizer has to look at more closely."""
    for name, text in _SCRIPTS.items():
        letters = "".join(islice(cycle(text), 4 * amount))
        yield name, [letters[at : at + 4] for at in range(0, len(letters), 4)]
