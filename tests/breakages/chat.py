"""What a running chat does with a prompt and its answer: sent once, saved in time, stopped at once, recovered to its own turn."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from tests.breakages import breakage, tests, wrap

# ------------------------------------------------------------------------------------------------------ sent once, and stopped


@breakage(*tests("session/test_queue", "a_second_prompt_is_not_sent_while_an_answer_is_coming"))
def sends_a_second_prompt_while_an_answer_is_coming(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.guardrails import Refusal
    from elumenta_tui.session.session import Session

    def make(refuse):
        def let_pass(session, prompt):
            refusal = refuse(session, prompt)
            return None if refusal is Refusal.BUSY else refusal

        return let_pass

    wrap(patch, Session, "refusal", make)


@breakage(
    *tests(
        "session/test_queue",
        "after_a_stop_the_queue_waits_until_it_is_sent",
        "after_an_answer_that_failed_without_text_the_queue_waits",
    )
)
def sends_what_is_queued_behind_an_answer_that_is_not_whole(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.queue import Queues

    patch.setattr(Queues, "_hold", lambda queues, queue, why: queues._send(queue))


@breakage(*tests("session/test_queue", "after_a_restart_a_queued_prompt_waits_and_is_never_sent_by_itself"))
def keeps_a_sent_prompt_in_the_queue_on_the_disk(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import writing

    patch.setattr(writing, "without_queued", lambda column, id: column)


@breakage(*tests("session/test_queue", "with_another_account_the_queue_waits"))
def sends_to_another_account_what_was_queued(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.queue import Queues

    patch.setattr(Queues, "hold_all", lambda queues: None)


@breakage(*tests("tui/test_asking", "d7_a_second_press_in_the_same_moment_is_not_a_second_request"))
def sends_again_for_a_second_press_in_the_moment_of_a_failure(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session import session

    patch.setattr(session, "is_echo", lambda *_: False)


@breakage(*tests("tui/test_cases", "esc_works_at_every_moment_and_the_connection_is_closed"))
def lets_a_stopped_request_run_on(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.session import Session

    def make(stop):
        def only_look_stopped(session):
            tasks = session._tasks
            session._tasks = SimpleNamespace(start=tasks.start, ended=tasks.ended, cancel=lambda group: None)
            try:
                return stop(session)
            finally:
                session._tasks = tasks

        return only_look_stopped

    wrap(patch, Session, "stop", make)


@breakage(*tests("tui/test_asking", "a_stop_is_not_looked_for_unasked_and_the_balance_is_read_twice"))
def says_that_a_stop_is_free(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.failure import Billing
    from elumenta_tui.session import session

    wrap(patch, session, "Failure", lambda make: lambda kind, charge: make(kind, Billing.NOT_CHARGED))


@breakage(*tests("tui/test_asking", "a_stop_is_not_looked_for_unasked_and_the_balance_is_read_twice"))
def does_not_read_the_balance_after_a_stop(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.recovery import Recovery

    patch.setattr(Recovery, "follow", lambda recovery, answer, *, look: None)


@breakage(*tests("tui/test_asking", "what_another_request_costs_is_not_put_down_to_the_broken_one"))
def puts_the_price_of_another_request_down_to_a_broken_one(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.accounting import Accounting

    patch.setattr(
        Accounting, "apply_balance", lambda accounting, answer, balance: answer.charge.settle(balance.tokens)
    )


# ----------------------------------------------------------------------------------------------------------- saved in time


@breakage(*tests("tui/test_keeping", "p1_what_streams_is_on_the_disk_half_a_second_later"))
def saves_an_answer_when_it_is_whole(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session import autosave

    patch.setattr(autosave, "SAVE_EVERY", 3600.0)


@breakage(*tests("tui/test_keeping", "p2_a_prompt_is_on_the_disk_before_its_request_leaves"))
def sends_before_the_prompt_is_on_the_disk(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.autosave import Autosave

    async def stored(autosave: Autosave, answer: Any) -> bool:
        return True

    patch.setattr(Autosave, "stored", stored)


@breakage(*tests("tui/test_keeping", "d14_a_request_does_not_wait_for_ever_for_the_disk"))
def waits_for_the_disk_for_ever(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.autosave import Autosave

    async def stored(autosave: Autosave, answer: Any) -> bool:
        return await asyncio.wrap_future(autosave._commits[answer.id])

    patch.setattr(Autosave, "stored", stored)


@breakage(*tests("tui/test_keeping", "d16_a_draft_is_stored_within_two_seconds_and_comes_back_after_a_crash"))
def saves_no_draft_while_it_is_typed(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session import autosave

    patch.setattr(autosave, "DRAFT_AFTER", 3600.0)


# ------------------------------------------------------------------------------------------------ recovered to its own turn


@breakage(*tests("tui/test_asking", "an_answer_of_another_conversation_is_not_given_to_a_turn"))
def gives_a_turn_the_answer_of_another_conversation(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.session import Session

    async def none(session: Session, answer: Any) -> set[str]:
        return set()

    patch.setattr(Session, "generations_of_others", none)


@breakage(*tests("tui/test_asking", "a_broken_answer_is_found_in_the_history_offered_and_completed_free"))
def pays_again_for_what_is_found_in_the_history(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.session import Session

    patch.setattr(Session, "_complete", lambda session, answer: session.retry())


@breakage(
    *tests("tui/test_keeping", "p3_after_a_crash_the_next_start_shows_what_was_cut_and_what_can_be_done")
)
def says_nothing_of_what_a_crash_has_cut(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.session import Session

    patch.setattr(Session, "crash_found", lambda session, cut: None)
