"""Too much of anything: keys are answered, memory has an end, and what is too long for Markdown goes on as plain text."""

from __future__ import annotations

import gc
import gzip
import signal
import weakref
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.i18n import number
from elumenta_tui.markdown import bounded
from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.bounded import MARKDOWN_FEED, PLAIN_FEED, RICH, SLACK, BoundedMarkdown
from elumenta_tui.markdown.cells import LONGEST, clusters
from elumenta_tui.markdown.growing import plain_blocks, render, warm
from elumenta_tui.markdown.structure import DEEPEST
from elumenta_tui.markdown.style import Line, links
from elumenta_tui.markdown.table import Table
from elumenta_tui.markdown.verbatim import PIECE_ROWS
from elumenta_tui.tui.widgets import prompt
from elumenta_tui.tui.widgets.answer_view import KEPT, AnswerView
from elumenta_tui.tui.widgets.picker import MOST
from elumenta_tui.tui.widgets.row import Row
from elumenta_tui.tui.widgets.row_layout import RowLayout
from elumenta_tui.tui.widgets.row_list import RowList
from tests.chatting import account_at, chat_app, chatting
from tests.corpus import documents
from tests.pseudo_terminal import PREPARED, Terminal
from tests.service import (
    Head,
    Pause,
    Service,
    answer,
    delta,
    ended,
    json_response,
    service_thread,
    sse,
    started,
)
from tests.thorough import some, thorough

MB = 1_000_000

# --------------------------------------------------------------------------------------------------------- the engine

SIZE = 10_000

BOMBS = {
    "one word": "x",
    "one line of words": "some words ",
    "lines": "line\n",
    "list": "- item\n",
    "blank lists": "- a\n\n",
    "numbers": "1. a\n",
    "quotes in quotes": ">",
    "lists in lists": "- ",
    "quotes and lists": "> - > - a\n",
    "steps": "".join("  " * depth + "- a\n" for depth in range(140)),
    "brackets": "[",
    "open links": "[a](",
    "images": "![a",
    "links": "[a](http://x.y/z) ",
    "references": "[a1]: http://x.y/\n",
    "unknown references": "[a] ",
    "stars": "*a **b ",
    "underscores": "_a",
    "tildes": "~~a ",
    "ticks": "` `` ``` ",
    "entities": "&amp;&#x202e;",
    "ampersands": "&a",
    "tags": "<b a='",
    "comments": "<b> <!-- ",
    "less than": "a <",
    "addresses": "http://a.b/(a www.",
    "parentheses": "http://a.b/))))",
    "headings": "# a\n",
    "underlined": "a\n=\n",
    "rules": "---\n",
    "dollars": "$a ",
    "formulas": "\\(a ",
    "escapes": "\\*",
    "tabs": "a\t",
    "blanks": " ",
    "blanks and a letter": " " * 1_500 + "x\n",
    "an address of dots and brackets": "http://a" + "." * 900 + "a" + "]" * 1_000 + " ",
    "newlines": "\n",
    "hard breaks": "a  \n",
    "tables": "a|b\n-|-\n",
    "wide tables": "a|" * 300 + "\n" + "-|" * 300 + "\n",
    "pipes": "|",
    "fences": "```py\nx=1\n```\n",
    "ideographs": "敏捷的棕色狐狸",
    "families": "👩\u200d",
    "skins": "👍🏽 ",
    "flags": "🇷🇺",
    "accents": "e" + "\u0301" * 8,
    "vowels": "ऋषियों को ",
    "named marks": "⟦RLO⟧",
    "```python": "x = [1, 'a'], ",
    "```python\n'''": "inside of a string\n",
    "```html": "<div a='b'><p>",
    "```json": '{"a": [1, ',
    "```": "a\t",
    "```\n": "abc def\n",
    "$$": "x_1 ",
    "<div>": "<b a='",
    "# heading": "a *b* ",
    "| a | b |\n|---|---|": "| cell | word |\n",
    "| a |\n|---|\n| ": "word ",
}
"""Texts that parsers choke on, each to be repeated. Those with a beginning of their own have it for a name."""


def bomb(name: str, size: int = SIZE) -> str:
    opening = f"{name}\n" if name[0] in "`$<#|" else ""
    return (opening + BOMBS[name] * (size // len(BOMBS[name]) + 1))[:size]


@pytest.fixture
def no_collection() -> Iterator[None]:
    """What earlier tests have left to the garbage collector is no work of a test that counts its processor time."""
    gc.disable()
    yield
    gc.enable()


@thorough
@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("name", some(BOMBS, every=7))
def test_no_feed_of_a_bomb_stops_the_keys(name: str) -> None:
    warm()
    warm("html")
    text = bomb(name)
    markdown = BoundedMarkdown()
    longest, done = 0.0, 0
    for start in range(0, len(text), MARKDOWN_FEED):
        began = process_time()
        markdown.feed(text[start : start + MARKDOWN_FEED])
        for block in (*markdown.blocks[done:], *markdown.open):
            block.lines(100)
        done = len(markdown.blocks)
        longest = max(longest, process_time() - began)
    while markdown.closing(MARKDOWN_FEED):
        pass
    assert longest < 0.5, f"{longest:.2f} s of work for {MARKDOWN_FEED} characters"


@pytest.mark.parametrize("name", some(BOMBS, every=7))
def test_all_of_a_bomb_can_be_read(name: str) -> None:
    """No character is in a row so wide that nobody can scroll to it."""
    text = bomb(name, 6_000)
    for block in render(text):
        for line in block.lines(60):
            assert sum(len(run) for run, _ in line.runs) <= 60 * (LONGEST + 1)


@thorough
def test_a_table_whose_headers_are_much_longer_than_its_rows_goes_on_as_text() -> None:
    head = "|h" * 590 + "\n" + "|-" * 590 + "\n"
    rows = [f"r{number}" for number in range(2_000)]
    began = process_time()
    lines = [
        "".join(text for text, _ in line.runs)
        for block in render(head + "\n".join(rows))
        for line in block.lines(80)
    ]
    assert process_time() - began < 2.0
    assert len(lines) < 10_000
    assert set(rows) <= set(" ".join(lines).split())


def test_a_wide_table_with_some_empty_cells_stays_a_table() -> None:
    head = "|some words" * 12 + "\n" + "|-" * 12 + "\n"
    blocks = render(head + ("|" * 12 + "x\n") * 200)
    assert {type(block) for block in blocks} == {Table}


@pytest.mark.parametrize("flood", ["👩\u200d", "🏽", "\u200d", "\u0301", "🇷", "\u1161"])
def test_what_is_taken_for_one_character_has_an_end(flood: str) -> None:
    found = clusters("a" + flood * 1_000)
    assert max(cluster.end - cluster.start for cluster in found) <= LONGEST
    assert [cluster.start for cluster in found[1:]] == [cluster.end for cluster in found[:-1]]


def test_quotes_deeper_than_any_reader_are_text() -> None:
    [block] = render(">" * (DEEPEST + 5) + " deep")
    assert ">>>>> deep" in "".join(text for line in block.lines(80) for text, _ in line.runs)


@thorough
def test_a_prompt_of_any_length_is_cut_into_pieces_once() -> None:
    began = process_time()
    blocks = plain_blocks("some words in a line that is not short\n" * 400_000)
    assert process_time() - began < 2.5
    assert len(blocks) == pytest.approx(400_000 / PIECE_ROWS, rel=0.1)


# ------------------------------------------------------------------------------------------ Markdown up to a size


def shown(blocks: list[Block], width: int = 60) -> list[Line]:
    return [line for block in blocks for line in block.lines(width)]


def bounded_markdown(pieces: list[str]) -> BoundedMarkdown:
    markdown = BoundedMarkdown()
    for piece in pieces:
        markdown.feed(piece)
    while markdown.closing(100):
        pass
    return markdown


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with fewer characters."""
    monkeypatch.setattr(bounded, "RICH", 40)
    monkeypatch.setattr(bounded, "SLACK", 20)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("text", "rich"),
    [
        ("*a* " * 5, 20),
        ("a" * 40, 40),
        ("a" * 60, 60),
        ("a" * 61, 60),
        ("a" * 41 + "\n*b*", 42),
        ("a" * 39 + "\n*b*\n*c*", 44),
        ("a" * 40 + "\n*c*", 41),
        ("*a*\n" * 50, 44),
    ],
)
def test_an_answer_goes_on_as_plain_text_after_a_line_that_makes_it_too_long(text: str, rich: int) -> None:
    for size in (1, 7, 1_000):
        markdown = bounded_markdown([text[at : at + size] for at in range(0, len(text), size)])
        assert shown(markdown.blocks) == shown(render(text[:rich]))
        assert markdown.is_plain == (rich < len(text))
        assert shown(markdown.rest) == (shown(plain_blocks(text[rich:])) if rich < len(text) else [])
        assert markdown.open_rest == []


@thorough
@given(st.text(st.sampled_from("*a`[]\n\t -#|"), max_size=200), st.data())
def test_where_it_goes_on_does_not_depend_on_the_pieces(text: str, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounded, "RICH", 40)
        patch.setattr(bounded, "SLACK", 20)
        cut = data.draw(st.integers(0, len(text)))
        whole, cut_up = bounded_markdown([text]), bounded_markdown([text[:cut], text[cut:]])
        assert shown(whole.blocks) == shown(cut_up.blocks)
        assert shown(whole.rest) == shown(cut_up.rest)


def view(text: str, clock: Iterator[float] | None = None) -> tuple[AnswerView, Answer]:
    from elumenta_tui.tui.widgets.line_renderer import LineRenderer, ViewContext

    turn = Turn("prompt").answer(DOCUMENTED_MODELS[0])
    turn.add(text)
    turn.end(1, 1)
    renderer = LineRenderer(lambda role: __import__("rich.style").style.Style(), lambda style: style)
    now = (lambda: next(clock)) if clock else (lambda: 0.0)
    return AnswerView(turn, ViewContext(renderer, now, lambda: 0.0, lambda _: (), lambda _: True)), turn


@thorough
def test_ten_megabytes_are_some_hundred_feeds_and_a_bounded_number_of_pieces() -> None:
    section, _ = view(("word " * 19 + "word\n") * (10 * MB // 100))
    steps = 1
    while section.grow():
        steps += 1
    assert steps <= 1.1 * (RICH / MARKDOWN_FEED + 10 * MB / PLAIN_FEED)
    pieces = section.pieces()
    assert len(pieces) < 10 * MB / 1_000
    row_layout: RowLayout[Row] = RowLayout()
    row_layout.append(section)
    row_layout.resize(80)
    assert len(row_layout.window(row_layout.bottom(40), 40)) == 40
    assert SLACK < RICH


@thorough
def test_a_long_answer_that_comes_into_view_is_laid_out_over_several_frames() -> None:
    seconds = iter(range(1_000_000))
    section, turn = view("some *words*\n\n" * 5_000, (0.04 * second for second in seconds))
    first = len(section.pieces())
    assert section._view_context.behind == {turn}
    steps = 0
    while section.grow():
        steps += 1
    assert steps > 10
    assert len(section.pieces()) > 5 * first


def test_what_took_long_to_lay_out_is_not_forgotten() -> None:
    for length, forgets in ((KEPT - 100, True), (KEPT + 100, False)):
        section, _ = view("x" * length)
        section.pieces()
        assert section.close() is forgets


@thorough
def test_of_an_answer_that_is_far_from_the_view_nothing_is_kept_but_its_text() -> None:
    section, _ = view(
        "one\n\n<details>\n<summary>More</summary>\n\nhidden\n\n</details>\n\n$$\na^2\n$$\n\nend"
    )
    drawn = [weakref.ref(piece) for piece in section.pieces() if isinstance(piece, Block)]
    assert section.faces.folds == 1
    assert len(drawn) > 2
    assert section.close()
    gc.collect()
    assert [piece() for piece in drawn if piece() is not None] == []


@thorough
def test_links_are_found_without_laying_anything_out() -> None:
    for name, text in documents():
        blocks = render(text[:20_000])
        laid_out = {
            style.href
            for line in shown(blocks, 400)
            for run, style in line.runs
            if style.role != "target" and run.strip()
        }
        found = links(run for block in blocks for run in block.linked_runs())
        assert {link.href for link in found if link.text} == laid_out - {""}, name


# ------------------------------------------------------------------------------------------------------- on the screen


@thorough
async def test_an_answer_that_is_too_long_says_that_it_goes_on_as_plain_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "RICH", 30)
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        service.queue(
            answer("Some **bold words** in a line.\n", "And **these** stay\n\nas they", " are: [a](b).")
        )
        turn = await chat.ask("go")
        await chat.sees(
            "Some bold words in a line.",
            "The rest is shown as plain text",
            "And **these** stay",
            "[a](b)",
        )
        await chat.pilot.press("f12")
        await chat.sees("Дальше — простой текст", "And **these** stay")
        await chat.pilot.press("ctrl+o")
        await chat.sees("нет ссылок вне кода")
        assert turn.text.endswith("as they are: [a](b).")


@thorough
async def test_ten_thousand_models_are_listed_in_part_and_found(tmp_path: Path) -> None:
    models = [
        {"slug": f"m-{n}", "name": f"Model {n:05}", "provider": f"P{n}", "token_cost": 1}
        for n in range(10_000)
    ]
    async with Service() as service:
        service.route("/api/v2/models", json_response(200, models))
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.until(lambda: len(chat.app.session.models) == 10_000)
            chat.app.session.model = next(
                model for model in chat.app.session.models if model.slug == "m-9000"
            )
            await chat.pilot.press("f3")
            await chat.sees("Model 09000")
            assert len(chat.app.screen.query_one(RowList)._items) == MOST + 1
            await chat.pilot.press("down")
            await chat.sees("Model 00000", "Model 00001")
            await chat.sees(f"{number(9_799)} more: type part of the name")
            await chat.type("09999")
            await chat.sees("Model 09999")
            await chat.pilot.press("enter")
            await chat.until(lambda: chat.app.session.model.slug == "m-9999")


@thorough
@pytest.mark.parametrize("what", ["too much", "a line too long", "a line of ideographs", "too much together"])
async def test_a_paste_that_the_prompt_can_not_take_is_refused_with_a_notice(
    tmp_path: Path, what: str
) -> None:
    text = {
        "too much": "some words\n" * (prompt.LIMIT // 10),
        "a line too long": "short\n" + "x" * (prompt.LINE_LIMIT + 1),
        "a line of ideographs": "中" * (prompt.LINE_LIMIT // 4 + 1),
        "too much together": "words\n" * (prompt.LIMIT // 6),
    }[what]
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.type("draft ")
        await chat.paste(text)
        said = {
            "too much": f"the text would have {number(len(text) + 6)} characters, the prompt takes 500,000",
            "a line too long": "a line has 100,001 characters, the prompt takes 100,000",
            "a line of ideographs": "a line has 25,001 characters, the prompt takes 25,000",
            "too much together": f"the text would have {number(len(text) + 6)} characters",
        }[what]
        await chat.sees(f"Nothing pasted: {said}")
        assert chat.app.prompt.text == "draft "
        assert service.posts == []


@thorough
def test_a_long_paste_on_a_terminal_arrives_whole_and_sends_nothing() -> None:
    text = "\n".join(f"{n} строка\tи ещё" for n in range(4_000))
    with service_thread() as service, Terminal([PREPARED], env=service.environ()) as terminal:
        terminal.wait_for("300 tokens")
        terminal.paste(text.replace("\n", "\r"))
        terminal.wait_for("4,000 lines", timeout=30)
        terminal.press("tab")
        terminal.wait_for("3999 строка", timeout=30)
        assert service.posts == []
        terminal.press("enter")
        call = service.wait_posted(1)
        assert call.json["messages"] == [{"role": "user", "content": text}]


# ------------------------------------------------------------------------------------------------- the whole program


PATIENCE = 3.0
"""Seconds within which a key has to show, here: half a second on a machine that has nothing else to do."""


def chunks(text: str, size: int, together: int = 50) -> list[bytes]:
    deltas = [delta(text[at : at + size]) for at in range(0, len(text), size)]
    return [sse(*deltas[at : at + together], done=False) for at in range(0, len(deltas), together)]


FLOODS = {
    "30,000 deltas of one letter": chunks("word " * 6_000, 1),
    "20,000 lines": chunks("\n".join(f"line {n} of many" for n in range(20_000)), 500),
    "a line of a megabyte": chunks("x" * MB, 4_000),
    "a table of 100 by 10": chunks("|h" * 10 + "\n" + "|-" * 10 + "\n" + ("|cell" * 10 + "\n") * 100, 50),
    "many directions": chunks("\u202e" * (MB // 40), 4_000),
    "three megabytes": chunks(
        ("some words of a line that is quite long " * 3 + "\n\n") * (3 * MB // 122), 4_000
    ),
    "two megabytes in one event": [sse(delta("some *words* of a line\n" * (2 * MB // 24)), done=False)],
}


def peak(process: int) -> int:
    """Bytes of memory that a process had at most."""
    status = Path(f"/proc/{process}/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def latency(terminal: Terminal, letter: str) -> float:
    """Seconds until a letter that is typed is on the screen; it is taken away again."""
    began = monotonic()
    terminal.type(letter)
    terminal.wait_for(f"│ {letter} ", timeout=20)
    spent = monotonic() - began
    terminal.press("backspace")
    terminal.wait_gone(f"│ {letter} ", timeout=20)
    return spent


@thorough
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_keys_are_answered_and_memory_has_an_end_in_every_flood() -> None:
    with service_thread() as service, Terminal([PREPARED], env=service.environ()) as terminal:
        terminal.wait_for("300 tokens")
        for turn, (name, flood) in enumerate(FLOODS.items(), 1):
            service.queue(
                sse(started(), done=False), *flood, sse(delta(f"\n\nTHE END {turn}"), ended(1, 300 + turn))
            )
            terminal.type("go\r")
            service.wait_posted(turn)
            waits = [latency(terminal, letter) for letter in "чщшю"]
            terminal.wait_for(f"{300 + turn} tokens", timeout=60)
            terminal.wait_for(f"THE END {turn}", timeout=60)
            for key in ("pageup", "ctrl+up", "pagedown"):
                terminal.press(key)
            terminal.press("ctrl+end")
            waits.append(latency(terminal, "ъ"))
            assert max(waits) < PATIENCE, name
            assert peak(terminal.process.pid) < 700 * MB, name
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0


HANGS = {
    "blanks": (" " * 1_500 + "x\n") * 20,
    "dots and brackets": ("http://a" + "." * 900 + "a" + "]" * 1_000 + "\n\n") * 10,
    "table": "|h" * 590 + "\n" + "|-" * 590 + "\n" + "a\n" * 10_000,
    "open marks": "*a **b " * 1_000,
    "fences": "".join(
        f'```{language}\nval s = "' + "\\" * 64 + "\n```\n\n"
        for language in (
            "scala",
            "tcsh",
            "rego",
            "registry",
            "perl6",
            "c",
            "java",
            "make",
            "yaml",
            "ansys",
            "fish",
        )
        * 4
    ),
}
"""Answers that kept the program busy for seconds or years."""


@thorough
@pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="lexers run without limits only where they are known"
)
def test_keys_are_answered_and_esc_stops_while_a_hostile_answer_comes() -> None:
    with service_thread() as service, Terminal([PREPARED], env=service.environ()) as terminal:
        terminal.wait_for("300 tokens")
        for number, (name, hostile) in enumerate(HANGS.items(), 1):
            service.queue(
                sse(started(), done=False),
                *chunks(hostile, 40, 10),
                sse(delta(f"\n\nTHE END {number}"), done=False),
                Pause(),
            )
            terminal.type("go\r")
            service.wait_posted(number)
            waits = [latency(terminal, letter) for letter in "чщшю"]
            terminal.wait_for(f"THE END {number}", timeout=30)
            waits.append(latency(terminal, "ъ"))
            assert max(waits) < PATIENCE, name
            terminal.press("escape")
            terminal.wait_for("You stopped it.")
            # Each hostile answer has a conversation of its own, and what lexers may still compute is the program's.
            terminal.press("ctrl+n")
            terminal.wait_gone("You stopped it.")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0


@thorough
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_compressed_bomb_fills_no_memory() -> None:
    comment = b": " + b"a" * (100 * MB) + b"\n\n"
    body = gzip.compress(sse(started(), done=False) + comment + sse(delta("after the bomb"), ended(1, 299)))
    with service_thread() as service, Terminal([PREPARED], env=service.environ()) as terminal:
        terminal.wait_for("300 tokens")
        head = Head(headers={"Content-Type": "text/event-stream", "Content-Encoding": "gzip"})
        service.queue(head, body)
        terminal.type("go\r")
        assert latency(terminal, "ю") < PATIENCE
        terminal.wait_for("after the bomb", timeout=30)
        assert peak(terminal.process.pid) < 400 * MB
        terminal.press("ctrl+q")
        terminal.wait_exit()
