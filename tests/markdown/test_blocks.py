"""What each element of Markdown looks like."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elumenta_tui.markdown import blocks
from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.code import Code
from elumenta_tui.markdown.growing import plain_blocks, render
from elumenta_tui.markdown.style import Line, TextStyle, links
from elumenta_tui.markdown.table import Table
from elumenta_tui.text.sanitize import clean
from tests.thorough import examples, thorough


def text_of(line: Line) -> str:
    return "".join(text for text, _ in line.runs)


def lines_of(source: str, width: int = 40) -> list[Line]:
    return [line for block in render(source) for line in block.lines(width)]


def shown(source: str, width: int = 40) -> str:
    """The rows as text, without the blank space at their ends."""
    return "\n".join(text_of(line).rstrip() for line in lines_of(source, width))


def style_of(source: str, piece: str) -> TextStyle:
    """The style of the run which holds the piece."""
    return next(style for line in lines_of(source) for text, style in line.runs if piece in text)


def only(source: str) -> Block:
    (block,) = render(source)
    return block


def rows(*lines: str) -> str:
    return "\n".join(lines)


CODED = st.sampled_from(
    [
        f"&#x{code:x};"
        for code in (0, 7, 0x1B, 0x7F, 0x9B, 0x9D, 0x200B, 0x200E, 0x202E, 0x2028, 0x2066, 0xD800, 0xE0041)
    ]
    + [
        "&lrm;",
        "&zwj;",
        "&ZeroWidthSpace;",
        "&shy;",
        "&bsol;",
        "%1b",
        "%9b",
        "%07",
        "%e2%80%ae",
        "%e2%80%8b",
        "%ff",
        "xn--80ak6aa92e",
    ]
)
PIECES = st.lists(
    CODED
    | st.sampled_from(
        [
            "[",
            "](",
            ")",
            "<https://x.y/",
            ">",
            "http://",
            "`",
            "```",
            "\n",
            "\n\n",
            "| a |\n|---|\n|",
            "**",
            "![",
            "# ",
            "$",
            "\\",
            "[a]: https://x.y/",
            "[a]",
            "<b title='",
            "'>",
            "a",
            " ",
        ]
    ),
    max_size=20,
).map("".join)


@thorough
@settings(max_examples=examples(300))
@given(PIECES)
def test_what_is_spelled_in_code_is_as_harmless_as_what_is_written(source: str) -> None:
    for line in lines_of(source):
        text = text_of(line)
        assert clean(text) == text
        assert "\n" not in text


# text
def test_nothing_gives_no_blocks() -> None:
    assert render("") == []
    assert render("\n\n\n") == []


def test_paragraphs_are_wrapped_and_a_blank_row_is_between_them() -> None:
    assert shown("one two three four\n\nfive", 10) == rows("one two", "three four", "", "five")


HAIKU = "Über den Wassern\ntreibt *still* ein Blatt\nund ruht"
LETTER = "Anna Petrowa\nNewski-Prospekt 28\n191186 Sankt Petersburg"
LOG = "12:00:01 INFO started\n12:00:02 WARN slow\n12:00:09 INFO done"


@thorough
@pytest.mark.parametrize("text", [HAIKU, LETTER, LOG, "name: Anna\nborn: 1990\ncity: Omsk"])
@pytest.mark.parametrize("mark", ["", "- ", "> ", "1. "])
def test_the_lines_of_a_paragraph_stay_lines(text: str, mark: str) -> None:
    source = mark + text.replace("\n", f"\n{mark if mark == '> ' else ' ' * len(mark)}")
    lines = [text_of(line)[line.skip :] for line in lines_of(source)]
    assert lines == text.replace("*", "").split("\n")
    assert not any(line.soft for line in lines_of(source))


@pytest.mark.parametrize("text", [HAIKU, LETTER, LOG])
def test_the_lines_of_a_paragraph_are_joined_if_that_is_wanted(text: str) -> None:
    lines = [line for block in render(text, join_lines=True) for line in block.lines(200)]
    assert [text_of(line) for line in lines] == [text.replace("\n", " ").replace("*", "")]


@pytest.mark.parametrize("join_lines", [True, False])
def test_a_hard_break_is_a_break_whether_lines_are_joined_or_not(join_lines: bool) -> None:
    source = f"{'word ' * 195}end  \nnext\\\nthird " + "word " * 100
    lines = [text_of(line) for block in render(source, join_lines) for line in block.lines(2000)]
    assert [line.split()[0] for line in lines if line.strip()][:3] == ["word", "next", "third"]


@thorough
def test_a_long_paragraph_of_short_lines_keeps_every_line() -> None:
    source = "\n".join(f"key {n}: **value** {n}" for n in range(500))
    assert shown(source) == source.replace("**", "")
    assert max(len(block.lines(40)) for block in render(source)) <= 60


def test_a_hard_break_starts_a_new_row() -> None:
    assert shown("one  \ntwo\\\nthree") == rows("one", "two", "three")


def test_marks_become_styles() -> None:
    source = "**bold** *italic* ~~gone~~ `code` ***both***"
    assert shown(source, 60) == "bold italic gone code both"
    assert style_of(source, "bold").bold
    assert style_of(source, "italic").italic
    assert style_of(source, "gone").strike
    assert style_of(source, "code").role == "code"
    assert style_of(source, "both") == TextStyle(bold=True, italic=True)


def test_html_is_shown_as_text() -> None:
    assert shown("a <b>x</b>") == "a <b>x</b>"
    assert style_of("a <b>x</b>", "<b>").role == "html"
    assert shown("<div>\n  *x*\n</div>") == rows("<div>", "  *x*", "</div>")


def test_entities_and_escapes_are_resolved_but_bring_no_control_characters() -> None:
    assert shown(r"&copy; \* &amp;") == "© * &"
    assert "\x1b" not in shown("&#27;[31m &#x1b; [a](%1b%07) `&#27;`\n\n```&#27;\nx\n```", 80)


@pytest.mark.parametrize(
    "math", [r"$a_1*b*\foo_2$", r"\(\x_i*y_i*\)", r"$$a_1 * \b_1 * c$$", r"\[\alpha_1\_\nope\]"]
)
def test_math_that_is_not_known_is_shown_untouched(math: str) -> None:
    assert shown(f"so {math} holds") == f"so {math} holds"


def test_displayed_math_that_is_not_known_is_code() -> None:
    source = "so\n$$\na_1 = \\foo\n+ c_1\n$$\ndone"
    assert shown(source) == rows("so", "", " $$", r" a_1 = \foo", " + c_1", " $$", "", "done")
    assert {line.fill for line in lines_of(source)[2:6]} == {TextStyle("fence")}


def test_displayed_math_that_was_never_closed_is_text() -> None:
    assert shown("so\n$$\na_1 = b\n\ndone") == rows("so", "", "$$", "a_1 = b", "", "done")


def test_prices_are_no_math() -> None:
    assert style_of("from $5 to *now* $6", "now").italic


def test_footnotes_are_small_numbers() -> None:
    assert shown("a[^1] b[^12].\n\n[^1]: note\n[^12]: *other*\n    more") == rows(
        "a¹ b¹².", "", "¹ note", "¹² other", "   more"
    )


def test_footnotes_with_names_keep_them() -> None:
    assert shown("a[^why]\n\n[^why]: so") == rows("a[^why]", "", "[^why]: so")


def test_what_no_footnote_defines_is_text() -> None:
    assert shown("a[^1] [^a-z]+ [^ ]") == "a[^1] [^a-z]+ [^ ]"


# definitions
def test_definitions_stand_below_their_bold_term() -> None:
    source = "Intro\nTerm\n: what *it* is\n: or else\nOther `x`\n: that\n\nend"
    assert shown(source) == rows(
        "Intro", "", "Term", ": what it is", ": or else", "Other x", ": that", "", "end"
    )
    assert style_of(source, "Term").role == "term"
    assert style_of(source, "Intro").role == "text"


def test_a_wrapped_definition_hangs_beside_its_mark() -> None:
    assert shown("Term\n: one two\n  three", 9) == rows("Term", ": one two", "  three")
    assert shown("> Term\n> : one two three", 11) == rows("▌ Term", "▌ : one two", "▌   three")


@pytest.mark.parametrize("source", ["a\n:smile: b", "a\n:", "\n: a", "a\n\n: b", "- a\n: b"])
def test_a_colon_without_a_term_above_or_a_blank_behind_is_text(source: str) -> None:
    assert "term" not in [style.role for line in lines_of(source) for _, style in line.runs]
    assert shown(source).endswith(source.split("\n")[-1])


# alerts
@pytest.mark.parametrize("kind", ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"])
def test_an_alert_is_a_quote_that_says_its_kind(kind: str) -> None:
    source = f"> [!{kind}]\n> one *two*\n>\n> - three\n\nend"
    word = kind.capitalize()
    assert shown(source) == rows(f"▌ {word}", "▌ one two", "▌", "▌ • three", "", "end")
    assert style_of(source, "▌").role == style_of(source, word).role == f"alert.{kind.lower()}"
    assert style_of(source, "one").role == "text"


@pytest.mark.parametrize(
    "source", ["[!NOTE]\na", "> a\n> [!NOTE]", "> - [!NOTE]", "> [!OTHER]\n> a", "> `[!NOTE]`"]
)
def test_other_marks_are_no_alerts(source: str) -> None:
    assert "alert" not in "".join(style.role for line in lines_of(source) for _, style in line.runs)
    assert "[!" in shown(source)


def test_text_behind_the_mark_of_an_alert_belongs_to_it() -> None:
    assert shown("> [!tip] Use it\n> now") == rows("▌ Tip", "▌ Use it", "▌ now")


def test_code_that_is_a_diff_says_what_comes_and_goes() -> None:
    source = "```diff\n- old\n+ new\n```"
    assert style_of(source, "old").role == "fence.deleted"
    assert style_of(source, "new").role == "fence.inserted"


# links
def test_a_link_is_underlined_and_its_target_follows() -> None:
    source = "see [the *docs*](https://example.com/a)."
    assert shown(source, 60) == "see the docs (https://example.com/a)."
    assert style_of(source, "docs") == TextStyle(italic=True, underline=True, href="https://example.com/a")
    assert style_of(source, "(https").role == "target"


@pytest.mark.parametrize(
    ("source", "href"),
    [
        ("<https://a.b/c>", "https://a.b/c"),
        ("[https://a.b](https://a.b)", "https://a.b"),
        ("<me@a.b>", "mailto:me@a.b"),
        ("see https://a.b/c_d_e.", "https://a.b/c_d_e"),
        ("(https://a.b/x_(y))", "https://a.b/x_(y)"),
        ("www.a.b!", "http://www.a.b"),
    ],
)
def test_a_target_which_is_the_text_is_not_repeated(source: str, href: str) -> None:
    links = [style.href for line in lines_of(source) for _, style in line.runs if style.href]
    assert links == [href]
    assert "target" not in [style.role for line in lines_of(source) for _, style in line.runs]


def test_a_target_is_shown_readable() -> None:
    assert shown("[x](https://a.b/%D0%BC)") == "x (https://a.b/м)"


def test_scripts_are_no_links() -> None:
    assert shown("[x](javascript:alert)") == "[x](javascript:alert)"
    assert shown("[x]\n\n[x]: javascript:alert") == rows("[x]", "", "[x]: javascript:alert")


def test_an_image_is_a_link_with_a_picture() -> None:
    assert shown("![a *cat*](cat.png)") == "🖼 a cat (cat.png)"
    assert style_of("![a cat](cat.png)", "a cat").href == "cat.png"


def test_references_may_be_defined_later_and_the_first_definition_holds() -> None:
    source = '[a] [t][A]\n\n[a]: /one "title"\n[a]: /two\n'
    assert shown(source) == rows("a (/one) t (/one)", "", '[a]: /one "title"', "[a]: /two")


SOURCES = '[1]: https://example.org/one\n[2]: <https://example.org/two> "Two"\n[3]: https://example.org/three'


@pytest.mark.parametrize("before", ["", "Sources:\n\n", "# Sources\n", "- item\n\n"])
@pytest.mark.parametrize("after", ["", "\n", "\n\nEnd", "\nEnd"])
def test_definitions_that_nothing_uses_are_shown_as_they_are_written(before: str, after: str) -> None:
    assert SOURCES in shown(before + SOURCES + after)
    assert after.strip() in shown(before + SOURCES + after)
    found = [run for block in render(before + SOURCES + after) for run in block.linked_runs()]
    assert [href for _, href in links(found)] == [f"https://example.org/{n}" for n in ("one", "two", "three")]


def test_a_definition_before_a_heading_or_a_table_is_shown_before_it() -> None:
    assert shown("[a]: /u\nTitle\n-----") == rows("[a]: /u", "", "Title")
    assert shown("[a]: /u\n| b |\n|---|") == rows("[a]: /u", "", "┌───┐", "│ b │", "└───┘")
    assert shown("- [a]: /u\n  Title\n  ---") == rows("• [a]: /u", "  Title")


@thorough
def test_a_thousand_definitions_are_shown_in_small_blocks() -> None:
    source = "\n".join(f"[{n}]: https://example.org/{n}" for n in range(1000))
    assert shown(source) == source
    assert max(len(block.lines(80)) for block in render(source)) <= 60


# headings, rules
def test_headings_have_no_hashes_and_the_first_level_is_underlined() -> None:
    source = "# One `x` #\n## Two\ntext"
    assert shown(source) == rows("One x", "━━━━━", "", "Two", "", "text")
    assert style_of(source, "One") == TextStyle("heading.1", bold=True)
    assert style_of(source, "Two") == TextStyle("heading.2", bold=True)
    assert style_of(source, "━").role == "rule"


def test_an_underlined_line_is_a_heading() -> None:
    assert shown("One\n===\n\nTwo\n---") == rows("One", "━━━", "", "Two")


def test_a_rule_goes_across() -> None:
    assert shown("a\n\n***\n\nb", 10) == rows("a", "", "─" * 10, "", "b")


# lists, quotes
def test_bullets_change_with_the_depth() -> None:
    source = "- a\n  - b\n    - c\n      - d\n- e"
    assert shown(source) == rows("• a", "  ◦ b", "    ▪ c", "      • d", "• e")
    assert style_of(source, "•").role == "mark"


def test_numbers_are_aligned_at_the_right() -> None:
    assert shown("9. a\n10. b\n11. c") == rows(" 9. a", "10. b", "11. c")
    assert shown("1) a\n2) b") == rows(" 1) a", " 2) b")


def test_wrapped_items_hang_beside_their_mark() -> None:
    assert shown("- one two three\n- four", 9) == rows("• one two", "  three", "• four")


def test_blank_rows_between_items_are_those_of_the_source() -> None:
    assert shown("- a\n- b\n\n- c\n# h") == rows("• a", "• b", "", "• c", "", "h", "━")


def test_tasks_have_boxes() -> None:
    assert shown("- [ ] a\n- [x] b\n  - [X] c\n1. [ ] d\n- [] e") == rows(
        "☐ a", "☑ b", "  ☑ c", "", " 1. ☐ d", "", "• [] e"
    )


def test_an_item_without_text_has_its_mark() -> None:
    assert shown("- a\n-\n- b") == rows("• a", "•", "• b")


def test_lists_can_be_nested_deeper_than_anyone_needs() -> None:
    source = "".join(f"{'  ' * depth}- x{depth}\n" for depth in range(120))
    assert "x119" in shown(source, 300)
    assert shown(source, 20).count("x") == 120


def test_quotes_have_a_bar_which_runs_on_through_gaps() -> None:
    source = "> a\n> > b\n\n> c\n>\n> d"
    assert shown(source) == rows("▌ a", "▌", "▌ ▌ b", "", "▌ c", "▌", "▌ d")
    assert style_of(source, "a").role == "quote"
    assert style_of(source, "▌").role == "rule"


def test_the_cells_beside_the_text_are_skipped_by_copying() -> None:
    (item, wrapped) = lines_of("> - one two", 8)
    assert (text_of(item)[item.skip :], text_of(wrapped)[wrapped.skip :]) == ("one", "two")
    assert (item.soft, item.lost, wrapped.soft) == (True, " ", False)


# code
def test_code_is_filled_padded_and_carries_its_language_at_the_right_end_of_its_first_row() -> None:
    source = "```python\ndef f():\n\treturn 1\n```"
    assert shown(source) == rows(" def f():", "     return 1")
    first, second = lines_of(source)
    assert {line.fill for line in (first, second)} == {TextStyle("fence")}
    assert ("".join(text for text, _ in first.edge), second.edge) == ("python ", ())
    assert first.edge[0] == ("python", TextStyle("language"))
    assert style_of(source, "def").role == "fence.keyword"
    assert style_of(source, "f").role == "fence.keyword"


@pytest.mark.parametrize(("width", "own_row"), [(19, False), (18, True), (10, True)])
def test_the_language_has_a_row_of_its_own_where_the_code_needs_the_room(width: int, own_row: bool) -> None:
    lines = lines_of("1. ```py\n   x = 12345\n   ```", width)
    labels = ["".join(text for text, _ in line.edge) for line in lines]
    texts = [text_of(line) for line in lines]
    if own_row:
        assert labels[0] == "py "
        assert texts[0].startswith(" 1. ")
        assert texts[0].strip() == "1."
        assert "".join("".join(texts[1:]).replace("↳", "").split()) == "x=12345"
    else:
        assert (texts, labels) == ([" 1.  x = 12345"], ["py "])


def test_code_knows_its_source_with_its_tabs() -> None:
    code = only("1. ```make\n   all:\n   \tcc\n\n   ```")
    assert isinstance(code, Code)
    assert (code.language, code.source) == ("make", "all:\n\tcc\n")


def test_long_lines_of_code_are_cut_and_marked_as_wrapped() -> None:
    first, second, third = lines_of("```\n" + "x" * 20 + "\ny\n```", 14)
    assert (text_of(first), first.soft, first.lost) == (" " + "x" * 12, True, "")
    assert (text_of(second), second.soft) == ("↳" + "x" * 8, False)
    assert second.skip == 1, "the sign is not copied"
    assert text_of(third) == " y"


def test_a_line_of_code_of_any_length_has_the_sign_on_all_rows_but_its_first() -> None:
    lines = lines_of("```\n" + "x" * 20_000 + "\ny\n```", 42)
    assert {text_of(line)[0] for line in lines[1:-1]} == {"↳"}
    assert (text_of(lines[0])[0], text_of(lines[-1])) == (" ", " y")


def test_indented_lines_are_code() -> None:
    code = only("    a\n\n      b\n\n")
    assert isinstance(code, Code)
    assert code.source == "a\n\n  b"


def test_code_of_an_unknown_language_is_plain() -> None:
    assert style_of("```nosuch\nclass\n```", "class") == TextStyle("fence")


def test_an_open_fence_ends_with_the_text() -> None:
    assert shown("```\na") == " a"


# tables
TABLE = "| Name | N |\n|:--|--:|\n| **a** | 1 |\n| b \\| c | 22 |\n"


def test_a_table_is_framed_and_aligned() -> None:
    assert shown(TABLE) == rows(
        "┌───────┬────┐",
        "│ Name  │  N │",
        "├───────┼────┤",
        "│ a     │  1 │",
        "│ b | c │ 22 │",
        "└───────┴────┘",
    )
    assert style_of(TABLE, "Name").bold
    assert style_of(TABLE, "a").bold
    assert style_of(TABLE, "┌").role == "rule"


def test_cells_wrap_where_the_table_does_not_fit() -> None:
    source = "| Name | Remark |\n|---|---|\n| a | one two three four |\n"
    assert shown(source, 24) == rows(
        "┌──────┬───────────────┐",
        "│ Name │ Remark        │",
        "├──────┼───────────────┤",
        "│ a    │ one two three │",
        "│      │ four          │",
        "└──────┴───────────────┘",
    )


def test_words_that_cannot_be_broken_get_their_width_before_those_that_can() -> None:
    source = (
        "| Model | Provider | Good at | Why\n|---|---|---|---|\n"
        "| `claude-sonnet-4.5` | Anthropic | code and long texts, all day long | it reads more than the others do |\n"
    )
    for width in (64, 72, 80):
        text = shown(source, width)
        assert " claude-sonnet-4.5 " in text, text
        assert " Anthropic " in text
        assert max(map(len, text.split("\n"))) == width


def test_a_word_that_is_wider_than_the_table_leaves_the_others_their_width() -> None:
    source = "| Name | Address |\n|---|---|\n| claude-sonnet-4.5 | https://example.com/" + "x" * 60 + " |\n"
    text = shown(source, 60)
    assert " claude-sonnet-4.5 " in text
    assert max(map(len, text.split("\n"))) == 60


def test_a_table_without_room_becomes_a_list_of_its_cells() -> None:
    source = "| Name | Remark |\n|---|---|\n| alpha | one two three |\n| beta | x |\n"
    assert shown(source, 14) == rows(
        "Name: alpha", "Remark: one", "two three", "────────────", "Name: beta", "Remark: x"
    )


def test_cells_without_a_header_are_not_lost() -> None:
    assert "b | c | d" in shown("| x | y |\n|---|---|\n| a | b | c | d |\n")


def test_a_long_table_takes_the_whole_width_and_comes_in_pieces() -> None:
    source = "| # | Word |\n|---|---|\n" + "".join(f"| {n} | word{n} |\n" for n in range(1, 200))
    blocks = render(source)
    assert len(blocks) > 10
    assert all(isinstance(block, Table) for block in blocks)
    lines = lines_of(source, 50)
    assert {len(text_of(line)) for line in lines} in ({50}, {49}, {48})
    seen = shown(source, 50)
    assert all(f"word{n} " in seen for n in range(1, 200))


# plain text
def test_plain_text_is_shown_as_it_is() -> None:
    source = "# *no* markup\n\n    - here  <b>\n"
    (block,) = plain_blocks(source)
    assert [text_of(line) for line in block.lines(40)] == ["# *no* markup", "", "    - here  <b>", ""]


def test_plain_text_of_any_length_comes_in_bounded_blocks() -> None:
    for source in ("word " * 20_000, "x" * 100_000, "line\n" * 5_000):
        blocks = plain_blocks(source)
        shown = "".join(text_of(line) + line.lost for block in blocks for line in block.lines(80))
        assert "".join(shown.split()) == "".join(source.split())
        assert max(len(block.lines(80)) for block in blocks) <= 41


# the package
@thorough
def test_importing_the_package_imports_neither_parser_nor_highlighter() -> None:
    program = (
        "import sys, elumenta_tui.markdown.growing as r; "
        "before = {'markdown_it', 'pygments'} & set(sys.modules); r.warm(); "
        "after = {'markdown_it', 'pygments'} & set(sys.modules); print(len(before), len(after))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["0", "2"]


# ------------------------------------------------------------------------------------------------------------- copied


@pytest.mark.parametrize(
    ("source", "copied"),
    [
        ("> Want to **see** it?\n> Say so.", "> Want to see it?\n> Say so."),
        ("> [!NOTE]\n> Take care\n> of it.", "> Take care\n> of it."),
        ("> > deep\n> shallow", "> > deep\n> > shallow"),
        ("> - a\n>   b\n> - [x] c", "> - a\n>   b\n> - [x] c"),
        ("- a\n  - b", "- a\n  - b"),
        (f"> {'word ' * 3000}", f"> {'word ' * 3000}".rstrip()),
    ],
)
def test_what_is_copied_of_a_paragraph_has_markdown_in_place_of_what_is_painted_beside_it(
    source: str, copied: str
) -> None:
    assert blocks.text_of([block for block in render(source) if isinstance(block, blocks.Text)]) == copied
