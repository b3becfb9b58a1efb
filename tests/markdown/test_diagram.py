"""Diagrams: drawn where termaid draws all of it in time, and shown as their source elsewhere."""

from __future__ import annotations

from time import process_time

import pytest

from elumenta_tui.markdown.diagram import drawn
from elumenta_tui.markdown.growing import GrowingMarkdown, render
from tests.markdown.test_blocks import lines_of, rows, shown
from tests.thorough import thorough

FLOW = "flowchart LR\n  A[запрос] --> B(сервис)"
SEQUENCE = "sequenceDiagram\n  participant U as Пользователь\n  U->>S: POST /chat\n  S-->>U: 200 OK"


def fence(source: str) -> str:
    return f"```mermaid\n{source}\n```\n"


def test_a_flowchart_is_boxes_and_arrows() -> None:
    assert shown(fence(FLOW), 60) == rows(
        "┌──────────┐    ╭──────────╮",
        "│          │    │          │",
        "│  запрос  ├───►│  сервис  │",
        "│          │    │          │",
        "└──────────┘    ╰──────────╯",
    )


def test_a_narrow_view_has_smaller_boxes_and_a_narrower_one_the_source() -> None:
    assert len(shown(fence(FLOW), 24).split("\n")) < 5
    assert "запрос" in shown(fence(FLOW), 24)
    assert "-->" not in shown(fence(FLOW), 24)
    assert "-->" in shown(fence(FLOW), 8).replace("\n", "").replace("↳", "")


def test_a_flowchart_that_is_too_wide_goes_downwards() -> None:
    source = fence(
        "flowchart LR\n" + "\n".join(f"  N{n}[number {n}] --> N{n + 1}[number {n + 1}]" for n in range(5))
    )
    text = shown(source, 30)
    assert "▼" in text
    assert all(f"number {n}" in text for n in range(6))


def test_a_sequence_names_who_says_what() -> None:
    text = shown(fence(SEQUENCE), 60)
    assert "->>" not in text
    assert all(word in text for word in ("Пользователь", "POST /chat", "200 OK"))


def test_all_rows_are_copied_as_the_source() -> None:
    lines = lines_of(fence(FLOW), 60)
    assert {line.copying and line.copying.source for line in lines} == {FLOW}
    assert [line.copying is not None and line.copying.goes_on for line in lines] == [True] * 4 + [False]


def test_a_diagram_is_drawn_once_its_fence_is_closed() -> None:
    markdown = GrowingMarkdown()
    markdown.feed(f"```mermaid\n{FLOW}\n")
    assert "-->" in "".join(t for b in markdown.open for line in b.lines(60) for t, _ in line.runs)
    markdown.feed("```\n")
    assert "───►" in "".join(t for b in markdown.open for line in b.lines(60) for t, _ in line.runs)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "nonsense",
        'pie title x\n  "a": 1',
        "graph",
        "flowchart LR\n",
        "sequenceDiagram\n  a->>b: x\n  unknown thing: which is lost",
    ],
)
def test_what_is_not_drawn_whole_is_shown_as_its_source(source: str) -> None:
    assert drawn(source) is None
    (block,) = render(fence(source))
    assert "".join(source.split()) in "".join(
        "".join(t for t, _ in line.runs) for line in block.lines(80)
    ).replace(" ", "")


def test_other_fences_and_long_ones_are_code() -> None:
    assert "-->" in shown(fence(FLOW).replace("mermaid", "text"), 60)
    assert "-->" in shown(fence(FLOW + "\n  A --> B" * 80), 60)


@thorough
@pytest.mark.parametrize(
    "source",
    [
        "graph TD\n" + "\n".join(f" N{i} --> N{(i * 7 + j) % 12}" for i in range(12) for j in range(4)),
        "graph LR\n" + "\n".join(f"A{i}-->A{i + 1}" for i in range(58)),
        "graph TD\n A[" + "[" * 140 + "]" * 140,
        "graph TD\n" + "subgraph x\n" * 55,
        "graph TD\n" + "A & " * 45 + "B --> " + "C & " * 35 + "D",
        "graph TD\n" + "\n".join(f"A-->B{i}[{'y' * 200}]" for i in range(18)),
        "sequenceDiagram\n" + "loop x\n" * 58,
        "sequenceDiagram\n" + "\n".join(f"a{i}->>b{i}: x" for i in range(58)),
        "graph TD\nA" + "-" * 280 + ">B",
        "stateDiagram-v2\n" + "\n".join(f"A{i % 9} --> A{i % 7}" for i in range(58)),
    ],
)
def test_hostile_diagrams_cost_a_bounded_time(source: str) -> None:
    drawn("flowchart LR\n A --> B")
    started = process_time()
    for block in render(fence(source)):
        block.lines(80)
    assert process_time() - started < 2.0
