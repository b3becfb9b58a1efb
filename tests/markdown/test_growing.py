"""Text which grows: any cut gives the same lines, finished blocks stay, and each step costs little."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.code import Code
from elumenta_tui.markdown.growing import GrowingMarkdown, render
from elumenta_tui.markdown.highlight import Highlighter, Runs, State
from elumenta_tui.markdown.inline import Inline, Parsed
from elumenta_tui.markdown.style import TEXT, Line, TextStyle
from tests.corpus import documents
from tests.thorough import examples, some, thorough

ROUNDS = int(os.environ.get("RENDERING_ROUNDS", "1"))
"""How often each document is cut, and how many examples hypothesis makes, times 100. More by hand: a long run."""

PART = 4_000
"""Characters of a document that are cut in one round."""

WIDTHS = (4, 5, 11, 33, 80, 120)


def lines_of(blocks: list[Block], width: int) -> list[Line]:
    return [line for block in blocks for line in block.lines(width)]


def grown(pieces: Iterator[str] | list[str], look_each: int = 0) -> GrowingMarkdown:
    """The pieces fed one by one; the open blocks are looked at after each so many."""
    markdown = GrowingMarkdown()
    for count, piece in enumerate(pieces):
        markdown.feed(piece)
        if look_each and count % look_each == 0:
            lines_of(markdown.open, 40)
    markdown.close()
    return markdown


def cut(text: str, sizes: int, seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    start = 0
    while start < len(text):
        end = start + chance.randint(1, sizes)
        yield text[start:end]
        start = end


def letters(lines: list[Line]) -> int:
    return sum(
        character in "abcdefghijklmnopqrstuvwxyz"
        for line in lines
        for t, _ in (*line.runs, *line.edge)
        for character in t
    )


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert sum(len(text) for _, text in documents()) >= 500_000


def a_part(text: str, seed: str) -> str:
    """Whole lines from somewhere in a document. All of it takes five times as long: see `make fuzz`, and `ROUNDS`."""
    if len(text) <= PART or ROUNDS > 1:
        return text
    start = text.find("\n", random.Random(seed).randrange(len(text) - PART)) + 1
    return text[start : start + PART]


@pytest.mark.parametrize("name", some(name for name, _ in documents()))
def test_any_cut_of_a_real_document_gives_the_lines_of_the_whole(name: str) -> None:
    text = a_part(dict(documents())[name], name)
    whole = render(text)
    for seed in range(ROUNDS):
        wanted = {width: lines_of(whole, width) for width in WIDTHS[seed % 3 :: 3]}
        for sizes in (7 if len(text) < 25_000 else 40, 1_000):
            blocks = grown(cut(text, sizes, seed), look_each=7 if sizes < 100 else 1).blocks
            for width, lines in wanted.items():
                assert lines_of(blocks, width) == lines


MARKDOWN = st.lists(
    st.sampled_from(
        [
            "a",
            "word",
            "**",
            "*",
            "_",
            "`",
            "``",
            "```",
            "```py\n",
            "~~~",
            "~~",
            "[",
            "](",
            "][",
            "]:",
            "](u)",
            "![",
            "(",
            ")",
            "<b>",
            "<div>\n",
            "<!--",
            "-->",
            "$",
            "$$",
            "\\(",
            "\\)",
            "\\[",
            "\\]",
            "$x^2$",
            "$$\n\\frac{a}{b}\n$$\n",
            "\\(\\alpha + b\\)",
            "\\",
            "&amp;",
            "|",
            "|-|-|\n",
            "| a | b |\n",
            "-",
            "- ",
            "* ",
            "1. ",
            "10) ",
            "#",
            "# ",
            "> ",
            ">",
            "=",
            "===\n",
            "---\n",
            "\n",
            "\n\n",
            "\n\n\n",
            " ",
            "  ",
            "    ",
            "\t",
            "[x]: /u\n",
            "[x]",
            "[^1]",
            "[^1]: ",
            "[^n]:",
            ": ",
            "\n: ",
            "> [!NOTE]\n",
            "[!tip] ",
            "[ ] ",
            "👩\u200d👩\u200d👧",
            "世界",
            "é",
            "x = 1\n",
        ]
    ),
    max_size=60,
).map("".join)


@settings(max_examples=examples(100 * ROUNDS), deadline=None)
@given(text=MARKDOWN, data=st.data())
def test_any_cut_of_any_text_gives_the_lines_of_the_whole(text: str, data: st.DataObject) -> None:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    pieces = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
    blocks = grown(pieces, look_each=1).blocks
    for width in WIDTHS:
        lines = lines_of(render(text), width)
        assert lines_of(blocks, width) == lines
        assert all(width_of(line) <= width for line in lines)


def width_of(line: Line) -> int:
    return sum(cell_len(text) for text, _ in line.runs)


@thorough
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("word **bold** " * 1_000, id="one line"),
        pytest.param("some words\nin [lines](/to)\n" * 500, id="one paragraph"),
        pytest.param("```python\n" + 'def f():\n    """Doc\n    string."""\n\n' * 500, id="a fence"),
        pytest.param("```json\n" + '{"a": [1, 2]},\n' * 1_000, id="a fence whose lexer cannot resume"),
        pytest.param("```js\n" + "var a=1;" * 1_200 + "\n```\nend", id="a long line of code"),
        pytest.param("- item\n  - inner *item*\n" * 300, id="a list"),
        pytest.param("| a | b |\n|---|---|\n" + "| `x` | some words |\n" * 300, id="a table"),
        pytest.param("> quoted words\n" * 1_500, id="a quote"),
        pytest.param("<div>\n" + "text\n" * 2_000, id="html"),
        pytest.param("x" * 20_000, id="one word"),
        pytest.param("[a]: /u\n" * 2_000 + "[a]", id="definitions"),
        pytest.param("word " * 200 + " " * 900 + "\n\nend", id="blank space at the end"),
    ],
)
def test_blocks_of_any_length_are_cut_the_same_way(text: str) -> None:
    whole = lines_of(render(text), 60)
    assert letters(whole) >= len([c for c in text if c in "abcdefghijklmnopqrstuvwxyz"]) or "[" in text
    for sizes in (30, 3_000):
        assert lines_of(grown(cut(text, sizes, 1), look_each=50).blocks, 60) == whole


def test_finished_blocks_stay_the_same_objects() -> None:
    markdown = GrowingMarkdown()
    before: list[Block] = []
    for piece in cut(dict(documents())["wcwidth/METADATA"], 300, 1):
        markdown.feed(piece)
        assert [id(block) for block in markdown.blocks[: len(before)]] == [id(block) for block in before]
        before = list(markdown.blocks)
    assert len(before) > 100


def test_what_is_shown_before_the_end_is_what_stands_at_the_end() -> None:
    text = (
        "# Title\n\nSome *words*.\n\n- a\n- b\n\n```py\nx = 1\n```\n\n| a | b |\n|---|---|\n| c | d |\n\nend"
    )
    markdown = GrowingMarkdown()
    markdown.feed(text)
    shown = lines_of(markdown.blocks + markdown.open, 40)
    markdown.close()
    assert (lines_of(markdown.blocks, 40), markdown.open) == (shown, [])


def test_the_beginning_of_a_mark_is_not_shown_as_text() -> None:
    markdown = GrowingMarkdown()
    markdown.feed("text\n")
    calm = lines_of(markdown.open, 40)[0]
    for beginning in ("-", " item\n", "1", ".", " item\n\n", "`", "``py", "\nx = 1\n", "``"):
        markdown.feed(beginning)
        lines = lines_of(markdown.blocks + markdown.open, 40)
        shown = "".join(text for line in lines for text, _ in line.runs)
        assert "`" not in shown
        assert "-" not in shown
        assert lines[0] == calm


@pytest.mark.parametrize(
    "source",
    [
        "so **bold words** here",
        "so `code` here",
        "so *it **both** it* x",
        "so ~~gone~~ x",
        "so [link](/to) x",
    ],
)
def test_open_marks_are_taken_for_closed_while_the_text_grows(source: str) -> None:
    markdown = GrowingMarkdown()
    for character in source:
        markdown.feed(character)
        shown = "".join(text for line in lines_of(markdown.open, 60) for text, _ in line.runs)
        assert not set(shown) & set("*`~")
        assert "](" not in shown


@pytest.mark.parametrize(
    "target", ["https://example.com/a_b", "https://example.com/p.png 'a title'", '/to "x"']
)
@pytest.mark.parametrize("mark", ["", "!"])
def test_a_link_shows_its_text_alone_until_its_address_is_whole(target: str, mark: str) -> None:
    markdown = GrowingMarkdown()
    markdown.feed(f"so {mark}[a link](")
    shown = set()
    for character in target:
        markdown.feed(character)
        shown.add("".join(text for line in lines_of(markdown.open, 60) for text, _ in line.runs).strip())
    assert shown == {f"so {'🖼 ' if mark else ''}a link"}
    markdown.feed(")")
    assert "(" in "".join(text for line in lines_of(markdown.open, 60) for text, _ in line.runs)


def test_a_late_definition_changes_what_came_before_at_the_end() -> None:
    text = "[a] is\n\n" * 3 + "[a]: /u\n"
    markdown = grown(cut(text, 3, 1), look_each=1)
    assert lines_of(markdown.blocks, 40) == lines_of(render(text), 40)
    assert any("/u" in text for line in lines_of(markdown.blocks, 40) for text, _ in line.runs)


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_a_late_definition_is_worked_off_in_pieces(limit: int) -> None:
    text = "[a] is *it*\n\n```\n[a]\n```\n\n" * 5 + "[a]: /u\n"
    markdown = GrowingMarkdown()
    for piece in cut(text, 3, 1):
        markdown.feed(piece)
    before = markdown.blocks
    calls = 1
    while markdown.closing(limit):
        assert markdown.blocks is before
        calls += 1
    assert calls == max(1, -(-len(text) // limit))
    assert lines_of(markdown.blocks, 40) == lines_of(render(text), 40)


def test_a_definition_which_is_still_growing_defines_nothing() -> None:
    markdown = GrowingMarkdown()
    for piece in ("[a]\n\n[a]: /u", "rl"):
        markdown.feed(piece)
        lines_of(markdown.open, 40)
    markdown.close()
    assert "a (/url)" in "".join(text for line in lines_of(markdown.blocks, 40) for text, _ in line.runs)


def test_the_pieces_of_a_code_block_share_its_source() -> None:
    source = "".join(f"x{n} = {n}\n" for n in range(500))
    blocks = render(f"```python\n{source}```")
    assert len(blocks) > 5
    assert {block.source for block in blocks if isinstance(block, Code)} == {source.removesuffix("\n")}
    assert len({id(block.code) for block in blocks if isinstance(block, Code)}) == 1


@thorough
def test_blocks_have_a_bounded_number_of_rows() -> None:
    text = "words " * 5_000 + "\n\n" + "- item\n" * 500 + "\n```\n" + "\n" * 3_000 + "```\n" + "<p>\n" * 3_000
    assert max(len(block.lines(40)) for block in render(text)) <= 60


# cost
@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The characters which were given to the inline parser and to the highlighter, call by call."""
    characters: list[int] = []
    parse, resume = Inline.parse, Highlighter.resume

    def counted_parse(self: Inline, source: str, style: TextStyle = TEXT) -> Parsed:
        characters.append(len(source))
        return parse(self, source, style)

    def counted_resume(self: Highlighter, text: str, state: State) -> tuple[list[Runs], list[State | None]]:
        characters.append(len(text))
        return resume(self, text, state)

    monkeypatch.setattr(Inline, "parse", counted_parse)
    monkeypatch.setattr(Highlighter, "resume", counted_resume)
    return characters


KINDS = {
    "paragraph": "some words with **bold** and `code` in one line ",
    "fence": "    value = compute(1, 'two')  # three\n",
    "table": "| some | words | in | a row |\n",
    "list": "- an item\n  - an inner item\n",
}
OPENINGS = {"fence": "```python\n", "table": "| a | b | c | d |\n|---|---|---|---|\n"}


@thorough
@pytest.mark.parametrize("kind", some(KINDS))
def test_a_flood_is_parsed_less_than_twice(kind: str, work: list[int]) -> None:
    text = OPENINGS.get(kind, "") + KINDS[kind] * 3_000
    markdown = GrowingMarkdown()
    for start in range(0, len(text), 3_000):
        markdown.feed(text[start : start + 3_000])
        lines_of(markdown.open, 80)
    markdown.close()
    assert sum(work) < 2.2 * len(text)


@thorough
@pytest.mark.parametrize("kind", some(KINDS))
def test_a_small_step_costs_the_same_after_much_text_as_after_little(kind: str, work: list[int]) -> None:
    def most_of_a_step(repetitions: int) -> int:
        markdown = GrowingMarkdown()
        markdown.feed(OPENINGS.get(kind, "") + KINDS[kind] * repetitions)
        most = 0
        for _ in range(120):
            work.clear()
            markdown.feed(KINDS[kind][:5])
            markdown.feed(KINDS[kind][5:])
            lines_of(markdown.open, 80)
            most = max(most, sum(work))
        return most

    after_little, after_much = most_of_a_step(300), most_of_a_step(6_000)
    assert after_much <= 1.2 * after_little
    assert after_much < 12_000


@thorough
@pytest.mark.parametrize("kind", some(KINDS))
def test_the_open_end_is_short_however_long_the_text(kind: str) -> None:
    markdown = GrowingMarkdown()
    markdown.feed(OPENINGS.get(kind, "") + KINDS[kind] * 5_000)
    assert len(lines_of(markdown.open, 80)) < 130
