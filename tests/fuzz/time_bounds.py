"""Whatever a stranger's text is, it takes time in proportion to its length."""

from __future__ import annotations

import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from random import Random
from time import thread_time
from types import ModuleType

import elumenta_tui
from elumenta_tui.markdown import lexer_budget
from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.bounded import MARKDOWN_FEED
from elumenta_tui.markdown.deadline import TookTooLong, within
from elumenta_tui.markdown.growing import GrowingMarkdown
from elumenta_tui.markdown.time_budget import TimeBudget
from elumenta_tui.text.lazy_pattern import LazyPattern
from tests.fuzz import fuzz
from tests.fuzz._hostile import ENDS, hostile

LONG_TEXT = 20_000
CEILING = 0.25
"""Seconds of processor time for a regular expression on such a text. Linear ones take a few milliseconds, quadratic ones a
second and more."""

FRAME = 0.5
"""Seconds of processor time that one feed of an answer may delay the keys."""


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled regular expression for text that modules and classes of ours hold, by its place."""
    found: dict[str, re.Pattern[str]] = {}
    for info in pkgutil.walk_packages(elumenta_tui.__path__, "elumenta_tui."):
        if info.name.endswith("__main__"):
            continue
        module = import_module(info.name)
        for place, pattern in _held(module, info.name, vars(module), 0):
            if pattern not in found.values():
                found[place] = pattern
    return found


def _held(module: ModuleType, place: str, value: object, depth: int) -> Iterator[tuple[str, re.Pattern[str]]]:
    if isinstance(value, LazyPattern):
        value = value.compiled
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield place, value
    elif depth > 4:
        return
    elif isinstance(value, Mapping):
        for key, each in list(value.items()):
            if isinstance(key, re.Pattern):
                yield from _held(module, f"{place}[]", key, depth + 1)
            if not isinstance(each, ModuleType):
                yield from _held(module, f"{place}.{key}" if isinstance(key, str) else place, each, depth + 1)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for number, each in enumerate(value):
            yield from _held(module, f"{place}[{number}]", each, depth + 1)
    elif isinstance(value, type) and value.__module__ == module.__name__:
        yield from _held(module, place, vars(value), depth + 1)


@cache
def _is_searched(place: str) -> bool:
    """Whether its module looks for matches anywhere, not only at one place."""
    parts = place.split(".")
    name = parts[-1]
    module = next(
        ".".join(parts[:end]) for end in range(len(parts), 0, -1) if ".".join(parts[:end]) in sys.modules
    )
    source = Path(str(sys.modules[module].__file__)).read_text()
    if "[" in name or not re.search(rf"\b{name}\.(?:match|fullmatch)\b", source):
        return True
    return bool(re.search(rf"\b{name}\.(?:search|sub|subn|finditer|findall|split)\b", source))


@cache
def _letters(pattern: re.Pattern[str]) -> str:
    """Characters that the expression names, and some others."""
    return "".join(sorted({*re.sub(r"\\.", "", pattern.pattern), *"ab0 \t\\\"'.é/:-"} - {"\n"}))[:120] + "\n"


@fuzz(rounds=400)
def regular_expressions_are_linear(random: Random) -> None:
    place = random.choice(sorted(patterns()))
    pattern = patterns()[place]
    letters = _letters(pattern)
    begin = "".join(random.choices(letters, k=random.choice((0, 0, 1, 2, 4))))
    units = [
        "".join(random.choices(letters, k=random.choice((1, 1, 2, 3))))
        for _ in range(random.choice((1, 1, 2)))
    ]
    if random.random() < 0.25:
        # What `.` does not match, behind a long row that an expression may give back one by one.
        units = [units[0], "0\n"]
    size = LONG_TEXT // len(units)
    text = begin + "".join(unit * (size // len(unit)) for unit in units) + random.choice((*ENDS, *letters))
    if random.random() < 0.2:
        text = hostile(random, LONG_TEXT)
    tries: list[Callable[[str], object]] = [pattern.match, pattern.fullmatch]
    if _is_searched(place):
        tries.append(partial(pattern.sub, ""))
    for attempt in tries:
        began = thread_time()
        with suppress(TookTooLong):
            within(2 * CEILING, attempt, text)
        assert thread_time() - began < CEILING, (place, begin, units, text[-20:])


def _fresh() -> None:
    lexer_budget._colouring = TimeBudget(0.2, 0.1)
    lexer_budget._loading = TimeBudget(0.1, 0.2)
    lexer_budget._strikes.clear()


def _laid_out(blocks: list[Block], width: int) -> int:
    return sum(len(block.lines(width)) for block in blocks)


def _feed_and_lay_out(markdown: GrowingMarkdown, text: str, width: int) -> None:
    done = len(markdown.blocks)
    markdown.feed(text)
    _laid_out(markdown.blocks[done:], width)
    _laid_out(markdown.open, width)


@fuzz(rounds=5)
def no_hostile_answer_keeps_the_keys_waiting(random: Random) -> None:
    """Fed in growing cuts, and laid out as it is on the screen after each."""
    _fresh()
    line = hostile(random, random.choice((300, 1_200, 2_000, 6_000)))
    joint = random.choice(("", "\n", "\n\n", "x\n"))
    text = ((line + joint) * (6_000 // len(line + joint) + 1))[:8_000]
    if random.random() < 0.2:
        text = random.choice(("# ", "> ", "- ", "| a | b |\n|---|---|\n| ")) + text
    width = random.choice((20, 40, 80, 200))
    markdown = GrowingMarkdown()
    position = 0
    while position < len(text):
        size = random.choice((1, 40, 400, MARKDOWN_FEED))
        piece = text[position : position + size]
        position += size
        began = thread_time()
        with suppress(TookTooLong):
            within(4 * FRAME, _feed_and_lay_out, markdown, piece, width)
        assert thread_time() - began < FRAME, (position, size, width, text[:60], text[-60:])
    began = thread_time()
    while markdown.closing(MARKDOWN_FEED):
        pass
    assert thread_time() - began < 2 * FRAME + len(text) * 3e-4, (width, text[:60])


@fuzz(rounds=6)
def no_hostile_fence_keeps_the_keys_waiting(random: Random) -> None:
    _fresh()
    markdown = GrowingMarkdown()
    text = ""
    for _ in range(random.choice((1, 3, 20))):
        size = random.choice((70, 70, 400, 2_000))
        text += f"```{random.choice(_languages())}\n{hostile(random, size)}\n```\n\n"
    for start in range(0, len(text), MARKDOWN_FEED):
        began = thread_time()
        _feed_and_lay_out(markdown, text[start : start + MARKDOWN_FEED], 80)
        # A lexer's first use can't be interrupted.
        assert thread_time() - began < FRAME + 0.4, (start, text[start : start + 60])
    markdown.close()


@cache
def _languages() -> list[str]:
    from pygments.lexers import get_all_lexers

    return sorted(aliases[0] for _, aliases, _, _ in get_all_lexers(plugins=False) if aliases)
