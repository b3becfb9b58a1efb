"""What a selection copies: the logical text, whatever the width that it is painted in."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset
from textual.selection import Selection
from textual.strip import Strip

from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import AnswerState, Turn
from elumenta_tui.tui.widgets.answer_view import AnswerView
from elumenta_tui.tui.widgets.line_renderer import LineRenderer, ViewContext
from elumenta_tui.tui.widgets.row import Row
from elumenta_tui.tui.widgets.row_layout import START, RowLayout
from elumenta_tui.tui.widgets.selecting import highlighted, text_of
from tests.thorough import some

WORDS = "мир word слово 日本語の文章 семья 👨‍👩‍👧 ok https://example.com/a?b=c é́ 한국어 длинноесловодлинноеслово x $\\alpha+\\beta=x_1$ \\(a\\to{b}^2\\)".split(
    " "
)
FOOT = "✓ "


class Block(NamedTuple):
    """Markdown, and the text that is copied of it; for a table without room for columns, the other text."""

    markdown: str
    text: str
    stacked: str = ""


def laid_out(prompt: str, answer: str, width: int) -> RowLayout[Row]:
    renderer = LineRenderer(lambda role: Style(), lambda style: style)
    context = ViewContext(renderer, lambda: 0.0, lambda: 0.0, lambda _: (), lambda _: True)
    view = AnswerView(
        Turn(prompt).restore(Model("gpt-5", "GPT-5"), answer, state=AnswerState.COMPLETE), context
    )
    view.is_first = view.is_unfolded = view.shows_thoughts = True
    layout: RowLayout[Row] = RowLayout()
    layout.extend([view])
    layout.resize(width)
    return layout


def everything(prompt: str, answer: str, width: int, start: Selection | None = None) -> str:
    layout = laid_out(prompt, answer, width)
    layout.window(START, 100_000)
    text = text_of(start or Selection(None, None), layout)
    return text[: text.index(FOOT)].rstrip("\n") if FOOT in text else text


def has_columns(answer: str, width: int) -> bool:
    rows = laid_out("p", answer, width).window(START, 100_000)
    return any(row.copying is not None and row.copying.cells for row in rows)


def sentence(random: Random, words: int) -> str:
    return " ".join(random.choice(WORDS) for _ in range(words))


def block(random: Random) -> Block:
    match random.randrange(9):
        case 0:
            text = sentence(random, random.randrange(1, 40))
            return Block(text, text)
        case 1:
            lines = [
                "\t" * random.randrange(3)
                + sentence(random, random.randrange(12)).replace(" ", random.choice(["  ", "\t", " "]))
                for _ in range(random.randrange(1, 6))
            ]
            code = "\n".join([*lines, "end;"])
            return Block(f"```{random.choice(['py', '', 'sh'])}\n{code}\n```", code)
        case 2:
            items = [sentence(random, random.randrange(1, 20)) for _ in range(random.randrange(1, 4))]
            return Block("\n".join(f"- {item}" for item in items), "\n".join(f"- {item}" for item in items))
        case 3:
            columns = random.randrange(1, 4)
            rows = [
                [sentence(random, random.randrange(1, 7)) for _ in range(columns)]
                for _ in range(random.randrange(2, 5))
            ]
            markdown = [f"| {' | '.join(row)} |" for row in rows]
            markdown.insert(1, "|" + random.choice(["---", ":-:", "--:"]) + "|" + "---|" * (columns - 1))
            stacked = []
            for number, row in enumerate(rows[1:]):
                stacked += [""] * (number > 0) + [
                    f"{head}: {cell}" for head, cell in zip(rows[0], row, strict=True)
                ]
            return Block("\n".join(markdown), "\n".join("\t".join(row) for row in rows), "\n".join(stacked))
        case 4:
            formula = random.choice(["$$\n\\frac{a}{b}\n$$", "\\[ \\sum_{i=1}^n i \\]", "$$\n\\foo\n$$"])
            return Block(formula, formula)
        case 5:
            diagram = "flowchart LR\n  A[one] --> B[two]"
            return Block(f"```mermaid\n{diagram}\n```", diagram)
        case 6:
            text = f"> [!TIP]\n> {sentence(random, random.randrange(1, 20))}"
            return Block(text, text)
        case 7:
            text = f"term\n: {sentence(random, random.randrange(1, 20))}"
            return Block(text, text)
        case _:
            text = f"{random.choice(['>', '[^12]:'])} {sentence(random, random.randrange(1, 20))}"
            return Block(text, text)


@pytest.mark.parametrize("seed", some(range(60)))
def test_everything_selected_is_the_logical_text_at_any_width(seed: int) -> None:
    random = Random(seed)
    blocks = [block(random) for _ in range(random.randrange(1, 6))]
    answer = "\n\n<!-- -->\n\n".join(each.markdown for each in blocks)
    prompt = "\n".join(sentence(random, random.randrange(1, 30)) for _ in range(3))
    for width in random.sample(range(20, 121), 12):
        expected = [
            each.text if not each.stacked or has_columns(each.markdown, width) else each.stacked
            for each in blocks
        ]
        assert everything(prompt, answer, width).split("\n") == "\n".join(
            [prompt, "\n\n<!-- -->\n\n".join(expected)]
        ).split("\n")


TABLE = "| name | what it does |\n|---|---|\n| one | a cell that is wrapped over rows |\n| 日本 | 👨‍👩‍👧 x |"


@pytest.mark.parametrize(
    ("start", "end", "copied"),
    [
        # Two cells of the header, from the middle of the first.
        ((6, 2), (30, 2), "me\twhat it does"),
        # One cell of a row that takes three rows of the screen.
        ((11, 4), (30, 6), "a cell that is wrapped over rows"),
        # From there into the next row, over a cell's first half.
        ((11, 4), (5, 7), "a cell that is wrapped over rows\n日"),
        # Nothing but the frame.
        ((2, 3), (30, 3), ""),
    ],
)
def test_a_part_of_a_table_is_copied_by_cells(
    start: tuple[int, int], end: tuple[int, int], copied: str
) -> None:
    layout = laid_out("p", TABLE, 30)
    rows = [row.strip.text for row in layout.window(START, 20)]
    assert rows[2].startswith("  │ name │ what it does"), rows
    assert text_of(Selection(Offset(*start), Offset(*end)), layout) == copied


def test_a_selection_marks_whole_characters() -> None:
    strip = Strip([Segment("a 👨‍👩‍👧 日本 b")])
    for start in range(10):
        for end in range(start + 1, 11):
            assert highlighted(strip, start, end, Style(bold=True)).text == strip.text


def test_code_is_copied_with_its_blanks_also_where_it_is_wrapped() -> None:
    code = "\tif x:    \n" + "a" * 22 + "     b\t\tc  d"
    for width in range(20, 60):
        assert everything("p", f"```\n{code}\n```", width) == f"p\n{code}"
