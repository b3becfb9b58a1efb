"""The HTML export: one file that needs nothing else, in which nothing of a stranger's text is active."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui import i18n
from elumenta_tui.chat.attachment import image_attachment, text_attachment
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.turn import Turn
from elumenta_tui.i18n import say
from elumenta_tui.store.tree import Stored
from elumenta_tui.text.sanitize import clean
from elumenta_tui.transfer import html_text
from elumenta_tui.transfer.export import export
from elumenta_tui.transfer.html import Heading
from elumenta_tui.transfer.html_text import markdown
from elumenta_tui.transfer.selection import ALL, Selection
from tests.storing import MODEL, answered, one_after_another

VOID = {"meta", "hr", "br", "img"}
TAGS = VOID | set(
    "html head title style body header main footer nav article section div h1 h2 h3 h4 h5 h6 p ul ol li a span time strong em s"
    " code pre table thead tbody tr th td blockquote details summary figure figcaption".split()
)
ATTRIBUTES = set(
    "lang charset http-equiv content name id class href rel aria-label aria-labelledby aria-hidden role tabindex dir datetime"
    " value scope src alt width height".split()
)


class Reader(HTMLParser):
    """Reads HTML, and fails on a tag that is not closed, unknown, or active."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attrs} <= ATTRIBUTES
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    for link in reader.of("a"):
        assert re.match(r"https?://|#c[0-9a-f]{12}", str(link["href"]))
        assert str(link["href"]).startswith("#") or link["rel"] == "noopener noreferrer nofollow"
    for image in reader.of("img"):
        assert re.match(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$", str(image["src"]))
    return reader


def stored(conversation: Conversation, draft: str = "") -> Stored:
    return Stored(conversation, draft, 1_790_000_002.0, archived=False, demo=False)


def html(*of: Stored, **options: Any) -> str:
    return "".join(export(of, "html", **options))


def one(*turns: Any, title: str = "A title", **facts: Any) -> Stored:
    return stored(one_after_another(*turns, id="4f3a", title=title, created_on=1_790_000_000.0, **facts))


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[a](javascript:alert(1))",
    '[a](<https://e.x/" onclick=alert(1)>)',
    "![p](https://e.x/p.png)",
    "<style>body{}</style>",
    '```"><b>\n</code></pre><script>\n```',
    "</article></main>",
    "&lt;script&gt; &#x3c;script&#62;",
    '| <b> | "x" |\n|---|---|\n| </td> | & |',
    "> [!NOTE]\n> </blockquote>",
    "<think>\n</details>\n</think>\n\nx",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_text_is_active_wherever_it_stands(text: str) -> None:
    answer = answered(text, text)
    answer.turn.attachments = (text_attachment(text, text),)
    cut = answered(text, text, ended=False)
    cut.fail(Failure("cut", message=text))
    read(html(one(answer, cut, title=text, system_prompt=text, tags=(text,)), selection=ALL))
    read(html(one(answer), one(cut), contents=[Heading(text, text, 0.0), Heading("b", text, 1e30)]))


markup = st.lists(
    st.sampled_from([*HOSTILE, "- ", "1. ", "> ", "```py\n", "\n", "\n\n", "    ", "# ", "|a|b|\n|-|-|\n", "**", "`", "[x](", ")", "word "]),
    max_size=12,
).map("".join)  # fmt: skip


@given(markup | st.text(max_size=60))
def test_any_answer_is_well_formed_and_harmless(text: str) -> None:
    read("".join(markdown(clean(text))))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_an_answer_keeps_all_of_its_words_in_order() -> None:
    text = (
        "Before\n\n- a\n  - b\n\n    ```py\n    x = 'y'\n    ```\n- [x] c\n\n3. three\n4. four\n\n> quote\n> > inner\n\n"
        "| h | i |\n|:-:|--:|\n| j | k |\n\n# Head\n\nLast *one*."
    )
    reader = read("".join(markdown(text)))
    shown = words(" ".join(reader.texts))
    assert shown == words(re.sub(r"```py|\[x\]|\d\.", "", text).replace("x = 'y'", "py x y"))
    assert [each["value"] for each in reader.of("li") if "value" in each] == ["3", "4"]
    assert [each["class"] for each in reader.of("th")] == ["center", "right"]


def test_the_longest_paragraph_and_table_are_one_element_each() -> None:
    text = "word " * 2_000 + "\n\n| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 200
    reader = read("".join(markdown(text)))
    assert (len(reader.of("p")), len(reader.of("table")), len(reader.of("tr"))) == (1, 1, 201)
    assert words("".join(reader.texts)).count("word") == 2_000


def test_code_keeps_its_tabs_blanks_and_lines() -> None:
    code = "all:\n\tdo it\n\n  x\t= 1"
    [pre] = re.findall(r"<code[^>]*>(.*?)</code>", "".join(markdown(f"```make\n{code}\n```")), re.DOTALL)
    assert re.sub("<[^>]*>", "", pre) == code


def test_a_part_that_is_too_long_for_markdown_is_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_text, "RICH", 4_000)
    text = "# a\n" * 1_300
    reader = read("".join(markdown(text)))
    assert "".join(reader.texts).count("a") == 1_300
    assert 0 < len(reader.of("h4")) < 1_300


def test_an_alert_has_its_name_and_not_its_mark() -> None:
    text = "".join(markdown("> [!WARNING]\n> Mind *this*.\n\n> [!OTHER]\n> x"))
    assert '<blockquote class="alert warning">\n<p class="alert-title">Warning</p>' in text
    assert "[!WARNING]" not in text
    assert "[!OTHER]" in text
    i18n.use("ru")
    try:
        assert say("alert.warning") in "".join(markdown("> [!WARNING]\n> x"))
    finally:
        i18n.use("en")


def test_formulas_and_diagrams_are_shown_as_their_source() -> None:
    text = "".join(markdown("$$\\frac{a}{b}$$\n\n```mermaid\ngraph TD\n  A --> B\n```\n"))
    assert "\\frac{a}{b}" in text
    assert "A --&gt; B" in text


def test_the_policy_allows_the_style_sheet_and_nothing_else() -> None:
    text = html(one(answered("q", "a")))
    [style] = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert (
        f"content=\"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\""
        in text
    )
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    assert not re.search(r"url\(|@import|http", style)


def test_each_answer_states_model_price_and_duration() -> None:
    text = html(one(answered("First", "Whole.")))
    for part in ("GPT-5 (gpt-5-served)", "Complete", "2 tokens", "1.5 s", 'datetime="2026-09-21T14:13:21Z"'):
        assert part in text
    # What is left on the account is nobody's business.
    assert "281" not in text


def test_the_language_in_use_is_that_of_the_file() -> None:
    i18n.use("ru")
    try:
        text = html(one(answered("q", "a")))
    finally:
        i18n.use("en")
    assert '<html lang="ru">' in text
    assert "<h3>Вы ·" in text


def test_several_conversations_have_a_table_of_contents_that_leads_to_each() -> None:
    first, second = answered("q", "a", id="1"), answered("r", "b", id="2")
    both = [
        stored(one_after_another(first, id="c1", title="One")),
        stored(one_after_another(second, id="c2", title="")),
    ]
    text = html(*both, contents=[Heading("c1", "One", 5.0), Heading("c2", "", 5.0)])
    reader = read(text)
    targets = [str(link["href"])[1:] for link in reader.of("a")]
    assert targets == [each["id"] for each in reader.of("article")]
    assert "Untitled" in text


PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def test_pictures_are_inside_up_to_a_size_and_named_beyond_it() -> None:
    answer = answered("q", "a")
    answer.turn.attachments = (
        image_attachment("small.png", PNG, "image/png", width=3, height=2),
        image_attachment("large.png", PNG * 2, "image/png"),
        image_attachment("odd.svg", PNG, "image/svg+xml"),
    )
    text = html(one(answer), pictures=len(PNG))
    [picture] = read(text).of("img")
    assert picture == {
        "src": f"data:image/png;base64,{b64encode(PNG).decode()}", "alt": "small.png", "width": "3", "height": "2",
    }  # fmt: skip
    assert "large.png · image" in text
    assert "odd.svg · image" in text


def branched() -> Stored:
    root = answered("Root", "r")
    one, other = (
        Turn("One", root, id="one", is_branch=True),
        Turn("Other", root, id="other", is_branch=True),
    )
    for turn in (one, other):
        turn.restore(MODEL, f"to {turn.prompt}", id=f"a-{turn.id}")
    again = one.restore(MODEL, "again", id="again")
    one.chosen = again
    return stored(Conversation([root.turn, one, other], id="c", title="T"))


def chosen(selection: Selection) -> list[str]:
    text = html(branched(), selection=selection)
    return re.findall(r'<div class="answer[^"]*">.*?<p dir="auto">(.*?)</p>', text, re.DOTALL)


def test_what_is_selected_is_exported_and_nothing_else() -> None:
    assert chosen(Selection()) == ["r", "to Other"]
    assert chosen(ALL) == ["r", "to One", "again", "to Other"]
    assert chosen(Selection(turn=1)) == ["r"]
    assert chosen(Selection(turn=-1)) == ["to Other"]
    assert chosen(Selection(answer="a-one")) == ["to One"]
    for wrong in (Selection(turn=3), Selection(turn=-3), Selection(answer="a-"), Selection(answer="no")):
        with pytest.raises(LookupError):
            chosen(wrong)


def test_a_branch_says_which_answer_it_follows() -> None:
    text = html(branched(), selection=ALL)
    assert text.count("Another branch") == 1
    assert 'class="answer replaced"' in text


def pieces() -> Iterator[Stored]:
    for n in range(3):
        yield stored(one_after_another(answered("q", "a", id=str(n)), id=f"c{n}", title=f"T{n}"))


def test_conversations_are_read_one_after_another() -> None:
    headings = [Heading(f"c{n}", f"T{n}", 0.0) for n in range(3)]
    assert "".join(export(pieces(), "html", contents=headings)).count("<article") == 3
