"""A price with a range stands as a range wherever a price stands, and what is guarded and what is left go by its top."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.chat.ledger import Balance, Charge, Ledger
from elumenta_tui.chat.models import DOCUMENTED_MODELS, Model, nearest_with_vision
from elumenta_tui.chat.turn import Answer, AnswerState, Turn
from elumenta_tui.i18n.objections import offer
from elumenta_tui.i18n.objections import price_of as objection_price
from elumenta_tui.store.charges import Measured
from elumenta_tui.tui.widgets import frame, model_picker
from elumenta_tui.tui.widgets.answer_column import total_words
from elumenta_tui.tui.widgets.model_picker import price_of
from tests.chatting import chat_app, chatting, quick_demo
from tests.thorough import thorough

RANGED = Model("ranged", "Ranged", price=1, price_max=7)
FIXED = Model("fixed", "Fixed", price=2)


def ledger(tokens: int) -> Ledger:
    known = Ledger()
    known.read(Balance(tokens))
    return known


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_place_that_names_a_price_names_the_range(language: str) -> None:
    i18n.use(language)
    known = ledger(300)
    places = [
        frame.cost_note(RANGED, known, "Enter").plain,
        frame.cost_note(RANGED, known, "Enter", is_short=True).plain,
        frame.aside_note(RANGED, known, "Enter", is_wide=True),
        frame.queued_note(RANGED, known, "Enter", is_short=True).plain,
        frame.queue_cost([RANGED]),
        frame.price_words(RANGED),
        offer("again", RANGED, "F5"),
        offer("continue", RANGED, "F6"),
        objection_price([RANGED]),
        price_of(RANGED),
    ]
    assert [place for place in places if "1–7" not in place] == []
    assert "3–9" in frame.compared_note([RANGED, FIXED], known, "Enter").plain
    assert "2–14" in frame.queue_cost([RANGED] * 2)


def test_the_balance_is_measured_by_the_top_of_the_range() -> None:
    def styles(note: str, tokens: int) -> list[str]:
        known = ledger(tokens)
        found = {
            "cost": frame.cost_note(RANGED, known, "Enter"),
            "compare": frame.compared_note([RANGED, FIXED], known, "Enter"),
            "queue": frame.queue_note([RANGED] * 2, known, "Enter"),
        }[note]
        return [str(span.style) for span in found.spans]

    assert frame.cost_note(RANGED, ledger(300), "Enter").plain == "Enter · 1–7 tokens · 293 or more left"
    assert styles("cost", 300)[-1] == styles("cost", 300)[0]
    assert styles("cost", 20)[-1] == "$warning"
    for note, enough, few in (("cost", 7, 6), ("compare", 9, 8), ("queue", 14, 13)):
        assert "$error" not in styles(note, enough), note
        assert "$error" in styles(note, few), note


def test_the_next_price_with_vision_is_judged_by_the_top() -> None:
    wide = Model("wide", "Wide", price=2, price_max=9, vision=True)
    near = Model("near", "Near", price=3, vision=True)
    assert nearest_with_vision([wide, near, *DOCUMENTED_MODELS[:1]], FIXED) is near


def test_a_comparison_never_adds_up_an_unknown_cost_as_nothing() -> None:
    turn = Turn("Which?")
    answers = [Answer(turn, RANGED, charge=charge) for charge in (Charge(), Charge())]
    answers[0].charge.end(stated=2)
    answers[1].charge.end()
    for answer in answers:
        answer.state = AnswerState.COMPLETE
    assert total_words(answers) == "2 tokens or more"


def test_a_picker_keeps_vision_recents_and_favourites_visible_at_every_width() -> None:
    seeing = Model("seeing", "Seeing", "Maker", price=2, plan="basic", vision=True, about_en="Good at code")
    measured = Measured(20, 1, 1.0, 20.0)
    for width in (30, 62, 90, 118):
        for has_measured in (False, True):
            row = model_picker._row(
                seeing,
                width,
                measured=measured if has_measured else None,
                is_measured=has_measured,
                is_recent=True,
            ).plain
            assert ("▣" in row) is not ("reads images" in row), (width, row)
            assert row.split()[0] == "Seeing"
            if width > 30:
                assert "recent" in row
                assert "Basic" in row
            assert len(row) == width


@thorough
async def test_the_frame_of_the_picker_says_what_the_vendor_says_of_the_selected_model(
    tmp_path: Path,
) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path), (80, 24)) as chat:
        await chat.sees("283")
        await chat.pilot.press("ctrl+l")
        await chat.sees("▣ reads images · The balanced default, understands images")
        await chat.pilot.press("down")
        await chat.sees_no("The balanced default")
