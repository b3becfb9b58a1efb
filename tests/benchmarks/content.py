"""Markdown for benchmarks: the same at every run, of the kinds that are hard to stream."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import count

KINDS = {
    "mixed": "mixed Markdown",
    "fence": "one giant fence",
    "paragraph": "one giant paragraph",
    "table": "one giant table",
    "list": "deep lists",
}
"""The kinds and what they are called."""

TURN_CHARACTERS = 1000
"""About what a turn of a stored conversation has, its prompt included."""

_PROSE = """
each delta of an answer arrives as a few letters and has to be on the screen before the reader looks for it while
the keyboard stays quick and finished blocks are never parsed highlighted or wrapped again so what a word costs
does not depend on how many came before it terminal widget layout cursor scroll anchor table fence memory latency
ответ приходит по частям
"""
_WORDS = _PROSE.split()

_MARKS = ("**{}**", "*{}*", "`{}`", "~~{}~~", "[{}](https://example.com/docs/page)")

_PYTHON = '''def fib_{0}(n: int, memo: dict[int, int] | None = None) -> int:
    """Return the n-th Fibonacci number (variant {0})."""
    memo = {{}} if memo is None else memo
    if n not in memo:
        memo[n] = n if n < 2 else fib_{0}(n - 1, memo) + fib_{0}(n - 2, memo)  # cached
    return memo[n]


class Store{0}(Base):
    LIMIT = 0x{0:04x}

    async def fetch(self, key: str, *, timeout: float = 1.5) -> bytes:
        async with self.client.stream("GET", f"/items/{{key}}") as response:
            return b"".join([chunk async for chunk in response.aiter_bytes()])

'''

_JAVASCRIPT = """export async function load{0}(url, {{ retries = 3 }} = {{}}) {{
  for (let attempt = 0; attempt < retries; attempt++) {{
    const response = await fetch(`${{url}}?page={0}`);  // template literal
    if (response.ok) return await response.json();
  }}
  throw new Error("failed after " + retries + " attempts");
}}

"""


def deltas(kind: str, amount: int) -> list[str]:
    """The first deltas of an endless answer, one to seven characters each, four on average."""
    chance = random.Random(f"deltas {kind}")
    pieces: list[str] = []
    rest = ""
    source = _SOURCES[kind](random.Random(kind))
    while len(pieces) < amount:
        size = chance.randint(1, 7)
        while len(rest) < size:
            rest += next(source)
        pieces.append(rest[:size])
        rest = rest[size:]
    return pieces


def exchange(number: int) -> tuple[str, str]:
    """A prompt and its answer, `TURN_CHARACTERS` together."""
    chance = random.Random(number)
    prompt = _sentence(chance)
    answer = ""
    for section in _mixed(chance, number):
        answer += section
        if len(prompt) + len(answer) >= TURN_CHARACTERS:
            break
    return prompt, answer[: TURN_CHARACTERS - len(prompt)]


def _sentence(chance: random.Random, words: int = 0) -> str:
    words = words or chance.randint(8, 20)
    chosen = [chance.choice(_WORDS) for _ in range(words)]
    for _ in range(chance.randint(0, 2)):
        place = chance.randrange(words)
        chosen[place] = chance.choice(_MARKS).format(chosen[place])
    return " ".join(chosen).capitalize() + "."


def _mixed(chance: random.Random, start: int = 0) -> Iterator[str]:
    for number in count(start):
        yield f"{'#' * chance.choice([2, 2, 3])} {number}. {_sentence(chance, 4)[:-1]}\n\n"
        for _ in range(chance.randint(1, 3)):
            yield " ".join(_sentence(chance) for _ in range(chance.randint(2, 5))) + "\n\n"
        yield from _SPECIALTIES[number % len(_SPECIALTIES)](chance, number)
        yield "\n"


def _bullets(chance: random.Random, number: int) -> Iterator[str]:
    for _ in range(chance.randint(3, 7)):
        yield f"- {_sentence(chance)}\n"
        if chance.random() < 0.4:
            yield f"  - {_sentence(chance, 6)}\n"


def _python(chance: random.Random, number: int) -> Iterator[str]:
    yield "```python\n"
    for variant in range(chance.randint(1, 4)):
        yield _PYTHON.format(10 * number + variant)
    yield "```\n"


def _small_table(chance: random.Random, number: int) -> Iterator[str]:
    yield "| Name | Code | Value | Remark |\n|---|:---:|---:|---|\n"
    for _ in range(chance.randint(3, 10)):
        yield _table_row(chance, chance.choice(_WORDS))


def _steps(chance: random.Random, number: int) -> Iterator[str]:
    for step in range(1, chance.randint(5, 9)):
        yield f"{step}. {_sentence(chance)}\n"
    yield f"\n> {_sentence(chance)}\n> {_sentence(chance)}\n"


def _javascript(chance: random.Random, number: int) -> Iterator[str]:
    yield "```js\n"
    for variant in range(chance.randint(1, 5)):
        yield _JAVASCRIPT.format(10 * number + variant)
    yield "```\n"


def _table_row(chance: random.Random, first: str) -> str:
    code, value = chance.choice(_WORDS), chance.randint(0, 9999)
    return f"| {first} | `{code}` | {value} | {_sentence(chance, 5)} |\n"


def _fence(chance: random.Random) -> Iterator[str]:
    yield "```python\n"
    for number in count():
        yield _PYTHON.format(number)


def _paragraph(chance: random.Random) -> Iterator[str]:
    while True:
        yield _sentence(chance) + " "


def _table(chance: random.Random) -> Iterator[str]:
    yield "| # | Code | Value | Remark |\n|---:|:---:|---:|---|\n"
    for number in count():
        yield _table_row(chance, str(number))


def _list(chance: random.Random) -> Iterator[str]:
    depth = 0
    while True:
        yield "  " * depth + f"- {_sentence(chance, chance.randint(4, 14))}\n"
        depth = max(0, min(6, depth + chance.choice([1, 1, 0, 0, -1, -1])))


_SPECIALTIES: list[Callable[[random.Random, int], Iterator[str]]] = [
    _bullets,
    _python,
    _small_table,
    _steps,
    _javascript,
]

_SOURCES: dict[str, Callable[[random.Random], Iterator[str]]] = {
    "mixed": _mixed,
    "fence": _fence,
    "paragraph": _paragraph,
    "table": _table,
    "list": _list,
}
