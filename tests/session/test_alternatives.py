"""Other models for a prompt whose model could not be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from elumenta_tui.chat.attachment import Attachment, image_attachment
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.ledger import Ledger
from elumenta_tui.chat.models import DOCUMENTED_MODELS, Model, find_model
from elumenta_tui.chat.turn import Answer
from elumenta_tui.session.alternatives import alternatives, other_models
from tests.pictures import png


def offered(kind: str, slug: str, balance: float | None = 300) -> list[str]:
    failure = Failure(kind, Billing.NOT_CHARGED)
    ledger = Ledger(balance=balance, stale=False)
    found = alternatives(failure, find_model(DOCUMENTED_MODELS, slug), DOCUMENTED_MODELS, ledger)
    return [model.slug for model in found]


def test_for_an_unavailable_model_the_nearest_that_cost_as_much_or_less_its_own_provider_first() -> None:
    assert offered("model_unavailable", "claude-sonnet-4.5") == ["gpt-5.2", "gemini-3-pro", "gpt-5"]
    assert offered("model_unavailable", "gpt-5") == ["gpt-5-nano", "claude-haiku-4.5", "gemini-2.5-flash"]


def test_for_a_balance_that_is_too_low_only_what_it_pays_for() -> None:
    assert offered("insufficient_tokens", "claude-opus-4.5", 3) == [
        "gemini-3-pro",
        "gpt-5",
        "claude-haiku-4.5",
    ]
    assert offered("insufficient_tokens", "gpt-5", 0) == []


def test_for_a_plan_that_is_too_small_only_what_a_smaller_one_has() -> None:
    for plan in ("elite", "ultimate"):
        dear = find_model(DOCUMENTED_MODELS, "gpt-5").but(slug="dear", plan=plan)
        failure = Failure("insufficient_plan", Billing.NOT_CHARGED)
        found = alternatives(failure, dear, DOCUMENTED_MODELS, Ledger())
        assert [model.slug for model in found] == ["gpt-5", "gpt-5-nano", "claude-haiku-4.5"]


def test_for_a_plan_without_the_api_nothing_as_every_model_would_be_refused() -> None:
    assert offered("insufficient_plan", "gpt-5") == []
    failure = Failure("insufficient_plan", Billing.NOT_CHARGED, "API access needs plan VIP or Elite")
    dear = find_model(DOCUMENTED_MODELS, "gpt-5").but(slug="dear", plan="elite")
    assert alternatives(failure, dear, DOCUMENTED_MODELS, Ledger()) == []


def test_nothing_is_offered_for_other_failures_and_a_range_counts_by_its_top() -> None:
    assert offered("provider_error", "gpt-5") == []
    failure = Failure("model_unavailable", Billing.NOT_CHARGED)
    dear = Model("dear", "Dear", price=1, price_max=9)
    assert alternatives(failure, find_model(DOCUMENTED_MODELS, "gpt-5"), [dear], Ledger()) == []


class Asked(NamedTuple):
    """A session whose last prompt, with a picture, could not be answered."""

    conversation: Conversation
    last: Answer
    models: Sequence[Model] = DOCUMENTED_MODELS
    ledger: Ledger = Ledger(balance=300, stale=False)


def test_a_prompt_with_a_picture_goes_to_models_that_see_only() -> None:
    found = {}
    picture = image_attachment("a.png", png(), "image/png")
    none: tuple[Attachment, ...] = ()
    for pictures in (none, (picture,)):
        conversation = Conversation()
        answer = conversation.ask(
            "?", find_model(DOCUMENTED_MODELS, "claude-sonnet-4.5"), now=0.0, attachments=pictures
        )
        answer.fail(Failure("model_unavailable", Billing.NOT_CHARGED))
        found[bool(pictures)] = [model.slug for model in other_models(Asked(conversation, answer))]
    assert found == {False: ["gpt-5.2", "gemini-3-pro", "gpt-5"], True: ["gemini-3-pro", "gpt-5"]}
