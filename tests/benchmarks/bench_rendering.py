"""What a flood costs the rendering alone: `.venv/bin/python -m tests.benchmarks.bench_rendering`.

200,000 characters of each kind in slices of 3,000, the open end laid out after each; CPU milliseconds, best of five.
"""

from __future__ import annotations

import sys
from time import process_time

from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.growing import GrowingMarkdown, warm

SIZE, SLICE, WIDTH, ROUNDS = 200_000, 3_000, 100, 5

PROSE = "the stream renders **each delta** into a `cached` strip, [see](https://example.com) while *input* waits. "
CODE = 'def f(n: int) -> int:\n    """Docstring."""\n    return n if n < 2 else f(n - 1)  # cached\n\n'
TABLE = "| 12 | word | `code` | {} | some words in a cell |\n"
LIST = "- an item with *words*\n  - an inner item\n    - and another `one`\n"

KINDS = {
    "mixed": ("", f"## Title\n\n{PROSE * 4}\n\n{LIST}\n```python\n{CODE * 4}```\n\n> {PROSE}\n\n"),
    "fence": ("```python\n", CODE),
    "paragraph": ("", PROSE),
    "table": ("| # | a | b | c | d |\n|--:|---|---|---|---|\n", TABLE),
    "list": ("", LIST),
}


def rows(blocks: list[Block]) -> int:
    return sum(len(block.lines(WIDTH)) for block in blocks)


def flood(text: str) -> tuple[float, float, int]:
    """Seconds in all, the longest step, and the rows at the end."""
    markdown = GrowingMarkdown()
    longest = 0.0
    shown = laid_out = 0
    started = process_time()
    for start in range(0, len(text), SLICE):
        step = process_time()
        markdown.feed(text[start : start + SLICE])
        shown += rows(markdown.blocks[laid_out:])
        laid_out = len(markdown.blocks)
        rows(markdown.open)
        longest = max(longest, process_time() - step)
    markdown.close()
    shown += rows(markdown.blocks[laid_out:])
    return process_time() - started, longest, shown


def main() -> None:
    warm()
    for kind, (opening, piece) in KINDS.items():
        text = (opening + piece * (SIZE // len(piece) + 1))[:SIZE]
        runs = [flood(text) for _ in range(ROUNDS)]
        total, longest, shown = min(run[0] for run in runs), min(run[1] for run in runs), runs[0][2]
        sys.stdout.write(
            f"{kind:10} {total * 1000:6.0f} ms   longest step {longest * 1000:5.1f} ms   {shown:6} rows\n"
        )


if __name__ == "__main__":
    main()
