"""What models write that the specification of Markdown reads otherwise: shown as it was meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.cells import clusters
from elumenta_tui.markdown.code import Code
from elumenta_tui.markdown.growing import GrowingMarkdown, render
from elumenta_tui.markdown.style import TextStyle
from elumenta_tui.markdown.verbatim import leading_thoughts
from tests.corpus import documents
from tests.fuzz.rendering import missing
from tests.markdown.test_blocks import lines_of, rows, shown, style_of
from tests.thorough import some, thorough

# ------------------------------------------------------------------------------------------------------------ emphasis


@pytest.mark.parametrize(
    ("source", "bold"),
    [
        ("**「重要」**です", "「重要」"),
        ("これは**「重要」**です", "「重要」"),
        ("**注意：**请看", "注意："),
        ("这是**“引用”**的内容", "“引用”"),
        ("**重要(注)**です", "重要(注)"),
        ("**«Война и мир».**Далее", "«Война и мир»."),
        ("слово **«Да»**нет", "«Да»"),
        ("**Примечание:**текст", "Примечание:"),
        ("**강조(强調)**는", "강조(强調)"),
    ],
)
def test_bold_that_ends_with_punctuation_before_a_letter_is_bold(source: str, bold: str) -> None:
    assert "*" not in shown(source)
    assert style_of(source, bold).bold
    assert shown(source) == source.replace("*", "")


@pytest.mark.parametrize("text", ["a*(b+c)*d", ".*foo.*bar", "2 * 3 * 4", "x**(n)", "src/**/*.py"])
def test_asterisks_of_formulas_and_patterns_stay(text: str) -> None:
    assert shown(text) == text


# ----------------------------------------------------------------------------------------------------------- addresses


@thorough
@pytest.mark.parametrize("after", ["，后面", "。", "；", "）后", "」です", "、", "！"])
@pytest.mark.parametrize("before", ["见 ", "见", "", "サイトは"])
def test_an_address_ends_before_the_punctuation_of_east_asia(before: str, after: str) -> None:
    source = f"{before}https://example.com/a{after}"
    assert shown(source) == source
    runs = [run for block in render(source) for run in block.linked_runs()]
    assert [(text, style.href) for text, style in runs if style.href] == [("https://example.com/a",) * 2]


def test_an_address_within_a_latin_word_is_no_link() -> None:
    assert not any(
        style.href for block in render("xhttps://a.b _www.a.b") for _, style in block.linked_runs()
    )


# ------------------------------------------------------------------------------------------------------ lists, breaks


def test_numbers_are_shown_as_they_are_written() -> None:
    assert shown("1. a\n3. b\n7. c").split() == ["1.", "a", "3.", "b", "7.", "c"]
    assert shown("3. a\n2. b\n1. c").split() == ["3.", "a", "2.", "b", "1.", "c"]
    assert shown("1. a\n1. b\n1. c\n9. d").split() == ["1.", "a", "2.", "b", "3.", "c", "9.", "d"]


@pytest.mark.parametrize("tag", ["<br>", "<br/>", "<br />", "<BR>"])
def test_a_break_in_a_cell_starts_a_row_of_the_cell(tag: str) -> None:
    assert shown(f"| a | b |\n|---|---|\n| one{tag} two | x |") == rows(
        "┌─────┬───┐", "│ a   │ b │", "├─────┼───┤", "│ one │ x │", "│ two │   │", "└─────┴───┘"
    )
    assert shown(f"one{tag}two") == rows("one", "two")
    assert shown(f"`{tag}`") == tag
    assert style_of(f"`{tag}`", tag) == TextStyle("code")


# ------------------------------------------------------------------------------------------------- long emphasis


@thorough
@pytest.mark.parametrize("mark", ["**", "*", "***", "~~", "_", "**_"])
@pytest.mark.parametrize("word", ["word ", "слово, да; ", "很长的一段文字。", "`co*de` [li*nk](/to) "])
@pytest.mark.parametrize("size", some([1_300, 1_000, 5_000]))
def test_emphasis_of_any_length_is_styled(mark: str, word: str, size: int) -> None:
    inside = (word * (size // len(word))).strip()
    blocks = render(f"Begin {mark}{inside}{mark[::-1]} end.")
    runs = [run for block in blocks for run in block.linked_runs()]
    text = "".join(text for text, _ in runs)
    assert not set(text.replace("co*de", "").replace("li*nk", "")) & set("*_~")
    sample = "li*nk" if "li*nk" in word else word.split()[0].rstrip(";")
    styled = [style for text, style in runs if sample in text]
    assert styled
    for style in styled:
        assert style.bold == ("**" in mark)
        assert style.italic == (mark in ("*", "***", "_", "**_"))
        assert style.strike == (mark == "~~")
    assert runs[-1] == (" end.", TextStyle())


def test_an_asterisk_that_nothing_closes_is_an_asterisk() -> None:
    source = "5 is *not " + "less, and more " * 200 + "\n\n" + "**bold " + "word " * 400 + "end** x"
    runs = [run for block in render(source) for run in block.linked_runs()]
    text = "".join(text for text, _ in runs)
    assert "is *not less" in text
    assert not any(style.italic for _, style in runs)
    assert text.count("*") == 1


# ---------------------------------------------------------------------------------------------------- joined emoji


@thorough
@pytest.mark.parametrize("emoji", ["👩\u200d👩\u200d👧", "👍🏽", "🏳️\u200d🌈", "1️⃣", "e\u0301", "🇩🇪", "நி"])
@pytest.mark.parametrize("language", ["python", "js", "sh", "html", "sql", "scala"])
def test_no_lexer_and_no_mark_cuts_what_is_one_character(emoji: str, language: str) -> None:
    source = f"```{language}\n{emoji} = {emoji}a('{emoji}') # {emoji} {emoji}\n```\n\n{emoji[0]}**{emoji[1:]}x** *{emoji}*"
    for block in render(source):
        for line in block.lines(30):
            text = "".join(text for text, _ in line.runs)
            assert sum(cell_len(part) for part, _ in line.runs) == sum(c.width for c in clusters(text))
            assert sum(cell_len(part) for part, _ in line.runs) <= 30


# ----------------------------------------------------------------------------------------------- thoughts, documents


@pytest.mark.parametrize("tag", ["think", "thinking"])
def test_thoughts_stand_apart_and_are_not_read_as_markdown(tag: str) -> None:
    source = f"<{tag}>\nHm, *two*.\n\n- or three\n</{tag}>\n\n**Two.**"
    assert shown(source) == rows(f"▌ <{tag}>", "▌ Hm, *two*.", "▌", "▌ - or three", f"▌ </{tag}>", "", "Two.")
    assert style_of(source, "Two.").bold
    assert shown(f"Say `<{tag}>`:\n\n<{tag}>\n\n*x*").endswith("\nx")


@pytest.mark.parametrize("size", [1, 7, 1999, 2000, 2003, 4005, 9000])
def test_what_stands_behind_the_end_of_thoughts_on_its_line_is_the_answer(size: int) -> None:
    source = f"<think>{'x' * size}</think> **Two.** {'y ' * 2000}\n\nend"
    # Letter by letter only where the end of the thoughts is near the first places at which a text is cut, and up to there.
    for cut, until in (*(((1, size + 100),) if size <= 2003 else ()), (700, 0), (len(source), 0)):
        text = GrowingMarkdown()
        start = 0
        while start < len(source):
            end = start + (cut if cut > 1 or start < until else 700)
            text.feed(source[start:end])
            _ = text.open
            start = end
        text.close()
        count = leading_thoughts(text.blocks)
        thoughts, answer = text.blocks[:count], text.blocks[count:]
        assert "".join(letters_of(thoughts)) == f"<think>{'x' * size}</think>"
        assert "".join(letters_of(answer)).startswith("Two.yyy")


def letters_of(blocks: list[Block]) -> Iterator[str]:
    """The text of the blocks, without blanks and bars."""
    for block in blocks:
        for line in block.lines(80):
            yield "".join(text for text, _ in line.runs).replace("▌", "").replace(" ", "")


def test_a_document_may_hold_fences_that_name_their_language() -> None:
    document = "# Use\n\n```python\nx = 1\n```\n\nand\n\n~~~sh\nls\n~~~"
    blocks = render(f"```markdown\n{document}\n```\n\nend")
    assert {block.source for block in blocks if isinstance(block, Code)} == {document}
    assert shown(f"```markdown\n{document}\n```\n\nend").endswith("\nend")


def test_a_header_of_more_cells_than_dashes_stays_readable() -> None:
    source = "| a | b |\n|---|\n| 1 | 2 |"
    assert shown(source) == source


# ------------------------------------------------------------------------------------------- nothing is left out


@thorough
@pytest.mark.parametrize("name", some(name for name, _ in documents()))
def test_every_letter_of_a_real_document_is_shown(name: str) -> None:
    assert not missing(dict(documents())[name])


def test_titles_of_links_and_all_that_stands_after_a_fence_are_shown() -> None:
    assert shown('[a](/u "Title") and <https://a.b>') == 'a (/u "Title") and https://a.b'
    first = lines_of('```py title="app.py"\nx\n```')[0]
    assert "".join(text for text, _ in first.edge).strip() == 'py title="app.py"'
