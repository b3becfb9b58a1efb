"""Formulas: what is known is drawn, and anything else is left as it is written."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from elumenta_tui.markdown.formula import in_a_row, stacked
from elumenta_tui.markdown.growing import GrowingMarkdown, render
from tests.markdown.test_blocks import lines_of, rows, shown
from tests.thorough import examples


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\alpha^2 + \beta_i \to \sqrt{x}", "α² + βᵢ → √x"),
        (r"\frac{a}{b}", "a/b"),
        (r"\frac{n(n+1)}{2}", "n(n + 1)/2"),
        (r"\frac{1}{a+b}", "1/(a + b)"),
        ("E = mc^2", "E = mc²"),
        (r"O(n \log n)", "O(n log n)"),
        ("x_{max}", "xₘₐₓ"),
        (r"x \in \mathbb{R}^n", "x ∈ ℝⁿ"),
        (r"\sum_{i=1}^{n} i^2", "∑ᵢ₌₁ⁿ i²"),
        ("e^{-x^2}", "e^(-x²)"),
        (r"\sqrt{b^2 - 4ac}", "√(b² - 4ac)"),
        (r"\sqrt[3]{8} = 2", "∛8 = 2"),
        ("-1 < x \\le 3", "-1 < x ≤ 3"),
        (r"\text{скорость} = \frac{s}{t}", "скорость = s/t"),
        (r"90^\circ", "90°"),
        (r"x_1, x_2, \ldots, x_n", "x₁, x₂, …, xₙ"),
        (r"f'(x)", "f′(x)"),
        (r"\{1, 2\} \subset A", "{1, 2} ⊂ A"),
        (r"a \not\in B", "a ∉ B"),
        (r"\left( x \right]", "(x]"),
        ("n!", "n!"),
        ("5", "5"),
    ],
)
def test_a_formula_whose_parts_are_known_is_one_row_of_text(tex: str, text: str) -> None:
    assert in_a_row(tex) == text
    assert shown(rf"so ${tex}$ and \({tex}\).", 200) == f"so {text} and {text}."


@pytest.mark.parametrize(
    "tex",
    [
        r"\foo",
        r"\frac{a}",
        "x^",
        "x^{2",
        "x}",
        "a^b^c",
        r"\begin{matrix} a & b \end{matrix}",
        r"\begin{foo} a \end{foo}",
        r"\begin{cases} a \end{matrix}",
        r"\left( a",
        "a & b",
        "50%",
        "",
        " ",
        "x" * 2_000,
        "{" * 30 + "x" + "}" * 30,
        r"\color{red} x",
    ],
)
def test_a_formula_with_anything_else_stays_as_written(tex: str) -> None:
    assert in_a_row(tex) is None


@pytest.mark.parametrize(
    "text",
    [
        "between $5 and $10",
        "it is $5-$10 a month",
        "US$5 or 6$ more",
        "5$ или 6$",
        "set $HOME and $PATH",
        "in $HOME/bin:$PATH it is",
        "echo $a$b",
        "either $5 or 6$ then",
        "цена: $сто рублей$ ровно",
        "$ a $",
        r"\(see below\)",
    ],
)
def test_prices_variables_and_words_are_no_formulas(text: str) -> None:
    assert shown(text, 100) == text
    assert not any(style.source for line in lines_of(text) for _, style in line.runs)


def test_code_is_no_formula() -> None:
    assert shown("`$a^2$` x") == "$a^2$ x"
    assert shown("```\n$a^2$\n```") == " $a^2$"


DISPLAYED = {
    r"x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}": rows(
        "     -b ± √(b² - 4ac)", "x = ──────────────────", "            2a"
    ),
    r"\sum_{i=1}^{n} i^2 = \frac{n(n+1)}{2}": rows(
        " n        n(n + 1)", " ∑  i² = ──────────", "i=1          2"
    ),
    r"A = \begin{pmatrix} a & b \\ c & d \end{pmatrix}": rows("A = ⎛a  b⎞", "    ⎝c  d⎠"),
    r"f = \begin{cases} 1 & x>0 \\ 0 & \text{иначе} \\ -1 & x<0 \end{cases}": rows(
        "    ⎧1   x > 0", "f = ⎨0   иначе", "    ⎩-1  x < 0"
    ),
    r"\lim_{x \to 0} \frac{\sin x}{x} = 1": rows("     sin x", "lim ─────── = 1", "x→0    x"),
    r"\begin{aligned} a &= b + c \\ &= d \end{aligned}": rows("a = b + c", "  = d"),
    r"\boxed{42}": rows("┌────┐", "│ 42 │", "└────┘"),
    r"\left(\frac{a}{b}\right)^2": rows("⎛ a ⎞²", "⎜───⎟", "⎝ b ⎠"),
    r"\sqrt{\frac{1}{2}}": rows(" ┌────", " │ 1", " │───", "√│ 2"),
}


@pytest.mark.parametrize("tex", DISPLAYED)
def test_a_displayed_formula_is_stacked(tex: str) -> None:
    wanted = "\n".join(f"  {row}" for row in DISPLAYED[tex].split("\n"))
    for source in (f"$$\n{tex}\n$$", f"\\[{tex}\\]", f"$$ {tex} $$\n"):
        assert shown(source, 60) == wanted


def test_a_displayed_formula_that_does_not_fit_is_shown_as_its_source() -> None:
    source = r"\[ x = \frac{-b \pm \sqrt{b^2-4ac}}{2a} \]"
    assert "frac" not in shown(source, 24)
    assert "\\frac" in "".join(shown(source, 23).replace("\n", "").replace("↳", "").split())


def test_all_rows_of_a_drawn_formula_are_copied_as_its_source() -> None:
    source = "$$\n\\frac{a}{b}\n$$"
    lines = lines_of(f"> {source.replace(chr(10), chr(10) + '> ')}\n")
    assert [line.copying and (line.copying.source, line.copying.goes_on) for line in lines] == [
        (source, True),
        (source, True),
        (source, False),
    ]


def test_a_formula_in_a_line_is_copied_as_its_source_however_it_is_wrapped() -> None:
    source = r"so $\alpha + \beta + \gamma = \delta$ it is"
    for width in (6, 9, 12, 40):
        copied = ""
        for line in lines_of(source, width):
            text, at = "".join(text for text, _ in line.runs), 0
            for start, end, instead in line.copying.tabs if line.copying else ():
                copied += text[at:start] + instead
                at = end
            copied += text[at:] + line.lost
        assert copied == source, width


def test_a_formula_is_drawn_once_it_is_closed() -> None:
    markdown = GrowingMarkdown()
    seen: list[str] = []
    for letter in r"so $\alpha$ it is $5-$10":
        markdown.feed(letter)
        lines = [line for block in markdown.open for line in block.lines(60)]
        seen.append("".join(text for line in lines for text, _ in line.runs))
    closed = seen.index("so α i")
    assert all("α" not in text for text in seen[:closed])
    assert all(text.startswith("so α") for text in seen[closed:])
    assert seen[-1] == "so α it is $5-$10"
    assert not any(text.endswith("5-") for text in seen if "$5" not in text)


TEX = st.lists(
    st.sampled_from(
        "a b x 1 2 + - = ^ _ { } & ( ) [ ] | ' , \\\\ \\frac \\sqrt \\sum \\int \\left( \\right) \\left. \\right| \\alpha \\to \\text{ü} "
        "\\begin{matrix} \\end{matrix} \\begin{cases} \\end{cases} \\hat \\vec \\overline \\binom \\boxed \\mathbb{R} \\lim \\not \\, 世 é".split()
    ),
    max_size=40,
).map(" ".join)


@settings(max_examples=examples(300), deadline=None)
@given(tex=TEX)
def test_anything_is_drawn_as_even_rows_or_not_at_all(tex: str) -> None:
    row, drawn = in_a_row(tex), stacked(tex)
    assert row is None or "\n" not in row
    assert drawn is None or (len(drawn) <= 40 and max(map(cell_len, drawn)) <= 400)
    for block in render(f"so ${tex}$\n\n$$\n{tex}\n$$\n"):
        for width in (7, 40):
            assert all(cell_len("".join(t for t, _ in line.runs)) <= width for line in block.lines(width))


@pytest.mark.parametrize(
    "tex",
    [
        "{" * 700 + "}" * 700,
        r"\frac{" * 100 + "x" + "}{y}" * 100,
        r"\begin{matrix}" + "&" * 1_000,
        "x^" * 700,
        "x^{" * 300 + "}" * 300,
        r"\sqrt" * 250 + "x",
        r"\\" * 700,
        r"\left(" * 200,
        r"\frac12" * 200,
        r"&\\" * 400,
        r"\begin{matrix}" * 80,
        "^" * 1_400,
    ],
)
def test_hostile_formulas_cost_little(tex: str) -> None:
    started = process_time()
    in_a_row(tex), stacked(tex)
    assert process_time() - started < 1.0
